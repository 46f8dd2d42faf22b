"""Queue libraries on top of the clients: jobs per second, added and processed.

BullMQ: the jobs are added with fifty calls in flight while a worker that does fifty jobs at once
processes them; counted is from the first ``add`` until the last job has completed.  The same
program runs with the adapter's client and with redis-py's (hiredis, a ``BlockingConnectionPool`` of
50), each with a queue of its own.  RQ and Huey are synchronous: jobs are enqueued and performed one
after the other, in this process.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from itertools import count
from typing import Any, Final

import redis
import rq
from bullmq import Job, Queue, Worker
from huey.api import Huey
from huey.storage import RedisStorage

import adapter
import adapter.asyncio
from benchmarks.clients import HOST, POOL
from benchmarks.contest import Contest, Contests
from benchmarks.goals import ADAPTER, BULLMQ, REDIS_PY
from benchmarks.pace import Run
from benchmarks.reports.pictures import Bars
from benchmarks.servers import real
from benchmarks.stage import AsyncRun, Stage

AT_ONCE: Final = 50
PORTION: Final = 50
"""Jobs; a queue is made and its worker started for each sample, outside what is counted."""
PATIENCE_SECONDS: Final = 120
JOBS: Final = "jobs/s"


PICTURES: Final = (Bars("jobs", "Job queues on the adapter and on redis-py"),)


def contests(stage: Stage) -> Contests:
    """BullMQ, RQ, Huey."""
    yield from bullmq(stage)
    yield from synchronous(stage)


def bullmq(stage: Stage) -> Contests:
    """Add and process."""
    with real(stage.servers[0]) as port:

        async def opened() -> dict[str, Any]:
            pool = redis.asyncio.BlockingConnectionPool(
                host=HOST, port=port, max_connections=POOL, timeout=None, decode_responses=True
            )
            return {
                ADAPTER: adapter.asyncio.Redis(host=HOST, port=port, decode_responses=True),
                REDIS_PY: redis.asyncio.Redis(connection_pool=pool),
            }

        async def closed() -> None:
            for client in clients.values():
                await client.aclose()
                await client.connection_pool.disconnect()

        clients = stage.await_(opened())
        yield Contest(
            {"library": "BullMQ, add and process"},
            {name: stage.async_rate(jobs(client), PORTION) for name, client in clients.items()},
            unit=JOBS,
            goals=[BULLMQ],
        )
        stage.await_(closed())


def jobs(client: Any) -> AsyncRun:
    """Portions of jobs, through a queue that is new for every run."""
    numbers = count()

    async def run(portions: int) -> float:
        name, expected = f"jobs{next(numbers)}", portions * PORTION
        options: dict[str, Any] = {"connection": client}
        queue = Queue(name, options)
        completed, ended = 0, asyncio.Event()

        async def perform(job: Job, token: str) -> Any:
            return job.data["number"]

        def complete(job: Job, result: Any) -> None:
            nonlocal completed
            completed += 1
            if completed == expected:
                ended.set()

        waiting = iter(range(expected))

        async def add() -> None:
            for number in waiting:
                await queue.add("job", {"number": number})

        worker = Worker(name, perform, {**options, "concurrency": AT_ONCE})
        worker.on("completed", complete)
        try:
            started = time.perf_counter()
            await asyncio.gather(*[add() for _ in range(AT_ONCE)])
            await asyncio.wait_for(ended.wait(), PATIENCE_SECONDS)
            return time.perf_counter() - started
        finally:
            await worker.close(force=True)
            for task in worker.processing:
                task.cancel()
            await asyncio.gather(*worker.processing, return_exceptions=True)

    return run


def synchronous(stage: Stage) -> Contests:
    """RQ and Huey."""
    with real(stage.servers[0]) as port:
        clients: dict[str, Any] = {
            ADAPTER: adapter.Redis(host=HOST, port=port),
            REDIS_PY: redis.Redis(host=HOST, port=port),
        }
        libraries: dict[str, Callable[[Any], Run]] = {
            "RQ, enqueue and work off": with_rq,
            "Huey, enqueue and execute": with_huey,
        }
        for name, made in libraries.items():
            yield Contest(
                {"library": name},
                {side: stage.rate(made(client)) for side, client in clients.items()},
                unit=JOBS,
            )
        for client in clients.values():
            client.close()


def add(left: int, right: int) -> int:
    """What a job does."""
    return left + right


def with_rq(client: Any) -> Run:
    """Jobs that are taken and performed in the same thread."""
    queue = rq.Queue("jobs", connection=client)
    worker = rq.SimpleWorker([queue], connection=client)
    worker.log.disabled = True

    def run(portions: int) -> float:
        started = time.perf_counter()
        for number in range(portions):
            queue.enqueue(add, number, 1)
        performed = 0
        while (taken := rq.Queue.dequeue_any([queue], None, connection=client)) is not None:
            job, _ = taken
            worker.execute_job(job, queue)
            performed += 1
        if performed != portions:
            raise SystemExit("RQ lost a job")
        return time.perf_counter() - started

    return run


def with_huey(client: Any) -> Run:
    """Tasks that are taken and executed in the same thread."""

    class Storage(RedisStorage):
        redis_client = type(client)

    pool = client.connection_pool
    huey = Huey("jobs", storage_class=Storage, connection_pool=pool, blocking=False)
    task = huey.task()(add)

    def run(portions: int) -> float:
        started = time.perf_counter()
        results = [task(number, 1) for number in range(portions)]
        while (taken := huey.dequeue()) is not None:
            huey.execute(taken)
        if results[-1].get() != portions:
            raise SystemExit("Huey lost a job")
        return time.perf_counter() - started

    return run
