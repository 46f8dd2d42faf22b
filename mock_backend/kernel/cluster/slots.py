"""Hash slots: which one a key is in, and slots in ranges.  Source: cluster.c (keyHashSlot)."""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Iterable, Iterator
from typing import Final

SLOTS: Final = 16384

Range = tuple[int, int]
"""The first slot and the last."""


def slot_of(key: bytes) -> int:
    """The slot of a key: CRC16 (XMODEM) of it, or of what stands between its first ``{`` and the
    next ``}``, if that is anything.
    """
    begin = key.find(b"{")
    if begin >= 0:
        end = key.find(b"}", begin + 1)
        if end > begin + 1:
            key = key[begin + 1 : end]
    return crc_hqx(key, 0) % SLOTS


def pattern_slot(pattern: bytes) -> int:
    """The slot of every key that a glob matches; -1: they may be in several (util.c,
    patternHashSlot).
    """
    begin = pattern.find(b"{")
    end = pattern.find(b"}", begin + 1)
    if begin >= 0 and end > begin + 1:
        pattern = pattern[: end + 1]
    if any(letter in pattern for letter in b"*?[\\"):
        return -1
    return slot_of(pattern)


def ranges(slots: Iterable[int]) -> Iterator[Range]:
    """Ascending slots as ranges."""
    first = last = -1
    for slot in slots:
        if slot != last + 1 or first < 0:
            if first >= 0:
                yield first, last
            first = slot
        last = slot
    if first >= 0:
        yield first, last


def shares(masters: int) -> list[Range]:
    """The slots in as many ranges, as evenly as it goes (redis-cli --cluster create)."""
    step = SLOTS / masters
    edges = [round(step * number) for number in range(masters)] + [SLOTS]
    return [(edges[number], edges[number + 1] - 1) for number in range(masters)]
