"""maxmemory: who has to go when there is no room, and what is refused then.

Memory is the estimate that INFO prints (store/sizes.py says of what).  Candidates are drawn as the
server draws them: all of few, a sample of many; the best of them goes.  The one key that is best of
all is sure to go only under ``volatile-ttl``, where the order of expiry is known anyway.  Source:
evict.c.
"""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING, Final

from mock_backend.kernel.reports import info
from mock_backend.profile import Since
from mock_backend.store import sizes
from mock_backend.store.frequencies import Frequencies, plain
from mock_backend.store.keyspace import Database

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

_EXACT: Final = 200
"""Up to so many candidates all are compared; of more, a sample."""
_POOL: Final = 16
"""So many times ``maxmemory-samples`` are drawn: the server remembers the best of earlier draws in
a pool of this size.
"""
_NOTHING: Final = (-1, 0)
_QUEUES_WITHOUT_ROOM: Final = Since("7.2.0")
_UNQUEUED: Final = frozenset(("exec", "discard", "quit", "reset"))
"""What may be said inside MULTI when memory is short."""

Candidate = tuple[Database, bytes]


class Room:
    """How much room one kernel has left."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.full = False
        """Whether the last look found no room, and nobody to go."""
        self._seen = _NOTHING
        """What was there then: how often data had changed, and how much waited for clients."""

    @property
    def limited(self) -> bool:
        """Whether there is a limit at all."""
        return self._kernel.config.number("maxmemory") > 0

    @property
    def evicts(self) -> bool:
        """Whether keys may go: not of a server that is busy or paused, nor of a replica whose
        primary sees to it.
        """
        kernel = self._kernel
        if not self.limited or kernel.scripts.busy or kernel.pause.until_ms:
            return False
        following = kernel.replication.following is not None
        return not (following and kernel.config.flag("replica-ignore-maxmemory"))

    def refuses(self, name: str, needy: bool, *, queueing: bool) -> bool:
        """Whether the command has to be refused: it needs memory (``needy``), or, before 7.2, is to
        be put by for EXEC, which needs some as well.
        """
        if not self.full or needy:
            return self.full
        strict = queueing and not self._kernel.profile.has(_QUEUES_WITHOUT_ROOM)
        return strict and name not in _UNQUEUED

    def make(self) -> None:
        """Lets keys go until there is room; ``full`` says whether that was not enough."""
        kernel = self._kernel
        limit = kernel.config.number("maxmemory")
        if not limit:
            self.full = False
            return
        seen = (kernel.space.dirty + kernel.space.expired, info.buffered_memory(kernel))
        if seen == self._seen:
            return
        used = info.used_memory(kernel)
        policy = kernel.config.text("maxmemory-policy")
        while used > limit and policy != "noeviction":
            victim = self._victim(policy)
            if victim is None:
                break
            database, key = victim
            used -= sizes.usage(key, database.values[key])
            database.remove(key)
            database.touch(key, "evicted")
            kernel.statistics.evicted += 1
            if used <= limit:  # what is left was estimated from other keys
                used = info.used_memory(kernel)
        self.full = used > limit
        self._seen = (kernel.space.dirty + kernel.space.expired, seen[1])

    def forget(self) -> None:
        """The limit or the policy has changed: what was found holds no longer."""
        self._seen = _NOTHING
        self.full = False

    def _victim(self, policy: str) -> Candidate | None:
        which, _, order = policy.partition("-")
        if order == "ttl":
            return self._kernel.space.first_due()
        candidates = self._volatile() if which == "volatile" else self._any()
        if order == "random":
            return random.choice(candidates) if candidates else None
        rank = self._frequency if order == "lfu" else self._last_use
        return min(candidates, key=rank, default=None)

    def _volatile(self) -> list[Candidate]:
        space = self._kernel.space
        return space.draw_expiring(self._many()) or space.draw_expiring(sys.maxsize)

    def _any(self) -> list[Candidate]:
        candidates: list[Candidate] = []
        for database in self._kernel.space.databases:
            few = len(database.values) <= _EXACT
            keys = list(database.values) if few else database.draw(self._many())
            candidates += [(database, key) for key in keys]
        return candidates

    def _many(self) -> int:
        return max(_EXACT, _POOL * self._kernel.config.number("maxmemory-samples"))

    @staticmethod
    def _last_use(candidate: Candidate) -> float:
        database, key = candidate
        return database.accessed.get(key, 0)

    def _frequency(self, candidate: Candidate) -> float:
        """The rarest first, of these whoever was not used for longest."""
        database, key = candidate
        times = plain(database.accessed)
        if not isinstance(times, Frequencies):
            return times.get(key, 0)
        now = self._kernel.space.now_ms
        return times.frequency(key, now) + times.get(key, 0) / (now + 1)
