"""A whole data set as one piece of bytes: what stands in dump.rdb, and what a replica is sent."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mock_backend.store.frequencies import Frequencies
from mock_backend.store.keyspace import Keyspace
from mock_backend.store.rdb import form as codes
from mock_backend.store.rdb import loading, saving
from mock_backend.store.rdb.crc64 import crc64
from mock_backend.store.rdb.form import Corrupt, Form
from mock_backend.store.rdb.words import Reader, Writer

_FIRST_CHECKED: Final = 5
"""The version from which on a file ends with a checksum."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a file."""

    database: int
    key: bytes
    value: Any | None
    """``None``: nothing of it is left."""
    expires_at_ms: int | None
    idle_seconds: int | None
    frequency: int | None


@dataclass(slots=True)
class Image:
    """What a file held."""

    aux: dict[str, str]
    """What is told of the server that wrote it."""
    libraries: list[bytes]
    entries: list[Entry]


def write(
    space: Keyspace,
    form: Form,
    aux: Mapping[str, str],
    libraries: Sequence[bytes],
    *,
    tells_idle: bool = False,
) -> bytes:
    """Everything that is in ``space``, keys that have expired included; with ``tells_idle`` also
    how long each key has not been used.
    """
    out = Writer(form)
    magic = "VALKEY" if form.version >= 80 else "REDIS0"
    out.raw(f"{magic}{form.version:03d}".encode())
    for name, value in aux.items():
        out.byte(codes.AUX)
        out.string(name.encode())
        out.string(value.encode("utf-8", "surrogateescape"))
    for library in libraries:
        out.byte(codes.FUNCTION2)
        out.string(library)
    for database in space.databases:
        if not database.values:
            continue
        out.byte(codes.SELECTDB)
        out.length(database.number)
        out.byte(codes.RESIZEDB)
        out.length(len(database.values))
        out.length(len(database.expires))
        for key, value in database.values.items():
            expires_at_ms = database.expires.get(key)
            if expires_at_ms is not None:
                out.byte(codes.EXPIRETIME_MS)
                out.milliseconds(expires_at_ms)
            if tells_idle:
                out.byte(codes.IDLE)
                used_ms = database.accessed.get(key, space.now_ms)
                out.length(max(0, space.now_ms - used_ms) // 1000)
            if isinstance(database.accessed, Frequencies):
                out.byte(codes.FREQ)
                out.byte(database.accessed.frequency(key, space.now_ms))
            saving.save(out, key, value, database.kept_as(key))
    out.byte(codes.EOF)
    body = bytes(out.out)
    return body + struct.pack("<Q", crc64(body) if form.checksums else 0)


def read(data: bytes, form: Form) -> Image:
    """What a file holds; what stands behind its end is nobody's business.  Errors: Corrupt."""
    magic, digits = data[:5], data[5:9]
    if data[:6] == b"VALKEY":
        magic, digits = data[:6], data[6:9]
    if magic not in (b"REDIS", b"VALKEY") or not digits.isdigit():
        raise Corrupt("wrong signature")
    version = int(digits)
    if not form.reads(version) or (magic == b"VALKEY") != (version >= 80):
        raise Corrupt(f"can't handle version {version}")
    source = Reader(data, 9)
    image = Image({}, [], [])
    for entry in _entries(source, image, form):
        image.entries.append(entry)
    if version >= _FIRST_CHECKED:
        end = source.at
        checksum = int.from_bytes(source.raw(8), "little")
        if checksum and checksum != crc64(data[:end]):
            raise Corrupt("the checksum is wrong")
    return image


def _entries(source: Reader, image: Image, form: Form) -> Iterator[Entry]:
    database = 0
    expires_at_ms: int | None = None
    idle_seconds: int | None = None
    frequency: int | None = None
    while True:
        match code := source.byte():
            case codes.EOF:
                return
            case codes.SELECTDB:
                database = source.length()
            case codes.RESIZEDB:
                source.length()
                source.length()
            case codes.SLOT_INFO:
                for _ in range(3):
                    source.length()
            case codes.AUX:
                name, value = source.string(), source.string()
                image.aux[name.decode("utf-8", "replace")] = value.decode(
                    "utf-8", "surrogateescape"
                )
            case codes.FUNCTION2:
                image.libraries.append(source.string())
            case codes.EXPIRETIME_MS:
                expires_at_ms = source.milliseconds()
            case codes.EXPIRETIME:
                expires_at_ms = int.from_bytes(source.raw(4), "little", signed=True) * 1000
            case codes.IDLE:
                idle_seconds = source.length()
            case codes.FREQ:
                frequency = source.byte()
            case _:
                key = source.string()
                value_read = loading.load(source, code, form)
                yield Entry(database, key, value_read, expires_at_ms, idle_seconds, frequency)
                expires_at_ms = idle_seconds = frequency = None
