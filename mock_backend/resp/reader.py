"""Bytes into requests.

hiredis reads the ordinary case, arrays of bulk strings.  Inline commands and everything malformed
go to a reader in Python that follows the server word by word (networking.c, processInlineBuffer and
processMultibulkBuffer), because the server's error texts are part of the protocol.  Which of the
two reads is decided at request boundaries.
"""

from __future__ import annotations

from typing import Final

import hiredis

from mock_backend.resp.inline import UnbalancedQuotes, split

MAX_INLINE: Final = 64 * 1024
MAX_WORDS: Final = 2**31 - 1


class ProtocolError(Exception):
    """The client does not speak the protocol; the text follows ``Protocol error: `` and the
    connection is closed.
    """


class RequestReader:
    """The requests in a stream of bytes, one after the other."""

    def __init__(self, *, max_bulk: int = 512 * 1024 * 1024) -> None:
        self.max_bulk = max_bulk
        self._fast = _new_reader()
        self._pending: list[bytes] = []
        """What has come since the last request boundary at which everything was read."""
        self._taken = 0
        """How many requests have been handed out of ``_pending``."""
        self._slow: _StrictReader | None = None

    def feed(self, data: bytes) -> None:
        """Takes what the client sent."""
        if self._slow is not None:
            self._slow.feed(data)
        elif not self._pending and data[:1] != b"*":
            self._be_strict(data)
        else:
            self._pending.append(data)
            self._fast.feed(data)

    def next(self) -> list[bytes] | None:
        """The next request, which may be empty; ``None`` until more has come.  Errors:
        ``ProtocolError``.
        """
        if self._slow is None:
            try:
                words = self._fast.gets()
            except hiredis.ProtocolError:
                words = ()
            if words is False:
                if not self._fast.has_data():
                    self._pending.clear()
                    self._taken = 0
                return None
            if type(words) is list:
                for word in words:
                    if type(word) is not bytes:
                        break
                else:
                    self._taken += 1
                    return words
            if words is None:
                self._taken += 1
                return []
            self._be_strict(b"".join(self._pending))
        return self._next_strict()

    def _be_strict(self, data: bytes) -> None:
        """Reads ``data`` again from the last boundary, past what has been handed out already."""
        self._slow = _StrictReader(self.max_bulk)
        self._slow.feed(data)
        for _ in range(self._taken):
            self._slow.next()
        self._pending.clear()
        self._taken = 0

    def _next_strict(self) -> list[bytes] | None:
        assert self._slow is not None
        words = self._slow.next()
        if words is None and self._slow.is_idle:
            self._slow = None
            self._fast = _new_reader()
        return words


def _new_reader() -> hiredis.Reader:
    return hiredis.Reader(notEnoughData=False)


class _StrictReader:
    """The server's own reading, byte by byte where it matters."""

    def __init__(self, max_bulk: int) -> None:
        self._max_bulk = max_bulk
        self._data = bytearray()
        self._words: list[bytes] = []
        self._missing = 0
        self._length = -1

    @property
    def is_idle(self) -> bool:
        """Whether it stands at a request boundary with nothing left to read."""
        return not self._data and not self._missing

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
                shown = chr(line[0]) if line else "\r"
                raise ProtocolError(f"expected '$', got '{shown}'")
            length = _number(line[1:])
            if length is None or not 0 <= length <= self._max_bulk:
                raise ProtocolError("invalid bulk length")
            self._length = length
        if len(self._data) < self._length + 2:
            return None
        word = bytes(self._data[: self._length])
        del self._data[: self._length + 2]
        self._length = -1
        return word

    def _inline(self) -> list[bytes] | None:
        end = self._data.find(b"\n")
        if end < 0:
            if len(self._data) > MAX_INLINE:
                raise ProtocolError("too big inline request")
            return None
        line = bytes(self._data[:end])
        del self._data[: end + 1]
        try:
            return split(line.removesuffix(b"\r"))
        except UnbalancedQuotes:
            raise ProtocolError("unbalanced quotes in request") from None

    def _line(self, too_big: str) -> bytes | None:
        end = self._data.find(b"\r")
        if end < 0:
            if len(self._data) > MAX_INLINE:
                raise ProtocolError(too_big)
            return None
        if end + 2 > len(self._data):
            return None
        line = bytes(self._data[:end])
        del self._data[: end + 2]
        return line


def _number(digits: bytes) -> int | None:
    try:
        value = int(digits)
    except ValueError:
        return None
    return value if b"%d" % value == digits else None
