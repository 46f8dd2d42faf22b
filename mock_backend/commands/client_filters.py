"""Which clients CLIENT LIST and CLIENT KILL mean: the filters behind the name of the command.

Up to Valkey 8.0 CLIENT LIST knows TYPE and ID, each alone, and CLIENT KILL pairs; since Valkey 8.1
both know the same ones, and ID takes several.  Source: networking.c (clientKillCommand,
parseClientFiltersOrReply).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from mock_backend import errors
from mock_backend.kernel.context import Context
from mock_backend.kernel.reports import client_lines
from mock_backend.kernel.session import Session
from mock_backend.profile import Since
from mock_backend.schema import types

Matches = Callable[[Session], bool]
Make = Callable[[Context, bytes], Matches]

_MAXAGE: Final = Since("redis-7.4.0,valkey-8.0.0")
_PRIMARY: Final = Since("valkey-8.0.0")
_COMMON: Final = Since("valkey-8.1.0")
_MORE: Final = Since("valkey-9.0.0")

_TYPES: Final = {
    b"normal": "normal",
    b"pubsub": "pubsub",
    b"replica": "replica",
    b"slave": "replica",
    b"primary": "primary",
    b"master": "primary",
}
_FLAGS: Final = frozenset(b"ONSPMxbtRBdcuAreTIi")
_CAPABILITIES: Final = {b"r": b"redirect"}


@dataclass(slots=True)
class Filters:
    """What has been asked for."""

    matches: dict[bytes, Matches] = field(default_factory=dict)
    """By the filter's name; a name that comes again replaces."""
    skips_caller: bool = False

    def chosen(self, ctx: Context) -> list[Session]:
        """The sessions that every filter lets through."""
        return [
            session
            for session in ctx.kernel.sessions.values()
            if not (self.skips_caller and session is ctx.session)
            and all(matches(session) for matches in self.matches.values())
        ]


def of_list(ctx: Context, args: list[bytes]) -> list[Session]:
    """The clients of CLIENT LIST, in its order."""
    kernel = ctx.kernel
    if kernel.profile.has(_COMMON):
        return read(ctx, args, Filters()).chosen(ctx)
    if not args:
        return list(kernel.sessions.values())
    if args[0].lower() == b"type" and len(args) == 2:
        matches = _type(ctx, args[1])
        return [session for session in kernel.sessions.values() if matches(session)]
    if args[0].lower() == b"id" and len(args) > 1:
        numbers = [types.ranged(word, *types.INT64, "Invalid client ID") for word in args[1:]]
        return [kernel.sessions[number] for number in numbers if number in kernel.sessions]
    raise errors.syntax()


def of_kill(ctx: Context, args: list[bytes]) -> list[Session]:
    """The clients of CLIENT KILL with filters."""
    return read(ctx, args, Filters(skips_caller=True)).chosen(ctx)


def read(ctx: Context, args: list[bytes], filters: Filters) -> Filters:
    """Adds what ``args`` ask for.  Errors: what makes no sense, the first of it."""
    at = 0
    several = ctx.kernel.profile.has(_COMMON)
    makers = _makers(ctx)
    while at < len(args):
        name = args[at].lower()
        if at + 1 == len(args):
            raise errors.syntax()
        value = args[at + 1]
        at += 2
        if name == b"skipme":
            if value.lower() not in {b"yes", b"no"}:
                raise errors.syntax()
            filters.skips_caller = value.lower() == b"yes"
        elif name in {b"id", b"not-id"} and several and name in makers:
            words = [value]
            while at < len(args) and args[at].lstrip(b"-").isdigit():
                words.append(args[at])
                at += 1
            filters.matches[name] = _ids(words, excluded=name == b"not-id")
        elif name in makers:
            filters.matches[name] = makers[name](ctx, value)
        else:
            raise errors.syntax()
    return filters


def _makers(ctx: Context) -> dict[bytes, Make]:
    profile = ctx.kernel.profile
    makers = dict(_PLAIN)
    if profile.has(_MAXAGE):
        makers[b"maxage"] = _maxage
    if profile.has(_MORE):
        makers.update(_LATER)
        makers.update({b"not-" + name: _not(make) for name, make in (_PLAIN | _LATER).items()})
        makers[b"idle"] = _idle
    return makers


