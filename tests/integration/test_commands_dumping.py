"""DUMP and RESTORE: on each server by itself, and between the mock and the real servers."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from mock_backend import MockServer
from tests.integration.dumped_values import VALUES, Value, contents
from tests.integration.steps import Case, Steps, cases, check
from tests.integration.wire import Wire
from tests.targets import Server

BUSY = "BUSYKEY Target key name already exists."
WRONG_FOOTER = "ERR DUMP payload version or checksum are wrong"
NOT_AN_INTEGER = "ERR value is not an integer or out of range"
SYNTAX = "ERR syntax error"

CASES: list[Case] = [
    ("dump of nothing", [("DUMP none", None)]),
    (
        "restore refuses",
        [
            ("SET k v", b"OK"),
            ("RESTORE k 0 rubbish", BUSY),
            ("RESTORE k x rubbish", BUSY),
            ("RESTORE k 0 rubbish REPLACE", WRONG_FOOTER),
            ("RESTORE new 0 rubbish", WRONG_FOOTER),
            ("RESTORE new 0 ''", WRONG_FOOTER),
            ("RESTORE new 0 0123456789", WRONG_FOOTER),
            ("RESTORE new x rubbish", NOT_AN_INTEGER),
            ("RESTORE new -1 rubbish", "ERR Invalid TTL value, must be >= 0"),
            ("RESTORE k 0 rubbish NOPE", SYNTAX),
            ("RESTORE k 0 rubbish REPLACE REPLACE", WRONG_FOOTER),
            ("RESTORE k 0 rubbish IDLETIME", SYNTAX),
            ("RESTORE k 0 rubbish FREQ", SYNTAX),
            ("RESTORE k 0 rubbish IDLETIME x", NOT_AN_INTEGER),
            ("RESTORE k 0 rubbish IDLETIME -1", "ERR Invalid IDLETIME value, must be >= 0"),
            ("RESTORE k 0 rubbish FREQ 256", "ERR Invalid FREQ value, must be >= 0 and <= 255"),
            ("RESTORE k 0 rubbish FREQ -1", "ERR Invalid FREQ value, must be >= 0 and <= 255"),
            ("RESTORE k 0 rubbish IDLETIME 1 FREQ 1", SYNTAX),
            ("RESTORE k 0 rubbish FREQ 1 IDLETIME 1", SYNTAX),
            ("RESTORE k 0 rubbish IDLETIME 1", BUSY),
            ("GET k", b"v"),
        ],
    ),
    (
        "arities",
        [
            ("DUMP", "ERR wrong number of arguments for 'dump' command"),
            ("DUMP a b", "ERR wrong number of arguments for 'dump' command"),
            ("RESTORE a 0", "ERR wrong number of arguments for 'restore' command"),
            ("RESTORE-ASKING a 0", "ERR wrong number of arguments for 'restore-asking' command"),
        ],
    ),
]


@cases(CASES)
def test_it_answers_as_the_server_does(wire: Wire, steps: Steps) -> None:
    check(wire, steps)


ONCE = pytest.mark.parametrize("value", VALUES, ids=lambda value: value.name)


@ONCE
def test_what_is_restored_is_what_was_dumped(wire: Wire, value: Value) -> None:
    make(wire, value)
    payload, before = wire("DUMP", "key"), contents(wire)

    assert wire("RESTORE", "copy", 0, payload) == b"OK"

    assert contents(wire, "copy") == before
    if value.determined:
        assert wire("DUMP", "copy") == payload


@pytest.fixture
def mock(server: Server) -> Iterator[Wire]:
    """A mock of the server's own line and version."""
    with MockServer(compat={"redis": "redis-7.0", "valkey": "valkey-8.0"}[server.name]) as other:
        wire = Wire(other.host, other.port)
        yield wire
        wire.close()
        assert not other.bugs


@ONCE
@pytest.mark.targets("redis", "valkey")
def test_dumps_travel_between_the_mock_and_the_real_server(
    wire: Wire, mock: Wire, value: Value
) -> None:
    for each in (wire, mock):
        make(each, value)
    theirs, ours = wire("DUMP", "key"), mock("DUMP", "key")

    assert wire("RESTORE", "ours", 0, ours) == b"OK"
    assert mock("RESTORE", "theirs", 0, theirs) == b"OK"

    assert contents(wire, "ours") == contents(mock)
    assert contents(mock, "theirs") == contents(wire)
    assert wire("OBJECT", "ENCODING", "ours") == wire("OBJECT", "ENCODING", "key")
    if value.determined:
        assert ours == theirs


def make(wire: Wire, value: Value) -> None:
    for words in value.commands:
        wire.send(*words)
    for _ in value.commands:
        wire.read()


