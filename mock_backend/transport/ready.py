"""Which files something can be read from, asked for without waiting.

``selectors`` makes a key for each of them and costs as much as the reading: where there is epoll,
it is asked itself (0.24 instead of 0.55 us for each).
"""

from __future__ import annotations

import select
import selectors
from collections.abc import Callable
from typing import Protocol

Heard = Callable[[], None]


class Ready(Protocol):
    """Whom to call for which file; ``fileno`` is ready as soon as one of them is."""

    def fileno(self) -> int:
        """The file that an event loop can wait for."""

    def add(self, number: int, heard: Heard) -> None:
        """From now on ``heard`` is among ``now``, whenever something can be read from the file."""

    def remove(self, number: int) -> None:
        """Ends that."""

    def now(self) -> list[Heard]:
        """For each file that something can be read from now; of those that were removed meanwhile
        some may be among them.
        """

    def close(self) -> None:
        """Nothing is asked any more."""


class _Epoll:
    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._heard: dict[int, Heard] = {}

    def fileno(self) -> int:
        return self._epoll.fileno()

    def add(self, number: int, heard: Heard) -> None:
        self._epoll.register(number, select.EPOLLIN)
        self._heard[number] = heard

    def remove(self, number: int) -> None:
        self._epoll.unregister(number)
        del self._heard[number]

    def now(self) -> list[Heard]:
        heard = self._heard
        return [heard[number] for number, _ in self._epoll.poll(0, len(heard) or 1)]

    def close(self) -> None:
        self._epoll.close()


class _AnySelector:
    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def fileno(self) -> int:
        return self._selector.fileno()

    def add(self, number: int, heard: Heard) -> None:
        self._selector.register(number, selectors.EVENT_READ, heard)

    def remove(self, number: int) -> None:
        self._selector.unregister(number)

    def now(self) -> list[Heard]:
        return [key.data for key, _ in self._selector.select(0)]

    def close(self) -> None:
        self._selector.close()


def ready() -> Ready:
    """The best there is on this machine."""
    return _Epoll() if hasattr(select, "epoll") else _AnySelector()
