"""Streams where time, nodes and large numbers matter."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_backend import MockServer, VirtualClock
from mock_backend.store import listpack
from mock_backend.store.stream import Stream, Trim, show
from mock_backend.transport.memory import MemoryClient


def filled(call: MemoryClient, entries: int, *fields: str) -> None:
    for number in range(1, entries + 1):
        call("XADD", "s", f"{number}-0", *(fields or ("a", "1")))


def nodes_of(call: MemoryClient) -> int:
    return dict(call("XINFO", "STREAM", "s"))[b"radix-tree-keys"]


def test_ids_follow_the_clock(call: MemoryClient, clock: VirtualClock) -> None:
    now = clock.now_ms()

    assert call("XADD", "s", "*", "a", 1) == b"%d-0" % now
    assert call("XADD", "s", "*", "a", 1) == b"%d-1" % now
    clock.advance(1)
    assert call("XADD", "s", "*", "a", 1) == b"%d-0" % (now + 1)
    assert call("XADD", "s", f"{now + 1}-*", "a", 1) == b"%d-1" % (now + 1)


def test_ids_never_run_backwards(call: MemoryClient, clock: VirtualClock) -> None:
    ahead = clock.now_ms() + 1_000
    call("XADD", "s", f"{ahead}-18446744073709551615", "a", 1)

    assert call("XADD", "s", "*", "a", 1) == b"%d-0" % (ahead + 1)


def test_a_node_takes_a_hundred_entries(call: MemoryClient) -> None:
    filled(call, 250)

    assert nodes_of(call) == 3
    assert call("XTRIM", "s", "MAXLEN", "~", 151) == 0
    assert call("XTRIM", "s", "MAXLEN", "~", 149) == 100
    assert call("XTRIM", "s", "MAXLEN", "~", 0) == 150


def test_a_node_takes_four_thousand_bytes(call: MemoryClient) -> None:
    filled(call, 20, "field", "x" * 1_000)

    assert nodes_of(call) == 5
    assert call("XTRIM", "s", "MAXLEN", "~", 10) == 8


def test_the_size_of_nodes_can_be_configured(call: MemoryClient) -> None:
    call("CONFIG", "SET", "stream-node-max-entries", 10)
    filled(call, 35)

    assert nodes_of(call) == 4
    assert call("XADD", "s", "MAXLEN", "~", 20, "36-0", "a", 1) == b"36-0"
    assert call("XLEN", "s") == 26


def test_a_limit_holds_trimming_back(call: MemoryClient) -> None:
    filled(call, 350)

    assert call("XTRIM", "s", "MAXLEN", "~", 0, "LIMIT", 250) == 200
    assert call("XTRIM", "s", "MAXLEN", "~", 0, "LIMIT", 50) == 0
    assert call("XTRIM", "s", "MAXLEN", "~", 0, "LIMIT", 0) == 150


def test_deleted_entries_keep_their_place_in_the_node(call: MemoryClient) -> None:
    filled(call, 150)
    call("XDEL", "s", *(f"{number}-0" for number in range(1, 91)))

    assert nodes_of(call) == 2
    assert call("XTRIM", "s", "MAXLEN", "~", 51) == 0
    assert call("XTRIM", "s", "MAXLEN", "~", 50) == 10


def test_a_node_goes_with_its_last_entry(call: MemoryClient) -> None:
    filled(call, 150)
    call("XDEL", "s", *(f"{number}-0" for number in range(1, 101)))

    assert nodes_of(call) == 1
    assert call("XRANGE", "s", "-", "+", "COUNT", 1) == [[b"101-0", [b"a", b"1"]]]


@given(
    st.lists(
        st.tuples(st.just("add"), st.integers(1, 5))
        | st.tuples(st.sampled_from(["delete", "maxlen", "minid", "nodes"]), st.integers(0, 60)),
        max_size=60,
    ),
    st.integers(1, 5),
)
@settings(deadline=None)
def test_a_stream_holds_what_a_plain_dictionary_would(
    changes: list[tuple[str, int]], per_node: int
) -> None:
    stream, model, top = Stream(), dict[int, list[bytes]](), 0
    for what, number in changes:
        if what == "add":
            top += number
            fields = [b"n", b"%d" % top]
            stream.append(top, fields, 4096, per_node)
            model[top] = fields
        elif what == "delete":
            assert stream.delete(number) is (model.pop(number, None) is not None)
        else:
            trim = (
                Trim(minid=number) if what == "minid" else Trim(number, approximate=what == "nodes")
            )
            removed = stream.trim(trim)
            doomed = list(model)[:removed]
            for entry_id in doomed:
                del model[entry_id]
            if what == "maxlen":
                assert len(model) <= number
            if what == "minid":
                assert all(entry_id >= number for entry_id in model)

    entries = list(model.items())
    assert list(stream.between(0, 1 << 127)) == entries
    assert list(stream.between_backwards(0, 1 << 127)) == entries[::-1]
    assert stream.length == len(entries)
    assert stream.first_id == (entries[0][0] if entries else 0)
    assert stream.top_id == (entries[-1][0] if entries else 0)
    for low, high in ((0, 20), (7, 31), (31, 7), (40, 1 << 127)):
        inside = [entry for entry in entries if low <= entry[0] <= high]
        assert list(stream.between(low, high, 3)) == inside[:3]
        assert list(stream.between_backwards(low, high, 3)) == inside[::-1][:3]
    for entry_id in range(top + 2):
        assert stream.find(entry_id) == model.get(entry_id)


@pytest.mark.parametrize(
    ("word", "size"),
    [
        (b"", 2),
        (b"0", 2),
        (b"127", 2),
        (b"128", 3),
        (b"-1", 3),
        (b"4095", 3),
        (b"4096", 4),
        (b"-32768", 4),
        (b"40000", 5),
        (b"10000000", 6),
        (b"9223372036854775807", 10),
        (b"9223372036854775808", 21),
        (b"007", 5),
        (b"-0", 4),
        (b"x" * 63, 65),
        (b"x" * 64, 67),
        (b"x" * 4_096, 4_103),
    ],
    ids=lambda value: value[:20] if isinstance(value, bytes) else "",
)
def test_a_listpack_takes_so_many_bytes_for_a_word(word: bytes, size: int) -> None:
    assert listpack.text(word) == size


@pytest.fixture
def delivered(call: MemoryClient) -> MemoryClient:
    """A client of a server where ``one`` of group ``g`` was given 1-0, 2-0 and 3-0 just now."""
    filled(call, 3)
    call("XGROUP", "CREATE", "s", "g", 0)
    call("XREADGROUP", "GROUP", "g", "one", "STREAMS", "s", ">")
    return call


def test_pending_entries_tell_how_long_they_are_idle(
    delivered: MemoryClient, clock: VirtualClock
) -> None:
    clock.advance(1_500)

    assert delivered("XPENDING", "s", "g", "-", "+", 1) == [[b"1-0", b"one", 1_500, 1]]
    assert delivered("XPENDING", "s", "g", "IDLE", 1_500, "-", "+", 9)[-1][0] == b"3-0"
    assert delivered("XPENDING", "s", "g", "IDLE", 1_501, "-", "+", 9) == []


def test_reading_again_counts_a_delivery(delivered: MemoryClient, clock: VirtualClock) -> None:
    clock.advance(500)
    delivered("XREADGROUP", "GROUP", "g", "one", "COUNT", 1, "STREAMS", "s", 0)

    assert delivered("XPENDING", "s", "g", "-", "+", 2) == [
        [b"1-0", b"one", 0, 2],
        [b"2-0", b"one", 500, 1],
    ]


def test_xclaim_takes_only_what_is_idle_for_long(
    delivered: MemoryClient, clock: VirtualClock
) -> None:
    clock.advance(1_000)
    delivered("XREADGROUP", "GROUP", "g", "one", "COUNT", 1, "STREAMS", "s", 0)

    claimed = delivered("XCLAIM", "s", "g", "two", 1_000, "1-0", "2-0", "JUSTID")

    assert claimed == [b"2-0"]
    assert delivered("XPENDING", "s", "g", "-", "+", 9, "two") == [[b"2-0", b"two", 0, 1]]


def test_xclaim_sets_idle_time_and_counter(delivered: MemoryClient, clock: VirtualClock) -> None:
    now = clock.now_ms()
    delivered("XCLAIM", "s", "g", "two", 0, "1-0", "IDLE", 700, "RETRYCOUNT", 9)
    delivered("XCLAIM", "s", "g", "two", 0, "2-0", "TIME", now - 300)
    delivered("XCLAIM", "s", "g", "two", 0, "3-0", "TIME", now + 300, "JUSTID")

    assert delivered("XPENDING", "s", "g", "-", "+", 9) == [
        [b"1-0", b"two", 700, 9],
        [b"2-0", b"two", 300, 2],
        [b"3-0", b"two", 0, 1],
    ]


def test_xautoclaim_goes_on_where_it_stopped(delivered: MemoryClient, clock: VirtualClock) -> None:
    clock.advance(10)

    first = delivered("XAUTOCLAIM", "s", "g", "two", 10, 0, "COUNT", 2, "JUSTID")
    second = delivered("XAUTOCLAIM", "s", "g", "two", 10, first[0], "COUNT", 2, "JUSTID")

    assert first == [b"3-0", [b"1-0", b"2-0"], []]
    assert second == [b"0-0", [b"3-0"], []]


def test_xautoclaim_looks_at_ten_entries_for_each_that_it_may_claim(
    call: MemoryClient, clock: VirtualClock
) -> None:
    filled(call, 15)
    call("XGROUP", "CREATE", "s", "g", 0)
    call("XREADGROUP", "GROUP", "g", "one", "STREAMS", "s", ">")

    assert call("XAUTOCLAIM", "s", "g", "two", 1_000, 0, "COUNT", 1) == [b"11-0", [], []]


def test_consumers_tell_when_they_asked_and_when_they_got(
    delivered: MemoryClient, clock: VirtualClock
) -> None:
    clock.advance(100)
    delivered("XREADGROUP", "GROUP", "g", "one", "STREAMS", "s", ">")
    delivered("XREADGROUP", "GROUP", "g", "idle", "STREAMS", "s", ">")
    clock.advance(30)

    consumers: list[Any] = delivered("XINFO", "CONSUMERS", "s", "g")

    assert [dict(consumer) for consumer in consumers] == [
        {b"name": b"idle", b"pending": 0, b"idle": 30, b"inactive": -1},
        {b"name": b"one", b"pending": 3, b"idle": 30, b"inactive": 130},
    ]


def test_a_full_report_tells_times_as_they_were(
    delivered: MemoryClient, clock: VirtualClock
) -> None:
    then = clock.now_ms()
    clock.advance(1_000)

    (group,) = dict(delivered("XINFO", "STREAM", "s", "FULL"))[b"groups"]

    assert dict(group)[b"pending"][0] == [b"1-0", b"one", then, 1]
    (consumer,) = dict(group)[b"consumers"]
    assert dict(consumer)[b"seen-time"] == dict(consumer)[b"active-time"] == then


def test_a_copied_stream_keeps_its_groups_to_itself(delivered: MemoryClient) -> None:
    delivered("COPY", "s", "t")

    assert delivered("XACK", "t", "g", "1-0") == 1
    assert delivered("XPENDING", "t", "g") == [2, b"2-0", b"3-0", [[b"one", b"2"]]]
    assert delivered("XPENDING", "s", "g") == [3, b"1-0", b"3-0", [[b"one", b"3"]]]


def test_an_id_is_shown_as_two_numbers() -> None:
    assert show((1 << 128) - 1) == b"18446744073709551615-18446744073709551615"
    assert show(5) == b"0-5"


@pytest.mark.parametrize(("compat", "read"), [("valkey-8.0", 2), ("valkey-8.1", 3)])
def test_a_group_that_passes_a_deleted_entry_counts_it_since_valkey_8_1(
    compat: str, read: int
) -> None:
    call = MockServer(compat=compat).client()
    for number in (1, 2, 3):
        call("XADD", "x", f"{number}-0", "f", "v")
    call("XGROUP", "CREATE", "x", "g", 0)
    call("XREADGROUP", "GROUP", "g", "c", "COUNT", 1, "STREAMS", "x", ">")
    call("XDEL", "x", "2-0")
    call("XREADGROUP", "GROUP", "g", "c", "STREAMS", "x", ">")

    told = call("XINFO", "GROUPS", "x")[0]
    assert dict(told)[b"entries-read"] == read
