"""Which keys are in which slot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from mock_backend.kernel.cluster.slots import slot_of
from mock_backend.profile import Since

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel


_TELLS_REPLICAS: Final = Since("7.2.0")
"""Replicas hear of keys that are removed because their slot is another node's by now."""


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
        kernel = self._kernel
        database = kernel.space.databases[0]
        lazily = kernel.config.flag("lazyfree-lazy-server-del")
        for key in list(self.of(slot)):
            if database.discard(key):
                database.touch(key, "del")
                if kernel.profile.has(_TELLS_REPLICAS):
                    kernel.replication.say(0, [b"UNLINK" if lazily else b"DEL", key])
