"""Cluster clients are made, or refused, as redis-py's are."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import queue
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest
import redis
import redis.asyncio.cluster
import redis.cluster
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, LoadBalancingStrategy
from redis.exceptions import (
    AskError,
    ConnectionError,
    MovedError,
    RedisClusterException,
    TimeoutError,
)
from redis.retry import Retry

import adapter
import adapter.asyncio
from adapter.connect.options import NotSupportedError
from mock_backend import MockCluster
from tests.integration.clusters import Cluster, eventually
from tests.integration.parity_calls import told
from tests.targets import Server, free_port

pytestmark = [
    pytest.mark.one_mock,
    pytest.mark.skipif(redis.VERSION < (8,), reason="redis-py 8's cluster is the judge"),
    pytest.mark.filterwarnings("ignore"),
]

NO_RETRY = {"retry": Retry(NoBackoff(), 0)}
NO_ASYNC_RETRY = {"retry": AsyncRetry(NoBackoff(), 0)}


def outcome(make: Callable[[], Any], ask: Callable[[Any], Any]) -> str:
    """What a client that is made says, or why it is not made."""
    try:
        client = make()
        answer = ask(client)
        client.close()
    except Exception as error:
        return told(error)
    return told(answer)


def aoutcome(make: Callable[[], Any], ask: Callable[[Any], Any]) -> str:
    """As ``outcome``."""

    async def run() -> Any:
        client = make()
        try:
            return await ask(client)
        finally:
            await client.aclose()

    try:
        return told(asyncio.run(run()))
    except Exception as error:
        return told(error)


REFUSED: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a database": {"host": "127.0.0.1", "db": 1},
    "database 0": {"host": "127.0.0.1", "db": 0, "port": 1},
    "a unix socket": {"url": "unix:///tmp/x"},
    "a url of a database": {"url": "redis://127.0.0.1:1/1"},
    "no such scheme": {"url": "http://127.0.0.1:1"},
    "nobody there": {"host": "127.0.0.1", "port": 1},
    "nobody at any of them": {"startup_nodes": [ClusterNode("127.0.0.1", 1)]},
    "nobody at a url": {"url": "redis://127.0.0.1:1"},
    "no such keyword": {"host": "127.0.0.1", "port": 1, "nosuch": 1},
    "a cache without RESP3": {"host": "127.0.0.1", "cache_config": object(), "protocol": 2},
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_redis_py_refuses_is_refused_in_the_same_words(case: str) -> None:
    def make(cluster_class: Any) -> Callable[[], Any]:
        return lambda: cluster_class(**{**NO_RETRY, **REFUSED[case]})

    expected = outcome(make(redis.cluster.RedisCluster), lambda client: client.ping())
    assert outcome(make(adapter.RedisCluster), lambda client: client.ping()) == expected


@pytest.mark.parametrize("case", REFUSED)
def test_what_redis_py_refuses_is_refused_in_the_same_words_asynchronously(case: str) -> None:
    def make(cluster_class: Any) -> Callable[[], Any]:
        options = {**NO_ASYNC_RETRY, **REFUSED[case]}
        if "url" in options:
            return lambda: cluster_class.from_url(**options)
        return lambda: cluster_class(**options)

    expected = aoutcome(make(redis.asyncio.cluster.RedisCluster), lambda client: client.ping())
    assert aoutcome(make(adapter.asyncio.RedisCluster), lambda client: client.ping()) == expected


def test_what_glide_cannot_do_is_refused_with_advice() -> None:
    for make in (adapter.RedisCluster, adapter.asyncio.RedisCluster):
        with pytest.raises(NotSupportedError, match="ssl_ciphers: GLIDE chooses the ciphers"):
            make(host="127.0.0.1", port=1, ssl_ciphers="x")
    with pytest.raises(NotSupportedError, match="redis_connect_func"):
        adapter.RedisCluster(host="127.0.0.1", port=1, redis_connect_func=print)


def test_a_server_that_is_no_cluster_is_none(server: Server) -> None:
    address = {"host": server.host, "port": server.port}
    expected = outcome(lambda: redis.cluster.RedisCluster(**address), lambda client: client.ping())
    assert "Cluster mode is not enabled" in expected
    assert (
        outcome(lambda: adapter.RedisCluster(**address), lambda client: client.ping()) == expected
    )
    assert (
        aoutcome(lambda: adapter.asyncio.RedisCluster(**address), lambda client: client.ping())
        == expected
    )


def options(cluster: Cluster) -> dict[str, dict[str, Any]]:
    """Keywords that a cluster's clients are made with."""
    address = {"host": cluster.host, "port": cluster.ports[0]}
    return {
        "nodes": {
            "startup_nodes": [ClusterNode("localhost", 1), ClusterNode(**address)],
            "require_full_coverage": False,
            "dynamic_startup_nodes": False,
            "reinitialize_steps": 0,
        },
        "text": {**address, "encoding": "latin-1", "decode_responses": True, "max_connections": 2},
        "other addresses": {
            **address,
            "address_remap": lambda address: ("localhost", address[1]),
            "socket_timeout": 3,
        },
        "any node": {**address, "read_from_replicas": True, "client_name": "me"},
        "replicas": {
            **address,
            "load_balancing_strategy": LoadBalancingStrategy.ROUND_ROBIN_REPLICAS,
        },
    }


