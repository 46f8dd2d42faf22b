"""Requests in a row: what a client has sent at once.

Most calls are plain: they read or change keys, and cannot touch what holds for the client's other
calls (who listens, what is gated, whether it waits).  While nothing is gated and nobody listens to
changes, plain calls that stand behind each other are performed in one loop, which asks once what
``Kernel.submit`` and ``Kernel.perform`` ask for each.  Every other call goes there, alone.
"""

from __future__ import annotations

from collections import deque
from time import perf_counter_ns
from typing import TYPE_CHECKING, Final

from mock_backend.kernel.accounting import account
from mock_backend.replies import Members, Pairs, Reply, ReplyError
from mock_backend.schema.command import Command

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel
    from mock_backend.kernel.session import Session

AT_ONCE_NS: Final = 500_000
"""After so long a row ends, and the time is asked for anew."""
AT_ONCE_BYTES: Final = 64 * 1024
"""After so many bytes of replies, too: they are sent, and whoever does not take them is not heard
any further.
"""
ELEMENT_BYTES: Final = 256
"""What an element of an array counts."""
_ARRAYS: Final = frozenset((list, tuple, Pairs, Members))

_GROUPS: Final = frozenset(
    "bitmap generic geo hash hyperloglog list set sorted-set stream string".split()
)
_NOT_PLAIN: Final = frozenset(("blocking", "noscript", "admin"))
_ELSEWHERE: Final = frozenset(("migrate", "wait", "waitaof"))
"""What else deals with more than this server's keys."""


def is_plain(command: Command) -> bool:
    """Whether calls of it can be performed in a row."""
    return (
        command.group in _GROUPS
        and not command.subcommands
        and not command.flags & _NOT_PLAIN
        and command.name not in _ELSEWHERE
    )


def perform_row(kernel: Kernel, session: Session, requests: deque[list[bytes]]) -> list[Reply]:
    """Performs the first of ``requests``, and as many behind it as can be performed in the same
    row, and takes them off; the reply to each.

    A ``Block`` as the last one means that the session is parked now.  No request is empty.  Errors
    are replies, never raised.
    """
    space, plain = kernel.space, kernel.plain
    if requests[0][0] not in plain or session.gated or kernel.gated or space.listener is not None:
        return [kernel.submit(session, requests.popleft())]
    context, notable_ns = session.context, kernel.notable_ns
    values = context.db.values
    space.now_ms = session.last_ms = kernel.clock.now_ms()
    replies: list[Reply] = []
    answered = replies.append
    clock = perf_counter_ns
    started = clock()
    latest = started + AT_ONCE_NS
    hits, room = 0, AT_ONCE_BYTES
    for words in requests:
        command = plain.get(words[0])
        if command is None or not command.least <= len(words) <= command.most:
            break
        try:
            reply = command.run(context, words)
        except ReplyError as error:
            reply = error.said_by(kernel.profile)
        except Exception as error:  # as in Kernel.perform
            reply = kernel.bug(error)
        ended = clock()
        elapsed = ended - started
        started = ended
        kind = type(reply)
        if kind is bytes:
            room -= len(reply)
        elif kind in _ARRAYS:
            room -= len(reply) * ELEMENT_BYTES
        if kind is ReplyError or elapsed >= notable_ns:
            reply = account(kernel, context, command, words, reply, elapsed)
        else:
            if command.looks:
                if words[1] in values:
                    hits += 1
                else:
                    space.misses += 1
            command.nanoseconds += elapsed
            command.latencies[elapsed.bit_length()] += 1
        answered(reply)
        if room < 0 or ended > latest:
            break
    count = len(replies)
    if not count:
        return [kernel.submit(session, requests.popleft())]
    space.hits += hits
    session.calls += count
    session.last_command = plain[requests[count - 1][0]].name
    if count == len(requests):
        requests.clear()
    else:
        for _ in range(count):
            requests.popleft()
    return replies
