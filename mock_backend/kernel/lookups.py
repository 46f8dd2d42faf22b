"""Hits and misses: which commands look keys up to read them, as INFO counts and ``keymiss`` tells.

A command that only writes looks up nothing in this sense.  Source: db.c (lookupKey, LOOKUP_WRITE,
LOOKUP_NONOTIFY).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from mock_backend.replies import Reply, ReplyError
from mock_backend.schema import facts, types
from mock_backend.schema.binding import Run
from mock_backend.schema.command import Command
from mock_backend.store import hyperloglog
from mock_backend.store.keyspace import Database, Value
from mock_backend.store.zset import ZSet

if TYPE_CHECKING:
    from mock_backend.kernel.context import Context
    from mock_backend.kernel.kernel import Kernel

NOTHING: Final = 0
FIRST: Final = 1
"""The second word is the only key, and it is only read: asked for behind the call, at no cost."""
SEVERAL: Final = 2

_READING_ALL: Final = frozenset(("pfmerge",))
"""These write, but look up all their keys to read them first."""
_READ_AND_WRITE: Final = frozenset(("getdel", "getex", "getset"))
_APART: Final = frozenset(
    "memory|usage watch copy xread xreadgroup eval evalsha eval_ro evalsha_ro fcall fcall_ro"
    " migrate".split()
)
_READ_FIRST: Final = frozenset(("xack", "xclaim", "xautoclaim"))
"""These write into a stream that they look up as one that is read."""
_NUMBERED: Final = frozenset(
    "zunion zinter zdiff zintercard zunionstore zinterstore zdiffstore".split()
)
"""These are told how many keys there are, and look at them before they read what is behind."""
_LOOKS_BEFORE_IT_READS: Final = (
    frozenset(
        "lcs georadius georadius_ro georadiusbymember georadiusbymember_ro geosearch geosearchstore"
        " xack xclaim xautoclaim".split()
    )
    | _NUMBERED
)
_NO_SUCH_KEY: Final = "no such key"
_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "set": (set,),
    "sorted-set": (ZSet, set),
    "bitmap": (bytes,),
}
"""What may be under the keys of commands that have several: behind another they look no further."""

Seen = Sequence[tuple[bytes, Value]]
"""Keys, and what was under each."""

_QUIET: Final = "object|"
"""OBJECT counts its misses, but tells nobody."""


def looks_of(command: Command) -> int:
    """How the command looks its keys up: one of the constants above."""
    specs = facts.KEY_SPECS.get(command.name, ())
    if command.name in _APART or not specs:
        return NOTHING
    if command.name in _READ_FIRST:
        return FIRST
    if "readonly" in command.flags:
        plain = len(specs) == 1 and facts.legacy_range(command.name) == (1, 1, 1)
        return FIRST if plain else SEVERAL
    if command.name in _READ_AND_WRITE | _READING_ALL or any("RO" in spec.flags for spec in specs):
        return SEVERAL
    return NOTHING


def counting(kernel: Kernel, command: Command, run: Run) -> Run:
    """How a command is run that looks up several keys: with a look at them before it, and counted
    behind it.
    """

    def counted(context: Context, words: Sequence[bytes]) -> Reply:
        notifier = kernel.notifier
        if notifier is not None:
            notifier.hold()
        seen = _seen(context.db, command, words)
        failure: ReplyError | None = None
        try:
            reply: Reply = run(context, words)
            if type(reply) is ReplyError:
                failure = reply
            return reply
        except ReplyError as error:
            failure = error.said_by(kernel.profile)
            raise
        finally:
            _count(context.db, command, seen, failure)
            if notifier is not None:
                notifier.release()

    return counted


def _seen(database: Database, command: Command, words: Sequence[bytes]) -> Seen:
    """What the command finds under the keys that it is about to look up."""
    try:
        keys = _keys(command, words)
    except (ReplyError, ValueError, IndexError):
        return ()  # the words do not fit: the command says so itself
    lookup = database.lookup
    return [(key, lookup(key)) for key in keys]


def _count(database: Database, command: Command, seen: Seen, failure: ReplyError | None) -> None:
    """Counts what the command has looked up before it came to its end."""
    if failure is None and not [key for key, value in seen if value is None]:
        database.space.hits += len(seen)
        return
    if failure is not None and not has_looked(command, failure):
        return
    for key, value in seen:
        if value is None:
            missed(database, key, quietly=command.name.startswith(_QUIET))
            continue
        database.space.hits += 1
        if failure is not None and not _goes_on(command.group, value):
            return


def _goes_on(group: str, value: Value) -> bool:
    """Whether a command of that group looks at further keys behind this one."""
    if group == "hyperloglog":
        return isinstance(value, bytes) and value.startswith(hyperloglog.MAGIC)
    return isinstance(value, _KINDS.get(group, object))


def has_looked(command: Command, error: ReplyError) -> bool:
    """Whether the command had come to its keys before it failed; most read every word first."""
    return (
        error.code != "ERR" or command.name in _LOOKS_BEFORE_IT_READS or error.text == _NO_SUCH_KEY
    )


def looked(database: Database, key: bytes, *, quietly: bool = False) -> None:
    """A key is looked up; called by handlers that do so only if an option says so (SET GET),
    after what else may be wrong (COPY), or more than once (XREAD).
    """
    if database.lookup(key) is not None:
        database.space.hits += 1
    else:
        missed(database, key, quietly=quietly)


def missed(database: Database, key: bytes, *, quietly: bool = False) -> None:
    """A key was looked up that is not there."""
    database.space.misses += 1
    if not quietly:
        database.notify(key, "keymiss")


def _keys(command: Command, words: Sequence[bytes]) -> Sequence[bytes]:
    if command.name in _NUMBERED:
        at = 2 if command.name.endswith("store") else 1
        number = types.integer(words[at])
        return words[at + 1 : at + 1 + number] if number < len(words) - at else ()
    if "readonly" in command.flags or command.name in _READING_ALL:
        return command.keys(words)
    if command.name in _READ_AND_WRITE:
        return words[1:2]
    specs = facts.KEY_SPECS[command.name]
    return [key for spec in specs if "RO" in spec.flags for key in facts.found_by(spec, words)]
