"""Keys, whatever they hold: deleting, renaming, copying, moving, listing.

Times to live are in expiry.py, SORT in sorting.py, OBJECT in objects.py.
"""

from __future__ import annotations

from collections import deque
from copy import deepcopy
from typing import Any

from mock_backend import errors
from mock_backend.commands import scanning
from mock_backend.errors import cluster as cluster_errors
from mock_backend.kernel import lookups
from mock_backend.kernel.context import Context
from mock_backend.profile import Since
from mock_backend.replies import OK, Reply, Simple
from mock_backend.schema import types
from mock_backend.schema.command import Table
from mock_backend.store import encodings, glob, sizes
from mock_backend.store.keyspace import Database
from mock_backend.store.members import MemberSet
from mock_backend.store.timed_hash import TimedHash
from mock_backend.store.zset import ZSet

generic = Table("generic", "keyspace")

_EASILY_FREED = 64
"""Values of so many allocations are freed at once, whatever was asked for."""
_TYPE_NAMES = {name: Simple(name) for name in encodings.TYPES}
_NO_TYPE = Simple(b"none")
_TYPE_FIRST = Since("valkey-8.0.0")
"""SCAN removes only those expired keys that are of the TYPE it looks for."""


@generic.command("DEL key [key ...]", flags="write", since="1.0.0")
def del_(ctx: Context, keys: list[bytes]) -> Reply:
    """Deletes one or more keys.

    Reply: how many there were.
    """
    return _delete(ctx, keys, lazily=ctx.kernel.config.flag("lazyfree-lazy-user-del"))


def _delete(ctx: Context, keys: list[bytes], *, lazily: bool) -> int:
    db = ctx.db
    removed = 0
    for key in keys:
        value = db.values.get(key)
        if db.remove(key):
            if lazily and type(value) is not bytes and sizes.effort(value) > _EASILY_FREED:
                db.space.lazily_freed += 1
            db.touch(key, "del")
            removed += 1
    return removed


@generic.command("UNLINK key [key ...]", flags="write fast", since="4.0.0")
def unlink(ctx: Context, keys: list[bytes]) -> Reply:
    """Asynchronously deletes one or more keys.

    Reply: how many there were.
    """
    return _delete(ctx, keys, lazily=True)


@generic.command("EXISTS key [key ...]", flags="readonly fast", since="1.0.0")
def exists(ctx: Context, keys: list[bytes]) -> Reply:
    """Determines whether one or more keys exist.

    Reply: how many; a key that is named twice counts twice.
    """
    lookup = ctx.db.lookup
    found = 0
    for key in keys:
        if lookup(key) is not None:
            found += 1
    return found


@generic.command("TOUCH key [key ...]", flags="readonly fast", since="3.2.1")
def touch(ctx: Context, keys: list[bytes]) -> Reply:
    """Returns the number of existing keys out of those specified after updating the time they were
    last accessed.
    """
    found = [key for key in keys if ctx.db.lookup(key) is not None]
    ctx.db.accessed.update(dict.fromkeys(found, ctx.now))
    return len(found)


@generic.command("TYPE key", flags="readonly fast", since="1.0.0")
def type_(ctx: Context, key: bytes) -> Reply:
    """Determines the type of value stored at a key.

    Reply: ``none``, if there is no such key.
    """
    value = ctx.db.lookup(key)
    return _NO_TYPE if value is None else _TYPE_NAMES[encodings.type_name(value)]


@generic.command("KEYS pattern", flags="readonly", since="1.0.0", categories="dangerous")
def keys(ctx: Context, pattern: bytes) -> Reply:
    """Returns all key names that match a pattern."""
    found = ctx.db.keys()
    if pattern == b"*":
        return list(found)
    matches = glob.compiled(pattern).fullmatch
    return [key for key in found if matches(key)]


@generic.command("RANDOMKEY", flags="readonly", since="1.0.0")
def randomkey(ctx: Context) -> Reply:
    """Returns a random key name from the database."""
    return ctx.db.random_key()


@generic.command(
    "SCAN cursor [arg ...]",  # [MATCH pattern] [COUNT count] [TYPE type]
    flags="readonly",
    since="2.8.0",
)
def scan(ctx: Context, cursor: bytes, args: list[bytes]) -> Reply:
    """Iterates over the key names in the database."""
    place = scanning.cursor(cursor, ctx.kernel.profile)
    options = scanning.options(args, of="keys", profile=ctx.kernel.profile)
    db = ctx.db
    following, found = db.scan(place, options.count)
    found = options.chosen(found)
    kind = options.type
    if kind is not None and ctx.kernel.profile.has(_TYPE_FIRST):
        found = [key for key in found if encodings.type_name(db.values.get(key)) == kind]
    found = [key for key in found if db.lookup(key) is not None]
    if kind is not None:
        found = [key for key in found if encodings.type_name(db.lookup(key)) == kind]
    return scanning.reply(following, found)


