"""Pipelines of 1 to 1,000 commands, one after the other, in one event loop.

A pipeline is built command by command and executed, without MULTI: ``pipeline(transaction=False)``
of the adapter and of redis-py (hiredis), and a GLIDE ``Batch`` of the same commands.  Building is
part of what is measured, on every side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import redis

from benchmarks import workloads
from benchmarks.clients import asynchronous, batches, pipelines
from benchmarks.contest import Contest, Contests
from benchmarks.goals import ADAPTER, BATCH, NECK_OF_PIPELINE, PIPELINE, REDIS_PY
from benchmarks.reports.pictures import Lines
from benchmarks.servers import real
from benchmarks.stage import Stage

SIZES: Final = (1, 10, 100, 1000)
PICTURES: Final = (
    Lines(
        "sizes", "Pipelines, by their size", "in a pipeline", "commands in a pipeline", "workload"
    ),
)


def contests(stage: Stage, sizes: Sequence[int] = SIZES) -> Contests:
    """Every workload, by commands in a pipeline."""
    with (
        real(stage.servers[0]) as port,
        redis.Redis(port=port) as filling,
        asynchronous(stage, port) as clients,
    ):
        for size in sizes:
            for workload in stage.pick(workloads.ALL, workloads.FEW):
                workloads.fill(filling)
                calls = workload.calls
                runs = {
                    ADAPTER: pipelines(clients.adapter, calls, size),
                    BATCH: batches(clients.glide, calls, size),
                    REDIS_PY: pipelines(clients.alone, calls, size),
                }
                yield Contest(
                    {"workload": workload.name, "in a pipeline": size},
                    {name: stage.async_rate(run, size) for name, run in runs.items()},
                    goals=[PIPELINE, NECK_OF_PIPELINE] if size == 100 else [],
                )
