"""Gathers what is asked in one turn of the event loop into one flight; pure, no loop and no
client in here.

Calls leave in the order they were made: one flight at a time, and a flight ends where the next
command cannot go along, for the sake of its lane or because it must travel alone.  Whoever drives
this asks ``take`` for the next flight and says ``landed`` when its replies are there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from adapter.translate.plan import Lane, Native, Plan, Words, together

MOST_COMMANDS = 2_000
MOST_BYTES = 8 * 1024 * 1024
"""A large batch makes everybody behind it wait: PING took 128 ms beside 500 values of 100 KB."""

Ticket = TypeVar("Ticket")
"""Whatever the driver wants back with the reply: a future, in practice."""


@dataclass(slots=True)
class Flight(Generic[Ticket]):
    """What leaves together on one lane; SESSION: exactly one command, sent singly."""

    lane: Lane
    atomic: bool = False
    words: Words = ()
    """The first command as it was asked for, if it was asked for by itself."""
    natives: list[Native] = field(default_factory=list)
    cargo: list[tuple[Ticket, int]] = field(default_factory=list)
    """Whose commands these are, and how many of them each has; 0: one command, and its bare reply
    is wanted.
    """

    def shares(self, replies: list[Any] | None) -> Iterator[tuple[Ticket, Any]]:
        """Each ticket with its part of the replies; a transaction's reply belongs to one ticket
        as a whole.
        """
        start = 0
        for ticket, count in self.cargo:
            if self.atomic or replies is None:
                yield ticket, replies
            elif count == 0:
                yield ticket, replies[start]
                start += 1
            else:
                yield ticket, replies[start : start + count]
                start += count


class Batching(Generic[Ticket]):
    """The queue in front of one set of lanes."""

    def __init__(self, most_commands: int = MOST_COMMANDS, most_bytes: int = MOST_BYTES) -> None:
        self._waiting: deque[tuple[list[Native], Lane, bool, Words | None, Ticket]] = deque()
        self._most_commands = most_commands
        self._most_bytes = most_bytes
        self.flying = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, plan: Plan, ticket: Ticket) -> bool:
        """Queues one command; True if nobody else will call ``take``, so that the caller must see
        to it.
        """
        self._waiting.append(([plan.native], plan.lane, False, plan.words, ticket))
        return not self.flying and len(self._waiting) == 1

    def put_all(self, natives: list[Native], lane: Lane, ticket: Ticket, *, atomic: bool) -> bool:
        """Queues a pipeline, which is not torn apart; True as ``put``."""
        self._waiting.append((natives, lane, atomic, None, ticket))
        return not self.flying and len(self._waiting) == 1

    def take(self) -> Flight[Ticket] | None:
        """The next flight, or None if one is in the air already or nobody waits."""
        if self.flying or not self._waiting:
            return None
        _, lane, atomic, words, _ = self._waiting[0]
        flight: Flight[Ticket] = Flight(lane, atomic, words or ())
        size = 0
        while self._waiting:
            natives, its_lane, its_atomic, words, ticket = self._waiting[0]
            if flight.cargo:
                common = None if atomic or its_atomic else together(flight.lane, its_lane)
                if common is None:
                    break
                if len(flight.natives) + len(natives) > self._most_commands:
                    break
            else:
                common = lane
            weight = sum(sum(map(len, native.words)) for native in natives)
            if flight.cargo and size + weight > self._most_bytes:
                break
            self._waiting.popleft()
            flight.lane = common
            flight.natives += natives
            flight.cargo.append((ticket, len(natives) if words is None else 0))
            size += weight
        self.flying = True
        return flight

    def landed(self) -> None:
        """The flight has come back: the next one may be taken."""
        self.flying = False
