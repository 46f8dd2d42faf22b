"""CLIENT PAUSE: calls are held, and performed later in the order in which they came.

A held call is parked without keys; its session reads no further.  Source: networking.c
(pauseActions), server.c (processCommand).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mock_backend.schema.command import Command

if TYPE_CHECKING:
    from mock_backend.kernel.session import Session
    from mock_backend.kernel.waiting import Parked


class Pause:
    """Whether the clients are paused, and what waits for the end of it."""

    def __init__(self) -> None:
        self.until_ms = 0
        """When it ends; 0: nobody is paused."""
        self.everything = False
        """Whether reads are held, too."""
        self.held: dict[Parked, None] = {}

    def begin(self, until_ms: int, *, everything: bool) -> None:
        """Pauses; a pause that is running becomes neither shorter nor milder."""
        running = self.until_ms > 0
        self.until_ms = max(self.until_ms, until_ms)
        self.everything = everything or (running and self.everything)

    def end(self) -> list[Parked]:
        """Ends the pause; the calls that were held, in their order."""
        held = list(self.held)
        self.held.clear()
        self.until_ms = 0
        self.everything = False
        return held

    def holds(self, session: Session, command: Command) -> bool:
        """Whether this call has to wait."""
        if not self.until_ms or session.monitoring:
            return False
        return self.everything or writes(command) or _is_writing_exec(session, command)


def writes(command: Command) -> bool:
    """Whether replicas might have to hear of it."""
    return "write" in command.flags or "may_replicate" in command.flags


def _is_writing_exec(session: Session, command: Command) -> bool:
    queue: Sequence[tuple[Command, Sequence[bytes]]] = session.queue or ()
    return command.name == "exec" and any(writes(queued) for queued, _ in queue)
