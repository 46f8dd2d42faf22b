"""The alphabet of the format: lengths, strings, times and doubles, written and read.

A string that is a small integer is written as one; a long one is compressed if that makes it
shorter.
"""

from __future__ import annotations

import struct
from typing import Final

from mock_backend.store.members import is_integer
from mock_backend.store.rdb import lzf
from mock_backend.store.rdb.form import Corrupt, Form

_INT8: Final = 0xC0
_INT16: Final = 0xC1
_INT32: Final = 0xC2
_LZF: Final = 0xC3
_LEAST_COMPRESSED: Final = 21
"""Shorter strings are left as they are."""


class Writer:
    """Bytes in the making."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.out = bytearray()

    def byte(self, value: int) -> None:
        """One byte."""
        self.out.append(value)

    def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        self.out += data

    def length(self, value: int) -> None:
        """A number from 0 on; a negative one stands as its 64 bits."""
        if 0 <= value < 1 << 6:
            self.out.append(value)
        elif 0 <= value < 1 << 14:
            self.out += struct.pack(">H", 0x4000 | value)
        elif 0 <= value < 1 << 32:
            self.out += struct.pack(">BI", 0x80, value)
        else:
            self.out += struct.pack(">BQ", 0x81, value & 0xFFFF_FFFF_FFFF_FFFF)

    def string(self, word: bytes) -> None:
        """A string (rdb.c, rdbSaveRawString)."""
        if len(word) <= 11 and is_integer(word):
            value = int(word)
            for kind, layout, bits in ((_INT8, "<Bb", 7), (_INT16, "<Bh", 15), (_INT32, "<Bi", 31)):
                if -(1 << bits) <= value < 1 << bits:
                    self.out += struct.pack(layout, kind, value)
                    return
        elif len(word) >= _LEAST_COMPRESSED and self.form.compresses:
            packed = lzf.compress(word, len(word) - 4)
            if packed is not None:
                self.out.append(_LZF)
                self.length(len(packed))
                self.length(len(word))
                self.out += packed
                return
        self.length(len(word))
        self.out += word

    def milliseconds(self, value: int) -> None:
        """A time."""
        self.out += struct.pack("<q", value)

    def double(self, value: float) -> None:
        """A score."""
        self.out += struct.pack("<d", value)


class Reader:
    """Bytes, read from the front.  Every method may raise Corrupt."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at
        self.packs = 0
        """How many small containers in one piece there were."""

    def raw(self, size: int) -> bytes:
        """So many bytes as they are."""
        end = self.at + size
        if end > len(self.data):
            raise Corrupt("it ends too early")
        data = self.data[self.at : end]
        self.at = end
        return data

    def byte(self) -> int:
        """One byte."""
        return self.raw(1)[0]

    def length(self) -> int:
        """A number."""
        value, encoded = self._length()
        if encoded:
            raise Corrupt("a string where a number should be")
        return value

    def _length(self) -> tuple[int, bool]:
        """A number, and whether it is the kind of an encoded string."""
        first = self.byte()
        match first >> 6:
            case 0:
                return first & 0x3F, False
            case 1:
                return (first & 0x3F) << 8 | self.byte(), False
            case 3:
                return first, True
        if first == 0x80:
            return int.from_bytes(self.raw(4), "big"), False
        if first == 0x81:
            return int.from_bytes(self.raw(8), "big"), False
        raise Corrupt(f"no length begins with {first}")

    def string(self) -> bytes:
        """A string."""
        value, encoded = self._length()
        if not encoded:
            return self.raw(value)
        if value in (_INT8, _INT16, _INT32):
            return b"%d" % int.from_bytes(self.raw(1 << (value & 3)), "little", signed=True)
        if value == _LZF:
            packed, size = self.length(), self.length()
            return lzf.decompress(self.raw(packed), size)
        raise Corrupt(f"no string is encoded as {value}")

    def pack(self) -> bytes:
        """A small container in one piece, which is a string."""
        self.packs += 1
        return self.string()

    def milliseconds(self) -> int:
        """A time."""
        return int.from_bytes(self.raw(8), "little", signed=True)

    def double(self) -> float:
        """A score, in binary."""
        value: float = struct.unpack("<d", self.raw(8))[0]
        return value

    def text_double(self) -> float:
        """A score, in digits, as it was once written."""
        size = self.byte()
        if size >= 253:
            return {253: float("nan"), 254: float("inf"), 255: float("-inf")}[size]
        try:
            return float(self.raw(size))
        except ValueError:
            raise Corrupt("a score that is no number") from None
