"""Lua scripts: what a call costs the client, and what it costs the server.

The client's side: a script of 2 and of 20 KB, 100 calls in flight, as ``register_script`` runs it
on the adapter and on redis-py (both send EVALSHA), against EVAL with the source in every call,
through ``custom_command``.  The script itself is one INCRBY behind comments, so that the server's
own work hides nothing; it is the same on all sides.

The server's side: ``redis-benchmark`` says EVALSHA of a script of five calls, and of a log that
keeps its last hundred entries, with 50 clients, to the bundled server, real ones and fakeredis.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any, Final

import redis

from benchmarks.clients import asynchronous, in_flight
from benchmarks.contest import Contest, Contests
from benchmarks.goals import ADAPTER, CUSTOM, EVALSHA, MOCK, REDIS_PY, SCRIPTS
from benchmarks.redis_benchmark import answering
from benchmarks.reports.pictures import Bars
from benchmarks.servers import everyone, real
from benchmarks.stage import Stage

IN_FLIGHT: Final = 100
SIMPLE: Final = """
redis.call('INCR', KEYS[1])
redis.call('SET', KEYS[2], ARGV[1])
redis.call('GET', KEYS[2])
redis.call('LPUSH', KEYS[3], ARGV[1])
return redis.call('RPOP', KEYS[3])
"""
LOG: Final = """
local serial = redis.call('INCR', KEYS[1])
redis.call('HSET', KEYS[2], 'serial', serial, 'name', ARGV[1])
redis.call('LPUSH', KEYS[3], serial)
redis.call('LTRIM', KEYS[3], 0, 99)
return redis.call('HGET', KEYS[2], 'name')
"""
KEYS: Final = ("serial", "latest", "log")


def long_script(kilobytes: int) -> str:
    """One call behind so many KB of comments."""
    line = "-- what a script of a job queue says about itself, line after line\n"
    call = "return redis.call('INCRBY', KEYS[1], ARGV[1])\n"
    size = kilobytes * 1024 - len(call)
    return line * (size // len(line)) + "-" * (size % len(line) - 1) + "\n" + call


PICTURES: Final = (
    Bars("clients", "A registered script against EVAL, 100 in flight", {"side": "client"}),
    Bars("servers", "EVALSHA, 50 clients", {"side": "server"}),
)


def contests(stage: Stage) -> Contests:
    """First the client's side, then the server's."""
    yield from calls(stage)
    yield from runs(stage)


def calls(stage: Stage, sizes: Sequence[int] = (2, 20)) -> Contests:
    """A registered script against EVAL."""
    with real(stage.servers[0]) as port, asynchronous(stage, port) as clients:
        for size in sizes:
            source = long_script(size)

            def registered(client: Any, source: str = source) -> Any:
                return partial(client.register_script(source), keys=["count"], args=[1])

            turns = {
                ADAPTER: registered(clients.adapter),
                CUSTOM: partial(clients.glide.custom_command, ["EVAL", source, "1", "count", "1"]),
                REDIS_PY: registered(clients.pooled),
            }
            yield Contest(
                {"side": "client", "script": f"{size} KB, {IN_FLIGHT} in flight"},
                {
                    name: stage.async_rate(in_flight([turn], IN_FLIGHT), IN_FLIGHT)
                    for name, turn in turns.items()
                },
                goals=[SCRIPTS[size]],
            )


def load(port: int, script: str) -> str:
    """Loads the script and sees that it works; its SHA-1."""
    with redis.Redis("127.0.0.1", port) as client:
        client.delete(*KEYS)
        sha = str(client.script_load(script))
        answer = client.evalsha(sha, len(KEYS), *KEYS, "ann")
        if answer != b"ann":
            raise SystemExit(f"the server on port {port} answered {answer!r}")
    return sha


def runs(
    stage: Stage, depths: Sequence[int] = (1, 16), servers: Sequence[str] | None = None
) -> Contests:
    """EVALSHA, server against server; the first script is of five calls."""
    depths = stage.pick(depths, depths[:1])
    with ExitStack() as stack:
        ports = everyone(stack, servers or (MOCK, *stage.servers, "fakeredis"))
        for title, script in {"five calls": SIMPLE, "a log": LOG}.items():
            for depth in depths:
                sides = {}
                for name, port in ports.items():
                    words = ["EVALSHA", load(port, script), str(len(KEYS)), *KEYS, "ann"]
                    sides[name] = answering(
                        stage, port, words, clients=50, depth=depth, empty=False
                    )
                yield Contest(
                    {"side": "server", "script": f"EVALSHA, {title}", "-P": depth},
                    sides,
                    unit="scripts/s",
                    most_rounds=5,
                    goals=[EVALSHA] if title == "five calls" and depth == 1 else [],
                )
