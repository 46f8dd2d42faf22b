"""redis-py with and without hiredis, and the adapter beside it: whom one compares with.

One synchronous client, one call after the other and pipelines of 100; and redis-py asyncio on a
``BlockingConnectionPool`` of 50, 100 calls in flight.  hiredis parses replies in C; it matters
where replies are large (HGETALL) or many (pipelines).  Every other suite gives redis-py hiredis.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, islice
from typing import Any, Final

import redis
import redis.asyncio
from redis._parsers import (
    _AsyncHiredisParser,
    _AsyncRESP2Parser,
    _HiredisParser,
    _RESP2Parser,
)

import adapter
import adapter.asyncio
from benchmarks import workloads
from benchmarks.clients import HOST, POOL, in_flight, in_threads, of_redis
from benchmarks.contest import Contest, Contests
from benchmarks.goals import ADAPTER
from benchmarks.pace import Run
from benchmarks.reports.pictures import Bars
from benchmarks.servers import real
from benchmarks.stage import Stage
from benchmarks.workloads import Call

PARSERS: Final = {
    "redis-py, hiredis": (_HiredisParser, _AsyncHiredisParser),
    "redis-py, Python": (_RESP2Parser, _AsyncRESP2Parser),
}
SIZE: Final = 100
PICTURES: Final = (Bars("operations", "redis-py with and without hiredis, and the adapter"),)


def contests(stage: Stage) -> Contests:
    """Every workload, sent in three ways."""
    with (
        real(stage.servers[0]) as port,
        redis.Redis(port=port) as filling,
        synchronous(port) as one,
        asynchronous(stage, port) as many,
    ):
        for workload in stage.pick(workloads.ALL, workloads.FEW):
            workloads.fill(filling)
            calls = workload.calls
            ways = {
                "one by one": {
                    name: stage.rate(in_threads([of_redis(client, call) for call in calls], 1))
                    for name, client in one.items()
                },
                f"pipelines of {SIZE}": {
                    name: stage.rate(pipelines(client, calls), SIZE) for name, client in one.items()
                },
                f"asyncio, {SIZE} in flight": {
                    name: stage.async_rate(
                        in_flight([of_redis(client, call) for call in calls], SIZE), SIZE
                    )
                    for name, client in many.items()
                },
            }
            for way, sides in ways.items():
                yield Contest({"workload": workload.name, "sent": way}, sides)


@contextmanager
def synchronous(port: int) -> Iterator[dict[str, Any]]:
    """A client for each parser, and the adapter's."""
    clients: dict[str, Any] = {ADAPTER: adapter.Redis(host=HOST, port=port)}
    for name, (parser, _) in PARSERS.items():
        pool = redis.ConnectionPool(host=HOST, port=port, protocol=2, parser_class=parser)
        clients[name] = redis.Redis.from_pool(pool)
    try:
        yield clients
    finally:
        for client in clients.values():
            client.close()


@contextmanager
def asynchronous(stage: Stage, port: int) -> Iterator[dict[str, Any]]:
    """As ``synchronous``, in the stage's loop."""

    async def opened() -> dict[str, Any]:
        clients: dict[str, Any] = {ADAPTER: adapter.asyncio.Redis(host=HOST, port=port)}
        for name, (_, parser) in PARSERS.items():
            pool = redis.asyncio.BlockingConnectionPool(
                max_connections=POOL, timeout=None, host=HOST, port=port, protocol=2,
                parser_class=parser,
            )  # fmt: skip
            clients[name] = redis.asyncio.Redis.from_pool(pool)
        return clients

    async def closed() -> None:
        for client in clients.values():
            await client.aclose()

    clients = stage.await_(opened())
    try:
        yield clients
    finally:
        stage.await_(closed())


def pipelines(client: Any, calls: Sequence[Call]) -> Run:
    """Portions of one pipeline each."""
    endless = cycle(calls)

    def run(portions: int) -> float:
        started = time.perf_counter()
        for _ in range(portions):
            pipe = client.pipeline(transaction=False)
            for call in islice(endless, SIZE):
                getattr(pipe, call.method)(*call.arguments, **call.keywords)
            pipe.execute()
        return time.perf_counter() - started

    return run
