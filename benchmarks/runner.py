"""Runs suites: shows how far they are, and hands over a report of each when it has ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import machine
from benchmarks.contest import Contests, Result, play, title
from benchmarks.reports.report import Report
from benchmarks.stage import Stage


class Suite(Protocol):
    """A module of ``suites``."""

    @property
    def __doc__(self) -> str | None: ...  # type: ignore[override]
    @property
    def contests(self) -> Callable[[Stage], Contests]: ...


def run(
    suites: Mapping[str, Suite],
    stage: Stage,
    *,
    rounds: int,
    versions: Mapping[str, str],
    console: Console,
    only: str = "",
) -> Iterator[Report]:
    """A report for each suite, of those contests whose title has ``only`` in it.

    A suite that fails is told of, and has no report.
    """
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
            progress.update(task, suite=name)
            began, load = time.time(), machine.load()
            try:
                results = _played(
                    suite.contests(stage),
                    partial(play, rounds=rounds, patience=stage.patience),
                    only,
                    lambda text: progress.update(task, description=text),
                )
            except Exception:
                console.print_exception()
            else:
                yield Report(
                    name,
                    (suite.__doc__ or "").strip(),
                    time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(began)),
                    round(time.time() - began),
                    rounds,
                    stage.seconds,
                    {**versions, "load": load},
                    results,
                )
            progress.advance(task)


def _played(
    contests: Contests, play: Callable[..., Result], only: str, show: Callable[[str], None]
) -> list[Result]:
    results: list[Result] = []
    with closing(contests):
        for contest in contests:
            name = title(contest.parameters)
            if only.lower() in name.lower():
                told = partial(_show, show, name)
                results.append(play(contest, told=told))
    return results


def _show(show: Callable[[str], None], contest: str, side: str) -> None:
    show(f"{contest} · {side}")
