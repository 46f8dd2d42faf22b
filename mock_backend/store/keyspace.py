"""Keys, what they hold, when they expire, and who wants to hear of a change.

Values are plain: ``bytes`` is a string, ``deque`` a list, ``dict`` a hash, ``set`` a set; sorted
sets and streams have their own classes.  A container never stays empty: whoever removes the last
element calls :meth:`Database.settle`.  Every mutation ends in :meth:`Database.touch`; that one
method feeds WATCH, parked calls and keyspace notifications.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from mock_backend import errors
from mock_backend.store.indexed import IndexedDict
from mock_backend.store.timed_hash import TimedHash

Value = Any
"""``bytes | deque[bytes] | dict[bytes, bytes] | set[bytes] | ZSet | Stream``."""

_FEW_DUE: Final = 1_000
"""So many notes of what expires are kept, whether they are stale or not."""
_TRIES: Final = 100
"""How often a key that has not expired is looked for where expired ones stay."""

T = TypeVar("T")
Listener = Callable[["Database", bytes, str], None]


class Keyspace:
    """All the numbered databases of one server.  Errors: ``ValueError`` for less than one."""

    def __init__(self, databases: int = 16) -> None:
        if databases < 1:
            raise ValueError(f"a server has at least one database, not {databases}")
        self.databases = [Database(self, number) for number in range(databases)]
        self.now_ms = 0
        """The time of the running command; the kernel sets it."""
        self.dirty = 0
        """How many changes there have been, as ``rdb_changes_since_last_save`` counts."""
        self.hits = 0
        self.misses = 0
        self.expired = 0
        self.expired_fields = 0
        self.lazily_freed = 0
        """How many large values a server would have freed in the background."""
        self.listener: Listener | None = None
        """Told of every touch, while somebody listens."""
        self.overwrote = False
        """Whether the value that was set last took the place of another; known to listeners."""
        self.announcer: Listener | None = None
        """Told of events that change no key, while notifications are configured."""
        self.flushed: Callable[[Database, Database | None], None] | None = None
        """Told before a database is emptied or swapped."""
        self.alarm: Callable[[int], None] = lambda at_ms: None
        """Told when the next field of a hash expires."""
        self.packs_timed = False
        """Whether short hashes stay listpacks when fields have times to live."""
        self.long_list = 0
        """A list of more elements is a quicklist, whatever they are."""
        self.keeps_expired = False
        """On a replica expired keys are not seen, and stay until the primary removes them."""
        self.primary_speaks = False
        """Whether it is the primary that asks, or who imports: it sees them."""
        self.fields_expired: Callable[[Database, bytes, list[bytes]], None] | None = None
        """Told of the fields of a hash that were removed because their time had come."""
        self._due: list[tuple[int, int, bytes]] = []
        self._fields_due: list[tuple[int, int, bytes]] = []

    def swap(self, first: int, second: int) -> None:
        """Exchanges what two databases hold; sessions stay with the number."""
        self.dirty += 1
        one, two = self.databases[first], self.databases[second]
        if one is two:
            return
        if self.flushed is not None:
            self.flushed(one, two)
            self.flushed(two, one)
        one.values, two.values = two.values, one.values
        one.expires, two.expires = two.expires, one.expires
        one.accessed, two.accessed = two.accessed, one.accessed
        one.forms, two.forms = two.forms, one.forms
        one.with_times, two.with_times = two.with_times, one.with_times
        self._rebuild_due()
        for database in (one, two):
            if self.listener is not None:
                for key in database.values:
                    self.listener(database, key, "swapdb")

    def expire_due(self) -> int:
        """Removes every key whose time has come, and fields of hashes; how many keys there were."""
        removed = 0
        due = self._due
        while due and due[0][0] <= self.now_ms:
            _, number, key = heapq.heappop(due)
            if self.databases[number].evict_if_expired(key):
                removed += 1
        fields = self._fields_due
        while fields and fields[0][0] <= self.now_ms:
            _, number, key = heapq.heappop(fields)
            self.databases[number].expire_fields(key)
        return removed

    def next_field_ms(self) -> int | None:
        """When the next field of a hash expires, at the earliest."""
        return self._fields_due[0][0] if self._fields_due else None

    def schedule_field(self, at_ms: int, number: int, key: bytes) -> None:
        """Notes that a field of ``key`` expires then."""
        heapq.heappush(self._fields_due, (at_ms, number, key))
        if self._fields_due[0][0] == at_ms:
            self.alarm(at_ms)
        if len(self._fields_due) > _FEW_DUE:
            live = sum(len(database.with_times) for database in self.databases)
            if len(self._fields_due) > _FEW_DUE + 2 * live:
                self._rebuild_due()

    def first_due(self) -> tuple[Database, bytes] | None:
        """The key that expires before all others, or ``None`` if none ever will."""
        due = self._due
        while due:
            at, number, key = due[0]
            if self.databases[number].expires.get(key) == at:
                return self.databases[number], key
            heapq.heappop(due)
        return None

    def draw_expiring(self, count: int) -> list[tuple[Database, bytes]]:
        """About so many keys that have a time to live, at random; all of them if they are few."""
        due = self._due if len(self._due) <= count else random.sample(self._due, count)
        return [
            (self.databases[number], key)
            for at, number, key in due
            if self.databases[number].expires.get(key) == at
        ]

    def schedule(self, at_ms: int, number: int, key: bytes) -> None:
        """Notes that ``key`` expires then; stale notes are recognised and dropped."""
        heapq.heappush(self._due, (at_ms, number, key))
        if len(self._due) > _FEW_DUE:
            live = sum(len(database.expires) for database in self.databases)
            if len(self._due) > _FEW_DUE + 2 * live:
                self._rebuild_due()

    def _rebuild_due(self) -> None:
        self._due = [
            (at, database.number, key)
            for database in self.databases
            for key, at in database.expires.items()
        ]
        heapq.heapify(self._due)
        self._fields_due = [
            (at, database.number, key)
            for database in self.databases
            for key, value in database.timed_hashes().items()
            if (at := value.next_ms()) is not None
        ]
        heapq.heapify(self._fields_due)


class Database:
    """One numbered database."""

    __slots__ = ("accessed", "expires", "forms", "number", "space", "values", "with_times")

    def __init__(self, space: Keyspace, number: int) -> None:
        self.space = space
        self.number = number
        self.values: dict[bytes, Value] = {}
        self.expires: dict[bytes, int] = {}
        """Unix milliseconds, for the keys that have a time to live."""
        self.accessed: dict[bytes, int] = {}
        """When each key was last read or written, in Unix milliseconds; OBJECT IDLETIME asks."""
        self.forms: dict[bytes, tuple[Value, bytes]] = {}
        """Values that a server would keep in another encoding than their content says, because of
        what they were before; what is no longer the key's value is out of date.
        """

        self.with_times: dict[bytes, TimedHash] = {}
        """The hashes whose fields may have times to live; what is no longer the key's value is out
        of date.
        """

    def __len__(self) -> int:
        return len(self.values)

    def get(self, key: bytes, kind: type[T]) -> T | None:
        """What ``key`` holds, or ``None`` if there is no such key.

        Errors: WRONGTYPE, if it holds something else than ``kind``.
        """
        value = self.values.get(key)
        if value is None:
            return None
        if key in self.expires and self.evict_if_expired(key):
            return None
        if not isinstance(value, kind):
            raise errors.wrong_type()
        self.accessed[key] = self.space.now_ms
        return value

    def read(self, key: bytes) -> Value | None:
        """What ``key`` holds, of whatever type; this is an access (MGET)."""
        value = self.lookup(key)
        if value is not None:
            self.accessed[key] = self.space.now_ms
        return value

    def lookup(self, key: bytes) -> Value | None:
        """What ``key`` holds, of whatever type; this is no access (EXISTS, TTL)."""
        value = self.values.get(key)
        if value is not None and key in self.expires and self.evict_if_expired(key):
            return None
        return value

    def keys(self) -> Iterator[bytes]:
        """The keys that have not expired, in no promised order."""
        sees_all = self.space.keeps_expired and self.space.primary_speaks
        now = -1 if sees_all else self.space.now_ms
        expires = self.expires
        for key in list(self.values):
            if key not in expires or expires[key] > now:
                yield key

    def scan(self, cursor: int, count: int) -> tuple[int, list[bytes]]:
        """``(next cursor, keys)``: about ``count`` keys, expired ones among them; a key that stays
        throughout is seen at least once.
        """
        return self._indexed().scan(cursor, count)

    def random_key(self) -> bytes | None:
        """Any key, each as likely as the others; ``None`` if the database is empty."""
        values = self._indexed()
        tries = 0
        while values:
            key = values.draw()
            tries += 1
            if self.lookup(key) is not None or (tries == _TRIES and self.space.keeps_expired):
                return key
        return None

    def draw(self, count: int) -> list[bytes]:
        """So many different keys at random, expired ones among them."""
        values = self._indexed()
        return values.sample(min(count, len(values)))

    def get_or_create(self, key: bytes, kind: type[T]) -> T:
        """What ``key`` holds, or a new empty ``kind`` put there; whoever creates must fill and
        touch it.
        """
        value: T | None = self.values.get(key)
        if type(value) is not kind or key in self.expires:
            value = self.get(key, kind)
            if value is None:
                value = self.values[key] = kind()
        self.accessed[key] = self.space.now_ms
        return value

    def set(self, key: bytes, value: Value, *, keep_ttl: bool = False) -> None:
        """Makes ``key`` hold ``value``, whatever it held; its time to live ends unless
        ``keep_ttl``.  Touch it afterwards.
        """
        if key in self.expires:
            self.evict_if_expired(key)
            if not keep_ttl:
                self.expires.pop(key, None)
        if self.space.listener is not None:
            self.space.overwrote = key in self.values
        self.values[key] = value
        self.accessed[key] = self.space.now_ms
        if self.forms:  # equal strings of one byte are the same object
            self.forms.pop(key, None)

    def remove(self, key: bytes) -> bool:
        """Removes ``key``; whether it was there.  Touch it afterwards (``"del"``)."""
        if key in self.expires:
            if self.evict_if_expired(key):
                return False
            del self.expires[key]
        self.accessed.pop(key, None)
        return self.values.pop(key, None) is not None

    def discard(self, key: bytes) -> bool:
        """Removes ``key``, also if it has expired, of which nobody hears; whether it was there.
        Touch it afterwards (``"del"``).
        """
        self.expires.pop(key, None)
        return self.remove(key)

    def settle(self, key: bytes, value: Any, event: str, changes: int = 1) -> None:
        """After a container was changed in place: tells of ``event``, and removes the key if
        nothing is left.
        """
        self.touch(key, event, changes)
        if not value and key in self.values:
            del self.values[key]
            self.expires.pop(key, None)
            self.accessed.pop(key, None)
            self.touch(key, "del", 0)

    def touch(self, key: bytes, event: str, changes: int = 1) -> None:
        """Tells whoever listens that ``key`` has changed; ``event`` is the notification's name
        (``"lpush"``), ``changes`` how many changes the server counts.
        """
        space = self.space
        space.dirty += changes
        if space.listener is not None:
            space.listener(self, key, event)

    def touch_within(self, key: bytes, event: str) -> None:
        """Counts and tells of a change inside ``key`` that the server does not take for one of the
        key (consumer groups): no WATCH breaks, nobody wakes.
        """
        self.space.dirty += 1
        self.notify(key, event)

    def notify(self, key: bytes, event: str) -> None:
        """Tells of an event that changed nothing (``"keymiss"``): no WATCH breaks, nobody wakes."""
        if self.space.announcer is not None:
            self.space.announcer(self, key, event)

    def flush(self) -> int:
        """Removes every key; how many there were."""
        if self.space.flushed is not None:
            self.space.flushed(self, None)
        count = len(self.values)
        self.values = {}
        self.expires = {}
        self.accessed.clear()
        self.forms = {}
        self.with_times = {}
        self.space.dirty += count
        return count

    def keep_as(self, key: bytes, encoding: bytes | None) -> None:
        """Notes that a server would keep what ``key`` holds now in this encoding, whatever its
        content; ``None``: as the content says.
        """
        forms = self.forms
        value = self.values.get(key)
        if encoding is None or value is None:
            forms.pop(key, None)
            return
        forms[key] = (value, encoding)
        if len(forms) > 1_000 + len(self.values):
            self.forms = {
                each: form for each, form in forms.items() if self.values.get(each) is form[0]
            }

    def kept_as(self, key: bytes) -> bytes | None:
        """The encoding that was noted of what ``key`` holds."""
        form = self.forms.get(key)
        return form[1] if form is not None and form[0] is self.values.get(key) else None

    def exchange(self, key: bytes, value: T) -> T:
        """Puts another object that holds the same in the place of the value."""
        encoding = self.kept_as(key)
        self.values[key] = value
        if encoding is not None:
            self.keep_as(key, encoding)
        return value

    def expire_at(self, key: bytes, at_ms: int) -> None:
        """Gives ``key`` a time to live.  It must exist; touch it afterwards (``"expire"``)."""
        self.expires[key] = at_ms
        self.space.schedule(at_ms, self.number, key)

    def persist(self, key: bytes) -> bool:
        """Takes the time to live away; whether there was one."""
        return self.expires.pop(key, None) is not None

    def expiry_ms(self, key: bytes) -> int | None:
        """When ``key`` expires, in Unix milliseconds; ``None``: never, or there is no such key."""
        return self.expires.get(key)

    def evict_if_expired(self, key: bytes) -> bool:
        """Removes ``key`` if its time has come; whether it did."""
        at = self.expires.get(key)
        if at is None or at > self.space.now_ms:
            return False
        if self.space.keeps_expired:
            return not self.space.primary_speaks
        del self.expires[key]
        self.values.pop(key, None)
        self.accessed.pop(key, None)
        self.space.expired += 1
        self.touch(key, "expired", 0)
        return True

    def timed(self, key: bytes) -> TimedHash:
        """The hash that ``key`` holds, as one whose fields may have times to live."""
        value = self.values[key]
        if type(value) is not TimedHash:
            value = self.exchange(key, TimedHash(value))
            value.packed = self.space.packs_timed
            self.hold_timed(key, value)
        return value

    def hold_timed(self, key: bytes, value: Value) -> None:
        """To be called after a value was put under ``key`` that may be a hash with times."""
        if type(value) is TimedHash:
            value.now_ms = self._now_ms
            self.with_times[key] = value
            if (at := value.next_ms()) is not None:
                self.space.schedule_field(at, self.number, key)

    def _now_ms(self) -> int:
        return self.space.now_ms

    def timed_hashes(self) -> dict[bytes, TimedHash]:
        """The hashes that have a field with a time to live."""
        held, values = self.with_times, self.values
        self.with_times = {key: value for key, value in held.items() if values.get(key) is value}
        return {key: value for key, value in self.with_times.items() if value.expires}

    def expire_field_at(self, key: bytes, value: TimedHash, field: bytes, at_ms: int) -> None:
        """Gives a field that exists a time to live.  Touch the key afterwards (``"hexpire"``)."""
        value.expire_at(field, at_ms)
        if value.next_ms() == at_ms:
            self.space.schedule_field(at_ms, self.number, key)

    def count_expired(self, key: bytes, fields: list[bytes]) -> None:
        """Fields were removed because their time had come; touch the key afterwards."""
        self.space.expired_fields += len(fields)
        if self.space.fields_expired is not None:
            self.space.fields_expired(self, key, fields)

    def expire_fields(self, key: bytes) -> None:
        """Removes the fields whose time has come, and the key if nothing is left."""
        value = self.values.get(key)
        if type(value) is not TimedHash or self.space.keeps_expired:
            return
        if removed := value.take_expired():
            self.count_expired(key, removed)
            self.settle(key, value, "hexpired")
        if (at := value.next_ms()) is not None:
            self.space.schedule_field(at, self.number, key)

    def _indexed(self) -> IndexedDict[bytes, Value]:
        if not isinstance(self.values, IndexedDict):
            self.values = IndexedDict(self.values)
        return self.values
