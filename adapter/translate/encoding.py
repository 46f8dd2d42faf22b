"""Values on their way out become bytes, bytes on their way back become what the caller asked for.

redis-py's own ``Encoder`` has the rules and the error texts; this one adds the two directions a
whole command needs: all words at once, and a reply of any depth.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from redis._parsers.encoders import Encoder as RedisEncoder
from redis.exceptions import DataError
from redis.utils import HIREDIS_AVAILABLE

_TAKEN_BY_HIREDIS = (bytes, bytearray, memoryview, str, float)
_REFUSED_BY_HIREDIS = "A tuple item must be str, int, float or bytes."
"""Where hiredis is installed, redis.Redis packs commands with it: fewer types, this text, and UTF-8
whatever ``encoding`` says, which is then for what comes back.
"""


_SHAPES = frozenset((dict, list, set, float, bool))


class Encoder(RedisEncoder):
    """redis-py's encoder for a whole command and a whole reply.

    ``wire`` is the protocol whose raw shapes the caller's response callbacks expect: 3 unless the
    client was built with ``protocol=2`` (see ``resp2.py``).  ``packed_by_hiredis`` says whose rules
    and texts hold for the words: redis-py's asynchronous connections never use hiredis for them.
    """

    __slots__ = ("is_utf8", "packed_by_hiredis", "shapes", "wire")

    encoding: str
    encoding_errors: str
    decode_responses: bool

    def __init__(
        self,
        encoding: str = "utf-8",
        encoding_errors: str = "strict",
        decode_responses: bool = False,
        wire: int = 3,
        packed_by_hiredis: bool = HIREDIS_AVAILABLE,
    ) -> None:
        super().__init__(encoding, encoding_errors, decode_responses)  # type: ignore[no-untyped-call]
        self.wire = wire
        self.shapes = _SHAPES if wire == 3 else frozenset[type]()
        """The types of other replies than bytes, integers and None that are what response callbacks
        expect, where nothing is to be undone or decoded."""
        self.packed_by_hiredis = packed_by_hiredis
        self.is_utf8 = packed_by_hiredis or (encoding == "utf-8" and encoding_errors == "strict")
        """Whether text becomes UTF-8, for which Python has a way of its own that takes half the
        time."""

    def words(self, values: Iterable[Any], head: Iterable[bytes] = ()) -> list[bytes]:
        """Every value as ``bytes``, behind the words of ``head``.

        Errors: ``DataError`` for bool, ``None`` and whatever else redis-py refuses.
        """
        words = [*head]
        for value in values:
            kind = type(value)
            if kind is str:
                words.append(
                    value.encode()
                    if self.is_utf8
                    else value.encode(self.encoding, self.encoding_errors)
                )
            elif kind is bytes:
                words.append(value)
            elif kind is int:
                words.append(b"%d" % value)
            elif kind is float:
                words.append(repr(value).encode())
            elif self.packed_by_hiredis and not isinstance(value, _TAKEN_BY_HIREDIS):
                raise DataError(_REFUSED_BY_HIREDIS)
            else:
                # bytes() because routes look into the words, and bytearray and memoryview have no
                # upper()
                words.append(bytes(self.encode(value)))  # type: ignore[no-untyped-call]
        return words

    def reply(self, raw: Any) -> Any:
        """``raw`` as redis-py's parser would hand it over: text, if that was asked for."""
        return self.text(raw) if self.decode_responses else raw

    def text(self, raw: Any) -> Any:
        """Decodes every bytes in ``raw``; keys of maps too; numbers, ``None`` and errors stay."""
        kind = type(raw)
        if kind is bytes:
            return raw.decode(self.encoding, self.encoding_errors)
        if kind is list:
            return [self.text(item) for item in raw]
        if kind is dict:
            return {self.text(key): self.text(item) for key, item in raw.items()}
        return raw
