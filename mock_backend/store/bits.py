"""Strings as rows of bits, the first bit of a byte being its highest; beyond the end all bits are
0.

Ranges are taken out of the string as one large integer, so that counting and searching run at C
speed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_, xor


def count(value: bytes, first: int, last: int) -> int:
    """How many of the bits ``first`` to ``last`` are set."""
    return _stretch(value, first, last).bit_count()


def position(value: bytes, bit: int, first: int, last: int) -> int:
    """Where the first such bit between ``first`` and ``last`` stands; -1 if there is none."""
    size = last - first + 1
    bits = _stretch(value, first, last)
    if not bit:
        bits ^= (1 << size) - 1
    return first + size - bits.bit_length() if bits else -1


def _stretch(value: bytes, first: int, last: int) -> int:
    end = (last >> 3) + 1
    bits = int.from_bytes(value[first >> 3 : end]) >> ((end << 3) - 1 - last)
    return bits & ((1 << (last - first + 1)) - 1)


def combined(operation: str, values: Sequence[bytes]) -> bytes:
    """AND, OR, XOR of all, or NOT of the only one; shorter strings are filled up with zeros."""
    size = max(map(len, values))
    numbers = [int.from_bytes(value.ljust(size, b"\0")) for value in values]
    match operation:
        case "AND":
            result = reduce(and_, numbers)
        case "OR":
            result = reduce(or_, numbers)
        case "XOR":
            result = reduce(xor, numbers)
        case _:
            result = numbers[0] ^ ((1 << (size << 3)) - 1)
    return result.to_bytes(size)


@dataclass(frozen=True, slots=True)
class Kind:
    """The type of a field: ``u8``, ``i16``."""

    signed: bool
    size: int

    @property
    def least(self) -> int:
        """The smallest number that fits."""
        return -(1 << (self.size - 1)) if self.signed else 0

    @property
    def most(self) -> int:
        """The largest number that fits."""
        return (1 << (self.size - self.signed)) - 1

    def wrapped(self, number: int) -> int:
        """What is left of ``number`` in this many bits."""
        bits = number & ((1 << self.size) - 1)
        return bits - (1 << self.size) if bits > self.most else bits

    def read(self, value: bytes | bytearray, offset: int) -> int:
        """The number that begins at bit ``offset``."""
        first, end = offset >> 3, (offset + self.size + 7) >> 3
        chunk = int.from_bytes(value[first:end].ljust(end - first, b"\0"))
        return self.wrapped(chunk >> ((end << 3) - offset - self.size))

    def write(self, value: bytearray, offset: int, number: int) -> None:
        """Puts ``number`` at bit ``offset``; ``value`` is long enough."""
        first, end = offset >> 3, (offset + self.size + 7) >> 3
        shift = (end << 3) - offset - self.size
        mask = ((1 << self.size) - 1) << shift
        chunk = int.from_bytes(value[first:end]) & ~mask | (number << shift) & mask
        value[first:end] = chunk.to_bytes(end - first)
