"""Which server the mock says that it is: a line (Redis or Valkey) and a version of it.

A :class:`Profile` is a server; a :class:`Since` says from where on something exists, a
:class:`Marked` name from where until where.  Redis and
Valkey are one line up to 7.2 and go separate ways after it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

_LINES: Final = ("redis", "valkey")
_NEVER: Final = (1 << 30,)


def _version(text: str) -> tuple[int, ...]:
    """``"7.2.4"`` as ``(7, 2, 4)``.  Errors: ``ValueError``."""
    parts = tuple(int(part) for part in text.split("."))
    if len(parts) != 3:
        raise ValueError(f"{text!r} is no version of three numbers")
    return parts


@dataclass(frozen=True, slots=True)
class Profile:
    """One server: ``Profile("valkey", "8.0.1", "7.2.4")``."""

    line: str
    """``redis`` or ``valkey``."""
    version: str
    redis_version: str
    """The Redis version that it declares itself compatible with: of Redis its own."""
    numbers: tuple[int, ...] = field(init=False)
    """``version``, to compare with."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "numbers", _version(self.version))

    @property
    def name(self) -> str:
        """As ``--compat`` names it: ``valkey-8.0``."""
        return f"{self.line}-{self.version.rpartition('.')[0]}"

    def has(self, since: Since) -> bool:
        """Whether this server has what came with ``since``."""
        return self.numbers >= since.starts[self.line]


class Since:
    """From where on something exists: ``Since("7.2.0")`` in both lines, ``Since("valkey-8.1.0")``
    in one only, ``Since("redis-7.4.0,valkey-9.0.0")`` in each from a version of its own.

    Errors: ``ValueError`` for a text that cannot be read.
    """

    __slots__ = ("starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts: dict[str, tuple[int, ...]] = dict.fromkeys(_LINES, _NEVER)
        """The first version, by line."""
        for part in text.split(","):
            line, dash, version = part.strip().rpartition("-")
            if dash and line not in _LINES:
                raise ValueError(f"{part!r}: a line is one of {', '.join(_LINES)}")
            for each in (line,) if dash else _LINES:
                self.starts[each] = _version(version)

    def of(self, line: str) -> str:
        """The first version of that line, ``"7.2.0"``; empty if it never had it."""
        start = self.starts[line]
        return "" if start == _NEVER else ".".join(map(str, start))

    def __repr__(self) -> str:
        return f"Since({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Since) and other.starts == self.starts

    def __hash__(self) -> int:
        return hash(tuple(self.starts.items()))


@dataclass(frozen=True, slots=True)
class Marked:
    """A name that is there only for a while: ``loading@7.2.0``, ``noscript~7.2.0``."""

    name: str
    since: Since | None = None
    until: Since | None = None

    @staticmethod
    def read(text: str) -> Marked:
        """``name@since~until``; each mark may be missing.  Errors: ``ValueError``."""
        begun, tilde, until = text.partition("~")
        name, at, since = begun.partition("@")
        return Marked(name, Since(since) if at else None, Since(until) if tilde else None)

    @property
    def marks(self) -> list[Since]:
        """Its marks."""
        return [mark for mark in (self.since, self.until) if mark is not None]

    def among(self, missing: Collection[Since]) -> bool:
        """Whether it is there, of a server that lacks what came with ``missing``."""
        return self.since not in missing and (self.until is None or self.until in missing)

    def there(self, profile: Profile) -> bool:
        """Whether that server has it."""
        return (self.since is None or profile.has(self.since)) and (
            self.until is None or not profile.has(self.until)
        )


PROFILES: Final[dict[str, Profile]] = {
    profile.name: profile
    for profile in (
        Profile("redis", "7.0.15", "7.0.15"),
        Profile("redis", "7.2.6", "7.2.6"),
        Profile("redis", "7.4.1", "7.4.1"),
        Profile("redis", "8.0.6", "8.0.6"),
        Profile("valkey", "8.0.1", "7.2.4"),
        Profile("valkey", "8.1.1", "7.2.4"),
        Profile("valkey", "9.0.4", "7.2.4"),
    )
}
"""By name, as ``--compat`` takes it."""

DEFAULT: Final = PROFILES["valkey-8.0"]
