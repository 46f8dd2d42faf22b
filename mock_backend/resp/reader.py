"""Bytes into requests.

hiredis reads the ordinary case: whole requests, all of them arrays of bulk strings, unless it is
but one, and brief.  Inline commands, everything malformed, and a request that has been cut go to
the reader that follows the server word by word (strict_reader.py).  Who reads is decided at request
boundaries.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from typing import Final

import hiredis

from mock_backend.resp.requests import encoded
from mock_backend.resp.strict_reader import MAX_BULK, ProtocolError, StrictReader

__all__ = ["MAX_BULK", "ProtocolError", "RequestReader"]

BRIEF: Final = 512
"""So many bytes are read faster in Python, if they are one request: in half the time."""
SHORT: Final = 4 * 1024
"""Of a request that has been cut so many bytes are read anew, with what comes behind them."""
_names_a_multitude: Final = re.compile(rb"\*[0-9]{9}").search
_names_another_multitude: Final = re.compile(rb"[~|>%][0-9]{9}").search
"""What hiredis must not see: a count for which it would set memory aside before it is refused."""
STAR, LINE_FEED = b"*\n"
PLUS, EQUALS, ROUND, TILDE, BAR, MORE = b"+=(~|>"
_passes_for_plain: Final = re.compile(rb"\r\n[+=(~|>]").search
"""What hiredis makes the same of as of a bulk string, or of an array; or a value that begins like
one: then it is spelled again and compared.  It is overlooked behind a word that ends in anything
but CRLF, which nobody checks.
"""


_FIRST: Final = tuple(b"*%d" % (lines // 2) if lines % 2 else None for lines in range(BRIEF))
"""How a request of so many lines begins."""
_LENGTHS: Final = tuple(b"$%d" % length for length in range(BRIEF))
_joined: Final = b"".join
"""Raises ``TypeError``, unless all words are bulk strings."""


class RequestReader:
    """The requests in a stream of bytes, one after the other."""

    def __init__(self, is_stranger: Callable[[], bool] = lambda: False) -> None:
        self._is_stranger = is_stranger
        self._fast = hiredis.Reader()
        self.ready: deque[list[bytes]] = deque()
        """Requests that have been read already, none of them empty; they come before all others."""
        self.behind: StrictReader | None = None
        """Reads what stands behind those; ``None``: nothing does."""
        self._tail = b""
        """What it was given, if all of that may be read anew."""
        self._trusts = True
        """Whether what the strict reader leaves may be read by the other."""

    @property
    def is_idle(self) -> bool:
        """Whether nothing is left of what the client sent."""
        return not self.ready and (self.behind is None or self.behind.is_idle)

    @property
    def in_value(self) -> bool:
        """Whether what comes next is probably more of a long value, not of a line."""
        return self.behind is not None and self.behind.in_value

    def only_request(self, data: bytes) -> list[bytes] | None:
        """The request, if ``data`` is one, brief, and nothing else, and nothing is left of what
        came before; its words are without line ends, as most are.  ``None``: ``feed`` takes it.
        """
        if self.behind is not None or self.ready or len(data) >= BRIEF:
            return None
        lines = data.split(b"\r\n")
        if lines.pop() or not lines or lines[0] != _FIRST[len(lines)]:
            return None
        words = lines[2::2]
        at = 1
        for word in words:
            if lines[at] != _LENGTHS[len(word)]:
                return None
            at += 2
        return words or None

    def feed(self, data: bytes) -> None:
        """Takes what the client sent."""
        if self.behind is None:
            if not data:
                return
        else:
            if not self._tail:
                self._trusts = True
                self.behind.max_bulk = MAX_BULK
                self.behind.feed(data)
                return
            data = self._tail + data
        requests = self._whole_requests(data)
        if requests is None:
            end = data.rfind(b"\r\n*", -SHORT) + 2
            requests = self._whole_requests(data[:end]) if end > 1 else None
            self._leave(data if requests is None else data[end:])
        elif self.behind is not None:
            self.behind, self._tail = None, b""
        if requests:
            self.ready.extend(requests)

    def feed_strictly(self, data: bytes, max_bulk: int = MAX_BULK) -> None:
        """The same, where one word may have no more than so many bytes, or the client has perhaps
        to log in first: hiredis knows no limits.
        """
        if self.behind is None:
            self._leave(b"")
        assert self.behind is not None
        self._trusts, self._tail = False, b""
        self.behind.max_bulk = max_bulk
        self.behind.feed(data)

    def next(self) -> list[bytes] | None:
        """The next request, which may be empty; ``None`` until more has come.

        Errors: ``ProtocolError``.
        """
        if self.ready:
            return self.ready.popleft()
        strict = self.behind
        if strict is None:
            return None
        words = strict.next()
        if strict.is_idle:
            self.behind, self._tail = None, b""
        elif words is not None:
            self._tail = b""
            if self._trusts and strict.leaves_requests:
                self.behind = None
                self.feed(strict.rest)
        return words

    def _whole_requests(self, data: bytes) -> list[list[bytes]] | None:
        """The requests, if the bytes are ordinary ones and nothing else; ``None``: they are not,
        or not surely.
        """
        if data[0] != STAR or data[-1] != LINE_FEED or _names_a_multitude(data):
            return None
        doubtful = (
            # numbers are looked for much faster than a pattern is
            PLUS in data
            or EQUALS in data
            or ROUND in data
            or TILDE in data
            or BAR in data
            or MORE in data
        ) and _passes_for_plain(data)
        if doubtful and _names_another_multitude(data):
            return None
        fast = self._fast
        fast.feed(data)
        read, has_more = fast.gets, fast.has_data
        found: list[list[bytes]] = []
        try:
            while type(words := read()) is list:
                _joined(words)
                found.append(words)
                if not has_more():  # nor has it begun another one
                    plain = all(found) and not (doubtful and _spelled(found) != data)
                    return found if plain else None
        except (hiredis.ProtocolError, TypeError):
            pass
        self._fast = hiredis.Reader()
        return None

    def _leave(self, tail: bytes) -> None:
        """Leaves to the strict reader what is perhaps the beginning of a request."""
        strict = self.behind = StrictReader()
        strict.is_stranger = self._is_stranger
        strict.feed(tail)
        self._tail = tail if len(tail) <= SHORT else b""
        self._trusts = True


def _spelled(requests: list[list[bytes]]) -> bytes:
    """The bytes of ordinary requests."""
    return b"".join([encoded(words) for words in requests])
