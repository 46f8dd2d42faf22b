"""MULTI, EXEC and WATCH on every target: what breaks a watch, and what loses a transaction."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.test_blocking import still_waits
from tests.integration.wire import Wire
from tests.targets import Server

Connect = Callable[..., Wire]

FULL = "OOM command not allowed when used memory > 'maxmemory'."
PREVIOUS = "EXECABORT Transaction discarded because of previous errors."

SETUP = [
    "SET string 10", "RPUSH list b a", "SADD set m", "ZADD zset 1 m", "HSET hash f v",
    "XADD stream 1-1 f v", "XGROUP CREATE stream g 0", "GEOADD geo 1 1 m", "SET timed x EX 1000",
    "PFADD hll a", "SET other x",
]  # fmt: skip

TOUCHES = [
    ("string", "SET string 10"),
    ("string", "SET string 11 XX"),
    ("string", "SET string 11 GET"),
    ("string", "GETSET string 10"),
    ("string", "APPEND string x"),
    ("string", "SETRANGE string 0 1"),
    ("string", "SETBIT string 7 0"),
    ("string", "GETDEL string"),
    ("string", "INCRBY string 0"),
    ("string", "EXPIRE string 100"),
    ("string", "GETEX string EX 100"),
    ("string", "PEXPIREAT string 1"),
    ("string", "RENAME string string2"),
    ("string", "RENAME other string"),
    ("string", "COPY other string REPLACE"),
    ("string", "MOVE string 1"),
    ("string", "SORT list ALPHA STORE string"),
    ("string", "GEOSEARCHSTORE string geo FROMMEMBER m BYRADIUS 1 m"),
    ("string", "GEORADIUS none 1 1 1 m STORE string"),
    ("string", "SUNIONSTORE string set"),
    ("string", "SINTERSTORE string none"),
    ("string", "ZUNIONSTORE string 1 zset"),
    ("string", "ZRANGESTORE string none 0 -1"),
    ("string", "BITOP NOT string other"),
    ("string", "BITOP NOT string none"),
    ("string", "DEL string"),
    ("string", "UNLINK string"),
    ("string", "FLUSHDB"),
    ("string", "FLUSHALL"),
    ("string", "SWAPDB 0 1"),
    ("string", "EVAL return{redis.call('SET',KEYS[1],'x')} 1 string"),
    ("timed", "PERSIST timed"),
    ("timed", "EXPIRE timed 1000"),
    ("list", "LPOP list"),
    ("list", "LMOVE list list LEFT RIGHT"),
    ("list", "LTRIM list 0 -1"),
    ("list", "LSET list 0 b"),
    ("list", "BLPOP list 0"),
    ("set", "SREM set m"),
    ("set", "SPOP set"),
    ("set", "SMOVE set set2 m"),
    ("zset", "ZADD zset 2 m"),
    ("zset", "ZPOPMIN zset"),
    ("hash", "HSET hash f v"),
    ("hash", "HDEL hash f"),
    ("stream", "XADD stream 2-1 f v"),
    ("stream", "XDEL stream 1-1"),
    ("stream", "XTRIM stream MAXLEN 0"),
    ("hll", "PFADD hll b"),
    ("none", "SET none x"),
    ("none", "SETRANGE none 5 x"),
    ("none", "XGROUP CREATE none g $ MKSTREAM"),
]

LEAVES = [
    ("string", "SET string 11 NX"),
    ("string", "SETNX string x"),
    ("string", "GET string"),
    ("string", "SETRANGE string 0 ''"),
    ("string", "GETEX string"),
    ("string", "GETEX string PERSIST"),
    ("string", "PERSIST string"),
    ("string", "EXPIRE string 100 XX"),
    ("string", "COPY other string"),
    ("string", "RENAMENX other string"),
    ("string", "RENAME string string"),
    ("string", "MSETNX string x none2 y"),
    ("string", "TOUCH string"),
    ("string", "OBJECT ENCODING string"),
    ("string", "SWAPDB 1 2"),
    ("string", "SWAPDB 0 0"),
    ("list", "LPUSHX none x"),
    ("list", "LREM list 0 none"),
    ("list", "LINSERT list BEFORE none x"),
    ("list", "LPOP list 0"),
    ("set", "SADD set m"),
    ("set", "SREM set none"),
    ("set", "SMOVE set set m"),
    ("zset", "ZADD zset 1 m"),
    ("zset", "ZADD zset NX 2 m"),
    ("zset", "ZREM zset none"),
    ("zset", "ZINCRBY zset 0 m"),
    ("hash", "HSETNX hash f v"),
    ("hash", "HDEL hash none"),
    ("stream", "XDEL stream 9-9"),
    ("stream", "XSETID stream 5-0"),
    ("stream", "XREADGROUP GROUP g c STREAMS stream >"),
    ("stream", "XGROUP DESTROY stream g"),
    ("hll", "PFADD hll a"),
    ("none", "DEL none"),
    ("none", "FLUSHALL"),
    ("none", "EXPIRE none 100"),
    ("none", "SORT list ALPHA STORE list2"),
    ("none", "SINTERSTORE none none2"),
    ("none", "LPUSHX none x"),
]


def words(line: str) -> list[str]:
    return ["" if word == "''" else word for word in line.split()]


def performs(wire: Wire) -> bool:
    """Whether a transaction that was watched for is still performed."""
    wire("MULTI")
    wire("PING")
    reply = wire("EXEC")
    assert reply in ([b"PONG"], None)
    return reply is not None


@pytest.mark.parametrize(
    ("key", "line", "breaks"),
    [*((*case, True) for case in TOUCHES), *((*case, False) for case in LEAVES)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_breaks_a_watch(
    connect: Connect, wire: Wire, key: str, line: str, breaks: bool
) -> None:
    for each in SETUP:
        wire(*words(each))
    other = connect()
    wire("WATCH", key)

    other(*words(line))

    assert performs(wire) is not breaks
    assert performs(wire)


@pytest.mark.parametrize("line", ["SET string x", "DEL string", "FLUSHALL"])
def test_ones_own_change_breaks_it_too(wire: Wire, line: str) -> None:
    wire("SET", "string", "x")
    wire("WATCH", "string")
    wire(*words(line))

    assert not performs(wire)


def test_what_was_deleted_and_made_again_is_changed(connect: Connect, wire: Wire) -> None:
    wire("SET", "k", "x")
    wire("WATCH", "k", "k")
    other = connect()
    other("DEL", "k")
    other("SET", "k", "x")

    assert not performs(wire)


def test_a_watch_belongs_to_its_database(connect: Connect, wire: Wire) -> None:
    other = connect()
    wire("WATCH", "k")
    wire("SELECT", 1)
    other("SELECT", 1)
    other("SET", "k", "x")
    assert performs(wire)

    wire("WATCH", "k")
    wire("SELECT", 0)
    other("SET", "k", "y")
    assert not performs(wire)


@pytest.mark.parametrize("line", ["UNWATCH", "DISCARD", "EXEC", "RESET"])
def test_what_ends_a_watch(connect: Connect, wire: Wire, line: str) -> None:
    wire("WATCH", "k")
    if line in {"DISCARD", "EXEC"}:
        wire("MULTI")
    wire(line)
    connect()("SET", "k", "x")

    assert performs(wire)


@pytest.mark.parametrize(
    ("line", "breaks"),
    [("DEL k", False), ("FLUSHDB", False), ("EXISTS k", False), ("SET k x", True)],
)
def test_what_had_expired_before_it_was_watched_may_go(
    connect: Connect, wire: Wire, line: str, breaks: bool
) -> None:
    wire("DEBUG", "SET-ACTIVE-EXPIRE", 0)
    wire("SET", "k", "x", "PX", 1)
    wire("DEBUG", "SLEEP", "0.005")
    wire("WATCH", "k")
    connect()(*words(line))

    assert performs(wire) is not breaks
    wire("DEBUG", "SET-ACTIVE-EXPIRE", 1)


def test_what_expires_while_it_is_watched_is_changed(wire: Wire) -> None:
    wire("DEBUG", "SET-ACTIVE-EXPIRE", 0)
    for piece in (("SET", "k", "x", "PX", 60), ("WATCH", "k"), ("DEBUG", "SLEEP", "0.065")):
        wire.send(*piece)
    assert [wire.read() for _ in range(3)] == [b"OK"] * 3

    assert not performs(wire)
    wire("DEBUG", "SET-ACTIVE-EXPIRE", 1)


@pytest.mark.parametrize("line", ["NOSUCH", "GET", "GET a b", "CONFIG NOSUCH"])
def test_what_cannot_be_queued_loses_the_transaction(wire: Wire, line: str) -> None:
    wire("MULTI")
    wire("SET", "k", "x")
    assert str(wire(*words(line))).startswith("ERR ")

    assert str(wire("EXEC")) == PREVIOUS
    assert wire("EXISTS", "k") == 0
    assert str(wire("EXEC")) == "ERR EXEC without MULTI"
    assert str(wire("DISCARD")) == "ERR DISCARD without MULTI"


@pytest.mark.parametrize("line", ["MULTI", "WATCH k"])
def test_what_is_not_allowed_inside_loses_it_only_since_valkey_8(
    server: Server, wire: Wire, line: str
) -> None:
    wire("MULTI")
    wire("SET", "k", "x")
    told = {
        "MULTI": "MULTI calls can not be nested",
        "WATCH k": "WATCH inside MULTI is not allowed",
    }
    strict = server.line == "valkey"
    allowed = "Command not allowed inside a transaction" if strict else told[line]
    assert str(wire(*words(line))) == f"ERR {allowed}"

    reply = wire("EXEC")
    assert str(reply) == PREVIOUS if strict else reply == [b"OK"]


def test_what_is_not_permitted_loses_the_transaction(connect: Connect, wire: Wire) -> None:
    wire("ACL", "SETUSER", "user", "on", ">pw", "~*", "+@all", "-get")
    other = connect()
    other("AUTH", "user", "pw")
    other("MULTI")
    assert str(other("GET", "k")).startswith("NOPERM ")

    assert str(other("EXEC")) == PREVIOUS


def test_a_lost_transaction_needs_no_room_in_servers_of_today(
    server: Server, connect: Connect, wire: Wire
) -> None:
    other = connect()
    other("MULTI")
    other("SET", "k", "x")
    other("NOSUCH")
    wire("CONFIG", "SET", "maxmemory", 1)

    reply = str(other("EXEC"))

    wire("CONFIG", "SET", "maxmemory", 0)
    full = f"EXECABORT Transaction discarded because of: {FULL}"
    assert reply == (full if server.line == "redis" else PREVIOUS)


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("BLPOP l 0", None),
        ("BRPOPLPUSH l m 0", None),
        ("BLMOVE l m LEFT LEFT 0", None),
        ("BLMPOP 0 1 l LEFT", None),
        ("BZPOPMIN z 0", None),
        ("BZMPOP 0 1 z MIN", None),
        ("XREAD BLOCK 0 STREAMS s $", None),
        ("WAIT 5 0", 0),
    ],
)
def test_nothing_waits_in_a_transaction(wire: Wire, line: str, reply: object) -> None:
    wire("MULTI")
    wire(*words(line))

    assert wire("EXEC") == [reply]


def test_shards_cannot_be_listened_to_from_a_transaction(wire: Wire) -> None:
    wire("MULTI")
    wire("SSUBSCRIBE", "shard")

    (error,) = wire("EXEC")
    assert str(error) == "ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client"


def shown(monitor: Wire, until: bytes, *speakers: Wire) -> list[bytes]:
    """What a monitor was shown of these, without times and addresses."""
    lines: list[bytes] = []
    while not lines or not lines[-1].endswith(until):
        line = monitor.read_of(*speakers)
        if line != b"OK":
            lines.append(line.partition(b"] ")[2])
    return lines


def test_a_monitor_is_shown_scripts_of_a_transaction_and_the_end_of_a_refused_one(
    connect: Connect, wire: Wire
) -> None:
    monitor = connect()
    monitor.send("MONITOR")
    assert monitor.read() == b"OK"
    wire("MULTI")
    wire("EVAL", "return redis.call('GET','k')", 0)
    wire("EXEC")
    wire("MULTI")
    wire("SET", "k", "x")
    wire("CONFIG", "SET", "maxmemory", 1)
    other = connect()
    other("CONFIG", "SET", "maxmemory", 1)
    wire("EXEC")
    other("CONFIG", "SET", "maxmemory", 0)
    other("ECHO", "end")

    assert shown(monitor, b'"end"', wire, other) == [
        b'"MULTI"',
        b'"EVAL" "return redis.call(\'GET\',\'k\')" "0"',
        b'"GET" "k"',
        b'"EXEC"',
        b'"MULTI"',
        b'"EXEC"',
        b'"ECHO" "end"',
    ]


def test_a_monitor_is_not_shown_what_a_pause_has_held_since_7_2(
    server: Server, connect: Connect, wire: Wire
) -> None:
    monitor, held = connect(), connect()
    monitor.send("MONITOR")
    assert monitor.read() == b"OK"
    wire("CLIENT", "PAUSE", 100_000, "WRITE")
    held.send("SET", "k", "x")
    assert still_waits(held)
    wire("CLIENT", "UNPAUSE")
    assert held.read() == b"OK"
    wire("ECHO", "end")

    lines = [b'"SET" "k" "x"'] if server.line == "redis" else []
    assert shown(monitor, b'"end"', wire, held) == [*lines, b'"ECHO" "end"']


@pytest.mark.parametrize(
    "line",
    ["SORT none STORE k", "SUNIONSTORE k none", "ZUNIONSTORE k 1 none", "BITOP AND k none"],
)
def test_an_empty_result_deletes_what_has_expired_without_telling_so(wire: Wire, line: str) -> None:
    wire("DEBUG", "SET-ACTIVE-EXPIRE", 0)
    wire("SET", "k", "x", "PX", 1)
    wire("DEBUG", "SLEEP", "0.005")

    wire(*words(line))

    assert b"expired_keys:0\r\n" in wire("INFO", "stats")
    wire("DEBUG", "SET-ACTIVE-EXPIRE", 1)


def test_a_transaction_may_change_the_protocol_on_its_way(wire: Wire) -> None:
    wire("HSET", "h", "f", "v")
    for number, before, after in ((3, [b"f", b"v"], {b"f": b"v"}), (2, {b"f": b"v"}, [b"f", b"v"])):
        wire("MULTI")
        for words in (("HGETALL", "h"), ("HELLO", number), ("HGETALL", "h")):
            assert wire(*words) == b"QUEUED"

        first, _, last = wire("EXEC")

        assert (first, last) == (before, after)
