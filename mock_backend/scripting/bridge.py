"""What goes over between one interpreter and its host: the words of ``redis.call`` come out of it,
replies go in, as long as there is memory for them.

Every call of every script crosses here, so strings and integers go over as they are; a host that
knows them (kernel/scripts/calls.py) asks for nothing more than ``used`` and ``room``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from mock_backend.profile import Profile, Since
from mock_backend.replies import Reply, Simple
from mock_backend.scripting import convert
from mock_backend.scripting.convert import ERROR, STATUS, Printed, Replies, weight

NO_MEMORY: Final = b"ERR not enough memory"

_SHORTEST_DOUBLES: Final = Since("7.2.0")


class Bridge:
    """The way into one interpreter and out of it."""

    def __init__(
        self,
        replies: Replies,
        printed: Printed,
        profile: Profile,
        *,
        used: Callable[[], int],
        room: int,
        exhaust: Callable[[], None],
    ) -> None:
        self._handed = replies.handed
        self._printed = printed
        shortest = profile.has(_SHORTEST_DOUBLES)
        self._plain = convert.LARGEST_PLAIN if shortest else convert.LARGEST_PLAIN_ONCE
        self.used = used
        """Bytes that the interpreter uses."""
        self.room = room
        """Bytes that it may use where something is handed over."""
        self._exhaust = exhaust
        nothing, no_word = _wording(profile)
        self.nothing: Final = (None, ERROR, nothing, False)
        """What ``redis.call`` returns that was given nothing."""
        self.no_word: Final = (None, ERROR, no_word, False)
        """What it returns that was given anything but strings and numbers."""

    def words(self, arguments: Sequence[Any]) -> list[bytes] | None:
        """What was said, as words; ``None``: something was no word."""
        return convert.words(arguments, self._printed, self._plain)

    def handed(self, reply: Reply) -> Any:
        """What is returned to the Lua side for a reply."""
        if self.used() + weight(reply) > self.room:
            self._exhaust()
            return None, ERROR, NO_MEMORY, False
        kind = type(reply)
        if kind is Simple:
            return None, STATUS, reply.text
        return reply if kind is bytes or kind is int else self._handed(reply)


def _wording(profile: Profile) -> tuple[bytes, bytes]:
    """``redis.call`` without a word, and with what is no word (script_lua.c,
    redisProtocolToLuaType_*).
    """
    if profile.line == "valkey":
        return (
            b"ERR Please specify at least one argument for this call",
            b"ERR Command arguments must be strings or integers",
        )
    return (
        b"ERR Please specify at least one argument for this redis lib call",
        b"ERR Lua redis lib command arguments must be strings or integers",
    )
