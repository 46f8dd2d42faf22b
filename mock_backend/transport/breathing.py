"""How clients are let in, and heard while a script keeps the event loop.

The loop stands still then, so what it would do is done here in small, from inside the script: bytes
that have come are read and answered, new clients are let in.  A client is a guest from the moment
it is let in until the loop has taken it over.
"""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Callable
from typing import Final

from mock_backend.kernel.kernel import Kernel
from mock_backend.transport.connection import Connection

AT_ONCE: Final = 100
"""Clients that are let in before the others have their turn."""
MOST: Final = 64 * 1024
"""Bytes that are read at once."""


class Guest:
    """A client that the loop does not serve yet."""

    def __init__(self, kernel: Kernel, raw: socket.socket) -> None:
        self.socket = raw
        raw.setblocking(False)
        by_path = raw.family == socket.AF_UNIX
        if not by_path:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if kernel.config.number("tcp-keepalive"):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        path = f"{raw.getsockname()}:0" if by_path else ""
        self.unsent = b""
        """What it does not take yet."""
        self.closing = False
        self.connection = Connection(
            kernel,
            flush=self._write,
            close=self._close,
            address=path or _shown(*raw.getpeername()[:2]),
            local_address=path or _shown(*raw.getsockname()[:2]),
        )

    def _write(self, data: bytes) -> None:
        self.unsent += data
        try:
            self.unsent = self.unsent[self.socket.send(self.unsent) :]
        except OSError:
            pass  # the loop will find out what is wrong with it

    def _close(self) -> None:
        self.closing = True


class Breathing:
    """The doors of one listener, and who has come in."""

    def __init__(
        self,
        kernel: Kernel,
        known: Callable[[], dict[int, Connection]],
        arrived: Callable[[Guest], None],
    ) -> None:
        self._kernel = kernel
        self._known = known
        """The clients that the loop serves, by the number of their socket."""
        self._arrived = arrived
        """Hands a new client to the loop."""
        self._doors: dict[int, socket.socket] = {}
        self.guests: dict[int, Guest] = {}

    def attend(self, doors: list[socket.socket]) -> None:
        """States the listening sockets."""
        self._doors = {door.fileno(): door for door in doors}

    def breathe(self) -> None:
        """Answers what has come, without waiting."""
        known = self._known()
        poll = select.poll()
        for number in (*self._doors, *known, *self.guests):
            poll.register(number, select.POLLIN)
        for number, events in poll.poll(0):
            if not events & select.POLLIN:
                continue
            if number in self._doors:
                self.welcome(self._doors[number])
            elif number in self.guests:
                guest = self.guests[number]
                if not guest.closing:
                    _hear(number, guest.connection)
            else:
                _hear(number, known[number])

    def welcome(self, door: socket.socket) -> None:
        """Lets in who stands at a door."""
        for _ in range(AT_ONCE):
            try:
                raw, _address = door.accept()
            except OSError:  # nobody, or gone again
                return
            try:
                guest = Guest(self._kernel, raw)
            except OSError:
                raw.close()
                continue
            self.guests[raw.fileno()] = guest
            self._arrived(guest)


def _hear(number: int, connection: Connection) -> None:
    """Hands on what has come; that it is the end is left for the loop to find out."""
    if not connection.listens:
        return
    try:
        data = os.read(number, MOST)
    except OSError:
        return
    if data:
        connection.receive(data)


def _shown(host: str, port: int) -> str:
    """``127.0.0.1:1234``, ``[::1]:1234`` (anet.c, anetFormatAddr)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
