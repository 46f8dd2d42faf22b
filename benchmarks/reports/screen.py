"""Reports for the eye, on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table as RichTable

from benchmarks.reports.report import Report, Table, is_text, judgement, tables


def show(console: Console, report: Report) -> None:
    """Prints what was measured, and what must hold."""
    console.rule(f"[bold]{report.suite}")
    console.print(report.circumstances, style="dim", highlight=False)
    for table in tables(report.results, brief=True):
        console.print(_rich(table))
    if (judged := judgement(report.results)) is not None:
        title, rows = judged
        console.print(_rich((title, [row[:-1] for row in rows])))


def _rich(table: Table) -> RichTable:
    title, (head, *body) = table
    shown = RichTable(title=title, title_justify="left", padding=0)
    for heading, *column in zip(head, *body, strict=True):
        shown.add_column(heading, justify="left" if is_text(column) else "right", overflow="fold")
    for row in body:
        shown.add_row(*row)
    return shown
