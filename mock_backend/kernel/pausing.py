"""CLIENT PAUSE: calls are held, and performed later in the order in which they came.

A held call is parked without keys; its session reads no further.  Source: networking.c
(pauseActions), server.c (processCommand).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from mock_backend.kernel.session import Session
from mock_backend.kernel.waiting import Parked
from mock_backend.profile import Since
from mock_backend.replies import Block
from mock_backend.schema.command import Command

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

_HIDES_HELD: Final = Since("7.2.0")
"""What was held is not shown to who monitors, neither when it comes nor when it is performed."""


class Pause:
    """Whether the clients of one kernel are paused, and what waits for the end of it."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.until_ms = 0
        """When it ends; 0: nobody is paused."""
        self._everything = False
        """Whether reads are held, too."""
        self._held: dict[Parked, None] = {}

    def begin(self, until_ms: int, *, everything: bool) -> None:
        """Pauses; a pause that is running becomes neither shorter nor milder."""
        running = self.until_ms > 0
        self.until_ms = max(self.until_ms, until_ms)
        self._everything = everything or (running and self._everything)
        self._kernel.observe()
        self._kernel.on_alarm(self.until_ms)

    def end(self) -> None:
        """Ends the pause; what was held is performed once the running command has ended."""
        for held in self._held:
            self._kernel.later(partial(self._take_up, held))
        self.until_ms = 0
        self._everything = False
        self._kernel.observe()

    @property
    def actions(self) -> str:
        """What is held: ``none``, ``write`` or ``all``."""
        return "none" if not self.until_ms else "all" if self._everything else "write"

    @property
    def reason(self) -> str:
        """Who asked for it: ``none`` or ``client_pause``."""
        return "client_pause" if self.until_ms else "none"

    @property
    def left_ms(self) -> int:
        """How long it will last."""
        return max(0, self.until_ms - self._kernel.space.now_ms) if self.until_ms else 0

    def concerns(self, session: Session, command: Command, words: Sequence[bytes]) -> bool:
        """Whether this call has to wait."""
        if not self.until_ms or session.monitoring or session.is_replica:
            return False
        may_write = self._kernel.scripts.may_write
        if command.name == "exec" and any(may_write(*queued) for queued in session.queue or ()):
            return True
        return self._everything or may_write(command, words)

    def hold(self, session: Session, command: Command, words: Sequence[bytes]) -> Block:
        """Parks the call until the pause is over."""
        block = Block((), 0, kind=None)
        now_ms = self._kernel.space.now_ms
        self._held[self._kernel.waiting.park(session, command, words, block, now_ms)] = None
        return block

    def holds(self, parked: Parked) -> bool:
        """Whether it is the pause that this call waits for."""
        return parked in self._held

    def _take_up(self, held: Parked) -> None:
        """Performs a call that was held, as if it came only now."""
        kernel = self._kernel
        self._held.pop(held, None)  # not before: until then nobody may unblock it
        if held not in kernel.waiting.parked:
            return
        kernel.waiting.release(held)
        session = held.session
        kernel.observer.hidden = session if kernel.profile.has(_HIDES_HELD) else None
        reply = kernel.submit(session, held.words)
        kernel.observer.hidden = None
        if type(reply) is not Block:
            session.send(reply)
            session.wake()
