"""The asynchronous client in whatever event loop the application runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import adapter.asyncio
from tests.integration.clusters import eventually

CALLS = 1_000
RUNS = 10
DESCRIPTORS = Path("/proc/self/fd")


def test_the_loop_is_the_one_that_was_asked_for(request):
    with asyncio.Runner() as runner:
        kind = type(runner.get_loop()).__module__.partition(".")[0]

    assert kind == request.config.getoption("--loop")


def test_one_client_serves_loops_one_after_the_other(server):
    client = adapter.asyncio.Redis(host=server.host, port=server.port)

    async def pushed() -> list[int]:
        return await asyncio.gather(*(client.rpush("l", number) for number in range(CALLS)))

    async def ended() -> None:
        await client.aclose()

    for run in (1, 2, 3):
        assert asyncio.run(pushed()) == list(range((run - 1) * CALLS + 1, run * CALLS + 1))
    asyncio.run(ended())


@pytest.mark.skipif(not DESCRIPTORS.is_dir(), reason="the system does not list them")
def test_a_loop_that_ends_in_the_middle_of_a_call_leaves_no_descriptor_behind(server):
    async def interrupted() -> None:
        client = adapter.asyncio.Redis(host=server.host, port=server.port)
        await client.ping()
        waiting = asyncio.ensure_future(client.blpop("nothing", timeout=0))
        calls = [asyncio.ensure_future(client.get("k")) for _ in range(10)]
        await asyncio.wait(calls)
        waiting.cancel()
        await asyncio.wait({waiting})
        await client.aclose()

    def opened() -> int:
        return len(list(DESCRIPTORS.iterdir()))

    asyncio.run(interrupted())  # whose pipe stays, as long as the process
    before = opened()
    for _ in range(RUNS):
        asyncio.run(interrupted())

    # GLIDE and the server close theirs when they come to it
    eventually(lambda: opened() <= before)
