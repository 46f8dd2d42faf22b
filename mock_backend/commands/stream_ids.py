"""Stream IDs and ranges of them as requests write them, and entries as replies show them.

Inside, an ID is one integer (store/stream.py).  A function here takes a word and returns an integer
or raises the server's error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from mock_backend import errors
from mock_backend.replies import Reply
from mock_backend.schema.types import UINT64_MAX
from mock_backend.store.stream import MAX_ID, MAX_SEQUENCE, Entry, show

_NUMBER: Final = re.compile(rb"[ \t\n\v\f\r]*\+?([0-9]+)\Z")
"""What ``string2ull`` reads: strtoull is generous with blanks, signs and leading zeros."""

_LONGEST: Final = 127


def _number(word: bytes) -> int:
    found = _NUMBER.match(word)
    value = int(found[1]) if found else -1
    if not 0 <= value <= UINT64_MAX:
        raise errors.invalid_stream_id()
    return value


def _seen(word: bytes) -> bytes:
    """What C sees of it: it ends at its first NUL."""
    return word.partition(b"\0")[0]


def strict(word: bytes, missing: int = 0) -> int:
    """``5-1`` or ``5``, whose sequence is then ``missing``."""
    if len(word) > _LONGEST:
        raise errors.invalid_stream_id()
    milliseconds, dash, sequence = _seen(word).partition(b"-")
    return _number(milliseconds) << 64 | (_number(sequence) if dash else missing)


def partial(word: bytes) -> tuple[int, bool]:
    """The same, or ``5-*``: the ID, and whether its sequence was given."""
    milliseconds, _, sequence = _seen(word).partition(b"-")
    if sequence == b"*":
        return _number(milliseconds) << 64, False
    return strict(word), True


def start(word: bytes) -> int:
    """The lower end of a range: ``-``, ``5``, ``5-1`` or ``(5-1``, which is excluded."""
    if word[:1] == b"(" and len(word) > 1:
        first = strict(word[1:])
        if first == MAX_ID:
            raise errors.err("invalid start ID for the interval")
        return first + 1
    return _end_of_range(word, 0)


def end(word: bytes) -> int:
    """The upper end of a range: ``+``, ``5`` (the whole millisecond), ``5-1`` or ``(5-1``."""
    if word[:1] == b"(" and len(word) > 1:
        last = strict(word[1:], MAX_SEQUENCE)
        if last == 0:
            raise errors.err("invalid end ID for the interval")
        return last - 1
    return _end_of_range(word, MAX_SEQUENCE)


def _end_of_range(word: bytes, missing: int) -> int:
    if _seen(word) == b"-":
        return 0
    if _seen(word) == b"+":
        return MAX_ID
    return strict(word, missing)


def entries(found: Iterable[Entry]) -> list[Reply]:
    """``[[id, [name, value, ...]], ...]``."""
    return [[show(entry_id), fields] for entry_id, fields in found]
