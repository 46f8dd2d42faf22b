"""Who listens to what, what has been heard and not yet read, and which events that makes; pure.

GLIDE hands over messages and nothing else: the confirmations of SUBSCRIBE and UNSUBSCRIBE, with
their counts, are made here, in the place among the messages where the server would have put them.
What comes out has the shape of redis's own push replies: redis-py's ``handle_message`` turns it
into its dicts, ``events`` into what ioredis would emit.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Reply = list[bytes | int | None] | bytes | Exception
"""A push reply, the bare answer to a PING, or the error that a reader is to meet."""

SUBSCRIBING = {b"SUBSCRIBE": b"subscribe", b"PSUBSCRIBE": b"psubscribe"}
UNSUBSCRIBING = {b"UNSUBSCRIBE": b"unsubscribe", b"PUNSUBSCRIBE": b"punsubscribe"}
SHARDED = frozenset({b"SSUBSCRIBE", b"SUNSUBSCRIBE"})
JOINING = {b"subscribe": b"SUBSCRIBE", b"psubscribe": b"PSUBSCRIBE", b"ssubscribe": b"SSUBSCRIBE"}
LEAVING = {
    b"unsubscribe": b"SUBSCRIBE",
    b"punsubscribe": b"PSUBSCRIBE",
    b"sunsubscribe": b"SSUBSCRIBE",
}
"""Confirmations, and the command that they confirm or undo."""


@dataclass(frozen=True, slots=True)
class Change:
    """``names`` are asked to join or leave, as the caller named them; ``new`` are those of which
    the server must be told.
    """

    command: bytes
    names: tuple[bytes, ...]
    new: frozenset[bytes]


def while_alive(method: Callable[..., None], *context: Any) -> Callable[..., None]:
    """Calls ``method`` (behind its arguments, ``context``) as long as its owner lives.

    A GLIDE client holds its callback, and the lanes hold the client: whoever its owner has
    forgotten would listen for ever.
    """
    owner: weakref.ref[Any] = weakref.ref(method.__self__)  # type: ignore[attr-defined]
    function: Callable[..., None] = method.__func__  # type: ignore[attr-defined]

    def call(*args: Any) -> None:
        if (alive := owner()) is not None:
            function(alive, *args, *context)

    return call


class Outlet(deque[Reply]):
    """What one reader has not read yet."""

    def insert_before(self, kind: bytes, name: bytes, message: Reply) -> None:
        """Puts ``message`` before that confirmation; nowhere, if it has been read already."""
        for place, reply in enumerate(self):
            if isinstance(reply, list) and reply[0] == kind and reply[1] == name:
                self.insert(place, message)
                return


class Subscriptions:
    """The state of one bridge.  Not thread-safe: its shell holds the lock."""

    def __init__(self) -> None:
        self._channels: dict[bytes, None] = {}
        self._patterns: dict[bytes, None] = {}
        self._asked: Change | None = None
        self._outlets: list[Outlet] = []

    def outlet(self) -> Outlet:
        """A new reader, who gets everything from now on."""
        self._outlets.append(outlet := Outlet())
        return outlet

    @property
    def count(self) -> int:
        """Channels and patterns that are listened to, as confirmations count them."""
        return len(self._channels) + len(self._patterns)

    def join(self, command: bytes, names: Iterable[bytes]) -> Change:
        """SUBSCRIBE or PSUBSCRIBE begins; it ends with ``joined`` or ``refused``."""
        wanted, listening = tuple(names), self._listening(command)
        new = frozenset(name for name in wanted if name not in listening)
        self._asked = Change(command, wanted, new)
        return self._asked

    def joined(self) -> None:
        """The server has confirmed what was asked for."""
        change, self._asked = self._asked, None
        if change is None:
            return
        listening = self._listening(change.command)
        for name in change.names:
            listening[name] = None
            self.deliver([SUBSCRIBING[change.command], name, self.count])

    def refused(self) -> None:
        """The server has refused, or was not reached: nothing has changed."""
        self._asked = None

    def leave(self, command: bytes, names: Iterable[bytes]) -> Change:
        """UNSUBSCRIBE or PUNSUBSCRIBE begins; no names: all.  It ends with ``left``."""
        listening = self._listening(command)
        wanted = tuple(names) or tuple(listening)
        return Change(command, wanted, frozenset(name for name in wanted if name in listening))

    def left(self, change: Change) -> None:
        """The server has let go: one confirmation each, or a single one if nothing was listened
        to.
        """
        listening, kind = self._listening(change.command), UNSUBSCRIBING[change.command]
        for name in change.names:
            listening.pop(name, None)
            self.deliver([kind, name, self.count])
        if not change.names:
            self.deliver([kind, None, self.count])

    def heard(self, channel: bytes, data: bytes, pattern: bytes | None) -> None:
        """Takes in a message."""
        if pattern is None:
            if self._asked is None and channel in self._channels:
                message: Reply = [b"message", channel, data]
                for outlet in self._outlets:
                    outlet.append(message)
                return
            self._take_in(b"SUBSCRIBE", channel, [b"message", channel, data])
        else:
            self._take_in(b"PSUBSCRIBE", pattern, [b"pmessage", pattern, channel, data])

    def _take_in(self, command: bytes, name: bytes, message: Reply) -> None:
        asked = self._asked
        if asked is not None and asked.command == command and name in asked.new:
            # the first message is as good as the confirmation, which stands before it
            self.joined()
        if name in self._listening(command):
            self.deliver(message)
            return
        # GLIDE may hand over a message behind the reply to the UNSUBSCRIBE that came after it
        left = UNSUBSCRIBING[command.replace(b"SUBSCRIBE", b"UNSUBSCRIBE")]
        for outlet in self._outlets:
            outlet.insert_before(left, name, message)

    def deliver(self, reply: Reply, *, but: Outlet | None = None) -> None:
        """Hands a reply to every reader ``but`` one."""
        for outlet in self._outlets:
            if outlet is not but:
                outlet.append(reply)

    def forget(self, *, but: Outlet | None = None) -> list[tuple[bytes, tuple[bytes, ...]]]:
        """As after closing: nothing listened to, nothing left to read for anyone ``but`` one.

        Returns the commands and names that would restore what was listened to.
        """
        listened = ((b"SUBSCRIBE", self._channels), (b"PSUBSCRIBE", self._patterns))
        were = [(command, tuple(names)) for command, names in listened if names]
        self._channels.clear()
        self._patterns.clear()
        self._asked = None
        for outlet in self._outlets:
            if outlet is not but:
                outlet.clear()
        return were

    def _listening(self, command: bytes) -> dict[bytes, None]:
        return self._patterns if command.startswith(b"P") else self._channels


class Confirmed:
    """What one connection listens to as the server itself confirms it, and how many answers are
    still to come.
    """

    def __init__(self) -> None:
        self.names: dict[bytes, dict[bytes, None]] = {command: {} for command in JOINING.values()}
        """What was joined by SUBSCRIBE, PSUBSCRIBE and SSUBSCRIBE."""
        self._awaited = 0
        self.refusal: Exception | None = None
        """The server's answer to the latest command, if it was an error."""

    @property
    def count(self) -> int:
        """Channels and patterns that are listened to, as confirmations count them."""
        return len(self.names[b"SUBSCRIBE"]) + len(self.names[b"PSUBSCRIBE"])

    def asked(self, command: bytes, names: list[bytes]) -> None:
        """A command goes out: of these three, of those that undo them, or PING."""
        self.refusal = None
        if not command.endswith(b"SUBSCRIBE"):
            self._awaited = 1
        else:
            listening = self.names[command.replace(b"UNSUBSCRIBE", b"SUBSCRIBE")]
            self._awaited = max(1, len(names or listening))

    @property
    def answered(self) -> bool:
        """Whether all answers have come."""
        return self._awaited <= 0

    def take_in(self, reply: Reply) -> None:
        """Looks at what the server says."""
        match reply:
            case Exception():
                self._awaited, self.refusal = 0, reply
            case [bytes() as kind, bytes() as name, int()] if kind in JOINING:
                self.names[JOINING[kind]][name] = None
                self._awaited -= 1
            case [bytes() as kind, name, int()] if kind in LEAVING:
                if isinstance(name, bytes):
                    self.names[LEAVING[kind]].pop(name, None)
                self._awaited -= 1
            case bytes() | [b"pong", _]:
                self._awaited -= 1


Event = tuple[str, tuple[Any, ...]]


def events(reply: Reply, decode: Callable[[Any], Any]) -> Iterator[Event]:
    """ioredis' events for one reply: ``(name, arguments)``.

    ``message (channel, message)``, ``smessage`` alike, ``pmessage (pattern, channel, message)``, as
    text; each again as ``...Buffer``, as bytes (the pattern stays text).  Confirmations, as older
    node clients told them: ``subscribe (channel, count)`` and its kin, the channel ``None`` if
    there was nothing to leave.  ``error (exception)``.
    """
    match reply:
        case Exception():
            yield "error", (reply,)
        case [b"pmessage", pattern, channel, data]:
            yield "pmessage", (decode(pattern), decode(channel), decode(data))
            yield "pmessageBuffer", (decode(pattern), channel, data)
        case [b"message" | b"smessage" as kind, channel, data]:
            yield kind.decode(), (decode(channel), decode(data))
            yield kind.decode() + "Buffer", (channel, data)
        case [bytes() as kind, name, count]:
            yield kind.decode(), (decode(name), count)
