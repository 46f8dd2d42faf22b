"""Reports as files: a JSON with everything, a Markdown to read, pictures, and an index of all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.contest import verdicts
from benchmarks.reports.drawing import draw
from benchmarks.reports.pictures import Picture
from benchmarks.reports.report import Report, Table, is_text, judgement, tables

INDEX = "README.md"
FIRST = "must-hold"


def write(report: Report, pictures: Sequence[Picture], folder: Path) -> None:
    """``<suite>.json``, ``<suite>.md`` and its pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    report.write(folder / f"{report.suite}.json")
    drawn = [
        (picture.title, name)
        for picture in pictures
        if draw(picture, report.results, folder / (name := f"{report.suite}-{picture.name}.png"))
    ]
    (folder / f"{report.suite}.md").write_text(markdown(report, drawn), "utf-8")


def markdown(report: Report, pictures: Iterable[tuple[str, str]] = ()) -> str:
    """The report to read; ``pictures`` are titles and file names."""
    parts = [
        f"# {report.suite}",
        _plain(report.about),
        f"`python -m benchmarks {report.suite}`. {report.circumstances}",
    ]
    judged = judgement(report.results)
    if judged is not None:
        parts.append(_table(judged))
    parts += [f"![{title}]({name})" for title, name in pictures]
    parts += [_table(table) for table in tables(report.results)]
    return "\n\n".join(parts) + "\n"


def write_index(folder: Path) -> None:
    """``README.md``, of every report that lies in the folder."""
    reports = [Report.read(path) for path in sorted(folder.glob("*.json"))]
    (folder / INDEX).write_text(index(reports, folder), "utf-8")


def index(reports: Sequence[Report], folder: Path) -> str:
    """What was measured, with a line for each suite, and the pictures that are there."""
    ordered = sorted(reports, key=lambda report: (report.suite != FIRST, report.suite))
    rows = [["suite", "what", "measured", "rounds", "goals reached"]]
    for report in ordered:
        found = verdicts(report.results)
        reached = f"{sum(verdict.reached for verdict in found)} of {len(found)}" if found else ""
        summary = " ".join(_plain(report.about).split("\n\n", 1)[0].split())
        link = f"[{report.suite}]({report.suite}.md)"
        rows.append([link, summary.split(". ")[0], report.when, str(report.rounds), reached])
    parts = [
        "# Benchmarks",
        "Written by `make bench` (`make bench BENCH_ARGS='--quick'` takes less than two minutes,"
        " `BENCH_ARGS='must-hold'` measures what must hold). Sides are interleaved in one run, each"
        " in its turn first; shown are medians with the least and the greatest sample.",
        _table(("", rows)),
    ]
    parts += [
        f"![{picture.stem}]({picture.name})"
        for report in ordered
        for picture in sorted(folder.glob(f"{report.suite}-*.png"))
    ]
    return "\n\n".join(parts) + "\n"


def _plain(text: str) -> str:
    """A docstring as Markdown."""
    return text.replace("``", "`")


def _table(table: Table) -> str:
    title, (head, *body) = table
    align = [":---" if is_text(column) else "---:" for column in zip(*body, strict=True)]
    lines = [f"| {' | '.join(cells)} |" for cells in (head, align, *body)]
    return "\n".join(([f"## {title}", ""] if title else []) + lines)
