"""The usage line, read: ``SET key value [condition=NX|XX] [GET]`` becomes a tree.

The notation is valkey.io's plus two marks: ``word:type`` and ``name=`` before a choice or a repeat.

=================================  =============================================================
written                            handed to the handler
=================================  =============================================================
``word`` ``word:type``             ``word`` (required)
``[word:type]``                    ``word``, or ``None``; ``[a b]`` gives both, or ``None`` twice
``[REV]``                          ``rev: bool``
``[COUNT count:int]``              ``count``, named for the token, or ``None``
``[LIMIT offset:int count:int]``   ``limit``, a tuple, or ``None``
``name=A|B``                       ``name: str``, one of the words, in capitals
``[name=A|B]``                     the same, or ``None``
``[name=A x:int|B]``               ``name: tuple``, ``("A", 5)`` or ``("B",)``, or ``None``
``[TOKEN name=A|B]``               ``token: str``, one of the words behind it, or ``None``
``key [key ...]``                  ``keys``, a list of at least one
``[key [key ...]]`` ``[key ...]``  ``keys``, a list that may be empty
``items=a b [a b ...]``            ``items``, the words as they stand, perhaps one too few
``numkeys:T key [key ...]``        ``keys``; ``numkeys`` says how many and is not handed on
=================================  =============================================================

A token or an optional word marked ``@since`` is there from those versions on:
``[WITHSCORE@7.2.0]``, ``[condition=NX|IFEQ@valkey-8.1.0 value]`` (gating.py cuts it elsewhere).

A token that must not be said twice has a ``!`` behind it (``[REV!]``).

Dashes in names become underscores, and a name that Python has already gets one behind it
(``type_``).  Options that stand together may come in any order.
"""

from __future__ import annotations

import builtins
import keyword
from dataclasses import dataclass, field
from typing import TypeAlias

from mock_backend.profile import Since


@dataclass(frozen=True, slots=True)
class Word:
    """A required word with a name and a type."""

    name: str
    type: str = "bytes"
    since: Since | None = None
    """From where on it is there; always, if not said."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word that stands for itself."""

    text: str
    since: Since | None = None
    once: bool = False
    """Whether it may not be said twice."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several alternatives; each begins with a token."""

    name: str
    alternatives: tuple[tuple[Node, ...], ...]
    plain: bool
    """Whether the line has but tokens here: then they are handed on as they are, not in tuples."""


