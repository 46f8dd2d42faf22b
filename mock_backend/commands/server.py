"""The server as a whole: its data, its life, its role, and who watches it."""

from __future__ import annotations

from typing import Final

from mock_backend import errors
from mock_backend.errors import cluster as cluster_errors
from mock_backend.errors import scripting as scripting_errors
from mock_backend.kernel.context import Context
from mock_backend.kernel.reports import info as facts
from mock_backend.profile import Since
from mock_backend.replies import NOTHING, OK, Reply, Verbatim
from mock_backend.schema import types
from mock_backend.schema.command import Table
from mock_backend.store.keyspace import Database

server = Table("server", "")

_ADMIN: Final = "admin noscript loading stale"
_OWN_NAME: Final = Since("valkey-9.0.0")
"""From here on LOLWUT says which line the server is of."""


@server.command(
    "INFO [section [section ...]]", flags="loading stale", since="1.0.0", categories="dangerous"
)
def info(ctx: Context, sections: list[bytes]) -> Reply:
    """Returns information and statistics about the server."""
    return Verbatim(facts.render(ctx.kernel, sections))


@server.command("TIME", flags="loading stale fast", since="2.6.0")
def time(ctx: Context) -> Reply:
    """Returns the server time: Unix seconds, and the microseconds of the current second."""
    seconds, microseconds = divmod(ctx.kernel.scripts.time_us(), 1_000_000)
    return [b"%d" % seconds, b"%d" % microseconds]


@server.command("DBSIZE", flags="readonly fast", since="1.0.0", categories="keyspace")
def dbsize(ctx: Context) -> Reply:
    """Returns the number of keys in the database."""
    return len(ctx.db)


@server.command(
    "FLUSHDB [mode] [arg ...]", flags="write", since="1.0.0", categories="keyspace dangerous"
)
def flushdb(ctx: Context, mode: bytes | None, args: list[bytes]) -> Reply:
    """Removes all keys from the current database."""
    lazily = _is_lazy(ctx, mode, args)
    _flush(ctx.db, lazily=lazily)
    ctx.kernel.tracking.flushed()
    return OK


@server.command(
    "FLUSHALL [mode] [arg ...]", flags="write", since="1.0.0", categories="keyspace dangerous"
)
def flushall(ctx: Context, mode: bytes | None, args: list[bytes]) -> Reply:
    """Removes all keys from all databases."""
    lazily = _is_lazy(ctx, mode, args)
    for database in ctx.kernel.space.databases:
        _flush(database, lazily=lazily)
    ctx.kernel.tracking.flushed()
    return OK


def _is_lazy(ctx: Context, mode: bytes | None, args: list[bytes]) -> bool:
    """SYNC or ASYNC or as configured: here either is at once, but ASYNC counts."""
    if args or (mode is not None and mode.upper() not in {b"SYNC", b"ASYNC"}):
        raise errors.syntax()
    if mode is None:
        return ctx.kernel.config.flag("lazyfree-lazy-user-flush")
    return mode.upper() == b"ASYNC"


def _flush(database: Database, *, lazily: bool) -> None:
    count = database.flush()
    if lazily:
        database.space.lazily_freed += count


@server.command(
    "SWAPDB index1 index2", flags="write fast", since="4.0.0", categories="keyspace dangerous"
)
def swapdb(ctx: Context, index1: bytes, index2: bytes) -> Reply:
    """Swaps two databases: sessions stay with the number."""
    if ctx.kernel.cluster is not None:
        raise cluster_errors.not_in_cluster("SWAPDB")
    first = types.ranged(index1, types.INT_MIN, types.INT_MAX, "invalid first DB index")
    second = types.ranged(index2, types.INT_MIN, types.INT_MAX, "invalid second DB index")
    databases = ctx.kernel.space.databases
    if not (0 <= first < len(databases) and 0 <= second < len(databases)):
        raise errors.db_index_out_of_range()
    ctx.kernel.space.swap(first, second)
    return OK


@server.command(
    "SHUTDOWN [arg ...]", flags="admin noscript loading stale no_multi allow_busy", since="1.0.0"
)
def shutdown(ctx: Context, args: list[bytes]) -> Reply:
    """Synchronously saves the database(s) to disk and shuts down the server.

    Reply: none; the connection closes.
    """
    words = {word.upper() for word in args}
    if words - {b"SAVE", b"NOSAVE", b"NOW", b"FORCE", b"ABORT"}:
        raise errors.syntax()
    if (b"ABORT" in words and len(words) > 1) or words >= {b"SAVE", b"NOSAVE"}:
        raise errors.syntax()
    if b"ABORT" in words:
        raise errors.err("No shutdown in progress.")
    run = ctx.kernel.scripts.running
    if run is not None and b"NOSAVE" not in words:
        raise scripting_errors.busy(run.kind)
    if not ctx.kernel.persistence.save_at_end(words):
        raise errors.err("Errors trying to SHUTDOWN. Check logs.")
    ctx.session.closing = True
    ctx.kernel.on_shutdown()
    return NOTHING


@server.command("MONITOR", flags=_ADMIN, since="1.0.0")
def monitor(ctx: Context) -> Reply:
    """Streams every request that the server performs, from now on."""
    session, kernel = ctx.session, ctx.kernel
    if ctx.atomic:
        raise errors.err("MONITOR isn't allowed for DENY BLOCKING client")
    if session.monitoring:
        return NOTHING
    session.monitoring = True
    session.regate()
    kernel.monitors[session] = None
    kernel.observe()
    return OK


@server.command("LOLWUT [arg ...]", flags="readonly fast", since="5.0.0")
def lolwut(ctx: Context, args: list[bytes]) -> Reply:
    """Shows the server's version."""
    if len(args) > 1 and args[0].upper() == b"VERSION":
        types.integer(args[1])
    profile = ctx.kernel.profile
    name = "Valkey" if profile.has(_OWN_NAME) else "Redis"
    return Verbatim(f"{name} ver. {profile.version}\n".encode())
