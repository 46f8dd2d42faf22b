"""Opening, sharing and closing: event loops, threads, forks, sessions, and nothing left behind."""

from __future__ import annotations

import asyncio
import gc
import os
import threading

import pytest

import adapter
import adapter.asyncio

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]


def connections(control) -> int:
    """How many connections called ``ours`` the server has."""
    return [one["name"] for one in control.client_list()].count("ours")


async def until_gone(control) -> None:
    """GLIDE closes its sockets on a thread of its own; the server sees them go."""
    async with asyncio.timeout(10):
        while connections(control):
            await asyncio.sleep(0)


def test_nothing_is_opened_before_the_first_command(make_client, make_async_client, make_redis_py):
    make_client(client_name="ours").pipeline().set("k", 1)
    make_async_client(client_name="ours").pubsub()

    assert connections(make_redis_py()) == 0


def test_closing_ends_every_connection(make_client, make_redis_py):
    control = make_redis_py()
    with make_client(client_name="ours") as client:
        client.ping()
        client.blpop("nothing", 0.01)
        listening = client.pubsub()
        listening.subscribe("c")
        assert connections(control) == 3

    asyncio.run(until_gone(control))


def test_a_forgotten_client_leaves_no_connection(server, make_redis_py):
    address = {"host": server.host, "port": server.port, "client_name": "ours"}
    adapter.Redis(**address).ping()
    asyncio.run(ping(adapter.asyncio.Redis(**address)))

    gc.collect()

    asyncio.run(until_gone(make_redis_py()))


async def ping(client: adapter.asyncio.Redis) -> bool:
    return bool(await client.ping())


def test_one_client_serves_one_event_loop_after_the_other(server):
    client = adapter.asyncio.Redis(host=server.host, port=server.port)

    async def use(number: int) -> int:
        await client.set("k", number)
        return int(await client.get("k"))

    assert [asyncio.run(use(number)) for number in range(5)] == list(range(5))
    asyncio.run(client.aclose())


def test_event_loops_side_by_side_do_not_wait_for_each_other(server):
    errors: list[BaseException] = []
    together = threading.Barrier(3)

    async def use(number: int) -> None:
        async with adapter.asyncio.Redis(host=server.host, port=server.port) as client:
            await client.ping()
            together.wait(10)
            for _ in range(50):
                await asyncio.wait_for(client.incr(f"n{number}"), 10)
            pubsub = client.pubsub(ignore_subscribe_messages=True)
            await pubsub.subscribe(f"c{number}")
            await client.publish(f"c{number}", "x")
            while await pubsub.get_message(timeout=10) is None:
                continue
            await pubsub.aclose()

    def run(number: int) -> None:
        try:
            asyncio.run(use(number))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert errors == []
    with adapter.Redis(server.host, server.port) as client:
        assert client.mget("n0", "n1", "n2") == [b"50"] * 3


def test_many_threads_share_one_client(make_client):
    client = make_client()

    def count() -> None:
        for _ in range(50):
            client.incr("n")

    threads = [threading.Thread(target=count) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert client.get("n") == b"1600"


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_forked_child_connects_for_itself(make_client):
    client = make_client()
    client.set("n", 1)

    child = os.fork()
    if child == 0:
        code = 1
        try:
            client.incr("n")
            code = 0 if client.blpop("nothing", 0.01) is None else 2
        finally:
            os._exit(code)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert client.incr("n") == 3


async def test_what_is_asked_in_one_turn_travels_together_and_in_order(make_async_client):
    client = make_async_client()
    await client.ping()
    before = client.stats.batches

    await asyncio.gather(*(client.rpush("l", number) for number in range(500)))

    assert client.stats.batches == before + 1
    assert await client.lrange("l", 0, -1) == [b"%d" % number for number in range(500)]


async def test_what_is_asked_turn_by_turn_keeps_its_order(make_async_client):
    client = make_async_client()
    calls = []
    for number in range(300):
        calls.append(asyncio.create_task(client.rpush("l", number)))
        if number % 7 == 0:
            await asyncio.sleep(0)
    await asyncio.gather(*calls)

    assert await client.lrange("l", 0, -1) == [b"%d" % number for number in range(300)]


async def test_a_cancelled_call_takes_no_other_along(make_async_client):
    client = make_async_client()
    calls = [asyncio.create_task(client.set(f"k{number}", number)) for number in range(10)]
    await asyncio.sleep(0)
    calls[3].cancel()

    results = await asyncio.gather(*calls, return_exceptions=True)

    assert results.count(True) == 9
    assert isinstance(results[3], asyncio.CancelledError)
    assert await client.ping() is True


def test_a_session_is_kept_for_later_connections(make_client):
    client = make_client()

    assert client.client_setname("me") is True
    client.select(2)
    client.rpush("l", "x")

    assert client.client_getname() == "me"
    assert client.blpop("l", 1) == (b"l", b"x")
    with client.pubsub() as pubsub:
        pubsub.subscribe("c")
        assert {one["name"] for one in client.client_list(_type="pubsub")} == {"me"}


def test_a_single_connection_client_keeps_its_session_to_itself(make_client):
    client = make_client()
    with client.client() as single:
        single.client_setname("single")

        assert single.client_getname() == "single"
        assert client.client_getname() is None


@pytest.mark.targets("redis", "valkey")
def test_a_monitor_sees_what_others_send(make_client):
    client = make_client()
    with client.monitor() as monitor:
        client.set("k", "seen")
        while (seen := monitor.next_command())["command"] != "SET k seen":
            continue

    assert seen["db"] == 0
    assert seen["client_type"] == "tcp"


def test_a_connection_can_be_driven_by_hand(make_client):
    pool = make_client().connection_pool
    connection = pool.get_connection()

    connection.send_command("SET", "k", "v")
    connection.send_command("GET", "k")
    assert connection.read_response() == b"OK"
    assert connection.can_read()
    assert connection.read_response() == b"v"

    pool.release(connection)
    pool.disconnect()
    assert not connection.is_connected


async def test_awaiting_the_client_itself_is_allowed(make_async_client):
    client = await make_async_client()

    async with client:
        assert await client.ping() is True


def test_closing_while_others_are_calling_is_safe(make_client):
    client = make_client()
    errors: list[Exception] = []

    def use(number: int) -> None:
        try:
            for _ in range(50):
                client.set(f"k{number}", number)
                assert client.get(f"k{number}") == b"%d" % number
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        client.close()
    for thread in threads:
        thread.join(60)

    assert errors == []


def test_a_connection_that_was_set_by_hand_is_used(make_client):
    client = make_client()
    client.connection = client.connection_pool.get_connection()
    client.connection.send_command("CLIENT", "ID")
    number = client.connection.read_response()

    assert client.client_id() == number

    client.connection_pool.release(client.connection)
    client.connection = None
