"""What replicas are told of calls that give hash fields a time to live, or take one away.

Times are told as Unix milliseconds, fields that were deleted because their time is past as HDEL.
Redis keeps the words of the call where it can, Valkey names the fields that have changed.  Source:
t_hash.c of either (rewriteClientCommandVector, propagateHashFieldDeletion).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from mock_backend.kernel.context import Context
from mock_backend.profile import Since
from mock_backend.replies import Reply
from mock_backend.store.timed_hash import TimedHash

Words = Sequence[bytes]
Told = list[list[bytes]]
"""Requests, a list of words each."""
Teller = Callable[[Context, Words, Reply], Told]
"""What is told of a call, its words and its reply."""

CLOCKED: Final = frozenset((b"EX", b"PX", b"EXAT", b"PXAT"))
"""Options that say when something expires."""
_CONDITIONS: Final = frozenset((b"NX", b"XX", b"FNX", b"FXX"))
_TIMES_KEPT: Final = Since("redis-8.0.0")
_SET: Final = 1
_GONE: Final = 2
"""What HEXPIRE answers of a field that was given a time, and of one that was deleted."""


def _is_redis(context: Context) -> bool:
    return context.kernel.profile.line == "redis"


def _place_of_fields(words: Words) -> int:
    return next(at for at, word in enumerate(words) if at > 1 and word.upper() == b"FIELDS")


def _times(context: Context, key: bytes) -> dict[bytes, int]:
    value = context.db.values.get(key)
    return value.expires if type(value) is TimedHash else {}


def deletions(key: bytes, fields: Sequence[bytes], *, apart: bool) -> Told:
    """HDEL, as Redis one for every field (``apart``)."""
    if apart:
        return [[b"HDEL", key, field] for field in fields]
    return [[b"HDEL", key, *fields]] if fields else []


def _deletions(context: Context, key: bytes, fields: Sequence[bytes]) -> Told:
    return deletions(key, fields, apart=_is_redis(context))


def _timed(key: bytes, at_ms: int, conditions: Words, fields: Sequence[bytes]) -> list[bytes]:
    count = b"%d" % len(fields)
    return [b"HPEXPIREAT", key, b"%d" % at_ms, *conditions, b"FIELDS", count, *fields]


def _hexpire(context: Context, words: Words, reply: Reply) -> Told:
    if not isinstance(reply, list):
        return []
    key, at = words[1], _place_of_fields(words)
    fields = words[at + 2 :]
    gone = [field for field, result in zip(fields, reply, strict=True) if result == _GONE]
    told = _deletions(context, key, gone)
    kept = [field for field, result in zip(fields, reply, strict=True) if result == _SET]
    if kept:
        at_ms = _times(context, key)[kept[-1]]
        told.append(_timed(key, at_ms, words[3:at], kept if _is_redis(context) else fields))
    return told


def _hgetex(context: Context, words: Words, reply: Reply) -> Told:
    if not isinstance(reply, list) or not any(value is not None for value in reply):
        return []
    key, at = words[1], _place_of_fields(words)
    fields = words[at + 2 :]
    held = [field for field, value in zip(fields, reply, strict=True) if value is not None]
    present = context.db.values.get(key, {})
    if not any(field in present for field in held):
        return _deletions(context, key, held)
    named = fields if _is_redis(context) else held
    if words[2].upper() in CLOCKED:
        return [_timed(key, _times(context, key)[held[-1]], (), named)]
    return [[b"HPERSIST", key, b"FIELDS", b"%d" % len(named), *named]]


def _hsetex(context: Context, words: Words, reply: Reply) -> Told:
    if reply != 1:
        return []
    key, at = words[1], _place_of_fields(words)
    fields = words[at + 2 :: 2]
    if not any(word.upper() in CLOCKED for word in words[2:at]):
        return [_without_conditions(context, words, at)]
    times = _times(context, key)
    if fields[-1] not in times:
        return _deletions(context, key, fields)
    options = list(words[:at])
    for place, word in enumerate(options[2:], 2):
        if word.upper() in CLOCKED:
            options[place : place + 2] = [b"PXAT", b"%d" % times[fields[-1]]]
            break
    return [_without_conditions(context, [*options, *words[at:]], at)]


def _without_conditions(context: Context, words: Words, at: int) -> list[bytes]:
    if _is_redis(context):
        return list(words)
    return [word for place, word in enumerate(words) if place >= at or _is_plain(place, word)]


def _is_plain(place: int, word: bytes) -> bool:
    return place < 2 or word.upper() not in _CONDITIONS


def _hgetdel(context: Context, words: Words, reply: Reply) -> Told:
    return [[b"HDEL", words[1], *words[4:]] if _is_redis(context) else list(words)]


def hincrbyfloat(context: Context, words: Words, reply: Reply) -> Told:
    """The result, and with it the time to live of the field; Redis 8 asks not if it has one."""
    key, field = words[1:3]
    if context.kernel.profile.has(_TIMES_KEPT):
        return [[b"HSETEX", key, b"KEEPTTL", b"FIELDS", b"1", field, reply]]
    at_ms = _times(context, key).get(field)
    if at_ms is None or _is_redis(context):
        return [[b"HSET", key, field, reply]]
    return [[b"HSETEX", key, b"PXAT", b"%d" % at_ms, b"FIELDS", b"1", field, reply]]


TELLERS: Final[dict[str, Teller]] = {
    "hexpire": _hexpire,
    "hpexpire": _hexpire,
    "hexpireat": _hexpire,
    "hpexpireat": _hexpire,
    "hgetex": _hgetex,
    "hsetex": _hsetex,
    "hgetdel": _hgetdel,
    "hincrbyfloat": hincrbyfloat,
}
