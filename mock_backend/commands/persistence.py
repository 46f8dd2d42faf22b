"""Saving: SAVE, BGSAVE, LASTSAVE, BGREWRITEAOF.

An image of everything is made and kept; it goes to a file if the server was given one.  It is made
at once, also in the background.
"""

from __future__ import annotations

from typing import Final

from mock_backend import errors
from mock_backend.kernel.context import Context
from mock_backend.profile import Since
from mock_backend.replies import OK, Reply, Simple
from mock_backend.schema.command import Table

persistence = Table("server", "")

_CANCEL: Final = Since("valkey-8.1.0")


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
    option = None if schedule is None else schedule.upper()
    if option == b"CANCEL" and not args and ctx.kernel.profile.has(_CANCEL):
        raise errors.err("Background saving is currently not in progress or scheduled")
    if args or option not in (None, b"SCHEDULE"):
        raise errors.syntax()
    if ctx.atomic:
        ctx.kernel.later(ctx.kernel.persistence.save_in_background)
        return Simple(b"Background saving scheduled")
    ctx.kernel.persistence.save_in_background()
    return Simple(b"Background saving started")


@persistence.command("BGREWRITEAOF", flags="admin noscript no_async_loading", since="1.0.0")
def bgrewriteaof(ctx: Context) -> Reply:
    """Asynchronously rewrites the append-only file to disk: there is none, and nothing happens."""
    ctx.kernel.statistics.rewrites += 1
    ctx.kernel.statistics.forks += 1
    how = b"scheduled" if ctx.atomic else b"started"
    return Simple(b"Background append only file rewriting " + how)
