"""Cluster clients on a MockCluster as on real clusters: redis-py, GLIDE and redis-cli."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
from collections.abc import AsyncIterator, Iterator

import pytest
import redis
from glide import (
    ClusterBatch,
    GlideClusterClient,
    GlideClusterClientConfiguration,
    NodeAddress,
)
from redis.asyncio.cluster import RedisCluster as AsyncRedisCluster
from redis.cluster import LoadBalancingStrategy, RedisCluster

from mock_backend import MockCluster
from mock_backend.kernel.cluster.slots import SLOTS
from tests.integration.clusters import Cluster, eventually
from tests.targets import Missing, program

KEYS = [f"key:{number}" for number in range(100)]
"""In slots of all masters."""


@pytest.fixture
def client(cluster: Cluster) -> Iterator[RedisCluster]:
    """A cluster client of redis-py that is told one node."""
    with RedisCluster(host=cluster.host, port=cluster.ports[0], decode_responses=True) as client:
        yield client


def test_redis_py_finds_every_node(cluster: Cluster, client: RedisCluster) -> None:
    assert sorted(node.port for node in client.get_nodes()) == sorted(cluster.ports)
    assert sorted(node.port for node in client.get_primaries()) == sorted(cluster.masters)
    assert client.cluster_keyslot("a") == MockCluster.key_slot("a") == 15495
    assert client.get_node_from_key("a").port == cluster.masters[2]


def test_redis_py_reads_and_writes_everywhere(client: RedisCluster) -> None:
    for key in KEYS:
        assert client.set(key, key.upper())
    assert [client.get(key) for key in KEYS] == [key.upper() for key in KEYS]
    assert client.dbsize(target_nodes=RedisCluster.PRIMARIES) == len(KEYS)
    assert sorted(client.scan_iter("key:*")) == sorted(KEYS)
    assert client.mget_nonatomic(KEYS[:10]) == [key.upper() for key in KEYS[:10]]
    assert client.delete(*KEYS[:10]) == 10
    assert client.eval("return redis.call('get', KEYS[1])", 1, KEYS[50]) == KEYS[50].upper()
    with pytest.raises(redis.RedisClusterException):
        client.mget(KEYS[0], KEYS[1])


def test_redis_py_sends_pipelines_to_all_nodes(client: RedisCluster) -> None:
    with client.pipeline() as pipe:
        for key in KEYS:
            pipe.set(key, 1)
            pipe.incr(key)
        assert pipe.execute() == [True, 2] * len(KEYS)


def test_redis_py_goes_after_a_slot_that_moves(cluster: Cluster, client: RedisCluster) -> None:
    source, target = cluster.masters[:2]
    client.mset({"b": "1", "{b}2": "2"})
    cluster.move(3300, source, target)
    assert client.get("b") == "1"
    assert client.get_node_from_key("b").port == target
    cluster.move(3300, target, source)
    assert client.mget("b", "{b}2") == ["1", "2"]


def test_redis_py_asks_while_a_slot_is_moving(cluster: Cluster, client: RedisCluster) -> None:
    source, target = (cluster.connect(port) for port in cluster.masters[:2])
    source_id, target_id = (cluster.id_of(port) for port in cluster.masters[:2])
    target("CLUSTER", "SETSLOT", 3300, "IMPORTING", source_id)
    source("CLUSTER", "SETSLOT", 3300, "MIGRATING", target_id)
    try:
        assert client.set("{b}new", 1)
        assert client.get("{b}new") == "1"
        assert target("CLUSTER", "COUNTKEYSINSLOT", 3300) == 1
        assert source("CLUSTER", "COUNTKEYSINSLOT", 3300) == 0
    finally:
        for wire in (source, target):
            wire("CLUSTER", "SETSLOT", 3300, "STABLE")
        target("FLUSHALL")


def test_redis_py_follows_a_failover(cluster: Cluster, client: RedisCluster) -> None:
    old = cluster.masters[0]
    new = cluster.replica_of(old)
    client.set("b", 1)
    cluster.connect(new)("CLUSTER", "FAILOVER", "TAKEOVER")
    eventually(lambda: cluster.connect(old)("ROLE")[0] == b"slave")
    assert client.get("b") == "1"
    assert client.set("b", 2)


def test_redis_py_hears_sharded_messages(cluster: Cluster, client: RedisCluster) -> None:
    with client.pubsub() as pubsub:
        pubsub.ssubscribe("b")
        assert pubsub.get_sharded_message(timeout=5)["type"] == "ssubscribe"
        client.spublish("b", "hello")
        message = pubsub.get_sharded_message(timeout=5)
        assert (message["type"], message["data"]) == ("smessage", "hello")


def test_redis_py_reads_from_replicas(cluster: Cluster, client: RedisCluster) -> None:
    client.set("b", 1)
    with RedisCluster(
        host=cluster.host,
        port=cluster.ports[0],
        load_balancing_strategy=LoadBalancingStrategy.ROUND_ROBIN_REPLICAS,
        decode_responses=True,
    ) as reader:
        eventually(lambda: [reader.get("b") for _ in range(4)] == ["1"] * 4)
    port = cluster.replica_of(cluster.masters[0])
    assert "cmdstat_get:" in cluster.connect(port)("INFO", "commandstats").decode()


def test_redis_py_makes_transactions_within_a_slot(client: RedisCluster) -> None:
    with client.pipeline(transaction=True) as pipe:
        pipe.watch("{b}1")
        pipe.multi()
        pipe.set("{b}1", 1)
        pipe.incr("{b}1")
        assert pipe.execute()[1] == 2
        pipe.watch("{b}1")
        client.incr("{b}1")
        pipe.multi()
        pipe.get("{b}1")
        with pytest.raises(redis.WatchError):
            pipe.execute()


async def test_redis_py_finds_its_way_in_asyncio_too(cluster: Cluster) -> None:
    async with AsyncRedisCluster(
        host=cluster.host, port=cluster.ports[-1], decode_responses=True
    ) as client:
        assert await asyncio.gather(*(client.set(key, key) for key in KEYS)) == [True] * len(KEYS)
        assert await asyncio.gather(*(client.get(key) for key in KEYS)) == KEYS
        pipe = client.pipeline()
        for key in KEYS:
            pipe.strlen(key)
        assert await pipe.execute() == [len(key) for key in KEYS]


@pytest.fixture
def mock() -> Iterator[MockCluster]:
    """A cluster in a thread of its own: GLIDE keeps the event loop while it connects."""
    with MockCluster(masters=3, replicas=1) as mock:
        yield mock
        assert mock.bugs == []


@pytest.fixture
async def glide(mock: MockCluster) -> AsyncIterator[GlideClusterClient]:
    """A cluster client of GLIDE that is told one node."""
    client = await GlideClusterClient.create(
        GlideClusterClientConfiguration([NodeAddress(mock.host, mock.port)], request_timeout=5000)
    )
    yield client
    await client.close()


async def test_glide_reads_and_writes_in_every_slot(
    mock: MockCluster, glide: GlideClusterClient
) -> None:
    for key in KEYS:
        assert await glide.set(key, key.upper()) == "OK"
    assert [await glide.get(key) for key in KEYS] == [key.upper().encode() for key in KEYS]
    assert await glide.dbsize() == len(KEYS)
    assert await glide.mget(KEYS) == [key.upper().encode() for key in KEYS]  # split by slot
    assert all(node.client()("DBSIZE") for node in mock.masters)


async def test_glide_sends_one_batch_over_every_tenth_slot(
    mock: MockCluster, glide: GlideClusterClient
) -> None:
    keys: dict[int, str] = {}
    numbers = itertools.count()
    while len(keys) < SLOTS // 10:
        key = str(next(numbers))
        if (slot := mock.key_slot(key)) % 10 == 0:
            keys.setdefault(slot, key)
    writing, reading = ClusterBatch(is_atomic=False), ClusterBatch(is_atomic=False)
    for slot, key in keys.items():
        writing.set(key, str(slot))
        reading.get(key)
    assert set(await glide.exec(writing, raise_on_error=True)) == {"OK"}
    assert await glide.exec(reading, raise_on_error=True) == [b"%d" % slot for slot in keys]
    assert sum(node.client()("DBSIZE") for node in mock.masters) == len(keys)


async def test_glide_sends_one_batch_over_slots(glide: GlideClusterClient) -> None:
    batch = ClusterBatch(is_atomic=False)
    for key in KEYS:
        batch.set(key, "1")
        batch.incr(key)
    assert await glide.exec(batch, raise_on_error=True) == ["OK", 2] * len(KEYS)
    atomic = ClusterBatch(is_atomic=True)
    atomic.set("{b}1", "x")
    atomic.get("{b}1")
    assert await glide.exec(atomic, raise_on_error=True) == ["OK", b"x"]


async def test_glide_goes_after_slots_and_masters(
    mock: MockCluster, glide: GlideClusterClient
) -> None:
    await glide.set("b", "1")
    mock.move_slot(mock.key_slot("b"), to=mock.nodes[1])
    assert await glide.get("b") == b"1"
    new = mock.fail_over(mock.nodes[1])
    assert await glide.set("b", "2") == "OK"
    assert new.client()("GET", "b") == b"2"
    with mock.migrating(mock.key_slot("b"), to=mock.nodes[2]):
        assert await glide.set("{b}new", "1") == "OK"
    assert mock.nodes[2].client()("MGET", "b", "{b}new") == [b"2", b"1"]


async def test_glide_finds_who_took_over_from_a_failed_master(
    mock: MockCluster, glide: GlideClusterClient
) -> None:
    await glide.set("b", "1")
    mock.fail(mock.nodes[0])
    mock.fail_over(mock.nodes[0])
    assert await glide.get("b") == b"1"


def test_redis_cli_manages_a_mock_cluster() -> None:
    try:
        path = program("redis-cli")
    except Missing as missing:
        pytest.skip(str(missing))

    def run(*words: str) -> str:
        done = subprocess.run(
            [str(path), "--cluster", *words],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    with MockCluster(masters=3, joined=False) as mock:
        places = [f"{mock.host}:{port}" for port in mock.ports]
        created = run("create", *places, "--cluster-yes")
        assert "[OK] All 16384 slots covered." in created
        mock.node_of("b").client()("SET", "b", 1)
        source, target = mock.nodes[0], mock.nodes[1]
        ends = ("--cluster-from", source.id, "--cluster-to", target.id)
        run("reshard", places[0], *ends, "--cluster-slots", "10", "--cluster-yes")
        assert [last - first for first, last in target.slots] == [9, 5461]
        assert "[OK] 1 keys in 3 masters." in run("info", places[0])
        assert "[OK] All nodes agree about slots configuration." in run("check", places[2])
        assert mock.bugs == []
