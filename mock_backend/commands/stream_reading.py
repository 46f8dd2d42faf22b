"""XREAD and XREADGROUP: what is new in several streams, and waiting for it.

Both are one command in the server (t_stream.c, xreadCommand) and share their words and their reply;
only XREADGROUP changes anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from mock_backend import errors
from mock_backend.commands import stream_ids as ids
from mock_backend.kernel import lookups
from mock_backend.kernel.context import Context
from mock_backend.profile import Since
from mock_backend.replies import NIL_ARRAY, Block, Pairs, Reply, ReplyError
from mock_backend.schema import types
from mock_backend.schema.command import Table
from mock_backend.store.consumer_groups import Consumer, Group
from mock_backend.store.stream import MAX_ID, Stream, show

stream_reading = Table("stream")

_READERS_FIRST: Final = Since("7.2.0")
"""Before it a consumer was not made before it had something to read."""
_LAST_ENTRY: Final = Since("redis-7.4.0,valkey-8.0.0")
"""From here on ``+`` is the ID of the last entry."""
_GONE: Final = ReplyError("UNBLOCKED", "the stream key no longer exists")
_GAPS_SEEN: Final = Since("redis-8.0.0,valkey-8.1.0")
"""What was deleted or trimmed since the last read is not counted as if it were there."""
_TIMES_CHECKED: Final = Since("7.2.0")
_BLOCK_IN_SCRIPTS: Final = Since("7.2.0")
"""Since then BLOCK means nothing in a script; before it was refused."""


@dataclass(slots=True)
class _Request:
    """The words, read."""

    keys: Sequence[bytes] = ()
    ids: Sequence[bytes] = ()
    count: int = 0
    """0: all."""
    block_ms: int | None = None
    group: bytes | None = None
    consumer: bytes = b""
    noack: bool = False
    head: list[bytes] = field(default_factory=list)
    """Everything before the IDs, to write the request anew."""


def _read(ctx: Context, args: Sequence[bytes], name: str) -> _Request:
    request = _Request()
    at = 0
    while at < len(args):
        option, more = args[at].upper(), len(args) - at - 1
        if option == b"BLOCK" and more:
            if ctx.session.is_script and not ctx.kernel.profile.has(_BLOCK_IN_SCRIPTS):
                raise errors.err(f"{name} command is not allowed with BLOCK option from scripts")
            # of old the end of the time overflowed, and had passed
            checked = ctx.kernel.profile.has(_TIMES_CHECKED)
            request.block_ms = types.milliseconds(args[at + 1], ctx.now if checked else 0)
            at += 2
        elif option == b"COUNT" and more:
            request.count = max(0, types.integer(args[at + 1]))
            at += 2
        elif option == b"GROUP" and more >= 2:
            _only_with_group("GROUP", name)
            request.group, request.consumer = args[at + 1], args[at + 2]
            at += 3
        elif option == b"NOACK":
            _only_with_group("NOACK", name)
            request.noack = True
            at += 1
        elif option == b"STREAMS" and more:
            _streams(request, args, at + 1, name)
            break
        else:
            raise errors.syntax()
    if not request.keys:
        raise errors.syntax()
    if name == "xreadgroup" and request.group is None:
        raise errors.err("Missing GROUP option for XREADGROUP")
    return request


def _only_with_group(option: str, name: str) -> None:
    if name == "xread":
        raise errors.err(
            f"The {option} option is only supported by XREADGROUP. You called XREAD instead."
        )


def _streams(request: _Request, args: Sequence[bytes], at: int, name: str) -> None:
    rest = args[at:]
    if len(rest) % 2:
        sign = ">" if name == "xreadgroup" else "$"
        unbalanced = (
            "Unbalanced {} list of streams: for each stream key an ID or '{}' must be specified."
        )
        older = errors.err(unbalanced.format("XREAD", "$"))
        raise errors.err(unbalanced.format(f"'{name}'", sign)).before("7.2.0", older)
    half = len(rest) // 2
    request.keys, request.ids = rest[:half], rest[half:]
    request.head = [name.upper().encode(), *args[: at + half]]


def _keys(words: Sequence[bytes]) -> list[bytes]:
    """The first half of what follows STREAMS; skips what belongs to other options."""
    at = 1
    while at < len(words):
        option = words[at].upper()
        if option == b"STREAMS":
            rest = words[at + 1 :]
            return list(rest[: len(rest) // 2])
        at += {b"BLOCK": 2, b"COUNT": 2, b"GROUP": 3}.get(option, 1)
    return []


def _answer(ctx: Context, found: list[tuple[bytes, list[Reply]]]) -> Reply:
    return Pairs(found) if ctx.protocol == 3 else [list(pair) for pair in found]


@stream_reading.command(
    "XREAD [arg ...]",
    flags="readonly blocking movablekeys",
    since="5.0.0",
    arity=-4,
    keys=_keys,
)
def xread(ctx: Context, args: list[bytes]) -> Reply:
    """Returns messages from streams with IDs greater than the ones requested; waits if asked to.

    The words: ``[COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]``.

    Reply: ``[[key, entries], ...]``, in RESP3 a map; a null array if there is nothing.
    """
    request = _read(ctx, args, "xread")
    after = [_after(ctx, key, word) for key, word in zip(request.keys, request.ids, strict=True)]
    found: list[tuple[bytes, list[Reply]]] = []
    for key, last_id in zip(request.keys, after, strict=True):
        lookups.looked(ctx.db, key)
        stream = ctx.db.get(key, Stream)
        if stream is not None and stream.top_id > last_id:
            entries = stream.between(last_id + 1, MAX_ID, request.count)
            found.append((key, ids.entries(entries)))
    if found:
        return _answer(ctx, found)
    if request.block_ms is None:
        return NIL_ARRAY
    # $ keeps meaning what it meant at first, + does not
    last = [
        show(last_id) if word == b"$" else word
        for word, last_id in zip(request.ids, after, strict=True)
    ]
    again = [*request.head, *last]
    return Block(request.keys, request.block_ms / 1000, kind=Stream, again=again)


def _after(ctx: Context, key: bytes, word: bytes) -> int:
    """The ID behind which to read."""
    lookups.looked(ctx.db, key)
    stream = ctx.db.get(key, Stream)
    if word == b"$":
        return 0 if stream is None else stream.last_id
    if word == b"+" and ctx.kernel.profile.has(_LAST_ENTRY):
        if stream is not None and not stream.last_id:
            raise errors.err("the stream last element ID is 0-0")
        return 0 if stream is None else stream.last_id - 1
    if word == b">":
        raise errors.err(
            "The > ID can be specified only when calling XREADGROUP"
            " using the GROUP <group> <consumer> option."
        )
    return ids.strict(word)


@stream_reading.command(
    "XREADGROUP [arg ...]",
    flags="write blocking movablekeys",
    since="5.0.0",
    arity=-7,
    keys=_keys,
)
def xreadgroup(ctx: Context, args: list[bytes]) -> Reply:
    """Returns new or historical messages from a stream for a consumer in a group.

    The words: ``GROUP group consumer [COUNT count] [BLOCK milliseconds] [NOACK]
    STREAMS key [key ...] id [id ...]``.  ``>`` asks for what nobody was given yet and may wait;
    any other ID for what this consumer has not acknowledged.

    Reply: ``[[key, entries], ...]``, in RESP3 a map; a null array if there is nothing.
    """
    request = _read(ctx, args, "xreadgroup")
    assert request.group is not None
    wanted: list[tuple[bytes, Stream, Group, int | None]] = []
    for key, word in zip(request.keys, request.ids, strict=True):
        lookups.looked(ctx.db, key)
        stream = _stream(ctx, key)
        group = None if stream is None else stream.groups.get(request.group)
        if stream is None or group is None:
            error = errors.no_group(key, request.group, " in XREADGROUP with GROUP option")
            if stream is None and ctx.session.parked is not None:
                error.before("7.2.0", _GONE)
            raise error
        wanted.append((key, stream, group, _history(ctx, word)))
    found: list[tuple[bytes, list[Reply]]] = []
    for key, stream, group, after in wanted:
        lookups.looked(ctx.db, key)
        if after is None and stream.top_id <= group.last_id:
            if ctx.kernel.profile.has(_READERS_FIRST):
                _reader(ctx, key, group, request)
            continue
        consumer = _reader(ctx, key, group, request)
        if after is not None:
            found.append((key, _pending(ctx, stream, consumer, after, request.count)))
        else:
            entries = _new(ctx, stream, group, consumer, request)
            found.append((key, entries))
    if found:
        ctx.db.space.dirty += len(found)
        return _answer(ctx, found)
    if request.block_ms is None:
        return NIL_ARRAY
    # whatever happens to the key wakes the call: the group may be gone with it
    return Block(request.keys, request.block_ms / 1000, kind=None)


def _stream(ctx: Context, key: bytes) -> Stream | None:
    """The stream; of old, who had waited for it was told that it is gone, whatever is there now."""
    try:
        return ctx.db.get(key, Stream)
    except ReplyError as error:
        raise error.before("7.2.0", _GONE) if ctx.session.parked is not None else error from None


def _history(ctx: Context, word: bytes) -> int | None:
    """The ID behind which the consumer's own entries are asked for; ``None``: new ones."""
    if word == b">":
        return None
    if word == b"$":
        raise errors.err(
            "The $ ID is meaningless in the context of XREADGROUP: you want to read the history"
            " of this consumer by specifying a proper ID, or use the > ID to get new messages."
            " The $ ID would just return an empty result set."
        )
    if word == b"+" and ctx.kernel.profile.has(_LAST_ENTRY):
        raise errors.err(
            "The + ID is meaningless in the context of XREADGROUP: you want to read the history"
            " of this consumer by specifying a proper ID, or use the > ID to get new messages."
            " The + ID would just return an empty result set."
        )
    after = ids.strict(word)
    return None if after == MAX_ID else after  # the server marks > by the greatest ID


