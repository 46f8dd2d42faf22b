"""DEBUG: the subcommands that test suites use; the others are unknown here."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from mock_backend import errors
from mock_backend.kernel import protection
from mock_backend.kernel.context import Context
from mock_backend.replies import (
    OK,
    BigNumber,
    Many,
    Members,
    Pairs,
    Push,
    Reply,
    ReplyError,
    Simple,
    Verbatim,
)
from mock_backend.schema import types
from mock_backend.schema.command import Table
from mock_backend.store import encodings, sizes
from mock_backend.store.rdb.form import Corrupt
from mock_backend.store.zset import ZSet

debugging = Table("server", "")

_PROTOCOL: Final[dict[bytes, Callable[[], Reply]]] = {
    b"string": lambda: b"Hello World",
    b"integer": lambda: 12345,
    b"double": lambda: 3.141,
    b"bignum": lambda: BigNumber(b"1234567999999999999999999999999999999"),
    b"null": lambda: None,
    b"array": lambda: [0, 1, 2],
    b"set": lambda: Members([0, 1, 2]),
    b"map": lambda: Pairs([(0, False), (1, True), (2, False)]),
    # an attribute is only ever read and thrown away: the reply stands here without it
    b"attrib": lambda: b"Some real reply following the attribute",
    b"verbatim": lambda: Verbatim(b"This is a verbatim\nstring"),
    b"true": lambda: True,
    b"false": lambda: False,
}


@debugging.command(
    "DEBUG subcommand [arg ...]", flags="admin noscript loading stale", since="1.0.0"
)
def debug(ctx: Context, subcommand: bytes, args: list[bytes]) -> Reply:
    """A container for debugging commands."""
    protection.check(ctx, "debug")
    count = len(args)
    match subcommand.upper():
        case b"SLEEP" if count == 1:
            ctx.kernel.clock.sleep(_seconds(args[0]))
            return OK
        case b"OBJECT" if count in {1, 2}:
            return _object(ctx, args[0])
        case b"SET-ACTIVE-EXPIRE" if count == 1:
            ctx.kernel.active_expire = args[0] != b"0"
            return OK
        case b"ERROR" if count == 1:
            code, _, text = args[0].decode("utf-8", "surrogateescape").partition(" ")
            return ReplyError(code, text)
        case b"PROTOCOL" if count == 1:
            return _protocol(ctx, args[0])
        case b"POPULATE" if 1 <= count <= 3:
            return _populate(ctx, args)
        case b"DIGEST" if not count:
            return Simple(_digest(ctx).encode())
        case b"DIGEST-VALUE":
            return [_digest_value(ctx, key) for key in args]
        case b"CHANGE-REPL-ID" if not count:
            ctx.kernel.replication.change_id()
            return OK
        case b"RELOAD":
            return _reload(ctx, args)
        case b"LOADAOF" if not count:
            return _reload(ctx, ())
        case b"SET-SKIP-CHECKSUM-VALIDATION" if count == 1:
            ctx.kernel.persistence.checked = args[0] == b"0"
            return OK
        case b"PAUSE-CRON" | b"LOG" | b"REPLICATE":
            return OK  # there is nothing to log to or to replicate to
        case b"QUICKLIST-PACKED-THRESHOLD" if count == 1:
            return OK  # encodings are told, not made
        case b"DICT-RESIZING" | b"REPLYBUFFER" if count:
            return OK
    raise errors.wrong_subcommand_arity(subcommand, "DEBUG")


def _reload(ctx: Context, args: Sequence[bytes]) -> Reply:
    """``[MERGE] [NOFLUSH] [NOSAVE]``: the data go through the bytes of an image."""
    words = {word.upper() for word in args}
    if words - {b"MERGE", b"NOFLUSH", b"NOSAVE"}:
        raise errors.err("DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.")
    try:
        ctx.kernel.persistence.reload(
            saving=b"NOSAVE" not in words,
            flushing=b"NOFLUSH" not in words,
            merging=b"MERGE" in words,
        )
    except OSError:
        raise errors.err("") from None
    except Corrupt:
        raise errors.err("Error trying to load the RDB dump, check server logs.").before(
            "7.2.0", errors.err("Error trying to load the RDB dump")
        ) from None
    return OK


def _seconds(word: bytes) -> float:
    """As ``strtod`` reads it: what is no number is 0."""
    try:
        return max(0.0, types.floating(word))
    except ReplyError:
        return 0.0


def _protocol(ctx: Context, word: bytes) -> Reply:
    if word.lower() == b"push":
        if ctx.protocol == 2:
            raise errors.err("RESP2 is not supported by this command")
        message = Push([b"server-cpu-usage", 42])
        return Many([message, b"Some real reply following the push reply"])
    make = _PROTOCOL.get(word.lower())
    if make is None:
        raise errors.err(
            "Wrong protocol type name. Please use one of the following:"
            " string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"
        )
    return make()


def _object(ctx: Context, key: bytes) -> Reply:
    value = ctx.db.lookup(key)
    if value is None:
        raise errors.no_such_key()
    encoding = encodings.encoding(value, ctx.kernel.config.number).decode()
    accessed = ctx.db.accessed.get(key, ctx.now)
    idle = max(0, ctx.now - accessed) // 1000
    lru = accessed // 1000 & 0xFFFFFF
    return Simple(
        f"Value at:0x{id(value):012x} refcount:1 encoding:{encoding}"
        f" serializedlength:{sizes.of_value(value)} lru:{lru} lru_seconds_idle:{idle}"
        # debug.c reads the same bits both ways, whatever the policy
        f" lfu_freq:0 lfu_access_time_minutes:{lru >> 8}".encode()
    )


def _populate(ctx: Context, args: list[bytes]) -> Reply:
    """``count [prefix] [size]``: strings ``prefix:0`` and so on, where there is no such key yet."""
    count = types.positive(args[0])
    prefix = args[1] if len(args) > 1 else b"key"
    size = types.positive(args[2]) if len(args) > 2 else 0
    for number in range(count):
        key = b"%b:%d" % (prefix, number)
        if ctx.db.lookup(key) is None:
            value = b"value:%d" % number
            ctx.db.set(key, value.ljust(size, b"\0")[:size] if size else value)
            ctx.db.touch(key, "set")
    return OK


def _digest(ctx: Context) -> str:
    total = 0
    for database in ctx.kernel.space.databases:
        for key in list(database.keys()):
            total ^= _hash(b"%d" % database.number, key, _flat(database.values[key]))
    return f"{total:040x}"


def _digest_value(ctx: Context, key: bytes) -> Reply:
    value = ctx.db.lookup(key)
    return Simple(f"{0 if value is None else _hash(_flat(value)):040x}".encode())


def _hash(*parts: bytes) -> int:
    digest = hashlib.sha1(usedforsecurity=False)
    for part in parts:
        digest.update(b"%d:" % len(part) + part)
    return int(digest.hexdigest(), 16)


def _flat(value: Any) -> bytes:
    """The value as bytes, the same for equal values."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, deque):
        return repr(list(value)).encode()
    if isinstance(value, dict):
        return repr(sorted(value.items())).encode()
    if isinstance(value, (set, frozenset)):
        return repr(sorted(value)).encode()
    if isinstance(value, ZSet):
        return repr(sorted(value.scores.items())).encode()
    return repr(value).encode()
