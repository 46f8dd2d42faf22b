"""Pub/sub: redis-py's messages, in redis's order, on a listening connection of GLIDE's."""

from __future__ import annotations

import asyncio
import gc
import signal
import subprocess
import sys
import threading

import pytest
from redis.exceptions import PubSubError

import adapter.asyncio

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]


def message(kind: str, channel: object, data: object, pattern: object = None) -> dict[str, object]:
    return {"type": kind, "pattern": pattern, "channel": channel, "data": data}


def taken(pubsub, count: int) -> list[object]:
    return [pubsub.get_message(timeout=10) for _ in range(count)]


def test_confirmations_count_and_messages_follow(make_client):
    client = make_client()
    with client.pubsub() as pubsub:
        pubsub.subscribe("a", "b")
        pubsub.psubscribe("c*")
        assert pubsub.subscribed

        assert client.publish("a", "one") == 1
        assert client.publish("cc", "two") == 1

        assert taken(pubsub, 5) == [
            message("subscribe", b"a", 1),
            message("subscribe", b"b", 2),
            message("psubscribe", b"c*", 3),
            message("message", b"a", b"one"),
            message("pmessage", b"cc", b"two", b"c*"),
        ]


def test_unsubscribing_is_confirmed_down_to_nothing(make_client):
    with make_client().pubsub() as pubsub:
        pubsub.subscribe("a")
        pubsub.psubscribe("p*")
        taken(pubsub, 2)

        pubsub.unsubscribe()
        pubsub.punsubscribe("p*")

        assert taken(pubsub, 2) == [
            message("unsubscribe", b"a", 1),
            message("punsubscribe", b"p*", 0),
        ]
        assert not pubsub.subscribed
        assert pubsub.get_message() is None


def test_nothing_arrives_after_unsubscribing(make_client):
    client = make_client()
    with client.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe("a", "b")
        pubsub.unsubscribe("a")

        assert client.publish("a", "lost") == 0
        client.publish("b", "found")

        assert [one for one in taken(pubsub, 4) if one] == [message("message", b"b", b"found")]


def test_decoded_clients_hear_text(make_client):
    client = make_client(decode_responses=True)
    with client.pubsub() as pubsub:
        pubsub.subscribe("kanal-ü")
        client.publish("kanal-ü", "größe")

        assert taken(pubsub, 2) == [
            message("subscribe", "kanal-ü", 1),
            message("message", "kanal-ü", "größe"),
        ]


def test_channels_and_messages_may_be_any_bytes(make_client):
    client = make_client()
    channel, data = b"\x00\xff\xfe", bytes(range(256))
    with client.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(channel)
        client.publish(channel, data)

        assert [one for one in taken(pubsub, 2) if one] == [message("message", channel, data)]


def test_a_handler_takes_the_messages_of_its_channel(make_client):
    client, heard = make_client(), []
    with client.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(a=heard.append)
        client.publish("a", "x")

        assert taken(pubsub, 2) == [None, None]
        assert heard == [message("message", b"a", b"x")]


def test_a_thread_can_do_the_listening(make_client):
    client, arrived, heard = make_client(), threading.Event(), []
    pubsub = client.pubsub()
    pubsub.subscribe(a=lambda one: (heard.append(one), arrived.set()))
    thread = pubsub.run_in_thread(sleep_time=0.01)
    client.publish("a", "x")

    assert arrived.wait(10)
    thread.stop()
    thread.join(10)

    assert heard == [message("message", b"a", b"x")]
    assert not thread.is_alive()


def test_a_thread_needs_a_handler_for_every_channel(make_client):
    with make_client().pubsub() as pubsub:
        pubsub.subscribe("a")
        with pytest.raises(PubSubError, match="has no handler registered"):
            pubsub.run_in_thread()


def test_listening_ends_when_nothing_is_subscribed_any_more(make_client):
    client = make_client()
    pubsub = client.pubsub()
    pubsub.subscribe("a")
    client.publish("a", "x")

    kinds = []
    for one in pubsub.listen():
        kinds.append(one["type"])
        if one["type"] == "message":
            pubsub.unsubscribe()

    assert kinds == ["subscribe", "message", "unsubscribe"]


