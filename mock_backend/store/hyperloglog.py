"""HyperLogLog: a string that counts how many different elements it was shown, by estimate.

The string is the server's own, byte for byte: ``HYLL``, the encoding, the cached cardinality, and
16384 registers of 6 bits, either as they are (*dense*) or as runs (*sparse*: ZERO, XZERO and VAL
opcodes).  Which runs there are depends on the order of the additions, so the opcodes are changed
just as the server changes them.  Source: hyperloglog.c; the estimator is Otmar Ertl's
(arXiv:1702.01284).
"""

from __future__ import annotations

import math
from typing import Final

REGISTERS: Final = 1 << 14
HEADER: Final = 16
DENSE: Final = 0
SPARSE: Final = 1
NOTHING: Final = bytes(REGISTERS)
"""The registers, a byte each, of a sketch that was shown nothing."""
SPARSE_MAX: Final = 32
"""The highest register that a VAL opcode can hold."""

MAGIC: Final = b"HYLL"
_DENSE_SIZE: Final = HEADER + REGISTERS * 6 // 8
_INDEX: Final = REGISTERS - 1
_SEED: Final = 0xADC83B19
_FACTOR: Final = 0xC6A4A7935BD1E995
_MASK: Final = (1 << 64) - 1
_HASH_BITS: Final = 50
"""The bits of a hash in which zeros are counted; the others say which register."""
_ALPHA: Final = 0.721347520444481703680
"""0.5 / ln 2"""
_STALE: Final = 0x80
"""In the last byte of the cached cardinality: it is to be reckoned again."""
_SPAN: Final = [op + 1 if op < 0x40 else 0 if op < 0x80 else (op & 3) + 1 for op in range(256)]
"""How many registers an opcode of one byte covers; 0 for the first byte of an XZERO."""
_SCAN: Final = 5
"""Behind a change so many opcodes are looked at, whether they can be joined."""
_PLANE: Final = REGISTERS // 4
"""Registers are unpacked four at a time, out of three bytes."""


def _every(byte: int, count: int = _PLANE) -> int:
    return int.from_bytes(bytes([byte]) * count)


_LOW2: Final = _every(0x03)
_LOW4: Final = _every(0x0F)
_LOW6: Final = _every(0x3F)
_HIGH: Final = _every(0x80, REGISTERS)


class Corrupted(Exception):
    """The runs do not cover all registers, or more than there are."""


