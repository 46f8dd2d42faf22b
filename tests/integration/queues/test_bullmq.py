"""BullMQ (Python) on every server, through redis-py and through the adapter."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from bullmq import FlowProducer, Job, Queue, QueueEvents, Worker

SECONDS = 20
"""How long a test waits for what must happen."""


@pytest.fixture(params=["adapter", "redis-py"])
def connection(
    request: pytest.FixtureRequest,
    make_async_client: Callable[..., Any],
    make_async_redis_py: Callable[..., Any],
) -> Any:
    """A client to hand to BullMQ."""
    make = make_async_client if request.param == "adapter" else make_async_redis_py
    return make(decode_responses=True)


@pytest.fixture
async def queue(connection: Any) -> AsyncIterator[Queue]:
    queue = Queue("tests", {"connection": connection})
    yield queue
    await queue.close()


async def finished(queue: Queue, job: Job) -> str:
    """The state in which a job ended."""
    async with asyncio.timeout(SECONDS):
        while (state := await queue.getJobState(job.id)) not in ("completed", "failed"):
            await asyncio.sleep(0.01)
    return str(state)


class Working:
    """``async with Working(connection, perform):`` a worker runs meanwhile."""

    def __init__(self, connection: Any, perform: Any, **options: Any) -> None:
        self._make = lambda: Worker("tests", perform, {"connection": connection, **options})

    async def __aenter__(self) -> Worker:
        self._worker = self._make()
        return self._worker

    async def __aexit__(self, *exception: object) -> None:
        await self._worker.close(force=True)


async def double(job: Job, token: str) -> int:
    return int(job.data["number"]) * 2


async def test_jobs_are_performed_and_return_values(queue: Queue, connection: Any) -> None:
    async with Working(connection, double, concurrency=5):
        jobs = [await queue.add("double", {"number": number}) for number in range(20)]
        states = [await finished(queue, job) for job in jobs]
        done = [await queue.getJob(job.id) for job in jobs]

    assert states == ["completed"] * 20
    assert [job.returnvalue for job in done] == [number * 2 for number in range(20)]


async def test_a_job_that_fails_is_tried_again(queue: Queue, connection: Any) -> None:
    async def stumble(job: Job, token: str) -> str:
        if job.attemptsMade < 2:
            raise ValueError("not yet")
        return "at last"

    async with Working(connection, stumble):
        job = await queue.add("stumble", {}, {"attempts": 5, "backoff": 10})
        assert await finished(queue, job) == "completed"
        done = await queue.getJob(job.id)

    assert (done.returnvalue, done.attemptsMade) == ("at last", 3)


async def test_a_job_that_never_succeeds_ends_as_failed(queue: Queue, connection: Any) -> None:
    async def refuse(job: Job, token: str) -> None:
        raise ValueError("never")

    async with Working(connection, refuse):
        job = await queue.add("refuse", {}, {"attempts": 2})
        assert await finished(queue, job) == "failed"
        done = await queue.getJob(job.id)

    assert (done.failedReason, done.attemptsMade) == ("never", 2)
    assert await queue.getJobCounts("failed", "completed") == {"failed": 1, "completed": 0}


async def test_a_delayed_job_waits_for_its_time(queue: Queue, connection: Any) -> None:
    later = await queue.add("double", {"number": 4}, {"delay": 150})
    assert await queue.getJobState(later.id) == "delayed"

    async with Working(connection, double):
        assert await finished(queue, later) == "completed"
        done = await queue.getJob(later.id)

    assert done.processedOn - done.timestamp >= 150


async def test_priorities_decide_who_comes_first(queue: Queue, connection: Any) -> None:
    order: list[int] = []

    async def note(job: Job, token: str) -> None:
        order.append(job.data["number"])

    jobs = [
        await queue.add("note", {"number": priority}, {"priority": priority})
        for priority in (3, 1, 2)
    ]
    async with Working(connection, note):
        for job in jobs:
            await finished(queue, job)

    assert order == [1, 2, 3]


async def test_a_parent_waits_for_its_children(queue: Queue, connection: Any) -> None:
    async def add_up(job: Job, token: str) -> int:
        if job.name == "child":
            return int(job.data["number"])
        return sum((await job.getChildrenValues()).values())

    flows = FlowProducer(None, {"connection": connection})
    tree = await flows.add(
        {
            "name": "parent",
            "queueName": "tests",
            "data": {},
            "children": [
                {"name": "child", "queueName": "tests", "data": {"number": number}}
                for number in range(5)
            ],
        }
    )
    assert await queue.getJobState(tree["job"].id) == "waiting-children"

    async with Working(connection, add_up):
        assert await finished(queue, tree["job"]) == "completed"
        parent = await queue.getJob(tree["job"].id)

    assert parent.returnvalue == 10


async def test_events_arrive_in_their_order(queue: Queue, connection: Any) -> None:
    seen: list[tuple[str, str]] = []
    completed = asyncio.Event()
    events = QueueEvents("tests", {"connection": connection, "lastEventId": "0-0"})
    for name in ("added", "waiting", "active", "completed"):
        events.on(name, lambda args, id_, name=name: seen.append((name, args["jobId"])))
    events.on("completed", lambda args, id_: completed.set())
    async with Working(connection, double):
        job = await queue.add("double", {"number": 1})
        async with asyncio.timeout(SECONDS):
            await completed.wait()
    await events.close()

    assert seen == [(name, job.id) for name in ("added", "waiting", "active", "completed")]


async def test_a_paused_queue_starts_nothing(queue: Queue, connection: Any) -> None:
    await queue.pause()
    job = await queue.add("double", {"number": 1})
    async with Working(connection, double):
        assert await queue.isPaused()
        assert await queue.getJobCounts("waiting", "active") == {"waiting": 1, "active": 0}
        await queue.resume()
        assert await finished(queue, job) == "completed"


async def test_a_queue_can_be_drained_cleaned_and_obliterated(queue: Queue) -> None:
    for number in range(5):
        await queue.add("double", {"number": number})
    await queue.drain()
    assert await queue.getJobCounts("waiting") == {"waiting": 0}

    await queue.add("double", {"number": 1})
    await queue.obliterate(force=True)
    assert await queue.getJobCounts("waiting", "completed") == {"waiting": 0, "completed": 0}


async def test_many_jobs_are_added_in_one_go(queue: Queue) -> None:
    jobs = await queue.addBulk(
        [{"name": "double", "data": {"number": number}} for number in range(100)]
    )

    assert [job.id for job in jobs] == [str(number + 1) for number in range(100)]
    assert await queue.getJobCounts("waiting") == {"waiting": 100}
