"""Whether an event loop had better stay awake while a reply is awaited; pure, found out by trying.

A loop that sleeps must be woken when the reply is there, and on an idle processor, above all a
virtual one, that may take longer than the server does.  But the server may be far away, or somebody
else may need the processor, and then staying awake is a waste.  So of every sort of batch some are
awaited asleep and some awake, and after that it is done as was faster; what has lost is tried again
ever more rarely.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

AT_MOST_SECONDS = 0.001
"""No reply is waited for awake any longer: whoever waits so long hardly notices being woken."""
BLOCK = 8
"""So many batches of a sort are awaited asleep, then as many awake, and once more."""
TRIAL = 4 * BLOCK
PAYS = 0.85
"""Awake must take less than this share of the time: it is paid for with computing time."""
AGAIN, SOONEST, LATEST = 512, 64, 16_384
"""After so many batches of a sort both ways are tried again where awake has won; where it has lost,
after twice as many as the time before, at first and at last after so many."""
MOST_SORTS = 7
"""One command, 2 to 3, 4 to 7 ... 64 and more."""


class Sort:
    """What is known of batches of about one size."""

    __slots__ = ("_lost", "asleep", "awake", "is_tried", "pays", "period", "place")

    def __init__(self) -> None:
        self.place = 0
        self.period = SOONEST
        self._lost = SOONEST
        self.pays = False
        self.is_tried = True
        """Whether it matters how long the next one takes."""
        self.asleep: list[float] = []
        self.awake: list[float] = []

    def next(self) -> bool:
        """Whether the next one is awaited awake."""
        if self.place >= self.period:
            self.place = 0
            self.is_tried = True
            self.asleep.clear()
            self.awake.clear()
        place, self.place = self.place, self.place + 1
        return self.pays if place >= TRIAL else place // BLOCK % 2 == 1

    def took(self, seconds: float, awake: bool) -> None:
        """One has landed, so long after it left."""
        (self.awake if awake else self.asleep).append(seconds)
        if len(self.awake) == 2 * BLOCK:
            self.is_tried = False
            self.pays = bool(self.asleep) and median(self.awake) < PAYS * median(self.asleep)
            self._lost = SOONEST if self.pays else min(2 * self._lost, LATEST)
            self.period = AGAIN if self.pays else self._lost


class BusyWaiting:
    """What one event loop knows of one server; one batch is in the air at a time."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._sorts = [Sort() for _ in range(MOST_SORTS)]
        self._sort = self._sorts[0]
        self._left = 0.0
        self._until = 0.0

    def departs(self, commands: int) -> bool:
        """A batch of so many commands leaves; whether the loop is to stay awake."""
        sort = self._sort = self._sorts[min(commands.bit_length(), MOST_SORTS) - 1]
        awake = sort.next()
        if awake or sort.is_tried:
            self._left = self._clock()
        self._until = self._left + AT_MOST_SECONDS if awake else 0.0
        return awake

    def lands(self) -> None:
        """The batch has landed."""
        if self._sort.is_tried:
            self._sort.took(self._clock() - self._left, self._until > 0)

    def goes_on(self) -> bool:
        """Whether the loop is to stay awake still, if the batch is in the air."""
        return self._clock() < self._until
