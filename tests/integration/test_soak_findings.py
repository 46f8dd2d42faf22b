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
