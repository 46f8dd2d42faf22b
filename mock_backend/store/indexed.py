"""Dictionaries and sets that can be walked by cursor and drawn from at random, each in constant
time.

An ordinary ``dict`` or ``set`` is promoted to these on the first SCAN or random draw of a large
one; until then writes pay nothing.  A scan walks the order from its end downwards while removal
moves the last item into the hole, so an item that is there from the first call to the last is
always seen, whatever is added or removed meanwhile.
"""

from __future__ import annotations

import random
from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Generic, TypeVar, cast

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Order(Generic[K]):
    """The items in a list, and where each stands in it."""

    __slots__ = ("items", "places")

    def __init__(self, items: Iterable[K]) -> None:
        self.items = list(items)
        self.places = {item: place for place, item in enumerate(self.items)}

    def add(self, item: K) -> None:
        if item not in self.places:
            self.places[item] = len(self.items)
            self.items.append(item)

    def remove(self, item: K) -> None:
        place = self.places.pop(item)
        last = self.items.pop()
        if place < len(self.items):
            self.items[place] = last
            self.places[last] = place

    def scan(self, cursor: int, count: int) -> tuple[int, list[K]]:
        end = min(cursor, len(self.items)) if cursor else len(self.items)
        start = max(0, end - count)
        return start, self.items[start:end]


class IndexedDict(dict[K, V]):
    """A ``dict`` with :meth:`scan` and :meth:`draw`."""

    __slots__ = ("_order",)

    def __init__(self, items: Mapping[K, V] | Iterable[tuple[K, V]] = ()) -> None:
        super().__init__(items)
        self._order: _Order[K] = _Order(self)

    def scan(self, cursor: int, count: int) -> tuple[int, list[K]]:
        """``(next cursor, keys)``: at most ``count`` keys; cursor 0 begins, and 0 in the answer
        ends.
        """
        return self._order.scan(cursor, count)

    @property
    def order(self) -> list[K]:
        """The keys, to draw from; not to be changed."""
        return self._order.items

    def draw(self) -> K:
        """A key, each as likely as the others.  Errors: ``IndexError`` if there is none."""
        return random.choice(self._order.items)

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


class IndexedSet(set[K]):
    """A ``set`` with :meth:`scan` and :meth:`draw`; of the changing methods only those below are
    allowed.
    """

    __slots__ = ("_order",)

    def __init__(self, items: Iterable[K] = ()) -> None:
        super().__init__(items)
        self._order: _Order[K] = _Order(self)

    def scan(self, cursor: int, count: int) -> tuple[int, list[K]]:
        """``(next cursor, members)``: at most ``count`` members; cursor 0 begins, and 0 in the
        answer ends.
        """
        return self._order.scan(cursor, count)

    @property
    def order(self) -> list[K]:
        """The members, to draw from; not to be changed."""
        return self._order.items

    def draw(self) -> K:
        """A member, each as likely as the others.  Errors: ``IndexError`` if there is none."""
        return random.choice(self._order.items)

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
