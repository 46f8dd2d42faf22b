"""Runs suites: shows how far they are, and hands over a report of each when it has ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.contest import Contest, Result, play
from benchmarks.reports.report import Report
from benchmarks.stage import Stage

Suite = Callable[[Stage], Iterator[Contest]]


def run(
    suites: Mapping[str, Suite],
    stage: Stage,
    *,
    rounds: int,
    machine: dict[str, str],
    console: Console,
    only: str = "",
) -> Iterator[Report]:
    """A report for each suite; of those contests whose title has ``only`` in it."""
    columns = (
        TextColumn("[bold]{task.fields[suite]:>10}[/bold]"),
        BarColumn(20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=len(suites), suite="")
        for name, suite in suites.items():
            results: list[Result] = []
            began = time.time()
            with closing(suite(stage)) as contests:
                for contest in contests:
                    if only.lower() not in contest.title.lower():
                        continue
                    progress.update(task, suite=name, description=contest.title)
                    results.append(
                        play(
                            contest,
                            rounds,
                            lambda side, title=contest.title: progress.update(
                                task, description=f"{title} · {side}"
                            ),
                        )
                    )
            yield Report(
                name,
                time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(began)),
                round(time.time() - began),
                rounds,
                stage.seconds,
                machine,
                results,
            )
            progress.advance(task)
