"""A replica that only listens: it asks for the stream of changes and hands out what it is told."""

from __future__ import annotations

import socket
from typing import Any

import hiredis

_MORE = object()


class ReplicationStream:
    """The stream of one server, from the moment it is asked for."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = hiredis.Reader(notEnoughData=_MORE)
        self.port = self._socket.getsockname()[1]
        for words in ("REPLCONF listening-port 7777", "REPLCONF capa psync2"):
            self.say(words)
            assert self._line() == b"+OK"
        self.say("PSYNC ? -1")
        name, identity, offset = self._line().split()
        assert name == b"+FULLRESYNC"
        self.id, self.offset = identity.decode(), int(offset)
        while not (size := self._line()):
            pass  # a server that is busy says nothing, in empty lines
        self.image = self._exactly(int(size[1:]))

    def say(self, line: str) -> None:
        """Says something, in plain words."""
        self._socket.sendall(line.encode() + b"\r\n")

    def acknowledge(self, offset: int) -> None:
        """Says how much it has."""
        self.say(f"REPLCONF ACK {offset}")

    def next(self) -> list[bytes]:
        """The next request in the stream, pings left out."""
        while True:
            reply: Any = self._reader.gets()
            if reply is _MORE:
                data = self._socket.recv(65536)
                if not data:
                    raise ConnectionError("the server has closed the connection")
                self._reader.feed(data)
            elif reply[0].upper() != b"PING":  # Valkey says it in small letters
                words: list[bytes] = reply
                return words

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            line += self._exactly(1)
        return line.strip()

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self._socket.recv(size - len(data))
            if not more:
                raise ConnectionError("the server has closed the connection")
            data += more
        return data

    def close(self) -> None:
        """Closes the connection."""
        self._socket.close()
