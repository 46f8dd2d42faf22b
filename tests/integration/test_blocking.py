"""Waiting for lists, sorted sets and streams, with several clients, on every target.

A call is known to wait once the PING before it, sent in the same piece, has been answered: servers
answer when they have read everything that had arrived.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.integration.wire import Argument, Wire
from tests.targets import Server

Connect = Callable[..., Wire]

WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"


def encoded(*words: Argument) -> bytes:
    pieces = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(pieces) + b"".join(b"$%d\r\n%b\r\n" % (len(p), p) for p in pieces)


def waits(wire: Wire, *words: Argument) -> Wire:
    """Lets a client wait for the answer to ``words``."""
    wire.send_bytes(encoded("PING") + encoded(*words))
    assert wire.read() == b"PONG"
    return wire


def still_waits(wire: Wire) -> bool:
    """Whether nothing has been answered; says so at once, so ask another client first."""
    try:
        wire.read(timeout=0.02)
    except TimeoutError:
        return True
    return False


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        (("BLPOP", "l", 0), [b"l", b"a"]),
        (("BRPOP", "l", 0), [b"l", b"c"]),
        (("BLMPOP", 0, 1, "l", "LEFT", "COUNT", 2), [b"l", [b"a", b"b"]]),
        (("BLMOVE", "l", "d", "LEFT", "RIGHT", 0), b"a"),
        (("BRPOPLPUSH", "l", "d", 0), b"c"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_push_answers_who_waits_for_the_list(
    connect: Connect, wire: Wire, words: tuple[Argument, ...], reply: object
) -> None:
    waiter = waits(connect(), *words)

    assert wire("RPUSH", "l", "a", "b", "c") == 3

    assert waiter.read() == reply


def test_what_has_expired_when_a_transaction_ends_is_nobodys(connect: Connect, wire: Wire) -> None:
    waiter = waits(connect(), "BRPOP", "l", 0)

    wire("MULTI")
    wire("RPUSH", "l", "a")
    wire("PEXPIRE", "l", 10)
    wire("DEBUG", "SLEEP", "0.02")
    assert wire("EXEC") == [1, 1, b"OK"]

    assert wire("EXISTS", "l") == 0
    assert still_waits(waiter)


def test_whoever_waited_longest_is_served_first(connect: Connect, wire: Wire) -> None:
    first = waits(connect(), "BLPOP", "l", 0)
    second = waits(connect(), "BLPOP", "l", 0)
    third = waits(connect(), "BLPOP", "l", 0)

    assert wire("RPUSH", "l", "a", "b") == 2

    assert first.read() == [b"l", b"a"]
    assert second.read() == [b"l", b"b"]
    assert still_waits(third)


def test_the_first_of_several_keys_is_taken_or_the_one_that_was_filled_first(
    server: Server, connect: Connect, wire: Wire
) -> None:
    waiter = waits(connect(), "BLPOP", "a", "b", "c", 0)

    wire("MULTI")
    wire("RPUSH", "c", "3")
    wire("RPUSH", "b", "2")
    assert wire("EXEC") == [1, 1]

    taken, left = ([b"c", b"3"], "b") if server.line == "redis" else ([b"b", b"2"], "c")
    assert waiter.read() == taken
    assert wire("LLEN", left) == 1


def test_nobody_is_woken_in_the_midst_of_a_transaction(connect: Connect, wire: Wire) -> None:
    waiter = waits(connect(), "BLPOP", "l", 0)

    wire("MULTI")
    wire("RPUSH", "l", "a")
    wire("DEL", "l")
    assert wire("EXEC") == [1, 1]
    assert still_waits(waiter)

    wire("MULTI")
    wire("RPUSH", "l", "a")
    wire("LPUSH", "l", "b")
    wire("EXEC")
    assert waiter.read() == [b"l", b"b"]


def test_a_script_wakes_at_its_end(connect: Connect, wire: Wire) -> None:
    waiter = waits(connect(), "BLPOP", "l", 0)
    script = "redis.call('RPUSH','l','a') redis.call('LPUSH','l','b') return redis.call('LLEN','l')"

    assert wire("EVAL", script, 0) == 2

    assert waiter.read() == [b"l", b"b"]


def test_moves_that_wait_make_a_chain(connect: Connect, wire: Wire) -> None:
    last = waits(connect(), "BLPOP", "c", 0)
    second = waits(connect(), "BLMOVE", "b", "c", "LEFT", "LEFT", 0)
    first = waits(connect(), "BLMOVE", "a", "b", "LEFT", "LEFT", 0)

    assert wire("RPUSH", "a", "x") == 1

    assert first.read() == b"x"
    assert second.read() == b"x"
    assert last.read() == [b"c", b"x"]
    assert wire("EXISTS", "a", "b", "c") == 0


def test_a_move_onto_itself_waits_and_rotates(connect: Connect, wire: Wire) -> None:
    waiter = waits(connect(), "BLMOVE", "l", "l", "LEFT", "RIGHT", 0)

    assert wire("RPUSH", "l", "a", "b") == 2

    assert waiter.read() == b"a"
    assert wire("LRANGE", "l", 0, -1) == [b"b", b"a"]


@pytest.mark.parametrize("before", [("RPUSH", "own", "x"), ("SET", "b", "x")], ids=str)
def test_a_flush_does_not_put_a_key_before_those_that_are_pushed_to(
    server: Server, connect: Connect, wire: Wire, before: tuple[Argument, ...]
) -> None:
    waiter = waits(connect(), "BLPOP", "b", "c", 0)
    wire(*before)

    wire("MULTI")
    for words in (("FLUSHALL",), ("RPUSH", "c", 1), ("RPUSH", "b", 2)):
        wire(*words)
    wire("EXEC")

    # Redis 7.0 serves from the key that woke it, later servers perform the call anew
    assert waiter.read() == ([b"c", b"1"] if server.line == "redis" else [b"b", b"2"])


def test_a_move_that_waited_may_meet_a_wrong_destination(connect: Connect, wire: Wire) -> None:
    wire("SET", "d", "x")
    waiter = waits(connect(), "BLMOVE", "l", "d", "LEFT", "LEFT", 0)
    second = waits(connect(), "BLPOP", "l", 0)

    assert wire("RPUSH", "l", "a") == 1

    assert str(waiter.read()) == WRONG_TYPE
    assert second.read() == [b"l", b"a"]


def test_a_value_of_another_type_wakes_nobody(connect: Connect, wire: Wire) -> None:
    waiter = waits(connect(), "BLPOP", "k", 0)

    wire("SADD", "k", "m")
    assert still_waits(waiter)
    wire("DEL", "k")
    wire("ZADD", "k", 1, "m")
    assert still_waits(waiter)
    wire("DEL", "k")
    wire("RPUSH", "k", "a")

    assert waiter.read() == [b"k", b"a"]


@pytest.mark.parametrize(
    "lines",
    [
        [("RPUSH", "other", "a"), ("RENAME", "other", "l")],
        [("RPUSH", "other", "a"), ("COPY", "other", "l")],
        [("RPUSH", "other", "a"), ("SORT", "other", "BY", "nosort", "STORE", "l")],
        [("RPUSH", "other", "a"), ("LMOVE", "other", "l", "LEFT", "LEFT")],
        [("RPUSH", "other", "a"), ("RPOPLPUSH", "other", "l")],
        [("SELECT", 1), ("RPUSH", "l", "a"), ("MOVE", "l", 0)],
        [("SELECT", 1), ("RPUSH", "l", "a"), ("SWAPDB", 0, 1)],
        [("SELECT", 1), ("RPUSH", "l", "a"), ("COPY", "l", "l", "DB", 0)],
    ],
    ids=lambda lines: f"{lines[-1][0]} as {len(lines)}",
)
def test_a_list_that_appears_in_any_way_wakes(
    connect: Connect, wire: Wire, lines: list[tuple[Argument, ...]]
) -> None:
    waiter = waits(connect(), "BLPOP", "l", 0)

    for words in lines:
        wire(*words)

    assert waiter.read() == [b"l", b"a"]


def test_databases_are_told_apart(connect: Connect, wire: Wire) -> None:
    waiter = connect()
    waiter("SELECT", 2)
    waits(waiter, "BLPOP", "l", 0)

    wire("RPUSH", "l", "a")
    assert still_waits(waiter)
    wire("SELECT", 2)
    wire("RPUSH", "l", "b")

    assert waiter.read() == [b"l", b"b"]


def test_a_client_that_waits_reads_no_further(connect: Connect, wire: Wire) -> None:
    waiter = waits(connect(), "BLPOP", "l", 0)
    waiter.send("SET", "seen", "yes")
    waiter.send("GET", "seen")

    assert wire("EXISTS", "seen") == 0
    wire("RPUSH", "l", "a")

    assert [waiter.read() for _ in range(3)] == [[b"l", b"a"], b"OK", b"yes"]


def test_a_client_that_left_takes_nothing(connect: Connect, wire: Wire) -> None:
    gone = connect()
    number = gone("CLIENT", "ID")
    waits(gone, "BLPOP", "l", 0)
    waiter = waits(connect(), "BLPOP", "l", 0)

    assert wire("CLIENT", "KILL", "ID", number) == 1
    wire("RPUSH", "l", "a")

    assert waiter.read() == [b"l", b"a"]


def test_time_runs_out_with_a_null_array(connect: Connect) -> None:
    for words in (
        ("BLPOP", "l", 0.01),
        ("BLMOVE", "l", "d", "LEFT", "LEFT", 0.01),
        ("BZPOPMIN", "z", 0.01),
        ("XREAD", "BLOCK", 10, "STREAMS", "s", "$"),
    ):
        raw = connect()
        assert raw(*words) is None


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        (("BZPOPMIN", "none", "z", 0), [b"z", b"a", b"1"]),
        (("BZPOPMAX", "z", "none", 0), [b"z", b"b", b"2.5"]),
        (("BZMPOP", 0, 1, "z", "MIN", "COUNT", 2), [b"z", [[b"a", b"1"], [b"b", b"2.5"]]]),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_zadd_answers_who_waits_for_the_sorted_set(
    connect: Connect, wire: Wire, words: tuple[Argument, ...], reply: object
) -> None:
    waiter = waits(connect(), *words)

    assert wire("ZADD", "z", 1, "a", 2.5, "b") == 2

    assert waiter.read() == reply


@pytest.mark.parametrize(
    "words",
    [
        ("ZUNIONSTORE", "z", 1, "src"),
        ("ZRANGESTORE", "z", "src", 0, -1),
        ("ZINCRBY", "z", 1, "a"),
        ("RENAME", "src", "z"),
    ],
    ids=lambda words: words[0],
)
def test_a_sorted_set_that_appears_in_any_way_wakes(
    connect: Connect, wire: Wire, words: tuple[Argument, ...]
) -> None:
    wire("ZADD", "src", 1, "a")
    waiter = waits(connect(), "BZPOPMIN", "z", 0)

    wire(*words)

    assert waiter.read() == [b"z", b"a", b"1"]


def test_lists_and_sorted_sets_wake_their_own_waiters(connect: Connect, wire: Wire) -> None:
    of_zset = waits(connect(), "BZPOPMIN", "k", 0)
    of_list = waits(connect(), "BLPOP", "k", 0)

    wire("RPUSH", "k", "a")
    assert of_list.read() == [b"k", b"a"]
    assert still_waits(of_zset)
    wire("ZADD", "k", 1, "m")

    assert of_zset.read() == [b"k", b"m", b"1"]


def test_xread_waits_for_what_is_new(connect: Connect, wire: Wire) -> None:
    wire("XADD", "s", "1-1", "a", "1")
    waiter = waits(connect(), "XREAD", "BLOCK", 0, "STREAMS", "s", "t", "$", "$")

    wire("XADD", "s", "1-2", "b", "2")

    assert waiter.read() == [[b"s", [[b"1-2", [b"b", b"2"]]]]]


def test_the_dollar_keeps_its_first_meaning(connect: Connect, wire: Wire) -> None:
    wire("XADD", "s", "1-1", "a", "1")
    waiter = waits(connect(), "XREAD", "BLOCK", 0, "STREAMS", "s", "$")

    wire("MULTI")
    wire("XADD", "s", "1-2", "a", "1")
    wire("XADD", "s", "1-3", "a", "1")
    wire("EXEC")

    assert waiter.read() == [[b"s", [[b"1-2", [b"a", b"1"]], [b"1-3", [b"a", b"1"]]]]]


def test_everybody_who_reads_a_stream_is_answered(connect: Connect, wire: Wire) -> None:
    readers = [waits(connect(), "XREAD", "BLOCK", 0, "STREAMS", "s", "$") for _ in range(3)]

    wire("XADD", "s", "1-1", "a", "1")

    assert [reader.read() for reader in readers] == [[[b"s", [[b"1-1", [b"a", b"1"]]]]]] * 3


def test_an_entry_before_the_id_wakes_nobody(connect: Connect, wire: Wire) -> None:
    waiter = waits(connect(), "XREAD", "BLOCK", 0, "STREAMS", "s", "5-0")

    wire("XADD", "s", "1-1", "a", "1")
    assert still_waits(waiter)
    wire("XADD", "s", "5-1", "a", "1")

    assert waiter.read() == [[b"s", [[b"5-1", [b"a", b"1"]]]]]


def test_one_consumer_of_a_group_gets_the_entry(connect: Connect, wire: Wire) -> None:
    wire("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
    words = ("BLOCK", 0, "STREAMS", "s", ">")
    first = waits(connect(), "XREADGROUP", "GROUP", "g", "one", *words)
    second = waits(connect(), "XREADGROUP", "GROUP", "g", "two", *words)

    wire("XADD", "s", "1-1", "a", "1")
    assert first.read() == [[b"s", [[b"1-1", [b"a", b"1"]]]]]
    assert still_waits(second)
    wire("XADD", "s", "1-2", "a", "1")

    assert second.read() == [[b"s", [[b"1-2", [b"a", b"1"]]]]]
    assert wire("XPENDING", "s", "g") == [2, b"1-1", b"1-2", [[b"one", b"1"], [b"two", b"1"]]]


@pytest.mark.parametrize(
    "words",
    [("DEL", "s"), ("XGROUP", "DESTROY", "s", "g"), ("RENAME", "s", "t"), ("FLUSHALL",)],
    ids=lambda words: words[0],
)
def test_a_group_that_goes_is_told_to_who_waits(
    server: Server, connect: Connect, wire: Wire, words: tuple[Argument, ...]
) -> None:
    wire("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
    waiter = waits(connect(), "XREADGROUP", "GROUP", "g", "c", "BLOCK", 0, "STREAMS", "s", ">")

    wire(*words)

    told = "NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option"
    if server.line == "redis":
        told = "UNBLOCKED the stream key no longer exists"
        if words[0] == "XGROUP":
            told = "NOGROUP the consumer group this client was blocked on no longer exists"
    assert str(waiter.read()) == told


def test_a_stream_that_becomes_something_else_is_told_to_who_waits(
    server: Server, connect: Connect, wire: Wire
) -> None:
    wire("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
    waiter = waits(connect(), "XREADGROUP", "GROUP", "g", "c", "BLOCK", 0, "STREAMS", "s", ">")

    wire("SET", "s", "x")

    gone = "UNBLOCKED the stream key no longer exists"
    assert str(waiter.read()) == (gone if server.line == "redis" else WRONG_TYPE)


def test_deleting_the_stream_does_not_wake_xread(connect: Connect, wire: Wire) -> None:
    wire("XADD", "s", "1-1", "a", "1")
    waiter = waits(connect(), "XREAD", "BLOCK", 0, "STREAMS", "s", "$")

    wire("DEL", "s")
    assert still_waits(waiter)
    wire("XADD", "s", "1-2", "a", "1")

    assert waiter.read() == [[b"s", [[b"1-2", [b"a", b"1"]]]]]


def test_what_concerns_only_a_group_breaks_no_watch(connect: Connect, wire: Wire) -> None:
    other = connect()
    other("XADD", "s", "1-1", "a", "1")
    wire("WATCH", "s")

    other("XGROUP", "CREATE", "s", "g", "0")
    other("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">")
    other("XCLAIM", "s", "g", "d", 0, "1-1")
    other("XACK", "s", "g", "1-1")
    other("XGROUP", "DESTROY", "s", "g")

    wire("MULTI")
    wire("PING")
    assert wire("EXEC") == [b"PONG"]


def test_resp3_readers_get_maps_and_doubles(connect: Connect, wire: Wire) -> None:
    reader = waits(connect(protocol=3), "XREAD", "BLOCK", 0, "STREAMS", "s", "$")
    popper = waits(connect(protocol=3), "BZPOPMIN", "z", 0)

    wire("XADD", "s", "1-1", "a", "1")
    wire("ZADD", "z", 1.5, "m")

    assert reader.read() == {b"s": [[b"1-1", [b"a", b"1"]]]}
    assert popper.read() == [b"z", b"m", 1.5]


def test_a_call_that_waits_counts_once(connect: Connect, wire: Wire) -> None:
    def counted() -> bytes:
        (line,) = [line for line in wire("INFO", "commandstats").split() if b"_blpop:" in line]
        return re.sub(rb"usec[^,]*,", b"", line)

    waiting = waits(connect(), "BLPOP", "list", 0)
    wire("RPUSH", "list", "a")
    assert waiting.read() == [b"list", b"a"]
    assert counted() == b"cmdstat_blpop:calls=1,rejected_calls=0,failed_calls=0"
    assert connect()("BLPOP", "none", 0.01) is None
    assert counted() == b"cmdstat_blpop:calls=2,rejected_calls=0,failed_calls=0"

    other = connect()
    number = other("CLIENT", "ID")
    waits(other, "BLPOP", "list", 0)
    assert wire("CLIENT", "UNBLOCK", number, "ERROR") == 1
    assert str(other.read()) == "UNBLOCKED client unblocked via CLIENT UNBLOCK"
    assert counted() == b"cmdstat_blpop:calls=3,rejected_calls=0,failed_calls=1"


@pytest.mark.targets("mock", "valkey")  # not counted by Redis 7.0
def test_keys_are_counted_whose_end_would_wake_somebody(connect: Connect, wire: Wire) -> None:
    wire("XGROUP", "CREATE", "x", "g", "$", "MKSTREAM")
    waits(connect(), "BLPOP", "l", 0)
    waits(connect(), "XREADGROUP", "GROUP", "g", "c", "BLOCK", 0, "STREAMS", "x", ">")

    told = wire("INFO", "clients")
    assert b"total_blocking_keys:2\r\n" in told
    assert b"total_blocking_keys_on_nokey:1\r\n" in told
