"""WATCH: which session wants to know of which key, until its EXEC.

A key that had expired already when it was watched may go without breaking anything.  Source:
multi.c (watchForKey, isWatchedKeyExpired, touchWatchedKey).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mock_backend.kernel.session import Session
from mock_backend.kernel.waiting import Place
from mock_backend.profile import Since
from mock_backend.store.keyspace import Database

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

FORGETS_LOST: Final = Since("redis-7.4.0,valkey-8.0.0")
"""Of a transaction that cannot be performed any more the calls are forgotten."""


class Watching:
    """The watched keys of one kernel."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._watchers: dict[Place, dict[Session, None]] = {}

    def __bool__(self) -> bool:
        return bool(self._watchers)

    def begin(self, session: Session, key: bytes) -> None:
        """``session`` wants to know whether ``key`` changes before its EXEC."""
        database = session.context.db
        place = (database.number, key)
        if place not in session.watched:
            session.watched[place] = self._has_expired(database, key)
            self._watchers.setdefault(place, {})[session] = None
            self._kernel.listen()

    def end(self, session: Session) -> None:
        """``session`` watches nothing any more."""
        for place in session.watched:
            sessions = self._watchers[place]
            sessions.pop(session, None)
            if not sessions:
                del self._watchers[place]
        session.watched.clear()
        session.watch_broken = False
        self._kernel.listen()

    def is_broken(self, session: Session) -> bool:
        """Whether a watched key has changed, or has expired since."""
        for (number, key), expired in list(session.watched.items()):
            if not expired:
                self._kernel.space.databases[number].evict_if_expired(key)
        return session.watch_broken

    def touched(self, place: Place) -> None:
        """A key has changed; that one goes which had expired before it was watched is no change."""
        for session in self._watchers.get(place, ()):
            if session.watched.get(place) and not self._is_there(place):
                session.watched[place] = False
            else:
                self._break(session)

    def _break(self, session: Session) -> None:
        """Its transaction will not be performed; servers of today forget it at once."""
        session.watch_broken = True
        if session.queue and self._kernel.profile.has(FORGETS_LOST):
            session.queue.clear()

    def _is_there(self, place: Place) -> bool:
        number, key = place
        return key in self._kernel.space.databases[number].values

    def flushed(self, database: Database, successor: Database | None) -> None:
        """A database is about to be emptied, or swapped with ``successor``."""
        coming = successor.values if successor is not None else {}
        for place, sessions in self._watchers.items():
            number, key = place
            if number != database.number or not (key in database.values or key in coming):
                continue
            comes_expired = successor is not None and self._has_expired(successor, key)
            for session in sessions:
                if session.watched.get(place):
                    if key not in coming:
                        session.watched[place] = False
                        continue
                    if comes_expired:
                        continue
                elif comes_expired and key not in database.values:
                    session.watched[place] = True
                    continue
                self._break(session)

    def _has_expired(self, database: Database, key: bytes) -> bool:
        at = database.expiry_ms(key)
        return at is not None and at <= database.space.now_ms
