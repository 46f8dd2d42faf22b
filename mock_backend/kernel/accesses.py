"""How uses of keys are noted: by time, by frequency under an LFU policy, or not at all for clients
that said CLIENT NO-TOUCH.

While there is such a client every call comes by here, on its way through the gates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mock_backend.kernel.session import Session
from mock_backend.schema.command import Command
from mock_backend.store.frequencies import Frequencies, Untouched, plain

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel


class Accesses:
    """What ``Database.accessed`` is, in all databases of one kernel."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._untouched = False
        self.selective = False
        """Whether some clients leave no trace."""
        for name in ("maxmemory-policy", "lfu-log-factor", "lfu-decay-time"):
            kernel.config.heard_by(name, self._new_policy)

    @property
    def frequent(self) -> bool:
        """Whether uses are counted."""
        return self._kernel.config.text("maxmemory-policy").endswith("lfu")

    def arrange(self) -> None:
        """To be called when CLIENT NO-TOUCH was said, or whoever said it has gone."""
        self.selective = any(each.no_touch for each in self._kernel.sessions.values())
        if not self.selective:
            self._leave_untouched(False)
        self._kernel.observe()

    def note(self, session: Session, command: Command) -> None:
        """Before a call is performed: whether what it uses is noted."""
        self._leave_untouched(session.caller.no_touch and command.name != "touch")

    def _leave_untouched(self, untouched: bool) -> None:
        if untouched is self._untouched:
            return
        self._untouched = untouched
        for database in self._kernel.space.databases:
            times = plain(database.accessed)
            database.accessed = Untouched(times) if untouched else times

    def _new_policy(self, _value: str) -> None:
        config = self._kernel.config
        self._leave_untouched(False)
        for database in self._kernel.space.databases:
            times = database.accessed
            if not self.frequent:
                database.accessed = dict(times)
                continue
            if not isinstance(times, Frequencies):
                times = database.accessed = Frequencies(times, log_factor=0, decay_minutes=0)
            times.log_factor = config.number("lfu-log-factor")
            times.decay_minutes = config.number("lfu-decay-time")
