"""How calls that wait are answered: served when a key changes, or given up.

Serving is performing the same call again, after the running command has ended.  Who waits for what
is kept in waiting.py.  Source: blocked.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mock_backend.kernel import gates
from mock_backend.kernel.waiting import Parked
from mock_backend.profile import Since
from mock_backend.replies import Block, Reply, ReplyError

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

_LEAVES_EXPIRED: Final = Since("7.2.0")
"""A key that has expired wakes nobody, and is not removed for that either."""
_PERFORMS_ANEW: Final = Since("7.2.0")
"""Whoever is woken has its call performed anew; before, it was served from the key that woke it."""


class Serving:
    """Answers the parked calls of one kernel."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._leaves_expired = kernel.profile.has(_LEAVES_EXPIRED)
        self._performs_anew = kernel.profile.has(_PERFORMS_ANEW)

    def serve(self) -> None:
        """Serves whoever waits for a key that has changed; what they were answered is sent."""
        kernel = self._kernel
        if kernel.scripts.busy:
            return  # what it has written is nobody's before it ends
        kernel.space.now_ms = kernel.clock.now_ms()  # what was pushed may have expired by now
        kernel.waiting.serve(self._attempt)
        kernel.listen()

    def _attempt(self, parked: Parked, key: bytes) -> None:
        """Performs a parked call again, if ``key`` holds what it waits for."""
        kernel = self._kernel
        context = parked.session.context
        if parked.kind is not None:
            if not isinstance(context.db.values.get(key), parked.kind):
                return
            at_ms = context.db.expiry_ms(key)
            expired = at_ms is not None and at_ms <= kernel.space.now_ms
            if expired and (self._leaves_expired or context.db.lookup(key) is None):
                return
        anew = self._performs_anew
        if anew and (parked.session.gated or kernel.gated):
            refused = gates.refuse_anew(kernel, parked.session, parked.command, parked.words)
            if refused is not None:
                parked.command.rejected += 1
                kernel.statistics.count_error(refused.code)
                self.release(parked, refused.said_by(kernel.profile))
                return
        kernel.current = parked.session
        words = parked.words if anew or parked.alone is None else parked.alone(key)
        reply = kernel.perform(context, parked.command, words)
        if type(reply) is not Block:
            self.release(parked, reply)
        elif anew:
            kernel.waiting.wait_on(parked)

    def give_up(self, parked: Parked, reply: Reply) -> None:
        """Answers a parked call that was not served; it counts all the same."""
        parked.command.given_up += 1
        if type(reply) is ReplyError:
            parked.command.failed += 1
            self._kernel.statistics.count_error(reply.code)
        self.release(parked, reply)

    def release(self, parked: Parked, reply: Reply) -> None:
        """Answers a parked call and lets its session go on with its next request."""
        kernel = self._kernel
        kernel.waiting.release(parked)
        parked.session.calls += 1
        parked.session.send(reply)
        parked.session.hush()
        if kernel.tracking:
            kernel.tracking.tell_own(parked.session)
        kernel.later(parked.session.wake)
