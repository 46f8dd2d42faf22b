"""Logs of remarkable calls: what took long, what was asked at length, what was answered at length.

SLOWLOG shows the first of them; since Valkey 8.1 COMMANDLOG shows all three.  Source: slowlog.c,
commandlog.c.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mock_backend.kernel.session import Session

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

_MOST_WORDS: Final = 32
_LONGEST_WORD: Final = 128


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """One entry."""

    id: int
    at: int
    """Unix time in seconds."""
    amount: int
    """Microseconds, or bytes."""
    words: list[bytes]
    address: str
    name: bytes


class CallLog:
    """One log: from which amount on calls are kept, and how many of them."""

    def __init__(self, kernel: Kernel, threshold: str, most: str) -> None:
        self._kernel = kernel
        self._last_id = 0
        self.threshold = threshold
        """The parameter that says from where on; -1: nothing is kept."""
        self.most = most
        """The parameter that says how many."""
        self.calls: deque[LoggedCall] = deque()
        """The newest first."""

    def keep(self, session: Session, words: Sequence[bytes], amount: int) -> None:
        """Adds a call whose ``words`` may be seen."""
        kept = [_shortened(word) for word in words[:_MOST_WORDS]]
        if len(words) > _MOST_WORDS:
            kept[-1] = b"... (%d more arguments)" % (len(words) - _MOST_WORDS + 1)
        at = self._kernel.clock.now_ms() // 1_000
        client = session.caller
        self.calls.appendleft(
            LoggedCall(self._last_id, at, amount, kept, client.address, client.name)
        )
        self._last_id += 1
        self.trim()

    def trim(self) -> None:
        """Lets the oldest go that are too many."""
        most = self._kernel.config.number(self.most)
        while len(self.calls) > most:
            self.calls.pop()


def _shortened(word: bytes) -> bytes:
    if len(word) <= _LONGEST_WORD:
        return word
    return word[:_LONGEST_WORD] + b"... (%d more bytes)" % (len(word) - _LONGEST_WORD)
