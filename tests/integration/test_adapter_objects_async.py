"""The awaitable twin of ``test_adapter_objects``: clients, pools and connections as objects."""

from __future__ import annotations

import asyncio
import copy
import gc
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import redis
import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

import adapter.asyncio

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]

ONCE = Retry(NoBackoff(), 0)
Address = dict[str, Any]
QUESTIONS: dict[str, Callable[[Any, Address], Awaitable[Any]]] = {}


def question(function: Callable[[Any, Address], Awaitable[Any]]) -> Any:
    """Registers what is asked of both libraries."""
    QUESTIONS[function.__name__] = function
    return function


@question
async def what_they_look_like(library, address):
    client = library.Redis(**address)
    return [client, client.pipeline(), client.connection_pool, copy.copy(client)]


@question
async def truth_equality_and_length(library, address):
    client = library.Redis(**address)
    pipe = client.pipeline()
    return bool(client), client == library.Redis(**address), bool(pipe), len(pipe)


@question
async def no_deep_copy(library, address):
    return copy.deepcopy(library.Redis(**address))


@question
async def used_after_close(library, address):
    client = await library.Redis(**address)
    seen = [await client.ping(), await client.aclose(), await client.aclose(), await client.ping()]
    await client.aclose()
    return seen


@question
async def who_closes_the_pool(library, address):
    pool = library.ConnectionPool(**address)
    guest, owner = library.Redis(connection_pool=pool), library.Redis.from_pool(pool)
    seen = [guest.auto_close_connection_pool, owner.auto_close_connection_pool]
    async with guest:
        seen.append(await guest.ping())
    await owner.aclose()
    return seen


@question
async def a_pool_as_a_context(library, address):
    async with library.ConnectionPool(**address) as pool:
        return await library.Redis(connection_pool=pool).ping()


@question
async def too_many_connections(library, address):
    async with library.ConnectionPool(**address, max_connections=2) as pool:
        return [await pool.get_connection() for _ in range(3)]


@question
async def too_many_connections_for_long(library, address):
    async with library.BlockingConnectionPool(**address, max_connections=2, timeout=0.01) as pool:
        return [await pool.get_connection() for _ in range(3)]


@question
async def one_who_waits_for_a_connection(library, address):
    async with library.BlockingConnectionPool(**address, max_connections=1, timeout=20) as pool:
        first = await pool.get_connection()
        waiting = asyncio.ensure_future(pool.get_connection())
        await asyncio.sleep(0)
        await pool.release(first)
        second = await waiting
        await pool.release(second)
        await pool.disconnect()
        return first is second, first.is_connected


@question
async def a_connection_driven_by_hand(library, address):
    async with library.Redis(**address) as client:
        connection = await client.connection_pool.get_connection()
        await connection.send_command("ECHO", "x")
        reply = await client.parse_response(connection, "ECHO")
        await client.connection_pool.release(connection)
        return reply, len(client.connection_pool._available_connections)


@question
async def a_client_of_its_own(library, address):
    async with library.Redis(**address).client() as client:
        return await client.ping(), client.single_connection_client


@question
async def a_database_too_many(library, address):
    async with library.Redis(**address, db=9999, retry=ONCE) as client:
        return await client.ping()


@question
async def by_url(library, address):
    url = f"redis://{address['host']}:{address['port']}/2?decode_responses=yes"
    async with library.from_url(url) as client:
        return (await client.client_info())["db"], client.get_connection_kwargs()["db"]


async def answer(library: Any, address: Address, asked: str) -> str:
    """What is said or raised, with the names that differ by nature made the same."""
    try:
        said = repr(await QUESTIONS[asked](library, address))
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
    said = re.sub(r"0x[0-9a-f]+", "0x", said)
    return said.replace("adapter.asyncio.client.", "redis.asyncio.client.").replace(
        "adapter.connect.async_pool", "redis.asyncio.connection"
    )


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # redis-py's own, of clients left open
@pytest.mark.parametrize("asked", QUESTIONS)
async def test_awaitable_objects_answer_as_redis_pys(asked, server):
    address = {"host": server.host, "port": server.port}

    ours = await answer(adapter.asyncio, address, asked)

    assert ours == await answer(redis.asyncio, address, asked)
    # what was left open is collected here, and not in a test that minds
    gc.collect()
