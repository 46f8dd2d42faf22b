"""Celery and its transport, kombu, on every server, through redis-py and through the adapter.

Both take ``redis``'s names when they need them, so the adapter is installed; the worker is a thread
of this process.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from typing import Any

import pytest
from celery import Celery, chain, chord, group
from celery.contrib.testing.worker import start_worker
from celery.exceptions import TaskRevokedError
from kombu import Connection, Consumer, Exchange, Producer, Queue, pools

import adapter
from tests.targets import Server

pytestmark = [
    pytest.mark.one_mock,
    pytest.mark.one_real,
    # by Celery
    pytest.mark.filterwarnings("ignore:Call to deprecated setex:DeprecationWarning"),
]

SECONDS = 20
"""How long a test waits for what must happen."""
POLLING = {"polling_interval": 0.05}
"""How long a BRPOP waits at the server; what closes a channel waits as long."""


@pytest.fixture(params=["adapter", "redis-py"])
def library(request: pytest.FixtureRequest) -> Iterator[str]:
    """Whose clients ``redis.Redis`` makes."""
    with adapter.install() if request.param == "adapter" else nullcontext():
        yield request.param


@pytest.fixture
def broker(library: str, server: Server) -> Iterator[Connection]:
    """A connection of kombu's."""
    with Connection(server.url, transport_options=POLLING) as connection:
        yield connection


@pytest.fixture
def app(library: str, server: Server) -> Iterator[Celery]:
    """A program of Celery's, with a worker."""
    app = Celery("tests", broker=server.url, backend=server.url, set_as_current=False)
    app.conf.update(
        result_expires=100,
        broker_connection_retry_on_startup=True,
        broker_transport_options=POLLING,
        worker_cancel_long_running_tasks_on_connection_loss=True,
    )

    @app.task(shared=False)
    def add(first: int, second: int) -> int:
        return first + second

    @app.task(shared=False)
    def total(numbers: list[int]) -> int:
        return sum(numbers)

    @app.task(shared=False, bind=True, max_retries=5)
    def stumble(self: Any) -> int:
        if self.request.retries < 2:
            raise self.retry(countdown=0, exc=ValueError("not yet"))
        return int(self.request.retries)

    @app.task(shared=False)
    def refuse() -> None:
        raise ValueError("never")

    with start_worker(app, perform_ping_check=False, shutdown_timeout=SECONDS):
        yield app
        gc.collect()  # a result that goes unsubscribes: now, while there is a server
    app.backend.result_consumer.stop()
    app.backend.client.connection_pool.disconnect()
    app.close()
    # kombu's connections are the process's, by URL: the next test wants none that were lost
    pools.reset()


def drain(connection: Connection, finished: Callable[[], Any]) -> None:
    """Lets consumers have what comes, until that is enough."""
    deadline = time.monotonic() + SECONDS
    while not finished():
        assert time.monotonic() < deadline
        with suppress(TimeoutError):
            connection.drain_events(timeout=0.1)


def consumer(channel: Any, queue: Queue, seen: list[Any]) -> Consumer:
    """Puts what it is given into ``seen``."""

    def take(body: Any, message: Any) -> None:
        seen.append(body)
        message.ack()

    return Consumer(channel, [queue], callbacks=[take])


def test_a_simple_queue_gives_what_was_put_and_knows_when_it_is_empty(broker, make_redis_py):
    queue = broker.SimpleQueue("tests")
    for number in range(5):
        queue.put({"number": number})
    assert queue.qsize() == 5

    seen = []
    for _ in range(5):
        message = queue.get(timeout=SECONDS)
        seen.append(message.payload["number"])
        message.ack()

    assert seen == list(range(5))
    with pytest.raises(queue.Empty):
        queue.get(block=False)
    with pytest.raises(queue.Empty):
        queue.get(timeout=0.01)
    assert make_redis_py().hlen("unacked") == 0
    queue.close()


