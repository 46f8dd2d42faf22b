"""Who waits for which key, and until when.

First come, first served: a key that is touched goes to the client that parked on it first, after
the running command has ended.  Waking means *performing the same call again*; this file knows
nothing of lists or streams, and it sends no bytes.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

from mock_backend.replies import Block, Reply
from mock_backend.schema.command import Command
from mock_backend.store.keyspace import Database

if TYPE_CHECKING:
    from mock_backend.kernel.session import Session

_WAKE_NOBODY: Final = frozenset("xtrim xdel expire persist".split())
"""What changes a key, but nothing that anybody waits for."""
_STORES: Final = frozenset(
    "sortstore sunionstore sinterstore sdiffstore zunionstore zinterstore zdiffstore zrangestore"
    " geosearchstore georadiusstore set".split()
)
"""What may be stored over something else (db.c, dbOverwrite)."""

_STALE: Final = 1_000
"""So many calls that were served before their time are kept until it comes."""

Place = tuple[int, bytes]
"""A database's number and a key."""


@dataclass(slots=True, eq=False)
class Parked:
    """One call that waits."""

    session: Session
    command: Command
    words: Sequence[bytes]
    places: list[Place]
    kind: type | None
    otherwise: Reply
    alone: Callable[[bytes], Sequence[bytes]] | None
    """The words that ask for one key and no other."""
    deadline_ms: float | None
    """When it gives up, in the kernel's time; ``None``: never."""
    ended: Callable[[], None] | None = None
    """Told when it waits no longer."""


class Waiting:
    """Every parked call, by key in the order of arrival, and by deadline."""

    def __init__(self) -> None:
        self._queues: dict[Place, dict[Parked, None]] = {}
        self._deadlines: list[tuple[float, int, Parked]] = []
        self._sequence = count()
        self.ready: dict[Place, None] = {}
        """Where somebody has to be looked at."""
        self.parked: dict[Parked, None] = {}

    def __bool__(self) -> bool:
        return bool(self.parked)

    def park(
        self, session: Session, command: Command, words: Sequence[bytes], block: Block, now_ms: int
    ) -> Parked:
        """Puts the call at the end of each of its keys' queues."""
        number = session.context.db.number
        deadline = now_ms + block.timeout * 1000 if block.timeout else None
        parked = Parked(
            session,
            command,
            list(block.again or words),
            [(number, key) for key in dict.fromkeys(block.keys)],
            block.kind,
            block.otherwise,
            block.alone,
            deadline,
            block.ended,
        )
        for place in parked.places:
            self._queues.setdefault(place, {})[parked] = None
        if deadline is not None:
            heapq.heappush(self._deadlines, (deadline, next(self._sequence), parked))
            if len(self._deadlines) > _STALE + 2 * len(self.parked):  # most were served long before
                self._deadlines = [each for each in self._deadlines if each[2] in self.parked]
                heapq.heapify(self._deadlines)
        self.parked[parked] = None
        session.parked = parked
        return parked

    def release(self, parked: Parked) -> None:
        """The call waits no longer, for whatever reason."""
        if self.parked.pop(parked, True) is not None:
            return
        for place in parked.places:
            queue = self._queues.get(place)
            if queue is not None:
                queue.pop(parked, None)
                if not queue:
                    del self._queues[place]
        parked.session.parked = None
        if parked.ended is not None:
            parked.ended()

    def wait_on(self, parked: Parked) -> None:
        """The call was performed again and still waits: it stands behind all others now."""
        for place in parked.places:
            queue = self._queues[place]
            del queue[parked]
            queue[parked] = None

    def touched(self, place: Place, event: str = "", *, overwrote: bool = False) -> None:
        """A key has changed: whoever waits for it shall be looked at.  What is stored over another
        value is noticed only by who waits for the end of that.
        """
        queue = self._queues.get(place)
        if queue is None or event in _WAKE_NOBODY:
            return
        if not (overwrote and event in _STORES and all(each.kind for each in queue)):
            self.ready[place] = None

    def flushed(self, database: Database) -> None:
        """A database is about to be emptied or swapped: of interest to who waits for the end of a
        key that it has; what it has afterwards is told key by key.
        """
        for place, queue in self._queues.items():
            there = place[0] == database.number and place[1] in database.values
            if there and any(each.kind is None for each in queue):
                self.ready[place] = None

    def serve(self, attempt: Callable[[Parked, bytes], None]) -> None:
        """Lets ``attempt`` perform the calls again that wait for a touched key, in their order,
        until nothing changes any more.
        """
        while self.ready:
            place = next(iter(self.ready))
            del self.ready[place]
            for parked in list(self._queues.get(place, ())):
                if parked in self.parked:
                    attempt(parked, place[1])

    def overdue(self, now_ms: int) -> Iterator[Parked]:
        """Those whose time is over, the earliest first; whoever takes one releases it."""
        while self._deadlines and self._deadlines[0][0] <= now_ms:
            _, _, parked = heapq.heappop(self._deadlines)
            if parked in self.parked:
                yield parked

    def next_deadline_ms(self) -> float | None:
        """When the next call gives up."""
        while self._deadlines and self._deadlines[0][2] not in self.parked:
            heapq.heappop(self._deadlines)
        return self._deadlines[0][0] if self._deadlines else None
