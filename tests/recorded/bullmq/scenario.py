"""What the recording of BullMQ for Python says: adding, working, failing, flows and schedulers."""

from __future__ import annotations

import time
from typing import Any

from bullmq import FlowProducer, Job, Queue, Worker


async def scenario(url: str) -> None:
    """Goes through the library's own API, on the server that ``url`` names."""
    options = {"connection": url}
    queue = Queue("snakes", options)
    await adding(queue)
    await looking(queue)
    await working(queue, url)
    await stalling(url)
    await flowing(url)
    await scheduling(queue, url)
    await clearing(queue)
    await queue.close()


async def anyhow(doing: Any) -> Any:
    """What came of it; an error of the library is a result, too."""
    try:
        return await doing
    except Exception as error:
        return error


async def adding(queue: Queue) -> None:
    await queue.add("plain", {"text": "ünïcode", "list": [1, 2.5, None]})
    await queue.add("late", {}, {"delay": 3_600_000})
    await queue.add("first", {}, {"priority": 2})
    await queue.add("named", {}, {"jobId": "named", "attempts": 3, "backoff": 1000})
    await queue.add("once", {}, {"deduplication": {"id": "once", "ttl": 600_000}})
    await queue.add("once", {}, {"deduplication": {"id": "once", "ttl": 600_000}})
    await queue.addBulk([{"name": "bulk", "data": {"number": number}} for number in range(5)])
    await queue.setGlobalConcurrency(3)
    job = await queue.getJob("1")
    await job.updateData({"changed": [1, 2]})
    await job.updateProgress({"done": 50})
    await job.log("a line")
    await job.changePriority({"priority": 4})
    late = await queue.getJob("2")
    await late.promote()
    await anyhow(late.promote())


async def looking(queue: Queue) -> None:
    await queue.getJobCounts("wait", "delayed", "prioritized", "active", "completed", "failed")
    await queue.getCountsPerPriority([0, 2, 4])
    await queue.getJobs(["wait", "prioritized"], 0, 10, True)
    for state in ("completed", "failed", "delayed", "wait"):
        await queue.getJobs([state])
    for name in ("1", "named", "nobody"):
        await queue.getJobState(name)
    await queue.scripts.getRanges(["wait", "prioritized", "delayed"], 0, 5, True)


async def working(queue: Queue, url: str) -> None:
    worker = taker("snakes", url, {"metrics": {"maxDataPoints": 5}})
    job = await worker.moveToActive("one")
    await anyhow(worker.scripts.extendLock(job.id, "one", 500_000))
    await anyhow(worker.scripts.extendJobLocks([job.id, "x"], ["one", "y"], 500_000))
    await anyhow(job.moveToCompleted({"result": 1}, "one", False))
    for token in ("two", "three"):
        job = await worker.moveToActive(token)
        job.attempts = 3 if token == "two" else 1
        await anyhow(job.moveToFailed(ValueError("no"), token, False))
    job = await worker.moveToActive("four")
    await anyhow(job.moveToDelayed(int(time.time() * 1000) + 900_000, "four"))
    job = await worker.moveToActive("five")
    job.opts["attempts"] = job.attempts = 4
    job.opts["backoff"] = {"type": "fixed", "delay": 5_000}
    await anyhow(job.moveToFailed(ValueError("later"), "five", False))
    for failed in await queue.getFailed():
        await anyhow(failed.retry())
    await queue.retryJobs({"count": 10})
    await queue.promoteJobs({"count": 10})
    await queue.pause()
    await queue.add("asleep", {})
    await queue.resume()
    await worker.close(force=True)


def taker(name: str, url: str, options: dict[str, Any] | None = None) -> Worker:
    """A worker that does nothing by itself."""

    async def nothing(job: Job, token: str) -> None:
        return None

    said = {"connection": url, "autorun": False, "lockDuration": 600_000, **(options or {})}
    return Worker(name, nothing, said)


async def stalling(url: str) -> None:
    queue = Queue("stalling", {"connection": url})
    await queue.add("stall", {})
    worker = taker("stalling", url)
    job = await worker.moveToActive("a")
    for _ in range(3):
        await queue.client.delete(queue.toKey(job.id) + ":lock", queue.toKey("stalled-check"))
        await anyhow(worker.scripts.moveStalledJobsToWait(1, 600_000))
    await worker.close(force=True)
    await queue.close()


async def flowing(url: str) -> None:
    flows = FlowProducer(None, {"connection": url})
    queue = Queue("mothers", {"connection": url})
    children = [{"name": "child", "queueName": "kids", "data": {"n": n}} for n in range(3)]
    mother = {"name": "mother", "queueName": "mothers", "data": {}, "opts": {"jobId": "m"}}
    await flows.add({**mother, "children": children})
    worker = taker("kids", url)
    for number in range(3):
        job = await worker.moveToActive(f"k{number}")
        await anyhow(job.moveToCompleted(number, f"k{number}", False))
    above = taker("mothers", url)
    job = await above.moveToActive("m")
    await job.getChildrenValues()
    kids = Queue("kids", {"connection": url})
    await kids.add("own", {}, {"parent": {"id": "m", "queue": "bull:mothers"}})
    await anyhow(job.moveToWaitingChildren("m", {}))
    for each in (worker, above):
        await each.close(force=True)
    for other in (queue, kids):
        await other.close()
    await flows.close()


async def scheduling(queue: Queue, url: str) -> None:
    template = ("tick", {"a": 1}, {"attempts": 2, "priority": 3})
    await anyhow(queue.upsertJobScheduler("every", {"every": 60_000}, *template))
    later = {"every": 60_000, "startDate": 4_102_444_800_000, "limit": 3}
    await anyhow(queue.upsertJobScheduler("later", later, *template))
    await anyhow(queue.upsertJobScheduler("cron", {"pattern": "0 15 3 * * *"}, *template))
    await queue.getJobScheduler("every")
    await queue.getJobSchedulers()
    await queue.promoteJobs({"count": 10})
    worker = taker("snakes", url)
    for number in range(12):
        job = await worker.moveToActive(f"s{number}")
        if job is None:
            break
        await anyhow(worker.nextJobFromJobData({}, job.id, 0, 0, f"s{number}"))
        await anyhow(job.moveToCompleted(None, f"s{number}", False))
    await worker.close(force=True)
    await queue.removeJobScheduler("every")
    await queue.removeJobScheduler("nobody")


async def clearing(queue: Queue) -> None:
    for state in ("completed", "failed", "delayed", "wait"):
        await anyhow(queue.clean(0, 2, state))
    await anyhow(queue.remove("named"))
    await queue.drain(True)
    await queue.trimEvents(5)
    await anyhow(queue.obliterate())
    await anyhow(queue.obliterate(force=True))
