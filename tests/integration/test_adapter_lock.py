"""redis-py's ``Lock`` over GLIDE: each story is told by redis-py and by us, with the same end."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable
from typing import Any

import pytest
from redis.asyncio.lock import Lock as AsyncLock
from redis.exceptions import LockError, LockNotOwnedError
from redis.lock import Lock

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]

STORIES: list[Callable[[Any], Any]] = []
AWAITED: list[Callable[[Any], Any]] = []


def outcome(call: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    """The result, or the error's class and words."""
    try:
        return call(*args, **keywords)
    except Exception as error:
        return type(error), str(error)


async def awaited(call: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    """As ``outcome``."""
    try:
        return await call(*args, **keywords)
    except Exception as error:
        return type(error), str(error)


def story(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Registers a story of one client."""
    (AWAITED if inspect.isasyncgenfunction(function) else STORIES).append(function)
    return function


def short(milliseconds: int, seconds: float) -> bool:
    """Whether a PTTL is what is left of so many seconds."""
    return 0 < milliseconds <= seconds * 1000


@story
def taken_and_given_back(client):
    lock = client.lock("l")
    yield lock.acquire(blocking=False), lock.locked(), lock.owned()
    yield client.get("l") == lock.local.token, client.ttl("l")
    yield outcome(lock.release), client.exists("l"), lock.owned()
    yield outcome(lock.release)


@story
def somebody_else_waits_in_vain(client):
    first, second = client.lock("l", timeout=10), client.lock("l", timeout=10)
    yield first.acquire(blocking=False), second.acquire(blocking=False), second.owned()
    yield second.acquire(blocking_timeout=0.05), second.locked()
    yield outcome(second.release)
    first.release()
    yield second.acquire(blocking=False)


@story
def a_token_of_ones_own(client):
    lock = client.lock("l")
    yield lock.acquire(token="me", blocking=False), client.get("l"), lock.owned()
    client.set("l", "another")
    yield lock.owned(), outcome(lock.release), client.get("l")


@story
def extended_and_reacquired(client):
    lock = client.lock("l", timeout=10)
    yield lock.acquire(blocking=False), short(client.pttl("l"), 10)
    yield lock.extend(10), 10_000 < client.pttl("l") <= 20_000
    yield lock.extend(5, replace_ttl=True), short(client.pttl("l"), 5)
    yield lock.reacquire(), 5_000 < client.pttl("l") <= 10_000
    client.delete("l")
    yield outcome(lock.extend, 10), outcome(lock.reacquire), outcome(lock.release)


@story
def what_cannot_be_extended(client):
    free, endless = client.lock("f", timeout=10), client.lock("e")
    yield outcome(free.extend, 10), outcome(free.reacquire)
    endless.acquire()
    yield outcome(endless.extend, 10), outcome(endless.reacquire)
    yield repr(client.lock("l", timeout=1, sleep=2))[:24]


@story
def in_a_with_statement(client):
    with client.lock("l", timeout=10) as lock:
        yield lock.owned(), client.exists("l")
        other = client.lock("l", blocking_timeout=0.01, sleep=0.001)
        yield outcome(other.__enter__)
    yield client.exists("l")
    lock.acquire()
    client.delete("l")
    yield outcome(lock.__exit__, None, None, None)
    quiet = client.lock("l", timeout=10, raise_on_release_error=False)
    with quiet:
        client.delete("l")
    yield client.exists("l")


@story
def other_threads_and_their_tokens(client):
    for thread_local in (True, False):
        lock = client.lock(f"l{thread_local}", timeout=10, thread_local=thread_local)
        lock.acquire()
        seen: list[Any] = []
        thread = threading.Thread(target=lambda lock=lock, seen=seen: seen.append(_seen(lock)))
        thread.start()
        thread.join()
        yield seen, lock.owned()


def _seen(lock: Any) -> Any:
    return outcome(lambda: lock.local.token is None), outcome(lock.release)


@story
def one_who_waits_gets_it(client):
    lock = client.lock("l", timeout=10)
    lock.acquire()
    waiting = client.lock("l", timeout=10, sleep=0.01)
    got: list[Any] = []
    thread = threading.Thread(target=lambda: got.append(waiting.acquire(blocking_timeout=20)))
    thread.start()
    lock.release()
    thread.join()
    yield got


@story
def a_class_of_ones_own(client):
    class Named(Lock):
        pass

    lock = client.lock("l", lock_class=Named, timeout=3)
    yield type(lock) is Named, lock.acquire(), lock.release()


@story
async def awaited_taken_and_given_back(client):
    lock = client.lock("l", timeout=10)
    yield await lock.acquire(blocking=False), await lock.locked(), await lock.owned()
    other = client.lock("l", timeout=10)
    yield await other.acquire(blocking=False), await awaited(other.release)
    yield await other.acquire(blocking_timeout=0.05)
    yield await lock.extend(10), 10_000 < await client.pttl("l") <= 20_000
    yield await lock.extend(5, replace_ttl=True), short(await client.pttl("l"), 5)
    yield await lock.reacquire(), 5_000 < await client.pttl("l") <= 10_000
    yield await awaited(lock.release), await awaited(lock.release), await client.exists("l")


@story
async def awaited_lost(client):
    lock, endless = client.lock("l", timeout=10), client.lock("e")
    await lock.acquire()
    await client.set("l", "another")
    yield await awaited(lock.extend, 10), await awaited(lock.reacquire), await awaited(lock.release)
    await endless.acquire()
    yield await awaited(endless.extend, 10), await awaited(endless.reacquire)


@story
async def awaited_in_a_with_statement(client):
    async with client.lock("l", timeout=10) as lock:
        yield await lock.owned()
        other = client.lock("l", blocking_timeout=0.01, sleep=0.001)
        yield await awaited(other.__aenter__)
    yield await client.exists("l")
    quiet = client.lock("l", timeout=10, raise_on_release_error=False)
    async with quiet:
        await client.delete("l")
    yield type(quiet) is AsyncLock


@story
async def awaited_turn_by_turn(client):
    order: list[int] = []

    async def enter(number: int) -> None:
        async with client.lock("l", timeout=20, sleep=0.005):
            order.append(number)
            assert await client.incr("inside") == 1
            await client.decr("inside")

    await asyncio.gather(*(enter(number) for number in range(10)))
    yield sorted(order)


@pytest.mark.parametrize("told", STORIES, ids=lambda told: told.__name__)
def test_a_lock_does_what_redis_pys_does(told, make_client, make_redis_py):
    theirs, ours = make_redis_py(), make_client()

    expected = list(told(theirs))
    theirs.flushall()

    assert list(told(ours)) == expected


@pytest.mark.parametrize("told", AWAITED, ids=lambda told: told.__name__)
async def test_an_awaited_lock_does_what_redis_pys_does(
    told, make_async_client, make_async_redis_py
):
    theirs, ours = make_async_redis_py(), make_async_client()

    expected = [chapter async for chapter in told(theirs)]
    await theirs.flushall()

    assert [chapter async for chapter in told(ours)] == expected


def test_the_stories_meet_the_errors(make_client):
    errors = [
        one[0]
        for told in STORIES
        for chapter in told(make_client(db=STORIES.index(told)))
        for one in (chapter if isinstance(chapter, tuple) else (chapter,))
        if isinstance(one, tuple) and isinstance(one[0], type)
    ]

    assert {LockError, LockNotOwnedError} <= set(errors)
