"""The bundled server against a real one: requests per second, as redis-benchmark counts them.

Both servers run side by side and are measured in turn, round after round; the table shows the
median of the rounds, and the ratio of the medians.
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

from rich.console import Console
from rich.table import Table

from benchmarks.servers import find_program, mock, real

TESTS = "set,get,incr,lpush,hset"
TARGETS = {1: 0.35, 50: 0.08}
"""The ratio that is to be reached, by pipeline depth."""


def measure(port: int, *, tests: str, requests: int, clients: int, depth: int) -> dict[str, float]:
    """One run of redis-benchmark: requests per second by test."""
    words = [
        find_program("redis-benchmark"),
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
        "-t",
        tests,
        "--csv",
    ]
    words += ["-n", str(requests), "-c", str(clients), "-P", str(depth)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    rows = csv.reader(line for line in done.stdout.splitlines() if line.startswith('"'))
    return {row[0]: float(row[1]) for row in rows if row[0] != "test"}


def compare(
    ports: dict[str, int], *, rounds: int, tests: str, requests: int, clients: int, depth: int
) -> dict[str, dict[str, float]]:
    """Medians by server and test; the servers take turns within each round."""
    seen: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in ports}
    for _ in range(rounds):
        for name, port in ports.items():
            found = measure(port, tests=tests, requests=requests, clients=clients, depth=depth)
            for test, rate in found.items():
                seen[name][test].append(rate)
    return {
        name: {test: median(rates) for test, rates in tests_of.items()}
        for name, tests_of in seen.items()
    }


def main(arguments: list[str] | None = None) -> None:
    """Prints one table for each pipeline depth."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--against", default="redis-server", help="the real server's program")
    parser.add_argument(
        "--tests", default=TESTS, help="redis-benchmark's -t (default: %(default)s)"
    )
    parser.add_argument("--requests", type=int, default=100_000, help="redis-benchmark's -n")
    parser.add_argument("--clients", type=int, default=50, help="redis-benchmark's -c")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is shown")
    chosen = parser.parse_args(arguments)
    console = Console()
    console.print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, -n {chosen.requests}"
        f" -c {chosen.clients}, median of {chosen.rounds} rounds, both servers in turn"
    )
    with ExitStack() as stack:
        ports = {
            "mock": stack.enter_context(mock()),
            chosen.against: stack.enter_context(real(chosen.against)),
        }
        for depth, wanted in TARGETS.items():
            rates = compare(
                ports,
                rounds=chosen.rounds,
                tests=chosen.tests,
                requests=chosen.requests,
                clients=chosen.clients,
                depth=depth,
            )
            table = Table(title=f"requests per second, -P {depth}")
            for heading in ("test", *ports, "ratio", "at least"):
                table.add_column(heading, justify="left" if heading == "test" else "right")
            for test, rate in rates["mock"].items():
                other = rates[chosen.against][test]
                table.add_row(
                    test, f"{rate:,.0f}", f"{other:,.0f}", f"{rate / other:.2f}x", f"{wanted}x"
                )
            console.print(table)


if __name__ == "__main__":
    main()
