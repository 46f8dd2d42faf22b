"""Commands that wait: nobody waits behind them, and whoever gives up leaves nothing behind."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from redis.exceptions import TimeoutError, WatchError

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]


def waiting(client, command: str = "blpop") -> int:
    """How many connections the server holds back."""
    listed = client.client_list()
    return sum(1 for one in listed if one["cmd"] == command and "b" in one["flags"])


async def until(condition: Callable[[], object]) -> None:
    """Returns once it holds; the test's own time limit ends the rest."""
    async with asyncio.timeout(10):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0)


def patiently(condition: Callable[[], object]) -> None:
    asyncio.run(until(condition))


IN_MAIN_THREAD = pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="signals need the main thread"
)


@contextmanager
def interrupted(seconds: float) -> Iterator[None]:
    """Ctrl-C, after so long."""

    def interrupt(number, frame):
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def test_others_do_not_wait_behind_a_waiting_caller(make_client):
    client = make_client()
    popped: list[object] = []
    waiter = threading.Thread(target=lambda: popped.append(client.blpop("l", 10)))
    waiter.start()
    patiently(lambda: waiting(client))

    assert client.ping() is True
    client.rpush("l", "x")
    waiter.join(10)

    assert popped == [(b"l", b"x")]


async def test_others_do_not_wait_behind_a_waiting_caller_async(make_async_client):
    client = make_async_client()
    first, second = (asyncio.create_task(client.blpop("l", 10)) for _ in range(2))
    await asyncio.sleep(0)

    assert await client.ping() is True
    await client.rpush("l", "x", "y")

    assert {(await first)[1], (await second)[1]} == {b"x", b"y"}


async def test_what_was_asked_before_a_wait_reaches_the_server_before_it(make_async_client):
    client = make_async_client()
    for _ in range(20):
        await client.rpush("l", "x")

        counted, popped = await asyncio.gather(client.llen("l"), client.blpop("l", 10))

        assert (counted, popped) == (1, (b"l", b"x"))


@pytest.mark.parametrize(
    ("command", "empty"),
    [
        (lambda client: client.blpop("l", 0.01), None),
        (lambda client: client.brpop(["l", "m"], 0.01), None),
        (lambda client: client.blmove("l", "m", 0.01), None),
        (lambda client: client.brpoplpush("l", "m", 0.01), None),
        (lambda client: client.blmpop(0.01, 1, "l", direction="LEFT"), None),
        (lambda client: client.bzpopmin("z", 0.01), None),
        (lambda client: client.bzpopmax("z", 0.01), None),
        (lambda client: client.bzmpop(0.01, 1, ["z"], min=True), None),
        (lambda client: client.xread({"s": "$"}, block=10), []),
    ],
    ids="blpop brpop blmove brpoplpush blmpop bzpopmin bzpopmax bzmpop xread".split(),
)
def test_a_wait_that_is_over_answers_as_redis_py_does(make_client, command, empty):
    assert command(make_client()) == empty


async def test_a_cancelled_wait_takes_nothing_from_whoever_comes_later(
    make_async_client, make_client
):
    client, watcher = make_async_client(), make_client()
    waiter = asyncio.create_task(client.blpop("l", 0))
    await until(lambda: waiting(watcher))

    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter

    assert waiting(watcher) == 0
    await client.rpush("l", "kept")
    assert await client.llen("l") == 1


async def test_a_wait_that_was_given_up_leaves_its_connection_fit_for_the_next(
    make_async_client,
):
    client = make_async_client()
    for _ in range(3):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.xread({"s": "$"}, block=0), 0.02)

    await client.xadd("s", {"f": "v"})
    assert len(await client.xread({"s": "0"}, block=1_000)) == 1


def test_the_callers_own_time_limit_ends_the_wait_at_the_server_too(make_client):
    client = make_client(socket_timeout=0.05, retry=None)

    with pytest.raises(TimeoutError, match="Timeout reading from socket"):
        client.blpop("l", 60)

    assert waiting(client) == 0
    client.rpush("l", "kept")
    assert client.llen("l") == 1


@IN_MAIN_THREAD
def test_a_signal_interrupts_a_wait(make_client):
    client = make_client()

    with interrupted(0.1), pytest.raises(KeyboardInterrupt):
        client.blpop("l", 0)

    client.rpush("l", "kept")
    assert client.llen("l") == 1


def test_a_wait_on_watched_keys_ends_with_the_callers_time_limit(make_client):
    client = make_client(socket_timeout=0.05, retry=None)
    pipe = client.pipeline()
    pipe.watch("k")

    with pytest.raises(WatchError, match="A TimeoutError occurred while watching"):
        pipe.blpop("l", 60)

    assert waiting(client) == 0
    client.rpush("l", "kept")
    assert client.llen("l") == 1
    assert pipe.set("k", 1).execute() == [True]


async def test_a_wait_on_watched_keys_ends_with_the_callers_time_limit_async(make_async_client):
    client = make_async_client(socket_timeout=0.05, retry=None)
    pipe = client.pipeline()
    await pipe.watch("k")

    with pytest.raises(WatchError, match="A TimeoutError occurred while watching"):
        await pipe.blpop("l", 60)

    await client.rpush("l", "kept")
    assert await client.llen("l") == 1
    assert await pipe.set("k", 1).execute() == [True]


async def test_a_cancelled_wait_on_watched_keys_takes_nothing_and_goes_on_watching(
    make_async_client, make_client
):
    client, watcher = make_async_client(), make_client()
    pipe = client.pipeline()
    await pipe.watch("k")
    waiter = asyncio.create_task(pipe.blpop("l", 0))
    await until(lambda: waiting(watcher))

    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter

    assert waiting(watcher) == 0
    watcher.rpush("l", "kept")
    assert await pipe.llen("l") == 1
    watcher.set("k", "changed")
    pipe.multi()
    with pytest.raises(WatchError):
        await pipe.set("k", 1).execute()


def test_a_wait_on_watched_keys_that_is_served_goes_on_watching(make_client):
    client = make_client()
    client.rpush("l", "x")
    with client.pipeline() as pipe:
        pipe.watch("k")

        assert pipe.blpop("l", 10) == (b"l", b"x")
        assert pipe.blpop("l", 0.01) is None

        client.set("k", "changed")
        pipe.multi()
        with pytest.raises(WatchError):
            pipe.set("k", 1).execute()


@IN_MAIN_THREAD
def test_a_signal_interrupts_a_wait_on_watched_keys(make_client):
    client = make_client()
    pipe = client.pipeline()
    pipe.watch("k")

    with interrupted(0.1), pytest.raises(KeyboardInterrupt):
        pipe.blpop("l", 0)
    pipe.reset()

    client.rpush("l", "kept")
    assert client.llen("l") == 1
    assert pipe.set("k", 1).execute() == [True]


def test_a_waiting_caller_is_in_the_database_that_was_selected(make_client):
    client = make_client()
    client.select(3)
    client.rpush("l", "x")

    assert client.blpop("l", 1) == (b"l", b"x")


def test_waiting_inside_a_stream_group_finds_what_is_added(make_client):
    client = make_client()
    client.xgroup_create("s", "g", mkstream=True)
    added = threading.Thread(
        target=lambda: (
            patiently(lambda: waiting(client, "xreadgroup")),
            client.xadd("s", {"f": 1}),
        )
    )
    added.start()

    ((name, entries),) = client.xreadgroup("g", "me", {"s": ">"}, block=10_000)
    added.join(10)

    assert name == b"s"
    assert [fields for _, fields in entries] == [{b"f": b"1"}]
