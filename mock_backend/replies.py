"""The meanings of a reply that Python has no type for.

A handler returns what it means and the writer finds the bytes for the session's protocol:

========================  ==========================  =======================
a handler returns         RESP2                       RESP3
========================  ==========================  =======================
``bytes``                 bulk string                 bulk string
``int``                   integer                     integer
``None``                  null bulk string            null
``NIL_ARRAY``             null array                  null
``list`` / ``tuple``      array                       array
``float``                 bulk string                 double
``LongDouble``            bulk string                 double
``bool``                  integer 0 / 1               boolean
``Simple``                simple string               simple string
``Pairs``                 flat array                  map
``Members``               array                       set
``Verbatim``              bulk string                 verbatim string
``BigNumber``             bulk string                 big number
``Push``                  array                       push
``ReplyError``            error                       error
``Many``                  several replies, in order   the same
``Raw``                   these very bytes            the same
``NOTHING``               no reply at all             no reply at all
``Block``                 the call is parked          the call is parked
========================  ==========================  =======================
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias

from mock_backend.profile import Profile, Since

Reply: TypeAlias = Any
"""What a handler may return; the table above says which types have a meaning."""


class ReplyError(Exception):
    """An error reply: ``code`` (``ERR``, ``WRONGTYPE`` ...) and the sentence behind it.

    It is raised where it is known and is itself the reply.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text
        self._older: list[tuple[Since, ReplyError]] = []
        self.counted = False
        """Whether the statistics know of it already: a script passes on what a command said."""

    def before(self, since: str, older: ReplyError) -> ReplyError:
        """This error, for servers that have ``since``; those that have not say ``older``.

        ``err("new words").before("7.2.0", err("older words"))``
        """
        self._older.append((Since(since), older))
        return self

    def said_by(self, profile: Profile) -> ReplyError:
        """The error as that server words it."""
        for since, older in self._older:
            if not profile.has(since):
                return older
        return self

    @property
    def line(self) -> str:
        """The whole line as it goes over the wire, without the leading ``-``."""
        return f"{self.code} {self.text}" if self.text else self.code

    def __str__(self) -> str:
        return self.line


class Simple:
    """A status reply such as ``OK`` or ``QUEUED``."""

    __slots__ = ("text", "wire")

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.wire = b"+" + text + b"\r\n"

    def __repr__(self) -> str:
        return f"Simple({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Simple) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)


class Pairs(list[tuple[Any, Any]]):
    """A map: a list of ``(key, value)``; repeated keys are kept, order is the server's."""

    __slots__ = ()


class Members(list[Any]):
    """A set of replies, written in the order given."""

    __slots__ = ()


class Push(list[Any]):
    """An out-of-band message: its first element says which kind."""

    __slots__ = ("wire",)

    def __init__(self, items: Iterable[Any] = ()) -> None:
        super().__init__(items)
        self.wire: dict[int, bytes] = {}
        """Its bytes by protocol, once they were needed: the same go to everybody."""


class Many(list[Any]):
    """Several replies to one request (``SUBSCRIBE a b c``)."""

    __slots__ = ()


class Raw:
    """Bytes as they are: the stream and the image that replicas are sent, and what has been written
    in another protocol.
    """

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __repr__(self) -> str:
        return f"Raw({self.data!r})"


class Verbatim:
    """Text with a format of three letters (``txt``, ``mkd``)."""

    __slots__ = ("format", "text")

    def __init__(self, text: bytes, format: bytes = b"txt") -> None:
        self.text = text
        self.format = format

    def __repr__(self) -> str:
        return f"Verbatim({self.text!r}, {self.format!r})"


class LongDouble:
    """A double with 17 digits behind the point, but for zeros at the end (util.c, ld2string)."""

    __slots__ = ("value",)

    def __init__(self, value: float) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"LongDouble({self.value!r})"

    @property
    def text(self) -> bytes:
        """All the digits."""
        text = f"{self.value:.17f}".rstrip("0").rstrip(".")
        return b"0" if text == "-0" else text.encode()


class BigNumber:
    """An integer of any size, as its decimal digits."""

    __slots__ = ("digits",)

    def __init__(self, digits: bytes) -> None:
        self.digits = digits

    def __repr__(self) -> str:
        return f"BigNumber({self.digits!r})"


class _Constant:
    """A reply that is one of its kind."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


OK: Final = Simple(b"OK")
QUEUED: Final = Simple(b"QUEUED")
PONG: Final = Simple(b"PONG")
NIL_ARRAY: Final = _Constant("NIL_ARRAY")
NOTHING: Final = _Constant("NOTHING")


class Block:
    """Nothing to answer yet: park this call until one of ``keys`` changes or ``timeout`` seconds
    pass.

    ``timeout`` 0 waits for ever.  ``kind`` is the type of value that is waited for: a key that
    becomes anything else does not wake the call (``None``: whatever happens to the key wakes it).
    ``otherwise`` is the reply once the time is over, and where waiting is not allowed (MULTI,
    scripts).  ``again`` replaces the words of the call for its next performance (XREAD turns ``$``
    into the ID that it meant at first).  ``alone`` makes the words that ask for one of the keys and
    no other, which is how servers before 7.2 serve.  ``ended`` is told when the call waits no
    longer, for whatever reason.
    """

    __slots__ = ("again", "alone", "ended", "keys", "kind", "otherwise", "timeout")

    def __init__(
        self,
        keys: Iterable[bytes],
        timeout: float,
        *,
        kind: type | None,
        otherwise: Reply = NIL_ARRAY,
        again: Sequence[bytes] | None = None,
        alone: Callable[[bytes], Sequence[bytes]] | None = None,
        ended: Callable[[], None] | None = None,
    ) -> None:
        self.keys = list(keys)
        self.timeout = timeout
        self.kind = kind
        self.otherwise = otherwise
        self.again = again
        self.alone = alone
        self.ended = ended

    def __repr__(self) -> str:
        return f"Block({self.keys!r}, {self.timeout!r})"
