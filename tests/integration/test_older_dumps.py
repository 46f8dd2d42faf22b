"""Payloads as older servers wrote them: the mock reads them as the real servers do.

They are put together here, byte by byte, since no server at hand writes them any more.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import pytest

from mock_backend.store.rdb import listpacks
from mock_backend.store.rdb.payload import seal
from tests.integration.dumped_values import contents
from tests.integration.wire import Wire

BAD = "ERR Bad data format"

WORDS = (b"", b"a", b"some text", b"x" * 63, b"y" * 64, b"z" * 300, b"w" * 20_000)
NUMBERS = (0, 1, 12, 13, 127, -1, -128, 128, 32767, -32768, 32768, 1 << 22, -(1 << 23), 1 << 30)
NUMBERS += (-(1 << 31), 1 << 31, -(1 << 63), (1 << 63) - 1)


def length(number: int) -> bytes:
    if number < 64:
        return bytes((number,))
    if number < 1 << 14:
        return struct.pack(">H", 0x4000 | number)
    return struct.pack(">BI", 0x80, number)


def string(word: bytes) -> bytes:
    return length(len(word)) + word


def ziplist(elements: Sequence[bytes | int]) -> bytes:
    body, before, tail = b"", 0, 10
    for element in elements:
        tail = 10 + len(body)
        head = bytes((before,)) if before < 254 else struct.pack("<BI", 254, before)
        entry = head + ziplist_entry(element)
        before = len(entry)
        body += entry
    return struct.pack("<IIH", 11 + len(body), tail, len(elements)) + body + b"\xff"


def ziplist_entry(element: bytes | int) -> bytes:
    if isinstance(element, int):
        if 0 <= element <= 12:
            return bytes((0xF1 + element,))
        for kind, size in ((0xFE, 1), (0xC0, 2), (0xF0, 3), (0xD0, 4), (0xE0, 8)):
            if -(1 << 8 * size - 1) <= element < 1 << 8 * size - 1:
                return bytes((kind,)) + element.to_bytes(size, "little", signed=True)
    assert isinstance(element, bytes)
    size = len(element)
    if size < 64:
        return bytes((size,)) + element
    if size < 1 << 14:
        return struct.pack(">H", 0x4000 | size) + element
    return struct.pack(">BI", 0x80, size) + element


def zipmap(pairs: Sequence[tuple[bytes, bytes]]) -> bytes:
    def size(word: bytes) -> bytes:
        return bytes((len(word),)) if len(word) < 254 else struct.pack("<BI", 254, len(word))

    body = b"".join(
        size(field) + field + size(value) + b"\x02" + value + b"\0\0" for field, value in pairs
    )
    return bytes((len(pairs),)) + body + b"\xff"


def scores(*pairs: tuple[bytes, bytes]) -> bytes:
    """A sorted set with its scores in digits."""
    return length(len(pairs)) + b"".join(
        string(member) + (score if score[0] > 250 else bytes((len(score),)) + score)
        for member, score in pairs
    )


def stream() -> bytes:
    """A stream as before 7.0, with a hole, a group and a pending entry."""
    node = listpacks.pack(
        [
            *(2, 1, 1, b"f", 0),
            *(2, 0, 0, b"one", 4),
            *(3, 1, 0, b"two", 4),
            *(0, 2, 5, 2, b"g", b"three", b"h", 4, 8),
        ]
    )
    entry = struct.pack(">QQ", 1000, 1)
    pending = entry + struct.pack("<q", 1_600_000_000_000) + length(3)
    group = string(b"group") + length(1000) + length(1) + length(1) + pending
    consumer = string(b"ann") + struct.pack("<q", 1_600_000_000_000) + length(1) + entry
    return (
        length(1)
        + string(entry)
        + string(node)
        + length(2)
        + length(1002)
        + length(6)
        + length(1)
        + group
        + length(1)
        + consumer
    )


PAYLOADS: dict[str, bytes] = {
    "list": b"\x01" + length(3) + string(b"a") + b"\xc0\x07" + string(b"c" * 100),
    "set": b"\x02" + length(3) + string(b"a") + string(b"12") + string(b"c"),
    "set of integers": b"\x02" + length(2) + b"\xc0\x07" + string(b"-9000"),
    "sorted set in digits": b"\x03"
    + scores((b"a", b"1.5"), (b"b", b"-1e300"), (b"c", b"\xfe"), (b"d", b"\xff"), (b"e", b"17")),
    "hash": b"\x04" + length(2) + string(b"f") + string(b"1") + string(b"g") + string(b"v" * 99),
    "zipmap": b"\x09" + string(zipmap([(b"f", b"1"), (b"g" * 260, b"v" * 253), (b"h", b"")])),
    "list ziplist": b"\x0a" + string(ziplist([*WORDS, *NUMBERS])),
    "intset": b"\x0b" + string(struct.pack("<IIqqq", 8, 3, -(1 << 40), 5, 6)),
    "sorted set ziplist": b"\x0c" + string(ziplist([b"a", 1, b"b", b"1.5", 7, 300])),
    "hash ziplist": b"\x0d" + string(ziplist([b"f", 1, b"g", b"v", 7, 300])),
    "quicklist": b"\x0e" + length(2) + string(ziplist(WORDS)) + string(ziplist(NUMBERS)),
    "quicklist with an empty node": b"\x0e"
    + length(2) + string(ziplist([])) + string(ziplist([1])),
    "quicklist of listpacks": b"\x12"
    + length(2) + b"\x02" + string(listpacks.pack([*WORDS, *NUMBERS])) + b"\x01" + string(b"plain"),
}  # fmt: skip

ELEMENTS = [each if isinstance(each, bytes) else b"%d" % each for each in (*WORDS, *NUMBERS)]

EXPECTED: dict[str, object] = {
    "list": [b"a", b"7", b"c" * 100],
    "set": [b"12", b"a", b"c"],
    "set of integers": [b"-9000", b"7"],
    "sorted set in digits": [
        *(b"d", float("-inf"), b"b", -1e300, b"a", 1.5, b"e", 17.0, b"c", float("inf")),
    ],
    "hash": [(b"f", b"1"), (b"g", b"v" * 99)],
    "zipmap": [(b"f", b"1"), (b"g" * 260, b"v" * 253), (b"h", b"")],
    "list ziplist": ELEMENTS,
    "intset": [b"-1099511627776", b"5", b"6"],
    "sorted set ziplist": [b"a", 1.0, b"b", 1.5, b"7", 300.0],
    "hash ziplist": [(b"7", b"300"), (b"f", b"1"), (b"g", b"v")],
    "quicklist": ELEMENTS,
    "quicklist with an empty node": [b"1"],
    "quicklist of listpacks": [*ELEMENTS, b"plain"],
}

DAMAGED: dict[str, bytes] = {
    "nothing": b"",
    "an unknown type": b"\x3f" + string(b"x"),
    "a module": b"\x07" + length(1),
    "a string longer than all": b"\x00\x7f\xffabc",
    "an empty list": b"\x01\x00",
    "an empty hash": b"\x04\x00",
    "an empty sorted set": b"\x05\x00",
    "an empty zipmap": b"\x09" + string(zipmap([])),
    "an empty ziplist": b"\x0a" + string(ziplist([])),
    "an empty quicklist": b"\x12\x00",
    "an empty listpack": b"\x10" + string(listpacks.pack([])),
    "a member twice": b"\x02" + length(2) + string(b"a") + string(b"a"),
    "a field twice": b"\x04" + length(2) + (string(b"f") + string(b"v")) * 2,
    "no number as a score": b"\x05" + length(1) + string(b"a") + struct.pack("<d", float("nan")),
    "more than there is": b"\x01" + b"\x81" + b"\xff" * 8 + string(b"a"),
    "a long string that is short": b"\x00\xc3" + length(2) + b"\x80\xff\xff\xff\xff" + b"\x00a",
}


@pytest.mark.parametrize("name", EXPECTED)
def test_what_older_servers_wrote_is_read(wire: Wire, name: str) -> None:
    assert wire("RESTORE", "key", 0, seal(PAYLOADS[name], 9)) == b"OK"

    assert contents(wire)[1] == EXPECTED[name]


def test_a_stream_as_before_7_0_is_read(wire: Wire) -> None:
    assert wire("RESTORE", "key", 0, seal(b"\x0f" + stream(), 9)) == b"OK"

    assert wire("XRANGE", "key", "-", "+") == [
        [b"1000-1", [b"f", b"one"]],
        [b"1002-6", [b"g", b"three", b"h", b"4"]],
    ]
    assert wire("XPENDING", "key", "group") == [1, b"1000-1", b"1000-1", [[b"ann", b"1"]]]
    told = contents(wire)[1]
    assert told[b"entries-added"] == 2
    assert told[b"last-generated-id"] == b"1002-6"
    assert told[b"groups"][0][:8] == [
        *(b"name", b"group", b"last-delivered-id", b"1000-1", b"entries-read", 1, b"lag", 1),
    ]


@pytest.mark.parametrize("name", DAMAGED)
def test_what_nobody_wrote_is_refused(wire: Wire, name: str) -> None:
    wire("CONFIG", "SET", "sanitize-dump-payload", "yes")

    assert str(wire("RESTORE", "key", 0, seal(DAMAGED[name], 9))) == BAD

    assert wire("DBSIZE") == 0
