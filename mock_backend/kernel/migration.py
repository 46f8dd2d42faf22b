"""MIGRATE's conversation with the other server: everything is said at once, then its answers are
counted.

The client waits for it; nobody else does.  A key that was changed while it travelled stays here,
for the other server has what it was before.  Source: cluster.c, migrateCommand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from mock_backend.errors import persistence as errors
from mock_backend.kernel.links import REFUSED, Link, NoLink
from mock_backend.replies import OK, Block, Reply
from mock_backend.resp.requests import encoded
from mock_backend.store.keyspace import Database

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel
    from mock_backend.kernel.session import Session

Place: TypeAlias = tuple[str, int]
"""A host and a port."""

_ERROR: Final = b"-"
_MOST_IDLE: Final = 64
_IDLE_MS: Final = 10_000


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


class Line:
    """A connection to another server, which one migration after the other speaks over."""

    def __init__(self, lines: Lines, place: Place, migration: Migration) -> None:
        self._lines = lines
        self.place = place
        self.migration: Migration | None = migration
        """Who speaks over it just now."""
        self.link: Link = NoLink()
        self.database = -1
        """What was last selected over there; -1: nobody knows."""
        self.used_ms = 0

    def opened(self, link: Link) -> None:
        """It stands."""
        self.link = link
        if self.migration is not None:
            self.migration.opened()

    def received(self, data: bytes) -> None:
        """The other side has answered."""
        if self.migration is not None:
            self.migration.received(data)

    def lost(self, reason: str) -> None:
        """The connection is gone, or never was."""
        self._lines.forget(self)
        if self.migration is not None:
            self.migration.lost(reason)


class Lines:
    """The connections that nobody uses just now; they stay for a while, should somebody call again.

    Source: cluster.c, migrateGetSocket and migrateCloseTimedoutSockets.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.idle: dict[Place, Line] = {}

    def take(self, place: Place, migration: Migration) -> Line | None:
        """The connection to there that is left over from before, if there is one."""
        line = self.idle.pop(place, None)
        if line is not None:
            line.migration = migration
        return line

    def open(self, place: Place, migration: Migration) -> Line:
        """Opens a connection to there."""
        line = Line(self, place, migration)
        line.link = self._kernel.dial(*place, line)
        return line

    def give_back(self, line: Line) -> None:
        """Nobody speaks over it any more, and all has been answered."""
        line.migration = None
        line.used_ms = self._kernel.space.now_ms
        if line.place in self.idle or len(self.idle) >= _MOST_IDLE:
            line.link.close()
        else:
            self.idle[line.place] = line

    def forget(self, line: Line) -> None:
        """It is of no use any more."""
        if self.idle.get(line.place) is line:
            del self.idle[line.place]

    def close_idle(self, now_ms: int) -> None:
        """Closes those that were not used for a while."""
        for line in list(self.idle.values()):
            if now_ms - line.used_ms > _IDLE_MS:
                self.forget(line)
                line.link.close()


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
        self._place = (journey.host, journey.port)
        self._session: Session | None = None
        self._line: Line
        self._is_old_line = False
        self._received = b""
        self._introductions = 0
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
        """Speaks to the other server; the call waits for ``timeout`` seconds."""
        self._session = session
        line = self._kernel.lines.take(self._place, self)
        if line is None:
            self._line = self._kernel.lines.open(self._place, self)
        else:
            self._line = line
            self._is_old_line = True
            self.opened()
        return Block((), timeout, kind=None, otherwise=self._reply, ended=self._abandon)

    def perform(self, timeout: float) -> Reply:
        """The whole conversation at once, where nothing may wait (EXEC, scripts)."""
        self._line = Line(self._kernel.lines, self._place, self)
        self._kernel.converse(*self._place, self._line, timeout)
        return self._reply

    def opened(self) -> None:
        """The connection stands: says everything."""
        self._reply = errors.no_answer_from_target()
        if self._session is not None and self._session.parked is not None:
            self._session.parked.otherwise = self._reply
        journey = self._journey
        requests: list[Sequence[bytes]] = []
        if journey.credentials:
            requests.append((b"AUTH", *journey.credentials))
        if self._line.database != journey.database:
            requests.append((b"SELECT", b"%d" % journey.database))
        self._introductions = len(requests)
        mode = (b"REPLACE",) if journey.replaces else ()
        restore = b"RESTORE" if self._kernel.cluster is None else b"RESTORE-ASKING"
        for traveller in self._travellers:
            lifetime = 0
            if traveller.expires_at_ms is not None:
                lifetime = max(1, traveller.expires_at_ms - self._kernel.space.now_ms)
            requests.append((restore, traveller.key, b"%d" % lifetime, traveller.payload, *mode))
        self._line.link.send(b"".join(map(encoded, requests)))

    def received(self, data: bytes) -> None:
        """Answers, a line each."""
        *lines, self._received = (self._received + data).split(b"\r\n")
        total = self._introductions + len(self._travellers)
        for line in lines[: total - self._answers]:
            self._answers += 1
            if self._answers <= self._introductions:
                if line.startswith(_ERROR) and self._refused is None:
                    self._refused = line
                continue
            self._arrived(self._travellers[self._answers - self._introductions - 1], line)
        if self._answers == total:
            if self._failure is None:
                self._line.database = self._journey.database
                self._reply = OK
            else:
                self._line.database = -1
                self._reply = errors.target_said(self._failure)
            self._finish(keeps_line=True)

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
        """The connection is gone, or never was; an old one may just have been too old."""
        if self._is_old_line and not self._answers:
            self._is_old_line = False
            self._line = self._kernel.lines.open(self._place, self)
            return
        if self._failure is not None:
            self._reply = errors.target_said(self._failure)
        elif reason == REFUSED:
            self._reply = errors.target_does_not_listen()
        self._finish(keeps_line=False)

    def _finish(self, *, keeps_line: bool) -> None:
        self._is_over = True
        session = self._session
        if session is None or not keeps_line:
            self._line.link.close()
        else:
            self._kernel.lines.give_back(self._line)
        if session is not None and session.parked is not None:
            self._kernel.serving.release(session.parked, self._reply)

    def _abandon(self) -> None:
        """Nobody waits for it any more: its time is over, or the client is gone."""
        if not self._is_over:
            self._is_over = True
            self._line.migration = None
            self._line.link.close()
