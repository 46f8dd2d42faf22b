"""MockCluster as a test holds it in its hand: sync and async, its clock, its faults, its doors."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import Any

import pytest
import redis
import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from mock_backend import MockCluster, VirtualClock
from tests.integration.clusters import eventually
from tests.integration.wire import Wire

NEVER = Retry(NoBackoff(), 0)


def test_a_cluster_serves_from_a_thread_of_its_own() -> None:
    with MockCluster(masters=2, replicas=1) as cluster:
        assert [node.is_master for node in cluster.nodes] == [True, True, False, False]
        assert cluster.masters == cluster.nodes[:2]
        assert cluster.replicas_of(cluster.nodes[1]) == [cluster.nodes[3]]
        assert [node.slots for node in cluster.masters] == [[(0, 8191)], [(8192, 16383)]]
        assert cluster.ports == [node.port for node in cluster.nodes]
        assert cluster.urls[0] == cluster.url == f"redis://127.0.0.1:{cluster.port}"
        with redis.Redis(port=cluster.node_of("a").port) as client:
            assert client.set("a", 1)
        with pytest.raises(RuntimeError, match="runs already"):
            cluster.start()
    with pytest.raises(ConnectionRefusedError):
        Wire(cluster.host, cluster.ports[0])


async def test_a_cluster_serves_from_the_running_loop() -> None:
    async with MockCluster(masters=3) as cluster:
        async with redis.asyncio.Redis(port=cluster.node_of("a").port) as client:
            assert await client.set("a", 1)
            cluster.move_slot(15495, to=cluster.nodes[0])
            with pytest.raises(redis.exceptions.MovedError):
                await client.get("a")
        assert cluster.nodes[0].client()("GET", "a") == b"1"
        async with redis.asyncio.RedisCluster(port=cluster.port, host=cluster.host) as client:
            with cluster.without(cluster.nodes[1]), pytest.raises(redis.ConnectionError):
                await redis.asyncio.Redis(port=cluster.ports[1], retry=NEVER).ping()
            assert await client.set("c", 1)
        assert cluster.bugs == []


def test_a_cluster_can_be_started_again_with_all_it_had() -> None:
    cluster = MockCluster(masters=1, replicas=1)
    with cluster:
        cluster.nodes[0].client()("SET", "a", 1)
    with cluster:
        wire = Wire(cluster.host, cluster.port)
        assert wire("GET", "a") == b"1"
        assert wire("SET", "a", 2) == b"OK"
        assert wire("WAIT", 1, 5000) == 1
        assert wire("CLUSTER", "SLOTS")[0][3][1] == cluster.ports[1]
        wire.close()


def test_while_a_script_is_busy_at_one_node_all_are_heard() -> None:
    settings = {"busy-reply-threshold": "1"}
    with MockCluster(masters=2, settings=settings) as cluster:
        busy = Wire(cluster.host, cluster.ports[0])
        others = [Wire(cluster.host, port) for port in cluster.ports]
        busy.send("EVAL", "while true do end", 0)
        eventually(lambda: str(others[0]("PING")).startswith("BUSY "))
        assert others[1]("SET", "a", 1) == b"OK"
        assert others[0]("SCRIPT", "KILL") == b"OK"
        assert "Script killed by user" in str(busy.read())
        for wire in (busy, *others):
            wire.close()


def test_time_moves_for_all_nodes_at_once() -> None:
    clock = VirtualClock()
    with MockCluster(masters=2, replicas=1, clock=clock) as cluster:
        wires = [Wire(cluster.host, port) for port in cluster.ports]
        for key, wire in (("b", wires[0]), ("a", wires[1])):
            assert wire("SET", key, 1, "PX", 1000) == b"OK"
        clock.advance(1_001)
        assert [wire("DBSIZE") for wire in wires] == [0, 0, 0, 0]
        for wire in wires:
            wire.close()


def test_each_node_has_faults_of_its_own() -> None:
    with MockCluster(masters=2) as cluster:
        cluster.nodes[0].faults.next("PING").error("LOADING data")
        one, two = (Wire(cluster.host, port) for port in cluster.ports)
        assert two("PING") == b"PONG"
        assert str(one("PING")) == "LOADING data"
        assert one("PING") == b"PONG"
        one.close()
        two.close()


@pytest.mark.parametrize("said", [{"password": "secret"}, {"settings": {"requirepass": "secret"}}])
def test_a_password_holds_for_every_node_and_for_replicas(said: dict[str, Any]) -> None:
    with MockCluster(masters=1, replicas=1, **said) as cluster:
        wires = [Wire(cluster.host, port) for port in cluster.ports]
        assert str(wires[0]("PING")).startswith("NOAUTH")
        for wire in wires:
            assert wire("AUTH", "secret") == b"OK"
        assert wires[0]("SET", "a", 1) == b"OK"
        assert wires[0]("WAIT", 1, 5000) == 1
        wires[1]("READONLY")
        assert wires[1]("GET", "a") == b"1"
        for wire in wires:
            wire.close()


def test_a_node_that_fails_ends_its_connections_and_can_come_back() -> None:
    with MockCluster(masters=3) as cluster:
        node = cluster.nodes[1]
        wire = Wire(cluster.host, node.port)
        with cluster.without(node):
            with pytest.raises(ConnectionError):
                wire.read()
            with pytest.raises(ConnectionError):
                Wire(cluster.host, node.port)
            other = Wire(cluster.host, cluster.port)
            assert str(other("GET", "b")) == "CLUSTERDOWN The cluster is down"
            line = next(
                line
                for line in other("CLUSTER", "NODES").decode().splitlines()
                if line.startswith(node.id)
            ).split()
            assert (line[2], line[7]) == ("master,fail", "disconnected")
        again = Wire(cluster.host, node.port)
        assert again("PING") == b"PONG"
        for each in (wire, other, again):
            each.close()


def test_keys_migrate_between_nodes_also_where_nobody_may_wait() -> None:
    with MockCluster(masters=2) as cluster:
        source, target = cluster.nodes
        wire = Wire(cluster.host, source.port)
        wire("MSET", "b", 1, "{b}2", 2)
        with cluster.migrating(3300, to=target):
            calls = ("MIGRATE", cluster.host, target.port, "b", 0, 1000)
            assert wire(*calls) == b"OK"
            wire("MULTI")
            wire("MIGRATE", cluster.host, target.port, "{b}2", 0, 1000)
            assert wire("EXEC") == [b"OK"]
            assert wire("CLUSTER", "COUNTKEYSINSLOT", 3300) == 0
        assert target.client()("MGET", "b", "{b}2") == [b"1", b"2"]
        wire.close()


def test_a_cluster_needs_a_master_and_free_ports() -> None:
    with pytest.raises(ValueError, match="one master or more"):
        MockCluster(masters=0)
    with pytest.raises(ValueError, match="all nodes of the cluster would have the same"):
        MockCluster(settings={"dir": "/tmp"})
    with MockCluster(masters=1) as cluster:
        other = MockCluster(masters=2, port=cluster.port)
        with pytest.raises(OSError, match="cannot listen"):
            other.start()


def test_the_command_line_starts_a_cluster() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "mock_backend", "--cluster", "2", "--replicas", "1", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        assert [" replica) on " in line for line in lines] == [False, False, True, True]
        wires = [Wire("127.0.0.1", int(line.rpartition(":")[2])) for line in lines]
        assert b"cluster_known_nodes:4" in wires[3]("CLUSTER", "INFO")
        wires[0].send("SHUTDOWN")
        with pytest.raises(ConnectionError):
            wires[0].read()
        assert b"master,fail" in wires[1]("CLUSTER", "NODES")
        for wire in wires:
            wire.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
