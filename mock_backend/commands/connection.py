"""The connection: who is there, in which protocol, on which database.

CLIENT stands in clients.py and tracking_clients.py.
"""

from __future__ import annotations

from typing import Final

from mock_backend import errors
from mock_backend.errors import acl as acl_errors
from mock_backend.errors import cluster as cluster_errors
from mock_backend.kernel.context import Context
from mock_backend.kernel.session import Session
from mock_backend.profile import Since
from mock_backend.replies import OK, PONG, Pairs, Reply, Simple
from mock_backend.schema import types
from mock_backend.schema.command import Table

connection = Table("connection")

_PRETENDS: Final = Since("valkey-8.0.0")
"""It can say that it is the Redis that it is compatible with."""
_TELLS_ZONE: Final = Since("valkey-8.1.0")
_BEFORE_AUTH: Final = "noscript loading stale fast no_auth allow_busy"
_READS_FIRST: Final = Since("7.2.0")
"""HELLO does nothing before all of its options have been read."""
_INTERNAL: Final = Since("redis-8.0.0")
"""Nodes of a cluster log in at each other as nobody else can."""


@connection.command("PING [message]", flags="fast", since="1.0.0", most=2)
def ping(ctx: Context, message: bytes | None) -> Reply:
    """Returns the server's liveliness response."""
    session = ctx.session
    if session.protocol == 2 and session.is_subscribed:
        return [b"pong", message or b""]
    return PONG if message is None else message


@connection.command("ECHO message", flags="loading stale fast", since="1.0.0")
def echo(ctx: Context, message: bytes) -> Reply:
    """Returns the given string."""
    return message


@connection.command(
    "SELECT index", flags="loading stale fast allow_busy@valkey-9.0.0", since="1.0.0"
)
def select(ctx: Context, index: bytes) -> Reply:
    """Changes the selected database."""
    number = types.ranged(index, types.INT_MIN, types.INT_MAX)
    if number and ctx.kernel.cluster is not None:
        raise cluster_errors.not_in_cluster("SELECT")
    ctx.select(number)
    return OK


@connection.command("QUIT [arg ...]", flags=_BEFORE_AUTH, since="1.0.0")
def quit_(ctx: Context, args: list[bytes]) -> Reply:
    """Closes the connection."""
    ctx.session.closing = True
    return OK


@connection.command("AUTH [username] password", flags=_BEFORE_AUTH, since="1.0.0", arity=-2)
def auth(ctx: Context, username: bytes | None, password: bytes) -> Reply:
    """Authenticates the connection."""
    acl = ctx.kernel.acl
    if username is None and acl.default.needs_no_password:
        raise acl_errors.no_password_configured()
    if username == b"internal connection" and ctx.kernel.profile.has(_INTERNAL):
        raise acl_errors.no_internal_connections()
    acl.log_in(ctx, b"default" if username is None else username, password, b"AUTH")
    return OK


@connection.command("HELLO [arg ...]", flags=_BEFORE_AUTH, since="6.0.0")
def hello(ctx: Context, args: list[bytes]) -> Reply:
    """Handshakes with the server: protocol, authentication, name of the connection.

    Reply: what the server is, as a map; the protocol has changed by then.  Servers before 7.2 do
    what each option says as they read it, later ones once they have read all.
    """
    session, acl = ctx.session, ctx.kernel.acl
    at_once = not ctx.kernel.profile.has(_READS_FIRST)
    protocol = _protocol(args[0]) if args else session.protocol
    name: bytes | None = None
    credentials: tuple[bytes, bytes] | None = None
    at = 1
    while at < len(args):
        option = args[at].upper()
        if option == b"AUTH" and at + 2 < len(args):
            credentials = args[at + 1], args[at + 2]
            if at_once:
                acl.log_in(ctx, *credentials, b"HELLO")
            at += 3
        elif option == b"SETNAME" and at + 1 < len(args):
            name = checked_name(args[at + 1])
            if at_once:
                session.name = name
            at += 2
        else:
            raise errors.err(f"Syntax error in HELLO option '{errors.echo(args[at])}'")
    if credentials is not None and not at_once:
        acl.log_in(ctx, *credentials, b"HELLO")
    if not session.authenticated:
        raise acl_errors.hello_first()
    if name is not None:
        session.name = name
    session.speak(protocol)
    zone = _zone(ctx)
    return Pairs(
        [
            *_server(ctx),
            (b"proto", protocol),
            (b"id", session.id),
            (b"mode", b"standalone" if ctx.kernel.cluster is None else b"cluster"),
            (b"role", b"master" if ctx.kernel.replication.following is None else b"replica"),
            (b"modules", []),
            *([(b"availability_zone", zone)] if zone else []),
        ]
    )


def _server(ctx: Context) -> list[tuple[bytes, bytes]]:
    profile = ctx.kernel.profile
    line, version = profile.line, profile.version
    if profile.has(_PRETENDS) and ctx.kernel.config.flag("extended-redis-compatibility"):
        line, version = "redis", profile.redis_version
    return [(b"server", line.encode()), (b"version", version.encode())]


def _zone(ctx: Context) -> bytes:
    if not ctx.kernel.profile.has(_TELLS_ZONE):
        return b""
    return ctx.kernel.config.text("availability-zone").encode("utf-8", "surrogateescape")


def _protocol(word: bytes) -> int:
    complaint = "Protocol version is not an integer or out of range"
    number = types.ranged(word, types.INT64_MIN, types.INT64_MAX, complaint)
    if number not in {2, 3}:
        raise errors.no_protocol()
    return number


def checked_name(name: bytes) -> bytes:
    """``name``, if it can be the name of a connection; an empty one takes the name away."""
    if not is_plain(name):
        raise errors.err("Client names cannot contain spaces, newlines or special characters.")
    return name


def is_plain(text: bytes) -> bool:
    """Whether there are only visible ASCII characters in ``text``."""
    return all(33 <= byte <= 126 for byte in text)


@connection.command("RESET", flags=_BEFORE_AUTH, since="6.2.0")
def reset(ctx: Context) -> Reply:
    """Resets the connection to what it was when it began; the library's name stays."""
    session, kernel = ctx.session, ctx.kernel
    leave_monitor(ctx)
    kernel.tracking.end(session)
    kernel.watching.end(session)
    kernel.channels.forget(session)
    forget_state(session)
    kernel.acl.begin(session)
    ctx.select(0)
    session.speak(2)
    return Simple(b"RESET")


def forget_state(session: Session) -> None:
    """A transaction, a name, CLIENT REPLY and its like are gone."""
    session.queue = None
    session.must_abort = False
    session.name = b""
    if session.reply_mode != "skip":  # the reply to RESET itself is not wanted
        session.reply_mode = "on"
    session.no_evict = False
    session.no_touch = False
    session.reads_only = False
    session.asking = False


def leave_monitor(ctx: Context) -> None:
    """The session no longer monitors."""
    if ctx.session.monitoring:
        ctx.session.monitoring = False
        ctx.kernel.monitors.pop(ctx.session, None)
        ctx.kernel.observe()
