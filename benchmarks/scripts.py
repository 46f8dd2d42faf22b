"""What a script costs: EVALSHA of a script with five calls, on the bundled server, a real one and
fakeredis.

``redis-benchmark`` says EVALSHA with the same keys over and over.  The servers run side by side and
are measured in turn, round after round; shown are the medians of the rounds and their ratios.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import subprocess
from collections import defaultdict
from contextlib import ExitStack
from statistics import median
from typing import Final

import redis
from rich.console import Console
from rich.table import Table

from benchmarks.servers import fakeredis, find_program, mock, real

SCRIPT: Final = """
local serial = redis.call('INCR', KEYS[1])
redis.call('HSET', KEYS[2], 'serial', serial, 'name', ARGV[1])
redis.call('LPUSH', KEYS[3], serial)
redis.call('LTRIM', KEYS[3], 0, 99)
return redis.call('HGET', KEYS[2], 'name')
"""
KEYS: Final = ("serial", "latest", "log")
AT_LEAST: Final = {"real": 0.2, "fakeredis": 5.0}
"""The ratios that are to be reached."""


def load(port: int) -> str:
    """Loads the script and sees that it works; its SHA-1."""
    with redis.Redis("127.0.0.1", port) as client:
        sha = str(client.script_load(SCRIPT))
        answer = client.evalsha(sha, len(KEYS), *KEYS, "ann")
        if answer != b"ann":
            raise SystemExit(f"the server on port {port} answered {answer!r}")
    return sha


def measure(port: int, sha: str, *, requests: int, clients: int, depth: int) -> float:
    """One run of redis-benchmark: scripts per second."""
    options = ["-n", str(requests), "-c", str(clients), "-P", str(depth), "--csv"]
    words = ["EVALSHA", sha, str(len(KEYS)), *KEYS, "ann"]
    done = subprocess.run(
        [find_program("redis-benchmark"), "-h", "127.0.0.1", "-p", str(port), *options, *words],
        check=True,
        capture_output=True,
        text=True,
    )
    rows = list(csv.reader(line for line in done.stdout.splitlines() if line.startswith('"')))
    return float(rows[-1][1])


def main(arguments: list[str] | None = None) -> None:
    """Prints scripts per second of each server, by pipeline depth."""
    parser = argparse.ArgumentParser(prog="scripts", description=__doc__.partition("\n")[0])
    parser.add_argument("--against", default="redis-server", help="the real server's program")
    parser.add_argument("--requests", type=int, default=30_000, help="redis-benchmark's -n")
    parser.add_argument("--clients", type=int, default=50, help="redis-benchmark's -c")
    parser.add_argument("--rounds", type=int, default=5, help="of which the median is shown")
    parser.add_argument("--depth", type=int, nargs="*", default=[1, 16], help="its -P")
    chosen = parser.parse_args(arguments)
    console = Console()
    console.print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, -n {chosen.requests}"
        f" -c {chosen.clients}, median of {chosen.rounds} rounds, the servers in turn"
    )
    table = Table(title="EVALSHA of a script with five calls, per second")
    headings = ("-P", "mock", chosen.against, "ratio", "at least", "fakeredis", "ratio", "at least")
    for heading in headings:
        table.add_column(heading, justify="right")
    with ExitStack() as stack:
        ports = {
            "mock": stack.enter_context(mock()),
            "real": stack.enter_context(real(chosen.against)),
            "fakeredis": stack.enter_context(fakeredis()),
        }
        shas = {name: load(port) for name, port in ports.items()}
        for depth in chosen.depth:
            seen: dict[str, list[float]] = defaultdict(list)
            for _ in range(chosen.rounds):
                for name, port in ports.items():
                    # fakeredis is slow: it gets a share, so that a round takes as long on each
                    requests = chosen.requests // (10 if name == "fakeredis" else 1)
                    rate = measure(
                        port, shas[name], requests=requests, clients=chosen.clients, depth=depth
                    )
                    seen[name].append(rate)
            rates = {name: median(found) for name, found in seen.items()}
            cells = [f"{depth}", f"{rates['mock']:,.0f}"]
            for name, wanted in AT_LEAST.items():
                ratio = rates["mock"] / rates[name]
                cells += [f"{rates[name]:,.0f}", f"{ratio:.2f}x", f"{wanted}x"]
            table.add_row(*cells)
    console.print(table)


if __name__ == "__main__":
    main()
