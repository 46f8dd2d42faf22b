"""Bits of strings, held against the obvious way of doing it."""

from __future__ import annotations

import random

import pytest

from mock_backend.store.bits import Kind, combined, count, position


def written_out(value: bytes) -> str:
    """The bits as a text of zeros and ones."""
    return "".join(f"{byte:08b}" for byte in value)


@pytest.mark.parametrize("seed", range(20))
def test_counting_and_finding_agree_with_the_text(seed: int) -> None:
    source = random.Random(seed)
    value = bytes(source.choice([0, 255, source.randrange(256)]) for _ in range(9))
    text = written_out(value)
    for _ in range(200):
        first = source.randrange(72)
        last = source.randrange(first, 72)
        stretch = text[first : last + 1]
        assert count(value, first, last) == stretch.count("1")
        for bit in (0, 1):
            found = stretch.find(str(bit))
            expected = found if found < 0 else found + first
            assert position(value, bit, first, last) == expected


@pytest.mark.parametrize(
    ("operation", "values", "result"),
    [
        ("AND", [b"\xff\x0f", b"\x0f"], b"\x0f\x00"),
        ("OR", [b"\xf0", b"\x0f\x01"], b"\xff\x01"),
        ("XOR", [b"\xff", b"\x0f", b"\xff"], b"\x0f"),
        ("NOT", [b"\x00\xf0"], b"\xff\x0f"),
        ("OR", [b"", b""], b""),
        ("NOT", [b""], b""),
    ],
)
def test_shorter_strings_are_filled_up_with_zeros(
    operation: str, values: list[bytes], result: bytes
) -> None:
    assert combined(operation, values) == result


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("size", [1, 3, 8, 13, 32, 63])
def test_a_field_reads_what_was_written_and_leaves_its_neighbours_alone(
    signed: bool, size: int
) -> None:
    kind = Kind(signed, size)
    for offset in range(17):
        for number in (kind.least, 0, kind.most):
            held = bytearray(b"\xa5" * 12)
            before = written_out(held)
            kind.write(held, offset, number)
            after = written_out(held)
            assert kind.read(held, offset) == number
            assert after[:offset] == before[:offset]
            assert after[offset + size :] == before[offset + size :]


def test_bits_beyond_the_end_are_zero() -> None:
    assert Kind(False, 16).read(b"\xff", 4) == 0xF000
    assert Kind(True, 64).read(b"", 1000) == 0