def ask(client: Any) -> Any:
    """What every one of these clients is asked."""
    client.set("b", "ä")
    client.wait(1, 500, target_nodes="primaries")
    return (
        [client.get("b") for _ in range(4)],
        client.client_getname(target_nodes=client.get_node_from_key("b")),
        sorted(node.name for node in client.get_nodes()),
        sorted(client.nodes_manager.startup_nodes),
    )


async def aask(client: Any) -> Any:
    """As ``ask``."""
    await client.set("b", "ä")
    await client.wait(1, 500, target_nodes="primaries")
    return (
        [await client.get("b") for _ in range(4)],
        await client.client_getname(target_nodes=client.get_node_from_key("b")),
        sorted(node.name for node in client.get_nodes()),
        sorted(client.nodes_manager.startup_nodes),
    )


@pytest.mark.targets("mock")
def test_keywords_mean_what_they_mean_to_redis_py(cluster: Cluster) -> None:
    for keywords in options(cluster).values():
        expected = outcome(lambda given=keywords: redis.cluster.RedisCluster(**given), ask)
        assert "exceptions" not in expected
        assert outcome(lambda given=keywords: adapter.RedisCluster(**given), ask) == expected
        expected = aoutcome(
            lambda given=keywords: redis.asyncio.cluster.RedisCluster(**given), aask
        )
        assert "exceptions" not in expected
        ours = aoutcome(lambda given=keywords: adapter.asyncio.RedisCluster(**given), aask)
        assert ours == expected


@pytest.mark.targets("mock", "valkey")
def test_urls_and_their_options_are_read(cluster: Cluster) -> None:
    url = f"redis://{cluster.host}:{cluster.ports[0]}?decode_responses=yes&socket_timeout=3"
    assert adapter.RedisCluster.from_url(url).set("a", "1") is True
    with adapter.RedisCluster.from_url(url) as client:
        assert client.get("a") == "1"
        assert client.get_connection_kwargs()["socket_timeout"] == 3

    async def run() -> Any:
        async with adapter.asyncio.RedisCluster.from_url(url) as client:
            return await client.get("a")

    assert asyncio.run(run()) == "1"


@pytest.mark.targets("mock", "valkey")
def test_replicas_are_read_and_masters_written(cluster: Cluster) -> None:
    replicas = [
        redis.Redis(cluster.host, port) for port in cluster.ports if port not in cluster.masters
    ]

    def reads() -> int:
        stats = (replica.info("commandstats") for replica in replicas)
        return sum(stat.get("cmdstat_get", {}).get("calls", 0) for stat in stats)

    def client(module: Any) -> Any:
        return module.RedisCluster(
            host=cluster.host,
            port=cluster.ports[0],
            load_balancing_strategy=LoadBalancingStrategy.RANDOM_REPLICA,
        )

    with client(adapter) as one:
        one.set("a", 1)
        eventually(lambda: one.get("a") == b"1")
        before = reads()
        assert [one.get("a") for _ in range(20)] == [b"1"] * 20
        assert one.pipeline().get("a").set("b", 1).get("c").execute() == [b"1", True, None]
        assert reads() - before == 22

    async def run() -> None:
        async with client(adapter.asyncio) as other:
            await other.set("a", 2)
            assert set(await asyncio.gather(*(other.get("a") for _ in range(20)))) <= {b"1", b"2"}

    before = reads()
    asyncio.run(run())
    assert reads() - before == 20


