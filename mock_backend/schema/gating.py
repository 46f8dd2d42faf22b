"""What of a usage line one server has: tokens and words marked ``@since`` that it has not are cut.

``GETEX key [PERSIST] [IFEQ@valkey-8.1.0 value]`` loses its last option on Valkey 8.0.  The handler
is written for the whole line; for what was cut it is given what it gets when an option is not
there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mock_backend.profile import Since
from mock_backend.schema.usage import (
    Choice,
    Counted,
    Node,
    Optional,
    Repeat,
    Token,
    Usage,
    Word,
)


def gates(nodes: Iterable[Node]) -> Iterator[Since]:
    """Every mark of the line, in its order."""
    for node in nodes:
        match node:
            case Word(since=since) | Token(since=since):
                if since is not None:
                    yield since
            case Choice(alternatives=alternatives):
                for alternative in alternatives:
                    yield from gates(alternative)
            case Optional(nodes=inner) | Repeat(nodes=inner):
                yield from gates(inner)
            case Counted():
                pass


def pruned(usage: Usage, missing: frozenset[Since]) -> Usage:
    """``usage`` for a server that has nothing of what came with one of ``missing``."""
    return Usage(usage.name, _kept(usage.nodes, missing), usage.line)


def _kept(nodes: Sequence[Node], missing: frozenset[Since]) -> tuple[Node, ...]:
    kept: list[Node] = []
    for node in nodes:
        match node:
            case Choice(name=name, alternatives=alternatives, plain=plain):
                left = tuple(each for each in alternatives if not _begins(each, missing))
                if left:
                    kept.append(Choice(name, left, plain))
            case Optional(nodes=inner):
                if not _begins(inner, missing) and (left_nodes := _kept(inner, missing)):
                    kept.append(Optional(left_nodes))
            case Word() | Token() | Repeat() if _begins([node], missing):
                pass
            case _:
                kept.append(node)
    return tuple(kept)


def _begins(nodes: Sequence[Node], missing: frozenset[Since]) -> bool:
    """Whether the first of ``nodes`` is one that the server has not."""
    match nodes[0]:
        case Word(since=since) | Token(since=since):
            return since in missing
        case Repeat(nodes=words):
            return _begins(words, missing)
    return False
