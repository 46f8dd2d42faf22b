"""What every scan promises, whatever is scanned and whatever comes and goes meanwhile."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_backend import MockServer
from mock_backend.transport.memory import MemoryClient

NAMES = st.integers(0, 60)
CHANGES = st.lists(st.lists(st.tuples(st.booleans(), NAMES), max_size=8), max_size=40)

SCANS = {
    "SCAN": ("SET {} v", "DEL {}", "SCAN", 1),
    "SSCAN": ("SADD k {}", "SREM k {}", "SSCAN k", 1),
    "HSCAN": ("HSET k {} v", "HDEL k {}", "HSCAN k", 2),
    "ZSCAN": ("ZADD k 1 {}", "ZREM k {}", "ZSCAN k", 2),
}
"""How an item is added, how it is removed, how they are walked, and how many words each gives."""


def walked(
    call: MemoryClient, kind: str, count: int, changes: list[list[tuple[bool, int]]]
) -> tuple[list[list[bytes]], set[bytes], set[bytes]]:
    """What each call told, what was there all the time, and what was ever there."""
    add, remove, scan, words = SCANS[kind]
    there = {b"item%d" % number for number in range(0, 60, 2)}
    call("CONFIG", "SET", "hash-max-listpack-entries", 4, "zset-max-listpack-entries", 4)
    call("CONFIG", "SET", "set-max-listpack-entries", 4)
    for item in there:
        call(*add.format(item.decode()).split())
    stayed, ever = set(there), set(there)
    cursor, told = b"0", list[list[bytes]]()
    while True:
        cursor, found = call(*scan.split(), cursor, "COUNT", count)
        told.append(found[::words])
        assert len(told) < 200, "a scan must come to its end"
        if cursor == b"0":
            return told, stayed, ever
        for adds, number in changes.pop(0) if changes else ():
            item = f"item{number}"
            call(*(add if adds else remove).format(item).split())
            (ever.add if adds else stayed.discard)(item.encode())


@pytest.mark.parametrize("kind", list(SCANS))
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(count=st.integers(1, 20), changes=CHANGES)
def test_a_scan_tells_all_that_stays_and_nothing_that_never_was(
    kind: str, count: int, changes: list[list[tuple[bool, int]]]
) -> None:
    server = MockServer()

    told, stayed, ever = walked(server.client(), kind, count, changes)

    found = {item for part in told for item in part}
    assert stayed <= found <= ever
    assert server.bugs == []


@pytest.mark.parametrize("kind", list(SCANS))
@pytest.mark.parametrize("count", [1, 7, 10])
def test_one_call_of_a_scan_tells_no_more_than_it_was_asked_for(kind: str, count: int) -> None:
    told, stayed, _ = walked(MockServer().client(), kind, count, [])

    assert max(map(len, told)) == count
    assert len(told) <= len(stayed) // count + 2


@pytest.mark.parametrize("kind", list(SCANS))
def test_a_scan_with_a_pattern_tells_what_matches(kind: str, call: MemoryClient) -> None:
    add, _, scan, words = SCANS[kind]
    for number in range(300):
        call(*add.format(f"{'ab'[number % 2]}{number}").split())

    cursor, found = b"0", set[bytes]()
    while True:
        cursor, part = call(*scan.split(), cursor, "MATCH", "a*", "COUNT", 25)
        found.update(part[::words])
        if cursor == b"0":
            break

    assert found == {b"a%d" % number for number in range(0, 300, 2)}


def test_scores_may_be_left_out_since_valkey_8_1() -> None:
    call = MockServer(compat="valkey-8.1").client()
    call("ZADD", "z", 1, "a", 2, "b")
    assert call("ZSCAN", "z", 0, "NOSCORES") == [b"0", [b"a", b"b"]]
    call("SADD", "s", 1)
    assert str(call("SSCAN", "s", 0, "NOSCORES")) == (
        "ERR NOSCORES option can only be used in ZSCAN"
    )
    older = MockServer().client()
    older("ZADD", "z", 1, "a")
    assert str(older("ZSCAN", "z", 0, "NOSCORES")) == "ERR syntax error"
