"""Clients, pools and connections as objects: what redis-py's say of themselves, ours say too."""

from __future__ import annotations

import copy
import gc
import pickle
import re
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

import adapter

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]

ONCE = Retry(NoBackoff(), 0)


class Other:
    """A connection that is none of redis-py's."""

    def __init__(self, **keywords: Any) -> None:
        self.keywords = keywords
        self.pid = 0

    def connect(self) -> None:
        pass

    def disconnect(self) -> None:
        pass

    def can_read(self, timeout: float = 0) -> bool:
        return False

    def should_reconnect(self) -> bool:
        return False


def taken(pool: Any, count: int) -> int:
    return len([pool.get_connection() for _ in range(count)])


def used_again(pool: Any) -> list[Any]:
    """What becomes of a connection that is taken, given back and taken again."""
    first = pool.get_connection()
    pool.release(first)
    second = pool.get_connection()
    seen = [first is second, pool._get_in_use_connections() == {first}]
    pool.release(second)
    seen.append(len(pool._get_free_connections()))
    pool.disconnect()
    return [*seen, first.is_connected]


def by_hand(client: Any) -> Any:
    connection = client.connection_pool.get_connection()
    connection.send_command("ECHO", "x")
    reply = client.parse_response(connection, "ECHO")
    client.connection_pool.release(connection)
    return reply


def items(client: Any) -> list[Any]:
    client["a"] = "b"
    seen = [client["a"], "a" in client]
    del client["a"]
    return [*seen, "a" in client]


def called_back(client: Any) -> list[Any]:
    client.set_response_callback("ECHO", lambda reply, **options: [reply])
    return [client.echo("x"), copy.copy(client).echo("x")]


def other_connection(library: Any) -> Any:
    connection = library.ConnectionPool(connection_class=Other, foo="bar").get_connection()
    return type(connection), connection.keywords["foo"]


def shares_its_pool(client: Any) -> bool:
    """Whether its copy does."""
    return copy.copy(client).connection_pool is client.connection_pool


def enters_itself(client: Any) -> bool:
    with client as entered:
        return entered is client


def used_after_close(client: Any) -> list[Any]:
    return [client.ping(), client.close(), client.ping()]


def closed_for_good(library: Any, address: dict[str, Any]) -> list[bool]:
    pool = library.ConnectionPool(**address)
    return [
        library.Redis(**address).auto_close_connection_pool,
        library.Redis(connection_pool=pool).auto_close_connection_pool,
        library.Redis.from_pool(pool).auto_close_connection_pool,
        library.Redis.from_url("redis://").auto_close_connection_pool,
    ]


QUESTIONS: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "truth": lambda m, a: bool(m.Redis(**a)),
    "equality": lambda m, a: m.Redis(**a) == m.Redis(**a),
    "repr": lambda m, a: m.Redis(**a),
    "repr of a pipeline": lambda m, a: m.Redis(**a).pipeline(),
    "repr of a pool": lambda m, a: m.ConnectionPool(**a),
    "repr of a unix pool": lambda m, a: m.Redis(unix_socket_path="/x").connection_pool,
    "copy": lambda m, a: copy.copy(m.Redis(**a)).ping(),
    "pool of a copy": lambda m, a: shares_its_pool(m.Redis(**a)),
    "deepcopy": lambda m, a: copy.deepcopy(m.Redis(**a)),
    "pickle": lambda m, a: pickle.dumps(m.Redis(**a)),
    "an empty pipeline": lambda m, a: (len(m.Redis(**a).pipeline()), bool(m.Redis(**a).pipeline())),
    "items": lambda m, a: items(m.Redis(**a)),
    "a missing item": lambda m, a: m.Redis(**a)["none"],
    "keywords": lambda m, a: sorted(m.Redis(**a).get_connection_kwargs()),
    "a callback": lambda m, a: called_back(m.Redis(**a)),
    "with": lambda m, a: enters_itself(m.Redis(**a)),
    "by hand": lambda m, a: by_hand(m.Redis(**a)),
    "who closes": closed_for_good,
    "too many": lambda m, a: taken(m.ConnectionPool(**a, max_connections=2), 3),
    "too many for long": lambda m, a: taken(
        m.BlockingConnectionPool(**a, max_connections=2, timeout=0.01), 3
    ),
    "used again": lambda m, a: used_again(m.ConnectionPool(**a)),
    "used again, blocking": lambda m, a: used_again(m.BlockingConnectionPool(**a)),
    "another class": lambda m, a: other_connection(m),
    "a database too many": lambda m, a: m.Redis(**a, db=9999, retry=ONCE).ping(),
    "an unknown option": lambda m, a: m.Redis.from_url("redis://?foo=1").ping(),
    "a url": lambda m, a: (
        m.Redis.from_url(
            "rediss://u:p%40@h:1/3?ssl_cert_reqs=none&max_connections=3&timeout=3&protocol=3"
        ).connection_pool
    ),
    "a unix url": lambda m, a: m.Redis.from_url("unix://u:p@/x?db=2").connection_pool,
    "a cache over RESP2": lambda m, a: m.Redis(
        **a, protocol=2, cache_config=redis.cache.CacheConfig()
    ),
    "protocol 4": lambda m, a: m.Redis(**a, protocol=4).ping(),
    "protocol x": lambda m, a: m.Redis(**a, protocol="x").ping(),
    "two sorts of credentials": lambda m, a: m.Redis(
        **a, username="a", credential_provider=redis.UsernamePasswordCredentialProvider("a")
    ).ping(),
    "used after close": lambda m, a: used_after_close(m.Redis(**a)),
    "what a pool is asked": lambda m, a: [
        m.ConnectionPool(**a).get_protocol(),
        type(m.ConnectionPool(**a).get_encoder()).__name__,
        m.ConnectionPool(**a).max_connections,
    ],
    "RESET": lambda m, a: m.Redis(**a).reset(),
}


def answer(library: Any, address: dict[str, Any], question: str) -> str:
    """What is said or raised, with the names that differ by nature made the same."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            said = repr(QUESTIONS[question](library, address))
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
    said = re.sub(r"0x[0-9a-f]+", "0x", said)
    return said.replace("adapter.client", "redis.client").replace(
        "adapter.connect.pool", "redis.connection"
    )


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("question", QUESTIONS)
def test_objects_answer_as_redis_pys(question, server):
    address = {"host": server.host, "port": server.port}

    assert answer(adapter, address, question) == answer(redis, address, question)
    # what was left open is collected here, and not in a test that minds
    gc.collect()


@pytest.mark.parametrize(
    "make",
    [
        lambda m: m.Redis(),
        lambda m: m.ConnectionPool(),
        lambda m: m.BlockingConnectionPool(),
        lambda m: m.asyncio.Redis(),
        lambda m: m.asyncio.ConnectionPool(),
        lambda m: m.asyncio.BlockingConnectionPool(),
        lambda m: m.Redis().pipeline(),
        lambda m: m.Redis().pubsub(),
    ],
)
def test_no_public_attribute_is_missing(make):
    there = {name for name in dir(make(redis)) if not name.startswith("_")}

    assert there - set(dir(make(adapter))) == set()


def test_commands_of_a_pool_of_other_connections_are_refused_with_advice():
    pool = redis.ConnectionPool(connection_class=Other)

    with pytest.raises(adapter.NotSupportedError, match="leave a class that is none of those"):
        adapter.Redis(connection_pool=pool, single_connection_client=True)._perform(["PING"], {})
