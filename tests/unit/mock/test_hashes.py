"""Hashes that are large, drawn from at random, and walked while they change."""

from __future__ import annotations

from collections import Counter

import pytest

from mock_backend import MockServer
from mock_backend.store.indexed import IndexedDict
from mock_backend.transport.memory import MemoryClient

FIELDS = 600


@pytest.fixture
def large(call: MemoryClient) -> MemoryClient:
    """A client of a server that holds ``h``: fields ``f0`` to ``f599``, each its number."""
    call("HSET", "h", *(word for number in range(FIELDS) for word in (f"f{number}", number)))
    return call


def test_a_scan_sees_every_field_that_stays_whatever_comes_and_goes(large: MemoryClient) -> None:
    seen: dict[bytes, bytes] = {}
    cursor, rounds = b"0", 0
    while True:
        cursor, found = large("HSCAN", "h", cursor, "COUNT", 7)
        seen.update(zip(found[::2], found[1::2], strict=True))
        large("HDEL", "h", f"f{rounds * 2 + 1}")
        large("HSET", "h", f"new{rounds}", 1)
        rounds += 1
        if cursor == b"0":
            break

    stayed = {b"f%d" % number: b"%d" % number for number in range(0, FIELDS, 2)}
    assert seen.items() >= stayed.items()
    assert rounds > 50


def test_a_scan_of_a_small_hash_answers_everything_at_once(call: MemoryClient) -> None:
    call("HSET", "h", "a", 1, "b", 2, "c", 3)
    assert call("HSCAN", "h", 0, "COUNT", 1) == [b"0", [b"a", b"1", b"b", b"2", b"c", b"3"]]


def test_a_hash_that_was_promoted_is_still_a_hash(server: MockServer, large: MemoryClient) -> None:
    large("HRANDFIELD", "h")
    assert isinstance(server.kernel.space.databases[0].values[b"h"], IndexedDict)

    assert large("HSET", "h", "f0", "x", "more", "y") == 1
    assert large("HDEL", "h", "f1", "f2") == 2
    assert large("HINCRBY", "h", "f3", 5) == 8
    assert large("COPY", "h", "copy") == 1
    assert large("HLEN", "h") == large("HLEN", "copy") == FIELDS - 1
    assert large("HMGET", "h", "f0", "f1", "more") == [b"x", None, b"y"]
    fields = large("HKEYS", "h")
    assert sorted(large("HRANDFIELD", "h", 10_000)) == sorted(fields)
    assert large("HDEL", "h", *fields) == FIELDS - 1
    assert large("EXISTS", "h") == 0


@pytest.mark.parametrize("count", [1, 5, 599])
def test_random_fields_with_a_count_are_different_ones(large: MemoryClient, count: int) -> None:
    fields = large("HRANDFIELD", "h", count)
    assert len(set(fields)) == len(fields) == count


def test_random_fields_with_a_negative_count_may_repeat(large: MemoryClient) -> None:
    assert len(large("HRANDFIELD", "h", -2000)) == 2000


def test_random_fields_come_with_their_own_values(large: MemoryClient) -> None:
    words = large("HRANDFIELD", "h", 50, "WITHVALUES")
    assert all(field == b"f" + value for field, value in zip(words[::2], words[1::2], strict=True))


def test_each_field_is_as_likely_as_the_others(call: MemoryClient) -> None:
    call("HSET", "h", *(word for letter in "abcd" for word in (letter, 1)))
    drawn = Counter(call("HRANDFIELD", "h", -40_000))
    assert all(9_000 < times < 11_000 for times in drawn.values())
    assert len(drawn) == 4


def test_an_increment_that_is_refused_creates_no_key(call: MemoryClient) -> None:
    call("HINCRBY", "h", "f", "x")
    call("HINCRBYFLOAT", "h", "f", "x")
    call("HSET", "h", "f", 1, "g")

    assert call("EXISTS", "h") == 0
