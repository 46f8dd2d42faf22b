"""Lists: a deque of bytes, and who waits for its elements.

A list is a ``deque`` in the keyspace, so both ends are constant time and the rest runs at C speed.
Whatever blocks tries first and returns ``Block``; waking performs the same call again
(kernel/waiting.py).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Final, TypeAlias

from mock_backend import errors
from mock_backend.kernel.context import Context
from mock_backend.profile import Since
from mock_backend.replies import NIL_ARRAY, OK, Block, Reply
from mock_backend.schema import types
from mock_backend.schema.command import Table
from mock_backend.store import encodings
from mock_backend.store.long_list import LongList

lists = Table("list")

Items: TypeAlias = "deque[bytes]"

_FAR: Final = 4_096
"""A deque is walked so far from its nearer end; for what is further away it is promoted."""

_CHECKED_COUNT: Final = Since("7.2.0")
"""From here on LREM and LPOS refuse the least integer, whose opposite there is not."""
_SHORT_INDEX: Final = Since("7.2.0")
"""From here on LSET looks at but 32 bits of the index (t_list.c, listTypeReplaceAtIndex)."""
_COUNTS_SERVED: Final = Since("7.2.0")
"""Before it, what was given to who had waited was not counted among the changes since a save."""

PUSHED: Final = {"LEFT": "lpush", "RIGHT": "rpush"}
POPPED: Final = {"LEFT": "lpop", "RIGHT": "rpop"}
"""The names of the notifications."""


@lists.command("LPUSH key element [element ...]", flags="write denyoom fast", since="1.0.0")
def lpush(ctx: Context, key: bytes, elements: list[bytes]) -> Reply:
    """Prepends one or more elements to a list. Creates the key if it doesn't exist."""
    items = ctx.db.get_or_create(key, deque)
    items.extendleft(elements)
    ctx.db.touch(key, "lpush", len(elements))
    return len(items)


@lists.command("RPUSH key element [element ...]", flags="write denyoom fast", since="1.0.0")
def rpush(ctx: Context, key: bytes, elements: list[bytes]) -> Reply:
    """Appends one or more elements to a list. Creates the key if it doesn't exist."""
    items = ctx.db.get_or_create(key, deque)
    items.extend(elements)
    ctx.db.touch(key, "rpush", len(elements))
    return len(items)


@lists.command("LPUSHX key element [element ...]", flags="write denyoom fast", since="2.2.0")
def lpushx(ctx: Context, key: bytes, elements: list[bytes]) -> Reply:
    """Prepends one or more elements to a list only when the list exists.

    Reply: the new length; 0 if there is no such list.
    """
    return lpush(ctx, key, elements) if ctx.db.get(key, deque) else 0


@lists.command("RPUSHX key element [element ...]", flags="write denyoom fast", since="2.2.0")
def rpushx(ctx: Context, key: bytes, elements: list[bytes]) -> Reply:
    """Appends an element to a list only when the list exists.

    Reply: the new length; 0 if there is no such list.
    """
    return rpush(ctx, key, elements) if ctx.db.get(key, deque) else 0


@lists.command("LINSERT key where=BEFORE|AFTER pivot element", flags="write denyoom", since="2.2.0")
def linsert(ctx: Context, key: bytes, where: str, pivot: bytes, element: bytes) -> Reply:
    """Inserts an element before or after another element in a list.

    Reply: the new length; 0 if there is no such key, -1 if there is no such pivot.
    """
    items: Items | None = ctx.db.get(key, deque)
    if items is None:
        return 0
    try:
        place = items.index(pivot)
    except ValueError:
        return -1
    items.insert(place + (where == "AFTER"), element)
    ctx.db.touch(key, "linsert")
    return len(items)


@lists.command("LLEN key", flags="readonly fast", since="1.0.0")
def llen(ctx: Context, key: bytes) -> Reply:
    """Returns the length of a list."""
    return len(ctx.db.get(key, deque) or ())


