"""How long it takes until there is something to work with.

Imports are measured in a fresh process each, inside it (the start of the interpreter is not
counted), the sides in turn: ``glide`` is what the adapter stands on, ``redis`` what it replaces.
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
from benchmarks.stage import Stage
from mock_backend import MockServer

ROOT = Path(__file__).parents[2]
MODULES = ("adapter", "glide", "redis", "redis.asyncio", "mock_backend")


PICTURES: Final = (Bars("milliseconds", "Until there is something to work with"),)


def contests(stage: Stage) -> Contests:
    """Imports, then the server."""
    yield Contest(
        {"what": "import"},
        {name: _importing(name) for name in MODULES},
        unit="ms",
        goals=[IMPORT],
    )
    yield Contest({"what": "MockServer ready"}, {MOCK: ready}, unit="ms", goals=[READY])


def _importing(module: str) -> Sample:
    program = (
        "import time; began = time.perf_counter();"
        f"import {module}; print(time.perf_counter() - began)"
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
