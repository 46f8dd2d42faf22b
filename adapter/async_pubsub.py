"""The asynchronous shells that listen: the awaitable twins of ``pubsub``."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import redis.asyncio.client
from glide import GlideClient
from glide_shared.exceptions import GlideError
from glide_shared.request_type import RequestType

from adapter.connect.async_lanes import AsyncLanes
from adapter.connect.async_pool import ConnectionPool
from adapter.connect.async_sender import AsyncSender
from adapter.connect.monitoring import Monitored, watch_commands
from adapter.connect.options import NotSupportedError
from adapter.state.pubsub import (
    SHARDED,
    SHARDED_NEEDS_CLUSTER,
    SUBSCRIBING,
    UNSUBSCRIBING,
    Change,
    PubSubBridge,
    while_alive,
)
from adapter.translate import errors
from adapter.translate.plan import Native

MONITOR_SECONDS = 0.01
"""How often a monitor looks whether a command has come."""
PING = Native(RequestType.Ping, [])


class Listener:
    """The ``connection`` of a PubSub, for those who look at it or want it dropped."""

    def __init__(self, lanes: AsyncLanes, client: GlideClient) -> None:
        self._lanes = lanes
        self.client = client

    @property
    def is_connected(self) -> bool:
        """False once it was dropped; the next read opens a new one and subscribes again."""
        return not self.client._is_closed

    async def disconnect(self, *args: Any, **options: Any) -> None:
        """Drops the connection."""
        self.silence()

    def silence(self) -> None:
        """As ``disconnect``, from anywhere."""
        self._lanes.silence(self.client)


class PubSub(redis.asyncio.client.PubSub):
    """redis-py's asynchronous ``PubSub`` on a listening connection of its own."""

    connection_pool: ConnectionPool
    connection: Any

    def __init__(self, connection_pool: Any, *args: Any, **kwargs: Any) -> None:
        self._bridge = PubSubBridge()
        self._arrival: asyncio.Event | None = None
        self._order = asyncio.Lock()
        self._thread = 0
        self._sender: AsyncSender | None = None
        super().__init__(ConnectionPool.adopt(connection_pool), *args, **kwargs)

    async def aclose(self) -> None:
        """Stops listening, and forgets what was heard."""
        listener, self.connection = self.__dict__.get("connection"), None
        await super().aclose()  # type: ignore[no-untyped-call]
        self._bridge.forget()
        if self._arrival is not None:
            self._arrival.set()
        if listener is not None:
            listener.silence()

    def __del__(self) -> None:
        listener = self.__dict__.get("connection")
        if listener is not None:
            listener.silence()

    def _heard(self, message: Any, context: Any) -> None:
        """Called by GLIDE in the thread that reads its replies, which need not be the loop's."""
        if threading.get_ident() == self._thread:
            self._take_in(message)
            return
        assert self._sender is not None
        try:
            self._sender.lanes.loop.call_soon_threadsafe(self._take_in, message)
        except RuntimeError:
            # the loop is closed: nobody reads any more
            return

    def _take_in(self, message: Any) -> None:
        heard = self._bridge.heard(message.channel, message.message, message.pattern)
        if heard and self._arrival is not None:
            self._arrival.set()

    async def connect(self) -> None:
        """Opens the listening connection, if there is none that works."""
        listener = self.connection
        if listener is not None and listener.is_connected:
            return
        resubscribe = listener is not None
        self._sender = self.connection_pool.sender()
        self._thread = threading.get_ident()
        self._arrival = asyncio.Event()
        lanes = self._sender.lanes
        self.connection = Listener(lanes, await lanes.listening(while_alive(self._heard)))
        if resubscribe:
            # somebody dropped it; as redis-py: connect again, subscribe again
            self._bridge.forget()
            await self.on_connect(self.connection)

    async def execute_command(self, *args: Any) -> Any:
        """SUBSCRIBE and its kin, and PING; returns once the server has confirmed."""
        await self.connection_pool.retry.call_with_retry(lambda: self._command(*args), self._lost)

    async def _lost(self, error: Exception) -> None:
        self.connection_pool.sender().lanes.doubt()

    async def _command(self, *args: Any) -> None:
        command, *names = self.connection_pool.encoder.words(args)
        command = command.upper()
        await self.connect()
        try:
            async with self._order:
                if command in SUBSCRIBING:
                    await self._join(command, names)
                elif command in UNSUBSCRIBING:
                    await self._leave(command, names)
                elif command in SHARDED:
                    raise NotSupportedError(SHARDED_NEEDS_CLUSTER)
                else:
                    await self._ping(*names)
        except GlideError as error:
            raise errors.translate(error) from error
        if self._arrival is not None:
            self._arrival.set()

    async def _join(self, command: bytes, names: list[bytes]) -> None:
        change = self._bridge.join(command, names)
        if change.names:
            try:
                await self._ask(change)
            except BaseException:
                self._bridge.failed_to_join(change)
                raise

    async def _leave(self, command: bytes, names: list[bytes]) -> None:
        change, leaving = self._bridge.leaving(command, names)
        if change.names:
            await self._ask(change)
        self._bridge.left(command, leaving)

    async def _ask(self, change: Change) -> None:
        assert self._sender is not None
        listener: GlideClient = self.connection.client
        names: Any = set(change.names)
        limit = self._sender.lanes.limit_ms
        match change.command:
            case b"SUBSCRIBE":
                await listener.subscribe(names, limit)
            case b"PSUBSCRIBE":
                await listener.psubscribe(names, limit)
            case b"UNSUBSCRIBE":
                await listener.unsubscribe(names, limit)
            case _:
                await listener.punsubscribe(names, limit)

    async def _ping(self, data: bytes = b"") -> None:
        assert self._sender is not None
        await self._sender.one(self.connection.client, PING, limited=True)
        self._bridge.pong(data)

    async def check_health(self) -> None:
        """Nothing to do: GLIDE reconnects and subscribes again by itself."""

    async def parse_response(self, block: bool = True, timeout: float | None = 0) -> Any:
        """The next message or confirmation as redis's push reply, or None."""
        if self.connection is None:
            raise RuntimeError(
                "pubsub connection not set: did you forget to call subscribe() or psubscribe()?"
            )
        await self.connect()
        if not await self._something(None if block else timeout):
            return None
        decode = self.encoder.decode
        reply = self._bridge.inbox.popleft()
        response = [decode(part) if isinstance(part, bytes) else part for part in reply]
        if self.push_handler_func is None:
            return response
        handled = self.push_handler_func(response)
        return await handled if isinstance(handled, Awaitable) else handled

    async def _something(self, timeout: float | None) -> bool:
        """Waits until there is something to read; False once ``timeout`` seconds have passed."""
        inbox = self._bridge.inbox
        if inbox:
            return True
        if timeout is not None and timeout <= 0:
            # a caller who polls must let the loop take in what has come
            await asyncio.sleep(0)
            return bool(self._bridge.inbox)
        try:
            async with asyncio.timeout(timeout):
                while not self._bridge.inbox and self.connection is not None:
                    assert self._arrival is not None
                    self._arrival.clear()
                    await self._arrival.wait()
        except TimeoutError:
            return False
        return bool(self._bridge.inbox)


class Monitor(redis.asyncio.client.Monitor):
    """redis-py's asynchronous ``Monitor`` over GLIDE's monitor client."""

    connection_pool: ConnectionPool
    connection: Any

    def __init__(self, connection_pool: Any) -> None:
        self.connection_pool = ConnectionPool.adopt(connection_pool)
        self.connection = None
        self._monitored: Monitored | None = None

    async def connect(self) -> None:
        """Starts monitoring."""
        if self._monitored is None:
            settings = await self.connection_pool.sender().lanes.arrived()
            # GLIDE's monitor connects at once, and would hold up the loop
            self._monitored = await asyncio.to_thread(watch_commands, settings)

    async def __aenter__(self) -> Monitor:
        await self.connect()
        return self

    async def __aexit__(self, *args: Any) -> None:
        if self._monitored is not None:
            self._monitored.close()
            self._monitored = None

    async def next_command(self) -> Any:
        """Waits for the next command that the server runs."""
        await self.connect()
        while True:
            assert self._monitored is not None
            if (command := self._monitored.poll()) is not None:
                return command
            await asyncio.sleep(MONITOR_SECONDS)

    async def listen(self) -> AsyncIterator[Any]:
        """Every command that the server runs from now on."""
        while True:
            yield await self.next_command()
