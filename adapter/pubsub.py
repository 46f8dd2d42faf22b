"""The synchronous shells that listen: redis-py's ``PubSub`` over GLIDE, and its ``Monitor``.

Subscribing, reading and redis-py's dicts are its own; what is behind them is a ``PubSubBridge``.
"""

from __future__ import annotations

from typing import Any

import redis.client
from redis.event import AfterPubSubConnectionInstantiationEvent, ClientType
from redis.exceptions import ResponseError

from adapter.bridge import PubSubBridge
from adapter.connect.appearance import Appearance
from adapter.connect.listener import SyncListener, is_push
from adapter.connect.pool import ConnectionPool
from adapter.translate.messages import plain_message


class PubSub(redis.client.PubSub):
    """redis-py's ``PubSub`` on a listening connection of its own.

    Messages wait here until they are read.
    """

    connection_pool: ConnectionPool
    connection: Any

    def __init__(self, connection_pool: Any, *args: Any, **kwargs: Any) -> None:
        pool = None if connection_pool is None else self._beside(connection_pool)
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

    @property
    def _set_by_hand(self) -> bool:
        """Whether the caller wants a connection of redis-py's own to be used, which he waits for
        himself.
        """
        return self.connection is not None and not isinstance(self.connection, Appearance)

    def reset(self) -> None:
        """Stops listening, and forgets what was heard."""
        if not self._set_by_hand:
            self.connection = None
        super().reset()
        if "_bridge" in self.__dict__:
            self._bridge.close()

    def execute_command(self, *args: Any) -> Any:
        """SUBSCRIBE and its kin, and PING; returns once the server has answered."""
        if self._set_by_hand:
            super().execute_command(*args)  # type: ignore[no-untyped-call]
            return
        self._connect()
        if not self.subscribed:
            self.connection.check_health()
        try:
            self._bridge.perform(*args)
        except ResponseError as refused:
            # redis-py's callers meet the server's answer when they read
            self._bridge.put(self._inbox, refused)

    def _connect(self) -> None:
        if not isinstance(self.connection, SyncListener):
            if self.connection is not None:
                # taken from the pool and set here, as celery does: it cannot listen
                self.connection_pool.release(self.connection)
            self._bridge.open()
            self.connection = SyncListener(self._bridge, self._inbox)
            self._event_dispatcher.dispatch(
                AfterPubSubConnectionInstantiationEvent(
                    self.connection, self.connection_pool, ClientType.SYNC, self._lock
                )
            )
        elif not self.connection.is_connected:
            self._again()

    def _again(self, error: Exception | None = None) -> None:
        """As redis-py: connects again, subscribes again, and is told so again."""
        self._bridge.close()
        self._bridge.open()
        self.on_connect(self.connection)

    def parse_response(self, block: bool = True, timeout: float = 0) -> Any:
        """The next message or confirmation as redis's push reply, or None."""
        if self._set_by_hand:
            return super().parse_response(block, timeout)  # type: ignore[no-untyped-call]
        if self.connection is not None and not self.connection.is_connected:
            self._again()
        self.check_health()
        reply = self.connection_pool.retry.call_with_retry(
            lambda: self._bridge.read(self._inbox, None if block else timeout), self._again
        )
        if reply is not None:
            self.connection.heard()
        response = self.connection_pool.encoder.reply(reply)
        if self.is_health_check_response(response):
            self.health_check_response_counter -= 1
            return None
        if self.push_handler_func is None or not is_push(response, self.connection):
            return response
        return self.push_handler_func(response)

    def handle_message(self, response: Any, ignore_subscribe_messages: bool = False) -> Any:
        """redis-py's dict of a push reply, or None if a handler has had it."""
        message = plain_message(response, self.channels)
        if message is not None:
            return message
        return super().handle_message(  # type: ignore[no-untyped-call]
            response, ignore_subscribe_messages
        )


class Monitor(redis.client.Monitor):
    """redis-py's ``Monitor``, on one of its own connections: GLIDE's monitor drops the backslashes
    of what is no text.
    """

    def __init__(self, connection_pool: Any) -> None:
        self.connection_pool = connection_pool
        self.connection = connection_pool.connection_class(**connection_pool.connection_kwargs)
        self.connection.connect()

    def __enter__(self) -> Monitor:
        try:
            super().__enter__()  # type: ignore[no-untyped-call]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *args: Any) -> None:
        self.connection.disconnect()
