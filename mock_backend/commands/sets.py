"""Sets: members without order, and the algebra of several sets.

A set is a ``MemberSet`` in the keyspace, and an ``IndexedSet`` once a large one has been scanned or
drawn from at random.  Small sets are answered in the server's order (store/members.py).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from mock_backend import errors
from mock_backend.commands import scanning
from mock_backend.commands.drawing import overflows
from mock_backend.kernel import lookups
from mock_backend.kernel.context import Context
from mock_backend.replies import Members, Reply
from mock_backend.schema import types
from mock_backend.schema.command import Table
from mock_backend.store import encodings
from mock_backend.store.indexed import IndexedSet, drawn
from mock_backend.store.members import MemberSet, in_order

sets = Table("set")

Held = set[bytes]
"""Whatever kind of set it is."""

_SMALL: Final = 512
"""Up to here a random draw copies the members; larger sets are promoted."""


@sets.command("SADD key member [member ...]", flags="write denyoom fast", since="1.0.0")
def sadd(ctx: Context, key: bytes, members: list[bytes]) -> Reply:
    """Adds one or more members to a set. Creates the key if it doesn't exist.

    Reply: how many are new.
    """
    held = _held(ctx, key)
    before = len(held)
    held.update(members)
    added = len(held) - before
    if added:
        ctx.db.touch(key, "sadd", added)
    return added


def _held(ctx: Context, key: bytes) -> Held:
    held = ctx.db.get(key, set)
    return ctx.db.get_or_create(key, MemberSet) if held is None else held


@sets.command("SREM key member [member ...]", flags="write fast", since="1.0.0")
def srem(ctx: Context, key: bytes, members: list[bytes]) -> Reply:
    """Removes one or more members from a set. Deletes the set if the last member was removed.

    Reply: how many there were.
    """
    held = ctx.db.get(key, set)
    if held is None:
        return 0
    removed = held.intersection(members)
    if removed:
        held.difference_update(removed)
        _shrank(ctx, key, held, removed)
        ctx.db.settle(key, held, "srem", len(removed))
    return len(removed)


def _shrank(ctx: Context, key: bytes, held: Held, removed: Collection[bytes]) -> None:
    encodings.set_shrank(ctx.db, key, held, removed, ctx.kernel.config.number)


@sets.command("SMOVE source:key destination:key member", flags="write fast", since="1.0.0")
def smove(ctx: Context, source: bytes, destination: bytes, member: bytes) -> Reply:
    """Moves a member from one set to another.

    Reply: 1, or 0 if it is not in the source.
    """
    db = ctx.db
    origin = db.get(source, set)
    if origin is None:
        return 0
    target = db.get(destination, set)
    if origin is target:
        return int(member in origin)
    if member not in origin:
        return 0
    origin.remove(member)
    _shrank(ctx, source, origin, [member])
    db.settle(source, origin, "srem")
    target = _held(ctx, destination)
    if member not in target:
        target.add(member)
        db.touch(destination, "sadd")
    return 1


@sets.command("SISMEMBER key member", flags="readonly fast", since="1.0.0")
def sismember(ctx: Context, key: bytes, member: bytes) -> Reply:
    """Determines whether a member belongs to a set."""
    return int(member in (ctx.db.get(key, set) or ()))


@sets.command("SMISMEMBER key member [member ...]", flags="readonly fast", since="6.2.0")
def smismember(ctx: Context, key: bytes, members: list[bytes]) -> Reply:
    """Determines whether multiple members belong to a set."""
    held = ctx.db.get(key, set) or ()
    return [int(member in held) for member in members]


@sets.command("SCARD key", flags="readonly fast", since="1.0.0")
def scard(ctx: Context, key: bytes) -> Reply:
    """Returns the number of members in a set."""
    return len(ctx.db.get(key, set) or ())


@sets.command("SMEMBERS key", flags="readonly", since="1.0.0")
def smembers(ctx: Context, key: bytes) -> Reply:
    """Returns all members of a set."""
    return Members(in_order(ctx.db.get(key, set) or ()))


@sets.command("SPOP key [arg ...]", flags="write fast", since="1.0.0")  # [count]
def spop(ctx: Context, key: bytes, args: list[bytes]) -> Reply:
    """Returns one or more random members from a set after removing them. Deletes the set if the
    last member was popped.

    Reply: one member or nil; with a count a set of members.
    """
    if len(args) > 1:
        raise errors.syntax()
    count = types.positive(args[0]) if args else None
    held: Held | None = ctx.db.get(key, set)
    if held is None or count == 0:
        return None if count is None else Members()
    if count is not None and count >= len(held):
        lookups.looked(ctx.db, key)
        popped = in_order(held)
    else:
        popped = drawn(_drawable(ctx, key, held), count or 1)
    held = ctx.db.values[key]
    held.difference_update(popped)
    if 5 * len(held) > len(popped):
        _shrank(ctx, key, held, popped)
    elif ctx.db.kept_as(key) == b"hashtable":
        ctx.db.keep_as(key, None)  # so few are left that the server makes a new set of them
    ctx.db.settle(key, held, "spop", len(popped))
    return popped[0] if count is None else Members(popped)


@sets.command("SRANDMEMBER key [arg ...]", flags="readonly", since="1.0.0")  # [count]
def srandmember(ctx: Context, key: bytes, args: list[bytes]) -> Reply:
    """Get one or multiple random members from a set

    Reply: one member, or an array: of different members, or with a count below zero of any.
    """
    if len(args) > 1:
        raise errors.syntax()
    count = types.ranged(args[0], -types.INT64_MAX, types.INT64_MAX) if args else None
    held: Held | None = ctx.db.get(key, set)
    if count is None:
        return None if held is None else drawn(_drawable(ctx, key, held), 1)[0]
    if held is None or not count:
        return []
    if count < 0:
        if overflows(ctx, count, held):
            return []
        return drawn(_drawable(ctx, key, held), count)
    if count >= len(held):
        return in_order(held)
    return drawn(_drawable(ctx, key, held), count)


@sets.command(
    "SSCAN key cursor [arg ...]",  # [MATCH pattern] [COUNT count]
    flags="readonly",
    since="2.8.0",
)
def sscan(ctx: Context, key: bytes, cursor: bytes, args: list[bytes]) -> Reply:
    """Iterates over members of a set."""
    place = scanning.cursor(cursor, ctx.kernel.profile)
    held: Held | None = ctx.db.get(key, set)
    if held is None:
        return scanning.reply(0, [])
    options = scanning.options(args, of="set", profile=ctx.kernel.profile)
    if isinstance(held, IndexedSet) or not _is_compact(ctx, held):
        following, found = _indexed(ctx, key, held).scan(place, options.count)
    else:
        following, found = 0, in_order(held)
    return scanning.reply(following, options.chosen(found))


def _is_compact(ctx: Context, held: Held) -> bool:
    return encodings.encoding(held, ctx.kernel.config.number) != b"hashtable"


def _drawable(ctx: Context, key: bytes, held: Held) -> Held:
    """What is drawn from at random: large ones are indexed for it."""
    return held if len(held) <= _SMALL else _indexed(ctx, key, held)


def _indexed(ctx: Context, key: bytes, held: Held) -> IndexedSet[bytes]:
    if isinstance(held, IndexedSet):
        return held
    return ctx.db.exchange(key, IndexedSet(held))


@sets.command("SINTER key [key ...]", flags="readonly", since="1.0.0")
def sinter(ctx: Context, keys: list[bytes]) -> Reply:
    """Returns the intersect of multiple sets."""
    return Members(in_order(_intersection(ctx, keys)))


@sets.command(
    "SINTERCARD numkeys:cardkeys key [key ...] [LIMIT limit:limit]",
    flags="readonly movablekeys",
    since="7.0.0",
)
def sintercard(ctx: Context, keys: list[bytes], limit: int | None) -> Reply:
    """Returns the number of members of the intersect of multiple sets."""
    size = len(_intersection(ctx, keys))
    return min(size, limit) if limit else size


@sets.command("SINTERSTORE destination:key key [key ...]", flags="write denyoom", since="1.0.0")
def sinterstore(ctx: Context, destination: bytes, keys: list[bytes]) -> Reply:
    """Stores the intersect of multiple sets in a key."""
    return _store(ctx, destination, _intersection(ctx, keys), "sinterstore")


@sets.command("SUNION key [key ...]", flags="readonly", since="1.0.0")
def sunion(ctx: Context, keys: list[bytes]) -> Reply:
    """Returns the union of multiple sets."""
    return Members(in_order(_union(ctx, keys)))


@sets.command("SUNIONSTORE destination:key key [key ...]", flags="write denyoom", since="1.0.0")
def sunionstore(ctx: Context, destination: bytes, keys: list[bytes]) -> Reply:
    """Stores the union of multiple sets in a key."""
    return _store(ctx, destination, _union(ctx, keys), "sunionstore")


@sets.command("SDIFF key [key ...]", flags="readonly", since="1.0.0")
def sdiff(ctx: Context, keys: list[bytes]) -> Reply:
    """Returns the difference of multiple sets."""
    return Members(in_order(_difference(ctx, keys)))


@sets.command("SDIFFSTORE destination:key key [key ...]", flags="write denyoom", since="1.0.0")
def sdiffstore(ctx: Context, destination: bytes, keys: list[bytes]) -> Reply:
    """Stores the difference of multiple sets in a key."""
    return _store(ctx, destination, _difference(ctx, keys), "sdiffstore")


def _sources(ctx: Context, keys: list[bytes]) -> list[Held]:
    """The sets under ``keys``.  Errors: WRONGTYPE, whatever the others hold."""
    return [ctx.db.get(key, set) or set() for key in keys]


def _intersection(ctx: Context, keys: list[bytes]) -> MemberSet:
    smallest, *others = sorted(_sources(ctx, keys), key=len)
    common = smallest.intersection(*others)
    return MemberSet.listed([member for member in in_order(smallest) if member in common])


def _union(ctx: Context, keys: list[bytes]) -> MemberSet:
    union = MemberSet()
    union.update(*map(in_order, _sources(ctx, keys)))
    return union


def _difference(ctx: Context, keys: list[bytes]) -> MemberSet:
    """Of two ways the one that is less work, as the order of the result depends on it (t_set.c,
    sunionDiffGenericCommand).
    """
    first, *others = sources = _sources(ctx, keys)
    if len(first) * sum(map(bool, sources)) // 2 <= sum(map(len, sources)):
        rest = first.difference(*others)
        return MemberSet(member for member in in_order(first) if member in rest)
    left = MemberSet(in_order(first))
    left.difference_update(*others)
    return left


def _store(ctx: Context, destination: bytes, members: MemberSet, event: str) -> int:
    """A result without members removes the key."""
    if members:
        ctx.db.set(destination, members)
        ctx.db.touch(destination, event)
    elif ctx.db.discard(destination):
        ctx.db.touch(destination, "del")
    return len(members)
