"""A TCP relay that remembers what clients said through it, and can turn to another server."""

from __future__ import annotations

import contextlib
import socket
import threading


class Relay:
    """Listens on ``port``; what comes in goes to the server that ``turn_to`` named last."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._said: list[bytearray] = []
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._run(self._accept)

    def count(self, words: bytes) -> int:
        """How often clients have said ``words``."""
        return sum(said.count(words) for said in self._said)

    @property
    def size(self) -> int:
        """How many bytes clients have said."""
        return sum(map(len, self._said))

    def turn_to(self, port: int) -> None:
        """Another server behind the same address: what was connected is cut off."""
        self._target = port
        self._cut()

    def close(self) -> None:
        """Ends every connection, and all threads."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._cut()
        for thread in self._threads:
            thread.join(10)

    def _cut(self) -> None:
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _run(self, function: object, *args: object) -> None:
        thread = threading.Thread(target=function, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            self._sockets += [client, server]
            said = bytearray()
            self._said.append(said)
            self._run(self._pass, client, server, said)
            self._run(self._pass, server, client, bytearray())

    def _pass(self, source: socket.socket, target: socket.socket, said: bytearray) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                said += data
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        source.close()