@dataclass(frozen=True, slots=True)
class Optional:
    """What stands in brackets."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """``nodes`` once or more (``least`` 1) or any number of times (``least`` 0)."""

    name: str
    nodes: tuple[Word, ...]
    least: int


@dataclass(frozen=True, slots=True)
class Counted:
    """``numkeys`` and as many keys."""

    name: str
    type: str
    keys: str
    least: int


Node: TypeAlias = Word | Token | Choice | Optional | Repeat | Counted


@dataclass(frozen=True, slots=True)
class Usage:
    """A whole usage line."""

    name: tuple[str, ...]
    """One word, or a container's and its subcommand's."""
    nodes: tuple[Node, ...]
    line: str = field(compare=False, default="")


class UsageError(ValueError):
    """The usage line cannot be read; raised at import, so that no wrong line is ever served."""


_Brackets: TypeAlias = "list[str | _Brackets]"


def read(line: str, *, words_in_name: int = 1) -> Usage:
    """The tree of a usage line whose first ``words_in_name`` words are the command's name.

    Errors: ``UsageError`` for brackets that do not match or a word that makes no sense.
    """
    parts = line.split(None, words_in_name)
    if len(parts) < words_in_name:
        raise UsageError(f"{line!r}: the name needs {words_in_name} words")
    rest = parts[words_in_name] if len(parts) > words_in_name else ""
    return Usage(tuple(parts[:words_in_name]), tuple(_nodes(_brackets(rest), line)), line)


def _brackets(text: str) -> _Brackets:
    stack: list[_Brackets] = [[]]
    for piece in text.replace("[", " [ ").replace("]", " ] ").split():
        if piece == "[":
            stack.append([])
        elif piece == "]":
            inner = stack.pop()
            if not stack:
                raise UsageError(f"{text!r}: a bracket is closed that was never opened")
            stack[-1].append(inner)
        else:
            stack[-1].append(piece)
    if len(stack) != 1:
        raise UsageError(f"{text!r}: a bracket is never closed")
    return stack[0]


def _nodes(parts: _Brackets, line: str) -> list[Node]:
    nodes: list[Node] = []
    index = 0
    while index < len(parts):
        part = parts[index]
        if isinstance(part, list):
            nodes.append(_bracketed(part, line))
            index += 1
            continue
        repeat, width = _repeat_at(parts, index, line)
        if repeat is not None:
            if nodes and isinstance(nodes[-1], Word) and nodes[-1].name == "numkeys":
                counter = nodes.pop()
                assert isinstance(counter, Word)
                nodes.append(Counted("numkeys", counter.type, repeat.name, 1))
            else:
                nodes.append(repeat)
            index += width
            continue
        nodes.append(_single(part, line))
        index += 1
    return _join_counted(nodes)


def _join_counted(nodes: list[Node]) -> list[Node]:
    """``numkeys [key [key ...]]``: the optional repeat belongs to its number."""
    joined: list[Node] = []
    for node in nodes:
        last = joined[-1] if joined else None
        if isinstance(last, Word) and last.name == "numkeys" and isinstance(node, Repeat):
            joined[-1] = Counted("numkeys", last.type, node.name, node.least)
        else:
            joined.append(node)
    return joined


def _repeat_at(parts: _Brackets, index: int, line: str) -> tuple[Repeat | None, int]:
    """``a b [a b ...]`` beginning at ``index``: the repeat and how many parts it takes."""
    for width in range(1, len(parts) - index):
        head = parts[index : index + width]
        tail = parts[index + width]
        if any(isinstance(part, list) for part in head):
            return None, 0
        if isinstance(tail, list) and tail and tail[-1] == "...":
            name, plain = _named([str(part) for part in head])
            if [_bare(part) for part in tail[:-1]] == [_bare(part) for part in plain]:
                words = tuple(_word(part, line) for part in plain)
                return Repeat(name or _plural(words), words, 1), width + 1
    return None, 0


def _bracketed(parts: _Brackets, line: str) -> Node:
    if parts and parts[-1] == "..." and all(isinstance(part, str) for part in parts):
        name, plain = _named([str(part) for part in parts[:-1]])
        words = tuple(_word(part, line) for part in plain)
        return Repeat(name or _plural(words), words, 0)
    is_option = parts and str(parts[0]).partition("@")[0].isupper()  # [AGGREGATE name=SUM|MIN|MAX]
    has_choice = any("|" in str(part) for part in parts)
    if has_choice and not is_option and all(isinstance(part, str) for part in parts):
        return Optional((_choice([str(part) for part in parts], line),))
    nodes = _nodes(parts, line)
    if len(nodes) == 1 and isinstance(nodes[0], Repeat):
        only = nodes[0]
        return Repeat(only.name, only.nodes, 0)
    return Optional(tuple(nodes))


def _choice(parts: list[str], line: str) -> Choice:
    name, plain = _named(parts)
    if not name:
        raise UsageError(f"{line!r}: the choice {' '.join(parts)!r} needs a name")
    alternatives: list[tuple[Node, ...]] = []
    for alternative in " ".join(plain).split("|"):
        nodes = tuple(_single(piece, line) for piece in alternative.split())
        if not nodes or not isinstance(nodes[0], Token):
            raise UsageError(f"{line!r}: each alternative of {name!r} begins with a token")
        alternatives.append(nodes)
    return Choice(name, tuple(alternatives), all(len(nodes) == 1 for nodes in alternatives))


def _single(part: object, line: str) -> Node:
    text = str(part)
    if "|" in text:
        return _choice([text], line)
    plain, since = _gated(text, line)
    if plain.isupper() or not any(letter.isalpha() for letter in plain):
        return Token(plain.removesuffix("!"), since, once=plain.endswith("!"))
    return _word(text, line)


def _word(text: object, line: str) -> Word:
    plain, since = _gated(str(text), line)
    name, _, kind = plain.partition(":")
    if not name or name != name.lower():
        raise UsageError(f"{line!r}: {text!r} is no name")
    return Word(identifier(name), kind or ("key" if name == "key" else "bytes"), since)


def _gated(text: str, line: str) -> tuple[str, Since | None]:
    """Takes the mark off a word."""
    plain, mark, since = text.partition("@")
    try:
        return plain, Since(since) if mark else None
    except ValueError as error:
        raise UsageError(f"{line!r}: {error}") from error


def identifier(name: str) -> str:
    """The parameter that a name of the line becomes: ``min-len`` is ``min_len``, and ``min``, a
    word of Python, ``min_``.
    """
    plain = name.lower().replace("-", "_")
    return f"{plain}_" if keyword.iskeyword(plain) or hasattr(builtins, plain) else plain


def _named(parts: list[str]) -> tuple[str, list[str]]:
    """Takes ``name=`` off the first part."""
    name, equals, rest = parts[0].partition("=")
    if not equals:
        return "", parts
    return identifier(name), ([rest] if rest else []) + parts[1:]


def _bare(part: object) -> str:
    """A part without its type, to compare a repeat with its head."""
    return str(part).partition(":")[0]


def _plural(words: tuple[Word, ...]) -> str:
    return "_".join(word.name for word in words) + "s"
