"""SLOWLOG and COMMANDLOG: calls that took long, and those of many bytes."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import Final

from mock_backend import errors
from mock_backend.commands.helping import help_for
from mock_backend.kernel.context import Context
from mock_backend.kernel.reports.call_logs import CallLog, LoggedCall
from mock_backend.replies import OK, Reply
from mock_backend.schema import types
from mock_backend.schema.command import Table

call_logs = Table("server", "")
call_logs.container("SLOWLOG", since="2.2.12", summary="A container for slow log commands.")
call_logs.container(
    "COMMANDLOG", since="valkey-8.1.0", summary="A container for command log commands."
)

_FLAGS: Final = "admin loading stale"


@call_logs.command("SLOWLOG GET [arg ...]", flags=_FLAGS, since="2.2.12", container="SLOWLOG")
def slowlog_get(ctx: Context, args: list[bytes]) -> Reply:
    """Returns the slow log's entries, the newest first.

    Reply: 10 of them, or as many as are asked for; -1 for all.
    """
    if len(args) > 1:
        raise errors.MisplacedWords
    return _shown(ctx.kernel.observer.slow.calls, args[0] if args else b"10")


@call_logs.command("SLOWLOG LEN", flags=_FLAGS, since="2.2.12", container="SLOWLOG")
def slowlog_len(ctx: Context) -> Reply:
    """Returns the number of entries in the slow log."""
    return len(ctx.kernel.observer.slow.calls)


@call_logs.command("SLOWLOG RESET", flags=_FLAGS, since="2.2.12", container="SLOWLOG")
def slowlog_reset(ctx: Context) -> Reply:
    """Clears all entries from the slow log."""
    ctx.kernel.observer.slow.calls.clear()
    return OK


help_for(call_logs, "SLOWLOG", since="6.2.0")


@call_logs.command(
    "COMMANDLOG GET count type", flags=_FLAGS, since="valkey-8.1.0", container="COMMANDLOG"
)
def commandlog_get(ctx: Context, count: bytes, type_: bytes) -> Reply:
    """Returns the specified command log's entries."""
    return _shown(_log(ctx, type_).calls, count)


@call_logs.command(
    "COMMANDLOG LEN type", flags=_FLAGS, since="valkey-8.1.0", container="COMMANDLOG"
)
def commandlog_len(ctx: Context, type_: bytes) -> Reply:
    """Returns the number of entries in the specified type of command log."""
    return len(_log(ctx, type_).calls)


@call_logs.command(
    "COMMANDLOG RESET type", flags=_FLAGS, since="valkey-8.1.0", container="COMMANDLOG"
)
def commandlog_reset(ctx: Context, type_: bytes) -> Reply:
    """Clears all entries from the specified type of command log."""
    _log(ctx, type_).calls.clear()
    return OK


help_for(call_logs, "COMMANDLOG", since="valkey-8.1.0")


def _log(ctx: Context, type_: bytes) -> CallLog:
    observer = ctx.kernel.observer
    match type_.lower():
        case b"slow":
            return observer.slow
        case b"large-request":
            return observer.long_requests
        case b"large-reply":
            return observer.long_replies
    raise errors.err("type should be one of the following: slow, large-request, large-reply")


def _shown(calls: deque[LoggedCall], word: bytes) -> Reply:
    complaint = "count should be greater than or equal to -1"
    count = types.ranged(word, -1, types.INT64_MAX, complaint)
    return [
        [call.id, call.at, call.amount, call.words, call.address.encode(), call.name]
        for call in islice(calls, None if count == -1 else min(count, len(calls)))
    ]
