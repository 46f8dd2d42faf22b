"""Who wakes whom, and in which order: what the two lines of servers do differently, and alike.

Redis 7.0 gives who waits what has come, from the key that woke him; since 7.2 his call is made
anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.integration.test_blocking import WRONG_TYPE, still_waits, waits
from tests.integration.wire import Argument, Wire
from tests.targets import Server

Connect = Callable[..., Wire]

ENTRY = [[b"1-1", [b"f", b"v"]]]


def test_a_stream_that_is_named_twice_is_read_twice_or_once(
    server: Server, connect: Connect, wire: Wire
) -> None:
    waiter = waits(connect(), "XREAD", "BLOCK", 0, "STREAMS", "s", "s", "$", "0")

    wire("XADD", "s", "1-1", "f", "v")

    times = 1 if server.line == "redis" else 2
    assert waiter.read() == [[b"s", ENTRY]] * times


def test_another_key_of_a_wrong_type_is_met_where_the_call_is_made_anew(
    server: Server, connect: Connect, wire: Wire
) -> None:
    waiter = waits(connect(), "BLPOP", "set", "list", 0)
    wire("SADD", "set", "m")

    wire("RPUSH", "list", "a")

    reply = waiter.read()
    assert reply == [b"list", b"a"] if server.line == "redis" else str(reply) == WRONG_TYPE


def test_who_wakes_for_nothing_stands_behind_the_others(
    server: Server, connect: Connect, wire: Wire
) -> None:
    for key in ("s", "t"):
        wire("XGROUP", "CREATE", key, "g", "$", "MKSTREAM")
    words = ("BLOCK", 0, "STREAMS")
    quick = waits(connect(), "XREADGROUP", "GROUP", "g", "quick", *words, "s", ">")
    both = waits(connect(), "XREADGROUP", "GROUP", "g", "both", *words, "s", "t", ">", ">")
    late = waits(connect(), "XREADGROUP", "GROUP", "g", "late", *words, "t", ">")

    wire("XADD", "s", "1-1", "f", "v")
    assert quick.read() == [[b"s", ENTRY]]
    wire("XADD", "t", "1-1", "f", "v")

    served, waiting = (both, late) if server.line == "redis" else (late, both)
    assert served.read() == [[b"t", ENTRY]]
    assert still_waits(waiting)


@pytest.mark.parametrize(
    "words",
    [("SORT", "src", "BY", "nosort", "STORE", "k"), ("RESTORE",), ("RENAME", "src", "k")],
    ids=lambda words: words[0],
)
def test_what_is_stored_over_something_else_wakes_nobody_but_what_comes_anew_does(
    connect: Connect, wire: Wire, words: tuple[Argument, ...]
) -> None:
    waiter = waits(connect(), "BLPOP", "k", 0)
    wire("RPUSH", "src", "a")
    wire("SADD", "k", "m")

    if words == ("RESTORE",):
        words = ("RESTORE", "k", 0, wire("DUMP", "src"), "REPLACE")
    wire(*words)

    if words[0] == "SORT":
        assert still_waits(waiter)
    else:
        assert waiter.read() == [b"k", b"a"]


def test_what_changes_a_stream_but_adds_nothing_wakes_nobody(connect: Connect, wire: Wire) -> None:
    wire("XADD", "s", "1-1", "f", "v")
    waiter = waits(connect(), "XREAD", "BLOCK", 0, "STREAMS", "s", "list", "$", "0")
    wire("RPUSH", "list", "a")

    wire("XSETID", "s", "5-0")
    wire("XTRIM", "s", "MAXLEN", 0)
    wire("EXPIRE", "s", 100)

    assert still_waits(waiter)  # or it would meet the list


def test_an_entry_that_came_and_went_wakes_with_nothing_or_not_at_all(
    server: Server, connect: Connect, wire: Wire
) -> None:
    waiter = waits(connect(), "XREAD", "BLOCK", 0, "STREAMS", "s", "$")

    wire("MULTI")
    wire("XADD", "s", "1-1", "f", "v")
    wire("XDEL", "s", "1-1")
    wire("EXEC")

    if server.line == "redis":
        assert waiter.read() == [[b"s", []]]
    else:
        assert still_waits(waiter)


def test_who_waits_needs_room_when_the_call_is_made_anew(
    server: Server, connect: Connect, wire: Wire
) -> None:
    waiter = waits(connect(), "BLMOVE", "a", "b", "LEFT", "LEFT", 0)
    wire("RPUSH", "src", "x")
    wire("CONFIG", "SET", "maxmemory", 1)

    wire("RENAME", "src", "a")

    reply = waiter.read()
    wire("CONFIG", "SET", "maxmemory", 0)
    full = "OOM command not allowed when used memory > 'maxmemory'."
    assert reply == b"x" if server.line == "redis" else str(reply) == full


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        (("BLPOP", "k", 0), (1, 2)),
        (("BLMOVE", "k", "d", "LEFT", "LEFT", 0), (1, 2)),
        (("BLMPOP", 0, 1, "k", "LEFT"), (2, 2)),
    ],
    ids=lambda value: value[0] if isinstance(value[0], str) else "",
)
def test_what_is_given_to_who_waited_is_a_change_like_any_other_since_7_2(
    server: Server,
    connect: Connect,
    wire: Wire,
    words: tuple[Argument, ...],
    changes: tuple[int, int],
) -> None:
    waiter = waits(connect(), *words)
    before = counted(wire)

    wire("RPUSH", "k", "a")
    waiter.read()

    assert counted(wire) - before == changes[server.line == "valkey"]


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        (("RPUSH", "l", "a", "b", "c"), 3),
        (("LPOP", "list", 2), 2),
        (("LTRIM", "list", 0, -1), 0),
        (("LTRIM", "list", 5, 6), 3),
        (("LMOVE", "list", "d", "LEFT", "LEFT"), 1),
        (("SORT", "list", "ALPHA", "STORE", "d"), 3),
        (("ZADD", "z", 1, "a", 2, "b"), 2),
        (("ZPOPMIN", "zset", 2), 2),
        (("ZUNIONSTORE", "d", 1, "zset"), 1),
        (("HSET", "h", "f", 1, "g", 2), 2),
        (("RENAME", "list", "d"), 1),
        (("MOVE", "list", 1), 1),
        (("FLUSHALL",), 2),
        (("SWAPDB", 0, 0), 1),
        (("XADD", "s", "1-1", "f", "v"), 1),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_changes_since_the_last_save_are_counted_one_by_one(
    wire: Wire, words: tuple[Argument, ...], changes: int
) -> None:
    wire("RPUSH", "list", "a", "b", "c")
    wire("ZADD", "zset", 1, "a", 2, "b")
    before = counted(wire)

    wire(*words)

    assert counted(wire) - before == changes


def counted(wire: Wire) -> int:
    found = re.search(rb"rdb_changes_since_last_save:(\d+)", wire("INFO", "persistence"))
    assert found is not None
    return int(found[1])


def test_a_block_in_a_script_is_refused_in_the_words_of_the_script(
    server: Server, wire: Wire
) -> None:
    reply = wire("EVAL", "return redis.pcall('xRead','BLOCK','0','STREAMS','s','$')", 0)

    if server.line == "redis":
        assert str(reply) == "ERR xRead command is not allowed with BLOCK option from scripts"
    else:
        assert reply is None


NEGATIVE = "ERR timeout is negative"
NO_FLOAT = "ERR timeout is not a float or out of range"
NO_INTEGER = "ERR timeout is not an integer or out of range"
TOO_LONG = "ERR timeout is out of range"


@pytest.mark.parametrize(
    ("timeout", "error"),
    [
        ("-1", NEGATIVE),
        ("-inf", NEGATIVE),
        ("nan", NO_FLOAT),
        ("x", NO_FLOAT),
        ("", NO_FLOAT),
        (" 1", NO_FLOAT),
        ("1e16", TOO_LONG),
        ("1e400", TOO_LONG),
        ("inf", TOO_LONG),
        ("0.001", None),
        ("1e-3", None),
        ("0x0.01", None),
    ],
)
def test_what_a_timeout_may_be(server: Server, wire: Wire, timeout: str, error: str | None) -> None:
    if error == TOO_LONG and server.line == "redis":
        error = NEGATIVE  # it overflows
    if error is None:
        assert wire("BLPOP", "a", timeout) is None
        return
    for words in (
        ("BLPOP", "a", "b", timeout),
        ("BRPOPLPUSH", "a", "b", timeout),
        ("BLMOVE", "a", "b", "LEFT", "LEFT", timeout),
        ("BLMPOP", timeout, 1, "a", "LEFT"),
        ("BZPOPMAX", "a", timeout),
        ("BZMPOP", timeout, 1, "a", "MIN"),
    ):
        assert str(wire(*words)) == error


@pytest.mark.parametrize(
    ("timeout", "error"), [("-1", NEGATIVE), ("1.5", NO_INTEGER), ("x", NO_INTEGER), ("1", None)]
)
def test_what_a_time_in_milliseconds_may_be(wire: Wire, timeout: str, error: str | None) -> None:
    reply = wire("XREAD", "BLOCK", timeout, "STREAMS", "s", "$")
    assert reply is None if error is None else str(reply) == error
    reply = wire("WAIT", 1, timeout)
    assert reply == 0 if error is None else str(reply) == error


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        (("BLPOP", "k", "k", 0), None),
        (("BLMOVE", "k", "d", "LEFT", "LEFT", 0), None),
        (("BZMPOP", 0, 1, "k", "MIN"), None),
        (("XREAD", "BLOCK", 0, "STREAMS", "k", "$"), None),
        (("WAIT", 1, 0), 0),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_whoever_waits_can_be_woken_by_name(
    connect: Connect, wire: Wire, words: tuple[Argument, ...], reply: object
) -> None:
    waiter = connect()
    number = waiter("CLIENT", "ID")
    assert wire("CLIENT", "UNBLOCK", number) == 0

    for reason in ((), ("TIMEOUT",), ("error",)):
        waits(waiter, *words)
        assert wire("CLIENT", "UNBLOCK", number, *reason) == 1
        answer = waiter.read()
        if reason == ("error",):
            assert str(answer) == "UNBLOCKED client unblocked via CLIENT UNBLOCK"
        else:
            assert answer == reply
    assert wire("CLIENT", "UNBLOCK", number) == 0
    assert wire("RPUSH", "k", "x") == 1
    assert wire("LLEN", "k") == 1
