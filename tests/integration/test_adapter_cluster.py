"""Side by side on a cluster: redis-py's ``RedisCluster`` and the adapter's make the same calls.

The judge is redis-py on the same cluster: value for value, error for error.  ``cluster_calls`` has
what only a cluster's client can do; of the calls of the other parity tests each group is made in
one of four ways, on one of the clusters.  What is random (which master is asked) is made the same.
"""

from __future__ import annotations

import asyncio
import inspect
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
import redis.asyncio
import redis.asyncio.cluster
import redis.cluster

import adapter
import adapter.asyncio
from tests.integration import cluster_calls
from tests.integration.clusters import Cluster
from tests.integration.parity_calls import Exchange, aperform, perform, steps, title
from tests.integration.parity_tables import CALLS

pytestmark = [
    pytest.mark.skipif(redis.VERSION < (8,), reason="redis-py 8's cluster is the judge"),
    pytest.mark.filterwarnings("ignore"),
]

LEFT_OUT = {
    "arrays": "unknown commands: a cluster's client does not send them",
    "field expiry": "as above",
    "modules": "as above",
    "newer": "as above",
    "sentinel": "no part of a cluster is one",
}
GROUPS = sorted(set(CALLS) - set(LEFT_OUT))

BINDING = "it would bind the connection that all share: refused, with advice to use pipeline()"
CLOSED = "after close() the next command opens new connections, as other clients of redis-py do"
ON_A_THREAD = (
    "redis-py asks the server for a command's keys on a thread, with connections of another loop"
)
CALLED_BACK = "redis-py's async transaction hands callbacks an option that they do not take"
KNOWN_DIFFERENCES = {
    "execute_command('WATCH', 'a')": BINDING,
    "set('k', 'v'); get('k'); close(); get('k')": CLOSED,
    "pipeline(): close(); get('k'); execute()": CLOSED,
    "transaction(execute_command('NOSUCH', 'x'); set('a', 1))": ON_A_THREAD,
    "transaction(xadd('x', {'f': 1}, id='1-1'); xread({'x': 0}); xrange('x'))": ON_A_THREAD,
    "transaction(hset('h', mapping={'a': 1}); hgetall('h'); hset('h', 'b', '2'))": CALLED_BACK,
    "transaction(sadd('s', 1, 2); smembers('s'); sismember('s', 1))": CALLED_BACK,
    "transaction(geoadd('g', (1, 2, 'x')); geopos('g', 'x'))": CALLED_BACK,
    "wait(0, 10)": "how many replicas have seen a write so soon is chance",
}
"""Calls, by title, that may be answered in another way, and why."""


class Cleaner:
    """Takes away what an exchange has left: one connection to each master."""

    def __init__(self, cluster: Cluster) -> None:
        self._masters = [redis.Redis(cluster.host, port) for port in cluster.masters]

    def __call__(self) -> None:
        for master in self._masters:
            with master.pipeline(transaction=False) as pipe:
                for words in (("FLUSHALL",), ("SCRIPT FLUSH",), ("FUNCTION FLUSH",)):
                    pipe.execute_command(*words)
                pipe.execute()

    def close(self) -> None:
        """Closes the connections."""
        for master in self._masters:
            master.close()


@pytest.fixture
def clean(cluster: Cluster) -> Iterator[Cleaner]:
    """Takes keys, scripts and libraries away."""
    cleaner = Cleaner(cluster)
    yield cleaner
    cleaner.close()


def same(exchange: Exchange, theirs: list[str], ours: list[str]) -> list[str]:
    """What differs, told in three lines; nothing if all is well."""
    if title(exchange) in KNOWN_DIFFERENCES:
        return []
    return [
        f"{title(exchange)}\n  at {call}\n  redis-py: {their}\n  adapter:  {our}"
        for call, their, our in zip(steps(exchange), theirs, ours, strict=True)
        if their != our
    ][:1]


@pytest.fixture
def compared(cluster: Cluster, clean: Cleaner) -> Iterator[Callable[..., None]]:
    """Makes exchanges on two synchronous clients, and fails with what differs."""
    made: list[Any] = []

    def compare(exchanges: list[Exchange], **options: Any) -> None:
        address = {"host": cluster.host, "port": cluster.ports[0]}
        made[:] = [
            make(**address, **options)
            for make in (redis.cluster.RedisCluster, adapter.RedisCluster)
        ]
        differences: list[str] = []
        for number, exchange in enumerate(exchanges):
            accounts = []
            for client in made:
                if client.get_default_node() is None:  # somebody has closed it
                    client.nodes_manager.initialize()
                clean()
                random.seed(number)
                accounts.append(perform(exchange, client))
            differences += same(exchange, *accounts)
        assert not differences, "\n".join(differences)

    yield compare
    for client in made:
        client.close()


