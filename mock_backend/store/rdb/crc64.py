"""The checksum behind a payload and a file: CRC-64 of Jones' polynomial, reflected, beginning at 0.

Long data are first folded as one large integer: the part of the highest degrees is multiplied by
what its distance leaves modulo the polynomial, and added to the rest, which is half as long.
"""

from __future__ import annotations

from typing import Final

_POLYNOMIAL: Final = 0xAD93D23594C935A9
"""Without its highest term; the bit of value 1 is the constant."""

_FOLDED_BYTES: Final = 2048


def _reflected(value: int) -> int:
    return int(f"{value:064b}"[::-1], 2)


def _table() -> tuple[int, ...]:
    mirrored = _reflected(_POLYNOMIAL)
    entries = []
    for entry in range(256):
        for _ in range(8):
            entry = entry >> 1 ^ (mirrored if entry & 1 else 0)
        entries.append(entry)
    return tuple(entries)


_TABLE: Final = _table()


def crc64(data: bytes) -> int:
    """The checksum of ``data``."""
    table = _TABLE
    crc = 0
    for byte in _folded(data):
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc


def _folded(data: bytes) -> bytes:
    """A shorter message with the same checksum."""
    size = len(data)
    if size <= _FOLDED_BYTES:
        return data
    message = int.from_bytes(data, "little")  # the lowest bit is the term of the highest degree
    while size > _FOLDED_BYTES:
        head = (size - 8) // 2
        size -= head
        high = message & ((1 << 8 * head) - 1)
        message >>= 8 * head
        factor = _power(8 * size)
        for degree in range(64):
            if factor >> degree & 1:
                message ^= high << (8 * (size - head) - degree)
    return message.to_bytes(size, "little")


def _power(exponent: int) -> int:
    """x to the power of ``exponent``, modulo the polynomial."""
    result = 1
    for bit in bin(exponent)[2:]:
        result = _product(result, result)
        if bit == "1":
            result = _product(result, 2)
    return result


def _product(one: int, other: int) -> int:
    result = 0
    for degree in range(63, -1, -1):
        result <<= 1
        if result >> 64:
            result ^= 1 << 64 | _POLYNOMIAL
        if other >> degree & 1:
            result ^= one
    return result
