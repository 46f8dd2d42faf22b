"""A client without a socket: words go straight to the kernel, meanings come back as they are.

For unit tests and for looking into a server from the same thread.  Follows the rule of every
transport: a parked client's further requests wait until it has been answered.
"""

from __future__ import annotations

from collections import deque

from mock_backend.kernel.kernel import Kernel
from mock_backend.kernel.session import Session
from mock_backend.replies import Block, Many, Push, Reply

Argument = bytes | str | int | float


class MemoryClient:
    """One session of a kernel, called like a function: ``client("SET", "k", 1)``."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._queue: deque[list[bytes]] = deque()
        self.session: Session = kernel.connect(address="127.0.0.1:0", local_address="127.0.0.1:0")
        self.session.send = self._take
        self.session.wake = self._proceed
        self.out: list[Reply] = []
        """Everything that was answered or pushed since it was last cleared, in order; errors are
        ``ReplyError`` values.
        """

    def __call__(self, *words: Argument) -> Reply:
        """The reply to ``words``; a list for several replies, ``None`` while the client waits (see
        ``waiting``).
        """
        before = len(self.out)
        self._queue.append([_encoded(word) for word in words])
        self._proceed()
        self._kernel.run_later()
        answers = [reply for reply in self.out[before:] if type(reply) is not Push]
        if len(answers) == 1:
            return answers[0]
        return answers or None

    @property
    def waiting(self) -> bool:
        """Whether a call is parked."""
        return self.session.parked is not None

    def pushes(self) -> list[Reply]:
        """The pushes among ``out``, taken out of it."""
        pushes = [reply for reply in self.out if type(reply) is Push]
        self.out = [reply for reply in self.out if type(reply) is not Push]
        return pushes

    def close(self) -> None:
        """Disconnects."""
        self._kernel.disconnect(self.session)

    def _proceed(self) -> None:
        while self._queue and not self.waiting:
            reply = self._kernel.entrance(self.session, self._queue.popleft())
            if type(reply) is not Block:
                self._take(reply)

    def _take(self, reply: Reply) -> None:
        if type(reply) is Many:
            self.out.extend(reply)
        else:
            self.out.append(reply)


def _encoded(word: Argument) -> bytes:
    if isinstance(word, bytes):
        return word
    return (repr(word) if isinstance(word, float) else str(word)).encode()
