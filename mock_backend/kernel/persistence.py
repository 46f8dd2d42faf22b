"""What is kept of the data: snapshots, the payload of a single value, and when was last saved.

An image is one piece of bytes in the server's own format.  Without a file it stays in memory;
``keep`` is given the bytes by whoever opened the server with one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from mock_backend.errors import persistence as errors
from mock_backend.replies import ReplyError
from mock_backend.resp.numbers import printing
from mock_backend.store.frequencies import Frequencies, plain
from mock_backend.store.keyspace import Database, Keyspace
from mock_backend.store.rdb import image, payload
from mock_backend.store.rdb.form import Corrupt, Form, version_of
from mock_backend.store.timed_hash import TimedHash

if TYPE_CHECKING:
    from mock_backend.kernel.acl.users import User
    from mock_backend.kernel.kernel import Kernel


class Persistence:
    """The images of one server."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.image: bytes | None = None
        """What was last saved."""
        self.keep: Callable[[bytes], None] | None = None
        """Writes the file.  Errors: ``OSError``."""
        self.failed = False
        """Whether the last attempt to save failed."""
        self.in_background = False
        """Whether anything was ever saved in the background."""
        self.checked = True
        """Whether the checksum of a payload is looked at."""
        self.keys_loaded = 0
        self.keys_expired = 0
        """What was in the last image that was loaded."""
        self.libraries: Callable[[], list[bytes]] = list
        """The code of the function libraries."""
        self.load_libraries: Callable[[list[bytes], bytes], None] = lambda codes, policy: None
        """Takes the libraries of an image, by the policy of FUNCTION RESTORE."""

    @property
    def form(self) -> Form:
        """What this server writes, by its profile and configuration."""
        profile, config = self._kernel.profile, self._kernel.config
        return Form(
            profile=profile,
            version=version_of(profile),
            limits=config.number,
            score=printing(profile),
            compresses=config.flag("rdbcompression"),
            checksums=config.flag("rdbchecksum"),
            strict=config.values.get("rdb-version-check", "strict") == "strict",
        )

    def dump(self, value: Any, encoding: bytes | None = None) -> bytes:
        """The payload that RESTORE makes this value of; ``encoding`` is the one that it is kept in,
        if that does not follow from the value.
        """
        return payload.dump(value, self.form, encoding)

    def restore(self, data: bytes, user: User | None = None) -> Any | None:
        """The value of a payload.  Everything is checked, whoever sent it; for ``user`` it is
        counted where a real server would have checked.

        Errors: ``payload.Unreadable``, ``Corrupt``.
        """
        value, packs = payload.restore(data, self.form, checked=self.checked)
        if user is not None and self._sanitizes(user):
            self._kernel.statistics.sanitized += packs
        return value

    def _sanitizes(self, user: User) -> bool:
        match self._kernel.config.text("sanitize-dump-payload"):
            case "yes":
                return True
            case "clients":
                return "skip-sanitize-payload" not in user.flags
        return False

    def place(self, database: Database, key: bytes, value: Any) -> None:
        """Makes ``key`` hold a value that was read."""
        if isinstance(value, TimedHash):
            value.packed = database.space.packs_timed
        database.set(key, value)
        database.hold_timed(key, value)

    def use(
        self, database: Database, key: bytes, idle_seconds: int | None, frequency: int | None
    ) -> None:
        """Notes how long ago, or how often, ``key`` was used where it came from."""
        times = plain(database.accessed)
        if idle_seconds is not None:
            times[key] = database.space.now_ms - idle_seconds * 1000
        if frequency is not None and isinstance(times, Frequencies):
            times.counters[key] = frequency

    def snapshot(
        self, aux: Mapping[str, str] | None = None, *, data: bool = True, functions: bool = True
    ) -> bytes:
        """Everything, or without the keys or the libraries; ``aux`` is told beside what is always
        told of the server.
        """
        kernel = self._kernel
        profile = kernel.profile
        told = {
            f"{profile.line}-ver": profile.version,
            "redis-bits": "64",
            "ctime": str(kernel.space.now_ms // 1000),
            "used-mem": "0",
            **(aux or {}),
            "aof-base": "0",
        }
        tells_idle = kernel.config.text("maxmemory-policy").endswith("lru")
        space = kernel.space if data else Keyspace(1)
        libraries = self.libraries() if functions else []
        return image.write(space, self.form, told, libraries, tells_idle=tells_idle)

    def load(self, data: bytes) -> dict[str, str]:
        """Puts what an image holds in the place of what there is; what was told of its writer.

        Errors: Corrupt; nothing has changed then.
        """
        found = self._read(data)
        self._flush()
        self._put(found)
        self._settled()
        return found.aux

    def reload(self, *, saving: bool = True, flushing: bool = True, merging: bool = False) -> None:
        """DEBUG RELOAD: an image is saved, and what was last saved is loaded.

        Errors: Corrupt, also if nothing was saved yet; ``OSError``.
        """
        if saving and not self.save():
            raise OSError("the image could not be saved")
        if self.image is None:
            raise Corrupt("nothing was saved")
        found = self._read(self.image)
        if flushing:
            self._flush()
        elif not merging and any(self._holds(entry) for entry in found.entries):
            raise Corrupt("a key is there already")
        elif not merging and not set(self.libraries()).isdisjoint(found.libraries):
            raise Corrupt("a library is there already")
        self._put(found, b"FLUSH" if flushing else b"REPLACE" if merging else b"APPEND")
        self._settled()

    def _read(self, data: bytes) -> image.Image:
        databases = self._kernel.space.databases
        found = image.read(data, self.form)
        places: set[tuple[int, bytes]] = set()
        for entry in found.entries:
            if entry.database >= len(databases):
                raise Corrupt(f"there is no database {entry.database}")
            if (place := (entry.database, entry.key)) in places:
                raise Corrupt("a key twice")
            places.add(place)
        return found

    def _holds(self, entry: image.Entry) -> bool:
        return self._kernel.space.databases[entry.database].lookup(entry.key) is not None

    def _flush(self) -> None:
        for database in self._kernel.space.databases:
            database.flush()
        self._kernel.tracking.flushed()

    def _put(self, found: image.Image, policy: bytes = b"FLUSH") -> None:
        space = self._kernel.space
        leads = self._kernel.replication.following is None
        self.load_libraries(found.libraries, policy)
        self.keys_loaded = self.keys_expired = 0
        for entry in found.entries:
            if entry.value is None:
                continue
            at_ms = entry.expires_at_ms
            if leads and at_ms is not None and at_ms <= space.now_ms:
                self.keys_expired += 1
                continue
            database = space.databases[entry.database]
            self.place(database, entry.key, entry.value)
            if entry.expires_at_ms is not None:
                database.expire_at(entry.key, entry.expires_at_ms)
            self.use(database, entry.key, entry.idle_seconds, entry.frequency)
            self.keys_loaded += 1
        if self._kernel.notifier is not None:
            self._kernel.notifier.loaded(space)

    def save_in_background(self) -> None:
        """The same, as another process would do it: nobody hears whether it succeeded."""
        self.in_background = True
        self._kernel.statistics.forks += 1
        self.save()

    def save(self) -> bool:
        """Makes an image of everything and keeps it; whether that succeeded."""
        data = self.snapshot()
        if self.keep is not None:
            try:
                self.keep(data)
            except OSError:
                self._succeeded(False)
                return False
        self.image = data
        self._succeeded(True)
        statistics = self._kernel.statistics
        statistics.saved_ms = self._kernel.space.now_ms
        statistics.saves += 1
        self._settled()
        return True

    def save_at_end(self, words: Collection[bytes]) -> bool:
        """Saves, if that is to be done before the server ends; whether it may end now.

        ``words`` are those of SHUTDOWN, in capitals; those that it does not heed mean nothing here.
        """
        saves = b"SAVE" in words or (b"NOSAVE" not in words and self.saves_itself)
        return not saves or self.save() or b"FORCE" in words

    def _succeeded(self, success: bool) -> None:
        if self.failed == success:
            self.failed = not success
            self._kernel.observe()

    @property
    def stops_writes(self) -> bool:
        """Whether nothing may be written since the data could not be saved."""
        config = self._kernel.config
        return self.failed and self.saves_itself and config.flag("stop-writes-on-bgsave-error")

    def refusal(self) -> ReplyError | None:
        """What a write is told just now."""
        return errors.not_saved(self._kernel.profile.line) if self.stops_writes else None

    @property
    def saves_itself(self) -> bool:
        """Whether there is a file, and CONFIG says when to write it."""
        return self.keep is not None and bool(self._kernel.config.text("save"))

    def save_if_due(self) -> None:
        """Saves if there have been as many changes for as long as ``save`` says."""
        statistics, space = self._kernel.statistics, self._kernel.space
        changes = space.dirty - statistics.dirty_when_saved
        numbers = [int(word) for word in self._kernel.config.text("save").split()]
        for seconds, least in zip(numbers[::2], numbers[1::2], strict=True):
            if changes >= least and space.now_ms - statistics.saved_ms >= seconds * 1000:
                self.save_in_background()
                return

    def _settled(self) -> None:
        self._kernel.statistics.dirty_when_saved = self._kernel.space.dirty
