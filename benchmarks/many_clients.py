"""10,000 clients at once, each answered, in several rounds: how long it takes, and that the memory
they took is there for the next ones.
"""

from __future__ import annotations

import argparse
import resource
import socket
import sys
import time
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.servers import find_program, free_port, running, without_persistence


def memory(process: int) -> float:
    """The MiB that a process takes."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) / 256


def listed(control: socket.socket) -> int:
    """How many clients CLIENT LIST tells of."""
    control.sendall(b"CLIENT LIST\r\n")
    data = control.recv(65536)
    head, _, _ = data.partition(b"\r\n")
    whole = len(head) + 4 + int(head[1:])
    while len(data) < whole:
        data += control.recv(1024 * 1024)
    return data.count(b"\nid=")


def one_round(port: int, process: int, clients: int) -> list[float]:
    """The seconds to connect, to be answered, to list and to leave; MiB with all of them, and
    after.
    """
    with ExitStack() as stack:
        control = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
        times = [time.perf_counter()]
        sockets = [
            socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(clients)
        ]
        times.append(time.perf_counter())
        for each in sockets:
            each.sendall(b"PING\r\n")
        if any(each.recv(100) != b"+PONG\r\n" for each in sockets):
            raise SystemExit("a client was not answered")
        times.append(time.perf_counter())
        if listed(control) < clients:
            raise SystemExit("a client is missing")
        times.append(time.perf_counter())
        full = memory(process)
        for each in sockets:
            each.close()
        while listed(control) > 1:
            time.sleep(0.01)
        times.append(time.perf_counter())
    seconds = [after - before for before, after in pairwise(times)]
    return [*seconds, full, memory(process)]


def main(arguments: list[str] | None = None) -> None:
    """Prints one row for each round."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--against", default="redis-server", help="the real server's program")
    parser.add_argument("--clients", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args(arguments)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    clients = min(chosen.clients, hard - 100)
    table = Table(title=f"{clients:,} clients: seconds, and MiB of memory")
    for heading in ("server", "connect", "answer", "list", "leave", "with them", "after"):
        table.add_column(heading, justify="left" if heading == "server" else "right")
    ports = {"mock": free_port(), chosen.against: free_port()}
    mock = [sys.executable, "-m", "mock_backend", "--port", str(ports["mock"])]
    real = without_persistence(find_program(chosen.against), ports[chosen.against])
    for (name, port), words in zip(ports.items(), (mock, real), strict=True):
        with running([*words, "--maxclients", str(clients + 10)], port) as process:
            for _ in range(chosen.rounds):
                *seconds, full, after = one_round(port, process, clients)
                table.add_row(
                    name, *(f"{each:.2f}" for each in seconds), f"{full:.0f}", f"{after:.0f}"
                )
    Console().print(table)


if __name__ == "__main__":
    main()
