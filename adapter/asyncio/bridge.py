"""``adapter.asyncio.PubSubBridge``: the awaitable twin of ``bridge``; events are emitted in the
event loop that subscribed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from threading import get_ident
from typing import Any, Self

from glide_shared.exceptions import GlideError
from pyee.asyncio import AsyncIOEventEmitter
from redis.commands.helpers import list_or_args
from redis.exceptions import ConnectionError

from adapter.bridge import CLOSED_BY_SERVER, decoder, heeded, pong, tell
from adapter.connect.async_direct import AsyncDirect
from adapter.connect.async_listening import AsyncListening
from adapter.connect.async_pool import ConnectionPool
from adapter.connect.vigil import VIGIL
from adapter.state.pubsub import (
    SHARDED,
    SUBSCRIBING,
    UNSUBSCRIBING,
    Change,
    Outlet,
    Reply,
    Subscriptions,
    events,
    while_alive,
)
from adapter.translate import errors


class PubSubBridge(AsyncIOEventEmitter):
    """Subscribes, and emits ioredis' events in the event loop::

        bridge = PubSubBridge(client)
        bridge.on("message", lambda channel, message: ...)
        await bridge.subscribe("news")

    The events are those of ``adapter.PubSubBridge``.  A listener may be a coroutine function: it
    becomes a task, and the next event does not wait for it.
    """

    def __init__(self, client: Any, *, emits: bool = True) -> None:
        super().__init__()
        self.connection_pool = ConnectionPool.adopt(getattr(client, "connection_pool", client))
        self._subscriptions = Subscriptions()
        self._listening: AsyncListening | None = None
        self._direct: AsyncDirect | None = None
        self._generation = 0
        self._suspected = False
        self._told: Outlet | None = None
        self._settle()
        if emits:
            self.emitting()

    def _settle(self) -> None:
        """What belongs to one event loop."""
        self._arrival = asyncio.Event()
        self._order = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0

    def emitting(self) -> Self:
        """Emits events from now on."""
        if self._told is None:
            self._told = self._subscriptions.outlet()
            if self._listening is not None:
                self._start()
        return self

    def outlet(self) -> Outlet:
        """A new reader, for ``read``."""
        return self._subscriptions.outlet()

    async def subscribe(self, *channels: Any) -> int:
        """Listens to channels; returns the number of subscriptions."""
        return await self._asked("SUBSCRIBE", channels)

    async def psubscribe(self, *patterns: Any) -> int:
        """Listens to patterns; returns the number of subscriptions."""
        return await self._asked("PSUBSCRIBE", patterns)

    async def unsubscribe(self, *channels: Any) -> int:
        """Leaves channels, or all; returns the number of subscriptions that are left."""
        return await self._asked("UNSUBSCRIBE", channels)

    async def punsubscribe(self, *patterns: Any) -> int:
        """Leaves patterns, or all; returns the number of subscriptions that are left."""
        return await self._asked("PUNSUBSCRIBE", patterns)

    async def ssubscribe(self, *channels: Any) -> None:
        """Listens to sharded channels."""
        await self._asked("SSUBSCRIBE", channels)

    async def sunsubscribe(self, *channels: Any) -> None:
        """Leaves sharded channels, or all."""
        await self._asked("SUNSUBSCRIBE", channels)

    async def _asked(self, command: str, names: tuple[Any, ...]) -> int:
        await self.perform(command, *(list_or_args(names[0], names[1:]) if names else ()))
        return self._subscriptions.count + (self._direct.count if self._direct else 0)

    async def aclose(self) -> None:
        """Listens no longer; ``end`` comes behind the events of what was heard.  May be used
        again.
        """
        self.close()

    def close(self) -> None:
        """As ``aclose``, from anywhere."""
        listening, self._listening = self._listening, None
        self._generation += 1
        self._subscriptions.forget(but=self._told)
        if listening is not None:
            listening.end()
            self._dropped()

    def drop(self) -> None:
        """Ends the connection; the next call opens another, with all subscriptions."""
        if self._listening is not None:
            self._listening.end()
            self._dropped()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *args: object) -> None:
        self.close()

    def __del__(self) -> None:
        if self.__dict__.get("_listening") is not None:
            self.close()

    @property
    def connected(self) -> bool:
        """Whether there is a listening connection."""
        return self._listening is not None and self._listening.alive

    async def perform(self, *args: Any) -> None:
        """SUBSCRIBE and its kin, and PING; returns once the server has confirmed.

        Errors: redis.exceptions.
        """
        command, *names = self.connection_pool.encoder.words(args)
        await self._trying(lambda: self._perform(command.upper(), names))

    async def open(self) -> None:
        """Makes sure that there is a listening connection, with all subscriptions.

        Errors: redis.exceptions.
        """
        await self._trying(self._connection)

    async def ping(self) -> None:
        """Returns once the server has answered; no reader is told.  Errors: redis.exceptions."""

        async def asked() -> None:
            await (await self._connection()).ping()

        await self._trying(asked)

    async def _trying(self, perform: Callable[[], Awaitable[Any]]) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            if self._listening is not None:
                self._listening.end()
            self._settle()
            self._loop, self._thread = loop, get_ident()

        async def translated() -> None:
            try:
                await perform()
            except GlideError as error:
                raise errors.translate(error) from error

        async with self._order:
            await self.connection_pool.retry.call_with_retry(translated, self._doubt)

    async def _doubt(self, error: Exception) -> None:
        self.connection_pool.sender().lanes.doubt()

    async def _perform(self, command: bytes, names: list[bytes]) -> None:
        listening = await self._connection()
        if command in SHARDED or listening.on_replica:
            limit = self.connection_pool.sender().lanes.settings.socket_timeout
            await self._directly().ask(command, names, limit)
        elif command in SUBSCRIBING:
            await self._join(listening, self._subscriptions.join(command, names))
        elif command in UNSUBSCRIBING:
            change = self._subscriptions.leave(command, names)
            await listening.leave(change)
            self._subscriptions.left(change)
        else:
            await listening.ping(names)
            wire, count = self.connection_pool.encoder.wire, self._subscriptions.count
            self._subscriptions.deliver(pong(b"".join(names), wire, count))
        self._arrival.set()

    async def _join(self, listening: AsyncListening, change: Change) -> None:
        try:
            await listening.join(change)
        except BaseException:
            self._subscriptions.refused()
            raise
        self._subscriptions.joined()
        self._arrival.set()

    async def _connection(self) -> AsyncListening:
        listening = self._listening
        if listening is not None and listening.alive:
            return listening
        self._generation += 1
        self._suspected = False
        lost = self._subscriptions.forget(but=self._told) if listening is not None else []
        heard = while_alive(self._heard, self._generation)
        sender = self.connection_pool.sender()
        listening = await AsyncListening.begin(sender, heard, while_alive(self._dropped))
        VIGIL.watch(listening.client, self._suspect)
        self._listening = listening
        for command, names in lost:
            await self._join(listening, self._subscriptions.join(command, names))
        if self._told is not None:
            self._start()
        return listening

    def _heard(self, channel: bytes, data: bytes, pattern: bytes | None, generation: int) -> None:
        """Called in the thread that reads GLIDE's replies, which need not be the loop's."""
        if get_ident() != self._thread:
            self._soon(self._heard, channel, data, pattern, generation)
        elif generation == self._generation:
            self._subscriptions.heard(channel, data, pattern)
            if not self._arrival.is_set():
                self._arrival.set()

    def at_once(self, outlet: Outlet) -> Reply | None:
        """What is there to be read, if there is nothing to be looked after: as ``read``, which has
        to be asked otherwise.
        """
        if outlet and not self._suspected and type(outlet[0]) is list and self.connected:
            return outlet.popleft()
        return None

    def _suspect(self) -> None:
        """Some connection of this process was interrupted; the next who reads finds out which."""
        self._suspected = True
        self._soon(self._arrival.set)

    def _dropped(self) -> None:
        self._soon(self._end_direct)
        self._soon(self._arrival.set)

    def _directly(self) -> AsyncDirect:
        if self._direct is None:
            told = while_alive(self._told_directly), while_alive(self._lost_directly)
            self._direct = AsyncDirect(self.connection_pool, *told)
        return self._direct

    def _told_directly(self, reply: Reply) -> None:
        self._subscriptions.deliver(reply)
        self._arrival.set()

    def _lost_directly(self, error: Exception) -> None:
        """Readers are told as redis-py tells them; whoever waits for events need not know."""
        self._subscriptions.deliver(error, but=self._told)
        self._arrival.set()

    def _end_direct(self) -> None:
        direct, self._direct = self._direct, None
        if direct is not None:
            direct.end()

    def _soon(self, call: Callable[..., None], *args: Any) -> None:
        """In the loop's thread; at once, if this is it."""
        if get_ident() == self._thread:
            call(*args)
        elif self._loop is not None:
            try:
                self._loop.call_soon_threadsafe(call, *args)
            except RuntimeError:
                # the loop is closed: nobody reads any more
                return

    async def read(self, outlet: Outlet, timeout: float | None) -> Reply | None:
        """The next reply; None once ``timeout`` seconds have passed (None: waits for ever), or the
        bridge was closed.

        Errors: ConnectionError, if the connection was dropped or interrupted meanwhile; what was
        ``put``.
        """
        loop = asyncio.get_running_loop()
        deadline = None if timeout is None else loop.time() + timeout
        if timeout is not None and timeout <= 0 and not outlet:
            # a caller who polls must let the loop take in what has come
            await asyncio.sleep(0)
        while not outlet and self.connected:
            if self._suspected:
                await self._suspicious()
            if deadline is not None and deadline <= loop.time():
                return heeded(outlet.popleft()) if outlet else None
            if outlet or self._suspected:
                continue
            self._arrival.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(deadline):
                    await self._arrival.wait()
        if outlet:
            return heeded(outlet.popleft())
        if self._listening is not None:
            raise ConnectionError(CLOSED_BY_SERVER)
        return None

    def put(self, outlet: Outlet, error: Exception) -> None:
        """``read`` raises ``error``, in its turn."""
        outlet.append(error)
        self._arrival.set()

    async def _suspicious(self) -> None:
        self._suspected = False
        interrupted = None
        try:
            if self._listening is not None and self._listening.alive:
                interrupted = await self._listening.interrupted()
        finally:
            if interrupted is None:
                self._suspected = True
        if interrupted:
            raise ConnectionError(CLOSED_BY_SERVER)

    def _start(self) -> None:
        """Starts the task that emits, if there is none."""
        if self._task is None and self._loop is not None:
            self._task = self._loop.create_task(self._emit())

    async def _emit(self) -> None:
        told, decode = self._told, decoder(self.connection_pool.encoder)
        assert told is not None
        while told or self.connected:
            while not told and self.connected:
                self._arrival.clear()
                await self._arrival.wait()
            if told:
                for name, arguments in events(told.popleft(), decode):
                    tell(self, name, *arguments)
        self._task = None
        tell(self, "end")
