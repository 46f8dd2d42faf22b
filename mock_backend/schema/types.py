"""What ``word:type`` in a usage line means: how a word of the request becomes a value, and which
error it raises.

Every parser takes the word's bytes and returns a value or raises a ``ReplyError``.  Handlers that
must read a word late (LINDEX looks at the key first) call the same functions by name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mock_backend import errors
from mock_backend.replies import ReplyError

INT_MIN: Final = -(2**31)
INT_MAX: Final = 2**31 - 1
INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1
INT64: Final = (INT64_MIN, INT64_MAX)
UINT64_MAX: Final = 2**64 - 1

_SURELY_INT64: Final = 19
"""A number of fewer digits is in range."""
(_NOUGHT,) = b"0"

Parse = Callable[[bytes], Any]

_LONGEST_LONG_DOUBLE: Final = 4_932
"""Digits; what has more is out of the range of strtold."""
_ENDS: Final = {b"LEFT", b"RIGHT", b"MIN", b"MAX"}
_CURSOR: Final = re.compile(rb"[ \t-\r]*[+-]?[0-9]+\Z")
_LOOSE_CURSOR: Final = re.compile(rb"([+-]?[0-9]+)?\Z")
_HEX_FLOAT: Final = re.compile(rb"[+-]?0[xX][0-9a-fA-F]*\.?[0-9a-fA-F]*([pP][+-]?[0-9]+)?\Z")
_FLOAT: Final = re.compile(
    rb"[+-]?([0-9]+\.?[0-9]*([eE][+-]?[0-9]+)?|\.[0-9]+([eE][+-]?[0-9]+)?|inf(inity)?)\Z", re.I
)


@dataclass(frozen=True, slots=True)
class KeyCount:
    """A ``numkeys`` word: what it accepts, and what is said when it promises too many keys."""

    parse: Callable[[bytes, str], int]
    """Takes the word and the command's name."""
    too_many: Callable[[], ReplyError]


def text(word: bytes) -> bytes:
    """The word as it is."""
    return word


def integer(word: bytes) -> int:
    """A signed 64-bit integer in plain decimal: no sign ``+``, no blanks, no leading zeros (util.c,
    string2ll).
    """
    if len(word) < _SURELY_INT64 and word.isdigit() and word[0] != _NOUGHT:
        return int(word)
    try:
        value = int(word)
    except ValueError:
        raise errors.not_an_integer() from None
    if b"%d" % value != word or not INT64_MIN <= value <= INT64_MAX:
        raise errors.not_an_integer()
    return value


def positive(word: bytes) -> int:
    """An integer from 0 on (object.c, getPositiveLongFromObjectOrReply)."""
    return _at_least(0, word, errors.not_positive)


def _at_least(least: int, word: bytes, error: Callable[[], ReplyError]) -> int:
    """An integer from ``least`` on; whatever else the word is, ``error`` is said."""
    try:
        value = integer(word)
    except ReplyError:
        raise error() from None
    if value < least:
        raise error()
    return value


def floating(word: bytes) -> float:
    """A double as ``strtod`` reads it, but neither NaN nor what only overflow makes infinite or
    zero (object.c, getDoubleFromObject).
    """
    if len(word) < 16 and word.isdigit():
        return float(word)
    value = strtod(word)
    if value - value != 0 and b"n" not in word.lower():  # inf - inf is NaN
        raise errors.not_a_float()
    if value == 0 and word.partition(b"e")[0].strip(b"+-0.") and not _HEX_FLOAT.match(word):
        raise errors.not_a_float()
    return value


def strtod(word: bytes) -> float:
    """A double in any form, hexadecimal and infinities included, but no NaN and no blanks; what is
    too great is infinite.
    """
    if _FLOAT.match(word):
        return float(word)
    if _HEX_FLOAT.match(word) and len(word) > 2:
        try:
            return float.fromhex(word.decode())
        except (ValueError, OverflowError):
            pass
    raise errors.not_a_float()


def weight(word: bytes) -> float:
    """One of WEIGHTS (t_zset.c, zunionInterDiffGenericCommand)."""
    try:
        return floating(word)
    except ReplyError:
        raise errors.err("weight value is not a float") from None


def timeout(word: bytes) -> float:
    """Seconds to wait, fractions allowed, 0 for ever (timeout.c, getTimeoutFromObjectOrReply)."""
    try:
        value = strtod(word)
    except ReplyError:
        raise errors.timeout_not_a_float() from None
    if math.isinf(value) and _digits(word) > _LONGEST_LONG_DOUBLE:
        raise errors.timeout_not_a_float()
    if math.isinf(value) or abs(value) * 1000 > INT64_MAX:
        negative = errors.timeout_negative()
        # Redis 7.0 converts it all the same, which overflows
        raise errors.timeout_out_of_range().before("7.2.0", negative) if value > 0 else negative
    if value < -0.001:
        raise errors.timeout_negative()
    return max(value, 0.0)  # whole milliseconds count, rounded up


