"""Gathers what is asked in one turn of the event loop into one flight; pure, no loop and no
client in here.

Calls leave in the order they were made: one flight at a time, and a flight ends where the next
command cannot go along, for the sake of its lane or because it must travel alone.  Whoever drives
this asks ``take`` for the next flight and says ``landed`` when its replies are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from glide_shared.request_type import RequestType

from adapter.state.scripts import Sending
from adapter.state.weighing import SHORT, Weights
from adapter.translate.columns import Columns
from adapter.translate.plan import (
    GATHERED,
    Lane,
    Native,
    Plan,
    Words,
    together,
)

MOST_COMMANDS = 2_000
MOST_BYTES = 8 * 1024 * 1024
"""Of the words of a batch."""
MOST_REPLIED = 1024 * 1024
"""Bytes that the replies of a batch may be expected to have: everybody else in the event loop waits
while they are read.  PING took 128 ms beside 500 values of 100 KB.
"""

MANY = 64
"""So many callers take turns: while one half of them is in the air, the other is answered."""
NOT_NOW, SOON, AT_ONCE = 0, 1, 2
"""When a flight is to leave: somebody sees to it already, after this turn of the loop, now."""

AHEAD = frozenset((RequestType.Ping,))

Ticket = TypeVar("Ticket")
"""Whatever the driver wants back with the reply: a future, in practice."""


class Group:
    """A pipeline: commands that are not torn apart.  ``atomic``: a transaction, which is alone."""

    __slots__ = ("atomic", "lane", "natives")

    def __init__(self, natives: list[Native], lane: Lane, *, atomic: bool) -> None:
        self.natives = natives
        self.lane = lane
        self.atomic = atomic


class Talk:
    """What must ask the server something before it knows what to send; nobody comes between."""

    __slots__ = ("atomic", "lane", "steps")

    def __init__(self, steps: Sending, lane: Lane, *, atomic: bool = False) -> None:
        self.steps = steps
        self.lane = lane
        self.atomic = atomic


Order = Native | Plan | Group | Talk
"""What is asked: a request on the shared lane, a plan for whatever lane, a pipeline, a talk."""


class Flight(Generic[Ticket]):
    """What leaves together on one lane; SESSION: exactly one command, sent singly."""

    __slots__ = ("_columns", "_counts", "atomic", "lane", "natives", "talk", "tickets", "words")

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.atomic = False
        """The reply belongs to one ticket as a whole."""
        self.talk: Talk | None = None
        self.words: Words = ()
        """The first command as it was asked for, if it was asked for by itself."""
        self.natives: list[Native] = []
        self.tickets: list[Ticket] = []
        self._columns: Columns | None = None
        self._counts: dict[int, int] = {}
        """How many of the commands a ticket has, by its place; who is not in here has one, and
        wants its bare reply."""

    @classmethod
    def alone(cls, order: Order, ticket: Ticket) -> Flight[Ticket]:
        """The flight of one order that shares it with nobody."""
        flight: Flight[Ticket] = cls(_lane_of(order))
        if isinstance(order, tuple):
            flight.words = order.words if isinstance(order, Plan) else ()
            flight.natives.append(_native_of(order))
            flight.tickets.append(ticket)
        elif isinstance(order, Group):
            flight.atomic = order.atomic
            flight.add(order, ticket)
        else:
            flight.talk = order
            flight.atomic = True
            flight.tickets.append(ticket)
        return flight

    @classmethod
    def whole(cls, lane: Lane, columns: Columns, tickets: list[Ticket]) -> Flight[Ticket]:
        """The flight of these requests, each of which has one ticket."""
        flight: Flight[Ticket] = cls(lane)
        flight.natives, flight._columns = columns.natives, columns
        flight.tickets = tickets
        return flight

    @property
    def columns(self) -> Columns:
        """The requests as they are sent, once all are on board."""
        return self._columns or Columns(self.natives)

    def add(self, group: Group, ticket: Ticket) -> None:
        """Takes a pipeline on board."""
        self._counts[len(self.tickets)] = len(group.natives)
        self.natives += group.natives
        self.tickets.append(ticket)

    def shares(self, replies: list[Any] | None) -> Iterator[tuple[Ticket, Any]]:
        """Each ticket with its part of the replies; a transaction's reply belongs to one ticket
        as a whole.
        """
        if self.atomic or replies is None:
            return iter([(ticket, replies) for ticket in self.tickets])
        if not self._counts:
            return zip(self.tickets, replies)
        return self._parts(replies)

    def _parts(self, replies: list[Any]) -> Iterator[tuple[Ticket, Any]]:
        start = 0
        for place, ticket in enumerate(self.tickets):
            count = self._counts.get(place)
            if count is None:
                yield ticket, replies[start]
                start += 1
            else:
                yield ticket, replies[start : start + count]
                start += count


def _lane_of(order: Order) -> Lane:
    return Lane.SHARED if type(order) is tuple else order.lane  # type: ignore[union-attr]


def _native_of(order: Native | Plan) -> Native:
    return order.native if isinstance(order, Plan) else order


_REQUESTS, _SINGLE = {tuple}, {tuple, Plan}
"""The types of orders in a flight that is looked at as a whole."""


class Batching(Generic[Ticket]):
    """The queue in front of one set of lanes."""

    def __init__(self, most_commands: int = MOST_COMMANDS, most_bytes: int = MOST_BYTES) -> None:
        self.waiting: list[Order] = []
        self.tickets: list[Ticket] = []
        """Of those who wait, in the same order."""
        self._most_commands = most_commands
        self._most_bytes = most_bytes
        self._weights = Weights()
        self.overflowing = False
        """Whether more waits than one flight takes."""
        self._enough = 0
        """When so many wait, the next flight leaves; 0: whoever asks in this turn of the loop goes
        along."""
        self._share = most_commands
        """So many of those who wait the next flight takes at most: half of all who take turns."""
        self.flying = False

    def __len__(self) -> int:
        return len(self.waiting)

    def put(self, order: Order, ticket: Ticket) -> int:
        """Queues one order, and says when the caller must see to it that somebody calls ``take``:
        ``NOT_NOW``, ``SOON`` or ``AT_ONCE``.

        Where more waits than one flight takes, a PING is the first to go: it asks how things are.
        """
        waiting = self.waiting
        if self.overflowing and type(order) is tuple and order[0] in AHEAD:
            waiting.insert(0, order)
            self.tickets.insert(0, ticket)
        else:
            waiting.append(order)
            self.tickets.append(ticket)
        if self.flying:
            return NOT_NOW
        count = len(waiting)
        if count == self._enough:
            return AT_ONCE
        return SOON if count == 1 else NOT_NOW

    @property
    def next_at_once(self) -> bool:
        """Whether so many wait already that the next flight is to leave before those who have
        just landed are answered, lest everybody waits for everybody in turn.
        """
        return len(self.waiting) >= MANY // 2

    def take(self) -> Flight[Ticket] | None:
        """The next flight, or None if one is in the air already or nobody waits."""
        if self.flying or not self.waiting:
            return None
        self.flying = True
        known, self.overflowing = self.overflowing, False
        order = self.waiting[0]
        alone = isinstance(order, Talk) or (isinstance(order, Group) and order.atomic)
        if alone or len(self.waiting) == 1:
            return Flight.alone(order, self._board(1)[0])
        flight = self._alike() or self._gathered()
        if self.overflowing and not known:
            self._let_ahead()
        return flight

    def _let_ahead(self) -> None:
        """The PINGs that came before it was known that more waits than one flight takes."""
        waiting, tickets = self.waiting, self.tickets
        behind = [type(order) is not tuple or order[0] not in AHEAD for order in waiting]
        if not all(behind):
            places = sorted(range(len(behind)), key=behind.__getitem__)
            waiting[:] = [waiting[place] for place in places]
            tickets[:] = [tickets[place] for place in places]

    def _alike(self) -> Flight[Ticket] | None:
        """A flight of all who wait, or as many as one takes, looked at as a whole; None if they
        have to be looked at one by one.
        """
        orders: Any = self.waiting[: self._share]
        kinds = {*map(type, orders)}
        if not kinds <= _SINGLE:
            return None
        lane: Lane | None = Lane.SHARED
        natives = orders
        if kinds != _REQUESTS:
            lane, natives = together({*map(_lane_of, orders)}), [*map(_native_of, orders)]
        if lane is None:
            return None
        columns = Columns(natives)
        if self._weights.exceed(MOST_REPLIED, columns.types):
            return None
        if sum(columns.lengths) > self._most_bytes:
            return None
        flight = Flight.whole(lane, columns, self._board(len(orders)))
        self.overflowing = bool(self.waiting) and len(orders) == self._most_commands
        return flight

    def _gathered(self) -> Flight[Ticket]:
        """A flight of the first who waits, and of whoever can go along."""
        flight: Flight[Ticket] = Flight(_lane_of(self.waiting[0]))
        natives, tickets = flight.natives, flight.tickets
        lane, size, replied = flight.lane, 0, 0.0
        expected = self._weights.of
        for order, ticket in zip(self.waiting[: self._share], self.tickets):
            wanted = _lane_of(order)
            if tickets and (wanted is not lane or lane not in GATHERED):
                common = together({lane, wanted})
                if common is None:
                    break
                lane = common
            if isinstance(order, Talk) or (isinstance(order, Group) and order.atomic):
                break
            added = order.natives if isinstance(order, Group) else [_native_of(order)]
            for request_type, words in added:
                replied += expected(request_type, SHORT)
                for word in words:
                    size += len(word)
            if tickets and (
                size > self._most_bytes
                or replied > MOST_REPLIED
                or len(natives) + len(added) > self._most_commands
            ):
                self.overflowing = True
                break
            if isinstance(order, Group):
                flight.add(order, ticket)
            else:
                if not tickets and isinstance(order, Plan):
                    flight.words = order.words
                natives += added
                tickets.append(ticket)
            flight.lane = lane
        self._board(len(tickets))
        return flight

    def _board(self, count: int) -> list[Ticket]:
        """The tickets of the first who wait, and do no longer."""
        tickets = self.tickets[:count]
        del self.waiting[:count], self.tickets[:count]
        return tickets

    def landed(
        self, flight: Flight[Ticket] | None = None, replies: list[Any] | None = None
    ) -> None:
        """The flight has come back, with these replies: the next one may be taken."""
        self.flying = False
        count = len(flight.tickets) if flight is not None else 0
        self._enough = count // 2 if count >= MANY else 0
        self._share = self._most_commands
        if self.waiting and (everybody := count + len(self.waiting)) >= 2 * MANY:
            # or nearly all would be in the air together, and only a few answered meanwhile
            self._share = min(self._share, (everybody + 1) // 2)
        if flight is None or not replies or flight.talk is not None:
            return
        learn = self._weights.learn
        learn(flight.natives[0][0], replies[0])
        if len(replies) > 1:
            learn(flight.natives[-1][0], replies[-1])
