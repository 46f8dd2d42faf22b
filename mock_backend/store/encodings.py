"""What a value is called: its type (TYPE, SCAN) and how a real server would keep it (OBJECT
ENCODING).

An encoding follows from the value and the thresholds of the configuration, and from what the value
was before: a hash that was large once and has shrunk stays a ``hashtable``.  Whoever takes
something away calls ``set_shrank``, ``list_shrank`` or ``shrank``, and ``Database.keep_as``
remembers.  ``Limits`` is how a threshold is asked for, by the name that it has in CONFIG.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import chain
from typing import Any, Final

from mock_backend.profile import Profile, Since
from mock_backend.store import listpack
from mock_backend.store.indexed import IndexedDict, IndexedSet
from mock_backend.store.keyspace import Database
from mock_backend.store.long_list import LongList
from mock_backend.store.members import MemberSet, is_integer
from mock_backend.store.timed_hash import TimedHash
from mock_backend.store.zset import ZSet

Limits = Callable[[str], int]

TYPES: Final = (b"string", b"list", b"set", b"zset", b"hash", b"stream")
"""Every type that SCAN's TYPE knows; ``module`` is one too, but nothing here has it."""

_NAMES: Final[dict[type, bytes]] = {
    bytes: b"string",
    deque: b"list",
    LongList: b"list",
    set: b"set",
    MemberSet: b"set",
    IndexedSet: b"set",
    ZSet: b"zset",
    dict: b"hash",
    IndexedDict: b"hash",
    TimedHash: b"hash",
}
_EMBEDDED: Final = 44
"""The longest string that shares its allocation with its object (object.c)."""
_LISTPACKS_EVERYWHERE: Final = Since("7.2.0")
"""From here on short sets and lists are listpacks, too."""
_WITH_KEY: Final = Since("valkey-8.1.0")
"""From here on a string may share its allocation with its key as well: 64 bytes for all of it."""
_WITH_KEY_IN_128: Final = Since("valkey-9.0.0")
_OVERHEAD: Final = 12
"""More than an element of a listpack has beside its bytes."""
_EXACTLY: Final = 16
"""Up to so many elements all are measured; of more, those at the ends."""
NODE_BYTES: Final = {-1: 4096, -2: 8192, -3: 16384, -4: 32768, -5: 65536}
"""``list-max-listpack-size`` below zero: how large a node of a quicklist may be."""


def type_name(value: Any) -> bytes:
    """``string``, ``list``, ``set``, ``zset``, ``hash`` or ``stream``."""
    return _NAMES.get(type(value), b"stream")


def is_intset(members: Collection[bytes], limits: Limits) -> bool:
    """Whether a set of these members is kept as a sorted array of integers."""
    return len(members) <= limits("set-max-intset-entries") and all(map(is_integer, members))


def of_key(database: Database, key: bytes, limits: Limits, profile: Profile) -> bytes:
    """What OBJECT ENCODING says of a key that exists."""
    value = database.values[key]
    noted = database.kept_as(key)
    kind = type_name(value)
    if kind == b"list" and not profile.has(_LISTPACKS_EVERYWHERE):
        return b"quicklist"
    if kind == b"string":
        expected = noted or _string(value)
        if expected == b"int" or noted == b"raw":
            return expected
        return b"embstr" if _is_embedded(database, key, value, profile) else b"raw"
    if noted == b"listpack":
        return b"listpack" if is_compact(value, value, "set", limits) else b"hashtable"
    return noted or encoding(value, limits)


def _is_embedded(database: Database, key: bytes, value: bytes, profile: Profile) -> bool:
    """Whether a string shares an allocation with its object (object.c)."""
    length = len(value)
    if profile.has(_WITH_KEY_IN_128):
        header = 2 if len(key) < 32 else 4
        expiry = 8 if key in database.expires else 0
        return 8 + len(key) + header + 1 + expiry + length + 4 <= 128
    if length > _EMBEDDED:
        return False
    if profile.has(_WITH_KEY):
        expiry = 8 if key in database.expires else 0
        return 16 + len(key) + 3 + expiry + length + 4 <= 64
    return True


