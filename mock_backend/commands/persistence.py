"""Saving: SAVE, BGSAVE, LASTSAVE, BGREWRITEAOF.

An image of everything is made and kept; it goes to a file if the server was given one.  It is made
at once, also in the background.
"""

from __future__ import annotations

from mock_backend import errors
from mock_backend.kernel.context import Context
from mock_backend.replies import OK, Reply, Simple
from mock_backend.schema.command import Table

persistence = Table("server", "")


@persistence.command(
    "LASTSAVE", flags="loading stale fast", since="1.0.0", categories="admin dangerous"
)
def lastsave(ctx: Context) -> Reply:
    """Returns the Unix timestamp of the last successful save to disk."""
    return ctx.kernel.statistics.saved_ms // 1000


@persistence.command("SAVE", flags="admin noscript no_async_loading no_multi", since="1.0.0")
def save(ctx: Context) -> Reply:
    """Synchronously saves the database(s) to disk."""
    if not ctx.kernel.persistence.save():
        raise errors.err("")
    return OK


@persistence.command(
    "BGSAVE [schedule] [arg ...]", flags="admin noscript no_async_loading", since="1.0.0"
)
def bgsave(ctx: Context, schedule: bytes | None, args: list[bytes]) -> Reply:
    """Asynchronously saves the database(s) to disk."""
    if args or (schedule is not None and schedule.upper() != b"SCHEDULE"):
        raise errors.syntax()
    ctx.kernel.persistence.save()
    return Simple(b"Background saving started")


@persistence.command("BGREWRITEAOF", flags="admin noscript no_async_loading", since="1.0.0")
def bgrewriteaof(ctx: Context) -> Reply:
    """Says that the append-only file is rewritten; there is none."""
    return Simple(b"Background append only file rewriting started")