def test_a_ping_is_answered_among_the_messages(make_client):
    with make_client().pubsub() as pubsub:
        pubsub.subscribe("a")
        pubsub.ping("there?")

        assert taken(pubsub, 2)[1] == message("pong", None, b"there?")


def test_a_dropped_connection_is_opened_again_with_its_subscriptions(make_client):
    client = make_client()
    with client.pubsub() as pubsub:
        pubsub.subscribe("a")
        taken(pubsub, 1)

        pubsub.connection.disconnect()

        assert taken(pubsub, 1) == [message("subscribe", b"a", 1)]
        client.publish("a", "x")
        assert taken(pubsub, 1) == [message("message", b"a", b"x")]


def test_a_message_larger_than_any_buffer_arrives_whole(make_client):
    client, data = make_client(), b"x" * 3_000_000
    with client.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe("a")
        client.publish("a", data)

        (arrived,) = (one for one in taken(pubsub, 2) if one)
        assert arrived["data"] == data


def test_many_messages_keep_their_order(make_client):
    client = make_client()
    with client.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe("a")
        with client.pipeline(transaction=False) as pipe:
            for number in range(1_000):
                pipe.publish("a", number)
            assert pipe.execute() == [1] * 1_000

        heard = [one for one in taken(pubsub, 1_001) if one]
        assert [int(one["data"]) for one in heard] == list(range(1_000))


GLIDE_SUBSCRIBES_TO_A_SHARDED_CHANNEL = """
import sys, time
from glide_shared.commands.batch import Batch
from glide_shared.config import GlideClientConfiguration, NodeAddress
from glide_shared.request_type import RequestType
from glide_sync import GlideClient

client = GlideClient.create(GlideClientConfiguration([NodeAddress("127.0.0.1", int(sys.argv[1]))]))
batch = Batch(is_atomic=False)
batch.append_command(RequestType.SSubscribe, ["s"])
client.exec(batch, raise_on_error=False)
while True:
    time.sleep(1)
"""


@pytest.mark.targets("redis", "valkey")  # a fact about GLIDE's core
def test_glide_itself_ends_the_process_over_a_sharded_channel(server):
    command = [sys.executable, "-c", GLIDE_SUBSCRIBES_TO_A_SHARDED_CHANNEL, str(server.port)]

    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)

    assert done.returncode == -signal.SIGABRT, done.stderr


async def test_the_asynchronous_twin_hears_the_same(make_async_client):
    client = make_async_client()
    async with client.pubsub() as pubsub:
        await pubsub.subscribe("a")
        await pubsub.psubscribe("c*")
        await client.publish("a", "one")
        await client.publish("cc", "two")
        heard = [await pubsub.get_message(timeout=10) for _ in range(4)]
        await pubsub.unsubscribe("a")
        heard.append(await pubsub.get_message(timeout=10))

        assert heard == [
            message("subscribe", b"a", 1),
            message("psubscribe", b"c*", 2),
            message("message", b"a", b"one"),
            message("pmessage", b"cc", b"two", b"c*"),
            message("unsubscribe", b"a", 1),
        ]


async def test_listening_waits_without_holding_up_the_loop(make_async_client):
    client = make_async_client()
    async with client.pubsub(ignore_subscribe_messages=True) as pubsub:
        await pubsub.subscribe("a")
        listening = asyncio.create_task(anext(aiter(pubsub.listen())))
        await asyncio.sleep(0)

        await client.publish("a", "x")

        assert await listening == message("message", b"a", b"x")


