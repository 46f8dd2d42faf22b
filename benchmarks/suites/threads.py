"""The synchronous clients, shared by 1 to 64 threads.

Every thread makes one call after the other.  Both the adapter and redis-py are one client that all
threads share; redis-py's pool has a connection for each of them, and hiredis.  ``custom_command``
and the typed methods of one synchronous GLIDE client are measured beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import redis

from benchmarks import workloads
from benchmarks.clients import synchronous, synchronous_sides
from benchmarks.contest import Contest, Contests
from benchmarks.goals import THREADS
from benchmarks.reports.pictures import Lines
from benchmarks.servers import real
from benchmarks.stage import Stage

COUNTS: Final = (1, 4, 16, 64)
PICTURES: Final = (
    Lines("threads", "One client, shared by threads", "threads", "threads", "workload"),
)


def contests(stage: Stage, counts: Sequence[int] = COUNTS, without: Sequence[str] = ()) -> Contests:
    """Every workload, by threads; some sides may stay away."""
    with (
        real(stage.servers[0]) as port,
        redis.Redis(port=port) as filling,
        synchronous(port, max(counts)) as clients,
    ):
        for count in counts:
            for workload in stage.pick(workloads.ALL, workloads.FEW):
                workloads.fill(filling)
                sides = synchronous_sides(stage, clients, workload.calls, count)
                yield Contest(
                    {"workload": workload.name, "threads": count},
                    {name: side for name, side in sides.items() if name not in without},
                    goals=[THREADS[count]] if count in THREADS else [],
                )
