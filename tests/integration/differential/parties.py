"""Several sessions of one server, and what each of them has heard once all has come to rest.

Nothing is waited for by the clock.  A real server has performed a request once it has answered, or
says that the client is blocked, or that there is no such client any more; and it has written all
that came of it before it answers what another connection asks next.  Source: networking.c,
handleClientsWithPendingWrites: output is written before new requests are read.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from mock_backend import MockServer
from mock_backend.transport.connection import Connection
from tests.integration.differential.grammar import Command
from tests.integration.differential.replies import how_many
from tests.integration.wire import address_of

DEADLINE: Final = 20.0
"""Seconds after which a server that does not come to rest is an error."""

_CLIENT: Final = re.compile(rb"id=(\d+) .*? flags=(\S+)")

BLOCKED: Final = "b"
TRANSACTION: Final = "x"
SHOWN: Final = BLOCKED + TRANSACTION


def encoded(command: Command) -> bytes:
    """One request."""
    words = b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in command)
    return b"*%d\r\n%b" % (len(command), words)


@dataclass(slots=True)
class Heard:
    """What one connection was told since it was last asked, and how it is now."""

    data: bytes
    closed: bool
    flags: str
    """``b``: it waits; ``x``: it is in a transaction."""


class Party(Protocol):
    """One of the two servers."""

    addresses: set[bytes]
    """Of everybody who has taken part, as a monitor is shown them."""

    def ask(self, command: Command) -> bytes:
        """What a connection is answered that takes no part."""

    def begin(self) -> None:
        """Ends every connection."""

    def open(self, number: int) -> int:
        """A new connection's place; its CLIENT ID is at least ``number``, if that can be chosen."""

    def say(self, place: int, commands: Sequence[Command]) -> None:
        """Sends requests in one piece; returns when all has come to rest."""

    def close(self, place: int) -> None:
        """Ends a connection; returns when the server knows."""

    def heard(self, place: int) -> Heard:
        """What a connection was told since this was last asked."""

    def number(self, place: int) -> int:
        """What CLIENT ID would say."""


@dataclass(slots=True)
class _Line:
    """One connection to a real server."""

    socket: socket.socket
    number: int
    data: bytes = b""
    closed: bool = False

    def take(self) -> None:
        """Takes what has arrived, and notes that it was closed."""
        while not self.closed:
            try:
                piece = self.socket.recv(1 << 20)
            except BlockingIOError:
                return
            except ConnectionError:
                piece = b""
            if not piece:
                self.close()
            self.data += piece

    def close(self) -> None:
        self.socket.close()
        self.closed = True


class RealParty:
    """A real server, over sockets; one connection more looks at the others."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._control = socket.create_connection(self._address, timeout=DEADLINE)
        self._lines: list[_Line] = []
        self._flags: dict[int, str] = {}
        self.addresses: set[bytes] = set()

    def ask(self, command: Command) -> bytes:
        self._control.sendall(encoded(command))
        data = b""
        while how_many(data) < 1:
            data += self._control.recv(1 << 20)
        return data

    def begin(self) -> None:
        for place in range(len(self._lines)):
            self.close(place)
        self._lines.clear()

    def open(self, number: int) -> int:
        opened = socket.create_connection(self._address, timeout=DEADLINE)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.sendall(encoded([b"CLIENT", b"ID"]))
        self._lines.append(_Line(opened, int(opened.recv(64)[1:])))
        self.addresses.add(address_of(opened))
        opened.setblocking(False)
        return len(self._lines) - 1

    def say(self, place: int, commands: Sequence[Command]) -> None:
        line = self._lines[place]
        line.socket.sendall(b"".join(map(encoded, commands)))
        until = time.monotonic() + DEADLINE
        while how_many(line.data) < len(commands):
            self._look()
            line.take()
            if line.closed or BLOCKED in self._flags.get(line.number, ""):
                break
            _in_time(until, line)
        self._rest(until)

    def close(self, place: int) -> None:
        line = self._lines[place]
        line.close()
        until = time.monotonic() + DEADLINE
        self._look()
        while line.number in self._flags:
            _in_time(until, line)
            self._look()
        self._rest(until)

    def heard(self, place: int) -> Heard:
        line = self._lines[place]
        data, line.data = line.data, b""
        flags = "" if line.closed else self._flags.get(line.number, "gone")
        return Heard(data, line.closed, "".join(each for each in SHOWN if each in flags))

    def number(self, place: int) -> int:
        return self._lines[place].number

    def end(self) -> None:
        """Closes every connection."""
        self._control.close()
        for line in self._lines:
            line.close()

    def _rest(self, until: float) -> None:
        """What was written before this answer has arrived everywhere."""
        self._look()
        for line in self._lines:
            line.take()
            while how_many(line.data) < 0 and not line.closed:
                line.take()
                _in_time(until, line)

    def _look(self) -> None:
        found = _CLIENT.findall(self.ask([b"CLIENT", b"LIST"]))
        self._flags = {int(number): flags.decode() for number, flags in found}


def _in_time(until: float, line: _Line) -> None:
    if time.monotonic() > until:
        raise TimeoutError(f"the server does not come to rest: {line.data!r}")


_ADDRESS: Final = "127.0.0.1:1"
"""Where everybody speaks from whom the mock hears."""


class _Voice:
    """One connection to the mock."""

    def __init__(self, server: MockServer) -> None:
        self.out: list[bytes] = []
        self.closed = False
        self.connection = Connection(
            server.kernel, flush=self.out.append, close=self.close, address=_ADDRESS
        )

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.connection.lost()


class MockParty:
    """The mock, without sockets: whatever is said has come to rest at once."""

    def __init__(self, compat: str) -> None:
        self.server = MockServer(compat=compat)
        self._control = _Voice(self.server)
        self._voices: list[_Voice] = []
        self.addresses = {_ADDRESS.encode()}

    def ask(self, command: Command) -> bytes:
        self._control.connection.receive(encoded(command))
        data = b"".join(self._control.out)
        self._control.out.clear()
        return data

    def begin(self) -> None:
        for voice in self._voices:
            voice.close()
        self._voices.clear()

    def open(self, number: int) -> int:
        kernel = self.server.kernel
        voice = _Voice(self.server)
        while voice.connection.session.id < number:
            kernel.disconnect(voice.connection.session)
            voice = _Voice(self.server)
        voice.connection.receive(encoded([b"CLIENT", b"ID"]))
        voice.out.clear()
        self._voices.append(voice)
        return len(self._voices) - 1

    def say(self, place: int, commands: Sequence[Command]) -> None:
        self._voices[place].connection.receive(b"".join(map(encoded, commands)))

    def close(self, place: int) -> None:
        self._voices[place].close()
        self.server.kernel.run_later()

    def heard(self, place: int) -> Heard:
        voice = self._voices[place]
        data = b"".join(voice.out)
        voice.out.clear()
        session = voice.connection.session
        state = {BLOCKED: session.parked is not None, TRANSACTION: session.queue is not None}
        shown = "" if voice.closed else "".join(each for each in SHOWN if state[each])
        return Heard(data, voice.closed, shown)

    def number(self, place: int) -> int:
        return self._voices[place].connection.session.id
