"""WAIT and WAITAOF: waiting until replicas or the disk have what was written.

What is written here counts as on the disk at once, if there is an append-only file at all.
"""

from __future__ import annotations

from mock_backend import errors
from mock_backend.errors import replication as replication_errors
from mock_backend.kernel.context import Context
from mock_backend.replies import Block, Reply
from mock_backend.schema import types
from mock_backend.schema.command import Table

waits = Table("generic", "connection")


@waits.command("WAIT numreplicas:int timeout", flags="blocking@7.2.0 noscript~7.2.0", since="3.0.0")
def wait(ctx: Context, numreplicas: int, timeout: bytes) -> Reply:
    """Blocks until the asynchronous replication of all preceding write commands sent by the
    connection is completed.

    Reply: how many replicas have confirmed; ``timeout`` is in milliseconds.
    """
    replication = ctx.kernel.replication
    if replication.following is not None:
        raise replication_errors.waits_of_replica("WAIT")
    milliseconds = types.milliseconds(timeout, ctx.now)
    there = replication.count(ctx.session.caller.written_to)
    if there >= numreplicas or ctx.atomic:
        return there
    replication.ask()
    return Block([], milliseconds / 1000, kind=None, otherwise=there)


@waits.command("WAITAOF numlocal numreplicas timeout", flags="blocking", since="7.2.0")
def waitaof(ctx: Context, numlocal: bytes, numreplicas: bytes, timeout: bytes) -> Reply:
    """Blocks until all of the preceding write commands sent by the connection are written to the
    append-only file of the primary and/or replicas.

    Reply: ``[1 if this server has, how many replicas have]``.
    """
    local = types.ranged(numlocal, 0, 1)
    replicas = types.positive(numreplicas)
    milliseconds = types.milliseconds(timeout, ctx.now)
    replication = ctx.kernel.replication
    if replication.following is not None:
        raise replication_errors.waits_of_replica("WAITAOF")
    written = int(ctx.kernel.config.flag("appendonly"))
    if local > written:
        raise errors.err("WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
    there = replication.count(ctx.session.caller.written_to, written=True)
    if there >= replicas or ctx.atomic:
        return [written, there]
    replication.ask()
    return Block([], milliseconds / 1000, kind=None, otherwise=[written, there])
