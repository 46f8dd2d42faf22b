"""RQ on every server, through redis-py and through the adapter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rq import Queue, Retry, SimpleWorker, Worker
from rq.job import Job, JobStatus
from rq.registry import FailedJobRegistry, FinishedJobRegistry, ScheduledJobRegistry
from rq.timeouts import TimerDeathPenalty

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]


class InThread(SimpleWorker):
    """A worker that performs jobs in this process, and times them without signals."""

    death_penalty_class = TimerDeathPenalty


@pytest.fixture(params=["adapter", "redis-py"])
def connection(
    request: pytest.FixtureRequest,
    make_client: Callable[..., Any],
    make_redis_py: Callable[..., Any],
) -> Any:
    """A client to hand to RQ."""
    return make_client() if request.param == "adapter" else make_redis_py()


@pytest.fixture
def queue(connection: Any) -> Queue:
    return Queue("tests", connection=connection)


def work(queue: Queue, **options: Any) -> None:
    """Performs whatever waits."""
    InThread([queue], connection=queue.connection).work(
        burst=True, logging_level="ERROR", **options
    )


def add(first: int, second: int) -> int:
    return first + second


def refuse() -> None:
    raise ValueError("never")


attempts: list[int] = []


def stumble() -> str:
    attempts.append(1)
    if len(attempts) < 3:
        raise ValueError("not yet")
    return "at last"


def test_jobs_are_performed_and_return_values(queue: Queue) -> None:
    jobs = [queue.enqueue(add, number, 1) for number in range(10)]
    assert len(queue) == 10

    work(queue)

    assert [job.get_status() for job in jobs] == [JobStatus.FINISHED] * 10
    assert [job.return_value() for job in jobs] == list(range(1, 11))
    assert len(FinishedJobRegistry(queue=queue)) == 10
    assert len(queue) == 0


def test_a_job_that_fails_is_kept_with_its_traceback(queue: Queue) -> None:
    job = queue.enqueue(refuse)

    work(queue)

    assert job.get_status() == JobStatus.FAILED
    assert "ValueError: never" in str(job.latest_result().exc_string)
    assert FailedJobRegistry(queue=queue).get_job_ids() == [job.id]


def test_a_job_that_fails_is_tried_again(queue: Queue) -> None:
    attempts.clear()
    job = queue.enqueue(stumble, retry=Retry(max=5))

    work(queue)

    assert (job.return_value(), len(attempts)) == ("at last", 3)


def test_a_job_waits_for_those_it_depends_on(queue: Queue) -> None:
    first = queue.enqueue(add, 1, 2)
    second = queue.enqueue(add, 3, 4, depends_on=first)
    assert second.get_status() == JobStatus.DEFERRED

    work(queue)

    assert (first.return_value(), second.return_value()) == (3, 7)


def test_a_job_for_later_is_scheduled(queue: Queue) -> None:
    job = queue.enqueue_in(timedelta(hours=1), add, 1, 2)

    work(queue)

    assert job.get_status() == JobStatus.SCHEDULED
    assert ScheduledJobRegistry(queue=queue).get_job_ids() == [job.id]


def test_jobs_are_found_cancelled_and_deleted(queue: Queue, connection: Any) -> None:
    kept, cancelled, deleted = (queue.enqueue(add, number, 1) for number in range(3))
    cancelled.cancel()
    deleted.delete()

    assert queue.get_job_ids() == [kept.id]
    assert Job.fetch(kept.id, connection=connection).args == (0, 1)
    assert Job.exists(deleted.id, connection=connection) is False


def test_many_jobs_are_enqueued_in_one_go(queue: Queue) -> None:
    queue.enqueue_many([Queue.prepare_data(add, (number, 1)) for number in range(50)])
    assert len(queue) == 50
    queue.empty()
    assert len(queue) == 0


def test_a_worker_that_waits_takes_the_job_that_comes(queue: Queue) -> None:
    """Not in burst mode: the worker waits on the server until there is a job."""
    queue.enqueue(add, 1, 1)
    work(queue, max_jobs=1)
    assert len(queue) == 0


def test_workers_are_listed_while_they_live(queue: Queue, connection: Any) -> None:
    worker = InThread([queue], connection=connection)
    worker.register_birth()
    assert [found.name for found in Worker.all(connection=connection)] == [worker.name]
    worker.register_death()
    assert Worker.all(connection=connection) == []
