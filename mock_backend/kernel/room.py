"""maxmemory: who has to go when there is no room, and what is refused then.

Memory is the estimate that INFO prints (store/sizes.py says of what).  Candidates are drawn as the
server draws them: all of few, a sample of many; the best of them goes.  The one key that is best of
all is sure to go only under ``volatile-ttl``, where the order of expiry is known anyway.  Source:
evict.c.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Final

from mock_backend.kernel import info
from mock_backend.store import sizes
from mock_backend.store.frequencies import Frequencies, plain
from mock_backend.store.keyspace import Database

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

_EXACT: Final = 1_000
"""Up to so many candidates all are compared; of more, a sample."""
_POOL: Final = 16
"""So many times ``maxmemory-samples`` are drawn: the server remembers the best of earlier draws in
a pool of this size.
"""
_UNQUEUED: Final = frozenset(("exec", "discard", "quit", "reset"))
"""What may be said inside MULTI when memory is short."""

Candidate = tuple[Database, bytes]
Rank = Callable[[Candidate], float]


class Room:
    """How much room one kernel has left."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.full = False
        """Whether the last look found no room, and nobody to go."""
        self._seen = -1

    @property
    def limited(self) -> bool:
        """Whether there is a limit at all."""
        return self._kernel.config.number("maxmemory") > 0

    def refuses(self, name: str, needy: bool, *, queueing: bool) -> bool:
        """Whether the command has to be refused: it needs memory (``needy``), or is to be put by
        for EXEC, which needs some as well.
        """
        return self.full and (needy or (queueing and name not in _UNQUEUED))

    def make(self) -> None:
        """Lets keys go until there is room; ``full`` says whether that was not enough."""
        kernel = self._kernel
        limit = kernel.config.number("maxmemory")
        if not limit:
            self.full = False
            return
        if kernel.space.dirty == self._seen:
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
        self._seen = kernel.space.dirty

    def forget(self) -> None:
        """The limit or the policy has changed: what was found holds no longer."""
        self._seen = -1
        self.full = False

    def _victim(self, policy: str) -> Candidate | None:
        which, _, order = policy.partition("-")
        databases = self._kernel.space.databases
        if order == "ttl":
            return self._kernel.space.first_due()
        if order == "random":
            filled = [each for each in databases if self._keys(each, which)]
            return self._drawn(random.choice(filled), which, 1)[0] if filled else None
        candidates: list[Candidate] = []
        count = _POOL * self._kernel.config.number("maxmemory-samples")
        for database in databases:
            candidates += self._drawn(database, which, count)
        rank = self._frequency if order == "lfu" else self._last_use
        return min(candidates, key=rank, default=None)

    @staticmethod
    def _keys(database: Database, which: str) -> dict[bytes, object] | dict[bytes, int]:
        return database.values if which == "allkeys" else database.expires

    def _drawn(self, database: Database, which: str, count: int) -> list[Candidate]:
        """So many keys at random, or all if they are few."""
        keys = self._keys(database, which)
        if which == "allkeys" and len(keys) > _EXACT:
            return [(database, key) for key in database.draw(count)]
        if len(keys) > _EXACT:
            start = random.randrange(len(keys) - count)
            return [(database, key) for key in islice(keys, start, start + count)]
        if count == 1 and keys:
            return [(database, random.choice(list(keys)))]
        return [(database, key) for key in keys]

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
