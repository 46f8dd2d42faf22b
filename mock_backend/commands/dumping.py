"""DUMP and RESTORE: a value as the server's own bytes, and back.

The bytes themselves are made and read in store/rdb/.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mock_backend import errors
from mock_backend.errors import persistence as persistence_errors
from mock_backend.kernel.context import Context
from mock_backend.replies import OK, Reply
from mock_backend.schema import types
from mock_backend.schema.command import Table
from mock_backend.store.rdb.form import Corrupt
from mock_backend.store.rdb.payload import ForeignType, Unreadable

dumping = Table("generic", "keyspace")


@dumping.command("DUMP key", flags="readonly", since="2.6.0")
def dump(ctx: Context, key: bytes) -> Reply:
    """Returns a serialized representation of the value stored at a key.

    Reply: the value behind its type, the version of the format and a checksum; null if there is no
    such key.
    """
    value = ctx.db.get(key, object)
    return None if value is None else ctx.kernel.persistence.dump(value, ctx.db.kept_as(key))


@dumping.command(
    "RESTORE key ttl serialized-value [arg ...]",  # [REPLACE] [ABSTTL] [IDLETIME s] [FREQ f]
    flags="write denyoom",
    since="2.6.0",
    categories="dangerous",
)
def restore(
    ctx: Context, key: bytes, ttl: bytes, serialized_value: bytes, args: list[bytes]
) -> Reply:
    """Creates a key from the serialized representation of a value.

    ``ttl`` is in milliseconds, 0 for none, with ABSTTL a Unix time.  Errors: BUSYKEY, if the key
    exists and nobody said REPLACE.
    """
    return _restore(ctx, key, ttl, serialized_value, args)


@dumping.command(
    "RESTORE-ASKING key ttl serialized-value [arg ...]",
    flags="write denyoom asking",
    since="3.0.0",
    categories="dangerous",
)
def restore_asking(
    ctx: Context, key: bytes, ttl: bytes, serialized_value: bytes, args: list[bytes]
) -> Reply:
    """An internal command for migrating keys in a cluster."""
    return _restore(ctx, key, ttl, serialized_value, args)


@dataclass(slots=True)
class _Options:
    replace: bool = False
    absolute: bool = False
    idle_seconds: int | None = None
    frequency: int | None = None


def _options(args: list[bytes]) -> _Options:
    found = _Options()
    words = iter(args)
    for word in words:
        option = word.lower()
        if option == b"replace":
            found.replace = True
        elif option == b"absttl":
            found.absolute = True
        elif (
            option == b"idletime"
            and found.frequency is None
            and (value := next(words, None)) is not None
        ):
            found.idle_seconds = types.integer(value)
            if found.idle_seconds < 0:
                raise errors.err("Invalid IDLETIME value, must be >= 0")
        elif (
            option == b"freq"
            and found.idle_seconds is None
            and (value := next(words, None)) is not None
        ):
            found.frequency = types.integer(value)
            if not 0 <= found.frequency <= 255:
                raise errors.err("Invalid FREQ value, must be >= 0 and <= 255")
        else:
            raise errors.syntax()
    return found


def _restore(ctx: Context, key: bytes, ttl: bytes, data: bytes, args: list[bytes]) -> Reply:
    db = ctx.db
    options = _options(args)
    if not options.replace and db.lookup(key) is not None:
        raise persistence_errors.busy_key()
    lifetime = types.integer(ttl)
    if lifetime < 0:
        raise errors.err("Invalid TTL value, must be >= 0")
    value = _read(ctx, data)
    replaced = options.replace and db.discard(key)
    expires_at_ms = lifetime if options.absolute else _wrapped(lifetime + ctx.now)
    if lifetime and ctx.is_past(expires_at_ms):
        if replaced:
            db.touch(key, "del")
        return OK
    ctx.kernel.persistence.place(db, key, value)
    if lifetime:
        db.expire_at(key, expires_at_ms)
    ctx.kernel.persistence.use(db, key, options.idle_seconds, options.frequency)
    db.notify(key, "new")
    db.touch(key, "restore")
    return OK


def _wrapped(at_ms: int) -> int:
    """What is left of a time that 64 bits cannot hold: it is long past."""
    return at_ms if at_ms <= types.INT64_MAX else at_ms - (1 << 64)


def _read(ctx: Context, data: bytes) -> Any:
    try:
        value = ctx.kernel.persistence.restore(data, ctx.session.user)
    except Unreadable:
        raise persistence_errors.unreadable_dump() from None
    except ForeignType as foreign:
        raise errors.err(f"Unsupported foreign data type: {foreign.kind}") from None
    except Corrupt:
        raise persistence_errors.bad_data_format() from None
    if value is None:
        raise persistence_errors.bad_data_format()
    return value
