"""CLUSTER's subcommands: what they tell, what they change, and what they refuse."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.integration.clusters import RANGES, Cluster, eventually
from tests.integration.wire import Wire

REFUSALS = [
    ("COUNTKEYSINSLOT x", "ERR value is not an integer or out of range"),
    ("COUNTKEYSINSLOT 16384", "ERR Invalid slot"),
    ("GETKEYSINSLOT 1 -1", "ERR Invalid slot or number of keys"),
    ("ADDSLOTS x", "ERR Invalid or out of range slot"),
    ("ADDSLOTS 1", "ERR Slot 1 is already busy"),
    ("ADDSLOTSRANGE 5 4", "ERR start slot number 5 is greater than end slot number 4"),
    ("ADDSLOTSRANGE 5", "ERR wrong number of arguments for 'cluster|addslotsrange' command"),
    ("DELSLOTS 16384", "ERR Invalid or out of range slot"),
    ("DELSLOTS 1 1", "ERR Slot 1 specified multiple times"),
    ("DELSLOTSRANGE 5 9 6 7", "ERR Slot 6 specified multiple times"),
    ("FLUSHSLOTS", "ERR DB must be empty to perform CLUSTER FLUSHSLOTS."),
    ("SETSLOT 1 nonsense", "ERR Invalid CLUSTER SETSLOT action or number of arguments."
     " Try CLUSTER HELP"),
    ("SETSLOT x STABLE", "ERR Invalid or out of range slot"),
    ("SETSLOT 1 MIGRATING x", "ERR I don't know about node x"),
    ("SETSLOT 16000 MIGRATING x", "ERR I'm not the owner of hash slot 16000"),
    ("SETSLOT 1 IMPORTING x", "ERR I'm already the owner of hash slot 1"),
    ("SETSLOT 16000 IMPORTING x", "ERR I don't know about node x"),
    ("SETSLOT 1 NODE x", "ERR Unknown node x"),
    ("SETSLOT 3300 NODE {other}", "ERR Can't assign hashslot 3300 to a different node while I"
     " still hold keys for this hash slot."),
    ("SETSLOT 1 NODE {replica}", "ERR Target node is not a master"),
    ("SETSLOT 1 MIGRATING {replica}", "ERR Target node is not a master"),
    ("FAILOVER", "ERR You should send CLUSTER FAILOVER to a replica"),
    ("FAILOVER x", "ERR syntax error"),
    ("FAILOVER FORCE x", "ERR unknown subcommand or wrong number of arguments for 'FAILOVER'."
     " Try CLUSTER HELP."),
    ("REPLICATE x", "ERR Unknown node x"),
    ("REPLICATE {myself}", "ERR Can't replicate myself"),
    ("REPLICATE {replica}", "ERR I can only replicate a master, not a replica."),
    ("REPLICATE {other}", "ERR To set a master the node must be empty and without assigned"
     " slots."),
    ("REPLICAS x", "ERR Unknown node x"),
    ("REPLICAS {replica}", "ERR The specified node is not a master"),
    ("FORGET x", "ERR Unknown node x"),
    ("FORGET {myself}", "ERR I tried hard but I can't forget myself..."),
    ("COUNT-FAILURE-REPORTS x", "ERR Unknown node x"),
    ("COUNT-FAILURE-REPORTS {other}", "0"),
    ("RESET", "ERR CLUSTER RESET can't be called with master nodes containing keys"),
    ("RESET x", "ERR syntax error"),
    ("SET-CONFIG-EPOCH 4", "ERR The user can assign a config epoch only when the node does not"
     " know any other node."),
    ("SET-CONFIG-EPOCH -1", "ERR Invalid config epoch specified: -1"),
    ("MEET x 1", "ERR Invalid node address specified: x:1"),
    ("MEET 127.0.0.1 60000", "ERR Invalid node address specified: 127.0.0.1:60000"),
    ("SAVECONFIG", "OK"),
    ("MYID x", "ERR wrong number of arguments for 'cluster|myid' command"),
    ("NONSENSE", "ERR unknown subcommand 'NONSENSE'. Try CLUSTER HELP."),
]  # fmt: skip
"""Words behind CLUSTER, and what a master with a key in slot 3300 answers."""


def shown(reply: Any) -> str:
    """A reply, names and times of which nobody can foresee."""
    text = reply.decode() if isinstance(reply, bytes) else str(reply)
    return re.sub(r"\b[0-9a-f]{40}\b", "ID", text)


@pytest.fixture
def one(cluster: Cluster) -> Wire:
    """A connection to the first master."""
    return cluster.connect(cluster.masters[0])


def test_nodes_are_told_in_lines(cluster: Cluster, one: Wire) -> None:
    masters = cluster.masters
    lines = [line.split() for line in one("CLUSTER", "NODES").decode().splitlines()]
    by_port = {int(re.split("[:@]", words[1])[1]): words for words in lines}
    assert sorted(by_port) == sorted(cluster.ports)
    for number, port in enumerate(masters):
        words = by_port[port]
        assert words[0] == cluster.id_of(port)
        assert words[1] == f"127.0.0.1:{port}@{port + 10_000}"
        assert words[2] == ("myself,master" if number == 0 else "master")
        assert words[3] == "-"
        assert words[7] == "connected"
        assert words[8:] == [f"{RANGES[number][0]}-{RANGES[number][1]}"]
        replica = by_port[cluster.replica_of(port)]
        assert replica[2:4] == ["slave", words[0]]
        assert replica[6] == words[6]
        assert len(replica) == 8


def test_slots_are_told_by_range(cluster: Cluster, one: Wire) -> None:
    masters = cluster.masters
    for protocol, nothing in ((2, []), (3, {})):
        wire = cluster.connect(masters[1], protocol)
        assert wire("CLUSTER", "SLOTS") == [
            [
                first,
                last,
                *(
                    [b"127.0.0.1", each, cluster.id_of(each).encode(), nothing]
                    for each in (port, cluster.replica_of(port))
                ),
            ]
            for port, (first, last) in zip(masters, RANGES, strict=True)
        ]


def test_shards_are_told_with_the_health_of_their_nodes(cluster: Cluster) -> None:
    masters = cluster.masters
    for port in masters:
        cluster.connect(port)("SET", {0: "b", 1: "c", 2: "a"}[masters.index(port)], 1)
    wire = cluster.connect(masters[0], protocol=3)

    def told() -> list[Any]:
        shards = sorted(wire("CLUSTER", "SHARDS"), key=lambda shard: shard[b"slots"])
        for shard in shards:
            shard[b"nodes"].sort(key=lambda node: node[b"role"])
        return shards

    eventually(lambda: all(node[b"health"] == b"online" for s in told() for node in s[b"nodes"]))
    for shard, port, slots in zip(told(), masters, RANGES, strict=True):
        assert list(shard) == [b"slots", b"nodes"]
        assert shard[b"slots"] == list(slots)
        for node, its_port, role in zip(
            shard[b"nodes"],
            (port, cluster.replica_of(port)),
            (b"master", b"replica"),
            strict=True,
        ):
            offset = node.pop(b"replication-offset")
            assert offset > 0
            assert node == {
                b"id": cluster.id_of(its_port).encode(),
                b"port": its_port,
                b"ip": b"127.0.0.1",
                b"endpoint": b"127.0.0.1",
                b"role": role,
                b"health": b"online",
            }


def test_each_other_node_has_two_links(cluster: Cluster) -> None:
    masters = cluster.masters
    links = cluster.connect(masters[0], protocol=3)("CLUSTER", "LINKS")
    fields = "direction node create-time events send-buffer-allocated send-buffer-used"
    assert {tuple(link) for link in links} == {tuple(fields.encode().split())}
    others = {cluster.id_of(port).encode() for port in cluster.ports if port != masters[0]}
    assert {(link[b"node"], link[b"direction"]) for link in links} == {
        (other, direction) for other in others for direction in (b"to", b"from")
    }


def test_the_state_is_told(cluster: Cluster, one: Wire) -> None:
    fields = dict(line.split(":") for line in one("CLUSTER", "INFO").decode().splitlines() if line)
    messages = [name for name in fields if name.startswith("cluster_stats_messages_")]
    assert {name: value for name, value in fields.items() if name not in messages} == {
        "cluster_state": "ok",
        "cluster_slots_assigned": "16384",
        "cluster_slots_ok": "16384",
        "cluster_slots_pfail": "0",
        "cluster_slots_fail": "0",
        "cluster_known_nodes": "6",
        "cluster_size": "3",
        "cluster_current_epoch": fields["cluster_current_epoch"],
        "cluster_my_epoch": fields["cluster_my_epoch"],
        "total_cluster_links_buffer_limit_exceeded": "0",
    }
    assert messages[-1] == "cluster_stats_messages_received"
    assert "cluster_enabled:1" in one("INFO", "cluster").decode()
    mode = "server_mode" if cluster.line == "valkey" else "redis_mode"
    assert f"{mode}:cluster" in one("INFO", "server").decode()
    assert dict(zip(*[iter(one("HELLO", 2))] * 2, strict=True))[b"mode"] == b"cluster"
    assert one("CONFIG", "GET", "cluster-enabled") == [b"cluster-enabled", b"yes"]


def test_help_is_that_of_the_server(cluster: Cluster, one: Wire) -> None:
    lines = one("CLUSTER", "HELP")
    assert lines[0] == b"CLUSTER <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"
    assert (
        lines[-1]
        == {"redis": b"    Prints this help.", "valkey": b"    Print this help."}[cluster.line]
    )
    assert len(lines) == {"redis": 56, "valkey": 60}[cluster.line]


def test_keys_are_told_by_slot(cluster: Cluster, one: Wire) -> None:
    one("MSET", "b", 1, "{b}2", 2)
    assert one("CLUSTER", "COUNTKEYSINSLOT", 3300) == 2
    assert sorted(one("CLUSTER", "GETKEYSINSLOT", 3300, 10)) == [b"b", b"{b}2"]
    assert len(one("CLUSTER", "GETKEYSINSLOT", 3300, 1)) == 1
    assert one("CLUSTER", "GETKEYSINSLOT", 3300, 0) == []
    one("DEL", "b")
    assert one("CLUSTER", "GETKEYSINSLOT", 3300, 10) == [b"{b}2"]
    assert one("CLUSTER", "COUNTKEYSINSLOT", 15495) == 0


def test_what_cannot_be_is_refused_in_the_words_of_the_server(cluster: Cluster, one: Wire) -> None:
    masters = cluster.masters
    names = {
        "myself": cluster.id_of(masters[0]),
        "other": cluster.id_of(masters[1]),
        "replica": cluster.id_of(cluster.replica_of(masters[1])),
    }
    one("SET", "b", 1)
    answers = [
        (words, shown(one("CLUSTER", *words.format(**names).split()))) for words, _ in REFUSALS
    ]
    assert answers == REFUSALS


def test_ports_that_are_none_are_named(cluster: Cluster, one: Wire) -> None:
    tcp = {"redis": "TCP ", "valkey": ""}[cluster.line]
    assert (
        str(one("CLUSTER", "MEET", "127.0.0.1", "x")) == f"ERR Invalid {tcp}base port specified: x"
    )
    assert str(one("CLUSTER", "MEET", "127.0.0.1", 7000, "x")) == (
        f"ERR Invalid {tcp}bus port specified: x"
    )


def test_a_replica_answers_as_one(cluster: Cluster) -> None:
    masters = cluster.masters
    port = cluster.replica_of(masters[0])
    wire = cluster.connect(port)
    assert shown(wire("CLUSTER", "SETSLOT", 1, "STABLE")) == (
        "ERR Please use SETSLOT only with masters."
    )
    assert shown(wire("CLUSTER", "FORGET", cluster.id_of(masters[0]))) == (
        "ERR Can't forget my master!"
    )
    assert wire("ROLE")[:3] == [b"slave", b"127.0.0.1", masters[0]]
    (line,) = wire("CLUSTER", "REPLICAS", cluster.id_of(masters[0]))
    assert line.split()[2:4] == [b"myself,slave", cluster.id_of(masters[0]).encode()]
    if cluster.line == "valkey":
        shard = wire("CLUSTER", "MYSHARDID")
        assert shard == cluster.connect(masters[0])("CLUSTER", "MYSHARDID")
        assert shard != cluster.connect(masters[1])("CLUSTER", "MYSHARDID")
    else:
        assert "unknown subcommand" in str(wire("CLUSTER", "MYSHARDID"))


@pytest.mark.targets("mock", "valkey")  # Redis 7.0 has no such command
def test_slots_have_figures(cluster: Cluster, one: Wire) -> None:
    one("MSET", "b", 1, "{b}2", 2)
    assert one("CLUSTER", "SLOT-STATS", "SLOTSRANGE", 3299, 3300) == [
        [3299, [b"key-count", 0]],
        [3300, [b"key-count", 2]],
    ]
    assert one("CLUSTER", "SLOT-STATS", "SLOTSRANGE", 16000, 16001) == []
    ordered = ("CLUSTER", "SLOT-STATS", "ORDERBY", "KEY-COUNT")
    assert one(*ordered, "LIMIT", 2) == [[3300, [b"key-count", 2]], [0, [b"key-count", 0]]]
    assert one(*ordered, "LIMIT", 1, "ASC") == [[0, [b"key-count", 0]]]
    assert str(one("CLUSTER", "SLOT-STATS", "ORDERBY", "nothing")) == (
        "ERR Unrecognized sort metric for ORDERBY."
    )


def test_where_clients_shall_go_can_be_announced(cluster: Cluster, one: Wire) -> None:
    port = cluster.masters[2]
    kind, name = "cluster-preferred-endpoint-type", "cluster-announce-hostname"
    wire = cluster.connect(port)
    one("CONFIG", "SET", kind, "hostname")
    assert str(one("GET", "a")) == f"MOVED 15495 ?:{port}"
    wire("CONFIG", "SET", name, "c.example.com")
    eventually(lambda: str(one("GET", "a")) == f"MOVED 15495 c.example.com:{port}")
    entry = one("CLUSTER", "SLOTS")[2][2]
    assert entry[:2] + entry[3:] == [b"c.example.com", port, [b"ip", b"127.0.0.1"]]
    one("CONFIG", "SET", kind, "unknown-endpoint")
    assert str(one("GET", "a")) == f"MOVED 15495 :{port}"
    entry = one("CLUSTER", "SLOTS")[2][2]
    assert entry[:2] + entry[3:] == [
        None,
        port,
        [b"ip", b"127.0.0.1", b"hostname", b"c.example.com"],
    ]
    one("CONFIG", "SET", kind, "ip")
    wire("CONFIG", "SET", name, "")
    eventually(lambda: one("CLUSTER", "SLOTS")[2][2][3] == [])
    assert str(one("GET", "a")) == f"MOVED 15495 127.0.0.1:{port}"


def test_slots_that_are_nobodys_are_not_served(cluster: Cluster, one: Wire) -> None:
    assert one("CLUSTER", "DELSLOTS", 3300) == b"OK"
    try:
        assert str(one("GET", "b")) == "CLUSTERDOWN Hash slot not served"
        eventually(lambda: b"cluster_state:fail" in one("CLUSTER", "INFO"))
        assert str(one("GET", "f")) == "CLUSTERDOWN The cluster is down"
        assert str(one("EVAL", "return redis.pcall('get', 'f')", 0)) == (
            "ERR Script attempted to execute a command while the cluster is down"
        )
        one("CONFIG", "SET", "cluster-allow-reads-when-down", "yes")
        assert one("GET", "f") is None
        assert str(one("SET", "f", 1)) == (
            "CLUSTERDOWN The cluster is down and only accepts read commands"
        )
        assert one("SPUBLISH", "f", "x") == 0
        assert one("PING") == b"PONG"
    finally:
        one("CONFIG", "SET", "cluster-allow-reads-when-down", "no")
        assert one("CLUSTER", "ADDSLOTS", 3300) == b"OK"
    eventually(lambda: b"cluster_state:ok" in one("CLUSTER", "INFO"))
    assert one("GET", "b") is None


@pytest.mark.parametrize("how", [(), ("TAKEOVER",)])
def test_a_replica_takes_over(cluster: Cluster, how: tuple[str, ...]) -> None:
    old = cluster.masters[0]
    new = cluster.replica_of(old)
    first = cluster.connect(old)
    first("SET", "b", 1)
    assert first("WAIT", 1, 5000) == 1
    waiting = cluster.connect(old)
    waiting.send("BLPOP", "{b}list", 0)
    replica = cluster.connect(new)
    assert replica("CLUSTER", "FAILOVER", *how) == b"OK"
    assert str(waiting.read(20)) in {
        "UNBLOCKED force unblock from blocking operation, instance state changed"
        " (master -> replica?)",
        f"MOVED 3300 127.0.0.1:{new}",  # a real server may look at those who wait just before
    }
    eventually(lambda: first("ROLE")[0] == b"slave")
    assert replica("ROLE")[0] == b"master"
    assert replica("GET", "b") == b"1"
    assert str(first("GET", "b")) == f"MOVED 3300 127.0.0.1:{new}"
    wires = [cluster.connect(port) for port in cluster.ports]
    for wire in wires:
        eventually(lambda wire=wire: wire("CLUSTER", "SLOTS")[0][2:][0][1] == new)
        eventually(lambda wire=wire: [e[1] for e in wire("CLUSTER", "SLOTS")[0][2:]] == [new, old])
