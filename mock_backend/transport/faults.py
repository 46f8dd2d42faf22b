"""What a server does wrong when a test asks for it: error lines, silence, broken connections.

``MockServer.faults`` is one of these.  A fault is set for a command as clients send it, whatever
the client, and happens to the next call of it (or the next few, or to all)::

    server.faults.next("GET").error("LOADING Redis is loading the dataset in memory")
    server.faults.next("GET", times=2, skip=1).delay(0.2)
    server.faults.every("PING").silence()
    server.faults.next("INCR").cut(1)
    with server.faults.refusing():
        ...

Commands inside scripts and the queue of EXEC are no calls of a client: ``EXEC`` and ``EVALSHA``
are.  While no fault is set, nothing of this is in the way of a request.  Source: none; real servers
need a broken network for it.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from mock_backend.kernel.kernel import Kernel
from mock_backend.kernel.session import Session
from mock_backend.kernel.waiting import Parked
from mock_backend.replies import NOTHING, Block, Raw, Reply, ReplyError
from mock_backend.resp.writer import encoded

Words: TypeAlias = Sequence[bytes]
Effect: TypeAlias = Callable[[Session, Words], Reply]
InTurn: TypeAlias = Callable[[Callable[[], None]], None]
"""Does something between two requests, on whatever thread the server runs."""

ANY: Final = ""
"""In place of a command's name: whatever is said next, HELLO included."""


class Doors(Protocol):
    """What a fault needs of the transport."""

    def shut(self) -> None:
        """Whoever comes is refused."""

    def unshut(self) -> None:
        """Clients are let in again, by the same port."""

    def throw_out(self, session: Session | None, *, reset: bool) -> None:
        """Ends the connection of a client (``None``: of all) at once; ``reset``: without the end
        of the stream, so that the other side is told that it was broken off.
        """


@dataclass(slots=True, eq=False)
class _Armed:
    """A fault that has not happened yet, or not often enough."""

    name: bytes
    skip: int
    left: float
    effect: Effect

    def fits(self, words: Words) -> bool:
        """Whether it is meant for this call."""
        wanted = self.name.split()
        return [word.lower() for word in words[: len(wanted)]] == wanted


def _check(name: str, number: float, least: int) -> None:
    if number < least:
        raise ValueError(f"{name} is {least} or more, not {number}")


class Occasion:
    """When a fault shall happen; its methods say which, and set it.

    Errors: ``ValueError``, for numbers that cannot be.
    """

    def __init__(self, faults: Faults, name: str, times: float, skip: int) -> None:
        _check("times", times, 1)
        _check("skip", skip, 0)
        self._faults = faults
        self._place = (name.encode().lower(), skip, times)

    def error(self, line: str) -> None:
        """The call is refused with this line (``OOM command not allowed ...``); in MULTI it is not
        queued, and EXEC will fail.
        """
        code, _, text = line.partition(" ")
        self._set(lambda session, words: self._faults.refuse(session, words, code, text))

    def raw(self, data: bytes) -> None:
        """These bytes are the answer, whatever they are; the call is not performed."""
        self._set(lambda session, words: Raw(data))

    def delay(self, seconds: float) -> None:
        """The call is performed at once and answered so much later, and what the client says
        meanwhile after it.
        """
        _check("seconds", seconds, 0)
        self._set(lambda session, words: self._faults.slowly(session, words, math.inf, seconds))

    def pieces(self, size: int = 1, pause: float = 0.0) -> None:
        """The answer comes in pieces of so many bytes, ``pause`` seconds before each."""
        _check("size", size, 1)
        _check("pause", pause, 0)
        self._set(lambda session, words: self._faults.slowly(session, words, size, pause))

    def silence(self) -> None:
        """There is no answer, to this call or to any that the client sends after it."""
        self._set(self._faults.never)

    def close(self, *, after: bool = False) -> None:
        """The connection is closed before the call is performed, or ``after`` it was answered."""
        self._set(self._faults.answered_last if after else self._faults.closed)

    def cut(self, size: int) -> None:
        """The call is performed, and the connection closed after so many bytes of the answer."""
        _check("size", size, 0)
        self._set(lambda session, words: self._faults.cut(session, words, size))

    def reset(self) -> None:
        """The connection is broken off before the call is performed: "connection reset by peer"."""
        self._set(self._faults.broken_off)

    def _set(self, effect: Effect) -> None:
        name, skip, times = self._place
        self._faults.arm(_Armed(name, skip, times, effect))


