"""redis-py's Sentinel: it finds the servers, and GLIDE talks to them.

The Sentinels themselves are asked over redis-py's own connections.  A client of ``master_for``
asks them anew when a connection has failed and when its master refuses writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import redis.sentinel
from redis.sentinel import (
    MasterNotFoundError,
    SentinelConnectionPoolProxy,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
    SlaveNotFoundError,
)

from adapter import lending
from adapter.client import Redis
from adapter.connect.pool import SentinelConnectionPool
from adapter.connect.services import Services

ReplicaNotFoundError = SlaveNotFoundError
"""redis-py 8's other name for it."""

__all__ = [
    "MasterNotFoundError",
    "ReplicaNotFoundError",
    "Sentinel",
    "SentinelConnectionPool",
    "SentinelConnectionPoolProxy",
    "SentinelManagedConnection",
    "SentinelManagedSSLConnection",
    "SlaveNotFoundError",
]

if not TYPE_CHECKING:
    __getattr__ = lending.rest_of(__name__)


class Sentinel(Services, redis.sentinel.Sentinel):
    """A ``redis.sentinel.Sentinel`` whose clients are ours."""

    client_class = Redis
    pool_class = SentinelConnectionPool
