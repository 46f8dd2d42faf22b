"""Strings: bytes of any kind, and numbers written as such.

A string is ``bytes`` in the keyspace.  Numbers are parsed when they are needed: integers as 64-bit,
floats as the server's ``long double``.
"""

from __future__ import annotations

from typing import Final

from mock_backend import errors
from mock_backend.commands.expiry import remove_overdue
from mock_backend.kernel import lookups
from mock_backend.kernel.context import Context
from mock_backend.profile import Since
from mock_backend.replies import OK, Pairs, Reply
from mock_backend.schema import types
from mock_backend.schema.command import Table
from mock_backend.store import lcs as subsequence
from mock_backend.store import long_double

strings = Table("string")

_NOT_SET_IN_PAST: Final = Since("valkey-8.0.0")
"""From here on SET with a time in the past sets nothing; elsewhere the key is there and expires."""
_TIME_BEFORE_KEY: Final = Since("valkey-9.0.0")
"""From here on GETEX looks at the time before it looks at the key."""

Condition = tuple[str] | tuple[str, bytes] | None
Expiry = tuple[str, bytes] | tuple[str] | None


@strings.command("GET key", flags="readonly fast", since="1.0.0")
def get(ctx: Context, key: bytes) -> Reply:
    """Returns the string value of a key."""
    return ctx.db.get(key, bytes)


@strings.command(
    "SET key value [condition=NX|XX|IFEQ@valkey-8.1.0 comparison:once] [GET]"
    " [expiry=EX seconds|PX milliseconds|EXAT unix-time-seconds"
    "|PXAT unix-time-milliseconds|KEEPTTL]",
    flags="write denyoom",
    since="1.0.0",
)
def set_(
    ctx: Context, key: bytes, value: bytes, condition: Condition, get: bool, expiry: Expiry
) -> Reply:
    """Sets the string value of a key, ignoring its type. The key is created if it doesn't exist.

    Reply: OK, or nil if the condition did not hold; with GET the old value, or nil.
    """
    db = ctx.db
    if not condition and not get and not expiry:
        db.set(key, value)
        db.touch(key, "set")
        return OK
    at = _expires_at(ctx, expiry, "set")
    if get:
        lookups.looked(db, key)
    old = db.get(key, bytes) if get else None
    if condition and not _holds(ctx, key, condition):
        return old
    if at is not None and ctx.is_past(at) and ctx.kernel.profile.has(_NOT_SET_IN_PAST):
        if db.lookup(key) is not None:
            remove_overdue(ctx, key)
        return old if get else OK
    db.set(key, value, keep_ttl=expiry == ("KEEPTTL",))
    if at is not None:
        db.expire_at(key, at)
    db.touch(key, "set")
    if at is not None:
        db.notify(key, "expire")
    return old if get else OK


def _holds(ctx: Context, key: bytes, condition: tuple[str, ...] | tuple[str, bytes]) -> bool:
    match condition:
        case ("IFEQ", comparison):
            return ctx.db.get(key, bytes) == comparison
        case _:
            return (ctx.db.lookup(key) is not None) is (condition[0] == "XX")


