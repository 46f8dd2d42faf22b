"""The asynchronous half: ``import adapter.asyncio as redis`` and everything awaits GLIDE."""

from typing import TYPE_CHECKING

from redis.asyncio import Connection, SSLConnection, UnixDomainSocketConnection
from redis.asyncio import lock as lock
from redis.asyncio import retry as retry
from redis.backoff import default_backoff
from redis.exceptions import (
    AuthenticationError,
    AuthenticationWrongNumberOfArgsError,
    BusyLoadingError,
    ChildDeadlockedError,
    ConnectionError,
    DataError,
    InvalidResponse,
    MaxConnectionsError,
    OutOfMemoryError,
    PubSubError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TimeoutError,
    WatchError,
)

from adapter import lending
from adapter.asyncio import connection, sentinel, utils
from adapter.asyncio.bridge import PubSubBridge
from adapter.asyncio.client import Pipeline, Redis, StrictRedis
from adapter.asyncio.connection import BlockingConnectionPool, ConnectionPool
from adapter.asyncio.pubsub import Monitor, PubSub
from adapter.asyncio.sentinel import (
    Sentinel,
    SentinelConnectionPool,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)
from adapter.asyncio.utils import from_url
from adapter.scripts import ScriptManager

__all__ = [
    "AuthenticationError",
    "AuthenticationWrongNumberOfArgsError",
    "BlockingConnectionPool",
    "BusyLoadingError",
    "ChildDeadlockedError",
    "Connection",
    "ConnectionError",
    "ConnectionPool",
    "DataError",
    "InvalidResponse",
    "MaxConnectionsError",
    "Monitor",
    "OutOfMemoryError",
    "Pipeline",
    "PubSub",
    "PubSubBridge",
    "PubSubError",
    "ReadOnlyError",
    "Redis",
    "RedisCluster",
    "RedisError",
    "ResponseError",
    "SSLConnection",
    "ScriptManager",
    "Sentinel",
    "SentinelConnectionPool",
    "SentinelManagedConnection",
    "SentinelManagedSSLConnection",
    "StrictRedis",
    "TimeoutError",
    "UnixDomainSocketConnection",
    "WatchError",
    "connection",
    "default_backoff",
    "from_url",
    "lock",
    "retry",
    "sentinel",
    "utils",
]

if TYPE_CHECKING:
    from adapter.asyncio import cluster as cluster
    from adapter.asyncio.cluster import RedisCluster
elif not lending.CLUSTERS:
    __all__.remove("RedisCluster")

if TYPE_CHECKING:
    from redis.asyncio import AsyncClusterKeyspaceNotifications as AsyncClusterKeyspaceNotifications
    from redis.asyncio import AsyncKeyspaceNotifications as AsyncKeyspaceNotifications
    from redis.asyncio import (
        AsyncKeyspaceNotificationsInterface as AsyncKeyspaceNotificationsInterface,
    )
    from redis.asyncio import Subscription as Subscription
else:
    # what only some versions of redis-py have, and its other modules
    __getattr__ = lending.rest_of(__name__)
