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

from adapter import client, connection, lending, sentinel, utils
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

if TYPE_CHECKING:
    # loaded when it is asked for, with GLIDE's other client
    # what only some versions of redis-py have
    from redis import ChannelType as ChannelType
    from redis import ClusterKeyspaceNotifications as ClusterKeyspaceNotifications
    from redis import CrossSlotTransactionError as CrossSlotTransactionError
    from redis import DriverInfo as DriverInfo
    from redis import EventType as EventType
    from redis import InvalidPipelineStack as InvalidPipelineStack
    from redis import KeyeventChannel as KeyeventChannel
    from redis import KeyNotification as KeyNotification
    from redis import KeyspaceChannel as KeyspaceChannel
    from redis import KeyspaceNotifications as KeyspaceNotifications
    from redis import KeyspaceNotificationsInterface as KeyspaceNotificationsInterface
    from redis import KeyspaceWorkerThread as KeyspaceWorkerThread
    from redis import SubkeyeventChannel as SubkeyeventChannel
    from redis import SubkeyspaceChannel as SubkeyspaceChannel
    from redis import SubkeyspaceeventChannel as SubkeyspaceeventChannel
    from redis import SubkeyspaceitemChannel as SubkeyspaceitemChannel
    from redis import Subscription as Subscription
    from redis import get_channel_type as get_channel_type

    from adapter import asyncio as asyncio

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

if TYPE_CHECKING:
    from adapter import cluster as cluster
    from adapter.cluster import RedisCluster
elif not lending.CLUSTERS:
    __all__.remove("RedisCluster")

lending.lend()

if not TYPE_CHECKING:  # a type checker would take every misspelt name for one of these
    # those, and redis-py's other modules
    __getattr__ = lending.rest_of(__name__)

if os.environ.get("ADAPTER_INSTALL") == "1":
    install()
