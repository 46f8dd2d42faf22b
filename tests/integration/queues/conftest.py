"""The clients and the queue of the tests of BullMQ."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from bullmq import Queue


@pytest.fixture(params=["adapter", "redis-py"])
def connection(
    request: pytest.FixtureRequest,
    make_async_client: Callable[..., Any],
    make_async_redis_py: Callable[..., Any],
) -> Any:
    """A client to hand to BullMQ."""
    make = make_async_client if request.param == "adapter" else make_async_redis_py
    return make(decode_responses=True)


@pytest.fixture
async def queue(connection: Any) -> AsyncIterator[Queue]:
    queue = Queue("tests", {"connection": connection})
    yield queue
    await queue.close()
