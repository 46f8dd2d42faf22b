"""``python -m benchmarks [SUITE ...]``: measures, prints, and writes docs/benchmarks/."""

from __future__ import annotations

import argparse
import resource
import sys
from pathlib import Path

from rich.console import Console

from benchmarks import machine, runner
from benchmarks.reports import screen
from benchmarks.stage import Stage
from benchmarks.suites import (
    commands,
    fan_out,
    growth,
    many_clients,
    mock,
    must_hold,
    parsers,
    pipelines,
    pubsub,
    queues,
    scripts,
    startup,
    threads,
    values,
)

SUITES = {
    "must-hold": must_hold,
    "commands": commands,
    "threads": threads,
    "pipelines": pipelines,
    "values": values,
    "parsers": parsers,
    "scripts": scripts,
    "pubsub": pubsub,
    "queues": queues,
    "startup": startup,
    "mock": mock,
    "fan-out": fan_out,
    "clients": many_clients,
    "growth": growth,
}
OUTPUT = Path(__file__).parents[1] / "docs" / "benchmarks"
SECONDS, QUICK_SECONDS = 0.25, 0.03
ROUNDS, QUICK_ROUNDS = 7, 3


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"{', '.join(SUITES)}; else all")
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--rounds", type=int, help=f"{ROUNDS}, or {QUICK_ROUNDS} with --quick")
    parser.add_argument("--seconds", type=float, help="of a sample, about")
    parser.add_argument("--output", type=Path, help="where files are written (docs/benchmarks)")
    parser.add_argument("--servers", default="redis,valkey", help="the first is the clients'")
    parser.add_argument("--only", default="", metavar="TEXT", help="contests named like this")
    chosen = parser.parse_args(words)
    if unknown := set(chosen.suites) - set(SUITES):
        parser.error(f"no suite is called {', '.join(sorted(unknown))}")
    chosen.rounds = chosen.rounds or (QUICK_ROUNDS if chosen.quick else ROUNDS)
    chosen.seconds = chosen.seconds or (QUICK_SECONDS if chosen.quick else SECONDS)
    chosen.servers = tuple(chosen.servers.split(","))
    return chosen


def main(words: list[str] | None = None) -> int:
    """Runs what was asked for; 1 if something that must hold does not."""
    chosen = arguments(words)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    console = Console()
    suites = {name: SUITES[name].contests for name in chosen.suites or SUITES}
    with Stage(chosen.seconds, chosen.quick, chosen.servers) as stage:
        for report in runner.run(
            suites,
            stage,
            rounds=chosen.rounds,
            machine=machine.described(chosen.servers),
            console=console,
            only=chosen.only,
        ):
            screen.show(console, report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
