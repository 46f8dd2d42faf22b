"""Huey on every server, through redis-py and through the adapter.

Tasks are performed in this process, one after the other, and time is what the test says it is; the
last tests let Huey's own consumer do it, with threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import redis
from huey import PriorityRedisHuey, RedisExpireHuey, RedisHuey, chord, crontab, group
from huey.api import Huey, TaskWrapper
from huey.consumer import Consumer
from huey.contrib.helpers import RedisSemaphore
from huey.exceptions import HueyException, RetryTask, TaskException, TaskLockedException
from huey.storage import RedisStorage

import adapter
from tests.targets import Server

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]

SECONDS = 20
"""How long a test waits for what must happen."""

Make = Callable[..., Huey]


@pytest.fixture(params=["adapter", "redis-py"])
def make(
    request: pytest.FixtureRequest, server: Server, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Make]:
    """Makes a Huey of some kind, whose client is the adapter's or redis-py's."""
    library: Any = adapter if request.param == "adapter" else redis
    monkeypatch.setattr(RedisStorage, "redis_client", library.Redis)
    pools = []

    def make_one(kind: type[Huey] = RedisHuey, **options: Any) -> Huey:
        pools.append(library.ConnectionPool(host=server.host, port=server.port))
        return kind("tests", connection_pool=pools[-1], utc=False, **options)

    yield make_one
    for pool in pools:
        pool.disconnect()


@pytest.fixture
def huey(make: Make) -> Huey:
    return make()


@pytest.fixture
def add(huey: Huey) -> TaskWrapper:
    @huey.task()
    def add(first: int, second: int) -> int:
        return first + second

    return add


def work(huey: Huey, now: datetime | None = None) -> int:
    """Performs whatever is ready; how many tasks that were."""
    for task in huey.read_schedule(now):
        huey.enqueue(task)
    performed = 0
    while huey.pending_count():
        huey.execute(huey.dequeue(), now)
        performed += 1
    return performed


@contextmanager
def consuming(huey: Huey, **options: Any) -> Iterator[None]:
    """Huey's own consumer, with threads."""
    consumer = Consumer(
        huey, initial_delay=0.01, max_delay=0.05, check_worker_health=False, **options
    )
    consumer.start()
    try:
        yield
    finally:
        consumer.stop(graceful=True)


def test_tasks_are_performed_in_their_order_and_return_values(huey: Huey, add: TaskWrapper) -> None:
    results = [add(number, 1) for number in range(10)]
    assert huey.pending_count() == 10
    assert [task.args for task in huey.pending(3)] == [(0, 1), (1, 1), (2, 1)]

    assert work(huey) == 10

    assert [result() for result in results] == list(range(1, 11))
    assert huey.result_count() == 0


def test_a_result_can_be_looked_at_and_is_taken_once(huey: Huey, add: TaskWrapper) -> None:
    result = add(1, 2)
    assert not result.is_ready()
    assert result() is None
    work(huey)

    assert result.is_ready()
    assert result.get(preserve=True) == 3
    assert result.get() == 3
    assert huey.result(result.id) is None


def test_a_task_that_fails_keeps_its_error(huey: Huey) -> None:
    @huey.task()
    def refuse() -> None:
        raise ValueError("never")

    result = refuse()
    work(huey)

    with pytest.raises(TaskException, match="ValueError"):
        result()


def test_a_task_that_fails_is_tried_again(huey: Huey) -> None:
    attempts = []

    @huey.task(retries=5)
    def stumble() -> str:
        attempts.append(1)
        if len(attempts) < 3:
            raise ValueError("not yet")
        return "at last"

    result = stumble()
    work(huey)

    assert (result(), len(attempts)) == ("at last", 3)


def test_a_task_may_ask_to_be_tried_again_later(huey: Huey) -> None:
    attempts = []

    @huey.task()
    def later() -> str:
        attempts.append(1)
        if len(attempts) == 1:
            raise RetryTask(delay=60)
        return "done"

    result = later()
    assert work(huey) == 1
    assert huey.scheduled_count() == 1

    assert work(huey, datetime.now() + timedelta(seconds=61)) == 1
    assert result() == "done"


