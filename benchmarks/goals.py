"""What must hold, as data: the rows of the table that the project is judged by.

A row that several contests belong to (four workloads, six tests) is judged by their median.  All
are ratios of both sides in one interleaved run, on a real Redis, but for the one that counts
milliseconds.
"""

from __future__ import annotations

from typing import Final

from benchmarks.contest import Goal

ADAPTER: Final = "adapter"
CUSTOM: Final = "custom_command"
TYPED: Final = "GLIDE typed"
BATCH: Final = "GLIDE Batch"
REDIS_PY: Final = "redis-py"
MOCK: Final = "mock"
REDIS: Final = "redis"
VALKEY: Final = "valkey"
FAKEREDIS: Final = "fakeredis"


def _rows(text: str, ours: str, theirs: str, bounds: dict[int, float]) -> dict[int, Goal]:
    return {
        number: Goal(text.format(number), ours, theirs, bound) for number, bound in bounds.items()
    }


IN_FLIGHT_VS_CUSTOM: Final = _rows(
    "adapter async vs custom_command, {} in flight",
    ADAPTER, CUSTOM, {1: 1.0, 10: 2.0, 100: 4.5, 1000: 6.0},
)  # fmt: skip
IN_FLIGHT_VS_REDIS_PY: Final = _rows(
    "adapter async vs redis-py asyncio (hiredis), {} in flight",
    ADAPTER, REDIS_PY, {1: 0.85, 10: 4.0, 100: 10.0, 1000: 12.0},
)  # fmt: skip
PIPELINE: Final = Goal(
    "adapter pipeline of 100 vs redis-py pipeline of 100 (hiredis)", ADAPTER, REDIS_PY, 2.0
)
THREADS: Final = _rows(
    "adapter sync vs redis-py sync (hiredis), threads: {}",
    ADAPTER, REDIS_PY, {1: 0.8, 16: 1.6, 64: 2.3},
)  # fmt: skip
NECK_OF_CALLS: Final = Goal(
    "adapter (100 calls in flight) vs raw GLIDE Batch of 100", ADAPTER, BATCH, 0.8
)
NECK_OF_PIPELINE: Final = Goal(
    "adapter (pipeline of 100) vs raw GLIDE Batch of 100", ADAPTER, BATCH, 0.8
)
SCRIPTS: Final = _rows(
    "registered script of {} KB, 100 in flight, vs EVAL by custom_command",
    ADAPTER, CUSTOM, {2: 4.0, 20: 8.0},
)  # fmt: skip
PUBSUB: Final = Goal(
    "pub/sub delivery, 1 channel x 50 subscribers, vs redis-py asyncio", ADAPTER, REDIS_PY, 2.0
)
BULLMQ: Final = Goal("BullMQ add + process, adapter vs redis-py", ADAPTER, REDIS_PY, 1.3)
MOCK_VS_REDIS: Final = _rows(
    "mock vs real Redis, redis-benchmark -c 50 -P {}", MOCK, REDIS, {1: 0.6, 50: 0.2}
)
MOCK_VS_FAKEREDIS: Final = _rows(
    "mock vs fakeredis TcpFakeServer, redis-benchmark -c 50 -P {}",
    MOCK,
    FAKEREDIS,
    {1: 8.0, 50: 30.0},
)
EVALSHA: Final = Goal("EVALSHA of a script of 5 calls, mock vs real Redis", MOCK, REDIS, 0.3)
IMPORT: Final = Goal("import adapter, times import glide", "adapter", "glide", 1.3, ceiling=True)
READY: Final = Goal("MockServer ready in process, ms", MOCK, "", 20.0, ceiling=True)

ORDER: Final = [
    goal.row
    for goal in (
        *IN_FLIGHT_VS_CUSTOM.values(),
        *IN_FLIGHT_VS_REDIS_PY.values(),
        PIPELINE,
        *THREADS.values(),
        NECK_OF_CALLS,
        NECK_OF_PIPELINE,
        *SCRIPTS.values(),
        PUBSUB,
        BULLMQ,
        *MOCK_VS_REDIS.values(),
        *MOCK_VS_FAKEREDIS.values(),
        EVALSHA,
        IMPORT,
        READY,
    )
]
