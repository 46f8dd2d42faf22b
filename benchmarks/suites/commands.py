"""Single commands of one client, 1 to 1,000 in flight, in one event loop.

So many callers, each in a task that lives as long as the sample, call again once they have been
answered.  The sides: the adapter; ``custom_command`` and the typed methods of one GLIDE client; the
same commands put together by hand in one GLIDE ``Batch``; redis-py asyncio with hiredis, on one
connection for a lone caller and a ``BlockingConnectionPool`` of 50 for many.  All of them send the
same commands, in the same order, to the same server, and are measured in turn in the same process.

``GET, gathered anew`` is the same with a new task for each call (``asyncio.gather`` of that many
calls, over and over): what asyncio takes for the tasks then counts on every side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import redis

from benchmarks import workloads
from benchmarks.clients import asynchronous, asynchronous_sides, gathered
from benchmarks.contest import Contest, Contests, Goal
from benchmarks.goals import (
    ADAPTER,
    BATCH,
    CUSTOM,
    IN_FLIGHT_VS_CUSTOM,
    IN_FLIGHT_VS_REDIS_PY,
    NECK_OF_CALLS,
    REDIS_PY,
    TYPED,
)
from benchmarks.reports.pictures import Lines
from benchmarks.servers import real
from benchmarks.stage import Stage

SIDES = (ADAPTER, CUSTOM, TYPED, BATCH, REDIS_PY)
COUNTS = (1, 10, 100, 1000)


PICTURES: Final = (
    Lines(
        "in-flight", "One client, many calls in flight", "in flight", "calls in flight", "workload"
    ),
)


def contests(stage: Stage, counts: Sequence[int] = COUNTS, without: Sequence[str] = ()) -> Contests:
    """Every workload, by calls in flight; some sides may stay away."""
    with (
        real(stage.servers[0]) as port,
        redis.Redis(port=port) as filling,
        asynchronous(stage, port) as clients,
    ):
        for count in counts:
            for workload in stage.pick(workloads.ALL, workloads.FEW):
                workloads.fill(filling)
                sides = asynchronous_sides(stage, clients, workload.calls, count)
                yield Contest(
                    {"workload": workload.name, "in flight": count},
                    {name: side for name, side in sides.items() if name not in without},
                    goals=[goal for goal in _goals(count) if goal.theirs not in without],
                )
            calls = workloads.GET.calls
            yield Contest(
                {"workload": "GET, gathered anew", "in flight": count},
                asynchronous_sides(stage, clients, calls, count, gathered),
            )


def _goals(count: int) -> list[Goal]:
    goals = [
        table[count] for table in (IN_FLIGHT_VS_CUSTOM, IN_FLIGHT_VS_REDIS_PY) if count in table
    ]
    return [*goals, NECK_OF_CALLS] if count == 100 else goals
