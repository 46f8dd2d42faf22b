"""Dictionaries and sets that can be walked by cursor and drawn from at random, each in constant
time.

An ordinary ``dict`` or ``set`` is promoted to these on the first SCAN or random draw of a large
one; until then writes pay nothing.  Every item bears a number, later ones a higher one, and a scan
walks from the highest down: an item that is there from the first call to the last is seen once and
only once, whatever is added or removed meanwhile.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import Any, Final, Generic, TypeVar, cast

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_FEW_HOLES: Final = 64
"""So many are never worth the trouble of closing them."""


class _Order(Generic[K]):
    """The items by their numbers, and where each stands.

    Removal leaves a hole, ``None``; once most places are holes all of them are closed.
    """

    __slots__ = ("_items", "_last", "_numbers", "_places")

    def __init__(self, items: Iterable[K]) -> None:
        self._items: list[K | None] = list(items)
        self._last = len(self._items)
        self._numbers = list(range(1, self._last + 1))
        self._places = {cast("K", item): place for place, item in enumerate(self._items)}

    def add(self, item: K) -> None:
        if item not in self._places:
            self._places[item] = len(self._items)
            self._items.append(item)
            self._last += 1
            self._numbers.append(self._last)

    def remove(self, item: K) -> None:
        self._items[self._places.pop(item)] = None
        holes = len(self._items) - len(self._places)
        if holes > _FEW_HOLES and holes > len(self._places):
            self._close_holes()

    def _close_holes(self) -> None:
        places = sorted(self._places.values())
        self._numbers = [self._numbers[place] for place in places]
        self._items = [self._items[place] for place in places]
        self._places = {cast("K", item): place for place, item in enumerate(self._items)}

    def scan(self, cursor: int, count: int) -> tuple[int, list[K]]:
        items = self._items
        end = bisect_left(self._numbers, cursor) if cursor else len(items)
        start = max(0, end - count)
        found = [item for item in items[start:end] if item is not None]
        while start and (len(found) < count or items[start - 1] is None):
            start -= 1
            item = items[start]
            if item is not None:
                found.append(item)
        return self._numbers[start] if start else 0, found

    def draw(self) -> K:
        if not self._places:
            raise IndexError("there is nothing to draw from")
        while (item := random.choice(self._items)) is None:
            pass
        return item

    def sample(self, count: int) -> list[K]:
        if 2 * count >= len(self._places):
            return random.sample(list(self._places), count)
        drawn: dict[K, None] = {}
        while len(drawn) < count:
            drawn[self.draw()] = None
        return list(drawn)


class _Ordered(Generic[K]):
    """What indexed dictionaries and indexed sets have in common."""

    __slots__ = ()

    _order: _Order[K]

    def scan(self, cursor: int, count: int) -> tuple[int, list[K]]:
        """``(next cursor, items)``: at most ``count`` items; cursor 0 begins, and 0 in the answer
        ends.
        """
        return self._order.scan(cursor, count)

    def draw(self) -> K:
        """An item, each as likely as the others.  Errors: ``IndexError`` if there is none."""
        return self._order.draw()

    def sample(self, count: int) -> list[K]:
        """So many different items at random.  Errors: ``ValueError`` if there are not so many."""
        return self._order.sample(count)


class IndexedDict(_Ordered[K], dict[K, V]):
    """A ``dict`` with :meth:`scan`, :meth:`draw` and :meth:`sample`."""

    __slots__ = ("_order",)

    def __init__(self, items: Mapping[K, V] | Iterable[tuple[K, V]] = ()) -> None:
        super().__init__(items)
        self._order = _Order(self)

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self._order.add(key)

    def __delitem__(self, key: K) -> None:
        super().__delitem__(key)
        self._order.remove(key)

    def pop(self, key: K, *default: Any) -> Any:
        if key in self:
            self._order.remove(key)
        return super().pop(key, *default)

    def popitem(self) -> tuple[K, V]:
        key, value = super().popitem()
        self._order.remove(key)
        return key, value

    def setdefault(self, key: K, default: Any = None) -> Any:
        value = super().setdefault(key, default)
        self._order.add(key)
        return value

    def update(self, *others: Any, **named: Any) -> None:
        super().update(*others, **named)
        for key in dict(*others, **named):
            self._order.add(key)

    def clear(self) -> None:
        super().clear()
        self._order = _Order(())


class IndexedSet(_Ordered[K], set[K]):
    """A ``set`` with :meth:`scan`, :meth:`draw` and :meth:`sample`; of the changing methods only
    those below are allowed.
    """

    __slots__ = ("_order",)

    def __init__(self, items: Iterable[K] = ()) -> None:
        super().__init__(items)
        self._order = _Order(self)

    def add(self, item: K) -> None:
        super().add(item)
        self._order.add(item)

    def update(self, *others: Iterable[K]) -> None:
        for other in others:
            for item in other:
                self.add(item)

    def discard(self, item: object) -> None:
        if item in self:
            self.remove(cast("K", item))

    def remove(self, item: K) -> None:
        super().remove(item)
        self._order.remove(item)

    def difference_update(self, *others: Iterable[Any]) -> None:
        for other in others:
            for item in list(other):
                self.discard(item)

    def pop(self) -> K:
        item = self.draw()
        self.remove(item)
        return item

    def clear(self) -> None:
        super().clear()
        self._order = _Order(())


def drawn(items: Collection[K], count: int) -> list[K]:
    """So many different ``items`` at random; below zero: so many of any, the same ones again or
    not.  What is not indexed is copied for it.
    """
    if isinstance(items, _Ordered):
        return [items.draw() for _ in range(-count)] if count < 0 else items.sample(count)
    population = list(items)
    return random.choices(population, k=-count) if count < 0 else random.sample(population, count)
