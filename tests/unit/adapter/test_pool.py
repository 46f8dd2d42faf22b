"""The pool that libraries look into, and the clients on it; nothing here opens a connection."""

import asyncio
import gc
import inspect
import threading
import weakref
from types import SimpleNamespace

import pytest
import redis
import redis.asyncio

import adapter
import adapter.asyncio
from adapter.connect import stand_in
from adapter.connect.async_pool import ConnectionPool as AsyncConnectionPool
from adapter.connect.connection import OwnConnection


@pytest.fixture
def nobody_connects(monkeypatch):
    """A synchronous client with a connection of its own would connect when it is made."""
    monkeypatch.setattr(OwnConnection, "connect", lambda connection: None)


PAIRS = [
    (adapter.Redis, redis.Redis, redis.ConnectionPool, adapter.ConnectionPool),
    (
        adapter.asyncio.Redis,
        redis.asyncio.Redis,
        redis.asyncio.ConnectionPool,
        AsyncConnectionPool,
    ),
]
BOTH = pytest.mark.parametrize(("ours", "theirs", "pool", "our_pool"), PAIRS, ids=["sync", "async"])


@BOTH
def test_a_client_its_pool_and_its_pipeline_are_redis_pys(ours, theirs, pool, our_pool):
    client = ours()

    assert isinstance(client, theirs)
    assert isinstance(client.connection_pool, pool)
    assert isinstance(client.pipeline(), theirs)
    assert isinstance(client.pipeline(), ours)
    assert type(client.pipeline()).__mro__[1] in (
        redis.client.Pipeline,
        redis.asyncio.client.Pipeline,
    )
    assert isinstance(client.pubsub(), (redis.client.PubSub, redis.asyncio.client.PubSub))


@BOTH
def test_the_keywords_can_be_looked_up_as_in_redis_py(ours, theirs, pool, our_pool):
    keywords = {"host": "db.example", "port": 7, "db": 2, "decode_responses": True}
    mine, other = ours(**keywords), theirs(**keywords)

    for name, value in keywords.items():
        assert mine.connection_pool.connection_kwargs[name] == value
        assert mine.get_connection_kwargs()[name] == other.get_connection_kwargs()[name]
    assert mine.connection_pool.connection_class is other.connection_pool.connection_class
    assert mine.connection_pool.max_connections == other.connection_pool.max_connections
    assert mine.get_encoder().decode_responses is True


@BOTH
def test_clients_on_a_pool_of_redis_pys_share_its_stand_in(ours, theirs, pool, our_pool):
    shared = pool.from_url("redis://db.example:7/2")

    first, second = ours(connection_pool=shared), ours.from_pool(shared)

    assert first.connection_pool is second.connection_pool
    assert isinstance(first.connection_pool, our_pool)
    # libraries change the keywords of a pool that is in use
    shared.connection_kwargs["db"] = 5
    assert first.get_connection_kwargs()["db"] == 5


@BOTH
def test_a_pool_of_ours_is_used_as_it_is(ours, theirs, pool, our_pool):
    mine = our_pool.from_url("redis://db.example:7/2", max_connections=3)

    assert ours(connection_pool=mine).connection_pool is mine
    assert mine.max_connections == 3


@BOTH
def test_a_pool_that_a_client_is_given_later_is_stood_in_for_too(ours, theirs, pool, our_pool):
    given = pool.from_url("redis://db.example:7/2", encoding="latin-1")
    client = ours()

    client.connection_pool = given

    assert client.connection_pool is ours(connection_pool=given).connection_pool
    assert isinstance(client.connection_pool, our_pool)
    assert client.encoder.encode("\xe9") == b"\xe9"
    client.connection_pool = double = object()  # a double of a test's stays what it is
    assert client.connection_pool is double


@BOTH
def test_a_single_connection_client_has_a_pool_of_its_own(
    ours, theirs, pool, our_pool, nobody_connects
):
    client = ours()

    single = client.client()

    assert single.connection_pool is not client.connection_pool
    assert single.get_connection_kwargs() is client.get_connection_kwargs()
    assert single.stats is client.stats


@BOTH
def test_the_names_in_a_clients_repr_are_redis_pys(ours, theirs, pool, our_pool):
    shown = repr(ours(host="db.example", password="secret"))

    assert ".Redis(<" in shown
    assert ".ConnectionPool(<" in shown
    assert "host=db.example" in shown
    assert "secret" not in shown


@BOTH
def test_retries_are_redis_pys_own(ours, theirs, pool, our_pool):
    mine, other = ours(), theirs()

    assert mine.get_retry() == other.get_retry()
    replaced = redis.retry.Retry(redis.backoff.NoBackoff(), 1)
    mine.set_retry(replaced)
    assert mine.connection_pool.retry is replaced


@BOTH
def test_a_forgotten_client_takes_its_pool_along(ours, theirs, pool, our_pool, nobody_connects):
    pools = [weakref.ref(ours().connection_pool), weakref.ref(ours(single_connection_client=True))]
    gc.collect()

    assert [pool() for pool in pools] == [None, None]


def test_counters_start_at_nothing():
    stats = adapter.Redis().stats

    assert (stats.typed, stats.custom, stats.batches, stats.mean_batch) == (0, 0, 0, 0.0)


@BOTH
def test_the_constructors_signature_is_redis_pys(ours, theirs, pool, our_pool):
    assert inspect.signature(ours) == inspect.signature(theirs)


class Token:
    def get_value(self):
        return "new"


def lanes_of(pool, loop):
    """Lanes that only remember what they were told."""
    told = []

    async def reauthenticate(password):
        told.append((password, asyncio.get_running_loop()))

    lanes = SimpleNamespace(reauthenticate=reauthenticate, close=lambda: told.append("closed"))
    pool.by_loop[loop] = SimpleNamespace(lanes=lanes)
    return told


async def test_a_new_token_reaches_the_connections_of_every_loop_in_its_own_thread():
    pool, here = AsyncConnectionPool(), asyncio.get_running_loop()
    elsewhere, idle = asyncio.new_event_loop(), asyncio.new_event_loop()
    thread = threading.Thread(target=elsewhere.run_forever)
    thread.start()
    try:
        told = {loop: lanes_of(pool, loop) for loop in (here, elsewhere, idle)}
        await pool.re_auth_callback(Token())
    finally:
        elsewhere.call_soon_threadsafe(elsewhere.stop)
        thread.join()
        pool.by_loop.clear()
        elsewhere.close()
        idle.close()

    assert told[here] == [("new", here)]
    assert told[elsewhere] == [("new", elsewhere)]
    # nobody would wait there for an answer: what comes next opens another
    assert told[idle] == ["closed"]


async def test_a_reset_ends_the_connections_of_every_loop():
    pool, idle = AsyncConnectionPool(), asyncio.new_event_loop()
    told = [lanes_of(pool, loop) for loop in (asyncio.get_running_loop(), idle)]
    idle.close()

    pool.reset()

    assert told == [["closed"], ["closed"]]
    assert pool.senders() == []


async def test_what_belonged_to_a_closed_loop_ends_when_another_loop_comes():
    pool, gone = AsyncConnectionPool(), asyncio.new_event_loop()
    told = lanes_of(pool, gone)
    gone.close()

    assert pool.sender() is pool.sender()
    assert told == ["closed"]


@pytest.mark.parametrize(("protocol", "wire"), [(2, 2), ("2", 2), (3, 3), ("x", 3), ([], 3)])
def test_a_protocol_that_is_none_is_left_to_redis_py(protocol, wire):
    assert stand_in.wire(protocol) == wire
