"""A hash some of whose fields have a time to live.

A hash is a ``dict`` until one of its fields is given a time; ``Database.timed`` then puts a
:class:`TimedHash` in its place, which is one too.  A field whose time has come is not seen any more
by those who read, but counts in ``len`` until it is removed, as with the server.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from mock_backend.store.indexed import IndexedDict

_SORTED: Final = 512
"""Listpacks of up to so many fields are read in the order of their times, as Redis keeps them."""


def _never() -> int:
    return 0


class TimedHash(IndexedDict[bytes, bytes]):
    """Fields, values, and in ``expires`` the Unix milliseconds of those that have a time.

    Setting a field takes its time away; :meth:`rewrite` keeps it.
    """

    __slots__ = ("_due", "expires", "now_ms", "packed")

    def __init__(
        self,
        fields: Mapping[bytes, bytes] | Iterable[tuple[bytes, bytes]] = (),
        expires: Mapping[bytes, int] | None = None,
    ) -> None:
        self.expires: dict[bytes, int] = {}
        self.now_ms: Callable[[], int] = _never
        """The time; set by the database that the hash is in."""
        self.packed = False
        """Whether a short one is a listpack nevertheless (Redis: ``listpackex``)."""
        self._due: list[tuple[int, bytes]] = []
        super().__init__(fields)
        for field, at_ms in (expires or {}).items():
            self.expire_at(field, at_ms)

    def copy(self) -> TimedHash:
        """Another one with the same fields and times."""
        other = TimedHash(self.everything(), self.expires)
        other.packed = self.packed
        return other

    def everything(self) -> dict[bytes, bytes]:
        """The fields that are there, those whose time has come included."""
        return {field: dict.__getitem__(self, field) for field in dict.__iter__(self)}

    def expire_at(self, field: bytes, at_ms: int) -> None:
        """Gives a field that is there a time to live."""
        self.expires.pop(field, None)  # the one that was given last stands last
        self.expires[field] = at_ms
        if len(self._due) > 64 + 2 * len(self.expires):
            self._due = [(at, each) for each, at in self.expires.items()]
            heapq.heapify(self._due)
        else:
            heapq.heappush(self._due, (at_ms, field))

    def persist(self, field: bytes) -> bool:
        """Takes the time to live away; whether there was one."""
        if self.expires.pop(field, None) is None:
            return False
        self._move_to_end(field)
        return True

    def _move_to_end(self, field: bytes) -> None:
        value = dict.__getitem__(self, field)
        super().__delitem__(field)
        super().__setitem__(field, value)

    def next_ms(self) -> int | None:
        """When the next field expires; ``None``: none of them ever does."""
        due = self._due
        while due and self.expires.get(due[0][1]) != due[0][0]:
            heapq.heappop(due)
        return due[0][0] if due else None

    def take_expired(self) -> list[bytes]:
        """Removes the fields whose time has come, and names them."""
        now = self.now_ms()
        removed = []
        while (at := self.next_ms()) is not None and at <= now:
            field = heapq.heappop(self._due)[1]
            self.discard(field)
            removed.append(field)
        return removed

    def has_expired(self, field: bytes) -> bool:
        """Whether the field is there, but its time has come."""
        at = self.expires.get(field)
        return at is not None and at <= self.now_ms()

    def holds(self, field: bytes) -> bool:
        """Whether the field is there, even if its time has come."""
        return dict.__contains__(self, field)

    def discard(self, field: bytes) -> bytes | None:
        """Removes a field, whether its time has come or not; what it held, or ``None``."""
        if not dict.__contains__(self, field):
            return None
        self.expires.pop(field, None)
        value = dict.__getitem__(self, field)
        super().__delitem__(field)
        return value

    def rewrite(self, field: bytes, value: bytes) -> None:
        """Sets a field and keeps its time to live."""
        super().__setitem__(field, value)

    def __setitem__(self, field: bytes, value: bytes) -> None:
        super().__setitem__(field, value)
        if field in self.expires:
            self.persist(field)

    def __delitem__(self, field: bytes) -> None:
        self.expires.pop(field, None)
        super().__delitem__(field)

    def update(self, *others: Any, **named: Any) -> None:
        for field, value in dict(*others, **named).items():
            self[field] = value

    def pop(self, field: bytes, *default: Any) -> Any:
        if self.has_expired(field) or not self.holds(field):
            if default:
                return default[0]
            raise KeyError(field)
        return self.discard(field)

    def clear(self) -> None:
        self.expires.clear()
        self._due.clear()
        super().clear()

    def get(self, field: bytes, default: Any = None) -> Any:
        return default if self.has_expired(field) else super().get(field, default)

    def __contains__(self, field: object) -> bool:
        return super().__contains__(field) and not self.has_expired(field)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[bytes]:
        if not self.expires:
            return super().__iter__()
        now, expires = self.now_ms(), self.expires
        fields: Iterable[bytes] = super().__iter__()
        if self.packed and len(self) <= _SORTED:
            latest_first = [*expires][::-1]
            timed = sorted(latest_first, key=expires.__getitem__)
            fields = [*timed, *(field for field in fields if field not in expires)]
        return iter([field for field in fields if not 0 <= expires.get(field, -1) <= now])

    def keys(self) -> Any:
        return list(self)

    def values(self) -> Any:
        return [self[field] for field in self]

    def items(self) -> Any:
        return [(field, self[field]) for field in self]
