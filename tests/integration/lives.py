"""Programs with many event loops, threads and processes, each to be run in a process of its own:

    python -m tests.integration.lives NAME PORT

They end with 0 if every reply was the right one; whoever starts them sets a deadline, since what
they look for is mostly something that hangs.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import random
import sys
import threading
from collections.abc import Callable
from typing import Any

import adapter
import adapter.asyncio

PROGRAMS: dict[str, Callable[[int], None]] = {}


def program(function: Callable[[int], None]) -> Callable[[int], None]:
    """Registers a program under its own name."""
    PROGRAMS[function.__name__] = function
    return function


async def calls(client: Any, tag: str, count: int) -> None:
    """Writes and reads back, and looks at each value."""
    for number in range(count):
        key, value = f"{tag}:{number % 7}", f"{tag}-{number}"
        await client.set(key, value)
        assert await client.get(key) == value.encode()


def side_by_side(*jobs: Callable[[], None]) -> None:
    """Each in a thread of its own; the first exception is raised here."""
    errors: list[BaseException] = []

    def guarded(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def fresh(port: int) -> adapter.asyncio.Redis:
    return adapter.asyncio.Redis(port=port)


@program
def four_loops_with_a_client_each(port: int) -> None:
    async def life(tag: str) -> None:
        async with fresh(port) as client:
            await calls(client, tag, 500)

    side_by_side(*(lambda n=n: asyncio.run(life(f"t{n}")) for n in range(4)))


@program
def four_loops_share_one_client(port: int) -> None:
    client = fresh(port)
    side_by_side(*(lambda n=n: asyncio.run(calls(client, f"t{n}", 500)) for n in range(4)))


@program
def loops_end_while_others_go_on(port: int) -> None:
    """Closed properly, left with a call under way, or simply left."""

    async def life(tag: str, turn: int) -> None:
        client = fresh(port)
        await calls(client, tag, 20)
        if turn % 3 == 0:
            await client.aclose()
        elif turn % 3 == 1:
            task = asyncio.ensure_future(client.get("x"))
            await asyncio.sleep(0)
            del task

    def lives(number: int) -> None:
        for turn in range(15):
            asyncio.run(life(f"t{number}-{turn}", turn))

    side_by_side(*(lambda n=n: lives(n) for n in range(4)))


@program
def loops_stop_and_are_not_closed(port: int) -> None:
    first, second = asyncio.new_event_loop(), asyncio.new_event_loop()
    ones, twos = fresh(port), fresh(port)
    first.run_until_complete(calls(ones, "a", 10))
    second.run_until_complete(calls(twos, "b", 10))
    first.run_until_complete(calls(ones, "a", 10))
    side_by_side(*(lambda n=n: asyncio.run(calls(fresh(port), f"t{n}", 100)) for n in range(4)))
    first.run_until_complete(calls(ones, "a", 10))
    second.run_until_complete(calls(twos, "b", 10))
    first.close()
    asyncio.run(calls(fresh(port), "c", 10))
    second.run_until_complete(calls(twos, "b", 10))
    second.close()


@program
def clients_are_collected_without_close(port: int) -> None:
    gc.freeze()  # what was imported stays: it need not be looked through each time

    async def life(tag: str) -> None:
        client = fresh(port)
        await calls(client, tag, 5)
        del client
        gc.collect()

    def lives(number: int) -> None:
        for turn in range(20):
            asyncio.run(life(f"t{number}-{turn}"))

    side_by_side(*(lambda n=n: lives(n) for n in range(4)))


@program
def a_hundred_of_a_thousand_calls_are_cancelled(port: int) -> None:
    dice = random.Random(5)

    async def call(client: Any, number: int) -> int:
        await asyncio.sleep(dice.random() * 0.05)
        key = f"k{number}"
        match number % 5:
            case 0:
                assert await client.set(key, number) is True
            case 1:
                assert await client.incr(key) == 1
            case 2:
                async with client.pipeline() as pipe:
                    replies = await pipe.set(key, number).get(key).execute()
                assert replies == [True, str(number).encode()]
            case 3:
                assert await client.blpop(f"none{number}", 0.05) is None
            case _:
                assert await client.echo(key) == key.encode()
        return number

    async def life() -> None:
        async with fresh(port) as client:
            tasks = [asyncio.create_task(call(client, number)) for number in range(1000)]
            victims = set(dice.sample(range(1000), 100))
            for victim in victims:
                loop = asyncio.get_running_loop()
                loop.call_later(dice.random() * 0.06, tasks[victim].cancel)
            results = await asyncio.gather(*tasks, return_exceptions=True)
            for number, result in enumerate(results):
                cancelled = isinstance(result, asyncio.CancelledError)
                assert result == number or (number in victims and cancelled), (number, result)
            await calls(client, "after", 50)

    asyncio.run(life())


@program
def threads_share_a_client_while_some_wait(port: int) -> None:
    client = adapter.Redis(port=port)

    def count(number: int) -> None:
        for turn in range(100):
            client.incr("n")
            assert client.echo(f"{number}-{turn}") == f"{number}-{turn}".encode()

    def wait(number: int) -> None:
        assert client.blpop(f"q{number}", 60) == (f"q{number}".encode(), b"x")

    def feed() -> None:
        while len([one for one in client.client_list() if one["cmd"] == "blpop"]) < 12:
            continue
        for number in range(12):
            client.rpush(f"q{number}", "x")

    counting = [lambda n=n: count(n) for n in range(19)]
    waiting = [lambda n=n: wait(n) for n in range(12)]
    side_by_side(feed, *counting, *waiting)
    assert client.get("n") == b"1900"


@program
def forked_children_connect_for_themselves(port: int) -> None:
    """As with gunicorn's preload: both clients are used before, and in parent and children."""
    client, waiting = adapter.Redis(port=port), fresh(port)
    _preloaded(client, waiting)
    processes(multiprocessing.get_context("fork"), _of_child, (client, waiting))
    assert client.get("n") == b"250"


@program
def children_of_a_parent_with_two_loops_connect_for_themselves(port: int) -> None:
    """The parent's pump thread is not in the children."""
    four_loops_with_a_client_each(port)
    forked_children_connect_for_themselves(port)


@program
def spawned_children_connect_by_url(port: int) -> None:
    client = adapter.Redis(port=port)
    client.ping()
    processes(multiprocessing.get_context("spawn"), _of_spawned, (port,))
    assert client.get("n") == b"200"


def processes(context: Any, target: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    """Four at once; while forked ones run, the parent's own clients go on."""
    children = [context.Process(target=target, args=(n, *arguments)) for n in range(4)]
    for child in children:
        child.start()
    if target is _of_child:
        _use(*arguments, tag="parent")
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0] * 4


def _preloaded(client: Any, waiting: Any) -> None:
    client.delete("n")
    asyncio.run(calls(waiting, "before", 5))


def _use(client: Any, waiting: Any, tag: str) -> None:
    for _ in range(50):
        client.incr("n")
    asyncio.run(calls(waiting, tag, 20))
    assert client.blpop("none", 0.01) is None


def _of_child(number: int, client: Any, waiting: Any) -> None:
    _use(client, waiting, tag=f"child{number}")
    with client.pubsub() as pubsub:
        pubsub.subscribe("c")
        assert pubsub.get_message(timeout=5)
    client.close()


def _of_spawned(number: int, port: int) -> None:
    with adapter.Redis.from_url(f"redis://127.0.0.1:{port}") as client:
        _use(client, fresh(port), tag=f"child{number}")


if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](int(sys.argv[2]))
