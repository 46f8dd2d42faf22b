"""One line per client, as CLIENT LIST and CLIENT INFO print it (networking.c, catClientInfoString).

Sizes of buffers are what this server holds: what has not been read to its end, what has not been
sent, what is queued.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from mock_backend.kernel.session import Session
from mock_backend.profile import Since
from mock_backend.resp.requests import encoded

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

_BUFFER: Final = 16384
_STRUCTURE: Final = 896
_PIECE: Final = 16384 + 40
"""A piece of the list in which replies wait to be sent."""

_REMEMBERED: Final = 32
"""A channel, a watched key or a prefix that the server remembers of a client (networking.c,
getClientMemoryUsage).
"""
_ROOM: Final = 20474
_KEPT_MS: Final = 2_000

_CAME: Final = {
    "watch": Since("redis-7.4.0,valkey-8.0.0"),
    "lib-name": Since("7.2.0"),
    "lib-ver": Since("7.2.0"),
    "io-thread": Since("redis-8.0.0"),
    "tot-net-in": Since("valkey-8.0.0"),
    "tot-net-out": Since("valkey-8.0.0"),
    "tot-cmds": Since("valkey-8.0.0"),
    "capa": Since("valkey-8.1.0"),
}


def line(kernel: Kernel, session: Session, words: Sequence[bytes] = ()) -> bytes:
    """The facts of one client, ``name=value`` with blanks between.

    ``words``: what this client is just asking for, if it is the one that asks.
    """
    now = kernel.clock.now_ms()
    choices = kernel.tracking.sessions.get(session)
    redirect = -1 if choices is None else choices.redirect
    queue = session.queue
    unsent = session.unsent()
    pieces = -(-unsent // _BUFFER)
    unread = session.unread
    room = 0
    if kernel.profile.line == "redis":  # it reads into a buffer that clients keep for a while
        unread += len(encoded(words)) if words else 0
        kept = now - session.last_ms < _KEPT_MS
        room = max(0, max(_ROOM, session.last_read) - unread) if kept else 0
    elif unread:
        room = max(0, _ROOM - unread)
    facts: list[tuple[str, object]] = [
        ("id", session.id),
        ("addr", session.address),
        ("laddr", session.local_address),
        ("fd", session.id + 7),
        ("name", session.name.decode()),
        ("age", (now - session.created_ms) // 1000),
        ("idle", (now - session.last_ms) // 1000),
        ("flags", flags(kernel, session)),
        ("capa", "r" if b"redirect" in session.capabilities else ""),
        ("db", session.context.db.number),
        ("sub", len(session.channels)),
        ("psub", len(session.patterns)),
        ("ssub", len(session.shard_channels)),
        ("multi", -1 if queue is None else len(queue)),
        ("watch", len(session.watched)),
        ("qbuf", unread),
        ("qbuf-free", room),
        ("argv-mem", sum(map(len, words))),
        ("multi-mem", _queued(session)),
        ("rbs", _BUFFER),
        ("rbp", _BUFFER),
        ("obl", 0),
        ("oll", pieces),
        ("omem", pieces * _PIECE),
        ("tot-mem", memory(session)),
        ("events", "r"),
        ("cmd", session.last_command or "NULL"),
        ("user", session.user.name.decode("utf-8", "surrogateescape")),
        ("redir", redirect),
        ("resp", session.protocol),
        ("lib-name", session.library_name.decode()),
        ("lib-ver", session.library_version.decode()),
        ("io-thread", 0),
        ("tot-net-in", session.bytes_in),
        ("tot-net-out", session.bytes_out),
        ("tot-cmds", session.calls),
    ]
    profile = kernel.profile
    shown = [
        f"{name}={value}" for name, value in facts if name not in _CAME or profile.has(_CAME[name])
    ]
    return " ".join(shown).encode("utf-8", "surrogateescape")


def memory(session: Session) -> int:
    """The bytes that a client takes."""
    listening = len(session.channels) + len(session.patterns) + len(session.shard_channels)
    remembered = listening + len(session.watched) + prefixes(session)
    return _BUFFER + _STRUCTURE + buffered(session) + remembered * _REMEMBERED


def buffered(session: Session) -> int:
    """The bytes that wait: to be read to their end, to be sent, to be performed."""
    waiting = -(-session.unsent() // _BUFFER) * _PIECE
    return session.unread + waiting + _queued(session)


def prefixes(session: Session) -> int:
    """How many prefixes of keys the client is told of."""
    choices = session.context.kernel.tracking.sessions.get(session)
    return 0 if choices is None else len(choices.prefixes)


def _queued(session: Session) -> int:
    """The bytes of a transaction that has not ended."""
    return sum(_size(words) for _, words in session.queue or ())


def flags(kernel: Kernel, session: Session) -> str:
    """One letter for each state that the client is in; ``N`` for none."""
    choices = kernel.tracking.sessions.get(session)
    states = {
        "O": session.monitoring,
        "M": session.is_primary,
        "S": session.is_replica,
        "P": session.is_subscribed,
        "x": session.queue is not None,
        "b": session.parked is not None,
        "t": choices is not None,
        "R": choices is not None and choices.broken,
        "B": choices is not None and choices.broadcast,
        "d": session.watch_broken,
        "r": session.reads_only,
        "c": session.closing,
        "e": session.no_evict,
        "T": session.no_touch,
        "I": session.imports,
    }
    return "".join(letter for letter, on in states.items() if on) or "N"


def kind(session: Session) -> str:
    """The client's type: ``normal``, ``pubsub``, ``replica`` or ``primary``."""
    if session.is_primary:
        return "primary"
    if session.is_replica:
        return "replica"
    return "pubsub" if session.is_subscribed else "normal"


def _size(words: Sequence[bytes]) -> int:
    return sum(len(word) + 24 for word in words)
