"""MULTI, EXEC and optimistic locking.

Queueing is a gate of the kernel; EXEC performs the queue in one turn, so that nobody comes in
between.
"""

from __future__ import annotations

from mock_backend import errors
from mock_backend.kernel.context import Context
from mock_backend.kernel.reports.observing import SCRIPT_CALLS
from mock_backend.kernel.session import Session
from mock_backend.replies import NIL_ARRAY, OK, Raw, Reply
from mock_backend.resp.writer import pieces, write
from mock_backend.schema.command import Table

transactions = Table("transactions", "transaction")


@transactions.command(
    "MULTI", flags="noscript loading stale fast no_multi@valkey-8.0.0 allow_busy", since="1.2.0"
)
def multi(ctx: Context) -> Reply:
    """Starts a transaction."""
    if ctx.session.queue is not None:
        raise errors.nested_multi()
    ctx.session.queue = []
    ctx.session.must_abort = False
    ctx.session.regate()
    return OK


@transactions.command(
    "EXEC",
    flags="noscript loading stale skip_slowlog~valkey-8.1.0 skip_commandlog@valkey-8.1.0",
    since="1.2.0",
)
def exec_(ctx: Context) -> Reply:
    """Executes all commands in a transaction.

    Reply: one reply per command, errors among them; a null array if a watched key has changed.
    Errors: EXECABORT, if a command could not be queued.
    """
    session, kernel = ctx.session, ctx.kernel
    queue = session.queue
    if queue is None:
        raise errors.without_multi("EXEC")
    must_abort, broken = session.must_abort, kernel.watching.is_broken(session)
    leave(session)
    kernel.watching.end(session)
    if must_abort:
        raise errors.exec_abort()
    if broken:
        return NIL_ARRAY
    ctx.atomic = True
    replies: list[Reply] = []
    spoken = session.protocol
    try:
        for command, words in queue:
            lost = None
            if not session.user.unrestricted:
                lost = kernel.acl.refusal_at_exec(session, command, words)
            if lost is None:
                session.calls += 1
                if kernel.monitors and command.name in SCRIPT_CALLS:
                    kernel.observer.show(ctx, words)
            reply = kernel.perform(ctx, command, words) if lost is None else lost
            if session.protocol != spoken:  # HELLO: what was answered before it stays as it was
                replies = [_written(ctx, each, spoken) for each in replies]
                spoken = session.protocol
            replies.append(reply)
    finally:
        ctx.atomic = False
    return replies


def _written(ctx: Context, reply: Reply, protocol: int) -> Raw:
    """A reply as the bytes that it is in a protocol."""
    out = pieces(ctx.kernel.profile)
    write(out, reply, protocol)
    return Raw(b"".join(out))


@transactions.command("DISCARD", flags="noscript loading stale fast allow_busy", since="2.0.0")
def discard(ctx: Context) -> Reply:
    """Discards a transaction."""
    if ctx.session.queue is None:
        raise errors.without_multi("DISCARD")
    leave(ctx.session)
    ctx.kernel.watching.end(ctx.session)
    return OK


@transactions.command(
    "WATCH key [key ...]",
    flags="noscript loading stale fast no_multi@valkey-8.0.0 allow_busy",
    since="2.2.0",
)
def watch(ctx: Context, keys: list[bytes]) -> Reply:
    """Monitors changes to keys to determine the execution of a transaction."""
    if ctx.session.queue is not None:
        raise errors.watch_inside_multi()
    for key in keys:
        ctx.kernel.watching.begin(ctx.session, key)
    return OK


@transactions.command("UNWATCH", flags="noscript loading stale fast allow_busy", since="2.2.0")
def unwatch(ctx: Context) -> Reply:
    """Forgets about watched keys of a transaction."""
    ctx.kernel.watching.end(ctx.session)
    return OK


def leave(session: Session) -> None:
    """Ends the transaction, performed or not."""
    session.queue = None
    session.must_abort = False
    session.regate()
