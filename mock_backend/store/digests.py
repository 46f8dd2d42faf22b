"""The digest of values and of whole databases, as DEBUG DIGEST prints it.

Equal data have equal digests, here and in a real server, whatever their encodings and the order of
what has none.  Source: debug.c, computeDatasetDigest.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final

from mock_backend.store import encodings
from mock_backend.store.keyspace import Database
from mock_backend.store.stream import MAX_ID, MAX_SEQUENCE, Stream
from mock_backend.store.timed_hash import TimedHash
from mock_backend.store.zset import ZSet

_TYPES: Final = {b"string": 0, b"list": 1, b"set": 2, b"zset": 3, b"hash": 4, b"stream": 6}
_EXPIRES: Final = b"!!expire!!"
_FIELD_EXPIRES: Final = b"!!hexpire!!"

Printed = Callable[[float], bytes]
"""How a score is written: not the same in all versions."""


def of_databases(databases: Iterable[Database], printed: Printed) -> str:
    """The digest of everything, in hexadecimal; zeros if there is nothing."""
    total = bytes(20)
    for database in databases:
        keys = list(database.keys())
        if keys:
            total = _mixed(total, database.number.to_bytes(4, "big"))
            for key in keys:
                one = _of_key(database, key, _mixed(bytes(20), key), printed)
                total = _with(total, one)
    return total.hex()


def of_value(database: Database, key: bytes, printed: Printed) -> str:
    """The digest of what ``key`` holds, without its name; zeros if there is no such key."""
    if database.lookup(key) is None:
        return bytes(20).hex()
    return _of_key(database, key, bytes(20), printed).hex()


def _of_key(database: Database, key: bytes, digest: bytes, printed: Printed) -> bytes:
    value = database.values[key]
    kind = _TYPES[encodings.type_name(value)]
    digest = _contents(_mixed(digest, kind.to_bytes(4, "big")), value, printed)
    return _with(digest, _EXPIRES) if key in database.expires else digest


def _contents(digest: bytes, value: Any, printed: Printed) -> bytes:
    match value:
        case bytes():
            return _mixed(digest, value)
        case deque():
            return _mixed(digest, *value)
        case set():
            for member in value:
                digest = _with(digest, member)
        case ZSet():
            for member, score in value.scores.items():
                digest = _with(digest, _mixed(bytes(20), member, printed(score)))
        case dict():
            times = value.expires if isinstance(value, TimedHash) and value.packed else {}
            for field, held in value.items():
                one = _mixed(bytes(20), field, held)
                digest = _with(digest, _with(one, _FIELD_EXPIRES) if field in times else one)
        case Stream():
            for entry_id, fields in value.between(0, MAX_ID):
                shown = b"%d.%d" % (entry_id >> 64, entry_id & MAX_SEQUENCE)
                digest = _mixed(digest, shown, *fields)
    return digest


def _mixed(digest: bytes, *words: bytes) -> bytes:
    """With these words, in this order."""
    for word in words:
        digest = _sha1(_with(digest, word))
    return digest


def _with(digest: bytes, word: bytes) -> bytes:
    """With this word among others, in whatever order (debug.c, xorDigest)."""
    both = int.from_bytes(digest, "big") ^ int.from_bytes(_sha1(word), "big")
    return both.to_bytes(20, "big")


def _sha1(word: bytes) -> bytes:
    return hashlib.sha1(word, usedforsecurity=False).digest()
