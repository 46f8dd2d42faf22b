"""Consumer groups of a stream: who was given which entry and has not acknowledged it.

A pending entry stands in two lists, the group's and its consumer's, both ordered by ID; the methods
here keep them in step.
"""

from __future__ import annotations

from collections.abc import Iterator

from sortedcontainers import SortedDict


class Pending:
    """One delivery that waits for its XACK."""

    __slots__ = ("consumer", "count", "delivered_ms")

    def __init__(self, consumer: Consumer, delivered_ms: int, count: int = 1) -> None:
        self.consumer = consumer
        self.delivered_ms = delivered_ms
        self.count = count
        """How often it was delivered."""


class Consumer:
    """One reader of a group."""

    __slots__ = ("active_ms", "name", "pending", "seen_ms")

    def __init__(self, name: bytes, now_ms: int) -> None:
        self.name = name
        self.seen_ms = now_ms
        """When it last asked."""
        self.active_ms = -1
        """When it was last given anything; -1: never."""
        self.pending: SortedDict[int, Pending] = SortedDict()


class Group:
    """One consumer group."""

    __slots__ = ("consumers", "entries_read", "last_id", "pending")

    def __init__(self, last_id: int, entries_read: int | None) -> None:
        self.last_id = last_id
        """The ID of the last entry that was delivered for the first time."""
        self.entries_read = entries_read
        """How many were; ``None`` if that cannot be told."""
        self.pending: SortedDict[int, Pending] = SortedDict()
        self.consumers: dict[bytes, Consumer] = {}

    def assign(self, entry_id: int, consumer: Consumer, now_ms: int) -> Pending:
        """Makes an entry pending at ``consumer``, delivered once, wherever it was before."""
        pending = self.pending.get(entry_id)
        if pending is None:
            pending = self.pending[entry_id] = Pending(consumer, now_ms)
            consumer.pending[entry_id] = pending
        else:
            self.hand_over(entry_id, pending, consumer)
            pending.delivered_ms = now_ms
            pending.count = 1
        return pending

    def hand_over(self, entry_id: int, pending: Pending, consumer: Consumer) -> None:
        """Gives a pending entry to another consumer."""
        if pending.consumer is not consumer:
            del pending.consumer.pending[entry_id]
            consumer.pending[entry_id] = pending
            pending.consumer = consumer

    def settle(self, entry_id: int) -> bool:
        """The entry is no longer pending; whether it was."""
        pending: Pending | None = self.pending.pop(entry_id, None)
        if pending is None:
            return False
        del pending.consumer.pending[entry_id]
        return True

    def dismiss(self, consumer: Consumer) -> int:
        """Removes a consumer and what it has pending; how many entries that were."""
        for entry_id in consumer.pending:
            del self.pending[entry_id]
        del self.consumers[consumer.name]
        return len(consumer.pending)

    def by_name(self) -> Iterator[Consumer]:
        """The consumers in the order of their names."""
        return (self.consumers[name] for name in sorted(self.consumers))
