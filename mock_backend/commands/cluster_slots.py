"""CLUSTER, as far as it says whose slots are: ADDSLOTS, DELSLOTS, SETSLOT and their like.

Source: cluster.c (clusterCommand), cluster_slot_stats.c.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mock_backend import errors
from mock_backend.commands.cluster import ADMIN, known, node
from mock_backend.errors import cluster as cluster_errors
from mock_backend.kernel.cluster.node import Node
from mock_backend.kernel.cluster.slots import SLOTS
from mock_backend.kernel.cluster.view import View
from mock_backend.kernel.context import Context
from mock_backend.profile import Since
from mock_backend.replies import OK, Pairs, Reply, ReplyError
from mock_backend.schema import types
from mock_backend.schema.command import Table

cluster_slots = Table("cluster", "")

_SETSLOT_WAITS: Final = Since("valkey-8.0.0")
"""SETSLOT may be given a time limit."""
_KEY_COUNT: Final = b"key-count"


def _slot(word: bytes) -> int:
    try:
        number = types.integer(word)
    except ReplyError:
        raise cluster_errors.bad_slot() from None
    if not 0 <= number < SLOTS:
        raise cluster_errors.bad_slot()
    return number


def _ranges(words: list[bytes]) -> list[range]:
    found = []
    for at in range(0, len(words), 2):
        first, last = _slot(words[at]), _slot(words[at + 1])
        if first > last:
            raise cluster_errors.range_upside_down(first, last)
        found.append(range(first, last + 1))
    return found


def _checked(view: View, groups: Iterable[Iterable[int]], *, taken: bool) -> list[int]:
    """The slots, each named once and all of them taken, or all free."""
    seen: dict[int, None] = {}
    for slots in groups:
        for slot in slots:
            if taken and view.owners[slot] is None:
                raise cluster_errors.slot_unassigned(slot)
            if not taken and view.owners[slot] is not None:
                raise cluster_errors.slot_busy(slot)
            if slot in seen:
                raise cluster_errors.slot_twice(slot)
            seen[slot] = None
    return list(seen)


def _add(view: View, groups: Iterable[Iterable[int]]) -> Reply:
    added = _checked(view, groups, taken=False)
    for slot in added:
        view.importing.pop(slot, None)
    view.assign(added, view.me)
    view.bus.announce(view, added)
    return OK


def _remove(view: View, groups: Iterable[Iterable[int]]) -> Reply:
    view.assign(_checked(view, groups, taken=True), None)
    view.bus.remind()
    return OK


@cluster_slots.command(
    "CLUSTER ADDSLOTS slot [slot ...]", flags=ADMIN, since="3.0.0", container="CLUSTER"
)
def addslots(ctx: Context, slots: list[bytes]) -> Reply:
    """Assigns new hash slots to a node."""
    return _add(node(ctx), ([_slot(slot)] for slot in slots))


@cluster_slots.command(
    "CLUSTER ADDSLOTSRANGE ranges=start-slot end-slot [start-slot end-slot ...]",
    flags=ADMIN,
    since="7.0.0",
    container="CLUSTER",
)
def addslotsrange(ctx: Context, ranges: list[bytes]) -> Reply:
    """Assigns new hash slot ranges to a node."""
    return _add(node(ctx), _ranges(ranges))


@cluster_slots.command(
    "CLUSTER DELSLOTS slot [slot ...]", flags=ADMIN, since="3.0.0", container="CLUSTER"
)
def delslots(ctx: Context, slots: list[bytes]) -> Reply:
    """Sets hash slots as unbound for a node."""
    return _remove(node(ctx), ([_slot(slot)] for slot in slots))


@cluster_slots.command(
    "CLUSTER DELSLOTSRANGE ranges=start-slot end-slot [start-slot end-slot ...]",
    flags=ADMIN,
    since="7.0.0",
    container="CLUSTER",
)
def delslotsrange(ctx: Context, ranges: list[bytes]) -> Reply:
    """Sets hash slot ranges as unbound for a node."""
    return _remove(node(ctx), _ranges(ranges))


@cluster_slots.command("CLUSTER FLUSHSLOTS", flags=ADMIN, since="3.0.0", container="CLUSTER")
def flushslots(ctx: Context) -> Reply:
    """Deletes all slots information from a node."""
    view = node(ctx)
    if len(ctx.db):
        raise cluster_errors.keys_left()
    view.assign(view.slots_of(view.me), None)
    return OK


@cluster_slots.command(
    "CLUSTER FLUSHSLOT slot [mode]",
    flags="admin no_async_loading write",
    since="valkey-9.0.0",
    categories="keyspace",
    container="CLUSTER",
)
def flushslot(ctx: Context, slot: bytes, mode: bytes | None) -> Reply:
    """Removes all keys from the target slot."""
    view = node(ctx)
    if mode is not None and mode.upper() not in {b"ASYNC", b"SYNC"}:
        raise errors.syntax()
    view.keys.remove(_slot(slot))
    return OK


@cluster_slots.command(
    "CLUSTER SETSLOT slot state [arg ...]", flags=ADMIN, since="3.0.0", container="CLUSTER"
)
def setslot(ctx: Context, slot: bytes, state: bytes, args: list[bytes]) -> Reply:
    """Binds a hash slot to a node."""
    view = node(ctx)
    if view.me.primary is not None:
        raise errors.err("Please use SETSLOT only with masters.")
    number = _slot(slot)
    waits = ctx.kernel.profile.has(_SETSLOT_WAITS)
    match state.lower(), args:
        case b"migrating", [other, *rest] if waits or not rest:
            if view.owners[number] is not view.me:
                raise errors.err(f"I'm not the owner of hash slot {number}")
            view.mark(number, to=_primary(view, other))
        case b"importing", [other, *rest] if waits or not rest:
            if view.owners[number] is view.me:
                raise errors.err(f"I'm already the owner of hash slot {number}")
            view.mark(number, of=_primary(view, other))
        case b"stable", rest if waits or not rest:
            view.mark(number)
        case b"node", [other, *rest] if waits or not rest:
            target = known(view, other)
            if target.primary is not None:
                raise cluster_errors.not_a_master()
            mine = view.owners[number] is view.me and target is not view.me
            if mine and view.keys.of(number):
                raise cluster_errors.slot_has_keys(number)
            view.give_away(number, target)
        case _:
            raise cluster_errors.bad_setslot()
    return OK


def _primary(view: View, name: bytes) -> Node:
    """Where a slot goes to, or comes from."""
    found = view.nodes.get(name.decode("utf-8", "replace"))
    if found is None:
        raise cluster_errors.stranger(errors.echo(name))
    if found.primary is not None:
        raise cluster_errors.not_a_master()
    return found


@cluster_slots.command(
    "CLUSTER SLOT-STATS arg [arg ...]",
    flags="loading stale",
    since="valkey-8.0.0",
    arity=-4,
    container="CLUSTER",
)
def slot_stats(ctx: Context, args: list[bytes]) -> Reply:
    """Return an array of slot usage statistics for slots assigned to the current node.

    Reply: ``[slot, {"key-count": number}]`` of each; other figures are not kept.
    """
    view = node(ctx)
    owner = view.me.primary or view.me
    if len(args) == 3 and args[0].lower() == b"slotsrange":
        first, last = _slot(args[1]), _slot(args[2])
        if first > last:
            raise errors.err(f"Start slot number {first} is greater than end slot number {last}")
        chosen = [slot for slot in range(first, last + 1) if view.owners[slot] is owner]
    elif args[0].lower() == b"orderby":
        chosen = _ordered(view, view.slots_of(owner), args[1:])
    else:
        raise errors.MisplacedWords
    return [[slot, Pairs([(_KEY_COUNT, len(view.keys.of(slot)))])] for slot in chosen]


def _ordered(view: View, slots: list[int], args: list[bytes]) -> list[int]:
    metric, *options = args
    if metric.lower() != _KEY_COUNT:
        raise errors.err("Unrecognized sort metric for ORDERBY.")
    most, descending = SLOTS, True
    at = 0
    while at < len(options):
        option = options[at].lower()
        if option in {b"asc", b"desc"}:
            descending = option == b"desc"
        elif option == b"limit" and at + 1 < len(options):
            most = types.ranged(
                options[at + 1],
                1,
                SLOTS,
                "Limit has to lie in between 1 and 16384 (maximum number of slots).",
            )
            at += 1
        else:
            raise errors.syntax()
        at += 1
    sign = -1 if descending else 1
    return sorted(slots, key=lambda slot: (sign * len(view.keys.of(slot)), slot))[:most]


def _not_modelled(ctx: Context) -> ReplyError:
    node(ctx)
    return errors.err("mock_backend does not model the migration of slots by the servers")


@cluster_slots.command(
    "CLUSTER MIGRATESLOTS arg [arg ...]",
    flags=ADMIN,
    since="valkey-9.0.0",
    arity=-4,
    container="CLUSTER",
)
def migrateslots(ctx: Context, args: list[bytes]) -> Reply:
    """Migrate the given slots from this node to the specified nodes."""
    raise _not_modelled(ctx)


@cluster_slots.command(
    "CLUSTER CANCELSLOTMIGRATIONS", flags=ADMIN, since="valkey-9.0.0", container="CLUSTER"
)
def cancelslotmigrations(ctx: Context) -> Reply:
    """Cancel all current ongoing slot migration operations."""
    raise _not_modelled(ctx)


@cluster_slots.command(
    "CLUSTER GETSLOTMIGRATIONS", flags=ADMIN, since="valkey-9.0.0", container="CLUSTER"
)
def getslotmigrations(ctx: Context) -> Reply:
    """Gets the status of ongoing and recently finished slot import and export operations."""
    raise _not_modelled(ctx)


@cluster_slots.command(
    "CLUSTER SYNCSLOTS arg [arg ...]", flags=ADMIN, since="valkey-9.0.0", container="CLUSTER"
)
def syncslots(ctx: Context, args: list[bytes]) -> Reply:
    """A container for internal slot migration commands."""
    raise _not_modelled(ctx)
