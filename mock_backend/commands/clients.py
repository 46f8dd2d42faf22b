"""CLIENT: what a connection is called, who else is there, and what may be done to them."""

from __future__ import annotations

from typing import Final

from mock_backend import errors
from mock_backend.commands import client_filters
from mock_backend.commands.connection import checked_name, is_plain
from mock_backend.commands.helping import help_for
from mock_backend.kernel.context import Context
from mock_backend.kernel.reports import client_lines
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
    words = (b"CLIENT", b"INFO")
    return Verbatim(client_lines.line(ctx.kernel, ctx.session, words) + b"\n")


@clients.command("CLIENT LIST [arg ...]", flags=_ADMIN, since="2.4.0", container="CLIENT")
def list_(ctx: Context, args: list[bytes]) -> Reply:
    """Lists open connections."""
    kernel = ctx.kernel
    words = (b"CLIENT", b"LIST", *args)
    lines = [
        client_lines.line(kernel, session, words if session is ctx.session else ())
        for session in client_filters.of_list(ctx, args)
    ]
    return Verbatim(b"".join(line + b"\n" for line in lines))


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
    chosen = client_filters.of_kill(ctx, args)
    for session in chosen:
        _end(ctx, session)
    return len(chosen)


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
    kernel.serving.give_up(parked, errors.unblocked() if failing else parked.otherwise)
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


@clients.command(
    "CLIENT IMPORT-SOURCE enabled", flags=_PLAIN, since="valkey-8.1.0", container="CLIENT"
)
def import_source(ctx: Context, enabled: bytes) -> Reply:
    """Mark this client as an import source when server is in import mode."""
    if not ctx.kernel.importing and enabled.lower() != b"off":
        raise errors.err("Server is not in import mode")
    ctx.session.imports = _switch(enabled)
    return OK


help_for(clients, "CLIENT", since="5.0.0")