def _digits(word: bytes) -> int:
    """How many digits a decimal number has before its point, were it written out."""
    mantissa, _, power = word.lower().lstrip(b"+-0").partition(b"e")
    return len(mantissa.partition(b".")[0]) + int(power or b"0") if mantissa[:1].isdigit() else 0


def several(word: bytes | None) -> int:
    """The COUNT of LMPOP and its like; one if not given (t_list.c, lmpopGenericCommand)."""
    return 1 if word is None else _at_least(1, word, errors.count_not_positive)


def cursor(word: bytes, *, loose: bool = False) -> int:
    """A SCAN cursor: an unsigned 64-bit integer as ``strtoull`` reads it (util.c, string2ull).

    ``loose``: as older servers read it, nothing at all as 0, and below zero from the other end.
    """
    if loose:
        if not _LOOSE_CURSOR.match(word) or abs(int(word or b"0")) > UINT64_MAX:
            raise errors.invalid_cursor()
        return int(word or b"0") % (UINT64_MAX + 1)
    if not _CURSOR.match(word) or abs(int(word)) > UINT64_MAX:
        raise errors.invalid_cursor()
    value = int(word)
    if value >= INT64_MIN and b"%d" % value == word and value < 0:
        raise errors.invalid_cursor()
    return value % (UINT64_MAX + 1)  # what string2ll does not read, strtoull does


def ranged(word: bytes, least: int, most: int, complaint: str = "") -> int:
    """An integer from ``least`` to ``most``; with a ``complaint`` of the command's own, that is
    said of whatever else the word is (object.c, getRangeLongFromObjectOrReply).
    """
    if complaint:
        value = _at_least(least, word, lambda: errors.err(complaint))
        if value > most:
            raise errors.err(complaint)
        return value
    value = integer(word)
    if not least <= value <= most:
        raise errors.outside(least, most)
    return value


def milliseconds(word: bytes, now_ms: int) -> int:
    """For how long to wait, 0 for ever (timeout.c, getTimeoutFromObjectOrReply)."""
    try:
        value = integer(word)
    except ReplyError:
        raise errors.timeout_not_an_integer() from None
    if value < 0:
        raise errors.timeout_negative()
    if value > INT64_MAX - now_ms:
        raise errors.timeout_out_of_range()
    return value


def check_several(words: Sequence[bytes], at: int) -> None:
    """Reads the COUNT of LMPOP and its like, as the server does before it looks behind it; ``at``
    is the place of ``numkeys``.  Errors: ERR.
    """
    count = _some_keys(words[at], "")
    end, *option = words[at + count + 1 : at + count + 4] or [b""]
    if len(option) == 2 and option[0].upper() == b"COUNT" and end.upper() in _ENDS:
        several(option[1])


def limit(word: bytes) -> int:
    """The LIMIT of SINTERCARD and ZINTERCARD; 0 is none."""
    return _at_least(0, word, errors.negative_limit)


_FEW_KEYS: Final = {b"%d" % count: count for count in range(100)}


def _eval_keys(word: bytes, _name: str) -> int:
    count = _FEW_KEYS.get(word)
    if count is None:
        count = integer(word)
        if count < 0:
            raise errors.negative_key_count()
    return count


def _call_keys(word: bytes, _name: str) -> int:
    try:
        count = integer(word)
    except ReplyError:
        raise errors.bad_key_count() from None
    if count < 0:
        raise errors.negative_key_count()
    return count


def _some_keys(word: bytes, _name: str) -> int:
    return _at_least(1, word, errors.numkeys_not_positive)


def _input_keys(word: bytes, name: str) -> int:
    count = integer(word)
    if count < 1:
        raise errors.err(f"at least 1 input key is needed for '{name}' command")
    return count


PARSERS: Final[dict[str, Parse]] = {
    "bytes": text,
    "once": text,
    "key": text,
    "int": integer,
    "positive": positive,
    "float": floating,
    "weight": weight,
    "timeout": timeout,
    "limit": limit,
}
"""The types of a usage line; a word without a type is ``bytes``, a word called ``key`` is a
``key``.  An option whose word is ``once`` must not be given twice; of others the last one counts.
"""

KEY_COUNTS: Final[dict[str, KeyCount]] = {
    "evalkeys": KeyCount(_eval_keys, errors.too_many_keys),
    "callkeys": KeyCount(_call_keys, errors.too_many_keys),
    "somekeys": KeyCount(_some_keys, errors.syntax),
    "cardkeys": KeyCount(_some_keys, errors.too_many_keys),
    "inputkeys": KeyCount(_input_keys, errors.syntax),
}
"""The types of ``numkeys``: EVAL; FCALL; LMPOP and ZMPOP; SINTERCARD and ZINTERCARD; ZUNION and its
like.
"""
