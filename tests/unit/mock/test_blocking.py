"""Waiting, and how it ends: by a change, by time, by the client's going."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest

from mock_backend import MockServer, VirtualClock
from mock_backend.kernel.waiting import Parked
from mock_backend.replies import NIL_ARRAY, ReplyError
from mock_backend.transport.memory import Argument, MemoryClient

Client = Callable[[], MemoryClient]

WAITING: list[tuple[Argument, ...]] = [
    ("BLPOP", "k", 5),
    ("BRPOP", "k", 5),
    ("BLMPOP", 5, 1, "k", "LEFT"),
    ("BLMOVE", "k", "d", "LEFT", "LEFT", 5),
    ("BRPOPLPUSH", "k", "d", 5),
    ("BZPOPMIN", "k", 5),
    ("BZPOPMAX", "k", 5),
    ("BZMPOP", 5, 1, "k", "MIN"),
    ("XREAD", "BLOCK", 5000, "STREAMS", "k", "$"),
]


@pytest.mark.parametrize("words", WAITING, ids=lambda words: words[0])
def test_time_runs_out_to_the_millisecond(
    client: Client, clock: VirtualClock, words: tuple[Argument, ...]
) -> None:
    waiter = client()
    waiter(*words)

    clock.advance(4_999)
    assert waiter.waiting
    clock.advance(1)

    assert waiter.out == [NIL_ARRAY]
    assert not waiter.waiting


@pytest.mark.parametrize("words", WAITING, ids=lambda words: words[0])
def test_a_timeout_of_zero_never_runs_out(
    client: Client, clock: VirtualClock, words: tuple[Argument, ...]
) -> None:
    waiter = client()
    waiter(*(0 if word in {5, 5000} else word for word in words))

    clock.advance(10**9)

    assert waiter.waiting


def test_a_fraction_of_a_second_counts(client: Client, clock: VirtualClock) -> None:
    waiter = client()
    waiter("BLPOP", "l", 0.25)

    clock.advance(249)
    assert waiter.waiting
    clock.advance(1)

    assert waiter.out == [NIL_ARRAY]


def test_xreadgroup_gives_up_too(client: Client, call: MemoryClient, clock: VirtualClock) -> None:
    call("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
    waiter = client()
    waiter("XREADGROUP", "GROUP", "g", "c", "BLOCK", 20, "STREAMS", "s", ">")

    clock.advance(20)

    assert waiter.out == [NIL_ARRAY]


def test_a_wake_that_finds_nothing_does_not_prolong_the_wait(
    client: Client, call: MemoryClient, clock: VirtualClock
) -> None:
    first, second = client(), client()
    first("BLPOP", "l", 5)
    second("BLPOP", "l", 5)
    clock.advance(4_000)

    call("RPUSH", "l", "a")
    assert first.out == [[b"l", b"a"]]
    clock.advance(1_000)

    assert second.out == [NIL_ARRAY]


def test_who_gave_up_is_not_served(client: Client, call: MemoryClient, clock: VirtualClock) -> None:
    early, late = client(), client()
    early("BLPOP", "l", 1)
    late("BLPOP", "l", 0)
    clock.advance(1_000)

    call("RPUSH", "l", "a", "b")

    assert early.out == [NIL_ARRAY]
    assert late.out == [[b"l", b"a"]]
    assert call("LRANGE", "l", 0, -1) == [b"b"]


def test_who_has_left_is_not_served(client: Client, call: MemoryClient) -> None:
    gone, waiter = client(), client()
    gone("BLPOP", "l", 0)
    waiter("BLPOP", "l", 0)
    gone.close()

    call("RPUSH", "l", "a")

    assert gone.out == []
    assert waiter.out == [[b"l", b"a"]]


def test_several_keys_wake_once(client: Client, call: MemoryClient) -> None:
    waiter = client()
    waiter("BLPOP", "a", "b", "a", 0)

    call("RPUSH", "b", 1)
    call("RPUSH", "a", 2)

    assert waiter.out == [[b"b", b"1"]]
    assert call("LRANGE", "a", 0, -1) == [b"2"]


def test_one_push_serves_as_many_as_it_has_elements(client: Client, call: MemoryClient) -> None:
    waiters = [client() for _ in range(4)]
    for waiter in waiters:
        waiter("BRPOP", "l", 0)

    assert call("RPUSH", "l", 1, 2, 3) == 3

    assert [waiter.out for waiter in waiters] == [
        [[b"l", b"3"]],
        [[b"l", b"2"]],
        [[b"l", b"1"]],
        [],
    ]
    assert call("EXISTS", "l") == 0


def test_whoever_is_served_goes_on_with_the_next_request(
    client: Client, call: MemoryClient
) -> None:
    worker = client()
    worker("BLMOVE", "jobs", "active", "LEFT", "RIGHT", 0)
    worker("BLMOVE", "jobs", "active", "LEFT", "RIGHT", 0)
    worker("LLEN", "active")

    call("RPUSH", "jobs", "one", "two")

    assert worker.out == [b"one", b"two", 2]


def test_a_ring_of_moves_comes_to_rest(client: Client, call: MemoryClient) -> None:
    there, back = client(), client()
    there("BLMOVE", "a", "b", "LEFT", "LEFT", 0)
    back("BLMOVE", "b", "a", "LEFT", "LEFT", 0)

    call("RPUSH", "a", "x")

    assert there.out == [b"x"]
    assert back.out == [b"x"]
    assert call("LRANGE", "a", 0, -1) == [b"x"]


def test_a_key_that_expires_takes_its_group_along(
    client: Client, call: MemoryClient, clock: VirtualClock
) -> None:
    call("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
    call("PEXPIRE", "s", 100)
    waiter = client()
    waiter("XREADGROUP", "GROUP", "g", "c", "BLOCK", 0, "STREAMS", "s", ">")

    clock.advance(100)

    (reply,) = waiter.out
    assert isinstance(reply, ReplyError)
    assert reply.code == "NOGROUP"


def test_an_expired_list_wakes_nobody(
    client: Client, call: MemoryClient, clock: VirtualClock
) -> None:
    call("SET", "l", "x", "PX", 100)
    waiter = client()
    assert waiter("BLPOP", "l", 0).code == "WRONGTYPE"
    clock.advance(100)
    waiter.out.clear()

    waiter("BLPOP", "l", 0)

    assert waiter.waiting


def test_flushing_wakes_only_who_waits_for_a_group(client: Client, call: MemoryClient) -> None:
    call("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
    popper, reader, member = client(), client(), client()
    popper("BLPOP", "l", 0)
    reader("XREAD", "BLOCK", 0, "STREAMS", "s", "$")
    member("XREADGROUP", "GROUP", "g", "c", "BLOCK", 0, "STREAMS", "s", ">")

    call("FLUSHALL")

    assert popper.waiting
    assert reader.waiting
    assert [reply.code for reply in member.out] == ["NOGROUP"]


def test_nothing_listens_once_nobody_waits(server: MockServer, client: Client) -> None:
    waiter, writer = client(), client()
    waiter("BLPOP", "l", 0)
    writer("RPUSH", "l", "a")

    assert not server.kernel.waiting
    assert server.kernel.space.listener is None


@pytest.mark.parametrize(("compat", "left"), [("redis-7.0", 0), ("valkey-8.0", 1)])
def test_a_key_that_has_expired_wakes_nobody(clock: VirtualClock, compat: str, left: int) -> None:
    server = MockServer(compat=compat, clock=clock)
    call, waiter = server.client(), server.client()
    call("DEBUG", "SET-ACTIVE-EXPIRE", 0)
    waiter("SELECT", 1)
    waiter.out.clear()
    waiter("BLPOP", "k", 0)
    call("RPUSH", "k", "v")
    call("PEXPIRE", "k", 100)
    clock.advance(101)
    call("SWAPDB", 0, 1)
    call("SELECT", 1)
    assert waiter.waiting
    assert call("DBSIZE") == left  # of old the attempt removed it
    assert call("EXISTS", "k") == 0
    assert call("DBSIZE") == 0


def test_calls_that_were_served_long_before_their_time_are_not_kept(client: Client) -> None:
    waiter, writer = client(), client()
    for _ in range(5_000):
        waiter("BLPOP", "k", 1_000_000)
        writer("RPUSH", "k", "e")
    assert len(waiter.out) == 5_000

    assert sum(isinstance(each, Parked) for each in gc.get_objects()) < 2_000
