"""The stream: entries in the order of their IDs, kept in nodes like the server's.

An ID is one integer, ``milliseconds << 64 | sequence``.  A node is full after so many entries or
bytes; trimming from the front drops whole nodes, every search is two bisections.  Consumer groups
are in consumer_groups.py.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mock_backend.store import listpack
from mock_backend.store.consumer_groups import Group

MAX_SEQUENCE: Final = 2**64 - 1
MAX_ID: Final = 2**128 - 1

Fields = list[bytes]
"""Names and values in turn."""

Entry = tuple[int, Fields]


def show(entry_id: int) -> bytes:
    """An ID as it is written: ``1526919030474-55``."""
    return b"%d-%d" % (entry_id >> 64, entry_id & MAX_SEQUENCE)


@dataclass(frozen=True, slots=True)
class Trim:
    """What MAXLEN or MINID ask for."""

    maxlen: int | None = None
    minid: int = 0
    approximate: bool = False
    """Whole nodes only."""
    limit: int = 0
    """No more entries than this; 0: as many as need be."""


class Node:
    """A stretch of entries that the server keeps in one listpack."""

    __slots__ = ("bytes", "deleted", "fields", "first", "ids", "last", "names")

    def __init__(self, first: int, names: Fields) -> None:
        self.first = first
        self.last = first
        """The first and last ID that were ever here."""
        self.names = names
        """The field names of the first entry; entries with the same are stored without them."""
        self.ids: list[int] = []
        self.fields: list[Fields] = []
        self.deleted = 0
        self.bytes = listpack.EMPTY + listpack.integer(len(names)) + listpack.SMALL
        self.bytes += sum(map(listpack.text, names))

    def size(self) -> int:
        """The bytes of the listpack."""
        return self.bytes + listpack.integer(len(self.ids)) + listpack.integer(self.deleted)

    def is_full(self, fields: Fields, max_bytes: int, max_entries: int) -> bool:
        """Whether an entry with ``fields`` has to go into a new node."""
        if max_bytes and self.size() + sum(map(len, fields)) >= max_bytes:
            return True
        return bool(max_entries and len(self.ids) + self.deleted >= max_entries)

    def append(self, entry_id: int, fields: Fields) -> None:
        """Adds an entry behind the last (t_stream.c, streamAppendItem)."""
        self.ids.append(entry_id)
        self.fields.append(fields)
        self.last = entry_id
        names = fields[::2]
        if names == self.names:
            pieces, words = len(names) + 3, fields[1::2]
        else:
            pieces, words = 2 * len(names) + 4, fields
            self.bytes += listpack.integer(len(names))
        first = self.first
        self.bytes += (
            listpack.SMALL
            + listpack.integer((entry_id >> 64) - (first >> 64))
            + listpack.integer((entry_id & MAX_SEQUENCE) - (first & MAX_SEQUENCE))
            + sum(map(listpack.text, words))
            + listpack.integer(pieces)
        )

    def drop(self, place: int, count: int = 1) -> None:
        """Deletes entries; their bytes stay in the listpack."""
        del self.ids[place : place + count]
        del self.fields[place : place + count]
        self.deleted += count


class Stream:
    """A stream; it stays when its last entry goes."""

    __slots__ = ("_firsts", "added", "groups", "last_id", "length", "max_deleted_id", "nodes")

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._firsts: list[int] = []
        """The first ID of each node."""
        self.length = 0
        self.last_id = 0
        self.max_deleted_id = 0
        self.added = 0
        """How many entries there ever were."""
        self.groups: dict[bytes, Group] = {}

    @property
    def first_id(self) -> int:
        """The ID of the first entry; 0 if there is none."""
        return next((node.ids[0] for node in self.nodes if node.ids), 0)

    @property
    def top_id(self) -> int:
        """The ID of the last entry that is still there; 0 if there is none."""
        return next((node.ids[-1] for node in reversed(self.nodes) if node.ids), 0)

    def find(self, entry_id: int) -> Fields | None:
        """The fields of an entry, or ``None``."""
        at = bisect_right(self._firsts, entry_id) - 1
        if at < 0:
            return None
        node = self.nodes[at]
        place = bisect_left(node.ids, entry_id)
        if place == len(node.ids) or node.ids[place] != entry_id:
            return None
        return node.fields[place]

    def between(self, start: int, end: int, count: int = 0) -> Iterator[Entry]:
        """The entries from ``start`` to ``end``, both inclusive; at most ``count``, 0: all."""
        left = count or self.length
        for at in range(max(0, bisect_right(self._firsts, start) - 1), len(self.nodes)):
            node = self.nodes[at]
            first = bisect_left(node.ids, start)
            stop = min(bisect_right(node.ids, end), first + left)
            if stop > first:
                yield from zip(node.ids[first:stop], node.fields[first:stop], strict=True)
                left -= stop - first
            if left <= 0 or node.last >= end:
                return

    def between_backwards(self, start: int, end: int, count: int = 0) -> Iterator[Entry]:
        """The same entries from the last to the first."""
        left = count or self.length
        for at in range(bisect_right(self._firsts, end) - 1, -1, -1):
            node = self.nodes[at]
            stop = bisect_right(node.ids, end)
            first = max(bisect_left(node.ids, start), stop - left)
            if stop > first:
                ids, fields = node.ids[first:stop], node.fields[first:stop]
                yield from zip(reversed(ids), reversed(fields), strict=True)
                left -= stop - first
            if left <= 0 or node.first <= start:
                return

    def append(self, entry_id: int, fields: Fields, max_bytes: int, max_entries: int) -> None:
        """Adds an entry; its ID must be greater than ``last_id``.

        A node takes ``max_entries`` entries and ``max_bytes`` bytes; 0: no limit.
        """
        node = self.nodes[-1] if self.nodes else None
        if node is None or node.is_full(fields, max_bytes, max_entries):
            node = Node(entry_id, fields[::2])
            self.nodes.append(node)
            self._firsts.append(entry_id)
        node.append(entry_id, fields)
        self.length += 1
        self.added += 1
        self.last_id = entry_id

    def adopt(self, node: Node) -> None:
        """Adds a whole node behind the last; the counters are for the caller to set."""
        self.nodes.append(node)
        self._firsts.append(node.first)
        self.length += len(node.ids)

    def delete(self, entry_id: int) -> bool:
        """Deletes an entry; whether it was there."""
        at = bisect_right(self._firsts, entry_id) - 1
        if at < 0:
            return False
        node = self.nodes[at]
        place = bisect_left(node.ids, entry_id)
        if place == len(node.ids) or node.ids[place] != entry_id:
            return False
        node.drop(place)
        if not node.ids:
            del self.nodes[at], self._firsts[at]
        self.length -= 1
        self.max_deleted_id = max(self.max_deleted_id, entry_id)
        return True

    def trim(self, wanted: Trim) -> int:
        """Removes entries from the front; how many there were (t_stream.c, streamTrim)."""
        removed = whole = 0
        for node in self.nodes:
            entries = len(node.ids)
            left = self.length - removed
            if wanted.maxlen is not None and left <= wanted.maxlen:
                break
            if wanted.limit and removed + entries > wanted.limit:
                break
            if wanted.maxlen is not None:
                is_doomed = left - entries >= wanted.maxlen
            else:
                is_doomed = node.last < wanted.minid
            if is_doomed:
                removed += entries
                whole += 1
                continue
            if not wanted.approximate:
                if wanted.maxlen is not None:
                    count = left - wanted.maxlen
                else:
                    count = bisect_left(node.ids, wanted.minid)
                node.drop(0, count)
                removed += count
            break
        del self.nodes[:whole], self._firsts[:whole]
        self.length -= removed
        return removed

    def has_tombstones_from(self, entry_id: int) -> bool:
        """Whether an entry from this ID on, and not before the first, may have been deleted."""
        deleted = self.max_deleted_id
        return bool(self.length and deleted and self.first_id <= deleted and entry_id <= deleted)

    def count_up_to(self, entry_id: int) -> int | None:
        """How many entries were ever added up to this ID, if that can be told.

        Source: t_stream.c, streamEstimateDistanceFromFirstEverEntry.
        """
        if not self.added:
            return 0
        if not self.length and entry_id <= self.last_id:
            return self.added
        if entry_id >= self.last_id:
            return self.added if entry_id == self.last_id else None
        first_id = self.first_id
        if not self.max_deleted_id or self.max_deleted_id < first_id:
            if entry_id < first_id:
                return self.added - self.length
            if entry_id == first_id:
                return self.added - self.length + 1
        return None

    def lag(self, group: Group) -> int | None:
        """How many entries the group has not been given yet, if that can be told."""
        if not self.added:
            return 0
        if group.entries_read is not None and not self.has_tombstones_from(group.last_id):
            return self.added - group.entries_read
        read = self.count_up_to(group.last_id)
        return None if read is None else self.added - read

    def tree_nodes(self) -> int:
        """How many nodes the radix tree over the first IDs has (rax.c): ends, forks, edges."""
        keys = [first.to_bytes(16, "big") for first in self._firsts]
        return _tree_nodes(keys, 0) if keys else 1


def _tree_nodes(keys: list[bytes], depth: int) -> int:
    """The nodes below a point where all ``keys`` have ``depth`` bytes in common."""
    first, last = keys[0], keys[-1]
    if len(keys) == 1:
        return 1 + (depth < len(first))
    fork = next(place for place in range(depth, len(first)) if first[place] != last[place])
    total = 1 + (fork > depth)
    start = 0
    while start < len(keys):
        byte = keys[start][fork]
        end = start
        while end < len(keys) and keys[end][fork] == byte:
            end += 1
        total += _tree_nodes(keys[start:end], fork + 1)
        start = end
    return total
