"""Glob patterns as the server matches them (util.c, stringmatchlen): ``* ? [a-z] [^a] \\x``.

A pattern is translated once to a regular expression and cached.  Each star takes the shortest
stretch after which the following piece matches and never tries again, so that no pattern explodes;
only the piece at the end has to reach the end of the text.
"""

from __future__ import annotations

import re
from functools import lru_cache

_ALL = frozenset(range(256))


def matches(pattern: bytes, text: bytes) -> bool:
    """Whether the whole of ``text`` matches."""
    return compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=1024)
def compiled(pattern: bytes) -> re.Pattern[bytes]:
    """The regular expression that matches what ``pattern`` matches."""
    if pattern and not pattern.strip(b"*"):
        return re.compile(b".+", re.DOTALL)  # the server never looks at an empty text
    first, *others = _pieces(pattern)
    if not others:
        return re.compile(first, re.DOTALL)
    middle = b"".join(b"(?>.*?" + piece + b")" for piece in others[:-1] if piece)
    return re.compile(first + middle + b".*" + others[-1], re.DOTALL)


def _pieces(pattern: bytes) -> list[bytes]:
    """What stands between the stars, each as a regular expression."""
    pieces = [b""]
    at = 0
    while at < len(pattern):
        byte = pattern[at : at + 1]
        if byte == b"*":
            pieces.append(b"")
        elif byte == b"?":
            pieces[-1] += b"."
        elif byte == b"[":
            expression, at = _bracket(pattern, at + 1)
            pieces[-1] += expression
        else:
            if byte == b"\\" and at + 1 < len(pattern):
                at += 1
            pieces[-1] += re.escape(pattern[at : at + 1])
        at += 1
    return pieces


def _bracket(pattern: bytes, at: int) -> tuple[bytes, int]:
    """Reads a bracket from behind its ``[``: the expression, and where its ``]`` stands.

    One that is never closed ends with the pattern.
    """
    negated = pattern[at : at + 1] == b"^"
    at += negated
    members: set[int] = set()
    while at < len(pattern) and pattern[at : at + 1] != b"]":
        if pattern[at : at + 1] == b"\\" and at + 1 < len(pattern):
            at += 1
            members.add(pattern[at])
        elif pattern[at + 1 : at + 2] == b"-" and at + 2 < len(pattern):
            low, high = sorted((pattern[at], pattern[at + 2]))
            members.update(range(low, high + 1))
            at += 2
        else:
            members.add(pattern[at])
        at += 1
    chosen = _ALL - members if negated else members
    if not chosen:
        return b"(?!)", at
    return b"[" + b"".join(b"\\x%02x" % byte for byte in sorted(chosen)) + b"]", at
