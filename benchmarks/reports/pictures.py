"""Which pictures a suite has: what stands on the axes, and which results are in it.

Only what is to be seen is said here; ``drawing`` draws it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.contest import Result, title


@dataclass(frozen=True, slots=True)
class Lines:
    """A line for each side, over a number that grows; a panel for each value of another parameter.

    Without ``panels`` there is one panel; with ``line`` a line stands for that parameter's value,
    and the suite has one side.
    """

    name: str
    title: str
    across: str
    """The parameter on the x axis."""
    axis: str
    """What is written below it."""
    panels: str = ""
    line: str = ""
    only: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bars:
    """A group of bars for each result, a bar for each side."""

    name: str
    title: str
    only: Mapping[str, str | int] = field(default_factory=dict)
    logarithmic: bool = False


@dataclass(frozen=True, slots=True)
class Targets:
    """What must hold: how many times its target each row has reached."""

    name: str
    title: str


Picture = Lines | Bars | Targets


def concerned(results: Iterable[Result], only: Mapping[str, str | int]) -> Sequence[Result]:
    """The results that have these values of their parameters."""
    return [result for result in results if only.items() <= result.parameters.items()]


def labels(results: Sequence[Result]) -> list[str]:
    """What tells the results apart: their parameters, without those that all of them share."""
    shared = {
        name
        for name, value in (results[0].parameters.items() if results else ())
        if all(result.parameters.get(name) == value for result in results)
    }
    told = [
        {name: value for name, value in result.parameters.items() if name not in shared}
        for result in results
    ]
    return [title(each or result.parameters) for each, result in zip(told, results, strict=True)]


def needed(result: Result, ours: str) -> float | None:
    """The value that our side would need for all its goals; None if it has none."""
    values = [
        goal.bound * (result.median(goal.theirs) if goal.theirs else 1)
        for goal in result.goals
        if goal.ours == ours
    ]
    if not values:
        return None
    return min(values) if result.goals[0].ceiling else max(values)