def _not(make: Make) -> Make:
    def made(ctx: Context, value: bytes) -> Matches:
        matches = make(ctx, value)
        return lambda session: not matches(session)

    return made


def _ids(words: list[bytes], *, excluded: bool) -> Matches:
    numbers = set()
    for word in words:
        if not word.lstrip(b"-").isdigit():
            raise errors.syntax()
        number = types.integer(word)
        if number < 1:
            raise errors.err("client-id should be greater than 0")
        numbers.add(number)
    return lambda session: (session.id in numbers) is not excluded


def _id(ctx: Context, value: bytes) -> Matches:
    number = types.ranged(value, 1, types.INT64_MAX, "client-id should be greater than 0")
    return lambda session: session.id == number


def _seconds(name: str, value: bytes) -> int:
    number = types.ranged(value, *types.INT64, f"{name} is not an integer or out of range")
    if number < 1:
        raise errors.err(f"{name} should be greater than 0")
    return number


def _maxage(ctx: Context, value: bytes) -> Matches:
    age = _seconds("maxage", value)
    return lambda session: (ctx.now - session.created_ms) // 1000 >= age


def _idle(ctx: Context, value: bytes) -> Matches:
    least = _seconds("idle", value)
    return lambda session: (ctx.now - session.last_ms) // 1000 >= least


def _type(ctx: Context, value: bytes) -> Matches:
    kind = _TYPES.get(value.lower())
    if kind is None or (value.lower() == b"primary" and not ctx.kernel.profile.has(_PRIMARY)):
        raise errors.err(f"Unknown client type '{errors.echo(value)}'")
    return lambda session: client_lines.kind(session) == kind


def _address(ctx: Context, value: bytes) -> Matches:
    return lambda session: session.address == errors.echo(value)


def _local_address(ctx: Context, value: bytes) -> Matches:
    return lambda session: session.local_address == errors.echo(value)


def _user(ctx: Context, value: bytes) -> Matches:
    user = ctx.kernel.acl.users.get(value)
    if user is None:
        raise errors.err(f"No such user '{errors.echo(value)}'")
    return lambda session: session.user is user


def _name(ctx: Context, value: bytes) -> Matches:
    return lambda session: bool(value) and session.name == value


def _library_name(ctx: Context, value: bytes) -> Matches:
    return lambda session: bool(value) and session.library_name == value


def _library_version(ctx: Context, value: bytes) -> Matches:
    return lambda session: bool(value) and session.library_version == value


def _database(ctx: Context, value: bytes) -> Matches:
    most = len(ctx.kernel.space.databases) - 1
    number = types.ranged(value, *types.INT64, "DB is not an integer or out of range")
    if not 0 <= number <= most:
        raise errors.err(f"DB number should be between 0 and {most}")
    return lambda session: session.context.db.number == number


def _ip(ctx: Context, value: bytes) -> Matches:
    return lambda session: session.address.rpartition(":")[0].strip("[]") == errors.echo(value)


def _capabilities(ctx: Context, value: bytes) -> Matches:
    if any(value[at : at + 1] not in _CAPABILITIES for at in range(len(value))):
        raise errors.err(f"Unknown capa found in the provided filter: {errors.echo(value)}")
    wanted = {_CAPABILITIES[value[at : at + 1]] for at in range(len(value))}
    return lambda session: wanted <= session.capabilities


def _flags(ctx: Context, value: bytes) -> Matches:
    if not frozenset(value) <= _FLAGS:
        raise errors.err(f"Unknown flags found in the provided filter: {errors.echo(value)}")
    wanted = set(value.decode())
    return lambda session: wanted <= set(client_lines.flags(ctx.kernel, session))


_PLAIN: Final[dict[bytes, Make]] = {
    b"id": _id,
    b"type": _type,
    b"addr": _address,
    b"laddr": _local_address,
    b"user": _user,
}
_LATER: Final[dict[bytes, Make]] = {
    b"name": _name,
    b"lib-name": _library_name,
    b"lib-ver": _library_version,
    b"db": _database,
    b"ip": _ip,
    b"capa": _capabilities,
    b"flags": _flags,
}
