"""Values into bytes: the type and the layout that a server of the form's profile gives them.

Which encoding a value has is what OBJECT ENCODING says of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, Final

from mock_backend.store import encodings, listpack
from mock_backend.store.members import in_order
from mock_backend.store.rdb import form, listpacks, streams
from mock_backend.store.rdb.words import Writer
from mock_backend.store.stream import Stream
from mock_backend.store.timed_hash import TimedHash
from mock_backend.store.zset import ZSet

_PLAIN: Final = 1
_PACKED: Final = 2
_SAFE_BYTES: Final = 8192
"""A node whose limit is a number of elements is no larger all the same."""
_NEVER: Final = -1
"""The time of a field that has none."""
_BEHIND_ALL: Final = 1 << 63
_LARGEST_WHOLE: Final = 2.0**62
_OVERHEAD: Final = 8
"""What a quicklist expects an element to take beyond its bytes."""


def save(out: Writer, key: bytes | None, value: Any, encoding: bytes | None = None) -> None:
    """Writes a value behind its type, with ``key`` in between if there is one; ``encoding`` is the
    one that it is kept in, if that does not follow from the value.
    """
    encoding = encoding or encodings.encoding(value, out.form.limits)
    match encodings.type_name(value):
        case b"string":
            _head(out, form.STRING, key)
            out.string(value)
        case b"list":
            _head(out, form.LIST_QUICKLIST_2, key)
            _list(out, value)
        case b"set":
            _set(out, key, value, encoding)
        case b"zset":
            _zset(out, key, value, encoding)
        case b"hash":
            _hash(out, key, value, encoding)
        case _:
            recent = out.form.has_set_listpacks
            _head(out, form.STREAM_LISTPACKS_3 if recent else form.STREAM_LISTPACKS_2, key)
            stream: Stream = value
            streams.save(out, stream)


def _head(out: Writer, kind: int, key: bytes | None) -> None:
    out.byte(kind)
    if key is not None:
        out.string(key)


def _list(out: Writer, items: Iterable[bytes]) -> None:
    nodes = list(_nodes(out, items))
    out.length(len(nodes))
    for node in nodes:
        if isinstance(node, bytes):
            out.length(_PLAIN)
            out.string(node)
        else:
            out.length(_PACKED)
            out.string(listpacks.pack(node))


def _nodes(out: Writer, items: Iterable[bytes]) -> Iterable[bytes | list[bytes]]:
    """The nodes of a quicklist to whose end ``items`` were pushed one by one: a list of elements,
    or an element that is too large for one (quicklist.c, quicklistPushTail).

    Since 7.2 a list begins as a listpack, which takes a little more than a node does.
    """
    fill = max(out.form.limits("list-max-listpack-size"), -5)
    room = encodings.NODE_BYTES.get(fill, _SAFE_BYTES)
    large = room if out.form.has_plain_nodes else 1 << 30
    overhead = 0 if out.form.has_set_listpacks else _OVERHEAD
    node: list[bytes] = []
    size = listpack.EMPTY
    for item in items:
        is_large = len(item) > large
        fits = size + len(item) + overhead <= room and (fill < 0 or len(node) < max(fill, 1))
        if node and (is_large or not fits):
            yield node
            node, size, overhead = [], listpack.EMPTY, _OVERHEAD
        if is_large:
            yield item
        else:
            node.append(item)
            size += listpack.text(item)
    if node:
        yield node


def _set(out: Writer, key: bytes | None, members: set[bytes], encoding: bytes) -> None:
    if encoding == b"intset":
        _head(out, form.SET_INTSET, key)
        out.string(listpacks.pack_integers(sorted(map(int, members))))
    elif encoding == b"listpack" and out.form.has_set_listpacks:
        _head(out, form.SET_LISTPACK, key)
        out.string(listpacks.pack(in_order(members)))
    else:
        _head(out, form.SET, key)
        _strings(out, members, len(members))


def _zset(out: Writer, key: bytes | None, zset: ZSet, encoding: bytes) -> None:
    if encoding == b"listpack":
        _head(out, form.ZSET_LISTPACK, key)
        elements = ((member, _score(out, score)) for score, member in zset.order)
        out.string(listpacks.pack(chain.from_iterable(elements)))
        return
    _head(out, form.ZSET_2, key)
    out.length(len(zset))
    for score, member in reversed(zset.order):
        out.string(member)
        out.double(score)


def _score(out: Writer, score: float) -> bytes | int:
    whole = -_LARGEST_WHOLE <= score <= _LARGEST_WHOLE and score == int(score)
    return int(score) if whole else out.form.score(score)


def _hash(out: Writer, key: bytes | None, fields: Mapping[bytes, bytes], encoding: bytes) -> None:
    if isinstance(fields, TimedHash):
        if fields.expires or encoding == b"listpackex":
            _timed_hash(out, key, fields, encoding)
            return
        fields = fields.everything()
    if encoding == b"listpack":
        _head(out, form.HASH_LISTPACK, key)
        out.string(listpacks.pack(chain.from_iterable(fields.items())))
        return
    _head(out, form.HASH, key)
    _strings(out, chain.from_iterable(fields.items()), len(fields))


def _timed_hash(out: Writer, key: bytes | None, timed: TimedHash, encoding: bytes) -> None:
    """A hash some of whose fields have a time; Redis and Valkey write it each in its own way."""
    expires = timed.expires
    earliest = min(expires.values(), default=0)
    if out.form.profile.line == "valkey":
        _head(out, form.HASH_2, key)
        out.length(len(timed))
        for field, value in timed.everything().items():
            out.string(field)
            out.string(value)
            out.milliseconds(expires.get(field, _NEVER))
    elif encoding == b"listpackex":
        _head(out, form.HASH_LISTPACK_EX, key)
        out.milliseconds(earliest)
        entries = sorted(
            timed.everything().items(), key=lambda entry: expires.get(entry[0], _BEHIND_ALL)
        )
        elements = ((field, value, expires.get(field, 0)) for field, value in entries)
        out.string(listpacks.pack(chain.from_iterable(elements)))
    else:
        _head(out, form.HASH_METADATA, key)
        out.milliseconds(earliest)
        out.length(len(timed))
        for field, value in timed.everything().items():
            out.length(expires[field] - earliest + 1 if field in expires else 0)
            out.string(field)
            out.string(value)


def _strings(out: Writer, words: Iterable[bytes], count: int) -> None:
    out.length(count)
    for word in words:
        out.string(word)
