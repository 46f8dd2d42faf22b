"""Servers that a measurement needs: found on the machine or in ``.servers``, ended by their pid."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

UNPACKED = Path(__file__).parent.parent / ".servers"


def find_program(name: str) -> str:
    """The path of a program.  Errors: ``SystemExit`` with advice, if it is nowhere."""
    if found := shutil.which(name):
        return found
    for path in sorted(UNPACKED.rglob(name)):
        if path.is_file() and os.access(path, os.X_OK):
            return str(path)
    raise SystemExit(f"{name} is not on this machine; `make servers` fetches it")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def without_persistence(program: str, port: int) -> list[str]:
    """The words that start a real server which loads nothing and saves nothing."""
    return [
        *(program, "--port", str(port), "--save", "", "--appendonly", "no"),
        *("--dbfilename", f"never-{port}.rdb"),
    ]


@contextmanager
def running(words: list[str], port: int, *, seconds: float = 20) -> Iterator[int]:
    """A server process, from when it accepts connections on ``port`` until the end of the block;
    its process id.  Errors: ``SystemExit``, if it does not start.
    """
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + seconds
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"{words[0]} did not start on port {port}") from None
                time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def mock() -> Iterator[int]:
    """The bundled server in a process of its own; its port."""
    port = free_port()
    with running([sys.executable, "-m", "mock_backend", "--port", str(port)], port):
        yield port


@contextmanager
def real(name: str) -> Iterator[int]:
    """``redis`` or ``valkey``, without persistence; its port."""
    port = free_port()
    with running(without_persistence(find_program(f"{name}-server"), port), port):
        yield port


@contextmanager
def fakeredis() -> Iterator[int]:
    """fakeredis behind a socket, in a process of its own; its port."""
    port = free_port()
    with running([sys.executable, "-m", "benchmarks.fakeredis_server", str(port)], port):
        yield port


def everyone(stack: ExitStack, names: Iterable[str]) -> dict[str, int]:
    """The port of each of them; they end with ``stack``."""
    started = {"mock": mock, "fakeredis": fakeredis}
    return {
        name: stack.enter_context(started[name]() if name in started else real(name))
        for name in dict.fromkeys(names)
    }
