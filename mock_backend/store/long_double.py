"""Arithmetic of INCRBYFLOAT: the x87 ``long double`` that the server computes with, emulated
exactly.

A number is a ``Fraction`` rounded to 64 significant bits; it is shown with 17 digits behind the
point, trailing zeros removed (util.c, ld2string with LD_STR_HUMAN).
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

_BITS: Final = 64
_LARGEST: Final = (2**_BITS - 1) * 2 ** (16383 - 63)
_LEAST: Final = Fraction(1, 2**16446)
"""What is less is nought, though it was not said so: strtold tells of a range error."""
_DECIMAL: Final = re.compile(rb"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,5})?\Z")
_INFINITE: Final = re.compile(rb"[+-]?inf(inity)?\Z", re.IGNORECASE)
_HEXADECIMAL: Final = re.compile(
    rb"([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)([pP]([+-]?[0-9]{1,5}))?\Z"
)


def read(word: bytes) -> Fraction | None:
    """The number that ``strtold`` reads, or ``None`` for infinities, NaN and what is no number."""
    if len(word) > 5 * 1024:
        return None
    if _DECIMAL.match(word):
        return rounded(Fraction(word.decode()))
    if hexadecimal := _HEXADECIMAL.match(word):
        sign, whole, fraction, _, power = hexadecimal.groups()
        if not whole + fraction:
            return None
        value = (
            Fraction(int(whole + fraction, 16))
            / 16 ** len(fraction)
            * Fraction(2) ** int(power or 0)
        )
        return rounded(-value if sign == b"-" else value)
    return None


def infinite(word: bytes) -> bool:
    """Whether the word is an infinity, said outright."""
    return bool(_INFINITE.match(word))


def rounded(value: Fraction) -> Fraction | None:
    """The nearest number with 64 significant bits, ties to even; ``None`` if it is beyond the
    largest.
    """
    if not value:
        return value
    size = abs(value)
    if size < _LEAST:
        return None
    shift = size.numerator.bit_length() - size.denominator.bit_length() - _BITS
    scaled = size / Fraction(2) ** shift
    while scaled >= 2**_BITS:
        shift += 1
        scaled /= 2
    while scaled < 2 ** (_BITS - 1):
        shift -= 1
        scaled *= 2
    nearest = round(scaled) * Fraction(2) ** shift
    if nearest > _LARGEST:
        return None
    return nearest if value > 0 else -nearest


def total(first: Fraction, second: Fraction) -> Fraction | None:
    """The sum, rounded; ``None`` if it overflows."""
    return rounded(first + second)


def show(value: Fraction) -> bytes:
    """The text that is stored: ``3000.10000000000000009``, ``10.5``, ``3``."""
    scaled = round(abs(value) * 10**17)
    whole, fraction = divmod(scaled, 10**17)
    text = f"{whole}.{fraction:017d}".rstrip("0").rstrip(".")
    return (f"-{text}" if value < 0 and text != "0" else text).encode()
