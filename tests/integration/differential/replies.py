"""Replies taken apart without loss, and the differences that mean nothing, each with its name.

A reply is a pair: the byte that says its type, and what it holds.  Two replies that are equal here
were equal on the wire.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from tests.integration.differential.grammar import Command

Reply = tuple[bytes, Any]

_MESSAGES: Final = b"message pmessage smessage invalidate tracking-redir-broken".split()
_AGGREGATES: Final = b"*~>"
_SIZES: Final = re.compile(rb"\$([0-9]+)\r\n")
_LONGEST_COMPACT: Final = 64
"""Bytes that a member may have in the encodings that keep an order."""


def taken_apart(data: bytes, pushes: list[Reply] | None = None) -> list[Reply]:
    """All the replies in ``data``; without the pushes, if there is a list for them."""
    replies: list[Reply] = []
    at = 0
    while at < len(data):
        reply, at = _read(data, at, pushes)
        if pushes is not None and reply[0] == b">":
            pushes.append(reply)
        else:
            replies.append(reply)
    return replies


def how_many(data: bytes) -> int:
    """How many replies ``data`` holds; -1, if the last has not come to its end."""
    replies = at = 0
    try:
        while at < len(data):
            _, at = _read(data, at, [])
            replies += 1
    except ValueError:
        return -1
    return replies if at == len(data) else -1


def _read(data: bytes, at: int, pushes: list[Reply] | None = None) -> tuple[Reply, int]:
    end = data.index(b"\r\n", at)
    kind, line = data[at : at + 1], data[at + 1 : end]
    at = end + 2
    if kind in b"$=":
        size = int(line)
        if size < 0:
            return (kind, None), at
        return (kind, data[at : at + size]), at + size + 2
    if kind in _AGGREGATES or kind == b"%":
        size = int(line)
        if size < 0:
            return (kind, None), at
        items: list[Reply] = []
        wanted = size * 2 if kind == b"%" else size
        while len(items) < wanted:
            item, at = _read(data, at, pushes)
            if pushes is not None and item[0] == b">" and item[1][0][1] in _MESSAGES:
                pushes.append(item)  # in the midst of a reply
            else:
                items.append(item)
        return (kind, items), at
    return (kind, line), at


def _sorted(reply: Reply) -> Reply:
    kind, items = reply
    return (kind, sorted(items, key=repr)) if isinstance(items, list) else reply


def _scanned(reply: Reply) -> Reply:
    kind, parts = reply
    return (kind, [parts[0], _sorted(parts[1])]) if isinstance(parts, list) else reply


def _scanned_pairs(reply: Reply) -> Reply:
    kind, parts = reply
    if not isinstance(parts, list) or not isinstance(parts[1][1], list):
        return reply
    return (kind, [parts[0], _sorted_pairs(parts[1])])


def _sorted_pairs(reply: Reply) -> Reply:
    kind, items = reply
    if not isinstance(items, list):
        return reply
    pairs = sorted(zip(items[::2], items[1::2], strict=True), key=repr)
    return (kind, [item for pair in pairs for item in pair])


def _shape(reply: Reply) -> Reply:
    """Drawn at random: of what type, and how many."""
    kind, held = reply
    if isinstance(held, list):
        return (kind, [_shape(item) for item in held])
    return (kind, held is None) if kind == b"$" else (kind, "") if kind == b"," else reply


def _length(reply: Reply) -> Reply:
    """How many there are, and no more."""
    kind, held = reply
    return (kind, len(held)) if isinstance(held, list) else reply


def near(command: Command, real: Reply, mock: Reply) -> bool:
    """Whether both tell a time, at most five seconds apart."""
    unit = _UNITS.get(command[0].upper())
    if unit is None or real[0] != b":" or mock[0] != b":":
        return False
    one, other = int(real[1]), int(mock[1])
    return min(one, other) >= 0 and abs(one - other) <= 5 * unit


def _without_idle(reply: Reply) -> Reply:
    """XPENDING's entries without how long ago they were delivered."""
    kind, items = reply
    if not isinstance(items, list):
        return reply
    entries = [
        (entry[0], [*entry[1][:2], *entry[1][3:]])
        if isinstance(entry[1], list) and len(entry[1]) == 4
        else entry
        for entry in items
    ]
    return (kind, entries)


_TIMES: Final = {b"idle", b"inactive", b"seen-time", b"active-time"}
_TREE: Final = {b"radix-tree-keys", b"radix-tree-nodes"}


