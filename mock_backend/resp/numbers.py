"""Doubles as the server prints them: the shortest digits that read back as the same number.

The layout is that of ``fpconv_dtoa`` (Redis from 7.2, Valkey): plain digits while few zeros are
needed, otherwise an exponent without padding (``1e+20``, ``1.5e-7``).  Whole numbers up to 2**62
are printed as integers (util.c, double2ll).
"""

from __future__ import annotations

import functools
import math
from typing import Final

_WHOLE: Final = 2.0**62


def double(value: float) -> bytes:
    """The text of a double in a reply: ``3``, ``0.1``, ``1e+20``, ``inf``, ``-inf``, ``nan``
    (util.c, d2string).
    """
    if -_WHOLE <= value <= _WHOLE and value == int(value):
        return b"%d" % int(value) if value or math.copysign(1, value) > 0 else b"-0"
    if math.isinf(value):
        return b"inf" if value > 0 else b"-inf"
    if math.isnan(value):
        return b"nan"
    return _fractional(value)


# the same score or time is often printed many times over, and laying it out is slow
@functools.lru_cache(maxsize=256)
def _fractional(value: float) -> bytes:
    """The text of a finite double that is no whole number, or a large one."""
    sign = "-" if value < 0 else ""
    mantissa, _, power = _scientific(abs(value)).partition("e")
    digits = mantissa.replace(".", "")
    return (sign + _laid_out(digits, int(power) - len(digits) + 1)).encode()


def _scientific(value: float) -> str:
    """``repr`` in scientific form: the shortest digits, one before the point."""
    text = repr(value)
    if "e" not in text:
        whole, _, fraction = text.partition(".")
        digits = (whole + fraction).lstrip("0")
        power = len(whole) - 1 if whole != "0" else -(len(fraction) - len(fraction.lstrip("0"))) - 1
        text = f"{digits[0]}.{digits[1:]}e{power}"
    mantissa, _, power_text = text.partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}e{power_text}"


def _laid_out(digits: str, zeros: int) -> str:
    """``digits`` times ten to the power of ``zeros``."""
    stripped = digits.rstrip("0") or "0"
    zeros += len(digits) - len(stripped)
    digits = stripped
    power = abs(zeros + len(digits) - 1)
    if zeros >= 0 and power < len(digits) + 7:
        return digits + "0" * zeros
    if zeros < 0 and (zeros > -7 or power < 4):
        point = len(digits) + zeros
        if point <= 0:
            return "0." + "0" * -point + digits
        return f"{digits[:point]}.{digits[point:]}"
    exponent = zeros + len(digits) - 1
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent)}"
