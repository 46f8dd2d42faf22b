"""Long lists: every method against a plain list, and what LRANGE makes of them."""

from __future__ import annotations

import random

import pytest

from mock_backend import MockServer
from mock_backend.store.long_list import LongList
from mock_backend.transport.memory import MemoryClient


def words(start: int, end: int) -> list[bytes]:
    return [b"%d" % number for number in range(start, end)]


@pytest.mark.parametrize("seed", range(4))
def test_it_holds_what_a_plain_list_holds(seed: int) -> None:
    chance = random.Random(seed)
    plain = words(0, chance.choice([0, 1, 1023, 1024, 1025, 5000]))
    long = LongList(plain)
    for turn in range(1_500):
        item = b"%d" % chance.randrange(50)
        match chance.randrange(9):
            case 0 | 1:
                plain.append(item)
                long.append(item)
            case 2:
                plain.insert(0, item)
                long.appendleft(item)
            case 3 if plain:
                assert long.pop() == plain.pop()
            case 4 if plain:
                assert long.popleft() == plain.pop(0)
            case 5:
                place = chance.randrange(len(plain) + 1)
                plain.insert(place, item)
                long.insert(place, item)
            case 6 if plain:
                place = chance.randrange(-len(plain), len(plain))
                assert long[place] == plain[place]
                plain[place] = long[place] = item
            case 7 if item in plain:
                assert long.index(item) == plain.index(item)
                plain.remove(item)
                long.remove(item)
            case _:
                first = chance.randrange(len(plain) + 1)
                end = chance.randrange(first, len(plain) + 1)
                assert long.between(first, end) == plain[first:end]
        if turn % 100 == 0:
            assert list(long) == plain
            assert list(reversed(long)) == plain[::-1]
            assert (len(long), long.count(item)) == (len(plain), plain.count(item))
    assert list(long.copy()) == plain
    long.clear()
    assert (len(long), list(long)) == (0, [])


def test_a_block_that_grows_is_cut_in_two() -> None:
    long = LongList(words(0, 1024))
    for number in range(3_000):
        long.insert(5, b"x%d" % number)
    assert len(long) == 4_024
    assert long[4] == b"4"
    assert long[5] == b"x2999"
    assert long[-1] == b"1023"


def test_nothing_can_be_taken_from_an_empty_one() -> None:
    long = LongList()
    for take in (long.pop, long.popleft, lambda: long[0]):
        with pytest.raises(IndexError):
            take()
    with pytest.raises(ValueError, match="not in the list"):
        long.index(b"x")
    with pytest.raises(ValueError, match="not in the list"):
        long.remove(b"x")


def test_a_list_is_promoted_by_an_access_to_its_middle(
    call: MemoryClient, server: MockServer
) -> None:
    values = server.kernel.space.databases[0].values
    call("RPUSH", "l", *words(0, 20_000))
    call("LINDEX", "l", 0)
    call("LINDEX", "l", -1)
    call("LINDEX", "l", 99_999)
    call("LRANGE", "l", 0, 10)
    assert type(values[b"l"]) is not LongList
    assert call("LRANGE", "l", 10_000, 10_002) == [b"10000", b"10001", b"10002"]
    assert type(values[b"l"]) is LongList
    assert call("LINDEX", "l", 9_999) == b"9999"
    assert call("LPUSH", "l", "a", "b") == 20_002
    assert call("RPUSH", "l", "z") == 20_003
    assert call("LPOP", "l", 3) == [b"b", b"a", b"0"]
    assert call("RPOP", "l") == b"z"
    assert call("LINSERT", "l", "BEFORE", "15000", "new") == 20_000
    assert call("LPOS", "l", "new") == 14_999
    assert call("LSET", "l", 14_999, "newer").text == b"OK"
    assert call("LREM", "l", 1, "newer") == 1
    assert call("LREM", "l", -2, "x") == 0
    assert call("LTRIM", "l", 9_000, 9_001).text == b"OK"
    assert call("LRANGE", "l", 0, -1) == [b"9001", b"9002"]
    assert call("TYPE", "l").text == b"list"
