"""The arguments of commands as COMMAND DOCS prints them, where they do not follow from the usage
line; and which commands are old.

Lines are ``name tree`` (documented.py).  In a tree ``name:type`` is an argument, ``TOKEN=name`` one
behind a token, ``TOKEN`` a token alone, ``name(a|b)`` a choice, ``name{a b}`` a block; behind it
stand ``~text`` to display, ``@0`` the number of its key specification, ``?`` optional, ``*``
multiple, ``+`` with the token each time, ``^version`` since when, ``^-version`` until when.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mock_backend.profile import Marked, Profile
from mock_backend.schema.documented import TREES
from mock_backend.schema.usage import Choice, Counted, Node, Optional, Repeat, Token, Usage, Word

_TYPES: Final = {"int": "integer", "token": "pure-token", "time": "unix-time"}
_WORD_TYPES: Final = {
    "key": "key",
    "int": "integer",
    "positive": "integer",
    "cursor": "integer",
    "float": "double",
    "timeout": "double",
}
_FLAGS: Final = {"?": "optional", "*": "multiple", "+": "multiple_token"}
_HEAD: Final = re.compile(
    r"(?:(?P<token>''|[A-Z][A-Z0-9-]*|[=~*$])(?P<joined>=)?)?(?P<name>[a-z][\w/-]*(?::port)?)?"
)
_TAIL: Final = re.compile(
    r"(?::(?P<type>int|token|key|double|pattern|time))?(?:~(?P<shown>[\w:-]+))?(?:@(?P<spec>\d))?"
    r"(?P<flags>[?*+]*)(?:\^(?P<since>[\d.]+))?(?:\^-(?P<until>[\d.]+))?"
)


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of COMMAND DOCS."""

    name: str
    type: str
    token: str | None = None
    shown: str = ""
    """What is displayed; the name, if not said."""
    spec: int | None = None
    """Which key specification it is told by."""
    flags: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Since when a command is old, and what is there instead."""

    since: str
    instead: str


def arguments(name: str, profile: Profile) -> tuple[Argument, ...] | None:
    """The documented arguments of a command; ``None``, if they follow from its usage line."""
    for marked, tree in _TREES.get(name, ()):
        if marked.there(profile):
            return read(tree)
    return None


def deprecation(name: str, profile: Profile) -> Deprecation | None:
    """Whether that server calls a command old."""
    for marked, since, instead in _DEPRECATED:
        if marked.name == name and marked.there(profile):
            return Deprecation(since, instead)
    return None


def derived(usage: Usage) -> tuple[Argument, ...]:
    """The arguments that follow from a usage line."""
    return tuple(_Derivation().all(usage.nodes))


class _Derivation:
    """Turns the nodes of one usage line into arguments, counting its keys."""

    def __init__(self) -> None:
        self._keys = 0

    def all(self, nodes: Sequence[Node]) -> list[Argument]:
        return [argument for node in nodes for argument in self._one(node, ())]

    def _one(self, node: Node, flags: tuple[str, ...]) -> list[Argument]:
        match node:
            case Word(name=name, type=kind):
                return [self._argument(name, _WORD_TYPES.get(kind, "string"), flags=flags)]
            case Token(text=text):
                return [self._argument(text.lower(), "pure-token", token=text, flags=flags)]
            case Choice(name=name, alternatives=alternatives):
                inner = [self._sequence(each, ()) for each in alternatives]
                return [self._argument(name, "oneof", flags=flags, arguments=inner)]
            case Optional(nodes=nodes):
                if not isinstance(nodes[0], Token):
                    more = tuple(dict.fromkeys((*flags, "optional")))
                    return [each for inner_node in nodes for each in self._one(inner_node, more)]
                return [self._sequence(nodes, (*flags, "optional"))]
            case Repeat(name=name, nodes=words, least=least):
                more = (*flags, "multiple") if least else (*flags, "optional", "multiple")
                if len(words) == 1:
                    return self._one(words[0], more)
                return [self._argument(name, "block", flags=more, arguments=self.all(words))]
            case Counted(name=name, keys=keys, least=least):
                more = (*flags, "multiple") if least else (*flags, "optional", "multiple")
                return [
                    self._argument(name, "integer", flags=flags),
                    self._argument(keys.removesuffix("s"), "key", flags=more),
                ]
        return []

    def _sequence(self, nodes: Sequence[Node], flags: tuple[str, ...]) -> Argument:
        """``TOKEN``, ``TOKEN word`` or ``TOKEN a b``."""
        token, rest = nodes[0], nodes[1:]
        assert isinstance(token, Token)
        name = token.text.lower()
        if not rest:
            return self._argument(name, "pure-token", token=token.text, flags=flags)
        if len(rest) == 1 and isinstance(rest[0], Word):
            kind = _WORD_TYPES.get(rest[0].type, "string")
            return self._argument(rest[0].name, kind, token=token.text, flags=flags)
        inner = self.all(rest)
        return self._argument(name, "block", token=token.text, flags=flags, arguments=inner)

    def _argument(
        self,
        name: str,
        kind: str,
        *,
        token: str | None = None,
        flags: tuple[str, ...] = (),
        arguments: Sequence[Argument] = (),
    ) -> Argument:
        spec = None
        if kind == "key":
            spec = self._keys
            self._keys += 1
        shown = name.rstrip("_").replace("_", "-")
        return Argument(shown, kind, token, "", spec, flags, "", "", tuple(arguments))


@functools.cache
def read(tree: str) -> tuple[Argument, ...]:
    """The arguments of a tree.  Errors: ``ValueError``."""
    found, end = _several(tree, 0, " ")
    if end != len(tree):
        raise ValueError(f"{tree!r}: nothing can stand at {tree[end:]!r}")
    return found


def _several(tree: str, at: int, between: str) -> tuple[tuple[Argument, ...], int]:
    found: list[Argument] = []
    while at < len(tree):
        argument, at = _one(tree, at)
        found.append(argument)
        if not tree.startswith(between, at):
            break
        at += 1
    return tuple(found), at


def _one(tree: str, at: int) -> tuple[Argument, int]:
    head = _HEAD.match(tree, at)
    assert head is not None
    token, name = head["token"], head["name"]
    if not head[0] or (name is None and head["joined"]) or (token and name and not head["joined"]):
        raise ValueError(f"{tree!r}: no argument at {tree[at:]!r}")
    at = head.end()
    kind = ""
    inner: tuple[Argument, ...] = ()
    if tree.startswith("(", at):
        kind = "oneof"
        inner, at = _several(tree, at + 1, "|")
    elif tree.startswith("{", at):
        kind = "block"
        inner, at = _several(tree, at + 1, " ")
    at += bool(kind)  # the closing bracket
    tail = _TAIL.match(tree, at)
    assert tail is not None
    if not kind:
        plain = "key" if tail["spec"] else "string"
        written = tail["type"]
        kind = _TYPES.get(written, written) if written else plain if name else "pure-token"
    found = Argument(
        name or token.lower(),
        kind,
        None if token is None else token.strip("'"),
        tail["shown"] or "",
        int(tail["spec"]) if tail["spec"] else None,
        tuple(_FLAGS[flag] for flag in tail["flags"]),
        tail["since"] or "",
        tail["until"] or "",
        inner,
    )
    return found, tail.end()


SYSTEM: Final = frozenset(
    "debug pfdebug pfselftest replconf restore-asking cluster|syncslots".split()
)
"""Commands that are not for clients (``syscmd``)."""


def _instead(words: str) -> str:
    """``ZRANGE:REV,BYLEX`` is the command with these arguments."""
    commands, _, options = words.partition(":")
    shown = " and ".join(f"`{command.replace('|', ' ')}`" for command in commands.split("+"))
    if not options:
        return shown
    several = options.split(",")
    quoted = " and ".join(f"`{option}`" for option in several)
    return f"{shown} with the {quoted} argument{'s' if len(several) > 1 else ''}"


_DEPRECATED: Final = tuple(
    (Marked.read(mark), since, instead)
    for mark, since, instead in (
        *(
            (mark, since, _instead(words))
            for mark, since, words in (
                ("brpoplpush~valkey-9.0.0", "6.2.0", "BLMOVE:RIGHT,LEFT"),
                ("cluster|slaves", "5.0.0", "CLUSTER|REPLICAS"),
                ("cluster|slots~valkey-8.0.0", "7.0.0", "CLUSTER|SHARDS"),
                ("georadius~valkey-9.0.0", "6.2.0", "GEOSEARCH+GEOSEARCHSTORE:BYRADIUS"),
                ("georadius_ro~valkey-9.0.0", "6.2.0", "GEOSEARCH:BYRADIUS"),
                (
                    "georadiusbymember~valkey-9.0.0",
                    "6.2.0",
                    "GEOSEARCH+GEOSEARCHSTORE:BYRADIUS,FROMMEMBER",
                ),
                ("georadiusbymember_ro~valkey-9.0.0", "6.2.0", "GEOSEARCH:BYRADIUS,FROMMEMBER"),
                ("getset~valkey-9.0.0", "6.2.0", "SET:!GET"),
                ("psetex@7.2.0~valkey-9.0.0", "2.6.12", "SET:PX"),
                ("rpoplpush~valkey-9.0.0", "6.2.0", "LMOVE:RIGHT,LEFT"),
                ("setex@7.2.0~valkey-9.0.0", "2.6.12", "SET:EX"),
                ("setnx@7.2.0~valkey-9.0.0", "2.6.12", "SET:NX"),
                ("slaveof", "5.0.0", "REPLICAOF"),
                ("slowlog@valkey-8.1.0~valkey-9.0.0", "8.1.0", "COMMANDLOG"),
                ("slowlog|help@valkey-8.1.0~valkey-9.0.0", "8.1.0", "COMMANDLOG|HELP"),
                ("slowlog|get@valkey-8.1.0~valkey-9.0.0", "8.1.0", "COMMANDLOG|GET <count> SLOW"),
                ("slowlog|len@valkey-8.1.0~valkey-9.0.0", "8.1.0", "COMMANDLOG|LEN SLOW"),
                ("slowlog|reset@valkey-8.1.0~valkey-9.0.0", "8.1.0", "COMMANDLOG|RESET SLOW"),
                ("substr~valkey-9.0.0", "2.0.0", "GETRANGE"),
                ("zrangebylex~valkey-9.0.0", "6.2.0", "ZRANGE:BYLEX"),
                ("zrangebyscore~valkey-9.0.0", "6.2.0", "ZRANGE:BYSCORE"),
                ("zrevrange~valkey-9.0.0", "6.2.0", "ZRANGE:REV"),
                ("zrevrangebylex~valkey-9.0.0", "6.2.0", "ZRANGE:REV,BYLEX"),
                ("zrevrangebyscore~valkey-9.0.0", "6.2.0", "ZRANGE:REV,BYSCORE"),
            )
        ),
        ("hmset~valkey-9.0.0", "4.0.0", "`HSET` with multiple field-value pairs"),
        ("quit@7.2.0~valkey-9.0.0", "7.2.0", "just closing the connection"),
    )
)

_TREES: Final[dict[str, list[tuple[Marked, str]]]] = defaultdict(list)
for _line in TREES.strip().splitlines():
    _name, _, _tree = _line.partition(" ")
    _marked = Marked.read(_name)
    _TREES[_marked.name].append((_marked, _tree))
