"""How much memory a value would take in a real server, estimated.

MEMORY USAGE and INFO MEMORY print it.  Allocations are rounded up as jemalloc does; the overheads
are those of Valkey 8.0's structures, small containers being listpacks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

_ENTRY: Final = 24
"""A place in the main hash table and its entry; the key is embedded."""
_OBJECT: Final = 16
_EMBEDDED: Final = 44
_LISTPACK_ENTRIES: Final = 128
_LISTPACK_VALUE: Final = 64


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
    if isinstance(value, bytes):
        return _string(value)
    if isinstance(value, deque):
        return _OBJECT + 40 + _sampled(value, len(value), samples, 11)
    if isinstance(value, dict):
        if _is_small(value.keys(), len(value)) and _is_small(value.values(), len(value)):
            return _OBJECT + allocated(7 + sum(len(k) + len(v) + 4 for k, v in value.items()))
        each = _sampled(value.keys(), len(value), samples, 32)
        return _OBJECT + 56 + each + _sampled(value.values(), len(value), samples, 8)
    if isinstance(value, set):
        if _is_small(value, len(value)):
            return _OBJECT + allocated(7 + sum(len(member) + 2 for member in value))
        return _OBJECT + 56 + _sampled(value, len(value), samples, 32)
    if hasattr(value, "__len__"):  # sorted sets and streams
        return _OBJECT + 80 + 64 * len(value)
    return _OBJECT


def _string(value: bytes) -> int:
    if len(value) < 20 and value.lstrip(b"-").isdigit():
        return _OBJECT
    if len(value) <= _EMBEDDED:
        return allocated(_OBJECT + len(value) + 4)
    return _OBJECT + allocated(len(value) + 10)


def _is_small(elements: Iterable[bytes], count: int) -> bool:
    return count <= _LISTPACK_ENTRIES and all(len(e) <= _LISTPACK_VALUE for e in elements)


def _sampled(elements: Iterable[bytes], count: int, samples: int, overhead: int) -> int:
    looked_at = list(islice(elements, samples or None))
    if not looked_at:
        return 0
    total = sum(allocated(len(element) + 4) + overhead for element in looked_at)
    return total * count // len(looked_at)
