"""BullMQ's workers (Python) on every server, through redis-py and through the adapter."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from bullmq import Job, Queue, Worker
from bullmq.custom_errors import DelayedError, UnrecoverableError

from tests.integration.queues.bullmq_working import Working, finished, refuse, succeed, until

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]


async def test_a_scheduler_makes_one_job_after_the_other(queue: Queue, connection: Any) -> None:
    seen: list[str] = []

    async def note(job: Job, token: str) -> None:
        seen.append(job.name)

    await queue.upsertJobScheduler("often", {"every": 50}, "tick", {"any": "thing"})
    await queue.upsertJobScheduler("nightly", {"pattern": "0 3 * * *"}, "night")
    assert await queue.getJobSchedulersCount() == 2
    assert {each["key"] for each in await queue.getJobSchedulers()} == {"often", "nightly"}
    assert (await queue.getJobScheduler("nightly"))["pattern"] == "0 3 * * *"

    async def three() -> bool:
        return len(seen) >= 3

    async with Working(connection, note):
        await until(three)
    assert set(seen) == {"tick"}

    await queue.removeJobScheduler("often")
    assert not await queue.isJobScheduler("often")
    assert await queue.isJobScheduler("nightly")


# what a worker does


async def test_a_worker_performs_so_many_jobs_at_once(queue: Queue, connection: Any) -> None:
    now, most = 0, 0
    everybody = asyncio.Event()

    async def count(job: Job, token: str) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        if now == 3:
            everybody.set()
        await everybody.wait()
        now -= 1

    jobs = [await queue.add("any", {}) for _ in range(9)]
    async with Working(connection, count, concurrency=3):
        for job in jobs:
            assert await finished(queue, job) == "completed"

    assert most == 3


async def test_backoff_grows_with_each_attempt(queue: Queue, connection: Any) -> None:
    async with Working(connection, refuse):
        job = await queue.add(
            "any", {}, {"attempts": 3, "backoff": {"type": "exponential", "delay": 40}}
        )
        assert await finished(queue, job) == "failed"
        done = await queue.getJob(job.id)

    assert (done.attemptsMade, len(done.stacktrace)) == (3, 3)
    assert done.finishedOn - done.timestamp >= 40 + 80


async def test_what_cannot_be_recovered_is_not_tried_again(queue: Queue, connection: Any) -> None:
    async def give_up(job: Job, token: str) -> None:
        raise UnrecoverableError("never again")

    async with Working(connection, give_up):
        job = await queue.add("any", {}, {"attempts": 5})
        assert await finished(queue, job) == "failed"
        done = await queue.getJob(job.id)

    assert (done.failedReason, done.attemptsMade) == ("never again", 1)


async def test_a_job_may_put_itself_off(queue: Queue, connection: Any) -> None:
    async def wait(job: Job, token: str) -> str:
        if job.data == {}:
            await job.updateData({"seen": True})
            await job.moveToDelayed(job.timestamp + 100, token)
            raise DelayedError
        return "later"

    async with Working(connection, wait):
        job = await queue.add("any", {})
        assert await finished(queue, job) == "completed"
        done = await queue.getJob(job.id)

    assert done.returnvalue == "later"


async def test_finished_jobs_are_kept_as_long_as_was_asked(queue: Queue, connection: Any) -> None:
    async with Working(connection, succeed):
        jobs = [await queue.add("any", {}, {"removeOnComplete": 2}) for _ in range(5)]
        await until(lambda: jobs[-1].isCompleted())
        gone = await queue.add("any", {}, {"removeOnComplete": True})

        async def is_gone() -> bool:
            return await queue.getJob(gone.id) is None

        await until(is_gone)

    assert [job.id for job in await queue.getCompleted()] == [jobs[4].id, jobs[3].id]


async def test_a_stalled_job_is_taken_up_by_another_worker(queue: Queue, connection: Any) -> None:
    """Its worker has died: nobody renews the lock."""
    job = await queue.add("any", {})
    dead = Worker("tests", None, {"connection": connection, "lockDuration": 50})
    taken = await dead.getNextJob("token")
    assert taken.id == job.id
    stalled: list[str] = []

    async with Working(connection, succeed, stalledInterval=100) as worker:
        worker.on("stalled", lambda job_id: stalled.append(job_id))
        assert await finished(queue, job) == "completed"
    await dead.close(force=True)

    assert stalled == [job.id]


async def test_a_lock_is_renewed_while_a_job_takes_long(queue: Queue, connection: Any) -> None:
    started, allowed = asyncio.Event(), asyncio.Event()

    async def take_long(job: Job, token: str) -> str:
        started.set()
        await allowed.wait()
        return "done"

    job = await queue.add("any", {})
    async with Working(connection, take_long, lockDuration=400, stalledInterval=100_000):
        await started.wait()
        key = f"{queue.keys['']}{job.id}:lock"
        before = await connection.pttl(key)

        async def renewed() -> bool:
            nonlocal before
            last, before = before, await connection.pttl(key)
            return bool(before > last)

        await until(renewed)
        allowed.set()
        assert await finished(queue, job) == "completed"


async def test_a_worker_can_be_paused_and_resumed(queue: Queue, connection: Any) -> None:
    async with Working(connection, succeed) as worker:
        await worker.pause()
        job = await queue.add("any", {})
        assert await job.getState() == "waiting"
        worker.resume()
        assert await finished(queue, job) == "completed"


async def test_a_job_can_be_cancelled_in_the_middle(queue: Queue, connection: Any) -> None:
    async def wait(job: Job, token: str, signal: Any) -> None:
        await signal.wait()
        raise ValueError(signal.reason)

    async with Working(connection, wait) as worker:
        job = await queue.add("any", {})
        await until(job.isActive)

        async def cancelled() -> bool:
            return bool(worker.cancelJob(job.id, "enough"))

        await until(cancelled)
        assert await finished(queue, job) == "failed"
        assert (await queue.getJob(job.id)).failedReason == "enough"
