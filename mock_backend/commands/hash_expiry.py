"""Times to live of single hash fields: giving them, asking for them, taking them away.

Redis and Valkey came to these commands apart from each other.  What the words mean and in which
order they are looked at is told by hash_words.py; here is what is done, which differs only in whose
event is told, and in what a field counts for whose time has come but which is still there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mock_backend import errors
from mock_backend.commands import hash_words
from mock_backend.commands.expiry import allowed
from mock_backend.commands.hash_words import Expiry
from mock_backend.kernel import lookups
from mock_backend.kernel.context import Context
from mock_backend.replies import Reply
from mock_backend.schema.command import Table
from mock_backend.store import encodings
from mock_backend.store.timed_hash import TimedHash

hash_expiry = Table("hash")

_FIELDS: Final = "redis-7.4.0,valkey-9.0.0"
_MISSING, _UNTIMED, _REFUSED, _DONE, _GONE = -2, -1, 0, 1, 2


@hash_expiry.command("HEXPIRE key seconds [arg ...]", flags="write fast", since=_FIELDS, arity=-6)
def hexpire(ctx: Context, key: bytes, seconds: bytes, args: list[bytes]) -> Reply:
    """Sets expiry time on hash fields.

    Reply: for each field 1, 0 if the condition does not hold, 2 if it was deleted, for the time is
    past, or -2 if there is no such field.  So for all four.
    """
    return _expire(ctx, key, Expiry("EX", seconds), args, "hexpire")


@hash_expiry.command(
    "HPEXPIRE key milliseconds [arg ...]", flags="write fast", since=_FIELDS, arity=-6
)
def hpexpire(ctx: Context, key: bytes, milliseconds: bytes, args: list[bytes]) -> Reply:
    """Sets expiry time on hash object."""
    return _expire(ctx, key, Expiry("PX", milliseconds), args, "hpexpire")


@hash_expiry.command(
    "HEXPIREAT key unix-time-seconds [arg ...]", flags="write fast", since=_FIELDS, arity=-6
)
def hexpireat(ctx: Context, key: bytes, unix_time_seconds: bytes, args: list[bytes]) -> Reply:
    """Sets expiry time on hash fields."""
    return _expire(ctx, key, Expiry("EXAT", unix_time_seconds), args, "hexpireat")


@hash_expiry.command(
    "HPEXPIREAT key unix-time-milliseconds [arg ...]", flags="write fast", since=_FIELDS, arity=-6
)
def hpexpireat(ctx: Context, key: bytes, unix_time_milliseconds: bytes, args: list[bytes]) -> Reply:
    """Sets expiration time on hash field."""
    return _expire(ctx, key, Expiry("PXAT", unix_time_milliseconds), args, "hpexpireat")


def _expire(ctx: Context, key: bytes, expiry: Expiry, args: list[bytes], name: str) -> Reply:
    db = ctx.db
    if hash_words.is_redis(ctx):
        held = db.get(key, dict)
        at = expiry.at_ms(ctx, name)
        conditions, fields = hash_words.redis_conditions(args)
        if held is not None:
            held = db.timed(key)
    else:
        conditions, fields = hash_words.valkey_conditions(args)
        at = expiry.at_ms(ctx, name)
        held = db.get(key, dict)
    if held is None:
        return [_MISSING] * len(fields)
    results = [_give(ctx, key, field, at, conditions) for field in fields]
    _told(ctx, key, updated=results.count(_DONE), deleted=results.count(_GONE))
    return results


def _give(ctx: Context, key: bytes, field: bytes, at_ms: int, conditions: set[str]) -> int:
    """Gives one field a time, or deletes it; what HEXPIRE says of it."""
    db = ctx.db
    held = db.values[key]
    if not _is_there(ctx, held, field):
        return _MISSING
    current = held.expires.get(field) if type(held) is TimedHash else None
    if not allowed(conditions, current, at_ms):
        return _REFUSED
    if ctx.is_past(at_ms):
        remove(held, field)
        db.space.expired_fields += 1
        return _GONE
    db.expire_field_at(key, db.timed(key), field, at_ms)
    return _DONE


def _is_there(ctx: Context, held: dict[bytes, bytes], field: bytes) -> bool:
    """To Redis a field is there until it is removed."""
    if type(held) is TimedHash and hash_words.is_redis(ctx):
        return held.holds(field)
    return field in held


def _told(ctx: Context, key: bytes, *, updated: int, deleted: int) -> None:
    """Tells of fields that got a time, or were deleted because it is past."""
    if not updated and not deleted:
        return
    ctx.db.space.dirty += updated + deleted - 1
    gone = "hdel" if hash_words.is_redis(ctx) else "hexpired"
    ctx.db.settle(key, ctx.db.values[key], gone if deleted else "hexpire")


@hash_expiry.command("HPERSIST key [arg ...]", flags="write fast", since=_FIELDS, arity=-5)
def hpersist(ctx: Context, key: bytes, args: list[bytes]) -> Reply:
    """Remove the existing expiration on a hash key's field(s).

    Reply: for each field 1, -1 if it has no time to live, or -2 if there is no such field.
    """
    held, fields = _held_and_fields(ctx, key, args)
    if held is None:
        return [_MISSING] * len(fields)
    results = [_persist(held, field) for field in fields]
    if changes := results.count(_DONE):
        if not hash_words.is_redis(ctx):
            ctx.db.space.dirty += changes - 1
        ctx.db.touch(key, "hpersist")
    return results


def _persist(held: dict[bytes, bytes], field: bytes) -> int:
    if field not in held:
        return _MISSING
    return _DONE if type(held) is TimedHash and held.persist(field) else _UNTIMED


def _held_and_fields(
    ctx: Context, key: bytes, args: list[bytes], **words: Callable[[], Exception]
) -> tuple[dict[bytes, bytes] | None, list[bytes]]:
    """The hash and the fields that ``FIELDS number field ...`` names; Redis looks at the key first,
    Valkey at the words.
    """
    if hash_words.is_redis(ctx):
        held = ctx.db.get(key, dict)
        return held, hash_words.redis_fields(args)
    fields = hash_words.valkey_fields(args, **words)
    return ctx.db.get(key, dict), fields


@hash_expiry.command("HTTL key [arg ...]", flags="readonly fast", since=_FIELDS, arity=-5)
def httl(ctx: Context, key: bytes, args: list[bytes]) -> Reply:
    """Returns the remaining time to live (in seconds) of a hash key's field(s) that have an
    associated expiration.

    Reply: for each field -1, if it has no time to live, or -2 if there is no such field.  So for
    all four; Redis rounds seconds up, Valkey to the nearest.
    """
    return _times(ctx, key, args, lambda at: _seconds(ctx, at - ctx.now))


@hash_expiry.command("HPTTL key [arg ...]", flags="readonly fast", since=_FIELDS, arity=-5)
def hpttl(ctx: Context, key: bytes, args: list[bytes]) -> Reply:
    """Returns the remaining time to live in milliseconds of a hash key's field(s) that have an
    associated expiration.
    """
    return _times(ctx, key, args, lambda at: at - ctx.now)


@hash_expiry.command("HEXPIRETIME key [arg ...]", flags="readonly fast", since=_FIELDS, arity=-5)
def hexpiretime(ctx: Context, key: bytes, args: list[bytes]) -> Reply:
    """Returns Unix timestamps in seconds since the epoch at which the given key's field(s) will
    expire.
    """
    return _times(ctx, key, args, lambda at: _seconds(ctx, at))


@hash_expiry.command("HPEXPIRETIME key [arg ...]", flags="readonly fast", since=_FIELDS, arity=-5)
def hpexpiretime(ctx: Context, key: bytes, args: list[bytes]) -> Reply:
    """Returns the Unix timestamp in milliseconds since Unix epoch at which the given key's field(s)
    will expire.
    """
    return _times(ctx, key, args, lambda at: at)


def _times(ctx: Context, key: bytes, args: list[bytes], shown: Callable[[int], int]) -> Reply:
    held, fields = _held_and_fields(ctx, key, args, wrong_count=errors.syntax)
    if held is None:
        return [_MISSING] * len(fields)
    times = held.expires if type(held) is TimedHash else {}
    return [
        shown(times[field]) if field in times and field in held else _without_time(held, field)
        for field in fields
    ]


def _without_time(held: dict[bytes, bytes], field: bytes) -> int:
    return _UNTIMED if field in held else _MISSING


def _seconds(ctx: Context, milliseconds: int) -> int:
    return (milliseconds + (999 if hash_words.is_redis(ctx) else 500)) // 1000


@hash_expiry.command(
    "HGETEX key [arg ...]", flags="write fast", since="redis-8.0.0,valkey-9.0.0", arity=-5
)
def hgetex(ctx: Context, key: bytes, args: list[bytes]) -> Reply:
    """Gets the value of one or more fields of a given hash key, and optionally sets their
    expiration time or time-to-live (TTL).

    A time in the past deletes the fields.
    """
    db = ctx.db
    if hash_words.is_redis(ctx):
        held = db.get(key, dict)
        expiry, at, fields = hash_words.redis_getex(ctx, args)
        if held is not None and expiry is not None:
            held = db.timed(key)
    else:
        expiry, fields = hash_words.valkey_getex(args)
        lookups.looked(db, key)
        held = db.get(key, dict)
        persist = expiry is None or expiry.unit == "PERSIST"
        at = None if expiry is None or persist else expiry.at_ms(ctx, "hgetex")
    if held is None:
        return [None] * len(fields)
    lapsed = lapse(ctx, key, held, fields)
    values: list[Reply] = []
    results: list[int] = []
    for field in fields:
        values.append(held.get(field))
        if field in held and at is not None:
            results.append(_give(ctx, key, field, at, set()))
            held = db.values[key]
        elif field in held and expiry is not None:
            results.append(_persist(held, field))
    _told_of_reading(ctx, key, results, lapsed, persisted=at is None)
    return values


def _told_of_reading(
    ctx: Context, key: bytes, results: list[int], lapsed: int, *, persisted: bool
) -> None:
    db = ctx.db
    if lapsed:
        db.touch(key, "hexpired")
    updated, deleted = results.count(_DONE), results.count(_GONE)
    if persisted and updated:
        db.space.dirty += updated - 1
        db.touch(key, "hpersist")
    else:
        _told(ctx, key, updated=updated, deleted=deleted)
    if lapsed:
        remove_if_empty(ctx, key)


@hash_expiry.command(
    "HSETEX key [arg ...]", flags="write denyoom fast", since="redis-8.0.0,valkey-9.0.0", arity=-6
)
def hsetex(ctx: Context, key: bytes, args: list[bytes]) -> Reply:
    """Sets the value of one or more fields of a given hash key, and optionally sets their
    expiration time.

    Reply: 1, or 0 if the condition does not hold for all of them.
    """
    if hash_words.is_redis(ctx):
        return _redis_setex(ctx, key, args)
    return _valkey_setex(ctx, key, args)


def _redis_setex(ctx: Context, key: bytes, args: list[bytes]) -> int:
    db = ctx.db
    words = hash_words.redis_setex(ctx, args)
    held = db.get(key, dict)
    lapsed = 0
    if words.field_condition is not None:
        wanted = words.field_condition == "FXX"
        for field in words.items[::2]:
            if held is not None:
                lapsed += lapse(ctx, key, held, [field])
            if (held is not None and field in held) is not wanted:
                if lapsed:
                    db.touch(key, "hexpired")
                    remove_if_empty(ctx, key)
                return 0
    db.get_or_create(key, dict)
    at = words.at_ms
    if at is not None:
        db.timed(key)
    results = []
    for field, value in zip(words.items[::2], words.items[1::2], strict=True):
        _put(db.values[key], field, value, keep_time=words.keep or at is not None)
        if at is not None:
            results.append(_give(ctx, key, field, at, set()))
    encodings.shrank(db, key, "hash", 0, words.items, ctx.kernel.config.number)
    if lapsed:
        db.touch(key, "hexpired")
    db.space.dirty += len(words.items) // 2 - 1
    db.touch(key, "hset")
    if results:
        db.space.dirty -= len(results)
        _told(ctx, key, updated=results.count(_DONE), deleted=results.count(_GONE))
    return 1


def _valkey_setex(ctx: Context, key: bytes, args: list[bytes]) -> int:
    db = ctx.db
    words = hash_words.valkey_setex(args)
    fields = words.items[::2]
    held = db.get(key, dict)
    if words.key_condition is not None and (held is None) is not (words.key_condition == "NX"):
        return 0
    at = words.expiry.at_ms(ctx, "hsetex") if words.expiry is not None else None
    if words.field_condition is not None:
        wanted = words.field_condition == "FXX"
        if any((held is not None and field in held) is not wanted for field in fields):
            return 0
    held = db.get_or_create(key, dict)
    past = at is not None and ctx.is_past(at)
    if past:
        changes = sum(remove(held, field) for field in fields)
        db.space.expired_fields += len(fields)
    else:
        changes = len(fields)
        if lapse_written(ctx, key, held, fields):
            db.touch(key, "hexpired")
        for field, value in zip(fields, words.items[1::2], strict=True):
            _put(db.values[key], field, value, keep_time=words.keep)
            if at is not None:
                db.expire_field_at(key, db.timed(key), field, at)
    db.space.dirty += changes - 1
    db.touch(key, "hset")
    for event in ("hexpire",) * (at is not None) + ("hexpired",) * past:
        db.notify(key, event)
    remove_if_empty(ctx, key)
    return 1


def _put(held: dict[bytes, bytes], field: bytes, value: bytes, *, keep_time: bool) -> None:
    if keep_time and type(held) is TimedHash:
        held.rewrite(field, value)
    else:
        held[field] = value


@hash_expiry.command(
    "HGETDEL key [arg ...]", flags="write fast", since="redis-8.0.0,valkey-9.1.0", arity=-5
)
def hgetdel(ctx: Context, key: bytes, args: list[bytes]) -> Reply:
    """Returns the values of one or more fields and deletes them from a hash."""
    held, fields = _held_and_fields(ctx, key, args)
    if held is None:
        return [None] * len(fields)
    if lapse(ctx, key, held, fields):
        ctx.db.touch(key, "hexpired")
    values = [held.pop(field, None) for field in fields]
    if deleted := sum(value is not None for value in values):
        ctx.db.space.dirty += deleted - 1
        ctx.db.touch(key, "hdel")
    remove_if_empty(ctx, key)
    return values


def lapse(ctx: Context, key: bytes, held: dict[bytes, bytes], fields: list[bytes]) -> int:
    """Removes those of ``fields`` whose time has come, as Redis does when they are looked at; how
    many there were.  Whoever asks tells of it.
    """
    if ctx.db.space.keeps_expired or not hash_words.is_redis(ctx):
        return 0
    return lapse_written(ctx, key, held, fields)


def lapse_written(ctx: Context, key: bytes, held: dict[bytes, bytes], fields: list[bytes]) -> int:
    """The same in both lines: what is written anew has gone before."""
    if type(held) is not TimedHash:
        return 0
    gone = [field for field in dict.fromkeys(fields) if held.has_expired(field)]
    for field in gone:
        held.discard(field)
    if gone:
        ctx.db.count_expired(key, gone)
    return len(gone)


def remove(held: dict[bytes, bytes], field: bytes) -> bool:
    """Removes a field, whether its time has come or not; whether it was there."""
    if type(held) is TimedHash:
        return held.discard(field) is not None
    return held.pop(field, None) is not None


def remove_if_empty(ctx: Context, key: bytes) -> None:
    """Removes a hash that has no field left."""
    held = ctx.db.values.get(key)
    if held is not None and not held:
        ctx.db.remove(key)
        ctx.db.touch(key, "del")
