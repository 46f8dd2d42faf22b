"""Values of 16 bytes to 1 MB, GET and SET, 50 calls in flight in one event loop.

The adapter, ``custom_command`` of one GLIDE client, and redis-py asyncio with hiredis on a
``BlockingConnectionPool`` of 50.  Every call has a key of its own, out of fifty.  GLIDE copies a
value between Rust and Python, and the adapter batches: here one sees what that costs.
"""

from __future__ import annotations

from typing import Final

import redis

from benchmarks.clients import asynchronous, asynchronous_sides
from benchmarks.contest import Contest, Contests
from benchmarks.goals import ADAPTER, CUSTOM, REDIS_PY
from benchmarks.reports.pictures import Lines
from benchmarks.servers import real
from benchmarks.stage import Stage
from benchmarks.workloads import get, set_

IN_FLIGHT: Final = 50
SIZES: Final = (16, 256, 4 * 1024, 64 * 1024, 1024 * 1024)


PICTURES: Final = (
    Lines(
        "sizes", "Values, by their size; 50 calls in flight", "bytes", "bytes of a value", "command"
    ),
)


def contests(stage: Stage) -> Contests:
    """Both commands, by size."""
    with (
        real(stage.servers[0]) as port,
        redis.Redis(port=port) as filling,
        asynchronous(stage, port) as clients,
    ):
        for size in stage.pick(SIZES, SIZES[::2]):
            value, keys = "x" * size, [f"value:{number}" for number in range(IN_FLIGHT)]
            filling.mset(dict.fromkeys(keys, value))
            workloads = {
                "GET": [get(key) for key in keys],
                "SET": [set_(key, value) for key in keys],
            }
            for name, calls in workloads.items():
                sides = asynchronous_sides(stage, clients, calls, IN_FLIGHT)
                yield Contest(
                    {"command": name, "bytes": size},
                    {side: sides[side] for side in (ADAPTER, CUSTOM, REDIS_PY)},
                )
