"""How long the server may keep a caller waiting for an answer.

Only what the words say: the shells turn it into time limits, and choose a connection by the
plan's lane.
"""

from __future__ import annotations

from collections.abc import Callable

from adapter.translate.plan import Words

_MILLISECONDS = 0.001


def _at(index: int, unit: float = 1.0) -> Callable[[Words], float | None]:
    """The limit is the word at ``index``; a negative index counts from the end."""

    def limit(words: Words) -> float | None:
        try:
            seconds = float(words[index]) * unit
        except (IndexError, ValueError):
            return None  # the server answers with an error at once
        return seconds if 0 <= seconds < float("inf") else None

    return limit


def block_at(words: Words) -> int:
    """Where XREAD and XREADGROUP have the word BLOCK as an option; 0 if they do not.

    Options end at STREAMS; a stream, group or consumer may be called ``block``.
    """
    place = 1
    while place < len(words):
        word = words[place].upper()
        if word == b"BLOCK":
            return place
        if word == b"STREAMS":
            return 0
        place += {b"COUNT": 2, b"GROUP": 3}.get(word, 1)
    return 0


def _block(words: Words) -> float | None:
    place = block_at(words)
    return _at(place + 1, _MILLISECONDS)(words) if place else None


_LIMITS: dict[bytes, Callable[[Words], float | None]] = {
    b"BLPOP": _at(-1),
    b"BRPOP": _at(-1),
    b"BRPOPLPUSH": _at(3),
    b"BLMOVE": _at(5),
    b"BLMOVEM": _at(5),
    b"BLMPOP": _at(1),
    b"BZPOPMIN": _at(-1),
    b"BZPOPMAX": _at(-1),
    b"BZMPOP": _at(1),
    b"XREAD": _block,
    b"XREADGROUP": _block,
    b"WAIT": _at(2, _MILLISECONDS),
    b"WAITAOF": _at(3, _MILLISECONDS),
}


def blocking_seconds(words: Words) -> float | None:
    """``None``: answered at once; ``0.0``: may wait for ever; else at most so many seconds."""
    limit = _LIMITS.get(words[0].upper())
    return None if limit is None else limit(words)
