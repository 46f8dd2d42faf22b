"""redis-py's client library, spoken over Valkey GLIDE.

``import adapter as redis`` (or ``import adapter.asyncio as redis``) gives redis-py's names;
nothing is defined here.  What GLIDE cannot do raises ``NotSupportedError``, which says what to
do instead.
"""

from redis import (
    CredentialProvider,
    SSLConnection,
    UsernamePasswordCredentialProvider,
)
from redis.connection import Connection
from redis.exceptions import (
    AuthenticationError,
    AuthenticationWrongNumberOfArgsError,
    BusyLoadingError,
    ChildDeadlockedError,
    ConnectionError,
    DataError,
    InvalidResponse,
    OutOfMemoryError,
    PubSubError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TimeoutError,
    WatchError,
)

from adapter.client import Pipeline, Redis, StrictRedis, from_url
from adapter.connect.counters import Counters
from adapter.connect.options import NotSupportedError
from adapter.connect.pool import BlockingConnectionPool, ConnectionPool
from adapter.pubsub import Monitor, PubSub

__all__ = [
    "AuthenticationError",
    "AuthenticationWrongNumberOfArgsError",
    "BlockingConnectionPool",
    "BusyLoadingError",
    "ChildDeadlockedError",
    "Connection",
    "ConnectionError",
    "ConnectionPool",
    "Counters",
    "CredentialProvider",
    "DataError",
    "InvalidResponse",
    "Monitor",
    "NotSupportedError",
    "OutOfMemoryError",
    "Pipeline",
    "PubSub",
    "PubSubError",
    "ReadOnlyError",
    "Redis",
    "RedisError",
    "ResponseError",
    "SSLConnection",
    "StrictRedis",
    "TimeoutError",
    "UsernamePasswordCredentialProvider",
    "WatchError",
    "from_url",
]
