"""Side by side: made-up lives of a pipeline, as redis-py's and as the adapter's.

WATCH and what is read after it, MULTI and what is queued, others who change the keys meanwhile,
commands that fail at once, in the queue or when they are run, and the same pipeline used again.
Always the same ones; what differs is made small by hypothesis.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import hypothesis
import pytest
import redis.asyncio
from hypothesis import strategies as st

import adapter.asyncio
from tests.integration.parity_calls import Call, aperform, attribute, by_client, do, held, perform
from tests.targets import Server

pytestmark = pytest.mark.one_mock

LIVES = 100

STEPS = st.sampled_from(
    [
        *[do.watch("k"), do.multi(), do.execute()] * 3,
        *[do.execute(raise_on_error=False), do.set("k", 1), do.get("k"), do.incr("k")] * 2,
        *[by_client(do.set("k", "other")), by_client(do.get("k")), do.unwatch()] * 2,
        do.watch("j", "k"),
        do.watch(),
        do.lpush("k", 1),
        do.hgetall("h"),
        do.zadd("z", {"m": 1.5}),
        do.zrange("z", 0, -1, withscores=True),
        do.execute_command("GET"),
        do.execute_command("NOSUCH", "k"),
        do.execute_command("GET", None),
        do.eval("return redis.call('INCR', KEYS[1])", 1, "n"),
        do.evalsha("f" * 40, 0),
        do.mget("k", "j"),
        do.blpop("l", 0.01),
        do.reset(),
        do.discard(),
        do.immediate_execute_command("GET", "k"),
        do.__len__(),
        do.__bool__(),
        attribute("watching"),
        attribute("explicit_transaction"),
        by_client(do.dbsize()),
    ]
)
MAKERS = st.sampled_from([do.pipeline(), do.pipeline(transaction=False)])
PROGRAMS = st.builds(
    lambda maker, steps: held(maker, *steps), MAKERS, st.lists(STEPS, min_size=4, max_size=12)
)

settings = hypothesis.settings(
    max_examples=LIVES,
    database=None,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(hypothesis.HealthCheck),
)


def test_a_pipeline_lives_as_redis_pys_does(
    server: Server,
    clean: Callable[[], None],
    make_redis_py: Callable[..., Any],
    make_client: Callable[..., Any],
) -> None:
    theirs, ours = make_redis_py(), make_client()

    @settings
    @hypothesis.given(PROGRAMS)
    def live(program: Call) -> None:
        clean()
        expected = perform(program, theirs)
        clean()
        assert perform(program, ours) == expected

    live()


def test_an_asynchronous_pipeline_lives_as_redis_pys_does(
    server: Server, clean: Callable[[], None]
) -> None:
    theirs = redis.asyncio.Redis(port=server.port)
    ours = adapter.asyncio.Redis(port=server.port)

    with asyncio.Runner() as runner:

        @settings
        @hypothesis.given(PROGRAMS)
        def live(program: Call) -> None:
            clean()
            expected = runner.run(aperform(program, theirs))
            clean()
            assert runner.run(aperform(program, ours)) == expected

        try:
            live()
        finally:
            runner.run(theirs.aclose())
            runner.run(ours.aclose())
