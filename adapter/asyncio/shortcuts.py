"""redis-py's commonest methods on a shorter way: what they are given are the words of the command.

redis-py's own hand them on with a list of keys, for a cache that is not in use here, and look for
options that are rarely there, which is a good part of what a call takes.  Where anything is said by
its name, or somebody has an ``execute_command`` of his own, redis-py's method is called.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from types import MethodType
from typing import Any, NamedTuple

from adapter.translate.routes import REGULAR


class Shortcut(NamedTuple):
    """A method whose values are the words of a command, if there are so many of them."""

    command: str
    least: int
    most: int
    never_none: int | None = None
    """Where redis-py takes None for a value that is missing."""


_WITH_SO_MANY = {
    1: "get getdel strlen ttl pttl persist type"
    " hgetall hkeys hvals hlen llen lpop rpop smembers scard zcard",
    2: "set append incrby decrby rename hget hexists lindex sismember zscore",
    3: "hincrby lrange ltrim lset lrem zincrby",
}
_WITH_TWO_OR_MORE = "hdel lpush rpush sadd srem zrem"


def _shortcuts() -> Iterator[tuple[str, Shortcut]]:
    for count, names in _WITH_SO_MANY.items():
        for name in names.split():
            yield name, Shortcut(name.upper(), count, count)
    for name in _WITH_TWO_OR_MORE.split():
        yield name, Shortcut(name.upper(), 2, sys.maxsize)
    for name, command in (("exists", "EXISTS"), ("delete", "DEL"), ("unlink", "UNLINK")):
        yield name, Shortcut(command, 1, sys.maxsize)
    yield "hset", Shortcut("HSET", 3, 3, never_none=1)


SHORTCUTS = dict(_shortcuts())
"""By the names of redis-py's methods."""


def take_shortcuts(client: type, theirs: type) -> None:
    """Gives a class of clients, which has a ``_regular``, these methods instead of redis-py's."""
    for name, shortcut in SHORTCUTS.items():
        method = _shortened(getattr(theirs, name), shortcut, vars(client)["execute_command"])
        setattr(client, name, method)


def leave_shortcuts(client: type, theirs: type) -> None:
    """Gives a class that has inherited them redis-py's methods again, but for those that it has of
    its own.
    """
    for name in SHORTCUTS.keys() - vars(client).keys():
        setattr(client, name, getattr(theirs, name))


def _shortened(theirs: Callable[..., Any], shortcut: Shortcut, ours: Any) -> Callable[..., Any]:
    """redis-py's method, past which a client goes whose ``execute_command`` is ``ours``."""
    command, least, most, never_none = shortcut
    request_type = REGULAR[command]
    no_options: dict[str, Any] = {}

    @functools.wraps(theirs)
    def method(self: Any, *values: Any, **named: Any) -> Any:
        run = self.execute_command
        if (
            least <= len(values) <= most
            and not named
            and type(run) is MethodType
            and run.__func__ is ours
            and (never_none is None or values[never_none] is not None)
        ):
            return self._regular(request_type, command, values, no_options)
        return theirs(self, *values, **named)

    return method
