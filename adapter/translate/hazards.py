"""Words that would mislead GLIDE, or end the process, and the detours around them.

GLIDE's core looks for options anywhere in a command: a key called ``withscores`` makes it expect
scores, a consumer called ``justid`` makes it panic.  The predicates here tell such commands apart
by position; the detour is a script, for whose replies the core has no expectations.
"""

from __future__ import annotations

from collections.abc import Callable

from adapter.translate.plan import Words

Predicate = Callable[[Words], bool]

ANY_COMMAND = b"return redis.pcall(unpack(ARGV))"
"""The detour.  pcall, since an error raised by call would carry the script's name and line."""


def misled_by(option: bytes, options_from: int, at_least: int, at_most: int = 1 << 30) -> Predicate:
    """True if the word ``option`` stands before ``options_from``, and not among the options.

    If it stands among the options too, GLIDE's expectation is right after all; with fewer words
    than ``at_least`` or more than ``at_most`` the server answers with an error, which GLIDE leaves
    alone.
    """

    def misled(words: Words) -> bool:
        return (
            any(word.upper() == option for word in words[1:options_from])
            and not any(word.upper() == option for word in words[options_from:])
            and at_least <= len(words) <= at_most
        )

    return misled


def misled_with_numkeys(option: bytes) -> Predicate:
    """As ``misled_by``, for ``NAME numkeys key [key ...] options``."""

    def misled(words: Words) -> bool:
        if len(words) < 3 or not any(word.upper() == option for word in words):
            return False
        try:
            options_from = 2 + int(words[1])
        except (IndexError, ValueError):
            return False  # the server answers with an error, which GLIDE leaves alone
        return not any(word.upper() == option for word in words[options_from:])

    return misled


_GEO_FACTS = frozenset((b"WITHDIST", b"WITHHASH", b"WITHCOORD"))


def geosearch_misled(words: Words) -> bool:
    """GEOSEARCH with a key or member called ``withdist`` or the like, and no such option."""
    if len(words) < 7 or not any(word.upper() in _GEO_FACTS for word in words):
        return False
    place = 2
    while place < len(words):
        word = words[place].upper()
        if word in _GEO_FACTS:
            return False
        place += 2 if word == b"FROMMEMBER" else 1
    return True
