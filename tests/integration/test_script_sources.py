"""A script's source crosses the wire once for each server, counted by a relay between the two."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from redis.exceptions import ConnectionError, ResponseError

import adapter
import adapter.asyncio
from mock_backend import MockServer
from tests.integration.relay import Relay

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]

MARK = b"-- the source begins here"
LONG = MARK.decode() + "\n" + "-- and goes on\n" * 1400 + "return {KEYS[1], ARGV[1], #ARGV}"
DOUBTFUL = LONG.replace("return", "local t = {[ARGV[1]] = 1} return")
"""The same on the plain lane."""
FAILING = LONG.replace("return", "error('broken') return")


@pytest.fixture
def relay(server) -> Iterator[Relay]:
    relay = Relay(server.port)
    yield relay
    relay.close()


@pytest.fixture
def client(relay) -> Iterator[adapter.Redis]:
    client = adapter.Redis(port=relay.port)
    yield client
    client.close()


@pytest.mark.parametrize("source", [LONG, DOUBTFUL], ids=["harmless", "doubtful"])
def test_a_thousand_evals_send_it_once(client, relay, source):
    for number in range(1000):
        assert client.eval(source, 1, "k", number) == [b"k", b"%d" % number, 1]

    assert relay.count(MARK) == 1
    assert relay.size < 250_000  # a thousand sources were 21 million


def test_evals_that_fail_in_the_script_send_it_once(client, relay):
    for _ in range(10):
        with pytest.raises(ResponseError, match="broken"):
            client.eval(FAILING, 1, "k", 1)

    assert relay.count(MARK) == 1


def test_evals_at_the_same_time_send_it_once(server, relay):
    async def ask() -> list[object]:
        async with adapter.asyncio.Redis(port=relay.port) as client:
            return await asyncio.gather(*(client.eval(LONG, 1, "k", n) for n in range(1000)))

    assert asyncio.run(ask()) == [[b"k", b"%d" % number, 1] for number in range(1000)]
    assert relay.count(MARK) == 1


@pytest.mark.parametrize("transaction", [True, False])
def test_pipelines_send_it_once(client, relay, transaction):
    for _ in range(10):
        pipe = client.pipeline(transaction)
        for number in range(10):
            pipe.eval(LONG, 1, "k", number).get("k").eval(DOUBTFUL, 1, "k", number)
        assert pipe.execute()[-3:] == [[b"k", b"9", 1], None, [b"k", b"9", 1]]

    assert relay.count(MARK) == 2


async def test_pipelines_in_an_event_loop_send_it_once(server, relay):
    async with adapter.asyncio.Redis(port=relay.port) as client:
        for transaction in (True, False) * 3:
            pipe = client.pipeline(transaction)
            pipe.eval(LONG, 1, "k", 1).eval(LONG, 1, "k", 2)
            assert await pipe.execute() == [[b"k", b"1", 1], [b"k", b"2", 1]]

    assert relay.count(MARK) == 1


def test_script_objects_send_it_once_alone_and_in_pipelines(client, relay):
    script = client.register_script(LONG)
    for number in range(10):
        assert script(["k"], [number]) == [b"k", b"%d" % number, 1]
        pipe = client.pipeline()
        script(["k"], [number], client=pipe)
        assert pipe.execute() == [[b"k", b"%d" % number, 1]]

    assert relay.count(MARK) == 1


def test_in_a_watching_pipeline_it_is_sent_once(client, relay):
    with client.pipeline() as pipe:
        for number in range(5):
            pipe.watch("k")
            assert pipe.eval(LONG, 1, "k", number) == [b"k", b"%d" % number, 1]
            pipe.multi()
            pipe.eval(LONG, 1, "k", number)
            assert pipe.execute() == [[b"k", b"%d" % number, 1]]

    assert relay.count(MARK) == 1


def test_after_a_flush_it_is_sent_once_more(server, client, relay, make_redis_py):
    script = client.register_script(LONG)
    for flush in (make_redis_py().script_flush, client.script_flush):
        client.eval(LONG, 1, "k", 1)
        before = relay.count(MARK)
        flush()
        for _ in range(3):
            assert client.eval(LONG, 1, "k", 1) == [b"k", b"1", 1]
            assert script(["k"], [1]) == [b"k", b"1", 1]
            assert client.pipeline().eval(LONG, 1, "k", 1).execute() == [[b"k", b"1", 1]]

        assert relay.count(MARK) == before + 1


async def test_a_thousand_who_meet_a_flush_send_it_once_more(server, relay, make_redis_py):
    async with adapter.asyncio.Redis(port=relay.port) as client:
        script = client.register_script(LONG)
        await client.eval(LONG, 1, "k", 1)
        for call in (
            lambda number: client.eval(LONG, 1, "k", number),
            lambda number: script(["k"], [number]),
        ):
            before = relay.count(MARK)
            make_redis_py().script_flush()

            replies = await asyncio.gather(*(call(number) for number in range(1000)))

            assert replies == [[b"k", b"%d" % number, 1] for number in range(1000)]
            assert relay.count(MARK) == before + 1


@pytest.mark.parametrize("transaction", [True, False])
def test_a_flush_within_a_pipeline_is_heeded(client, relay, transaction):
    client.eval(LONG, 1, "k", 0)

    pipe = client.pipeline(transaction)
    pipe.eval(LONG, 1, "k", 1).script_flush().eval(LONG, 1, "k", 2)

    assert pipe.execute() == [[b"k", b"1", 1], True, [b"k", b"2", 1]]


@pytest.mark.parametrize("transaction", [True, False])
def test_a_source_that_does_not_compile_fails_alike_wherever_it_stands(
    client, make_redis_py, transaction
):
    told = []
    for each in (make_redis_py(), client):
        pipe = each.pipeline(transaction)
        pipe.eval("this is no lua, and longer than a SHA1 at that", 0)
        pipe.eval("this is no lua, and longer than a SHA1 at that", 0)
        told.append([str(error) for error in pipe.execute(raise_on_error=False)])

    assert told[0] == told[1]


def test_after_a_failover_the_other_server_is_sent_it_once(server, client, relay):
    client.eval(LONG, 1, "k", 1)
    with MockServer(compat=server.compat) as other:
        relay.turn_to(other.port)
        while True:
            try:
                client.eval(LONG, 1, "k", 1)
                break
            except ConnectionError:
                continue  # what was under way is lost
        before = relay.count(MARK)
        for number in range(10):
            assert client.eval(LONG, 1, "k", number) == [b"k", b"%d" % number, 1]
            assert client.pipeline().eval(LONG, 1, "k", 1).execute() == [[b"k", b"1", 1]]

        assert relay.count(MARK) == before == 2
        client.close()


def test_a_client_that_was_closed_and_is_used_again_does_not_send_it_again(client, relay):
    client.eval(LONG, 1, "k", 1)
    client.close()

    assert client.eval(LONG, 1, "k", 1) == [b"k", b"1", 1]
    assert relay.count(MARK) == 1
