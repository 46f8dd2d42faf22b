"""Connections between the servers of one process, without sockets.

What one side says the other hears in a turn of its own, after all that was said before; nobody
waits, so that whatever has been said can be settled at any time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Final

from mock_backend.kernel.kernel import Kernel
from mock_backend.kernel.links import REFUSED, Converse, Dial, Link, Talker
from mock_backend.transport.connection import Connection

_LOST: Final = "connection closed"
_LOOPBACK: Final = frozenset(("127.0.0.1", "localhost", "::1"))


class Wires:
    """The connections among some kernels, which are found by their ports."""

    def __init__(self) -> None:
        self._kernels: list[Kernel] = []
        self._down: set[Kernel] = set()
        self._wires: dict[_Wire, None] = {}
        self._queue: deque[Callable[[], object]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._settling = False
        self._addresses = count(50_000)

    def join(self, kernel: Kernel) -> None:
        """What this kernel opens to another of these goes by wire; all else as before."""
        if kernel not in self._kernels:
            self._kernels.append(kernel)
        kernel.dial = partial(self._dial, kernel, kernel.dial)
        kernel.converse = partial(self._converse, kernel.converse)

    def run_in(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Where what is said is heard; ``None``: when somebody settles it."""
        self._loop = loop
        if loop is not None and self._queue:
            loop.call_soon(self.settle)

    def soon(self, action: Callable[[], object]) -> None:
        """Does something after all that was said before, outside of anybody's turn."""
        if not self._queue and self._loop is not None and not self._settling:
            self._loop.call_soon(self.settle)
        self._queue.append(action)

    def settle(self) -> None:
        """Whatever was said is heard now, and what is said because of that."""
        if self._settling:
            return
        self._settling = True
        try:
            while self._queue:
                self._queue.popleft()()
        finally:
            self._settling = False

    def cut(self, kernel: Kernel) -> None:
        """The connections of a kernel break, and it can open no more."""
        self._down.add(kernel)
        for wire in list(self._wires):
            if kernel in (wire.caller, wire.callee):
                wire.lose(_LOST)

    def mend(self, kernel: Kernel) -> None:
        """It can be connected to again."""
        self._down.discard(kernel)

    def forget(self, wire: _Wire) -> None:
        """It is over."""
        self._wires.pop(wire, None)

    def address(self) -> str:
        """Where a caller seems to be."""
        return f"127.0.0.1:{next(self._addresses) % 15_000 + 50_000}"

    def _at(self, host: str, port: int) -> Kernel | None:
        if host not in _LOOPBACK:
            return None
        return next((kernel for kernel in self._kernels if kernel.port == port), None)

    def _dial(
        self,
        caller: Kernel,
        otherwise: Dial,
        host: str,
        port: int,
        talker: Talker,
        source: str = "",
    ) -> Link:
        callee = self._at(host, port)
        if callee is None:
            return otherwise(host, port, talker, source)
        wire = _Wire(self, caller, callee, talker)
        if self._down & {caller, callee}:
            wire.lose(REFUSED)
        else:
            self._wires[wire] = None
            self.soon(wire.open)
        return wire

    def _converse(
        self, otherwise: Converse, host: str, port: int, talker: Talker, seconds: float
    ) -> None:
        callee = self._at(host, port)
        if callee is None:
            otherwise(host, port, talker, seconds)
        elif callee in self._down:
            talker.lost(REFUSED)
        else:
            _Straight(self, callee).hold(talker)


class _Wire:
    """One connection."""

    def __init__(self, wires: Wires, caller: Kernel, callee: Kernel, talker: Talker) -> None:
        self.caller = caller
        self.callee = callee
        self._wires = wires
        self._talker = talker
        self._connection: Connection | None = None
        self._is_over = False

    def open(self) -> None:
        """It stands."""
        if self._is_over:
            return
        self._connection = Connection(
            self.callee,
            flush=self._say,
            close=lambda: self._wires.soon(lambda: self.lose(_LOST)),
            address=self._wires.address(),
            local_address=f"127.0.0.1:{self.callee.port}",
        )
        self.caller.aside(lambda: self._talker.opened(self))

    def send(self, data: bytes) -> None:
        """The caller says this."""
        self._wires.soon(lambda: self._hear(data))

    def _hear(self, data: bytes) -> None:
        if not self._is_over and self._connection is not None:
            self._connection.receive(data)

    def _say(self, data: bytes) -> None:
        """Whoever was called says this."""
        self._wires.soon(lambda: self._answer(data))

    def _answer(self, data: bytes) -> None:
        if not self._is_over:
            self.caller.aside(lambda: self._talker.received(data))

    def close(self) -> None:
        """The caller ends it, once everything was heard."""
        self._wires.soon(self._end)

    def _end(self) -> bool:
        """Whether it had not ended yet."""
        if self._is_over:
            return False
        self._is_over = True
        self._wires.forget(self)
        if self._connection is not None:
            self._connection.lost()
        return True

    def lose(self, reason: str) -> None:
        """It breaks, or cannot be opened: the talker hears of it in a turn of its own."""

        def lost() -> None:
            if self._end():
                self.caller.aside(lambda: self._talker.lost(reason))

        self._wires.soon(lost)


class _Straight:
    """A conversation that is held at once, while the caller may not wait."""

    def __init__(self, wires: Wires, callee: Kernel) -> None:
        self._said: deque[bytes] = deque()
        self._is_over = False
        self._connection = Connection(
            callee,
            flush=self._said.append,
            close=lambda: None,
            address=wires.address(),
            local_address=f"127.0.0.1:{callee.port}",
        )

    def hold(self, talker: Talker) -> None:
        """The whole of it."""
        talker.opened(self)
        while self._said and not self._is_over:
            talker.received(self._said.popleft())
        if not self._is_over:
            talker.lost(_LOST)
        self._connection.lost()

    def send(self, data: bytes) -> None:
        """The caller says this."""
        self._connection.receive(data)

    def close(self) -> None:
        """The caller has heard enough."""
        self._is_over = True
