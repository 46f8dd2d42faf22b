"""How much memory a value would take in a real server, estimated.

MEMORY USAGE and INFO MEMORY print it.  Allocations are rounded up as jemalloc does; the overheads
are those of Valkey 8.0's structures, small containers being listpacks.  Of large ones a few
elements are looked at, and the others taken for alike.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from itertools import chain, islice
from typing import Any, Final

from mock_backend.store import listpack
from mock_backend.store.consumer_groups import Group
from mock_backend.store.stream import Stream
from mock_backend.store.zset import ZSet

_ENTRY: Final = 24
"""A place in the main hash table and its entry; the key is embedded."""
_OBJECT: Final = 16
_EMBEDDED: Final = 44
_LISTPACK_ENTRIES: Final = {"hash": 512, "set": 128, "zset": 128}
_LISTPACK_VALUE: Final = 64
_NODE: Final = 32
_NODE_BYTES: Final = 8192
"""A node of a quicklist, and what its listpack may have."""
_HEAD_OF_SKIPLIST: Final = 640
_SKIPLIST_NODE: Final = 56
"""On average; a third of the nodes has more than one level."""
_TREE_NODE: Final = 244
"""As the server reckons a radix tree's (object.c, streamRadixTreeMemoryUsage)."""
_PREALLOCATED: Final = 4096
"""What the listpack that a stream appends to has at least."""


def allocated(size: int) -> int:
    """What an allocator hands out for ``size`` bytes."""
    if size <= 8:
        return 8
    if size <= 128:
        return (size + 15) // 16 * 16
    step = 1 << max(4, (size - 1).bit_length() - 3)
    return (size + step - 1) // step * step


def usage(key: bytes, value: Any, samples: int = 5) -> int:
    """Bytes for ``key`` and what it holds; ``samples`` elements of big containers are looked at, 0
    for all.
    """
    return allocated(_ENTRY + len(key) + 3) + of_value(value, samples)


def of_value(value: Any, samples: int = 5) -> int:
    """Bytes for a value without its key."""
    match value:
        case bytes():
            return _string(value)
        case deque():
            return _OBJECT + _list(value, samples)
        case ZSet():
            return _OBJECT + _sorted_set(value, samples)
        case set():
            if _is_small(value, len(value), "set"):
                return _OBJECT + _packed(value)
            return _OBJECT + 56 + _table(len(value)) + _sampled(value, len(value), samples, 0)
        case dict():
            count = len(value)
            if _is_small(chain(value, value.values()), count, "hash"):
                return _OBJECT + _packed(chain(value, value.values()))
            each = _sampled(value, count, samples, 24) + _sampled(value.values(), count, samples, 0)
            return _OBJECT + 56 + _table(count) + each
        case Stream():
            return _OBJECT + _stream(value, samples)
        case _:
            return _OBJECT


def effort(value: Any) -> int:
    """How much there is to be freed, in allocations (lazyfree.c, lazyfreeGetFreeEffort)."""
    match value:
        case deque():
            return max(1, _list(value, 16) // (_NODE_BYTES + _NODE))
        case ZSet():
            kind = "zset"
        case set():
            kind = "set"
        case dict():
            kind = "hash"
        case Stream():
            groups = list(value.groups.values())
            pending = len(groups[0].pending) if groups else 0
            return len(value.nodes) + 1 + len(groups) * (1 + pending)
        case _:
            return 1
    return len(value) if len(value) > _LISTPACK_ENTRIES[kind] else 1


def _string(value: bytes) -> int:
    if len(value) < 20 and value.lstrip(b"-").isdigit():
        return _OBJECT
    if len(value) <= _EMBEDDED:
        return allocated(_OBJECT + len(value) + 4)
    return _OBJECT + allocated(len(value) + 10)


def _list(items: deque[bytes], samples: int) -> int:
    count = len(items)
    some = max(samples, 16)
    looked_at = [*items] if not samples else [*islice(items, some), *islice(reversed(items), some)]
    total = sum(map(listpack.text, looked_at)) * count // max(1, len(looked_at))
    if total + listpack.EMPTY <= _NODE_BYTES:
        return allocated(total + listpack.EMPTY)
    nodes = total // (_NODE_BYTES - listpack.EMPTY) + 1
    return 40 + nodes * (_NODE + allocated(total // nodes + listpack.EMPTY))


def _sorted_set(zset: ZSet, samples: int) -> int:
    scores = zset.scores
    count = len(scores)
    if _is_small(scores, count, "zset"):
        numbers = (
            b"%d" % score if score == score // 1 else b"%.17g" % score
            for score in scores.values()
            if abs(score) < 1e300
        )
        return _packed(chain(scores, numbers))
    each = _sampled(scores, count, samples, 24 + _SKIPLIST_NODE)
    return 16 + 32 + 56 + _HEAD_OF_SKIPLIST + _table(count) + each


def _stream(stream: Stream, samples: int) -> int:
    """Its tree and its listpacks; consumer groups have trees of what is pending."""
    nodes = stream.nodes
    size = 64 + _tree(len(nodes))
    sealed = nodes[:-1]
    looked_at = sealed[: max(samples, 8)] if samples else sealed
    if looked_at:
        sizes = sum(allocated(node.size()) for node in looked_at)
        size += sizes * len(sealed) // len(looked_at)
    if nodes:
        size += max(_PREALLOCATED, allocated(nodes[-1].size()))
    return size + sum(map(_group, stream.groups.values()))


def _group(group: Group) -> int:
    pending = len(group.pending)
    consumers = sum(64 + len(name) for name in group.consumers)
    return 64 + 2 * _tree(pending) + 24 * pending + consumers


def _tree(entries: int) -> int:
    """A radix tree of IDs."""
    return 24 + 16 * entries + _TREE_NODE * (entries + 1 + entries // 8)


def _table(count: int) -> int:
    """The places of a hash table."""
    return 8 * max(4, 1 << (count - 1).bit_length())


def _packed(words: Iterable[bytes]) -> int:
    return allocated(listpack.EMPTY + sum(map(listpack.text, words)))


def _is_small(words: Iterable[bytes], count: int, kind: str) -> bool:
    return count <= _LISTPACK_ENTRIES[kind] and all(len(word) <= _LISTPACK_VALUE for word in words)


def _sampled(
    elements: Collection[bytes] | Iterable[bytes], count: int, samples: int, overhead: int
) -> int:
    looked_at = list(islice(elements, samples or None))
    if not looked_at:
        return 0
    total = sum(allocated(len(element) + 2) + overhead for element in looked_at)
    return total * count // len(looked_at)
