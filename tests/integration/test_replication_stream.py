"""What a server tells its replicas of each call, and what it answers them."""

from __future__ import annotations

import shlex
import socket
import time
from collections.abc import Iterator

import pytest

from mock_backend import MockServer
from tests.integration.steps import Steps, cases, check
from tests.integration.streams_of_changes import ReplicationStream
from tests.integration.wire import Wire
from tests.targets import Server

AT = b"<time>"
"""A Unix time in milliseconds, not far from now."""
ID = b"<id>"
"""An entry's ID, as the server has made it."""


@pytest.fixture
def stream(server: Server, wire: Wire) -> Iterator[ReplicationStream]:
    wire("CONFIG", "SET", "repl-diskless-sync", "no")
    wire("CONFIG", "SET", "repl-diskless-sync-delay", 0)
    following = ReplicationStream(server.host, server.port)
    yield following
    following.close()


def shown(words: list[bytes]) -> bytes:
    """The words on one line, with what depends on the moment replaced; UNLINK is DEL where the
    configuration says so.
    """
    now = time.time() * 1000
    line = []
    for word in words:
        if word.isdigit() and abs(int(word) - now) < 1e6:
            word = AT
        elif b"-" in word and abs(int(word.partition(b"-")[0] or 0) - now) < 1e6:
            word = ID
        line.append(word)
    if line[0] == b"UNLINK":
        line[0] = b"DEL"
    return b" ".join(line)


TOLD = [
    ("SET a 1", ["SET a 1"]),
    ("SET a 1 EX 100", ["SET a 1 PXAT <time>"]),
    ("SET a 1 XX GET PX 100000", ["SET a 1 PXAT <time>"]),
    ("SET new 1 NX", ["SET new 1 NX"]),
    ("SETEX a 100 v", ["SET a v PXAT <time>"]),
    ("PSETEX a 100000 v", ["SET a v PXAT <time>"]),
    ("GETEX a PERSIST", ["PERSIST a"]),
    ("GETEX a EX 100", ["PEXPIREAT a <time>"]),
    ("GETSET a 2", ["SET a 2"]),
    ("GETDEL a", ["DEL a"]),
    ("EXPIRE new 100 NX", ["PEXPIREAT new <time> NX"]),
    ("EXPIRE new -1", ["DEL new"]),
    ("INCRBYFLOAT f 1.5", ["SET f 1.5 KEEPTTL"]),
    ("HINCRBYFLOAT h f 1.5", ["HSET h f 1.5"]),
    ("SADD s 1", ["SADD s 1"]),
    ("SPOP s", ["SREM s 1"]),
    ("SADD s 1 2", ["SADD s 1 2"]),
    ("SPOP s 10", ["DEL s"]),
    ("RPUSH l 1 2 3 4", ["RPUSH l 1 2 3 4"]),
    ("BLPOP l 0", ["LPOP l"]),
    ("BLMOVE l l LEFT RIGHT 0", ["LMOVE l l LEFT RIGHT"]),
    ("LMPOP 2 none l LEFT COUNT 2", ["LPOP l 2"]),
    ("ZADD z 1 a 2 b 3 c", ["ZADD z 1 a 2 b 3 c"]),
    ("BZPOPMIN z 0", ["ZPOPMIN z"]),
    ("ZMPOP 1 z MAX", ["ZPOPMAX z 1"]),
    ("XADD x * f v", ["XADD x <id> f v"]),
    ("XADD x MAXLEN ~ 10 9999999999999-1 f v", ["XADD x MAXLEN = 2 9999999999999-1 f v"]),
    ("PUBLISH c m", ["PUBLISH c m"]),
    ("EVAL \"redis.call('set','a',1) redis.call('del','a')\" 0", ["MULTI set del EXEC"]),
    ("EVAL \"return redis.call('set','a',1)\" 0", ["set a 1"]),
    (
        "EVAL \"redis.call('set','a',1) redis.set_repl(redis.REPL_NONE) redis.call('set','b',2)"
        " redis.set_repl(redis.REPL_AOF) redis.call('set','c',3) redis.set_repl(redis.REPL_ALL)"
        " redis.call('set','d',4)\" 0",
        ["MULTI set set EXEC"],
    ),
    ("GET a", []),
    ("DEL none", []),
    ("SETNX a 2", []),
    ("FLUSHDB", ["FLUSHDB"]),
    ("SWAPDB 1 2", ["SWAPDB 1 2"]),
]


