"""What a node of a cluster does with calls for keys of others: redirects, and slots on the move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tests.integration.clusters import Cluster, eventually
from tests.integration.wire import Argument, Wire

SLOT = 3300
"""That of ``b``, which the first master has; so has it ``f``, in another slot."""
A_SLOT = 15495
"""That of ``a``, which the third master has."""
CROSS = "CROSSSLOT Keys in request don't hash to the same slot"


@pytest.fixture
def ports(cluster: Cluster) -> list[int]:
    """The ports of the masters, in the order of their slots."""
    return cluster.masters


@pytest.fixture
def one(cluster: Cluster, ports: list[int]) -> Wire:
    """A connection to the first master."""
    return cluster.connect(ports[0])


@pytest.fixture
def two(cluster: Cluster, ports: list[int]) -> Wire:
    """A connection to the second master."""
    return cluster.connect(ports[1])


def said(wire: Wire, *calls: Sequence[Argument]) -> list[Any]:
    """The replies; an error as its text."""
    replies = [wire(*words) for words in calls]
    return [str(reply) if isinstance(reply, Exception) else reply for reply in replies]


def cut(reply: Any) -> Any:
    """An error of a script without its place."""
    return reply.partition(" script:")[0] if isinstance(reply, str) else reply


def test_keys_of_others_are_redirected(one: Wire, ports: list[int]) -> None:
    moved = f"MOVED {A_SLOT} 127.0.0.1:{ports[2]}"
    assert said(
        one,
        ("SET", "b", 1),
        ("GET", "b"),
        ("GET", "a"),
        ("MGET", "b", "{b}2"),
        ("MGET", "b", "a"),
        ("MGET", "b", "f"),
        ("OBJECT", "ENCODING", "a"),
        ("XREAD", "STREAMS", "a", 0),
        ("EVAL", "return 1", 1, "a"),
        ("EVALSHA", "f" * 40, 1, "a"),
        ("FCALL", "nothing", 1, "a"),
        ("WATCH", "a"),
        ("BLPOP", "a", 1),
        ("SINTERCARD", 1, "a"),
        ("GEOSEARCHSTORE", "a", "b", "FROMLONLAT", 0, 0, "BYBOX", 1, 1, "km"),
        ("SORT", "b", "STORE", "a"),
        ("PFMERGE", "a"),
        ("GEORADIUSBYMEMBER", "a", "x", 1, "m", "STORE", "b", "STORE", "a"),
        ("GEORADIUS", "b", 0, 0, 1, "m", "STORE", "b", "STOREDIST", "a"),
        ("SSUBSCRIBE", "a"),
        ("SPUBLISH", "a", "x"),
    ) == [
        b"OK",
        b"1",
        moved,
        [b"1", None],
        CROSS,
        CROSS,
        *[moved] * 8,
        CROSS,
        CROSS,
        moved,
        moved,
        CROSS,
        moved,
        moved,
    ]


def test_calls_without_keys_are_performed_everywhere(one: Wire) -> None:
    assert said(
        one,
        ("PING",),
        ("DBSIZE",),
        ("KEYS", "*"),
        ("SCAN", 0),
        ("PUBLISH", "news", "x"),
        ("ASKING",),
        ("READONLY",),
        ("READWRITE",),
        ("CLUSTER", "KEYSLOT", "{b}x"),
        ("EVAL", "return 1", 0),
        ("GET",),
        ("SINTERCARD", "x", "a"),
        ("EVAL", "return 1", 5, "a"),
    ) == [
        b"PONG",
        0,
        [],
        [b"0", []],
        0,
        b"OK",
        b"OK",
        b"OK",
        SLOT,
        1,
        "ERR wrong number of arguments for 'get' command",
        "ERR numkeys should be greater than 0",
        "ERR Number of keys can't be greater than number of args",
    ]


def test_a_redirect_inside_a_transaction_loses_it(one: Wire, ports: list[int]) -> None:
    assert said(one, ("MULTI",), ("GET", "b"), ("GET", "a"), ("EXEC",)) == [
        b"OK",
        b"QUEUED",
        f"MOVED {A_SLOT} 127.0.0.1:{ports[2]}",
        "EXECABORT Transaction discarded because of previous errors.",
    ]
    assert said(one, ("MULTI",), ("SET", "b", 1), ("SET", "f", 1), ("EXEC",), ("GET", "b")) == [
        b"OK",
        b"QUEUED",
        b"QUEUED",
        CROSS,
        None,
    ]
    assert said(one, ("MULTI",), ("PING",), ("EXEC",)) == [b"OK", b"QUEUED", [b"PONG"]]


def test_scripts_use_keys_of_their_node_only(cluster: Cluster, one: Wire) -> None:
    far = "ERR Script attempted to access a non local key in a cluster node"
    crossing = "ERR Script attempted to access keys that do not hash to the same slot"
    together = {
        "redis": far,
        "valkey": "ERR Command 'mget' in script attempted to access keys that don't hash to the"
        " same slot",
    }[cluster.line]
    both = "return {redis.call('get', 'b'), redis.call('get', 'f')}"
    one("SET", "b", 1)
    replies = said(
        one,
        ("EVAL", "return redis.pcall('get', 'a')", 0),
        ("EVAL", "return redis.pcall('mget', 'b', 'f')", 0),
        ("EVAL", both, 1, "b"),
        ("EVAL", f"#!lua\n{both}", 1, "b"),
        ("EVAL", "#!lua\nreturn redis.pcall('get', 'f')", 1, "b"),
        ("EVAL", "#!lua\nreturn redis.call('get', 'f')", 0),
        ("EVAL", f"#!lua flags=allow-cross-slot-keys\n{both}", 1, "b"),
        ("EVAL", "#!lua flags=no-cluster\nreturn 1", 0),
        ("EVAL", "return redis.call('publish', 'x', 'y')", 0),
    )
    assert [cut(each) for each in replies] == [
        far,
        together,
        [b"1", None],
        crossing,
        crossing,
        None,
        [b"1", None],
        "ERR Can not run script on cluster, 'no-cluster' flag is set.",
        0,
    ]


def test_functions_may_not_cross_slots_unless_they_say_so(one: Wire) -> None:
    one(
        "FUNCTION",
        "LOAD",
        """#!lua name=lib
        local function both() return {redis.call('get', 'b'), redis.call('get', 'f')} end
        redis.register_function('strict', both)
        local flags = {'allow-cross-slot-keys'}
        redis.register_function{function_name='free', callback=both, flags=flags}
        redis.register_function{function_name='alone', callback=both, flags={'no-cluster'}}
        """,
    )
    strict, free, alone = said(
        one, ("FCALL", "strict", 0), ("FCALL", "free", 1, "b"), ("FCALL", "alone", 0)
    )
    assert cut(strict) == "ERR Script attempted to access keys that do not hash to the same slot"
    assert free == [None, None]
    assert alone == "ERR Can not run script on cluster, 'no-cluster' flag is set."


def test_there_is_one_database_and_sort_stays_in_its_slot(cluster: Cluster, one: Wire) -> None:
    since_8 = {
        "redis": ".",
        "valkey": " when keys formed by the pattern may be in different slots.",
    }
    denied = "ERR {} option of SORT denied in Cluster mode" + since_8[cluster.line]
    one("RPUSH", "{b}l", 3, 1, 2)
    one("SET", "{b}w3", 0)
    one("SET", "{b}w1", 5)
    one("SET", "{b}w2", 6)
    by_hash_tag = {"redis": denied.format("BY"), "valkey": [b"3", b"1", b"2"]}[cluster.line]
    assert said(
        one,
        ("SELECT", 0),
        ("SELECT", 1),
        ("SWAPDB", 0, 0),
        ("MOVE", "b", 1),
        ("COPY", "{b}l", "{b}m", "DB", 0),
        ("COPY", "{b}l", "{b}m", "DB", 1),
        ("REPLICAOF", "NO", "ONE"),
        ("FAILOVER",),
        ("SORT", "{b}l", "BY", "x*"),
        ("SORT", "{b}l", "BY", "nosort"),
        ("SORT", "{b}l", "BY", "{b}w*"),
        ("SORT", "{b}l", "GET", "#"),
        ("SORT_RO", "{b}l", "BY", "{x}w*"),
        ("SORT", "{b}l", "STORE", "{b}s"),
    ) == [
        b"OK",
        "ERR SELECT is not allowed in cluster mode",
        "ERR SWAPDB is not allowed in cluster mode",
        "ERR MOVE is not allowed in cluster mode",
        1,
        {
            "redis": "ERR Copying to another database is not allowed in cluster mode",
            "valkey": "ERR DB index is out of range",
        }[cluster.line],
        "ERR REPLICAOF not allowed in cluster mode.",
        "ERR FAILOVER not allowed in cluster mode. Use CLUSTER FAILOVER command instead.",
        denied.format("BY"),
        [b"3", b"1", b"2"],
        by_hash_tag,
        denied.format("GET"),
        denied.format("BY"),
        3,
    ]


@pytest.fixture
def moving(cluster: Cluster, ports: list[int], one: Wire, two: Wire) -> Iterator[None]:
    """The slot of ``b`` is on its way from the first master to the second; ``b`` has not gone."""
    one("MSET", "b", 1, "{b}2", 2)
    assert two("CLUSTER", "SETSLOT", SLOT, "IMPORTING", cluster.id_of(ports[0])) == b"OK"
    assert one("CLUSTER", "SETSLOT", SLOT, "MIGRATING", cluster.id_of(ports[1])) == b"OK"
    yield
    for port in ports[:2]:
        wire = cluster.connect(port)
        assert wire("CLUSTER", "SETSLOT", SLOT, "STABLE") == b"OK"


@pytest.mark.usefixtures("moving")
def test_the_source_of_a_moving_slot_serves_what_it_still_has(one: Wire, ports: list[int]) -> None:
    ask = f"ASK {SLOT} 127.0.0.1:{ports[1]}"
    again = "TRYAGAIN Multiple keys request during rehashing of slot"
    assert said(
        one,
        ("GET", "b"),
        ("GET", "{b}9"),
        ("SET", "{b}9", 1),
        ("MGET", "b", "{b}2"),
        ("MGET", "b", "{b}9"),
        ("MGET", "{b}8", "{b}9"),
        ("DEL", "b", "{b}9"),
        ("EVAL", "return 1", 2, "b", "{b}9"),
        ("WATCH", "{b}9"),
        ("BLPOP", "{b}9", 0),
        ("MIGRATE", "127.0.0.1", ports[1], "{b}9", 0, 1000),
        ("MULTI",),
        ("GET", "b"),
        ("EXEC",),
        ("MULTI",),
        ("GET", "{b}9"),
        ("EXEC",),
        ("SPUBLISH", "{b}9", "x"),
    ) == [
        b"1",
        ask,
        ask,
        [b"1", b"2"],
        again,
        ask,
        again,
        again,
        ask,
        ask,
        b"NOKEY",
        b"OK",
        b"QUEUED",
        [b"1"],
        b"OK",
        ask,
        "EXECABORT Transaction discarded because of previous errors.",
        0,
    ]


@pytest.mark.usefixtures("moving")
def test_the_target_of_a_moving_slot_serves_who_asks(two: Wire, ports: list[int]) -> None:
    moved = f"MOVED {SLOT} 127.0.0.1:{ports[0]}"
    again = "TRYAGAIN Multiple keys request during rehashing of slot"
    asked = [
        ("GET", "b"),
        ("SET", "{b}9", 9),
        ("MGET", "b", "{b}9"),
        ("MGET", "{b}9", "{b}9"),
        ("MGET", "{b}8", "{b}8"),
        ("EVAL", "return redis.call('get', '{b}9')", 0),
        ("PING",),
    ]
    replies = []
    for words in asked:
        assert two("ASKING") == b"OK"
        replies += said(two, words, ("GET", "{b}9"))
    assert replies[::2] == [None, b"OK", again, [b"9", b"9"], [None, None], b"9", b"PONG"]
    assert replies[1::2] == [moved] * len(asked)
    assert said(two, ("ASKING",), ("MULTI",), ("GET", "{b}9"), ("EXEC",), ("GET", "{b}9")) == [
        b"OK",
        b"OK",
        b"QUEUED",
        [b"9"],
        moved,
    ]
    assert said(two, ("ASKING",), ("DEL", "{b}9")) == [b"OK", 1]


@pytest.mark.usefixtures("moving")
def test_replicas_know_of_moving_slots_or_do_not(cluster: Cluster, ports: list[int]) -> None:
    for port, mark, other in ((ports[0], "->-", ports[1]), (ports[1], "-<-", ports[0])):
        wanted = f"[{SLOT}{mark}{cluster.id_of(other)}]"
        for node, knows in ((port, True), (cluster.replica_of(port), cluster.line == "valkey")):
            lines = cluster.connect(node)("CLUSTER", "NODES").decode().splitlines()
            (own,) = (line for line in lines if " myself," in line)
            eventually(lambda own=own, knows=knows, wanted=wanted: (wanted in own) == knows)


def test_a_slot_moves_with_its_keys_while_clients_wait(cluster: Cluster, ports: list[int]) -> None:
    one, two = cluster.connect(ports[0]), cluster.connect(ports[1])
    one("SET", "b", 1, "EX", 1000)
    waiting, listening = cluster.connect(ports[0]), cluster.connect(ports[0], protocol=3)
    queueing = cluster.connect(ports[0])
    waiting.send("BLPOP", "{b}list", 0)
    assert listening("SSUBSCRIBE", "b") == [b"ssubscribe", b"b", 1]
    assert said(queueing, ("MULTI",), ("GET", "b")) == [b"OK", b"QUEUED"]
    cluster.move(SLOT, ports[0], ports[1])
    moved = f"MOVED {SLOT} 127.0.0.1:{ports[1]}"
    assert str(waiting.read()) == moved
    assert said(queueing, ("EXEC",), ("PING",)) == [moved, b"PONG"]
    assert listening.read() == [b"sunsubscribe", b"b", 0]
    assert str(one("GET", "b")) == moved
    assert two("GET", "b") == b"1"
    assert two("TTL", "b") > 900
    cluster.move(SLOT, ports[1], ports[0])
    assert one("GET", "b") == b"1"


def test_a_replica_redirects_unless_it_is_asked_to_read(cluster: Cluster, ports: list[int]) -> None:
    cluster.connect(ports[0])("SET", "b", 1)
    replica = cluster.connect(cluster.replica_of(ports[0]))
    moved = f"MOVED {SLOT} 127.0.0.1:{ports[0]}"
    assert said(replica, ("GET", "b"), ("READONLY",)) == [moved, b"OK"]
    eventually(lambda: replica("GET", "b") == b"1")
    assert said(
        replica,
        ("SET", "b", 2),
        ("GET", "a"),
        ("EVAL", "return redis.call('get', 'b')", 1, "b"),
        ("EVAL_RO", "return redis.call('get', 'b')", 1, "b"),
        ("BLPOP", "{b}l", 1),
        ("MULTI",),
        ("GET", "b"),
        ("READWRITE",),
        ("GET", "b"),
        ("EXEC",),
        ("GET", "b"),
    ) == [
        moved,
        f"MOVED {A_SLOT} 127.0.0.1:{ports[2]}",
        b"1",
        b"1",
        moved,
        b"OK",
        b"QUEUED",
        b"QUEUED",
        b"QUEUED",
        [b"1", b"OK", b"1"],
        moved,
    ]
    replica("READONLY")
    refused = str(replica("EVAL", "return redis.call('set', 'b', 1)", 1, "b"))
    assert refused.startswith("READONLY You can't write against a read only replica.")


def test_messages_reach_every_node_and_sharded_ones_the_shard(
    cluster: Cluster, ports: list[int]
) -> None:
    replica = cluster.replica_of(ports[0])
    everywhere = [cluster.connect(port) for port in cluster.ports]
    for wire in everywhere:
        wire("SUBSCRIBE", "news")
    sharded = cluster.connect(replica)
    assert sharded("SSUBSCRIBE", "b") == [b"ssubscribe", b"b", 1]
    cluster.connect(ports[1])("PUBLISH", "news", "hello")
    assert [wire.read() for wire in everywhere] == [[b"message", b"news", b"hello"]] * 6
    assert cluster.connect(ports[0])("SPUBLISH", "b", "hi") == 0
    assert sharded.read() == [b"smessage", b"b", b"hi"]
