"""redis-py with and without hiredis, and the adapter beside it: whom one compares with.

One synchronous client, one call after the other, and pipelines of 100.  hiredis parses replies in
C; it matters where replies are large (HGETALL) or many (pipelines).  Every other suite gives
redis-py hiredis.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import cycle, islice
from typing import Any, Final

import redis
from redis._parsers import _HiredisParser, _RESP2Parser

import adapter
from benchmarks import workloads
from benchmarks.clients import HOST, in_threads, of_redis
from benchmarks.contest import Contest, Contests
from benchmarks.goals import ADAPTER
from benchmarks.pace import Run
from benchmarks.reports.pictures import Bars
from benchmarks.servers import real
from benchmarks.stage import Stage
from benchmarks.workloads import Call

PARSERS: Final = {"redis-py, hiredis": _HiredisParser, "redis-py, Python": _RESP2Parser}
SIZE: Final = 100


PICTURES: Final = (Bars("parsers", "redis-py with and without hiredis, and the adapter"),)


def contests(stage: Stage) -> Contests:
    """Every workload, one by one and in pipelines."""
    with real(stage.servers[0]) as port, redis.Redis(port=port) as filling:
        clients: dict[str, Any] = {ADAPTER: adapter.Redis(host=HOST, port=port)}
        for name, parser in PARSERS.items():
            pool = redis.ConnectionPool(host=HOST, port=port, protocol=2, parser_class=parser)
            clients[name] = redis.Redis(connection_pool=pool)
        for workload in stage.pick(workloads.ALL, workloads.FEW):
            workloads.fill(filling)
            yield Contest(
                {"workload": workload.name, "sent": "one by one"},
                {
                    name: stage.rate(
                        in_threads([of_redis(client, call) for call in workload.calls], 1)
                    )
                    for name, client in clients.items()
                },
            )
            yield Contest(
                {"workload": workload.name, "sent": f"in pipelines of {SIZE}"},
                {
                    name: stage.rate(pipelines(client, workload.calls), SIZE)
                    for name, client in clients.items()
                },
            )
        for client in clients.values():
            client.close()


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