def test_messages_of_urgent_queues_come_first_and_every_channel_has_its_own(broker):
    exchange = Exchange("tests")
    producer = Producer(broker)
    queues = [Queue(name, exchange, routing_key=name) for name in ("one", "two")]
    seen: dict[str, list[int]] = {"one": [], "two": []}
    for queue in queues:
        for priority in (9, 0, 6, 3):
            producer.publish(
                priority,
                exchange=exchange,
                routing_key=queue.name,
                declare=[queue],
                priority=priority,
            )

    for queue in queues:
        consumer(broker.channel(), queue, seen[queue.name]).consume()
    drain(broker, lambda: all(len(found) == 4 for found in seen.values()))

    assert seen == {"one": [0, 3, 6, 9], "two": [0, 3, 6, 9]}


def test_a_fanout_exchange_tells_every_queue(broker):
    exchange = Exchange("tests", type="fanout")
    seen: list[list[str]] = [[], []]
    for number, found in enumerate(seen):
        consumer(broker.channel(), Queue(f"fan{number}", exchange), found).consume()
    with suppress(TimeoutError):
        broker.drain_events(timeout=0.01)

    producer = Producer(broker)
    for body in ("a", "b"):
        producer.publish(body, exchange=exchange, declare=[exchange])
    drain(broker, lambda: all(len(found) == 2 for found in seen))

    assert seen == [["a", "b"], ["a", "b"]]


def test_a_consumer_whose_connection_was_killed_is_told_and_goes_on(broker, make_redis_py):
    queue = Queue("tests", Exchange("tests"), routing_key="tests")
    seen: list[str] = []
    consumer(broker.default_channel, queue, seen).consume()
    with suppress(TimeoutError):
        broker.drain_events(timeout=0.01)

    control = make_redis_py()
    for client in control.client_list():
        if client["cmd"] == "brpop":
            control.client_kill_filter(_id=client["id"])
    with pytest.raises(broker.connection_errors):
        drain(broker, lambda: False)
    Producer(broker.clone()).publish("a", exchange=queue.exchange, routing_key="tests")

    drain(broker, lambda: seen)


def test_tasks_are_performed_and_their_results_are_told(app):
    add, total = app.tasks[f"{__name__}.add"], app.tasks[f"{__name__}.total"]

    results = [add.delay(number, 1) for number in range(10)]
    assert [result.get(timeout=SECONDS) for result in results] == list(range(1, 11))
    assert chain(add.s(1, 2), add.s(3), add.s(4))().get(timeout=SECONDS) == 10
    assert group(add.s(n, n) for n in range(5))().get(timeout=SECONDS) == [0, 2, 4, 6, 8]
    assert chord([add.s(n, n) for n in range(5)])(total.s()).get(timeout=SECONDS) == 20


def test_tasks_fail_and_are_tried_again_put_off_and_revoked(app):
    refused = app.tasks[f"{__name__}.refuse"].delay()
    with pytest.raises(ValueError, match="never"):
        refused.get(timeout=SECONDS)
    assert refused.state == "FAILURE"
    assert app.tasks[f"{__name__}.stumble"].delay().get(timeout=SECONDS) == 2

    add = app.tasks[f"{__name__}.add"]
    later = add.apply_async((1, 2), countdown=0.2)
    revoked = add.apply_async((1, 2), countdown=0.2)
    revoked.revoke()
    assert later.get(timeout=SECONDS) == 3
    with pytest.raises(TaskRevokedError):
        revoked.get(timeout=SECONDS)


def test_workers_answer_and_results_expire(app, make_redis_py):
    answers: list[dict[str, Any]] = []
    deadline = time.monotonic() + SECONDS
    while not answers:  # whoever has not begun to listen hears nothing of what was asked before
        assert time.monotonic() < deadline
        answers = app.control.ping(timeout=0.5, limit=1)
    assert [list(answer.values()) for answer in answers] == [[{"ok": "pong"}]]

    result = app.tasks[f"{__name__}.add"].delay(1, 2)
    assert result.get(timeout=SECONDS) == 3
    key = app.backend.get_key_for_task(result.id)
    assert 0 < make_redis_py().ttl(key) <= 100
    result.forget()
    assert not make_redis_py().exists(key)


def test_a_result_is_told_although_the_connection_for_results_was_lost(app, make_redis_py):
    add = app.tasks[f"{__name__}.add"]
    assert add.delay(1, 1).get(timeout=SECONDS) == 2

    result = add.apply_async((1, 2), countdown=0.2)
    make_redis_py().client_kill_filter(_type="pubsub")

    assert result.get(timeout=SECONDS) == 3
