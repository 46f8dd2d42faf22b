"""Gathers what the threads of a synchronous client ask at the same time into batches; no client in
here.

As long as few threads ask, each sends for itself.  Where there are many, whoever finds nobody
sending sends what waits, his own among it, and when the replies are there somebody who waits by
then goes on.  A thread's own calls stay in order, since it waits for each.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from adapter.state.batching import MOST_BYTES, MOST_COMMANDS
from adapter.translate.plan import Native

FEW = 4
"""So many threads are faster each for itself than one waiting for the other's batch."""

Carry = Callable[[list[Native]], list[Any]]
"""Sends a batch; an error of a command stands in its place.  What it raises, all callers get."""


class Caller:
    """A thread that waits for its reply, or to be told that it leads a batch."""

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

    def __init__(self, carry: Carry, most: int = MOST_COMMANDS, few: int = FEW) -> None:
        self._carry = carry
        self._most = most
        self._few = few
        self._forget()

    def _forget(self) -> None:
        self._pid = os.getpid()
        self._asking: set[int] = set()
        """The threads that are inside ``ask``."""
        self._lock = threading.Lock()
        """Held while any of the following changes, and never while a batch is under way."""
        self._under_way = 0
        self._waiting: deque[Caller] = deque()
        self._crowd = 0
        """How many asked at a time lately: forgotten one by one, with each batch."""

    def ask(self, native: Native) -> Any:
        """The reply to one request, in whose batch so ever.

        Errors: as values, those of ``carry`` as well.
        """
        if self._pid != os.getpid():
            # who holds the parent's lock does not exist here
            self._forget()
        thread = threading.get_ident()
        if thread in self._asking:
            # a finalizer, in the middle of a call of this thread, which may hold the lock
            return self._sent([native])[0]
        self._asking.add(thread)
        try:
            with self._lock:
                if self._may_leave():
                    caller = None
                    self._leave(1)
                else:
                    caller = Caller(native)
                    self._waiting.append(caller)
                    self._crowd = max(self._crowd, self._under_way + len(self._waiting))
            if caller is not None:
                return self._in_company(caller)
            try:
                return self._sent([native])[0]
            finally:
                self._return(1)
        finally:
            self._asking.discard(thread)

    def _may_leave(self) -> bool:
        few = self._under_way < self._few and self._crowd <= self._few
        return few or not self._under_way

    def _leave(self, count: int) -> None:
        self._under_way += count
        self._crowd = max(self._crowd - 1, self._under_way)

    def _sent(self, natives: list[Native]) -> list[Any]:
        try:
            return self._carry(natives)
        except Exception as error:
            return [error] * len(natives)

    def _in_company(self, caller: Caller) -> Any:
        try:
            caller.signal.acquire()
        except BaseException:
            # Ctrl-C: nobody is to wait for who has gone
            with self._lock:
                caller.gone = True
            if caller.leads:
                self._return(1)
            raise
        return self._leading(caller) if caller.leads else caller.reply

    def _leading(self, leader: Caller) -> Any:
        """Sends a batch of all who wait by now; the leader is not among them."""
        led = self._aboard(leader)
        lost = InterruptedError("the thread that was sending this call was interrupted")
        replies: list[Any] = [lost] * (1 + len(led))
        try:
            replies = self._sent([leader.native, *(caller.native for caller in led)])
        finally:
            self._return(len(replies))
            for caller, reply in zip(led, replies[1:], strict=True):
                caller.reply = reply
                caller.signal.release()
        return replies[0]

    def _aboard(self, leader: Caller) -> list[Caller]:
        size = sum(map(len, leader.native[1]))
        aboard: list[Caller] = []
        with self._lock:
            while self._waiting and 1 + len(aboard) < self._most:
                caller = self._waiting[0]
                size += sum(map(len, caller.native[1]))
                if size > MOST_BYTES:
                    break
                self._waiting.popleft()
                if not caller.gone:
                    aboard.append(caller)
            self._leave(len(aboard))
        return aboard

    def _return(self, count: int) -> None:
        """So many calls are under way no more; somebody who waits leads the next ones."""
        with self._lock:
            self._under_way -= count
            while self._waiting and self._may_leave():
                caller = self._waiting.popleft()
                if not caller.gone:
                    caller.leads = True
                    self._leave(1)
                    caller.signal.release()
                    return
