"""A selector: commands, keys and channels that are permitted together.

Every user has one of its own, the root, and perhaps more in parentheses.  Source: acl.c
(ACLSetSelector, ACLSelectorCheckCmd).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from mock_backend.errors import acl as errors
from mock_backend.kernel.acl.permitted import Catalogue, Permitted
from mock_backend.profile import Profile, Since
from mock_backend.schema.access import READ, WRITE, KeyUse, channels_of
from mock_backend.schema.command import Command
from mock_backend.store.glob import matches

_REMEMBERS_RULES: Final = Since("7.2.0")
_BLANKS: Final = b" \t\n\v\f\r\0"
_ALL: Final = READ | WRITE
_SIGNS: Final = {_ALL: b"~", READ: b"%R~", WRITE: b"%W~"}


class Reason(IntEnum):
    """Why a call is denied; of several selectors the highest reason is told."""

    COMMAND = 1
    KEY = 2
    AUTH = 3
    CHANNEL = 4


Denial = tuple[Reason, int]
"""Why, and which word of the request is to blame."""


@dataclass(slots=True)
class Selector:
    """What is permitted together."""

    permitted: Permitted
    all_keys: bool = False
    keys: dict[bytes, int] = field(default_factory=dict)
    """Patterns, and whether keys that match may be read, written or both."""
    all_channels: bool = False
    channels: dict[bytes, None] = field(default_factory=dict)

    @classmethod
    def new(cls, catalogue: Catalogue, *, all_channels: bool) -> Selector:
        """One that permits nothing, perhaps but for channels (``acl-pubsub-default``)."""
        return cls(Permitted(catalogue), all_channels=all_channels)

    def copy(self) -> Selector:
        """The same, to be changed."""
        return Selector(
            self.permitted.copy(),
            self.all_keys,
            dict(self.keys),
            self.all_channels,
            dict(self.channels),
        )

    @property
    def unrestricted(self) -> bool:
        """Whether it permits everything."""
        return self.permitted.all and self.all_keys and self.all_channels

    def apply(self, rule: bytes) -> None:
        """One rule about commands, keys or channels.  Errors: ``BadRule``."""
        match rule.lower():
            case b"allkeys" | b"~*":
                self.all_keys = True
                self.keys.clear()
            case b"resetkeys":
                self.all_keys = False
                self.keys.clear()
            case b"allchannels" | b"&*":
                self.all_channels = True
                self.channels.clear()
            case b"resetchannels":
                self.all_channels = False
                self.channels.clear()
            case b"allcommands":
                self.permitted.set_all(True)
            case b"nocommands":
                self.permitted.set_all(False)
            case _ if rule[:1] in b"+-" and rule:
                self.permitted.apply(rule)
            case _ if rule[:1] in b"~%" and rule:
                self._add_keys(rule)
            case _ if rule[:1] == b"&":
                if self.all_channels:
                    raise errors.all_channels_already()
                self.channels[_pattern(rule[1:])] = None
            case _:
                raise errors.no_such_rule()

    def _add_keys(self, rule: bytes) -> None:
        """``~pattern``, ``%R~pattern``, ``%W~pattern`` or ``%RW~pattern``."""
        if self.all_keys:
            raise errors.all_keys_already()
        if rule[:1] == b"~":
            use, pattern = _ALL, rule[1:]
        else:
            letters, _, pattern = rule[1:].partition(b"~")
            use = {b"R": READ, b"W": WRITE, b"RW": _ALL, b"WR": _ALL}.get(letters.upper(), 0)
            if not use:
                raise errors.no_such_rule()
        self.keys[_pattern(pattern)] = self.keys.get(pattern, 0) | use

    def denies(
        self, command: Command, words: Sequence[bytes], keys: Sequence[KeyUse]
    ) -> Denial | None:
        """Why the call is not permitted, or ``None``."""
        at = 2 if "|" in command.name else 1
        if not self.permitted.permits(command, words[at] if len(words) > at else None):
            return Reason.COMMAND, 0
        if not self.all_keys:
            for index, use in keys:
                if not self.permits_key(words[index], use):
                    return Reason.KEY, index
        if not self.all_channels:
            for index, is_pattern in channels_of(command.name, words):
                if not permits_channel(self.channels, words[index], is_pattern=is_pattern):
                    return Reason.CHANNEL, index
        return None

    def permits_key(self, key: bytes, use: int) -> bool:
        """Whether one pattern allows all of ``use`` for the key."""
        return any(
            granted & use == use and matches(pattern, key) for pattern, granted in self.keys.items()
        )

    @property
    def reads_every_key(self) -> bool:
        """Whether any key may be read, whatever its name."""
        return self.all_keys or bool(self.keys.get(b"*", 0) & READ)

    def commands_text(self, profile: Profile) -> str:
        """Its rules about commands."""
        if profile.has(_REMEMBERS_RULES):
            return self.permitted.described()
        return self.permitted.fitted()

    def keys_text(self) -> bytes:
        """Its patterns of keys."""
        if self.all_keys:
            return b"~*"
        return b" ".join(_SIGNS[use] + pattern for pattern, use in self.keys.items())

    def channels_text(self) -> bytes:
        """Its patterns of channels."""
        return b"&*" if self.all_channels else b" ".join(b"&" + each for each in self.channels)

    def text(self, profile: Profile) -> bytes:
        """All of it, as ACL LIST prints it."""
        channels = self.channels_text()
        parts = [
            self.keys_text(),
            channels if self.all_channels else b"resetchannels " + channels,
            self.commands_text(profile).encode("utf-8", "surrogateescape"),
        ]
        return b" ".join(part.rstrip() for part in parts if part)


def permits_channel(patterns: dict[bytes, None], name: bytes, *, is_pattern: bool) -> bool:
    """Whether a channel matches one of ``patterns``; a pattern that is subscribed to must be one
    of them.
    """
    if is_pattern:
        return name in patterns
    return any(matches(pattern, name) for pattern in patterns)


def _pattern(word: bytes) -> bytes:
    if any(byte in _BLANKS for byte in word):
        raise errors.no_such_rule()
    return word
