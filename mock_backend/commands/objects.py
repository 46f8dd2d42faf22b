"""OBJECT: how a real server would keep a value, and when the key was last used."""

from __future__ import annotations

from typing import Final

from mock_backend import errors
from mock_backend.commands.helping import help_for
from mock_backend.kernel.context import Context
from mock_backend.replies import Reply
from mock_backend.schema.command import Table
from mock_backend.store import encodings
from mock_backend.store.frequencies import Frequencies, plain
from mock_backend.store.members import is_integer

objects = Table("generic", "keyspace")
objects.container("OBJECT", since="2.2.3", summary="A container for object introspection commands.")

_SHARED_INTEGERS: Final = 10_000
"""Strings of the numbers below this are one object for all keys; its count stands still at the
largest int.
"""

_HELP: Final = """
OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
ENCODING <key>
    Return the kind of internal representation used in order to store the value
    associated with a <key>.
FREQ <key>
    Return the access frequency index of the <key>. The returned integer is
    proportional to the logarithm of the recent access frequency of the key.
IDLETIME <key>
    Return the idle time of the <key>, that is the approximated number of
    seconds elapsed since the last access to the key.
REFCOUNT <key>
    Return the number of references of the value associated with the specified
    <key>.
HELP
    Print this help.
"""


@objects.command("OBJECT ENCODING key", flags="readonly", since="2.2.3", container="OBJECT")
def encoding(ctx: Context, key: bytes) -> Reply:
    """Returns the internal encoding of an object."""
    if ctx.db.lookup(key) is None:
        return None
    return encodings.of_key(ctx.db, key, ctx.kernel.config.number, ctx.kernel.profile)


@objects.command("OBJECT FREQ key", flags="readonly", since="4.0.0", container="OBJECT")
def freq(ctx: Context, key: bytes) -> Reply:
    """Returns the logarithmic access frequency counter of an object.

    Errors: ERR, unless the policy is an LFU one.
    """
    if ctx.db.lookup(key) is None:
        return None
    times = plain(ctx.db.accessed)
    if not isinstance(times, Frequencies):
        raise errors.err(
            "An LFU maxmemory policy is not selected, access frequency not tracked. Please note"
            " that when switching between policies at runtime LRU and LFU data will take some"
            " time to adjust."
        )
    return times.frequency(key, ctx.now)


@objects.command("OBJECT IDLETIME key", flags="readonly", since="2.2.3", container="OBJECT")
def idletime(ctx: Context, key: bytes) -> Reply:
    """Returns the time since the last access to an object.

    Reply: whole seconds.
    """
    if ctx.db.lookup(key) is None:
        return None
    if ctx.kernel.accesses.frequent:
        raise errors.err(
            "An LFU maxmemory policy is selected, idle time not tracked. Please note that when"
            " switching between policies at runtime LRU and LFU data will take some time to"
            " adjust."
        )
    return max(0, ctx.now - ctx.db.accessed.get(key, ctx.now)) // 1000


@objects.command("OBJECT REFCOUNT key", flags="readonly", since="2.2.3", container="OBJECT")
def refcount(ctx: Context, key: bytes) -> Reply:
    """Returns the reference count of a value of a key."""
    value = ctx.db.lookup(key)
    if value is None:
        return None
    shared = isinstance(value, bytes) and is_integer(value) and 0 <= int(value) < _SHARED_INTEGERS
    return 2**31 - 1 if shared and not _each_has_its_age(ctx) else 1


def _each_has_its_age(ctx: Context) -> bool:
    """Whether keys go by their use, which is kept with the value: none is shared then (evict.c,
    MAXMEMORY_FLAG_NO_SHARED_INTEGERS).
    """
    policy = ctx.kernel.config.text("maxmemory-policy")
    return ctx.kernel.room.limited and policy.endswith(("-lru", "-lfu"))


help_for(objects, "OBJECT", since="6.2.0", text=_HELP)
