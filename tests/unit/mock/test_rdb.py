"""The server's own format: checksum, compression, small containers, payloads and whole images."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_backend import MockServer
from mock_backend.kernel.clock import VirtualClock
from mock_backend.profile import PROFILES
from mock_backend.store.rdb import crc64, listpacks, lzf
from mock_backend.store.rdb.form import Corrupt
from mock_backend.store.rdb.words import Reader, Writer

FORM = MockServer().kernel.persistence.form

REPETITIVE = st.lists(
    st.sampled_from([b"a", b"abc", b"\0\0\0\0", b"lorem ", b"\xff"]), max_size=300
)
DATA = st.one_of(st.binary(max_size=600), REPETITIVE.map(b"".join))


def test_the_checksum_is_the_one_that_is_published() -> None:
    assert crc64.crc64(b"") == 0
    assert crc64.crc64(b"123456789") == 0xE9C6D914C4B8D9CA


@pytest.mark.parametrize("size", [2047, 2048, 2049, 2060, 4103, 10_000, 65_537])
def test_folding_does_not_change_the_checksum(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = random.Random(size).randbytes(size)
    folded = crc64.crc64(data)

    monkeypatch.setattr(crc64, "_FOLDED_BYTES", size)

    assert folded == crc64.crc64(data)


@given(DATA)
def test_what_is_compressed_is_shorter_and_comes_back(data: bytes) -> None:
    packed = lzf.compress(data, len(data) - 4)

    if packed is not None:
        assert len(packed) <= len(data) - 4
        assert lzf.decompress(packed, len(data)) == data


@given(st.binary(max_size=60), st.integers(0, 10_000))
def test_what_was_never_compressed_is_refused_or_has_the_length_promised(
    data: bytes, size: int
) -> None:
    try:
        assert len(lzf.decompress(data, size)) == size
    except Corrupt:
        pass


@given(st.lists(st.one_of(st.binary(max_size=5000), st.integers(-(2**63), 2**63 - 1))))
def test_a_listpack_holds_what_was_put_in(elements: list[bytes | int]) -> None:
    packed = listpacks.pack(elements)

    assert listpacks.words(packed) == [listpacks.as_word(element) for element in elements]


@given(st.binary(max_size=80))
def test_what_is_no_listpack_is_refused(data: bytes) -> None:
    packed = bytearray(listpacks.pack([b"one", 2, b"three" * 20]))
    packed[: len(data)] = data
    try:
        listpacks.unpack(bytes(packed[:200]))
    except Corrupt:
        pass


@given(st.sets(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_an_intset_holds_what_was_put_in(members: set[int]) -> None:
    values = sorted(members)

    assert listpacks.unpack_integers(listpacks.pack_integers(values)) == values


@given(st.lists(DATA), st.lists(st.integers(0, 2**64 - 1)))
def test_strings_and_lengths_are_read_as_they_were_written(
    words: list[bytes], lengths: list[int]
) -> None:
    out = Writer(FORM)
    for word in words:
        out.string(word)
    for length in lengths:
        out.length(length)

    data = Reader(bytes(out.out))

    assert [data.string() for _ in words] == words
    assert [data.length() for _ in lengths] == lengths
    assert data.at == len(data.data)


@pytest.mark.parametrize(
    ("compat", "version"),
    [
        ("redis-7.0", 10),
        ("redis-7.2", 11),
        ("redis-7.4", 12),
        ("redis-8.0", 12),
        ("valkey-8.0", 11),
        ("valkey-8.1", 11),
        ("valkey-9.0", 80),
    ],
)
def test_each_server_writes_its_own_version(compat: str, version: int) -> None:
    client = MockServer(compat=compat).client()
    client("SET", "k", "v")

    payload = client("DUMP", "k")

    assert int.from_bytes(payload[-10:-8], "little") == version
    assert client("RESTORE", "copy", 0, payload).text == b"OK"


def test_no_server_reads_what_a_later_one_wrote() -> None:
    taken = set()
    for writer in PROFILES:
        source = MockServer(compat=writer).client()
        source("SET", "k", "v")
        payload = source("DUMP", "k")
        for reader in PROFILES:
            reply = MockServer(compat=reader).client()("RESTORE", "k", 0, payload)
            if str(reply) == "Simple(b'OK')":
                taken.add((writer, reader))
            else:
                assert str(reply) == "ERR DUMP payload version or checksum are wrong"

    assert ("valkey-8.1", "redis-7.2") in taken
    assert ("redis-7.4", "redis-8.0") in taken
    assert ("redis-7.2", "valkey-9.0") in taken
    assert not taken & {("redis-7.2", "redis-7.0"), ("redis-7.4", "valkey-8.1")}
    assert not taken & {("redis-7.4", "valkey-9.0"), ("valkey-9.0", "redis-8.0")}


def test_data_are_saved_by_themselves_after_enough_changes() -> None:
    clock = VirtualClock()
    server = MockServer(clock=clock)
    client, written = server.client(), list[bytes]()
    server.kernel.persistence.keep = written.append
    client("CONFIG", "SET", "save", "60 2 1000 1")

    client("SET", "a", 1)
    clock.advance(61_000)
    assert not written
    client("SET", "b", 2)
    clock.advance(100)
    assert len(written) == 1
    clock.advance(100_000)
    assert len(written) == 1
    client("SET", "c", 3)
    clock.advance(1_000_000)
    assert len(written) == 2


def test_a_save_that_fails_is_told() -> None:
    def fail(data: bytes) -> None:
        raise OSError("no space")

    server = MockServer()
    client = server.client()
    server.kernel.persistence.keep = fail

    assert str(client("SAVE")) == "ERR"
    assert str(client("SHUTDOWN", "SAVE")) == "ERR Errors trying to SHUTDOWN. Check logs."
    assert b"rdb_last_bgsave_status:err" in client("INFO", "persistence").text


def test_nothing_is_written_that_cannot_be_saved() -> None:
    written = list[bytes]()

    def fail(data: bytes) -> None:
        raise OSError("no space")

    server = MockServer()
    client = server.client()
    server.kernel.persistence.keep = fail
    client("SAVE")
    assert client("SET", "k", 1).text == b"OK"
    client("CONFIG", "SET", "save", "3600 1")

    for words in (("SET", "k", 2), ("PING",), ("EVAL", "return redis.call('DEL', 'k')", 0)):
        assert "MISCONF Valkey is configured to save RDB snapshots" in str(client(*words))
    assert client("GET", "k") == b"1"
    server.kernel.persistence.keep = written.append
    client("SAVE")
    assert client("SET", "k", 3).text == b"OK"
    client("CONFIG", "SET", "stop-writes-on-bgsave-error", "no")
    server.kernel.persistence.keep = fail
    client("SAVE")
    assert client("SET", "k", 4).text == b"OK"


@settings(deadline=None, max_examples=200)
@given(st.randoms(use_true_random=False))
def test_a_damaged_image_is_refused_and_changes_nothing(rng: random.Random) -> None:
    server = MockServer()
    client, persistence = server.client(), server.kernel.persistence
    client("RPUSH", "l", "a", "b", "text " * 20)
    client("XADD", "x", "1-1", "f", "v")
    client("ZADD", "z", 1.5, "m")
    before = persistence.snapshot()
    damaged = bytearray(before)
    for _ in range(rng.randint(1, 4)):
        damaged[rng.randrange(9, len(damaged) - 8)] = rng.choice(
            (0, 1, 128, 254, rng.randrange(256))
        )

    if bytes(damaged) != before:
        with pytest.raises(Corrupt):
            persistence.load(bytes(damaged))

    assert client("DBSIZE") == 3
