"""Streams: adding, ranges, deleting, trimming.

Reading with XREAD and XREADGROUP is in stream_reading.py, consumer groups are in stream_groups.py,
XINFO is in stream_info.py.  The data structure is ``store.stream.Stream``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mock_backend import errors
from mock_backend.commands import stream_ids as ids
from mock_backend.kernel.context import Context
from mock_backend.profile import Since
from mock_backend.replies import NIL_ARRAY, OK, Reply
from mock_backend.schema import types
from mock_backend.schema.command import Table
from mock_backend.store.stream import MAX_ID, MAX_SEQUENCE, Stream, Trim, show

streams = Table("stream")

_MINDS_DELETED: Final = Since("7.2.0")
"""XSETID stays above what has been deleted."""

LIMIT_NODES: Final = 100
"""``~`` without LIMIT trims no more than so many full nodes at once."""


@streams.command("XADD key [arg ...]", flags="write denyoom fast", since="5.0.0", arity=-5)
def xadd(ctx: Context, key: bytes, args: list[bytes]) -> Reply:
    """Appends a new message to a stream. Creates the key if it doesn't exist.

    The words behind the key: ``[NOMKSTREAM] [MAXLEN|MINID [=|~] threshold [LIMIT count]]
    *|id field value [field value ...]``.

    Reply: the ID; nil with NOMKSTREAM if there is no such key.
    """
    place, must_exist, trim = 0, False, None
    if args[0] != b"*":
        place, must_exist, trim = _xadd_options(ctx, args)
    word = args[place] if place < len(args) else b"*"
    wanted, sequence_given = (0, False) if word == b"*" else ids.partial(word)
    fields = args[place + 1 :]
    if not fields or len(fields) % 2:
        raise errors.wrong_arity("xadd")
    if sequence_given and wanted == 0:
        raise errors.err("The ID specified in XADD must be greater than 0-0")
    stream = ctx.db.get(key, Stream)
    if stream is None:
        if must_exist:
            return None
        stream = ctx.db.get_or_create(key, Stream)
    if stream.last_id == MAX_ID:
        raise errors.err("The stream has exhausted the last possible ID, unable to add more items")
    if word == b"*":
        entry_id = max(ctx.now << 64, stream.last_id + 1)
    else:
        entry_id = wanted if sequence_given else _next_in(stream, wanted)
    if entry_id <= stream.last_id:
        raise errors.err(
            "The ID specified in XADD is equal or smaller than the target stream top item"
        )
    config = ctx.kernel.config
    stream.append(
        entry_id,
        fields,
        config.number("stream-node-max-bytes"),
        config.number("stream-node-max-entries"),
    )
    ctx.db.touch(key, "xadd")
    if trim is not None and stream.trim(trim):
        ctx.db.touch(key, "xtrim")
    return show(entry_id)


def _next_in(stream: Stream, millisecond: int) -> int:
    """The ID that ``5-*`` becomes."""
    if stream.last_id >> 64 != millisecond >> 64:
        return millisecond
    if stream.last_id & MAX_SEQUENCE == MAX_SEQUENCE:
        return 0  # refused, as the millisecond is full
    return stream.last_id + 1


def _xadd_options(ctx: Context, args: Sequence[bytes]) -> tuple[int, bool, Trim | None]:
    """Where the ID stands, whether the stream must exist, and how to trim it."""
    options = _TrimOptions()
    must_exist = False
    at = 0
    while at < len(args) and args[at] != b"*":
        following = options.read(args, at)
        if following == at:
            if args[at].upper() != b"NOMKSTREAM":
                break
            must_exist = True
            following += 1
        at = following
    if at < len(args) and args[at] != b"*":
        ids.partial(args[at])  # an unknown option is an ID that cannot be read
    return at, must_exist, options.trim(ctx)


@streams.command(
    "XSETID key last-id [ENTRIESADDED entries-added:int] [MAXDELETEDID max-deleted-id]",
    flags="write denyoom fast",
    since="5.0.0",
    first=lambda _, words: _read_numbers(words),
    always=True,
)
def xsetid(
    ctx: Context,
    key: bytes,
    last_id: bytes,
    entriesadded: int | None,
    maxdeletedid: bytes | None,
) -> Reply:
    """Sets the last ID of a stream, and what it remembers of entries that are gone."""
    new_id = ids.strict(last_id)
    max_deleted = 0 if maxdeletedid is None else ids.strict(maxdeletedid)
    stream = ctx.db.get(key, Stream)
    if stream is None:
        raise errors.no_such_key()
    if new_id < stream.max_deleted_id and ctx.kernel.profile.has(_MINDS_DELETED):
        raise errors.err("The ID specified in XSETID is smaller than current max_deleted_entry_id")
    if stream.length and new_id < stream.top_id:
        raise errors.err("The ID specified in XSETID is smaller than the target stream top item")
    if stream.length and entriesadded is not None and entriesadded < stream.length:
        raise errors.err(
            "The entries_added specified in XSETID is smaller than the target stream length"
        )
    stream.last_id = new_id
    if entriesadded is not None:
        stream.added = entriesadded
    stream.max_deleted_id = max_deleted or stream.max_deleted_id
    ctx.db.touch_within(key, "xsetid")
    return OK


def _read_numbers(words: Sequence[bytes]) -> None:
    """The words of XSETID from the left, up to one that is no option."""
    new_id = ids.strict(words[2])
    for option, word in zip(words[3::2], words[4::2]):
        match option.upper():
            case b"ENTRIESADDED":
                if types.integer(word) < 0:
                    raise errors.err("entries_added must be positive")
            case b"MAXDELETEDID":
                if new_id < ids.strict(word):
                    raise errors.err(
                        "The ID specified in XSETID is smaller than the provided"
                        " max_deleted_entry_id"
                    )
            case _:
                return


@streams.command("XLEN key", flags="readonly fast", since="5.0.0")
def xlen(ctx: Context, key: bytes) -> Reply:
    """Return the number of messages in a stream."""
    stream = ctx.db.get(key, Stream)
    return 0 if stream is None else stream.length


@streams.command(
    "XRANGE key start end [COUNT count:int]",
    flags="readonly",
    since="5.0.0",
    first=lambda _, words: (ids.start(words[2]), ids.end(words[3])),
)
def xrange(ctx: Context, key: bytes, start: bytes, end: bytes, count: int | None) -> Reply:
    """Returns the messages from a stream within a range of IDs."""
    return _range(ctx, key, start, end, count, backwards=False)


@streams.command(
    "XREVRANGE key end start [COUNT count:int]",
    flags="readonly",
    since="5.0.0",
    first=lambda _, words: (ids.start(words[3]), ids.end(words[2])),
)
def xrevrange(ctx: Context, key: bytes, end: bytes, start: bytes, count: int | None) -> Reply:
    """Returns the messages from a stream within a range of IDs in reverse order."""
    return _range(ctx, key, start, end, count, backwards=True)


def _range(
    ctx: Context, key: bytes, start: bytes, end: bytes, count: int | None, *, backwards: bool
) -> Reply:
    first, last = ids.start(start), ids.end(end)
    stream = ctx.db.get(key, Stream)
    if stream is None:
        return []
    if count is not None and count <= 0:
        return NIL_ARRAY
    walk = stream.between_backwards if backwards else stream.between
    return ids.entries(walk(first, last, count or 0))


@streams.command("XDEL key entries=id [id ...]", flags="write fast", since="5.0.0")
def xdel(ctx: Context, key: bytes, entries: list[bytes]) -> Reply:
    """Returns the number of messages after removing them from a stream."""
    stream = ctx.db.get(key, Stream)
    if stream is None:
        return 0
    deleted = sum([stream.delete(entry_id) for entry_id in [ids.strict(word) for word in entries]])
    if deleted:
        ctx.db.touch(key, "xdel")
    return deleted


@streams.command("XTRIM key [arg ...]", flags="write", since="5.0.0", arity=-4)
def xtrim(ctx: Context, key: bytes, args: list[bytes]) -> Reply:
    """Deletes messages from the beginning of a stream.

    The words behind the key: ``MAXLEN|MINID [=|~] threshold [LIMIT count]``.
    """
    options = _TrimOptions()
    at = 0
    while at < len(args):
        following = options.read(args, at)
        if following == at:
            raise errors.syntax()
        at = following
    if not (options.is_asked or options.limit):
        raise errors.err("syntax error, XTRIM must be called with a trimming strategy")
    trim = options.trim(ctx)
    stream = ctx.db.get(key, Stream)
    removed = 0 if stream is None or trim is None else stream.trim(trim)
    if removed:
        ctx.db.touch(key, "xtrim")
    return removed


class _TrimOptions:
    """MAXLEN, MINID and LIMIT (t_stream.c, streamParseAddOrTrimArgsOrReply)."""

    def __init__(self) -> None:
        self.maxlen: int | None = None
        self.minid: int | None = None
        self.approximate = False
        self.limit: int | None = None

    def read(self, args: Sequence[bytes], at: int) -> int:
        """Takes an option that begins at ``at``; where the next begins, ``at`` if none does."""
        option, more = args[at].upper(), len(args) - at - 1
        if option in {b"MAXLEN", b"MINID"} and more:
            if self.maxlen is not None or self.minid is not None:
                raise errors.err(
                    "syntax error, MAXLEN and MINID options at the same time are not compatible"
                )
            sign = args[at + 1] if more >= 2 else b""
            self.approximate = sign == b"~"
            at += 2 if sign in {b"~", b"="} else 1
            if option == b"MINID":
                self.minid = ids.strict(args[at])
            else:
                self.maxlen = _not_negative(args[at], "MAXLEN")
            return at + 1
        if option == b"LIMIT" and more:
            self.limit = _not_negative(args[at + 1], "LIMIT")
            return at + 2
        return at

    @property
    def is_asked(self) -> bool:
        """Whether there is a strategy."""
        return self.maxlen is not None or self.minid is not None

    def trim(self, ctx: Context) -> Trim | None:
        """What was asked for, once all options are read; ``None``: nothing."""
        if self.limit and not self.is_asked:
            raise errors.err(
                "syntax error, LIMIT cannot be used without specifying a trimming strategy"
            )
        limit = self.limit
        if limit is not None and not self.approximate:
            raise errors.err("syntax error, LIMIT cannot be used without the special ~ option")
        if not self.is_asked:
            return None
        if limit is None and self.approximate:
            limit = LIMIT_NODES * ctx.kernel.config.number("stream-node-max-entries")
            limit = min(limit, 1_000_000) or 10_000
        return Trim(self.maxlen, self.minid or 0, self.approximate, limit or 0)


def _not_negative(word: bytes, name: str) -> int:
    value = types.integer(word)
    if value < 0:
        raise errors.err(f"The {name} argument must be >= 0.")
    return value
