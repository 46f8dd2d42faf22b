"""Glob patterns as the server matches them (util.c, stringmatchlen): ``* ? [a-z] [^a] \\x``, byte by byte.

Translated once to a regular expression and cached; runs of ``*`` are one.  A bracket that is never closed ends with the pattern.
"""

from __future__ import annotations

import re
from functools import lru_cache


def matches(pattern: bytes, text: bytes) -> bool:
    """Whether the whole of ``text`` matches."""
    return compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=1024)
def compiled(pattern: bytes) -> re.Pattern[bytes]:
    """The regular expression that matches what ``pattern`` matches."""
    out: list[bytes] = []
    at = 0
    end = len(pattern)
    while at < end:
        byte = pattern[at : at + 1]
        if byte == b"*":
            while pattern[at : at + 1] == b"*":
                at += 1
            # possessive quantifiers cannot be used here, but an atomic group per star keeps matching from exploding:
            # each star takes the shortest stretch after which the next piece matches
            out.append(b".*?" if at < end else b".*")
            continue
        if byte == b"?":
            out.append(b".")
        elif byte == b"[":
            at = _bracket(pattern, at + 1, out)
        else:
            if byte == b"\\" and at + 1 < end:
                at += 1
                byte = pattern[at : at + 1]
            out.append(re.escape(byte))
        at += 1
    return re.compile(b"".join(_atomic(out)), re.DOTALL)


def _atomic(pieces: list[bytes]) -> list[bytes]:
    """Wraps each ``star piece...`` in an atomic group: a glob's star never has to be tried again once the next one is reached."""
    groups: list[bytes] = []
    run: list[bytes] = []
    for piece in pieces:
        if piece in (b".*?", b".*"):
            groups.extend(_closed(run))
            run = []
        run.append(piece)
    if run[:1] == [b".*?"]:
        # the last piece must reach the end of the text, so here the star does have to be tried again
        return [*groups, b".*", *run[1:]]
    return [*groups, *run]


def _closed(run: list[bytes]) -> list[bytes]:
    return [b"(?>", *run, b")"] if run[:1] == [b".*?"] else run


def _bracket(pattern: bytes, at: int, out: list[bytes]) -> int:
    """Reads a bracket expression from behind its ``[``; returns where its ``]`` stands."""
    end = len(pattern)
    negated = pattern[at : at + 1] == b"^"
    if negated:
        at += 1
    members: set[int] = set()
    while at < end:
        if pattern[at : at + 1] == b"\\" and at + 1 < end:
            at += 1
            members.add(pattern[at])
        elif pattern[at : at + 1] == b"]":
            break
        elif at + 2 < end and pattern[at + 1 : at + 2] == b"-":
            low, high = sorted((pattern[at], pattern[at + 2]))
            members.update(range(low, high + 1))
            at += 2
        else:
            members.add(pattern[at])
        at += 1
    chosen = set(range(256)) - members if negated else members
    out.append(b"[" + b"".join(b"\\x%02x" % byte for byte in sorted(chosen)) + b"]" if chosen else b"(?!)")
    return at