def _reader(ctx: Context, key: bytes, group: Group, request: _Request) -> Consumer:
    """Who reads; with NOACK nothing else would tell replicas that it was made."""
    if request.noack and request.consumer not in group.consumers:
        name = request.group or b""
        made = [b"XGROUP", b"CREATECONSUMER", key, name, request.consumer]
        ctx.kernel.replication.did(made)
    return consumer_of(ctx, key, group, request.consumer)


def consumer_of(ctx: Context, key: bytes, group: Group, name: bytes) -> Consumer:
    """The consumer of that name, made if need be; it has been seen now."""
    consumer = group.consumers.get(name)
    if consumer is None:
        consumer = group.consumers[name] = Consumer(name, ctx.now)
        ctx.db.touch_within(key, "xgroup-createconsumer")
    consumer.seen_ms = ctx.now
    return consumer


def _new(
    ctx: Context, stream: Stream, group: Group, consumer: Consumer, request: _Request
) -> list[Reply]:
    """Delivers what the group was not given yet (t_stream.c, streamReplyWithRange)."""
    entries: list[Reply] = []
    gaps_seen = ctx.kernel.profile.has(_GAPS_SEEN)
    for entry_id, fields in stream.between(group.last_id + 1, MAX_ID, request.count):
        begin = group.last_id if gaps_seen else entry_id
        whole = not (gaps_seen and group.last_id < stream.first_id)
        if group.entries_read is not None and whole and not stream.has_tombstones_from(begin):
            group.entries_read += 1
        elif stream.added:
            group.entries_read = stream.count_up_to(entry_id)
        group.last_id = entry_id
        if not request.noack:
            group.assign(entry_id, consumer, ctx.now)
            consumer.active_ms = ctx.now
        entries.append([show(entry_id), fields])
    return entries


def _pending(
    ctx: Context, stream: Stream, consumer: Consumer, after: int, count: int
) -> list[Reply]:
    """Delivers again what the consumer has pending; deleted entries come without fields."""
    entries: list[Reply] = []
    for entry_id in consumer.pending.irange(after, inclusive=(False, True)):
        if count and len(entries) == count:
            break
        fields = stream.find(entry_id)
        if fields is None:
            entries.append([show(entry_id), NIL_ARRAY])
            continue
        pending = consumer.pending[entry_id]
        pending.delivered_ms = ctx.now
        pending.count += 1
        entries.append([show(entry_id), fields])
    return entries
