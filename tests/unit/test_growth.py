"""The benchmark of growth: every call finds what it asks for, and is measured."""

from __future__ import annotations

import pytest

growth = pytest.importorskip("benchmarks.suites.growth")


def test_every_operation_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "CALLS", 3)
    measured = {
        contest.parameters["operation"]: contest.sides["mock"]() for contest in growth.grown(1_000)
    }
    assert set(measured) == {name for each in growth.OPERATIONS.values() for name in each}
    assert all(microseconds > 0 for microseconds in measured.values())


def test_a_call_that_finds_nothing_is_not_measured() -> None:
    with pytest.raises(SystemExit, match="ZRANK none a was answered None"):
        growth.microseconds(lambda words: None, [[b"ZRANK", b"none", b"a"]])


def test_portions_leave_nothing_out() -> None:
    assert [list(part) for part in growth.portions(5, 2)] == [[0, 1], [2, 3], [4]]