@pytest.mark.targets("mock", "valkey")
def test_commands_of_one_turn_share_a_batch_for_each_node(cluster: Cluster) -> None:
    async def run() -> None:
        client = adapter.asyncio.RedisCluster(host=cluster.host, port=cluster.ports[0])
        await client.get("a")
        batches, typed = client.stats.batches, client.stats.typed
        await asyncio.gather(*(client.get("abc"[n % 3]) for n in range(300)))
        assert client.stats.typed - typed == 300
        assert client.stats.batches - batches <= 6
        await client.aclose()

    asyncio.run(run())


@pytest.mark.targets("mock", "valkey")
def test_a_closed_client_may_be_used_again(cluster: Cluster) -> None:
    client = adapter.RedisCluster(host=cluster.host, port=cluster.ports[0])
    client.close()
    assert client.set("a", 1) is True
    client.close()

    async def run() -> None:
        client = adapter.asyncio.RedisCluster(host=cluster.host, port=cluster.ports[0])
        for _ in range(2):
            assert await client.set("a", 1) is True
            await client.aclose()

    asyncio.run(run())


@pytest.mark.targets("mock", "valkey")
def test_one_client_serves_threads_and_loops(cluster: Cluster) -> None:
    client = adapter.RedisCluster(host=cluster.host, port=cluster.ports[0])
    client.delete("n", "list")

    def work() -> None:
        for number in range(20):
            client.incr("n")
            client.set(f"k{number}", number)
            client.pipeline().incr("n").get("k1").execute()

    waiting = threading.Thread(target=lambda: client.blpop("list", 20))
    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in (waiting, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    assert client.get("n") == b"320"
    client.rpush("list", "x")
    waiting.join(20)
    assert not waiting.is_alive()
    client.close()

    for _ in range(2):
        assert aoutcome(
            lambda: adapter.asyncio.RedisCluster(host=cluster.host, port=cluster.ports[0]),
            lambda client: client.get("n"),
        ) == told(b"320")


def _in_child(client: Any, heard: Any) -> None:
    heard.send(client.incr("n"))


@pytest.mark.targets("mock", "valkey")
def test_a_child_process_has_connections_of_its_own(cluster: Cluster) -> None:
    client = adapter.RedisCluster(host=cluster.host, port=cluster.ports[0])
    client.delete("n")
    assert client.incr("n") == 1
    heard, said = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=_in_child, args=(client, said))
    child.start()
    assert heard.poll(20)
    assert heard.recv() == 2
    child.join(20)
    assert client.incr("n") == 3
    client.close()


@pytest.mark.targets("mock", "valkey")
def test_a_port_that_closes_meanwhile_is_told_as_redis_py_tells_it(cluster: Cluster) -> None:
    gone = ClusterNode(cluster.host, free_port())

    def both(ask: Callable[[Any], Any]) -> list[str]:
        made = (redis.cluster.RedisCluster, adapter.RedisCluster)
        return [
            outcome(lambda kind=kind: kind(host=cluster.host, port=cluster.ports[0]), ask)
            for kind in made
        ]

    theirs, ours = both(lambda client: client.ping(target_nodes=gone))
    assert ours == theirs
    assert "Connection refused" in ours


@pytest.mark.targets("mock", "valkey")
def test_installed_it_is_redis_pys_cluster(cluster: Cluster) -> None:
    with adapter.install():
        assert redis.RedisCluster is redis.cluster.RedisCluster is adapter.RedisCluster
        assert redis.asyncio.RedisCluster is adapter.asyncio.RedisCluster
        assert redis.asyncio.cluster.RedisCluster is adapter.asyncio.RedisCluster
        client = redis.RedisCluster(host=cluster.host, port=cluster.ports[0])
        assert client.set("a", 1) is True
        client.close()
    assert redis.RedisCluster is redis.cluster.RedisCluster
    assert redis.RedisCluster is not adapter.RedisCluster


