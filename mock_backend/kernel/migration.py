"""MIGRATE's conversation with the other server: everything is said at once, then its answers are
counted.

The client waits for it; nobody else does.  A key that was changed while it travelled stays here,
for the other server has what it was before.  Source: cluster.c, migrateCommand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mock_backend import errors
from mock_backend.kernel.links import REFUSED, Link, NoLink
from mock_backend.replies import OK, Block, Reply
from mock_backend.store.keyspace import Database

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel
    from mock_backend.kernel.session import Session

_ERROR: Final = b"-"


@dataclass(frozen=True, slots=True)
class Traveller:
    """A key on its way."""

    key: bytes
    payload: bytes
    expires_at_ms: int | None


@dataclass(frozen=True, slots=True)
class Journey:
    """What a MIGRATE asks for."""

    host: str
    port: int
    database: int
    credentials: Sequence[bytes]
    """What AUTH is given; empty: no AUTH."""
    copies: bool
    replaces: bool


class Migration:
    """One MIGRATE, from the moment in which the connection is asked for."""

    def __init__(
        self,
        kernel: Kernel,
        database: Database,
        journey: Journey,
        travellers: Sequence[Traveller],
    ) -> None:
        self._kernel = kernel
        self._database = database
        self._journey = journey
        self._travellers = travellers
        self._session: Session | None = None
        self._link: Link = NoLink()
        self._received = b""
        self._introductions = 1 + bool(journey.credentials)
        """How many answers come before those to the keys."""
        self._answers = 0
        self._refused: bytes | None = None
        """The first error among those before the keys."""
        self._failure: bytes | None = None
        """The first error that counts."""
        self._reply: Reply = errors.no_connection_to_target()
        """What the client is told if nothing more is heard."""
        self._is_over = False

    def begin(self, session: Session, timeout: float) -> Block:
        """Opens the connection; the call waits for ``timeout`` seconds."""
        self._session = session
        self._link = self._kernel.dial(self._journey.host, self._journey.port, self)
        return Block((), timeout, kind=None, otherwise=self._reply, ended=self._end)

    def perform(self, timeout: float) -> Reply:
        """The whole conversation at once, where nothing may wait (EXEC, scripts)."""
        self._kernel.converse(self._journey.host, self._journey.port, self, timeout)
        return self._reply

    def opened(self, link: Link) -> None:
        """The connection stands: says everything."""
        self._link = link
        self._reply = errors.no_answer_from_target()
        if self._session is not None and self._session.parked is not None:
            self._session.parked.otherwise = self._reply
        journey = self._journey
        requests: list[Sequence[bytes]] = []
        if journey.credentials:
            requests.append((b"AUTH", *journey.credentials))
        requests.append((b"SELECT", b"%d" % journey.database))
        mode = (b"REPLACE",) if journey.replaces else ()
        for traveller in self._travellers:
            lifetime = 0
            if traveller.expires_at_ms is not None:
                lifetime = max(1, traveller.expires_at_ms - self._kernel.space.now_ms)
            requests.append((b"RESTORE", traveller.key, b"%d" % lifetime, traveller.payload, *mode))
        link.send(b"".join(map(_encoded, requests)))

    def received(self, data: bytes) -> None:
        """Answers, a line each."""
        *lines, self._received = (self._received + data).split(b"\r\n")
        for line in lines:
            self._answers += 1
            if self._answers <= self._introductions:
                if line.startswith(_ERROR) and self._refused is None:
                    self._refused = line
                continue
            self._arrived(self._travellers[self._answers - self._introductions - 1], line)
            if self._answers == self._introductions + len(self._travellers):
                self._reply = OK if self._failure is None else errors.target_said(self._failure)
                self._finish()
                return

    def _arrived(self, traveller: Traveller, line: bytes) -> None:
        """The other server has answered to one key."""
        refused = self._refused or (line if line.startswith(_ERROR) else None)
        if refused is not None:
            self._failure = self._failure or refused[1:]
            return
        database, key = self._database, traveller.key
        value = database.lookup(key)
        if self._journey.copies or value is None:
            return
        if self._kernel.persistence.dump(value, database.kept_as(key)) == traveller.payload:
            database.remove(key)
            database.touch(key, "del")

    def lost(self, reason: str) -> None:
        """The connection is gone, or never was."""
        if self._failure is not None:
            self._reply = errors.target_said(self._failure)
        elif reason == REFUSED:
            self._reply = errors.target_does_not_listen()
        self._finish()

    def _finish(self) -> None:
        self._end()
        session = self._session
        if session is not None and session.parked is not None:
            self._kernel.release(session.parked, self._reply)

    def _end(self) -> None:
        """Nobody waits for it any more."""
        if not self._is_over:
            self._is_over = True
            self._link.close()


def _encoded(words: Sequence[bytes]) -> bytes:
    parts = [b"$%d\r\n%b\r\n" % (len(word), word) for word in words]
    return b"*%d\r\n" % len(words) + b"".join(parts)