def test_a_time_to_live_is_given_or_taken_away(wire: Wire) -> None:
    wire("SET", "k", "v", "EX", 100)
    payload = wire("DUMP", "k")

    assert wire("RESTORE", "k", 0, payload, "REPLACE") == b"OK"
    assert wire("PTTL", "k") == -1
    assert wire("RESTORE", "k", 50_000, payload, "replace") == b"OK"
    assert 49_000 < wire("PTTL", "k") <= 50_000
    assert wire("RESTORE", "k", 4102444800123, payload, "REPLACE", "ABSTTL") == b"OK"
    assert wire("PEXPIRETIME", "k") == 4102444800123
    assert wire("RESTORE", "past", 1, payload, "ABSTTL") == b"OK"
    assert wire("EXISTS", "past") == 0
    assert wire("RESTORE", "k", 1, payload, "ABSTTL", "REPLACE") == b"OK"
    assert wire("EXISTS", "k") == 0


def test_idle_time_is_restored(wire: Wire) -> None:
    wire("SET", "k", "v")
    payload = wire("DUMP", "k")

    assert wire("RESTORE", "k", 0, payload, "REPLACE", "IDLETIME", 1000) == b"OK"

    assert wire("OBJECT", "IDLETIME", "k") in (1000, 1001)


def test_a_frequency_is_restored(wire: Wire) -> None:
    wire("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu")
    wire("SET", "k", "v")
    payload = wire("DUMP", "k")

    assert wire("RESTORE", "k", 0, payload, "REPLACE", "FREQ", 100) == b"OK"

    assert wire("OBJECT", "FREQ", "k") == 100


def test_whoever_waits_for_the_key_is_served(connect, wire: Wire) -> None:
    wire("RPUSH", "l", "a", "b")
    payload = wire("DUMP", "l")
    wire("DEL", "l")
    waiter = connect()
    waiter.send("BLPOP", "l", 0)
    while b"cmd=blpop" not in wire("CLIENT", "LIST"):
        pass

    wire("RESTORE", "l", 0, payload)

    assert waiter.read() == [b"l", b"a"]


def test_restore_is_told_of(connect, wire: Wire) -> None:
    wire("CONFIG", "SET", "notify-keyspace-events", "KEA")
    wire("SET", "k", "v")
    payload = wire("DUMP", "k")
    listener = connect()
    listener("PSUBSCRIBE", "__keyevent@0__:*")

    wire("RESTORE", "new", 0, payload)
    wire("RESTORE", "new", 1000, payload, "REPLACE")
    wire("RESTORE", "new", 1, payload, "REPLACE", "ABSTTL")

    told = [listener.read()[2:] for _ in range(3)]
    assert told == [
        [b"__keyevent@0__:restore", b"new"],
        [b"__keyevent@0__:restore", b"new"],
        [b"__keyevent@0__:del", b"new"],
    ]


def test_what_is_checked_in_depth_is_counted(wire: Wire) -> None:
    wire("RPUSH", "l", *range(3000))
    wire("SADD", "s", 1, 2)
    wire("SET", "plain", "v")
    wire("CONFIG", "RESETSTAT")

    def restored(how: str) -> int:
        wire("CONFIG", "SET", "sanitize-dump-payload", how)
        for key in ("l", "s", "plain"):
            wire("RESTORE", key, 0, wire("DUMP", key), "REPLACE")
        told = wire("INFO", "stats").partition(b"dump_payload_sanitizations:")[2]
        return int(told.split()[0])

    nodes = int(wire("DEBUG", "OBJECT", "l").partition(b"ql_nodes:")[2].split()[0])
    assert restored("no") == 0
    assert restored("yes") == nodes + 1
    assert restored("clients") == 2 * (nodes + 1)


@pytest.mark.parametrize("value", VALUES[::3], ids=lambda value: value.name)
@pytest.mark.targets("mock")
def test_a_corrupt_payload_is_an_error_and_nothing_worse(
    server: Server, wire: Wire, value: Value
) -> None:
    make(wire, value)
    payload = wire("DUMP", "key")
    server.mock.kernel.persistence.checked = False
    rng = random.Random(payload)

    for _ in range(60):
        damaged = bytearray(payload)
        for _ in range(rng.randint(1, 4)):
            damaged[rng.randrange(len(payload) - 10)] = rng.choice(
                (0, 1, 127, 128, 255, rng.randrange(256))
            )
        reply = wire("RESTORE", "copy", 0, bytes(damaged), "REPLACE")
        if reply == b"OK":
            contents(wire, "copy")
        else:
            assert str(reply) == "ERR Bad data format"