@lists.command("LINDEX key index", flags="readonly", since="1.0.0")
def lindex(ctx: Context, key: bytes, index: bytes) -> Reply:
    """Returns an element from a list by its index.

    Reply: nil beyond the list; -1 is the last element.
    """
    items: Items | None = ctx.db.get(key, deque)
    if items is None:
        return None
    place = types.integer(index)
    try:
        return _nearby(ctx, key, items, place)[place]
    except IndexError:
        return None


def _nearby(ctx: Context, key: bytes, items: Items, place: int) -> Items:
    if len(items) <= 2 * _FAR:
        return items
    place = place + len(items) if place < 0 else place
    return _reaching(ctx, key, items, place, place + 1)


@lists.command("LRANGE key start:int stop:int", flags="readonly", since="1.0.0")
def lrange(ctx: Context, key: bytes, start: int, stop: int) -> Reply:
    """Returns a range of elements from a list."""
    items: Items | None = ctx.db.get(key, deque)
    if items is None:
        return []
    first, end = _bounds(items, start, stop)
    return _between(_reaching(ctx, key, items, first, end), first, end)


def _reaching(ctx: Context, key: bytes, items: Items, first: int, end: int) -> Items:
    """The list, in a form in which that part is not far away."""
    if min(first, len(items) - end) <= _FAR or isinstance(items, LongList):
        return items
    return ctx.db.exchange(key, LongList(items))


def _bounds(items: Items, start: int, stop: int) -> tuple[int, int]:
    """``start`` and ``stop`` as Python has them: from 0, end exclusive, not beyond the list."""
    size = len(items)
    if start < 0:
        start = start + size if start + size > 0 else 0
    elif start > size:
        start = size
    end = (stop + size if stop < 0 else stop) + 1
    if end > size:
        end = size
    return start, end if end > start else start


def _between(items: Items, first: int, end: int) -> list[bytes]:
    """A part of a deque, walked to from its nearer end."""
    size = len(items)
    if end - first == size:
        return list(items)
    if isinstance(items, LongList):
        return items.between(first, end)
    if first > size // 2:
        part = list(islice(reversed(items), size - end, size - first))
        part.reverse()
        return part
    return list(islice(items, first, end))


@lists.command(
    "LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len]",
    flags="readonly",
    since="6.0.6",
    first=lambda ctx, words: _check_search(ctx, words[3:]),
    always=True,
)
def lpos(
    ctx: Context,
    key: bytes,
    element: bytes,
    rank: bytes | None,
    count: bytes | None,
    maxlen: bytes | None,
) -> Reply:
    """Returns the index of matching elements in a list.

    Reply: an index, or nil; with COUNT an array of them, 0 meaning all.
    """
    nth = 1 if rank is None else _rank(rank)
    if nth == types.INT64_MIN:
        nth = -1  # where it is not refused it has no opposite, and the first match will do
    wanted = 1 if count is None else _number(count, "COUNT")
    reach = 0 if maxlen is None else _number(maxlen, "MAXLEN")
    items: Items | None = ctx.db.get(key, deque)
    if items is None:
        return None if count is None else []
    found = _positions(items, element, nth, wanted, reach or len(items))
    if count is None:
        return found[0] if found else None
    return found


def _rank(word: bytes) -> int:
    nth = types.integer(word)
    if nth == 0:
        raise errors.err(
            "RANK can't be zero: use 1 to start from the first match, 2 from the second ... "
            "or use negative to start from the end of the list"
        )
    return nth


def _number(word: bytes, name: str) -> int:
    return types.ranged(word, 0, types.INT64_MAX, f"{name} can't be negative")


def _check_search(ctx: Context, options: Sequence[bytes]) -> None:
    """Reads the options of LPOS from the left; the first that is wrong raises its error."""
    limited = ctx.kernel.profile.has(_CHECKED_COUNT)
    for option, word in zip(options[::2], options[1::2]):
        match option.upper():
            case b"RANK":
                if _rank(word) == types.INT64_MIN and limited:
                    raise errors.outside(-types.INT64_MAX, types.INT64_MAX)
            case b"COUNT" | b"MAXLEN":
                _number(word, option.upper().decode())
            case _:
                return


