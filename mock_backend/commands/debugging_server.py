"""What DEBUG does to the server as a whole: its end, its new beginning, and its pace."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from typing import Final

from mock_backend import errors
from mock_backend.kernel.context import Context
from mock_backend.profile import Since
from mock_backend.replies import NOTHING, OK, Reply, Simple
from mock_backend.schema import types

_SINCE: Final = {
    b"DELAY-RDB-CLIENT-FREE-SECONDS": Since("valkey-8.0.0"),
    b"CLIENT-ENFORCE-REPLY-LIST": Since("valkey-8.1.0"),
    b"PAUSE-AFTER-FORK": Since("valkey-8.0.0"),
    b"CLOSE-CLUSTER-LINK-ON-PACKET-DROP": Since("valkey-8.0.0"),
}
_WITHOUT_EFFECT: Final = {
    b"LEAK": 1,
    b"LOG": 1,
    b"AOF-FLUSH-SLEEP": 1,
    b"DROP-CLUSTER-PACKET-FILTER": 1,
    b"DELAY-RDB-CLIENT-FREE-SECONDS": 1,
    b"PAUSE-AFTER-FORK": 1,
    b"CLIENT-ENFORCE-REPLY-LIST": 1,
    b"CLOSE-CLUSTER-LINK-ON-PACKET-DROP": 1,
}
"""Known, and taken with so many words: what they concern does not exist here."""

_CRASHES: Final = frozenset((b"ASSERT", b"PANIC", b"SEGFAULT", b"OOM"))

HELP: Final = """
DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
ASSERT | OOM | PANIC | SEGFAULT
    End the server at once.
CHANGE-REPL-ID
    Give the replication history a new name.
CRASH-AND-RECOVER [<milliseconds>] | RESTART [<milliseconds>]
    Drop every client, and begin again with what was last saved.
DIGEST | DIGEST-VALUE <key> [<key> ...]
    The data, or single values, as a number of 40 digits.
ERROR <string>
    Reply with this error.
HTSTATS <dbid> | HTSTATS-KEY <key> | LISTPACK <key> | OBJECT <key> | QUICKLIST <key> | SDSLEN <key>
    How something is kept.
LOADAOF | RELOAD [option ...]
    Write the data into an image, and read it again.
PAUSE-CRON <0|1>
    Do nothing by itself.
POPULATE <count> [<prefix>] [<size>]
    Make so many keys that hold strings.
PROTOCOL <type>
    Reply with something of this type.
REPLICATE <string>
    Tell replicas this.
SET-ACTIVE-EXPIRE <0|1>
    Whether keys expire by themselves.
SLEEP <seconds>
    Do nothing for a while.
HELP
    Print this help.
"""


def perform(ctx: Context, subcommand: bytes, args: Sequence[bytes]) -> Reply | None:
    """The reply; ``None`` if this is no such subcommand, or these are not its words."""
    name, count = subcommand.upper(), len(args)
    since = _SINCE.get(name)
    if since is not None and not ctx.kernel.profile.has(since):
        return None
    if _WITHOUT_EFFECT.get(name) == count:
        return OK
    match name:
        case b"HELP" if not count:
            return [Simple(line.encode()) for line in HELP.strip().splitlines()]
        case b"PAUSE-CRON" if count == 1:
            ctx.kernel.cron_paused = args[0] != b"0"
            return OK
        case b"REPLICATE" if count:
            ctx.kernel.replication.say(ctx.db.number, list(args))
            return OK
        case b"CRASH-AND-RECOVER" | b"RESTART" if count <= 1:
            for word in args:
                types.integer(word)
            ctx.session.closing = True
            ctx.kernel.later(ctx.kernel.begin_again)
            return NOTHING
        case b"CLIENT-EVICTION" if not count:
            if not ctx.kernel.limits.evicting:
                raise errors.err("maxmemory-clients is disabled.")
            return []
        case b"MALLCTL" | b"MALLCTL-STR" if count in {1, 2}:
            raise errors.err("No such file or directory")
        case b"CONFIG-REWRITE-FORCE-ALL" if not count:
            return _write_everything(ctx)
    if name in _CRASHES:
        ctx.session.closing = True
        ctx.kernel.on_shutdown()
        return NOTHING
    return None


def _write_everything(ctx: Context) -> Reply:
    """CONFIG REWRITE of all parameters, also of those that nobody has touched."""
    write = ctx.kernel.config.rewrite
    try:
        if write is None:
            raise OSError(errno.EFAULT, os.strerror(errno.EFAULT))
        write(True)
    except OSError as error:
        raise errors.err(f"CONFIG-REWRITE-FORCE-ALL failed: {error.strerror}") from None
    return OK
