"""Sets that are large, drawn from at random, and walked while they change."""

from __future__ import annotations

from collections import Counter

import pytest

from mock_backend import MockServer
from mock_backend.store.indexed import IndexedSet
from mock_backend.transport.memory import MemoryClient

MEMBERS = {b"m%d" % number for number in range(600)}


@pytest.fixture
def large(call: MemoryClient) -> MemoryClient:
    """A client of a server that holds ``s``: 600 members."""
    call("SADD", "s", *MEMBERS)
    return call


def test_a_scan_sees_every_member_that_stays_whatever_comes_and_goes(large: MemoryClient) -> None:
    seen: set[bytes] = set()
    cursor, rounds = b"0", 0
    while True:
        cursor, found = large("SSCAN", "s", cursor, "COUNT", 7, "MATCH", "m*")
        seen.update(found)
        large("SREM", "s", f"m{rounds * 2 + 1}")
        large("SADD", "s", f"new{rounds}")
        rounds += 1
        if cursor == b"0":
            break

    assert seen >= {b"m%d" % number for number in range(0, 600, 2)}
    assert rounds > 50


def test_popping_takes_every_member_once(large: MemoryClient) -> None:
    popped = [large("SPOP", "s") for _ in range(100)]
    popped += large("SPOP", "s", 200)
    popped += large("SPOP", "s", 1000)

    assert len(popped) == 600
    assert set(popped) == MEMBERS
    assert large("EXISTS", "s") == 0


def test_a_set_that_was_promoted_is_still_a_set(server: MockServer, large: MemoryClient) -> None:
    large("SRANDMEMBER", "s")
    assert isinstance(server.kernel.space.databases[0].values[b"s"], IndexedSet)

    assert large("SADD", "s", "m1", "x", "y") == 2
    assert large("SREM", "s", "m1", "m2", "none") == 2
    assert large("SMOVE", "s", "t", "m3") == 1
    assert large("SMOVE", "t", "s", "m3") == 1
    members = MEMBERS - {b"m1", b"m2"} | {b"x", b"y"}
    assert set(large("SMEMBERS", "s")) == members
    assert set(large("SRANDMEMBER", "s", 10_000)) == members
    assert set(large("SINTER", "s", "s")) == members
    assert large("SDIFFSTORE", "s", "s", "t") == 600
    assert large("SPOP", "s", 599) != []
    assert large("SCARD", "s") == 1


@pytest.mark.parametrize("count", [1, 5, 599])
def test_random_members_with_a_count_are_different_ones(large: MemoryClient, count: int) -> None:
    members = large("SRANDMEMBER", "s", count)
    assert len(set(members)) == len(members) == count
    assert set(members) <= MEMBERS
    assert large("SCARD", "s") == 600


def test_each_member_is_as_likely_as_the_others(call: MemoryClient) -> None:
    call("SADD", "s", *"abcd")
    drawn = Counter(call("SRANDMEMBER", "s", -40_000))
    assert all(9_000 < times < 11_000 for times in drawn.values())
    assert len(drawn) == 4


def test_integers_ascend_only_while_they_are_few(call: MemoryClient) -> None:
    call("SADD", "s", *range(511, -1, -1))
    assert call("SMEMBERS", "s") == [b"%d" % number for number in range(512)]

    call("SADD", "s", 512)
    assert sorted(call("SMEMBERS", "s"), key=int) == [b"%d" % number for number in range(513)]


def test_a_stored_result_shares_nothing_with_its_source(call: MemoryClient) -> None:
    call("SADD", "a", 1, 2)
    call("SUNIONSTORE", "b", "a")
    call("SINTERSTORE", "c", "a")
    call("SDIFFSTORE", "d", "a")
    call("SREM", "a", 1)

    assert [call("SCARD", key) for key in "abcd"] == [1, 2, 2, 2]