@pytest.mark.targets("mock")
@pytest.mark.parametrize("error", [AskError, MovedError])
def test_who_replaces_parse_response_is_asked(
    cluster: Cluster, error: type[AskError], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As redis-py's cluster reads with it, so does its own tests' kind of stand-in."""
    with adapter.RedisCluster(host=cluster.host, port=cluster.ports[0]) as client:
        wanted = client.get_primaries()[1]
        places: list[tuple[str, int]] = []

        def parse(self: Any, connection: Any, *args: Any, **options: Any) -> str:
            places.append((connection.host, connection.port))
            if len(places) == 1:
                raise error(f"12182 {wanted.host}:{wanted.port}")
            return "answer"

        with monkeypatch.context() as patched:
            patched.setattr(adapter.Redis, "parse_response", parse)
            assert client.execute_command("SET", "foo", "bar") == "answer"
        assert places[-1] == (wanted.host, wanted.port)
        client.nodes_manager.initialize()
        assert client.set("foo", "bar") is True


@pytest.mark.targets("mock")
@pytest.mark.parametrize("command", ["EXISTS", "GET"])
def test_a_callback_for_the_results_of_all_nodes_is_asked(cluster: Cluster, command: str) -> None:
    def told(module: Any) -> Any:
        with module.RedisCluster(host=cluster.host, port=cluster.ports[0]) as client:
            client.result_callbacks[command] = lambda name, result, **options: (name, result)
            return client.execute_command(command, "k")

    assert told(adapter) == told(redis)


def test_a_nodes_client_is_not_told_what_its_cluster_is_told(cluster: Cluster) -> None:
    async def run() -> None:
        client = adapter.asyncio.RedisCluster(host=cluster.host, port=cluster.ports[0])
        await client.ping()
        with mock.patch.object(adapter.asyncio.Redis, "execute_command") as execute:
            assert await client.set("k", "v") is True
        assert not execute.called
        await client.aclose()

    asyncio.run(run())


def test_a_bridge_of_a_cluster_is_its_pubsubs(cluster: Cluster) -> None:
    with adapter.RedisCluster(host=cluster.host, port=cluster.ports[0]) as client:
        with pytest.raises(NotSupportedError, match="use its pubsub"):
            adapter.PubSubBridge(client)
        heard: queue.SimpleQueue[Any] = queue.SimpleQueue()
        with client.pubsub() as pubsub:
            pubsub.subscribe("news")
            pubsub.bridge.on("message", lambda *told: heard.put(told))
            client.publish("news", "one")
            assert heard.get(timeout=10) == ("news", "one")


@pytest.mark.targets("mock")
def test_a_client_that_is_forgotten_leaves_nothing_behind(cluster: Cluster) -> None:
    address = {"host": cluster.host, "port": cluster.ports[0]}
    client = adapter.RedisCluster(**address)
    client.set("a", 1)
    lanes = [node.redis_connection.connection_pool.lanes for node in client.get_primaries()]
    traces = [
        weakref.ref(client),
        *(weakref.ref(node.redis_connection.connection_pool) for node in client.get_nodes()),
    ]
    client.pipeline().get("a").execute()
    del client

    async def run() -> None:
        other = adapter.asyncio.RedisCluster(**address)
        await other.set("a", 1)
        traces.extend(weakref.ref(node.pool) for node in other.get_nodes())
        await other.aclose()

    asyncio.run(run())
    gc.collect()
    assert [trace for trace in traces if trace() is not None] == []
    assert all(each.opened("shared") is None for each in lanes)


@pytest.mark.targets("mock")
def test_connections_of_a_node_can_be_driven_by_hand(cluster: Cluster) -> None:
    with adapter.RedisCluster(host=cluster.host, port=cluster.ports[0]) as client:
        pool = client.get_redis_connection(client.get_node_from_key("a")).connection_pool
        connection = pool.get_connection()
        connection.send_command("SET", "a", 1)
        assert connection.read_response() == b"OK"
        pool.release(connection)
        assert client.stats.batches > 0

    async def run() -> None:
        async with adapter.asyncio.RedisCluster(host=cluster.host, port=cluster.ports[0]) as other:
            node = other.get_node_from_key("a")
            connection = node.acquire_connection()
            await connection.send_command("GET", "a")
            assert await connection.read_response() == b"1"
            node.release(connection)

    asyncio.run(run())


@pytest.mark.targets("mock")
def test_calls_travel_alone_if_they_are_told_to(cluster: Cluster) -> None:
    address = {"host": cluster.host, "port": cluster.ports[0], "auto_batch": False}
    with adapter.RedisCluster(**address) as one:
        assert one.set("a", 1) is True

    async def run() -> None:
        async with adapter.asyncio.RedisCluster(**address) as client:
            await client.get("a")
            batches = client.stats.batches
            await asyncio.gather(*(client.get("a") for _ in range(30)))
            assert client.stats.batches - batches == 30

    asyncio.run(run())


@pytest.fixture
def guarded(cluster: Cluster) -> Iterator[None]:
    """Every node wants a password."""
    ports = cluster.ports
    for port in ports:
        with redis.Redis(cluster.host, port) as node:
            node.config_set("masterauth", "secret")
            node.config_set("requirepass", "secret")
    yield
    for port in ports:
        with redis.Redis(cluster.host, port, password="secret") as node:
            node.config_set("requirepass", "")
            node.config_set("masterauth", "")


RIGHT: tuple[dict[str, Any], ...] = (
    {"username": "default", "password": "secret"},
    {"credential_provider": redis.UsernamePasswordCredentialProvider("default", "secret")},
)


@pytest.mark.targets("mock")
@pytest.mark.usefixtures("guarded")
def test_passwords_are_asked_for_and_given_as_by_redis_py(cluster: Cluster) -> None:
    url = f"redis://:secret@{cluster.host}:{cluster.ports[0]}"
    for keywords in (*RIGHT, {"password": "wrong"}, {}):
        given = {"host": cluster.host, "port": cluster.ports[0], **keywords}
        for theirs, ours, tell in (
            (redis.cluster.RedisCluster, adapter.RedisCluster, outcome),
            (redis.asyncio.cluster.RedisCluster, adapter.asyncio.RedisCluster, aoutcome),
        ):
            accounts = [
                tell(
                    lambda make=make, given=given: make(**given), lambda client: client.set("a", 1)
                )
                for make in (theirs, ours)
            ]
            assert accounts[0] == accounts[1]
            assert (accounts[1] == "True") == (
                "secret" in str(keywords) or "provider" in str(keywords)
            )
    assert adapter.RedisCluster.from_url(url).get("a") == b"1"


LIMITS: dict[str, Any] = {"socket_timeout": 1, "socket_connect_timeout": 1}
SOON = 1 + 1 + 2
"""The limit, the second that is promised, and what a busy machine may add."""


def test_a_cluster_that_is_gone_is_told_within_the_time_limit() -> None:
    mock = MockCluster(masters=3).start()
    address = {"host": "127.0.0.1", "port": mock.ports[0], **LIMITS}
    client = adapter.RedisCluster(**address, retry=Retry(NoBackoff(), 3))

    async def run() -> None:
        other = adapter.asyncio.RedisCluster(**address, retry=AsyncRetry(NoBackoff(), 3))
        await other.get("a")
        client.get("a")
        mock.stop()
        for call in (
            lambda: other.get("a"),
            lambda: other.pipeline().get("a").get("b").execute(),
            lambda: other.pipeline(transaction=True).get("a").execute(),
            lambda: other.ping(target_nodes="all"),
        ):
            with pytest.raises((ConnectionError, TimeoutError, RedisClusterException)):
                async with asyncio.timeout(SOON):
                    await call()

    asyncio.run(run())
    for call in (
        lambda: client.get("a"),
        lambda: client.pipeline().get("a").get("b").execute(),
        lambda: client.pipeline(transaction=True).get("a").execute(),
        lambda: client.ping(target_nodes="all"),
    ):
        began = time.monotonic()
        with pytest.raises((ConnectionError, TimeoutError, RedisClusterException)):
            call()
        assert time.monotonic() - began < SOON
    client.close()
