"""Puts our classes in the place of redis-py's, until ``adapter.install()`` does."""

from __future__ import annotations

import redis
import redis.asyncio
import redis.asyncio.client
import redis.client
import redis.connection
import redis.utils

import adapter
import adapter.asyncio
import adapter.client

NAMES = (
    "Redis",
    "StrictRedis",
    "from_url",
    "ConnectionPool",
    "BlockingConnectionPool",
    "Pipeline",
    "PubSub",
)
PLACES = (
    (redis, adapter),
    (redis.client, adapter.client),
    (redis.connection, adapter),
    (redis.utils, adapter),
    (redis.asyncio, adapter.asyncio),
    (redis.asyncio.client, adapter.asyncio),
    (redis.asyncio.connection, adapter.asyncio),
)


def install() -> None:
    """Whoever imports one of ``NAMES`` from redis-py from now on gets ours."""
    for theirs, ours in PLACES:
        for name in NAMES:
            if hasattr(theirs, name) and hasattr(ours, name):
                setattr(theirs, name, getattr(ours, name))
