"""Bytes into values: every layout that a server of any version has written.

Nothing is believed: what is not exactly as it should be is Corrupt.  A value whose elements are
all gone is ``None``.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from mock_backend.store.members import MemberSet
from mock_backend.store.rdb import form, listpacks, streams, ziplists
from mock_backend.store.rdb.form import Corrupt, Form
from mock_backend.store.rdb.words import Reader
from mock_backend.store.timed_hash import TimedHash
from mock_backend.store.zset import ZSet

_PLAIN: Final = 1
_PACKED: Final = 2
_NEVER: Final = -1
_LATEST: Final = (1 << 63) - 1

Value = Any


def load(data: Reader, kind: int, reader: Form) -> Value | None:
    """Reads a value of that type.  Errors: Corrupt, also if this server does not know the type."""
    read = _LAYOUTS.get(kind) if reader.knows(kind) else None
    if read is None:
        raise Corrupt(f"there is no type {kind}")
    return read(data, kind)


def _string(data: Reader, kind: int) -> Value:
    return data.string()


def _list(data: Reader, kind: int) -> Value | None:
    return deque(_strings(data)) or None


def _list_of_one(data: Reader, kind: int) -> Value | None:
    return deque(ziplists.ziplist(data.string())) or None


def _quicklist(data: Reader, kind: int) -> Value | None:
    items: deque[bytes] = deque()
    for _ in range(data.length()):
        container = _PACKED if kind == form.LIST_QUICKLIST else data.length()
        if kind == form.LIST_QUICKLIST:
            items.extend(ziplists.ziplist(data.string()))
        elif container == _PACKED:
            items.extend(listpacks.words(data.pack()))
        elif container == _PLAIN and (item := data.string()):
            items.append(item)
        else:
            raise Corrupt("a list's node that is none")
    return items or None


def _set(data: Reader, kind: int) -> Value | None:
    if kind == form.SET_INTSET:
        integers = listpacks.unpack_integers(data.pack())
        return MemberSet(b"%d" % value for value in integers)
    members = list(_strings(data)) if kind == form.SET else listpacks.words(data.pack())
    return _unlike(members) or None


def _unlike(members: Sequence[bytes]) -> set[bytes]:
    found = MemberSet.listed(members)
    if len(found) != len(members):
        raise Corrupt("a member twice")
    return found


def _zset(data: Reader, kind: int) -> Value | None:
    read = data.double if kind == form.ZSET_2 else data.text_double
    return _scored([(data.string(), read()) for _ in range(data.length())])


def _packed_zset(data: Reader, kind: int) -> Value | None:
    words = _pairs(data, kind == form.ZSET_ZIPLIST)
    try:
        return _scored([(member, float(score)) for member, score in words])
    except ValueError:
        raise Corrupt("a score that is no number") from None


def _scored(pairs: Sequence[tuple[bytes, float]]) -> ZSet | None:
    if any(math.isnan(score) for _, score in pairs):
        raise Corrupt("a score that is no number")
    _unlike([member for member, _ in pairs])
    return ZSet({member: score + 0.0 for member, score in pairs}) if pairs else None


def _hash(data: Reader, kind: int) -> Value | None:
    return _fields([(data.string(), data.string()) for _ in range(data.length())])


def _packed_hash(data: Reader, kind: int) -> Value | None:
    return _fields(_pairs(data, kind == form.HASH_ZIPLIST))


def _zipmap(data: Reader, kind: int) -> Value | None:
    words = ziplists.zipmap(data.string())
    return _fields(list(zip(words[::2], words[1::2], strict=True)))


def _fields(pairs: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes] | None:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Corrupt("a field twice")
    return found or None


def _hash_2(data: Reader, kind: int) -> Value | None:
    return _timed(
        [(data.string(), data.string(), data.milliseconds()) for _ in range(data.length())]
    )


def _hash_metadata(data: Reader, kind: int) -> Value | None:
    earliest = data.milliseconds()
    entries = []
    for _ in range(data.length()):
        lifetime = data.length()
        at_ms = earliest + lifetime - 1 if lifetime else _NEVER
        entries.append((data.string(), data.string(), at_ms))
    return _timed(entries)


def _packed_timed_hash(data: Reader, kind: int) -> Value | None:
    data.milliseconds()
    elements = listpacks.unpack(data.pack())
    if len(elements) % 3:
        raise Corrupt("a field without its time")
    entries = []
    for field, value, at_ms in zip(*[iter(elements)] * 3, strict=True):
        if not isinstance(at_ms, int):
            raise Corrupt("a time that is no number")
        entries.append((listpacks.as_word(field), listpacks.as_word(value), at_ms or _NEVER))
    return _timed(entries, stays_timed=True)


def _timed(
    entries: Sequence[tuple[bytes, bytes, int]], *, stays_timed: bool = False
) -> Value | None:
    """A hash with these times; ``stays_timed`` even if there is none left."""
    if any(not _NEVER <= at_ms <= _LATEST for _, _, at_ms in entries):
        raise Corrupt("a time that cannot be")
    fields = _fields([(field, value) for field, value, _ in entries])
    expires = {field: at_ms for field, _, at_ms in entries if at_ms != _NEVER}
    return TimedHash(fields, expires) if fields and (expires or stays_timed) else fields


def _pairs(data: Reader, is_ziplist: bool) -> list[tuple[bytes, bytes]]:
    words = ziplists.ziplist(data.string()) if is_ziplist else listpacks.words(data.pack())
    if len(words) % 2:
        raise Corrupt("half a pair")
    return list(zip(words[::2], words[1::2], strict=True))


def _strings(data: Reader) -> Iterator[bytes]:
    return (data.string() for _ in range(data.length()))


_LAYOUTS: Final[dict[int, Callable[[Reader, int], Value | None]]] = {
    form.STRING: _string,
    form.LIST: _list,
    form.SET: _set,
    form.ZSET: _zset,
    form.HASH: _hash,
    form.ZSET_2: _zset,
    form.HASH_ZIPMAP: _zipmap,
    form.LIST_ZIPLIST: _list_of_one,
    form.SET_INTSET: _set,
    form.ZSET_ZIPLIST: _packed_zset,
    form.HASH_ZIPLIST: _packed_hash,
    form.LIST_QUICKLIST: _quicklist,
    form.STREAM_LISTPACKS: streams.load,
    form.HASH_LISTPACK: _packed_hash,
    form.ZSET_LISTPACK: _packed_zset,
    form.LIST_QUICKLIST_2: _quicklist,
    form.STREAM_LISTPACKS_2: streams.load,
    form.SET_LISTPACK: _set,
    form.STREAM_LISTPACKS_3: streams.load,
    form.HASH_2: _hash_2,
    form.HASH_METADATA: _hash_metadata,
    form.HASH_LISTPACK_EX: _packed_timed_hash,
}
