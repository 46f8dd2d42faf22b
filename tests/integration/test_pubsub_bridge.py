"""PubSubBridge: events as ioredis emits them, on a thread of its own or in the event loop."""

from __future__ import annotations

import asyncio
import queue
import subprocess
import sys
import threading

import pytest

import adapter
import adapter.asyncio

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]

EVENTS = (
    "message messageBuffer pmessage pmessageBuffer smessage smessageBuffer"
    " subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe end"
).split()


class Log:
    """What a bridge has emitted, in order."""

    def __init__(self, bridge, names=EVENTS):
        self.told = queue.Queue()
        for name in names:
            bridge.on(name, lambda *arguments, name=name: self.told.put((name, *arguments)))

    def next(self, count=1):
        return [self.told.get(timeout=10) for _ in range(count)]


@pytest.fixture
def bridge(make_client):
    with adapter.PubSubBridge(make_client()) as bridge:
        yield bridge


def test_messages_and_confirmations_are_events(bridge, make_client):
    client, log = make_client(), Log(bridge)

    assert bridge.subscribe("news", "a") == 2
    assert bridge.psubscribe(["n*"]) == 3
    client.publish("a", b"\xff")
    client.publish("nn", "ü")
    assert bridge.unsubscribe("a") == 2
    assert bridge.punsubscribe() == 1
    assert bridge.unsubscribe() == 0

    assert log.next(10) == [
        ("subscribe", "news", 1),
        ("subscribe", "a", 2),
        ("psubscribe", "n*", 3),
        ("message", "a", "\ufffd"),
        ("messageBuffer", b"a", b"\xff"),
        ("pmessage", "n*", "nn", "ü"),
        ("pmessageBuffer", "n*", b"nn", "ü".encode()),
        ("unsubscribe", "a", 2),
        ("punsubscribe", "n*", 1),
        ("unsubscribe", "news", 0),
    ]


def test_sharded_channels_have_their_own_events(bridge, make_client):
    log = Log(bridge)

    bridge.ssubscribe("s")
    assert make_client().spublish("s", "x") == 1
    bridge.sunsubscribe()

    assert log.next(4) == [
        ("ssubscribe", "s", 1),
        ("smessage", "s", "x"),
        ("smessageBuffer", b"s", b"x"),
        ("sunsubscribe", "s", 0),
    ]


def test_the_bridge_ends_with_close_and_may_begin_again(bridge, make_client):
    client, log = make_client(), Log(bridge)
    bridge.subscribe("a")

    bridge.close()
    assert log.next(2) == [("subscribe", "a", 1), ("end",)]
    assert client.publish("a", "lost") == 0

    bridge.subscribe("b")
    client.publish("b", "x")
    assert log.next(2) == [("subscribe", "b", 1), ("message", "b", "x")]


def test_closing_the_client_ends_its_bridges(make_client):
    client = make_client()
    bridge = adapter.PubSubBridge(client)
    log = Log(bridge)
    bridge.subscribe("a")
    bridge.ssubscribe("s")
    log.next(2)

    client.close()

    assert log.next() == [("end",)]
    # the next call opens another connection, with the subscriptions as they were
    bridge.subscribe("b")
    assert log.next(2) == [("subscribe", "a", 1), ("subscribe", "b", 2)]
    assert client.publish("a", "x") == 1
    bridge.close()


def test_listeners_run_on_a_thread_of_the_bridges_own_and_may_call_redis(bridge, make_client):
    client, told = make_client(), queue.Queue()

    @bridge.once("message")
    def answer(channel, message):
        client.set("k", message)
        bridge.subscribe("another")
        told.put((threading.current_thread(), client.get("k")))

    bridge.subscribe("a")
    client.publish("a", "x")

    thread, value = told.get(timeout=10)
    assert thread.name == "pubsub"
    assert thread is not threading.main_thread()
    assert value == b"x"
    assert client.publish("another", "y") == 1


def test_one_listener_that_fails_stops_nobody(bridge, make_client):
    client, log = make_client(), Log(bridge, ["message", "error"])
    bridge.once("message", lambda *arguments: 1 / 0)

    bridge.subscribe("a")
    client.publish("a", "one")
    client.publish("a", "two")

    first, failed, second = log.next(3)
    assert (first, second) == (("message", "a", "one"), ("message", "a", "two"))
    assert failed[0] == "error"
    assert isinstance(failed[1], ZeroDivisionError)


def test_a_failure_that_nobody_listens_to_is_shown_as_any_threads(bridge, make_client, monkeypatch):
    shown = queue.Queue()
    monkeypatch.setattr(threading, "excepthook", shown.put)
    bridge.on("message", lambda *arguments: 1 / 0)

    bridge.subscribe("a")
    make_client().publish("a", "x")

    assert shown.get(timeout=10).exc_type is ZeroDivisionError


def test_events_keep_the_order_of_a_flood(bridge, make_client):
    log = Log(bridge, ["message"])
    bridge.subscribe("a")
    with make_client().pipeline(transaction=False) as pipe:
        for number in range(1_000):
            pipe.publish("a", number)
        pipe.execute()

    assert [int(told[2]) for told in log.next(1_000)] == list(range(1_000))


