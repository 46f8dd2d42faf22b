"""Hypothesis makes conversations of three to five sessions; what differs is made small and kept.

Nothing is random but for the seed: the same one says the same.
"""

from __future__ import annotations

import hypothesis
from hypothesis import strategies as st

from tests.integration.differential.company import COMPANIES, POOLS, SESSIONS
from tests.integration.differential.grammar import commands
from tests.integration.differential.machine import Report
from tests.integration.differential.meeting import Hall, Meeting, Parting, reduced

LENGTH = 40
"""Lines of a conversation, on average."""
FEWEST = 3


def converse(
    hall: Hall, name: str, wanted: int, *, seed: int = 0, most: int = 1
) -> Report[Parting]:
    """Says about ``wanted`` lines in that company; ends after ``most`` differences."""
    report = Report[Parting]()
    seen: set[object] = set()

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=max(1, wanted // LENGTH),
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(meetings(name))
    def hold(meeting: Meeting) -> None:
        if len(report.differences) >= most:
            return
        found = hall.hold(meeting, moves=True)
        report.commands += len(meeting.said)
        report.conversations += 1
        if found is not None and found.kind not in seen:
            seen.add(found.kind)
            report.differences.append(reduced(hall, found))

    hold()
    return report


def meetings(name: str) -> st.SearchStrategy[Meeting]:
    """Conversations in that company."""
    lines = st.tuples(st.integers(0, SESSIONS - 1), commands(COMPANIES[name], POOLS, spoils=False))
    return st.builds(
        Meeting,
        st.lists(st.sampled_from((2, 2, 3)), min_size=FEWEST, max_size=SESSIONS),
        st.lists(lines, min_size=LENGTH // 2, max_size=LENGTH * 3 // 2),
    )
