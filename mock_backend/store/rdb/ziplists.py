"""What older servers wrote: ziplists (before 7.0) and zipmaps (before 2.6), only ever read.

Source: ziplist.c, zipmap.c.
"""

from __future__ import annotations

from typing import Final

from mock_backend.store.rdb.form import Corrupt

_END: Final = 0xFF
_HEADER: Final = 10
_MANY: Final = 0xFFFF
_BIG: Final = 254
"""A length that does not fit into its byte."""

_INTEGERS: Final = {0xC0: 2, 0xD0: 4, 0xE0: 8, 0xF0: 3, 0xFE: 1}


def ziplist(data: bytes) -> list[bytes]:
    """The elements of a ziplist.  Errors: Corrupt."""
    if len(data) < _HEADER + 1 or data[-1] != _END:
        raise Corrupt("no ziplist")
    size = int.from_bytes(data[:4], "little")
    tail = int.from_bytes(data[4:8], "little")
    count = int.from_bytes(data[8:10], "little")
    if size != len(data):
        raise Corrupt("a ziplist of another length")
    elements: list[bytes] = []
    at, end = _HEADER, len(data) - 1
    before = 0
    last = _HEADER
    while at < end:
        last = at
        previous, at = _previous(data, at)
        if previous != before:
            raise Corrupt("a ziplist's element of another length")
        element, at = _element(data, at)
        elements.append(element)
        before = at - last
    if at != end or tail != last or count not in (len(elements), _MANY):
        raise Corrupt("a ziplist of another number of elements")
    return elements


def _previous(data: bytes, at: int) -> tuple[int, int]:
    if data[at] < _BIG:
        return data[at], at + 1
    return int.from_bytes(data[at + 1 : at + 5], "little"), at + 5


def _element(data: bytes, at: int) -> tuple[bytes, int]:
    if at >= len(data):
        raise Corrupt("a ziplist that ends too early")
    first = data[at]
    match first >> 6:
        case 0:
            start, size = at + 1, first & 0x3F
        case 1:
            start, size = at + 2, (first & 0x3F) << 8 | data[at + 1]
        case 2:
            start, size = at + 5, int.from_bytes(data[at + 1 : at + 5], "big")
        case _:
            return _integer(data, first, at + 1)
    return data[start : start + size], start + size


def _integer(data: bytes, first: int, at: int) -> tuple[bytes, int]:
    if 0xF1 <= first <= 0xFD:
        return b"%d" % (first - 0xF1), at
    if (size := _INTEGERS.get(first)) is None:
        raise Corrupt(f"no ziplist's element begins with {first}")
    return b"%d" % int.from_bytes(data[at : at + size], "little", signed=True), at + size


def zipmap(data: bytes) -> list[bytes]:
    """Fields and values in turn.  Errors: Corrupt."""
    if len(data) < 2 or data[-1] != _END:
        raise Corrupt("no zipmap")
    found: list[bytes] = []
    at, end = 1, len(data) - 1
    while at < end:
        size, at = _size(data, at)
        free = 0
        if len(found) % 2:
            free = data[at]
            at += 1
        if at + size + free > end:
            raise Corrupt("a zipmap's element beyond the end")
        found.append(data[at : at + size])
        at += size + free
    if at != end or len(found) % 2 or (data[0] < _BIG and data[0] != len(found) // 2):
        raise Corrupt("a zipmap of another number of elements")
    return found


def _size(data: bytes, at: int) -> tuple[int, int]:
    if data[at] < _BIG:
        return data[at], at + 1
    return int.from_bytes(data[at + 1 : at + 5], "little"), min(at + 5, len(data) - 1)
