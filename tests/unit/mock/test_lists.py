"""Lists against a plain Python list: long ones, and both ends of every range."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_backend.transport.memory import MemoryClient

LENGTH = 200
INDEX = st.integers(-LENGTH - 5, LENGTH + 5)


@pytest.fixture
def long(call: MemoryClient) -> MemoryClient:
    """A client of a server that holds ``l``: the numbers from 0 to 199."""
    call("RPUSH", "l", *range(LENGTH))
    return call


def between(items: list[bytes], start: int, stop: int) -> list[bytes]:
    first = max(0, start + len(items) if start < 0 else start)
    end = (stop + len(items) if stop < 0 else stop) + 1
    return items[first : max(first, end)]


@given(start=INDEX, stop=INDEX)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_lrange_and_ltrim_keep_the_same_part(long: MemoryClient, start: int, stop: int) -> None:
    items = [b"%d" % number for number in range(LENGTH)]
    expected = between(items, start, stop)

    assert long("LRANGE", "l", start, stop) == expected
    long("COPY", "l", "part")
    long("LTRIM", "part", start, stop)

    assert long("LRANGE", "part", 0, -1) == expected
    long("DEL", "part")


@given(
    items=st.lists(st.sampled_from("abc"), min_size=1, max_size=30),
    count=st.integers(-6, 6),
    element=st.sampled_from("abc"),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_lrem_removes_so_many_from_the_end_it_is_told(
    call: MemoryClient, items: list[str], count: int, element: str
) -> None:
    call("DEL", "l")
    call("RPUSH", "l", *items)
    kept = items[::-1] if count < 0 else list(items)
    removed = min(abs(count) or len(items), items.count(element))
    for _ in range(removed):
        kept.remove(element)

    assert call("LREM", "l", count, element) == removed

    expected = kept[::-1] if count < 0 else kept
    assert call("LRANGE", "l", 0, -1) == [item.encode() for item in expected]


@given(
    items=st.lists(st.sampled_from("ab"), min_size=1, max_size=20),
    rank=st.integers(-4, 4).filter(bool),
    count=st.integers(0, 4),
    maxlen=st.integers(0, 25),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_lpos_finds_what_a_walk_finds(
    call: MemoryClient, items: list[str], rank: int, count: int, maxlen: int
) -> None:
    call("DEL", "l")
    call("RPUSH", "l", *items)
    places = list(range(len(items)))
    walk = (places if rank > 0 else places[::-1])[: maxlen or None]
    found = [place for place in walk if items[place] == "a"][abs(rank) - 1 :]

    options = ("RANK", rank, "MAXLEN", maxlen)
    assert call("LPOS", "l", "a", *options, "COUNT", count) == found[: count or None]
    assert call("LPOS", "l", "a", *options) == (found[0] if found else None)


def test_popping_everything_from_the_right_turns_it_round(long: MemoryClient) -> None:
    assert long("RPOP", "l", LENGTH * 2) == [b"%d" % number for number in reversed(range(LENGTH))]
    assert long("EXISTS", "l") == 0
