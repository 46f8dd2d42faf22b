"""XINFO: what a stream, its groups and their consumers look like inside.

Replies are maps; in RESP2 they are flat arrays.  Source: t_stream.c, xinfoCommand.
"""

from __future__ import annotations

from itertools import islice
from typing import Final

from mock_backend import errors
from mock_backend.commands import stream_ids as ids
from mock_backend.commands.helping import help_for
from mock_backend.kernel.context import Context
from mock_backend.profile import Since
from mock_backend.replies import Pairs, Reply
from mock_backend.schema import types
from mock_backend.schema.command import Table
from mock_backend.store.consumer_groups import Consumer, Group
from mock_backend.store.stream import MAX_ID, Stream, show

stream_info = Table("stream")

_ACTIVE: Final = Since("7.2.0")
"""From here on it is told when a consumer was last given anything."""

_HELP: Final = """
XINFO <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
CONSUMERS <key> <groupname>
    The consumers of a group.
GROUPS <key>
    The groups of a stream.
STREAM <key> [FULL [COUNT <count>]
    The stream itself, with FULL everything in it.
HELP
    Print this help.
"""

SHOWN: Final = 10
"""How many entries FULL shows of each kind, if COUNT does not say otherwise."""

stream_info.container(
    "XINFO", since="5.0.0", summary="A container for stream introspection commands."
)


def _stream(ctx: Context, key: bytes) -> Stream:
    stream = ctx.db.get(key, Stream)
    if stream is None:
        raise errors.no_such_key()
    return stream


@stream_info.command(
    "XINFO STREAM key [arg ...]",  # [FULL [COUNT count]]
    flags="readonly",
    since="5.0.0",
    container="XINFO",
)
def xinfo_stream(ctx: Context, key: bytes, args: list[bytes]) -> Reply:
    """Returns information about a stream."""
    stream = _stream(ctx, key)  # looked for before the options are read
    full, shown = _full_options(args)
    described = Pairs(
        [
            (b"length", stream.length),
            (b"radix-tree-keys", len(stream.nodes)),
            (b"radix-tree-nodes", stream.tree_nodes()),
            (b"last-generated-id", show(stream.last_id)),
            (b"max-deleted-entry-id", show(stream.max_deleted_id)),
            (b"entries-added", stream.added),
            (b"recorded-first-entry-id", show(stream.first_id)),
        ]
    )
    if full:
        entries = ids.entries(stream.between(0, MAX_ID, shown))
        active = ctx.kernel.profile.has(_ACTIVE)
        names = sorted(stream.groups)
        groups = [_full_group(stream, name, shown, active=active) for name in names]
        described += [(b"entries", entries), (b"groups", groups)]
    else:
        first = ids.entries(stream.between(0, MAX_ID, 1))
        last = ids.entries(stream.between_backwards(0, MAX_ID, 1))
        described += [
            (b"groups", len(stream.groups)),
            (b"first-entry", first[0] if first else None),
            (b"last-entry", last[0] if last else None),
        ]
    return described


def _full_options(args: list[bytes]) -> tuple[bool, int]:
    """Whether FULL was said, and how many entries of each kind it shows."""
    if not args:
        return False, SHOWN
    if len(args) not in {1, 3} or args[0].upper() != b"FULL":
        raise errors.MisplacedWords
    if len(args) == 1:
        return True, SHOWN
    if args[1].upper() != b"COUNT":
        raise errors.MisplacedWords
    count = types.integer(args[2])
    return True, SHOWN if count < 0 else count


def _full_group(stream: Stream, name: bytes, shown: int, *, active: bool) -> Pairs:
    group = stream.groups[name]
    pending = islice(group.pending.items(), shown or None)
    return Pairs(
        [
            (b"name", name),
            (b"last-delivered-id", show(group.last_id)),
            (b"entries-read", group.entries_read),
            (b"lag", stream.lag(group)),
            (b"pel-count", len(group.pending)),
            (
                b"pending",
                [[show(at), one.consumer.name, one.delivered_ms, one.count] for at, one in pending],
            ),
            (
                b"consumers",
                [_full_consumer(each, shown, active=active) for each in group.by_name()],
            ),
        ]
    )


def _full_consumer(consumer: Consumer, shown: int, *, active: bool) -> Pairs:
    pending = islice(consumer.pending.items(), shown or None)
    return Pairs(
        [
            (b"name", consumer.name),
            (b"seen-time", consumer.seen_ms),
            *([(b"active-time", consumer.active_ms)] if active else []),
            (b"pel-count", len(consumer.pending)),
            (b"pending", [[show(at), one.delivered_ms, one.count] for at, one in pending]),
        ]
    )


@stream_info.command("XINFO GROUPS key", flags="readonly", since="5.0.0", container="XINFO")
def xinfo_groups(ctx: Context, key: bytes) -> Reply:
    """Returns a list of the consumer groups of a stream."""
    stream = _stream(ctx, key)
    return [_group(stream, name, stream.groups[name]) for name in sorted(stream.groups)]


def _group(stream: Stream, name: bytes, group: Group) -> Pairs:
    return Pairs(
        [
            (b"name", name),
            (b"consumers", len(group.consumers)),
            (b"pending", len(group.pending)),
            (b"last-delivered-id", show(group.last_id)),
            (b"entries-read", group.entries_read),
            (b"lag", stream.lag(group)),
        ]
    )


@stream_info.command(
    "XINFO CONSUMERS key group", flags="readonly", since="5.0.0", container="XINFO"
)
def xinfo_consumers(ctx: Context, key: bytes, group: bytes) -> Reply:
    """Returns a list of the consumers in a consumer group.

    ``idle``: milliseconds since the consumer last asked; ``inactive``: since it was last given
    anything, -1 if it never was.
    """
    found = _stream(ctx, key).groups.get(group)
    if found is None:
        raise errors.no_such_group(key, group)
    return [_consumer(ctx, consumer) for consumer in found.by_name()]


def _consumer(ctx: Context, consumer: Consumer) -> Pairs:
    active = consumer.active_ms
    inactive = active if active == -1 else ctx.now - active
    return Pairs(
        [
            (b"name", consumer.name),
            (b"pending", len(consumer.pending)),
            (b"idle", max(0, ctx.now - consumer.seen_ms)),
            *([(b"inactive", inactive)] if ctx.kernel.profile.has(_ACTIVE) else []),
        ]
    )


help_for(stream_info, "XINFO", since="5.0.0", text=_HELP)
