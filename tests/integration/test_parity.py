"""Side by side: redis-py and the adapter make the same calls and give the same results.

The judge is redis-py 8.1 on the same server: value for value, type for type, error for error.
A group of calls is one test in each way of calling; a failure lists the calls that differ, first
redis-py's account.  The calls themselves are tables, ``parity_calls_*.py``.  What redis-py tries
again (a refused AUTH) is tried as often as by default, but nobody waits in between.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import redis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.integration.parity_calls import aperform, perform, title, told
from tests.integration.parity_judge import OPTION_SETS, Comparison
from tests.integration.parity_tables import CALLS
from tests.targets import Server


@pytest.mark.parametrize("form", ["bytes", "text"])
@pytest.mark.parametrize("group", CALLS)
def test_synchronous_calls_give_what_redis_py_gives(
    server: Server,
    clean: Callable[[], None],
    make_redis_py: Callable[..., Any],
    make_client: Callable[..., Any],
    group: str,
    form: str,
) -> None:
    options = {"decode_responses": form == "text", "retry": Retry(NoBackoff(), 10)}
    theirs, ours = make_redis_py(**options), make_client(**options)
    comparison = Comparison(server, form)
    for exchange in CALLS[group]:
        clean()
        expected = perform(exchange, theirs)
        clean()
        comparison.add(exchange, expected, perform(exchange, ours))
    comparison.verdict()


@pytest.mark.parametrize("form", ["bytes", "text"])
@pytest.mark.parametrize("group", CALLS)
async def test_asynchronous_calls_give_what_redis_py_gives(
    server: Server,
    clean: Callable[[], None],
    make_async_redis_py: Callable[..., Any],
    make_async_client: Callable[..., Any],
    group: str,
    form: str,
) -> None:
    options = {"decode_responses": form == "text", "retry": AsyncRetry(NoBackoff(), 10)}
    theirs, ours = make_async_redis_py(**options), make_async_client(**options)
    comparison = Comparison(server, form)
    for exchange in CALLS[group]:
        clean()
        expected = await aperform(exchange, theirs)
        clean()
        comparison.add(exchange, expected, await aperform(exchange, ours))
    comparison.verdict()


@pytest.mark.targets("valkey")  # the shapes are made by the client, from what any server says
@pytest.mark.parametrize("form", OPTION_SETS)
@pytest.mark.parametrize("group", CALLS)
def test_calls_give_what_redis_py_gives_with_other_shapes_asked_for(
    server: Server,
    clean: Callable[[], None],
    make_redis_py: Callable[..., Any],
    make_client: Callable[..., Any],
    group: str,
    form: str,
) -> None:
    options = {**OPTION_SETS[form], "retry": Retry(NoBackoff(), 10)}
    theirs, ours = make_redis_py(**options), make_client(**options)
    comparison = Comparison(server, form)
    for exchange in CALLS[group]:
        clean()
        expected = perform(exchange, theirs)
        clean()
        comparison.add(exchange, expected, perform(exchange, ours))
    comparison.verdict()


def test_no_call_stands_in_the_tables_twice() -> None:
    titles = Counter(title(exchange) for calls in CALLS.values() for exchange in calls)
    assert [call for call, times in titles.items() if times > 1] == []


def test_the_tables_hold_more_calls_than_promised() -> None:
    assert sum(map(len, CALLS.values())) >= 250


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"1", "1"), (1, True), (1, 1.0), ([1], (1,)), ({1}, [1]), (None, False),
        ({"": 1}, {b"": 1}),
        (redis.ResponseError("x"), redis.DataError("x")),
        (redis.ResponseError("x"), redis.ResponseError("y")),
    ],
)  # fmt: skip
def test_an_account_tells_what_equality_would_not(one: Any, other: Any) -> None:
    assert told([one]) != told([other])
