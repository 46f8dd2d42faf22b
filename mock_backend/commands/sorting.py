"""SORT and SORT_RO: elements in order, by themselves or by what other keys hold.

A pattern (``weight_*``, ``user_*->age``) names a key, and perhaps a field, for each element; ``#``
is the element itself.  Source: sort.c.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from mock_backend import errors
from mock_backend.errors import acl as acl_errors
from mock_backend.errors import cluster as cluster_errors
from mock_backend.kernel import lookups
from mock_backend.kernel.cluster.slots import pattern_slot, slot_of
from mock_backend.kernel.context import Context
from mock_backend.profile import Since
from mock_backend.replies import Reply, ReplyError
from mock_backend.schema import types
from mock_backend.schema.command import Table
from mock_backend.store.keyspace import Database
from mock_backend.store.members import in_order
from mock_backend.store.zset import ZSet

sorting = Table("generic", "set")

_SAME_SLOT: Final = Since("redis-8.0.0,valkey-8.0.0")
"""In a cluster, patterns that stay in the slot of the key are allowed."""
_BLANKS: Final = b" \t\n\v\f\r"


@dataclass(slots=True)
class Order:
    """The words behind the key."""

    descending: bool = False
    alpha: bool = False
    offset: int = 0
    count: int = -1
    by: bytes | None = None
    unsorted: bool = False
    """Whether any BY names something that is the same for all."""
    get: list[bytes] = field(default_factory=list)
    store: bytes | None = None


def keys_of(words: Sequence[bytes]) -> list[bytes]:
    """The key and, with STORE, the destination; the keys of patterns cannot be known."""
    destination = _order(words[2:], read_only=False).store
    return [words[1]] if destination is None else [words[1], destination]


@sorting.command(
    "SORT key [arg ...]",
    # [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC|DESC] [ALPHA]
    # [STORE destination]
    flags="write denyoom movablekeys",
    since="1.0.0",
    categories="sortedset list dangerous",
    keys=keys_of,
)
def sort(ctx: Context, key: bytes, args: list[bytes]) -> Reply:
    """Sorts the elements in a list, a set, or a sorted set, optionally storing the result.

    Reply: the elements, or what GET names for each; with STORE how many there are.
    """
    order = _order(
        args,
        read_only=False,
        reads_all=_reads_all(ctx, b"sort", key, args),
        leads_away=partial(_leads_away, ctx, key),
    )
    chosen = _sorted(ctx, key, order)
    if order.store is None:
        return chosen
    if chosen:
        ctx.db.set(order.store, deque(item or b"" for item in chosen))
        ctx.db.touch(order.store, "sortstore", len(chosen))
    elif ctx.db.discard(order.store):
        ctx.db.touch(order.store, "del")
    return len(chosen)


@sorting.command(
    "SORT_RO key [arg ...]",
    flags="readonly movablekeys",
    since="7.0.0",
    categories="sortedset list dangerous",
)
def sort_ro(ctx: Context, key: bytes, args: list[bytes]) -> Reply:
    """Returns the sorted elements of a list, a set, or a sorted set."""
    reads_all = _reads_all(ctx, b"sort_ro", key, args)
    leads_away = partial(_leads_away, ctx, key)
    return _sorted(
        ctx, key, _order(args, read_only=True, reads_all=reads_all, leads_away=leads_away)
    )


def _reads_all(ctx: Context, name: bytes, key: bytes, args: Sequence[bytes]) -> bool:
    """Whether the user may read any key, for a pattern can lead to each of them."""
    user = ctx.session.user
    return user.unrestricted or user.reads_every_key(ctx.kernel.commands[name], [name, key, *args])


def _leads_away(ctx: Context, key: bytes, pattern: bytes) -> bool:
    """Whether a pattern may name keys of another node."""
    if ctx.kernel.cluster is None:
        return False
    return not ctx.kernel.profile.has(_SAME_SLOT) or pattern_slot(pattern) != slot_of(key)


def _order(
    args: Sequence[bytes],
    *,
    read_only: bool,
    reads_all: bool = True,
    leads_away: Callable[[bytes], bool] = lambda pattern: False,
) -> Order:
    """Reads the options; of those that contradict each other the last one counts."""
    order = Order()
    at = 0
    while at < len(args):
        option, left = args[at].lower(), len(args) - at - 1
        if option in {b"asc", b"desc"}:
            order.descending = option == b"desc"
        elif option == b"alpha":
            order.alpha = True
        elif option == b"limit" and left >= 2:
            order.offset, order.count = types.integer(args[at + 1]), types.integer(args[at + 2])
            at += 2
        elif option == b"store" and left and not read_only:
            order.store = args[at + 1]
            at += 1
        elif option == b"by" and left:
            order.by = args[at + 1]
            order.unsorted = order.unsorted or b"*" not in order.by
            if b"*" in order.by and leads_away(order.by):
                raise cluster_errors.sort_pattern("BY")
            if b"*" in order.by and not reads_all:
                raise acl_errors.sort_by_denied()
            at += 1
        elif option == b"get" and left:
            if leads_away(args[at + 1]):
                raise cluster_errors.sort_pattern("GET")
            if not reads_all:
                raise acl_errors.sort_get_denied()
            order.get.append(args[at + 1])
            at += 1
        else:
            raise errors.syntax()
        at += 1
    return order


def _sorted(ctx: Context, key: bytes, order: Order) -> list[bytes | None]:
    value = ctx.db.lookup(key)
    if not (value is None or isinstance(value, deque | set | ZSet)):
        raise errors.wrong_type()
    if isinstance(value, ZSet):
        ctx.db.keep_as(key, b"skiplist")  # sort.c makes one of every sorted set that it reads
        value.is_signed = True
    if order.unsorted:
        elements = _unsorted(ctx, value, order)
    else:
        elements = _in_order(ctx.db, list(_members(value)), order)
    first = min(max(order.offset, 0), len(elements))
    end = len(elements) if order.count < 0 else min(first + order.count, len(elements))
    elements = elements[first:end]
    if not order.get:
        return list(elements)
    return [_named(ctx.db, pattern, element) for element in elements for pattern in order.get]


def _members(value: Any) -> Sequence[bytes]:
    if isinstance(value, ZSet):
        return [member for _, member in value.order]
    return in_order(value) if isinstance(value, set) else list(value or ())


def _unsorted(ctx: Context, value: Any, order: Order) -> list[bytes]:
    """BY something that is the same for all: no sorting, but lists and sorted sets can be turned
    round.

    A set whose order somebody could depend on, because it is stored or a script sees it, is sorted
    after all.
    """
    elements = list(_members(value))
    if not isinstance(value, set):
        return elements[::-1] if order.descending else elements
    if order.store is not None or ctx.atomic:
        return sorted(elements, reverse=order.descending)
    return elements


def _in_order(db: Database, elements: list[bytes], order: Order) -> list[bytes]:
    """By weight, and by the elements themselves where weights are equal."""
    weights: list[bytes | None] = list(elements)
    if order.by is not None:
        weights = [_named(db, order.by, element) for element in elements]
    ranks: dict[bytes, Any]
    if not order.alpha:
        scores = [0.0 if weight is None else _score(weight) for weight in weights]
        ranks = dict(zip(elements, zip(scores, elements, strict=True), strict=True))
    elif order.by is not None:
        present = [(weight is not None, _collated(weight or b"", order)) for weight in weights]
        ranks = dict(zip(elements, present, strict=True))
    else:
        keys = [_collated(element, order) for element in elements]
        ranks = dict(zip(elements, keys, strict=True))
    return sorted(elements, key=ranks.__getitem__, reverse=order.descending)


def _collated(word: bytes, order: Order) -> bytes:
    """What is compared of a word: what ``strcoll`` sees, up to a NUL, unless it is for STORE."""
    return word if order.store is not None else word.partition(b"\0")[0]


def _score(weight: bytes) -> float:
    """What ``strtod`` makes of the whole word, up to a NUL; nothing at all is 0.

    Errors: ERR, if it is no number, or one that no double can hold.
    """
    number = weight.partition(b"\0")[0].lstrip(_BLANKS)  # strtod sees no further
    if not number:
        return 0.0
    try:
        return types.floating(number)
    except ReplyError:
        raise errors.no_score() from None


def _named(db: Database, pattern: bytes, element: bytes) -> bytes | None:
    """What the key, or the field of the key, holds that ``pattern`` names for ``element``
    (lookupKeyByPattern).
    """
    if pattern == b"#":
        return element
    before, star, behind = pattern.partition(b"*")
    if not star:
        return None
    behind, arrow, name = behind.partition(b"->")
    if arrow and not name:
        behind += arrow
    named = before + element + behind
    lookups.looked(db, named)
    value = db.lookup(named)
    if name:
        return value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, bytes) else None
