"""redis-py's asynchronous Sentinel: the awaitable twin of ``sentinel``.

Whose clients it makes is said by ``asyncio``, which holds this module as its ``sentinel``.
"""

from __future__ import annotations

import redis.asyncio.sentinel
from redis.asyncio.sentinel import (
    MasterNotFoundError,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
    SlaveNotFoundError,
)

from adapter.connect.async_pool import SentinelConnectionPool
from adapter.connect.services import Services

ReplicaNotFoundError = SlaveNotFoundError
"""redis-py 8's other name for it."""

__all__ = [
    "MasterNotFoundError",
    "ReplicaNotFoundError",
    "Sentinel",
    "SentinelConnectionPool",
    "SentinelManagedConnection",
    "SentinelManagedSSLConnection",
    "SlaveNotFoundError",
]


class Sentinel(Services, redis.asyncio.sentinel.Sentinel):
    """A ``redis.asyncio.sentinel.Sentinel`` whose clients are ours."""

    pool_class = SentinelConnectionPool