def _positions(items: Items, element: bytes, rank: int, wanted: int, reach: int) -> list[int]:
    """Where ``element`` stands, from the ``rank``-th match on, in the first ``reach`` elements."""
    size, last = len(items), len(items) - 1
    skip = min(abs(rank) - 1, size)
    walked = islice(items if rank > 0 else reversed(items), min(reach, size))
    matches = (place for place, item in enumerate(walked) if item == element)
    chosen = islice(matches, skip, skip + min(wanted, size) if wanted else None)
    return [place if rank > 0 else last - place for place in chosen]


@lists.command("LSET key index element", flags="write denyoom", since="1.0.0")
def lset(ctx: Context, key: bytes, index: bytes, element: bytes) -> Reply:
    """Sets the value of an element in a list by its index.

    Errors: no such key; index out of range.
    """
    items: Items | None = ctx.db.get(key, deque)
    if items is None:
        raise errors.no_such_key()
    place = types.integer(index)
    if ctx.kernel.profile.has(_SHORT_INDEX):
        place = (place + 2**31) % 2**32 - 2**31
    try:
        _nearby(ctx, key, items, place)[place] = element
    except IndexError:
        raise errors.index_out_of_range() from None
    ctx.db.touch(key, "lset")
    return OK


@lists.command("LREM key count:int element", flags="write", since="1.0.0")
def lrem(ctx: Context, key: bytes, count: int, element: bytes) -> Reply:
    """Removes elements from a list.

    Reply: how many.  ``count`` above 0 counts from the head, below 0 from the tail, 0 is all.
    """
    if count == types.INT64_MIN and ctx.kernel.profile.has(_CHECKED_COUNT):
        raise errors.outside(-types.INT64_MAX, types.INT64_MAX)
    items: Items | None = ctx.db.get(key, deque)
    if items is None:
        return 0
    removed = _remove(items, element, count)
    if removed:
        _shrank(ctx, key, items, [element] * removed)
        ctx.db.settle(key, items, "lrem", removed)
    return removed


def _shrank(ctx: Context, key: bytes, items: Items, removed: Sequence[bytes]) -> None:
    if items and len(items) <= ctx.db.space.long_list:  # of none nothing stays behind
        encodings.list_shrank(ctx.db, key, items, removed, ctx.kernel.config.number)


def _remove(items: Items, element: bytes, count: int) -> int:
    """Removes the first ``count`` equal elements, the last if negative, all if 0; how many."""
    present = items.count(element)
    removed = min(present, abs(count)) if count else present
    if removed == 1 and count >= 0:
        items.remove(element)
    elif removed:
        left = removed
        kept: list[bytes] = []
        for item in reversed(items) if count < 0 else items:
            if left and item == element:
                left -= 1
            else:
                kept.append(item)
        items.clear()
        if count < 0:
            items.extendleft(kept)
        else:
            items.extend(kept)
    return removed


@lists.command("LTRIM key start:int stop:int", flags="write", since="1.0.0")
def ltrim(ctx: Context, key: bytes, start: int, stop: int) -> Reply:
    """Removes elements from both ends a list."""
    items: Items | None = ctx.db.get(key, deque)
    if items is None:
        return OK
    first, end = _bounds(items, start, stop)
    size = len(items)
    removed: list[bytes] = []
    if end - first < size // 2:
        removed = [*_between(items, 0, first), *_between(items, end, size)]
        kept = _between(items, first, end)
        items.clear()
        items.extend(kept)
    else:
        while len(items) > end:
            removed.append(items.pop())
        for _ in range(first):
            removed.append(items.popleft())
    if removed:
        _shrank(ctx, key, items, removed)
    ctx.db.settle(key, items, "ltrim", len(removed))
    return OK


@lists.command("LPOP key [count]", flags="write fast", since="1.0.0", most=3)
def lpop(ctx: Context, key: bytes, count: bytes | None) -> Reply:
    """Returns the first elements in a list after removing it.

    Reply: an element, or nil; with a count an array, or a null array if there is no such key.
    """
    return _pop(ctx, key, count, "LEFT")


