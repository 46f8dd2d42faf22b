"""BullMQ's queues (Python) on every server, through redis-py and through the adapter."""

from __future__ import annotations

from typing import Any

import pytest
from bullmq import Job, Queue

from tests.integration.queues.bullmq_working import (
    Working,
    double,
    finished,
    refuse,
    succeed,
    until,
)

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]


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


# what a queue can be asked and told


async def test_jobs_are_found_by_state_and_in_pages(queue: Queue) -> None:
    for number in range(5):
        await queue.add("wait", {"number": number})
    await queue.add("later", {}, {"delay": 60_000})
    await queue.add("soon", {}, {"priority": 2})

    waiting = await queue.getWaiting()
    assert [job.data["number"] for job in waiting] == [0, 1, 2, 3, 4]
    assert [job.id for job in await queue.getWaiting(1, 2)] == ["2", "3"]
    assert [job.name for job in await queue.getDelayed()] == ["later"]
    assert [job.name for job in await queue.getPrioritized()] == ["soon"]
    assert (await queue.getActive(), await queue.getCompleted()) == ([], [])
    assert await queue.getWaitingCount() == 5
    assert await queue.getDelayedCount() == 1
    assert await queue.getJobCountByTypes("waiting", "delayed", "prioritized") == 7
    assert await queue.getCountsPerPriority([0, 1, 2]) == {"0": 5, "1": 0, "2": 1}
    assert len(await queue.getJobs(["waiting", "delayed"])) == 6


async def test_a_job_can_be_changed_while_it_waits(queue: Queue) -> None:
    job = await queue.add("any", {"number": 1}, {"priority": 5})
    await job.updateData({"number": 2})
    await job.updateProgress(42)
    await job.changePriority({"priority": 1})
    assert await job.log("first line") == 1
    assert await job.log("second line") == 2

    found = await queue.getJob(job.id)
    assert (found.data, found.progress, found.priority) == ({"number": 2}, 42, 1)
    assert await queue.getJobLogs(job.id) == {
        "logs": ["first line", "second line"],
        "count": 2,
    }
    assert await queue.getCountsPerPriority([1, 5]) == {"1": 1, "5": 0}
    assert await job.isWaiting() or await job.getState() == "prioritized"

    await job.remove()
    assert await queue.getJob(job.id) is None


async def test_delayed_jobs_can_be_promoted(queue: Queue) -> None:
    one, *others = [await queue.add("later", {}, {"delay": 60_000}) for _ in range(4)]
    assert await one.isDelayed()

    await one.promote()
    assert await one.getState() == "waiting"

    await queue.promoteJobs()
    assert [await job.getState() for job in others] == ["waiting"] * 3


async def test_an_id_of_ones_own_makes_a_job_unique(queue: Queue) -> None:
    first = await queue.add("any", {"number": 1}, {"jobId": "mine"})
    second = await queue.add("any", {"number": 2}, {"jobId": "mine"})

    assert (first.id, second.id) == ("mine", "mine")
    assert await queue.getWaitingCount() == 1


async def test_jobs_of_one_deduplication_are_added_once(queue: Queue) -> None:
    options = {"deduplication": {"id": "same"}}
    first = await queue.add("any", {"number": 1}, options)
    second = await queue.add("any", {"number": 2}, options)

    assert first.id == second.id
    assert await queue.getDeduplicationJobId("same") == first.id
    assert await queue.getWaitingCount() == 1


async def test_a_job_that_is_removed_is_gone(queue: Queue) -> None:
    kept, gone = await queue.add("any", {}), await queue.add("any", {})

    assert await queue.remove(gone.id) == 1

    assert [job.id for job in await queue.getWaiting()] == [kept.id]


async def test_draining_spares_delayed_jobs_unless_told(queue: Queue) -> None:
    await queue.add("now", {})
    await queue.add("later", {}, {"delay": 60_000})

    await queue.drain()
    assert await queue.getJobCounts("waiting", "delayed") == {"waiting": 0, "delayed": 1}
    await queue.drain(delayed=True)
    assert await queue.getDelayedCount() == 0


async def test_finished_jobs_are_cleaned_and_failed_ones_retried(
    queue: Queue, connection: Any
) -> None:
    async with Working(connection, refuse):
        jobs = [await queue.add("any", {}) for _ in range(3)]
        for job in jobs:
            assert await finished(queue, job) == "failed"
    assert await queue.getFailedCount() == 3

    await jobs[0].retry("failed")
    assert await jobs[0].getState() == "waiting"
    await queue.retryJobs({"state": "failed"})
    assert await queue.getJobCounts("failed", "waiting") == {"failed": 0, "waiting": 3}

    async with Working(connection, succeed):
        for job in jobs:
            await until(job.isCompleted)
    assert sorted(await queue.clean(0, 0, "completed")) == sorted(job.id for job in jobs)
    assert await queue.getCompletedCount() == 0


async def test_limits_can_be_set_for_all_workers(queue: Queue) -> None:
    assert await queue.getGlobalConcurrency() is None
    await queue.setGlobalConcurrency(4)
    await queue.setGlobalRateLimit(10, 1_000)
    assert await queue.getGlobalConcurrency() == 4
    assert await queue.getGlobalRateLimit() == {"max": 10, "duration": 1_000}
    assert await queue.removeGlobalConcurrency() == 1
    assert await queue.removeGlobalRateLimit() == 2

    await queue.rateLimit(60_000)
    assert 0 < await queue.getRateLimitTtl() <= 60_000
    assert await queue.removeRateLimitKey() == 1
