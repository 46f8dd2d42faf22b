"""A raw RESP3 reply as the same server would have written it in RESP2.

For clients built with ``protocol=2``: redis-py then installs callbacks that expect RESP2 shapes,
while our connections speak RESP3 throughout.  The server has one rule (maps are flat arrays,
doubles are text, bools are integers) and a few commands that pair things differently; so has this
file.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from math import isfinite
from typing import Any

from adapter.translate.plan import Words

_PAIRED_ONLY_IN_RESP3 = frozenset(
    b"ZRANGE ZREVRANGE ZRANGEBYSCORE ZREVRANGEBYSCORE ZUNION ZINTER ZDIFF ZRANDMEMBER HRANDFIELD "
    b"ZPOPMIN ZPOPMAX".split()
)
_COORDINATES = frozenset(
    b"GEOPOS GEOSEARCH GEORADIUS GEORADIUS_RO GEORADIUSBYMEMBER GEORADIUSBYMEMBER_RO".split()
)
_MAP_OF_STREAMS = frozenset((b"XREAD", b"XREADGROUP"))


def downgrade(words: Words, reply: Any) -> Any:
    """``reply``, raw RESP3, in RESP2 shape."""
    name = words[0].upper()
    if name in _PAIRED_ONLY_IN_RESP3 and reply and type(reply[0]) is list:
        return [_value(part, double_text) for pair in reply for part in pair]
    if name in _MAP_OF_STREAMS and type(reply) is dict:
        return [[stream, entries] for stream, entries in reply.items()]
    return _value(reply, coordinate_text if name in _COORDINATES else double_text)


def _value(value: Any, text: Callable[[float], bytes]) -> Any:
    kind = type(value)
    if kind is list:
        return [_value(item, text) for item in value]
    if kind is dict:
        return [_value(part, text) for pair in value.items() for part in pair]
    if kind is float:
        return text(value)
    if kind is bool:
        return int(value)
    return value


def coordinate_text(number: float) -> bytes:
    """A coordinate: seventeen digits after the point, no zeros at the end (util.c, ld2string)."""
    return f"{number:.17f}".rstrip("0").rstrip(".").encode()


def double_text(number: float) -> bytes:
    """A double as Valkey and Redis since 7.2 write it (fpconv_dtoa.c): the shortest digits.

    Redis 7.0 writes seventeen digits (``0.10000000000000001``); they mean the same number.
    """
    if not isfinite(number):
        return repr(number).encode()
    if number.is_integer() and abs(number) < 2**63:
        return b"%d" % number
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits))
    scientific = exponent + len(text) - 1
    if exponent < 0 and (exponent > -7 or abs(scientific) < 4):
        return format(Decimal((sign, digits, exponent)), "f").encode()
    fraction = f".{text[1:]}" if len(text) > 1 else ""
    return f"{'-' * sign}{text[0]}{fraction}e{scientific:+d}".encode()
