"""What DUMP answers: a value behind its type, then the version of the format and a checksum.

FUNCTION DUMP's libraries stand in the same envelope.
"""

from __future__ import annotations

import struct
from typing import Any, Final

from mock_backend.store.rdb import loading, saving
from mock_backend.store.rdb.crc64 import crc64
from mock_backend.store.rdb.form import FOREIGN, HASH_2, Corrupt, Form
from mock_backend.store.rdb.words import Reader, Writer

_FOOTER: Final = 10


class Unreadable(Corrupt):
    """The version or the checksum is wrong: nothing of the value was looked at."""


class ForeignType(Corrupt):
    """A type of another line of servers."""

    def __init__(self, kind: int) -> None:
        super().__init__(kind)
        self.kind = kind


def seal(body: bytes, version: int) -> bytes:
    """``body`` with its version and checksum behind it."""
    sealed = body + struct.pack("<H", version)
    return sealed + struct.pack("<Q", crc64(sealed))


def unseal(payload: bytes, form: Form, *, checked: bool = True) -> bytes:
    """What was sealed.  Errors: Unreadable."""
    return _opened(payload, form, checked)[0]


def _opened(payload: bytes, form: Form, checked: bool) -> tuple[bytes, int]:
    if len(payload) < _FOOTER:
        raise Unreadable("shorter than its footer")
    version, checksum = struct.unpack("<HQ", payload[-_FOOTER:])
    if not form.reads(version):
        raise Unreadable(f"version {version}")
    if checked and checksum != crc64(payload[:-8]):
        raise Unreadable("the checksum is wrong")
    return payload[:-_FOOTER], version


def dump(value: Any, form: Form, encoding: bytes | None = None) -> bytes:
    """The payload of a value."""
    out = Writer(form)
    saving.save(out, None, value, encoding)
    return seal(bytes(out.out), form.version)


def restore(payload: bytes, form: Form, *, checked: bool = True) -> tuple[Any | None, int]:
    """The value of a payload, ``None`` if nothing of it is left, and of how many small containers
    in one piece it was made.

    Errors: Unreadable, ForeignType, Corrupt.
    """
    body, version = _opened(payload, form, checked)
    data = Reader(body)
    kind = data.byte()
    if version in FOREIGN and kind >= HASH_2 and form.profile.line == "valkey":
        raise ForeignType(kind)
    return loading.load(data, kind, form), data.packs
