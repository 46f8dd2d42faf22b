"""Connections that this server opens to others: what whoever talks over one has to know.

Nothing here opens anything; the transport does, through ``Kernel.dial``.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

REFUSED: Final = os.strerror(errno.ECONNREFUSED)
"""Why a connection could not be opened: nobody listens there."""


class Talker(Protocol):
    """Whoever wanted the connection."""

    def opened(self, link: Link) -> None:
        """It stands; told once, before anything else."""

    def received(self, data: bytes) -> None:
        """The other side has said this."""

    def lost(self, reason: str) -> None:
        """It is gone, or could not be opened; told once, and nothing after it."""


class Link(Protocol):
    """The connection."""

    def send(self, data: bytes) -> None:
        """Says this to the other side, after whatever was said before."""

    def close(self) -> None:
        """Ends it once everything has been sent; the talker is told nothing any more."""


class Dial(Protocol):
    """Opens a connection to a host and a port; the talker hears of it later."""

    def __call__(self, host: str, port: int, talker: Talker, source: str = "") -> Link:
        """``source``: this side's address, if it can be had."""


Converse: TypeAlias = Callable[[str, int, Talker, float], None]
"""Opens a connection, and returns once the talker has closed or lost it, or has heard nothing for
so many seconds.
"""


class NoLink:
    """A connection that cannot be: this server has no transport that could open one."""

    def send(self, data: bytes) -> None:
        """Says it to nobody."""

    def close(self) -> None:
        """There is nothing to end."""
