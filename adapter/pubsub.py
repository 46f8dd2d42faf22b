"""The synchronous shells that listen: redis-py's ``PubSub`` and ``Monitor`` over GLIDE.

Subscribing, reading and redis-py's dicts are its own; the connection behind them is GLIDE's, and
what has been heard waits in the ``PubSubBridge``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import redis.client
from glide_shared.exceptions import GlideError
from glide_shared.request_type import RequestType
from glide_sync import GlideClient
from redis.exceptions import RedisError

from adapter.connect.lanes import Lanes
from adapter.connect.monitoring import Monitored, watch_commands
from adapter.connect.options import NotSupportedError
from adapter.connect.pool import ConnectionPool
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

PING = Native(RequestType.Ping, [])


class Listener:
    """The ``connection`` of a PubSub, for those who look at it or want it dropped."""

    def __init__(self, lanes: Lanes, client: GlideClient) -> None:
        self._lanes = lanes
        self.client = client

    @property
    def is_connected(self) -> bool:
        """False once it was dropped; the next read opens a new one and subscribes again."""
        return self._lanes.alive(self.client)

    def disconnect(self, *args: Any) -> None:
        """Drops the connection."""
        self._lanes.silence(self.client)


class PubSub(redis.client.PubSub):
    """redis-py's ``PubSub`` on a listening connection of its own.

    Messages wait here until they are read.
    """

    connection_pool: ConnectionPool
    connection: Any

    def __init__(self, connection_pool: Any, *args: Any, **kwargs: Any) -> None:
        self._bridge = PubSubBridge()
        # GLIDE's thread holds it while it hands over a message; no GLIDE call is ever made under it
        self._arrival = threading.Condition()
        self._order = threading.RLock()
        super().__init__(ConnectionPool.adopt(connection_pool), *args, **kwargs)

    def reset(self) -> None:
        """Stops listening, and forgets what was heard."""
        listener = self.__dict__.get("connection")
        self.connection = None
        super().reset()
        with self._arrival:
            self._bridge.forget()
            self._arrival.notify_all()
        if listener is not None:
            listener.disconnect()

    @property
    def _lanes(self) -> Lanes:
        return self.connection_pool.lanes

    def _heard(self, message: Any, context: Any) -> None:
        """Runs on GLIDE's thread, where calling GLIDE would end the process: only the inbox is
        touched.
        """
        with self._arrival:
            if self._bridge.heard(message.channel, message.message, message.pattern):
                self._arrival.notify()

    def _listener(self) -> GlideClient:
        listener: Listener | None = self.connection
        if listener is None or not listener.is_connected:
            lanes = self.connection_pool.lanes
            listener = self.connection = Listener(lanes, lanes.listening(while_alive(self._heard)))
        return listener.client

    def execute_command(self, *args: Any) -> Any:
        """SUBSCRIBE and its kin, and PING; returns once the server has confirmed."""
        retry = self.connection_pool.retry
        with self._order:
            return retry.call_with_retry(lambda: self._command(*args), self._lost)

    def _lost(self, error: Exception) -> None:
        self._lanes.doubt()

    def _command(self, *args: Any) -> None:
        command, *names = self.connection_pool.encoder.words(args)
        command = command.upper()
        try:
            if command in SUBSCRIBING:
                self._join(command, names)
            elif command in UNSUBSCRIBING:
                self._leave(command, names)
            elif command in SHARDED:
                raise NotSupportedError(SHARDED_NEEDS_CLUSTER)
            else:
                self._ping(*names)
        except GlideError as error:
            raise errors.translate(error) from error

    def _join(self, command: bytes, names: list[bytes]) -> None:
        listener = self._listener()
        with self._arrival:
            change = self._bridge.join(command, names)
        if change.names:
            try:
                self._ask(listener, change)
            except BaseException:
                with self._arrival:
                    self._bridge.failed_to_join(change)
                raise
        with self._arrival:
            self._arrival.notify_all()

    def _leave(self, command: bytes, names: list[bytes]) -> None:
        listener = self._listener()
        with self._arrival:
            change, leaving = self._bridge.leaving(command, names)
        if change.names:
            self._ask(listener, change)
        with self._arrival:
            self._bridge.left(command, leaving)
            self._arrival.notify_all()

    def _ask(self, listener: GlideClient, change: Change) -> None:
        names: Any = set(change.names)
        limit = self._lanes.limit_ms
        match change.command:
            case b"SUBSCRIBE":
                ask: Callable[..., Any] = listener.subscribe
            case b"PSUBSCRIBE":
                ask = listener.psubscribe
            case b"UNSUBSCRIBE":
                ask = listener.unsubscribe
            case _:
                ask = listener.punsubscribe
        self._lanes.call(listener, ask, names, limit)

    def _ping(self, data: bytes = b"") -> None:
        self.connection_pool.sender.one(self._listener(), PING, limited=True)
        with self._arrival:
            self._bridge.pong(data)
            self._arrival.notify_all()

    def check_health(self) -> None:
        """Nothing to do: GLIDE reconnects and subscribes again by itself."""

    def parse_response(self, block: bool = True, timeout: float = 0) -> Any:
        """The next message or confirmation as redis's push reply, or None."""
        listener = self.connection
        if listener is None:
            raise RuntimeError(
                "pubsub connection not set: did you forget to call subscribe() or psubscribe()?"
            )
        if not listener.is_connected:
            # somebody dropped it; as redis-py: connect again, subscribe again
            with self._arrival:
                self._bridge.forget()
            self._listener()
            self.on_connect(None)
        with self._arrival:
            self._arrival.wait_for(
                lambda: self._bridge.inbox or self.connection is None, None if block else timeout
            )
            if not self._bridge.inbox:
                return None
            reply = self._bridge.inbox.popleft()
        # redis-py's constructor has made one
        decode: Any = self.encoder.decode  # type: ignore[union-attr]
        response: Any = [decode(part) if isinstance(part, bytes) else part for part in reply]
        return response if self.push_handler_func is None else self.push_handler_func(response)


class Monitor(redis.client.Monitor):
    """redis-py's ``Monitor`` over GLIDE's monitor client."""

    def __init__(self, connection_pool: Any) -> None:
        self.connection_pool = ConnectionPool.adopt(connection_pool)
        self.connection = None
        self._monitored: Monitored | None = None

    def __enter__(self) -> Monitor:
        self._monitored = watch_commands(self.connection_pool.lanes.arrived())
        return self

    def __exit__(self, *args: Any) -> None:
        if self._monitored is not None:
            self._monitored.close()

    def next_command(self) -> dict[str, Any]:
        """Waits for the next command that the server runs."""
        if self._monitored is None:
            raise RedisError("the monitor is not running; use it as a context manager")
        return self._monitored.next()

    def listen(self) -> Iterator[dict[str, Any]]:
        """Every command that the server runs from now on."""
        while True:
            yield self.next_command()
