"""The benchmark of growth: every call finds what it asks for, and is measured."""

from __future__ import annotations

import pytest

growth = pytest.importorskip("benchmarks.growth")  # it prints with rich


def test_every_operation_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "CALLS", 3)
    monkeypatch.setattr(growth, "ROUNDS", 1)
    times = growth.grown(1_000)
    assert set(times) == set(growth.OPERATIONS)
    assert all(time > 0 for time in times.values())


def test_a_call_that_finds_nothing_is_not_measured() -> None:
    with pytest.raises(SystemExit, match="ZRANK none a was answered None"):
        growth.measure(lambda words: None, [[b"ZRANK", b"none", b"a"]])


def test_portions_leave_nothing_out() -> None:
    assert [list(part) for part in growth.portions(5, 2)] == [[0, 1], [2, 3], [4]]


def test_tables_can_be_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    growth.show([["name", "1"], ["LPUSH", "2.0"]], title="times", markdown=True)
    assert capsys.readouterr().out == "\ntimes\n\n| name | 1 |\n| --- | ---: |\n| LPUSH | 2.0 |\n"
