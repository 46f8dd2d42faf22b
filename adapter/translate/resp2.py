"""A raw RESP3 reply as the same server would have written it in RESP2.

For clients built with ``protocol=2``: redis-py then installs callbacks that expect RESP2 shapes,
while our connections speak RESP3 throughout.  The server has one rule (maps are flat arrays,
doubles are text, bools are integers) and a few commands that pair things differently; so has this
file.
"""

from __future__ import annotations

from typing import Any

from adapter.translate import raw
from adapter.translate.plan import Words

_PAIRED_ONLY_IN_RESP3 = frozenset(
    b"ZRANGE ZREVRANGE ZRANGEBYSCORE ZREVRANGEBYSCORE ZUNION ZINTER ZDIFF ZRANDMEMBER HRANDFIELD "
    b"ZPOPMIN ZPOPMAX".split()
)
_MAP_OF_STREAMS = frozenset((b"XREAD", b"XREADGROUP"))


def downgrade(words: Words, reply: Any) -> Any:
    """``reply``, raw RESP3, in RESP2 shape."""
    name = words[0].upper()
    if name in _PAIRED_ONLY_IN_RESP3 and reply and type(reply[0]) is list:
        return [_value(part) for pair in reply for part in pair]
    if name in _MAP_OF_STREAMS and type(reply) is dict:
        return [[stream, entries] for stream, entries in reply.items()]
    return _value(reply)


def _value(value: Any) -> Any:
    kind = type(value)
    if kind is list:
        return [_value(item) for item in value]
    if kind is dict:
        return [_value(part) for pair in value.items() for part in pair]
    if kind is float:
        return raw.decimal_text(value) if abs(value) != float("inf") else repr(value).encode()
    if kind is bool:
        return int(value)
    return value
