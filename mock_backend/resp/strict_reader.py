"""The server's own reading of requests, byte by byte where it matters.

Inline commands, everything malformed, and what has not come to its end are read here, word by word
(networking.c, processInlineBuffer and processMultibulkBuffer), because the server's error texts are
part of the protocol.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mock_backend.resp.inline import UnbalancedQuotes, split

MAX_INLINE: Final = 64 * 1024
MAX_WORDS: Final = 2**31 - 1
MAX_BULK: Final = 512 * 1024 * 1024
STRANGER_WORDS: Final = 10
STRANGER_BULK: Final = 16 * 1024
"""Words in a request, and bytes in a word, before the client has logged in."""
_LONGEST_NUMBER: Final = 20


class ProtocolError(Exception):
    """The client does not speak the protocol; the text follows ``Protocol error: `` and the
    connection is closed.
    """


class StrictReader:
    """The server's own reading, byte by byte where it matters."""

    def __init__(self) -> None:
        self.max_bulk = MAX_BULK
        self.is_stranger: Callable[[], bool] = lambda: False
        self._data = bytearray()
        self._words: list[bytes] = []
        self._missing = 0
        self._length = -1

    @property
    def is_idle(self) -> bool:
        """Whether it stands at a request boundary with nothing left to read."""
        return not self._data and not self._missing

    @property
    def in_value(self) -> bool:
        """Whether it stands in the middle of a word of known length."""
        return self._length >= 0

    @property
    def leaves_requests(self) -> bool:
        """Whether it stands at a request boundary, and whole arrays seem to follow."""
        data = self._data
        return not self._missing and data.startswith(b"*") and data.endswith(b"\n")

    @property
    def rest(self) -> bytes:
        """What stands behind the last request that was read."""
        return bytes(self._data)

    def feed(self, data: bytes) -> None:
        self._data += data

    def next(self) -> list[bytes] | None:
        if not self._missing:
            if not self._data:
                return None
            if self._data[:1] != b"*":
                return self._inline()
            line = self._line("too big mbulk count string")
            if line is None:
                return None
            count = _number(line[1:])
            if count is None or count > MAX_WORDS:
                raise ProtocolError("invalid multibulk length")
            if count > STRANGER_WORDS and self.is_stranger():
                raise ProtocolError("unauthenticated multibulk length")
            if count <= 0:
                return []
            self._missing = count
            self._words = []
        while self._missing:
            word = self._bulk()
            if word is None:
                return None
            self._words.append(word)
            self._missing -= 1
        return self._words

    def _bulk(self) -> bytes | None:
        if self._length < 0:
            line = self._line("too big bulk count string")
            if line is None:
                return None
            if line[:1] != b"$":
                shown = (line[:1] or b"\r").decode("utf-8", "surrogateescape")
                raise ProtocolError(f"expected '$', got '{shown}'")
            length = _number(line[1:])
            if length is None or not 0 <= length <= self.max_bulk:
                raise ProtocolError("invalid bulk length")
            if length > STRANGER_BULK and self.is_stranger():
                raise ProtocolError("unauthenticated bulk length")
            self._length = length
        if len(self._data) < self._length + 2:
            return None
        with memoryview(self._data) as data:
            word = bytes(data[: self._length])
        del self._data[: self._length + 2]
        self._length = -1
        return word

    def _inline(self) -> list[bytes] | None:
        end = self._end(b"\n", "too big inline request")
        if end < 0:
            return None
        line = bytes(self._data[:end])
        del self._data[: end + 1]
        try:
            return split(line.removesuffix(b"\r"))
        except UnbalancedQuotes:
            raise ProtocolError("unbalanced quotes in request") from None

    def _line(self, too_big: str) -> bytes | None:
        end = self._end(b"\r", too_big)
        if end < 0 or end + 2 > len(self._data):
            return None
        line = bytes(self._data[:end])
        del self._data[: end + 2]
        return line

    def _end(self, mark: bytes, too_big: str) -> int:
        """Where a line ends, or -1.  A NUL before the mark hides it: the server looks for it as C
        looks through strings.
        """
        data = self._data
        end = data.find(mark)
        if end >= 0 and data.find(b"\0", 0, end) >= 0:
            end = -1
        if end < 0 and len(data) > MAX_INLINE:
            raise ProtocolError(too_big)
        return end


def _number(digits: bytes) -> int | None:
    """As the server reads numbers: the one way to write it, in 64 bits."""
    if len(digits) > _LONGEST_NUMBER:
        return None
    try:
        value = int(digits)
    except ValueError:
        return None
    return value if b"%d" % value == digits and -(2**63) <= value < 2**63 else None
