"""Memory, as the system counts it (RSS): what one more of something takes.

A client that has said PING, a channel that a ``pubsub()`` listens to, and what a million calls
leave behind are weighed in a fresh process per sample, for the adapter, redis-py asyncio and
(clients) a bare GLIDE client.  A small string and a connection are weighed in the servers'
processes: 14 bytes under keys of 16, and bare sockets; each sample starts a new server.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.contest import Contest, Contests, Sample
from benchmarks.goals import ADAPTER, CUSTOM, MOCK, REDIS_PY
from benchmarks.reports.pictures import Bars
from benchmarks.servers import find_program, free_port, real, running, without_persistence
from benchmarks.stage import Stage
from benchmarks.weighing import resident
from benchmarks.wire import request

ROOT: Final = Path(__file__).parents[2]
BYTES: Final = "bytes each"
AT_ONCE: Final = 10_000
PICTURES: Final = (Bars("bytes", "Memory: what one more of it takes", logarithmic=True),)


def contests(stage: Stage) -> Contests:
    """The clients' memory, then the servers'."""
    with real(stage.servers[0]) as port:
        for name, what, count, sides in (
            ("client", "client", stage.pick((300,), (20,))[0], (ADAPTER, CUSTOM, REDIS_PY)),
            ("subscription", "subscription", stage.pick((10_000,), (500,))[0], (ADAPTER, REDIS_PY)),
            ("call", "calls", stage.pick((1_000_000,), (5_000,))[0], (ADAPTER,)),
        ):
            yield Contest(
                {"one more": f"{name}, of {count:,}"},
                {side: _weighed(what, side, port, count) for side in sides},
                unit=BYTES,
                most_rounds=1 if what == "calls" else 3,
            )
    keys, connections = (20_000, 200) if stage.quick else (1_000_000, 5_000)
    servers = (MOCK, *stage.servers)
    yield Contest(
        {"one more": f"small string, of {keys:,}"},
        {server: partial(key, server, keys) for server in servers},
        unit=BYTES,
        most_rounds=3,
    )
    yield Contest(
        {"one more": f"connection, of {connections:,}"},
        {server: partial(connection, server, connections) for server in servers},
        unit=BYTES,
        most_rounds=3,
    )


def _weighed(what: str, side: str, port: int, count: int) -> Sample:
    words = [sys.executable, "-m", "benchmarks.weighing", what, side, str(port), str(count)]

    def sample() -> float:
        done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT)
        return float(done.stdout)

    return sample


def _starting(server: str, port: int) -> list[str]:
    if server == MOCK:
        return [sys.executable, "-m", "mock_backend", "--port", str(port)]
    return without_persistence(find_program(f"{server}-server"), port)


def key(server: str, count: int) -> float:
    """Bytes per key in a new server's process."""
    port = free_port()
    with (
        running(_starting(server, port), port) as pid,
        socket.create_connection(("127.0.0.1", port)) as wire,
    ):
        before = resident(pid)
        replies = wire.makefile("rb")
        for start in range(0, count, AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, count))
            wire.sendall(
                b"".join(
                    request(b"SET", b"key:%012d" % number, b"value:%08d" % number)
                    for number in numbers
                )
            )
            for _ in numbers:
                replies.readline()
        return (resident(pid) - before) / count


def connection(server: str, count: int) -> float:
    """Bytes per connection in a new server's process."""
    port = free_port()
    words = [*_starting(server, port), "--maxclients", str(count + 10)]
    with running(words, port) as pid, ExitStack() as stack:
        before = resident(pid)
        for _ in range(count):
            wire = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            wire.sendall(b"PING\r\n")
            wire.recv(100)
        return (resident(pid) - before) / count
