"""Pub/sub: how many messages reach their listeners in a second, and how late.

One channel, 1 to 50 subscribers, each a ``pubsub()`` of one client that ``listen()``s in a task of
its own; redis-py asyncio with hiredis against the adapter.  The messages, of 100 bytes, are
published over a bare socket, so that publishing costs both sides the same.  None may be lost.  Each
side has a channel of its own: nobody hears the other's.

For the delay they are published one at a time, a millisecond apart; it is counted from before the
publisher writes until the listener's task has the message.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import quantiles
from typing import Any, Final

import redis

from benchmarks.clients import asynchronous
from benchmarks.contest import Contest, Contests, Sample
from benchmarks.goals import ADAPTER, PUBSUB, REDIS_PY
from benchmarks.reports.pictures import Lines
from benchmarks.servers import real
from benchmarks.stage import Stage
from benchmarks.wire import request

SIZE: Final = 100
PORTION: Final = 100
"""Messages that are published in one go."""
SIZES: Final = (1, 10, 50)
PATIENCE_SECONDS: Final = 60


class Audience:
    """Subscribers of one channel, each in a task; ``hear`` returns once all have what was sent."""

    def __init__(self, client: Any, channel: str, port: int) -> None:
        self._client = client
        self.channel = channel
        self._port = port
        self._tasks: list[asyncio.Task[None]] = []
        self._pubsubs: list[Any] = []
        self._missing = 0
        self._complete = asyncio.Event()
        self.delays: list[float] = []

    async def gather(self, size: int) -> None:
        """Subscribes, and waits until the server says so."""
        self._missing = size
        for _ in range(size):
            pubsub = self._client.pubsub()
            await pubsub.subscribe(self.channel)
            self._pubsubs.append(pubsub)
            self._tasks.append(asyncio.create_task(self._listen(pubsub)))
        await asyncio.wait_for(self._complete.wait(), PATIENCE_SECONDS)
        self._wire = socket.create_connection(("127.0.0.1", self._port))
        self._wire.setblocking(False)

    async def _listen(self, pubsub: Any) -> None:
        async for message in pubsub.listen():
            data = message["data"]
            if type(data) is bytes and data.startswith(b"at "):
                self.delays.append(time.perf_counter() - float(data.split()[1]))
            self._missing -= 1
            if not self._missing:
                self._complete.set()

    async def hear(self, portions: int) -> float:
        """The seconds until everybody has so many portions of messages."""
        self._expect(portions * PORTION)
        letters = request(b"PUBLISH", self.channel.encode(), b"x" * SIZE) * PORTION
        loop = asyncio.get_running_loop()
        started = time.perf_counter()
        for _ in range(portions):
            await loop.sock_sendall(self._wire, letters)
        await asyncio.wait_for(self._complete.wait(), PATIENCE_SECONDS)
        seconds = time.perf_counter() - started
        await self._acknowledged(portions * PORTION)
        return seconds

    async def late(self, messages: int) -> list[float]:
        """The delay of every message at every subscriber, in seconds."""
        self.delays.clear()
        self._expect(messages)
        loop = asyncio.get_running_loop()
        for _ in range(messages):
            stamp = b"at %.9f " % time.perf_counter()
            letter = request(b"PUBLISH", self.channel.encode(), stamp.ljust(SIZE, b"x"))
            await loop.sock_sendall(self._wire, letter)
            await asyncio.sleep(0.001)
        await asyncio.wait_for(self._complete.wait(), PATIENCE_SECONDS)
        await self._acknowledged(messages)
        return list(self.delays)

    def _expect(self, messages: int) -> None:
        self._missing = messages * len(self._tasks)
        self._complete.clear()

    async def _acknowledged(self, messages: int) -> None:
        expected = len(b":%d\r\n" % len(self._tasks)) * messages
        loop = asyncio.get_running_loop()
        while expected > 0:
            expected -= len(await loop.sock_recv(self._wire, 65536))

    async def leave(self) -> None:
        """Ends every subscription."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for pubsub in self._pubsubs:
            await pubsub.aclose()
        self._wire.close()


@contextmanager
def audiences(stage: Stage, port: int, size: int) -> Iterator[dict[str, Audience]]:
    """So many listeners of each client; they leave after the block."""
    with redis.Redis(port=port) as control:
        # a listener that falls behind is not to be thrown out
        control.config_set("client-output-buffer-limit", "pubsub 0 0 0")
    with asynchronous(stage, port) as clients:
        both = {
            ADAPTER: Audience(clients.adapter, "news:adapter", port),
            REDIS_PY: Audience(clients.alone, "news:redis-py", port),
        }
        for audience in both.values():
            stage.await_(audience.gather(size))
        try:
            yield both
        finally:
            for audience in both.values():
                stage.await_(audience.leave())


PICTURES: Final = (
    Lines(
        "delivery",
        "Pub/sub: messages delivered",
        "subscribers",
        "subscribers",
        only={"measured": "delivery"},
    ),
)


def contests(stage: Stage) -> Contests:
    """Rates, then delays."""
    yield from rates(stage, stage.pick(SIZES, SIZES[-1:]))
    yield from delays(stage, stage.pick((1, 50), (1,)))


def rates(stage: Stage, sizes: Sequence[int]) -> Contests:
    """Messages delivered per second."""
    with real(stage.servers[0]) as port:
        for size in sizes:
            with audiences(stage, port, size) as both:
                yield Contest(
                    {"measured": "delivery", "subscribers": size},
                    {
                        name: stage.async_rate(audience.hear, PORTION * size)
                        for name, audience in both.items()
                    },
                    unit="messages/s",
                    goals=[PUBSUB] if size == 50 else [],
                )


def delays(stage: Stage, sizes: Sequence[int]) -> Contests:
    """Milliseconds that half and that 99 of 100 messages take at most."""
    messages = 30 if stage.quick else 200
    with real(stage.servers[0]) as port:
        for size in sizes:
            with audiences(stage, port, size) as both:
                for percent in (50, 99):
                    yield Contest(
                        {"measured": f"delay, percentile {percent}", "subscribers": size},
                        {
                            name: _percentile(stage, audience, messages, percent)
                            for name, audience in both.items()
                        },
                        unit="ms",
                    )


def _percentile(stage: Stage, audience: Audience, messages: int, percent: int) -> Sample:
    return lambda: quantiles(stage.await_(audience.late(messages)), n=100)[percent - 1] * 1000
