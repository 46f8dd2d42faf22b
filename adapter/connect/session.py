"""Connections as the server sees them: what a command changes in one, how a waiting one is freed,
and which errors mean that it may be gone.  What both sorts of lanes and senders need.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from glide_shared.exceptions import ClosingError, GlideError
from glide_shared.exceptions import ConnectionError as GlideConnectionError
from glide_shared.exceptions import TimeoutError as GlideTimeoutError
from glide_shared.request_type import RequestType

from adapter.connect.options import FOR_EVER_MS, Settings
from adapter.translate.plan import CUSTOM, Native, Words

IDLE = 8
"""Borrowed connections that are kept for the next caller."""
GRACE = 1.0
"""Seconds for a reply that was on its way when a waiting caller gave up."""
SEVERAL = 100
COMMAND_MS = 0.1
"""What each command of a batch of more than ``SEVERAL`` adds to the time that it may take."""
PATIENCE_MS = 500
"""What several callers who share a batch wait longer at most; no more than their limit again."""
NOT_THERE = (ClosingError, GlideConnectionError, GlideTimeoutError)
"""A call failed on its way, rather than at the server."""

TAKEN_FOR_WRITES = frozenset(
    {
        CUSTOM,
        RequestType.Asking,
        RequestType.FailOver,
        RequestType.Quit,
        RequestType.ReadOnly,
        RequestType.ReadWrite,
        RequestType.ReplConf,
        RequestType.UnWatch,
        RequestType.Wait,
        RequestType.WaitAof,
    }
)
"""What GLIDE would not send singly, being told that we only read; in batches it does not look."""

Client = TypeVar("Client")


@dataclass(slots=True)
class Borrowed(Generic[Client]):
    """A connection that one caller holds."""

    client: Client
    settings: Settings
    id: int | None = None
    """The server's CLIENT ID, for CLIENT UNBLOCK; asked for when it is first needed."""
    waiting: bool = False
    """A command is under way that the server may hold back for ever."""


def doubtful(error: BaseException) -> bool:
    """Whether the server may be gone: before the next call it is asked."""
    return isinstance(error, NOT_THERE) or "connect failed" in str(error)


def after(words: Words, settings: Settings) -> Settings | None:
    """The settings once the server has said OK to ``words``; None if nothing has changed."""
    match [word.upper() for word in words[:2]]:
        case [b"SELECT", number]:
            return settings.at(int(number))
        case [b"CLIENT", b"SETNAME"] if len(words) == 3:
            return settings.named(words[2].decode(errors="replace") or None)
        case [b"AUTH", _]:
            *user, password = (word.decode(errors="replace") for word in words[1:])
            return replace(
                settings,
                username=user[0] if user else None,
                password=password,
                credential_provider=None,
            )
    return None


def only(replies: list[Any] | None) -> Any:
    """The reply of a batch of one; an error is raised."""
    reply = replies[0] if replies else None
    if isinstance(reply, GlideError):
        raise reply
    return reply


def demoted(replies: list[Any] | None) -> bool:
    """Whether a reply says that the master has become a replica."""
    return any(
        isinstance(reply, GlideError) and " - ReadOnly: " in str(reply) for reply in replies or ()
    )


DEMOTED = "The previous master is now a slave"
"""redis-py's words."""


def time_limit(commands: int, limit_ms: int, *, limited: bool, callers: int = 1) -> int | None:
    """The milliseconds that a batch may take; None: the connection's own limit.

    redis-py's socket_timeout is for each reply, GLIDE's limit for the whole batch: a long one has
    more time, and so has one that several callers share, lest a slow command of one be the others'
    loss.  A server that has gone silent is still noticed soon.
    """
    more = round(commands * COMMAND_MS) if commands > SEVERAL else 0
    if callers > 1:
        more += min(limit_ms, PATIENCE_MS)
    if not limited and not more:
        return None
    return min(limit_ms + more, FOR_EVER_MS)


CLIENT_ID: Native = (RequestType.ClientId, [])
READONLY: Native = (RequestType.ReadOnly, [])

Preamble = Callable[[], Sequence[Native]]
"""What goes ahead of every batch that is no transaction, since GLIDE forgets it on reconnecting."""
NO_PREAMBLE: Preamble = tuple


def unblocking(number: int | None) -> Native:
    """Ends the waiting of the connection with that CLIENT ID; 0 matches none."""
    return (RequestType.ClientUnblock, [b"%d" % (number or 0)])


def introducing(library: tuple[str, str]) -> list[Native]:
    """Says which library is talking; refused by servers that do not ask."""
    return [
        (RequestType.ClientSetInfo, [b"LIB-NAME", library[0].encode()]),
        (RequestType.ClientSetInfo, [b"LIB-VER", library[1].encode()]),
    ]


def killing(number: int) -> Native:
    """Ends the connection with that CLIENT ID."""
    return (RequestType.ClientKill, [b"ID", b"%d" % number])


def vouches(native: Native) -> bool:
    """Whether its reply is about what was written through its connection: WAIT and WAITAOF."""
    return native[0] in (RequestType.Wait, RequestType.WaitAof)


def elsewhere(native: Native, reply: Any) -> Native:
    """The same question for another connection; if time has run out on the first, it only looks."""
    wanted = native[1][:-1]
    numbers = reply if isinstance(reply, list) else [reply]
    met = all(int(want) <= number for want, number in zip(wanted, numbers, strict=True))
    return native if met else (native[0], [*wanted, b"1"])


def least(one: Any, other: Any) -> Any:
    """What both connections vouch for."""
    return list(map(min, one, other)) if isinstance(one, list) else min(one, other)
