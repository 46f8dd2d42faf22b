"""What is said at a master is heard at its replica, as with redis-py."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

import adapter
import adapter.asyncio
from tests.targets import Server, running

# the mock follows no other server
pytestmark = pytest.mark.targets("redis", "valkey")
BOTH = pytest.mark.parametrize(
    ("theirs", "ours"),
    [(redis, adapter), (redis.asyncio, adapter.asyncio)],
    ids=["synchronous", "asynchronous"],
)
SECONDS = 20.0


async def done(result: Any) -> Any:
    return await result if inspect.isawaitable(result) else result


@pytest.fixture
async def replica(server: Server) -> AsyncIterator[Server]:
    """One that hears what is published at ``server``."""
    with redis.Redis(server.host, server.port) as master:
        # else it would wait for other replicas to come
        master.config_set("repl-diskless-sync-delay", 0)
    with running(server.name, "--replicaof", server.host, str(server.port)) as following:
        with redis.Redis(following.host, following.port) as client:
            async with asyncio.timeout(SECONDS):
                while client.info("replication")["master_link_status"] != "up":
                    await asyncio.sleep(0.01)
        yield following


async def heard(pubsub: Any) -> Any:
    async with asyncio.timeout(SECONDS):
        while (message := await done(pubsub.get_message(timeout=1))) is None:
            continue
    return message


async def life(library: Any, server: Server, replica: Server) -> list[Any]:
    master = redis.Redis(server.host, server.port)
    client = library.Redis(host=replica.host, port=replica.port)
    pubsub = client.pubsub()
    told: list[Any] = []
    await done(pubsub.subscribe("a", "b"))
    told += [await heard(pubsub), await heard(pubsub)]
    await done(pubsub.psubscribe("n*"))
    told.append(await heard(pubsub))
    for channel in ("a", "news", "b"):
        master.publish(channel, b"\x00\xff")
        told.append(await heard(pubsub))
    await done(client.publish("a", "at the replica"))
    told.append(await heard(pubsub))
    await done(pubsub.ping("hello"))
    told.append(await heard(pubsub))
    await done(pubsub.unsubscribe("a"))
    told += [await heard(pubsub), await done(client.pubsub_numsub("a", "b")), pubsub.subscribed]
    await done(pubsub.unsubscribe())
    await done(pubsub.punsubscribe())
    told += [await heard(pubsub), await heard(pubsub), pubsub.subscribed]
    await done(pubsub.aclose() if hasattr(pubsub, "aclose") else pubsub.close())
    await done(client.aclose() if hasattr(client, "aclose") else client.close())
    master.close()
    return told


@BOTH
async def test_a_pubsub_hears_at_a_replica_what_redis_pys_hears(theirs, ours, server, replica):
    mine = await life(ours, server, replica)

    assert mine == await life(theirs, server, replica)


@BOTH
async def test_a_connection_that_is_cut_is_mended_with_its_subscriptions(
    theirs, ours, server, replica
):
    retry = AsyncRetry if ours is adapter.asyncio else Retry
    client = ours.Redis(host=replica.host, port=replica.port, retry=retry(NoBackoff(), 3))
    pubsub = client.pubsub()
    await done(pubsub.subscribe("a"))
    assert (await heard(pubsub))["type"] == "subscribe"
    with redis.Redis(replica.host, replica.port) as other:
        assert other.client_kill_filter(_type="pubsub") == 1
        assert (await heard(pubsub))["type"] == "subscribe"
        other.publish("a", "x")
        assert (await heard(pubsub))["data"] == b"x"
    await done(pubsub.aclose() if hasattr(pubsub, "aclose") else pubsub.close())
    await done(client.aclose() if hasattr(client, "aclose") else client.close())


async def test_a_bridge_emits_what_is_heard_at_a_replica(server, replica):
    async with adapter.asyncio.Redis(host=replica.host, port=replica.port) as client:
        bridge, came = adapter.asyncio.PubSubBridge(client), asyncio.Queue()
        bridge.on("message", lambda *message: came.put_nowait(message))
        assert await bridge.subscribe("a", "b") == 2
        assert await bridge.psubscribe("n*") == 3
        await client.publish("b", "x")
        async with asyncio.timeout(SECONDS):
            assert await came.get() == ("b", "x")
        assert await bridge.unsubscribe() == 1
        await bridge.aclose()
