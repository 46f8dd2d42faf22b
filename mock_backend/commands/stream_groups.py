"""Consumer groups: making them, and what is pending in them.

As in the server, what only concerns a group (XACK, XCLAIM, XGROUP SETID) is no change of the key:
it breaks no WATCH and wakes nobody, so that it ends in ``Database.touch_within``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mock_backend import errors
from mock_backend.commands import stream_ids as ids
from mock_backend.commands.helping import help_for
from mock_backend.commands.stream_reading import consumer_of
from mock_backend.kernel.context import Context
from mock_backend.kernel.replication import effects
from mock_backend.profile import Since
from mock_backend.replies import NIL_ARRAY, OK, Reply, ReplyError
from mock_backend.schema import types
from mock_backend.schema.command import Table
from mock_backend.store.consumer_groups import Consumer, Group, Pending
from mock_backend.store.stream import Stream, show

stream_groups = Table("stream")

_CLAIMERS_FIRST: Final = Since("7.2.0")

ATTEMPTS: Final = 10
"""XAUTOCLAIM looks at so many pending entries for each that it may claim."""

_HELP: Final = """
XGROUP <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
CREATE <key> <groupname> <id|$> [option]
    Make a consumer group that begins behind <id>, with these options:
    * MKSTREAM
      Make the stream too, empty, if there is none.
    * ENTRIESREAD entries_read
      How many entries the group has read.
CREATECONSUMER <key> <groupname> <consumer>
    Make a consumer in the group.
DELCONSUMER <key> <groupname> <consumer>
    Delete the consumer and what it has pending.
DESTROY <key> <groupname>
    Delete the group.
SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]
    Let the group go on behind <id>.
HELP
    Print this help.
