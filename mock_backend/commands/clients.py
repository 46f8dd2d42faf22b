"""CLIENT: what a connection is called, who else is there, and what may be done to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mock_backend import errors
from mock_backend.commands.connection import checked_name, is_plain
from mock_backend.commands.helping import help_for
from mock_backend.kernel import client_lines
from mock_backend.kernel.context import Context
from mock_backend.kernel.session import Session
from mock_backend.replies import NOTHING, OK, Reply, Verbatim
from mock_backend.schema import types
from mock_backend.schema.command import Table

clients = Table("connection")
clients.container("CLIENT", since="2.4.0", summary="A container for client connection commands.")

_PLAIN: Final = "noscript loading stale"
_ADMIN: Final = "admin noscript loading stale"
_BUSY: Final = f"{_PLAIN} allow_busy@valkey-9.0.0"
_REPLY: Final = f"{_BUSY} no_multi@valkey-9.0.0"
_NO_EVICT: Final = f"{_ADMIN} allow_busy@valkey-9.0.0"

_TYPES: Final = {
    b"normal": "normal",
    b"pubsub": "pubsub",
    b"replica": "replica",
    b"slave": "replica",
    b"primary": "primary",
    b"master": "primary",
}


@clients.command("CLIENT ID", flags=_BUSY, since="5.0.0", container="CLIENT")
def id_(ctx: Context) -> Reply:
    """Returns the unique client ID of the connection."""
    return ctx.session.id


@clients.command("CLIENT GETNAME", flags=_BUSY, since="2.6.9", container="CLIENT")
def getname(ctx: Context) -> Reply:
    """Returns the name of the connection."""
    return ctx.session.name or None


@clients.command("CLIENT SETNAME connection-name", flags=_BUSY, since="2.6.9", container="CLIENT")
def setname(ctx: Context, connection_name: bytes) -> Reply:
    """Sets the connection name."""
    ctx.session.name = checked_name(connection_name)
    return OK


@clients.command("CLIENT SETINFO attr value", flags=_BUSY, since="7.2.0", container="CLIENT")
def setinfo(ctx: Context, attr: bytes, value: bytes) -> Reply:
    """Sets information specific to the client or connection.

    Errors: ERR for attributes other than LIB-NAME and LIB-VER.
    """
    which = attr.lower()
    if which not in {b"lib-name", b"lib-ver"}:
        raise errors.err(f"Unrecognized option '{errors.echo(attr)}'")
    if not is_plain(value):
        raise errors.err(
            f"{errors.echo(attr)} cannot contain spaces, newlines or special characters."
        )
    if which == b"lib-name":
        ctx.session.library_name = value
    else:
        ctx.session.library_version = value
    return OK


@clients.command("CLIENT INFO", flags=_PLAIN, since="6.2.0", container="CLIENT")
def info(ctx: Context) -> Reply:
    """Returns information about the connection."""
    return Verbatim(client_lines.line(ctx.kernel, ctx.session) + b"\n")


@clients.command("CLIENT LIST [arg ...]", flags=_ADMIN, since="2.4.0", container="CLIENT")
def list_(ctx: Context, args: list[bytes]) -> Reply:
    """Lists open connections."""
    kernel = ctx.kernel
    chosen = list(kernel.sessions.values())
    if args and args[0].lower() == b"type" and len(args) == 2:
        wanted = _type(args[1])
        chosen = [session for session in chosen if client_lines.kind(session) == wanted]
    elif args and args[0].lower() == b"id" and len(args) > 1:
        ids = [
            types.ranged(word, types.INT64_MIN, types.INT64_MAX, "Invalid client ID")
            for word in args[1:]
        ]
        chosen = [kernel.sessions[number] for number in ids if number in kernel.sessions]
    elif args:
        raise errors.syntax()
    return Verbatim(b"".join(client_lines.line(kernel, session) + b"\n" for session in chosen))


def _type(word: bytes) -> str:
    kind = _TYPES.get(word.lower())
    if kind is None:
        raise errors.err(f"Unknown client type '{errors.echo(word)}'")
    return kind


@clients.command("CLIENT KILL arg [arg ...]", flags=_ADMIN, since="2.4.0", container="CLIENT")
def kill(ctx: Context, args: list[bytes]) -> Reply:
    """Terminates open connections.

    Reply: OK for the old form with one address; how many, for filters.
    """
    kernel = ctx.kernel
    if len(args) == 1:
        address = args[0].decode("utf-8", "surrogateescape")
        for session in list(kernel.sessions.values()):
            if session.address == address:
                _end(ctx, session)
                return OK
        raise errors.no_such_client()
    if len(args) % 2:
        raise errors.syntax()
    filters: list[Callable[[Session], bool]] = []
    skip_me = True
    for name, value in zip(args[::2], args[1::2], strict=True):
        if name.lower() == b"skipme":
            if value.lower() not in {b"yes", b"no"}:
                raise errors.syntax()
            skip_me = value.lower() == b"yes"
        else:
            filters.append(_filter(ctx, name, value))
    ended = 0
    for session in list(kernel.sessions.values()):
        if session is ctx.session and skip_me:
            continue
        if all(matches(session) for matches in filters):
            _end(ctx, session)
            ended += 1
    return ended


def _filter(ctx: Context, name: bytes, value: bytes) -> Callable[[Session], bool]:
    text = value.decode("utf-8", "surrogateescape")
    match name.lower():
        case b"id":
            number = types.ranged(value, 1, types.INT64_MAX, "client-id should be greater than 0")
            return lambda session: session.id == number
        case b"maxage":
            complaint = "maxage is not an integer or out of range"
            age = types.ranged(value, types.INT64_MIN, types.INT64_MAX, complaint)
            if age < 1:
                raise errors.err("maxage should be greater than 0")
            return lambda session: (ctx.now - session.created_ms) // 1000 >= age
        case b"type":
            kind = _type(value)
            return lambda session: client_lines.kind(session) == kind
        case b"addr":
            return lambda session: session.address == text
        case b"laddr":
            return lambda session: session.local_address == text
        case b"user":
            user = ctx.kernel.acl.users.get(value)
            if user is None:
                raise errors.err(f"No such user '{errors.echo(value)}'")
            return lambda session: session.user is user
    raise errors.syntax()


def _end(ctx: Context, session: Session) -> None:
    """Ends a connection; the caller's own once it has been answered."""
    ctx.kernel.end(session, by=ctx.session)


