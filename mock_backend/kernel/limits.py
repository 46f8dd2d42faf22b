"""Limits on clients: how long they may be idle, how much may wait for them or from them.

Looked at where something is written that is not small, where a request does not end, and by the
tick; a client within its limits costs nothing.  Who is over a limit is dropped at once, unsent
replies with him.  Source: networking.c (checkClientOutputBufferLimits, evictClients), timeout.c.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mock_backend.kernel.reports import client_lines
from mock_backend.kernel.session import Session

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

_NEVER: Final = 2**62
_HIGH_WATER: Final = 64 * 1024
_PATIENCE: Final = 4 * 1024 * 1024
_IDLE_EVERY_MS: Final = 1_000
_CLASSES: Final = {"normal": "normal", "replica": "slave", "pubsub": "pubsub"}


@dataclass(frozen=True, slots=True)
class OutputLimit:
    """One class of ``client-output-buffer-limit``; 0: no limit."""

    hard: int = 0
    soft: int = 0
    seconds: int = 0
    """How long the soft limit may be exceeded without a break."""


_UNLIMITED: Final = OutputLimit()


class Limits:
    """The limits of one kernel, and who is near them."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._output: dict[str, OutputLimit] = {}
        self._swollen: dict[Session, int] = {}
        """Since when each session has been over its soft limit."""
        self._looked_ms = 0
        self.least = _NEVER
        """A reply of so many bytes may be beyond a limit."""
        self.query = 0
        """Bytes of an unfinished request that are kept."""
        self.evicting = False
        """Whether there is a limit on the memory of all clients together."""
        for name in (
            "client-output-buffer-limit",
            "client-query-buffer-limit",
            "maxmemory-clients",
            "maxmemory",
        ):
            kernel.config.heard_by(name, self._changed)
        self.arrange()

    def _changed(self, value: str) -> None:
        self.arrange()
        self._kernel.observe()

    def arrange(self) -> None:
        """Reads the limits."""
        config = self._kernel.config
        words = config.text("client-output-buffer-limit").split()
        self._output = {
            words[at]: OutputLimit(*map(int, words[at + 1 : at + 4]))
            for at in range(0, len(words), 4)
        }
        bounds = [
            bound for limit in self._output.values() for bound in (limit.hard, limit.soft) if bound
        ]
        self.least = min(bounds, default=_NEVER)
        self.query = config.number("client-query-buffer-limit")
        self.evicting = self.clients_memory > 0

    @property
    def high_water(self) -> int:
        """Bytes that may wait to be sent before it is looked at how many more do."""
        return min(_HIGH_WATER, self.least)

    def patience(self, session: Session) -> int:
        """Bytes that may wait to be sent to a client before its requests wait, too.

        Where a limit drops it, they do not wait: they bring it there.  Without one the server's
        own memory is the limit; ours is not for clients that do not read.
        """
        limit = self._output.get(_CLASSES.get(client_lines.kind(session), ""), _UNLIMITED)
        if limit.hard:
            return limit.hard
        most = max(_PATIENCE, limit.soft)
        if self.evicting or self._kernel.room.limited:
            # only what really waits for a client can make it, or keys, go
            most = max(most, self.clients_memory, self._kernel.config.number("maxmemory"))
        return most

    def exceeded(self, session: Session, size: int) -> bool:
        """Whether ``size`` bytes that wait to be sent are too many for this client."""
        limit = self._output.get(_CLASSES.get(client_lines.kind(session), ""))
        if limit is None:
            return False
        if limit.hard and size >= limit.hard:
            return True
        if not limit.soft or size < limit.soft:
            self._swollen.pop(session, None)
            return False
        now_ms = self._kernel.clock.now_ms()
        since_ms = self._swollen.setdefault(session, now_ms)
        return now_ms - since_ms > limit.seconds * 1_000

    def overflows(self, session: Session, size: int) -> bool:
        """Whether a reply of so many bytes is beyond the hard limit: it need not be made then, the
        client is dropped.  A transaction it is part of comes to its end.
        """
        limit = self._output.get(_CLASSES.get(client_lines.kind(session), ""))
        if session.is_script or limit is None or not limit.hard or size < limit.hard:
            return False
        if not session.closing:
            self._kernel.statistics.output_limited += 1
            session.closing = True
            session.abandon()
            self._kernel.later(lambda: self._kernel.disconnect(session))
        return True

    def gone(self, session: Session) -> None:
        """A session has ended."""
        self._swollen.pop(session, None)

    def drop_slow(self, session: Session) -> None:
        """The client does not read what it is sent."""
        self._kernel.statistics.output_limited += 1
        self._drop(session)

    def drop_long(self, session: Session) -> None:
        """The client's request has no end."""
        self._kernel.statistics.query_limited += 1
        self._drop(session)

    def _drop(self, session: Session) -> None:
        session.closing = True
        self._kernel.disconnect(session)
        session.abandon()

    # what time brings

    def tick(self) -> None:
        """Whoever has been over a soft limit for too long, or idle, goes."""
        for session in list(self._swollen):
            if self.exceeded(session, session.unsent()):
                self.drop_slow(session)
        now_ms = self._kernel.space.now_ms
        if now_ms - self._looked_ms >= _IDLE_EVERY_MS:
            self._looked_ms = now_ms
            seconds = self._kernel.config.number("timeout")
            if seconds:
                self._drop_idle(seconds)
        if self.evicting:
            self.evict()

    def _drop_idle(self, seconds: int) -> None:
        now_ms = self._kernel.space.now_ms
        for session in list(self._kernel.sessions.values()):
            exempt = (
                session.is_replica
                or session.is_primary
                or session.parked is not None
                or session.is_subscribed
            )
            if not exempt and now_ms - session.last_ms > seconds * 1_000:
                self._drop(session)

    # the memory of all clients

    @property
    def clients_memory(self) -> int:
        """``maxmemory-clients`` in bytes; 0: no limit."""
        text = self._kernel.config.text("maxmemory-clients")
        if text.endswith("%"):
            return self._kernel.config.number("maxmemory") * int(text[:-1]) // 100
        return int(text)

    def evict(self, speaker: Session | None = None, words: Sequence[bytes] = ()) -> None:
        """Drops the clients that take the most, until all together keep within the limit.

        ``speaker`` has just said ``words``, which are no part of what it has not said to its end.
        """
        limit = self.clients_memory
        sizes = {
            session: client_lines.memory(session)
            for session in self._kernel.sessions.values()
            if not (session.is_replica or session.is_primary or session.no_evict)
        }
        if speaker in sizes:
            sizes[speaker] += sum(map(len, words)) - speaker.unread
        total = sum(sizes.values())
        for session in sorted(sizes, key=lambda each: sizes[each], reverse=True):
            if total <= limit:
                return
            total -= sizes[session]
            self._kernel.statistics.evicted_sessions += 1
            self._drop(session)
