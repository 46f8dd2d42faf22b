"""What SCAN, HSCAN, SSCAN and ZSCAN have in common: their options, and the walk through one
container.

Options are read by hand because their errors depend on what is scanned, and because HSCAN and its
like look at the key before them (db.c, scanGenericCommand).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mock_backend import errors
from mock_backend.profile import DEFAULT, Profile, Since
from mock_backend.replies import Reply
from mock_backend.schema import types
from mock_backend.store import encodings, glob

_CURSOR_CHECKED: Final = Since("redis-7.4.0,valkey-8.0.0")
_NOVALUES: Final = Since("redis-7.4.0,valkey-8.0.0")
_NOSCORES: Final = Since("valkey-8.1.0")
_TYPES_KNOWN: Final = Since("valkey-8.0.0")
"""Redis takes any word for a type, and finds no key of it."""


@dataclass(slots=True)
class Options:
    """The words behind the cursor."""

    count: int = 10
    pattern: re.Pattern[bytes] | None = None
    type: bytes | None = None
    values: bool = True
    """Whether HSCAN tells the values, and ZSCAN the scores."""

    def chosen(self, names: list[bytes]) -> list[bytes]:
        """Those of ``names`` that MATCH lets through."""
        if self.pattern is None:
            return names
        matches = self.pattern.fullmatch
        return [name for name in names if matches(name)]


def cursor(word: bytes, profile: Profile) -> int:
    """Where the scan goes on.  Errors: ``invalid cursor``."""
    return types.cursor(word, loose=not profile.has(_CURSOR_CHECKED))


def options(words: Sequence[bytes], *, of: str, profile: Profile = DEFAULT) -> Options:
    """Reads the words behind the cursor; ``of`` is what is scanned: ``keys`` or a type's name.

    Errors: ``syntax error``; a COUNT that is no integer; a type that does not exist; NOVALUES
    elsewhere than in HSCAN, NOSCORES elsewhere than in ZSCAN.
    """
    found = Options()
    at = 0
    while at < len(words):
        option = words[at].lower()
        value = words[at + 1] if at + 1 < len(words) else None
        if option == b"count" and value is not None:
            found.count = types.integer(value)
            if found.count < 1:
                raise errors.syntax()
        elif option == b"match" and value is not None:
            found.pattern = None if value == b"*" else glob.compiled(value)
        elif option == b"type" and of == "keys" and value is not None:
            found.type = value.lower()
            if found.type not in encodings.TYPES and profile.has(_TYPES_KNOWN):
                raise errors.unknown_type(value)
        elif option == b"novalues" and profile.has(_NOVALUES):
            if of != "hash":
                raise errors.err("NOVALUES option can only be used in HSCAN")
            found.values = False
            at -= 1
        elif option == b"noscores" and profile.has(_NOSCORES):
            if of != "zset":
                raise errors.err("NOSCORES option can only be used in ZSCAN")
            found.values = False
            at -= 1
        else:
            raise errors.syntax()
        at += 2
    return found


def reply(cursor: int, items: list[bytes]) -> Reply:
    """``[next cursor, items]``; the cursor is a string."""
    return [b"%d" % cursor, items]