@clients.command(
    "CLIENT UNBLOCK client-id [arg ...]", flags=_ADMIN, since="5.0.0", container="CLIENT"
)
def unblock(ctx: Context, client_id: bytes, args: list[bytes]) -> Reply:
    """Unblocks a client blocked by a blocking command from a different connection.

    Reply: 1, or 0 if that client waits for nothing.
    """
    reason = _at_most_one(args)
    if reason is not None and reason.upper() not in {b"TIMEOUT", b"ERROR"}:
        raise errors.err("CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
    kernel = ctx.kernel
    session = kernel.sessions.get(types.integer(client_id))
    parked = session.parked if session is not None else None
    if parked is None or kernel.pause.holds(parked):
        return 0
    failing = reason is not None and reason.upper() == b"ERROR"
    kernel.give_up(parked, errors.unblocked() if failing else parked.otherwise)
    return 1


@clients.command("CLIENT PAUSE timeout [arg ...]", flags=_ADMIN, since="3.0.0", container="CLIENT")
def pause(ctx: Context, timeout: bytes, args: list[bytes]) -> Reply:
    """Suspends the processing of commands for a number of milliseconds.

    Calls that come meanwhile are held; WRITE holds only those that write.
    """
    mode = _at_most_one(args)
    if mode is not None and mode.upper() not in {b"WRITE", b"ALL"}:
        raise errors.err("CLIENT PAUSE mode must be WRITE or ALL")
    milliseconds = types.milliseconds(timeout, ctx.now)
    everything = mode is None or mode.upper() == b"ALL"
    ctx.kernel.pause.begin(ctx.now + milliseconds, everything=everything)
    return OK


def _at_most_one(args: list[bytes]) -> bytes | None:
    if len(args) > 1:
        raise errors.MisplacedWords
    return args[0] if args else None


@clients.command("CLIENT UNPAUSE", flags=_ADMIN, since="6.2.0", container="CLIENT")
def unpause(ctx: Context) -> Reply:
    """Resumes processing commands from paused clients."""
    ctx.kernel.pause.end()
    return OK


@clients.command("CLIENT REPLY action", flags=_REPLY, since="3.2.0", container="CLIENT")
def reply(ctx: Context, action: bytes) -> Reply:
    """Instructs the server whether to reply to commands.

    Reply: OK for ON; nothing at all for OFF and SKIP.
    """
    session = ctx.session
    match action.lower():
        case b"on":
            session.reply_mode = "on"
        case b"off":
            session.reply_mode = "off"
        case b"skip":
            if session.reply_mode != "off":
                session.reply_mode = "skip-next"
        case _:
            raise errors.syntax()
    session.regate()
    return OK if session.reply_mode == "on" else NOTHING


@clients.command("CLIENT NO-EVICT enabled", flags=_NO_EVICT, since="7.0.0", container="CLIENT")
def no_evict(ctx: Context, enabled: bytes) -> Reply:
    """Sets the client eviction mode of the connection."""
    ctx.session.no_evict = _switch(enabled)
    return OK


@clients.command("CLIENT NO-TOUCH enabled", flags=_BUSY, since="7.2.0", container="CLIENT")
def no_touch(ctx: Context, enabled: bytes) -> Reply:
    """Controls whether commands sent by the client affect the LRU/LFU of accessed keys."""
    ctx.session.no_touch = _switch(enabled)
    ctx.kernel.accesses.arrange()
    return OK


def _switch(word: bytes) -> bool:
    if word.lower() not in {b"on", b"off"}:
        raise errors.syntax()
    return word.lower() == b"on"


@clients.command(
    "CLIENT CAPA capabilities=capability [capability ...]",
    flags=_BUSY,
    since="valkey-8.0.0",
    container="CLIENT",
)
def capa(ctx: Context, capabilities: list[bytes]) -> Reply:
    """The client tells what it is capable of."""
    ctx.session.capabilities |= {word.lower() for word in capabilities}
    return OK


help_for(clients, "CLIENT", since="5.0.0")
