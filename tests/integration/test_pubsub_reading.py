"""Reading a PubSub in threads and tasks, and while connections come and go: redis-py's way."""

from __future__ import annotations

import asyncio
import queue
import threading

import pytest
import redis
import redis.asyncio
from redis.backoff import NoBackoff
from redis.retry import Retry

import adapter
import adapter.asyncio
from tests.targets import running

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]

BOTH = pytest.mark.parametrize("library", [redis, adapter], ids=["redis-py", "adapter"])
BOTH_ASYNC = pytest.mark.parametrize(
    "library", [redis.asyncio, adapter.asyncio], ids=["redis-py", "adapter"]
)
"""What is claimed of redis-py is tested on it as well."""
SINCE_REDIS_PY_8 = pytest.mark.skipif(
    int(redis.__version__.partition(".")[0]) < 8, reason="redis-py 5 cannot, or waits for ever"
)


@BOTH
def test_a_thread_is_stopped_by_its_exception_handler(library, server):
    client, seen = library.Redis(port=server.port), queue.Queue()

    def fail(message):
        raise ValueError(message["data"])

    def handle(error, pubsub, thread):
        seen.put((error, pubsub, thread))
        thread.stop()

    pubsub = client.pubsub()
    pubsub.subscribe(a=fail)
    thread = pubsub.run_in_thread(sleep_time=0.01, daemon=True, exception_handler=handle)
    client.publish("a", "x")

    error, told, named = seen.get(timeout=10)
    thread.join(10)
    assert (type(error), error.args) == (ValueError, (b"x",))
    assert (told, named) == (pubsub, thread)
    assert thread.daemon
    assert not thread.is_alive()
    assert pubsub.connection is None
    client.close()


@SINCE_REDIS_PY_8
@BOTH
def test_a_thread_may_read_another_pubsub_and_sharded_channels(library, server):
    client, heard = library.Redis(port=server.port), queue.Queue()
    pubsub, asker = client.pubsub(), client.pubsub()
    pubsub.ssubscribe(s=heard.put)

    thread = asker.run_in_thread(0.01, pubsub=pubsub, sharded_pubsub=True)
    client.spublish("s", "x")

    assert heard.get(timeout=10)["type"] == "smessage"
    thread.stop()
    thread.join(10)
    assert pubsub.connection is None
    client.close()


@BOTH
def test_whoever_reads_before_subscribing_waits_for_the_subscription(library, server):
    client, seen = library.Redis(port=server.port), queue.Queue()
    pubsub = client.pubsub()
    reader = threading.Thread(target=lambda: seen.put(pubsub.get_message(timeout=10)))
    reader.start()

    pubsub.subscribe("a")

    assert seen.get(timeout=10)["type"] == "subscribe"
    reader.join(10)
    client.close()


@BOTH
def test_a_subscription_may_be_added_while_a_thread_waits(library, server):
    client, seen = library.Redis(port=server.port), queue.Queue()
    pubsub = client.pubsub(ignore_subscribe_messages=True)
    pubsub.subscribe("a")
    listening = threading.Thread(
        target=lambda: [seen.put(each["data"]) for each in pubsub.listen()], daemon=True
    )
    listening.start()

    pubsub.subscribe("b")
    client.publish("a", "x")
    client.publish("b", "y")
    assert [seen.get(timeout=10) for _ in range(2)] == [b"x", b"y"]

    pubsub.unsubscribe()
    listening.join(10)
    assert not listening.is_alive()
    client.close()


@BOTH
def test_many_pubsubs_of_one_client_hear_only_their_own(library, server):
    client = library.Redis(port=server.port)
    pubsubs = [client.pubsub(ignore_subscribe_messages=True) for _ in range(20)]
    for number, pubsub in enumerate(pubsubs):
        pubsub.subscribe("all", f"own {number}")
    assert client.publish("all", "x") == 20
    for number in range(20):
        assert client.publish(f"own {number}", number) == 1

    for number, pubsub in enumerate(pubsubs):
        read = [pubsub.get_message(timeout=10) for _ in range(4)]
        assert [each["data"] for each in read if each] == [b"x", b"%d" % number]
        pubsub.close()
    client.close()


@SINCE_REDIS_PY_8
@BOTH
def test_closing_the_client_wakes_whoever_waits_and_the_subscriptions_return(library, server):
    client, seen = library.Redis(port=server.port), queue.Queue()
    pubsub = client.pubsub()
    pubsub.subscribe("a")
    assert pubsub.get_message(timeout=10)["type"] == "subscribe"
    reader = threading.Thread(
        target=lambda: [seen.put(pubsub.get_message(timeout=None)) for _ in range(2)], daemon=True
    )
    reader.start()

    client.connection_pool.disconnect()

    assert seen.get(timeout=10)["type"] == "subscribe"
    assert client.publish("a", "x") == 1
    assert seen.get(timeout=10)["data"] == b"x"
    pubsub.close()
    client.close()


