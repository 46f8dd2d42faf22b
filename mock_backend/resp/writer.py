"""Meanings into bytes, in the dialect of the session.

``write`` appends the pieces of one reply to a list, so that everything a client is told in one turn
leaves in one write. What each Python type means stands in ``replies``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from mock_backend.profile import Profile
from mock_backend.replies import (
    NIL_ARRAY,
    NOTHING,
    BigNumber,
    LongDouble,
    Many,
    Members,
    Pairs,
    Push,
    Raw,
    Reply,
    ReplyError,
    Simple,
    Verbatim,
)
from mock_backend.resp.numbers import FEW_DIGITS, double, seventeen_digits

Out = list[bytes]

SHORT: Final = 512
BULK: Final = tuple(b"$%d\r\n" % size for size in range(SHORT))
"""How bulk strings of less than ``SHORT`` bytes begin."""
CRLF: Final = b"\r\n"
NULL: Final = {2: b"$-1\r\n", 3: b"_\r\n"}
"""What is not there, in each protocol."""
_SMALL: Final = 1024
_NUMBERS: Final = tuple(b":%d\r\n" % number for number in range(_SMALL))
"""Small integers as they are sent."""


class LongOut(list[bytes]):
    """Pieces for the clients of a server that prints doubles with all their digits."""

    __slots__ = ()


def pieces(profile: Profile) -> Out:
    """An empty list to write to, for the clients of that server."""
    return [] if profile.has(FEW_DIGITS) else LongOut()


def write(out: Out, reply: Reply, protocol: int) -> None:
    """Appends the bytes of ``reply`` to ``out``.  Errors: ``TypeError`` for a type that means
    nothing.
    """
    kind = type(reply)
    if kind is int:
        out.append(_NUMBERS[reply] if 0 <= reply < _SMALL else b":%d\r\n" % reply)
    elif kind is bytes:
        if len(reply) < SHORT:
            out += (BULK[len(reply)], reply, CRLF)
        else:
            out.append(b"$%d\r\n%b\r\n" % (len(reply), reply))
    elif kind is Simple:
        out.append(reply.wire)
    else:
        writer = _WRITERS.get(kind)
        if writer is None:
            raise TypeError(f"a handler returned {kind.__name__}, which is no reply")
        writer(out, reply, protocol)


def encoded(reply: Reply, protocol: int) -> bytes:
    """The bytes of one reply."""
    out: Out = []
    write(out, reply, protocol)
    return b"".join(out)


def _null(out: Out, reply: None, protocol: int) -> None:
    out.append(NULL[protocol])


def _constant(out: Out, reply: object, protocol: int) -> None:
    if reply is NIL_ARRAY:
        out.append(b"*-1\r\n" if protocol == 2 else b"_\r\n")
    elif reply is not NOTHING:
        raise TypeError(f"{reply!r} is no reply")


def _array(out: Out, reply: list[Any], protocol: int) -> None:
    out.append(b"*%d\r\n" % len(reply))
    for item in reply:
        if type(item) is bytes and len(item) < SHORT:
            out += (BULK[len(item)], item, CRLF)
        else:
            write(out, item, protocol)


def _pairs(out: Out, reply: Pairs, protocol: int) -> None:
    out.append(b"*%d\r\n" % (2 * len(reply)) if protocol == 2 else b"%%%d\r\n" % len(reply))
    for key, value in reply:
        write(out, key, protocol)
        write(out, value, protocol)


def _members(out: Out, reply: Members, protocol: int) -> None:
    out.append((b"*%d\r\n" if protocol == 2 else b"~%d\r\n") % len(reply))
    for item in reply:
        write(out, item, protocol)


def pushed(reply: Push, protocol: int) -> bytes:
    """The bytes of a push; they are found once, however many clients are told."""
    wire = reply.wire.get(protocol)
    if wire is None:
        out: Out = [(b"*%d\r\n" if protocol == 2 else b">%d\r\n") % len(reply)]
        for item in reply:
            write(out, item, protocol)
        wire = reply.wire[protocol] = b"".join(out)
    return wire


def _push(out: Out, reply: Push, protocol: int) -> None:
    out.append(pushed(reply, protocol))


def _many(out: Out, reply: Many, protocol: int) -> None:
    for one in reply:
        write(out, one, protocol)


def _raw(out: Out, reply: Raw, protocol: int) -> None:
    out.append(reply.data)


def _double(out: Out, reply: float, protocol: int) -> None:
    text = double(reply) if type(out) is list else seventeen_digits(reply)
    out.append(b"$%d\r\n%b\r\n" % (len(text), text) if protocol == 2 else b",%b\r\n" % text)


def _long_double(out: Out, reply: LongDouble, protocol: int) -> None:
    text = reply.text
    out.append(b"$%d\r\n%b\r\n" % (len(text), text) if protocol == 2 else b",%b\r\n" % text)


def _boolean(out: Out, reply: bool, protocol: int) -> None:
    if protocol == 2:
        out.append(b":1\r\n" if reply else b":0\r\n")
    else:
        out.append(b"#t\r\n" if reply else b"#f\r\n")


def _verbatim(out: Out, reply: Verbatim, protocol: int) -> None:
    text = reply.text
    if protocol == 2:
        out.append(b"$%d\r\n%b\r\n" % (len(text), text))
    else:
        out.append(b"=%d\r\n%b:%b\r\n" % (len(text) + 4, reply.format, text))


def _big_number(out: Out, reply: BigNumber, protocol: int) -> None:
    digits = reply.digits
    out.append(b"$%d\r\n%b\r\n" % (len(digits), digits) if protocol == 2 else b"(%b\r\n" % digits)


def _error(out: Out, reply: ReplyError, protocol: int) -> None:
    line = reply.line.encode("utf-8", "surrogateescape")
    out.append(b"-" + line.replace(b"\r", b" ").replace(b"\n", b" ") + b"\r\n")


_WRITERS: Final[dict[type, Callable[[Out, Any, int], None]]] = {
    type(None): _null,
    type(NIL_ARRAY): _constant,
    list: _array,
    tuple: _array,
    Pairs: _pairs,
    Members: _members,
    Push: _push,
    Many: _many,
    Raw: _raw,
    float: _double,
    LongDouble: _long_double,
    bool: _boolean,
    Verbatim: _verbatim,
    BigNumber: _big_number,
    ReplyError: _error,
}
