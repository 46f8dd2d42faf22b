"""redis-py's asynchronous Sentinel: the awaitable twin of ``adapter.sentinel``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import redis.asyncio.sentinel
from redis.asyncio.sentinel import (
    MasterNotFoundError,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
    SlaveNotFoundError,
)

from adapter import lending
from adapter.asyncio.client import Redis
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

if not TYPE_CHECKING:
    __getattr__ = lending.rest_of(__name__)


class Sentinel(Services, redis.asyncio.sentinel.Sentinel):
    """A ``redis.asyncio.sentinel.Sentinel`` whose clients are ours."""

    client_class = Redis
    pool_class = SentinelConnectionPool