@lists.command("RPOP key [count]", flags="write fast", since="1.0.0", most=3)
def rpop(ctx: Context, key: bytes, count: bytes | None) -> Reply:
    """Returns and removes the last elements of a list.

    Reply: an element, or nil; with a count an array, or a null array if there is no such key.
    """
    return _pop(ctx, key, count, "RIGHT")


def _pop(ctx: Context, key: bytes, count: bytes | None, where: str) -> Reply:
    wanted = None if count is None else types.positive(count)
    items: Items | None = ctx.db.get(key, deque)
    if items is None:
        return None if count is None else NIL_ARRAY
    if wanted is None:
        element = items.popleft() if where == "LEFT" else items.pop()
        _shrank(ctx, key, items, (element,))
        ctx.db.settle(key, items, POPPED[where])
        return element
    if wanted == 0:
        return []
    return _take(ctx, key, items, where, wanted)


def _take(ctx: Context, key: bytes, items: Items, where: str, count: int) -> list[bytes]:
    """Pops up to ``count`` elements."""
    count = min(count, len(items))
    if count == len(items):
        elements = list(items)
        if where == "RIGHT":
            elements.reverse()
        items.clear()
    else:
        pop = items.popleft if where == "LEFT" else items.pop
        elements = [pop() for _ in range(count)]
        _shrank(ctx, key, items, elements)
    ctx.db.settle(key, items, POPPED[where], len(elements))
    return elements


@lists.command("RPOPLPUSH source:key destination:key", flags="write denyoom", since="1.2.0")
def rpoplpush(ctx: Context, source: bytes, destination: bytes) -> Reply:
    """Moves the last element of a list to the head of another and returns it.

    Reply: the element, or nil if there is none.
    """
    return _move(ctx, source, destination, "RIGHT", "LEFT")


@lists.command(
    "LMOVE source:key destination:key wherefrom=LEFT|RIGHT whereto=LEFT|RIGHT",
    flags="write denyoom",
    since="6.2.0",
)
def lmove(ctx: Context, source: bytes, destination: bytes, wherefrom: str, whereto: str) -> Reply:
    """Returns an element after popping it from one list and pushing it to another.

    Reply: the element, or nil if there is none.
    """
    return _move(ctx, source, destination, wherefrom, whereto)


def _move(
    ctx: Context, source: bytes, destination: bytes, wherefrom: str, whereto: str
) -> bytes | None:
    """Moves one element; ``None`` if there is none.  After WRONGTYPE nothing has moved."""
    db = ctx.db
    items: Items | None = db.get(source, deque)
    if items is None:
        return None
    target: Items = db.get_or_create(destination, deque)
    element = items.popleft() if wherefrom == "LEFT" else items.pop()
    if whereto == "LEFT":
        target.appendleft(element)
    else:
        target.append(element)
    db.touch(destination, PUSHED[whereto])
    if items is not target:
        _shrank(ctx, source, items, (element,))
    db.settle(source, items, POPPED[wherefrom], 0)
    return element


@lists.command(
    "LMPOP numkeys:somekeys key [key ...] where=LEFT|RIGHT [COUNT count:once]",
    flags="write movablekeys",
    since="7.0.0",
    first=lambda _, words: types.check_several(words, 1),
)
def lmpop(ctx: Context, keys: list[bytes], where: str, count: bytes | None) -> Reply:
    """Returns multiple elements from a list after removing them.

    Reply: ``[key, elements]``, or a null array if every list is empty.
    """
    reply = _pop_first(ctx, keys, where, types.several(count))
    return NIL_ARRAY if reply is None else reply


def _pop_first(ctx: Context, keys: list[bytes], where: str, count: int) -> Reply:
    """``[key, elements]`` from the first list that exists, or ``None``."""
    for key in keys:
        items: Items | None = ctx.db.get(key, deque)
        if items is not None:
            return [key, _take(ctx, key, items, where, count)]
    return None


