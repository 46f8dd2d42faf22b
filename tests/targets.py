"""The servers that the integration tests run against: mock, mock-redis, redis and valkey.

A real server is one process per test run (per xdist worker), on a free port of 127.0.0.1, with its
files in a temporary folder.  It dies with the run, is ended by its pid, and is brought back to its
first state before each test.  The mock is made anew for each test: ``mock`` as the Valkey, and
``mock-redis`` as the Redis that the real servers are.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

TARGETS = ("mock", "mock-redis", "redis", "valkey")
COMPAT = {"mock": "valkey-8.0", "mock-redis": "redis-7.0"}
"""The mocks, and which server each of them says it is."""

LINES = {"mock": "valkey", "mock-redis": "redis", "redis": "redis", "valkey": "valkey"}
"""Whose behaviour a target has."""

PROGRAMS = {"redis": "redis-server", "valkey": "valkey-server"}
SERVERS = Path(__file__).parent.parent / ".servers"

START_SECONDS = 20
"""How long a real server may take to answer its first PING."""

STABLE_SETTINGS = frozenset({"port", "bind", "dir", "dbfilename", "logfile", "requirepass"})
"""Never set back one by one: they name this very process, or hide their value."""

CLEANING = (
    ("CLIENT UNPAUSE",),
    ("CLIENT KILL", "TYPE", "normal", "SKIPME", "yes"),
    ("CLIENT KILL", "TYPE", "pubsub", "SKIPME", "yes"),
    ("REPLICAOF", "NO", "ONE"),
    ("CONFIG SET", "requirepass", ""),
    ("FLUSHALL", "SYNC"),
    ("SCRIPT FLUSH", "SYNC"),
    ("FUNCTION FLUSH", "SYNC"),
    ("CONFIG RESETSTAT",),
    ("SLOWLOG RESET",),
    ("LATENCY RESET",),
    ("ACL LOG", "RESET"),
)
"""What brings a server back to its first state, but for its users and settings."""
STATE = (("ACL USERS",), ("ACL GETUSER", "default"), ("CONFIG GET", "*"))
"""What tells whether those are the first ones."""


class Missing(Exception):
    """The program of a real server is not on this machine."""


@dataclass
class Server:
    """What a test holds in its hand, whichever target it runs on."""

    name: str
    host: str
    port: int
    mock: Any = None
    """The MockServer itself; None on a real server."""

    @property
    def line(self) -> str:
        """Whose behaviour it has: ``redis`` or ``valkey``."""
        return LINES[self.name]

    @property
    def url(self) -> str:
        """A URL of database 0."""
        return f"redis://{self.host}:{self.port}/0"

    @property
    def compat(self) -> str:
        """The profile of the mock that is like it."""
        return next(compat for compat in COMPAT.values() if compat.startswith(self.line))

    @property
    def bugs(self) -> list[BaseException]:
        """Unforeseen exceptions in the mock's handlers; always empty on a real server."""
        return list(self.mock.bugs) if self.mock is not None else []

    @cached_property
    def version(self) -> str:
        """The server's version in its own numbering: 7.0.15 of redis, 8.0.1 of valkey."""
        with redis.Redis(self.host, self.port, decode_responses=True) as client:
            info = client.info("server")
        return str(info.get("valkey_version", info["redis_version"]))

    @property
    def version_info(self) -> tuple[int, ...]:
        """The version as numbers, to compare with: ``(7, 0, 15)``."""
        return tuple(int(part) for part in self.version.split("."))


def program(name: str) -> Path:
    """The path of a real server, or of a program that comes with one: fetched by ``make servers``,
    or on PATH.
    """
    wanted = PROGRAMS.get(name, name)
    fetched = SERVERS / "bin" / wanted
    if fetched.exists():
        return fetched
    found = shutil.which(wanted)
    if found is None:
        raise Missing(f"{wanted} is not on this machine; `make servers` fetches it")
    return Path(found)


def suits(target: str, marked: tuple[str, ...]) -> bool:
    """Whether a test that is marked for certain targets runs on this one: on ``mock-redis`` if it
    is named, or if both the mock and Redis are.
    """
    return target in marked or (target == "mock-redis" and {"mock", "redis"} <= set(marked))


