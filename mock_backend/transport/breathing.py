"""How others are heard while a script keeps the event loop: their sockets are read from inside it.

The loop stands still, so what it would do is done here in small: bytes that have come are read and
answered, new clients are let in.  A client that came meanwhile is handed to the loop as soon as it
goes on.
"""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Callable, Iterable
from typing import Final

from mock_backend.kernel.kernel import Kernel
from mock_backend.transport.connection import Connection

MOST: Final = 64 * 1024
"""Bytes that are read at once."""


class Guest:
    """A client that came while the loop stood still."""

    def __init__(self, kernel: Kernel, raw: socket.socket, shown: tuple[str, str]) -> None:
        self.socket = raw
        raw.setblocking(False)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unsent = b""
        """What it does not take yet."""
        self.closing = False
        self.connection = Connection(
            kernel, flush=self._write, close=self._close, address=shown[0], local_address=shown[1]
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
    """Reads the sockets of one listener, a piece of each at a time."""

    def __init__(
        self,
        kernel: Kernel,
        listening: Iterable[int],
        known: Callable[[], dict[int, Connection]],
        shown: Callable[[socket.socket], tuple[str, str]],
        arrived: Callable[[Guest], None],
    ) -> None:
        self._kernel = kernel
        self._listening = [socket.socket(fileno=os.dup(number)) for number in listening]
        self._known = known
        """The clients that the loop serves, by the number of their socket."""
        self._shown = shown
        """The addresses of both ends of a socket."""
        self._arrived = arrived
        """Hands a new client to the loop."""
        self.guests: dict[int, Guest] = {}

    def breathe(self) -> None:
        """Answers what has come, without waiting."""
        known = self._known()
        doors = {door.fileno(): door for door in self._listening}
        poll = select.poll()
        for number in (*doors, *known, *self.guests):
            poll.register(number, select.POLLIN)
        for number, events in poll.poll(0):
            if not events & select.POLLIN:
                continue
            if number in doors:
                self._welcome(doors[number])
            elif number in self.guests:
                guest = self.guests[number]
                if not guest.closing:
                    _hear(number, guest.connection)
            else:
                _hear(number, known[number])

    def close(self) -> None:
        """Nobody is heard any more."""
        for door in self._listening:
            door.close()

    def _welcome(self, door: socket.socket) -> None:
        try:
            raw, _ = door.accept()
        except OSError:  # it has gone again
            return
        guest = Guest(self._kernel, raw, self._shown(raw))
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
