"""Hash fields with a time to live: what they are to readers, when they go, and who hears of it.

The answers are those of Redis 8.0.6 and Valkey 9.1.2, which differ in words and in details.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mock_backend import MockServer, VirtualClock
from mock_backend.replies import NIL_ARRAY, OK, ReplyError
from mock_backend.transport.memory import MemoryClient

LINES = ("redis-8.0", "valkey-9.0")
NOT_AN_INTEGER = "ERR value is not an integer or out of range"
WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
SYNTAX = "ERR syntax error"
WRONG_COUNT = "ERR numfields should be greater than 0 and match the provided number of fields"
NOT_MATCHING = "ERR The `numfields` parameter must match the number of arguments"
MISPLACED = "ERR Mandatory argument FIELDS is missing or not at the right position"

Line = Callable[[str], MockServer]


@pytest.fixture
def line(clock: VirtualClock) -> Iterator[Line]:
    """Makes servers of a line."""
    servers: list[MockServer] = []

    def make(compat: str) -> MockServer:
        servers.append(MockServer(clock=clock, compat=compat))
        return servers[-1]

    yield make
    assert [server.bugs for server in servers] == [[] for _ in servers]


def check(call: MemoryClient, steps: list[tuple[str, Any]]) -> None:
    """Says every line and compares the answer; an error is a ``str``."""
    for words, expected in steps:
        reply = call(*shlex.split(words))
        assert (str(reply) if isinstance(reply, ReplyError) else reply) == expected, words


@pytest.mark.parametrize("compat", LINES)
def test_a_field_is_given_a_time_and_goes_when_it_has_come(
    line: Line, clock: VirtualClock, compat: str
) -> None:
    call = line(compat).client()
    check(
        call,
        [
            ("HSET h a 1 b 2 c 3", 3),
            ("HEXPIRE h 10 FIELDS 3 a b none", [1, 1, -2]),
            ("HPEXPIRE h 20000 FIELDS 1 b", [1]),
            ("HTTL h FIELDS 4 a b c none", [10, 20, -1, -2]),
            ("HPTTL h FIELDS 1 a", [10_000]),
            ("HEXPIRETIME h FIELDS 1 a", [clock.now_ms() // 1000 + 10]),
            ("HPEXPIRETIME h FIELDS 2 a c", [clock.now_ms() + 10_000, -1]),
        ],
    )
    clock.advance(9_999)
    assert call("HGET", "h", "a") == b"1"
    clock.advance(1)
    check(
        call,
        [
            ("HGET h a", None),
            ("HMGET h a b c", [None, b"2", b"3"]),
            ("HLEN h", 2),
            ("HKEYS h", [b"b", b"c"]),
            ("HTTL h FIELDS 1 a", [-2]),
        ],
    )


@pytest.mark.parametrize("compat", LINES)
def test_a_hash_goes_with_its_last_field(line: Line, clock: VirtualClock, compat: str) -> None:
    call = line(compat).client()
    call("HSET", "h", "a", 1)
    call("HPEXPIRE", "h", 5, "FIELDS", 1, "a")
    clock.advance(5)
    assert call("EXISTS", "h") == 0
    assert call("HTTL", "h", "FIELDS", 2, "a", "b") == [-2, -2]


@pytest.mark.parametrize("compat", LINES)
def test_writing_takes_the_time_away_and_counting_keeps_it(line: Line, compat: str) -> None:
    check(
        line(compat).client(),
        [
            ("HSET h a 1 b 1 c 1", 3),
            ("HEXPIRE h 10 FIELDS 3 a b c", [1, 1, 1]),
            ("HSET h a 2", 0),
            ("HINCRBY h b 1", 2),
            ("HINCRBYFLOAT h c 1", b"2"),
            ("HTTL h FIELDS 3 a b c", [-1, 10, 10]),
            ("HPERSIST h FIELDS 4 a b c none", [-1, 1, 1, -2]),
            ("HTTL h FIELDS 3 a b c", [-1, -1, -1]),
        ],
    )


@pytest.mark.parametrize("compat", LINES)
def test_conditions_of_a_time(line: Line, compat: str) -> None:
    check(
        line(compat).client(),
        [
            ("HSET h a 1 b 1", 2),
            ("HEXPIRE h 10 XX FIELDS 1 a", [0]),
            ("HEXPIRE h 10 GT FIELDS 1 a", [0]),
            ("HEXPIRE h 10 NX FIELDS 1 a", [1]),
            ("HEXPIRE h 20 NX FIELDS 2 a b", [0, 1]),
            ("HEXPIRE h 5 gt FIELDS 1 a", [0]),
            ("HEXPIRE h 50 LT FIELDS 1 a", [0]),
            ("HEXPIRE h 15 GT FIELDS 1 a", [1]),
            ("HEXPIRE h 5 LT FIELDS 1 a", [1]),
            ("HEXPIRE h 7 XX FIELDS 1 a", [1]),
            ("HTTL h FIELDS 2 a b", [7, 20]),
            ("HEXPIREAT h 1 FIELDS 2 a none", [2, -2]),
            ("HGETALL h", [(b"b", b"1")]),
        ],
    )


@pytest.mark.parametrize("compat", LINES)
def test_times_go_along_with_copies_and_names(line: Line, clock: VirtualClock, compat: str) -> None:
    call = line(compat).client()
    check(
        call,
        [
            ("HSET h a 1 b 2", 2),
            ("HEXPIRE h 10 FIELDS 1 a", [1]),
            ("COPY h copy", 1),
            ("HPERSIST h FIELDS 1 a", [1]),
            ("HTTL copy FIELDS 2 a b", [10, -1]),
        ],
    )
    call("RENAME", "copy", "named")
    call("SWAPDB", 0, 1)
    call("SELECT", 1)
    assert call("HTTL", "named", "FIELDS", 1, "a") == [10]
    clock.advance(10_000)
    assert call("HLEN", "named") == 1
    assert call("HLEN", "h") == 2


def test_redis_reads_hgetex_hsetex_and_hgetdel(line: Line) -> None:
    check(
        line("redis-8.0").client(),
        [
            ("HSETEX h EX 10 FIELDS 2 a 1 b 2", 1),
            ("HTTL h FIELDS 2 a b", [10, 10]),
            ("HSETEX h FNX FIELDS 2 a 5 c 6", 0),
            ("HSETEX h FXX KEEPTTL FIELDS 1 a 5", 1),
            ("HSETEX none FXX FIELDS 1 a 5", 0),
            ("HTTL h FIELDS 1 a", [10]),
            ("HGETEX h PERSIST FIELDS 2 a none", [b"5", None]),
            ("HGETEX h PX 5000 FIELDS 1 a", [b"5"]),
            ("HPTTL h FIELDS 2 a b", [5000, 10_000]),
            ("HGETEX none EX 5 FIELDS 1 a", [None]),
            ("HGETDEL h FIELDS 2 a none", [b"5", None]),
            ("HGETEX h EXAT 1 FIELDS 1 b", [b"2"]),
            ("EXISTS h", 0),
            ("HSETEX h PXAT 1 FIELDS 1 b 2", 1),
            ("EXISTS h", 0),
            (
                "HSETEX h EX 5 KEEPTTL FIELDS 1 a 1",
                "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified",
            ),
            (
                "HSETEX h FNX FXX FIELDS 1 a 1",
                "ERR Only one of FXX or FNX arguments can be specified",
            ),
            ("HSETEX h FNY FIELDS 1 a 1", "ERR unknown argument: FNY"),
            ("HSETEX h FIELDS 0 a 1", "ERR invalid number of fields"),
            ("HSETEX h FIELDS 2 a 1", "ERR wrong number of arguments for 'hsetex' command"),
            ("HSETEX h EX -1 FIELDS 1 a 1", "ERR invalid expire time, must be >= 0"),
            ("HGETEX h EX 1 FIELDS 2 a", NOT_MATCHING),
            ("HGETEX h EX 1 a b", MISPLACED),
            ("HGETDEL h FIELDS x a", "ERR Number of fields must be a positive integer"),
        ],
    )


def test_redis_says_what_is_wrong_with_hexpire_and_httl(line: Line) -> None:
    too_late = "ERR invalid expire time in 'hexpire' command"
    check(
        line("redis-8.0").client(),
        [
            ("SET s x", OK),
            ("HEXPIRE s x FIELDS 1 a", WRONG_TYPE),
            ("HEXPIRE h x FIELDS 1 a", NOT_AN_INTEGER),
            ("HEXPIRE h -1 FIELDS 1 a", "ERR invalid expire time, must be >= 0"),
            ("HEXPIRE h 70368744177664 FIELDS 1 a", too_late),
            ("HEXPIRE h 1 NX GT FIELDS 1 a", MISPLACED),
            ("HEXPIRE h 1 FIELDS 0 a", "ERR Parameter `numFields` should be greater than 0"),
            ("HEXPIRE h 1 FIELDS 2 a", NOT_MATCHING),
            ("HEXPIRE h 1 FIELDS a", "ERR wrong number of arguments for 'hexpire' command"),
            ("HTTL s FIELDS 2 a", WRONG_TYPE),
            ("HTTL h a b c", MISPLACED),
            ("HTTL h FIELDS -1 a", "ERR Number of fields must be a positive integer"),
            ("HTTL h FIELDS 2 a", NOT_MATCHING),
            ("HPERSIST h FIELDS 2 a", NOT_MATCHING),
        ],
    )


def test_valkey_reads_hgetex_and_hsetex(line: Line) -> None:
    check(
        line("valkey-9.0").client(),
        [
            ("HSETEX h EX 10 FIELDS 2 a 1 b 2", 1),
            ("HSETEX h NX FIELDS 1 a 5", 0),
            ("HSETEX none XX FIELDS 1 a 5", 0),
            ("HSETEX h XX FNX FIELDS 2 a 5 c 6", 0),
            ("HSETEX h FXX KEEPTTL FIELDS 1 a 5", 1),
            ("HGETEX h EX 20 FIELDS 1 a", [b"5"]),
            ("HGETEX h PERSIST FIELDS 2 b none", [b"2", None]),
            ("HTTL h FIELDS 2 a b", [20, -1]),
            ("HSETEX h NX XX FIELDS 1 a 1", SYNTAX),
            ("HSETEX h EX 1 PX 1 FIELDS 1 a 1", SYNTAX),
            ("HSETEX h EX 1 KEEPTTL FIELDS 1 a 1", SYNTAX),
            ("HSETEX h FIELDS 2 a 1", WRONG_COUNT),
            ("HGETEX h KEEPTTL FIELDS 1 a", SYNTAX),
            ("HGETEX h FIELDS x a", NOT_AN_INTEGER),
            ("HGETEX h EX -1 FIELDS 1 a", "ERR invalid expire time in 'hgetex' command"),
            (
                "HEXPIRE h 1 NX XX FIELDS 1 a",
                "ERR NX and XX, GT or LT options at the same time are not compatible",
            ),
            ("HEXPIRE h 1 WHAT FIELDS 1 a", "ERR Unsupported option WHAT"),
            ("HEXPIRE h 1 FIELDS 2 a", WRONG_COUNT),
            ("HTTL h FIELDS 2 a", SYNTAX),
            ("HTTL h FELD 1 a", SYNTAX),
            ("HPERSIST h FIELDS 2 a", WRONG_COUNT),
            ("HSETEX h EXAT 1 FIELDS 2 a 1 b 1", 1),
            ("EXISTS h", 0),
            (
                "HGETDEL h FIELDS 1 a",
                "ERR unknown command 'HGETDEL', with args beginning with: 'h' 'FIELDS' '1' 'a' ",
            ),
        ],
    )


def told(client: MemoryClient) -> list[str]:
    """The events that a subscriber was told of since it was last asked."""
    return [push[-1].decode() for push in client.pushes()]


@pytest.mark.parametrize(("compat", "past"), [("redis-8.0", "hdel"), ("valkey-9.0", "hexpired")])
def test_events_of_times(line: Line, clock: VirtualClock, compat: str, past: str) -> None:
    server = line(compat)
    call, listener = server.client(), server.client()
    call("CONFIG", "SET", "notify-keyspace-events", "KA")
    listener("HELLO", 3)
    listener("SUBSCRIBE", "__keyspace@0__:h")
    listener.pushes()

    call("HSETEX", "h", "EX", 10, "FIELDS", 2, "a", 1, "b", 1)
    assert told(listener) == ["hset", "hexpire"]
    call("HPERSIST", "h", "FIELDS", 1, "a")
    assert told(listener) == ["hpersist"]
    call("HGETEX", "h", "EX", 20, "FIELDS", 1, "a")
    assert told(listener) == ["hexpire"]
    call("HPEXPIRE", "h", 0, "FIELDS", 1, "b")
    assert told(listener) == [past]
    clock.advance(20_000)
    assert told(listener) == ["hexpired", "del"]


@pytest.mark.parametrize("compat", LINES)
def test_a_time_breaks_a_watch_and_so_does_its_coming(
    line: Line, clock: VirtualClock, compat: str
) -> None:
    server = line(compat)
    call, other = server.client(), server.client()
    call("HSET", "h", "a", 1)

    def committed(change: Callable[[], object]) -> bool:
        call("WATCH", "h")
        change()
        call("MULTI")
        call("PING")
        return call("EXEC") is not NIL_ARRAY

    assert committed(lambda: other("HTTL", "h", "FIELDS", 1, "a"))
    assert not committed(lambda: other("HEXPIRE", "h", 10, "FIELDS", 1, "a"))
    assert not committed(lambda: clock.advance(10_000))


@pytest.mark.parametrize(
    ("compat", "encoding", "field"),
    [
        ("redis-8.0", b"listpackex", "subexpiry"),
        ("valkey-9.0", b"hashtable", "keys_with_volatile_items"),
    ],
)
def test_where_it_shows_that_fields_have_times(
    line: Line, compat: str, encoding: bytes, field: str
) -> None:
    call = line(compat).client()
    call("HSET", "h", "a", 1)
    assert call("OBJECT", "ENCODING", "h") == b"listpack"
    call("HEXPIRE", "h", 10, "FIELDS", 1, "a")
    assert call("OBJECT", "ENCODING", "h") == encoding
    assert call("TYPE", "h").text == b"hash"
    assert f",{field}=1\r\n".encode() in call("INFO", "keyspace").text


@pytest.mark.parametrize("compat", LINES)
def test_without_active_expiry_a_field_is_hidden_but_counted(
    line: Line, clock: VirtualClock, compat: str
) -> None:
    call = line(compat).client()
    call("DEBUG", "SET-ACTIVE-EXPIRE", 0)
    call("HSET", "h", "a", 1, "b", 2, "c", 3)
    call("HPEXPIRE", "h", 1, "FIELDS", 2, "a", "b")
    clock.advance(5)

    assert call("HLEN", "h") == 3
    assert call("HGETALL", "h") == [(b"c", b"3")]
    assert call("HSCAN", "h", 0) == [b"0", [b"c", b"3"]]
    assert call("HEXISTS", "h", "a") == 0
    assert call("HLEN", "h") == (2 if compat == "redis-8.0" else 3)
    assert call("HDEL", "h", "b") == (1 if compat == "redis-8.0" else 0)
    assert call("HRANDFIELD", "h", 5) == [b"c"]


@pytest.mark.parametrize("compat", LINES)
def test_many_fields_with_times_go_one_by_one(line: Line, clock: VirtualClock, compat: str) -> None:
    call = line(compat).client()
    for number in range(500):
        call("HSET", "h", f"f{number}", number)
        call("HPEXPIRE", "h", 1000 + number, "FIELDS", 1, f"f{number}")
    clock.advance(1_099)
    assert call("HLEN", "h") == 400
    seen: set[bytes] = set()
    cursor = b"0"
    while True:
        cursor, found = call("HSCAN", "h", cursor, "NOVALUES")
        seen.update(found)
        if cursor == b"0":
            break
    assert seen == {b"f%d" % number for number in range(100, 500)}
    clock.advance(1_000)
    assert call("EXISTS", "h") == 0


def test_older_servers_do_not_know_these_commands(line: Line) -> None:
    for compat in ("redis-7.2", "valkey-8.1"):
        reply = line(compat).client()("HTTL", "h", "FIELDS", 1, "a")
        assert str(reply).startswith("ERR unknown command 'HTTL'")
    client = line("redis-7.4").client()
    assert client("HTTL", "h", "FIELDS", 1, "a") == [-2]
    assert str(client("HGETEX", "h", "FIELDS", 1, "a")).startswith("ERR unknown command 'HGETEX'")
