"""The asynchronous shells that listen: the awaitable twins of ``pubsub``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from typing import Any

import redis.asyncio.client
from redis.event import AfterPubSubConnectionInstantiationEvent, ClientType
from redis.exceptions import ResponseError

from adapter.asyncio.bridge import PubSubBridge
from adapter.connect.async_pool import ConnectionPool
from adapter.connect.listener import AsyncListener, is_push
from adapter.translate.messages import plain_message


class PubSub(redis.asyncio.client.PubSub):
    """redis-py's asynchronous ``PubSub`` on a listening connection of its own."""

    connection_pool: ConnectionPool
    connection: Any

    def __init__(self, connection_pool: Any, *args: Any, **kwargs: Any) -> None:
        pool: Any = None if connection_pool is None else self._beside(connection_pool)
        super().__init__(pool, *args, **kwargs)

    def _beside(self, connection_pool: Any) -> ConnectionPool:
        """Where to listen; a cluster's PubSub may know only when it has a channel."""
        pool = ConnectionPool.adopt(connection_pool)
        self._bridge = PubSubBridge(pool, emits=False)
        self._inbox = self._bridge.outlet()
        return pool

    @property
    def bridge(self) -> PubSubBridge:
        """Emits an event for whatever is heard here, besides."""
        return self._bridge.emitting()

    async def aclose(self) -> None:
        """Stops listening, and forgets what was heard."""
        self.connection = None
        await super().aclose()  # type: ignore[no-untyped-call]
        if "_bridge" in self.__dict__:
            self._bridge.close()

    def __del__(self) -> None:
        if "_bridge" in self.__dict__:
            self._bridge.close()

    async def connect(self) -> None:
        """Opens the listening connection, if there is none that works."""
        if self.connection is None:
            await self._bridge.open()
            self.connection = AsyncListener(self._bridge)
            self._event_dispatcher.dispatch(
                AfterPubSubConnectionInstantiationEvent(
                    self.connection, self.connection_pool, ClientType.ASYNC, self._lock
                )
            )
        elif not self.connection.is_connected:
            await self._again()

    async def _again(self, error: Exception | None = None) -> None:
        """As redis-py: connects again, subscribes again, and is told so again."""
        self._bridge.close()
        await self._bridge.open()
        await self.on_connect(self.connection)

    async def execute_command(self, *args: Any) -> Any:
        """SUBSCRIBE and its kin, and PING; returns once the server has answered."""
        await self.connect()
        if not self.subscribed:
            await self.connection.check_health()
        try:
            await self._bridge.perform(*args)
        except ResponseError as refused:
            # redis-py's callers meet the server's answer when they read
            self._bridge.put(self._inbox, refused)

    def listen(self) -> AsyncIterator[Any]:
        """Messages and confirmations, for as long as anything is listened to."""
        readers: Any = (self.parse_response, self.handle_message)
        if tuple(getattr(reader, "__func__", None) for reader in readers) == _READERS:
            return self._listen()
        # somebody reads in his own way
        return super().listen()

    async def _listen(self) -> AsyncIterator[Any]:
        """As redis-py's, past two coroutines for each message that is there already."""
        while self.subscribed:
            response = self._here()
            if response is None:
                response = await self.parse_response(block=True)
            message = plain_message(response, self.channels)
            if message is None:
                message = await self.handle_message(response)
            if message is not None:
                yield message

    def _here(self) -> Any:
        """What is there to be read, if nothing has to be looked after first."""
        connection = self.connection
        if connection is None or connection.health_check_interval:
            return None
        if self.push_handler_func is not None:
            return None
        here = self._bridge.at_once(self._inbox)
        return None if here is None else self.connection_pool.encoder.reply(here)

    async def parse_response(self, block: bool = True, timeout: float | None = 0) -> Any:
        """The next message or confirmation as redis's push reply, or None."""
        if (here := self._here()) is not None:
            return here
        if self.connection is not None and not self.connection.is_connected:
            await self._again()
        await self.check_health()  # type: ignore[no-untyped-call]
        reply = await self.connection_pool.retry.call_with_retry(
            lambda: self._bridge.read(self._inbox, None if block else timeout), self._again
        )
        if reply is not None:
            self.connection.heard()
        response = self.connection_pool.encoder.reply(reply)
        if self.connection.health_check_interval and response in self.health_check_response:
            return None
        if self.push_handler_func is None or not is_push(response, self.connection):
            return response
        handled = self.push_handler_func(response)
        return await handled if isinstance(handled, Awaitable) else handled

    async def handle_message(self, response: Any, ignore_subscribe_messages: bool = False) -> Any:
        """redis-py's dict of a push reply, or None if a handler has had it."""
        message = plain_message(response, self.channels)
        if message is not None:
            return message
        return await super().handle_message(  # type: ignore[no-untyped-call]
            response, ignore_subscribe_messages
        )


_READERS = (PubSub.parse_response, PubSub.handle_message)
"""Past which ``listen`` may go; whoever has others wants them to be asked."""


class Monitor(redis.asyncio.client.Monitor):
    """redis-py's asynchronous ``Monitor``, on one of its own connections, as ``adapter.pubsub``
    says.
    """

    connection: Any

    async def connect(self) -> None:
        """Opens the connection, unless it is open."""
        if self.connection is None:
            pool = self.connection_pool
            self.connection = pool.connection_class(**pool.connection_kwargs)
            await self.connection.connect()

    async def __aenter__(self) -> Monitor:
        try:
            await super().__aenter__()  # type: ignore[no-untyped-call]
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *args: Any) -> None:
        await self.connection.disconnect()
