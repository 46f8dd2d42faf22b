"""Single commands in a cluster of three masters, 1 to 1,000 in flight, in one event loop.

The keys lie in all slots.  The sides: the adapter's ``RedisCluster``; ``custom_command`` and typed
methods of one GLIDE cluster client; redis-py's ``RedisCluster`` (asyncio, hiredis), which may open
a connection for each call in flight.  As in ``commands``, every caller calls again once he
has been answered, and all sides send the same commands to the same servers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import redis
import redis.asyncio
from glide import GlideClusterClient, GlideClusterClientConfiguration, NodeAddress

import adapter.asyncio
from benchmarks import workloads
from benchmarks.clients import (
    HOST,
    INFLIGHT,
    PATIENCE_MS,
    in_flight,
    of_custom_command,
    of_glide,
    of_redis,
)
from benchmarks.contest import Contest, Contests
from benchmarks.goals import ADAPTER, CUSTOM, REDIS_PY, TYPED
from benchmarks.reports.pictures import Lines
from benchmarks.servers import cluster
from benchmarks.stage import Stage

COUNTS: Final = (1, 10, 100, 1000)
PICTURES: Final = (
    Lines("in-flight", "A cluster of three masters", "in flight", "calls in flight", "workload"),
)


def contests(stage: Stage) -> Contests:
    """Every workload, by calls in flight."""
    with (
        cluster(stage.servers[0]) as port,
        redis.RedisCluster(HOST, port) as filling,
        asynchronous(stage, port) as (ours, glide, theirs),
    ):
        for count in stage.pick(COUNTS, (1, 100)):
            for workload in stage.pick(workloads.ALL, workloads.FEW):
                workloads.fill(filling)
                turns = {
                    ADAPTER: [of_redis(ours, call) for call in workload.calls],
                    CUSTOM: [of_custom_command(glide, call) for call in workload.calls],
                    TYPED: [of_glide(glide, call) for call in workload.calls],
                    REDIS_PY: [of_redis(theirs, call) for call in workload.calls],
                }
                yield Contest(
                    {"workload": workload.name, "in flight": count},
                    {
                        name: stage.async_rate(in_flight(calls, count), count)
                        for name, calls in turns.items()
                    },
                )


@contextmanager
def asynchronous(stage: Stage, port: int) -> Iterator[tuple[Any, Any, Any]]:
    """The adapter's client, GLIDE's and redis-py's; closed after the block."""

    async def opened() -> tuple[Any, Any, Any]:
        configuration = GlideClusterClientConfiguration(
            [NodeAddress(HOST, port)],
            request_timeout=PATIENCE_MS,
            inflight_requests_limit=INFLIGHT,
        )
        return (
            adapter.asyncio.RedisCluster(host=HOST, port=port),
            await GlideClusterClient.create(configuration),
            redis.asyncio.RedisCluster(host=HOST, port=port, max_connections=max(COUNTS)),
        )

    async def closed() -> None:
        await ours.aclose()
        await glide.close()
        await theirs.aclose()

    ours, glide, theirs = stage.await_(opened())
    try:
        yield ours, glide, theirs
    finally:
        stage.await_(closed())