@BOTH
def test_without_retries_the_reader_is_told_of_a_lost_connection_once(library, server):
    client = library.Redis(port=server.port, retry=Retry(NoBackoff(), 0))
    control = redis.Redis(port=server.port)
    pubsub = client.pubsub()
    pubsub.subscribe("a")
    pubsub.get_message(timeout=10)
    for each in control.client_list(_type="pubsub"):
        control.client_kill_filter(_id=each["id"])

    with pytest.raises(redis.ConnectionError, match="Connection closed by server"):
        pubsub.get_message(timeout=10)

    assert pubsub.get_message(timeout=10)["type"] == "subscribe"
    assert client.publish("a", "x") == 1
    assert pubsub.get_message(timeout=10)["data"] == b"x"
    pubsub.close()
    control.close()
    client.close()


@BOTH
@pytest.mark.targets("redis", "valkey")  # a process of its own is ended
def test_a_server_that_is_gone_is_an_error_and_one_that_is_back_is_heard(library, server):
    with running(server.name) as mortal:
        client = library.Redis(port=mortal.port, retry=Retry(NoBackoff(), 0))
        pubsub = client.pubsub()
        pubsub.subscribe("a")
        pubsub.get_message(timeout=10)
        redis.Redis(port=mortal.port, retry=Retry(NoBackoff(), 0)).shutdown(nosave=True)

        with pytest.raises(redis.ConnectionError):
            pubsub.get_message(timeout=10)
        with pytest.raises(redis.ConnectionError):
            client.pubsub().subscribe("b")
        pubsub.close()
        client.close()


def test_a_push_handler_sees_what_redis_pys_sees(make_client, make_redis_py):
    def seen_by(client):
        seen = []
        pubsub = client.pubsub(push_handler_func=lambda reply: seen.append(list(reply)) or reply)
        pubsub.subscribe("a")
        pubsub.ping()
        client.publish("a", "y")
        read = [pubsub.get_message(timeout=10) for _ in range(3)]
        pubsub.close()
        return seen, read

    for options in ({}, {"protocol": 2}, {"decode_responses": True}):
        assert seen_by(make_client(**options)) == seen_by(make_redis_py(**options))


@BOTH_ASYNC
async def test_a_task_reads_until_it_is_cancelled(library, server):
    client, seen = library.Redis(port=server.port), asyncio.Queue()
    pubsub = client.pubsub()

    def fail(message):
        raise ValueError(message["data"])

    async def handle(error, told):
        await seen.put((error, told))

    await pubsub.subscribe(a=fail)
    await pubsub.psubscribe(**{"b*": seen.put})
    task = asyncio.create_task(pubsub.run(exception_handler=handle, poll_timeout=0.05))
    await client.publish("a", "x")
    error, told = await asyncio.wait_for(seen.get(), 10)
    await client.publish("bb", "y")

    assert (type(error), error.args, told) == (ValueError, (b"x",), pubsub)
    assert (await asyncio.wait_for(seen.get(), 10))["data"] == b"y"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await pubsub.aclose()
    await client.aclose()


@BOTH_ASYNC
async def test_a_cancelled_read_loses_no_message(library, server):
    client = library.Redis(port=server.port)
    pubsub = client.pubsub(ignore_subscribe_messages=True)
    await pubsub.subscribe("a")
    assert await pubsub.get_message(timeout=10) is None
    for _ in range(20):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await pubsub.get_message(timeout=None)
    await client.publish("a", "x")

    assert (await pubsub.get_message(timeout=10))["data"] == b"x"
    await pubsub.aclose()
    await client.aclose()


@BOTH_ASYNC
async def test_a_lost_connection_is_told_once_without_retries_when_awaited(library, server):
    client = library.Redis(port=server.port, retry=redis.asyncio.retry.Retry(NoBackoff(), 0))
    control = redis.Redis(port=server.port)
    pubsub = client.pubsub()
    await pubsub.subscribe("a")
    await pubsub.get_message(timeout=10)
    for each in control.client_list(_type="pubsub"):
        control.client_kill_filter(_id=each["id"])

    with pytest.raises(redis.ConnectionError, match="Connection closed by server"):
        await pubsub.get_message(timeout=10)

    assert (await pubsub.get_message(timeout=10))["type"] == "subscribe"
    assert await client.publish("a", "x") == 1
    assert (await pubsub.get_message(timeout=10))["data"] == b"x"
    await pubsub.aclose()
    await client.aclose()
    control.close()