@generic.command("RENAME key newkey:key", flags="write", since="1.0.0")
def rename(ctx: Context, key: bytes, newkey: bytes) -> Reply:
    """Renames a key and overwrites the destination.

    Errors: no such key.
    """
    _rename(ctx.db, key, newkey)
    return OK


@generic.command("RENAMENX key newkey:key", flags="write fast", since="1.0.0")
def renamenx(ctx: Context, key: bytes, newkey: bytes) -> Reply:
    """Renames a key only when the target key name doesn't exist.

    Reply: 1, or 0 if the new name exists.  Errors: no such key.
    """
    if ctx.db.lookup(key) is None:
        raise errors.no_such_key()
    if ctx.db.lookup(newkey) is not None:
        return 0
    _rename(ctx.db, key, newkey)
    return 1


def _rename(db: Database, key: bytes, newkey: bytes) -> None:
    value = db.lookup(key)
    if value is None:
        raise errors.no_such_key()
    if key == newkey:
        return
    at, form = db.expiry_ms(key), db.kept_as(key)
    db.remove(key)
    _put(db, newkey, value, at, form)
    db.notify(newkey, "new")
    db.touch(key, "rename_from", 0)
    db.touch(newkey, "rename_to")


@generic.command(
    "COPY source:key destination:key [arg ...]",  # [DB destination-db] [REPLACE]
    flags="write denyoom",
    since="6.2.0",
)
def copy(ctx: Context, source: bytes, destination: bytes, args: list[bytes]) -> Reply:
    """Copies the value of a key to a new key.

    Reply: 1, or 0 if there is nothing to copy, or the destination exists without REPLACE.
    """
    target, replace = _copy_options(ctx, args)
    if target is not ctx.db and ctx.kernel.cluster is not None:
        raise cluster_errors.copy_in_cluster()
    if target is ctx.db and source == destination:
        raise errors.same_object()
    lookups.looked(ctx.db, source)
    value = ctx.db.lookup(source)
    if value is None or (not replace and target.lookup(destination) is not None):
        return 0
    _put(
        target,
        destination,
        _duplicate(value),
        ctx.db.expiry_ms(source),
        ctx.db.kept_as(source),
    )
    target.notify(destination, "new")
    target.touch(destination, "copy_to")
    return 1


def _copy_options(ctx: Context, args: list[bytes]) -> tuple[Database, bool]:
    target, replace = ctx.db, False
    words = iter(args)
    for word in words:
        option = word.lower()
        if option == b"replace":
            replace = True
        elif option == b"db" and (number := next(words, None)) is not None:
            target = _database(ctx, number)
        else:
            raise errors.syntax()
    return target, replace


@generic.command("MOVE key db", flags="write fast", since="1.0.0")
def move(ctx: Context, key: bytes, db: bytes) -> Reply:
    """Moves a key to another database.

    Reply: 1, or 0 if there is nothing to move, or the key exists over there.
    """
    if ctx.kernel.cluster is not None:
        raise cluster_errors.not_in_cluster("MOVE")
    source, target = ctx.db, _database(ctx, db)
    if target is source:
        raise errors.same_object()
    value = source.lookup(key)
    if value is None or target.lookup(key) is not None:
        return 0
    at, form = source.expiry_ms(key), source.kept_as(key)
    source.remove(key)
    _put(target, key, value, at, form)
    target.notify(key, "new")
    source.touch(key, "move_from", 0)
    target.touch(key, "move_to")
    return 1


def _database(ctx: Context, word: bytes) -> Database:
    number = types.ranged(word, types.INT_MIN, types.INT_MAX)
    databases = ctx.kernel.space.databases
    if not 0 <= number < len(databases):
        raise errors.db_index_out_of_range()
    return databases[number]


def _put(
    db: Database, key: bytes, value: Any, expires_at_ms: int | None, encoding: bytes | None
) -> None:
    db.set(key, value)
    db.hold_timed(key, value)
    if encoding is not None:
        db.keep_as(key, encoding)
    if expires_at_ms is not None:
        db.expire_at(key, expires_at_ms)


def _duplicate(value: Any) -> Any:
    """A copy that shares nothing that can change."""
    match value:
        case bytes():
            return value
        case deque():
            return value.copy()
        case TimedHash():
            return value.copy()
        case dict():
            return dict(value)
        case MemberSet():
            return value.copy()
        case set():
            return set(value)
        case ZSet():
            return ZSet(dict(value.scores))
        case _:
            return deepcopy(value)
