"""Runs of ``redis-benchmark``, the program that comes with Redis: requests a server answers in a
second.
"""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Sequence

from benchmarks import pace
from benchmarks.contest import Sample
from benchmarks.servers import asked, find_program
from benchmarks.stage import Stage

SLOWER = 2
LEAST_SECONDS = 0.1
"""Samples are longer than others, since it counts in milliseconds and counts connecting, too."""

SIX = ("set", "get", "incr", "lpush", "hset", "zadd")
"""The tests that the mock is judged by."""
DEFAULT = (
    "ping_inline", "ping_mbulk", "set", "get", "incr", "lpush", "rpush", "lpop", "rpop", "sadd",
    "hset", "spop", "zadd", "zpopmin", "lrange_100", "lrange_300", "lrange_500", "lrange_600",
    "mset",
)  # fmt: skip
"""What it runs unless it is told."""


def rate_of(words: Sequence[str]) -> float:
    """Requests per second of one run, for one test or command line."""
    program = find_program("redis-benchmark")
    done = subprocess.run([program, "--csv", *words], check=True, capture_output=True, text=True)
    rows = list(csv.reader(line for line in done.stdout.splitlines() if line.startswith('"')))
    if not rows:
        raise SystemExit(f"{' '.join(words)}: {done.stdout[-500:]} {done.stderr[-500:]}")
    return float(rows[-1][1])


def answering(
    stage: Stage, port: int, what: Sequence[str], *, clients: int, depth: int, empty: bool = True
) -> Sample:
    """Requests per second of ``what``: ``-t test`` or the words of a command.

    A portion is one pipeline of every client; ``empty``: the server is emptied before each run.
    """
    portion = clients * depth

    def run(portions: int) -> float:
        if empty:
            asked(port, b"FLUSHALL")
        count = portions * portion
        options = ["-h", "127.0.0.1", "-p", str(port), "-c", str(clients), "-P", str(depth)]
        return count / rate_of([*options, "-n", str(count), *what])

    return pace.rate(run, max(LEAST_SECONDS, SLOWER * stage.seconds), portion)
