"""DEBUG, as far as it looks into keys and values: how they are kept, and their digests.

What there is to see follows from the content, as far as tests ask for it: addresses, hash tables
and nodes are told, not made.  Source: debug.c.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final
from zlib import crc32

from mock_backend import errors
from mock_backend.kernel.configuration.rules import memory
from mock_backend.kernel.context import Context
from mock_backend.profile import Since
from mock_backend.replies import OK, Reply, Simple, Verbatim
from mock_backend.resp import numbers
from mock_backend.schema import types
from mock_backend.store import digests, encodings, listpack, sizes
from mock_backend.store.frequencies import Frequencies, plain
from mock_backend.store.zset import ZSet

_FREQUENCY_SHOWN: Final = Since("7.2.0")
_ONE_OF_BOTH: Final = Since("valkey-9.0.0")
_SHORT_NAMES: Final = Since("valkey-8.1.0")
"""From here on SDSLEN names allocations otherwise."""
_LARGEST_NODE: Final = 1 << 32
_ENVELOPE: Final = 11
"""What a DUMP has beside the value: its type, a version and a checksum."""


def describe(ctx: Context, key: bytes, *, fast: bool) -> Reply:
    """DEBUG OBJECT."""
    value = _value(ctx, key)
    encoding = _encoding(ctx, key)
    times = plain(ctx.db.accessed)
    accessed = times.get(key, ctx.now)
    lru = accessed // 1000 & 0xFFFFFF
    counter = times.frequency(key, ctx.now) if isinstance(times, Frequencies) else 0
    length = "" if fast else f" serializedlength:{len(_dump(ctx, key, value)) - _ENVELOPE}"
    at = crc32(key) if encoding == b"int" else id(value)  # an integer is counted up where it is
    shown = f"Value at:0x{at:012x} refcount:1 encoding:{encoding.decode()}{length}"
    recency = f" lru:{lru} lru_seconds_idle:{max(0, ctx.now - accessed) // 1000}"
    frequency = f" lfu_freq:{counter} lfu_access_time_minutes:{lru >> 8}"
    if ctx.kernel.profile.has(_ONE_OF_BOTH):
        shown += frequency if ctx.kernel.accesses.frequent else recency
    elif ctx.kernel.profile.has(_FREQUENCY_SHOWN):
        shown += recency + frequency  # the same bits, read both ways whatever the policy
    else:
        shown += recency
    if encoding == b"quicklist":
        shown += _nodes(ctx, value, fast=fast)
    return Simple(shown.encode())


def _dump(ctx: Context, key: bytes, value: Any) -> bytes:
    return ctx.kernel.persistence.dump(value, ctx.db.kept_as(key))


def _nodes(ctx: Context, items: deque[bytes], *, fast: bool) -> str:
    """What a quicklist of these elements has; its nodes are filled one after the other."""
    fill = ctx.kernel.config.number("list-max-listpack-size")
    count, size, total, nodes = 0, listpack.EMPTY, 0, 1
    for item in items:
        one = listpack.text(item)
        if count and not encodings.fits_node(count + 1, size + one, fill):
            nodes, total = nodes + 1, total + size
            count, size = 0, listpack.EMPTY
        count, size = count + 1, size + one
    compressed = int(ctx.kernel.config.number("list-compress-depth") != 0)
    shown = (
        f" ql_nodes:{nodes} ql_avg_node:{len(items) / nodes:.2f} ql_listpack_max:{fill}"
        f" ql_compressed:{compressed}"
    )
    return shown if fast else f"{shown} ql_uncompressed_size:{total + size}"


def string(ctx: Context, key: bytes) -> Reply:
    """DEBUG SDSLEN: lengths of a key and its string, and what is allocated for them."""
    value = _value(ctx, key)
    encoding = _encoding(ctx, key)
    if not isinstance(value, bytes) or encoding == b"int":
        raise errors.err("Not an sds encoded string.")
    grown = ctx.db.kept_as(key) == b"raw"
    rounded = grown or ctx.kernel.profile.has(_FREQUENCY_SHOWN)
    if encoding == b"embstr":
        room = sizes.allocated(16 + _header(len(value)) + len(value) + 1) - 16
    elif grown:  # it gets twice of what it needs
        room = _room(2 * len(value) if len(value) < 1 << 20 else len(value) + (1 << 20))
    else:
        room = _room(len(value))
    free = room - len(value) - _header(len(value)) - 1 if rounded else 0
    key_room = max(16, _room(len(key))) if rounded else sizes.allocated(len(key) + 2)
    key_free = key_room - len(key) - _header(len(key)) - 1 if rounded else 0
    if ctx.kernel.profile.has(_SHORT_NAMES):
        held = room if encoding == b"raw" else 0
        return Simple(
            b"key_sds_len:%d key_sds_avail:0 obj_alloc:%d val_sds_len:%d val_sds_avail:%d"
            b" val_alloc:%d" % (len(key), sizes.allocated(16 + key_room), len(value), free, held)
        )
    return Simple(
        b"key_sds_len:%d, key_sds_avail:%d, key_zmalloc: %d, val_sds_len:%d, val_sds_avail:%d,"
        b" val_zmalloc: %d" % (len(key), key_free, key_room, len(value), free, room)
    )


def _header(length: int) -> int:
    return 3 if length < 1 << 8 else 5 if length < 1 << 16 else 9


def _room(length: int) -> int:
    return sizes.allocated(_header(length) + length + 1)


def structure(ctx: Context, key: bytes, encoding: str) -> Reply:
    """DEBUG LISTPACK and QUICKLIST, which print to a terminal that nobody watches."""
    _value(ctx, key)
    if _encoding(ctx, key).decode().removesuffix("ex") != encoding:
        raise errors.err(f"Not a {encoding} encoded object.")
    return Simple(f"{encoding.capitalize()} structure printed on stdout".encode())


def hash_tables(ctx: Context, word: bytes) -> Reply:
    """DEBUG HTSTATS."""
    number = types.integer(word)
    databases = ctx.kernel.space.databases
    if not 0 <= number < len(databases):
        raise errors.err("Out of range database")
    database = databases[number]
    return Verbatim(
        b"[Dictionary HT]\n%b[Expires HT]\n%b"
        % (_table(len(database.values)), _table(len(database.expires)))
    )


def hash_table(ctx: Context, key: bytes) -> Reply:
    """DEBUG HTSTATS-KEY."""
    value = _value(ctx, key)
    if _encoding(ctx, key) not in {b"hashtable", b"skiplist"}:
        raise errors.err(
            "The value stored at the specified key is not represented using an hash table"
        )
    return Verbatim(_table(len(value.scores if isinstance(value, ZSet) else value)))


def _table(count: int) -> bytes:
    """A table has the next power of two places."""
    head = b"Hash table 0 stats (main hash table):\n"
    if not count:
        return head + b"No stats available for empty dictionaries\n"
    places = max(4, 1 << (count - 1).bit_length())
    return head + b" table size: %d\n number of elements: %d\n" % (places, count)


def digest(ctx: Context) -> Reply:
    """DEBUG DIGEST."""
    printed = numbers.printing(ctx.kernel.profile)
    return Simple(digests.of_databases(ctx.kernel.space.databases, printed).encode())


def value_digests(ctx: Context, keys: list[bytes]) -> Reply:
    """DEBUG DIGEST-VALUE."""
    printed = numbers.printing(ctx.kernel.profile)
    return [Simple(digests.of_value(ctx.db, key, printed).encode()) for key in keys]


def packed_threshold(word: bytes) -> Reply:
    """DEBUG QUICKLIST-PACKED-THRESHOLD: checked; no node is made whose size it could limit."""
    size = memory(word.decode("latin-1"))
    if size is None or size >= _LARGEST_NODE:
        raise errors.err("argument must be a memory value bigger than 1 and smaller than 4gb")
    return OK


def reply_buffer(subcommand: bytes, option: bytes, word: bytes) -> Reply:
    """DEBUG REPLYBUFFER: replies go out as they come, whatever is said of buffers."""
    match option.lower():
        case b"peak-reset-time":
            if word.lower() not in {b"never", b"reset"}:
                types.integer(word)
        case b"resizing":
            pass
        case _:
            raise errors.wrong_subcommand_arity(subcommand, "DEBUG")
    return OK


def _value(ctx: Context, key: bytes) -> Any:
    value = ctx.db.values.get(key)  # one that has expired is still there to be looked at
    if value is None:
        raise errors.no_such_key()
    return value


def _encoding(ctx: Context, key: bytes) -> bytes:
    return encodings.of_key(ctx.db, key, ctx.kernel.config.number, ctx.kernel.profile)
