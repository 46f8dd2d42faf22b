"""``python -m benchmarks.weighing WHAT SIDE PORT COUNT``: prints the bytes that one more takes.

In a fresh process each, so that nothing is in memory that somebody else has freed.  The first of a
kind (imports, the first connection) is there before the count begins.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import psutil
import redis.asyncio
from glide import GlideClient, GlideClientConfiguration, NodeAddress

import adapter.asyncio
from benchmarks.goals import ADAPTER, CUSTOM, REDIS_PY

HOST = "127.0.0.1"
AT_ONCE = 100


def resident(pid: int | None = None) -> int:
    """Bytes of memory that a process holds; this one's, if none is named."""
    gc.collect()
    return int(psutil.Process(pid).memory_info().rss)


async def _glide(port: int) -> Any:
    client = await GlideClient.create(GlideClientConfiguration([NodeAddress(HOST, port)]))
    await client.custom_command(["PING"])
    return client


async def _redis(library: Any, port: int) -> Any:
    client = library.Redis(host=HOST, port=port)
    await client.ping()
    return client


CLIENTS: dict[str, Callable[[int], Awaitable[Any]]] = {
    ADAPTER: lambda port: _redis(adapter.asyncio, port),
    REDIS_PY: lambda port: _redis(redis.asyncio, port),
    CUSTOM: _glide,
}


async def client(side: str, port: int, count: int) -> float:
    """A client that has said PING."""
    kept = [await CLIENTS[side](port)]
    before = resident()
    kept += [await CLIENTS[side](port) for _ in range(count)]
    return (resident() - before) / count


async def subscription(side: str, port: int, count: int) -> float:
    """A channel more that one ``pubsub()`` listens to."""
    pubsub = (await CLIENTS[side](port)).pubsub()
    await pubsub.subscribe("first")
    before = resident()
    for start in range(0, count, AT_ONCE):
        await pubsub.subscribe(*(f"channel:{start + number}" for number in range(AT_ONCE)))
    while len(pubsub.channels) <= count or pubsub.pending_unsubscribe_channels:
        await pubsub.get_message(timeout=1)
    return (resident() - before) / count


async def calls(side: str, port: int, count: int) -> float:
    """What is left of a call: GET and SET, a hundred in flight; a tenth of them come before."""
    one = await CLIENTS[side](port)

    async def some(portions: int) -> None:
        for _ in range(portions):
            await asyncio.gather(*[one.set("k", "v") for _ in range(AT_ONCE // 2)])
            await asyncio.gather(*[one.get("k") for _ in range(AT_ONCE // 2)])

    await some(count // AT_ONCE // 10)
    before = resident()
    await some(count // AT_ONCE)
    return (resident() - before) / count


WHAT = {each.__name__: each for each in (client, subscription, calls)}

if __name__ == "__main__":
    what, side, port, count = sys.argv[1:]
    print(asyncio.run(WHAT[what](side, int(port), int(count))))
