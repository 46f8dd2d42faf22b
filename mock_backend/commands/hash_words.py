"""The words of HEXPIRE, HTTL, HGETEX, HSETEX and their like, as each line reads them.

Functions are named for the line; the order in which they look at the words is the order of the
errors.  Source: t_hash.c of either, and Valkey's parseExtendedCommandArgumentsOrReply (server.c).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from mock_backend import errors
from mock_backend.commands.expiry import read_conditions
from mock_backend.errors import hash_fields
from mock_backend.kernel.context import Context
from mock_backend.schema import types

_LATEST_MS: Final = ((1 << 48) - 1) >> 2
"""Redis: no field can expire later (t_hash.c, HFE_MAX_ABS_TIME_MSEC)."""
_UNITS: Final = frozenset((b"EX", b"PX", b"EXAT", b"PXAT"))


@dataclass(frozen=True, slots=True)
class Expiry:
    """A time as it was said: ``EX``, ``PX``, ``EXAT``, ``PXAT`` and a word; or ``PERSIST``."""

    unit: str
    word: bytes = b""

    def at_ms(self, ctx: Context, name: str) -> int:
        """The Unix milliseconds that are meant; not of ``PERSIST``."""
        amount = types.integer(self.word)
        redis = is_redis(ctx)
        latest = _LATEST_MS if redis else types.INT64_MAX
        if amount < 0:
            raise hash_fields.negative_time() if redis else errors.invalid_expire(name)
        if self.unit.startswith("EX"):
            if amount > latest // 1000:
                raise errors.invalid_expire(name)
            amount *= 1000
        since = 0 if self.unit.endswith("AT") else ctx.now
        if amount > latest - since:
            raise errors.invalid_expire(name)
        return amount + since


@dataclass(slots=True)
class Setting:
    """What HSETEX was told."""

    items: list[bytes]
    """Fields and values in turn."""
    key_condition: str | None = None
    field_condition: str | None = None
    expiry: Expiry | None = None
    at_ms: int | None = None
    keep: bool = False
    """Whether times to live stay (KEEPTTL)."""


def is_redis(ctx: Context) -> bool:
    """Whether it is Redis that we answer as."""
    return ctx.kernel.profile.line == "redis"


def redis_fields(args: Sequence[bytes], complaint: str = hash_fields.NO_COUNT) -> list[bytes]:
    """``FIELDS number field [field ...]``"""
    if not args or args[0].upper() != b"FIELDS":
        raise hash_fields.no_fields_word()
    count = types.ranged(args[1], 1, types.INT64_MAX, complaint)
    if count != len(args) - 2:
        raise hash_fields.count_not_matching()
    return list(args[2:])


def valkey_fields(
    args: Sequence[bytes], wrong_count: Callable[[], Exception] = hash_fields.wrong_count
) -> list[bytes]:
    """``FIELDS number field [field ...]``"""
    if args[0].upper() != b"FIELDS":
        raise errors.syntax()
    count = types.integer(args[1])
    if not count or count != len(args) - 2:
        raise wrong_count()
    return list(args[2:])


def redis_conditions(args: Sequence[bytes]) -> tuple[set[str], list[bytes]]:
    """``[NX|XX|GT|LT] FIELDS number field [field ...]``"""
    conditions = set[str]()
    if args[0].upper() in {b"NX", b"XX", b"GT", b"LT"}:
        conditions.add(args[0].upper().decode())
    return conditions, redis_fields(args[len(conditions) :], hash_fields.NO_COUNT_TO_EXPIRE)


def valkey_conditions(args: list[bytes]) -> tuple[set[str], list[bytes]]:
    """``[NX|XX|GT|LT ...] FIELDS number field [field ...]``"""
    at = _place_of_fields(args)
    conditions = read_conditions(args[:at])
    return conditions, _counted(args[at + 1 :])


def _place_of_fields(args: Sequence[bytes]) -> int:
    """Where FIELDS stands, unless it is the last word."""
    for at, word in enumerate(args[:-1]):
        if word.upper() == b"FIELDS":
            return at
    raise hash_fields.wrong_count()


def _counted(args: Sequence[bytes], each: int = 1) -> list[bytes]:
    """``number word [word ...]``, where every field has ``each`` words."""
    count = types.integer(args[0])
    if not count or count * each != len(args) - 1:
        raise hash_fields.wrong_count()
    return list(args[1:])


def redis_getex(ctx: Context, args: list[bytes]) -> tuple[Expiry | None, int | None, list[bytes]]:
    """``[EX seconds|...|PERSIST] FIELDS number field [field ...]``: how it was said, when that is,
    and the fields.
    """
    expiry, at, taken = None, None, 0
    first = args[0].upper()
    if first in _UNITS:
        expiry, taken = Expiry(first.decode(), args[1]), 2
        at = expiry.at_ms(ctx, "hgetex")
    elif first == b"PERSIST":
        expiry, taken = Expiry("PERSIST"), 1
    if len(args) < taken + 2:
        raise errors.wrong_arity("hgetex")
    return expiry, at, redis_fields(args[taken:])


def valkey_getex(args: list[bytes]) -> tuple[Expiry | None, list[bytes]]:
    """``[EX seconds|...|PERSIST ...] FIELDS number field [field ...]``"""
    at = _place_of_fields(args)
    options = _options(args[:at], keep=b"PERSIST")
    return options.expiry, _counted(args[at + 1 :])


def valkey_setex(args: list[bytes]) -> Setting:
    """``[NX|XX] [FNX|FXX] [EX seconds|...|KEEPTTL] FIELDS number field value [field value ...]``"""
    at = _place_of_fields(args)
    options = _options(args[:at], keep=b"KEEPTTL")
    options.items = _counted(args[at + 1 :], each=2)
    return options


def _options(args: Sequence[bytes], keep: bytes) -> Setting:
    """The words before FIELDS; ``keep`` is KEEPTTL or PERSIST."""
    found = Setting([])
    words = iter(args)
    kept = False
    for word in words:
        option = word.upper()
        if option in _UNITS and not kept:
            value = next(words, None)
            unit = option.decode()
            if value is None or (found.expiry is not None and found.expiry.unit != unit):
                raise errors.syntax()
            found.expiry = Expiry(unit, value)
        elif option == keep and (kept or found.expiry is None):
            kept = True
        elif keep == b"KEEPTTL" and option in {b"NX", b"XX"}:
            found.key_condition = _same(found.key_condition, option)
        elif keep == b"KEEPTTL" and option in {b"FNX", b"FXX"}:
            found.field_condition = _same(found.field_condition, option)
        else:
            raise errors.syntax()
    if kept and keep == b"PERSIST":
        found.expiry = Expiry("PERSIST")
    found.keep = kept and keep == b"KEEPTTL"
    return found


def _same(before: str | None, option: bytes) -> str:
    if before is not None and before != option.decode():
        raise errors.syntax()
    return option.decode()


def redis_setex(ctx: Context, args: list[bytes]) -> Setting:
    """``[FNX|FXX] [EX seconds|...|KEEPTTL] FIELDS number field value [field value ...]``"""
    found = Setting([])
    at = 0
    while at < len(args):
        option = args[at].upper()
        if option == b"FIELDS":
            found.items = _redis_items(args[at + 1 :])
            return found
        if option in _UNITS or option == b"KEEPTTL":
            if found.keep or found.at_ms is not None:
                raise hash_fields.two_times()
            if option == b"KEEPTTL":
                found.keep = True
            else:
                at += 1
                found.at_ms = _redis_time(ctx, option, args[at : at + 1])
        elif option in {b"FNX", b"FXX"}:
            if found.field_condition is not None:
                raise hash_fields.two_conditions()
            found.field_condition = option.decode()
        else:
            raise hash_fields.unknown_argument(args[at])
        at += 1
    raise errors.wrong_arity("hsetex")


def _redis_time(ctx: Context, unit: bytes, words: Sequence[bytes]) -> int:
    if not words:
        raise hash_fields.no_time()
    return Expiry(unit.decode(), words[0]).at_ms(ctx, "hsetex")


def _redis_items(args: Sequence[bytes]) -> list[bytes]:
    if len(args) < 3:
        raise errors.wrong_arity("hsetex")
    count = types.ranged(args[0], 1, types.INT_MAX, hash_fields.NO_COUNT_TO_SET)
    if count * 2 != len(args) - 1:
        raise errors.wrong_arity("hsetex")
    return list(args[1:])
