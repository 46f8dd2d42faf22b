"""TCP in an asyncio loop: where clients come in, and one timer for what time brings."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from mock_backend.kernel.clock import WallClock
from mock_backend.kernel.configuration.rules import Refused
from mock_backend.kernel.kernel import Kernel
from mock_backend.kernel.session import Session
from mock_backend.transport.doors import BACKLOG, open_doors, open_path, shut
from mock_backend.transport.open_files import make_room
from mock_backend.transport.outgoing import Outgoing, converse
from mock_backend.transport.peer import Peer
from mock_backend.transport.rounds import Rounds

AT_ONCE: Final = 100
"""Clients that are let in before the others have their turn."""
CRON_SECONDS: Final = 0.1
"""How often expired keys are looked for, as the server's ``hz 10``."""


class Listener:
    """One kernel's listening sockets and its alarm clock, in the running event loop."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._outgoing = Outgoing(kernel)
        self._peers: dict[int, Peer] = {}
        """The clients, by the number of their socket."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._doors: list[socket.socket] = []
        self._shut: list[socket.socket] = []
        """Doors that a fault keeps shut."""
        self._path_door: socket.socket | None = None
        self._rounds: Rounds | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._cron: asyncio.TimerHandle | None = None
        self.port = 0

    async def open(self, host: str, port: int) -> None:
        """Listens; ``host`` is what ``bind`` says, perhaps several addresses, or none.

        Errors: ``OSError``, if the port is taken.
        """
        config = self._kernel.config
        doors = open_doors(host.split(), port)
        config.state("maxclients", make_room(config.number("maxclients")))
        try:
            if path := config.text("unixsocket"):
                permissions = int(config.text("unixsocketperm"), 8)
                self._path_door = open_path(path, permissions)
        except OSError:
            for door in doors:
                door.close()
            raise
        self._loop = asyncio.get_running_loop()
        self._rounds = Rounds(self._kernel)
        config.state("bind", host)
        config.state("port", doors[0].getsockname()[1] if doors else port)
        self._attend(doors)
        if (path_door := self._path_door) is not None:
            self._rounds.attend(path_door.fileno(), partial(self._welcome, path_door))
        self._kernel.on_breath = self._rounds.breathe
        config.applied_by("port", self._move_port)
        config.applied_by("bind", self._move)
        config.applied_by("maxclients", self._make_room)
        self._kernel.dial = self._outgoing.dial
        self._kernel.converse = converse
        if isinstance(self._kernel.clock, WallClock):
            self._kernel.on_alarm = self._set_alarm
            self._run_cron()

    async def close(self) -> None:
        """Stops listening and closes every connection; harmless where nobody listens."""
        if self._rounds is None:
            return
        self._kernel.on_alarm = lambda at_ms: None
        self._kernel.on_breath = None
        if self._path_door is not None:
            with suppress(OSError):
                Path(self._path_door.getsockname()).unlink()
        self._leave(everything=True)
        for door in self._shut:
            door.close()
        self._shut = []
        self._kernel.telling.end()
        self._kernel.hang_up()
        self._outgoing.close()
        for timer in (self._alarm, self._cron):
            if timer is not None:
                timer.cancel()
        for peer in list(self._peers.values()):
            peer.abort()
        self._rounds.close()
        self._rounds = None
        await asyncio.sleep(0)

    # where clients come in

    def _attend(self, doors: Sequence[socket.socket]) -> None:
        """Opens what listens already.  Whom the loop accepts is unheard of until the loop goes on:
        so that is done by ourselves.
        """
        assert self._rounds is not None
        self._doors = list(doors)
        self.port = self._kernel.port = self._kernel.config.number("port")
        for door in doors:
            self._rounds.attend(door.fileno(), partial(self._welcome, door))

    def _leave(self, *, everything: bool = False) -> None:
        """Closes the doors, but for the one that never moves."""
        assert self._rounds is not None
        leaving = [*self._doors]
        if everything and self._path_door is not None:
            leaving.append(self._path_door)
            self._path_door = None
        for door in leaving:
            self._rounds.leave(door.fileno())
            door.close()
        self._doors = []

    def shut(self) -> None:
        """Whoever comes is refused; who is in stays in."""
        leaving, self._doors = self._doors, []
        for door in leaving:
            if self._rounds is not None:
                self._rounds.leave(door.fileno())
            self._shut.append(shut(door))

    def unshut(self) -> None:
        """Clients are let in again."""
        doors, self._shut = self._shut, []
        for door in doors:
            door.listen(BACKLOG)
        if doors:
            self._attend(doors)

    def throw_out(self, session: Session | None, *, reset: bool) -> None:
        """Ends the connection of a client, or of all; ``reset``: breaks it off."""
        for peer in list(self._peers.values()):
            if session in (None, peer.connection.session):
                peer.abort(reset=reset)

    def _make_room(self) -> None:
        """``maxclients`` has changed."""
        wanted = self._kernel.config.number("maxclients")
        possible = make_room(wanted)
        if possible < wanted:
            raise Refused(
                "The operating system is not able to handle the specified number of clients,"
                f" try with {possible}"
            )

    def _move(self) -> None:
        """``bind`` has changed."""
        self._go("Failed to bind to specified addresses.")

    def _move_port(self) -> None:
        """``port`` has changed."""
        self._go("Unable to listen on this port. Check server logs.")

    def _go(self, failure: str) -> None:
        config = self._kernel.config
        port = config.number("port")
        self._leave()
        doors: list[socket.socket] = []
        try:
            if port:
                doors = open_doors(config.text("bind").split(), port)
        except OSError:
            raise Refused(failure) from None
        finally:
            self._attend(doors)

    def _welcome(self, door: socket.socket) -> None:
        """Lets in who stands at a door."""
        assert self._loop is not None
        assert self._rounds is not None
        for _ in range(AT_ONCE):
            try:
                raw, _address = door.accept()
            except OSError:  # nobody, or gone again
                return
            try:
                peer = Peer(self._kernel, self._loop, self._rounds, raw, self._left)
            except OSError:  # gone again
                raw.close()
            else:
                self._peers[peer.number] = peer

    def _left(self, peer: Peer) -> None:
        """A client is gone."""
        del self._peers[peer.number]

    def _run_cron(self) -> None:
        self._kernel.tick()
        self._cron = asyncio.get_running_loop().call_later(CRON_SECONDS, self._run_cron)

    def _set_alarm(self, at_ms: float) -> None:
        loop = asyncio.get_running_loop()
        delay = max(0.0, (at_ms - self._kernel.clock.now_ms()) / 1000)
        if self._alarm is not None:
            if self._alarm.when() <= loop.time() + delay:
                return
            self._alarm.cancel()
        self._alarm = loop.call_later(delay, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        self._kernel.tick()
        if (following := self._kernel.next_deadline_ms()) is not None:
            self._set_alarm(following)
