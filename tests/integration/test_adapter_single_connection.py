"""``single_connection_client=True``: the client's ``connection`` is there, as redis-py's is, for
those who look at it or drive it by hand.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import pytest
import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, ResponseError
from redis.retry import Retry

import adapter
import adapter.asyncio
from tests.targets import free_port

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]
SYNC = (redis, adapter)
ASYNC = (redis.asyncio, adapter.asyncio)
BOTH = pytest.mark.parametrize(
    ("theirs", "ours"), [SYNC, ASYNC], ids=["synchronous", "asynchronous"]
)
ONE = pytest.mark.parametrize("library", [*SYNC, *ASYNC], ids=lambda module: module.__name__)


async def done(result: Any) -> Any:
    """What a call of either sort has come to."""
    return await result if inspect.isawaitable(result) else result


async def asked(library: Any, server: Any, question: Callable[[Any], Any], **keywords: Any) -> Any:
    """What ``question``, a coroutine function, finds out of a client of its own."""
    client = library.Redis(
        host=server.host, port=server.port, single_connection_client=True, **keywords
    )
    try:
        return await question(client)
    finally:
        await done(client.aclose() if hasattr(client, "aclose") else client.close())


async def by_hand(client: Any) -> Any:
    before = client.connection is None
    await done(client.ping())
    connection = client.connection
    await done(connection.send_command("ECHO", "x"))
    told = await done(connection.read_response())
    return before, told, connection.is_connected, (connection.host, connection.port)


async def same_session(client: Any) -> Any:
    await done(client.select(3))
    await done(client.ping())
    await done(client.connection.send_command("CLIENT", "INFO"))
    mine = await done(client.connection.read_response())
    mine = dict(pair.split(b"=", 1) for pair in mine.strip().split(b" "))
    seen = await done(client.client_info())
    others = await done(client.client_list())
    return mine[b"id"] == str(seen["id"]).encode(), mine[b"db"], len(others)


async def disconnected(client: Any) -> Any:
    first = await done(client.client_id())
    await done(client.connection.disconnect())
    gone = client.connection.is_connected
    return gone, await done(client.client_id()) != first, client.connection.is_connected


async def closed(client: Any) -> Any:
    await done(client.ping())
    await done(client.aclose() if hasattr(client, "aclose") else client.close())
    gone = client.connection is None
    return gone, await done(client.ping())


async def initialized(client: Any) -> Any:
    if hasattr(client, "initialize"):
        assert await client.initialize() is client
    return client.connection is None


async def refused_by_hand(client: Any) -> Any:
    await done(client.ping())
    await done(client.connection.send_command("GET"))
    with pytest.raises(ResponseError) as raised:
        await done(client.connection.read_response())
    return str(raised.value)


async def waiting_and_scripts(client: Any) -> Any:
    await done(client.rpush("l", "a"))
    script = client.register_script("return ARGV[1]")
    return (
        await done(client.blpop(["l"], 1)),
        await done(script(args=["b"])),
        await done(client.connection.check_health()),
    )


QUESTIONS = [
    by_hand, same_session, disconnected, closed, initialized, refused_by_hand, waiting_and_scripts,
]  # fmt: skip


@BOTH
@pytest.mark.parametrize("interval", [0, 60])
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.__name__)
async def test_its_connection_is_as_redis_pys(theirs, ours, question, interval, server):
    mine = await asked(ours, server, question, health_check_interval=interval)

    assert mine == await asked(theirs, server, question, health_check_interval=interval)


@ONE
async def test_a_command_asks_after_the_servers_health_when_it_was_not_heard_for_long(
    library, server
):
    async def pings(client: Any) -> tuple[int, bool]:
        await done(client.ping())
        client.connection.next_health_check = 1.0
        before = (await done(client.info("commandstats")))["cmdstat_ping"]["calls"]
        due = client.connection.next_health_check
        await done(client.get("k"))
        client.connection.next_health_check = 1.0
        await done(client.get("k"))
        after = (await done(client.info("commandstats")))["cmdstat_ping"]["calls"]
        return after - before, due > 1.0

    assert await asked(library, server, pings, health_check_interval=60) == (1, True)


@BOTH
async def test_an_error_and_a_callback_are_as_ever_with_health_checks(theirs, ours, server):
    async def life(client: Any) -> Any:
        await done(client.set("k", "v"))
        with pytest.raises(ResponseError) as raised:
            await done(client.lpush("k", "x"))
        return str(raised.value), await done(client.hgetall("nothing")), await done(client.get("k"))

    keywords = {"health_check_interval": 60, "decode_responses": True}
    mine = await asked(ours, server, life, **keywords)
    assert mine == await asked(theirs, server, life, **keywords)


def test_a_synchronous_one_connects_when_it_is_made():
    keywords = {"port": free_port(), "single_connection_client": True}
    told = []
    for library in SYNC:
        with pytest.raises(ConnectionError) as raised:
            library.Redis(retry=Retry(NoBackoff(), 1), **keywords)
        told.append(str(raised.value))
    assert told[0] == told[1]


def test_an_asynchronous_one_connects_when_it_is_first_used():
    async def life(library: Any) -> str:
        client = library.Redis(
            port=free_port(),
            single_connection_client=True,
            retry=AsyncRetry(NoBackoff(), 1),
        )
        with pytest.raises(ConnectionError) as raised:
            await client.initialize()
        assert client.connection is None
        with pytest.raises(ConnectionError):
            await client.ping()
        await client.aclose()
        return str(raised.value).replace(str(client.connection_pool.connection_kwargs["port"]), "")

    assert asyncio.run(life(redis.asyncio)) == asyncio.run(life(adapter.asyncio))
