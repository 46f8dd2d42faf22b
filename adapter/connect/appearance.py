"""What a connection of ours is to those who look at it: one of the class that the pool was given,
with its attributes, and with what a subclass of the caller's adds to it.
"""

from __future__ import annotations

import os
import time
from typing import Any

from redis.asyncio.connection import AbstractConnection as AsyncAbstractConnection
from redis.connection import AbstractConnection


class Appearance:
    """The half of redis-py's ``Connection`` that neither sends nor reads."""

    credential_provider = None
    """Asked whenever a connection is opened; no token is handed on to an open one."""

    def __init__(self, pool: Any) -> None:
        kwargs = pool.connection_kwargs
        self._template = pool.connection_class(**kwargs)
        self.host = kwargs.get("host", "localhost")
        self.port = kwargs.get("port", 6379)
        self.db = kwargs.get("db", 0)
        self.retry = pool.retry
        self.encoder = pool.encoder
        self.health_check_interval: Any = getattr(self._template, "health_check_interval", 0)
        self.pid = os.getpid()
        self.next_health_check = 0.0
        """By the monotonic clock: who uses it later than that asks whether the server is there; so
        does who uses it first.
        """

    @property  # type: ignore[misc]  # Python declares an attribute
    def __class__(self) -> Any:
        """As proxies do: ``isinstance`` finds redis-py's class, ``type`` ours."""
        return type(self._template)

    def __getattr__(self, name: str) -> Any:
        """What redis-py's connection, which is never opened, was given or would have; none of its
        own methods, which would open it.
        """
        if not name.startswith("_"):
            value = getattr(self._template, name)
            if not (callable(value) and any(hasattr(one, name) for one in OPENING)):
                return value
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __repr__(self) -> str:
        return f"<{type(self).__name__}(host={self.host},port={self.port},db={self.db})>"

    def heard(self) -> None:
        """The server has answered."""
        if self.health_check_interval:
            self.next_health_check = time.monotonic() + self.health_check_interval

    @property
    def in_doubt(self) -> bool:
        """Whether it is time to ask after the server's health."""
        return bool(self.health_check_interval) and time.monotonic() > self.next_health_check

    def get_protocol(self) -> int:
        """The protocol that the caller sees."""
        return int(self.encoder.wire)

    def should_reconnect(self) -> bool:
        """Never: it connects again by itself."""
        return False

    def mark_for_reconnect(self) -> None:
        """Nothing to do: it connects again by itself."""

    def register_connect_callback(self, callback: Any) -> None:
        """Nothing to do: it connects again by itself."""

    def deregister_connect_callback(self, callback: Any) -> None:
        """Nothing to do: it connects again by itself."""


OPENING = (AbstractConnection, AsyncAbstractConnection)
