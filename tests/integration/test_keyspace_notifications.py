"""redis-py's helpers for keyspace notifications, over redis-py's clients and over ours."""

from __future__ import annotations

import asyncio
import queue

import pytest
import redis
import redis.asyncio

import adapter
import adapter.asyncio

pytestmark = pytest.mark.skipif(
    not hasattr(redis, "KeyspaceNotifications"), reason="redis-py 8 has the helpers"
)
BOTH = pytest.mark.parametrize("library", [redis, adapter], ids=["redis-py", "adapter"])
BOTH_ASYNC = pytest.mark.parametrize(
    "library", [redis.asyncio, adapter.asyncio], ids=["redis-py", "adapter"]
)


@pytest.fixture
def control(make_redis_py):
    control = make_redis_py()
    control.config_set("notify-keyspace-events", "KEA")
    yield control
    control.config_set("notify-keyspace-events", "")


def told(notification):
    return notification.key, notification.event_type, notification.database


@BOTH
def test_keys_and_events_are_told(library, server, control):
    client = library.Redis(port=server.port)
    with client.keyspace_notifications() as notifications:
        notifications.subscribe_keyspace("user:*")
        notifications.subscribe_keyevent("del")
        notifications.subscribe_keyspace("exact")
        assert notifications.subscribed
        control.set("user:1", "x")
        control.delete("user:1")
        control.set("exact", "x")
        control.set("other", "x")

        heard = []
        while len(heard) < 4:
            if (notification := notifications.get_message(timeout=10)) is not None:
                heard.append(told(notification))

    assert sorted(heard) == sorted(
        [("user:1", "set", 0), ("user:1", "del", 0), ("user:1", "del", 0), ("exact", "set", 0)]
    )
    assert not notifications.subscribed
    client.close()


@BOTH
def test_a_thread_calls_the_handlers(library, server, control):
    client, heard = library.Redis(port=server.port, decode_responses=True), queue.Queue()
    notifications = client.keyspace_notifications(key_prefix="app:")
    notifications.subscribe_keyspace("app:*", handler=heard.put)
    thread = notifications.run_in_thread(poll_timeout=0.01, daemon=True)
    control.set("app:k", "x")

    assert told(heard.get(timeout=10)) == ("k", "set", 0)
    thread.stop()
    thread.join(10)
    assert not thread.is_alive()
    notifications.close()
    client.close()


@BOTH
def test_listening_ends_with_the_subscriptions(library, server, control):
    client = library.Redis(port=server.port)
    notifications = client.keyspace_notifications()
    notifications.subscribe(redis.KeyspaceChannel("k"))
    control.set("k", "x")

    heard = []
    for notification in notifications.listen():
        heard.append(told(notification))
        notifications.close()

    assert heard == [("k", "set", 0)]
    client.close()


@BOTH_ASYNC
async def test_keys_and_events_are_told_when_awaited(library, server, control):
    client, handled = library.Redis(port=server.port), asyncio.Queue()
    async with client.keyspace_notifications() as notifications:
        await notifications.subscribe_keyspace("user:*")
        await notifications.subscribe_keyevent("expired", handler=handled.put_nowait)
        await asyncio.to_thread(control.set, "user:1", "x")
        heard = None
        while heard is None:
            heard = await notifications.get_message(timeout=10)
        assert told(heard) == ("user:1", "set", 0)

        await asyncio.to_thread(control.set, "gone", "x", px=1)
        running = asyncio.create_task(notifications.run(poll_timeout=0.01))
        while handled.empty():
            await asyncio.to_thread(control.exists, "gone")
        assert told(handled.get_nowait()) == ("gone", "expired", 0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    await client.aclose()
