"""What moves, fails and stands still in a cluster while the adapter's clients use it."""

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
from redis.exceptions import ConnectionError, TimeoutError
from redis.retry import Retry

import adapter
import adapter.asyncio
from tests.integration.cluster_targets import RealCluster, until

pytestmark = pytest.mark.skipif(redis.VERSION < (8,), reason="made of redis-py 8's cluster")

KEYS = ("a", "b", "c")
"""Of three masters."""


@pytest.fixture
def make(cluster: RealCluster) -> Iterator[Callable[..., adapter.RedisCluster]]:
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
    cluster: RealCluster,
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
    for _ in range(100):
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
    for _ in range(10):
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


def test_what_is_asked_while_a_slot_moves_is_answered(
    cluster: RealCluster, make: Callable[..., Any]
) -> None:
    client = make(decode_responses=True)
    slot = key_slot(b"a")
    client.mset({"{a}1": "one", "{a}2": "two"})

    source, target = cluster.open_slot(slot)
    cluster.carry(source, target, "{a}1")
    assert client.get("{a}1") == "one"
    assert client.append("{a}1", "!") == 4
    assert client.get("{a}2") == "two"
    assert client.execute_command("EVAL", "return redis.call('get', KEYS[1])", 1, "{a}1") == "one!"
    assert client.pipeline().get("{a}1").get("{a}2").get("b").execute() == ["one!", "two", None]
    assert client.blpop("{a}3", 0.01) is None

    cluster.carry(source, target, "{a}2")
    cluster.close_slot(slot, target)
    assert client.mget("{a}1", "{a}2") == ["one!", "two"]
    assert client.get_node_from_key("a").port == target.port


async def test_what_is_asked_while_a_slot_moves_is_answered_asynchronously(
    cluster: RealCluster, amake: Callable[..., Any]
) -> None:
    client = amake(decode_responses=True)
    slot = key_slot(b"b")
    await client.mset({"{b}1": "one", "{b}2": "two"})

    source, target = cluster.open_slot(slot)
    cluster.carry(source, target, "{b}1")
    got = await asyncio.gather(client.get("{b}1"), client.append("{b}1", "!"), client.get("{b}2"))
    assert got == ["one", 4, "two"]
    assert await client.pipeline().get("{b}1").get("{b}2").get("a").execute() == [
        "one!",
        "two",
        None,
    ]

    cluster.carry(source, target, "{b}2")
    cluster.close_slot(slot, target)
    assert await client.mget("{b}1", "{b}2") == ["one!", "two"]
    assert client.get_node_from_key("b").port == target.port


def test_nothing_is_lost_or_done_twice_while_a_slot_moves_under_many_threads(
    cluster: RealCluster, make: Callable[..., Any]
) -> None:
    client = make()
    slot = key_slot(b"c")
    over = threading.Event()
    counts = [0] * 4

    def count(number: int) -> None:
        while not over.is_set():
            client.incr(f"{{c}}{number}")
            counts[number] += 1

    threads = [threading.Thread(target=count, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    until(lambda: all(counts))
    source, target = cluster.open_slot(slot)
    cluster.carry(source, target, *(f"{{c}}{number}" for number in range(4)))
    cluster.close_slot(slot, target)
    seen = list(counts)
    until(lambda: all(now > then + 5 for now, then in zip(counts, seen, strict=True)))
    over.set()
    for thread in threads:
        thread.join()
    assert [int(client.get(f"{{c}}{number}")) for number in range(4)] == counts


def test_a_failover_is_followed(cluster: RealCluster, make: Callable[..., Any]) -> None:
    client = make()
    client.set("a", 1)
    master = cluster.owner(key_slot(b"a"))

    with client.pipeline(transaction=True) as pipe:
        pipe.watch("a")
        replica = cluster.promote(master)
        cluster.settle()
        assert client.incr("a") == 2
        assert client.pipeline().incr("a").incr("b").execute() == [3, 1]
        pipe.multi()
        pipe.set("a", "never")
        with pytest.raises(redis.exceptions.WatchError):
            pipe.execute()

    assert client.pipeline(transaction=True).incr("a").get("a").execute() == [4, b"4"]
    assert client.get_node_from_key("a").port == replica.port


async def test_a_failover_is_followed_asynchronously(
    cluster: RealCluster, amake: Callable[..., Any]
) -> None:
    client = amake()
    await client.set("b", 1)
    master = cluster.owner(key_slot(b"b"))
    replica = await asyncio.to_thread(cluster.promote, master)
    await asyncio.to_thread(cluster.settle)
    assert await asyncio.gather(client.incr("b"), client.incr("b"), client.incr("a")) == [2, 3, 1]
    assert await client.pipeline(transaction=True).incr("b").execute() == [4]
    assert client.get_node_from_key("b").port == replica.port


@pytest.fixture
def frozen(cluster: RealCluster) -> Iterator[Callable[[str], None]]:
    """Stops the master of a key, as a machine stops that has too much to do."""
    stopped: list[Any] = []

    def freeze(key: str) -> None:
        server = cluster.owner(key_slot(key.encode()))
        os.kill(server.process.pid, signal.SIGSTOP)
        stopped.append(server)

    yield freeze
    for server in stopped:
        os.kill(server.process.pid, signal.SIGCONT)
    cluster.settle()


LIMITS: dict[str, Any] = {"socket_timeout": 0.4, "socket_connect_timeout": 0.4}


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
        assert time.monotonic() - began < 0.4 + 1
        assert client.get("b") == b"1"
        assert client.pipeline().get("b").get("c").execute() == [b"1", b"1"]


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
    assert time.monotonic() - began < 0.4 + 1
    assert await client.get("b") == b"1"
