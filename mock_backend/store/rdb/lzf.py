"""LZF, the server's compression of strings: runs of literal bytes, and references to what stands a
little way back.

``compress`` finds the same matches as liblzf as the servers build it (a table of 65,536 places, two
of them filled behind a match), so that its output is the server's to the byte.
"""

from __future__ import annotations

from typing import Final

from mock_backend.store.rdb.form import Corrupt

_MAX_LITERALS: Final = 32
_MAX_OFFSET: Final = 8192
_MAX_MATCH: Final = 264


def compress(data: bytes, room: int) -> bytes | None:
    """``data`` in at most ``room`` bytes; ``None`` if that is not enough."""
    size = len(data)
    out = bytearray(b"\0")  # the place of the length of the first run
    places: dict[int, int] = {}
    literals = at = 0
    while at < size - 2:
        word = data[at] << 16 | data[at + 1] << 8 | data[at + 2]
        slot = ((word >> 8) - 5 * word) & 0xFFFF
        seen = places.get(slot, 0)
        places[slot] = at
        offset = at - seen - 1
        if seen and offset < _MAX_OFFSET and data[seen : seen + 3] == data[at : at + 3]:
            if len(out) - (not literals) + 4 >= room:
                return None
            if literals:
                out[-literals - 1] = literals - 1
            else:
                out.pop()
            length = _match(data, seen, at, size)
            code = length - 2
            if code < 7:
                out.append((offset >> 8) + (code << 5))
            else:
                out += bytes(((offset >> 8) + 0xE0, code - 7))
            out += bytes((offset & 0xFF, 0))
            literals = 0
            at += length
            if at >= size - 2:
                break
            for place in (at - 2, at - 1):
                word = data[place] << 16 | data[place + 1] << 8 | data[place + 2]
                places[((word >> 8) - 5 * word) & 0xFFFF] = place
            continue
        if len(out) >= room:
            return None
        out.append(data[at])
        at += 1
        literals += 1
        if literals == _MAX_LITERALS:
            out[-literals - 1] = literals - 1
            out.append(0)
            literals = 0
    if len(out) + 3 > room:
        return None
    for byte in data[at:]:
        out.append(byte)
        literals += 1
        if literals == _MAX_LITERALS:
            out[-literals - 1] = literals - 1
            out.append(0)
            literals = 0
    if literals:
        out[-literals - 1] = literals - 1
    else:
        out.pop()
    return bytes(out)


def _match(data: bytes, seen: int, at: int, size: int) -> int:
    """How many bytes are the same, as liblzf counts them: its first sixteen steps do not look at
    the limit.
    """
    most = min(size - at, _MAX_MATCH)
    length = 3
    while length < most and data[seen + length] == data[at + length]:
        length += 1
    limit = min(size - at - 2, _MAX_MATCH)
    if limit <= 16:
        return max(3, min(length, limit))
    return length if length <= 18 else max(19, min(length, limit))


def decompress(data: bytes, size: int) -> bytes:
    """What was compressed, which must be ``size`` bytes.  Errors: Corrupt."""
    out = bytearray()
    at, end = 0, len(data)
    while at < end:
        control = data[at]
        at += 1
        if control < _MAX_LITERALS:
            if at + control + 1 > end:
                raise Corrupt("a run of literals beyond the end")
            out += data[at : at + control + 1]
            at += control + 1
        else:
            length = (control >> 5) + 2
            if length == 9:
                if at >= end:
                    raise Corrupt("a match without its length")
                length += data[at]
                at += 1
            if at >= end:
                raise Corrupt("a match without its place")
            start = len(out) - ((control & 0x1F) << 8) - data[at] - 1
            at += 1
            if start < 0:
                raise Corrupt("a match before the beginning")
            piece = out[start : start + length]
            while len(piece) < length:
                piece += piece[: length - len(piece)]
            out += piece
        if len(out) > size:
            raise Corrupt("more than was promised")
    if len(out) != size:
        raise Corrupt("less than was promised")
    return bytes(out)