@lists.command(
    "BLPOP key [key ...] timeout:timeout", flags="write blocking noscript~7.2.0", since="2.0.0"
)
def blpop(ctx: Context, keys: list[bytes], timeout: float) -> Reply:
    """Removes and returns the first element in a list; waits for one if need be.

    Reply: ``[key, element]``; a null array once ``timeout`` seconds have passed (0: never).
    """
    return _blocking_pop(ctx, b"BLPOP", keys, timeout, "LEFT")


@lists.command(
    "BRPOP key [key ...] timeout:timeout", flags="write blocking noscript~7.2.0", since="2.0.0"
)
def brpop(ctx: Context, keys: list[bytes], timeout: float) -> Reply:
    """Removes and returns the last element in a list; waits for one if need be.

    Reply: ``[key, element]``; a null array once ``timeout`` seconds have passed (0: never).
    """
    return _blocking_pop(ctx, b"BRPOP", keys, timeout, "RIGHT")


def _blocking_pop(
    ctx: Context, name: bytes, keys: list[bytes], timeout: float, where: str
) -> Reply:
    for key in keys:
        items: Items | None = ctx.db.get(key, deque)
        if items is not None:
            element = items.popleft() if where == "LEFT" else items.pop()
            _shrank(ctx, key, items, (element,))
            ctx.db.settle(key, items, POPPED[where])
            _served(ctx)
            return [key, element]
    return Block(keys, timeout, kind=deque, alone=lambda key: (name, key, b"0"))


@lists.command(
    "BLMPOP timeout numkeys:somekeys key [key ...] where=LEFT|RIGHT [COUNT count:once]",
    flags="write blocking movablekeys",
    since="7.0.0",
    first=lambda _, words: types.check_several(words, 2),
)
def blmpop(
    ctx: Context, timeout: bytes, keys: list[bytes], where: str, count: bytes | None
) -> Reply:
    """Pops elements from the first of several lists that has any; waits if need be."""
    most, seconds = types.several(count), types.timeout(timeout)
    reply = _pop_first(ctx, keys, where, most)
    if reply is not None:
        return reply
    tail = (where.encode(), b"COUNT", b"%d" % most)
    return Block(keys, seconds, kind=deque, alone=lambda key: (b"BLMPOP", b"0", b"1", key, *tail))


@lists.command(
    "BLMOVE source:key destination:key wherefrom=LEFT|RIGHT whereto=LEFT|RIGHT timeout:timeout",
    flags="write denyoom blocking noscript~7.2.0",
    since="6.2.0",
)
def blmove(
    ctx: Context, source: bytes, destination: bytes, wherefrom: str, whereto: str, timeout: float
) -> Reply:
    """Moves an element from one list to another and returns it; waits for one if need be."""
    return _blocking_move(ctx, source, destination, wherefrom, whereto, timeout)


@lists.command(
    "BRPOPLPUSH source:key destination:key timeout:timeout",
    flags="write denyoom blocking noscript~7.2.0",
    since="2.2.0",
)
def brpoplpush(ctx: Context, source: bytes, destination: bytes, timeout: float) -> Reply:
    """Moves the last element to the head of another list; waits for one if need be."""
    return _blocking_move(ctx, source, destination, "RIGHT", "LEFT", timeout)


def _served(ctx: Context) -> None:
    """Of old the pop of who had waited was no change."""
    if ctx.session.parked is not None and not ctx.kernel.profile.has(_COUNTS_SERVED):
        ctx.kernel.statistics.dirty_when_saved += 1


def _blocking_move(
    ctx: Context, source: bytes, destination: bytes, wherefrom: str, whereto: str, timeout: float
) -> Reply:
    element = _move(ctx, source, destination, wherefrom, whereto)
    # t_list.c, blmoveGenericCommand: a null where waiting is forbidden, a null array in the end
    if element is None and not ctx.atomic:
        return Block([source], timeout, kind=deque)
    _served(ctx)
    return element