def _without_times(reply: Reply) -> Reply:
    """XINFO's fields without those that are times; of a pending entry, the third word."""
    kind, items = reply
    if not isinstance(items, list):
        return reply
    kept: list[Reply] = []
    previous: Any = None
    for item in items:
        if previous in _TIMES:
            item = (b":", b"?" if item[1] != b"-1" else b"-1")
        elif _is_pending(item):
            item = (item[0], [(b":", b"?") if _is_time(part) else part for part in item[1]])
        kept.append(_without_times(item))
        previous = item[1] if item[0] == b"$" else None
    return (kind, kept)


def _is_pending(item: Reply) -> bool:
    """``[id, consumer, time, count]`` or ``[id, time, count]``."""
    parts = item[1]
    return (
        isinstance(parts, list)
        and len(parts) in (3, 4)
        and parts[0][0] == b"$"
        and [part[0] for part in parts[-2:]] == [b":", b":"]
    )


def _is_time(part: Reply) -> bool:
    return part[0] == b":" and len(part[1]) > 12


UNORDERED: Final[dict[bytes, Callable[[Reply], Reply]]] = {
    **dict.fromkeys(
        b"KEYS SMEMBERS SINTER SUNION SDIFF SPOP HKEYS HVALS SRANDMEMBER HRANDFIELD".split(),
        _sorted,
    ),
    b"HGETALL": _sorted_pairs,
    **dict.fromkeys(b"SCAN SSCAN".split(), _scanned),
    **dict.fromkeys(b"HSCAN ZSCAN".split(), _scanned_pairs),
}
"""Of what is hashed, the server promises no order."""

_UNITS: Final = {b"TTL": 1, b"EXPIRETIME": 1, b"PTTL": 1_000, b"PEXPIRETIME": 1_000}
"""Of what tells a time: parts of a second."""

APPROXIMATE: Final[dict[bytes, Callable[[Reply], Reply]]] = {
    b"XPENDING": _without_idle,
    b"XINFO": _without_times,
}
"""What tells a time, or how long ago something was."""

RANDOM: Final[dict[bytes, Callable[[Reply], Reply]]] = {
    **dict.fromkeys(b"SRANDMEMBER HRANDFIELD ZRANDMEMBER RANDOMKEY".split(), _shape)
}
"""What is drawn by lot."""

_ENOUGH: Final = {b"100", b"1000", b"9223372036854775807"}
"""Numbers for COUNT that are more than there is."""

_ALWAYS: Final = frozenset({b"KEYS", b"SCAN"})
_HASHED: Final = frozenset({b"SUNION", b"SDIFF", b"SPOP"})
"""What is gathered in a hash table first."""
_SETS: Final = frozenset(b"SMEMBERS SINTER SSCAN".split())


def normal(command: Command, reply: Reply, *, line: str, compact: bool) -> Reply:
    """``reply`` without what may differ.

    ``compact``: nothing that was said made a server hash a hash or a sorted set, so that the order
    counts; sets of strings are always hashed by Redis 7.0.
    """
    name = command[0].upper()
    if name.endswith(b"SCAN") and reply[0] == b"*" and not _whole(command):
        return (b"*", "somewhere")
    if name.startswith(b"SORT") and _has_ties({word.upper() for word in command}, reply, line):
        part = {b"LIMIT", b"GET"} & {word.upper() for word in command}
        return _length(reply) if part else _sorted(reply)
    if name in RANDOM:
        return RANDOM[name](reply)
    if name in APPROXIMATE:
        return APPROXIMATE[name](reply)
    ordered = compact and name not in _ALWAYS | _HASHED and not (line == "redis" and name in _SETS)
    if name in UNORDERED and not ordered:
        return UNORDERED[name](reply)
    return reply


def _has_ties(words: set[bytes], reply: Reply, line: str) -> bool:
    """Whether elements may weigh the same and come out as they were hashed; letters are compared
    up to the first NUL.
    """
    if b"BY" in words:
        return b"ALPHA" in words or line == "redis"
    return b"ALPHA" in words and "\\x00" in repr(reply)


def _whole(command: Command) -> bool:
    """Whether a scan begins at the beginning and is long enough to come to the end."""
    cursor = command[1 if command[0].upper() == b"SCAN" else 2].strip().lstrip(b"+0")
    return not cursor and not _ENOUGH.isdisjoint(command)


def holds_long(data: bytes) -> bool:
    """Whether a string in ``data`` is too long for the encodings that keep an order."""
    return any(int(size) > _LONGEST_COMPACT for size in _SIZES.findall(data))


def is_compact(script: list[Command]) -> bool:
    """Whether every word is short enough for the encodings that keep an order."""
    return all(len(word) <= _LONGEST_COMPACT for command in script for word in command)
