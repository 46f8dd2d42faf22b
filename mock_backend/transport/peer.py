"""One client's socket in the running event loop: read a turn at a time, written to when the round
ends.

What the client does not take waits here, and leaves when it takes more.  What is read and said is
the connection's business.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Final

from mock_backend.kernel.kernel import Kernel
from mock_backend.transport.connection import LARGE, TURN, Connection
from mock_backend.transport.rounds import Rounds

STRETCH: Final = 256 * 1024
"""The same, in the middle of a long value: nothing else can be in it."""

_AT_ONCE: Final = struct.pack("ii", 1, 0)
"""Lingers for no time: closing sends RST."""


class Peer:
    """A client, from the moment it is let in."""

    __slots__ = (
        "_answered _closing _gone _kernel _loop _most _reading _recv _rounds _send _stuck"
        " _swollen _unsent _waits connection number socket"
    ).split()

    def __init__(
        self,
        kernel: Kernel,
        loop: asyncio.AbstractEventLoop,
        rounds: Rounds,
        raw: socket.socket,
        gone: Callable[[Peer], None],
    ) -> None:
        self._kernel = kernel
        self._loop = loop
        self._rounds = rounds
        self.socket = raw
        self.number = raw.fileno()
        self._gone = gone
        raw.setblocking(False)
        by_path = raw.family == socket.AF_UNIX
        if not by_path:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if kernel.config.number("tcp-keepalive"):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        path = f"{raw.getsockname()}:0" if by_path else ""
        self._recv = raw.recv
        self._send = raw.send
        self._answered = rounds.answered
        self._unsent: bytes | bytearray = b""
        """What it was told and has not been sent; a bytearray while the client does not take it."""
        self._waits = False
        """Whether that waits for the round's end."""
        self._stuck = False
        """Whether that waits for the client, who does not take it."""
        self._swollen = False
        """Whether the connection knows that it does not."""
        self._most = TURN
        self._reading = False
        self._closing = False
        self.connection = Connection(
            kernel,
            flush=self._write,
            close=self.close,
            abort=self.abort,
            unsent=self._untaken,
            pause=self._pause,
            address=path or _shown(*raw.getpeername()[:2]),
            local_address=path or _shown(*raw.getsockname()[:2]),
        )
        if not self._closing:
            self._pause(False)

    def read(self) -> None:
        """Hands on what has come, as much as is one turn."""
        connection = self.connection
        if not self._reading or connection.busy:  # it went in this round, or waits for a script
            return
        receive = self._recv
        try:
            data = receive(self._most)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if data:
            connection.receive(data)
            if len(data) >= TURN:
                self._most = STRETCH if connection.in_long_value else TURN
        else:  # who says nothing any more is told nothing either (readQueryFromClient)
            self.abort()

    def close(self) -> None:
        """Ends the connection once everything has been sent."""
        if not self._closing:
            self._closing = True
            self._pause(True)
            if not self._unsent:
                self._loop.call_soon(self._end)

    def abort(self, *, reset: bool = False) -> None:
        """Ends the connection with what has not been sent; ``reset`` breaks it off."""
        if reset and not self._closing:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        if self._unsent:
            self._unsent = b""
            if self._stuck:
                self._stuck = False
                self._loop.remove_writer(self.number)
            if self._closing:
                self._loop.call_soon(self._end)
        self.close()

    def _end(self) -> None:
        self.socket.close()
        self._gone(self)
        self.connection.lost()

    def _pause(self, paused: bool) -> None:
        if paused and self._reading:
            self._rounds.leave(self.number)
            self._reading = False
        elif not paused and not self._reading and not self._closing:
            self._rounds.attend(self.number, self.read)
            self._reading = True

    def _untaken(self) -> int:
        return len(self._unsent) if self._stuck else 0

    def _write(self, data: bytes) -> None:
        if self._closing:
            return
        self._unsent = data if not self._unsent else self._unsent + data
        if self._stuck:
            self._look()
        elif not self._rounds.running or len(self._unsent) > LARGE:
            self.send()
        elif not self._waits:
            self._waits = True
            self._answered(self)

    def send(self) -> None:
        """Sends what waits; what the client does not take leaves when it does."""
        self._waits = False
        unsent = self._unsent
        if not unsent or self._stuck:
            return
        try:
            sent = self._send(unsent)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            self.abort()
            return
        if sent < len(unsent):
            self._stuck = True
            self._unsent = bytearray(memoryview(unsent)[sent:])
            self._loop.add_writer(self.number, self._go_on)
            self._look()
            return
        self._unsent = b""
        if self._closing:
            self._loop.call_soon(self._end)

    def _go_on(self) -> None:
        """The client takes more."""
        unsent = self._unsent
        try:
            sent = self._send(unsent)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.abort()
            return
        assert isinstance(unsent, bytearray)
        del unsent[:sent]
        if not unsent:
            self._unsent = b""
            self._stuck = False
            self._loop.remove_writer(self.number)
            if self._closing:
                self._loop.call_soon(self._end)
        if self._swollen and len(unsent) <= self._kernel.limits.high_water // 4:
            self._swollen = False
            if not self._closing:
                self.connection.go_on()

    def _look(self) -> None:
        """Tells the connection once much waits for the client."""
        if not self._swollen and len(self._unsent) > self._kernel.limits.high_water:
            self._swollen = True
            self.connection.hold()


def _shown(host: str, port: int) -> str:
    """``127.0.0.1:1234``, ``[::1]:1234`` (anet.c, anetFormatAddr)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
