"""Bytes into requests.

hiredis reads the ordinary case, arrays of bulk strings, unless it is but one that has come as a
whole.  Inline commands and everything malformed go to a reader in Python that follows the server
word by word (networking.c, processInlineBuffer and processMultibulkBuffer), because the server's
error texts are part of the protocol.  Who reads is decided at request boundaries.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import hiredis

from mock_backend.resp.inline import UnbalancedQuotes, split

MAX_INLINE: Final = 64 * 1024
MAX_WORDS: Final = 2**31 - 1
MAX_BULK: Final = 512 * 1024 * 1024
STRANGER_WORDS: Final = 10
STRANGER_BULK: Final = 16 * 1024
"""Words in a request, and bytes in a word, before the client has logged in."""
_BRIEF: Final = 1024
"""So many bytes are read faster in Python, if they are one request."""
SHORT: Final = 4 * 1024
"""An unfinished stretch up to here is read again strictly: somebody types, or sends nonsense."""
LONG: Final = 1024 * 1024
"""Of an unfinished stretch beyond this only the last request is kept."""
_LONGEST_NUMBER: Final = 20
_suspicious: Final = re.compile(rb"\*(?:[0-9]{9}|[0-9]*\Z|[0-9]+\r\n[^$])").search
"""What hiredis must not see: a count so large, or cut so, that it might set memory aside for it
before it is refused; an array that does not begin with a bulk string.
"""
PLUS, EQUALS, ROUND, TILDE, BAR = b"+=(~|"
_passes_for_plain: Final = re.compile(rb"\r\n[+=(~|]").search
_begins_so: Final = re.compile(rb"\n?[+=(~|]").match
"""What hiredis makes the same of as of a bulk string, or of an array; or a value that begins like
one.  It is overlooked behind a word that ends in anything but CRLF, which nobody checks.
"""


class ProtocolError(Exception):
    """The client does not speak the protocol; the text follows ``Protocol error: `` and the
    connection is closed.
    """


class RequestReader:
    """The requests in a stream of bytes, one after the other."""

    def __init__(self, is_stranger: Callable[[], bool] = lambda: False) -> None:
        self._is_stranger = is_stranger
        self._fast = hiredis.Reader()
        self._whole: list[bytes] | None = None
        """A request that came as a whole, and is the next."""
        self._unsettled: list[bytes] = []
        """What has come since the last boundary at which everything had been read."""
        self._size = 0
        self._taken = 0
        """How many requests have been handed out of ``_unsettled``."""
        self._last: list[bytes] = []
        self._forgotten = 0
        """How many of the requests taken are not kept for a second reading."""
        self._longest = LONG
        self._strict: _StrictReader | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is left of what the client sent."""
        if self._whole is not None:
            return False
        return not self._unsettled if self._strict is None else self._strict.is_idle

    @property
    def in_value(self) -> bool:
        """Whether what comes next is probably more of a long value, not of a line."""
        return self._strict is None or self._strict.in_value

    def feed(self, data: bytes) -> None:
        """Takes what the client sent."""
        if self._strict is not None:
            self._strict.max_bulk = MAX_BULK
            self._strict.feed(data)
            return
        if not self._unsettled and self._whole is None:
            self._whole = _one_request(data)
            if self._whole is not None:
                return
        self._unsettled.append(data)
        self._size += len(data)
        if (
            (data[:1] != b"*" and len(self._unsettled) == 1)
            or _suspicious(data)
            or (
                # numbers are looked for much faster than a pattern is
                (PLUS in data or EQUALS in data or ROUND in data or TILDE in data or BAR in data)
                and _passes_for_plain(data)
            )
            # the piece before may have been cut in front of what is looked for
            or (len(self._unsettled) > 1 and _begins_so(data))
        ):
            self._be_strict()
        else:
            self._fast.feed(data)

    def feed_strictly(self, data: bytes, max_bulk: int = MAX_BULK) -> None:
        """The same, where one word may have no more than so many bytes, or the client has perhaps
        to log in first: hiredis knows no limits.
        """
        strict = self._be_strict() if self._strict is None else self._strict
        strict.max_bulk = max_bulk
        strict.feed(data)

    def next(self) -> list[bytes] | None:
        """The next request, which may be empty; ``None`` until more has come.

        Errors: ``ProtocolError``.
        """
        if self._whole is not None:
            whole, self._whole = self._whole, None
            return whole
        if self._strict is not None:
            return self._next_strict(self._strict)
        if not self._unsettled:
            return None
        try:
            words = self._fast.gets()
        except hiredis.ProtocolError:
            return self._next_strict(self._be_strict())
        if type(words) is list:
            for word in words:
                if type(word) is not bytes:
                    return self._next_strict(self._be_strict())
            self._taken += 1
            self._last = words
            return words
        if words is not False:
            return self._next_strict(self._be_strict())
        if self._is_settled():
            self._settle()
        elif not self._taken or self._size < SHORT or self._is_stuck():
            return self._next_strict(self._be_strict())
        elif self._size > self._longest:
            self._forget()
        return None

    def _is_settled(self) -> bool:
        """Whether the bytes end where the last request ends.

        hiredis does not tell: it has no data left also in the middle of a request, behind a whole
        word.  So the end is compared with the last request; in the one case where words of an
        unfinished request can look like it, the answer is no, and the strict reader decides.
        """
        if self._fast.has_data() or not self._taken:
            return False
        data, request = self._unsettled[-1], _spelled(self._last)
        if not data.endswith(request):
            return False
        head = request.index(b"\r\n")
        return not data[: -len(request)].endswith(b"$%d\r\n" % head)

    def _is_stuck(self) -> bool:
        """Whether a line goes on for longer than any line may; a long value looks alike."""
        data = self._unsettled[-1]
        return len(data) - data.rfind(b"\r\n") > MAX_INLINE

    def _forget(self) -> None:
        """A long pipeline was cut in the middle of a request: of what must be kept for a second
        reading only the beginning of that request stays.
        """
        strict = self._reread()
        self._unsettled = [strict.rest]
        self._size = len(strict.rest)
        self._longest = max(LONG, 2 * self._size)
        self._forgotten = self._taken

    def _settle(self) -> None:
        self._unsettled.clear()
        self._size = self._taken = self._forgotten = 0
        self._longest = LONG
        self._last = []  # a client that is silent now shall not hold on to what it sent

    def _be_strict(self) -> _StrictReader:
        """Reads strictly from now on."""
        strict = self._reread()
        self._settle()
        self._strict = strict
        return strict

    def _reread(self) -> _StrictReader:
        """Reads again from the last boundary, past what has been handed out already."""
        strict = _StrictReader()
        strict.feed(b"".join(self._unsettled))
        for _ in range(self._taken - self._forgotten):
            strict.next()
        strict.is_stranger = self._is_stranger  # what has been handed out was allowed then
        return strict

    def _next_strict(self, strict: _StrictReader) -> list[bytes] | None:
        words = strict.next()
        if words is None and strict.is_idle:
            self._strict = None
            self._fast = hiredis.Reader()
        return words


def _spelled(words: list[bytes]) -> bytes:
    """The bytes of a request."""
    bulks = [b"$%d\r\n%b\r\n" % (len(word), word) for word in words]
    return b"*%d\r\n%b" % (len(words), b"".join(bulks))


def _one_request(data: bytes) -> list[bytes] | None:
    """The words, if this is just one request, in words without line ends; most are like that."""
    if len(data) > _BRIEF or data[:1] != b"*" or b"\r\n*" in data:
        return None
    words = data.split(b"\r\n")[2::2]
    return words if _spelled(words) == data else None


class _StrictReader:
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
        word = bytes(self._data[: self._length])
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
