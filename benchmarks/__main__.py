"""``python -m benchmarks [SUITE ...]``: measures, prints, and writes docs/benchmarks/."""

from __future__ import annotations

import argparse
import resource
import sys
from pathlib import Path

from rich.console import Console

from benchmarks import machine, runner
from benchmarks.reports import documents, screen
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
PASSING = Path(__file__).parent / "results"
"""For runs that show little: git ignores it."""
SECONDS, QUICK_SECONDS = 0.25, 0.03
ROUNDS, QUICK_ROUNDS = 7, 3


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"{', '.join(SUITES)}; else all")
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--rounds", type=int, help=f"{ROUNDS}, or {QUICK_ROUNDS} with --quick")
    parser.add_argument("--seconds", type=float, help="of a sample, about")
    parser.add_argument("--output", type=Path, help="where files are written")
    parser.add_argument("--servers", default="redis,valkey", help="the first is the clients'")
    parser.add_argument("--only", default="", metavar="TEXT", help="contests named like this")
    chosen = parser.parse_args(words)
    if unknown := set(chosen.suites) - set(SUITES):
        parser.error(f"no suite is called {', '.join(sorted(unknown))}")
    chosen.rounds = chosen.rounds or (QUICK_ROUNDS if chosen.quick else ROUNDS)
    chosen.seconds = chosen.seconds or (QUICK_SECONDS if chosen.quick else SECONDS)
    chosen.output = chosen.output or (PASSING if chosen.quick or chosen.only else OUTPUT)
    chosen.servers = tuple(chosen.servers.split(","))
    return chosen


def main(words: list[str] | None = None) -> int:
    """Runs what was asked for; 1 if a suite failed."""
    chosen = arguments(words)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    console = Console()
    suites = {name: SUITES[name] for name in chosen.suites or SUITES}
    reports = 0
    with Stage(chosen.seconds, chosen.quick, chosen.servers) as stage:
        for report in runner.run(
            suites,
            stage,
            rounds=chosen.rounds,
            machine=machine.described(chosen.servers),
            console=console,
            only=chosen.only,
        ):
            reports += 1
            screen.show(console, report)
            documents.write(report, suites[report.suite].PICTURES, chosen.output)
            documents.write_index(chosen.output)
            console.print(f"written to {chosen.output}/{report.suite}.md", style="dim")
    return 0 if reports == len(suites) else 1


if __name__ == "__main__":
    sys.exit(main())
