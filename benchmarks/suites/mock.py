"""The bundled server against real ones and fakeredis's ``TcpFakeServer``: requests per second, as
``redis-benchmark`` counts them.

Every server runs in a process of its own, without persistence, and is emptied before each run; the
same program asks all of them, on the same cores, one test at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

from benchmarks.contest import Contest, Contests, Goal
from benchmarks.goals import FAKEREDIS, MOCK, MOCK_VS_FAKEREDIS, MOCK_VS_REDIS
from benchmarks.redis_benchmark import DEFAULT, SIX, answering
from benchmarks.reports.pictures import Bars
from benchmarks.servers import everyone
from benchmarks.stage import Stage

FEW: Final = ("set", "get", "hset")
"""Where time is short."""
AFTER: Final = {
    "lpop": "lpush,lpop",
    "rpop": "rpush,rpop",
    "spop": "sadd,spop",
    "zpopmin": "zadd,zpopmin",
}
"""What must have been written before a test can take it away; only the last one is counted."""
UNHEARD: Final = {"ping_inline": FAKEREDIS}
"""Who takes no such requests: fakeredis none that are a line."""


PICTURES: Final = (
    Bars("requests", "redis-benchmark, 50 clients", {"-c": 50, "-P": 1}),
    Bars(
        "pipelined",
        "redis-benchmark, 50 clients, pipelines of 50",
        {"-c": 50, "-P": 50},
        logarithmic=True,
    ),
)


def contests(stage: Stage) -> Contests:
    """Each test, by clients and pipeline depth."""
    few = stage.pick(SIX, FEW)
    with ExitStack() as stack:
        ports = everyone(stack, (MOCK, *stage.servers, FAKEREDIS))
        yield from tests(stage, ports, stage.pick(DEFAULT, FEW), (50,), (1,))
        yield from tests(stage, ports, few, (50,), stage.pick((16, 50), (50,)))
        yield from tests(stage, ports, few, stage.pick((1, 500), ()), (1,))


def judged(stage: Stage) -> Contests:
    """The six tests that the mock is judged by."""
    with ExitStack() as stack:
        ports = everyone(stack, (MOCK, stage.servers[0], FAKEREDIS))
        yield from tests(stage, ports, stage.pick(SIX, FEW), (50,), (1, 50))


def tests(
    stage: Stage,
    ports: dict[str, int],
    names: Sequence[str],
    clients: Sequence[int],
    depths: Sequence[int],
) -> Contests:
    """``redis-benchmark``'s tests of these names."""
    for count in clients:
        for depth in depths:
            for name in names:
                sides = {}
                for server, port in ports.items():
                    if UNHEARD.get(name) == server:
                        continue
                    what = ["-t", AFTER.get(name, name)]
                    sides[server] = answering(stage, port, what, clients=count, depth=depth)
                yield Contest(
                    {"test": name.upper(), "-c": count, "-P": depth},
                    sides,
                    unit="requests/s",
                    most_rounds=5,
                    goals=_goals(name, count, depth),
                )


def _goals(name: str, clients: int, depth: int) -> list[Goal]:
    if name not in SIX or clients != 50 or depth not in MOCK_VS_REDIS:
        return []
    return [MOCK_VS_REDIS[depth], MOCK_VS_FAKEREDIS[depth]]
