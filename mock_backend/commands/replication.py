"""Replication: who follows whom, and what replicas say to their primary."""

from __future__ import annotations

import re
from typing import Final

from mock_backend import errors
from mock_backend.errors import cluster as cluster_errors
from mock_backend.errors import replication as replication_errors
from mock_backend.kernel.context import Context
from mock_backend.profile import Since
from mock_backend.replies import NOTHING, OK, Reply, ReplyError, Simple
from mock_backend.schema import types
from mock_backend.schema.command import Table

replication = Table("server", "")

_FOLLOWING: Final = "admin noscript stale no_async_loading"
_SYNC: Final = "admin noscript no_async_loading no_multi"
_TELLS_VERSION: Final = Since("valkey-8.0.0")
_LONGEST_HOST: Final = 255


@replication.command(
    "ROLE", flags="noscript loading stale fast", since="2.8.12", categories="admin dangerous"
)
def role(ctx: Context) -> Reply:
    """Returns the replication role.

    Reply: ``[master, offset, [[host, port, offset], ...]]`` or ``[slave, host, port, state,
    offset]``.
    """
    ours = ctx.kernel.replication
    following = ours.following
    if following is None:
        replicas = [
            [replica.address.encode(), b"%d" % replica.port, b"%d" % replica.acknowledged]
            for replica in ours.online
        ]
        return [b"master", ours.offset, replicas]
    offset = ours.offset if following.up else -1
    return [
        b"slave",
        following.host.encode("utf-8", "surrogateescape"),
        following.port,
        following.state.encode(),
        offset,
    ]


@replication.command("REPLICAOF host port", flags=_FOLLOWING, since="5.0.0")
def replicaof(ctx: Context, host: bytes, port: bytes) -> Reply:
    """Configures a server as replica of another, or promotes it to a primary."""
    return _replicate(ctx, host, port)


@replication.command("SLAVEOF host port", flags=_FOLLOWING, since="1.0.0")
def slaveof(ctx: Context, host: bytes, port: bytes) -> Reply:
    """Sets a server as a replica of another, or promotes it to being a primary."""
    return _replicate(ctx, host, port)


def _replicate(ctx: Context, host: bytes, port: bytes) -> Reply:
    kernel = ctx.kernel
    if kernel.cluster is not None:
        raise cluster_errors.replicaof_in_cluster()
    if kernel.failover.running:
        raise errors.err("REPLICAOF not allowed while failing over.")
    if (host.lower(), port.lower()) == (b"no", b"one"):
        kernel.replication.lead()
        return OK
    if ctx.session.is_replica:
        raise errors.err("Command is not valid when client is a replica.")
    number = types.ranged(port, 0, 65535, "Invalid master port")
    name = host.decode("utf-8", "surrogateescape")
    following = kernel.replication.following
    if following is not None and (following.host.lower(), following.port) == (
        name.lower(),
        number,
    ):
        return Simple(b"OK Already connected to specified master")
    kernel.replication.follow(name, number)
    return OK


@replication.command("FAILOVER [arg ...]", flags="admin noscript stale", since="6.2.0")
def failover(ctx: Context, args: list[bytes]) -> Reply:
    """Starts a coordinated failover from a server to one of its replicas.

    ``TO host port [FORCE]``, ``TIMEOUT milliseconds``, or ``ABORT`` alone.
    """
    if ctx.kernel.cluster is not None:
        raise cluster_errors.failover_in_cluster()
    target: tuple[str, int] | None = None
    timeout_ms = 0
    forced = False
    if len(args) == 1 and args[0].upper() == b"ABORT":
        ctx.kernel.failover.abort()
        return OK
    at = 0
    while at < len(args):
        option = args[at].upper()
        if option == b"TIMEOUT" and at + 1 < len(args) and not timeout_ms:
            timeout_ms = types.integer(args[at + 1])
            if timeout_ms <= 0:
                raise errors.err("FAILOVER timeout must be greater than 0")
            at += 2
        elif option == b"TO" and at + 2 < len(args) and target is None:
            host = args[at + 1].decode("utf-8", "surrogateescape")
            target = host, types.integer(args[at + 2])
            at += 3
        elif option == b"FORCE" and not forced:
            forced = True
            at += 1
        else:
            raise errors.syntax()
    ctx.kernel.failover.begin(target, timeout_ms, forced=forced)
    return OK


