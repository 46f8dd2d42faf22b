"""Keys as time passes, as several clients see them, and as large databases are walked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mock_backend import MockServer, VirtualClock
from mock_backend.kernel.notifications import Notifier
from mock_backend.replies import NIL_ARRAY, OK
from mock_backend.store.keyspace import Database
from mock_backend.transport.memory import MemoryClient

Clients = Callable[[], MemoryClient]


@pytest.fixture
def events(server: MockServer) -> list[tuple[str, bytes]]:
    """What was told of changed keys since the test began: ``(event, key)``."""
    told: list[tuple[str, bytes]] = []

    class Hearing(Notifier):
        def __call__(self, database: Database, key: bytes, event: str) -> None:
            if event != "keymiss":
                told.append((event, key))

    kernel = server.kernel
    kernel.notifier = Hearing(kernel.channels, kernel.space, frozenset())
    kernel.listen()
    return told


def test_a_key_is_gone_at_the_millisecond_it_expires(
    call: MemoryClient, clock: VirtualClock
) -> None:
    call("SET", "k", "v")
    call("PEXPIRE", "k", 1500)

    clock.advance(1499)
    assert (call("EXISTS", "k"), call("PTTL", "k"), call("TTL", "k")) == (1, 1, 0)

    clock.advance(1)
    assert (call("EXISTS", "k"), call("PTTL", "k"), call("TYPE", "k").text) == (0, -2, b"none")


def test_the_time_to_live_in_seconds_is_rounded_to_the_nearest(
    call: MemoryClient, clock: VirtualClock
) -> None:
    call("SET", "k", "v", "PX", 10_000)

    clock.advance(500)
    assert call("TTL", "k") == 10

    clock.advance(1)
    assert call("TTL", "k") == 9


def test_persist_keeps_a_key_for_good(call: MemoryClient, clock: VirtualClock) -> None:
    call("SET", "k", "v", "PX", 10)
    call("PERSIST", "k")

    clock.advance(1_000_000)

    assert call("GET", "k") == b"v"


def test_an_expired_destination_does_not_stand_in_the_way(
    call: MemoryClient, clock: VirtualClock
) -> None:
    for key in ("copied", "renamed"):
        call("SET", key, "old", "PX", 10)
    call("MSET", "a", 1, "b", 2)
    clock.advance(10)

    assert call("COPY", "a", "copied") == 1
    assert call("RENAMENX", "b", "renamed") == 1


def test_expired_keys_are_neither_listed_nor_scanned(
    call: MemoryClient, clock: VirtualClock
) -> None:
    call("SET", "gone", 1, "PX", 10)
    call("SET", "here", 1)
    clock.advance(10)

    assert call("KEYS", "*") == [b"here"]
    assert call("SCAN", 0) == [b"0", [b"here"]]
    assert call("RANDOMKEY") == b"here"


def test_a_renamed_key_expires_when_it_would_have(call: MemoryClient, clock: VirtualClock) -> None:
    call("SET", "a", 1, "PX", 100)
    call("RENAME", "a", "b")

    clock.advance(100)

    assert call("EXISTS", "b") == 0


@pytest.mark.parametrize(
    ("words", "idle"),
    [
        (("GET", "k"), 0),
        (("SET", "k", "w"), 0),
        (("TOUCH", "k"), 0),
        (("TTL", "k"), 10),
        (("EXISTS", "k"), 10),
        (("TYPE", "k"), 10),
        (("OBJECT", "ENCODING", "k"), 10),
    ],
)
def test_only_an_access_ends_the_idle_time(
    call: MemoryClient, clock: VirtualClock, words: tuple[str, ...], idle: int
) -> None:
    call("SET", "k", "v")
    clock.advance(10_999)

    call(*words)

    assert call("OBJECT", "IDLETIME", "k") == idle


def test_frequencies_are_only_told_under_an_lfu_policy(
    server: MockServer, call: MemoryClient
) -> None:
    call("SET", "k", "v")
    assert "LFU maxmemory policy is not selected" in call("OBJECT", "FREQ", "k").line

    server.kernel.config.set([(b"maxmemory-policy", b"allkeys-lfu")])

    assert isinstance(call("OBJECT", "FREQ", "k"), int)
    assert "LFU maxmemory policy is selected" in call("OBJECT", "IDLETIME", "k").line


@pytest.mark.parametrize(
    ("value", "encoding"),
    [
        ("12", b"int"),
        ("-9223372036854775808", b"int"),
        ("9223372036854775808", b"embstr"),
        ("007", b"embstr"),
        ("x" * 44, b"embstr"),
        ("x" * 45, b"raw"),
    ],
)
def test_strings_are_encoded_by_what_they_say(
    call: MemoryClient, value: str, encoding: bytes
) -> None:
    call("SET", "k", value)
    assert call("OBJECT", "ENCODING", "k") == encoding


@pytest.mark.parametrize(
    ("fill", "elements", "below", "above"),
    [
        ("SADD", 512, b"intset", b"hashtable"),
        ("HSET", 512, b"listpack", b"hashtable"),
        ("ZADD", 128, b"listpack", b"skiplist"),
    ],
)
def test_a_container_outgrows_its_encoding(
    call: MemoryClient, fill: str, elements: int, below: bytes, above: bytes
) -> None:
    width = 1 if fill == "SADD" else 2
    call(fill, "k", *range(elements * width))
    assert call("OBJECT", "ENCODING", "k") == below

    call(fill, "k", *range(elements * width, (elements + 1) * width))
    assert call("OBJECT", "ENCODING", "k") == above


def test_the_thresholds_of_encodings_are_configured(server: MockServer, call: MemoryClient) -> None:
    call("HSET", "h", "a", 1, "b", 2)
    server.kernel.config.set([(b"hash-max-listpack-entries", b"1")])
    assert call("OBJECT", "ENCODING", "h") == b"hashtable"


def test_a_list_is_one_listpack_up_to_eight_kilobytes(call: MemoryClient) -> None:
    call("RPUSH", "l", "x" * 8_000)
    assert call("OBJECT", "ENCODING", "l") == b"listpack"

    call("RPUSH", "l", "x" * 200)
    assert call("OBJECT", "ENCODING", "l") == b"quicklist"


def test_a_scan_sees_every_key_that_stays_whatever_comes_and_goes(call: MemoryClient) -> None:
    for number in range(500):
        call("SET", f"stays:{number}", 1)
        call("SET", f"goes:{number}", 1)
    seen: set[bytes] = set()
    cursor, rounds = b"0", 0
    while True:
        cursor, found = call("SCAN", cursor, "COUNT", 20, "MATCH", "stays:*")
        seen.update(found)
        call("DEL", f"goes:{rounds}")
        call("SET", f"comes:{rounds}", 1)
        rounds += 1
        if cursor == b"0":
            break

    assert seen == {b"stays:%d" % number for number in range(500)}
    assert rounds > 20


def test_random_keys_come_from_the_whole_database(call: MemoryClient) -> None:
    call("MSET", *(word for number in range(5) for word in (f"k{number}", 1)))
    assert {call("RANDOMKEY") for _ in range(200)} == {b"k%d" % number for number in range(5)}


@pytest.mark.parametrize(
    ("before", "words", "told"),
    [
        ([("SET", "a", 1)], ("DEL", "a", "none"), [("del", b"a")]),
        ([("SET", "a", 1)], ("UNLINK", "a"), [("del", b"a")]),
        ([("SET", "a", 1)], ("EXPIRE", "a", 10), [("expire", b"a")]),
        ([("SET", "a", 1)], ("EXPIRE", "a", -1), [("del", b"a")]),
        ([("SET", "a", 1)], ("PERSIST", "a"), []),
        ([("SET", "a", 1, "EX", 10)], ("PERSIST", "a"), [("persist", b"a")]),
        (
            [("SET", "a", 1)],
            ("RENAME", "a", "b"),
            [("new", b"b"), ("rename_from", b"a"), ("rename_to", b"b")],
        ),
        ([("SET", "a", 1)], ("COPY", "a", "b"), [("new", b"b"), ("copy_to", b"b")]),
        (
            [("SET", "a", 1)],
            ("MOVE", "a", 1),
            [("new", b"a"), ("move_from", b"a"), ("move_to", b"a")],
        ),
        ([("RPUSH", "a", 2, 1)], ("SORT", "a", "STORE", "b"), [("sortstore", b"b")]),
        ([("SET", "b", 1)], ("SORT", "a", "STORE", "b"), [("del", b"b")]),
        ([("SET", "a", 1)], ("TOUCH", "a"), []),
        ([], ("HSET", "h", "f", 1), [("hset", b"h")]),
        ([("HSET", "h", "f", 1)], ("HSETNX", "h", "f", 1), []),
        ([("HSET", "h", "f", 1)], ("HDEL", "h", "f", "g"), [("hdel", b"h"), ("del", b"h")]),
        ([("HSET", "h", "f", 1)], ("HINCRBY", "h", "f", 1), [("hincrby", b"h")]),
        ([("HSET", "h", "f", 1)], ("HINCRBYFLOAT", "h", "f", 1), [("hincrbyfloat", b"h")]),
        ([], ("SADD", "s", 1), [("sadd", b"s")]),
        ([("SADD", "s", 1)], ("SADD", "s", 1), []),
        ([("SADD", "s", 1, 2)], ("SREM", "s", 1), [("srem", b"s")]),
        ([("SADD", "s", 1)], ("SPOP", "s"), [("spop", b"s"), ("del", b"s")]),
        (
            [("SADD", "s", 1)],
            ("SMOVE", "s", "t", 1),
            [("srem", b"s"), ("del", b"s"), ("sadd", b"t")],
        ),
        ([("SADD", "s", 1)], ("SUNIONSTORE", "t", "s"), [("sunionstore", b"t")]),
        ([("SADD", "t", 1)], ("SDIFFSTORE", "t", "s"), [("del", b"t")]),
        ([], ("SETBIT", "k", 1, 1), [("setbit", b"k")]),
        ([("SETBIT", "k", 1, 1)], ("SETBIT", "k", 1, 1), []),
        ([("SET", "a", 1)], ("BITOP", "NOT", "b", "a"), [("set", b"b")]),
        ([], ("BITFIELD", "k", "SET", "u8", 0, 1), [("setbit", b"k")]),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_every_change_is_told_under_its_name(
    call: MemoryClient,
    events: list[tuple[str, bytes]],
    before: list[tuple[str | int, ...]],
    words: tuple[str | int, ...],
    told: list[tuple[str, bytes]],
) -> None:
    for line in before:
        call(*line)
    events.clear()

    call(*words)

    assert events == told


def test_a_key_that_expires_is_told_when_its_time_has_come(
    call: MemoryClient, clock: VirtualClock, events: list[tuple[str, bytes]]
) -> None:
    call("SET", "k", 1, "PX", 10)
    events.clear()

    clock.advance(10)
    call("EXISTS", "k")

    assert events == [("expired", b"k")]


@pytest.mark.parametrize(
    "words",
    [
        ("DEL", "k"),
        ("EXPIRE", "k", "100"),
        ("PERSIST", "k"),
        ("RENAME", "k", "x"),
        ("RENAME", "other", "k"),
        ("COPY", "other", "k", "REPLACE"),
        ("MOVE", "k", "1"),
        ("SORT", "l", "STORE", "k"),
    ],
)
def test_whatever_changes_a_watched_key_breaks_the_transaction(
    client: Clients, words: tuple[str, ...]
) -> None:
    watcher, other = client(), client()
    other("SET", "k", 1, "EX", 50)
    other("SET", "other", 2)
    other("RPUSH", "l", 1)
    watcher("WATCH", "k")
    watcher("MULTI")
    watcher("GET", "k")

    other(*words)

    assert watcher("EXEC") == NIL_ARRAY


@pytest.mark.parametrize(
    "words",
    [
        ("RENAME", "full", "jobs"),
        ("COPY", "full", "jobs"),
        ("SORT", "full", "STORE", "jobs"),
    ],
)
def test_a_list_that_appears_under_a_name_serves_who_waits_for_it(
    client: Clients, words: tuple[str, ...]
) -> None:
    waiter, writer = client(), client()
    writer("RPUSH", "full", "1")
    waiter("BLPOP", "jobs", 0)

    writer(*words)

    assert waiter.out == [[b"jobs", b"1"]]


def test_who_waits_for_replicas_waits_until_the_time_is_over(
    call: MemoryClient, clock: VirtualClock
) -> None:
    call("WAIT", 1, 500)
    call("WAITAOF", 0, 1, 100)
    clock.advance(499)
    assert call.waiting

    clock.advance(1)
    assert call.out == [0]

    clock.advance(100)
    assert call.out == [0, [0, 0]]


def test_nobody_waits_for_replicas_inside_a_transaction(call: MemoryClient) -> None:
    call("MULTI")
    call("WAIT", 1, 0)
    assert call("EXEC") == [0]


def test_databases_do_not_see_each_others_keys(server: MockServer, call: MemoryClient) -> None:
    call("MSET", "a", 1, "b", 2)
    assert call("COPY", "a", "a", "DB", 3) == 1
    assert call("MOVE", "b", 3) == 1

    assert list(server.kernel.space.databases[3].keys()) == [b"a", b"b"]
    assert call("KEYS", "*") == [b"a"]


def test_sort_names_the_keys_that_it_touches(server: MockServer) -> None:
    sort = server.kernel.commands[b"sort"]

    assert sort.keys([b"SORT", b"l"]) == [b"l"]
    assert sort.keys([b"SORT", b"l", b"BY", b"w_*", b"STORE", b"d"]) == [b"l", b"d"]


def test_sorting_a_set_by_nothing_is_stable_inside_a_transaction(call: MemoryClient) -> None:
    call("SADD", "s", *"hgfedcba")
    call("MULTI")
    call("SORT", "s", "BY", "nosort")
    call("SORT", "s", "BY", "nosort", "DESC")

    ascending, descending = call("EXEC")

    assert ascending == [bytes([letter]) for letter in b"abcdefgh"]
    assert descending == ascending[::-1]


def test_renaming_a_key_to_itself_changes_nothing(
    call: MemoryClient, events: list[tuple[str, bytes]]
) -> None:
    call("SET", "k", 1)
    events.clear()

    assert call("RENAME", "k", "k") == OK
    assert events == []
