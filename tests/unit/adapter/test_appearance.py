"""A connection of ours, looked at; nothing here opens one."""

from typing import Any

import pytest
import redis
import redis.asyncio
import redis.asyncio.connection
import redis.connection

import adapter
import adapter.asyncio
from adapter.connect.connection import GlideConnection
from adapter.connect.listener import SyncListener


class Telling(redis.Connection):
    """A class of the caller's, as RQ's users derive them."""

    def __init__(self, custom: Any = None, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.custom = custom

    def tell(self) -> Any:
        return self.custom, self.host

    def connect(self) -> None:
        raise AssertionError("this would open redis-py's connection")


class Watched(redis.Connection):
    """A class that takes what has ended out of an event loop, as kombu's does."""

    def disconnect(self, *args: Any, **options: Any) -> None:
        super().disconnect(*args, **options)


class AsyncWatched(redis.asyncio.Connection):
    """Its awaitable twin."""

    async def disconnect(self, *args: Any, **options: Any) -> None:
        await super().disconnect(*args, **options)


KEYWORDS = {
    "host": "db.example",
    "port": 7,
    "db": 4,
    "username": "ann",
    "password": "secret",
    "client_name": "me",
    "socket_timeout": 3,
    "health_check_interval": 9,
}
SHOWN = [
    "host", "port", "db", "username", "password", "client_name", "socket_timeout", "pid",
    "socket_connect_timeout", "health_check_interval", "next_health_check", "is_connected",
]  # fmt: skip


@pytest.mark.parametrize(
    "pool", [adapter.ConnectionPool, adapter.BlockingConnectionPool], ids=lambda one: one.__name__
)
def test_it_shows_what_redis_pys_shows(pool):
    ours, theirs = pool(**KEYWORDS).make_connection(), redis.Connection(**KEYWORDS)

    for name in SHOWN[:-1]:
        assert getattr(ours, name) == getattr(theirs, name)
    assert not ours.is_connected
    assert not ours.should_reconnect()
    assert ours.get_protocol() == (3 if redis.VERSION >= (8,) else 2)
    assert "db.example" in repr(ours)
    assert "secret" not in repr(ours)


def test_it_is_of_the_class_that_the_pool_was_given():
    for given in (redis.Connection, redis.SSLConnection, redis.UnixDomainSocketConnection, Telling):
        connection = adapter.ConnectionPool(connection_class=given).make_connection()

        assert isinstance(connection, given)
        assert connection.__class__ is given
        assert isinstance(connection, redis.connection.AbstractConnection)
        assert type(connection) is GlideConnection


async def test_so_is_an_asynchronous_one():
    connection = adapter.asyncio.ConnectionPool(**KEYWORDS).make_connection()

    assert isinstance(connection, redis.asyncio.Connection)
    assert not isinstance(connection, redis.Connection)
    assert (connection.username, connection.health_check_interval) == ("ann", 9)


def test_what_a_class_of_the_callers_adds_is_there_but_what_it_overrides_is_not_called():
    connection = adapter.ConnectionPool(connection_class=Telling, custom="foo").make_connection()

    assert (connection.custom, connection.tell()) == ("foo", ("foo", "localhost"))
    assert connection.connect.__func__ is GlideConnection.connect


def test_who_is_told_when_a_connection_ends_is_given_redis_pys_own():
    """He watches its socket, and GLIDE has none to give."""
    pool = adapter.ConnectionPool(connection_class=Watched, **KEYWORDS)
    async_pool = adapter.asyncio.ConnectionPool(connection_class=AsyncWatched, **KEYWORDS)

    assert type(pool.make_connection()) is Watched
    assert type(async_pool.make_connection()) is AsyncWatched


@pytest.mark.parametrize(
    "name", ["_sock", "_parser", "on_connect", "connect_check_health", "nonsense"]
)
def test_what_would_open_redis_pys_own_connection_is_not_there(name):
    connection = adapter.ConnectionPool().make_connection()

    with pytest.raises(AttributeError, match=name):
        getattr(connection, name)


def test_a_pubsubs_connection_is_one_too():
    pubsub = adapter.Redis(**KEYWORDS).pubsub()
    listener = SyncListener(pubsub.bridge, pubsub.bridge.outlet())

    assert isinstance(listener, redis.Connection)
    assert (listener.host, listener.health_check_interval) == ("db.example", 9)
    assert not listener.is_connected


def test_health_is_in_doubt_before_anything_was_heard_and_when_that_is_long_ago():
    connection = adapter.ConnectionPool(health_check_interval=100).make_connection()
    careless = adapter.ConnectionPool().make_connection()

    assert connection.in_doubt
    connection.heard()
    assert not connection.in_doubt
    connection.next_health_check = 1.0
    assert connection.in_doubt
    assert not careless.in_doubt
