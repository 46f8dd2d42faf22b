"""The callers of a batch are woken in one go, and see nothing of it."""

from __future__ import annotations

import asyncio
import contextvars
from typing import Any

import pytest

from adapter.connect import waking
from adapter.connect.waking import Waker

WHO = contextvars.ContextVar("WHO", default="nobody")


async def started(count: int, heard: list[Any]) -> tuple[list[Any], list[asyncio.Task[Any]]]:
    """So many futures, and a task that awaits each and tells what it has heard, and as whom."""
    loop = asyncio.get_running_loop()
    futures = [loop.create_future() for _ in range(count)]

    async def caller(number: int) -> Any:
        WHO.set(f"caller {number}")
        result = await futures[number]
        heard.append((number, result, WHO.get()))
        return result

    tasks = [loop.create_task(caller(number)) for number in range(count)]
    await asyncio.sleep(0)
    return futures, tasks


@pytest.mark.parametrize("count", [0, 1, 2, 50])
@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("possible", [False, True])
async def test_all_hear_their_results_in_order_in_the_next_turn(
    monkeypatch, count, debug, possible
):
    monkeypatch.setattr(waking, "POSSIBLE", possible)
    asyncio.get_running_loop().set_debug(debug)
    heard: list[Any] = []
    futures, tasks = await started(count, heard)

    Waker(asyncio.get_running_loop()).tell(zip(futures, range(count), strict=True))
    assert heard == []
    assert all(future.done() for future in futures)
    await asyncio.sleep(0)

    assert heard == [(number, number, f"caller {number}") for number in range(count)]
    assert all(task.done() for task in tasks)


async def test_they_are_woken_before_whatever_is_asked_of_the_loop_later():
    heard: list[Any] = []
    loop = asyncio.get_running_loop()
    futures, _ = await started(2, heard)

    loop.call_soon(heard.append, "before")
    Waker(loop).tell([(futures[0], "a"), (futures[1], "b")])
    loop.call_soon(heard.append, "after")
    await asyncio.sleep(0)

    assert heard == ["before", (0, "a", "caller 0"), (1, "b", "caller 1"), "after"]


@pytest.mark.parametrize("left", [1, 2])
async def test_who_was_cancelled_is_told_nothing_and_holds_nobody_up(left):
    heard: list[Any] = []
    futures, tasks = await started(1 + left, heard)
    waker = Waker(asyncio.get_running_loop())

    tasks[-1].cancel()
    waker.tell((future, "told") for future in futures)
    await asyncio.sleep(0)

    assert [number for number, _, _ in heard] == list(range(left))
    assert tasks[-1].cancelled()
    assert futures[-1].cancelled()


async def test_who_is_cancelled_between_being_told_and_being_woken_is_cancelled():
    heard: list[Any] = []
    futures, tasks = await started(3, heard)

    Waker(asyncio.get_running_loop()).tell((future, "told") for future in futures)
    tasks[1].cancel()
    await asyncio.sleep(0)

    assert [number for number, _, _ in heard] == [0, 2]
    assert tasks[1].cancelled()


async def test_a_future_that_none_or_several_await_is_told_as_well():
    loop = asyncio.get_running_loop()
    heard: list[Any] = []
    futures, _ = await started(3, heard)
    alone = loop.create_future()
    futures[0].add_done_callback(lambda future: heard.append("other"))

    Waker(loop).tell((future, "told") for future in (alone, *futures))
    await asyncio.sleep(0)

    assert alone.result() == "told"
    assert sorted(map(str, heard)) == sorted(
        ["other", *(str((number, "told", f"caller {number}")) for number in range(3))]
    )


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_keeps_nobody_from_being_woken(error):
    reported: list[Any] = []
    heard: list[Any] = []

    def fail(future: Any) -> None:
        raise error("from a callback")

    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda loop, context: reported.append(context["exception"]))

    async def failing() -> None:
        futures, _ = await started(3, heard)
        bad = loop.create_future()
        bad.add_done_callback(fail)
        Waker(loop).tell((future, "told") for future in (futures[0], bad, *futures[1:]))
        await asyncio.sleep(0)

    try:
        loop.run_until_complete(failing())
    except KeyboardInterrupt as interrupt:
        reported.append(interrupt)
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()

    assert [type(each) for each in reported] == [error]
    assert [number for number, _, _ in heard] == [0, 1, 2]


async def test_it_says_whether_others_are_still_to_be_woken():
    waker = Waker(asyncio.get_running_loop())
    seen: list[bool] = []
    loop = asyncio.get_running_loop()
    for count in (1, 2):
        futures = [loop.create_future() for _ in range(count)]
        for future in futures:
            future.add_done_callback(lambda future: seen.append(waker.is_waking))
        waker.tell((future, None) for future in futures)
        await asyncio.sleep(0)

    assert seen == [False, True, True]
    assert not waker.is_waking