@replication.command("SYNC", flags=_SYNC, since="1.0.0")
def sync(ctx: Context) -> Reply:
    """An internal command used in replication.

    Reply: an image of everything, and from then on the stream.
    """
    return _attach(ctx, "?", -1, partial=False)


@replication.command("PSYNC replicationid offset [arg ...]", flags=_SYNC, since="2.8.0", arity=-3)
def psync(ctx: Context, replicationid: bytes, offset: bytes, args: list[bytes]) -> Reply:
    """An internal command used in replication.

    Reply: ``+FULLRESYNC id offset`` and an image, or ``+CONTINUE id``; then the stream.
    """
    identity = replicationid.decode("utf-8", "surrogateescape")
    if ctx.session.is_replica:
        return NOTHING
    if args and args[0].lower() == b"failover":
        ours = ctx.kernel.replication
        if ours.following is None:
            raise errors.err("PSYNC FAILOVER can't be sent to a master.")
        if identity.lower() != ours.id:
            raise errors.err("PSYNC FAILOVER replid must match my replid.")
        ours.lead()
    return _attach(ctx, identity, offset, partial=True)


def _attach(ctx: Context, identity: str, offset: bytes | int, *, partial: bool) -> Reply:
    session, kernel = ctx.session, ctx.kernel
    if session.is_replica or session.monitoring:
        return NOTHING
    if kernel.failover.running:
        raise replication_errors.no_link("Can't SYNC while failing over")
    following = kernel.replication.following
    if following is not None and not following.up:
        raise replication_errors.no_link("Can't SYNC while not connected with my master")
    wanted = offset if isinstance(offset, int) else types.integer(offset)
    return kernel.replication.attach(session, partial=partial, wanted_id=identity, wanted=wanted)


@replication.command(
    "REPLCONF [arg ...]", flags="admin noscript loading stale allow_busy", since="3.0.0"
)
def replconf(ctx: Context, args: list[bytes]) -> Reply:
    """An internal command for configuring the replication stream.

    Reply: OK; none at all to ACK and GETACK.
    """
    if len(args) % 2:
        raise errors.syntax()
    ours = ctx.kernel.replication
    if not args:
        return OK
    known = ours.known(ctx.session)
    for at in range(0, len(args), 2):
        value = args[at + 1]
        match args[at].lower():
            case b"listening-port":
                known.port = types.ranged(value, *types.INT64)
            case b"ip-address":
                if len(value) > _LONGEST_HOST:
                    raise errors.err(
                        "REPLCONF ip-address provided by replica instance is too long:"
                        f" {len(value)} bytes"
                    )
                known.host = value.decode("utf-8", "surrogateescape")
            case b"capa":
                known.partial = known.partial or value.lower() == b"psync2"
            case b"ack":
                _acknowledged(ctx, value, args[at + 2 :])
                return NOTHING
            case b"getack":
                if ours.following is not None:
                    ours.following.acknowledge()
                return NOTHING
            case b"rdb-only":
                known.only_image = types.ranged(value, 0, 1) == 1
            case b"rdb-filter-only":
                known.wants_data = known.wants_functions = False
                for word in value.split():
                    known.wants_functions = True
                    if word.lower() != b"functions":
                        raise errors.err(f"Unsupported rdb-filter-only option: {errors.echo(word)}")
            case b"version" if ctx.kernel.profile.has(_TELLS_VERSION):
                if not re.fullmatch(rb"[0-9]+\.[0-9]+\.[0-9]+", value):
                    raise errors.err(f"Unrecognized version format: {errors.echo(value)}")
            case _:
                raise errors.err(f"Unrecognized REPLCONF option: {errors.echo(args[at])}")
    return OK


def _acknowledged(ctx: Context, offset: bytes, rest: list[bytes]) -> None:
    if not ctx.session.is_replica:
        return
    try:
        reached = types.integer(offset)
        written = types.integer(rest[1]) if len(rest) > 1 and rest[0].lower() == b"fack" else None
    except ReplyError:
        return
    ctx.kernel.replication.acknowledge(ctx.session, reached, written)
