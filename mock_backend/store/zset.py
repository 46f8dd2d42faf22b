"""The sorted set: each member has a score, and the members have an order.

``scores`` answers by member; the order, a sorted list of ``(score, member)``, is built when it is
first asked for and kept from then on, so that sets that are only written and looked up stay plain
dictionaries.  Ranks and ranges are index arithmetic on the order, each in O(log n).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final

from sortedcontainers import SortedList

from mock_backend.store.indexed import IndexedDict

Scored = tuple[float, bytes]


class _Beyond:
    """Greater than every member: ``(score, BEYOND)`` stands behind all members of that score."""

    def __lt__(self, other: object) -> bool:
        return False

    def __gt__(self, other: object) -> bool:
        return True


BEYOND: Final[Any] = _Beyond()


@dataclass(frozen=True, slots=True)
class ScoreRange:
    """Scores from ``low`` to ``high``, each inclusive unless said otherwise."""

    low: float
    high: float
    low_excluded: bool = False
    high_excluded: bool = False


@dataclass(frozen=True, slots=True)
class LexRange:
    """Members from ``low`` to ``high``; ``None`` for an end that nothing exceeds.

    ``empty`` is a range that begins behind every member or ends before the first.
    """

    low: bytes | None
    high: bytes | None
    low_excluded: bool = False
    high_excluded: bool = False
    empty: bool = False

    def above(self, member: bytes) -> bool:
        """Whether ``member`` is not too low."""
        if self.low is None:
            return True
        return member > self.low if self.low_excluded else member >= self.low

    def below(self, member: bytes) -> bool:
        """Whether ``member`` is not too high."""
        if self.high is None:
            return True
        return member < self.high if self.high_excluded else member <= self.high


class ZSet:
    """A sorted set."""

    __slots__ = ("_order", "is_signed", "scores")

    def __init__(self, scores: dict[bytes, float] | None = None) -> None:
        self.scores: dict[bytes, float] = {} if scores is None else scores
        """Never to be written from outside."""
        self._order: SortedList[Scored] | None = None
        self.is_signed = False
        """Whether it keeps -0, as a skiplist does; a listpack makes 0 of it."""

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def order(self) -> SortedList[Scored]:
        """``(score, member)`` in ascending order."""
        if self._order is None:
            self._order = SortedList((score, member) for member, score in self.scores.items())
        return self._order

    def set(self, member: bytes, score: float) -> None:
        """Adds ``member``, or gives it another score."""
        if not self.is_signed:
            score += 0.0  # -0 becomes 0
        order = self._order
        if order is not None:
            old = self.scores.get(member)
            if old is not None:
                order.remove((old, member))
            order.add((score, member))
        self.scores[member] = score

    def remove(self, member: bytes) -> bool:
        """Removes ``member``; whether it was there."""
        score = self.scores.pop(member, None)
        if score is None:
            return False
        if self._order is not None:
            self._order.remove((score, member))
        return True

    def remove_between(self, first: int, end: int) -> int:
        """Removes the members of these ranks (``end`` exclusive); how many there were."""
        doomed = list(self.order.islice(first, end))
        for _, member in doomed:
            del self.scores[member]
        del self.order[first:end]
        return len(doomed)

    def pop(self, count: int, *, highest: bool) -> list[Scored]:
        """Removes and returns up to ``count`` members from one end, the outermost first."""
        order = self.order
        if count == 1:
            popped = [order.pop(-1 if highest else 0)] if order else []
        else:
            size = len(order)
            count = min(count, size)
            first = size - count if highest else 0
            popped = list(order.islice(first, first + count, reverse=highest))
            del order[first : first + count]
        for _, member in popped:
            del self.scores[member]
        return popped

    def rank(self, member: bytes) -> int | None:
        """How many members stand before ``member``; ``None`` if it is not there."""
        score = self.scores.get(member)
        return None if score is None else self.order.bisect_left((score, member))

    def between(self, first: int, end: int, *, reverse: bool = False) -> Iterator[Scored]:
        """The members of these ranks (``end`` exclusive), the highest first if ``reverse``."""
        if not reverse and self._order is None and first == 0 and end >= len(self.scores):
            return iter(self.order)
        return self.order.islice(first, end, reverse)

    def span_of_scores(self, wanted: ScoreRange) -> tuple[int, int]:
        """The ranks that ``wanted`` covers, the end exclusive."""
        order = self.order
        low, high = wanted.low, wanted.high
        first = order.bisect_left((low, BEYOND) if wanted.low_excluded else (low, b""))
        end = order.bisect_left((high, b"") if wanted.high_excluded else (high, BEYOND))
        return first, max(first, end)

    def span_of_members(self, wanted: LexRange, *, reverse: bool = False) -> tuple[int, int]:
        """The ranks that ``wanted`` covers; meant for sets whose scores are all the same."""
        order = self.order
        if wanted.empty or not order:
            return 0, 0
        score = order[0][0]
        if order[-1][0] != score:
            return self._walk(wanted, reverse=reverse)
        first, end = 0, len(order)
        if wanted.low is not None:
            find = order.bisect_right if wanted.low_excluded else order.bisect_left
            first = find((score, wanted.low))
        if wanted.high is not None:
            find = order.bisect_left if wanted.high_excluded else order.bisect_right
            end = find((score, wanted.high))
        return first, max(first, end)

    def _walk(self, wanted: LexRange, *, reverse: bool) -> tuple[int, int]:
        """What a listpack answers if the scores differ, about which nothing is promised.

        From the first member that is high enough up to the first that is too high, or the same
        from the end (t_zset.c, zzlFirstInLexRange and zzlLastInLexRange).
        """
        members = [member for _, member in self.order]
        size = len(members)
        if not wanted.above(members[-1]) or not wanted.below(members[0]):
            return 0, 0
        if reverse:
            end = next(n for n in range(size, 0, -1) if wanted.below(members[n - 1]))
            inside = takewhile(wanted.above, reversed(members[:end]))
            return end - len(list(inside)), end
        first = next(n for n in range(size) if wanted.above(members[n]))
        return first, first + len(list(takewhile(wanted.below, members[first:])))

    def scan(self, cursor: int, count: int) -> tuple[int, list[bytes]]:
        """``(next cursor, members)``, as ``IndexedDict.scan``; the set is promoted by it."""
        if not isinstance(self.scores, IndexedDict):
            self.scores = IndexedDict(self.scores)
        return self.scores.scan(cursor, count)


def scores_of(value: Any) -> Mapping[bytes, float] | None:
    """The scores of a sorted set or of a set (1 each); ``None`` for anything else."""
    if isinstance(value, ZSet):
        return value.scores
    if isinstance(value, set):
        return dict.fromkeys(value, 1.0)
    return None
