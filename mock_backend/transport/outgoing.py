"""Connections to other servers, by asyncio: the one place that opens any.

Whatever the other side says is handed to the talker as a turn of the kernel's own.  What lasts
longer than ``CONNECT_SECONDS`` to open is given up.
"""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Final, cast

from mock_backend.kernel.kernel import Kernel
from mock_backend.kernel.links import REFUSED, Talker

CONNECT_SECONDS: Final = 60.0


class Outgoing:
    """What one kernel has opened, in the running event loop."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._links: set[_Link] = set()

    def dial(self, host: str, port: int, talker: Talker, source: str = "") -> _Link:
        """Opens a connection, from ``source`` if it can be had; the talker is told later what
        became of it.
        """
        link = _Link(self._kernel, talker, self._links)
        link.open(host, port, source)
        return link

    def close(self) -> None:
        """Ends them all; nobody is told."""
        for link in list(self._links):
            link.abort()


def converse(host: str, port: int, talker: Talker, seconds: float) -> None:
    """A whole conversation at once, for whoever may not wait: nothing else happens meanwhile."""
    try:
        with socket.create_connection((host, port), timeout=seconds) as raw:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link = _BlockingLink(raw)
            talker.opened(link)
            while not link.is_closed:
                data = raw.recv(65536)
                if not data:
                    talker.lost("connection closed")
                    return
                talker.received(data)
    except OSError as error:
        talker.lost(_reason(error))


def _reason(error: OSError) -> str:
    """Why a connection could not be opened, or broke."""
    if isinstance(error, socket.gaierror):
        return error.strerror or "the name is unknown"
    if error.errno is None:  # a name of several addresses, and none of them took it
        return str(error) if isinstance(error, TimeoutError) else REFUSED
    return os.strerror(error.errno)


def _is_here(address: str) -> bool:
    """Whether a connection can start from there; else it starts from anywhere (anet.c)."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as trial:
            trial.bind((address, 0))
    except OSError:
        return False
    return True


class _BlockingLink:
    """The connection of a conversation that is held at once."""

    def __init__(self, raw: socket.socket) -> None:
        self._raw = raw
        self.is_closed = False

    def send(self, data: bytes) -> None:
        self._raw.sendall(data)

    def close(self) -> None:
        self.is_closed = True


class _Link(asyncio.Protocol):
    """One connection, from the attempt to open it to its end."""

    def __init__(self, kernel: Kernel, talker: Talker, links: set[_Link]) -> None:
        self._kernel = kernel
        self._talker = talker
        self._links = links
        self._transport: asyncio.Transport | None = None
        self._attempt: asyncio.Task[None] | None = None
        self._is_over = False

    def open(self, host: str, port: int, source: str) -> None:
        self._links.add(self)
        self._attempt = asyncio.get_running_loop().create_task(self._open(host, port, source))

    async def _open(self, host: str, port: int, source: str) -> None:
        loop = asyncio.get_running_loop()
        place = (source, 0) if source and _is_here(source) else None
        try:
            await asyncio.wait_for(
                loop.create_connection(lambda: self, host, port, local_addr=place), CONNECT_SECONDS
            )
        except TimeoutError:
            self._end("timed out")
        except OSError as error:
            self._end(_reason(error))

    def send(self, data: bytes) -> None:
        """Says this to the other side; nothing, if it does not stand."""
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        """Ends it once everything has been sent; the talker is told nothing any more."""
        self._is_over = True
        self._links.discard(self)
        if self._transport is not None:
            self._transport.close()
        elif self._attempt is not None:
            self._attempt.cancel()

    def abort(self) -> None:
        """Ends it at once."""
        self.close()
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are none by descent
        opened = cast(asyncio.Transport, transport)
        if self._is_over:
            opened.abort()
            return
        self._transport = opened
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._kernel.aside(lambda: self._talker.opened(self))

    def data_received(self, data: bytes) -> None:
        if not self._is_over:
            self._kernel.aside(lambda: self._talker.received(data))

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(_reason(exc) if isinstance(exc, OSError) else "connection closed")

    def _end(self, reason: str) -> None:
        self._links.discard(self)
        if not self._is_over:
            self._is_over = True
            self._kernel.aside(lambda: self._talker.lost(reason))
