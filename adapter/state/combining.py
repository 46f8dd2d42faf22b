"""Gathers what the threads of a synchronous client ask at the same time into one batch; no client
in here.

Whoever finds nobody leading leads: he sends what waits, his own among it, and when the replies are
there he hands the lead to somebody who waits by then.  A thread that is alone pays for one lock.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from adapter.state.batching import MOST_BYTES, MOST_COMMANDS
from adapter.translate.plan import Native

Carry = Callable[[list[Native]], list[Any]]
"""Sends a batch; an error of a command stands in its place.  What it raises, all callers get."""


class Caller:
    """A thread that waits for its reply, or to be told that it leads."""

    __slots__ = ("gone", "leads", "native", "reply", "signal")

    def __init__(self, native: Native) -> None:
        self.native = native
        self.reply: Any = None
        self.leads = False
        self.gone = False
        self.signal = threading.Lock()
        self.signal.acquire()


class Combiner:
    """The queue in front of one connection; thread-safe, and empty in a forked child."""

    def __init__(self, carry: Carry, most: int = MOST_COMMANDS) -> None:
        self._carry = carry
        self._most = most
        self._forget()

    def _forget(self) -> None:
        self._pid = os.getpid()
        self._lead = threading.Lock()
        """Held as long as somebody leads; given back by whoever leads last."""
        # entered again by a finalizer that runs while it is held
        self._queue = threading.RLock()
        self._leader = 0
        self._waiting: deque[Caller] = deque()

    def ask(self, native: Native) -> Any:
        """The reply to one request, in whose batch so ever.

        Errors: as values, those of ``carry`` as well.
        """
        if self._pid != os.getpid():
            # those who hold the parent's locks do not exist here
            self._forget()
        if self._lead.acquire(blocking=False):
            return self._alone(native) if not self._waiting else self._leading(Caller(native))
        if self._leader == threading.get_ident():
            # a finalizer, in the middle of our own sending: nobody else would ever answer it
            return self._sent([native])[0]
        caller = Caller(native)
        with self._queue:
            self._waiting.append(caller)
        # who led may have looked for a successor a moment too early
        if self._lead.acquire(blocking=False):
            self._pass_on()
        self._wait(caller)
        if caller.leads:
            return self._leading(caller)
        return caller.reply

    def _wait(self, caller: Caller) -> None:
        try:
            caller.signal.acquire()
        except BaseException:
            # Ctrl-C: nobody is to wait for who has gone
            with self._queue:
                caller.gone = True
            if caller.leads:
                self._pass_on()
            raise

    def _sent(self, natives: list[Native]) -> list[Any]:
        try:
            return self._carry(natives)
        except Exception as error:
            return [error] * len(natives)

    def _alone(self, native: Native) -> Any:
        self._leader = threading.get_ident()
        try:
            return self._sent([native])[0]
        finally:
            self._pass_on()

    def _leading(self, leader: Caller) -> Any:
        """Sends a batch of all who wait; the leader is not among them."""
        self._leader = threading.get_ident()
        callers = [leader, *self._aboard(leader)]
        lost = InterruptedError("the thread that was sending this call was interrupted")
        replies: list[Any] = [lost] * len(callers)
        try:
            replies = self._sent([caller.native for caller in callers])
        finally:
            self._pass_on()
            for caller, reply in zip(callers[1:], replies[1:], strict=True):
                caller.reply = reply
                caller.signal.release()
        return replies[0]

    def _aboard(self, leader: Caller) -> list[Caller]:
        size = sum(map(len, leader.native.words))
        aboard: list[Caller] = []
        with self._queue:
            while self._waiting and len(aboard) + 1 < self._most:
                caller = self._waiting[0]
                size += sum(map(len, caller.native.words))
                if size > MOST_BYTES:
                    break
                self._waiting.popleft()
                if not caller.gone:
                    aboard.append(caller)
        return aboard

    def _pass_on(self) -> None:
        """Makes somebody who waits the leader; if nobody does, there is none."""
        self._leader = 0
        while True:
            with self._queue:
                while self._waiting:
                    caller = self._waiting.popleft()
                    if not caller.gone:
                        caller.leads = True
                        caller.signal.release()
                        return
            self._lead.release()
            # somebody may have come between
            if not self._waiting or not self._lead.acquire(blocking=False):
                return
