"""How the callers of a batch are woken: all of them in one callback of the event loop.

A future that is done asks the loop for a callback for each who awaits it, and asyncio's loop makes
an object for every one of those, and runs it through four functions that are written in Python: a
tenth of what a call takes.  The replies to a batch are there all at once.  So who awaits them is
taken down before the futures are told, and called in the same order and context, and in the same
turn of the loop, as he would have been.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextvars import Context
from typing import Any

Future = asyncio.Future[Any]
Woken = tuple[Context, Callable[[Future], object], Future]

POSSIBLE = hasattr(asyncio.Future, "_callbacks")
"""Whether futures say who awaits them, as CPython's do."""


class Waker:
    """Tells the futures of one event loop what they have waited for."""

    __slots__ = ("_loop", "_woken", "is_waking")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._woken: list[Woken] = []
        self.is_waking = False
        """Whether more than one caller is being woken: the others may have something to ask, too.
        """

    def tell(self, told: Iterable[tuple[Future, Any]]) -> None:
        """Gives each future its result, or nothing if its caller was cancelled."""
        if not POSSIBLE or self._loop.get_debug():
            # somebody wants to see each callback by itself
            for future, result in told:
                if not future.done():
                    future.set_result(result)
            return
        woken: list[Woken] = []
        for future, result in told:
            try:
                ((callback, context),) = future._callbacks
            except (TypeError, ValueError):
                # nobody awaits it, any more or yet, or several do
                if not future.done():
                    future.set_result(result)
            else:
                future.remove_done_callback(callback)
                future.set_result(result)
                woken.append((context, callback, future))
        if len(woken) == 1:
            ((context, callback, future),) = woken
            self._loop.call_soon(callback, future, context=context)
        elif woken:
            self._wake_soon(woken)

    def _wake_soon(self, woken: list[Woken]) -> None:
        if not self._woken:
            self._loop.call_soon(self._wake)
        self._woken += woken

    def _wake(self) -> None:
        woken, self._woken = self._woken, []
        self.is_waking = len(woken) > 1
        each = iter(woken)
        try:
            for context, callback, future in each:
                context.run(callback, future)
        finally:
            self.is_waking = False
            if left := [*each]:
                # one of them has raised, which is the loop's business: the others have their turn
                self._wake_soon(left)
