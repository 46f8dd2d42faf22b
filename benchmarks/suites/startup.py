"""How long it takes until there is something to work with.

Imports are measured in a fresh process each, inside it (the start of the interpreter is not
counted), the sides in turn: ``glide`` is what the adapter stands on, ``redis`` what it replaces.
So is the way from nothing to a first answer, since an import can put things off.
``MockServer`` is measured in this process, from making it until a client has the answer to PING.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from benchmarks.contest import Contest, Contests, Sample
from benchmarks.goals import IMPORT, MOCK, READY
from benchmarks.reports.pictures import Bars
from benchmarks.servers import real
from benchmarks.stage import Stage
from mock_backend import MockServer

ROOT = Path(__file__).parents[2]
FIRST: Final = {
    "adapter": "import adapter; adapter.Redis(port={}).ping()",
    "glide": (
        "from glide_sync import GlideClient, GlideClientConfiguration, NodeAddress;"
        "node = NodeAddress('127.0.0.1', {});"
        "GlideClient.create(GlideClientConfiguration([node])).custom_command(['PING'])"
    ),
    "redis": "import redis; redis.Redis(port={}).ping()",
}
"""A first command, of the synchronous clients: what an import puts off is done here."""
MODULES = ("adapter", "glide", "redis", "redis.asyncio", "mock_backend")


PICTURES: Final = (Bars("milliseconds", "Until there is something to work with"),)


def contests(stage: Stage) -> Contests:
    """Imports, then the server."""
    yield Contest(
        {"what": "import"},
        {name: _in_a_fresh_process(f"import {name}") for name in MODULES},
        unit="ms",
        goals=[IMPORT],
    )
    with real(stage.servers[0]) as port:
        yield Contest(
            {"what": "import, connect and PING"},
            {name: _in_a_fresh_process(what.format(port)) for name, what in FIRST.items()},
            unit="ms",
        )
    yield Contest({"what": "MockServer ready"}, {MOCK: ready}, unit="ms", goals=[READY])


def _in_a_fresh_process(what: str) -> Sample:
    program = (
        f"import time; began = time.perf_counter(); {what}; print(time.perf_counter() - began)"
    )

    def sample() -> float:
        words = [sys.executable, "-c", program]
        done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT)
        return float(done.stdout) * 1000

    return sample


def ready() -> float:
    """Milliseconds until a new server has answered."""
    began = time.perf_counter()
    with MockServer() as server, socket.create_connection(("127.0.0.1", server.port)) as wire:
        wire.sendall(b"PING\r\n")
        if wire.recv(100) != b"+PONG\r\n":
            raise SystemExit("the mock did not answer PING")
        return (time.perf_counter() - began) * 1000
