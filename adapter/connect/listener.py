"""The ``connection`` of a PubSub, for those who look at it or want it dropped."""

from __future__ import annotations

import socket
from typing import Any

from redis.exceptions import ConnectionError

from adapter.connect.appearance import Appearance


class Listener(Appearance):
    """What redis-py's ``Connection`` is to a PubSub; its ``bridge`` does the listening."""

    def __init__(self, bridge: Any) -> None:
        super().__init__(bridge.connection_pool)
        self.bridge = bridge

    @property
    def is_connected(self) -> bool:
        """False once it was dropped; the next call opens a new one and subscribes again."""
        return bool(self.bridge.connected)


class SyncListener(Listener):
    """The ``connection`` of a synchronous PubSub, whose replies wait in ``inbox``."""

    def __init__(self, bridge: Any, inbox: Any) -> None:
        super().__init__(bridge)
        self._inbox = inbox

    @property
    def _sock(self) -> socket.socket | None:
        """What celery waits for with ``poll``: readable while ``can_read`` has an answer at once;
        None while it is not connected.
        """
        return self.bridge.socket(self._inbox) if self.is_connected else None

    def can_read(self, timeout: float | None = 0) -> bool:
        """Whether a reply has not been read yet; waits for one for so many seconds.

        Errors: ConnectionError, if it was interrupted; it is then dropped, as redis-py's.
        """
        self.connect()
        try:
            return bool(self.bridge.can_read(self._inbox, timeout))
        except ConnectionError:
            self.disconnect()
            raise

    def connect(self) -> None:
        """Opens it, with all subscriptions."""
        self.bridge.open()

    def disconnect(self, *args: Any) -> None:
        """Drops it."""
        self.bridge.drop()

    def send_command(self, *args: Any, **options: Any) -> None:
        """Returns once the server has answered; the answer is read among the messages."""
        self.bridge.perform(*args)

    def check_health(self) -> None:
        """Sends a PING, if nothing was heard for ``health_check_interval`` seconds."""
        if self.in_doubt:
            self.bridge.ping()
            self.heard()


class AsyncListener(Listener):
    """The ``connection`` of an asynchronous PubSub."""

    async def connect(self) -> None:
        """Opens it, with all subscriptions."""
        await self.bridge.open()

    async def disconnect(self, *args: Any, **options: Any) -> None:
        """Drops it."""
        self.bridge.drop()

    async def send_command(self, *args: Any, **options: Any) -> None:
        """Returns once the server has answered; the answer is read among the messages."""
        await self.bridge.perform(*args)

    async def check_health(self) -> None:
        """Sends a PING, if nothing was heard for ``health_check_interval`` seconds."""
        if self.in_doubt:
            await self.bridge.ping()
            self.heard()


def is_push(response: Any, listener: Listener) -> bool:
    """Whether redis-py's RESP3 parser would have shown it to the caller's push handler."""
    return listener.get_protocol() == 3 and isinstance(response, list)
