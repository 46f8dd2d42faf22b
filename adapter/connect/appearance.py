"""What a connection of ours shows to those who look at it: redis-py's attributes, as its own
connection with the pool's keywords would have them.
"""

from __future__ import annotations

import os
import time
from typing import Any

SHOWN = (
    "db",
    "username",
    "password",
    "client_name",
    "lib_name",
    "lib_version",
    "socket_timeout",
    "socket_connect_timeout",
    "health_check_interval",
    "protocol",
)


class Appearance:
    """The half of redis-py's ``Connection`` that neither sends nor reads."""

    health_check_interval: float
    credential_provider = None
    """Asked whenever a connection is opened; no token is handed on to an open one."""

    def __init__(self, pool: Any) -> None:
        kwargs = pool.connection_kwargs
        template = pool.connection_class(**kwargs)
        for name in SHOWN:
            setattr(self, name, getattr(template, name, None))
        self.host = kwargs.get("host", "localhost")
        self.port = kwargs.get("port", 6379)
        self.retry = pool.retry
        self.encoder = pool.encoder
        self.pid = os.getpid()
        self.next_health_check = 0.0
        """By the monotonic clock: who uses it later than that asks whether the server is there; so
        does who uses it first.
        """

    def __repr__(self) -> str:
        shown = f"host={self.host},port={self.port},db={vars(self)['db']}"
        return f"<{type(self).__name__}({shown})>"

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

    def register_connect_callback(self, callback: Any) -> None:
        """Nothing to do: it connects again by itself."""

    def deregister_connect_callback(self, callback: Any) -> None:
        """Nothing to do: it connects again by itself."""
