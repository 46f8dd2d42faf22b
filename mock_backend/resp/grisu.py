"""The decimal digits of a double, as the server finds them: Grisu2.

They always read back as the same number and are nearly always the shortest; about one double in two
thousand gets a digit more than ``repr`` gives it, and the server prints that.  Source: Florian
Loitsch, "Printing floating-point numbers quickly and accurately with integers" (2010).
"""

from __future__ import annotations

import functools
import math
from typing import Final

_BITS: Final = 64
_FIRST_POWER: Final = -348
_STEP: Final = 8
_POWERS: Final = 87
_LOG10_OF_2: Final = 0.30102999566398114
_LEAST: Final = -60
_MOST: Final = -32
"""Between these exponents a scaled number has its whole part in 32 bits."""


def digits(value: float) -> tuple[str, int]:
    """``value``, which is positive and finite, as digits and the power of ten to multiply them
    by.
    """
    fraction, exponent = math.frexp(value)
    smallest = max(exponent - 53, -1074)
    whole = int(math.ldexp(fraction, exponent - smallest))
    # the middle of the ways to the neighbours, on a scale of 64 bits that the upper one fills
    shift = _BITS - (2 * whole + 1).bit_length()
    scale = smallest - 1 - shift
    upper = (2 * whole + 1) << shift
    below = 2 if whole == 1 << 52 else 1  # a power of two: the neighbour below is nearer
    lower = ((whole << below) - 1) << (shift + 1 - below)
    power, power_scale, tens = _power_for(scale)
    middle = _times(whole << (shift + 1), power)
    most = _times(upper, power) - 1
    least = _times(lower, power) + 1
    point = -(scale + power_scale + _BITS)
    return _shortest(middle, most, most - least, point, -tens)


def _shortest(middle: int, most: int, gap: int, point: int, power: int) -> tuple[str, int]:
    """The fewest digits of ``most`` that lie within ``gap`` below it, then moved towards
    ``middle``; the last ``point`` bits are behind the point.
    """
    distance = most - middle
    left = most
    found = 0
    for exponent in range(9, -1, -1):
        unit = 10**exponent << point
        digit, left = divmod(left, unit)
        found = 10 * found + digit
        if left <= gap:
            return str(_nearer(found, gap, left, unit, distance)), power + exponent
    unit = 1 << point
    while True:
        left, gap, distance, power = 10 * left, 10 * gap, 10 * distance, power - 1
        digit, left = divmod(left, unit)
        found = 10 * found + digit
        if left < gap:
            return str(_nearer(found, gap, left, unit, distance)), power


def _nearer(found: int, gap: int, left: int, unit: int, distance: int) -> int:
    """The last digit goes down while that brings the number nearer to what is meant."""
    while (
        left < distance
        and gap - left >= unit
        and (left + unit < distance or distance - left > left + unit - distance)
    ):
        found -= 1
        left += unit
    return found


def _times(first: int, second: int) -> int:
    """The upper 64 bits of a product; what is below is rounded as four products of 32 bits are."""
    return ((first * second >> 32) + (1 << 31)) >> 32


def _power_for(scale: int) -> tuple[int, int, int]:
    """The power of ten that brings a number of this scale into bounds: its 64 bits, their scale,
    and which power it is.
    """
    index = (int(-(scale + _POWERS) * _LOG10_OF_2) - _FIRST_POWER) // _STEP
    while True:
        power, power_scale = _power(index)
        place = scale + power_scale + _BITS
        if place < _LEAST:
            index += 1
        elif place > _MOST:
            index -= 1
        else:
            return power, power_scale, _FIRST_POWER + index * _STEP


@functools.cache
def _power(index: int) -> tuple[int, int]:
    """A power of ten in 64 bits, rounded to the nearest, and their scale."""
    tens = _FIRST_POWER + index * _STEP
    if tens >= 0:
        exact, base = 10**tens, 0
    else:
        base = -(_BITS + 4 + math.ceil(-tens / _LOG10_OF_2))
        exact = (1 << -base) // 10**-tens
    extra = exact.bit_length() - _BITS
    if extra <= 0:
        return exact << -extra, base + extra
    rounded = (exact + (1 << (extra - 1))) >> extra
    if rounded.bit_length() > _BITS:
        rounded, extra = rounded >> 1, extra + 1
    return rounded, base + extra
