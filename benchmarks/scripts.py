"""What a script costs: EVALSHA of a script with five calls, on the bundled server, a real one and
fakeredis.

``redis-benchmark`` says EVALSHA with the same keys over and over: of five simple calls, and of a
log that keeps its last hundred entries.  The servers run side by side and are measured in turn,
round after round; shown are the medians of the rounds and their ratios.
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

SIMPLE: Final = """
redis.call('INCR', KEYS[1])
redis.call('SET', KEYS[2], ARGV[1])
redis.call('GET', KEYS[2])
redis.call('LPUSH', KEYS[3], ARGV[1])
return redis.call('RPOP', KEYS[3])
"""
SCRIPT: Final = """
local serial = redis.call('INCR', KEYS[1])
redis.call('HSET', KEYS[2], 'serial', serial, 'name', ARGV[1])
redis.call('LPUSH', KEYS[3], serial)
redis.call('LTRIM', KEYS[3], 0, 99)
return redis.call('HGET', KEYS[2], 'name')
"""
SCRIPTS: Final = {"simple": SIMPLE, "a log": SCRIPT}
KEYS: Final = ("serial", "latest", "log")


def load(port: int, script: str) -> str:
    """Loads the script and sees that it works; its SHA-1."""
    with redis.Redis("127.0.0.1", port) as client:
        client.delete(*KEYS)
        sha = str(client.script_load(script))
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
    for heading in ("script", "-P", "mock", "real", "ratio", "fakeredis", "ratio"):
        table.add_column(heading, justify="left" if heading == "script" else "right")
    with ExitStack() as stack:
        ports = {
            "mock": stack.enter_context(mock()),
            "real": stack.enter_context(real(chosen.against)),
            "fakeredis": stack.enter_context(fakeredis()),
        }
        for title, script in SCRIPTS.items():
            shas = {name: load(port, script) for name, port in ports.items()}
            for depth in chosen.depth:
                seen: dict[str, list[float]] = defaultdict(list)
                for _ in range(chosen.rounds):
                    for name, port in ports.items():
                        # fakeredis is slow: it gets a share, so that a round does not take for ever
                        requests = chosen.requests // (20 if name == "fakeredis" else 1)
                        rate = measure(
                            port, shas[name], requests=requests, clients=chosen.clients, depth=depth
                        )
                        seen[name].append(rate)
                rates = {name: median(found) for name, found in seen.items()}
                cells = [title, f"{depth}", f"{rates['mock']:,.0f}"]
                for name in ("real", "fakeredis"):
                    cells += [f"{rates[name]:,.0f}", f"{rates['mock'] / rates[name]:.2f}x"]
                table.add_row(*cells)
    console.print(table)


if __name__ == "__main__":
    main()
