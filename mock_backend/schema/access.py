"""Which words of a request are keys or channels, and what is done with them.

Told by the key specifications; for the few commands whose options decide, by a function of their
own.  Words that make no sense have no keys: the command itself will say so.  Source: db.c
(getKeysFromCommandWithSpecs, getChannelsFromCommand).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from mock_backend.schema.command import Command
from mock_backend.schema.facts import KEY_SPECS, KeySpec, legacy_range

Words: TypeAlias = Sequence[bytes]
Found: TypeAlias = tuple[int, tuple[str, ...]]
"""The index of a key, and the flags of its specification."""
KeyUse: TypeAlias = tuple[int, int]
"""The index of a key, and ``READ``, ``WRITE`` or both."""

READ: Final = 1
WRITE: Final = 2

_USES: Final = {"access": READ, "insert": WRITE, "delete": WRITE, "update": WRITE}
_INTEGER: Final = re.compile(rb"0|[1-9][0-9]*")
_LEADING: Final = re.compile(rb"\s*([+-]?[0-9]+)")

_READS: Final = ("RO", "access")
_OVERWRITES: Final = ("OW", "update")
_CHANGES: Final = ("RW", "access", "update")


class _NotSaid(Exception):
    """The specifications do not tell the keys of this request."""


def keys_of(command: Command, words: Words) -> list[KeyUse]:
    """The keys of a request, in the order of its specifications."""
    return [(index, _use(flags)) for index, flags in keys_with_flags(command.name, words)]


def keys_with_flags(
    name: str, words: Words, all_specs: Sequence[KeySpec] | None = None
) -> list[Found]:
    """The keys of a request with the flags that COMMAND GETKEYSANDFLAGS prints; ``all_specs`` are
    the server's own, where that matters.
    """
    if all_specs is None:
        all_specs = KEY_SPECS.get(name, ())
    specs = [spec for spec in all_specs if "not_key" not in spec.flags]
    by_itself = _BY_ITSELF.get(name)
    if by_itself is not None and any("variable_flags" in spec.flags for spec in specs):
        return by_itself(words)
    try:
        return [found for spec in specs for found in _said(spec, words)]
    except _NotSaid:
        if by_itself is not None:
            return by_itself(words)
        return _counted_loosely(specs, words)


def keys_by_place(name: str, words: Words) -> list[bytes]:
    """The keys by which a cluster finds the node of a request: what the command's own function
    finds, or a range of places, whatever the specifications say (db.c, getKeysFromCommand).
    """
    by_itself = _BY_ITSELF.get(name) or _BY_OPTION.get(name)
    if by_itself is not None:
        return [words[index] for index, _ in by_itself(words)]
    first, last, step = legacy_range(name)
    specs = KEY_SPECS.get(name, ())
    if not first or any(spec.counted or spec.keyword or spec.unknown for spec in specs):
        return [words[index] for index, _ in keys_with_flags(name, words)]
    end = last if last >= 0 else len(words) + last
    return list(words[first : end + 1 : step])


def channels_of(name: str, words: Words) -> list[tuple[int, bool]]:
    """The channels that a request listens or publishes to, and whether each is a pattern."""
    if name in {"subscribe", "ssubscribe", "psubscribe"}:
        return [(index, name == "psubscribe") for index in range(1, len(words))]
    return [(1, False)] if name in {"publish", "spublish"} else []


def _use(flags: tuple[str, ...]) -> int:
    use = 0
    for flag in flags:
        use |= _USES.get(flag, 0)
    return use


def _said(spec: KeySpec, words: Words) -> list[Found]:
    """The keys that one specification tells of."""
    if spec.unknown:
        raise _NotSaid
    first = _begin(spec, words)
    if first is None:
        return []
    count = len(words)
    if spec.counted:
        if first >= count or not _INTEGER.fullmatch(words[first]):
            raise _NotSaid
        number = int(words[first])
        first += 1
        last = first + number - 1
    elif spec.last >= 0:
        last = first + spec.last
    elif spec.limit:
        last = first + (count - first) // spec.limit + spec.last
    else:
        last = count + spec.last
    if last >= count or last < first or "incomplete" in spec.flags:
        raise _NotSaid
    return [(index, spec.flags) for index in range(first, last + 1, spec.step)]


def _begin(spec: KeySpec, words: Words) -> int | None:
    """Where its keys begin; ``None``, if its keyword is not among the words.

    The last word is never taken for the keyword.
    """
    if not spec.keyword:
        return spec.start
    count, keyword = len(words), spec.keyword.encode()
    places = range(spec.start, count - 1) if spec.start > 0 else range(count + spec.start, 1, -1)
    return next((at + 1 for at in places if words[at].upper() == keyword), None)


def _counted_loosely(specs: Sequence[KeySpec], words: Words) -> list[Found]:
    """A number of keys that is no plain number is read as C's ``atoi`` does; what is done with such
    keys is not said.
    """
    counter = next((spec.start for spec in specs if spec.counted), None)
    if counter is None or counter >= len(words):
        return []
    match = _LEADING.match(words[counter])
    number = int(match[1]) if match else 0
    if not 1 <= number <= len(words) - counter - 1:
        return []
    stored = [1] if len(specs) > 1 else []
    return [(at, ()) for at in (*range(counter + 1, counter + 1 + number), *stored)]


def _set(words: Words) -> list[Found]:
    return [(1, _CHANGES if any(word.upper() == b"GET" for word in words[3:]) else _OVERWRITES)]


def _bitfield(words: Words) -> list[Found]:
    at, count = 2, len(words)
    while at < count:
        left, option = count - at - 1, words[at].upper()
        if option == b"GET" and left >= 2:
            at += 3
        elif option == b"OVERFLOW" and left >= 1:
            at += 2
        else:
            return [(1, _CHANGES)]
    return [(1, _READS)]


def _sort(words: Words) -> list[Found]:
    """Of several STORE the last counts."""
    store = 0
    at, count = 2, len(words)
    while at < count:
        option = words[at].upper()
        if option == b"STORE" and at + 1 < count:
            store = at + 1
        at += {b"LIMIT": 3, b"GET": 2, b"BY": 2}.get(option, 1)
    return [(1, _READS), (store, _OVERWRITES)] if store else [(1, _READS)]


def _sort_ro(words: Words) -> list[Found]:
    return [(1, _READS)]


def _georadius(words: Words) -> list[Found]:
    """Of several STORE and STOREDIST the last counts."""
    store = 0
    at, count = 5, len(words)
    while at < count:
        if words[at].upper() in {b"STORE", b"STOREDIST"} and at + 1 < count:
            at += 1
            store = at
        at += 1
    return [(1, _READS), (store, _OVERWRITES)] if store else [(1, _READS)]


def _migrate(words: Words) -> list[Found]:
    first, last = 3, 4
    at, count = 6, len(words)
    while at < count:
        option = words[at].upper()
        if option == b"KEYS":
            first, last = (0, 0) if words[3] else (at + 1, count)
            break
        at += {b"AUTH": 2, b"AUTH2": 3}.get(option, 1)
    return [(index, ("RW", "access", "delete")) for index in range(first, last)]


_BY_ITSELF: Final[dict[str, Callable[[Words], list[Found]]]] = {
    "set": _set,
    "bitfield": _bitfield,
    "sort": _sort,
    "sort_ro": _sort_ro,
    "migrate": _migrate,
}
_BY_OPTION: Final[dict[str, Callable[[Words], list[Found]]]] = {
    "georadius": _georadius,
    "georadiusbymember": _georadius,
}
"""Where the specifications stop at the first option of a name."""
