"""A PubSub's connection as those use it who wait for its socket, and one that was set by hand."""

from __future__ import annotations

import select
from collections.abc import Callable
from typing import Any

import pytest
import redis

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]
PATIENCE = 10


class Watched(redis.Connection):
    """A class that is told of what has ended, as kombu's is."""

    ended: list[Any]

    def disconnect(self, *args: Any, **options: Any) -> None:
        super().disconnect(*args, **options)
        type(self).ended.append(self)


@pytest.fixture(params=["adapter", "redis-py"])
def make(
    request: pytest.FixtureRequest,
    make_client: Callable[..., Any],
    make_redis_py: Callable[..., Any],
) -> Callable[..., Any]:
    """Makes clients of either library."""
    return make_client if request.param == "adapter" else make_redis_py


@pytest.fixture
def client(make: Callable[..., Any]) -> Any:
    return make()


@pytest.fixture
def pubsub(client: Any) -> Any:
    with client.pubsub() as pubsub:
        pubsub.subscribe("news")
        assert pubsub.get_message(timeout=PATIENCE)["type"] == "subscribe"
        yield pubsub


def readable(pubsub: Any, seconds: float) -> bool:
    return bool(select.select([pubsub.connection._sock], [], [], seconds)[0])


def test_its_socket_is_readable_while_there_is_a_message(client, pubsub):
    assert not readable(pubsub, 0)
    assert not pubsub.connection.can_read()

    client.publish("news", "a")
    client.publish("news", "b")

    assert readable(pubsub, PATIENCE)
    assert pubsub.connection.can_read(timeout=PATIENCE)
    assert pubsub.get_message(timeout=PATIENCE)["data"] == b"a"
    assert pubsub.connection.can_read(timeout=PATIENCE)
    assert pubsub.get_message(timeout=PATIENCE)["data"] == b"b"
    assert not readable(pubsub, 0)


def test_a_message_that_was_there_before_anybody_asked_for_the_socket_is_seen(client, pubsub):
    client.publish("news", "a")
    assert pubsub.connection.can_read(timeout=PATIENCE)

    # redis-py has taken it off its socket by now
    assert pubsub.get_message(timeout=0)["data"] == b"a"


def test_who_waits_for_the_socket_is_told_of_a_lost_connection(client, pubsub):
    assert not readable(pubsub, 0)

    client.client_kill_filter(_type="pubsub")

    assert readable(pubsub, PATIENCE)
    with pytest.raises(redis.ConnectionError):
        pubsub.connection.can_read(timeout=PATIENCE)
    assert pubsub.get_message(timeout=PATIENCE)["type"] == "subscribe"
    client.publish("news", "a")
    assert pubsub.get_message(timeout=PATIENCE)["data"] == b"a"


def test_one_of_the_pools_connections_may_be_set_before_subscribing(client):
    """As celery does once it has lost its own."""
    with client.pubsub() as pubsub:
        pubsub.connection = pubsub.connection_pool.get_connection()
        pubsub.connection.register_connect_callback(pubsub.on_connect)
        pubsub.subscribe("news")
        client.publish("news", "a")

        assert pubsub.connection.can_read(timeout=PATIENCE)
        assert pubsub.get_message(timeout=PATIENCE)["type"] == "subscribe"
        assert pubsub.connection.can_read(timeout=PATIENCE)
        assert pubsub.get_message(timeout=PATIENCE)["data"] == b"a"


def test_a_class_of_the_callers_that_is_told_of_ends_is_waited_for_and_read(make, server):
    """As kombu does."""
    Watched.ended = []
    pool = redis.ConnectionPool(connection_class=Watched, host=server.host, port=server.port)
    client = make(connection_pool=pool)
    client.connection = client.connection_pool.get_connection()
    client.connection.send_command("BRPOP", "queue", 0)
    pubsub = client.pubsub()
    pubsub.connection = pubsub.connection_pool.get_connection()
    pubsub.psubscribe("n*")
    other = make()
    try:
        assert pubsub.parse_response()[0] == b"psubscribe"
        assert other.publish("news", "a") == 1
        other.lpush("queue", "x")

        assert readable(pubsub, PATIENCE)
        assert pubsub.parse_response() == [b"pmessage", b"n*", b"news", b"a"]
        assert select.select([client.connection._sock], [], [], PATIENCE)[0]
        assert client.parse_response(client.connection, "BRPOP") == (b"queue", b"x")
        listening = pubsub.connection
        pubsub.close()
        assert any(one is listening for one in Watched.ended)
    finally:
        client.connection.disconnect()
        pubsub.close()
        pool.disconnect()
