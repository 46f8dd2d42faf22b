"""A socket that is readable while there is something to read elsewhere."""

from __future__ import annotations

import select
from collections.abc import Iterator

import pytest

from adapter.connect.bell import Bell


@pytest.fixture
def bell() -> Iterator[Bell]:
    bell = Bell()
    yield bell
    bell.close()


def rings(bell: Bell) -> bool:
    return bool(select.select([bell.socket], [], [], 0)[0])


def test_it_rings_until_it_is_told_to_stop_however_often_either_is_said(bell):
    assert not rings(bell)
    for wanted in (True, True, False, False, True, False):
        bell.ring(wanted)
        assert rings(bell) is wanted
