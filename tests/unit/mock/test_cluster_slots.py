"""Hash slots: CRC16 and hash tags, ranges and globs."""

from __future__ import annotations

from binascii import crc_hqx

import pytest

from mock_backend import MockCluster
from mock_backend.kernel.cluster.slots import SLOTS, pattern_slot, ranges, shares, slot_of


@pytest.mark.parametrize(
    ("key", "slot"),
    [
        (b"123456789", 0x31C3),  # the check value of CRC16/XMODEM
        (b"", 0),
        (b"a", 15495),
        (b"b", 3300),
        (b"foo", 12182),
        (b"somekey", 11058),
        (b"foo{hash_tag}", 2515),
        (b"bar{hash_tag}", 2515),
        (b"{}b", 6680),
    ],
)
def test_the_slot_of_a_key_is_its_crc16(key: bytes, slot: int) -> None:
    assert slot_of(key) == slot
    assert MockCluster.key_slot(key.decode()) == MockCluster.key_slot(key) == slot


@pytest.mark.parametrize(
    ("key", "hashed"),
    [
        (b"{user1000}.following", b"user1000"),
        (b"foo{}{bar}", b"foo{}{bar}"),  # nothing stands between the first two
        (b"foo{{bar}}zap", b"{bar"),
        (b"foo{bar}{zap}", b"bar"),
        (b"foo{bar", b"foo{bar"),
        (b"foo}bar{", b"foo}bar{"),
        (b"{\x00\xff}x", b"\x00\xff"),
    ],
)
def test_only_the_first_hash_tag_counts_and_only_if_it_is_not_empty(
    key: bytes, hashed: bytes
) -> None:
    assert slot_of(key) == crc_hqx(hashed, 0) % SLOTS


def test_slots_are_told_in_ranges() -> None:
    assert list(ranges([])) == []
    assert list(ranges([0])) == [(0, 0)]
    assert list(ranges([1, 2, 3, 5, 7, 8])) == [(1, 3), (5, 5), (7, 8)]
    assert list(ranges(range(SLOTS))) == [(0, SLOTS - 1)]


def test_masters_share_the_slots_as_redis_cli_divides_them() -> None:
    assert shares(1) == [(0, 16383)]
    assert shares(3) == [(0, 5460), (5461, 10922), (10923, 16383)]
    assert shares(4) == [(0, 4095), (4096, 8191), (8192, 12287), (12288, 16383)]


@pytest.mark.parametrize(
    ("pattern", "slot"),
    [
        (b"plain", slot_of(b"plain")),
        (b"{a}*", slot_of(b"a")),
        (b"x{a}?", slot_of(b"a")),
        (b"*{a}", -1),
        (b"{a*}", -1),
        (b"{}*", -1),
        (b"*", -1),
        (b"a\\*", -1),
    ],
)
def test_a_glob_has_a_slot_if_all_that_it_matches_has(pattern: bytes, slot: int) -> None:
    assert pattern_slot(pattern) == slot
