"""The ``connection`` of a PubSub, for those who look at it or want it dropped."""

from __future__ import annotations

import os
from typing import Any


class Listener:
    """What redis-py's ``Connection`` is to a PubSub; its ``bridge`` does the listening."""

    health_check_interval = 0
    """GLIDE notices a dropped connection by itself."""
    credential_provider = None
    """Asked whenever a connection is opened; no token is handed on to an open one."""

    def __init__(self, bridge: Any) -> None:
        pool = bridge.connection_pool
        kwargs = pool.connection_kwargs
        self.bridge = bridge
        self.host = kwargs.get("host", "localhost")
        self.port = kwargs.get("port", 6379)
        self.db = kwargs.get("db", 0)
        self.client_name = kwargs.get("client_name")
        self.retry = pool.retry
        self.encoder = pool.encoder
        self.pid = os.getpid()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}(host={self.host},port={self.port},db={self.db})>"

    @property
    def is_connected(self) -> bool:
        """False once it was dropped; the next call opens a new one and subscribes again."""
        return bool(self.bridge.connected)

    def get_protocol(self) -> int:
        """The protocol that the caller sees."""
        return int(self.encoder.wire)

    def should_reconnect(self) -> bool:
        """Never: whoever reads connects again."""
        return False

    def register_connect_callback(self, callback: Any) -> None:
        """Nothing to do: the PubSub subscribes again by itself."""

    def deregister_connect_callback(self, callback: Any) -> None:
        """Nothing to do: the PubSub subscribes again by itself."""


class SyncListener(Listener):
    """The ``connection`` of a synchronous PubSub."""

    def connect(self) -> None:
        """Opens it, with all subscriptions."""
        self.bridge.open()

    def disconnect(self, *args: Any) -> None:
        """Drops it."""
        self.bridge.drop()


class AsyncListener(Listener):
    """The ``connection`` of an asynchronous PubSub."""

    async def connect(self) -> None:
        """Opens it, with all subscriptions."""
        await self.bridge.open()

    async def disconnect(self, *args: Any, **options: Any) -> None:
        """Drops it."""
        self.bridge.drop()


def is_push(response: Any, listener: Listener) -> bool:
    """Whether redis-py's RESP3 parser would have shown it to the caller's push handler."""
    return listener.get_protocol() == 3 and isinstance(response, list)
