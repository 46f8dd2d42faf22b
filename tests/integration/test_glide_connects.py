"""Valkey GLIDE itself, async and sync, against every target: the handshake and first steps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import glide
import glide_sync
import pytest

from tests.integration.wire import Wire
from tests.targets import Server

PROTOCOLS = pytest.mark.parametrize("protocol", ["RESP2", "RESP3"])

MakeAsync = Callable[..., Awaitable[glide.GlideClient]]
MakeSync = Callable[..., glide_sync.GlideClient]


@pytest.fixture
async def make(server: Server) -> AsyncIterator[MakeAsync]:
    """Makes asynchronous clients of GLIDE's own."""
    made: list[glide.GlideClient] = []

    async def make_one(protocol: str = "RESP3", **keywords: Any) -> glide.GlideClient:
        configuration = glide.GlideClientConfiguration(
            [glide.NodeAddress(server.host, server.port)],
            protocol=getattr(glide.ProtocolVersion, protocol),
            request_timeout=5000,
            **keywords,
        )
        made.append(await glide.GlideClient.create(configuration))
        return made[-1]

    yield make_one
    for client in made:
        await client.close()


@pytest.fixture
def make_sync(server: Server) -> Iterator[MakeSync]:
    """Makes synchronous clients of GLIDE's own."""
    made: list[glide_sync.GlideClient] = []

    def make_one(protocol: str = "RESP3", **keywords: Any) -> glide_sync.GlideClient:
        configuration = glide_sync.GlideClientConfiguration(
            [glide_sync.NodeAddress(server.host, server.port)],
            protocol=getattr(glide_sync.ProtocolVersion, protocol),
            request_timeout=5000,
            **keywords,
        )
        made.append(glide_sync.GlideClient.create(configuration))
        return made[-1]

    yield make_one
    for client in made:
        client.close()


@PROTOCOLS
async def test_the_async_client_connects_with_a_name_and_a_database(
    make: MakeAsync, connect: Callable[..., Wire], protocol: str
) -> None:
    client = await make(protocol, client_name="worker", database_id=3)
    assert await client.set("k", "v") == "OK"
    assert await client.get("k") == b"v"
    assert await client.client_getname() == b"worker"
    wire = connect()
    wire("SELECT", 3)
    assert wire("GET", "k") == b"v"
    line = wire("CLIENT", "LIST", "ID", await client.client_id()).decode()
    assert "name=worker" in line
    assert "db=3" in line
    assert f"resp={protocol[-1]}" in line


@PROTOCOLS
def test_the_sync_client_connects_with_a_name_and_a_database(
    make_sync: MakeSync, connect: Callable[..., Wire], protocol: str
) -> None:
    client = make_sync(protocol, client_name="worker", database_id=3)
    assert client.set("k", "v") == "OK"
    assert client.get("k") == b"v"
    assert client.client_getname() == b"worker"
    wire = connect()
    wire("SELECT", 3)
    assert wire("GET", "k") == b"v"


@PROTOCOLS
async def test_a_password_is_asked_for(make: MakeAsync, wire: Wire, protocol: str) -> None:
    wire("CONFIG", "SET", "requirepass", "secret")
    client = await make(protocol, credentials=glide.ServerCredentials("secret"))
    assert await client.ping() == b"PONG"
    with pytest.raises(glide.ClosingError, match=r"NOAUTH|Authentication|WRONGPASS"):
        await make(protocol, credentials=glide.ServerCredentials("wrong"))


@PROTOCOLS
def test_a_password_is_asked_for_in_the_sync_client_too(
    make_sync: MakeSync, wire: Wire, protocol: str
) -> None:
    wire("CONFIG", "SET", "requirepass", "secret")
    client = make_sync(protocol, credentials=glide_sync.ServerCredentials("secret"))
    assert client.ping() == b"PONG"


@PROTOCOLS
async def test_batches_run_with_and_without_a_transaction(make: MakeAsync, protocol: str) -> None:
    client = await make(protocol)
    for atomic in (True, False):
        batch = glide.Batch(is_atomic=atomic)
        batch.set("n", "1")
        batch.incr("n")
        batch.hset("h", {"f": "v"})
        batch.hgetall("h")
        batch.lpush("n", ["x"])
        replies = await client.exec(batch, raise_on_error=False)
        assert replies is not None
        assert replies[:2] == ["OK", 2]
        assert replies[3] == {b"f": b"v"}
        assert isinstance(replies[4], glide.RequestError)
        await client.delete(["n", "h"])


@PROTOCOLS
def test_the_sync_client_runs_batches(make_sync: MakeSync, protocol: str) -> None:
    client = make_sync(protocol)
    batch = glide_sync.Batch(is_atomic=True)
    batch.set("n", "1")
    batch.incr("n")
    assert client.exec(batch, raise_on_error=True) == ["OK", 2]


async def test_messages_arrive(make: MakeAsync) -> None:
    arrived: asyncio.Queue[Any] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    modes = glide.GlideClientConfiguration.PubSubChannelModes
    subscriptions = glide.GlideClientConfiguration.PubSubSubscriptions(
        {modes.Exact: {"news"}, modes.Pattern: {"n*"}},
        lambda message, context: loop.call_soon_threadsafe(arrived.put_nowait, message),
        None,
    )
    await make(pubsub_subscriptions=subscriptions)
    publisher = await make()
    while await publisher.publish("hello", "news") < 2:
        pass
    async with asyncio.timeout(10):
        messages = [await arrived.get(), await arrived.get()]
    assert {message.message for message in messages} == {b"hello"}
    assert {message.channel for message in messages} == {b"news"}


@PROTOCOLS
async def test_scripts_run(make: MakeAsync, protocol: str) -> None:
    client = await make(protocol)
    script = glide.Script("return {KEYS[1], ARGV[1]}")
    reply = await client.invoke_script(script, keys=["k"], args=["a"])
    assert reply == [b"k", b"a"]


def test_the_sync_client_runs_scripts(make_sync: MakeSync) -> None:
    client = make_sync()
    script = glide_sync.Script("return redis.call('SET', KEYS[1], ARGV[1])")
    assert client.invoke_script(script, keys=["k"], args=["v"]) == "OK"
    assert client.get("k") == b"v"


@PROTOCOLS
async def test_the_server_tells_of_itself(make: MakeAsync, protocol: str) -> None:
    client = await make(protocol)
    assert b"role:master" in await client.info([glide.InfoSection.REPLICATION])
    assert await client.config_get(["maxmemory"]) == {b"maxmemory": b"0"}
    assert await client.config_set({"timeout": "10"}) == "OK"
    assert await client.dbsize() == 0
    assert len(await client.time()) == 2
    assert await client.lastsave() > 0
    assert await client.pubsub_channels() == []
    assert await client.pubsub_numsub(["a"]) == {b"a": 0}
    assert await client.flushall() == "OK"


async def test_a_killed_client_comes_back(make: MakeAsync, wire: Wire) -> None:
    client = await make(client_name="phoenix", database_id=2)
    number = await client.client_id()
    assert wire("CLIENT", "KILL", "ID", number) == 1
    while True:
        try:
            if await client.client_id() != number:
                break
        except (glide.ConnectionError, glide.RequestError):
            continue
    assert await client.client_getname() == b"phoenix"
    await client.set("k", "v")
    wire("SELECT", 2)
    assert wire("GET", "k") == b"v"
