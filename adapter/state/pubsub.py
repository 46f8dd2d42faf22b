"""Who listens to what, and what has been heard and not yet read; pure.

GLIDE hands over messages and nothing else: the confirmations of SUBSCRIBE and UNSUBSCRIBE, with
their counts, are made here, in the place among the messages where the server would have put them.
What comes out has the shape of redis's own push replies, which redis-py's ``handle_message``
turns into its dicts.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Reply = list[bytes | int | None]

SUBSCRIBING = {b"SUBSCRIBE": b"subscribe", b"PSUBSCRIBE": b"psubscribe"}
UNSUBSCRIBING = {b"UNSUBSCRIBE": b"unsubscribe", b"PUNSUBSCRIBE": b"punsubscribe"}

SHARDED = frozenset({b"SSUBSCRIBE", b"SUNSUBSCRIBE"})
SHARDED_NEEDS_CLUSTER = (
    "sharded channels need a cluster (GLIDE ends the process over one on a single server);"
    " use subscribe() and publish()"
)


@dataclass(frozen=True, slots=True)
class Change:
    """What GLIDE is to be asked for: ``names`` join or leave; nothing to do if there are none."""

    command: bytes
    names: frozenset[bytes]


def while_alive(heard: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """The method ``heard`` as long as its PubSub lives.

    A GLIDE client holds its callback, and the lanes hold the client: a PubSub that its owner has
    forgotten would listen for ever.
    """
    method = weakref.WeakMethod(heard)

    def call(message: Any, context: Any) -> None:
        if (alive := method()) is not None:
            alive(message, context)

    return call


class PubSubBridge:
    """The state of one PubSub.  Not thread-safe: its shell holds the lock."""

    def __init__(self) -> None:
        self._channels: dict[bytes, None] = {}
        self._patterns: dict[bytes, None] = {}
        self.inbox: deque[Reply] = deque()

    @property
    def count(self) -> int:
        """Channels and patterns that are listened to, as confirmations count them."""
        return len(self._channels) + len(self._patterns)

    def join(self, command: bytes, names: Iterable[bytes]) -> Change:
        """SUBSCRIBE or PSUBSCRIBE: confirms at once, so that no message can come before its
        confirmation.
        """
        listening = self._listening(command)
        new = []
        for name in names:
            if name not in listening:
                listening[name] = None
                new.append(name)
            self.inbox.append([SUBSCRIBING[command], name, self.count])
        return Change(command, frozenset(new))

    def failed_to_join(self, change: Change) -> None:
        """The server was not reached: nothing is listened to, and nothing was confirmed."""
        listening = self._listening(change.command)
        for name in change.names:
            listening.pop(name, None)
        kind = SUBSCRIBING[change.command]
        kept = [
            reply for reply in self.inbox if not (reply[0] == kind and reply[1] in change.names)
        ]
        self.inbox = deque(kept)

    def leaving(self, command: bytes, names: Iterable[bytes]) -> tuple[Change, list[bytes]]:
        """UNSUBSCRIBE or PUNSUBSCRIBE: what to ask for, and the names to confirm with ``left``
        afterwards.
        """
        listening = self._listening(command)
        wanted = list(names) or list(listening)
        return Change(command, frozenset(name for name in wanted if name in listening)), wanted

    def left(self, command: bytes, names: list[bytes]) -> None:
        """The server has let go: one confirmation each, or a single one if nothing was listened
        to.
        """
        listening = self._listening(command)
        for name in names:
            listening.pop(name, None)
            self.inbox.append([UNSUBSCRIBING[command], name, self.count])
        if not names:
            self.inbox.append([UNSUBSCRIBING[command], None, self.count])

    def heard(self, channel: bytes, data: bytes, pattern: bytes | None) -> bool:
        """Takes in a message; False if it is for nobody (any more)."""
        if pattern is None:
            if channel not in self._channels:
                return self._late(b"unsubscribe", channel, [b"message", channel, data])
            self.inbox.append([b"message", channel, data])
        else:
            if pattern not in self._patterns:
                return self._late(b"punsubscribe", pattern, [b"pmessage", pattern, channel, data])
            self.inbox.append([b"pmessage", pattern, channel, data])
        return True

    def _late(self, kind: bytes, name: bytes, message: Reply) -> bool:
        """GLIDE may hand over a message behind the reply to the UNSUBSCRIBE that came after it: it
        stands before the confirmation, as long as nobody has read that.
        """
        for place, reply in enumerate(self.inbox):
            if reply[0] == kind and reply[1] == name:
                self.inbox.insert(place, message)
                return True
        return False

    def pong(self, data: bytes) -> None:
        """The answer to a PING."""
        self.inbox.append([b"pong", data])

    def forget(self) -> None:
        """As after closing: nothing listened to, nothing left to read."""
        self._channels.clear()
        self._patterns.clear()
        self.inbox.clear()

    def _listening(self, command: bytes) -> dict[bytes, None]:
        return self._patterns if command.startswith(b"P") else self._channels
