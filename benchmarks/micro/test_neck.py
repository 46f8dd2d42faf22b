"""The adapter's neck: from a command line to GLIDE's request, and from the reply to redis-py's
result.  No server, no socket.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import redis

import adapter
from adapter.state import pipeline as queued
from adapter.translate import flow, routes
from benchmarks import workloads

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

FIELDS = {b"field:%d" % number: b"0123456789abcdef" for number in range(20)}
PAIRS = {b"member:%d" % number: float(number) for number in range(20)}
COMMANDS: dict[str, tuple[tuple[Any, ...], Any]] = {
    "GET": (("GET", "text:1"), b"0123456789abcdef"),
    "SET": (("SET", "text:1", "0123456789abcdef"), b"OK"),
    "HGETALL": (("HGETALL", "hash:1"), FIELDS),
    "ZRANGE": (("ZRANGE", "scores:1", 0, -1, "WITHSCORES"), PAIRS),
}
NAMES = pytest.mark.parametrize("name", COMMANDS)


@pytest.fixture(params=[False, True], ids=["bytes", "text"])
def client(request: pytest.FixtureRequest) -> adapter.Redis:
    """Never connected."""
    return adapter.Redis(decode_responses=request.param)


@NAMES
def test_route_lookup(benchmark: BenchmarkFixture, name: str) -> None:
    benchmark(routes.resolve, name)


def test_encoding_of_a_command_of_twenty_words(
    benchmark: BenchmarkFixture, client: adapter.Redis
) -> None:
    words = ["hash:1", *(f"field:{number}" for number in range(18)), 19]
    benchmark(client.encoder.words, words)


@NAMES
def test_a_command_becomes_a_plan(
    benchmark: BenchmarkFixture, client: adapter.Redis, name: str
) -> None:
    words, _ = COMMANDS[name]
    benchmark(flow.plan_of, words, client.encoder)


@NAMES
def test_a_reply_becomes_a_result(
    benchmark: BenchmarkFixture, client: adapter.Redis, name: str
) -> None:
    words, reply = COMMANDS[name]
    plan = flow.plan_of(words, client.encoder)
    benchmark(flow.finish, plan, reply, {}, client.response_callbacks, client.encoder)


@NAMES
def test_the_life_of_a_command(
    benchmark: BenchmarkFixture, client: adapter.Redis, name: str
) -> None:
    words, reply = COMMANDS[name]
    encoder, callbacks = client.encoder, client.response_callbacks

    def live() -> None:
        flow.finish(flow.plan_of(words, encoder), reply, {}, callbacks, encoder)

    benchmark(live)


def test_a_pipeline_of_a_hundred_is_put_together(
    benchmark: BenchmarkFixture, client: adapter.Redis
) -> None:
    calls = workloads.MIXED.calls[:100]
    scripts = client.connection_pool.scripts

    def put_together() -> None:
        pipe = client.pipeline(transaction=False)
        for call in calls:
            getattr(pipe, call.method)(*call.arguments, **call.keywords)
        queued.planned([words for words, _ in pipe.command_stack], client.encoder, scripts)

    benchmark(put_together)


def test_redis_py_packs_a_pipeline_of_a_hundred(benchmark: BenchmarkFixture) -> None:
    """To compare with."""
    client = redis.Redis()
    connection = client.connection_pool.make_connection()

    def pack() -> None:
        pipe = client.pipeline(transaction=False)
        for call in workloads.MIXED.calls[:100]:
            getattr(pipe, call.method)(*call.arguments, **call.keywords)
        connection.pack_commands([words for words, _ in pipe.command_stack])

    benchmark(pack)
