"""HyperLogLog: counting different elements by estimate, in little memory.

A HyperLogLog is a string, and these commands read and write it as one; what its bytes mean is
known to store/hyperloglog.py.
"""

from __future__ import annotations

import random
from typing import Final

from mock_backend import errors
from mock_backend.kernel.context import Context
from mock_backend.profile import Since
from mock_backend.replies import OK, Reply, Simple
from mock_backend.schema.command import Table
from mock_backend.store import hyperloglog as sketches
from mock_backend.store.hyperloglog import Corrupted, Sketch

hyperloglog = Table("hyperloglog")

_SIMD: Final = Since("redis-8.0.0,valkey-8.1.0")
_ENCODINGS: Final = {sketches.DENSE: Simple(b"dense"), sketches.SPARSE: Simple(b"sparse")}
_UNTOLD: Final = "recount"
"""The server publishes no event of a cardinality that was reckoned anew, but WATCH breaks."""
_TEST_CYCLES: Final = 10
_TEST_ELEMENTS: Final = 10_000
"""The server tests a thousand cycles and ten million elements, in C."""


@hyperloglog.command("PFADD key [element ...]", flags="write denyoom fast", since="2.8.9")
def pfadd(ctx: Context, key: bytes, elements: list[bytes]) -> Reply:
    """Adds elements to a HyperLogLog key. Creates the key if it doesn't exist.

    Reply: 1 if a register changed or the key is new, or 0.
    """
    value = _value(ctx, key)
    sketch = _sketch(ctx, value)
    changes = int(value is None)
    try:
        for element in elements:
            changes += sketch.add(element)
    except Corrupted:
        _keep(ctx, key, sketch)
        raise errors.corrupted_hyperloglog() from None
    if not changes:
        return 0
    sketch.invalidate()
    _keep(ctx, key, sketch)
    ctx.db.touch(key, "pfadd")
    ctx.db.space.dirty += changes - 1
    return 1


@hyperloglog.command("PFCOUNT key [key ...]", flags="readonly", since="2.8.9")
def pfcount(ctx: Context, keys: list[bytes]) -> Reply:
    """Returns the approximated cardinality of the set(s) observed by the HyperLogLog key(s).

    The cardinality of a single one is written into it.
    """
    if len(keys) > 1:
        return sketches.cardinality(_union(ctx, keys)[0])
    value = _value(ctx, keys[0])
    if value is None:
        return 0
    sketch = _sketch(ctx, value)
    cached = sketch.cached
    if cached is not None:
        return cached
    try:
        found = sketches.cardinality(sketch.registers())
    except Corrupted:
        raise errors.corrupted_hyperloglog() from None
    sketch.cache(found)
    _keep(ctx, keys[0], sketch)
    ctx.db.touch(keys[0], _UNTOLD)
    return found


@hyperloglog.command(
    "PFMERGE destkey:key [sourcekey:key ...]", flags="write denyoom", since="2.8.9"
)
def pfmerge(ctx: Context, destkey: bytes, sourcekeys: list[bytes]) -> Reply:
    """Merges one or more HyperLogLog values into a single key.

    What the destination holds is merged, too.
    """
    registers, dense = _union(ctx, [destkey, *sourcekeys])
    target = _sketch(ctx, _value(ctx, destkey))
    if dense:
        target.make_dense()
        target.data[sketches.HEADER :] = sketches.packed(registers)
    else:
        for index, count in enumerate(registers):
            if count:
                target.raise_to(index, count)
    target.invalidate()
    _keep(ctx, destkey, target)
    ctx.db.touch(destkey, "pfadd")
    return OK


