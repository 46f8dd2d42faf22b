"""One server follows another: mock and real server, whichever way round, and two mocks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mock_backend import MockServer
from tests.integration.wire import Wire
from tests.targets import Server

Connect = Callable[..., Wire]

CHANGES = """
SET a 1
SET volatile 1 EX 1000
RPUSH l 1 2 3 4
LPOP l
SADD s a b c d e f g
SPOP s 2
SADD numbers 1 2 3
ZADD z 1 a 2.5 b 3 c
ZPOPMIN z
HSET h a 1 b two
HINCRBYFLOAT h a 0.25
INCRBYFLOAT f 3.5
XADD x * f v
XADD x 99999999999999-1 f v g w
XGROUP CREATE x g 0
XREADGROUP GROUP g c COUNT 1 STREAMS x >
SETBIT bits 1000 1
PFADD hll a b c
GEOADD places 13.361389 38.115556 Palermo
SELECT 3
SET third 3
SELECT 0
RENAME a b
COPY l l2
"""

READS = """
KEYS *
GET b
PEXPIRETIME volatile
LRANGE l 0 -1
LRANGE l2 0 -1
SMEMBERS s
SMEMBERS numbers
ZRANGE z 0 -1 WITHSCORES
HGETALL h
GET f
XRANGE x - +
XPENDING x g
GET bits
GET hll
GEOPOS places Palermo
SELECT 3
GET third
SELECT 0
"""


def until(holds: Callable[[], bool]) -> None:
    """Asks again and again.  Errors: ``TimeoutError`` after ten seconds."""
    deadline = time.monotonic() + 10
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("it never came to hold")


def facts(wire: Wire, section: str = "replication") -> dict[str, str]:
    lines = wire("INFO", section).decode().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def everything(wire: Wire) -> list[Any]:
    replies = [wire(*line.split()) for line in READS.strip().splitlines()]
    return [
        sorted(reply) if isinstance(reply, list) and all(type(i) is bytes for i in reply) else reply
        for reply in replies
    ]


@pytest.fixture
def mock(server: Server) -> Iterator[MockServer]:
    """A mock of the same kind as ``server``."""
    compat = "redis-7.0" if server.line == "redis" else "valkey-8.0"
    with MockServer(compat=compat) as other:
        yield other
        assert other.bugs == []


@pytest.fixture
def other(mock: MockServer) -> Iterator[Wire]:
    """A connection to that mock."""
    wire = Wire(mock.host, mock.port)
    yield wire
    wire.close()


def follow(replica: Wire, port: int) -> None:
    assert replica("REPLICAOF", "127.0.0.1", port) == b"OK"
    until(lambda: facts(replica)["master_link_status"] == "up")


def change(primary: Wire) -> None:
    for line in CHANGES.strip().splitlines():
        assert "ERR" not in str(primary(*line.split())), line


def caught_up(primary: Wire, replica: Wire) -> bool:
    return facts(primary)["master_repl_offset"] == facts(replica)["master_repl_offset"]


@pytest.mark.parametrize("before", [True, False], ids=["in the image", "in the stream"])
def test_a_mock_follows_any_server(
    server: Server, wire: Wire, mock: MockServer, other: Wire, before: bool
) -> None:
    wire("CONFIG", "SET", "repl-diskless-sync-delay", 0)
    if before:
        change(wire)
    follow(other, server.port)
    if not before:
        change(wire)
    until(lambda: caught_up(wire, other))

    assert everything(other) == everything(wire)
    assert facts(other)["master_replid"] == facts(wire)["master_replid"]
    assert wire("ROLE")[0] == b"master"
    assert other("ROLE")[:4] == [b"slave", b"127.0.0.1", server.port, b"connected"]
    other("REPLICAOF", "NO", "ONE")


@pytest.mark.parametrize("before", [True, False], ids=["in the image", "in the stream"])
def test_any_server_follows_a_mock(
    server: Server, wire: Wire, mock: MockServer, other: Wire, before: bool
) -> None:
    if before:
        change(other)
    follow(wire, mock.port)
    if not before:
        change(other)
    until(lambda: caught_up(other, wire))

    assert everything(wire) == everything(other)
    assert other("WAIT", 1, 5000) == 1
    assert other("ROLE")[2][0][:2] == [b"127.0.0.1", b"%d" % server.port]
    wire("REPLICAOF", "NO", "ONE")


def test_a_replica_is_listed_but_is_none_of_the_connected_clients(
    server: Server, wire: Wire, other: Wire
) -> None:
    wire("CONFIG", "SET", "repl-diskless-sync-delay", 0)
    follow(other, server.port)
    lines = wire("CLIENT", "LIST").splitlines()
    assert sum(b" flags=S " in line for line in lines) == 1
    until(  # connections of others may still be ending
        lambda: (
            int(facts(wire, "clients")["connected_clients"])
            == len(wire("CLIENT", "LIST").splitlines()) - 1
        )
    )
    other("REPLICAOF", "NO", "ONE")


def test_a_replica_is_only_read_from(
    server: Server, wire: Wire, mock: MockServer, other: Wire
) -> None:
    other("SET", "k", "v")
    follow(wire, mock.port)
    refused = "READONLY You can't write against a read only replica."
    assert wire("GET", "k") == b"v"
    assert str(wire("SET", "k", 1)) == refused
    assert wire("MULTI") == b"OK"
    assert str(wire("DEL", "k")) == refused
    assert str(wire("EXEC")).startswith("EXECABORT")
    assert str(wire("EVAL", "return redis.call('set','k',1)", 0)).startswith("READONLY You can't")
    assert str(wire("WAIT", 0, 0)).startswith("ERR WAIT cannot be used with replica instances.")
    assert wire("PUBLISH", "c", "m") == 0
    assert wire("REPLICAOF", "127.0.0.1", mock.port) == b"OK Already connected to specified master"
    assert str(wire("FAILOVER")) == "ERR FAILOVER is not valid when server is a replica."
    assert b" flags=M " in wire("CLIENT", "LIST", "TYPE", "master")
    wire("CONFIG", "SET", "replica-read-only", "no")
    assert wire("SET", "own", 1) == b"OK"
    assert wire("REPLICAOF", "NO", "ONE") == b"OK"
    assert wire("SET", "k", 1) == b"OK"


def test_a_replica_without_its_primary_may_refuse_to_answer(wire: Wire, connect: Connect) -> None:
    wire("SET", "k", 1)
    wire("REPLICAOF", "127.0.0.1", 1)
    assert wire("GET", "k") == b"1"
    wire("CONFIG", "SET", "replica-serve-stale-data", "no")
    down = "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."
    assert str(wire("GET", "k")) == down
    assert wire("INFO", "replication")
    wire("CONFIG", "SET", "replica-serve-stale-data", "yes")
    wire("MULTI")
    wire("GET", "k")
    other = connect()
    other("CONFIG", "SET", "replica-serve-stale-data", "no")
    assert str(wire("EXEC")) == f"EXECABORT Transaction discarded because of: {down}"
    told = facts(wire)
    assert (told["role"], told["master_link_status"]) == ("slave", "down")
    assert str(wire("PSYNC", "?", -1)) in {
        "NOMASTERLINK Can't SYNC while not connected with my master",
        down,
    }
    wire("CONFIG", "SET", "replica-serve-stale-data", "yes")
    wire("REPLICAOF", "NO", "ONE")


DOWN = "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."
STALE = "ERR Can not execute the command on a stale replica"
LIBRARY = """#!lua name=lib
redis.register_function('f', function() return 1 end)
redis.register_function{function_name='g', callback=function() return 2 end,
  flags={'allow-stale', 'no-writes'}}
