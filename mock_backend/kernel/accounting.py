"""What is counted of a performed call, and who is told of it, in all the cases that are rare.

Who performs calls counts the common ones itself, in the same way: one that has not failed, does not
wait, and took less than ``Kernel.notable_ns`` (``Kernel.perform``, rows.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mock_backend.kernel import lookups
from mock_backend.replies import Block, Reply, ReplyError
from mock_backend.schema.command import Command

if TYPE_CHECKING:
    from mock_backend.kernel.context import Context
    from mock_backend.kernel.kernel import Kernel


def account(
    kernel: Kernel,
    context: Context,
    command: Command,
    words: Sequence[bytes],
    reply: Reply,
    elapsed: int,
) -> Reply:
    """Counts any call that was performed in so many nanoseconds, and tells whom it concerns; what
    is answered: a ``Block`` only where the call may wait.
    """
    kind = type(reply)
    if kind is Block:
        if not context.atomic:  # it counts once it has been answered
            if elapsed >= kernel.notable_ns:
                kernel.observer.note(context, command, words, elapsed, reply)
            return reply
        reply = reply.otherwise
    looks = bool(command.looks)
    if kind is ReplyError:
        command.failed += 1
        looks = looks and lookups.has_looked(command, reply)
        if not reply.counted:
            kernel.statistics.count_error(reply.code)
    if looks:
        if words[1] in context.db.values:
            kernel.space.hits += 1
        else:
            lookups.missed(context.db, words[1])
    command.nanoseconds += elapsed
    command.latencies[elapsed.bit_length()] += 1
    if elapsed >= kernel.notable_ns:
        kernel.observer.note(context, command, words, elapsed, reply)
    return reply
