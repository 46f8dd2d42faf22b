"""Hypothesis makes conversations; each is held, and what differs is made small and kept.

Nothing is random but for the seed: the same one says the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

import hypothesis
from hypothesis import strategies as st

from tests.integration.differential.grammar import Command, Draw, commands
from tests.integration.differential.groups import GROUPS, PRELUDE, WAITING
from tests.integration.differential.pair import CLIENTS, Difference, Line, Pair, reduced
from tests.integration.differential.pools import POOLS

_OVERFLOWS = frozenset(b"1e400 -1e400 1e-400 1e5000 5e-324 (1e-400".split())

_SAFE_POPS = [[word] for word in POOLS["poplarge"]]
"""Numbers for SPOP that leave nothing to chance."""

SHORTEST = 33
LENGTH = 40
"""Commands in a conversation, on average."""


Found = TypeVar("Found")


@dataclass(slots=True)
class Report(Generic[Found]):
    """What was said about one thing."""

    commands: int = 0
    conversations: int = 0
    differences: list[Found] = field(default_factory=list)
    """One of each kind."""


def explore(
    pair: Pair, name: str, wanted: int, *, seed: int = 0, most: int = 1
) -> Report[Difference]:
    """Says about ``wanted`` commands of that group; ends after ``most`` differences."""
    report = Report[Difference]()
    seen: set[object] = set()

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=max(1, wanted // SHORTEST),
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(conversations(name), st.sampled_from((2, 3)))
    def hold(said: list[Line], protocol: int) -> None:
        if len(report.differences) >= most:
            return
        if name == "sorting":  # a score that overflowed once is an error of SORT for ever: errno
            said = [line for line in said if _OVERFLOWS.isdisjoint(line[1])]
        start = [(0, command) for command in (*PRELUDE, *GROUPS[name].start)]
        difference = pair.compare([*start, *said], protocol)
        report.commands += len(said)
        report.conversations += 1
        if difference is None:
            return
        mark = difference.mark
        if mark not in seen:
            seen.add(mark)
            report.differences.append(reduced(pair, difference))

    hold()
    return report


def conversations(name: str) -> st.SearchStrategy[list[Line]]:
    """Lines of that group, said by one client, or by two where transactions are the subject."""
    command = commands(GROUPS[name].lines)
    client = st.integers(0, CLIENTS - 1) if name == "transactions" else st.just(0)

    @st.composite
    def lines(draw: Draw) -> list[Line]:
        who, words = draw(client), draw(command)
        return [(who, each) for each in (_safe(words))]

    several = st.lists(lines(), min_size=LENGTH // 2, max_size=LENGTH * 3 // 2)
    return several.map(lambda found: [line for part in found for line in part])


def _safe(words: Command) -> list[Command]:
    """What could wait is said inside MULTI, where nothing waits."""
    if words[0].upper() == b"SPOP" and words[2:3] not in _SAFE_POPS:
        return []
    if words[0].upper() == b"SORT" and {b"BY", b"ALPHA", b"STORE"} <= {w.upper() for w in words}:
        return []  # what weighs the same is in no order, and would be kept so
    if words[0].upper() not in WAITING:
        return [words]
    if words[0].upper().startswith(b"XREAD") and b"BLOCK" not in [word.upper() for word in words]:
        return [words]
    return [[b"MULTI"], words, [b"EXEC"]]
