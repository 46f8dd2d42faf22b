"""Which keys are in which slot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mock_backend.kernel.cluster.slots import slot_of

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel


class SlotKeys:
    """The keys of one kernel by slot: counted anew when somebody asks after something changed."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._slots: dict[int, list[bytes]] = {}
        self._seen: tuple[int, int] = (-1, -1)
        """The state of the keyspace that ``_slots`` tells of."""

    def of(self, slot: int) -> Sequence[bytes]:
        """The keys in a slot."""
        space = self._kernel.space
        values = space.databases[0].values
        state = (space.dirty, len(values))
        if state != self._seen:
            self._seen = state
            self._slots = {}
            for key in values:
                self._slots.setdefault(slot_of(key), []).append(key)
        return self._slots.get(slot, ())

    def remove(self, slot: int) -> None:
        """Removes what is in a slot: it is somebody else's by now."""
        database = self._kernel.space.databases[0]
        for key in list(self.of(slot)):
            if database.discard(key):
                database.touch(key, "del")