class Sketch:
    """One HyperLogLog string while it is read or changed; ``bytes(sketch.data)`` is the string
    again.
    """

    __slots__ = ("_longest", "data")

    def __init__(self, value: bytes | None = None, *, longest_sparse: int = 3000) -> None:
        self.data = bytearray(_EMPTY if value is None else value)
        self._longest = longest_sparse
        """``hll-sparse-max-bytes``: what grows longer becomes dense."""

    @property
    def encoding(self) -> int:
        """``DENSE`` or ``SPARSE``."""
        return self.data[4]

    @property
    def cached(self) -> int | None:
        """The cardinality as it was last reckoned; ``None``, if there were changes since."""
        return None if self.data[15] & _STALE else int.from_bytes(self.data[8:16], "little")

    def cache(self, cardinality: int) -> None:
        """Notes the cardinality, until the next change."""
        self.data[8:16] = cardinality.to_bytes(8, "little", signed=True)

    def invalidate(self) -> None:
        """The noted cardinality holds no longer."""
        self.data[15] |= _STALE

    def add(self, element: bytes) -> bool:
        """Shows ``element`` to the sketch; whether a register changed.  Errors: ``Corrupted``."""
        return self.raise_to(*place_of(element))

    def raise_to(self, index: int, count: int) -> bool:
        """Makes a register ``count``, unless it is as high; whether it changed.

        Errors: ``Corrupted``.
        """
        if self.encoding == SPARSE:
            return self._raise_sparse(index, count)
        at, shift = HEADER + index * 6 // 8, index * 6 % 8
        both = int.from_bytes(self.data[at : at + 2], "little")
        if both >> shift & 63 >= count:
            return False
        both = both & ~(63 << shift) | count << shift
        self.data[at : at + 2] = both.to_bytes(min(2, len(self.data) - at), "little")
        return True

    def _raise_sparse(self, index: int, count: int) -> bool:
        if count > SPARSE_MAX:
            return self._promoted(index, count)
        data, end = self.data, len(self.data)
        previous, at, first, span = HEADER, HEADER, 0, 0
        while at < end:
            span = _SPAN[data[at]]
            width = 1
            if not span:
                span = ((data[at] & 63) << 8 | _byte(data, at + 1)) + 1
                width = 2
            if index < first + span:
                break
            previous = at
            at += width
            first += span
        if not span or at >= end:
            raise Corrupted
        op = data[at]
        if op & 0x80 and (op >> 2 & 31) + 1 >= count:
            return False
        if span == 1 and width == 1:
            data[at] = _val(count, 1)
        else:
            before, after = index - first, first + span - 1 - index
            opcodes = _like(op, before) + bytes([_val(count, 1)]) + _like(op, after)
            growth = len(opcodes) - width
            if growth > 0 and end + growth > self._longest:
                return self._promoted(index, count)
            data[at : at + width] = opcodes
        self._join(previous)
        self.invalidate()
        return True

    def _join(self, at: int) -> None:
        """Joins neighbouring runs of one value, as far as the server looks for them."""
        data = self.data
        for _ in range(_SCAN):
            if at >= len(data):
                return
            op = data[at]
            if op & 0xC0 == 0x40:
                at += 2
                continue
            if op & 0x80 and at + 1 < len(data):
                following = data[at + 1]
                length = (op & 3) + (following & 3) + 2
                if following & 0x80 and op >> 2 == following >> 2 and length <= 4:
                    data[at : at + 2] = bytes([_val((op >> 2 & 31) + 1, length)])
                    continue
            at += 1

    def _promoted(self, index: int, count: int) -> bool:
        self.make_dense()
        self.raise_to(index, count)
        return True

    def make_dense(self) -> None:
        """Gives every register its place.  Errors: ``Corrupted``."""
        if self.encoding == SPARSE:
            header = self.data[:HEADER]
            header[4] = DENSE
            self.data = header + packed(self.registers())

    def registers(self) -> bytes:
        """The registers, a byte each.  Errors: ``Corrupted``."""
        if self.encoding == DENSE:
            return unpacked(self.data[HEADER:])
        parts: list[bytes] = []
        covered = 0
        for value, length in self.runs():
            covered += length
            if covered > REGISTERS:
                raise Corrupted
            parts.append(bytes([value]) * length)
        if covered != REGISTERS:
            raise Corrupted
        return b"".join(parts)

    def runs(self) -> list[tuple[int, int]]:
        """``(value, how many registers have it)`` of each opcode; only of a sparse one."""
        data, found, at = self.data, [], HEADER
        while at < len(data):
            op = data[at]
            if op & 0xC0 == 0x40:
                found.append((0, ((op & 63) << 8 | _byte(data, at + 1)) + 1))
                at += 2
            else:
                found.append(((op >> 2 & 31) + 1 if op & 0x80 else 0, _SPAN[op]))
                at += 1
        return found

    def shown_runs(self) -> str:
        """The opcodes as PFDEBUG DECODE prints them: ``z:`` ZERO, ``Z:`` XZERO, ``v:`` VAL."""
        data, at, shown = self.data, HEADER, []
        for value, length in self.runs():
            is_xzero = data[at] & 0xC0 == 0x40
            shown.append(f"v:{value},{length}" if value else f"{'Z' if is_xzero else 'z'}:{length}")
            at += 2 if is_xzero else 1
        return " ".join(shown)


def is_valid(value: bytes) -> bool:
    """Whether a string may be a HyperLogLog, as far as its header tells (isHLLObjectOrReply)."""
    if len(value) < HEADER or value[:4] != MAGIC or value[4] > SPARSE:
        return False
    return value[4] == SPARSE or len(value) == _DENSE_SIZE


def place_of(element: bytes) -> tuple[int, int]:
    """``(register, count)``: which register an element concerns, and the zeros of its hash, plus
    one (hllPatLen).
    """
    hashed = murmur(element)
    pattern = hashed >> 14 | 1 << _HASH_BITS
    return hashed & _INDEX, (pattern & -pattern).bit_length()


