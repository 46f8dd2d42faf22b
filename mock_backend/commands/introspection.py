"""COMMAND: what the server says of its own commands.

It is taken from their usage lines and from the facts beside (schema/facts.py, documents.py).  What
COMMAND DOCS says of complexity and history is prose, and left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from mock_backend import errors
from mock_backend.commands.helping import help_for
from mock_backend.kernel.context import Context
from mock_backend.profile import Profile, Since
from mock_backend.replies import NIL_ARRAY, Members, Pairs, Reply, ReplyError, Simple
from mock_backend.schema import documents, facts
from mock_backend.schema.access import Found, keys_with_flags
from mock_backend.schema.command import CATEGORIES, FLAGS, Command, Table
from mock_backend.schema.documents import Argument
from mock_backend.schema.facts import KeySpec
from mock_backend.store.glob import matches

introspection = Table("server", "connection")

_FLAGS: Final = "loading stale"
_DISPLAY_TEXT: Final = Since("7.2.0")
"""From here on COMMAND DOCS says how an argument is displayed."""


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
            (each.name.encode(), _documented(each, ctx.kernel.profile))
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


def _documented(command: Command, profile: Profile) -> Pairs:
    name = command.name
    group = "server" if name == "restore-asking" else command.group  # db.c has it among its own
    pairs = Pairs(
        [
            (b"summary", command.summary.encode()),
            (b"since", command.since.of(profile.line).encode()),
            (b"group", group.encode()),
        ]
    )
    old = documents.deprecation(name, profile)
    if old is not None:
        pairs.append((b"doc_flags", Members([Simple(b"deprecated")])))
        pairs.append((b"deprecated_since", old.since.encode()))
        pairs.append((b"replaced_by", old.instead.encode()))
    elif name in documents.SYSTEM:
        pairs.append((b"doc_flags", Members([Simple(b"syscmd")])))
    if command.subcommands:
        inner = Pairs(
            (subcommand.name.encode(), _documented(subcommand, profile))
            for subcommand in command.subcommands.values()
        )
        pairs.append((b"subcommands", inner))
    else:
        shown = documents.arguments(name, profile)
        if shown is None:
            shown = documents.derived(command.usage)
        if shown:
            pairs.append((b"arguments", [_argument(each, profile) for each in shown]))
    return pairs


def _argument(argument: Argument, profile: Profile) -> Pairs:
    pairs = Pairs([(b"name", argument.name.encode()), (b"type", argument.type.encode())])
    if argument.type not in {"oneof", "block"} and profile.has(_DISPLAY_TEXT):
        pairs.append((b"display_text", (argument.shown or argument.name).encode()))
    if argument.spec is not None:
        pairs.append((b"key_spec_index", argument.spec))
    if argument.token is not None:
        pairs.append((b"token", argument.token.encode()))
    if argument.since:
        pairs.append((b"since", argument.since.encode()))
    if argument.until:
        pairs.append((b"deprecated_since", argument.until.encode()))
    if argument.flags:
        pairs.append((b"flags", Members(Simple(flag.encode()) for flag in argument.flags)))
    if argument.arguments:
        pairs.append((b"arguments", [_argument(each, profile) for each in argument.arguments]))
    return pairs