def acompare(cluster: Cluster, clean: Cleaner, exchanges: list[Exchange], **options: Any) -> None:
    """As ``compared``, on asynchronous clients."""

    async def run() -> list[str]:
        address = {"host": cluster.host, "port": cluster.ports[0]}
        made: list[Any] = [
            make(**address, **options)
            for make in (redis.asyncio.cluster.RedisCluster, adapter.asyncio.RedisCluster)
        ]
        differences: list[str] = []
        for number, exchange in enumerate(exchanges):
            accounts = []
            for client in made:
                await client.initialize()
                clean()
                random.seed(number)
                accounts.append(await aperform(exchange, client))
            differences += same(exchange, *accounts)
        for client in made:
            await client.aclose()
        return differences

    differences = asyncio.run(run())
    assert not differences, "\n".join(differences)


@pytest.mark.targets("mock", "redis")
@pytest.mark.parametrize("group", cluster_calls.CALLS)
def test_calls_of_a_cluster_give_what_redis_py_gives(
    compared: Callable[..., None], group: str
) -> None:
    compared(cluster_calls.CALLS[group])


@pytest.mark.targets("mock", "redis")
def test_a_pubsub_at_no_node_is_refused(compared: Callable[..., None]) -> None:
    compared(cluster_calls.NOWHERE)


@pytest.mark.targets("mock-redis", "valkey")
@pytest.mark.parametrize("group", cluster_calls.CALLS)
def test_asynchronous_calls_of_a_cluster_give_what_redis_py_gives(
    cluster: Cluster, clean: Cleaner, group: str
) -> None:
    acompare(cluster, clean, cluster_calls.CALLS[group])


@pytest.mark.targets("redis")
@pytest.mark.parametrize("group", GROUPS[::4])
def test_calls_with_bytes(compared: Callable[..., None], group: str) -> None:
    compared(CALLS[group])


@pytest.mark.targets("valkey")
@pytest.mark.parametrize("group", GROUPS[1::4])
def test_calls_with_text(compared: Callable[..., None], group: str) -> None:
    compared(CALLS[group], decode_responses=True)


@pytest.mark.targets("redis")
@pytest.mark.parametrize("group", GROUPS[2::4])
def test_asynchronous_calls_with_the_old_protocol(
    cluster: Cluster, clean: Cleaner, group: str
) -> None:
    acompare(cluster, clean, CALLS[group], protocol=2)


@pytest.mark.targets("valkey")
@pytest.mark.parametrize("group", GROUPS[3::4])
def test_asynchronous_calls_with_the_new_shapes(
    cluster: Cluster, clean: Cleaner, group: str
) -> None:
    acompare(cluster, clean, CALLS[group], legacy_responses=False, decode_responses=True)


@pytest.mark.targets("redis")
def test_transactions_of_both_sorts(
    compared: Callable[..., None], cluster: Cluster, clean: Cleaner
) -> None:
    compared(CALLS["transactions"])
    acompare(cluster, clean, CALLS["transactions"])


NOT_CALLED = {
    "cluster_bumpepoch": "it changes the cluster for all tests behind it",
    "cluster_flushslots": "as above",
    "cluster_reset": "as above",
    "determine_slot": "every call with a key makes it",
    "disconnect_connection_pools": "nothing is seen of it",
    "get_nodes_from_slot": "every call with a key makes it",
    "get_redis_connection": "what it returns is the adapter's: test_adapter_cluster_making",
    "on_connect": "GLIDE opens the connections; READONLY goes ahead of every batch",
}
"""Methods of a cluster's clients that no exchange has, and why."""


@pytest.mark.parametrize(
    ("cluster_class", "single"),
    [
        (redis.cluster.RedisCluster, redis.Redis),
        (redis.asyncio.cluster.RedisCluster, redis.asyncio.Redis),
    ],
    ids=["synchronous", "asynchronous"],
)
def test_no_method_of_a_cluster_is_forgotten(cluster_class: type, single: type) -> None:
    written = inspect.getsource(cluster_calls)
    own = {
        name
        for name, value in inspect.getmembers(cluster_class, inspect.isfunction)
        if name[0] != "_"
    }
    left = {name for name in own - set(dir(single)) if not re.search(rf"\.{name}\b", written)}
    assert left <= set(NOT_CALLED)
    assert not [name for name in NOT_CALLED if re.search(rf"\.{name}\(", written)]
