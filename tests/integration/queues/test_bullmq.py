"""BullMQ (Python) on every server, through redis-py and through the adapter."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from bullmq import FlowProducer, Job, Queue, QueueEvents, Worker
from bullmq.custom_errors import DelayedError, UnrecoverableError

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


# what a queue can be asked and told


async def until(condition: Callable[[], Any]) -> None:
    """Returns once it holds."""
    async with asyncio.timeout(SECONDS):
        while not await condition():
            await asyncio.sleep(0.01)


async def succeed(job: Job, token: str) -> str:
    return "done"


async def refuse(job: Job, token: str) -> None:
    raise ValueError("never")


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


async def test_events_can_be_trimmed(queue: Queue, connection: Any) -> None:
    for _ in range(20):
        await queue.add("any", {})
    await queue.trimEvents(0)

    assert await connection.xlen(queue.keys["events"]) < 20


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


async def test_a_worker_tells_what_becomes_of_its_jobs(queue: Queue, connection: Any) -> None:
    told: list[tuple[str, str]] = []

    async def either(job: Job, token: str) -> None:
        if job.name == "bad":
            raise ValueError("never")

    async with Working(connection, either) as worker:
        for event in ("completed", "failed"):
            worker.on(event, lambda job, result, event=event: told.append((event, job.name)))
        for name in ("good", "bad"):
            await finished(queue, await queue.add(name, {}))

        async def both() -> bool:
            return len(told) == 2

        await until(both)

    assert told == [("completed", "good"), ("failed", "bad")]


async def test_progress_reaches_those_who_listen(queue: Queue, connection: Any) -> None:
    seen: list[Any] = []
    failed = asyncio.Event()
    events = QueueEvents("tests", {"connection": connection, "lastEventId": "0-0"})
    events.on("progress", lambda args, id_: seen.append(args["data"]))
    events.on("failed", lambda args, id_: (seen.append(args["failedReason"]), failed.set()))

    async def report(job: Job, token: str) -> None:
        await job.updateProgress(50)
        await job.updateProgress({"step": 2})
        raise ValueError("never")

    async with Working(connection, report):
        await queue.add("any", {})
        async with asyncio.timeout(SECONDS):
            await failed.wait()
    await events.close()

    assert seen == [50, {"step": 2}, "never"]


# flows


async def test_many_flows_are_added_in_one_go(queue: Queue, connection: Any) -> None:
    flows = FlowProducer(None, {"connection": connection})
    trees = await flows.addBulk(
        [
            {
                "name": "parent",
                "queueName": "tests",
                "data": {"number": number},
                "children": [{"name": "child", "queueName": "tests", "data": {}}],
            }
            for number in range(3)
        ]
    )
    async with Working(connection, succeed):
        for tree in trees:
            assert await finished(queue, tree["job"]) == "completed"


async def test_a_parent_fails_with_its_child_if_that_was_asked(
    queue: Queue, connection: Any
) -> None:
    async def fail_children(job: Job, token: str) -> str:
        if job.name == "child":
            raise ValueError("never")
        return "done"

    def tree(option: str) -> dict[str, Any]:
        child = {"name": "child", "queueName": "tests", "data": {}, "opts": {option: True}}
        return {"name": "parent", "queueName": "tests", "data": {}, "children": [child]}

    flows = FlowProducer(None, {"connection": connection})
    async with Working(connection, fail_children):
        failing = await flows.add(tree("failParentOnFailure"))
        going_on = await flows.add(tree("ignoreDependencyOnFailure"))
        removed = await flows.add(tree("removeDependencyOnFailure"))

        assert await finished(queue, failing["job"]) == "failed"
        assert await finished(queue, going_on["job"]) == "completed"
        assert await finished(queue, removed["job"]) == "completed"