def free_port() -> int:
    """A TCP port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class RealServer:
    """One process of redis-server or valkey-server, and the connection that cleans it."""

    def __init__(self, name: str, *arguments: str) -> None:
        self.name = name
        path = program(name)
        self.folder = tempfile.TemporaryDirectory(prefix=f"{name}-")
        self.process, self.port = self._start(path, arguments)
        self.control: Any = self._connection()
        self.settings = self._settings()
        self.state = self._said(STATE)
        info = self.control.info("server")
        self.version = str(info.get("valkey_version", info["redis_version"]))
        self.default_user = self.control.execute_command("ACL GETUSER", "default")

    def _start(self, path: Path, arguments: tuple[str, ...]) -> tuple[subprocess.Popen[bytes], int]:
        log = Path(self.folder.name) / "server.log"
        for _ in range(5):  # somebody else may take the port between the probe and the start
            port = free_port()
            command = [
                *(str(path), "--port", str(port), "--bind", "127.0.0.1", "--dir", self.folder.name),
                *("--save", "", "--appendonly", "no", "--daemonize", "no"),
                *("--enable-debug-command", "yes"),
                *arguments,
            ]
            if setpriv := shutil.which("setpriv"):  # the kernel ends it, should we be killed
                command = [setpriv, "--pdeathsig", "TERM", *command]
            with log.open("wb") as output:
                process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
                )
            if self._answers(process, port):
                return process, port
            end(process)
        self.folder.cleanup()
        raise RuntimeError(f"{path} did not start; its last words:\n{log.read_text()[-2000:]}")

    def _answers(self, process: subprocess.Popen[bytes], port: int) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=1) as probe:
                    probe.sendall(b"PING\r\n")
                    # NOAUTH is an answer, too: the server may have been given a password
                    if probe.recv(64).startswith((b"+PONG", b"-NOAUTH")):
                        return process.poll() is None
            except OSError:
                pass
            time.sleep(0.01)
        return False

    def _connection(self) -> redis.Redis:
        return redis.Redis(
            port=self.port,
            socket_timeout=5,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
            single_connection_client=True,
        )

    def _settings(self) -> dict[str, str]:
        return {
            name: value
            for name, value in self.control.config_get("*").items()
            if name not in STABLE_SETTINGS
        }

    def clean(self) -> None:
        """Brings the server back to what it was when it started.

        Errors: a RedisError, when a test has locked us out (ACL, a pause, a script without an end).
        """
        if self._said((*CLEANING, *STATE))[-len(STATE) :] != self.state:
            self._set_back()

    def _said(self, calls: Sequence[tuple[str, ...]]) -> list[Any]:
        """The replies to calls that are sent in one piece, on the one connection: a pipeline would
        take another.
        """
        connection: Any = self.control.connection
        connection.send_packed_command(connection.pack_commands(calls))
        return [connection.read_response() for _ in calls]

    def _set_back(self) -> None:
        control = self.control
        users = control.execute_command("ACL USERS")
        if strangers := [user for user in users if user != "default"]:
            control.execute_command("ACL DELUSER", *strangers)
        if control.execute_command("ACL GETUSER", "default") != self.default_user:
            # a reset would leave a flag of its own behind (sanitize-payload)
            everything = ("on", "nopass", "clearselectors", "~*", "&*", "+@all")
            control.execute_command("ACL SETUSER", "default", *everything)
        for setting, value in self._settings().items():
            if value != self.settings.get(setting):
                control.config_set(setting, self.settings[setting])

    def stop(self) -> None:
        """Ends the process and takes its folder away."""
        self.control.close()
        end(self.process)
        self.folder.cleanup()

    def server(self) -> Server:
        """The face that tests see."""
        face = Server(self.name, "127.0.0.1", self.port)
        face.version = self.version
        return face


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process of ours by its pid: asked first, then made to."""
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class RealServers:
    """The real servers of one test run: each starts with the first test that asks for it."""

    def __init__(self) -> None:
        self._running: dict[str, RealServer] = {}

    def clean(self, name: str) -> Server:
        """The real server of that name, in its first state."""
        real = self._running.get(name)
        if real is not None:
            try:
                real.clean()
            except redis.RedisError:  # a new process is as clean as it gets
                real.stop()
                real = None
        if real is None:
            real = self._running[name] = RealServer(name)
        return real.server()

    def stop(self) -> None:
        """Ends them all."""
        for real in self._running.values():
            real.stop()
        self._running.clear()


@contextmanager
def running(name: str, *arguments: str) -> Iterator[Server]:
    """A real server of one's own, started with ``arguments``: for what CONFIG SET cannot change."""
    real = RealServer(name, *arguments)
    try:
        yield real.server()
    finally:
        real.stop()


def required() -> bool:
    """Whether a missing real server is a failure rather than a skip."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}
