"""``python -m benchmarks [SUITE ...]``: measures, prints, and writes docs/benchmarks/."""

from __future__ import annotations

import argparse
import math
import resource
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from benchmarks import machine, runner
from benchmarks.reports import documents, screen
from benchmarks.reports.report import Report
from benchmarks.stage import Stage
from benchmarks.suites import (
    cluster,
    commands,
    fan_out,
    growth,
    many_clients,
    memory,
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

MUST_HOLD = "must-hold"
SUITES = {
    MUST_HOLD: must_hold,
    "commands": commands,
    "cluster": cluster,
    "threads": threads,
    "pipelines": pipelines,
    "values": values,
    "parsers": parsers,
    "scripts": scripts,
    "pubsub": pubsub,
    "queues": queues,
    "startup": startup,
    "memory": memory,
    "mock": mock,
    "fan-out": fan_out,
    "clients": many_clients,
    "growth": growth,
}
ALL = [name for name in SUITES if name != MUST_HOLD]
"""A run of all measures what must hold on its way."""

OUTPUT = Path(__file__).parents[1] / "docs" / "benchmarks"
PASSING = Path(__file__).parent / "results"
"""For runs that show little: git ignores it."""
SECONDS, QUICK_SECONDS = 0.25, 0.02
ROUNDS, QUICK_ROUNDS = 7, 3
QUICK_PATIENCE = 1.0


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"{', '.join(SUITES)}; else all")
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--rounds", type=int, help=f"{ROUNDS}, or {QUICK_ROUNDS} with --quick")
    parser.add_argument("--seconds", type=float, help="of a sample, about")
    parser.add_argument("--output", type=Path, help="where files are written")
    parser.add_argument(
        "--processor-time", action="store_true", help="of clients, on a busy machine"
    )
    parser.add_argument("--servers", default="redis,valkey", help="the first is the clients'")
    parser.add_argument("--only", default="", metavar="TEXT", help="contests named like this")
    chosen = parser.parse_args(words)
    if unknown := set(chosen.suites) - set(SUITES):
        parser.error(f"no suite is called {', '.join(sorted(unknown))}")
    chosen.rounds = chosen.rounds or (QUICK_ROUNDS if chosen.quick else ROUNDS)
    chosen.seconds = chosen.seconds or (QUICK_SECONDS if chosen.quick else SECONDS)
    narrowed = chosen.quick or chosen.only or chosen.processor_time
    chosen.output = chosen.output or (PASSING if narrowed else OUTPUT)
    chosen.servers = tuple(chosen.servers.split(","))
    return chosen


def main(words: list[str] | None = None) -> int:
    """Runs what was asked for; 1 if a suite failed."""
    chosen = arguments(words)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    console = Console()
    suites = {name: SUITES[name] for name in chosen.suites or ALL}
    reports: list[Report] = []
    patience = QUICK_PATIENCE if chosen.quick else math.inf
    versions = machine.described(chosen.servers)
    if chosen.processor_time:
        versions["clients"] = "by the processor time of their process"
    with Stage(
        chosen.seconds, chosen.quick, patience, chosen.processor_time, chosen.servers
    ) as stage:
        for report in runner.run(
            suites,
            stage,
            rounds=chosen.rounds,
            versions=versions,
            console=console,
            only=chosen.only,
        ):
            reports.append(report)
            publish(report, console, chosen.output)
    if reports and not chosen.suites:
        publish(composed(reports), console, chosen.output)
    return 0 if len(reports) == len(suites) else 1


def publish(report: Report, console: Console, folder: Path) -> None:
    """On the screen and in files."""
    screen.show(console, report)
    documents.write(report, SUITES[report.suite].PICTURES, folder)
    documents.write_index(folder)
    console.print(f"written to {folder}/{report.suite}.md", style="dim")


def composed(reports: Sequence[Report]) -> Report:
    """What must hold, of a run of all suites: they have measured it."""
    first = reports[0]
    return replace(
        first,
        suite=MUST_HOLD,
        about=(must_hold.__doc__ or "").strip(),
        took=sum(report.took for report in reports),
        results=[result for report in reports for result in report.results if result.goals],
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
