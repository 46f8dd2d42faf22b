"""BullMQ's flows and events (Python) on every server, through redis-py and through the adapter."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from bullmq import FlowProducer, Job, Queue, QueueEvents

from tests.integration.queues.bullmq_working import (
    SECONDS,
    Working,
    double,
    finished,
    succeed,
    until,
)

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]


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


async def test_events_can_be_trimmed(queue: Queue, connection: Any) -> None:
    for _ in range(20):
        await queue.add("any", {})
    await queue.trimEvents(0)

    assert await connection.xlen(queue.keys["events"]) < 20
