"""maxmemory: who has to go when there is no room, and what is refused then.

Memory is the estimate that INFO prints.  The least recently used key goes first under the
LRU policies; uses are not counted, so that LFU is LRU here.  As the server does, big databases are
sampled.  Source: evict.c.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from mock_backend.kernel import info
from mock_backend.store import sizes
from mock_backend.store.keyspace import Database

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

_EXACT: Final = 1_000
"""Up to so many candidates all are compared; of more, a sample."""


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
        self.full = used > limit
        self._seen = kernel.space.dirty

    def forget(self) -> None:
        """The limit or the policy has changed: what was found holds no longer."""
        self._seen = -1
        self.full = False

    def _victim(self, policy: str) -> tuple[Database, bytes] | None:
        which, _, order = policy.partition("-")
        candidates: list[tuple[Database, bytes]] = []
        for database in self._kernel.space.databases:
            keys: Sequence[bytes] = list(
                database.values if which == "allkeys" else database.expires
            )
            if len(keys) > _EXACT:
                keys = random.sample(keys, 16 * self._kernel.config.number("maxmemory-samples"))
            candidates += [(database, key) for key in keys]
        if not candidates:
            return None
        if order == "random":
            return random.choice(candidates)
        if order == "ttl":
            return min(candidates, key=lambda each: each[0].expires[each[1]])
        return min(candidates, key=lambda each: each[0].accessed.get(each[1], 0))
