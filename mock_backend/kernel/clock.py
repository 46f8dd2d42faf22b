"""Time, as the kernel sees it: Unix milliseconds.

The wall clock is the machine's.  A virtual clock stands still until a test moves it; the kernel
then answers whoever ran out of time and removes what has expired, in order, before ``advance``
returns.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol


class Clock(Protocol):
    """What the kernel asks of a clock."""

    def now_ms(self) -> int:
        """Unix time in milliseconds."""

    def now_us(self) -> int:
        """Unix time in microseconds."""

    def sleep(self, seconds: float) -> None:
        """Lets the time pass while the server does nothing else (DEBUG SLEEP)."""


class WallClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Unix time in milliseconds."""
        return time.time_ns() // 1_000_000

    def now_us(self) -> int:
        """Unix time in microseconds."""
        return time.time_ns() // 1_000

    def sleep(self, seconds: float) -> None:
        """Really sleeps."""
        time.sleep(seconds)


class VirtualClock:
    """A clock that a test moves by hand; it starts at ``start_ms`` and never moves by itself."""

    def __init__(self, start_ms: int = 1_700_000_000_000) -> None:
        self._now_us = start_ms * 1_000
        self.moved: list[Callable[[], None]] = []
        """Called after every move, in order; a server that uses this clock adds itself."""

    def now_ms(self) -> int:
        """Unix time in milliseconds."""
        return self._now_us // 1_000

    def now_us(self) -> int:
        """Unix time in microseconds."""
        return self._now_us

    def sleep(self, seconds: float) -> None:
        """The time is later; what fell due happens with the next move."""
        self._now_us += round(seconds * 1_000_000)

    def advance(self, milliseconds: float) -> None:
        """Moves the time forward and returns when all that fell due has happened.

        Errors: ``ValueError`` for a negative step: time does not run backwards.
        """
        if milliseconds < 0:
            raise ValueError("a clock cannot be advanced by a negative number of milliseconds")
        self._now_us += round(milliseconds * 1_000)
        for moved in list(self.moved):
            moved()
