"""The clients that are compared, opened as their own documentation says, and the three ways to use
them: many calls in flight, pipelines, threads.

redis-py gets hiredis, one connection for a lone caller and a ``BlockingConnectionPool`` of 50 for
many; it is slower with one connection for each of a thousand callers.  GLIDE's own clients get a
time limit that a busy machine does not hit, and room for a thousand calls.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from typing import Any

import glide_sync
import redis
import redis.asyncio
from glide import GlideClient, GlideClientConfiguration, NodeAddress
from glide_shared.commands.batch import Batch
from glide_shared.commands.batch_options import BatchOptions

import adapter
import adapter.asyncio
from benchmarks.goals import ADAPTER, BATCH, CUSTOM, REDIS_PY, TYPED
from benchmarks.pace import Run
from benchmarks.stage import AsyncRun, Stage
from benchmarks.workloads import Call

HOST = "127.0.0.1"
POOL = 50
PATIENCE_MS = 20_000
INFLIGHT = 2_000

Turn = Callable[[], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class AsyncClients:
    """One of each, in the stage's loop."""

    adapter: Any
    glide: Any
    alone: Any
    """redis-py for one caller."""
    pooled: Any
    """redis-py for many."""

    def redis_py(self, in_flight: int) -> Any:
        """redis-py's client for so many callers."""
        return self.alone if in_flight == 1 else self.pooled


@contextmanager
def asynchronous(stage: Stage, port: int) -> Iterator[AsyncClients]:
    """Opens one of each, and closes them after the block."""

    async def opened() -> AsyncClients:
        configuration = GlideClientConfiguration(
            [NodeAddress(HOST, port)],
            request_timeout=PATIENCE_MS,
            inflight_requests_limit=INFLIGHT,
        )
        pool = redis.asyncio.BlockingConnectionPool(
            host=HOST, port=port, max_connections=POOL, timeout=None
        )
        return AsyncClients(
            adapter.asyncio.Redis(host=HOST, port=port),
            await GlideClient.create(configuration),
            redis.asyncio.Redis(host=HOST, port=port),
            redis.asyncio.Redis.from_pool(pool),
        )

    async def closed(clients: AsyncClients) -> None:
        await clients.adapter.aclose()
        await clients.glide.close()
        await clients.alone.aclose()
        await clients.pooled.aclose()

    clients = stage.await_(opened())
    try:
        yield clients
    finally:
        stage.await_(closed(clients))


@dataclass(frozen=True, slots=True)
class SyncClients:
    """One of each, for any number of threads."""

    adapter: Any
    glide: Any
    redis_py: Any


@contextmanager
def synchronous(port: int, threads: int) -> Iterator[SyncClients]:
    """Opens one of each, and closes them after the block."""
    configuration = glide_sync.GlideClientConfiguration(
        [glide_sync.NodeAddress(HOST, port)], request_timeout=PATIENCE_MS
    )
    clients = SyncClients(
        adapter.Redis(host=HOST, port=port),
        glide_sync.GlideClient.create(configuration),
        redis.Redis(host=HOST, port=port, max_connections=threads + 1),
    )
    try:
        yield clients
    finally:
        clients.adapter.close()
        clients.glide.close()
        clients.redis_py.close()


# --- how a call is spelt --------------------------------------------------------------------------


def of_redis(client: Any, call: Call) -> Callable[[], Any]:
    """The call as redis-py's method, of redis-py and of the adapter."""
    return partial(getattr(client, call.method), *call.arguments, **call.keywords)


def of_custom_command(client: Any, call: Call) -> Callable[[], Any]:
    """The call as words, through GLIDE's ``custom_command``."""
    return partial(client.custom_command, call.words)


def of_glide(client: Any, call: Call) -> Callable[[], Any]:
    """The call as GLIDE's typed method."""
    return partial(getattr(client, call.method), *call.for_glide)


def of_batch(call: Call) -> Callable[[Batch], Any]:
    """What records the call in a batch of GLIDE's."""
    record, arguments = getattr(Batch, call.method), call.for_glide
    return lambda batch: record(batch, *arguments)


# --- many calls in flight -------------------------------------------------------------------------