def test_a_task_for_later_waits_for_its_time(huey: Huey, add: TaskWrapper) -> None:
    soon = add.schedule((1, 2), delay=60)
    late = add.schedule((3, 4), eta=datetime.now() + timedelta(hours=2))
    work(huey)
    assert [task.args for task in huey.scheduled()] == [(1, 2), (3, 4)]

    work(huey, datetime.now() + timedelta(seconds=61))

    assert (soon(), late()) == (3, None)
    assert huey.scheduled_count() == 1


def test_a_task_that_has_expired_is_not_performed(huey: Huey, add: TaskWrapper) -> None:
    result = add.s(1, 2, expires=60)
    handle = huey.enqueue(result)

    work(huey, datetime.now() + timedelta(seconds=61))

    assert handle() is None


def test_a_revoked_task_is_not_performed_until_it_is_restored(huey: Huey, add: TaskWrapper) -> None:
    revoked, restored = add(1, 2), add(3, 4)
    revoked.revoke()
    restored.revoke()
    assert revoked.is_revoked()
    assert restored.restore()

    work(huey)
    assert (revoked(), restored()) == (None, 7)

    add.revoke(revoke_once=True)
    once, again = add(5, 6), add(7, 8)
    work(huey)
    assert (once(), again()) == (None, 15)


def test_priorities_decide_who_comes_first(make: Make) -> None:
    huey = make(PriorityRedisHuey)
    order: list[int] = []

    @huey.task()
    def note(number: int) -> None:
        order.append(number)

    for number, priority in ((1, None), (2, 50), (3, 10), (4, 50), (5, None)):
        note(number, priority=priority)
    work(huey)

    assert order == [2, 4, 3, 1, 5]


def test_a_store_may_let_results_expire(make: Make) -> None:
    huey = make(RedisExpireHuey, expire_time=3600)

    @huey.task()
    def answer() -> int:
        return 42

    result = answer()
    work(huey)

    key = huey.storage.result_key(result.id)
    assert 3500 < huey.storage.conn.ttl(key) <= 3600
    assert (result(), result()) == (42, 42)


def test_a_pipeline_hands_each_result_to_the_next(huey: Huey, add: TaskWrapper) -> None:
    chain = huey.enqueue(add.s(1, 2).then(add, 10).then(add, 100))

    work(huey)

    assert chain() == [3, 13, 113]


def test_an_error_may_have_a_task_of_its_own(huey: Huey) -> None:
    told: list[str] = []

    @huey.task()
    def refuse() -> None:
        raise ValueError("never")

    @huey.task()
    def tell(error: Exception) -> None:
        told.append(str(error))

    huey.enqueue(refuse.s().error(tell))
    work(huey)

    assert told == ["never"]


def test_a_group_has_the_results_of_all(huey: Huey, add: TaskWrapper) -> None:
    mapped = add.map([(number, number) for number in range(5)])
    grouped = huey.enqueue(group([add.s(1, 1), add.s(2, 2)]))
    work(huey)

    assert mapped() == [0, 2, 4, 6, 8]
    assert grouped() == [2, 4]


def test_a_chord_waits_for_all_of_its_tasks(huey: Huey, add: TaskWrapper) -> None:
    @huey.task()
    def total(values: list[int]) -> int:
        return sum(values)

    whole = huey.enqueue(chord([add.s(1, 1), add.s(2, 2), add.s(3, 3)], total.s()))
    work(huey)

    assert whole.callback() == 12


def test_a_lock_lets_one_in(huey: Huey) -> None:
    with huey.lock_task("door"):
        assert huey.is_locked("door")
        with pytest.raises(TaskLockedException), huey.lock_task("door"):
            pytest.fail("two are in")
    assert not huey.is_locked("door")

    with huey.lock_task("a"), huey.lock_task("b"):
        assert huey.flush_locks("a") >= {"a"}
        assert not huey.is_locked("a")


