"""Hashes: fields and their values under one key.

A hash is a ``dict`` in the keyspace, and an ``IndexedDict`` once a large one has been scanned or
drawn from at random.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from itertools import chain
from typing import Final, TypeAlias

from mock_backend import errors
from mock_backend.commands import hash_words, scanning
from mock_backend.commands.drawing import overflows
from mock_backend.commands.hash_expiry import lapse, lapse_written
from mock_backend.kernel.context import Context
from mock_backend.replies import OK, Pairs, Reply, ReplyError
from mock_backend.schema import types
from mock_backend.schema.command import Table
from mock_backend.store import encodings, long_double
from mock_backend.store.indexed import IndexedDict, drawn
from mock_backend.store.timed_hash import TimedHash

hashes = Table("hash")

Fields: TypeAlias = "dict[bytes, bytes]"

_INFINITY: Final = re.compile(rb"[+-]?inf(inity)?\Z", re.IGNORECASE).match
_LONG: Final = 64
"""A word of at most so many bytes can stand in a listpack, unless that is configured otherwise."""
_SMALL: Final = 64
"""Up to here a random draw copies the fields; larger hashes are promoted."""


@hashes.command(
    "HSET key items=field value [field value ...]", flags="write denyoom fast", since="2.0.0"
)
def hset(ctx: Context, key: bytes, items: list[bytes]) -> Reply:
    """Creates or modifies the value of a field in a hash.

    Reply: how many fields are new.
    """
    return _set(ctx, key, items, "hset")


@hashes.command(
    "HMSET key items=field value [field value ...]", flags="write denyoom fast", since="2.0.0"
)
def hmset(ctx: Context, key: bytes, items: list[bytes]) -> Reply:
    """Sets the values of multiple fields."""
    _set(ctx, key, items, "hmset")
    return OK


def _set(ctx: Context, key: bytes, items: list[bytes], name: str) -> int:
    if len(items) % 2:
        raise errors.wrong_arity(name)
    fields: Fields = ctx.db.get_or_create(key, dict)
    if type(fields) is TimedHash and not hash_words.is_redis(ctx):
        _overwrite(ctx, key, fields, items[::2])
    before = len(fields)
    if len(items) == 2:
        fields[items[0]] = items[1]
        is_long = len(items[1]) > _LONG
    else:
        is_long = False
        words = iter(items)
        for field, value in zip(words, words):
            fields[field] = value
            if len(value) > _LONG:
                is_long = True
    if is_long:
        _shrank(ctx, key, 0, items)  # it may be overwritten, and is remembered now
    ctx.db.touch(key, "hset", len(items) // 2)
    return len(fields) - before


@hashes.command("HSETNX key field value", flags="write denyoom fast", since="2.0.0")
def hsetnx(ctx: Context, key: bytes, field: bytes, value: bytes) -> Reply:
    """Sets the value of a field in a hash only when the field doesn't exist.

    Reply: 1, or 0 if the field exists.
    """
    fields: Fields = ctx.db.get_or_create(key, dict)
    if field in fields:
        return 0
    if type(fields) is TimedHash and _overwrite(ctx, key, fields, [field]):
        fields = ctx.db.get_or_create(key, dict)
    fields[field] = value
    if len(value) > _LONG:
        _shrank(ctx, key, 0, [value])
    ctx.db.touch(key, "hset")
    return 1


@hashes.command("HDEL key field [field ...]", flags="write fast", since="2.0.0")
def hdel(ctx: Context, key: bytes, fields: list[bytes]) -> Reply:
    """Deletes one or more fields and their values from a hash. Deletes the hash if no fields
    remain.

    Reply: how many there were.
    """
    held = ctx.db.get(key, dict)
    if held is None:
        return 0
    before = len(held)
    gone: list[bytes]
    if type(held) is TimedHash and hash_words.is_redis(ctx):
        gone = [held.discard(field) or b"" for field in fields]
    else:
        gone = [held.pop(field, b"") for field in fields]
    removed = before - len(held)
    if removed:
        _shrank(ctx, key, before, chain(fields, gone))
        ctx.db.settle(key, held, "hdel", removed)
    return removed


def _shrank(ctx: Context, key: bytes, before: int, removed: Iterable[bytes]) -> None:
    encodings.shrank(ctx.db, key, "hash", before, removed, ctx.kernel.config.number)


@hashes.command("HINCRBY key field increment:int", flags="write denyoom fast", since="2.0.0")
def hincrby(ctx: Context, key: bytes, field: bytes, increment: int) -> Reply:
    """Increments the integer value of a field in a hash by a number. Uses 0 as initial value if
    the field doesn't exist.

    Errors: ERR, if the field holds no 64-bit integer, or would not afterwards.
    """
    held: Fields = ctx.db.get(key, dict) or {}
    try:
        value = types.integer(held.get(field, b"0")) + increment
    except ReplyError:
        raise errors.hash_not_an_integer() from None
    if not types.INT64_MIN <= value <= types.INT64_MAX:
        raise errors.increment_overflow()
    _rewrite(ctx, key, field, b"%d" % value)
    ctx.db.touch(key, "hincrby")
    return value


@hashes.command("HINCRBYFLOAT key field increment", flags="write denyoom fast", since="2.6.0")
def hincrbyfloat(ctx: Context, key: bytes, field: bytes, increment: bytes) -> Reply:
    """Increments the floating point value of a field by a number. Uses 0 as initial value if the
    field doesn't exist.

    Reply: the new value as a bulk string, computed as a ``long double`` (store/long_double.py).
    """
    amount = long_double.read(increment)
    if amount is None:
        raise errors.infinite() if _INFINITY(increment) else errors.not_a_float()
    held: Fields = ctx.db.get(key, dict) or {}
    total = _sum(held.get(field, b"0"), amount)
    if total is None:
        raise errors.nan_or_infinity()
    value = long_double.show(total)
    _rewrite(ctx, key, field, value)
    if len(value) > _LONG:
        _shrank(ctx, key, 0, [value])
    ctx.db.touch(key, "hincrbyfloat")
    return value


def _rewrite(ctx: Context, key: bytes, field: bytes, value: bytes) -> None:
    """Sets a field that keeps its time to live."""
    fields: Fields = ctx.db.get_or_create(key, dict)
    if type(fields) is not TimedHash:
        fields[field] = value
    elif _overwrite(ctx, key, fields, [field]):
        ctx.db.get_or_create(key, dict)[field] = value
    else:
        fields.rewrite(field, value)


def _overwrite(ctx: Context, key: bytes, held: TimedHash, fields: list[bytes]) -> int:
    """Lets go of those of ``fields`` whose time has come; how many there were.

    To Redis they are removed before they are written, and the hash with the last of them.
    """
    if removed := lapse_written(ctx, key, held, fields):
        if hash_words.is_redis(ctx):
            ctx.db.settle(key, held, "hexpired")
        else:
            ctx.db.touch(key, "hexpired")
    return removed


def _look(ctx: Context, key: bytes, held: TimedHash, fields: list[bytes]) -> None:
    """Redis removes what is looked at when its time has come."""
    if lapse(ctx, key, held, fields):
        ctx.db.settle(key, held, "hexpired")


def _sum(old: bytes, amount: Fraction) -> Fraction | None:
    """``None`` if it cannot be kept.  Errors: ``hash value is not a float``."""
    value = long_double.read(old)
    if value is None:
        if _INFINITY(old):
            return None
        raise errors.hash_not_a_float()
    return long_double.total(value, amount)


@hashes.command("HGET key field", flags="readonly fast", since="2.0.0")
def hget(ctx: Context, key: bytes, field: bytes) -> Reply:
    """Returns the value of a field in a hash."""
    held = ctx.db.get(key, dict)
    if held is None:
        return None
    value = held.get(field)
    if value is None and type(held) is TimedHash:
        _look(ctx, key, held, [field])
    return value


@hashes.command("HMGET key field [field ...]", flags="readonly fast", since="2.0.0")
def hmget(ctx: Context, key: bytes, fields: list[bytes]) -> Reply:
    """Returns the values of all fields in a hash."""
    held: Fields = ctx.db.get(key, dict) or {}
    values = list(map(held.get, fields))
    if type(held) is TimedHash:
        _look(ctx, key, held, fields)
    return values


@hashes.command("HGETALL key", flags="readonly", since="2.0.0")
def hgetall(ctx: Context, key: bytes) -> Reply:
    """Returns all fields and values in a hash."""
    return Pairs((ctx.db.get(key, dict) or {}).items())


@hashes.command("HKEYS key", flags="readonly", since="2.0.0")
def hkeys(ctx: Context, key: bytes) -> Reply:
    """Returns all fields in a hash."""
    return list(ctx.db.get(key, dict) or ())


@hashes.command("HVALS key", flags="readonly", since="2.0.0")
def hvals(ctx: Context, key: bytes) -> Reply:
    """Returns all values in a hash."""
    return list((ctx.db.get(key, dict) or {}).values())


@hashes.command("HLEN key", flags="readonly fast", since="2.0.0")
def hlen(ctx: Context, key: bytes) -> Reply:
    """Returns the number of fields in a hash."""
    return len(ctx.db.get(key, dict) or ())


@hashes.command("HEXISTS key field", flags="readonly fast", since="2.0.0")
def hexists(ctx: Context, key: bytes, field: bytes) -> Reply:
    """Determines whether a field exists in a hash."""
    held: Fields = ctx.db.get(key, dict) or {}
    if field in held:
        return 1
    if type(held) is TimedHash:
        _look(ctx, key, held, [field])
    return 0


@hashes.command("HSTRLEN key field", flags="readonly fast", since="3.2.0")
def hstrlen(ctx: Context, key: bytes, field: bytes) -> Reply:
    """Returns the length of the value of a field."""
    held: Fields = ctx.db.get(key, dict) or {}
    length = len(held.get(field, b""))
    if not length and type(held) is TimedHash:
        _look(ctx, key, held, [field])
    return length


@hashes.command(
    "HRANDFIELD key [arg ...]",  # [count [WITHVALUES]]
    flags="readonly",
    since="6.2.0",
)
def hrandfield(ctx: Context, key: bytes, args: list[bytes]) -> Reply:
    """Returns one or more random fields from a hash.

    Reply: one field, or an array: of different fields, or with a count below zero of any.
    """
    count = types.ranged(args[0], -types.INT64_MAX, types.INT64_MAX) if args else None
    if args[1:] and (len(args) > 2 or args[1].lower() != b"withvalues"):
        raise errors.syntax()
    if args[1:] and count is not None and abs(count) > types.INT64_MAX // 2:
        raise errors.out_of_range()
    fields: Fields | None = ctx.db.get(key, dict)
    if type(fields) is TimedHash:
        if hash_words.is_redis(ctx):
            ctx.db.expire_fields(key)
        fields = dict(fields) or None
    if count is None:
        return None if fields is None else drawn(_drawable(ctx, key, fields), 1)[0]
    if fields is None or not count:
        return []
    if count < 0:
        if overflows(ctx, count, fields):
            return []
        chosen = drawn(_drawable(ctx, key, fields), count)
    elif count >= len(fields):
        chosen = list(fields)
    else:
        chosen = drawn(_drawable(ctx, key, fields), count)
    if not args[1:]:
        return chosen
    pairs = [(field, fields[field]) for field in chosen]
    return pairs if ctx.protocol == 3 else [word for pair in pairs for word in pair]


@hashes.command(
    "HSCAN key cursor [arg ...]",  # [MATCH pattern] [COUNT count] [NOVALUES]
    flags="readonly",
    since="2.8.0",
)
def hscan(ctx: Context, key: bytes, cursor: bytes, args: list[bytes]) -> Reply:
    """Iterates over fields and values of a hash."""
    place = scanning.cursor(cursor, ctx.kernel.profile)
    fields: Fields | None = ctx.db.get(key, dict)
    if fields is None:
        return scanning.reply(0, [])
    options = scanning.options(args, of="hash", profile=ctx.kernel.profile)
    if type(fields) is TimedHash:
        compact = fields.packed and _is_listpack(ctx, fields)
    else:
        compact = not isinstance(fields, IndexedDict) and _is_listpack(ctx, fields)
    if not compact:
        following, found = _indexed(ctx, key, fields).scan(place, options.count)
    else:
        following, found = 0, list(fields)
    if type(fields) is TimedHash:
        found = [field for field in found if field in fields]
    found = options.chosen(found)
    if options.values:
        found = [word for field in found for word in (field, fields[field])]
    return scanning.reply(following, found)


def _is_listpack(ctx: Context, fields: Fields) -> bool:
    return encodings.encoding(fields, ctx.kernel.config.number) != b"hashtable"


def _drawable(ctx: Context, key: bytes, fields: Fields) -> Fields:
    """What is drawn from at random: large ones are indexed for it, but for copies."""
    if len(fields) <= _SMALL or ctx.db.values.get(key) is not fields:
        return fields
    return _indexed(ctx, key, fields)


def _indexed(ctx: Context, key: bytes, fields: Fields) -> IndexedDict[bytes, bytes]:
    if isinstance(fields, IndexedDict):
        return fields
    return ctx.db.exchange(key, IndexedDict(fields))
