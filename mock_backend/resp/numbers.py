"""Doubles as the server prints them.

From Redis 7.2 on these are the digits that Grisu2 finds, laid out as ``fpconv_dtoa`` does: plain
digits while few zeros are needed, otherwise an exponent without padding (``1e+20``, ``1.5e-7``).
Whole numbers up to 2**62 are printed as integers (util.c, double2ll).  Redis 7.0 prints 17 digits
of all.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Final

from mock_backend.profile import Profile, Since
from mock_backend.resp import grisu

FEW_DIGITS: Final = Since("7.2.0")
"""From here on doubles are printed with no more digits than they need."""

_WHOLE: Final = 2.0**62


def printing(profile: Profile) -> Callable[[float], bytes]:
    """How that server prints a double in a reply."""
    return double if profile.has(FEW_DIGITS) else seventeen_digits


def seventeen_digits(value: float) -> bytes:
    """The text of a double as Redis 7.0 has it in replies: ``0.10000000000000001``; of a NaN it
    shows the sign, as C does.
    """
    return b"-nan" if math.isnan(value) and math.copysign(1, value) < 0 else b"%.17g" % value


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


# the same score or time is often printed many times over, and finding its digits is slow
@functools.lru_cache(maxsize=1024)
def _fractional(value: float) -> bytes:
    """The text of a finite double that is no whole number, or a large one."""
    sign = "-" if value < 0 else ""
    return (sign + _laid_out(*grisu.digits(abs(value)))).encode()


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
