"""One line per client, as CLIENT LIST and CLIENT INFO print it (networking.c, catClientInfoString).

Sizes of buffers are what this server holds: nothing, between two commands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mock_backend.kernel.session import Session

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

_BUFFER = 16384


def line(kernel: Kernel, session: Session) -> bytes:
    """The facts of one client, ``name=value`` with blanks between."""
    now = kernel.clock.now_ms()
    choices = kernel.tracking.sessions.get(session)
    redirect = -1 if choices is None else choices.redirect
    queue = session.queue
    facts: list[tuple[str, object]] = [
        ("id", session.id),
        ("addr", session.address),
        ("laddr", session.local_address),
        ("fd", session.id + 7),
        ("name", session.name.decode()),
        ("age", (now - session.created_ms) // 1000),
        ("idle", (now - session.last_ms) // 1000),
        ("flags", flags(kernel, session)),
        ("db", session.context.db.number),
        ("sub", len(session.channels)),
        ("psub", len(session.patterns)),
        ("ssub", len(session.shard_channels)),
        ("multi", -1 if queue is None else len(queue)),
        ("watch", len(session.watched)),
        ("qbuf", 0),
        ("qbuf-free", 0),
        ("argv-mem", 0),
        ("multi-mem", sum(_size(words) for _, words in queue or ())),
        ("rbs", _BUFFER),
        ("rbp", _BUFFER),
        ("obl", 0),
        ("oll", 0),
        ("omem", 0),
        ("tot-mem", _BUFFER + 896),
        ("events", "r"),
        ("cmd", session.last_command or "NULL"),
        ("user", session.user.name.decode("utf-8", "surrogateescape")),
        ("redir", redirect),
        ("resp", session.protocol),
        ("lib-name", session.library_name.decode()),
        ("lib-ver", session.library_version.decode()),
        ("tot-net-in", session.bytes_in),
        ("tot-net-out", session.bytes_out),
        ("tot-cmds", session.calls),
    ]
    return " ".join(f"{name}={value}" for name, value in facts).encode("utf-8", "surrogateescape")


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
        "c": session.closing,
        "e": session.no_evict,
        "T": session.no_touch,
    }
    return "".join(letter for letter, on in states.items() if on) or "N"


def kind(session: Session) -> str:
    """The client's type: ``normal``, ``pubsub``, ``replica`` or ``primary``; who monitors counts as a
    replica.
    """
    if session.is_primary:
        return "primary"
    if session.monitoring or session.is_replica:
        return "replica"
    return "pubsub" if session.is_subscribed else "normal"


def _size(words: object) -> int:
    return sum(len(word) + 24 for word in words) if isinstance(words, (list, tuple)) else 0
