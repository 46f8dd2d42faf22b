"""Who listens to which channel.

Exact and sharded channels are looked up; patterns are matched one by one.  Delivery is in the
server's order: the exact subscribers by the time they came, then the patterns.
"""

from __future__ import annotations

from typing import Final

from mock_backend.kernel.session import Session
from mock_backend.profile import DEFAULT, Marked, Profile, Since
from mock_backend.replies import Push
from mock_backend.store.glob import matches

Listeners = dict[bytes, dict["Session", None]]

_KEEPS_ORDER: Final = Since("7.2.0")
_STRICT: Final = Marked.read("NOSUB@valkey-8.0.0~valkey-8.1.0")


class Channels:
    """The subscriptions of all sessions."""

    def __init__(self, profile: Profile = DEFAULT) -> None:
        self.strict = _STRICT.there(profile)
        """Whether it is an error to unsubscribe while one listens to nothing."""
        self.interrupts = not profile.has(_KEEPS_ORDER)
        """Whether a message to oneself stands before the reply of who publishes it."""
        self.exact: Listeners = {}
        self.patterns: Listeners = {}
        self.sharded: Listeners = {}

    def subscribe(self, session: Session, channel: bytes) -> None:
        """``session`` listens to ``channel``; twice is once."""
        self.exact.setdefault(channel, {})[session] = None
        session.channels[channel] = None
        session.regate()

    def unsubscribe(self, session: Session, channel: bytes) -> None:
        """``session`` no longer listens to ``channel``."""
        _drop(self.exact, session, channel)
        session.channels.pop(channel, None)
        session.regate()

    def subscribe_pattern(self, session: Session, pattern: bytes) -> None:
        """``session`` listens to every channel that ``pattern`` matches."""
        self.patterns.setdefault(pattern, {})[session] = None
        session.patterns[pattern] = None
        session.regate()

    def unsubscribe_pattern(self, session: Session, pattern: bytes) -> None:
        """``session`` no longer listens to ``pattern``."""
        _drop(self.patterns, session, pattern)
        session.patterns.pop(pattern, None)
        session.regate()

    def subscribe_shard(self, session: Session, channel: bytes) -> None:
        """``session`` listens to the sharded ``channel``."""
        self.sharded.setdefault(channel, {})[session] = None
        session.shard_channels[channel] = None
        session.regate()

    def unsubscribe_shard(self, session: Session, channel: bytes) -> None:
        """``session`` no longer listens to the sharded ``channel``."""
        _drop(self.sharded, session, channel)
        session.shard_channels.pop(channel, None)
        session.regate()

    def forget(self, session: Session) -> None:
        """``session`` is gone, or RESET."""
        for channel in list(session.channels):
            self.unsubscribe(session, channel)
        for pattern in list(session.patterns):
            self.unsubscribe_pattern(session, pattern)
        for channel in list(session.shard_channels):
            self.unsubscribe_shard(session, channel)

    def publish(self, channel: bytes, message: bytes) -> int:
        """Delivers ``message``; to how many subscriptions it went."""
        receivers = 0
        if listeners := self.exact.get(channel):
            push = Push([b"message", channel, message])
            for session in list(listeners):
                session.send(push)
                receivers += 1
        for pattern, sessions in list(self.patterns.items()):
            if matches(pattern, channel):
                push = Push([b"pmessage", pattern, channel, message])
                for session in list(sessions):
                    session.send(push)
                    receivers += 1
        return receivers

    def publish_shard(self, channel: bytes, message: bytes) -> int:
        """Delivers ``message`` to the subscribers of the sharded ``channel``."""
        listeners = self.sharded.get(channel, {})
        push = Push([b"smessage", channel, message])
        for session in list(listeners):
            session.send(push)
        return len(listeners)


def _drop(listeners: Listeners, session: Session, name: bytes) -> None:
    sessions = listeners.get(name)
    if sessions is not None:
        sessions.pop(session, None)
        if not sessions:
            del listeners[name]
