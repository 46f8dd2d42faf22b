"""Ten thousand clients at once: the seconds until all have connected, been answered, been listed
and left.

Bare sockets, one after the other; the bundled server and real ones in turn, by the same program.
"""

from __future__ import annotations

import resource
import socket
import sys
import time
from contextlib import ExitStack
from functools import partial
from typing import Final

from benchmarks.contest import Contest, Contests
from benchmarks.goals import MOCK
from benchmarks.reports.pictures import Bars
from benchmarks.servers import find_program, free_port, running, without_persistence
from benchmarks.stage import Stage

CLIENTS: Final = 10_000


def listed(control: socket.socket) -> int:
    """How many clients CLIENT LIST tells of."""
    control.sendall(b"CLIENT LIST\r\n")
    data = control.recv(65536)
    head, _, _ = data.partition(b"\r\n")
    whole = len(head) + 4 + int(head[1:])
    while len(data) < whole:
        data += control.recv(1024 * 1024)
    return data.count(b"\nid=")


def come_and_go(port: int, clients: int) -> float:
    """One round of so many clients; seconds.  Errors: ``SystemExit``, if one is not served."""
    with ExitStack() as stack:
        control = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
        started = time.perf_counter()
        sockets = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
            for _ in range(clients)
        ]
        for each in sockets:
            each.sendall(b"PING\r\n")
        if any(each.recv(100) != b"+PONG\r\n" for each in sockets):
            raise SystemExit("a client was not answered")
        if listed(control) < clients:
            raise SystemExit("a client is missing")
        for each in sockets:
            each.close()
        while listed(control) > 1:
            time.sleep(0.001)
        return time.perf_counter() - started


PICTURES: Final = (Bars("seconds", "Many clients come and go"),)


def contests(stage: Stage) -> Contests:
    """All that the system lets one process have, up to ten thousand."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    clients = min(500 if stage.quick else CLIENTS, most - 100)
    with ExitStack() as stack:
        sides = {}
        for name in (MOCK, *stage.servers):
            port = free_port()
            words = [sys.executable, "-m", "mock_backend", "--port", str(port)]
            if name != MOCK:
                words = without_persistence(find_program(f"{name}-server"), port)
            stack.enter_context(running([*words, "--maxclients", str(clients + 10)], port))
            sides[name] = partial(come_and_go, port, clients)
        yield Contest({"clients": clients}, sides, unit="s", most_rounds=3)
