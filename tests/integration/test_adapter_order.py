"""Calls reach the server in the order in which they were made, whatever is among them.

redis-py's and ioredis's users rely on it; GLIDE's own calls overtake one another when they are not
awaited one by one.  ``ORDER_RUNS=100 pytest tests/integration/test_adapter_order.py`` repeats each
program as often.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import redis
from redis.exceptions import ResponseError, TimeoutError

import adapter.asyncio
from adapter.connect import session
from mock_backend import MockServer

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]

RUNS = int(os.environ.get("ORDER_RUNS", "3"))
CALLS = 500
SECONDS = 60
"""What one program may take; nothing is said of how long it should."""

SCRIPT = "return redis.call('RPUSH', KEYS[1], ARGV[1]) -- longer than its own SHA1 is"
RISKY = "redis.setresp(3) redis.call('RPUSH', KEYS[1], ARGV[1]) return {map={}}"
"""One whose reply GLIDE could not carry on the shared connection."""

Client = Any
Act = Callable[[Client, int], Awaitable[Any]]


async def pushed(client: Client, number: int) -> Any:
    return await client.rpush("l", number)


async def refused(client: Client, number: int) -> Any:
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await client.rpush("text", number)


async def unknown(client: Client, number: int) -> Any:
    with pytest.raises(ResponseError, match="unknown command"):
        await client.execute_command("NO-SUCH-COMMAND")


async def evaluated(client: Client, number: int) -> Any:
    return await client.eval(SCRIPT, 1, "l", number)


async def evaluated_elsewhere(client: Client, number: int) -> Any:
    return await client.eval(RISKY, 1, "l", number)


async def queued(client: Client, number: int) -> Any:
    return await client.pipeline(transaction=False).get("k").rpush("l", number).execute()


async def queued_by_source(client: Client, number: int) -> Any:
    """The server is asked whether it has the source, and nobody may come between."""
    return await client.pipeline(transaction=number % 2 == 0).eval(SCRIPT, 1, "l", number).execute()


async def at_once(client: Client, number: int) -> Any:
    return await client.pipeline().rpush("l", number).get("k").execute()


async def selected(client: Client, number: int) -> Any:
    return await client.execute_command("SELECT", 0)


async def described(client: Client, number: int) -> Any:
    return await client.execute_command("COMMAND", "INFO", "get")


async def read(client: Client, number: int) -> Any:
    return await client.mget("k", "missing")


async def listed(client: Client, number: int) -> Any:
    return await client.keys("no*")


WRITES: list[Act] = [
    *(pushed, pushed, pushed),
    *(evaluated, evaluated_elsewhere, queued, queued_by_source, at_once),
]
OTHERS: list[Act] = [refused, unknown, selected, described, read, listed]


async def written(client: Client) -> list[int]:
    return [int(number) for number in await client.lrange("l", 0, -1)]


async def test_calls_that_are_not_awaited_keep_their_order(make_async_client):
    client = make_async_client()
    async with asyncio.timeout(SECONDS * RUNS):
        for _ in range(RUNS):
            await asyncio.gather(*(client.rpush("l", number) for number in range(CALLS)))
            assert await written(client) == list(range(CALLS))
            await client.delete("l")


async def test_mixed_calls_keep_their_order_errors_among_them(make_async_client):
    client = make_async_client()
    async with asyncio.timeout(SECONDS * RUNS):
        for run in range(RUNS):
            dice = random.Random(run)
            await client.set("text", "no list")
            acts = [dice.choice(WRITES + OTHERS) for _ in range(CALLS)]

            await asyncio.gather(*(act(client, number) for number, act in enumerate(acts)))

            assert await written(client) == [
                number for number, act in enumerate(acts) if act in WRITES
            ]
            await client.delete("l")


async def test_calls_of_many_turns_keep_their_order(make_async_client):
    """A few are made in each turn of the loop, while earlier ones are under way."""
    client = make_async_client()
    async with asyncio.timeout(SECONDS * RUNS):
        for run in range(RUNS):
            dice = random.Random(run)
            tasks = []
            for number in range(CALLS):
                tasks.append(asyncio.create_task(dice.choice(WRITES)(client, number)))
                if dice.random() < 0.2:
                    await asyncio.sleep(0)
            await asyncio.gather(*tasks)

            assert await written(client) == list(range(CALLS))
            await client.delete("l")


async def test_whoever_is_cancelled_moves_nobody_else(make_async_client):
    client = make_async_client()
    async with asyncio.timeout(SECONDS * RUNS):
        for run in range(RUNS):
            dice = random.Random(run)
            tasks, given_up = [], set()
            for number in range(CALLS):
                tasks.append(asyncio.create_task(dice.choice(WRITES)(client, number)))
                if dice.random() < 0.2:
                    await asyncio.sleep(0)
                if dice.random() < 0.2:
                    unlucky = dice.randrange(len(tasks))
                    tasks[unlucky].cancel()
                    given_up.add(unlucky)
            results = await asyncio.gather(*tasks, return_exceptions=True)

            cancelled = {n for n, r in enumerate(results) if isinstance(r, asyncio.CancelledError)}
            assert cancelled <= given_up
            found = await written(client)
            assert found == sorted(found)
            # a cancelled call may have been under way already
            assert set(range(CALLS)) - cancelled <= set(found)
            await client.delete("l")


async def test_a_waiting_call_takes_its_turn_behind_those_made_before(make_async_client):
    client = make_async_client()
    async with asyncio.timeout(SECONDS * RUNS):
        for _ in range(RUNS):
            calls = [client.rpush("l", number) for number in range(CALLS)]
            *_, popped, left = await asyncio.gather(
                *calls, client.blpop("l", 5), client.blmove("l", "other", 5, "RIGHT", "LEFT")
            )

            # the two that wait are on connections of their own, so either may be the first
            assert (popped, left) == ((b"l", b"0"), b"%d" % (CALLS - 1))
            assert await client.llen("l") == CALLS - 2
            await client.delete("l", "other")


async def test_messages_are_published_in_the_order_of_the_calls(make_async_client):
    client = make_async_client()
    async with asyncio.timeout(SECONDS * RUNS), client.pubsub() as listening:
        await listening.subscribe("c")
        assert (await listening.get_message(timeout=SECONDS))["type"] == "subscribe"
        for _ in range(RUNS):
            calls = [
                client.publish("c", number) if number % 3 else client.rpush("l", number)
                for number in range(CALLS)
            ]
            await asyncio.gather(*calls)

            heard = [
                int((await listening.get_message(timeout=SECONDS))["data"])
                for number in range(CALLS)
                if number % 3
            ]
            assert heard == [number for number in range(CALLS) if number % 3]


# what one call's fate does to the others


async def test_a_cancelled_call_takes_no_other_with_it(make_async_client):
    client = make_async_client()
    await client.mset({str(number): number for number in range(100)})

    tasks = [asyncio.create_task(client.get(str(number))) for number in range(100)]
    await asyncio.sleep(0)  # they are under way together
    for task in tasks[::2]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert results[1::2] == [b"%d" % number for number in range(1, 100, 2)]
    assert await client.get("0") == b"0"


@pytest.fixture
def slow():
    """A mock that answers late when it is told to."""
    with MockServer() as server:
        with redis.Redis(port=server.port) as client:
            client.mset({"a": 1, "b": 2})
        yield server


async def test_one_callers_deadline_is_not_anothers(slow):
    async with adapter.asyncio.Redis(port=slow.port, socket_timeout=30) as client:
        await client.ping()
        slow.faults.next("GET").delay(0.2)
        patient = asyncio.create_task(client.get("a"))
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.get("b"), 0.05)

        assert await patient == b"1"
        assert await client.get("b") == b"2"


async def test_waiting_for_ones_turn_does_not_count_as_waiting_for_the_server(slow):
    """Two calls, each of them answered in time, and later than one may be if added up."""
    async with adapter.asyncio.Redis(port=slow.port, socket_timeout=2, retry=None) as client:
        await client.ping()
        slow.faults.next("GET", times=2).delay(1.2)
        first = asyncio.create_task(client.get("a"))
        while not slow.faults.met:
            await asyncio.sleep(0.001)
        second = asyncio.create_task(client.get("b"))

        assert await asyncio.gather(first, second) == [b"1", b"2"]


async def test_a_slow_call_does_not_time_out_those_who_share_its_batch(slow, monkeypatch):
    # all of the limit again, so that a busy machine has time for the rest
    monkeypatch.setattr(session, "PATIENCE_MS", 10_000)
    async with adapter.asyncio.Redis(port=slow.port, socket_timeout=1, retry=None) as client:
        await client.ping()
        slow.faults.next("GET").delay(1.1)

        replies = await asyncio.gather(client.get("a"), *(client.incr("n") for _ in range(50)))

        assert replies == [b"1", *range(1, 51)]


async def test_what_is_known_to_be_slow_times_out_alone(slow):
    async with adapter.asyncio.Redis(port=slow.port, socket_timeout=0.5, retry=None) as client:
        await client.ping()
        slow.faults.next("KEYS").silence()

        replies = await asyncio.gather(
            client.incr("n"), client.keys(), client.incr("n"), return_exceptions=True
        )

        assert replies[::2] == [1, 2]
        assert isinstance(replies[1], TimeoutError)


async def test_whoever_waits_behind_a_call_that_is_never_answered_gets_his_answer(slow):
    async with adapter.asyncio.Redis(port=slow.port, socket_timeout=0.5, retry=None) as client:
        await client.ping()
        slow.faults.next("GET").silence()
        lost = asyncio.create_task(client.get("a"))
        while not slow.faults.met:
            await asyncio.sleep(0.001)
        behind = asyncio.create_task(client.get("b"))

        with pytest.raises(TimeoutError):
            await lost
        assert await behind == b"2"


async def test_however_many_calls_wait_none_is_refused(slow):
    """GLIDE alone says "Reached maximum inflight requests" of the 1,001st."""
    async with adapter.asyncio.Redis(port=slow.port, socket_timeout=30) as client:
        await client.ping()
        slow.faults.next("GET").delay(0.1)

        results = await asyncio.gather(*(client.get("a") for _ in range(20_000)))

        assert results == [b"1"] * 20_000
