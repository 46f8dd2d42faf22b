"""Inline commands: a line of words, quoted as in the server's configuration file (sds.c,
sdssplitargs).
"""

from __future__ import annotations

from typing import Final

_ESCAPES: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"a": b"\a"}
_BLANKS: Final = b" \t\n\v\f\r"
_ENDS: Final = b" \t\n\r"
"""What ends a word: fewer than what may stand between two."""
_HEX: Final = b"0123456789abcdefABCDEF"


class UnbalancedQuotes(ValueError):
    """A quote is never closed, or something stands right behind the closing one."""


def split(line: bytes) -> list[bytes]:
    """The words of ``line``, which ends at the first NUL; ``"..."`` knows escapes, ``'...'`` only
    ``\\'``.  Errors: ``UnbalancedQuotes``.
    """
    line = line.partition(b"\0")[0]
    words: list[bytes] = []
    at = 0
    while True:
        while at < len(line) and line[at] in _BLANKS:
            at += 1
        if at >= len(line):
            return words
        word, at = _word(line, at)
        words.append(word)


def _word(line: bytes, at: int) -> tuple[bytes, int]:
    out = bytearray()
    while at < len(line) and line[at] not in _ENDS:
        quote = line[at : at + 1]
        if quote == b'"' or quote == b"'":
            at = _quoted(line, at + 1, quote, out)
            if at < len(line) and line[at] not in _BLANKS:
                raise UnbalancedQuotes
            break
        out += quote
        at += 1
    return bytes(out), at


def _quoted(line: bytes, at: int, quote: bytes, out: bytearray) -> int:
    """Reads up to the closing quote; returns what stands behind it."""
    while at < len(line):
        byte = line[at : at + 1]
        if byte == quote:
            return at + 1
        if byte == b"\\" and quote == b'"' and at + 1 < len(line):
            following = line[at + 1 : at + 2]
            digits = line[at + 2 : at + 4]
            if following == b"x" and len(digits) == 2 and all(digit in _HEX for digit in digits):
                out.append(int(digits, 16))
                at += 4
                continue
            out += _ESCAPES.get(following, following)
            at += 2
            continue
        if byte == b"\\" and quote == b"'" and line[at + 1 : at + 2] == b"'":
            out += b"'"
            at += 2
            continue
        out += byte
        at += 1
    raise UnbalancedQuotes
