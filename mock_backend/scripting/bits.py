"""What Lua 5.1 cannot do by itself: the bits of integers (for ``bit``) and of doubles (for
``struct`` and ``cmsgpack``).

Arguments are Lua numbers, which come as ``int`` where they are whole and as ``float`` otherwise.
"""

from __future__ import annotations

import math
import struct
from typing import Final

_MASK: Final = 0xFFFFFFFF
_SIGN: Final = 0x80000000
_EXACT: Final = 2**51
_ROUNDING: Final = 6755399441055744.0
"""2**52 + 2**51: added to a double, it moves the integer part into the lowest bits (LuaBitOp)."""

_PLACES: Final = {b"f": struct.Struct("<f"), b"d": struct.Struct("<d")}
_BIG_FLOAT: Final = struct.Struct(">f")
_BIG_DOUBLE: Final = struct.Struct(">d")


def _bits(number: float) -> int:
    """The 32 bits that a number stands for: rounded, halves to even; modulo 2**32."""
    if type(number) is int and -_EXACT < number < _EXACT:
        return number & _MASK
    low: int = struct.unpack("<I", struct.pack("<d", number + _ROUNDING)[:4])[0]
    return low


def _signed(bits: int) -> int:
    return ((bits & _MASK) ^ _SIGN) - _SIGN


def tobit(number: float) -> int:
    """The number as a signed 32-bit integer."""
    return _signed(_bits(number))


def bnot(number: float) -> int:
    """Every bit turned over."""
    return _signed(~_bits(number))


def bswap(number: float) -> int:
    """The four bytes in the opposite order."""
    return _signed(int.from_bytes(_bits(number).to_bytes(4, "little"), "big"))


def band(one: float, other: float) -> int:
    """Bitwise and."""
    return _signed(_bits(one) & _bits(other))


def bor(one: float, other: float) -> int:
    """Bitwise or."""
    return _signed(_bits(one) | _bits(other))


def bxor(one: float, other: float) -> int:
    """Bitwise exclusive or."""
    return _signed(_bits(one) ^ _bits(other))


def lshift(number: float, places: float) -> int:
    """Shift to the left; only the lowest five bits of ``places`` count, here and below."""
    return _signed(_bits(number) << (_bits(places) & 31))


def rshift(number: float, places: float) -> int:
    """Shift to the right, zeros come in."""
    return _signed(_bits(number) >> (_bits(places) & 31))


def arshift(number: float, places: float) -> int:
    """Shift to the right, the sign comes in."""
    return _signed(_bits(number)) >> (_bits(places) & 31)


def rol(number: float, places: float) -> int:
    """Rotation to the left."""
    bits, count = _bits(number), _bits(places) & 31
    return _signed(bits << count | bits >> (32 - count))


def ror(number: float, places: float) -> int:
    """Rotation to the right."""
    bits, count = _bits(number), _bits(places) & 31
    return _signed(bits >> count | bits << (32 - count))


def tohex(number: float, digits: float) -> bytes:
    """The lowest ``digits`` hexadecimal digits, at most 8; in capitals if negative."""
    count = min(abs(int(digits)), 8)
    text = b"%08x" % _bits(number)
    shown = text[8 - count :]
    return shown.upper() if digits < 0 else shown


OPERATIONS: Final = {
    operation.__name__.encode(): operation
    for operation in (
        tobit, bnot, bswap, band, bor, bxor, lshift, rshift, arshift, rol, ror, tohex,
    )
}  # fmt: skip
"""The functions of ``bit``, by name."""


def pack_float(kind: bytes, number: float) -> bytes:
    """A float (``f``) or double (``d``), the lowest byte first; a double too large for a float is
    an infinity.
    """
    try:
        return _PLACES[kind].pack(number)
    except OverflowError:
        return _PLACES[kind].pack(math.copysign(math.inf, number))


def unpack_float(kind: bytes, data: bytes) -> float:
    """The number that :func:`pack_float` packed."""
    number: float = _PLACES[kind].unpack(data)[0]
    return number


def pack_msgpack_float(number: float) -> bytes:
    """A number in MessagePack: a float where it loses nothing, else a double."""
    try:
        short = _BIG_FLOAT.pack(number)
    except OverflowError:
        return b"\xcb" + _BIG_DOUBLE.pack(number)
    if _BIG_FLOAT.unpack(short)[0] == number:
        return b"\xca" + short
    return b"\xcb" + _BIG_DOUBLE.pack(number)