"""


stream_groups.container(
    "XGROUP", since="5.0.0", summary="A container for consumer groups commands."
)


@stream_groups.command(
    "XGROUP CREATE key group id [MKSTREAM] [ENTRIESREAD entries-read:int]",
    flags="write denyoom",
    since="5.0.0",
    container="XGROUP",
    most=8,
    malformed=errors.MisplacedWords,
    first=lambda ctx, words: _look_before_counting(ctx, words),
)
def xgroup_create(
    ctx: Context, key: bytes, group: bytes, id_: bytes, mkstream: bool, entriesread: int | None
) -> Reply:
    """Creates a consumer group."""
    read = _entries_read(entriesread)
    stream = ctx.db.get(key, Stream)
    if stream is None and not mkstream:
        raise _no_stream()
    if id_ == b"$":
        last_id = 0 if stream is None else stream.last_id
    else:
        last_id = ids.strict(id_)
    if stream is None:
        stream = ctx.db.get_or_create(key, Stream)
        ctx.db.touch(key, "xgroup-create")
    elif group in stream.groups:
        raise errors.busy_group()
    else:
        ctx.db.touch_within(key, "xgroup-create")
    stream.groups[group] = Group(last_id, read)
    return OK


def _look_before_counting(ctx: Context, words: Sequence[bytes]) -> None:
    """What XGROUP CREATE and SETID look at before they see that there are too many words
    (t_stream.c, xgroupCommand).
    """
    creates, at = False, 5
    while at < len(words):
        if words[at].upper() == b"MKSTREAM" and words[1].upper() == b"CREATE":
            creates = True
        elif words[at].upper() == b"ENTRIESREAD" and at + 1 < len(words):
            at += 1
            _entries_read(types.integer(words[at]))
        else:
            raise errors.MisplacedWords
        at += 1
    if ctx.db.get(words[2], Stream) is None and not creates:
        raise _no_stream()


def _entries_read(value: int | None) -> int | None:
    """``ENTRIESREAD``; -1 is as good as none."""
    if value is not None and value < -1:
        raise errors.err("value for ENTRIESREAD must be positive or -1")
    return None if value == -1 else value


def _no_stream() -> ReplyError:
    return errors.err(
        "The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use"
        " the MKSTREAM option to create an empty stream automatically."
    )


def _existing(ctx: Context, key: bytes, name: bytes) -> tuple[Stream, Group]:
    stream = ctx.db.get(key, Stream)
    if stream is None:
        raise _no_stream()
    group = stream.groups.get(name)
    if group is None:
        raise errors.no_such_group(key, name)
    return stream, group


@stream_groups.command(
    "XGROUP SETID key group id [ENTRIESREAD entries-read:int]",
    flags="write",
    since="5.0.0",
    container="XGROUP",
    most=7,
    malformed=errors.MisplacedWords,
    first=lambda ctx, words: _look_before_counting(ctx, words),
)
def xgroup_setid(
    ctx: Context, key: bytes, group: bytes, id_: bytes, entriesread: int | None
) -> Reply:
    """Sets the last-delivered ID of a consumer group."""
    read = _entries_read(entriesread)
    stream, found = _existing(ctx, key, group)
    found.last_id = stream.last_id if id_ == b"$" else _loose(id_)
    found.entries_read = read
    ctx.db.touch_within(key, "xgroup-setid")
    return OK


def _loose(word: bytes) -> int:
    return ids.start(word) if word in {b"-", b"+"} else ids.strict(word)


@stream_groups.command("XGROUP DESTROY key group", flags="write", since="5.0.0", container="XGROUP")
def xgroup_destroy(ctx: Context, key: bytes, group: bytes) -> Reply:
    """Destroys a consumer group."""
    stream = ctx.db.get(key, Stream)
    if stream is None:
        raise _no_stream()
    if stream.groups.pop(group, None) is None:
        return 0
    ctx.db.touch_within(key, "xgroup-destroy")
    # whoever waits in XREADGROUP shall learn that the group is gone
    ctx.kernel.waiting.touched((ctx.db.number, key))
    return 1


@stream_groups.command(
    "XGROUP CREATECONSUMER key group consumer",
    flags="write denyoom",
    since="6.2.0",
    container="XGROUP",
)
def xgroup_createconsumer(ctx: Context, key: bytes, group: bytes, consumer: bytes) -> Reply:
    """Creates a consumer in a consumer group."""
    _, found = _existing(ctx, key, group)
    if consumer in found.consumers:
        return 0
    consumer_of(ctx, key, found, consumer)
    return 1


@stream_groups.command(
    "XGROUP DELCONSUMER key group consumer", flags="write", since="5.0.0", container="XGROUP"
)
def xgroup_delconsumer(ctx: Context, key: bytes, group: bytes, consumer: bytes) -> Reply:
    """Deletes a consumer from a consumer group.

    Reply: how many entries it had pending; they are pending no more.
    """
    _, found = _existing(ctx, key, group)
    member = found.consumers.get(consumer)
    if member is None:
        return 0
    ctx.db.touch_within(key, "xgroup-delconsumer")
    return found.dismiss(member)


help_for(stream_groups, "XGROUP", since="5.0.0", text=_HELP)


@stream_groups.command("XACK key group entries=id [id ...]", flags="write fast", since="5.0.0")
def xack(ctx: Context, key: bytes, group: bytes, entries: list[bytes]) -> Reply:
    """Returns the number of messages that a consumer group acknowledged with this call."""
    stream = ctx.db.get(key, Stream)
    found = None if stream is None else stream.groups.get(group)
    if found is None:
        return 0
    acknowledged = sum([found.settle(entry_id) for entry_id in [ids.strict(w) for w in entries]])
    ctx.db.space.dirty += acknowledged
    return acknowledged


@stream_groups.command("XPENDING key group [arg ...]", flags="readonly", since="5.0.0")
def xpending(ctx: Context, key: bytes, group: bytes, args: list[bytes]) -> Reply:
    """Returns the information and entries from a stream consumer group's pending entries list.

    The words behind the group: nothing, or ``[IDLE min-idle-time] start end count [consumer]``.

    Reply: ``[number, first id, last id, [[consumer, number], ...]]``, or entries
    ``[id, consumer, milliseconds idle, deliveries]``.
    """
    wanted = _pending_range(args) if args else None
    found = _group(ctx, key, group)[1]
    return _summary(found) if wanted is None else _listed(ctx, found, wanted)


@dataclass(frozen=True, slots=True)
class _PendingRange:
    start: int
    end: int
    count: int
    min_idle: int
    consumer: bytes | None


def _pending_range(args: Sequence[bytes]) -> _PendingRange:
    if not 3 <= len(args) <= 6:
        raise errors.syntax()
    min_idle = 0
    if args[0].upper() == b"IDLE":
        min_idle = types.integer(args[1])
        args = args[2:]
        if len(args) < 3:
            raise errors.syntax()
    count = max(0, types.integer(args[2]))
    consumer = args[3] if len(args) > 3 else None
    return _PendingRange(ids.start(args[0]), ids.end(args[1]), count, min_idle, consumer)


def _group(ctx: Context, key: bytes, name: bytes) -> tuple[Stream, Group]:
    stream = ctx.db.get(key, Stream)
    group = None if stream is None else stream.groups.get(name)
    if stream is None or group is None:
        raise errors.no_group(key, name)
    return stream, group


def _summary(group: Group) -> Reply:
    pending = group.pending
    if not pending:
        return [0, None, None, NIL_ARRAY]
    consumers = [
        [consumer.name, b"%d" % len(consumer.pending)]
        for consumer in group.by_name()
        if consumer.pending
    ]
    first, last = pending.peekitem(0)[0], pending.peekitem(-1)[0]
    return [len(pending), show(first), show(last), consumers]


def _listed(ctx: Context, group: Group, wanted: _PendingRange) -> Reply:
    pending = group.pending
    if wanted.consumer is not None:
        consumer = group.consumers.get(wanted.consumer)
        if consumer is None:
            return []
        pending = consumer.pending
    listed: list[Reply] = []
    for entry_id in pending.irange(wanted.start, wanted.end):
        if len(listed) == wanted.count:
            break
        delivery = pending[entry_id]
        idle = ctx.now - delivery.delivered_ms
        if not wanted.min_idle or idle >= wanted.min_idle:
            listed.append([show(entry_id), delivery.consumer.name, max(0, idle), delivery.count])
    return listed


@stream_groups.command(
    "XCLAIM key group consumer min-idle-time [arg ...]",
    flags="write fast",
    since="5.0.0",
    arity=-6,
)
def xclaim(
    ctx: Context, key: bytes, group: bytes, consumer: bytes, min_idle_time: bytes, args: list[bytes]
) -> Reply:
    """Changes the owner of pending messages, as if they had been delivered to the new one.

    The words behind the time: ``id [id ...] [IDLE ms] [TIME unix-time-milliseconds]
    [RETRYCOUNT count] [FORCE] [JUSTID] [LASTID lastid]``.

    Reply: the entries that were claimed, with JUSTID their IDs.
    """
    stream, found = _group(ctx, key, group)
    min_idle = _min_idle(min_idle_time, "XCLAIM")
    claimed_ids, rest = _leading_ids(args)
    options = _claim_options(rest, ctx.now)
    advanced = options.last_id > found.last_id
    found.last_id = max(found.last_id, options.last_id)
    claimer = _claimer(ctx, key, found, consumer)
    claimed: list[Reply] = []
    for entry_id, said in zip(claimed_ids, args, strict=False):
        fields = stream.find(entry_id)
        if fields is None:
            if entry_id in found.pending:
                _tell(ctx, key, group, found, said)
                found.settle(entry_id)
                ctx.db.space.dirty += 1
                advanced = False
            continue
        pending = found.pending.get(entry_id)
        if pending is None:
            if not options.force:
                continue
            claimer = claimer or consumer_of(ctx, key, found, consumer)
            pending = found.assign(entry_id, claimer, ctx.now)
        elif min_idle and ctx.now - pending.delivered_ms < min_idle:
            continue
        claimer = claimer or consumer_of(ctx, key, found, consumer)
        found.hand_over(entry_id, pending, claimer)
        pending.delivered_ms = options.delivered_ms
        if options.retry_count >= 0:
            pending.count = options.retry_count
        elif not options.just_id:
            pending.count += 1
        claimer.active_ms = ctx.now
        claimed.append(show(entry_id) if options.just_id else [show(entry_id), fields])
        _tell(ctx, key, group, found, said)
    ctx.db.space.dirty += len(claimed)
    if advanced and not claimed:
        ctx.kernel.replication.did(effects.progress(key, group, found))
        ctx.db.space.dirty += 1
    return claimed


def _tell(ctx: Context, key: bytes, name: bytes, group: Group, entry: bytes) -> None:
    """Replicas are told of an entry that was claimed, or is about to be pending no more."""
    if ctx.kernel.replication.tells:
        ctx.kernel.replication.did(effects.claim(key, name, group, entry))


def _min_idle(word: bytes, name: str) -> int:
    complaint = f"Invalid min-idle-time argument for {name}"
    return max(0, types.ranged(word, types.INT64_MIN, types.INT64_MAX, complaint))


def _leading_ids(args: Sequence[bytes]) -> tuple[list[int], Sequence[bytes]]:
    """The words that are IDs, and the options behind them."""
    found: list[int] = []
    for word in args:
        try:
            found.append(ids.strict(word))
        except ReplyError:
            break
    return found, args[len(found) :]


@dataclass(slots=True)
class _ClaimOptions:
    delivered_ms: int
    retry_count: int = -1
    force: bool = False
    just_id: bool = False
    last_id: int = 0


def _claim_options(args: Sequence[bytes], now_ms: int) -> _ClaimOptions:
    options = _ClaimOptions(delivered_ms=-1)
    at = 0
    while at < len(args):
        option, more = args[at].upper(), len(args) - at - 1
        if option == b"FORCE":
            options.force = True
        elif option == b"JUSTID":
            options.just_id = True
        elif option in {b"IDLE", b"TIME", b"RETRYCOUNT"} and more:
            at += 1
            complaint = f"Invalid {option.decode()} option argument for XCLAIM"
            value = types.ranged(args[at], types.INT64_MIN, types.INT64_MAX, complaint)
            if option == b"RETRYCOUNT":
                options.retry_count = value
            else:
                options.delivered_ms = now_ms - value if option == b"IDLE" else value
        elif option == b"LASTID" and more:
            at += 1
            options.last_id = ids.strict(args[at])
        else:
            raise errors.err(f"Unrecognized XCLAIM option '{errors.echo(args[at])}'")
        at += 1
    if not 0 <= options.delivered_ms <= now_ms:
        options.delivered_ms = now_ms
    return options


@stream_groups.command(
    "XAUTOCLAIM key group consumer min-idle-time start [COUNT count] [JUSTID]",
    flags="write fast",
    since="6.2.0",
    first=lambda _, words: _read_claim(words),
    always=True,
)
def xautoclaim(
    ctx: Context,
    key: bytes,
    group: bytes,
    consumer: bytes,
    min_idle_time: bytes,
    start: bytes,
    count: bytes | None,
    justid: bool,
) -> Reply:
    """Changes the owner of messages that have been pending for long.

    Reply: ``[next start, entries or with JUSTID their IDs, IDs of entries that are deleted]``;
    the deleted are pending no more.
    """
    min_idle = _min_idle(min_idle_time, "XAUTOCLAIM")
    first = ids.start(start)
    most = 100 if count is None else _most(count)
    stream, found = _group(ctx, key, group)
    claimer = _claimer(ctx, key, found, consumer)
    looked, following = _look_ahead(found.pending.irange(first), most * ATTEMPTS)
    claimed: list[Reply] = []
    deleted: list[Reply] = []
    for place, entry_id in enumerate(looked):
        if len(claimed) + len(deleted) == most:
            following = entry_id
            looked = looked[:place]
            break
        pending: Pending = found.pending[entry_id]
        fields = stream.find(entry_id)
        if fields is None:
            _tell(ctx, key, group, found, show(entry_id))
            found.settle(entry_id)
            deleted.append(show(entry_id))
        elif not min_idle or ctx.now - pending.delivered_ms >= min_idle:
            claimer = claimer or consumer_of(ctx, key, found, consumer)
            _claim(ctx, found, entry_id, pending, claimer)
            pending.count += not justid
            claimed.append(show(entry_id) if justid else [show(entry_id), fields])
            _tell(ctx, key, group, found, show(entry_id))
    ctx.db.space.dirty += len(claimed) + len(deleted)
    return [show(following), claimed, deleted]


def _most(word: bytes) -> int:
    return types.ranged(word, 1, types.INT64_MAX // 16, "COUNT must be > 0")


def _read_claim(words: Sequence[bytes]) -> None:
    """The words of XAUTOCLAIM from the left, up to one that is no option."""
    _min_idle(words[4], "XAUTOCLAIM")
    ids.start(words[5])
    at = 6
    while at < len(words):
        option = words[at].upper()
        if option == b"COUNT" and at + 1 < len(words):
            at += 1
            _most(words[at])
        elif option != b"JUSTID":
            return
        at += 1


def _claimer(ctx: Context, key: bytes, group: Group, name: bytes) -> Consumer | None:
    """Who claims; of old a consumer was not made before it had something to claim."""
    if name in group.consumers or ctx.kernel.profile.has(_CLAIMERS_FIRST):
        return consumer_of(ctx, key, group, name)
    return None


def _look_ahead(pending: Iterable[int], most: int) -> tuple[list[int], int]:
    """Up to ``most`` IDs, and the one behind them; 0 if there is none."""
    looked: list[int] = []
    for entry_id in pending:
        if len(looked) == most:
            return looked, entry_id
        looked.append(entry_id)
    return looked, 0


def _claim(ctx: Context, group: Group, entry_id: int, pending: Pending, claimer: Consumer) -> None:
    group.hand_over(entry_id, pending, claimer)
    pending.delivered_ms = claimer.active_ms = ctx.now
