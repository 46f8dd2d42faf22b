"""How clients are let in, and heard while a script keeps the event loop.

The loop stands still then, so what it would do is done here in small, from inside the script: bytes
that have come are read and answered, new clients are let in.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Mapping
from typing import Final

from mock_backend.kernel.kernel import Kernel
from mock_backend.transport.peer import Peer

AT_ONCE: Final = 100
"""Clients that are let in before the others have their turn."""


class Breathing:
    """The doors of one listener, and who has come in."""

    def __init__(
        self,
        kernel: Kernel,
        peers: Mapping[int, Peer],
        arrived: Callable[[socket.socket], None],
    ) -> None:
        self._kernel = kernel
        self._peers = peers
        """The clients, by the number of their socket."""
        self._arrived = arrived
        self._doors: dict[int, socket.socket] = {}

    def attend(self, doors: list[socket.socket]) -> None:
        """States the listening sockets."""
        self._doors = {door.fileno(): door for door in doors}

    def breathe(self) -> None:
        """Answers what has come, without waiting; what was said so far is sent."""
        self._kernel.telling.end()
        poll = select.poll()
        for number in self._doors:
            poll.register(number, select.POLLIN)
        for number, peer in self._peers.items():
            if peer.listens:
                poll.register(number, select.POLLIN)
        for number, events in poll.poll(0):
            if not events & select.POLLIN:
                continue
            if number in self._doors:
                self.welcome(self._doors[number])
            elif (peer := self._peers[number]).listens:
                peer.read()

    def welcome(self, door: socket.socket) -> None:
        """Lets in who stands at a door."""
        for _ in range(AT_ONCE):
            try:
                raw, _address = door.accept()
            except OSError:  # nobody, or gone again
                return
            self._arrived(raw)
