"""Bitmaps: strings seen as bits, and as rows of small integers.

Arguments that depend on how many there are, and the little language of BITFIELD, are read by hand.
Source: bitops.c; the arithmetic is in store/bits.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mock_backend import errors
from mock_backend.kernel import lookups
from mock_backend.kernel.context import Context
from mock_backend.profile import Since
from mock_backend.replies import Reply, ReplyError
from mock_backend.schema import types
from mock_backend.schema.command import Table
from mock_backend.store import bits

bitmaps = Table("bitmap")

_WORDS_FIRST: Final = Since("7.2.0")
"""Before it BITCOUNT and BITPOS look at the key before they read a range."""
_OPEN_END: Final = Since("valkey-8.0.0")
"""From here on BITCOUNT may be given a start without an end."""


@bitmaps.command("SETBIT key offset value", flags="write denyoom", since="2.2.0")
def setbit(ctx: Context, key: bytes, offset: bytes, value: bytes) -> Reply:
    """Sets or clears the bit at offset of the string value. Creates the key if it doesn't exist.

    Reply: the bit that was there.
    """
    at = _offset(ctx, offset)
    if value not in {b"0", b"1"}:
        raise errors.err("bit is not an integer or out of range")
    old = ctx.db.get(key, bytes)
    held = bytearray((old or b"").ljust((at >> 3) + 1, b"\0"))
    mask = 0x80 >> (at & 7)
    before = bool(held[at >> 3] & mask)
    flipped = before != (value == b"1")
    if flipped:
        held[at >> 3] ^= mask
    if flipped or old is None or len(old) < len(held):
        ctx.db.set(key, bytes(held), keep_ttl=True)
        ctx.db.touch(key, "setbit")
    ctx.db.keep_as(key, b"raw")
    return int(before)


@bitmaps.command("GETBIT key offset", flags="readonly fast", since="2.2.0")
def getbit(ctx: Context, key: bytes, offset: bytes) -> Reply:
    """Returns a bit value by offset."""
    at = _offset(ctx, offset)
    held = ctx.db.get(key, bytes) or b""
    return held[at >> 3] >> (7 - (at & 7)) & 1 if at >> 3 < len(held) else 0


def _offset(ctx: Context, word: bytes, *, size: int = 0) -> int:
    """A bit's place; of a field of ``size`` bits also ``#n``, the place of the n-th (bitops.c,
    getBitOffsetFromArgument).
    """
    numbered = bool(size) and word.startswith(b"#")
    try:
        at = types.integer(word[1:]) * size if numbered else types.integer(word)
    except ReplyError:
        at = -1
    if at < 0 or at >> 3 >= ctx.kernel.longest_string:
        raise errors.bit_offset()
    return at


@bitmaps.command(
    "BITCOUNT key [arg ...]",  # [start [end [BYTE|BIT]]]
    flags="readonly",
    since="2.6.0",
)
def bitcount(ctx: Context, key: bytes, args: list[bytes]) -> Reply:
    """Counts the number of set bits (population counting) in a string."""
    profile = ctx.kernel.profile
    if not profile.has(_WORDS_FIRST) and ctx.db.get(key, bytes) is None:
        return 0
    if len(args) == 1 and not profile.has(_OPEN_END):
        raise errors.syntax()
    span = _Span.read(args)
    value = ctx.db.get(key, bytes) or b""
    if span.end is not None and span.start < 0 and span.end < 0 and span.start > span.end:
        return 0
    first, last = span.within(value)
    return bits.count(value, first, last) if first <= last else 0


@bitmaps.command(
    "BITPOS key bit:int [arg ...]",  # [start [end [BYTE|BIT]]]
    flags="readonly",
    since="2.8.7",
)
def bitpos(ctx: Context, key: bytes, bit: int, args: list[bytes]) -> Reply:
    """Finds the first set (1) or clear (0) bit in a string.

    Reply: -1 if there is none; behind a string without a given end all bits are clear.
    """
    if bit not in {0, 1}:
        raise errors.err("The bit argument must be 1 or 0.")
    if not ctx.kernel.profile.has(_WORDS_FIRST) and ctx.db.get(key, bytes) is None:
        return -1 if bit else 0
    span = _Span.read(args)
    value = ctx.db.get(key, bytes)
    if value is None:
        return -1 if bit else 0
    first, last = span.within(value)
    if first > last:
        return -1
    found = bits.position(value, bit, first, last)
    return len(value) << 3 if found < 0 and not bit and span.end is None else found


@dataclass(frozen=True, slots=True)
class _Span:
    """A range of bytes or bits, both ends inclusive, as BITCOUNT and BITPOS are given it."""

    start: int = 0
    end: int | None = None
    in_bits: bool = False

    @classmethod
    def read(cls, args: list[bytes]) -> _Span:
        """Errors: ERR, if an end is no integer, or there are words that mean nothing."""
        if not args:
            return cls()
        if len(args) > 3:
            raise errors.syntax()
        start = types.integer(args[0])
        unit = args[2].lower() if len(args) > 2 else b"byte"
        if unit not in {b"bit", b"byte"}:
            raise errors.syntax()
        end = types.integer(args[1]) if len(args) > 1 else None
        return cls(start, end, unit == b"bit")

    def within(self, value: bytes) -> tuple[int, int]:
        """The first bit and the last; the first behind the last if there are none."""
        total = len(value) << 3 if self.in_bits else len(value)
        start, end = self.start, total - 1 if self.end is None else self.end
        start = max(0, start + total if start < 0 else start)
        end = min(max(0, end + total if end < 0 else end), total - 1)
        return (start, end) if self.in_bits else (start << 3, (end << 3) + 7)


@bitmaps.command("BITOP operation destkey:key key [key ...]", flags="write denyoom", since="2.6.0")
def bitop(ctx: Context, operation: bytes, destkey: bytes, keys: list[bytes]) -> Reply:
    """Performs bitwise operations on multiple strings, and stores the result.

    Reply: the length of the result; an empty one removes the key.
    """
    name = operation.upper().decode("latin-1")
    if name not in {"AND", "OR", "XOR", "NOT"}:
        raise errors.syntax()
    if name == "NOT" and len(keys) != 1:
        raise errors.err("BITOP NOT must be called with a single source key.")
    result = bits.combined(name, [ctx.db.get(key, bytes) or b"" for key in keys])
    if result:
        ctx.db.set(destkey, result)
        ctx.db.keep_as(destkey, b"raw")
        ctx.db.touch(destkey, "set")
    elif ctx.db.discard(destkey):
        ctx.db.touch(destkey, "del")
    return len(result)


@dataclass(frozen=True, slots=True)
class _Step:
    """One operation of BITFIELD."""

    name: bytes
    kind: bits.Kind
    offset: int
    amount: int
    overflow: bytes


@bitmaps.command(
    "BITFIELD key [arg ...]",
    # GET encoding offset | [OVERFLOW WRAP|SAT|FAIL] SET|INCRBY encoding offset value, repeated
    flags="write denyoom",
    since="3.2.0",
)
def bitfield(ctx: Context, key: bytes, args: list[bytes]) -> Reply:
    """Performs arbitrary bitfield integer operations on strings.

    Reply: one integer for each; nil where OVERFLOW FAIL has kept a field as it is.
    """
    steps = _steps(ctx, args)
    if all(step.name == b"get" for step in steps):
        lookups.looked(ctx.db, key)
    return _perform(ctx, key, steps)


@bitmaps.command("BITFIELD_RO key [arg ...]", flags="readonly fast", since="6.0.0")
def bitfield_ro(ctx: Context, key: bytes, args: list[bytes]) -> Reply:
    """Performs arbitrary read-only bitfield integer operations on strings."""
    steps = _steps(ctx, args)
    if any(step.name != b"get" for step in steps):
        raise errors.err("BITFIELD_RO only supports the GET subcommand")
    return _perform(ctx, key, steps)


def _steps(ctx: Context, args: list[bytes]) -> list[_Step]:
    """Reads the whole request before anything is done."""
    steps: list[_Step] = []
    overflow = b"wrap"
    at = 0
    while at < len(args):
        name, left = args[at].lower(), len(args) - at - 1
        if name == b"overflow" and left:
            overflow = args[at + 1].lower()
            if overflow not in {b"wrap", b"sat", b"fail"}:
                raise errors.err("Invalid OVERFLOW type specified")
            at += 2
            continue
        if not (name == b"get" and left >= 2) and not (name in {b"set", b"incrby"} and left >= 3):
            raise errors.syntax()
        kind = _kind(args[at + 1])
        offset = _offset(ctx, args[at + 2], size=kind.size)
        amount = types.integer(args[at + 3]) if name != b"get" else 0
        steps.append(_Step(name, kind, offset, amount, overflow))
        at += 3 if name == b"get" else 4
    return steps


def _kind(word: bytes) -> bits.Kind:
    """``u1`` to ``u63``, ``i1`` to ``i64`` (bitops.c, getBitfieldTypeFromArgument)."""
    try:
        size = types.integer(word[1:])
    except ReplyError:
        size = 0
    signed = word[:1] == b"i"
    if word[:1] not in {b"i", b"u"} or not 1 <= size <= 63 + signed:
        raise errors.err(
            "Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but"
            " i64 is."
        )
    return bits.Kind(signed, size)


def _perform(ctx: Context, key: bytes, steps: list[_Step]) -> list[int | None]:
    old = ctx.db.get(key, bytes)
    held = bytearray(old or b"")
    ends = [step.offset + step.kind.size for step in steps if step.name != b"get"]
    if ends:
        held.extend(bytes(max(0, ((max(ends) + 7) >> 3) - len(held))))
    changed, writes = False, 0
    grown = old is None or len(held) > len(old)
    replies: list[int | None] = []
    for step in steps:
        before = step.kind.read(held, step.offset)
        if step.name == b"get":
            replies.append(before)
            continue
        after = _after(step, before)
        if after is not None:
            step.kind.write(held, step.offset, after)
            changed = changed or grown or after != before
            writes += 1
            replies.append(after if step.name == b"incrby" else before)
        else:
            replies.append(None)
    if ends:
        ctx.db.set(key, bytes(held), keep_ttl=True)
        ctx.db.keep_as(key, b"raw")
        if old is None and not changed:
            ctx.db.notify(key, "new")
    if changed:
        ctx.db.touch(key, "setbit", writes)
    return replies


def _after(step: _Step, before: int) -> int | None:
    """What the field becomes; ``None``: it must not overflow, but would."""
    kind = step.kind
    number = before + step.amount if step.name == b"incrby" else step.amount
    if step.name == b"set" and not kind.signed:
        number %= 1 << 64
    if kind.least <= number <= kind.most:
        return number
    if step.overflow == b"fail":
        return None
    if step.overflow == b"wrap":
        return kind.wrapped(number)
    return kind.most if number > kind.most else kind.least
