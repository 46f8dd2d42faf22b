"""A client that speaks the bare protocol: words in, replies out, nothing converted.

Replies are what hiredis makes of the wire: ``bytes`` (status replies too), ``int``, ``None``,
lists, and in RESP3 ``dict`` and ``float``; an error reply is an ``hiredis.ReplyError`` value,
compared by ``str``.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterable, Sequence
from typing import Any

import hiredis

Argument = bytes | str | int | float

SHOWN = re.compile(rb"[0-9.]+ \[(\d+) ([^]]*)\](.*)", re.DOTALL)
"""What a monitor is shown: when, in which database, who, and what was said."""

_MORE = object()
"""The reader needs more bytes; ``False``, its own word for that, is a reply of RESP3."""


class Wire:
    """One connection.  ``wire("SET", "k", 1)`` sends and reads one reply; ``send`` and ``read`` do
    one of the two.
    """

    def __init__(self, host: str, port: int, protocol: int = 2) -> None:
        self._socket = socket.create_connection((host, port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = hiredis.Reader(notEnoughData=_MORE)
        if protocol == 3:
            self("HELLO", 3)

    def __call__(self, *words: Argument) -> Any:
        self.send(*words)
        return self.read()

    @property
    def address(self) -> bytes:
        """What the server calls this end, as it shows it."""
        return address_of(self._socket)

    def send(self, *words: Argument) -> None:
        """Sends one request."""
        self.send_bytes(_encoded(words))

    def send_all(self, calls: Iterable[Sequence[Argument]]) -> None:
        """Sends requests in one piece."""
        self.send_bytes(b"".join(map(_encoded, calls)))

    def send_bytes(self, data: bytes) -> None:
        """Sends bytes as they are."""
        self._socket.sendall(data)

    def read(self, timeout: float = 10) -> Any:
        """The next reply or push.  Errors: ``TimeoutError``; ``ConnectionError`` when the server
        has closed.
        """
        deadline = time.monotonic() + timeout
        while (reply := self._reader.gets()) is _MORE:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            data = self._socket.recv(65536)
            if not data:
                raise ConnectionError("the server has closed the connection")
            self._reader.feed(data)
        return reply

    def read_of(self, *speakers: Wire) -> Any:
        """As ``read``, on a connection that monitors: without what strangers have said, whom
        another test may have left behind.
        """
        known = {b"lua", *(speaker.address for speaker in speakers)}
        while True:
            reply = self.read()
            shown = SHOWN.match(reply) if isinstance(reply, bytes) else None
            if shown is None or shown[2] in known:
                return reply

    def line(self) -> bytes:
        """One line of what comes next, with its end, while no reply has been begun."""
        self._socket.settimeout(10)
        taken = b""
        while not taken.endswith(b"\r\n"):
            taken += self._socket.recv(1)
        return taken

    def peek(self) -> bytes:
        """The first byte of the next reply, which says its type; nothing is read.

        For what ``hiredis`` makes the same of: RESP3 sets are lists to it.
        """
        return self._socket.recv(1, socket.MSG_PEEK)

    def shut(self) -> None:
        """Says that nothing more will be said; answers can still be read."""
        self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Closes the connection."""
        self._socket.close()


def address_of(connected: socket.socket) -> bytes:
    """What a server calls the client behind this socket, as it shows it."""
    host, port = connected.getsockname()[:2]
    return b"%b:%d" % (host.encode(), port)


def _encoded(words: Sequence[Argument]) -> bytes:
    said = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(said) + b"".join(b"$%d\r\n%b\r\n" % (len(w), w) for w in said)
