"""A slot on its way from one node to another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self, TypeAlias

from mock_backend.cluster.node import MockNode

Key: TypeAlias = bytes | str
InTurn: TypeAlias = Callable[[Callable[[], None]], None]
"""Does something between two requests; done when it returns."""


class Migration:
    """A slot that is on its way from one node to another: ``MIGRATING`` here, ``IMPORTING`` there,
    and its keys where they are.
    """

    def __init__(self, in_turn: InTurn, slot: int, source: MockNode, target: MockNode) -> None:
        self._in_turn = in_turn
        self.slot = slot
        self.source = source
        self.target = target

    def move(self, *keys: Key) -> None:
        """Keys of the slot go over; those that are not there are passed over."""
        words = [key.encode() if isinstance(key, str) else key for key in keys]
        self._in_turn(lambda: self._move(words))

    def finish(self) -> None:
        """All keys go over, and the slot is the other node's."""
        self._in_turn(self._finish)

    def cancel(self) -> None:
        """Both nodes forget that the slot was moving; keys that have gone stay where they are."""

        def stable() -> None:
            for node in (self.source, self.target):
                node.say("CLUSTER", "SETSLOT", self.slot, "STABLE")

        self._in_turn(stable)

    def begin(self) -> None:
        """Marks the slot at both nodes."""
        self.target.say("CLUSTER", "SETSLOT", self.slot, "IMPORTING", self.source.id)
        self.source.say("CLUSTER", "SETSLOT", self.slot, "MIGRATING", self.target.id)

    def _move(self, keys: Iterable[bytes]) -> None:
        for key in keys:
            if self.source.kernel.space.databases[0].lookup(key) is None:
                continue
            payload, lifetime = self.source.say("DUMP", key), self.source.say("PTTL", key)
            self.target.say("RESTORE-ASKING", key, max(0, lifetime), payload, "REPLACE")
            self.source.say("DEL", key)

    def _finish(self) -> None:
        self._move(list(self.source.view.keys.of(self.slot)))
        for node in (self.target, self.source):
            if node.is_master:  # the source is none any more, if it was its last slot
                node.say("CLUSTER", "SETSLOT", self.slot, "NODE", self.target.id)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.finish()
