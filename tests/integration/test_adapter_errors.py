"""What goes wrong comes out as redis-py's exception, in the server's words, in bounded time."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis
import redis.asyncio
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    ConnectionError,
    ResponseError,
    TimeoutError,
)
from redis.retry import Retry

import adapter
import adapter.asyncio
from tests.targets import Missing, free_port, program, required, running

SECONDS = 10
"""More than any of these may take; what is asserted is that nothing hangs."""


@contextmanager
def bounded() -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < SECONDS


def test_a_refused_connection_is_told_as_redis_py_tells_it():
    keywords = {"host": "127.0.0.1", "port": free_port(), "retry": Retry(NoBackoff(), 2)}
    with bounded(), pytest.raises(ConnectionError) as ours:
        adapter.Redis(**keywords).ping()
    with pytest.raises(ConnectionError) as theirs:
        redis.Redis(**keywords).ping()

    assert str(ours.value) == str(theirs.value)


async def test_a_refused_connection_is_told_as_redis_py_tells_it_async():
    keywords = {"host": "127.0.0.1", "port": free_port()}
    retry = redis.asyncio.retry.Retry(NoBackoff(), 0)
    with bounded(), pytest.raises(ConnectionError) as ours:
        await adapter.asyncio.Redis(**keywords, retry=retry).ping()
    with pytest.raises(ConnectionError) as theirs:
        await redis.asyncio.Redis(**keywords, retry=retry).ping()

    assert str(ours.value) == str(theirs.value)


def test_redis_pys_default_retries_end_as_well():
    with bounded(), pytest.raises(ConnectionError):
        adapter.Redis.from_url(f"redis://127.0.0.1:{free_port()}").ping()


def test_a_server_that_says_nothing_is_a_timeout():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        client = adapter.Redis(
            port=mute.getsockname()[1], socket_connect_timeout=0.1, socket_timeout=0.1, retry=None
        )
        with bounded(), pytest.raises((TimeoutError, ConnectionError)):
            client.ping()


@pytest.mark.parametrize(
    "keywords", [{}, {"password": "wrong"}, {"username": "bob", "password": "x"}]
)
def test_wrong_credentials_are_an_authentication_error(server, make_redis_py, keywords):
    with make_redis_py() as control:
        control.config_set("requirepass", "secret")
    wanted = {"host": server.host, "port": server.port, "retry": None, **keywords}

    with bounded(), pytest.raises(AuthenticationError) as ours:
        adapter.Redis(**wanted).ping()
    with pytest.raises(AuthenticationError) as theirs:
        redis.Redis(**wanted).ping()

    assert str(ours.value) == str(theirs.value)
    with adapter.Redis(server.host, server.port, password="secret") as welcome:
        assert welcome.ping() is True


def test_a_database_that_does_not_exist_is_the_servers_error(make_client, make_redis_py):
    with bounded(), pytest.raises(ResponseError, match="DB index is out of range"):
        make_client(db=999).ping()


@pytest.mark.parametrize(
    "command",
    [
        ("LPUSH", "text", 1),
        ("INCR", "text"),
        ("NO-SUCH-COMMAND", "x"),
        ("GET",),
        ("SET", "k", "v", "NX", "XX"),
        ("EVALSHA", "f" * 40, 0),
        ("EXPIRE", "k", "soon"),
        ("XGROUP CREATE", "missing", "g", "$"),
        ("CONFIG SET", "no-such-parameter", 1),
        ("SETRANGE", "k", 2**32, "x"),
        ("HINCRBY", "h", "f", "x"),
    ],
    ids=lambda command: " ".join(map(str, command)),
)
def test_an_error_reply_has_redis_pys_class_and_the_servers_words(
    make_client, make_redis_py, command
):
    theirs_client = make_redis_py()
    theirs_client.set("text", "abc")
    with pytest.raises(redis.RedisError) as theirs:
        theirs_client.execute_command(*command)

    with pytest.raises(redis.RedisError) as ours:
        make_client().execute_command(*command)

    assert type(ours.value) is type(theirs.value)
    assert str(ours.value) == str(theirs.value)


async def test_one_error_in_a_batch_is_nobody_elses(make_async_client):
    client = make_async_client()
    await client.set("text", "abc")

    refused = client.lpush("text", 1)
    results = await gathered(client.set("a", 1), refused, client.get("a"), client.incr("a"))

    assert (results[0], results[2], results[3]) == (True, b"1", 2)
    assert isinstance(results[1], ResponseError)


async def gathered(*calls):
    return await asyncio.gather(*calls, return_exceptions=True)


@pytest.mark.targets("redis", "valkey")
def test_a_command_that_takes_too_long_is_a_timeout(make_client):
    client = make_client(socket_timeout=0.1, retry=None)

    with bounded(), pytest.raises(TimeoutError, match="Timeout reading from socket"):
        client.execute_command("DEBUG", "SLEEP", 0.5)


@pytest.mark.targets("redis", "valkey")
def test_a_value_that_is_too_large_is_refused_by_the_server(make_client, make_redis_py):
    make_redis_py().config_set("proto-max-bulk-len", 1024 * 1024)

    with bounded(), pytest.raises(redis.RedisError):
        make_client(retry=None).set("k", b"x" * (1024 * 1024 + 1))


def test_a_closed_client_opens_again_as_redis_pys_does(make_client):
    client = make_client()
    client.set("k", 1)

    client.close()
    client.close()

    with bounded():
        assert client.get("k") == b"1"


async def test_a_closed_client_opens_again_as_redis_pys_does_async(make_async_client):
    client = make_async_client()
    await client.set("k", 1)

    await client.aclose()
    await client.aclose()

    assert await client.get("k") == b"1"


@pytest.mark.parametrize("command", ["MULTI", "WATCH k", "EXEC", "SUBSCRIBE c", "MONITOR"])
def test_what_would_take_the_shared_connection_hostage_is_refused_with_advice(make_client, command):
    client = make_client()

    with pytest.raises(redis.RedisError):
        client.execute_command(*command.split())

    assert client.ping() is True


def test_killed_connections_are_not_noticed(make_client, make_redis_py):
    client, control = make_client(), make_redis_py(client_name="control")
    client.set("k", 1)

    for other in control.client_list():
        if other["name"] != "control":
            control.client_kill_filter(_id=other["id"])

    with bounded():
        assert client.get("k") == b"1"


@pytest.mark.parametrize("name", ["redis", "valkey"])
def test_a_server_that_is_gone_is_a_refused_connection(name):
    """Each on a server of its own, which is ended half way through."""
    try:
        program(name)
    except Missing as missing:
        (pytest.fail if required() else pytest.skip)(str(missing))
    with running(name) as gone:
        client = adapter.Redis.from_url(gone.url, socket_timeout=0.5)
        client.set("k", 1)

    with bounded(), pytest.raises(ConnectionError):
        client.get("k")
    with bounded(), pytest.raises(ConnectionError, match="Error 111 connecting"):
        client.get("k")