@hyperloglog.command("PFDEBUG subcommand key", flags="write denyoom admin", since="2.8.9")
def pfdebug(ctx: Context, subcommand: bytes, key: bytes) -> Reply:
    """Internal commands for debugging HyperLogLog values.

    ``GETREG`` (the registers), ``DECODE`` (the runs), ``ENCODING``, ``TODENSE``; where there is
    vector code, ``SIMD ON|OFF``.
    """
    name = subcommand.upper()
    if name == b"SIMD" and ctx.kernel.profile.has(_SIMD):
        return _simd(key)
    value = _value(ctx, key)
    if value is None:
        raise errors.err("The specified key does not exist")
    sketch = _sketch(ctx, value)
    match name:
        case b"GETREG":
            _to_dense(ctx, key, sketch)
            return list(sketch.registers())
        case b"TODENSE":
            return int(_to_dense(ctx, key, sketch))
        case b"ENCODING":
            return _ENCODINGS[sketch.encoding]
        case b"DECODE" if sketch.encoding == sketches.SPARSE:
            return sketch.shown_runs().encode()
        case b"DECODE":
            raise errors.err("HLL encoding is not sparse")
    raise errors.err(f"Unknown PFDEBUG subcommand '{errors.echo(subcommand)}'")


def _simd(state: bytes) -> Reply:
    match state.upper():
        case b"ON":
            return Simple(b"enabled")
        case b"OFF":
            return Simple(b"disabled")
    raise errors.err("Argument must be ON or OFF")


def _to_dense(ctx: Context, key: bytes, sketch: Sketch) -> bool:
    """Whether it was not; the server tells nobody of it."""
    if sketch.encoding == sketches.DENSE:
        return False
    try:
        sketch.make_dense()
    except Corrupted:
        raise errors.corrupted_hyperloglog() from None
    _keep(ctx, key, sketch)
    ctx.db.space.dirty += 1
    return True


@hyperloglog.command("PFSELFTEST", flags="admin", since="2.8.9")
def pfselftest(ctx: Context) -> Reply:
    """An internal command for testing HyperLogLog values.

    Fewer rounds of the server's two tests: registers keep what is put there, and sparse and dense
    sketches of the same elements agree and are not far off.
    """
    for _ in range(_TEST_CYCLES):
        registers = bytes(random.choices(range(64), k=sketches.REGISTERS))
        if sketches.unpacked(sketches.packed(registers)) != registers:
            raise errors.err("TESTFAILED Registers are not what they should be")
    longest = ctx.kernel.config.number("hll-sparse-max-bytes")
    sparse, dense = Sketch(longest_sparse=longest), Sketch()
    dense.make_dense()
    seed = random.getrandbits(64)
    checkpoint = 1
    for number in range(1, _TEST_ELEMENTS + 1):
        element = (number ^ seed).to_bytes(8, "little")
        sparse.add(element)
        dense.add(element)
        if number == checkpoint:
            _compare(sparse, dense, checkpoint)
            checkpoint *= 10
    return OK


def _compare(sparse: Sketch, dense: Sketch, checkpoint: int) -> None:
    found = sketches.cardinality(dense.registers())
    if found != sketches.cardinality(sparse.registers()):
        raise errors.err("TESTFAILED dense/sparse disagree")
    error = abs(checkpoint - found)
    if error > max(1, 6 * 1.04 / 128 * checkpoint + 1):
        raise errors.err(f"TESTFAILED Too big error. card:{checkpoint} abserr:{error}")


def _value(ctx: Context, key: bytes) -> bytes | None:
    """What ``key`` holds.  Errors: WRONGTYPE, unless it looks like a HyperLogLog."""
    value = ctx.db.get(key, bytes)
    if value is not None and not sketches.is_valid(value):
        raise errors.no_hyperloglog()
    return value


def _sketch(ctx: Context, value: bytes | None) -> Sketch:
    return Sketch(value, longest_sparse=ctx.kernel.config.number("hll-sparse-max-bytes"))


def _union(ctx: Context, keys: list[bytes]) -> tuple[bytes, bool]:
    """The registers of all ``keys`` together, and whether one of them is dense; each is looked at
    when those before it are merged.
    """
    registers, dense = sketches.NOTHING, False
    for key in keys:
        value = _value(ctx, key)
        if value is not None:
            sketch = _sketch(ctx, value)
            dense = dense or sketch.encoding == sketches.DENSE
            try:
                registers = sketches.highest(registers, sketch.registers())
            except Corrupted:
                raise errors.corrupted_hyperloglog() from None
    return registers, dense


def _keep(ctx: Context, key: bytes, sketch: Sketch) -> None:
    ctx.db.set(key, bytes(sketch.data), keep_ttl=True)
    ctx.db.keep_as(key, b"raw")
