"""Sorted sets, member by member: adding, scores and ranks, popping, waiting, random members, ZSCAN.

Ranges live in sorted_set_ranges.py, unions and the like in sorted_set_algebra.py.  What is ordered
is ``store.zset.ZSet``.  Members with scores are a flat array in RESP2 and nested pairs in RESP3.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from typing import Final

from mock_backend import errors
from mock_backend.commands import scanning
from mock_backend.commands.drawing import overflows
from mock_backend.kernel.context import Context
from mock_backend.replies import NIL_ARRAY, Block, Reply
from mock_backend.resp.numbers import printing
from mock_backend.schema import types
from mock_backend.schema.command import Table
from mock_backend.store import encodings
from mock_backend.store.zset import Scored, ZSet

sorted_sets = Table("sorted-set", "sortedset")

ZADD_OPTIONS: Final = frozenset({b"NX", b"XX", b"GT", b"LT", b"CH", b"INCR"})


def scored(ctx: Context, members: Iterable[Scored]) -> list[Reply]:
    """Members with their scores, in the shape of the dialect."""
    if ctx.protocol == 3:
        return [[member, score] for score, member in members]
    return [item for score, member in members for item in (member, score)]


@sorted_sets.command(
    "ZADD key [NX] [XX] [GT] [LT] [CH] [INCR] items=score member [score member ...]",
    flags="write denyoom fast",
    since="1.2.0",
)
def zadd(
    ctx: Context,
    key: bytes,
    nx: bool,
    xx: bool,
    gt: bool,
    lt: bool,
    ch: bool,
    incr: bool,
    items: list[bytes],
) -> Reply:
    """Adds members to a sorted set, or updates their scores. Creates the key if it doesn't exist.

    Reply: how many were added, with CH how many were added or changed; with INCR the new score, or
    nil if a condition did not hold.
    """
    if len(items) % 2 or items[0].upper() in ZADD_OPTIONS:
        raise errors.syntax()
    if nx and xx:
        raise errors.err("XX and NX options at the same time are not compatible")
    if (gt and nx) or (lt and nx) or (gt and lt):
        raise errors.err("GT, LT, and/or NX options at the same time are not compatible")
    if incr and len(items) > 2:
        raise errors.err("INCR option supports a single increment-element pair")
    if len(items) == 2:  # most often
        scores, members = [types.floating(items[0])], [items[1]]
    else:
        scores, members = [types.floating(word) for word in items[::2]], items[1::2]
    if incr:
        return _increase(ctx, key, members[0], scores[0], nx=nx, xx=xx, gt=gt, lt=lt)
    zset = ctx.db.get(key, ZSet)
    if zset is None:
        if xx:
            return 0
        zset = ctx.db.get_or_create(key, ZSet)
    present = zset.scores
    added = updated = 0
    for member, score in zip(members, scores):
        old = present.get(member)
        if old is None:
            if xx:
                continue
            added += 1
        elif old == score or nx or (gt and score < old) or (lt and score > old):
            continue
        else:
            updated += 1
        zset.set(member, score)
    if added or updated:
        ctx.db.touch(key, "zadd", added + updated)
    return added + updated if ch else added


@sorted_sets.command(
    "ZINCRBY key increment:float member", flags="write denyoom fast", since="1.2.0"
)
def zincrby(ctx: Context, key: bytes, increment: float, member: bytes) -> Reply:
    """Increments the score of a member in a sorted set.

    Reply: the new score.  Errors: ERR, if it were no number.
    """
    return _increase(ctx, key, member, increment)


def _increase(
    ctx: Context,
    key: bytes,
    member: bytes,
    amount: float,
    *,
    nx: bool = False,
    xx: bool = False,
    gt: bool = False,
    lt: bool = False,
) -> float | None:
    zset = ctx.db.get(key, ZSet)
    old = None if zset is None else zset.scores.get(member)
    if old is None:
        if xx:
            return None
        score = amount
    else:
        if nx:
            return None
        score = old + amount
        if math.isnan(score):
            raise errors.err("resulting score is not a number (NaN)")
        if (gt and score <= old) or (lt and score >= old):
            return None
        if score == old:
            return score
    if zset is None:
        zset = ctx.db.get_or_create(key, ZSet)
    zset.set(member, score)
    ctx.db.touch(key, "zincr")
    return score


@sorted_sets.command("ZCARD key", flags="readonly fast", since="1.2.0")
def zcard(ctx: Context, key: bytes) -> Reply:
    """Returns the number of members in a sorted set."""
    return len(ctx.db.get(key, ZSet) or ())


@sorted_sets.command("ZSCORE key member", flags="readonly fast", since="1.2.0")
def zscore(ctx: Context, key: bytes, member: bytes) -> Reply:
    """Returns the score of a member in a sorted set."""
    zset = ctx.db.get(key, ZSet)
    return None if zset is None else zset.scores.get(member)


@sorted_sets.command("ZMSCORE key member [member ...]", flags="readonly fast", since="6.2.0")
def zmscore(ctx: Context, key: bytes, members: list[bytes]) -> Reply:
    """Returns the score of one or more members in a sorted set."""
    zset = ctx.db.get(key, ZSet)
    return [None if zset is None else zset.scores.get(member) for member in members]


@sorted_sets.command(
    "ZRANK key member [WITHSCORE@7.2.0]", flags="readonly fast", since="2.0.0", most=4
)
def zrank(ctx: Context, key: bytes, member: bytes, withscore: bool) -> Reply:
    """Returns the index of a member in a sorted set ordered by ascending scores.

    Reply: nil if it is not there; with WITHSCORE ``[rank, score]``, or a null array.
    """
    return _rank(ctx, key, member, withscore, reverse=False)


@sorted_sets.command(
    "ZREVRANK key member [WITHSCORE@7.2.0]", flags="readonly fast", since="2.0.0", most=4
)
def zrevrank(ctx: Context, key: bytes, member: bytes, withscore: bool) -> Reply:
    """Returns the index of a member in a sorted set ordered by descending scores.

    Reply: nil if it is not there; with WITHSCORE ``[rank, score]``, or a null array.
    """
    return _rank(ctx, key, member, withscore, reverse=True)


def _rank(ctx: Context, key: bytes, member: bytes, withscore: bool, *, reverse: bool) -> Reply:
    zset = ctx.db.get(key, ZSet)
    place = None if zset is None else zset.rank(member)
    if zset is None or place is None:
        return NIL_ARRAY if withscore else None
    if reverse:
        place = len(zset) - 1 - place
    return [place, zset.scores[member]] if withscore else place


@sorted_sets.command("ZREM key member [member ...]", flags="write fast", since="1.2.0")
def zrem(ctx: Context, key: bytes, members: list[bytes]) -> Reply:
    """Removes one or more members from a sorted set, and the set if none is left.

    Reply: how many there were.
    """
    zset = ctx.db.get(key, ZSet)
    if zset is None:
        return 0
    before = len(zset)
    removed = sum([zset.remove(member) for member in members])
    if removed:
        shrank(ctx, key, before, members)
        ctx.db.settle(key, zset, "zrem", removed)
    return removed


def shrank(ctx: Context, key: bytes, before: int, removed: Iterable[bytes]) -> None:
    """To be called when ``removed`` were taken from a sorted set of ``before`` members."""
    encodings.shrank(ctx.db, key, "zset", before, removed, ctx.kernel.config.number)


@sorted_sets.command("ZPOPMIN key [count]", flags="write fast", since="5.0.0")
def zpopmin(ctx: Context, key: bytes, count: bytes | None) -> Reply:
    """Removes the lowest-scoring members from a sorted set and returns them.

    Reply: members with scores, the lowest first; without a count flat also in RESP3.
    """
    return _pop(ctx, key, count, "MIN")


@sorted_sets.command("ZPOPMAX key [count]", flags="write fast", since="5.0.0")
def zpopmax(ctx: Context, key: bytes, count: bytes | None) -> Reply:
    """Removes the highest-scoring members from a sorted set and returns them.

    Reply: members with scores, the highest first; without a count flat also in RESP3.
    """
    return _pop(ctx, key, count, "MAX")


def _pop(ctx: Context, key: bytes, count: bytes | None, where: str) -> Reply:
    wanted = 1 if count is None else types.positive(count)
    zset = ctx.db.get(key, ZSet)
    if zset is None or not wanted:
        return []
    popped = _take(ctx, key, zset, where, wanted)
    if count is None:
        score, member = popped[0]
        return [member, score]
    return scored(ctx, popped)


def _take(ctx: Context, key: bytes, zset: ZSet, where: str, count: int) -> list[Scored]:
    before = len(zset)
    popped = zset.pop(count, highest=where == "MAX")
    shrank(ctx, key, before, [member for _, member in popped])
    ctx.db.settle(key, zset, "zpopmax" if where == "MAX" else "zpopmin", len(popped))
    return popped


@sorted_sets.command(
    "ZMPOP numkeys:somekeys key [key ...] where=MIN|MAX [COUNT count:once]",
    flags="write movablekeys",
    since="7.0.0",
    first=lambda _, words: types.check_several(words, 1),
)
def zmpop(ctx: Context, keys: list[bytes], where: str, count: bytes | None) -> Reply:
    """Pops the highest- or lowest-scoring members from the first sorted set that exists.

    Reply: ``[key, [[member, score], ...]]``, or a null array if every set is empty.
    """
    reply = _pop_first(ctx, keys, where, types.several(count))
    return NIL_ARRAY if reply is None else reply


def _pop_first(ctx: Context, keys: list[bytes], where: str, count: int) -> Reply:
    """``[key, [[member, score], ...]]``, or ``None`` if there is no such set."""
    for key in keys:
        zset = ctx.db.get(key, ZSet)
        if zset is not None:
            popped = _take(ctx, key, zset, where, count)
            return [key, [[member, score] for score, member in popped]]
    return None


@sorted_sets.command(
    "BZPOPMIN key [key ...] timeout:timeout",
    flags="write blocking fast noscript~7.2.0",
    since="5.0.0",
)
def bzpopmin(ctx: Context, keys: list[bytes], timeout: float) -> Reply:
    """Pops the member with the lowest score from one of the sorted sets; waits if need be.

    Reply: ``[key, member, score]``; a null array once ``timeout`` seconds have passed (0: never).
    """
    return _blocking_pop(ctx, b"BZPOPMIN", keys, timeout, "MIN")


@sorted_sets.command(
    "BZPOPMAX key [key ...] timeout:timeout",
    flags="write blocking fast noscript~7.2.0",
    since="5.0.0",
)
def bzpopmax(ctx: Context, keys: list[bytes], timeout: float) -> Reply:
    """Pops the member with the highest score from one of the sorted sets; waits if need be.

    Reply: ``[key, member, score]``; a null array once ``timeout`` seconds have passed (0: never).
    """
    return _blocking_pop(ctx, b"BZPOPMAX", keys, timeout, "MAX")


def _blocking_pop(
    ctx: Context, name: bytes, keys: list[bytes], timeout: float, where: str
) -> Reply:
    for key in keys:
        zset = ctx.db.get(key, ZSet)
        if zset is not None:
            ((score, member),) = _take(ctx, key, zset, where, 1)
            return [key, member, score]
    return Block(keys, timeout, kind=ZSet, alone=lambda key: (name, key, b"0"))


@sorted_sets.command(
    "BZMPOP timeout numkeys:somekeys key [key ...] where=MIN|MAX [COUNT count:once]",
    flags="write blocking movablekeys",
    since="7.0.0",
    first=lambda _, words: types.check_several(words, 2),
)
def bzmpop(
    ctx: Context, timeout: bytes, keys: list[bytes], where: str, count: bytes | None
) -> Reply:
    """Pops members by score from the first sorted set that has any; waits if need be."""
    most, seconds = types.several(count), types.timeout(timeout)
    reply = _pop_first(ctx, keys, where, most)
    if reply is not None:
        return reply
    tail = (where.encode(), b"COUNT", b"%d" % most)
    return Block(keys, seconds, kind=ZSet, alone=lambda key: (b"BZMPOP", b"0", b"1", key, *tail))


@sorted_sets.command(
    "ZRANDMEMBER key [count:int [WITHSCORES!]]",
    flags="readonly",
    since="6.2.0",
    first=lambda _, words: words[2:] and types.ranged(words[2], -types.INT64_MAX, types.INT64_MAX),
)
def zrandmember(ctx: Context, key: bytes, count: int | None, withscores: bool | None) -> Reply:
    """Returns one or more random members from a sorted set.

    A positive count gives different members, a negative one may repeat them.
    """
    if count is not None:
        _check_draws(count, withscores=bool(withscores))
    zset = ctx.db.get(key, ZSet)
    if zset is None:
        return None if count is None else []
    size, order = len(zset), zset.order
    if count is None:
        return order[random.randrange(size)][1]
    if count >= size:
        drawn: Iterable[Scored] = reversed(order)
    elif count >= 0:
        drawn = [order[place] for place in random.sample(range(size), count)]
    elif overflows(ctx, count, zset.scores):
        return []
    else:
        drawn = [order[random.randrange(size)] for _ in range(-count)]
    return scored(ctx, drawn) if withscores else [member for _, member in drawn]


def _check_draws(count: int, *, withscores: bool) -> None:
    types.ranged(b"%d" % count, -types.INT64_MAX, types.INT64_MAX)
    if withscores and not -types.INT64_MAX // 2 <= count <= types.INT64_MAX // 2:
        raise errors.out_of_range()


@sorted_sets.command(
    "ZSCAN key cursor [arg ...]",  # [MATCH pattern] [COUNT count] [NOSCORES]
    flags="readonly",
    since="2.8.0",
)
def zscan(ctx: Context, key: bytes, cursor: bytes, args: list[bytes]) -> Reply:
    """Iterates over members and scores of a sorted set.

    Reply: ``[cursor, [member, score, ...]]``, the scores as strings in both dialects.
    """
    place = scanning.cursor(cursor, ctx.kernel.profile)
    zset = ctx.db.get(key, ZSet)
    if zset is None:
        return scanning.reply(0, [])
    options = scanning.options(args, of="zset", profile=ctx.kernel.profile)
    if type(zset.scores) is dict and _is_listpack(ctx, zset):
        following, found = 0, [member for _, member in zset.order]
    else:
        following, found = zset.scan(place, options.count)
    scores = zset.scores
    printed = printing(ctx.kernel.profile)
    words = options.chosen(found)
    if options.values:
        words = [word for name in words for word in (name, printed(scores[name]))]
    return scanning.reply(following, words)


def _is_listpack(ctx: Context, zset: ZSet) -> bool:
    return encodings.encoding(zset, ctx.kernel.config.number) == b"listpack"
