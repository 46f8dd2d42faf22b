"""Listpacks and sorted arrays of integers: how the server keeps a small container in one piece.

Source: listpack.c, intset.c.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from mock_backend.store.members import is_integer
from mock_backend.store.rdb.form import Corrupt

_END: Final = 0xFF
_HEADER: Final = 6
_MANY: Final = 0xFFFF
"""More elements than the header can count."""

_INTEGERS: Final = {0xF1: 2, 0xF2: 3, 0xF3: 4, 0xF4: 8}
"""The bytes of an integer, by what it begins with."""


def pack(elements: Iterable[bytes | int]) -> bytes:
    """A listpack of ``elements``; a string that reads as an integer is kept as one."""
    out = bytearray(_HEADER)
    count = 0
    for element in elements:
        entry = _entry(element)
        out += entry
        out += _back(len(entry))
        count += 1
    out.append(_END)
    struct.pack_into("<IH", out, 0, len(out), min(count, _MANY))
    return bytes(out)


def _entry(element: bytes | int) -> bytes:
    if isinstance(element, int):
        return _integer(element)
    size = len(element)
    if size <= 20 and is_integer(element):
        return _integer(int(element))
    if size < 64:
        return bytes((0x80 | size,)) + element
    if size < 4096:
        return struct.pack(">H", 0xE000 | size) + element
    return struct.pack("<BI", 0xF0, size) + element


def _integer(value: int) -> bytes:
    if 0 <= value <= 127:
        return bytes((value,))
    if -4096 <= value <= 4095:
        return struct.pack(">H", 0xC000 | value & 0x1FFF)
    for kind, size in _INTEGERS.items():
        if -(1 << 8 * size - 1) <= value < 1 << 8 * size - 1:
            return bytes((kind,)) + value.to_bytes(size, "little", signed=True)
    raise ValueError(f"{value} has more than 64 bits")


def _back(size: int) -> bytes:
    """The length of an entry, to be read backwards (listpack.c, lpEncodeBacklen)."""
    if size <= 127:
        return bytes((size,))
    length = 2 if size < 16383 else 3 if size < 2097151 else 4 if size < 268435455 else 5
    parts = [size >> 7 * place & 127 for place in range(length)]
    return bytes([parts[-1], *(part | 128 for part in reversed(parts[:-1]))])


def unpack(data: bytes) -> list[bytes | int]:
    """The elements of a listpack: integers where they are kept as such.  Errors: Corrupt, if
    anything about it is not as it should be.
    """
    if len(data) < _HEADER + 1 or data[-1] != _END:
        raise Corrupt("no listpack")
    size, count = struct.unpack_from("<IH", data)
    if size != len(data):
        raise Corrupt("a listpack of another length")
    elements: list[bytes | int] = []
    at, end = _HEADER, len(data) - 1
    while at < end:
        element, after = _element(data, at)
        back = _back(after - at)
        if after + len(back) > end or data[after : after + len(back)] != back:
            raise Corrupt("a listpack's element of another length")
        elements.append(element)
        at = after + len(back)
    if at != end or count not in (len(elements), _MANY):
        raise Corrupt("a listpack of another number of elements")
    return elements


def _element(data: bytes, at: int) -> tuple[bytes | int, int]:
    """An element, and where it ends, which may be behind the end of ``data``."""
    first = data[at]
    if first < 0x80:
        return first, at + 1
    if first < 0xC0:
        after = at + 1 + (first & 0x3F)
        return data[at + 1 : after], after
    if first < 0xE0:
        value = (first & 0x1F) << 8 | data[at + 1]
        return value - 0x2000 if value >= 0x1000 else value, at + 2
    if first < 0xF0:
        after = at + 2 + ((first & 0x0F) << 8 | data[at + 1])
        return data[at + 2 : after], after
    if first == 0xF0:
        after = at + 5 + int.from_bytes(data[at + 1 : at + 5], "little")
        return data[at + 5 : after], after
    if (size := _INTEGERS.get(first)) is not None:
        after = at + 1 + size
        return int.from_bytes(data[at + 1 : after], "little", signed=True), after
    raise Corrupt(f"no listpack's element begins with {first}")


def words(data: bytes) -> list[bytes]:
    """The elements of a listpack as strings.  Errors: Corrupt."""
    return [as_word(element) for element in unpack(data)]


def as_word(element: bytes | int) -> bytes:
    """An element as the string that it stands for."""
    return b"%d" % element if isinstance(element, int) else element


def pack_integers(values: Sequence[int]) -> bytes:
    """An intset of ``values``, which stand in ascending order."""
    size = 2
    if values:
        size = next(
            size
            for size in (2, 4, 8)
            if -(1 << 8 * size - 1) <= values[0] and values[-1] < 1 << 8 * size - 1
        )
    packed = b"".join(value.to_bytes(size, "little", signed=True) for value in values)
    return struct.pack("<II", size, len(values)) + packed


def unpack_integers(data: bytes) -> list[int]:
    """The integers of an intset.  Errors: Corrupt."""
    if len(data) < 8:
        raise Corrupt("no intset")
    size, count = struct.unpack_from("<II", data)
    if size not in (2, 4, 8) or not count or len(data) != 8 + size * count:
        raise Corrupt("an intset of another length")
    layout = {2: "h", 4: "i", 8: "q"}[size]
    values = list(struct.unpack_from(f"<{count}{layout}", data, 8))
    if any(one >= other for one, other in pairwise(values)):
        raise Corrupt("an intset that is not in order")
    return values
