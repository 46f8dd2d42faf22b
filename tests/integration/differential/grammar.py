"""Lines such as ``SET key string {NX|XX|GET|EX seconds}``, and the words that hypothesis draws for
them.

======================  ===============================================================
written                 says
======================  ===============================================================
``WORD``                itself, in capitals or not
``word``                a word of the pool of that name (pools.py)
``[a b|c]``             nothing, or one of the alternatives
``{a|b c}``             none to three of them, in any order, again or not
``(a|b)``               one of them
``(a b)+``              what stands in the brackets, once to three times
``#key``                a number, and about as many words of that pool
======================  ===============================================================

A drawn command is now and then spoilt: a word too few, too many, doubled, or another one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from hypothesis import strategies as st

from tests.integration.differential.pools import ODD, POOLS

Command = list[bytes]
Draw = Callable[[Any], Any]
Pools = Mapping[str, st.SearchStrategy[bytes]]
Part = Callable[[Draw, Command], None]
"""Appends its words to the command."""

_PIECE: Final = re.compile(r"[\[\](){}|]\+?|[^\s\[\](){}|]+")
_CLOSING: Final = {"[": "]", "(": ")", "{": "}"}

_SPELLING: Final = st.sampled_from([str.upper] * 6 + [str.lower])
_SOMETIMES: Final = st.booleans()
_HOW_MANY: Final = {least: st.sampled_from((least, 1, 1, 2, 3)) for least in (0, 1)}
_KEYS: Final = st.sampled_from((1, 2, 2, 1, 3))
_MISCOUNT: Final = st.sampled_from([0] * 12 + [1, -1, None])
_SPOILING: Final = st.sampled_from([""] * 30 + ["drop", "double", "add", "replace"])
_PLACES: Final = st.integers(0, 1 << 16)
_ODD: Final = st.sampled_from(ODD)


def commands(
    lines: Sequence[str], pools: Mapping[str, list[bytes]] = POOLS, *, spoils: bool = True
) -> st.SearchStrategy[Command]:
    """Commands of these lines, each as likely as the others."""
    drawn = {name: st.sampled_from(pool) for name, pool in pools.items()}
    parts = st.sampled_from([_read(line, drawn) for line in lines])

    @st.composite
    def command(draw: Draw) -> Command:
        words: Command = []
        draw(parts)(draw, words)
        return _spoilt(draw, words) if spoils else words

    return command()


def _spoilt(draw: Draw, words: Command) -> Command:
    how = draw(_SPOILING)
    if not how or len(words) < 2:
        return words
    place = 1 + draw(_PLACES) % (len(words) - 1)
    match how:
        case "drop":
            del words[place]
        case "double":
            words.insert(place, words[place])
        case "add":
            words.append(draw(_ODD))
        case "replace":
            words[place] = draw(_ODD)
    return words


def _read(line: str, drawn: Pools) -> Part:
    pieces = _PIECE.findall(line)
    part, rest = _sequence(pieces, "", drawn)
    assert not rest, line
    return part


def _sequence(pieces: list[str], closing: str, drawn: Pools) -> tuple[Part, list[str]]:
    """The alternatives up to ``closing`` as one part, and the pieces behind it."""
    alternatives: list[list[Part]] = [[]]
    while pieces and pieces[0].rstrip("+") != closing:
        piece, *pieces = pieces
        if piece == "|":
            alternatives.append([])
        elif piece in _CLOSING:
            inner, pieces = _bracketed(piece, pieces, drawn)
            alternatives[-1].append(inner)
        else:
            alternatives[-1].append(_single(piece, drawn))
    chosen = st.sampled_from(alternatives)

    def sequence(draw: Draw, words: Command) -> None:
        parts = alternatives[0] if len(alternatives) == 1 else draw(chosen)
        for part in parts:
            part(draw, words)

    return sequence, pieces


def _bracketed(opening: str, pieces: list[str], drawn: Pools) -> tuple[Part, list[str]]:
    inner, pieces = _sequence(pieces, _CLOSING[opening], drawn)
    closing, *pieces = pieces
    if opening == "[":

        def optional(draw: Draw, words: Command) -> None:
            if draw(_SOMETIMES):
                inner(draw, words)

        return optional, pieces
    if opening == "(" and not closing.endswith("+"):
        return inner, pieces
    number = _HOW_MANY[0 if opening == "{" else 1]

    def repeated(draw: Draw, words: Command) -> None:
        for _ in range(draw(number)):
            inner(draw, words)

    return repeated, pieces


def _single(piece: str, drawn: Pools) -> Part:
    if piece.startswith("#"):
        return _counted(drawn[piece[1:]])
    if piece.upper() == piece:

        def token(draw: Draw, words: Command) -> None:
            words.append(draw(_SPELLING)(piece).encode())

        return token
    pool = drawn[piece]

    def word(draw: Draw, words: Command) -> None:
        words.append(draw(pool))

    return word


def _counted(pool: st.SearchStrategy[bytes]) -> Part:
    def counted(draw: Draw, words: Command) -> None:
        count = draw(_KEYS)
        error = draw(_MISCOUNT)
        words.append(draw(_ODD) if error is None else b"%d" % (count + error))
        words.extend(draw(pool) for _ in range(count))

    return counted