"""
ON_A_STALE_REPLICA = [
    (["EVAL", "return 1", 0], DOWN),
    (["EVAL_RO", "return 1", 0], DOWN),
    (["EVAL", "#!lua\nreturn 1", 0], "READONLY You can't write against a read only replica."),
    (["EVAL", "#!lua flags=no-writes\nreturn 1", 0], DOWN),
    (["EVAL", "#!lua flags=allow-stale,no-writes\nreturn 1", 0], 1),
    (["EVAL", "#!lua flags=allow-stale,no-writes\nreturn redis.call('echo', 'x')", 0], b"x"),
    (["EVAL", "#!lua flags=allow-stale,no-writes\nreturn redis.pcall('get', 'x')", 0], STALE),
    (["EVAL", "#!lua flags=allow-stale,no-writes\nreturn redis.pcall('set', 'x', 1)", 0], STALE),
    (["FCALL", "f", 0], "READONLY You can't write against a read only replica."),
    (["FCALL_RO", "g", 0], 2),
]


def test_scripts_say_whether_they_run_on_a_replica_without_its_primary(wire: Wire) -> None:
    wire("FUNCTION", "LOAD", LIBRARY)
    wire("CONFIG", "SET", "replica-serve-stale-data", "no")
    wire("REPLICAOF", "127.0.0.1", 1)

    for words, expected in ON_A_STALE_REPLICA:
        reply = wire(*words)
        assert (str(reply) if isinstance(expected, str) else reply) == expected, words

    wire("REPLICAOF", "NO", "ONE")
    assert wire("EVAL", "return 1", 0) == 1


def test_whoever_waits_is_told_when_the_role_changes(connect: Connect) -> None:
    waiting, wire = connect(), connect()
    waiting.send("BLPOP", "l", 0)
    while b"blocked_clients:1" not in wire("INFO", "clients"):
        pass
    wire("REPLICAOF", "127.0.0.1", 1)
    assert str(waiting.read()) == (
        "UNBLOCKED force unblock from blocking operation, instance state changed"
        " (master -> replica?)"
    )
    with pytest.raises(ConnectionError):
        waiting.read()
    wire("REPLICAOF", "NO", "ONE")


def test_keys_of_a_replica_expire_when_the_primary_says_so(
    server: Server, wire: Wire, mock: MockServer, other: Wire
) -> None:
    other("DEBUG", "SET-ACTIVE-EXPIRE", 0)
    follow(wire, mock.port)
    other("SET", "k", 1, "PX", 1)
    other("WAIT", 1, 5000)
    until(lambda: wire("GET", "k") is None)
    assert wire("DBSIZE") == 1
    assert other("GET", "k") is None
    until(lambda: wire("DBSIZE") == 0)
    wire("REPLICAOF", "NO", "ONE")


def test_keys_of_a_replica_that_is_written_to_expire_by_themselves(
    wire: Wire, mock: MockServer
) -> None:
    follow(wire, mock.port)
    wire("CONFIG", "SET", "replica-read-only", "no")
    wire("SET", "own", 1, "PX", 1)
    until(lambda: wire("DBSIZE") == 0)
    wire("REPLICAOF", "NO", "ONE")


def test_the_role_is_handed_over_and_back(
    server: Server, wire: Wire, mock: MockServer, other: Wire
) -> None:
    follow(wire, mock.port)
    other("SET", "k", 1)
    assert other("FAILOVER", "TO", "127.0.0.1", server.port, "TIMEOUT", 9000) == b"OK"
    until(lambda: facts(other)["role"] == "slave")
    until(lambda: facts(other).get("master_link_status") == "up")
    assert wire("SET", "back", 2) == b"OK"
    until(lambda: other("GET", "back") == b"2")
    assert wire("FAILOVER", "TO", "127.0.0.1", mock.port, "TIMEOUT", 9000) == b"OK"
    until(lambda: facts(wire)["role"] == "slave")
    until(lambda: facts(wire).get("master_link_status") == "up")
    assert other("SET", "k", 3) == b"OK"
    assert other("WAIT", 1, 5000) == 1
    assert wire("GET", "k") == b"3"
    assert b"sync_full:0" in wire("INFO", "stats") or b"sync_full:1" in wire("INFO", "stats")
    wire("REPLICAOF", "NO", "ONE")


@pytest.mark.targets("mock")
def test_replicas_of_replicas_hear_the_same(
    server: Server, wire: Wire, mock: MockServer, other: Wire
) -> None:
    follow(other, server.port)
    with MockServer() as last:
        third = Wire(last.host, last.port)
        follow(third, mock.port)
        wire("SELECT", 5)
        wire("SET", "k", 1)
        until(lambda: caught_up(wire, third))
        third("SELECT", 5)
        assert third("GET", "k") == b"1"
        assert facts(third)["master_replid"] == facts(wire)["master_replid"]
        third.close()
        assert last.bugs == []


def test_a_replica_whose_connection_is_killed_goes_on_where_it_was(
    wire: Wire, mock: MockServer, other: Wire, server: Server
) -> None:
    wire("CONFIG", "SET", "repl-diskless-sync-delay", 0)
    follow(other, server.port)
    wire("SELECT", 3)
    wire("SET", "k", 1)
    until(lambda: caught_up(wire, other))
    full, partial = syncs(wire)
    assert other("CLIENT", "KILL", f"127.0.0.1:{server.port}") == b"OK"
    assert other("CLIENT", "LIST", "TYPE", "MASTER") == b""

    wire("SET", "later", 2)

    until(lambda: facts(other)["master_link_status"] == "up" and caught_up(wire, other))
    other("SELECT", 3)
    assert other("MGET", "k", "later") == [b"1", b"2"]
    assert syncs(wire) == (full, partial + 1)
    other("REPLICAOF", "NO", "ONE")


def syncs(wire: Wire) -> tuple[int, int]:
    """How often the server began a replica's stream with an image, and how often without."""
    lines = wire("INFO", "stats").decode().splitlines()
    told = dict(line.split(":", 1) for line in lines if line.startswith("sync_"))
    return int(told["sync_full"]), int(told["sync_partial_ok"])
