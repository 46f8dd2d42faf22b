"""What a value is called: its type (TYPE, SCAN) and how a real server would keep it (OBJECT
ENCODING).

Encodings follow from the value and the thresholds of the configuration, not from its history: a
hash that was large once and has shrunk is called ``listpack`` again.  ``Limits`` is how a threshold
is asked for, by the name that it has in CONFIG.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Collection, Iterable
from itertools import chain
from typing import Any, Final

from mock_backend.store import listpack
from mock_backend.store.indexed import IndexedDict, IndexedSet
from mock_backend.store.zset import ZSet

Limits = Callable[[str], int]

TYPES: Final = (b"string", b"list", b"set", b"zset", b"hash", b"stream")
"""Every type that SCAN's TYPE knows; ``module`` is one too, but nothing here has it."""

_NAMES: Final[dict[type, bytes]] = {
    bytes: b"string",
    deque: b"list",
    set: b"set",
    IndexedSet: b"set",
    ZSet: b"zset",
    dict: b"hash",
    IndexedDict: b"hash",
}
_EMBEDDED: Final = 44
"""The longest string that shares its allocation with its object (object.c)."""
_NODE_BYTES: Final = {-1: 4096, -2: 8192, -3: 16384, -4: 32768, -5: 65536}
_INTEGER: Final = re.compile(rb"(0|-?[1-9][0-9]{0,18})\Z").match


def type_name(value: Any) -> bytes:
    """``string``, ``list``, ``set``, ``zset``, ``hash`` or ``stream``."""
    return _NAMES.get(type(value), b"stream")


def is_integer(word: bytes) -> bool:
    """Whether ``word`` is a signed 64-bit integer in the one form that reads back the same."""
    return _INTEGER(word) is not None and -(2**63) <= int(word) < 2**63


def is_intset(members: Collection[bytes], limits: Limits) -> bool:
    """Whether a set of these members is kept as a sorted array of integers."""
    return len(members) <= limits("set-max-intset-entries") and all(map(is_integer, members))


def encoding(value: Any, limits: Limits) -> bytes:
    """What OBJECT ENCODING says of ``value``."""
    match type_name(value):
        case b"string":
            return _string(value)
        case b"list":
            return b"listpack" if _fits_one_node(value, limits) else b"quicklist"
        case b"set":
            return _set(value, limits)
        case b"hash":
            short = is_compact(value, chain(value, value.values()), "hash", limits)
            return b"listpack" if short else b"hashtable"
        case b"zset":
            short = is_compact(value, value.scores, "zset", limits)
            return b"listpack" if short else b"skiplist"
        case _:
            return b"stream"


def is_compact(value: Collection[Any], words: Iterable[bytes], kind: str, limits: Limits) -> bool:
    """Whether a container that holds ``words`` is short enough to be one listpack."""
    if len(value) > limits(f"{kind}-max-listpack-entries"):
        return False
    longest = limits(f"{kind}-max-listpack-value")
    return all(len(word) <= longest for word in words)


def _string(value: bytes) -> bytes:
    if len(value) <= 20 and is_integer(value):
        return b"int"
    return b"embstr" if len(value) <= _EMBEDDED else b"raw"


def _set(value: Collection[bytes], limits: Limits) -> bytes:
    if is_intset(value, limits):
        return b"intset"
    return b"listpack" if is_compact(value, value, "set", limits) else b"hashtable"


def _fits_one_node(items: Collection[bytes], limits: Limits) -> bool:
    """Whether a list is one listpack within ``list-max-listpack-size`` (quicklist.c,
    quicklistNodeExceedsLimit).
    """
    limit = limits("list-max-listpack-size")
    if limit >= 0 and len(items) > max(limit, 1):
        return False
    room = _NODE_BYTES[max(limit, -5)] if limit < 0 else _NODE_BYTES[-2]
    used = listpack.EMPTY
    for item in items:
        used += listpack.text(item)
        if used > room:
            return False
    return True