def _expires_at(ctx: Context, expiry: Expiry, name: str) -> int | None:
    """The Unix time in milliseconds that an EX, PX, EXAT or PXAT means (t_string.c,
    getExpireMillisecondsOrReply).
    """
    if expiry is None or len(expiry) == 1:
        return None
    unit, word = expiry
    amount = types.integer(word)
    seconds = unit in {"EX", "EXAT"}
    if amount <= 0 or (seconds and amount > types.INT64_MAX // 1000):
        raise errors.invalid_expire(name)
    milliseconds = amount * 1000 if seconds else amount
    if not unit.endswith("AT"):
        if milliseconds > types.INT64_MAX - ctx.now:
            raise errors.invalid_expire(name)
        milliseconds += ctx.now
    return milliseconds


@strings.command("SETNX key value", flags="write denyoom fast", since="1.0.0")
def setnx(ctx: Context, key: bytes, value: bytes) -> Reply:
    """Set the string value of a key only when the key doesn't exist.

    Reply: 1, or 0 if the key exists.
    """
    if ctx.db.lookup(key) is not None:
        return 0
    ctx.db.set(key, value)
    ctx.db.touch(key, "set")
    return 1


@strings.command("SETEX key seconds value", flags="write denyoom", since="2.0.0")
def setex(ctx: Context, key: bytes, seconds: bytes, value: bytes) -> Reply:
    """Sets the string value and expiration time of a key. Creates the key if it doesn't exist.

    Errors: ERR, unless the time is a positive integer.
    """
    return _set_expiring(ctx, key, value, ("EX", seconds), "setex")


@strings.command("PSETEX key milliseconds value", flags="write denyoom", since="2.6.0")
def psetex(ctx: Context, key: bytes, milliseconds: bytes, value: bytes) -> Reply:
    """Sets both string value and expiration time in milliseconds of a key. The key is created if it
    doesn't exist.

    Errors: ERR, unless the time is a positive integer.
    """
    return _set_expiring(ctx, key, value, ("PX", milliseconds), "psetex")


def _set_expiring(ctx: Context, key: bytes, value: bytes, expiry: Expiry, name: str) -> Reply:
    at = _expires_at(ctx, expiry, name)
    assert at is not None
    ctx.db.set(key, value)
    ctx.db.expire_at(key, at)
    ctx.db.touch(key, "set")
    ctx.db.notify(key, "expire")
    return OK


@strings.command("GETSET key value", flags="write denyoom fast", since="1.0.0")
def getset(ctx: Context, key: bytes, value: bytes) -> Reply:
    """Returns the previous string value of a key after setting it to a new value.

    Reply: the old value, or nil.  Errors: WRONGTYPE, if the key holds no string.
    """
    old = ctx.db.get(key, bytes)
    ctx.db.set(key, value)
    ctx.db.touch(key, "set")
    return old


@strings.command("GETDEL key", flags="write fast", since="6.2.0")
def getdel(ctx: Context, key: bytes) -> Reply:
    """Returns the string value of a key after deleting the key."""
    value = ctx.db.get(key, bytes)
    if value is not None:
        ctx.db.remove(key)
        ctx.db.touch(key, "del")
    return value


@strings.command("DELIFEQ key value", flags="write fast", since="valkey-9.0.0")
def delifeq(ctx: Context, key: bytes, value: bytes) -> Reply:
    """Delete key if value matches string.

    Reply: 1, or 0 if it holds something else or does not exist.
    """
    if ctx.db.get(key, bytes) != value:
        return 0
    ctx.db.remove(key)
    ctx.db.touch(key, "del")
    return 1


@strings.command(
    "GETEX key [expiry=EX seconds|PX milliseconds|EXAT unix-time-seconds"
    "|PXAT unix-time-milliseconds|PERSIST]",
    flags="write fast",
    since="6.2.0",
)
def getex(ctx: Context, key: bytes, expiry: Expiry) -> Reply:
    """Returns the string value of a key after setting its expiration time.

    Reply: the value, or nil.  A time in the past deletes the key.
    """
    db = ctx.db
    if ctx.kernel.profile.has(_TIME_BEFORE_KEY):
        _expires_at(ctx, expiry, "getex")
    value = db.get(key, bytes)
    if value is None:
        return None
    at = _expires_at(ctx, expiry, "getex")
    if at is not None and ctx.is_past(at):
        remove_overdue(ctx, key)
    elif at is not None:
        db.expire_at(key, at)
        db.touch(key, "expire")
    elif expiry == ("PERSIST",) and db.persist(key):
        db.touch(key, "persist")
    return value


@strings.command("MGET key [key ...]", flags="readonly fast", since="1.0.0")
def mget(ctx: Context, keys: list[bytes]) -> Reply:
    """Atomically returns the string values of one or more keys.

    Reply: nil for what does not exist or is no string.
    """
    values = [ctx.db.read(key) for key in keys]
    return [value if isinstance(value, bytes) else None for value in values]


@strings.command("MSET items=key value [key value ...]", flags="write denyoom", since="1.0.1")
def mset(ctx: Context, items: list[bytes]) -> Reply:
    """Atomically creates or modifies the string values of one or more keys."""
    if len(items) % 2:
        raise errors.wrong_arity("mset")
    _set_all(ctx, items)
    return OK


@strings.command("MSETNX items=key value [key value ...]", flags="write denyoom", since="1.0.1")
def msetnx(ctx: Context, items: list[bytes]) -> Reply:
    """Atomically modifies the string values of one or more keys only when all keys don't exist.

    Reply: 1, or 0 if one of the keys exists.
    """
    if len(items) % 2:
        raise errors.wrong_arity("msetnx")
    if any(ctx.db.lookup(key) is not None for key in items[::2]):
        return 0
    _set_all(ctx, items)
    return 1


def _set_all(ctx: Context, items: list[bytes]) -> None:
    for key, value in zip(items[::2], items[1::2], strict=True):
        ctx.db.set(key, value)
        ctx.db.touch(key, "set")


@strings.command("STRLEN key", flags="readonly fast", since="2.2.0")
def strlen(ctx: Context, key: bytes) -> Reply:
    """Returns the length of a string value."""
    return len(ctx.db.get(key, bytes) or b"")


@strings.command("APPEND key value", flags="write denyoom fast", since="2.0.0")
def append(ctx: Context, key: bytes, value: bytes) -> Reply:
    """Appends a string to the value of a key. Creates the key if it doesn't exist.

    Reply: the new length.  Errors: ERR beyond 512 MB.
    """
    old = ctx.db.get(key, bytes)
    joined = value if old is None else old + value
    if len(joined) > ctx.kernel.longest_string:
        raise errors.string_too_long()
    ctx.db.set(key, joined, keep_ttl=True)
    if old is not None:
        ctx.db.keep_as(key, b"raw")
    ctx.db.touch(key, "append")
    return len(joined)


@strings.command("GETRANGE key start end", flags="readonly", since="2.4.0")
def getrange(ctx: Context, key: bytes, start: bytes, end: bytes) -> Reply:
    """Returns a substring of the string stored at a key."""
    return _substring(ctx, key, start, end)


@strings.command("SUBSTR key start end", flags="readonly", since="1.0.0")
def substr(ctx: Context, key: bytes, start: bytes, end: bytes) -> Reply:
    """Returns a substring from a string value."""
    return _substring(ctx, key, start, end)


def _substring(ctx: Context, key: bytes, start_word: bytes, end_word: bytes) -> bytes:
    start, end = types.integer(start_word), types.integer(end_word)
    value = ctx.db.get(key, bytes) or b""
    if start < 0 and end < 0 and start > end:
        return b""
    start = max(0, start + len(value) if start < 0 else start)
    end = max(0, end + len(value) if end < 0 else end)
    return value[start : end + 1]


@strings.command("SETRANGE key offset:int value", flags="write denyoom", since="2.2.0")
def setrange(ctx: Context, key: bytes, offset: int, value: bytes) -> Reply:
    """Overwrites a part of a string value with another by an offset. Creates the key if it doesn't
    exist.

    Reply: the new length; a gap is filled with zeros.  Errors: ERR beyond 512 MB.
    """
    if offset < 0:
        raise errors.offset_out_of_range()
    old = ctx.db.get(key, bytes)
    if not value:
        return len(old or b"")
    if offset + len(value) > ctx.kernel.longest_string:
        raise errors.string_too_long()
    padded = (old or b"").ljust(offset, b"\0")
    joined = padded[:offset] + value + padded[offset + len(value) :]
    ctx.db.set(key, joined, keep_ttl=True)
    ctx.db.keep_as(key, b"raw")
    ctx.db.touch(key, "setrange")
    return len(joined)


@strings.command("INCR key", flags="write denyoom fast", since="1.0.0")
def incr(ctx: Context, key: bytes) -> Reply:
    """Increments the integer value of a key by one. Uses 0 as initial value if the key doesn't
    exist.

    Errors: ERR, if the value is no 64-bit integer, or none afterwards; so for all four.
    """
    return _add(ctx, key, 1)


@strings.command("DECR key", flags="write denyoom fast", since="1.0.0")
def decr(ctx: Context, key: bytes) -> Reply:
    """Decrements the integer value of a key by one. Uses 0 as initial value if the key doesn't
    exist.
    """
    return _add(ctx, key, -1)


@strings.command("INCRBY key increment:int", flags="write denyoom fast", since="1.0.0")
def incrby(ctx: Context, key: bytes, increment: int) -> Reply:
    """Increments the integer value of a key by a number. Uses 0 as initial value if the key doesn't
    exist.
    """
    return _add(ctx, key, increment)


@strings.command("DECRBY key decrement:int", flags="write denyoom fast", since="1.0.0")
def decrby(ctx: Context, key: bytes, decrement: int) -> Reply:
    """Decrements a number from the integer value of a key. Uses 0 as initial value if the key
    doesn't exist.
    """
    if decrement == types.INT64_MIN:
        raise errors.err("decrement would overflow")
    return _add(ctx, key, -decrement)


def _add(ctx: Context, key: bytes, amount: int) -> int:
    db = ctx.db
    old = db.get(key, bytes)
    value = amount if old is None else types.integer(old) + amount
    if not types.INT64_MIN <= value <= types.INT64_MAX:
        raise errors.increment_overflow()
    db.set(key, b"%d" % value, keep_ttl=True)
    db.touch(key, "incrby")
    return value


@strings.command("INCRBYFLOAT key increment", flags="write denyoom fast", since="2.6.0")
def incrbyfloat(ctx: Context, key: bytes, increment: bytes) -> Reply:
    """Increment the floating point value of a key by a number. Uses 0 as initial value if the key
    doesn't exist.

    Reply: the new value as a bulk string, computed as a ``long double`` (store/long_double.py).
    """
    old = ctx.db.get(key, bytes)
    terms = [old if old is not None else b"0", increment]
    first, second = map(long_double.read, terms)
    if first is None or second is None:
        if all(long_double.infinite(term) or long_double.read(term) is not None for term in terms):
            raise errors.nan_or_infinity()
        raise errors.not_a_float()
    total = long_double.total(first, second)
    if total is None:
        raise errors.nan_or_infinity()
    value = long_double.show(total)
    ctx.db.set(key, value, keep_ttl=True)
    ctx.db.keep_as(key, b"embstr")
    ctx.db.touch(key, "incrbyfloat")
    return value


@strings.command(
    "LCS key1:key key2:key [arg ...]",  # [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]
    flags="readonly",
    since="7.0.0",
)
def lcs(ctx: Context, key1: bytes, key2: bytes, args: list[bytes]) -> Reply:
    """Finds the longest common substring.

    What the keys hold is looked at before the options.
    """
    first, second = ctx.db.read(key1), ctx.db.read(key2)
    if not all(value is None or isinstance(value, bytes) for value in (first, second)):
        raise errors.err("The specified keys must contain string values")
    options, shortest = _lcs_options(args)
    if {b"LEN", b"IDX"} <= options:
        raise errors.err("If you want both the length and indexes, please just use IDX.")
    matching = subsequence.longest(first or b"", second or b"")
    if b"LEN" in options:
        return matching.length
    if b"IDX" not in options:
        return matching.text
    withmatchlen = b"WITHMATCHLEN" in options
    ranges: list[Reply] = []
    for run in matching.runs:
        if run.length >= max(1, shortest):
            entry: list[Reply] = [
                [run.first, run.first + run.length - 1],
                [run.second, run.second + run.length - 1],
            ]
            ranges.append([*entry, run.length] if withmatchlen else entry)
    return Pairs([(b"matches", ranges), (b"len", matching.length)])


def _lcs_options(args: list[bytes]) -> tuple[set[bytes], int]:
    """The options without a value, and MINMATCHLEN."""
    options, shortest = set[bytes](), 0
    words = iter(args)
    for word in words:
        option = word.upper()
        if option in {b"LEN", b"IDX", b"WITHMATCHLEN"}:
            options.add(option)
        elif option == b"MINMATCHLEN" and (number := next(words, None)) is not None:
            shortest = max(0, types.integer(number))
        else:
            raise errors.syntax()
    return options, shortest