def murmur(data: bytes) -> int:
    """MurmurHash64A, with the server's seed."""
    mixed = _SEED ^ len(data) * _FACTOR & _MASK
    whole = len(data) & ~7
    for at in range(0, whole, 8):
        word = int.from_bytes(data[at : at + 8], "little") * _FACTOR & _MASK
        mixed = (mixed ^ (word ^ word >> 47) * _FACTOR & _MASK) * _FACTOR & _MASK
    if whole != len(data):
        mixed = (mixed ^ int.from_bytes(data[whole:], "little")) * _FACTOR & _MASK
    mixed = (mixed ^ mixed >> 47) * _FACTOR & _MASK
    return mixed ^ mixed >> 47


def unpacked(dense: bytes | bytearray) -> bytes:
    """Registers of 6 bits, a byte each.

    Done in four great numbers, each with every fourth register: a loop would take a hundred times
    as long.
    """
    low, middle, high = (int.from_bytes(dense[start::3]) for start in range(3))
    found = bytearray(REGISTERS)
    for start, plane in enumerate(
        (
            low & _LOW6,
            low >> 6 & _LOW2 | (middle & _LOW4) << 2,
            middle >> 4 & _LOW4 | (high & _LOW2) << 4,
            high >> 2 & _LOW6,
        )
    ):
        found[start::4] = plane.to_bytes(_PLANE)
    return bytes(found)


def packed(registers: bytes) -> bytes:
    """The opposite of :func:`unpacked`."""
    first, second, third, fourth = (int.from_bytes(registers[start::4]) for start in range(4))
    dense = bytearray(_DENSE_SIZE - HEADER)
    for start, plane in enumerate(
        (
            first | (second & _LOW2) << 6,
            second >> 2 & _LOW4 | (third & _LOW4) << 4,
            third >> 4 & _LOW2 | fourth << 2,
        )
    ):
        dense[start::3] = plane.to_bytes(_PLANE)
    return bytes(dense)


def highest(one: bytes, two: bytes) -> bytes:
    """Of each register the higher one: the registers of the union."""
    first, second = int.from_bytes(one), int.from_bytes(two)
    not_less = ((first | _HIGH) - second) & _HIGH  # 0x80 where the first is not less
    chosen = (not_less - (not_less >> 7)) | not_less  # 0xFF there
    return (first & chosen | second & ~chosen).to_bytes(REGISTERS)


def cardinality(registers: bytes) -> int:
    """How many different elements there were, by estimate (hllCount)."""
    counts = [registers.count(value) for value in range(_HASH_BITS + 2)]
    total = REGISTERS * _tau((REGISTERS - counts[_HASH_BITS + 1]) / REGISTERS)
    for value in range(_HASH_BITS, 0, -1):
        total = (total + counts[value]) * 0.5
    total += REGISTERS * _sigma(counts[0] / REGISTERS)
    if not total:
        return -(1 << 63)  # what llroundl makes of infinity
    return math.floor(_ALPHA * REGISTERS * REGISTERS / total + 0.5)


def _sigma(x: float) -> float:
    if x == 1:
        return math.inf
    power, total = 1.0, x
    while True:
        x *= x
        before = total
        total += x * power
        power += power
        if total == before:
            return total


def _tau(x: float) -> float:
    if x in {0, 1}:
        return 0.0
    power, total = 1.0, 1 - x
    while True:
        x = math.sqrt(x)
        before = total
        power *= 0.5
        total -= (1 - x) ** 2 * power
        if total == before:
            return total / 3


def _byte(data: bytearray, at: int) -> int:
    """Behind the end stands a NUL, as behind every string of the server."""
    return data[at] if at < len(data) else 0


def _val(value: int, length: int) -> int:
    return 0x80 | (value - 1) << 2 | (length - 1)


def _like(op: int, length: int) -> bytes:
    """A run of so many registers that holds what ``op`` holds."""
    if op & 0x80 and length:
        return bytes([op & ~3 | (length - 1)])
    return _zeros(length)


def _zeros(length: int) -> bytes:
    if not length:
        return b""
    if length > 64:
        return bytes([0x40 | (length - 1) >> 8, (length - 1) & 0xFF])
    return bytes([length - 1])


_EMPTY: Final = MAGIC + bytes([SPARSE]) + bytes(11) + _zeros(REGISTERS)
