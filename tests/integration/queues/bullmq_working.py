"""BullMQ at work in a test: its workers, what they do, and waiting for what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bullmq import Job, Queue, Worker

SECONDS = 20
"""How long a test waits for what must happen."""


async def finished(queue: Queue, job: Job) -> str:
    """The state in which a job ended."""
    async with asyncio.timeout(SECONDS):
        while (state := await queue.getJobState(job.id)) not in ("completed", "failed"):
            await asyncio.sleep(0.01)
    return str(state)


async def until(condition: Callable[[], Any]) -> None:
    """Returns once it holds."""
    async with asyncio.timeout(SECONDS):
        while not await condition():
            await asyncio.sleep(0.01)


class Working:
    """``async with Working(connection, perform):`` a worker runs meanwhile."""

    def __init__(self, connection: Any, perform: Any, **options: Any) -> None:
        self._make = lambda: Worker("tests", perform, {"connection": connection, **options})

    async def __aenter__(self) -> Worker:
        self._worker = self._make()
        # of itself a worker asks too late what server it is, and waits for whole seconds meanwhile
        backend = self._worker.backend
        waiting = backend.blocking_connection or backend.connection
        waiting.capabilities = {**waiting.capabilities, "canDoubleTimeout": True}
        return self._worker

    async def __aexit__(self, *exception: object) -> None:
        """What is cancelled may open a connection on its way out: that is closed as well."""
        worker = self._worker
        await worker.close(force=True)
        await _cancelled(worker.processing)
        await worker.backend.close(force=True)


async def _cancelled(tasks: set[asyncio.Task[Any]]) -> None:
    """Ends them, however often they have to be told: a blocking call whose connection is closed
    while it is cancelled may be sent once more by redis-py, on a new one.
    """
    while waiting := {task for task in tasks if not task.done()}:
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting, timeout=0.05)


async def double(job: Job, token: str) -> int:
    return int(job.data["number"]) * 2


async def succeed(job: Job, token: str) -> str:
    return "done"


async def refuse(job: Job, token: str) -> None:
    raise ValueError("never")
