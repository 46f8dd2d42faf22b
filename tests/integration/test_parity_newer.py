"""Side by side, on a server that has the newer commands: the mock as Redis 8.0.

No real server here is so new; the mock stands for it, and redis-py is the judge as in
``test_parity``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
import redis.asyncio

import adapter
import adapter.asyncio
from mock_backend import MockServer
from tests.integration.conftest import cleaner
from tests.integration.parity_calls import aperform, perform
from tests.integration.parity_judge import OPTION_SETS, Comparison
from tests.integration.parity_tables import CALLS
from tests.targets import Server

GROUPS = ("field expiry", "newer", "arrays", "hashes")
SHAPES = {"bytes": {}, "text": {"decode_responses": True}, **OPTION_SETS}


@pytest.fixture
def redis_8() -> Iterator[Server]:
    """The mock as Redis 8.0."""
    with MockServer(compat="redis-8.0") as mock:
        yield Server("mock-redis", mock.host, mock.port, mock)
        assert mock.bugs == []


@pytest.fixture
def clean_8(redis_8: Server) -> Iterator[Callable[[], None]]:
    """Takes away what the last exchange left."""
    with cleaner(redis_8) as cleaned:
        yield cleaned


@pytest.mark.parametrize("form", SHAPES)
@pytest.mark.parametrize("group", GROUPS)
def test_calls_of_newer_commands_give_what_redis_py_gives(
    redis_8: Server, clean_8: Callable[[], None], group: str, form: str
) -> None:
    options: dict[str, Any] = {"port": redis_8.port, **SHAPES[form]}
    comparison = Comparison(redis_8, form)
    with redis.Redis(**options) as theirs, adapter.Redis(**options) as ours:
        for exchange in CALLS[group]:
            clean_8()
            expected = perform(exchange, theirs)
            clean_8()
            comparison.add(exchange, expected, perform(exchange, ours))
    comparison.verdict()


@pytest.mark.parametrize("form", ["bytes", "text"])
@pytest.mark.parametrize("group", GROUPS)
async def test_asynchronous_calls_of_newer_commands_give_what_redis_py_gives(
    redis_8: Server, clean_8: Callable[[], None], group: str, form: str
) -> None:
    options: dict[str, Any] = {"port": redis_8.port, **SHAPES[form]}
    comparison = Comparison(redis_8, form)
    async with redis.asyncio.Redis(**options) as theirs, adapter.asyncio.Redis(**options) as ours:
        for exchange in CALLS[group]:
            clean_8()
            expected = await aperform(exchange, theirs)
            clean_8()
            comparison.add(exchange, expected, await aperform(exchange, ours))
    comparison.verdict()
