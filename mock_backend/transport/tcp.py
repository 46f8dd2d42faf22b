"""TCP by asyncio: one protocol object per client, one timer for what time brings.

Reading pauses while a client does not take its replies, so that nobody fills the server's memory by
not reading.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Final

from mock_backend.kernel.clock import WallClock
from mock_backend.kernel.kernel import Kernel
from mock_backend.transport.breathing import Breathing, Guest
from mock_backend.transport.connection import Connection
from mock_backend.transport.outgoing import Outgoing, converse

CRON_SECONDS: Final = 0.1
"""How often expired keys are looked for, as the server's ``hz 10``."""


class Listener:
    """One kernel's listening socket and its alarm clock, in the running event loop."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._outgoing = Outgoing(kernel)
        self._server: asyncio.Server | None = None
        self._peers: set[_Peer] = set()
        self._breathing: Breathing | None = None
        self._arrivals: set[asyncio.Task[None]] = set()
        self._alarm: asyncio.TimerHandle | None = None
        self._cron: asyncio.TimerHandle | None = None
        self.port = 0

    async def open(self, host: str, port: int) -> None:
        """Listens.  Errors: ``OSError``, if the port is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Peer(self._kernel, self._peers), host, port, backlog=511, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self._kernel.port = self.port
        self._kernel.config.state("port", self.port)
        self._kernel.config.state("bind", host)
        self._breathing = Breathing(
            self._kernel,
            [each.fileno() for each in self._server.sockets],
            lambda: {peer.number: peer.connection for peer in self._peers if peer.number >= 0},
            _addresses,
            self._arrived,
        )
        self._kernel.on_breath = self._breathing.breathe
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
        await asyncio.gather(*self._arrivals, return_exceptions=True)
        if self._breathing is not None:
            self._breathing.close()
        self._kernel.hang_up()
        self._outgoing.close()
        for timer in (self._alarm, self._cron):
            if timer is not None:
                timer.cancel()
        if self._server is not None:
            self._server.close()
            for peer in list(self._peers):
                peer.abort()
            await asyncio.sleep(0)
            await self._server.wait_closed()

    def _arrived(self, guest: Guest) -> None:
        """A client came while the loop stood still; the loop takes it over as soon as it can."""
        task = asyncio.get_running_loop().create_task(self._take_over(guest))
        self._arrivals.add(task)
        task.add_done_callback(self._arrivals.discard)

    async def _take_over(self, guest: Guest) -> None:
        assert self._breathing is not None
        del self._breathing.guests[guest.socket.fileno()]
        loop = asyncio.get_running_loop()
        await loop.connect_accepted_socket(
            lambda: _Peer(self._kernel, self._peers, guest), guest.socket
        )

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
    """One client's socket."""

    def __init__(self, kernel: Kernel, peers: set[_Peer], guest: Guest | None = None) -> None:
        self._kernel = kernel
        self._peers = peers
        self._guest = guest
        self.number = -1
        """The number of its socket; -1: it cannot be read without the loop."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        peer = transport.get_extra_info("peername") or ("", 0)
        local = transport.get_extra_info("sockname") or ("", 0)
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._kernel.config.number("tcp-keepalive"):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        transport.set_write_buffer_limits(high=self._kernel.limits.high_water)
        if raw is not None and transport.get_extra_info("sslcontext") is None:
            self.number = raw.fileno()
        if self._guest is None:
            self.connection = Connection(
                self._kernel,
                flush=transport.write,
                close=transport.close,
                abort=transport.abort,
                unsent=transport.get_write_buffer_size,
                address=_shown(*peer[:2]),
                local_address=_shown(*local[:2]),
            )
        else:
            self._welcome(self._guest, transport)
        self._peers.add(self)
        # one call less per read than a method that hands on
        self.data_received = self.connection.receive  # type: ignore[method-assign]

    def _welcome(self, guest: Guest, transport: asyncio.Transport) -> None:
        self.connection = guest.connection
        self.connection.move(transport.write, transport.close)
        session = self.connection.session
        session.abandon, session.unsent = transport.abort, transport.get_write_buffer_size
        if guest.unsent:
            transport.write(guest.unsent)
        if guest.closing:
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._peers.discard(self)
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
        self._transport.set_write_buffer_limits(high=self._kernel.limits.high_water)

    def abort(self) -> None:
        self._transport.abort()


def _addresses(raw: socket.socket) -> tuple[str, str]:
    """Both ends of a socket: the other one first."""
    return _shown(*raw.getpeername()[:2]), _shown(*raw.getsockname()[:2])


def _shown(host: str, port: int) -> str:
    """``127.0.0.1:1234``, ``[::1]:1234`` (anet.c, anetFormatAddr)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
