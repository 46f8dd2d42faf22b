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
from tempfile import TemporaryDirectory

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


RANGES = ((0, 5460), (5461, 10922), (10923, 16383))
"""The slots of three masters."""


@contextmanager
def cluster(name: str, *, seconds: float = 20) -> Iterator[int]:
    """Three masters of ``redis`` or ``valkey`` that know each other; the port of one of them.

    Errors: ``SystemExit``, if they do not become a cluster.
    """
    with ExitStack() as stack:
        ports = []
        for _ in RANGES:
            port, bus = free_port(), free_port()
            folder = stack.enter_context(TemporaryDirectory())
            words = without_persistence(find_program(f"{name}-server"), port)
            words += ["--cluster-enabled", "yes", "--cluster-port", str(bus), "--dir", folder]
            stack.enter_context(running(words, port))
            ports.append((port, bus))
        (first, first_bus), *_ = ports
        for (port, _), (low, high) in zip(ports, RANGES, strict=True):
            asked(port, b"CLUSTER ADDSLOTSRANGE %d %d" % (low, high))
            asked(port, b"CLUSTER MEET 127.0.0.1 %d %d" % (first, first_bus))
        deadline = time.monotonic() + seconds
        while not all(_knows_all(port) for port, _ in ports):
            if time.monotonic() > deadline:
                raise SystemExit(f"three {name}-servers have not become a cluster")
            time.sleep(0.05)
        yield first


def _knows_all(port: int) -> bool:
    told = asked(port, b"CLUSTER INFO")
    return b"cluster_state:ok" in told and b"cluster_size:%d" % len(RANGES) in told


def asked(port: int, line: bytes) -> bytes:
    """What a server answers to one line, as far as it comes in one piece."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as wire:
        wire.sendall(line + b"\r\n")
        return wire.recv(65536)


def everyone(stack: ExitStack, names: Iterable[str]) -> dict[str, int]:
    """The port of each of them; they end with ``stack``."""
    started = {"mock": mock, "fakeredis": fakeredis}
    return {
        name: stack.enter_context(started[name]() if name in started else real(name))
        for name in dict.fromkeys(names)
    }