def in_flight(turns: Sequence[Turn], count: int) -> AsyncRun:
    """So many callers, each of whom calls again once he has been answered; a portion is one call of
    each.

    Making the callers' tasks is no part of a call: it costs asyncio as much as a fast client takes.
    """
    endless = cycle(turns)

    async def call(times: int) -> None:
        for turn in islice(endless, times):
            await turn()

    async def run(portions: int) -> float:
        started = time.perf_counter()
        await asyncio.gather(*[call(portions) for _ in range(count)])
        return time.perf_counter() - started

    return run


def gathered(turns: Sequence[Turn], count: int) -> AsyncRun:
    """Portions of so many calls, each in a task of its own; the next ones are made when all of the
    last have been answered.
    """
    endless = cycle(turns)

    async def run(portions: int) -> float:
        started = time.perf_counter()
        for _ in range(portions):
            await asyncio.gather(*[call() for call in islice(endless, count)])
        return time.perf_counter() - started

    return run


def batches(client: GlideClient, calls: Sequence[Call], size: int) -> AsyncRun:
    """Portions of so many commands, each portion a batch that is put together and sent."""
    endless = cycle([of_batch(call) for call in calls])
    options = BatchOptions(timeout=PATIENCE_MS)

    async def run(portions: int) -> float:
        started = time.perf_counter()
        for _ in range(portions):
            batch = Batch(is_atomic=False)
            for record in islice(endless, size):
                record(batch)
            await client.exec(batch, raise_on_error=True, options=options)
        return time.perf_counter() - started

    return run


def pipelines(client: Any, calls: Sequence[Call], size: int) -> AsyncRun:
    """Portions of so many commands, each portion a pipeline of redis-py's or the adapter's."""
    endless = cycle(calls)

    async def run(portions: int) -> float:
        started = time.perf_counter()
        for _ in range(portions):
            pipe = client.pipeline(transaction=False)
            for call in islice(endless, size):
                getattr(pipe, call.method)(*call.arguments, **call.keywords)
            await pipe.execute()
        return time.perf_counter() - started

    return run


def asynchronous_sides(
    stage: Stage,
    clients: AsyncClients,
    calls: Sequence[Call],
    count: int,
    way: Callable[[Sequence[Turn], int], AsyncRun] = in_flight,
) -> dict[str, Callable[[], float]]:
    """Every client with so many calls in flight; ``GLIDE Batch`` sends as many in one batch."""

    def rate(spelt: Callable[[Any, Call], Turn], client: Any) -> Callable[[], float]:
        turns = [spelt(client, call) for call in calls]
        return stage.async_rate(way(turns, count), count)

    return {
        ADAPTER: rate(of_redis, clients.adapter),
        CUSTOM: rate(of_custom_command, clients.glide),
        TYPED: rate(of_glide, clients.glide),
        BATCH: stage.async_rate(batches(clients.glide, calls, count), count),
        REDIS_PY: rate(of_redis, clients.redis_py(count)),
    }


# --- threads --------------------------------------------------------------------------------------


def in_threads(turns: Sequence[Callable[[], Any]], count: int) -> Run:
    """Portions of one call by each of so many threads that share a client.

    The clock runs from when all of them stand ready until the last one has ended.
    """

    def run(portions: int) -> float:
        ready = threading.Barrier(count + 1)
        failures: list[BaseException] = []

        def work(start: int) -> None:
            calls = list(islice(cycle(turns), start, start + portions))
            ready.wait()
            try:
                for call in calls:
                    call()
            except BaseException as failure:
                failures.append(failure)

        workers = [
            threading.Thread(target=work, args=(number % len(turns),)) for number in range(count)
        ]
        for worker in workers:
            worker.start()
        ready.wait()
        started = time.perf_counter()
        for worker in workers:
            worker.join()
        seconds = time.perf_counter() - started
        if failures:
            raise failures[0]
        return seconds

    return run


def synchronous_sides(
    stage: Stage, clients: SyncClients, calls: Sequence[Call], count: int
) -> dict[str, Callable[[], float]]:
    """Every client, shared by so many threads."""

    def rate(spelt: Callable[[Any, Call], Callable[[], Any]], client: Any) -> Callable[[], float]:
        return stage.rate(in_threads([spelt(client, call) for call in calls], count), count)

    return {
        ADAPTER: rate(of_redis, clients.adapter),
        CUSTOM: rate(of_custom_command, clients.glide),
        TYPED: rate(of_glide, clients.glide),
        REDIS_PY: rate(of_redis, clients.redis_py),
    }
