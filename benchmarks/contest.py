"""A contest: named sides that are measured in turn, round after round, and what came of it.

Nothing here knows Redis, prints, or writes files.  A *sample* is one measurement of one side, in
the contest's unit; the sides of one round are measured right after each other, so a round's ratio
compares what ran under the same load.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

Sample = Callable[[], float]
Parameters = Mapping[str, str | int]

RATE = "operations/s"


@dataclass(frozen=True, slots=True)
class Goal:
    """What must hold: ``ours`` at least ``bound`` times ``theirs``, or at most, if it is a ceiling.

    Without ``theirs`` it is our value itself that is bounded.
    """

    row: str
    ours: str
    theirs: str
    bound: float
    ceiling: bool = False

    def reached(self, value: float) -> bool:
        """Whether this value is good enough."""
        return value <= self.bound if self.ceiling else value >= self.bound


@dataclass(frozen=True, slots=True)
class Contest:
    """Sides that do the same thing; ``parameters`` say what: ``{"operation": "GET", "in flight":
    100}``.
    """

    parameters: Parameters
    sides: Mapping[str, Sample]
    unit: str = RATE
    goals: Sequence[Goal] = ()
    most_rounds: int | None = None
    """For what is slow to measure."""


Contests = Generator[Contest, None, None]
"""What a suite yields; closing it ends the servers that it has started."""


@dataclass(frozen=True, slots=True)
class Result:
    """The samples of every side, one per round."""

    parameters: Parameters
    unit: str
    samples: Mapping[str, Sequence[float]]
    goals: Sequence[Goal] = field(default=())

    def median(self, side: str) -> float:
        """What stands for a side."""
        return median(self.samples[side])

    def spread(self, side: str) -> tuple[float, float]:
        """The least and the greatest sample."""
        return min(self.samples[side]), max(self.samples[side])

    def ratios(self, ours: str, theirs: str) -> list[float]:
        """Ours to theirs, round by round; without theirs our samples themselves."""
        if not theirs:
            return list(self.samples[ours])
        pairs = zip(self.samples[ours], self.samples[theirs], strict=True)
        return [mine / other if other else math.nan for mine, other in pairs]

    def as_json(self) -> dict[str, Any]:
        """Plain values, for a file."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Result:
        """The twin of ``as_json``."""
        goals = [Goal(**goal) for goal in stored["goals"]]
        return cls(stored["parameters"], stored["unit"], stored["samples"], goals)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One row of what must hold: the median over its contests, round by round."""

    goal: Goal
    values: Sequence[float]
    parts: Mapping[str, float]
    """What each contest reached: its title, and the median of its rounds."""

    @property
    def value(self) -> float:
        """What is held against the bound."""
        return median(self.values)

    @property
    def reached(self) -> bool:
        """Whether the row holds."""
        return self.goal.reached(self.value)


def play(
    contest: Contest,
    rounds: int,
    told: Callable[[str], None] = lambda side: None,
    *,
    patience: float = math.inf,
) -> Result:
    """Measures every side once a round; each has its turn to be first.

    ``told`` hears which side is measured next.  After ``patience`` seconds no other round begins.
    """
    ending = time.monotonic() + patience
    names = list(contest.sides)
    samples: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(min(rounds, contest.most_rounds or rounds)):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            told(name)
            gc.collect()
            samples[name].append(contest.sides[name]())
        if time.monotonic() > ending:
            break
    return Result(contest.parameters, contest.unit, samples, list(contest.goals))


def title(parameters: Parameters) -> str:
    """``GET, 100 in flight``, ``SET, -P 16``: words as they are, numbers with their names."""
    told = []
    for name, value in parameters.items():
        if isinstance(value, str):
            told.append(value)
        else:
            told.append(f"{name} {value}" if name.startswith("-") else f"{value:,} {name}")
    return ", ".join(told)


def _words(result: Result) -> str:
    """What tells the contests of one row apart."""
    return ", ".join(value for value in result.parameters.values() if isinstance(value, str))


def verdicts(results: Iterable[Result]) -> list[Verdict]:
    """One for each row that the results have goals of, in the order of their first appearance."""
    rows: dict[str, tuple[Goal, dict[str, list[float]]]] = {}
    for result in results:
        for goal in result.goals:
            _, parts = rows.setdefault(goal.row, (goal, {}))
            parts[_words(result)] = result.ratios(goal.ours, goal.theirs)
    return [
        Verdict(
            goal,
            [median(values) for values in zip(*parts.values(), strict=False)],
            {name: median(values) for name, values in parts.items()},
        )
        for goal, parts in rows.values()
    ]
