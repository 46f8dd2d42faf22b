"""What moves, fails and stands still in a cluster while the adapter's clients use it.

``ORDER_RUNS=1000`` repeats the programs of order as often, as in test_adapter_order.py.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import redis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.crc import key_slot
from redis.exceptions import (
    ClusterDownError,
    ConnectionError,
    ResponseError,
    SlotNotCoveredError,
    TimeoutError,
)
from redis.retry import Retry

import adapter
import adapter.asyncio
from tests.integration.clusters import Cluster, RealCluster, eventually

pytestmark = pytest.mark.skipif(redis.VERSION < (8,), reason="made of redis-py 8's cluster")

KEYS = ("a", "b", "c")
"""Of three masters."""


def runs(usual: int) -> range:
    """How often a program of order is repeated."""
    return range(int(os.environ.get("ORDER_RUNS", usual)))


@pytest.fixture
def make(cluster: Cluster) -> Iterator[Callable[..., adapter.RedisCluster]]:
    """Makes ``adapter.RedisCluster`` clients."""
    made: list[adapter.RedisCluster] = []

    def make_one(**options: Any) -> adapter.RedisCluster:
        made.append(adapter.RedisCluster(host=cluster.host, port=cluster.ports[0], **options))
        return made[-1]

    yield make_one
    for client in made:
        client.close()


@pytest.fixture
async def amake(
    cluster: Cluster,
) -> AsyncIterator[Callable[..., adapter.asyncio.RedisCluster]]:
    """Makes ``adapter.asyncio.RedisCluster`` clients."""
    made: list[adapter.asyncio.RedisCluster] = []

    def make_one(**options: Any) -> adapter.asyncio.RedisCluster:
        made.append(
            adapter.asyncio.RedisCluster(host=cluster.host, port=cluster.ports[0], **options)
        )
        return made[-1]

    yield make_one
    for client in made:
        await client.aclose()


async def test_calls_that_are_not_awaited_one_by_one_keep_their_order_in_each_slot(
    amake: Callable[..., Any],
) -> None:
    client = amake()
    for _ in runs(100):
        await client.delete(*KEYS)
        await asyncio.gather(*(client.rpush(KEYS[n % 3], n) for n in range(60)))
        for offset, key in enumerate(KEYS):
            assert [int(item) for item in await client.lrange(key, 0, -1)] == list(
                range(offset, 60, 3)
            )


async def test_order_holds_beside_errors_pipelines_and_cancellations(
    amake: Callable[..., Any],
) -> None:
    client = amake()
    await client.set("{a}s", "text")
    for _ in runs(10):
        await client.delete("a")
        calls = []
        for n in range(30):
            calls.append(asyncio.ensure_future(client.rpush("a", n)))
            if n % 3 == 0:
                calls.append(asyncio.ensure_future(client.lpush("{a}s", n)))
            if n % 3 == 1:
                calls.append(asyncio.ensure_future(client.get("b")))
                calls[-1].cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        assert [int(item) for item in await client.lrange("a", 0, -1)] == list(range(30))


class Move:
    """A slot on its way to another master, step by step."""

    def __init__(self, cluster: Cluster, key: str) -> None:
        self._cluster = cluster
        self.slot = key_slot(key.encode())
        self.source = owner(cluster, key)
        self.target = next(port for port in cluster.masters if port != self.source)

    def begin(self) -> None:
        """Keys may go."""
        cluster = self._cluster
        here, there = cluster.connect(self.source), cluster.connect(self.target)
        there("CLUSTER", "SETSLOT", self.slot, "IMPORTING", cluster.id_of(self.source))
        here("CLUSTER", "SETSLOT", self.slot, "MIGRATING", cluster.id_of(self.target))

    def carry(self, *keys: str) -> None:
        """These have gone."""
        here = self._cluster.connect(self.source)
        words = ("MIGRATE", self._cluster.host, self.target, "", 0, 5000, "KEYS", *keys)
        assert here(*words) == b"OK"

    def end(self) -> None:
        """The slot is there."""
        cluster, name = self._cluster, self._cluster.id_of(self.target)
        for port in sorted(cluster.masters, key=lambda port: port != self.target):
            cluster.connect(port)("CLUSTER", "SETSLOT", self.slot, "NODE", name)


def owner(cluster: Cluster, key: str) -> int:
    """The port of the master that has the key."""
    slot = key_slot(key.encode())
    for first, last, (_, port, *_), *_ in cluster.connect(cluster.ports[0])("CLUSTER", "SLOTS"):
        if first <= slot <= last:
            return int(port)
    raise LookupError(key)


@pytest.fixture
def moving(cluster: Cluster) -> Iterator[Callable[[str], Move]]:
    """Begins to move the slot of a key; in the end it is where it was."""
    begun: list[Move] = []

    def move(key: str) -> Move:
        begun.append(Move(cluster, key))
        begun[-1].begin()
        return begun[-1]

    yield move
    for each in begun:
        cluster.move(each.slot, each.target, each.source)


def settle(cluster: Cluster) -> None:
    """Returns once every node knows who leads, and every replica follows."""

    def well(port: int) -> bool:
        wire = cluster.connect(port)
        slots = wire("CLUSTER", "SLOTS")
        info = wire("INFO", "replication")
        return (
            b"cluster_state:ok" in wire("CLUSTER", "INFO")
            and all(len(each) == 4 for each in slots)
            and {each[2][1] for each in slots} == leading
            and (b"role:master" in info or b"master_link_status:up" in info)
        )

    def all_well() -> bool:
        nonlocal leading
        leading = set(cluster.masters)
        return all(well(port) for port in cluster.ports)

    leading: set[int] = set()
    eventually(all_well)
    cluster.close()


def promote(cluster: Cluster, master: int) -> int:
    """The replica takes the place of its master; returns its port."""
    replica = cluster.replica_of(master)
    assert cluster.connect(replica)("CLUSTER", "FAILOVER", "TAKEOVER") == b"OK"
    eventually(lambda: replica in cluster.masters)
    return replica


def test_what_is_asked_while_a_slot_moves_is_answered(
    make: Callable[..., Any], moving: Callable[[str], Move]
) -> None:
    client = make(decode_responses=True)
    client.mset({"{a}1": "one", "{a}2": "two"})

    move = moving("a")
    move.carry("{a}1")
    assert client.get("{a}1") == "one"
    assert client.append("{a}1", "!") == 4
    assert client.get("{a}2") == "two"
    assert client.execute_command("EVAL", "return redis.call('get', KEYS[1])", 1, "{a}1") == "one!"
    assert client.pipeline().get("{a}1").get("{a}2").get("b").execute() == ["one!", "two", None]
    assert client.blpop("{a}3", 0.01) is None
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        client.lpush("{a}1", 1)

    move.carry("{a}2")
    move.end()
    # each is run once, wherever it is sent on the way
    counted = client.pipeline().incr("{a}n").incr("{b}n").get("none").incr("{a}n")
    assert counted.execute() == [1, 1, None, 2]
    assert client.mget("{a}1", "{a}2") == ["one!", "two"]
    assert client.get_node_from_key("a").port == move.target


async def test_what_is_asked_while_a_slot_moves_is_answered_asynchronously(
    amake: Callable[..., Any], moving: Callable[[str], Move]
) -> None:
    client = amake(decode_responses=True)
    await client.mset({"{b}1": "one", "{b}2": "two"})

    move = moving("b")
    move.carry("{b}1")
    got = await asyncio.gather(client.get("{b}1"), client.append("{b}1", "!"), client.get("{b}2"))
    assert got == ["one", 4, "two"]
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await client.lpush("{b}1", 1)
    both = client.pipeline().get("{b}1").get("{b}2").get("a")
    assert await both.execute() == ["one!", "two", None]

    move.carry("{b}2")
    move.end()
    # each is run once, wherever it is sent on the way
    counted = client.pipeline().incr("{b}n").incr("{a}n").get("none").incr("{b}n")
    assert await counted.execute() == [1, 1, None, 2]
    assert await client.mget("{b}1", "{b}2") == ["one!", "two"]
    assert client.get_node_from_key("b").port == move.target


@pytest.mark.targets("redis", "valkey")  # the mock goes on serving a key that travels
def test_nothing_is_lost_or_done_twice_while_a_slot_moves_under_many_threads(
    make: Callable[..., Any], moving: Callable[[str], Move]
) -> None:
    client = make()
    over = threading.Event()
    counts = [0] * 4

    def count(number: int) -> None:
        while not over.is_set():
            client.incr(f"{{c}}{number}")
            counts[number] += 1

    threads = [threading.Thread(target=count, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    try:
        eventually(lambda: all(counts))
        move = moving("c")
        move.carry(*(f"{{c}}{number}" for number in range(4)))
        move.end()
        seen = list(counts)
        eventually(lambda: all(now > then + 5 for now, then in zip(counts, seen, strict=True)))
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert [int(client.get(f"{{c}}{number}")) for number in range(4)] == counts


@pytest.mark.targets("mock")
@pytest.mark.parametrize("steps", [0, 1])
async def test_the_slot_map_is_read_anew_after_so_many_moves(
    make: Callable[..., Any], amake: Callable[..., Any], moving: Callable[[str], Move], steps: int
) -> None:
    client, other = make(reinitialize_steps=steps), amake(reinitialize_steps=steps)
    await other.set("a", 1)
    move = moving("a")
    move.carry("a")
    assert await other.blpop(["{a}list"], 0.01) is None
    move.end()
    assert client.incr("a") == 2
    assert await other.incr("a") == 3
    assert await other.incr("a") == 4
    assert client.get_node_from_key("a").port == move.target
    assert other.get_node_from_key("a").port == move.target


@pytest.mark.targets("mock")
async def test_a_slot_that_nobody_serves_is_told_in_the_servers_words(
    cluster: Cluster, make: Callable[..., Any], amake: Callable[..., Any]
) -> None:
    options = {"require_full_coverage": False}
    client = make(**options, retry=Retry(NoBackoff(), 0))
    other = amake(**options, retry=AsyncRetry(NoBackoff(), 0))
    await other.get("a")
    slot, home = key_slot(b"a"), owner(cluster, "a")
    for port in cluster.masters:
        assert cluster.connect(port)("CLUSTER", "DELSLOTS", slot) == b"OK"
    try:
        for _ in range(2):
            with pytest.raises((ClusterDownError, SlotNotCoveredError)):
                client.get("a")
            with pytest.raises((ClusterDownError, SlotNotCoveredError)):
                await other.get("a")
            assert client.get("b") == await other.get("b")
    finally:
        assert cluster.connect(home)("CLUSTER", "ADDSLOTS", slot) == b"OK"
    eventually(lambda: owner(cluster, "a") == home)


def test_a_failover_is_followed(cluster: Cluster, make: Callable[..., Any]) -> None:
    client = make()
    client.set("a", 1)
    with client.pipeline(transaction=True) as pipe:
        pipe.watch("a")
        replica = promote(cluster, owner(cluster, "a"))
        settle(cluster)
        assert client.incr("a") == 2
        assert client.pipeline().incr("a").incr("b").execute() == [3, 1]
        pipe.multi()
        pipe.set("a", "never")
        with pytest.raises(redis.exceptions.WatchError):
            pipe.execute()

    assert client.pipeline(transaction=True).incr("a").get("a").execute() == [4, b"4"]
    assert client.get_node_from_key("a").port == replica


async def test_a_failover_is_followed_asynchronously(
    cluster: Cluster, amake: Callable[..., Any]
) -> None:
    client = amake()
    await client.set("b", 1)
    replica = await asyncio.to_thread(promote, cluster, owner(cluster, "b"))
    await asyncio.to_thread(settle, cluster)
    assert await asyncio.gather(client.incr("b"), client.incr("b"), client.incr("a")) == [2, 3, 1]
    assert await client.pipeline(transaction=True).incr("b").execute() == [4]
    assert client.get_node_from_key("b").port == replica


@pytest.fixture
def frozen(cluster: Cluster) -> Iterator[Callable[[str], None]]:
    """Stops the master of a key, as a machine stops that has too much to do."""
    assert isinstance(cluster, RealCluster)
    stopped: list[int] = []

    def freeze(key: str) -> None:
        process = cluster.process(owner(cluster, key))
        os.kill(process.pid, signal.SIGSTOP)
        stopped.append(process.pid)

    yield freeze
    for pid in stopped:
        os.kill(pid, signal.SIGCONT)
    settle(cluster)


LIMITS: dict[str, Any] = {"socket_timeout": 0.4, "socket_connect_timeout": 0.4}
SOON = 0.4 + 1 + 2
"""The limit, the second that is promised, and what a busy machine may add."""


@pytest.mark.targets("redis", "valkey")
def test_a_node_that_stands_still_holds_up_nobody_else(
    make: Callable[..., Any], frozen: Callable[[str], None]
) -> None:
    client = make(**LIMITS, retry=Retry(NoBackoff(), 0))
    client.set("b", 1)
    client.set("c", 1)
    frozen("a")
    for _ in range(2):
        began = time.monotonic()
        with pytest.raises((TimeoutError, ConnectionError)):
            client.get("a")
        assert time.monotonic() - began < SOON
        assert client.get("b") == b"1"
        assert client.pipeline().get("b").get("c").execute() == [b"1", b"1"]


@pytest.mark.targets("redis", "valkey")
async def test_a_node_that_stands_still_holds_up_nobody_else_asynchronously(
    amake: Callable[..., Any], frozen: Callable[[str], None]
) -> None:
    client = amake(**LIMITS, retry=AsyncRetry(NoBackoff(), 0))
    await client.set("b", 1)
    frozen("a")
    began = time.monotonic()
    late, *others = await asyncio.gather(
        client.get("a"), client.get("b"), client.get("b"), return_exceptions=True
    )
    assert isinstance(late, TimeoutError | ConnectionError)
    assert others == [b"1", b"1"]
    assert time.monotonic() - began < SOON
    assert await client.get("b") == b"1"
