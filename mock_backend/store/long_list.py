"""A list whose middle is as near as its ends.

An ordinary list is a ``deque``, which walks to its middle.  A long one is promoted to this on the
first access far from both ends: blocks of elements, and how many stand up to the end of each, so
that a place is found by bisection.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import accumulate, chain, islice
from typing import Any, Final

_FULL: Final = 1_024
"""A block of so many elements is not added to; one of twice as many is cut in two."""


class LongList(deque[bytes]):
    """A ``deque`` with the same methods, as far as lists need them; the base class holds nothing.

    ``_ends[n] + _shift`` elements stand up to the end of block ``n``: what happens at the head
    changes ``_shift`` alone.
    """

    __slots__ = ("_blocks", "_ends", "_length", "_shift")

    def __init__(self, items: Iterable[bytes] = ()) -> None:
        super().__init__()
        self._fill(items)

    def _fill(self, items: Iterable[bytes]) -> None:
        source = iter(items)
        self._blocks: list[deque[bytes]] = []
        while block := deque(islice(source, _FULL)):
            self._blocks.append(block)
        self._count()

    def _count(self) -> None:
        """Counts anew, after something changed in the middle."""
        self._blocks = [block for block in self._blocks if block]
        self._ends = list(accumulate(map(len, self._blocks)))
        self._shift = 0
        self._length = self._ends[-1] if self._ends else 0

    def _place(self, index: int) -> tuple[int, int]:
        """The block and the place in it.  Errors: ``IndexError``."""
        if index < 0:
            index += self._length
        if not 0 <= index < self._length:
            raise IndexError("list index out of range")
        number = bisect_right(self._ends, index - self._shift)
        before = self._ends[number - 1] + self._shift if number else 0
        return number, index - before

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        return chain.from_iterable(self._blocks)

    def __reversed__(self) -> Iterator[bytes]:
        return chain.from_iterable(map(reversed, reversed(self._blocks)))

    def __getitem__(self, index: Any) -> bytes:  # type: ignore[override]
        number, place = self._place(index)
        return self._blocks[number][place]

    def __setitem__(self, index: Any, item: Any) -> None:
        number, place = self._place(index)
        self._blocks[number][place] = item

    def between(self, first: int, end: int) -> list[bytes]:
        """A part; both ends inside the list."""
        found: list[bytes] = []
        if first >= end:
            return found
        number, place = self._place(first)
        while len(found) < end - first:
            block = self._blocks[number]
            found.extend(islice(block, place, place + end - first - len(found)))
            number, place = number + 1, 0
        return found

    def append(self, item: bytes) -> None:
        if not self._blocks or len(self._blocks[-1]) >= _FULL:
            self._blocks.append(deque())
            self._ends.append(self._length - self._shift)
        self._blocks[-1].append(item)
        self._ends[-1] += 1
        self._length += 1

    def appendleft(self, item: bytes) -> None:
        if not self._blocks or len(self._blocks[0]) >= _FULL:
            self._blocks.insert(0, deque())
            self._ends.insert(0, -self._shift)
        self._blocks[0].appendleft(item)
        self._shift += 1
        self._length += 1

    def extend(self, items: Iterable[bytes]) -> None:
        for item in items:
            self.append(item)

    def extendleft(self, items: Iterable[bytes]) -> None:
        for item in items:
            self.appendleft(item)

    def pop(self) -> bytes:  # type: ignore[override]
        if not self._length:
            raise IndexError("pop from an empty list")
        item = self._blocks[-1].pop()
        self._ends[-1] -= 1
        self._length -= 1
        if not self._blocks[-1]:
            del self._blocks[-1], self._ends[-1]
        return item

    def popleft(self) -> bytes:
        if not self._length:
            raise IndexError("pop from an empty list")
        item = self._blocks[0].popleft()
        self._shift -= 1
        self._length -= 1
        if not self._blocks[0]:
            del self._blocks[0], self._ends[0]
        return item

    def index(self, item: bytes, *_bounds: int) -> int:
        before = 0
        for block in self._blocks:
            if item in block:
                return before + block.index(item)
            before += len(block)
        raise ValueError("not in the list")

    def insert(self, index: int, item: bytes) -> None:
        if index >= self._length:
            self.append(item)
            return
        number, place = self._place(index)
        block = self._blocks[number]
        block.insert(place, item)
        if len(block) > 2 * _FULL:
            items = list(block)
            self._blocks[number : number + 1] = [deque(items[:_FULL]), deque(items[_FULL:])]
        self._count()

    def remove(self, item: bytes) -> None:
        for block in self._blocks:
            if item in block:
                block.remove(item)
                self._count()
                return
        raise ValueError("not in the list")

    def count(self, item: bytes) -> int:
        return sum(block.count(item) for block in self._blocks)

    def clear(self) -> None:
        self._fill(())

    def copy(self) -> LongList:
        return LongList(self)