async def test_listening_tells_everything_in_its_order(make_async_client):
    client, heard = make_async_client(), []
    async with client.pubsub() as pubsub:
        await pubsub.subscribe("a")
        await pubsub.psubscribe("p*")
        await pubsub.subscribe(h=heard.append)
        for channel, data in (("a", "1"), ("h", "2"), ("pp", "3"), ("a", "4")):
            await client.publish(channel, data)
        told = []
        async for each in pubsub.listen():
            told.append(each)
            if each["data"] == b"4":
                await pubsub.unsubscribe("a", "h")
                await pubsub.punsubscribe()

    assert told == [
        message("subscribe", b"a", 1),
        message("psubscribe", b"p*", 2),
        message("subscribe", b"h", 3),
        message("message", b"a", b"1"),
        message("pmessage", b"pp", b"3", b"p*"),
        message("message", b"a", b"4"),
        message("unsubscribe", b"a", 2),
        message("unsubscribe", b"h", 1),
        message("punsubscribe", b"p*", 0),
    ]
    assert heard == [message("message", b"h", b"2")]


@pytest.mark.parametrize("reader", ["parse_response", "handle_message"])
@pytest.mark.parametrize("where", ["class", "instance"])
async def test_who_reads_in_his_own_way_is_asked_while_listening(make_async_client, reader, where):
    asked = []

    def own(usual):
        async def read(*args, **options):
            asked.append(reader)
            return await usual(*args, **options)

        return read

    client = make_async_client()
    kind = adapter.asyncio.PubSub
    if where == "class":
        kind = type("Own", (kind,), {reader: own(getattr(kind, reader))})
    async with kind(client.connection_pool) as pubsub:
        if where == "instance":
            setattr(pubsub, reader, own(getattr(pubsub, reader)))
        await pubsub.subscribe("a")
        told = aiter(pubsub.listen())

        assert await anext(told) == message("subscribe", b"a", 1)
        assert asked == [reader]
        await told.aclose()


async def test_a_coroutine_can_be_a_handler(make_async_client):
    client, heard = make_async_client(), asyncio.Queue()
    pubsub = client.pubsub()
    await pubsub.subscribe(a=heard.put)
    running = asyncio.create_task(pubsub.run(poll_timeout=0.1))

    await client.publish("a", "x")

    assert await asyncio.wait_for(heard.get(), 10) == message("message", b"a", b"x")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await pubsub.aclose()


async def test_reading_before_subscribing_is_an_error_as_in_redis_py(make_async_client):
    with pytest.raises(RuntimeError, match="did you forget to call subscribe"):
        await make_async_client().pubsub().get_message()


COLLECTED_IN_A_CALLBACK = """
import gc, sys
import adapter
from adapter.state.pubsub import Subscriptions

port = int(sys.argv[1])
forgotten = [adapter.Redis(port=port), adapter.Redis(port=port).pubsub()]
forgotten[0].ping()
forgotten[1].subscribe("elsewhere")
forgotten.append(adapter.Redis(port=port).pipeline())
forgotten[-1].watch("k")
hears = Subscriptions.heard

def heard(*args):
    forgotten.clear()
    gc.collect()
    return hears(*args)

Subscriptions.heard = heard
client = adapter.Redis(port=port)
with client.pubsub(ignore_subscribe_messages=True) as pubsub:
    pubsub.subscribe("c")
    client.publish("c", "said")
    while (message := pubsub.get_message(timeout=10)) is None:
        continue
print(message["data"], forgotten)
"""


def test_clients_that_are_collected_on_glides_thread_do_not_end_the_process(server):
    """GLIDE aborts when one of its clients is closed, or called, on the thread of a callback."""
    command = [sys.executable, "-c", COLLECTED_IN_A_CALLBACK, str(server.port)]

    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)

    assert (done.returncode, done.stdout) == (0, "b'said' []\n"), done.stderr[-2000:]


async def test_a_forgotten_pubsub_listens_no_longer(make_client, make_async_client, make_redis_py):
    control = make_redis_py()
    first, second = make_client().pubsub(), make_async_client().pubsub()
    first.subscribe("a")
    await second.subscribe("b")
    assert control.pubsub_numsub("a", "b") == [(b"a", 1), (b"b", 1)]

    del first, second
    gc.collect()

    async with asyncio.timeout(10):
        while control.pubsub_numsub("a", "b") != [(b"a", 0), (b"b", 0)]:
            await asyncio.sleep(0)
