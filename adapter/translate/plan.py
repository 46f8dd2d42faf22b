"""What a redis command becomes before it is sent: a value that every client can carry.

A ``Plan`` is made once, from the words of a command, and says nothing about who sends it: the
same plan travels through the sync client, the async client, a pipeline or an automatic batch.
How a plan is sent lives in the shells; which command becomes which plan lives in ``routes/``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from operator import itemgetter
from typing import Any, NamedTuple

from glide_shared.request_type import RequestType

CUSTOM: int = RequestType.CustomCommand
"""The request that has no type: words as they are.  Only ``table.custom`` and ``table.by_script``
make one; nobody else needs this number but to count them.
"""

Words = Sequence[bytes]
Raw = Callable[[Words, Any], Any]
"""``(words, glide_reply) -> raw reply``: undoes GLIDE's conversion; ``words`` is the command as
redis knows it.
"""


class Lane(Enum):
    """Which connection a plan may travel on."""

    # Enum's own is written in Python, and asked with every command
    __hash__ = object.__hash__

    SHARED = "shared"
    """The connection that everybody shares; commands are gathered into batches."""
    HOME = "home"
    """As SHARED, and no other will do: the reply tells of that connection (CLIENT ID), or has
    shapes that only RESP3 has (a script's double).
    """
    PLAIN = "plain"
    """A RESP2 connection, for replies that GLIDE cannot carry over RESP3 (COMMAND INFO, big
    numbers).
    """
    BLOCKING = "blocking"
    """A borrowed connection: the server may keep the caller waiting there.  Also for what must
    get through while the shared connection is held up (SCRIPT KILL, CLIENT UNPAUSE, SHUTDOWN
    ...)."""
    SCRIPT = "script"
    """Not known yet: ``state/scripts.py`` says how a script travels, and on which of the others."""
    SLOW = "slow"
    """As SHARED, but in a batch of its own: it is known to keep the server from everything else,
    and what is asked beside it is not to share its time limit (KEYS, FLUSHALL, DEBUG SLEEP)."""
    SESSION = "session"
    """Sent singly on the shared connection, never in a batch: it changes the state of that
    connection (SELECT, CLIENT SETNAME ...), or is about what was written through it (WAIT)."""


GATHERED = frozenset((Lane.SHARED, Lane.HOME, Lane.PLAIN))
"""The lanes whose neighbours may share a batch."""


def together(lanes: set[Lane]) -> Lane | None:
    """The lane on which neighbours for these may share a batch; None if they may not.

    What is SHARED goes along with either of its neighbours: its reply is undone over RESP2 as well.
    """
    companions = lanes - {Lane.SHARED} or lanes
    return companions.pop() if len(companions) == 1 and companions <= GATHERED else None


Native = tuple[int, Words]
"""A typed GLIDE request, ``(request_type, words)``: what ``Batch.append_command`` is given, and a
``Batch`` collects.  A tuple without a class of its own is made in half the time.
"""


class Plan(NamedTuple):
    """One command, ready to be sent: its request, how its reply is undone, where it may travel."""

    words: Words
    """The whole command as redis-py said it, encoded, name first."""
    native: Native
    raw: Raw
    lane: Lane = Lane.SHARED
    name: Any = None
    """The command's name as the caller said it (``"CONFIG GET"``): the key of redis-py's response
    callbacks.
    """

    def on(self, lane: Lane) -> Plan:
        """The same plan on another lane."""
        words, native, raw, _, name = self
        return tuple.__new__(Plan, (words, native, raw, lane, name))


def natives_of(plans: Iterable[Plan]) -> list[Native]:
    """What is sent of each."""
    return [*map(_native, plans)]


def lanes_of(plans: Iterable[Plan]) -> set[Lane]:
    """The lanes that they are for."""
    return {*map(_lane, plans)}


def types_of(natives: Iterable[Native]) -> list[int]:
    """The request type of each."""
    return [*map(_first, natives)]


def words_of(natives: Iterable[Native]) -> list[Words]:
    """The words of each, without what its type says."""
    return [*map(_second, natives)]


_first, _second = itemgetter(0), itemgetter(1)
_native, _lane = itemgetter(Plan._fields.index("native")), itemgetter(Plan._fields.index("lane"))
