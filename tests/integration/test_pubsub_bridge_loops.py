"""The awaitable PubSubBridge: every command, dropped connections, one loop after the other."""

from __future__ import annotations

import asyncio

import pytest
import redis

import adapter.asyncio

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]
SECONDS = 20.0


class Log:
    """What a bridge has emitted, in order."""

    def __init__(self, bridge, *names):
        self.told = asyncio.Queue()
        for name in names:
            bridge.on(name, lambda *arguments, name=name: self.told.put_nowait((name, *arguments)))

    async def next(self, count=1):
        async with asyncio.timeout(SECONDS):
            return [await self.told.get() for _ in range(count)]


async def test_what_was_joined_can_be_left_by_each_command(make_async_client):
    client = make_async_client()
    async with adapter.asyncio.PubSubBridge(client) as bridge:
        log = Log(bridge, "unsubscribe", "punsubscribe", "sunsubscribe")
        assert await bridge.subscribe("a") == 1
        assert await bridge.psubscribe("b*") == 2
        await bridge.ssubscribe("s")
        assert await bridge.unsubscribe("a") == 1
        assert await bridge.punsubscribe("b*") == 0
        await bridge.sunsubscribe("s")

        assert await log.next(3) == [
            ("unsubscribe", "a", 1),
            ("punsubscribe", "b*", 0),
            ("sunsubscribe", "s", 0),
        ]


async def test_a_connection_that_is_dropped_is_opened_again_by_the_next_call(make_async_client):
    client = make_async_client()
    async with adapter.asyncio.PubSubBridge(client) as bridge:
        bridge.drop()  # there is none
        await bridge.subscribe("a")
        log = Log(bridge, "message", "subscribe", "end")
        bridge.drop()
        assert not bridge.connected
        assert await log.next(2) == [("subscribe", "a", 1), ("end",)]
        assert await bridge.subscribe("b") == 2
        await client.publish("a", "x")

        assert await log.next(3) == [
            ("subscribe", "a", 1),
            ("subscribe", "b", 2),
            ("message", "a", "x"),
        ]


def test_a_bridge_serves_one_loop_after_the_other(server):
    client = adapter.asyncio.Redis(host=server.host, port=server.port)
    bridge = adapter.asyncio.PubSubBridge(client)
    heard = []
    bridge.on("message", lambda channel, message: heard.append((channel, message)))

    async def hear(name):
        await bridge.subscribe(name)
        await client.publish(name, "x")
        async with asyncio.timeout(SECONDS):
            while (name, "x") not in heard:
                await asyncio.sleep(0)

    async def leave():
        await bridge.subscribe("c")
        await bridge.aclose()
        await client.aclose()

    for name in ("a", "b"):
        asyncio.run(hear(name))
    asyncio.run(leave())
    assert heard == [("a", "x"), ("b", "x")]


async def test_what_a_server_refuses_once_it_was_lost_is_asked_again(make_async_client, server):
    """``retry``'s own callback: before the next attempt the server is knocked at."""
    client = make_async_client()
    async with adapter.asyncio.PubSubBridge(client) as bridge:
        await bridge.subscribe("a")
        with redis.Redis(server.host, server.port) as control:
            control.client_kill_filter(_type="pubsub")
        assert await bridge.subscribe("b") == 2


async def test_a_reader_who_polls_lets_the_loop_take_in_what_has_come(make_async_client):
    client = make_async_client()
    async with client.pubsub(ignore_subscribe_messages=True) as pubsub:
        await pubsub.subscribe("a")
        await client.publish("a", "x")
        async with asyncio.timeout(SECONDS):
            while (message := await pubsub.get_message(timeout=0)) is None:
                continue
    assert message["data"] == b"x"


@pytest.mark.parametrize("awaited", [False, True])
async def test_a_push_handler_sees_what_is_read(make_async_client, awaited):
    seen = []

    async def later(response):
        seen.append(response)

    def at_once(response):
        seen.append(response)

    client = make_async_client(protocol=3)
    pubsub = client.pubsub(push_handler_func=later if awaited else at_once)
    await pubsub.subscribe("a")
    assert await pubsub.get_message(timeout=5) is None
    assert seen == [[b"subscribe", b"a", 1]]
    await pubsub.aclose()
