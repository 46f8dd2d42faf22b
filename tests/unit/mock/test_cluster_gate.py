"""Where a node of a cluster sends calls: without a socket, on a clock that stands still.

What real clusters answer to the same is in tests/integration/test_cluster_*.py; here is what they
do not do on demand.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mock_backend import MockCluster, VirtualClock
from mock_backend.cluster import ClusterError
from mock_backend.replies import OK, Push, Reply, ReplyError

SLOT = 3300
"""That of ``b``, which the first master has."""


@pytest.fixture
def cluster() -> Iterator[MockCluster]:
    """Three masters with a replica each, in memory; a bug at any node fails the test."""
    cluster = MockCluster(masters=3, replicas=1, clock=VirtualClock())
    cluster.form()
    yield cluster
    assert cluster.bugs == []


def line(reply: Reply) -> str:
    assert isinstance(reply, ReplyError)
    return reply.line


def test_keys_are_served_where_they_are_and_all_others_say_where_that_is(
    cluster: MockCluster,
) -> None:
    one, two, three = (node.client() for node in cluster.nodes[:3])
    assert one("SET", "b", 1)
    assert line(two("GET", "b")) == f"MOVED 3300 127.0.0.1:{cluster.nodes[0].kernel.port}"
    assert line(three("GET", "b")) == line(two("GET", "b"))
    assert cluster.node_of("b") is cluster.nodes[0]
    assert cluster.node_of("a") is cluster.nodes[2]


def test_a_refused_call_does_not_count_as_performed(cluster: MockCluster) -> None:
    node = cluster.nodes[1]
    client = node.client()
    client("GET", "b")
    get = node.kernel.commands[b"get"]
    assert (get.calls, get.rejected) == (0, 1)
    assert node.kernel.statistics.errors_by_code == {"MOVED": 1}


def test_a_replica_has_what_its_master_has(cluster: MockCluster) -> None:
    cluster.nodes[0].client()("SET", "b", 1)
    cluster.settle()
    replica = cluster.nodes[3].client()
    assert line(replica("GET", "b")).startswith("MOVED 3300 ")
    replica("READONLY")
    assert replica("GET", "b") == b"1"
    assert line(replica("SET", "b", 2)).startswith("MOVED 3300 ")


def test_replicas_hear_of_what_has_expired_when_the_clock_moves(cluster: MockCluster) -> None:
    clock = cluster.nodes[0].kernel.clock
    assert isinstance(clock, VirtualClock)
    cluster.nodes[0].client()("SET", "b", 1, "PX", 1000)
    cluster.settle()
    assert cluster.nodes[3].client()("DBSIZE") == 1
    clock.advance(1_001)
    assert cluster.nodes[3].client()("DBSIZE") == 0


def test_a_master_that_has_failed_takes_the_cluster_down(cluster: MockCluster) -> None:
    client = cluster.nodes[0].client()
    cluster.fail(cluster.nodes[2])
    assert line(client("GET", "b")) == "CLUSTERDOWN The cluster is down"
    assert client("PING")
    cluster.recover(cluster.nodes[2])
    assert client("GET", "b") is None


def test_without_full_coverage_only_the_lost_slots_are_lost(cluster: MockCluster) -> None:
    client = cluster.nodes[0].client()
    for node in cluster.nodes:
        node.client()("CONFIG", "SET", "cluster-require-full-coverage", "no")
    cluster.fail(cluster.nodes[2])
    assert client("SET", "b", 1)
    assert line(client("GET", "a")).startswith("MOVED 15495 ")
    cluster.fail(cluster.nodes[1])
    assert line(client("GET", "b")) == "CLUSTERDOWN The cluster is down"  # two of three are gone


def test_a_cluster_that_is_down_may_serve_reads(cluster: MockCluster) -> None:
    client = cluster.nodes[0].client()
    client("SET", "b", 1)
    client("CONFIG", "SET", "cluster-allow-reads-when-down", "yes")
    cluster.fail(cluster.nodes[2])
    assert client("GET", "b") == b"1"
    assert line(client("SET", "b", 2)) == (
        "CLUSTERDOWN The cluster is down and only accepts read commands"
    )
    assert line(client("EVAL", "return redis.call('SET', 'b', 1)", 0)).startswith(
        "ERR Script attempted to execute a write command while the cluster is down and readonly"
    )


def test_whoever_waits_is_told_that_the_cluster_is_down(cluster: MockCluster) -> None:
    client = cluster.nodes[0].client()
    client("BLPOP", "b", 0)
    cluster.fail(cluster.nodes[1])
    assert [line(reply) for reply in client.out] == ["CLUSTERDOWN The cluster is down"]


def test_whoever_waits_for_a_key_goes_with_its_slot(cluster: MockCluster) -> None:
    client = cluster.nodes[0].client()
    client("BLPOP", "b", 0)
    cluster.move_slot(SLOT, to=cluster.nodes[1])
    assert [line(reply) for reply in client.out] == [
        f"MOVED 3300 127.0.0.1:{cluster.nodes[1].kernel.port}"
    ]


def test_a_sharded_subscription_ends_when_its_slot_goes(cluster: MockCluster) -> None:
    listener = cluster.nodes[0].client()
    listener("SSUBSCRIBE", "b")
    listener.out.clear()
    cluster.move_slot(SLOT, to=cluster.nodes[1])
    assert listener.out == [Push([b"sunsubscribe", b"b", 0])]


def test_messages_are_heard_in_the_whole_cluster_and_sharded_ones_in_the_shard(
    cluster: MockCluster,
) -> None:
    everywhere = [node.client() for node in cluster.nodes]
    for client in everywhere:
        client("SUBSCRIBE", "news")
        client.out.clear()
    assert cluster.nodes[1].client()("PUBLISH", "news", "hello") == 1
    assert [len(client.out) for client in everywhere] == [1] * 6

    replica = cluster.nodes[3].client()
    replica("SSUBSCRIBE", "b")
    replica.out.clear()
    assert cluster.nodes[0].client()("SPUBLISH", "b", "hello") == 0
    assert replica.out == [Push([b"smessage", b"b", b"hello"])]


def test_a_slot_moves_with_its_keys_and_their_times(cluster: MockCluster) -> None:
    source, target = cluster.nodes[0], cluster.nodes[1]
    client = source.client()
    client("SET", "b", 1, "PX", 5_000)
    client("RPUSH", "{b}list", 1, 2)
    cluster.move_slot(SLOT, to=target)
    assert cluster.node_of("b") is target
    there = target.client()
    assert there("PTTL", "b") == 5_000
    assert there("LRANGE", "{b}list", 0, -1) == [b"1", b"2"]
    assert source.client()("DBSIZE") == 0
    assert [node.view.owners[SLOT] for node in cluster.nodes] == [target.view.me] * 6


def test_a_slot_stays_half_way_as_long_as_a_test_wants(cluster: MockCluster) -> None:
    source, target = cluster.nodes[0], cluster.nodes[1]
    here, there = source.client(), target.client()
    here("MSET", "b", 1, "{b}2", 2)
    with cluster.migrating(SLOT, to=target) as migration:
        migration.move("{b}2", "{b}nothing")
        assert here("GET", "b") == b"1"
        assert line(here("GET", "{b}2")) == f"ASK 3300 127.0.0.1:{target.kernel.port}"
        assert line(here("MGET", "b", "{b}2")).startswith("TRYAGAIN ")
        assert line(there("GET", "{b}2")).startswith("MOVED 3300 ")
        there("ASKING")
        assert there("GET", "{b}2") == b"2"
    assert there("MGET", "b", "{b}2") == [b"1", b"2"]


def test_a_migration_can_be_called_off(cluster: MockCluster) -> None:
    migration = cluster.migrating(SLOT, to=cluster.nodes[1])
    migration.cancel()
    assert cluster.node_of("b") is cluster.nodes[0]
    assert cluster.nodes[0].client()("GET", "b") is None


def test_slots_do_not_go_to_replicas(cluster: MockCluster) -> None:
    with pytest.raises(ClusterError, match="SETSLOT only with masters"):
        cluster.migrating(SLOT, to=cluster.nodes[3])


def test_with_its_last_slot_a_master_becomes_a_replica_and_its_replicas_come_along() -> None:
    cluster = MockCluster(masters=2, replicas=1, clock=VirtualClock())
    cluster.form()
    one, two, *replicas = cluster.nodes
    for node in cluster.nodes:
        node.view.assign(range(1, 16384), two.view.me)
    assert one.slots == [(0, 0)]
    cluster.move_slot(0, to=two)
    cluster.settle()
    assert cluster.replicas_of(two) == [one, *replicas]
    assert line(one.client()("GET", "b")) == f"MOVED 3300 127.0.0.1:{two.kernel.port}"
    assert cluster.bugs == []


def test_a_node_that_gives_up_slots_of_others_is_told_better() -> None:
    cluster = MockCluster(masters=2, clock=VirtualClock())
    cluster.form()
    one, two = (node.client() for node in cluster.nodes)
    one("CLUSTER", "DELSLOTS", 16383)
    cluster.settle()
    assert one("CLUSTER", "INFO").text.startswith(b"cluster_state:ok")
    two("CLUSTER", "DELSLOTS", 16383)
    cluster.settle()
    assert two("CLUSTER", "INFO").text.startswith(b"cluster_state:fail")
    assert one("CLUSTER", "INFO").text.startswith(b"cluster_state:ok")


def test_a_replica_takes_over_and_the_master_follows_it(cluster: MockCluster) -> None:
    old = cluster.nodes[0]
    old.client()("SET", "b", 1)
    new = cluster.fail_over(old)
    assert new is cluster.nodes[3]
    assert (new.is_master, old.is_master) == (True, False)
    assert new.client()("GET", "b") == b"1"
    new.client()("SET", "b", 2)
    cluster.settle()
    reader = old.client()
    reader("READONLY")
    assert reader("GET", "b") == b"2"


@pytest.mark.parametrize(("compat", "shared"), [("redis-7.0", False), ("valkey-8.0", True)])
def test_slots_on_the_move_survive_a_failover_where_replicas_know_of_them(
    compat: str, shared: bool
) -> None:
    cluster = MockCluster(masters=2, replicas=1, clock=VirtualClock(), compat=compat)
    cluster.form()
    one, two, three, four = cluster.nodes
    cluster.migrating(SLOT, to=two)
    cluster.fail_over(one)
    assert list(three.view.migrating) == ([SLOT] if shared else [])
    assert two.view.importing[SLOT] is (three.view.me if shared else one.view.me)
    cluster.fail_over(two)
    assert list(four.view.importing) == ([SLOT] if shared else [])
    assert cluster.bugs == []


def test_a_failed_master_comes_back_as_a_replica(cluster: MockCluster) -> None:
    old = cluster.nodes[0]
    old.client()("SET", "b", 1)
    cluster.settle()
    cluster.fail(old)
    new = cluster.fail_over(old)
    assert new.client()("GET", "b") == b"1"
    assert old.is_master  # nobody has told it
    cluster.recover(old)
    assert not old.is_master
    following = old.kernel.replication.following
    assert following is not None
    assert following.up
    assert len(new.kernel.replication.online) == 1
    with pytest.raises(LookupError, match="no replica"):
        cluster.fail_over(cluster.fail_over(new, to=old), to=cluster.nodes[1])


def test_the_first_replica_takes_over_when_its_master_has_failed_for_too_long() -> None:
    clock = VirtualClock()
    settings = {"cluster-node-timeout": "5000"}
    cluster = MockCluster(masters=3, replicas=2, clock=clock, settings=settings)
    cluster.form()
    old, first, second = cluster.nodes[0], cluster.nodes[3], cluster.nodes[6]
    cluster.fail(old)
    clock.advance(4_999)
    assert cluster.masters == cluster.nodes[1:3]
    clock.advance(1)
    assert cluster.masters == [first, *cluster.nodes[1:3]]
    assert cluster.replicas_of(first) == [second]
    cluster.recover(old)
    assert cluster.replicas_of(first) == [old, second]
    second.client()("CONFIG", "SET", "cluster-replica-no-failover", "yes")
    cluster.fail(first)
    clock.advance(5_000)
    assert cluster.masters[0] is old
    assert cluster.bugs == []


def test_nobody_takes_over_without_most_of_the_masters() -> None:
    clock = VirtualClock()
    cluster = MockCluster(masters=3, replicas=1, clock=clock)
    cluster.form()
    cluster.fail(cluster.nodes[0])
    cluster.fail(cluster.nodes[1])
    clock.advance(60_000)
    assert cluster.masters == cluster.nodes[2:3]
    assert cluster.bugs == []


@pytest.mark.parametrize(("compat", "who"), [("redis-7.0", [0]), ("valkey-8.0", [0, 1, 2, 4, 5])])
def test_a_node_is_forgotten_by_one_or_by_all(compat: str, who: list[int]) -> None:
    clock = VirtualClock()
    cluster = MockCluster(masters=3, replicas=1, clock=clock, compat=compat)
    cluster.form()
    lost = cluster.nodes[3]
    say = cluster.nodes[0].client()
    assert say("CLUSTER", "FORGET", lost.id) is OK
    assert [node.number for node in cluster.nodes if lost.id not in node.view.nodes] == who
    say("CLUSTER", "MEET", "127.0.0.1", lost.kernel.port)
    assert lost.id in cluster.nodes[0].view.nodes
    assert [node.number for node in cluster.nodes if lost.id not in node.view.nodes] == who[1:]
    clock.advance(60_001)
    say("CLUSTER", "MEET", "127.0.0.1", lost.kernel.port)
    assert all(len(node.view.nodes) == 6 for node in cluster.nodes)
    assert cluster.bugs == []


def test_a_transaction_of_two_slots_is_refused_as_a_whole(cluster: MockCluster) -> None:
    client = cluster.nodes[0].client()
    client("MULTI")
    client("SET", "b", 1)
    client("SET", "f", 1)
    reply = client("EXEC")
    assert getattr(reply, "data", reply) == (
        b"-CROSSSLOT Keys in request don't hash to the same slot\r\n"
    )
    assert client("DBSIZE") == 0
    assert client.session.queue is None
