"""WAIT and WAITAOF: waiting until replicas or the disk have what was written.

This server has no replicas and keeps nothing on disk: who asks for one waits until the time is
over.
"""

from __future__ import annotations

from mock_backend import errors
from mock_backend.kernel.context import Context
from mock_backend.replies import Block, Reply
from mock_backend.schema import types
from mock_backend.schema.command import Table

waits = Table("generic", "connection")


@waits.command("WAIT numreplicas:int timeout", flags="blocking", since="3.0.0")
def wait(ctx: Context, numreplicas: int, timeout: bytes) -> Reply:
    """Blocks until the asynchronous replication of all preceding write commands sent by the
    connection is completed.

    Reply: how many replicas have confirmed; ``timeout`` is in milliseconds.
    """
    milliseconds = types.milliseconds(timeout, ctx.now)
    if numreplicas <= 0:
        return 0
    return Block([], milliseconds / 1000, kind=None, otherwise=0)


@waits.command("WAITAOF numlocal numreplicas timeout", flags="blocking", since="7.2.0")
def waitaof(ctx: Context, numlocal: bytes, numreplicas: bytes, timeout: bytes) -> Reply:
    """Blocks until all of the preceding write commands sent by the connection are written to the
    append-only file of the primary and/or replicas.

    Reply: ``[1 if this server has, how many replicas have]``.
    """
    local = types.ranged(numlocal, 0, 1)
    replicas = types.positive(numreplicas)
    milliseconds = types.milliseconds(timeout, ctx.now)
    written = int(ctx.kernel.config.flag("appendonly"))
    if local > written:
        raise errors.err("WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
    if replicas == 0:
        return [written, 0]
    return Block([], milliseconds / 1000, kind=None, otherwise=[written, 0])
