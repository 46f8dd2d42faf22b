"""Unix sockets for GLIDE, which has none: a door on 127.0.0.1 for each socket's path, and what is
said there is passed on.

The door opens to connections of this very process alone, as the kernel's table of connections
tells; whoever else knocks is hung up on before a byte is passed, so that the permissions of the
socket's file mean what they say.  One thread serves all doors; a forked child opens its own.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
from pathlib import Path

CONNECTIONS = Path("/proc/net/tcp")
OPEN_FILES = Path("/proc/self/fd")
CHUNK = 65536

possible = CONNECTIONS.exists() and OPEN_FILES.exists() and hasattr(socket, "AF_UNIX")
"""Whether this system tells whose a connection is; elsewhere no door is opened."""


class Bridges:
    """The doors of this process, by the paths of their sockets."""

    def __init__(self) -> None:
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._ports: dict[str, int] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def port(self, path: str) -> int:
        """The port on 127.0.0.1 behind which ``path`` lies; takes no time worth speaking of."""
        with self._lock:
            if path not in self._ports:
                door = socket.create_server(("127.0.0.1", 0))
                self._ports[path] = door.getsockname()[1]
                asyncio.run_coroutine_threadsafe(_attend(door, path), self._serving())
            return self._ports[path]

    def _serving(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(
                target=self._loop.run_forever, daemon=True, name="glide-unix-bridge"
            ).start()
        return self._loop


async def _attend(door: socket.socket, path: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        transport = writer.transport
        if not ours(transport.get_extra_info("peername"), transport.get_extra_info("sockname")):
            transport.abort()
            return
        try:
            there, back = await asyncio.open_unix_connection(path)
        except OSError:
            transport.abort()
            return
        await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))

    await asyncio.start_server(serve, sock=door)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until one side hangs up; then the other is told, after all that was said."""
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


def ours(near: tuple[str, int], far: tuple[str, int]) -> bool:
    """Whether the socket that is bound to ``near`` and connected to ``far`` is of this process."""
    wanted = [_hexadecimal(near), _hexadecimal(far)]
    for line in CONNECTIONS.read_text().splitlines()[1:]:
        columns = line.split()
        if columns[1:3] == wanted:
            return f"socket:[{columns[9]}]" in _open_files()
    return False


def _hexadecimal(address: tuple[str, int]) -> str:
    """As the kernel prints it: the four bytes as a number of this machine, then the port."""
    host = socket.inet_aton(address[0])
    return f"{int.from_bytes(host, sys.byteorder):08X}:{address[1]:04X}"


def _open_files() -> set[str]:
    found = set()
    for entry in os.scandir(OPEN_FILES):
        try:
            found.add(os.readlink(entry.path))
        except OSError:  # closed meanwhile
            continue
    return found


BRIDGES = Bridges()