def test_a_connection_that_the_server_ends_is_mended_without_an_event(
    bridge, make_client, make_redis_py
):
    control, log = make_redis_py(), Log(bridge)
    bridge.subscribe("a")
    log.next()

    killed = {each["id"] for each in control.client_list(_type="pubsub")}
    for one in killed:
        control.client_kill_filter(_id=one)
    deadline = threading.Event()
    while control.publish("a", "x") == 0:
        deadline.wait(0.01)

    assert log.next(2) == [("message", "a", "x"), ("messageBuffer", b"a", b"x")]


def test_what_the_server_refuses_is_raised_and_asked_once(make_client, make_redis_py):
    control = make_redis_py()
    control.acl_setuser(
        "bob", enabled=True, nopass=True, categories=["+@all"], reset_channels=True, channels=["ok"]
    )
    client = make_client(username="bob", password="any")
    bridge = adapter.PubSubBridge(client)

    with pytest.raises(adapter.NoPermissionError):
        bridge.subscribe("ok", "forbidden")

    assert bridge.subscribe("ok") == 1
    assert sum(int(entry["count"]) for entry in control.acl_log()) < 100
    assert control.pubsub_channels() == [b"ok"]
    bridge.close()
    control.acl_deluser("bob")


def test_a_pubsub_of_redis_pys_is_read_and_emits_as_well(make_client):
    client = make_client()
    with client.pubsub() as pubsub:
        log = Log(pubsub.bridge, ["message"])
        pubsub.subscribe("a")
        client.publish("a", "x")

        assert log.next() == [("message", "a", "x")]
        assert pubsub.get_message(timeout=10)["type"] == "subscribe"
        assert pubsub.get_message(timeout=10)["data"] == b"x"


CALLED_ON_GLIDES_THREAD = """
import sys
from glide_shared.config import GlideClientConfiguration, NodeAddress, ProtocolVersion
from glide_sync import GlideClient

address = NodeAddress("127.0.0.1", int(sys.argv[1]))
other = GlideClient.create(GlideClientConfiguration([address]))
subscriptions = GlideClientConfiguration.PubSubSubscriptions({}, lambda *_: other.ping(), None)
client = GlideClient.create(
    GlideClientConfiguration([address], pubsub_subscriptions=subscriptions)
)
client.subscribe({"a"}, 5000)
other.publish("x", "a")
while True:
    pass
"""


@pytest.mark.targets("redis")  # a fact about GLIDE's core
def test_glide_itself_ends_the_process_over_a_call_in_its_callback(server):
    command = [sys.executable, "-c", CALLED_ON_GLIDES_THREAD, str(server.port)]

    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)

    assert done.returncode != 0
    assert "Cannot start a runtime from within a runtime" in done.stderr


async def test_events_are_emitted_in_the_event_loop(make_async_client):
    client, told = make_async_client(), asyncio.Queue()
    async with adapter.asyncio.PubSubBridge(client) as bridge:
        for name in EVENTS:
            bridge.on(name, lambda *arguments, name=name: told.put_nowait((name, *arguments)))
        assert await bridge.subscribe("a") == 1
        assert await bridge.psubscribe("p*") == 2
        await bridge.ssubscribe("s")
        await client.publish("a", "x")
        await client.publish("pp", "y")
        expected = {
            ("subscribe", "a", 1),
            ("psubscribe", "p*", 2),
            ("ssubscribe", "s", 1),
            ("message", "a", "x"),
            ("messageBuffer", b"a", b"x"),
            ("pmessage", "p*", "pp", "y"),
            ("pmessageBuffer", "p*", b"pp", b"y"),
        }
        assert {await asyncio.wait_for(told.get(), 10) for _ in expected} == expected
        assert await bridge.unsubscribe() == 1
        assert await asyncio.wait_for(told.get(), 10) == ("unsubscribe", "a", 1)
        await bridge.aclose()
        assert await asyncio.wait_for(told.get(), 10) == ("end",)


async def test_a_listener_may_be_a_coroutine_that_calls_redis(make_async_client):
    client, told = make_async_client(), asyncio.Queue()
    bridge = adapter.asyncio.PubSubBridge(client)

    @bridge.on("message")
    async def keep(channel, message):
        await client.set("k", message)
        told.put_nowait(await client.get("k"))

    await bridge.subscribe("a")
    await client.publish("a", "x")

    assert await asyncio.wait_for(told.get(), 10) == b"x"
    await bridge.aclose()


async def test_an_asynchronous_pubsub_emits_as_well(make_async_client):
    client, told = make_async_client(), asyncio.Queue()
    async with client.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.bridge.on("message", lambda *arguments: told.put_nowait(arguments))
        await pubsub.subscribe("a")
        await client.publish("a", "x")

        assert await asyncio.wait_for(told.get(), 10) == ("a", "x")
        assert await pubsub.get_message(timeout=10) is None
        assert (await pubsub.get_message(timeout=10))["data"] == b"x"


async def test_closing_the_asynchronous_client_ends_its_bridges(make_async_client):
    client, told = make_async_client(), asyncio.Queue()
    bridge = adapter.asyncio.PubSubBridge(client)
    bridge.on("end", lambda: told.put_nowait("end"))
    await bridge.subscribe("a")

    await client.aclose()

    assert await asyncio.wait_for(told.get(), 10) == "end"
