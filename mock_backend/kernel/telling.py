"""Whom something was told out of turn: pushes, and answers to calls that were parked.

Their transports gather it; it leaves when the turn ends in which it was said, in one piece for
each, and before whoever brought it about is answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mock_backend.kernel.session import Session

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel


class Telling:
    """The sessions of one kernel for which something is gathered."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.told: list[Session] = []

    def add(self, session: Session) -> None:
        """The first of what ``session`` is told in this turn."""
        if not self.told:
            self._kernel.later(self.end)
        self.told.append(session)

    def end(self) -> None:
        """What was gathered leaves, in the order in which the sessions were first told."""
        while self.told:
            told, self.told = self.told, []
            for session in told:
                session.flush()
