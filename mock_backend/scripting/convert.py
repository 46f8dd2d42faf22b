"""Values between Redis and Lua, both ways, as script_lua.c has them.

A reply becomes a Lua value (``Replies``): in RESP2 a nil is ``false`` and what has no type of its
own is flat; after ``redis.setresp(3)`` a nil is nil and maps, sets, doubles, big numbers and
verbatim strings are tables that say so.  A script's result becomes a reply (``Results``).  The
words of ``redis.call`` become bytes (``words``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from mock_backend.replies import (
    NIL_ARRAY,
    BigNumber,
    LongDouble,
    Many,
    Members,
    Pairs,
    Reply,
    ReplyError,
    Simple,
    Verbatim,
)

Printed = Callable[[float], bytes]
"""How the server prints a double; it is handed in, since the wire's side owns it."""

STATUS: Final = 1
ARRAY: Final = 2
ERROR: Final = 3
FAILED: Final = 4
LONG_ARRAY: Final = 5
DOUBLE: Final = 6
BIG_NUMBER: Final = 7
VERBATIM: Final = 8
MAP: Final = 9
SET: Final = 10

KINDS: Final = {
    b"STATUS": STATUS,
    b"ARRAY": ARRAY,
    b"ERROR": ERROR,
    b"FAILED": FAILED,
    b"LONG_ARRAY": LONG_ARRAY,
    b"DOUBLE": DOUBLE,
    b"BIG_NUMBER": BIG_NUMBER,
    b"VERBATIM": VERBATIM,
    b"MAP": MAP,
    b"SET": SET,
}
"""How the two sides name what they hand over, by the name that the Lua side uses."""

_AT_ONCE: Final = 100
"""Longer arrays go over as tables or in slices: the interpreter's stack is limited."""

_DEEPEST: Final = 250
"""Tables nested deeper than this are answered with an error, as the server does when its stack is
full.
"""

_MOST_VALUES: Final = 1 << 25
"""A result that has more in it is answered with an error: tables that contain one another may
stand for more than any memory holds.
"""
_BETWEEN_BREATHS: Final = 1 << 10
"""After so many values of a result the host is asked whether to go on."""

SMALL: Final = 64
"""Bytes that the interpreter needs for what is no string and no array, about."""

_INT64_MIN: Final = -(2**63)
LARGEST_PLAIN: Final = 2**62
"""Whole numbers up to here are printed as integers, larger ones as doubles (util.c, double2ll)."""
LARGEST_PLAIN_ONCE: Final = 10**17 - 1
"""The same for servers that print all of them with ``%.17g``."""


def words(arguments: Sequence[Any], printed: Printed, plain: int) -> list[bytes] | None:
    """The arguments of ``redis.call`` as words; ``None``: one is neither string nor number.

    ``plain`` is the largest whole number that is printed as an integer.
    """
    found: list[bytes] = []
    for argument in arguments:
        kind = type(argument)
        if kind is bytes:
            found.append(argument)
        elif kind is int and -plain <= argument <= plain:
            found.append(b"%d" % argument)
        elif kind is int or kind is float:
            negative_nan = math.isnan(argument) and math.copysign(1, argument) < 0
            found.append(b"-nan" if negative_nan else printed(float(argument)))
        else:
            return None
    return found


def weight(reply: Reply) -> int:
    """Bytes that the interpreter needs for a reply, about."""
    kind = type(reply)
    if kind is bytes:
        return len(reply)
    if kind is int or kind is Simple:
        return SMALL
    if isinstance(reply, (list, tuple)):
        return 32 * len(reply) + sum(map(weight, reply))
    return SMALL


def error_text(error: ReplyError) -> bytes:
    """The text of an error as a script sees it."""
    line = error.line if error.text else f"ERR {error.code}"
    return line.encode("utf-8", "surrogateescape").replace(b"\r", b" ").replace(b"\n", b" ")


class Replies:
    """Replies into Lua values; ``table_from`` makes a Lua table of a list or a dict."""

    def __init__(self, table_from: Callable[[Any], Any], printed: Printed) -> None:
        self._table = table_from
        self._printed = printed
        self.protocol = 2
        """What the script has asked for with ``redis.setresp``."""

    def handed(self, reply: Reply) -> Any:
        """What ``host.perform`` returns for anything but strings, integers and simple strings,
        which need no handing: the value, or ``(None, kind, ...)``, from which the Lua
        side makes a table cheaply.
        """
        kind = type(reply)
        if kind is ReplyError:
            return None, ERROR, error_text(reply), True
        if kind is list and len(reply) <= _AT_ONCE:
            return (None, ARRAY, *self._elements(reply))
        return self.value(reply)

    def value(self, reply: Reply) -> Any:
        """The Lua value of a reply, a table where it is one."""
        kind = type(reply)
        if kind is bytes or kind is int:
            return reply
        if reply is None or reply is NIL_ARRAY:
            return None if self.protocol == 3 else False
        if kind is Many:
            return self.value(reply[-1])  # what stands before it is no reply
        if isinstance(reply, Pairs):
            return self._map(reply)
        if isinstance(reply, Members) and self.protocol == 3:
            members = self._table({self.value(member): True for member in reply})
            return self._table({b"set": members})
        if isinstance(reply, list | tuple):
            return self._table(self._elements(reply))
        if kind is Simple:
            return self._table({b"ok": reply.text})
        if kind is ReplyError:
            return self._table({b"err": error_text(reply), b"ignore_error_stats_update": True})
        return self._other(reply)

    def _elements(self, reply: Sequence[Any]) -> list[Any]:
        for element in reply:
            if type(element) is not bytes:
                return [self.value(one) for one in reply]
        return list(reply)

    def _map(self, reply: Pairs) -> Any:
        if self.protocol == 3:
            fields = {self.value(key): self.value(item) for key, item in reply}
            return self._table({b"map": self._table(fields)})
        return self._table([self.value(one) for pair in reply for one in pair])

    def _other(self, reply: Any) -> Any:
        """The types that RESP2 does not have."""
        new = self.protocol == 3
        if isinstance(reply, bool):
            return reply if new else int(reply)
        if isinstance(reply, float):
            return self._table({b"double": reply}) if new else self._printed(reply)
        if isinstance(reply, LongDouble):
            return self._table({b"double": float(reply.text)}) if new else reply.text
        if isinstance(reply, Verbatim):
            if not new:
                return reply.text
            inner = self._table({b"string": reply.text, b"format": reply.format})
            return self._table({b"verbatim_string": inner})
        if isinstance(reply, BigNumber):
            return self._table({b"big_number": reply.digits}) if new else reply.digits
        raise TypeError(f"{type(reply).__name__} is no reply that a script can be given")