class Faults:
    """The faults of one server; may be set from any thread."""

    def __init__(self, kernel: Kernel, doors: Doors, in_turn: InTurn) -> None:
        self._kernel = kernel
        self._doors = doors
        self._in_turn = in_turn
        self._armed: list[_Armed] = []
        self.met = 0
        """How many calls have met a fault."""

    def next(self, command: str, *, times: int = 1, skip: int = 0) -> Occasion:
        """The next call of ``command`` (``"GET"``, ``"CLIENT SETNAME"``, ``""`` for any), or so
        many; ``skip`` calls pass before.
        """
        return Occasion(self, command, times, skip)

    def every(self, command: str) -> Occasion:
        """Every call of ``command`` until ``clear``."""
        return Occasion(self, command, math.inf, 0)

    def clear(self) -> None:
        """No fault is set any more; silence that has begun does not end."""

        def disarm() -> None:
            self._armed.clear()
            self._look()

        self._in_turn(disarm)

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Whoever wants to connect meanwhile is refused; who is connected stays so."""
        self._in_turn(self._doors.shut)
        try:
            yield
        finally:
            self._in_turn(self._doors.unshut)

    def drop(self, *, reset: bool = False) -> None:
        """Ends every connection now; waiting calls are not answered."""
        self._in_turn(lambda: self._doors.throw_out(None, reset=reset))

    def arm(self, fault: _Armed) -> None:
        """Sets a fault; those that were set earlier come first."""

        def add() -> None:
            self._armed.append(fault)
            self._look()

        self._in_turn(add)

    def _look(self) -> None:
        """Stands before the kernel while there is something to do."""
        kernel = self._kernel
        kernel.entrance = self._meet if self._armed else kernel.submit
        kernel.entrance_of_rows = self._meet_first if self._armed else kernel.perform_row

    def _meet_first(self, session: Session, requests: deque[list[bytes]]) -> list[Reply]:
        """Takes the first request off, and no other: a fault may be meant for it."""
        return [self._meet(session, requests.popleft())]

    def _meet(self, session: Session, words: Words) -> Reply:
        """The kernel's ``submit``, unless a fault is meant for this call."""
        for fault in self._armed:
            if fault.fits(words):
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.left -= 1
                if not fault.left:
                    self._armed.remove(fault)
                    self._look()
                self.met += 1
                return fault.effect(session, words)
        return self._kernel.submit(session, words)

    # what happens

    def refuse(self, session: Session, words: Words, code: str, text: str) -> Reply:
        """An error before the call is performed."""
        kernel = self._kernel
        try:
            command = kernel.resolve(words)
        except ReplyError:
            command = None
        return kernel.reject(session, ReplyError(code, text), command, words)

    def never(self, session: Session, words: Words) -> Reply:
        """No answer; the client is heard no further."""
        self._hold(session, words)
        return Block((), 0, kind=None)

    def closed(self, session: Session, words: Words) -> Reply:
        """The end of the stream, and nothing before it."""
        session.closing = True
        session.abandon()
        return NOTHING

    def broken_off(self, session: Session, words: Words) -> Reply:
        """No end of the stream either."""
        session.closing = True
        self._doors.throw_out(session, reset=True)
        return NOTHING

    def answered_last(self, session: Session, words: Words) -> Reply:
        """The answer, and the end of the stream."""
        reply = self._kernel.submit(session, words)
        session.closing = True
        return reply

    def cut(self, session: Session, words: Words, size: int) -> Reply:
        """A part of the answer, and the end of the stream."""
        reply = self._kernel.submit(session, words)
        if type(reply) is Block:
            session.closing = True
            return reply
        if session.reply_mode != "on":  # who is told nothing would stay
            return self.closed(session, words)
        session.closing = True
        return Raw(encoded(reply, session.protocol)[:size])

    def slowly(self, session: Session, words: Words, size: float, pause: float) -> Reply:
        """The answer in pieces; a call that waits is answered as ever."""
        reply = self._kernel.submit(session, words)
        if type(reply) is Block:
            return reply
        data = encoded(reply, session.protocol)
        if not data or session.reply_mode != "on":
            return reply
        step = len(data) if size == math.inf else int(size)
        pieces = [data[start : start + step] for start in range(0, len(data), step)]
        self._say(self._hold(session, words), pieces, pause)
        return Block((), 0, kind=None)

    def _hold(self, session: Session, words: Words) -> Parked:
        """The client is heard no further until it is answered."""
        kernel = self._kernel
        try:
            command = kernel.resolve(words)
        except ReplyError:
            command = kernel.commands[b"ping"]
        return kernel.waiting.park(
            session, command, words, Block((), 0, kind=None), int(kernel.space.now_ms)
        )

    def _say(self, parked: Parked, pieces: Sequence[bytes], pause: float) -> None:
        kernel, session = self._kernel, parked.session
        loop = asyncio.get_running_loop()

        def say(number: int) -> None:
            if parked not in kernel.waiting.parked:
                return  # the client is gone
            session.send(Raw(pieces[number]))
            session.flush()
            if number + 1 < len(pieces):
                loop.call_later(pause, say, number + 1)
            else:
                kernel.aside(lambda: kernel.serving.release(parked, NOTHING))

        loop.call_later(pause, say, 0)
