"""``monitor()`` tells of every command what redis-py's tells, synchronous or not."""

from __future__ import annotations

import pytest
import redis
import redis.asyncio
from redis.backoff import NoBackoff
from redis.retry import Retry

import adapter
import adapter.asyncio
from tests.targets import free_port

pytestmark = pytest.mark.one_mock
END = "ECHO the end"


def said(server) -> None:
    """What both are to hear: plain words, bytes, quotes, a script and another database."""
    with redis.Redis(server.host, server.port, db=3) as client:
        client.set("k", b"\x00\xff\n\r\t\x07\\")
        client.set('a "word"', "it's")
        client.eval("return redis.call('GET', KEYS[1])", 1, "k")
        client.echo("the end")


def test_a_monitor_hears_what_redis_pys_hears(server):
    address = {"host": server.host, "port": server.port}
    theirs, ours = redis.Redis(**address), adapter.Redis(**address)
    with theirs, ours, theirs.monitor() as expected, ours.monitor() as monitor:
        said(server)
        wanted = until_the_end(expected.listen())
        heard = until_the_end(monitor.listen())

    assert heard == wanted
    assert heard[-1]["db"] == 3


def until_the_end(commands):
    heard = []
    for command in commands:
        if "SETINFO" not in command["command"]:
            heard.append(command)
        if command["command"] == END:
            return from_the_start(heard)
    raise AssertionError("the end was not heard")


def from_the_start(heard):
    """Without what either monitor's own client says when it comes."""
    first = next(n for n, one in enumerate(heard) if one["command"].startswith("SET k"))
    return heard[first:]


async def test_an_awaited_monitor_hears_what_redis_pys_hears(server):
    address = {"host": server.host, "port": server.port}
    theirs, ours = redis.asyncio.Redis(**address), adapter.asyncio.Redis(**address)
    async with theirs, ours, theirs.monitor() as expected, ours.monitor() as monitor:
        said(server)
        wanted = await until_the_awaited_end(expected.listen())
        heard = await until_the_awaited_end(monitor.listen())

    assert heard == wanted


async def until_the_awaited_end(commands):
    heard = []
    async for command in commands:
        heard.append(command)
        if command["command"] == END:
            return from_the_start(heard)
    raise AssertionError("the end was not heard")


async def test_a_monitor_that_was_left_can_be_entered_again(server):
    async with adapter.asyncio.Redis(host=server.host, port=server.port) as client:
        monitor = client.monitor()
        for _ in range(2):
            async with monitor:
                await client.echo("x")
                while (await monitor.next_command())["command"] != "ECHO x":
                    continue


@pytest.mark.parametrize("library", [redis, adapter], ids=lambda module: module.__name__)
def test_a_monitor_of_a_server_that_is_not_there_is_refused_when_it_is_made(library):
    client = library.Redis(port=free_port(), retry=Retry(NoBackoff(), 0))
    with pytest.raises(redis.ConnectionError, match="Connection refused"):
        client.monitor()
