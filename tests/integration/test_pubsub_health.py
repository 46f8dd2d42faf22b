"""A ``PubSub`` with ``health_check_interval`` asks after the server as redis-py's does."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import redis
import redis.asyncio

import adapter
import adapter.asyncio

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]
BOTH = pytest.mark.parametrize(
    ("theirs", "ours"),
    [(redis, adapter), (redis.asyncio, adapter.asyncio)],
    ids=["synchronous", "asynchronous"],
)
LONG_AGO = 1.0


async def done(result: Any) -> Any:
    return await result if inspect.isawaitable(result) else result


async def heard(pubsub: Any) -> Any:
    """The next message or confirmation; a PONG reads as None, and GLIDE may be late with what the
    server said before it.
    """
    pongs = 0
    while (message := await done(pubsub.get_message(timeout=5))) is None:
        pongs += 1
        assert pongs < 5, "nothing comes"
    return message["type"], message["data"]


async def life(library: Any, server: Any, protocol: int) -> list[Any]:
    client = library.Redis(
        host=server.host, port=server.port, health_check_interval=3600, protocol=protocol
    )

    async def pings() -> int:
        stats = await done(client.info("commandstats"))
        return stats.get("cmdstat_ping", {"calls": 0})["calls"]

    before, told = await pings(), []
    pubsub = client.pubsub()
    await done(pubsub.subscribe("c"))
    told += [await heard(pubsub), await pings() - before]
    assert pubsub.connection.next_health_check > LONG_AGO
    for name in ("d", "e"):
        pubsub.connection.next_health_check = LONG_AGO
        await done(pubsub.subscribe(name))
        told += [await heard(pubsub), await pings() - before]
    pubsub.connection.next_health_check = LONG_AGO
    await done(client.publish("c", "x"))
    told.append(await heard(pubsub))
    await done(pubsub.unsubscribe())
    told += sorted([await heard(pubsub) for _ in range(3)], key=lambda one: one[1], reverse=True)
    assert not pubsub.subscribed
    pubsub.connection.next_health_check = LONG_AGO
    await done(pubsub.subscribe("f"))
    told += [await heard(pubsub), await pings() - before]
    told.append((await done(client.pubsub_numsub("c", "f")), pubsub.connection.is_connected))
    await done(pubsub.aclose() if hasattr(pubsub, "aclose") else pubsub.close())
    await done(client.aclose() if hasattr(client, "aclose") else client.close())
    return told


@BOTH
@pytest.mark.parametrize("protocol", [2, 3])
async def test_health_checks_of_a_pubsub_are_as_many_as_redis_pys(theirs, ours, protocol, server):
    mine = await life(ours, server, protocol)

    assert mine == await life(theirs, server, protocol)