def test_replicas_are_told_what_has_the_same_effect_on_them(
    wire: Wire, stream: ReplicationStream
) -> None:
    wire("SET", "first", 1)
    assert [stream.next(), stream.next()] == [[b"SELECT", b"0"], [b"SET", b"first", b"1"]]
    for line, expected in TOLD:
        wire(*shlex.split(line))
        for told in expected:
            if told.startswith("MULTI"):
                names = [stream.next()[0].decode() for _ in told.split()]
                assert " ".join(names) == told, line
            else:
                assert shown(stream.next()) == told.encode(), line


def test_an_absolute_time_is_told_as_it_was_said(
    server: Server, wire: Wire, stream: ReplicationStream
) -> None:
    wire("SET", "a", 1, "pxat", 9_999_999_999_999)
    told = "PXAT" if server.line == "redis" else "pxat"  # Redis 7.0 writes every such call anew
    assert [b" ".join(stream.next()).decode() for _ in range(2)] == [
        "SELECT 0",
        f"SET a 1 {told} 9999999999999",
    ]


def test_what_a_group_has_read_is_told_entry_by_entry(
    server: Server, wire: Wire, stream: ReplicationStream
) -> None:
    for number in (1, 2, 3):
        wire("XADD", "x", f"1-{number}", "f", "v")
    wire("XGROUP", "CREATE", "x", "group", 0)
    assert [stream.next()[0] for _ in range(5)] == [b"SELECT", *[b"XADD"] * 3, b"XGROUP"]

    read = ("XREADGROUP", "GROUP", "group")
    wire(*read, "reader", "COUNT", 1, "STREAMS", "x", ">")
    wire(*read, "reader", "STREAMS", "x", 0)
    wire(*read, "other", "COUNT", 1, "NOACK", "STREAMS", "x", ">")
    wire(*read, "reader", "STREAMS", "x", ">")
    wire(*read, "reader", "STREAMS", "x", ">")
    wire("SET", "end", 1)

    told = [shown(stream.next()).decode()]
    while told[-1] != "SET end 1":
        told.append(shown(stream.next()).decode())
    claims = [
        f"XCLAIM x group reader 0 1-{n} TIME <time> RETRYCOUNT 1 FORCE JUSTID LASTID 1-{n}"
        for n in (1, 3)
    ]
    silent = ["XGROUP CREATECONSUMER x group other", "XGROUP SETID x group 1-2 ENTRIESREAD 2"]
    counts = [f"XGROUP SETID x group 1-{n} ENTRIESREAD {n}" for n in (1, 3)]
    if server.line == "redis":
        assert told == [claims[0], "MULTI", *silent, "EXEC", claims[1], "SET end 1"]
    else:
        parts = ([claims[0], counts[0]], silent, [claims[1], counts[1]])
        assert told == [*(w for part in parts for w in ("MULTI", *part, "EXEC")), "SET end 1"]


CLAIMS = [
    ("XCLAIM x g b 0 1-1 1-2", [f"XCLAIM x g b 0 1-{n} {{}} 2 {{}} 1-3" for n in (1, 2)]),
    ("XCLAIM x g new 0 1-9", []),
    ("XCLAIM x g b 0 1-9 LASTID 2", ["XGROUP SETID x g 2-0 ENTRIESREAD 3"]),
    ("XCLAIM x g b 0 1-1 JUSTID IDLE 9 LASTID 3", ["XCLAIM x g b 0 1-1 {} 2 {} 3-0"]),
    ("XDEL x 1-2", ["XDEL x 1-2"]),
    ("XCLAIM x g c 0 1-2 LASTID 4", ["XCLAIM x g b 0 1-2 {} 2 {} 4-0"]),
    ("XCLAIM x g c 0 7 FORCE RETRYCOUNT 8", ["XCLAIM x g c 0 7 {} 8 {} 4-0"]),
    ("XCLAIM x g c 99999999 1-1", []),
    ("XDEL x 1-1", ["XDEL x 1-1"]),
    (
        "XAUTOCLAIM x g d 0 0 COUNT 2",
        ["XCLAIM x g b 0 1-1 {} 2 {} 4-0", "XCLAIM x g d 0 1-3 {} 2 {} 4-0"],
    ),
    ("XAUTOCLAIM x g d 0 (1-3 JUSTID", ["XCLAIM x g d 0 7-0 {} 8 {} 4-0"]),
    ("XAUTOCLAIM x g d 999999999 0", []),
    ("XREADGROUP GROUP g d NOACK STREAMS x >", ["XGROUP SETID x g 7-0 ENTRIESREAD 4"]),
    ("XREADGROUP GROUP g f NOACK BLOCK 1 STREAMS x >", ["XGROUP CREATECONSUMER x g f"]),
]


