"""What replicas are told of a call that has changed something: words with the same effect on any
copy of the data, at any time.

Most calls are told as they were said.  What depends on the clock, on chance, on who was waiting or
on floating point is told as what it has come to, where needed as the whole value.  Source: the
places in t_*.c and expire.c where the server rewrites the call (rewriteClientCommandVector).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from mock_backend.kernel.context import Context
from mock_backend.kernel.replication import field_effects
from mock_backend.kernel.replication.field_effects import Teller, Told, Words
from mock_backend.profile import Since
from mock_backend.replies import Reply, ReplyError
from mock_backend.store.consumer_groups import Group
from mock_backend.store.stream import Stream, show

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

FORCED: Final = frozenset("publish spublish flushall flushdb".split())
"""Told whether or not anything has changed."""

_RESTORE_UNLINKS: Final = Since("7.2.0")
_LEAVES_TIMES: Final = Since("7.2.0")
"""SET with PXAT is told as it was said."""
_READERS_FIRST: Final = Since("7.2.0")
"""A consumer that reads is made before anything is read, for all the streams."""
_COUNTS_TOLD: Final = Since("7.2.0")
"""Of a group's entries, how many were read."""

UNTOLD: Final = frozenset("exec eval evalsha fcall eval_ro evalsha_ro fcall_ro debug".split())
"""What they have called was told already."""


def told(context: Context, name: str, words: Words, reply: Reply) -> Told:
    """The words that tell of a call which was answered with ``reply``."""
    teller = _TELLERS.get(name)
    return [list(words)] if teller is None else teller(context, words, reply)


def deletion(kernel: Kernel, key: bytes, why: str) -> list[bytes]:
    """DEL, or UNLINK where the configuration lets memory go in the background."""
    lazy = kernel.config.flag(f"lazyfree-lazy-{why}")
    return [b"UNLINK" if lazy else b"DEL", key]


def whole(context: Context, key: bytes) -> list[bytes]:
    """The value as it is now."""
    value = context.db.values.get(key)
    if value is None:
        return [b"DEL", key]
    at = context.db.expiry_ms(key) or 0
    payload = context.kernel.persistence.dump(value)
    return [b"RESTORE", key, b"%d" % at, payload, b"REPLACE", b"ABSTTL"]


def _set(context: Context, words: Words, reply: Reply) -> Told:
    kept = [word for word in words[3:] if word.upper() != b"GET"]
    clocked = [word.upper() for word in kept if word.upper() in field_effects.CLOCKED]
    if not clocked:
        return [[*words[:3], *kept]]
    if clocked == [b"PXAT"] and context.kernel.profile.has(_LEAVES_TIMES):
        return [list(words)]
    return _set_until(context, words[1], words[2])


def _set_until(context: Context, key: bytes, value: bytes) -> Told:
    at = context.db.expiry_ms(key)
    if at is None:
        return [deletion(context.kernel, key, "expire")]
    return [[b"SET", key, value, b"PXAT", b"%d" % at]]


def _setex(context: Context, words: Words, reply: Reply) -> Told:
    return _set_until(context, words[1], words[3])


def _getset(context: Context, words: Words, reply: Reply) -> Told:
    return [[b"SET", *words[1:]]]


def _getdel(context: Context, words: Words, reply: Reply) -> Told:
    return [[b"DEL", words[1]]]


def _getex(context: Context, words: Words, reply: Reply) -> Told:
    key = words[1]
    if key not in context.db.values:
        return [deletion(context.kernel, key, "expire")]
    at = context.db.expiry_ms(key)
    return [[b"PERSIST", key] if at is None else [b"PEXPIREAT", key, b"%d" % at]]


def _expire(context: Context, words: Words, reply: Reply) -> Told:
    key = words[1]
    at = context.db.expiry_ms(key)
    if at is None:
        return [deletion(context.kernel, key, "expire")]
    return [[b"PEXPIREAT", key, b"%d" % at, *words[3:]]]


def _incrbyfloat(context: Context, words: Words, reply: Reply) -> Told:
    return [[b"SET", words[1], context.db.values[words[1]], b"KEEPTTL"]]


def _spop(context: Context, words: Words, reply: Reply) -> Told:
    key = words[1]
    if len(words) > 2 and key not in context.db.values:
        return [deletion(context.kernel, key, "server-del")]
    return [[b"SREM", key, *([reply] if isinstance(reply, bytes) else reply)]]


def _popped_from(name: bytes) -> Teller:
    """A call that waited: its reply begins with the key."""

    def teller(context: Context, words: Words, reply: Reply) -> Told:
        return [[name, reply[0]]]

    return teller


def _moved(name: bytes) -> Teller:
    """A call that waited and moved: the same without its timeout."""

    def teller(context: Context, words: Words, reply: Reply) -> Told:
        return [[name, *words[1:-1]]]

    return teller


def _several(first: bytes, other: bytes, where: bytes) -> Teller:
    """LMPOP and its like: ``first`` if ``where`` stands among the words."""

    def teller(context: Context, words: Words, reply: Reply) -> Told:
        key, items = reply
        at = 2 if words[0].upper().startswith(b"B") else 1
        direction = words[at + 1 + int(words[at])].upper()
        return [[first if direction == where else other, key, b"%d" % len(items)]]

    return teller


def _restore(context: Context, words: Words, reply: Reply) -> Told:
    if words[1] not in context.db.values:  # its time was over, and it took the old key along
        if context.kernel.profile.has(_RESTORE_UNLINKS):
            return [deletion(context.kernel, words[1], "server-del")]
        return [[b"DEL", words[1]]]
    if words[2] == b"0" or any(word.upper() == b"ABSTTL" for word in words[4:]):
        return [list(words)]
    at = context.db.expiry_ms(words[1]) or 0
    return [[words[0], words[1], b"%d" % at, *words[3:], b"ABSTTL"]]


