"""Rounds of the event loop: everybody who has said something is heard for one turn, and then what
the clients were answered leaves, all of it together.

So a client is woken once while the others are answered, not once before each of them (ae.c,
beforeSleep).  A script that keeps the loop has rounds held from inside of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from mock_backend.kernel.kernel import Kernel
from mock_backend.transport.ready import ready


class Answered(Protocol):
    """A client for whom something waits to be sent."""

    def send(self) -> None:
        """Sends it, as much as the client takes."""


class Rounds:
    """Whom one server listens to, in the running event loop."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._ready = ready()
        self._waiting: list[Answered] = []
        self.answered: Callable[[Answered], None] = self._waiting.append
        """Told of a client that is to be sent to when the round that is going on ends."""
        self.running = False
        """Whether a round goes on, at whose end ``answered`` ones are sent to."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._ready, self.hold)

    def attend(self, number: int, heard: Callable[[], None]) -> None:
        """From now on ``heard`` is called in each round in which something can be read from this
        file.  It must bear being called once more after ``leave``.
        """
        self._ready.add(number, heard)

    def leave(self, number: int) -> None:
        """Ends that."""
        self._ready.remove(number)

    def hold(self) -> None:
        """One round, without waiting."""
        outer, self.running = self.running, True
        try:
            for hear in self._ready.now():
                hear()
        finally:
            self.running = outer
            self._settle()

    def breathe(self) -> None:
        """A round in the middle of a script; what was said so far is sent as well."""
        self._kernel.telling.end()
        self.hold()

    def close(self) -> None:
        """Nobody is heard any more; to be called between rounds."""
        self._loop.remove_reader(self._ready)
        self._ready.close()

    def _settle(self) -> None:
        waiting = self._waiting.copy()
        self._waiting.clear()
        for client in waiting:
            client.send()
