"""COMMAND: what the server says of its own commands.

It is taken from their usage lines and the facts beside.  The arguments of COMMAND DOCS are those of
the usage line; what a word stands for there (a unix time, a pattern) is said only as far as its
type tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from mock_backend import errors
from mock_backend.commands.helping import help_for
from mock_backend.kernel.context import Context
from mock_backend.profile import Profile
from mock_backend.replies import NIL_ARRAY, Members, Pairs, Reply, ReplyError, Simple
from mock_backend.schema import facts
from mock_backend.schema.access import Found, keys_with_flags
from mock_backend.schema.command import CATEGORIES, FLAGS, Command, Table
from mock_backend.schema.facts import KeySpec
from mock_backend.schema.usage import Choice, Counted, Node, Optional, Repeat, Token, Word
from mock_backend.store.glob import matches

introspection = Table("server", "connection")

_FLAGS: Final = "loading stale"
_DOCUMENT_TYPES: Final = {
    "key": "key",
    "int": "integer",
    "positive": "integer",
    "cursor": "integer",
    "float": "double",
    "timeout": "double",
}


@introspection.command("COMMAND", flags=_FLAGS, since="2.8.13", arity=-1)
def command(ctx: Context) -> Reply:
    """Returns detailed information about all commands."""
    profile = ctx.kernel.profile
    return [_described(each, profile) for each in ctx.kernel.commands.values()]


@introspection.command("COMMAND COUNT", flags=_FLAGS, since="2.8.13", container="COMMAND")
def count(ctx: Context) -> Reply:
    """Returns a count of commands."""
    return len(ctx.kernel.commands)


@introspection.command(
    "COMMAND INFO [command-name [command-name ...]]",
    flags=_FLAGS,
    since="2.8.13",
    container="COMMAND",
)
def info(ctx: Context, command_names: list[bytes]) -> Reply:
    """Returns information about one, multiple or all commands."""
    kernel = ctx.kernel
    found: Iterable[Command | None] = kernel.commands.values()
    if command_names:
        found = [_find(ctx, name) for name in command_names]
    return [NIL_ARRAY if each is None else _described(each, kernel.profile) for each in found]


@introspection.command(
    "COMMAND DOCS [command-name [command-name ...]]",
    flags=_FLAGS,
    since="7.0.0",
    container="COMMAND",
)
def docs(ctx: Context, command_names: list[bytes]) -> Reply:
    """Returns documentary information about one, multiple or all commands."""
    chosen: Iterable[Command | None] = ctx.kernel.commands.values()
    if command_names:
        chosen = [_find(ctx, name) for name in command_names]
    return Pairs(
        [
            (each.name.encode(), _documented(each, ctx.kernel.profile.line))
            for each in chosen
            if each is not None
        ]
    )


@introspection.command("COMMAND LIST [arg ...]", flags=_FLAGS, since="7.0.0", container="COMMAND")
def list_(ctx: Context, args: list[bytes]) -> Reply:
    """Returns a list of command names, those of subcommands among them."""
    if not args:
        return [each.name.encode() for each in ctx.kernel.every_command()]
    if len(args) != 3 or args[0].upper() != b"FILTERBY":
        raise errors.syntax()
    everything = ctx.kernel.every_command()
    match args[1].upper():
        case b"MODULE":
            return []
        case b"ACLCAT":
            category = args[2].decode("utf-8", "replace").lower()
            return [each.name.encode() for each in everything if category in each.categories]
        case b"PATTERN":
            pattern = args[2].lower()
            return [name for each in everything if matches(pattern, name := each.name.encode())]
    raise errors.syntax()


@introspection.command(
    "COMMAND GETKEYS command [arg ...]",
    flags=_FLAGS,
    since="2.8.13",
    container="COMMAND",
    arity="-4~7.2.0 -3@7.2.0",
)
def getkeys(ctx: Context, command: bytes, args: list[bytes]) -> Reply:
    """Extracts the key names from an arbitrary command."""
    words = [command, *args]
    return [words[index] for index, _ in _keys(ctx, words)]


@introspection.command(
    "COMMAND GETKEYSANDFLAGS command [arg ...]",
    flags=_FLAGS,
    since="7.0.0",
    container="COMMAND",
    arity="-4~7.2.0 -3@7.2.0",
)
def getkeysandflags(ctx: Context, command: bytes, args: list[bytes]) -> Reply:
    """Extracts the key names and access flags for an arbitrary command."""
    words = [command, *args]
    return [
        [words[index], Members(Simple(flag.encode()) for flag in flags)]
        for index, flags in _keys(ctx, words)
    ]


help_for(introspection, "COMMAND", since="5.0.0")


def _find(ctx: Context, name: bytes) -> Command | None:
    container, bar, subcommand = name.lower().partition(b"|")
    found = ctx.kernel.commands.get(container)
    return found.subcommands.get(subcommand) if found is not None and bar else found


def _described(command: Command, profile: Profile) -> Reply:
    name = command.name
    specs = facts.key_specs(name, profile)
    return [
        name.encode(),
        command.arity,
        Members(Simple(flag.encode()) for flag in FLAGS if flag in command.flags),
        *facts.legacy_range(name),
        Members(
            Simple(b"@" + category.encode())
            for category in CATEGORIES
            if category in command.categories
        ),
        [tip.encode() for tip in facts.tips(name, profile)],
        [_specified(name, number, spec) for number, spec in enumerate(specs)],
        [_described(subcommand, profile) for subcommand in command.subcommands.values()],
    ]


def _specified(name: str, number: int, spec: KeySpec) -> Pairs:
    pairs = Pairs()
    note = facts.NOTES.get(name)
    hidden = any(each.unknown for each in facts.KEY_SPECS[name])
    if note and (spec.unknown if hidden else not number):
        pairs.append((b"notes", note.encode()))
    pairs.append((b"flags", Members(Simple(flag.encode()) for flag in spec.flags)))
    if spec.unknown:
        nothing = Pairs([(b"type", b"unknown"), (b"spec", Pairs())])
        return Pairs([*pairs, (b"begin_search", nothing), (b"find_keys", nothing)])
    if spec.keyword:
        begin = _typed("keyword", ("keyword", spec.keyword), ("startfrom", spec.start))
    else:
        begin = _typed("index", ("index", spec.start))
    if spec.counted:
        find = _typed("keynum", ("keynumidx", 0), ("firstkey", 1), ("keystep", 1))
    else:
        find = _typed(
            "range", ("lastkey", spec.last), ("keystep", spec.step), ("limit", spec.limit)
        )
    return Pairs([*pairs, (b"begin_search", begin), (b"find_keys", find)])


def _typed(kind: str, *pairs: tuple[str, str | int]) -> Pairs:
    spec = Pairs(
        (name.encode(), value.encode() if isinstance(value, str) else value)
        for name, value in pairs
    )
    return Pairs([(b"type", kind.encode()), (b"spec", spec)])


def _keys(ctx: Context, words: list[bytes]) -> Sequence[Found]:
    """Where the keys of ``words`` stand, and their flags.  Errors: as COMMAND GETKEYS says them
    (server.c, getKeysSubcommandImpl).
    """
    try:
        found = ctx.kernel.resolve(words)
    except ReplyError as error:
        if words[0].lower() in ctx.kernel.commands and len(words) == 1:
            raise errors.no_key_arguments() from error
        raise errors.err("Invalid command specified") from error
    specs = facts.key_specs(found.name, ctx.kernel.profile)
    if all("not_key" in spec.flags for spec in specs):
        raise errors.no_key_arguments()
    count = len(words)
    if count < abs(found.arity) or (found.arity > 0 and count > found.arity):
        raise errors.err("Invalid number of arguments specified for command")
    keys = keys_with_flags(found.name, words, specs)
    if not keys and "no_mandatory_keys" not in found.flags:
        raise errors.err("Invalid arguments specified for command")
    return keys


def _documented(command: Command, line: str) -> Pairs:
    pairs = Pairs(
        [
            (b"summary", command.summary.encode()),
            (b"since", command.since.of(line).encode()),
            (b"group", command.group.encode()),
        ]
    )
    if command.subcommands:
        inner = Pairs(
            (subcommand.name.encode(), _documented(subcommand, line))
            for subcommand in command.subcommands.values()
        )
        pairs.append((b"subcommands", inner))
    elif command.usage.nodes:
        pairs.append((b"arguments", _Documents().all(command.usage.nodes)))
    return pairs


class _Documents:
    """Turns the nodes of one usage line into arguments, counting its keys."""

    def __init__(self) -> None:
        self._keys = 0

    def all(self, nodes: Sequence[Node]) -> list[Reply]:
        return [argument for node in nodes for argument in self._one(node, ())]

    def _one(self, node: Node, flags: tuple[bytes, ...]) -> list[Reply]:
        match node:
            case Word(name=name, type=kind):
                return [self._argument(name, _DOCUMENT_TYPES.get(kind, "string"), flags=flags)]
            case Token(text=text):
                return [self._argument(text.lower(), "pure-token", token=text, flags=flags)]
            case Choice(name=name, alternatives=alternatives):
                inner = [self._sequence(each, ()) for each in alternatives]
                return [self._argument(name, "oneof", flags=flags, arguments=inner)]
            case Optional(nodes=nodes):
                if not isinstance(nodes[0], Token):
                    more = (*flags, b"optional")
                    return [each for inner_node in nodes for each in self._one(inner_node, more)]
                return [self._sequence(nodes, (*flags, b"optional"))]
            case Repeat(name=name, nodes=words, least=least):
                more = (*flags, b"multiple") if least else (*flags, b"optional", b"multiple")
                if len(words) == 1:
                    return self._one(words[0], more)
                inner = self.all(words)
                return [self._argument(name, "block", flags=more, arguments=inner)]
            case Counted(name=name, keys=keys, least=least):
                more = (*flags, b"multiple") if least else (*flags, b"optional", b"multiple")
                return [
                    self._argument(name, "integer", flags=flags),
                    self._argument(keys.removesuffix("s"), "key", flags=more),
                ]
        return []

    def _sequence(self, nodes: Sequence[Node], flags: tuple[bytes, ...]) -> Reply:
        """``TOKEN``, ``TOKEN word`` or ``TOKEN a b``."""
        token, rest = nodes[0], nodes[1:]
        assert isinstance(token, Token)
        if not rest:
            return self._argument(token.text.lower(), "pure-token", token=token.text, flags=flags)
        if len(rest) == 1 and isinstance(rest[0], Word):
            kind = _DOCUMENT_TYPES.get(rest[0].type, "string")
            return self._argument(rest[0].name, kind, token=token.text, flags=flags)
        name = token.text.lower()
        return self._argument(
            name, "block", token=token.text, flags=flags, arguments=self.all(rest)
        )

    def _argument(
        self,
        name: str,
        kind: str,
        *,
        token: str = "",
        flags: tuple[bytes, ...] = (),
        arguments: Sequence[Reply] = (),
    ) -> Pairs:
        shown = name.rstrip("_").replace("_", "-").encode()
        pairs = Pairs([(b"name", shown), (b"type", kind.encode())])
        if kind not in {"oneof", "block"}:
            pairs.append((b"display_text", shown))
        if kind == "key":
            pairs.append((b"key_spec_index", self._keys))
            self._keys += 1
        if token:
            pairs.append((b"token", token.encode()))
        if flags:
            pairs.append((b"flags", Members(Simple(flag) for flag in dict.fromkeys(flags))))
        if arguments:
            pairs.append((b"arguments", list(arguments)))
        return pairs
