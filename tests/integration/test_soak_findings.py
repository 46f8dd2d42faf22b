"""What the soak found, said again in a few words."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any

import pytest

from mock_backend import MockServer
from tests.integration.wire import Wire
from tests.targets import Server


@pytest.mark.parametrize(
    "words",
    [
        "ZUNION 0 a",
        "ZINTERCARD 4 a b",
        "SINTERCARD 3 a b",
        "ZINTER 2 a b WEIGHTS 1 2 WEIGHTS nan 1",
        "XREAD STREAMS a",
        "ZRANGE a 0 x",
    ],
)
def test_a_tracking_client_may_read_in_words_that_make_no_sense(
    wire3: Wire, connect: Callable[..., Wire], words: str
) -> None:
    plain = connect(protocol=3)
    wire3("CLIENT", "TRACKING", "ON")

    assert str(wire3(*words.split())) == str(plain(*words.split()))
    assert wire3("PING") == b"PONG"


@pytest.mark.parametrize("call", ["call", "pcall"])
@pytest.mark.parametrize("words", ["'MEMORY', 'STATS'", "'INFO'", "'MEMORY', 'DOCTOR'"])
def test_a_script_may_ask_how_much_memory_the_scripts_take(
    wire: Wire, call: str, words: str
) -> None:
    for number in range(50):
        reply = wire("EVAL", f"local n = {number} return redis.{call}({words})", 0)
        assert isinstance(reply, bytes | list), reply
    missing = "Script attempted to access nonexistent global variable 'debug'"
    assert missing in str(wire("EVAL", "return debug", 0))
    assert missing in str(wire("EVAL", f"redis.{call}({words}) return _G.debug", 0))


@pytest.mark.targets("mock", "mock-redis")  # the real ones stop: a panic over the unknown block
def test_who_was_held_by_a_pause_is_not_unblocked_when_it_ends(
    server: Server, connect: Callable[..., Wire]
) -> None:
    held, meddler, other = connect(), connect(), connect()
    number = held("CLIENT", "ID")
    meddler("MULTI")
    meddler("SET", "b", 2)
    meddler("CLIENT", "UNBLOCK", number)
    other("CLIENT", "PAUSE", 100_000, "WRITE")
    for waiting, words in enumerate([(meddler, "EXEC"), (held, "SET a 1")], start=1):
        words[0].send(*words[1].split())
        while b"blocked_clients:%d" % waiting not in other("INFO", "clients"):
            pass
    other("CLIENT", "UNPAUSE")

    assert meddler.read() == [b"OK", 0]
    assert held.read() == b"OK"


async def test_nobody_is_warned_of_a_peer_that_went_while_it_was_told_much(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    async with MockServer() as server:
        subscriber = await connected(server)
        speaker = server.client()
        subscriber.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        subscriber.close()
        for number in range(50):
            speaker("PUBLISH", "news", number)

    assert caplog.messages == []


async def connected(server: MockServer) -> Any:
    """A socket whose client has subscribed to ``news``."""
    loop = asyncio.get_running_loop()
    client = socket.socket()
    client.setblocking(False)
    await loop.sock_connect(client, (server.host, server.port))
    await loop.sock_sendall(client, b"SUBSCRIBE news\r\n")
    await loop.sock_recv(client, 1000)
    return client
