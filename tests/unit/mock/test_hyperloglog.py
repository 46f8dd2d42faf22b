"""HyperLogLog strings: registers, runs, and how far the estimate may be off."""

from __future__ import annotations

import random

import pytest

from mock_backend.store import hyperloglog
from mock_backend.store.hyperloglog import DENSE, REGISTERS, SPARSE, Corrupted, Sketch
from mock_backend.transport.memory import MemoryClient


def test_registers_survive_their_packing() -> None:
    registers = bytes(random.Random(1).choices(range(64), k=REGISTERS))
    assert hyperloglog.unpacked(hyperloglog.packed(registers)) == registers


def test_of_two_sketches_the_higher_registers_count() -> None:
    chance = random.Random(2)
    one, two = (bytes(chance.choices(range(64), k=REGISTERS)) for _ in range(2))
    assert hyperloglog.highest(one, two) == bytes(map(max, one, two))


@pytest.mark.parametrize(
    ("element", "place"),
    [(b"", (5938, 2)), (b"a", (12711, 2)), (b"12345678", (10579, 3)), (b"x" * 13, (4709, 1))],
)
def test_an_element_concerns_one_register(element: bytes, place: tuple[int, int]) -> None:
    assert hyperloglog.place_of(element) == place


@pytest.mark.parametrize("count", [0, 1, 10, 500, 2_000, 8_000])
def test_sparse_and_dense_agree_and_are_not_far_off(count: int) -> None:
    sparse, dense = Sketch(longest_sparse=20_000), Sketch()
    dense.make_dense()
    for number in range(count):
        sparse.add(b"%d" % number)
        dense.add(b"%d" % number)

    assert (sparse.encoding, dense.encoding) == (SPARSE, DENSE)
    assert sparse.registers() == dense.registers()
    assert abs(hyperloglog.cardinality(sparse.registers()) - count) <= 0.02 * count


def test_a_sketch_becomes_dense_when_it_grows_too_long() -> None:
    sketch = Sketch(longest_sparse=100)
    while sketch.encoding == SPARSE:
        assert len(sketch.data) <= 100
        sketch.add(random.randbytes(8))
    assert len(sketch.data) == 16 + REGISTERS * 6 // 8


def test_a_register_that_no_run_can_hold_makes_a_sketch_dense() -> None:
    sketch = Sketch()
    assert sketch.raise_to(5, 32)
    assert sketch.encoding == SPARSE
    assert sketch.raise_to(5, 33)
    assert sketch.encoding == DENSE
    assert sketch.registers()[5] == 33


def test_the_last_register_has_no_byte_behind_it() -> None:
    sketch = Sketch()
    sketch.make_dense()
    assert sketch.raise_to(REGISTERS - 1, 50)
    assert not sketch.raise_to(REGISTERS - 1, 49)
    assert sketch.registers() == bytes(REGISTERS - 1) + b"\x32"


def test_runs_that_cover_too_little_or_too_much_are_corrupted() -> None:
    header = b"HYLL\1" + bytes(11)
    for runs in (b"", b"\x7f\xfe", b"\x7f\xff\x00", b"\x7f\xff\x80"):
        with pytest.raises(Corrupted):
            Sketch(header + runs).registers()


def test_a_cardinality_is_reckoned_once(call: MemoryClient) -> None:
    call("PFADD", "p", "a", "b", "c")
    assert call("GET", "p")[8:16] == bytes(7) + b"\x80"

    assert call("PFCOUNT", "p") == 3
    assert call("GET", "p")[8:16] == b"\3" + bytes(7)

    call("PFADD", "p", "a")
    assert call("GET", "p")[8:16] == b"\3" + bytes(7)
    call("PFADD", "p", "d")
    assert call("GET", "p")[8:16] == b"\3" + bytes(6) + b"\x80"
    assert call("PFCOUNT", "p") == 4


def test_the_server_tests_itself(call: MemoryClient) -> None:
    assert call("PFSELFTEST").text == b"OK"