def test_a_semaphore_lets_so_many_in(huey: Huey) -> None:
    semaphore = RedisSemaphore(huey, "room", 2)
    first, second, third = semaphore.acquire(), semaphore.acquire(), semaphore.acquire()
    assert first
    assert second
    assert third is None

    semaphore.release(first)
    assert semaphore.acquire()


def test_a_rate_limit_lets_so_many_in_for_a_time(huey: Huey) -> None:
    @huey.task()
    @huey.rate_limit("slow", 2, per=60, retry=False)
    def slow(number: int) -> int:
        return number

    results = [slow(number) for number in range(3)]
    work(huey)

    assert [result() for result in results[:2]] == [0, 1]
    with pytest.raises(TaskException):
        results[2]()


def test_periodic_tasks_come_when_it_is_time(huey: Huey) -> None:
    @huey.periodic_task(crontab(minute="*/5"))
    def often() -> None:
        pass

    @huey.periodic_task(crontab(hour="3", minute="0"))
    def nightly() -> None:
        pass

    at_five = huey.read_periodic(datetime(2030, 1, 1, 12, 5))
    at_three = huey.read_periodic(datetime(2030, 1, 1, 3, 0))

    assert [type(task).__name__ for task in at_five] == ["often"]
    assert {type(task).__name__ for task in at_three} == {"often", "nightly"}
    nightly.revoke()
    assert nightly.is_revoked()


def test_values_can_be_kept_beside_the_tasks(huey: Huey) -> None:
    huey.put("k", {"any": "thing"})

    assert huey.get("k", peek=True) == {"any": "thing"}
    assert huey.get("k") == {"any": "thing"}
    assert huey.get("k") is None
    assert huey.put_if_empty("once", 1)
    assert not huey.put_if_empty("once", 2)
    assert huey.delete("once")


def test_everything_can_be_flushed(huey: Huey, add: TaskWrapper) -> None:
    add(1, 2)
    add.schedule((1, 2), delay=60)
    huey.put("k", 1)

    huey.flush()

    assert (huey.pending_count(), huey.scheduled_count(), huey.result_count()) == (0, 0, 0)


@pytest.mark.parametrize("kind", [RedisHuey, PriorityRedisHuey])
@pytest.mark.parametrize("blocking", [True, False])
def test_a_consumer_performs_what_comes(make: Make, kind: type[Huey], blocking: bool) -> None:
    huey = make(kind, blocking=blocking, read_timeout=0.05)

    @huey.task()
    def double(number: int) -> int:
        return number * 2

    with consuming(huey, workers=3):
        results = [double(number) for number in range(30)]
        values = [result.get(blocking=True, timeout=SECONDS) for result in results]

    assert values == [number * 2 for number in range(30)]


def test_who_waits_for_a_result_is_told_when_it_is_there(make: Make) -> None:
    huey = make(notify_result=True, read_timeout=0.05)
    allowed = threading.Event()

    @huey.task()
    def wait() -> str:
        assert allowed.wait(SECONDS)
        return "done"

    with consuming(huey, workers=1):
        result = wait()
        threading.Timer(0.05, allowed.set).start()
        assert result.get(blocking=True, timeout=SECONDS) == "done"


def test_a_result_that_does_not_come_is_waited_for_so_long(huey: Huey, add: TaskWrapper) -> None:
    with pytest.raises(HueyException, match="timed out"):
        add(1, 2).get(blocking=True, timeout=0.05)


def test_signals_tell_what_becomes_of_a_task(huey: Huey, add: TaskWrapper) -> None:
    told: list[str] = []
    huey.signal()(lambda signal, task, *rest: told.append(signal))

    add(1, 2)
    work(huey)

    assert told == ["enqueued", "executing", "complete"]
