"""Keyspace notifications: which events are published, and under which names.

``notify-keyspace-events`` is a string of class letters; each event belongs to one class.
``K`` publishes to the key's channel, ``E`` to the event's.  Source: notify.c.
"""

from __future__ import annotations

from typing import Final

from mock_backend.kernel.channels import Channels
from mock_backend.store.keyspace import Database, Keyspace

_ALL: Final = "g$lshzxetd"
"""What ``A`` stands for, in the order in which CONFIG GET prints the letters."""

_LETTERS: Final = frozenset(_ALL + "AKEmn")

_EVENTS: Final[dict[str, str]] = {
    "g": "del rename_from rename_to move_from move_to copy_to restore expire persist",
    "$": "set setrange incrby incrbyfloat append setbit pfadd",
    "l": "lpush rpush lpop rpop linsert lset lrem ltrim sortstore",
    "s": "sadd srem spop sinterstore sunionstore sdiffstore",
    "h": "hset hincrby hincrbyfloat hdel hexpire hexpired hpersist",
    "z": "zadd zincr zrem zremrangebyscore zremrangebyrank zremrangebylex zpopmin zpopmax"
    " zunionstore zinterstore zdiffstore zrangestore geosearchstore georadiusstore",
    "t": "xadd xdel xtrim xsetid xgroup-create xgroup-createconsumer xgroup-delconsumer"
    " xgroup-destroy xgroup-setid",
    "x": "expired",
    "e": "evicted",
    "m": "keymiss",
    "n": "new",
}

CLASS_OF: Final = {event: letter for letter, events in _EVENTS.items() for event in events.split()}
"""The class letter of an event; what is not here is never published (``swapdb``)."""


def read_classes(text: str) -> frozenset[str] | None:
    """The letters of ``text`` with ``A`` spelt out; ``None`` if one of them means nothing."""
    letters = frozenset(text)
    if not letters <= _LETTERS:
        return None
    return (letters - {"A"}) | frozenset(_ALL) if "A" in letters else letters


def show_classes(classes: frozenset[str]) -> str:
    """The letters as CONFIG GET prints them: ``A`` for all of its classes, then ``K E m n``."""
    if classes >= frozenset(_ALL):
        shown = "A"  # "n" is not shown beside it, though it stays set (notify.c)
    else:
        shown = "".join(letter for letter in _ALL + "n" if letter in classes)
    return shown + "".join(letter for letter in "KEm" if letter in classes)


_GONE: Final = frozenset(("del", "expired", "evicted", "rename_from", "move_from"))
"""The key was gone, though it may be there again by the time this is told."""


class Notifier:
    """Publishes the events of the configured classes; called once for every touched key."""

    def __init__(self, channels: Channels, space: Keyspace, classes: frozenset[str]) -> None:
        self._channels = channels
        self._classes = classes
        self._by_key = "K" in classes
        self._by_event = "E" in classes
        self._held: list[tuple[Database, bytes, str]] | None = None
        """Events that wait until it is known what the running command has missed."""
        self._known: dict[int, set[bytes]] | None = None
        """The keys that were there when last looked, per database; only while ``n`` asks for it."""
        if "n" in classes:
            self._known = {}
            self.loaded(space)

    def __call__(self, database: Database, key: bytes, event: str) -> None:
        """Tells of ``event`` on ``key``, on the key's channel first.

        ``new`` is told of by handlers only where a key is made anew under a name that was taken.
        """
        held = self._held
        if held is not None:
            if event != "keymiss":
                held.append((database, key, event))
                return
            if held and held[0] == (database, key, "expired"):
                self._tell(*held.pop(0))
        self._tell(database, key, event)

    def _tell(self, database: Database, key: bytes, event: str) -> None:
        if self._known is not None and event != "keymiss":
            self._compare(self._known[database.number], database, key, event)
        self._publish(database, key, event)

    def hold(self) -> None:
        """Tells of nothing until ``release``, but of misses."""
        self._held = [] if "m" in self._classes else None

    def release(self) -> None:
        """Tells of what was held."""
        held, self._held = self._held, None
        for database, key, event in held or ():
            self._tell(database, key, event)

    def loaded(self, space: Keyspace) -> None:
        """The databases hold what was saved."""
        if self._known is not None:
            self._known = {each.number: set(each.values) for each in space.databases}

    def flushed(self, database: Database) -> None:
        """A database is about to be emptied or swapped."""
        if self._known is not None:
            self._known[database.number].clear()

    def _compare(self, known: set[bytes], database: Database, key: bytes, event: str) -> None:
        if event in _GONE or key not in database.values:
            known.discard(key)
        elif key not in known:
            known.add(key)
            if event not in ("swapdb", "new"):
                self._publish(database, key, "new")

    def _publish(self, database: Database, key: bytes, event: str) -> None:
        if CLASS_OF.get(event) not in self._classes:
            return
        name = event.encode()
        if self._by_key:
            self._channels.publish(b"__keyspace@%d__:%b" % (database.number, key), name)
        if self._by_event:
            self._channels.publish(b"__keyevent@%d__:%b" % (database.number, name), key)
