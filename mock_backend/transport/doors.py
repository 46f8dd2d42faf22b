"""The sockets that clients come in by: ``bind`` and ``port`` say where, and ``unixsocket``.

They move while the server runs, when CONFIG SET says so; who is in stays in.  Source: server.c
(listenToPort, changeBindAddr, changeListenPort), anet.c.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Sequence
from typing import Final

BACKLOG: Final = 4096
"""How many clients may stand at a door.  More than ``tcp-backlog`` of a real server: whoever finds
no place comes again only after a second.
"""
_NO_SUCH_FAMILY: Final = frozenset(
    (errno.ENOPROTOOPT, errno.EPROTONOSUPPORT, errno.EAFNOSUPPORT, errno.EPFNOSUPPORT)
)
"""This machine does not speak that protocol at all: never an error."""


def open_doors(addresses: Sequence[str], port: int) -> list[socket.socket]:
    """Listens at every address; one with a dash before it may be missing.  Port 0: a free one.

    Errors: ``OSError``, and nothing is open then.
    """
    doors: list[socket.socket] = []
    for address in addresses:
        optional = address.startswith("-")
        try:
            door = _open(address.removeprefix("-"), port)
        except OSError as error:
            if (optional and error.errno == errno.EADDRNOTAVAIL) or error.errno in _NO_SUCH_FAMILY:
                continue
            for each in doors:
                each.close()
            raise
        doors.append(door)
        port = door.getsockname()[1]
    return doors


def open_path(path: str, permissions: int) -> socket.socket:
    """Listens at a path; what is there already makes room.  Errors: ``OSError``."""
    if os.path.exists(path):
        os.unlink(path)
    door = socket.socket(socket.AF_UNIX)
    try:
        door.bind(path)
        if permissions:
            os.chmod(path, permissions)
        door.listen(BACKLOG)
    except OSError:
        door.close()
        raise
    door.setblocking(False)
    return door


def shut(door: socket.socket) -> socket.socket:
    """Closes a door of TCP; what is returned keeps its place, where nobody is let in until it is
    told to ``listen``.
    """
    place = door.getsockname()
    kept = socket.socket(door.family, socket.SOCK_STREAM)
    if door.family == socket.AF_INET6:
        kept.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if os.name == "posix":
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.close()
    kept.bind(place)
    kept.setblocking(False)
    return kept


def _open(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    host = None if address in {"*", "::*"} else address
    found = socket.getaddrinfo(
        host, 0, family=family, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    place = found[0][4]
    door = socket.socket(family, socket.SOCK_STREAM)
    try:
        if family == socket.AF_INET6:
            door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if os.name == "posix":
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((place[0], port, *place[2:]))
        door.listen(BACKLOG)
    except OverflowError:
        door.close()
        raise
    except OSError as error:
        door.close()
        why = (error.strerror or "").lower()
        raise OSError(error.errno, f"cannot listen on {address}, port {port}: {why}") from None
    door.setblocking(False)
    return door
