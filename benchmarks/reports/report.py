"""One run of one suite: what is stored of it, and the tables that show it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Self

from benchmarks.contest import Result, Verdict, verdicts
from benchmarks.goals import ORDER


@dataclass(frozen=True, slots=True)
class Report:
    """The results of a suite, with what they depend on."""

    suite: str
    about: str
    """What is compared, and why that is fair."""
    when: str
    took: int
    """Seconds."""
    rounds: int
    seconds: float
    """What a sample takes."""
    machine: Mapping[str, str]
    results: Sequence[Result]

    def write(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """The twin of ``write``."""
        stored = json.loads(path.read_text("utf-8"))
        stored["results"] = [Result.from_json(result) for result in stored["results"]]
        return cls(**stored)

    @property
    def circumstances(self) -> str:
        """In a sentence or two."""
        told = ", ".join(f"{name} {value}" for name, value in self.machine.items())
        return (
            f"Measured {self.when} in {self.took} seconds; {self.rounds} rounds, samples of about"
            f" {self.seconds:g} s. {told[0].upper()}{told[1:]}."
        )


Table = tuple[str, list[list[str]]]
"""A title, and rows of which the first is the head."""


def tables(results: Sequence[Result], *, brief: bool = False) -> list[Table]:
    """One for each unit and kind of parameters: medians, spreads, and our ratio to each other
    side; ``brief``: without the spreads.
    """
    kinds: dict[tuple[str, ...], list[Result]] = {}
    for result in results:
        kinds.setdefault((result.unit, *result.parameters, next(iter(result.samples))), []).append(
            result
        )
    return [_table(alike, brief) for alike in kinds.values()]


def is_text(cells: Iterable[str]) -> bool:
    """Whether a column holds words, and no figures."""
    return not any(cell[:1].isdigit() for cell in cells)


def _table(results: Sequence[Result], brief: bool) -> Table:
    """The first side of a result is ours; not every side need be in every result."""
    first = results[0]
    if len(first.samples) == 1 and isinstance([*first.parameters.values()][-1], int):
        return _grown(results, brief)
    sides = list(dict.fromkeys(side for result in results for side in result.samples))
    ours, *others = sides
    rows = [[*first.parameters, *sides, *(f"vs {other}" for other in others)]]
    for result in results:
        values = [
            value if isinstance(value, str) else f"{value:,}"
            for value in result.parameters.values()
        ]
        values += [measured(result, side, brief) for side in sides]
        values += [
            times(median(result.ratios(ours, other))) if other in result.samples else ""
            for other in others
        ]
        rows.append(values)
    ratio = f", and the median ratio of {ours}" if others else ""
    return f"{first.unit}: {_shown(brief)}{ratio}", rows


def _grown(results: Sequence[Result], brief: bool) -> Table:
    """One side alone: its last parameter, a number that grows, runs through the columns."""
    first = results[0]
    *names, growing = first.parameters
    (side,) = first.samples
    columns = sorted({int(result.parameters[growing]) for result in results})
    cells: dict[tuple[str | int, ...], dict[int, str]] = {}
    for result in results:
        *row, column = result.parameters.values()
        cells.setdefault(tuple(row), {})[int(column)] = measured(result, side, brief)
    head = [*names, *(f"{column:,} {growing}" for column in columns)]
    body = [
        [*map(str, row), *(found.get(column, "") for column in columns)]
        for row, found in cells.items()
    ]
    return f"{side}, {first.unit}: {_shown(brief)}", [head, *body]


def judgement(results: Sequence[Result]) -> Table | None:
    """What must hold, row by row; None if nothing must."""
    found = in_order(verdicts(results))
    if not found:
        return None
    rows = [["what", "target", "measured", "spread", "reached", "parts"]]
    rows += [_judged(verdict) for verdict in found]
    reached = sum(verdict.reached for verdict in found)
    return f"What must hold: {reached} of {len(found)} reached", rows


def in_order(found: Sequence[Verdict]) -> list[Verdict]:
    """As the table of goals has them; others come last."""
    return sorted(
        found,
        key=lambda each: ORDER.index(each.goal.row) if each.goal.row in ORDER else len(ORDER),
    )


def _judged(verdict: Verdict) -> list[str]:
    goal, sign = verdict.goal, "at most" if verdict.goal.ceiling else "at least"
    unit = times if goal.theirs else number
    parts = ", ".join(f"{name}: {unit(value)}" for name, value in verdict.parts.items())
    return [
        goal.row,
        f"{sign} {goal.bound:g}{'x' if goal.theirs else ''}",
        unit(verdict.value),
        f"{unit(min(verdict.values))} to {unit(max(verdict.values))}",
        "yes" if verdict.reached else "no",
        parts if len(verdict.parts) > 1 else "",
    ]


def _shown(brief: bool) -> str:
    return "median" if brief else "median (least to greatest)"


def measured(result: Result, side: str, brief: bool = False) -> str:
    """``1.23k (1.2k to 1.3k)``; nothing for a side that was not there."""
    if side not in result.samples:
        return ""
    low, high = result.spread(side)
    middle = number(result.median(side))
    return middle if brief or low == high else f"{middle} ({number(low)} to {number(high)})"


def number(value: float) -> str:
    """With three digits: ``0.12``, ``12.3``, ``123``, ``123k``, ``1.23M``."""
    if abs(value) >= 1e6:
        return f"{_digits(value / 1e6)}M"
    return f"{_digits(value / 1e3)}k" if abs(value) >= 1e4 else _digits(value)


def _digits(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def times(value: float) -> str:
    """A ratio, if there is one."""
    if math.isnan(value):
        return ""
    return f"{value:.1f}x" if value >= 10 else f"{value:.2f}x"
