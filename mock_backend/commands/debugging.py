"""DEBUG: the subcommands that test suites use; the others are unknown here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from mock_backend import errors
from mock_backend.commands import debugging_server
from mock_backend.commands import debugging_values as values
from mock_backend.kernel import protection
from mock_backend.kernel.context import Context
from mock_backend.profile import Since
from mock_backend.replies import (
    OK,
    BigNumber,
    Many,
    Members,
    Pairs,
    Push,
    Raw,
    Reply,
    ReplyError,
    Simple,
    Verbatim,
)
from mock_backend.schema import types
from mock_backend.schema.command import Table
from mock_backend.store.rdb.form import Corrupt

debugging = Table("server", "")

_DICT_RESIZING: Final = Since("7.2.0")
_STRUCTURES: Final = (
    b"bits:64 robj:16 dictentry:24 sdshdr5:1 sdshdr8:3 sdshdr16:5 sdshdr32:9 sdshdr64:17 "
)

_PROTOCOL: Final[dict[bytes, Callable[[], Reply]]] = {
    b"string": lambda: b"Hello World",
    b"integer": lambda: 12345,
    b"double": lambda: 3.141,
    b"bignum": lambda: BigNumber(b"1234567999999999999999999999999999999"),
    b"null": lambda: None,
    b"array": lambda: [0, 1, 2],
    b"set": lambda: Members([0, 1, 2]),
    b"map": lambda: Pairs([(0, False), (1, True), (2, False)]),
    b"verbatim": lambda: Verbatim(b"This is a verbatim\nstring"),
    b"true": lambda: True,
    b"false": lambda: False,
}


_ATTRIBUTE: Final = b"|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n"
"""No command but this one has any, so that replies have no type for it."""


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
            fast = count == 2 and args[1].lower() == b"fast"
            return values.describe(ctx, args[0], fast=fast)
        case b"SDSLEN" if count == 1:
            return values.string(ctx, args[0])
        case b"LISTPACK" if count == 1:
            return values.structure(ctx, args[0], "listpack")
        case b"QUICKLIST" if count in {1, 2}:
            return values.structure(ctx, args[0], "quicklist")
        case b"HTSTATS" if count:
            return values.hash_tables(ctx, args[0])
        case b"HTSTATS-KEY" if count:
            return values.hash_table(ctx, args[0])
        case b"STRINGMATCH-TEST" if not count:
            return Simple(b"Apparently the server did not crash: test passed")
        case b"STRUCTSIZE" if not count:
            return _STRUCTURES
        case b"SET-ACTIVE-EXPIRE" if count == 1:
            ctx.kernel.active_expire = args[0] != b"0"
            return OK
        case b"SET-DISABLE-DENY-SCRIPTS" if count == 1:
            ctx.kernel.scripts.denies = args[0] == b"0"
            return OK
        case b"ERROR" if count == 1:
            code, _, text = args[0].decode("utf-8", "surrogateescape").partition(" ")
            return ReplyError(code, text)
        case b"PROTOCOL" if count == 1:
            return _protocol(ctx, args[0])
        case b"POPULATE" if 1 <= count <= 3:
            return _populate(ctx, args)
        case b"DIGEST" if not count:
            return values.digest(ctx)
        case b"DIGEST-VALUE":
            return values.value_digests(ctx, args)
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
        case b"QUICKLIST-PACKED-THRESHOLD" if count == 1:
            return values.packed_threshold(args[0])
        case b"REPLYBUFFER" if count == 2:
            return values.reply_buffer(subcommand, args[0], args[1])
        case b"DICT-RESIZING" if count == 1 and ctx.kernel.profile.has(_DICT_RESIZING):
            return OK
    reply = debugging_server.perform(ctx, subcommand, args)
    if reply is None:
        raise errors.wrong_subcommand_arity(subcommand, "DEBUG")
    return reply


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
    if word.lower() == b"attrib":
        reply = b"Some real reply following the attribute"
        return reply if ctx.protocol == 2 else Many([Raw(_ATTRIBUTE), reply])
    make = _PROTOCOL.get(word.lower())
    if make is None:
        raise errors.err(
            "Wrong protocol type name. Please use one of the following:"
            " string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"
        )
    return make()


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
