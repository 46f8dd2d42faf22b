"""Sorted sets, by range of rank, score or member: reading, counting, removing, storing.

All of them find the ranks that a range covers (``store.zset.ZSet.span_of_...``); LIMIT and reversal
are arithmetic on those ranks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mock_backend import errors
from mock_backend.commands.sorted_sets import scored, shrank
from mock_backend.kernel.context import Context
from mock_backend.replies import Reply, ReplyError
from mock_backend.schema import types
from mock_backend.schema.command import Table
from mock_backend.store.zset import LexRange, Scored, ScoreRange, ZSet

sorted_set_ranges = Table("sorted-set", "sortedset")

_A_LISTPACK: Final = 128
"""So many members are looked at for one that is too long; a set with more is no listpack."""

Ranks = tuple[int, int]
"""As LIMIT, ``start`` and ``stop`` name them; a plain range of ranks before the set is known."""

Range = Ranks | ScoreRange | LexRange
Limit = tuple[int, int] | None


def score_range(low: bytes, high: bytes) -> ScoreRange:
    """``1 (2``, ``-inf +inf``: what ZCOUNT and its like take (t_zset.c, zslParseRange)."""
    first, second = _score(low), _score(high)
    return ScoreRange(first[0], second[0], first[1], second[1])


def _score(word: bytes) -> tuple[float, bool]:
    excluded = word.startswith(b"(")
    text = word[excluded:].partition(b"\0")[0].lstrip()  # strtod sees no further
    if not text:  # strtod reads nothing as 0
        return 0.0, excluded
    try:
        return types.strtod(text), excluded
    except ReplyError:
        raise errors.err("min or max is not a float") from None


def lex_range(low: bytes, high: bytes) -> LexRange:
    """``[a (c``, ``- +``: what ZRANGEBYLEX and its like take (t_zset.c, zslParseLexRange)."""
    first, second = _member(low), _member(high)
    return LexRange(
        first[0],
        second[0],
        first[1],
        second[1],
        empty=low == b"+" or high == b"-",
    )


def _member(word: bytes) -> tuple[bytes | None, bool]:
    if word in {b"-", b"+"}:
        return None, False
    if word[:1] not in {b"(", b"["}:
        raise errors.err("min or max not valid string range item")
    return word[1:], word[:1] == b"("


def _span(zset: ZSet, wanted: Range, *, reverse: bool = False) -> tuple[int, int]:
    """The ranks that ``wanted`` covers, counted from the lowest score; the end is exclusive."""
    if isinstance(wanted, ScoreRange):
        return zset.span_of_scores(wanted)
    if isinstance(wanted, LexRange):
        return zset.span_of_members(wanted, reverse=reverse)
    size = len(zset)
    start, stop = wanted
    first = min(size, max(0, start + size if start < 0 else start))
    return first, max(first, min(size, (stop + size if stop < 0 else stop) + 1))


def _selected(zset: ZSet, wanted: Range, limit: Limit, *, reverse: bool) -> Iterator[Scored]:
    """The members in ``wanted``, in the order of the reply."""
    first, end = _span(zset, wanted, reverse=reverse)
    if reverse and isinstance(wanted, tuple):
        first, end = len(zset) - end, len(zset) - first
    if limit is not None:
        offset, count = limit
        if offset < 0:
            return iter(())
        if reverse:
            end -= offset
            first = first if count < 0 else max(first, end - count)
        else:
            first += offset
            end = end if count < 0 else min(end, first + count)
    return zset.between(first, end, reverse=reverse) if first < end else iter(())


def _wanted(low: bytes, high: bytes, by: str | None) -> Range:
    if by == "BYSCORE":
        return score_range(low, high)
    if by == "BYLEX":
        return lex_range(low, high)
    return types.integer(low), types.integer(high)


@sorted_set_ranges.command(
    "ZRANGE key start stop [by=BYSCORE!|BYLEX!] [REV!] [LIMIT offset:int count:int] [WITHSCORES]",
    flags="readonly",
    since="1.2.0",
)
def zrange(
    ctx: Context,
    key: bytes,
    start: bytes,
    stop: bytes,
    by: str | None,
    rev: bool,
    limit: Limit,
    withscores: bool,
) -> Reply:
    """Returns members in a sorted set within a range of indexes, scores or members."""
    _check_options(by, limit, withscores=withscores)
    if rev and by:
        start, stop = stop, start
    return _range(ctx, key, _wanted(start, stop, by), limit, withscores=withscores, reverse=rev)


def _check_options(by: str | None, limit: Limit, *, withscores: bool = False) -> None:
    if limit is not None and limit[1] != -1 and not by:
        raise errors.err(
            "syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"
        )
    if withscores and by == "BYLEX":
        raise errors.err("syntax error, WITHSCORES not supported in combination with BYLEX")


def _range(
    ctx: Context,
    key: bytes,
    wanted: Range,
    limit: Limit = None,
    *,
    withscores: bool = False,
    reverse: bool = False,
) -> Reply:
    zset = ctx.db.get(key, ZSet)
    if zset is None:
        return []
    if isinstance(wanted, tuple):
        limit = None  # LIMIT with -1 elements is let through, and means nothing
    members = _selected(zset, wanted, limit, reverse=reverse)
    return scored(ctx, members) if withscores else [member for _, member in members]


@sorted_set_ranges.command("ZREVRANGE key start stop [WITHSCORES]", flags="readonly", since="1.2.0")
def zrevrange(ctx: Context, key: bytes, start: bytes, stop: bytes, withscores: bool) -> Reply:
    """Returns members in a sorted set within a range of indexes in reverse order."""
    wanted = _wanted(start, stop, None)
    return _range(ctx, key, wanted, withscores=withscores, reverse=True)


@sorted_set_ranges.command(
    "ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset:int count:int]",
    flags="readonly",
    since="1.0.5",
)
def zrangebyscore(
    ctx: Context, key: bytes, min_: bytes, max_: bytes, withscores: bool, limit: Limit
) -> Reply:
    """Returns members in a sorted set within a range of scores."""
    return _range(ctx, key, score_range(min_, max_), limit, withscores=withscores)


@sorted_set_ranges.command(
    "ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset:int count:int]",
    flags="readonly",
    since="2.2.0",
)
def zrevrangebyscore(
    ctx: Context, key: bytes, max_: bytes, min_: bytes, withscores: bool, limit: Limit
) -> Reply:
    """Returns members in a sorted set within a range of scores in reverse order."""
    wanted = score_range(min_, max_)
    return _range(ctx, key, wanted, limit, withscores=withscores, reverse=True)


@sorted_set_ranges.command(
    "ZRANGEBYLEX key min max [LIMIT offset:int count:int] [WITHSCORES]",
    flags="readonly",
    since="2.8.9",
)
def zrangebylex(
    ctx: Context, key: bytes, min_: bytes, max_: bytes, limit: Limit, withscores: bool
) -> Reply:
    """Returns members in a sorted set within a lexicographical range."""
    _check_options("BYLEX", limit, withscores=withscores)
    return _range(ctx, key, lex_range(min_, max_), limit)


@sorted_set_ranges.command(
    "ZREVRANGEBYLEX key max min [LIMIT offset:int count:int] [WITHSCORES]",
    flags="readonly",
    since="2.8.9",
)
def zrevrangebylex(
    ctx: Context, key: bytes, max_: bytes, min_: bytes, limit: Limit, withscores: bool
) -> Reply:
    """Returns members in a sorted set within a lexicographical range in reverse order."""
    _check_options("BYLEX", limit, withscores=withscores)
    return _range(ctx, key, lex_range(min_, max_), limit, reverse=True)


@sorted_set_ranges.command(
    "ZRANGESTORE dst:key src:key min max [by=BYSCORE!|BYLEX!] [REV!] [LIMIT offset:int count:int]",
    flags="write denyoom",
    since="6.2.0",
)
def zrangestore(
    ctx: Context,
    dst: bytes,
    src: bytes,
    min_: bytes,
    max_: bytes,
    by: str | None,
    rev: bool,
    limit: Limit,
) -> Reply:
    """Stores a range of members from sorted set in a key."""
    _check_options(by, limit)
    if rev and by:
        min_, max_ = max_, min_
    wanted = _wanted(min_, max_, by)
    zset = ctx.db.get(src, ZSet)
    members: Iterator[Scored] = iter(())
    if zset is not None:
        members = _selected(zset, wanted, limit if by else None, reverse=rev)
    return store(ctx, dst, {member: score for score, member in members}, "zrangestore")


def store(ctx: Context, key: bytes, scores: dict[bytes, float], event: str) -> int:
    """Makes ``key`` hold a sorted set, or nothing if it were empty; how many members it has."""
    if scores:
        # -0 becomes 0, as in a listpack
        ctx.db.set(key, ZSet({member: score + 0.0 for member, score in scores.items()}))
        ctx.db.touch(key, event, len(scores) if event.startswith("geo") else 1)
    elif ctx.db.discard(key):
        ctx.db.touch(key, "del")
    return len(scores)


@sorted_set_ranges.command("ZCOUNT key min max", flags="readonly fast", since="2.0.0")
def zcount(ctx: Context, key: bytes, min_: bytes, max_: bytes) -> Reply:
    """Returns the count of members in a sorted set that have scores within a range."""
    return _count(ctx, key, score_range(min_, max_))


@sorted_set_ranges.command("ZLEXCOUNT key min max", flags="readonly fast", since="2.8.9")
def zlexcount(ctx: Context, key: bytes, min_: bytes, max_: bytes) -> Reply:
    """Returns the number of members in a sorted set within a lexicographical range."""
    return _count(ctx, key, lex_range(min_, max_))


def _count(ctx: Context, key: bytes, wanted: Range) -> int:
    zset = ctx.db.get(key, ZSet)
    if zset is None:
        return 0
    first, end = _span(zset, wanted)
    return end - first


@sorted_set_ranges.command("ZREMRANGEBYRANK key start:int stop:int", flags="write", since="2.0.0")
def zremrangebyrank(ctx: Context, key: bytes, start: int, stop: int) -> Reply:
    """Removes members in a sorted set within a range of indexes."""
    return _remove(ctx, key, (start, stop), "zremrangebyrank")


@sorted_set_ranges.command("ZREMRANGEBYSCORE key min max", flags="write", since="1.2.0")
def zremrangebyscore(ctx: Context, key: bytes, min_: bytes, max_: bytes) -> Reply:
    """Removes members in a sorted set within a range of scores."""
    return _remove(ctx, key, score_range(min_, max_), "zremrangebyscore")


@sorted_set_ranges.command("ZREMRANGEBYLEX key min max", flags="write", since="2.8.9")
def zremrangebylex(ctx: Context, key: bytes, min_: bytes, max_: bytes) -> Reply:
    """Removes members in a sorted set within a lexicographical range."""
    return _remove(ctx, key, lex_range(min_, max_), "zremrangebylex")


def _remove(ctx: Context, key: bytes, wanted: Range, event: str) -> int:
    zset = ctx.db.get(key, ZSet)
    if zset is None:
        return 0
    first, end = _span(zset, wanted)
    if first >= end:
        return 0
    doomed = [member for _, member in zset.between(first, min(end, first + _A_LISTPACK))]
    shrank(ctx, key, len(zset), doomed)
    removed = zset.remove_between(first, end)
    ctx.db.settle(key, zset, event, removed)
    return removed
