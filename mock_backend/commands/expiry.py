"""Times to live: giving them to keys, asking for them, taking them away.

A key expires at a Unix time in milliseconds; one that is given a time in the past is deleted at
once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mock_backend import errors
from mock_backend.kernel.context import Context
from mock_backend.profile import Since
from mock_backend.replies import Reply
from mock_backend.schema import types
from mock_backend.schema.command import Table

expiry = Table("generic", "keyspace")

_EXPIRES_AT_ONCE: Final = Since("valkey-8.1.0")
"""From here on a key that is given a time in the past expires; before, it is deleted."""
_CONDITIONS = {b"nx": "NX", b"xx": "XX", b"gt": "GT", b"lt": "LT"}


@expiry.command("EXPIRE key seconds [arg ...]", flags="write fast", since="1.0.0")
def expire(ctx: Context, key: bytes, seconds: bytes, args: list[bytes]) -> Reply:
    """Sets the expiration time of a key in seconds.

    Reply: 1, or 0 if there is no such key or a condition (NX, XX, GT, LT) does not hold; a time
    in the past deletes the key.  So for all four.
    """
    return _expire(ctx, key, seconds, args, "expire", unit_ms=1000, since_ms=ctx.now)


@expiry.command("PEXPIRE key milliseconds [arg ...]", flags="write fast", since="2.6.0")
def pexpire(ctx: Context, key: bytes, milliseconds: bytes, args: list[bytes]) -> Reply:
    """Sets the expiration time of a key in milliseconds."""
    return _expire(ctx, key, milliseconds, args, "pexpire", unit_ms=1, since_ms=ctx.now)


@expiry.command("EXPIREAT key unix-time-seconds [arg ...]", flags="write fast", since="1.2.0")
def expireat(ctx: Context, key: bytes, unix_time_seconds: bytes, args: list[bytes]) -> Reply:
    """Sets the expiration time of a key to a Unix timestamp."""
    return _expire(ctx, key, unix_time_seconds, args, "expireat", unit_ms=1000, since_ms=0)


@expiry.command("PEXPIREAT key unix-time-milliseconds [arg ...]", flags="write fast", since="2.6.0")
def pexpireat(ctx: Context, key: bytes, unix_time_milliseconds: bytes, args: list[bytes]) -> Reply:
    """Sets the expiration time of a key to a Unix milliseconds timestamp."""
    return _expire(ctx, key, unix_time_milliseconds, args, "pexpireat", unit_ms=1, since_ms=0)


def _expire(
    ctx: Context,
    key: bytes,
    word: bytes,
    args: list[bytes],
    name: str,
    *,
    unit_ms: int,
    since_ms: int,
) -> int:
    """Expires ``key`` that many units behind ``since_ms``, if the conditions hold; 1 or 0
    (expire.c, expireGenericCommand).
    """
    conditions = read_conditions(args) if args else ()
    at = types.integer(word) * unit_ms
    if not types.INT64_MIN <= at <= types.INT64_MAX - since_ms:
        raise errors.invalid_expire(name)
    at += since_ms
    db = ctx.db
    if db.lookup(key) is None or not allowed(conditions, db.expiry_ms(key), at):
        return 0
    if ctx.is_past(at):
        remove_overdue(ctx, key)
    else:
        db.expire_at(key, at)
        db.touch(key, "expire")
    return 1


def remove_overdue(ctx: Context, key: bytes) -> None:
    """Removes a key that is given a time in the past."""
    ctx.db.remove(key)
    if ctx.kernel.profile.has(_EXPIRES_AT_ONCE):
        ctx.db.space.expired += 1
        ctx.db.touch(key, "expired")
    else:
        ctx.db.touch(key, "del")


def read_conditions(args: list[bytes]) -> set[str]:
    """NX, XX, GT and LT, as far as they go together (expire.c,
    parseExtendedExpireArgumentsOrReply).
    """
    found = set[str]()
    for word in args:
        condition = _CONDITIONS.get(word.lower())
        if condition is None:
            raise errors.unsupported_option(word)
        found.add(condition)
    if "NX" in found and len(found) > 1:
        raise errors.err("NX and XX, GT or LT options at the same time are not compatible")
    if {"GT", "LT"} <= found:
        raise errors.err("GT and LT options at the same time are not compatible")
    return found


def allowed(conditions: Sequence[str] | set[str], current: int | None, at: int) -> bool:
    """Whether a key that expires at ``current`` (``None``: never) may expire at ``at`` instead."""
    for condition in conditions:
        match condition:
            case "NX" if current is not None:
                return False
            case "XX" if current is None:
                return False
            case "GT" if current is None or at <= current:
                return False
            case "LT" if current is not None and at >= current:
                return False
    return True


@expiry.command("PERSIST key", flags="write fast", since="2.2.0")
def persist(ctx: Context, key: bytes) -> Reply:
    """Removes the expiration time of a key.

    Reply: 1, or 0 if there was no time to take away.
    """
    if ctx.db.lookup(key) is None or not ctx.db.persist(key):
        return 0
    ctx.db.touch(key, "persist")
    return 1


@expiry.command("TTL key", flags="readonly fast", since="1.0.0")
def ttl(ctx: Context, key: bytes) -> Reply:
    """Returns the expiration time in seconds of a key.

    Reply: rounded to the nearest second; -1: never, -2: there is no such key.
    """
    at = _expiry(ctx, key)
    return at if at < 0 else (max(at - ctx.now, 0) + 500) // 1000


@expiry.command("PTTL key", flags="readonly fast", since="2.6.0")
def pttl(ctx: Context, key: bytes) -> Reply:
    """Returns the expiration time in milliseconds of a key.

    Reply: -1: never, -2: there is no such key.
    """
    at = _expiry(ctx, key)
    return at if at < 0 else max(at - ctx.now, 0)


@expiry.command("EXPIRETIME key", flags="readonly fast", since="7.0.0")
def expiretime(ctx: Context, key: bytes) -> Reply:
    """Returns the expiration time of a key as a Unix timestamp.

    Reply: in seconds; -1: never, -2: there is no such key.
    """
    at = _expiry(ctx, key)
    return at if at < 0 else (at + 500) // 1000


@expiry.command("PEXPIRETIME key", flags="readonly fast", since="7.0.0")
def pexpiretime(ctx: Context, key: bytes) -> Reply:
    """Returns the expiration time of a key as a Unix milliseconds timestamp.

    Reply: -1: never, -2: there is no such key.
    """
    return _expiry(ctx, key)


def _expiry(ctx: Context, key: bytes) -> int:
    """When ``key`` expires; -1: never, -2: there is no such key."""
    if ctx.db.lookup(key) is None:
        return -2
    at = ctx.db.expiry_ms(key)
    return -1 if at is None else at
