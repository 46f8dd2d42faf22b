"""Lines such as ``SET key string {NX|XX|GET|EX seconds}``, and the words that are drawn for them:
by hypothesis, or by a random number generator.

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

import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from hypothesis import strategies as st

from tests.integration.differential.pools import ODD, POOLS

Command = list[bytes]
Draw = Callable[[Any], Any]
"""Hypothesis's own: of a strategy, a value."""


class Choice:
    """Some things, each as likely as it stands there often."""

    __slots__ = ("options", "strategy")

    def __init__(self, options: Sequence[Any]) -> None:
        self.options = options
        self.strategy = st.sampled_from(options)


Pools = Mapping[str, Choice]
Choose = Callable[[Choice], Any]
"""Takes one of them."""
Part = Callable[[Choose, Command], None]
"""Appends its words to the command."""

_PIECE: Final = re.compile(r"[\[\](){}|]\+?|[^\s\[\](){}|]+")
_CLOSING: Final = {"[": "]", "(": ")", "{": "}"}

_SPELLING: Final = Choice([str.upper] * 6 + [str.lower])
_SOMETIMES: Final = Choice((False, True))
_HOW_MANY: Final = {least: Choice((least, 1, 1, 2, 3)) for least in (0, 1)}
_KEYS: Final = Choice((1, 2, 2, 1, 3))
_MISCOUNT: Final = Choice([0] * 12 + [1, -1, None])
_SPOILING: Final = Choice([""] * 30 + ["drop", "double", "add", "replace"])
_PLACES: Final = Choice(range(1 << 16))
_ODD: Final = Choice(ODD)


def commands(
    lines: Sequence[str], pools: Mapping[str, list[bytes]] = POOLS, *, spoils: bool = True
) -> st.SearchStrategy[Command]:
    """Commands of these lines, each as likely as the others."""
    parts = _parts(lines, pools)

    @st.composite
    def command(draw: Draw) -> Command:
        return _command(lambda choice: draw(choice.strategy), parts, spoils=spoils)

    return command()


def speaker(lines: Sequence[str], chance: random.Random) -> Callable[[], Command]:
    """What makes up one command of these lines each time it is called."""
    parts = _parts(lines, POOLS)
    return lambda: _command(lambda choice: chance.choice(choice.options), parts, spoils=True)


def _parts(lines: Sequence[str], pools: Mapping[str, list[bytes]]) -> Choice:
    drawn = {name: Choice(pool) for name, pool in pools.items()}
    return Choice([_read(line, drawn) for line in lines])


def _command(choose: Choose, parts: Choice, *, spoils: bool) -> Command:
    words: Command = []
    choose(parts)(choose, words)
    return _spoilt(choose, words) if spoils else words


def _spoilt(choose: Choose, words: Command) -> Command:
    how = choose(_SPOILING)
    if not how or len(words) < 2:
        return words
    place = 1 + choose(_PLACES) % (len(words) - 1)
    match how:
        case "drop":
            del words[place]
        case "double":
            words.insert(place, words[place])
        case "add":
            words.append(choose(_ODD))
        case "replace":
            words[place] = choose(_ODD)
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
    chosen = Choice(alternatives)

    def sequence(choose: Choose, words: Command) -> None:
        parts = alternatives[0] if len(alternatives) == 1 else choose(chosen)
        for part in parts:
            part(choose, words)

    return sequence, pieces


def _bracketed(opening: str, pieces: list[str], drawn: Pools) -> tuple[Part, list[str]]:
    inner, pieces = _sequence(pieces, _CLOSING[opening], drawn)
    closing, *pieces = pieces
    if opening == "[":

        def optional(choose: Choose, words: Command) -> None:
            if choose(_SOMETIMES):
                inner(choose, words)

        return optional, pieces
    if opening == "(" and not closing.endswith("+"):
        return inner, pieces
    number = _HOW_MANY[0 if opening == "{" else 1]

    def repeated(choose: Choose, words: Command) -> None:
        for _ in range(choose(number)):
            inner(choose, words)

    return repeated, pieces


def _single(piece: str, drawn: Pools) -> Part:
    if piece.startswith("#"):
        return _counted(drawn[piece[1:]])
    if piece.upper() == piece:

        def token(choose: Choose, words: Command) -> None:
            words.append(choose(_SPELLING)(piece).encode())

        return token
    pool = drawn[piece]

    def word(choose: Choose, words: Command) -> None:
        words.append(choose(pool))

    return word


def _counted(pool: Choice) -> Part:
    def counted(choose: Choose, words: Command) -> None:
        count = choose(_KEYS)
        error = choose(_MISCOUNT)
        words.append(choose(_ODD) if error is None else b"%d" % (count + error))
        words.extend(choose(pool) for _ in range(count))

    return counted
