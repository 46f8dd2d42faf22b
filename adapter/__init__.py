"""redis-py's client library, spoken over Valkey GLIDE.

``import adapter as redis`` (or ``import adapter.asyncio as redis``) gives redis-py's names:
clients and pools are GLIDE's, exceptions and value types redis-py's own.  What GLIDE cannot do
raises ``NotSupportedError``, which says what to do instead.
"""

import os
from typing import TYPE_CHECKING

from redis import (
    CredentialProvider,
    SSLConnection,
    UnixDomainSocketConnection,
    UsernamePasswordCredentialProvider,
    backoff,
    credentials,
    default_backoff,
    exceptions,
    lock,
    retry,
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
    LockError,
    LockNotOwnedError,
    MaxConnectionsError,
    NoPermissionError,
    NoScriptError,
    OutOfMemoryError,
    PubSubError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
    ResponseError,
    TimeoutError,
    WatchError,
)

from adapter import asyncio, client, connection, lending, sentinel, utils
from adapter.bridge import PubSubBridge
from adapter.client import Pipeline, Redis, StrictRedis, from_url
from adapter.connect.counters import Counters
from adapter.connect.options import NotSupportedError
from adapter.connect.pool import BlockingConnectionPool, ConnectionPool
from adapter.installing import install, uninstall
from adapter.pubsub import Monitor, PubSub
from adapter.scripts import ScriptManager
from adapter.sentinel import (
    Sentinel,
    SentinelConnectionPool,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)

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
    "LockError",
    "LockNotOwnedError",
    "MaxConnectionsError",
    "Monitor",
    "NoPermissionError",
    "NoScriptError",
    "NotSupportedError",
    "OutOfMemoryError",
    "Pipeline",
    "PubSub",
    "PubSubBridge",
    "PubSubError",
    "ReadOnlyError",
    "Redis",
    "RedisCluster",
    "RedisClusterException",
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
    "UsernamePasswordCredentialProvider",
    "WatchError",
    "asyncio",
    "backoff",
    "client",
    "connection",
    "credentials",
    "default_backoff",
    "exceptions",
    "from_url",
    "install",
    "lock",
    "retry",
    "sentinel",
    "uninstall",
    "utils",
]

if lending.CLUSTERS:
    from adapter import cluster as cluster
    from adapter.cluster import RedisCluster
else:
    __all__.remove("RedisCluster")

lending.lend()

if not TYPE_CHECKING:  # a type checker would take every misspelt name for one of these
    # what only some versions of redis-py have (DriverInfo, KeyspaceNotifications ...), and modules
    __getattr__ = lending.rest_of(__name__)

if os.environ.get("ADAPTER_INSTALL") == "1":
    install()