def test_what_is_claimed_is_told_entry_by_entry(
    server: Server, wire: Wire, stream: ReplicationStream
) -> None:
    for entry in ("1-1", "1-2", "1-3"):
        wire("XADD", "x", entry, "f", "v")
    wire("XGROUP", "CREATE", "x", "g", 0)
    wire("XREADGROUP", "GROUP", "g", "a", "STREAMS", "x", ">")
    wire("XADD", "x", "7", "f", "v")
    while stream.next()[:3] != [b"XADD", b"x", b"7"]:
        pass
    for line, expected in CLAIMS:
        wire(*line.split())
        wire("PUBLISH", "end", "")
        told = [shown(stream.next()).decode()]
        while told[-1] != "PUBLISH end ":
            told.append(shown(stream.next()).decode())
        words = [each.format("TIME <time> RETRYCOUNT", "FORCE JUSTID LASTID") for each in expected]
        if server.line == "redis" and " f NOACK" in line:
            words = []  # of old a consumer was made once there was something for it
        together = ["MULTI", *words, "EXEC"] if len(words) > 1 else words
        assert told[:-1] == together, line


def test_a_transaction_is_told_as_one_and_databases_are_selected(
    server: Server, wire: Wire, stream: ReplicationStream
) -> None:
    wire("SELECT", 3)
    wire("MULTI")
    wire("SET", "a", 1)
    wire("INCR", "a")
    wire("EXEC")
    begin = ["SELECT 3", "MULTI"] if server.line == "redis" else ["MULTI", "SELECT 3"]
    told = [b" ".join(stream.next()).decode() for _ in range(5)]
    assert told == [*begin, "SET a 1", "INCR a", "EXEC"]


def test_an_expired_key_is_told_of_when_it_goes(wire: Wire, stream: ReplicationStream) -> None:
    wire("SET", "a", 1, "PX", 1)
    while wire("EXISTS", "a"):
        pass
    assert [shown(stream.next()) for _ in range(3)] == [
        b"SELECT 0",
        b"SET a 1 PXAT <time>",
        b"DEL a",
    ]


@pytest.mark.parametrize("line", ["BLMPOP 0.01 2 a b LEFT", "SREM a m", "SMOVE a b m"])
def test_a_call_that_only_comes_across_an_expired_key_is_not_told(
    wire: Wire, stream: ReplicationStream, line: str
) -> None:
    wire("DEBUG", "SET-ACTIVE-EXPIRE", 0)
    wire("SET", "a", 1, "PX", 1)
    wire("DEBUG", "SLEEP", "0.005")  # who asks for the key would let it go

    wire(*line.split())
    wire("SET", "b", 1)

    told = [shown(stream.next()) for _ in range(4)]
    assert told == [b"SELECT 0", b"SET a 1 PXAT <time>", b"DEL a", b"SET b 1"]
    wire("DEBUG", "SET-ACTIVE-EXPIRE", 1)


@pytest.mark.parametrize("line", ["SCAN 0", "RANDOMKEY"])
def test_expired_keys_that_are_come_across_are_told_of_one_by_one(
    wire: Wire, stream: ReplicationStream, line: str
) -> None:
    wire("DEBUG", "SET-ACTIVE-EXPIRE", 0)
    wire("MULTI")
    wire("SET", "a", 1, "PX", 1)
    wire("SET", "b", 1, "PX", 1)
    wire("DEBUG", "SLEEP", "0.005")
    wire("EXEC")
    assert sorted(stream.next()[0] for _ in range(5)) == [
        b"EXEC",
        b"MULTI",
        b"SELECT",
        *[b"SET"] * 2,
    ]

    wire(*line.split())

    assert sorted(shown(stream.next()) for _ in range(2)) == [b"DEL a", b"DEL b"]
    wire("DEBUG", "SET-ACTIVE-EXPIRE", 1)


def test_wait_counts_the_replicas_that_have_it(wire: Wire, stream: ReplicationStream) -> None:
    wire("SET", "a", 1)
    assert wire("WAIT", 1, 20) == 0
    wire.send("WAIT", 1, 0)
    while stream.next()[0] != b"REPLCONF":
        pass
    stream.acknowledge(1 << 40)  # whatever the offset is by now
    assert wire.read() == 1
    assert wire("WAIT", 0, 0) == 1