def _migrate(context: Context, words: Words, reply: Reply) -> Told:
    upper = [word.upper() for word in words]
    keys = words[upper.index(b"KEYS") + 1 :] if b"KEYS" in upper else words[3:4]
    return [[b"DEL", key] for key in keys if key not in context.db.values]


def _xadd(context: Context, words: Words, reply: Reply) -> Told:
    following = list(words)
    at = _trimmed(context, following, 2)
    if following[at].endswith(b"*"):
        following[at] = reply
    return [following]


def _xtrim(context: Context, words: Words, reply: Reply) -> Told:
    following = list(words)
    _trimmed(context, following, 2)
    return [following]


def _trimmed(context: Context, words: list[bytes], at: int) -> int:
    """Makes an approximate trimming exact, in place; where the words behind the options begin."""
    while at < len(words):
        option = words[at].upper()
        if option == b"NOMKSTREAM":
            at += 1
        elif option == b"LIMIT":
            del words[at : at + 2]
        elif option in (b"MAXLEN", b"MINID"):
            at += 1
            if words[at] == b"~":
                words[at : at + 2] = [b"=", _reached(context, words[1], option)]
            at += 2 if words[at] == b"=" else 1
        else:
            break
    return at


def _reached(context: Context, key: bytes, strategy: bytes) -> bytes:
    stream = context.db.values.get(key)
    if not isinstance(stream, Stream):
        return b"0"
    if strategy == b"MAXLEN":
        return b"%d" % stream.length
    return show(stream.first_id)


def _xreadgroup(context: Context, words: Words, reply: Reply) -> Told:
    """What was delivered is told entry by entry; what was read again is not told."""
    at = next(at for at, word in enumerate(words) if word.upper() == b"STREAMS" and at > 3) + 1
    several = (len(words) - at) // 2
    silent = any(word.upper() == b"NOACK" for word in words[4 : at - 1])
    found = dict(reply) if isinstance(reply, list) else {}
    made = {deed[2]: deed for deed in context.kernel.replication.deeds}
    told: Told = []
    if context.kernel.profile.has(_READERS_FIRST):
        told += made.values()
        made.clear()
    for key, after in zip(words[at:][:several], words[at + several :], strict=True):
        stream = context.db.values.get(key)
        group = stream.groups.get(words[2]) if isinstance(stream, Stream) else None
        if group is None:
            continue
        if key in made:
            told.append(made.pop(key))
        if key in found and after == b">":
            if not silent:
                told += [claim(key, words[2], group, entry[0], entry[0]) for entry in found[key]]
            if silent or context.kernel.profile.has(_COUNTS_TOLD):
                told.append(progress(key, words[2], group))
    return told


def claim(
    key: bytes, name: bytes, group: Group, shown: bytes, last: bytes | None = None
) -> list[bytes]:
    """An entry that is pending now; ``XCLAIM`` does the same on any copy.  ``last`` is how far the
    group had come then, if it has gone on.
    """
    milliseconds, _, sequence = shown.partition(b"-")
    pending = group.pending[int(milliseconds) << 64 | int(sequence or 0)]
    begin = [b"XCLAIM", key, name, pending.consumer.name, b"0", shown]
    delivered = [b"TIME", b"%d" % pending.delivered_ms, b"RETRYCOUNT", b"%d" % pending.count]
    return [*begin, *delivered, b"FORCE", b"JUSTID", b"LASTID", last or show(group.last_id)]


def progress(key: bytes, name: bytes, group: Group) -> list[bytes]:
    """How far a group has come."""
    count = -1 if group.entries_read is None else group.entries_read
    last = [show(group.last_id), b"ENTRIESREAD", b"%d" % count]
    return [b"XGROUP", b"SETID", key, name, *last]


def _deeds(context: Context, words: Words, reply: Reply) -> Told:
    """What the call itself has noted."""
    return list(context.kernel.replication.deeds)


def _tellers() -> Iterator[tuple[str, Teller]]:
    for name in "expire pexpire expireat pexpireat".split():
        yield name, _expire
    for name in "xclaim xautoclaim".split():
        yield name, _deeds
    for name in ("restore", "restore-asking"):
        yield name, _restore
    for name in ("setex", "psetex"):
        yield name, _setex
    for waiting, plain in (
        ("blpop", b"LPOP"),
        ("brpop", b"RPOP"),
        ("bzpopmin", b"ZPOPMIN"),
        ("bzpopmax", b"ZPOPMAX"),
    ):
        yield waiting, _popped_from(plain)
    for name in ("lmpop", "blmpop"):
        yield name, _several(b"LPOP", b"RPOP", b"LEFT")
    for name in ("zmpop", "bzmpop"):
        yield name, _several(b"ZPOPMIN", b"ZPOPMAX", b"MIN")


_TELLERS: Final[dict[str, Teller]] = {
    "set": _set,
    "getset": _getset,
    "getdel": _getdel,
    "getex": _getex,
    "incrbyfloat": _incrbyfloat,
    "spop": _spop,
    "blmove": _moved(b"LMOVE"),
    "brpoplpush": _moved(b"RPOPLPUSH"),
    "migrate": _migrate,
    "xadd": _xadd,
    "xtrim": _xtrim,
    "xreadgroup": _xreadgroup,
    **dict(_tellers()),
    **field_effects.TELLERS,
}


def tells(name: str, reply: Reply, *, changed: bool) -> bool:
    """Whether replicas hear of this call at all."""
    if name in UNTOLD:
        return False
    if changed:
        return True
    return (name in FORCED or name.startswith("function|")) and not isinstance(reply, ReplyError)