class Stopped(Exception):
    """A result that cannot be taken apart, and the error that is answered instead."""

    def __init__(self, text: bytes) -> None:
        self.text = text


class Results:
    """What scripts return, into replies; ``open_table`` and ``cut`` are functions of the Lua side
    (run.lua).  ``breathe`` is asked now and then, and may answer with an error.
    """

    def __init__(
        self,
        table_type: type,
        open_table: Callable[[Any], Any],
        cut: Callable[[Any, int, int], Any],
        breathe: Callable[[], bytes | None],
    ) -> None:
        self._breathe = breathe
        self.errors: list[ReplyError] = []
        """Those that stand within replies; whoever counts them takes them out."""
        self._values = 0
        self._next_breath = 0
        self._table_type = table_type
        self._open = open_table
        self._cut = cut

    def reply(self, result: Any, protocol: int) -> Reply:
        """The reply for what ``run`` returned.  ``protocol`` is the script's: in RESP2 ``true`` is
        1 and ``false`` a nil.
        """
        if type(result) is tuple:
            self._values, self._next_breath = 0, _BETWEEN_BREATHS
            return self._opened(result, protocol, 0)
        return self._value(result, protocol, 0)

    def _value(self, value: Any, protocol: int, depth: int) -> Reply:
        kind = type(value)
        if kind is bytes:
            return value
        if kind is int:
            return value
        if kind is bool:
            if protocol == 3:
                return value
            return 1 if value else None
        if kind is float:
            return _truncated(value)
        if kind is self._table_type:
            if depth == _DEEPEST:
                return self._noted(ReplyError("ERR", "reached lua stack limit"))
            return self._opened(self._open(value), protocol, depth + 1)
        return None

    def _opened(self, opened: Any, protocol: int, depth: int) -> Reply:
        kind, *parts = opened
        self._values += 1
        if self._values > self._next_breath:
            self._look()
        if kind == ARRAY:
            return [self._value(part, protocol, depth) for part in parts[1:]]
        if kind == LONG_ARRAY:
            return [self._value(part, protocol, depth) for part in self._all(*parts)]
        if kind == STATUS:
            return Simple(parts[0].replace(b"\r", b" ").replace(b"\n", b" "))
        if kind == ERROR:
            error = error_reply(parts[0], counted=parts[1])
            return self._noted(error) if depth else error
        if kind == DOUBLE:
            return float(parts[0])
        if kind == BIG_NUMBER:
            return BigNumber(parts[0].replace(b"\r", b" ").replace(b"\n", b" "))
        if kind == VERBATIM:
            return Verbatim(parts[1], parts[0][:3])
        values = [self._value(part, protocol, depth) for part in self._all(*parts)]
        return Pairs(zip(values[::2], values[1::2])) if kind == MAP else Members(values)

    def _noted(self, error: ReplyError) -> ReplyError:
        self.errors.append(error)
        return error

    def _look(self) -> None:
        """Errors: ``Stopped``."""
        self._next_breath = self._values + _BETWEEN_BREATHS
        text = b"ERR not enough memory" if self._values > _MOST_VALUES else self._breathe()
        if text is not None:
            raise Stopped(text)

    def _all(self, count: int, table: Any) -> list[Any]:
        """The first ``count`` elements of a Lua table."""
        self._values += count
        values: list[Any] = []
        for first in range(1, count + 1, _AT_ONCE):
            last = min(first + _AT_ONCE - 1, count)
            part = self._cut(table, first, last)
            values.extend(part if type(part) is tuple else (part,))
        return values


def error_reply(line: bytes, *, counted: bool = False) -> ReplyError:
    """The error whose whole line is given."""
    text = line.strip(b"\r\n").replace(b"\r", b" ").replace(b"\n", b" ")
    code, blank, sentence = text.decode("utf-8", "surrogateescape").partition(" ")
    error = ReplyError(code, sentence) if sentence else ReplyError(code + blank, "")
    error.counted = counted
    return error


def _truncated(number: float) -> int:
    """A Lua number as the integer that C makes of it; the smallest if it does not fit."""
    if math.isfinite(number) and -(2.0**63) <= number < 2.0**63:
        return int(number)
    return _INT64_MIN
