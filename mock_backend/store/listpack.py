"""How many bytes the server's listpack takes, without making one.

A stream's nodes are listpacks, full after so many bytes, and ``XTRIM ~`` removes whole nodes:
to trim like the server one has to know where its nodes end.  Source: listpack.c.
"""

from __future__ import annotations

from typing import Final

EMPTY: Final = 7
"""The header and the end mark."""

SMALL: Final = 2
"""An integer from 0 to 127."""


def integer(value: int) -> int:
    """The bytes of an integer (lpEncodeIntegerGetType), its length behind it included."""
    if 0 <= value <= 127:
        return SMALL
    if -4096 <= value <= 4095:
        return 3
    for length, bits in ((4, 15), (5, 23), (6, 31)):
        if -(1 << bits) <= value < 1 << bits:
            return length
    return 10


def text(word: bytes) -> int:
    """The bytes of a string; what reads as a 64-bit integer is kept as one (lpEncodeGetType)."""
    length = len(word)
    if length <= 20 and (word.isdigit() or word[:1] == b"-"):
        try:
            value = int(word)
        except ValueError:
            value = 1 << 64
        if -(1 << 63) <= value < 1 << 63 and b"%d" % value == word:
            return integer(value)
    if length < 64:
        return 2 + length
    encoded = length + (2 if length < 4096 else 5)
    if encoded <= 127:
        return encoded + 1
    if encoded < 16383:
        return encoded + 2
    if encoded < 2097151:
        return encoded + 3
    return encoded + (4 if encoded < 268435455 else 5)
