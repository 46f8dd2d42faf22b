"""Unions, intersections and differences of sorted sets; plain sets take part with scores of 1.

The smallest input is looked at first, as the server does, so that sums of scores round alike
(t_zset.c, zunionInterDiffGenericCommand).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from mock_backend import errors
from mock_backend.commands.sorted_set_ranges import store
from mock_backend.commands.sorted_sets import scored
from mock_backend.kernel.context import Context
from mock_backend.replies import Reply
from mock_backend.schema.command import Table
from mock_backend.store.zset import ZSet, scores_of

sorted_set_algebra = Table("sorted-set", "sortedset")

Scores = dict[bytes, float]
Input = tuple[Mapping[bytes, float], float]
"""The scores of one key, and its weight."""

Aggregate = Callable[[float, float], float]


def _total(first: float, second: float) -> float:
    total = first + second
    return 0.0 if math.isnan(total) else total  # inf and -inf cancel out


AGGREGATES: Final[dict[str | None, Aggregate]] = {
    None: _total,
    "SUM": _total,
    "MIN": min,
    "MAX": max,
}

WEIGHED: Final = "[WEIGHTS weight:weight [weight ...]] [AGGREGATE aggregate=SUM|MIN|MAX]"


def _scores(ctx: Context, keys: Sequence[bytes]) -> list[Mapping[bytes, float]]:
    """What each key holds.  Errors: WRONGTYPE, before anything is said of the options."""
    found: list[Mapping[bytes, float]] = []
    for key in keys:
        value = ctx.db.read(key)
        scores = {} if value is None else scores_of(value)
        if scores is None:
            raise errors.wrong_type()
        found.append(scores)
    return found


def _inputs(ctx: Context, keys: Sequence[bytes], weights: list[float] | None) -> list[Input]:
    """What the keys hold with their weights, the smallest first."""
    scores = _scores(ctx, keys)
    numbers = weights or [1.0] * len(keys)
    return sorted(zip(scores, numbers, strict=True), key=lambda item: len(item[0]))


def _weighed(score: float, weight: float) -> float:
    product = score * weight
    return 0.0 if math.isnan(product) else product


def _union(inputs: list[Input], aggregate: Aggregate) -> Scores:
    result: Scores = {}
    for scores, weight in inputs:
        for member, score in scores.items():
            value = _weighed(score, weight)
            old = result.get(member)
            result[member] = value if old is None else aggregate(old, value)
    return result


def _intersection(inputs: list[Input], aggregate: Aggregate) -> Scores:
    """Only the smallest input's products are kept from being no number, as in the server: of the
    others ``SUM`` makes 0, and ``MIN`` and ``MAX`` pass over them.
    """
    (first, weight), *others = inputs
    result: Scores = {}
    for member in _common(inputs):
        value = _weighed(first[member], weight)
        for scores, factor in others:
            value = aggregate(value, scores[member] * factor)
        result[member] = value
    return result


def _common(inputs: list[Input]) -> set[bytes]:
    (first, _), *others = inputs
    return set(first).intersection(*(scores for scores, _ in others))


def _difference(all_scores: list[Mapping[bytes, float]]) -> Scores:
    first, *others = all_scores
    left = set(first).difference(*others)
    return {member: first[member] for member in left}


def _shown(ctx: Context, scores: Scores, *, withscores: bool) -> Reply:
    order = ZSet(scores).order
    return scored(ctx, order) if withscores else [member for _, member in order]


@sorted_set_algebra.command(
    f"ZUNION numkeys:inputkeys key [key ...] {WEIGHED} [WITHSCORES]",
    flags="readonly movablekeys",
    since="6.2.0",
    look=_scores,
)
def zunion(
    ctx: Context,
    keys: list[bytes],
    weights: list[float] | None,
    aggregate: str | None,
    withscores: bool,
) -> Reply:
    """Returns the union of multiple sorted sets."""
    union = _union(_inputs(ctx, keys, weights), AGGREGATES[aggregate])
    return _shown(ctx, union, withscores=withscores)


@sorted_set_algebra.command(
    f"ZUNIONSTORE destination:key numkeys:inputkeys key [key ...] {WEIGHED}",
    flags="write denyoom movablekeys",
    since="2.0.0",
    look=_scores,
)
def zunionstore(
    ctx: Context,
    destination: bytes,
    keys: list[bytes],
    weights: list[float] | None,
    aggregate: str | None,
) -> Reply:
    """Stores the union of multiple sorted sets in a key."""
    union = _union(_inputs(ctx, keys, weights), AGGREGATES[aggregate])
    return store(ctx, destination, union, "zunionstore")


@sorted_set_algebra.command(
    f"ZINTER numkeys:inputkeys key [key ...] {WEIGHED} [WITHSCORES]",
    flags="readonly movablekeys",
    since="6.2.0",
    look=_scores,
)
def zinter(
    ctx: Context,
    keys: list[bytes],
    weights: list[float] | None,
    aggregate: str | None,
    withscores: bool,
) -> Reply:
    """Returns the intersect of multiple sorted sets."""
    common = _intersection(_inputs(ctx, keys, weights), AGGREGATES[aggregate])
    return _shown(ctx, common, withscores=withscores)


@sorted_set_algebra.command(
    f"ZINTERSTORE destination:key numkeys:inputkeys key [key ...] {WEIGHED}",
    flags="write denyoom movablekeys",
    since="2.0.0",
    look=_scores,
)
def zinterstore(
    ctx: Context,
    destination: bytes,
    keys: list[bytes],
    weights: list[float] | None,
    aggregate: str | None,
) -> Reply:
    """Stores the intersect of multiple sorted sets in a key."""
    common = _intersection(_inputs(ctx, keys, weights), AGGREGATES[aggregate])
    return store(ctx, destination, common, "zinterstore")


@sorted_set_algebra.command(
    "ZINTERCARD numkeys:inputkeys key [key ...] [LIMIT limit:limit]",
    flags="readonly movablekeys",
    since="7.0.0",
    look=_scores,
)
def zintercard(ctx: Context, keys: list[bytes], limit: int | None) -> Reply:
    """Returns the number of members of the intersect of multiple sorted sets."""
    found = len(_common(_inputs(ctx, keys, None)))
    return min(found, limit) if limit else found


@sorted_set_algebra.command(
    "ZDIFF numkeys:inputkeys key [key ...] [WITHSCORES]",
    flags="readonly movablekeys",
    since="6.2.0",
    look=_scores,
)
def zdiff(ctx: Context, keys: list[bytes], withscores: bool) -> Reply:
    """Returns the difference between multiple sorted sets."""
    return _shown(ctx, _difference(_scores(ctx, keys)), withscores=withscores)


@sorted_set_algebra.command(
    "ZDIFFSTORE destination:key numkeys:inputkeys key [key ...]",
    flags="write denyoom movablekeys",
    since="6.2.0",
    look=_scores,
)
def zdiffstore(ctx: Context, destination: bytes, keys: list[bytes]) -> Reply:
    """Stores the difference of multiple sorted sets in a key."""
    return store(ctx, destination, _difference(_scores(ctx, keys)), "zdiffstore")
