"""MockServer: a kernel, a transport and a thread; what a test holds in its hand."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

from mock_backend.commands import COMMANDS
from mock_backend.home import Home
from mock_backend.kernel.clock import Clock, VirtualClock
from mock_backend.kernel.configuration.directives import (
    MOST_DATABASES,
    Directive,
    apply,
    read_file,
    stated,
)
from mock_backend.kernel.kernel import Kernel
from mock_backend.profile import DEFAULT, PROFILES
from mock_backend.transport import settings_file
from mock_backend.transport.dump_file import DumpFile
from mock_backend.transport.faults import Faults
from mock_backend.transport.memory import MemoryClient
from mock_backend.transport.tcp import Listener

_SCRIPTS: Final = (b"eval", b"evalsha", b"eval_ro", b"evalsha_ro")

PATIENCE_SECONDS: Final = 5.0
"""How long a script may be busy in an event loop that is not the server's own: whoever could kill
it may be waiting in the same loop.
"""


def _below_dir(early: Mapping[str, Directive]) -> str:
    """``aclfile``, seen from ``dir``."""
    place = early["aclfile"].value
    return os.path.join(early["dir"].value, place) if place and "dir" in early else place


@dataclass(frozen=True, slots=True)
class Stats:
    """What a server has done since it was made."""

    commands: int
    """Commands performed, those inside scripts and transactions included."""
    scripts: int
    """Scripts run."""
    clients: int
    """Clients connected now."""
    peak_clients: int
    """The most clients that were connected at one time."""


class MockServer:
    """A Redis/Valkey server in this process.

    ``with MockServer() as server`` serves TCP from a thread of its own; ``async with`` from the
    running event loop.  ``port`` 0 takes a free one, known from ``port`` and ``url`` once the
    server runs.  With a :class:`VirtualClock` time stands still until the test moves it.
    ``host`` is what ``bind`` says in redis.conf: one address or more, ``*`` for every one.  Clients
    of other machines need a password, unless ``settings`` say ``protected-mode`` is ``no``.
    ``aclfile`` is where users are read from, and where ACL SAVE writes them.  ``dump_file`` is read
    at the start if it is there, and SAVE writes it; without one nothing is ever written.
    ``config_file`` is a redis.conf, which CONFIG REWRITE writes again, and ``settings`` are
    parameters with the values that CONFIG SET takes (``{"maxmemory": "10mb"}``), also those that
    are fixed once the server runs; they come after the file and win.  ``home`` is where it runs, if
    several shall run together.

    Errors: ``OSError``, if the port is taken; ``OverflowError``, if there is no such port;
    ``RuntimeError``, if it is started twice; ``ValueError`` for less than one database,
    a server that ``compat`` does not know, a parameter that there is not or that does not take its
    value, or an ``aclfile`` or ``dump_file`` that cannot be read.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        password: str = "",
        databases: int = 16,
        clock: Clock | None = None,
        compat: str = DEFAULT.name,
        aclfile: str = "",
        dump_file: str | os.PathLike[str] = "",
        config_file: str | os.PathLike[str] = "",
        settings: Mapping[str, str] | Sequence[Directive] = (),
        home: Home | None = None,
    ) -> None:
        if compat not in PROFILES:
            raise ValueError(f"compat is one of {', '.join(PROFILES)}, not {compat!r}")
        said = read_file(Path(config_file).read_bytes()) if config_file else []
        said += stated(settings) if isinstance(settings, Mapping) else settings
        early = {each.name: each for each in said}
        self._bind = early["bind"].value if "bind" in early else host
        first = self._bind.split()[0].lstrip("-") if self._bind.strip() else ""
        self.host = {"*": "127.0.0.1", "::*": "::1"}.get(first, first)
        self._wanted_port = early["port"].number(0, 65535) if "port" in early else port
        self.kernel = Kernel(
            COMMANDS,
            clock=clock,
            password=password,
            databases=early["databases"].number(1, MOST_DATABASES)
            if "databases" in early
            else databases,
            profile=PROFILES[compat],
            aclfile=_below_dir(early) if "aclfile" in early else aclfile,
        )
        apply(self.kernel, said)
        if config_file:
            settings_file.attach(self.kernel, Path(config_file))
        if early.keys() & {"dir", "dbfilename"}:
            config = self.kernel.config
            dump_file = Path(config.text("dir") or ".") / config.text("dbfilename")
        if dump_file:
            DumpFile(self.kernel).attach(Path(dump_file))
        self._listener = Listener(self.kernel)
        self._home = home or Home()
        self.faults = Faults(self.kernel, self._listener, self._home.in_turn)
        """What goes wrong when a test asks for it."""
        self._closing: asyncio.Task[None] | None = None
        self.on_shutdown: Callable[[], None] | None = None
        """What SHUTDOWN does instead of ending the thread, or closing the connections."""
        self.kernel.on_shutdown = self._shut_down
        if isinstance(clock, VirtualClock):
            clock.moved.append(self._clock_moved)

    @property
    def port(self) -> int:
        """The port that it listens on; 0 before it runs."""
        return self._listener.port

    @property
    def url(self) -> str:
        """What a client connects to: ``redis://127.0.0.1:12345``."""
        password = self.kernel.password
        secret = f":{quote(password, safe='')}@" if password else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"redis://{secret}{host}:{self.port}"

    @property
    def bugs(self) -> list[BaseException]:
        """Exceptions that no handler foresaw; each is a mistake of this package."""
        return self.kernel.bugs

    @property
    def stats(self) -> Stats:
        """What has been done so far."""
        kernel = self.kernel
        scripts = (kernel.commands[name] for name in _SCRIPTS if name in kernel.commands)
        return Stats(
            commands=kernel.calls,
            scripts=sum(command.calls for command in scripts),
            clients=len(kernel.sessions),
            peak_clients=kernel.statistics.peak_sessions,
        )

    def client(self) -> MemoryClient:
        """A client without a socket.  Only for a server that does not run in another thread."""
        return MemoryClient(self.kernel)

    def start(self) -> Self:
        """Serves from a thread of its own; returns once it listens."""
        self._ready()
        self._home.start(self._open, self._listener.close)
        return self

    def _ready(self) -> None:
        if self._home.loop is not None:
            raise RuntimeError("this MockServer runs already; make another one")
        self.kernel.scripts.abandoned = False

    async def _open(self) -> None:
        await self._listener.open(self._bind, self._wanted_port)

    def stop(self) -> None:
        """Closes every connection and ends the thread; stopping twice is harmless."""
        self.kernel.scripts.abandoned = True
        self._home.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _shut_down(self) -> None:
        """SHUTDOWN: the thread ends, once the replies have been written."""
        loop = self._home.loop
        self.kernel.scripts.abandoned = True
        if loop is None:
            return
        if self.on_shutdown is not None:
            loop.call_soon(self.on_shutdown)
        elif self._home.has_thread:
            self._home.end_soon()
        else:
            self._closing = loop.create_task(self._listener.close())

    async def __aenter__(self) -> Self:
        self._ready()
        self.kernel.scripts.patience_seconds = PATIENCE_SECONDS
        await self._open()
        self._home.enter()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._listener.close()
        self._home.leave()

    def _clock_moved(self) -> None:
        """A virtual clock was moved, perhaps from another thread: what fell due happens before this
        returns.
        """
        self._home.in_turn(self.kernel.tick)