def set_shrank(
    database: Database,
    key: bytes,
    members: Collection[bytes],
    removed: Collection[bytes],
    limits: Limits,
) -> None:
    """After ``removed`` were taken from a set: an intset or a listpack that had to become something
    else stays so.
    """
    noted = database.kept_as(key)
    if noted == b"hashtable":
        return
    before = len(members) + len(removed)
    most = limits("set-max-listpack-entries")
    longest = limits("set-max-listpack-value")
    odd = any(not is_integer(member) for member in removed)
    if before > limits("set-max-intset-entries") or any(len(each) > longest for each in removed):
        database.keep_as(key, b"hashtable")
    elif before > most:
        if noted or odd or (len(members) <= most and not all(map(is_integer, members))):
            database.keep_as(key, b"hashtable")
    elif odd and is_integer(next(iter(members), b"x")):
        database.keep_as(key, b"listpack")


def shrank(
    database: Database,
    key: bytes,
    kind: str,
    before: int,
    removed: Iterable[bytes],
    limits: Limits,
) -> None:
    """After ``removed`` were taken from a hash or a sorted set (``kind``) of ``before`` elements,
    or overwritten: a listpack that had to become something else stays so.
    """
    longest = limits(f"{kind}-max-listpack-value")
    if before > limits(f"{kind}-max-listpack-entries") or any(len(w) > longest for w in removed):
        database.keep_as(key, b"skiplist" if kind == "zset" else b"hashtable")


def list_shrank(
    database: Database, key: bytes, items: deque[bytes], removed: Sequence[bytes], limits: Limits
) -> None:
    """After ``removed`` were taken from a list: a quicklist becomes a listpack again once it has
    half of what a listpack may have (t_list.c, listTypeTryConvertQuicklist).

    How many bytes a longer list has is reckoned from the elements at both ends.
    """
    limit = limits("list-max-listpack-size")
    count = len(items)
    before = count + len(removed)
    is_noted = bool(database.forms) and database.kept_as(key) == b"quicklist"
    if limit >= 0:
        was_large, is_small = before > max(limit, 1), count <= max(limit, 1) // 2
    else:
        room = NODE_BYTES[limit] if limit >= -5 else NODE_BYTES[-5]
        if before <= _EXACTLY:
            at_most = len(b"".join(items)) + len(b"".join(removed)) + _OVERHEAD * before
            if at_most < room and not is_noted:
                return
            size = listpack.EMPTY + sum(map(listpack.text, items))
            size_before = size + sum(map(listpack.text, removed))
        elif count:
            longest = max(len(items[0]), len(items[-1]))
            if before * (longest + _OVERHEAD) < room and not is_noted:
                return
            about = listpack.text(max(items[0], items[-1], key=len))
            size, size_before = count * about, before * about
        else:
            return
        was_large, is_small = size_before > room, size <= room // 2
    if is_noted:
        if is_small:
            database.keep_as(key, None)
    elif was_large and not is_small:
        database.keep_as(key, b"quicklist")


def long_list(limit: int) -> int:
    """How many elements a list has at least of which nobody need ask how large they are
    (``list-max-listpack-size``): none has less than two bytes.
    """
    return max(limit, 1) if limit >= 0 else NODE_BYTES[max(limit, -5)] // 2


def fits_node(count: int, size: int, limit: int) -> bool:
    """Whether so many elements, of ``size`` bytes in all, may be in one node of a quicklist
    (``list-max-listpack-size``).
    """
    return count <= max(limit, 1) if limit >= 0 else size <= NODE_BYTES[max(limit, -5)]


def encoding(value: Any, limits: Limits) -> bytes:
    """How ``value`` is kept, as its content says."""
    match type_name(value):
        case b"string":
            return _string(value)
        case b"list":
            return b"listpack" if _fits_one_node(value, limits) else b"quicklist"
        case b"set":
            return _set(value, limits)
        case b"hash":
            short = is_compact(value, chain(value, value.values()), "hash", limits)
            if type(value) is TimedHash:
                return b"listpackex" if short and value.packed else b"hashtable"
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
    short = is_compact(value, value, "set", limits)
    # t_set.c, maybeConvertIntset: integers that are too many go into a hash table, however short
    return b"listpack" if short and not all(map(is_integer, value)) else b"hashtable"


def _fits_one_node(items: Collection[bytes], limits: Limits) -> bool:
    """Whether a list is one listpack within ``list-max-listpack-size`` (quicklist.c,
    quicklistNodeExceedsLimit).
    """
    limit = limits("list-max-listpack-size")
    if limit >= 0 and len(items) > max(limit, 1):
        return False
    room = NODE_BYTES[max(limit, -5)] if limit < 0 else NODE_BYTES[-2]
    used = listpack.EMPTY
    for item in items:
        used += listpack.text(item)
        if used > room:
            return False
    return True