def test_a_replica_is_shown_where_it_says_that_it_listens(
    wire: Wire, stream: ReplicationStream
) -> None:
    stream.acknowledge(stream.offset)
    role, _, replicas = wire("ROLE")
    assert (role, replicas[0][:2]) == (b"master", [b"127.0.0.1", b"7777"])
    told = wire("INFO", "replication").decode()
    assert "connected_slaves:1\r\n" in told
    assert "slave0:ip=127.0.0.1,port=7777,state=online,offset=" in told
    assert f"master_replid:{stream.id}\r\n" in told
    listed = wire("CLIENT", "LIST", "TYPE", "replica").decode()
    assert f"addr=127.0.0.1:{stream.port} " in listed
    assert " flags=S " in listed


def test_writes_may_depend_on_replicas(wire: Wire, stream: ReplicationStream) -> None:
    wire("CONFIG", "SET", "min-replicas-to-write", 2)
    refused = "NOREPLICAS Not enough good replicas to write."
    assert str(wire("SET", "a", 1)) == refused
    assert wire("GET", "a") is None
    wire("CONFIG", "SET", "min-replicas-to-write", 1)
    stream.acknowledge(stream.offset)
    while wire("SET", "a", 1) != b"OK":
        pass
    wire("CONFIG", "SET", "min-replicas-to-write", 0)


@cases(
    [
        (
            "what replicas say of themselves",
            [
                ("REPLCONF", b"OK"),
                ("REPLCONF listening-port 1", b"OK"),
                ("REPLCONF listening-port x", "ERR value is not an integer or out of range"),
                ("REPLCONF capa unknown", b"OK"),
                ("REPLCONF capa", "ERR syntax error"),
                ("REPLCONF foo bar", "ERR Unrecognized REPLCONF option: foo"),
                ("PSYNC ? x", "ERR value is not an integer or out of range"),
                ("PSYNC", "ERR wrong number of arguments for 'psync' command"),
                ("PSYNC x 1 FAILOVER", "ERR PSYNC FAILOVER can't be sent to a master."),
            ],
        ),
        (
            "who follows nobody and has no replicas",
            [
                ("REPLICAOF h x", "ERR Invalid master port"),
                ("REPLICAOF h 70000", "ERR Invalid master port"),
                ("REPLICAOF no one", b"OK"),
                ("FAILOVER", "ERR FAILOVER requires connected replicas."),
                ("FAILOVER ABORT", "ERR No failover in progress."),
                ("FAILOVER ABORT x", "ERR syntax error"),
                ("FAILOVER TIMEOUT 0", "ERR FAILOVER timeout must be greater than 0"),
                ("FAILOVER TO h", "ERR syntax error"),
                ("WAIT x 0", "ERR value is not an integer or out of range"),
                ("WAIT 0 -1", "ERR timeout is negative"),
                ("WAIT 1 1", 0),
            ],
        ),
    ]
)
def test_the_words_of_replication(wire: Wire, steps: Steps) -> None:
    check(wire, steps)


def test_an_image_alone_is_given_to_who_wants_no_stream(server: Server, wire: Wire) -> None:
    wire("CONFIG", "SET", "repl-diskless-sync-delay", 0)
    wire("SET", "seen", 1)
    empty = image_alone(server, "functions")
    assert (b"seen" in image_alone(server), b"seen" in empty) == (True, False)


def image_alone(server: Server, wanted: str = "") -> bytes:
    """What a client is sent that asks for an image and nothing else."""
    with socket.create_connection((server.host, server.port), timeout=20) as client:
        client.sendall(b"REPLCONF capa eof\r\nREPLCONF rdb-only 1\r\n")
        assert client.recv(5) + client.recv(5) == b"+OK\r\n+OK\r\n"
        if wanted:
            client.sendall(f"REPLCONF rdb-filter-only {wanted}\r\n".encode())
            assert client.recv(5) == b"+OK\r\n"
        client.sendall(b"SYNC\r\n")
        data = b""
        while more := client.recv(65536):
            data += more
        return data


@pytest.mark.parametrize(
    ("compat", "told"),
    [
        ("redis-7.4", "HSET h f 2.5"),
        ("redis-8.0", "HSETEX h KEEPTTL FIELDS 1 f 2.5"),
        ("valkey-9.0", "HSET h f 2.5"),
    ],
)
def test_a_sum_of_floats_is_told_as_its_result(compat: str, told: str) -> None:
    with MockServer(compat=compat) as server:
        wire, following = (
            Wire(server.host, server.port),
            ReplicationStream(server.host, server.port),
        )
        wire("HINCRBYFLOAT", "h", "f", "2.5")
        assert [following.next(), following.next()] == [[b"SELECT", b"0"], told.encode().split()]
        wire.close()
        following.close()
