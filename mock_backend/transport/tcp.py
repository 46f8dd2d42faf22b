"""TCP by asyncio: one protocol object per client, one timer for what time brings.

Reading pauses while a client does not take its replies, so that nobody fills the server's memory by
not reading.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from mock_backend.kernel.clock import WallClock
from mock_backend.kernel.configuration.rules import Refused
from mock_backend.kernel.kernel import Kernel
from mock_backend.transport.breathing import Breathing, Guest
from mock_backend.transport.connection import Connection
from mock_backend.transport.doors import open_doors, open_path
from mock_backend.transport.outgoing import Outgoing, converse

CRON_SECONDS: Final = 0.1
"""How often expired keys are looked for, as the server's ``hz 10``."""


class Listener:
    """One kernel's listening sockets and its alarm clock, in the running event loop."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._outgoing = Outgoing(kernel)
        self._peers: set[_Peer] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._doors: list[socket.socket] = []
        self._path_door: socket.socket | None = None
        self._breathing = Breathing(kernel, self._clients, self._arrived)
        self._arrivals: set[asyncio.Task[None]] = set()
        self._alarm: asyncio.TimerHandle | None = None
        self._cron: asyncio.TimerHandle | None = None
        self.port = 0

    async def open(self, host: str, port: int) -> None:
        """Listens; ``host`` is what ``bind`` says, perhaps several addresses, or none.

        Errors: ``OSError``, if the port is taken.
        """
        config = self._kernel.config
        self._loop = asyncio.get_running_loop()
        doors = open_doors(host.split(), port)
        try:
            if path := config.text("unixsocket"):
                permissions = int(config.text("unixsocketperm"), 8)
                self._path_door = open_path(path, permissions)
        except OSError:
            for door in doors:
                door.close()
            raise
        config.state("bind", host)
        config.state("port", doors[0].getsockname()[1] if doors else port)
        self._attend(doors)
        self._kernel.on_breath = self._breathing.breathe
        config.applied_by("port", self._move_port)
        config.applied_by("bind", self._move)
        self._kernel.dial = self._outgoing.dial
        self._kernel.converse = converse
        self._kernel.limits.on_change = self._arrange_peers
        if isinstance(self._kernel.clock, WallClock):
            self._kernel.on_alarm = self._set_alarm
            self._run_cron()

    async def close(self) -> None:
        """Stops listening and closes every connection."""
        self._kernel.on_alarm = lambda at_ms: None
        self._kernel.on_breath = None
        if self._path_door is not None:
            with suppress(OSError):
                Path(self._path_door.getsockname()).unlink()
        self._leave(everything=True)
        await asyncio.gather(*self._arrivals, return_exceptions=True)
        self._kernel.hang_up()
        self._outgoing.close()
        for timer in (self._alarm, self._cron):
            if timer is not None:
                timer.cancel()
        for peer in list(self._peers):
            peer.abort()
        await asyncio.sleep(0)

    # where clients come in

    def _attend(self, doors: Sequence[socket.socket]) -> None:
        """Opens what listens already.  Whom the loop accepts is unheard of until the loop goes on:
        so that is done by ourselves.
        """
        assert self._loop is not None
        self._doors = list(doors)
        self.port = self._kernel.port = self._kernel.config.number("port")
        every = [*doors, *([self._path_door] if self._path_door is not None else [])]
        for door in every:
            self._loop.add_reader(door, self._breathing.welcome, door)
        self._breathing.attend(every)

    def _leave(self, *, everything: bool = False) -> None:
        """Closes the doors, but for the one that never moves."""
        assert self._loop is not None
        leaving = [*self._doors]
        if everything and self._path_door is not None:
            leaving.append(self._path_door)
            self._path_door = None
        for door in leaving:
            self._loop.remove_reader(door)
            door.close()
        self._doors = []

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

    def _clients(self) -> dict[int, Connection]:
        """Those that the loop serves, by the number of their socket."""
        return {peer.number: peer.connection for peer in self._peers}

    def _arrived(self, guest: Guest) -> None:
        """A client was let in; the loop takes it over as soon as it can."""
        task = asyncio.get_running_loop().create_task(self._take_over(guest))
        self._arrivals.add(task)
        task.add_done_callback(self._arrivals.discard)

    async def _take_over(self, guest: Guest) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(lambda: _Peer(self, guest), guest.socket)
        except OSError:
            self._breathing.guests.pop(guest.socket.fileno(), None)
            guest.connection.lost()
            guest.socket.close()

    @property
    def high_water(self) -> int:
        """How many bytes may wait for a client before its requests wait, too."""
        return self._kernel.limits.high_water

    def moved_in(self, peer: _Peer, guest: Guest) -> None:
        """The loop serves a client from now on."""
        self._breathing.guests.pop(guest.socket.fileno(), None)
        self._peers.add(peer)

    def moved_out(self, peer: _Peer) -> None:
        """A client is gone."""
        self._peers.discard(peer)

    def _arrange_peers(self) -> None:
        for peer in self._peers:
            peer.arrange()

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


class _Peer(asyncio.Protocol):
    """One client's socket, once the loop has taken it over."""

    def __init__(self, listener: Listener, guest: Guest) -> None:
        self._listener = listener
        self._guest = guest
        self.connection = guest.connection
        self.number = guest.socket.fileno()
        # one call less per read than a method that hands on
        self.data_received = self.connection.receive  # type: ignore[method-assign]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.arrange()
        self.connection.move(self._write, transport.close)
        session = self.connection.session
        session.abandon, session.unsent = transport.abort, transport.get_write_buffer_size
        self._listener.moved_in(self, self._guest)
        if self._guest.unsent:
            transport.write(self._guest.unsent)
        if self._guest.closing:
            transport.close()

    def _write(self, data: bytes) -> None:
        """Until the loop has told us that the peer is gone, asyncio would warn of every write."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._listener.moved_out(self)
        self.connection.lost()

    def pause_writing(self) -> None:
        self.connection.hold()
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()
            self.connection.go_on()

    def arrange(self) -> None:
        """The limits have changed."""
        self._transport.set_write_buffer_limits(high=self._listener.high_water)

    def abort(self) -> None:
        self._transport.abort()
