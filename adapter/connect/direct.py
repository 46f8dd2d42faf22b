"""What GLIDE does not listen to, heard on one of redis-py's own connections.

Sharded channels on a single server: GLIDE's core ends the process when a client of a single server
has joined one (synchronizer.rs unwraps the missing slot map).  And whatever is heard at a replica:
GLIDE subscribes at primaries only.  The server's confirmations and errors arrive here as they are.
The awaitable twin is ``async_direct``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from redis.exceptions import ConnectionError, ResponseError, TimeoutError

from adapter.state.pubsub import Confirmed, Reply

AGAIN_SECONDS = 0.1
"""How long to wait before a lost server is tried again."""


def own_connection(pool: Any) -> Any:
    """A redis-py connection with the pool's keywords that waits for messages without a limit."""
    kwargs = dict(pool.connection_kwargs)
    connect_timeout = pool.connection_class(**kwargs).socket_connect_timeout
    limits = {"socket_timeout": None, "socket_connect_timeout": connect_timeout}
    return pool.connection_class(**{**kwargs, **limits, "health_check_interval": 0})


def plain(reply: Any) -> Reply:
    """Without the type that redis-py's parser gives to push replies."""
    return list(reply) if isinstance(reply, list) else reply


class Direct:
    """One such connection, with a thread that reads.

    ``heard`` is called with each reply, ``lost`` with the error when the connection breaks; it is
    then opened again with all subscriptions, until ``end``.
    """

    def __init__(
        self, pool: Any, heard: Callable[[Reply], None], lost: Callable[[Exception], None]
    ) -> None:
        self._heard = heard
        self._lost = lost
        self._connection = own_connection(pool)
        self._confirmed = Confirmed()
        self._answer = threading.Condition()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def count(self) -> int:
        """Channels and patterns that are listened to, without sharded ones."""
        return self._confirmed.count

    def ask(self, command: bytes, names: list[bytes], limit: float | None) -> None:
        """SUBSCRIBE and its kin, and PING; returns once the server has answered.

        Errors: ConnectionError, TimeoutError (after ``limit`` seconds), ResponseError.
        """
        if self._thread is None:
            self._connection.connect()
            self._thread = threading.Thread(target=self._read, daemon=True, name="pubsub-direct")
            self._thread.start()
        with self._answer:
            self._confirmed.asked(command, names)
            self._connection.send_command(command, *names)
            if not self._answer.wait_for(lambda: self._confirmed.answered, limit):
                raise TimeoutError("Timeout reading from socket")
            if self._confirmed.refusal is not None:
                raise self._confirmed.refusal

    def end(self) -> None:
        """Listens no longer."""
        self._over.set()
        self._connection.disconnect()

    def _read(self) -> None:
        connection = self._connection
        while not self._over.is_set():
            try:
                self._take_in(connection.read_response(disable_decoding=True, push_request=True))
            except ResponseError as refused:
                self._take_in(refused)
            except Exception as error:
                # redis-py's parser, too, is taken from under a reader who is ended
                if not self._over.is_set():
                    broken = ConnectionError(*error.args)
                    self._take_in(broken)
                    self._lost(broken)
                    self._mend()
        connection.disconnect()

    def _take_in(self, reply: Any) -> None:
        told = plain(reply)
        with self._answer:
            self._confirmed.take_in(told)
            self._answer.notify_all()
        if not isinstance(told, Exception):
            self._heard(told)

    def _mend(self) -> None:
        while not self._over.wait(AGAIN_SECONDS):
            try:
                self._connection.disconnect()
                self._connection.connect()
                for command, names in self._confirmed.names.items():
                    if names:
                        self._connection.send_command(command, *names)
            except Exception:
                # the reader has been told that it is lost; it is heard again once this succeeds
                continue
            return
