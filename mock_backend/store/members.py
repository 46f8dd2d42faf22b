"""The members of a set, in the order in which a server would tell them while the set is small.

A set of integers ascends, as an intset does; the first other member makes a listpack of it, to
which members are added behind the last.  A large set is a hash table: no order is promised, and
none is kept.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any, Final, Self

_MOST: Final = 512
"""The server's ``set-max-intset-entries``; listpacks are shorter."""
_INTEGER: Final = re.compile(rb"(0|-?[1-9][0-9]{0,18})\Z").match


def is_integer(word: bytes) -> bool:
    """Whether ``word`` is a signed 64-bit integer in the one form that reads back the same."""
    return _INTEGER(word) is not None and -(2**63) <= int(word) < 2**63


class MemberSet(set[bytes]):
    """A ``set`` with :meth:`in_order`; of the changing methods only those below are allowed."""

    __slots__ = ("_integers", "_order")

    def __init__(self, members: Iterable[bytes] = ()) -> None:
        super().__init__()
        self._order: list[bytes] | None = []
        self._integers = True
        """Whether there has never been anything but integers."""
        self.update(members)

    @classmethod
    def listed(cls, members: Collection[bytes]) -> Self:
        """A set whose members stand as they are given, unless they are integers all."""
        found = cls()
        set.update(found, members)
        order = list(dict.fromkeys(members))
        found._order = order if len(order) <= _MOST else None
        found._integers = all(map(is_integer, order[: _MOST + 1]))
        return found

    def in_order(self) -> list[bytes]:
        """The members as SMEMBERS tells them."""
        if self._order is None:
            return list(self)
        return sorted(self._order, key=int) if self._integers else self._order.copy()

    def add(self, member: bytes) -> None:
        order = self._order
        if order is not None and member not in self:
            if self._integers and not is_integer(member):
                order.sort(key=int)
                self._integers = False
            if len(order) < _MOST:
                order.append(member)
            else:
                self._order = None
        super().add(member)

    def update(self, *others: Iterable[bytes]) -> None:
        for other in others:
            if self._order is None:
                super().update(other)
            else:
                for member in other:
                    self.add(member)

    def remove(self, member: bytes) -> None:
        super().remove(member)
        if self._order is not None:
            self._order.remove(member)

    def discard(self, member: object) -> None:
        if member in self:
            self.remove(member)  # type: ignore[arg-type]

    def difference_update(self, *others: Iterable[Any]) -> None:
        super().difference_update(*others)
        if self._order is not None:
            self._order = [member for member in self._order if member in self]

    def clear(self) -> None:
        super().clear()
        self._order = []

    def copy(self) -> Self:
        twin = type(self)()
        set.update(twin, self)
        twin._order = None if self._order is None else self._order.copy()
        twin._integers = self._integers
        return twin


def in_order(members: Iterable[bytes]) -> list[bytes]:
    """``members`` as a server would tell them, as far as that can be known."""
    if isinstance(members, MemberSet):
        return members.in_order()
    listed = list(members)
    if len(listed) <= _MOST and all(map(is_integer, listed)):
        listed.sort(key=int)
    return listed
