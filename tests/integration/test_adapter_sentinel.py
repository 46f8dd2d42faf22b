"""Sentinel finds the master and its replicas, also after a failover; GLIDE talks to them."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
import redis.asyncio.sentinel
import redis.sentinel
from redis.backoff import ConstantBackoff, NoBackoff
from redis.retry import Retry

import adapter
import adapter.asyncio
from tests.targets import Missing, Server, end, free_port, program, running

SERVICE = "shop"
PATIENT = Retry(ConstantBackoff(0.05), 400)
DEADLINE_SECONDS = 60


@pytest.fixture
def pair(name) -> Iterator[tuple[Server, Server]]:
    """A master and its replica, in step."""
    try:
        program(name)
    except Missing as missing:
        pytest.skip(str(missing))
    # whoever of them is asked to go waits for nobody that lags behind
    settings = ("--repl-diskless-sync-delay", "0", "--shutdown-timeout", "0")
    with (
        running(name, *settings) as master,
        running(name, *settings, "--replicaof", master.host, str(master.port)) as replica,
    ):
        until(lambda: info(replica)["master_link_status"] == "up")
        yield master, replica


@pytest.fixture
def name() -> str:
    """Of one line: Sentinel says the same in both, and each failover takes seconds."""
    return "redis"


def info(server: Server) -> dict[str, Any]:
    with redis.Redis(server.host, server.port) as client:
        return dict(client.info("replication"))


def until(reached) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not reached():
        assert time.monotonic() < deadline, "it never came to pass"


@contextmanager
def watched(master: Server, folder) -> Iterator[Server]:
    """A Sentinel that knows the master and its replica."""
    port = free_port()
    settings = folder / "sentinel.conf"
    settings.write_text(
        f"port {port}\nbind 127.0.0.1\ndir {folder}\n"
        f"sentinel monitor {SERVICE} {master.host} {master.port} 1\n"
        f"sentinel down-after-milliseconds {SERVICE} 500\n"
        f"sentinel failover-timeout {SERVICE} 2000\n"
    )
    process = subprocess.Popen(
        [str(program(master.name)), str(settings), "--sentinel"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        with redis.Redis(port=port, retry=PATIENT) as control:
            until(lambda: len(control.sentinel_slaves(SERVICE)) == 1)
        yield Server(master.name, "127.0.0.1", port)
    finally:
        end(process)


def test_a_real_sentinel_leads_to_the_new_master(pair, tmp_path):
    master, replica = pair
    with watched(master, tmp_path) as asked:
        sentinel = adapter.Sentinel([(asked.host, asked.port)], socket_timeout=5)
        client = sentinel.master_for(SERVICE, retry=PATIENT)
        reader = sentinel.replica_for(SERVICE)
        assert isinstance(client, adapter.Redis)
        client.set("k", 1)
        assert sentinel.discover_master(SERVICE) == (master.host, master.port)
        until(lambda: reader.get("k") == b"1")
        assert reader.info("replication")["role"] == "slave"

        until(lambda: fails_over(sentinel))
        until(lambda: info(replica)["role"] == "master")

        until(lambda: written(client, replica))
        client.close()
        reader.close()
        sentinel.close()


def fails_over(sentinel: Any) -> bool:
    """Whether Sentinel takes the order; not before it has heard of the replica's state."""
    try:
        return bool(sentinel.sentinels[0].sentinel_failover(SERVICE))
    except redis.ResponseError as error:
        if "NOGOODSLAVE" not in str(error):
            raise
        return False


def written(client: Any, server: Server) -> bool:
    """Whether a write through the client is there on that server."""
    value = str(time.monotonic())
    client.set("k", value)
    with redis.Redis(server.host, server.port) as there:
        return there.get("k") == value.encode()


async def test_a_real_sentinel_leads_to_the_new_master_in_a_loop(pair, tmp_path):
    master, replica = pair
    with watched(master, tmp_path) as asked:
        sentinel = adapter.asyncio.Sentinel([(asked.host, asked.port)], socket_timeout=5)
        patient = redis.asyncio.retry.Retry(ConstantBackoff(0.05), 400)
        client = sentinel.master_for(SERVICE, retry=patient)
        reader = sentinel.replica_for(SERVICE)
        await client.set("k", 1)
        assert (await reader.info("replication"))["role"] == "slave"

        end_of_master(master)
        until(lambda: info(replica)["role"] == "master")

        assert await client.set("k", 2)
        assert await client.get("k") == b"2"
        with redis.Redis(replica.host, replica.port) as there:
            assert there.get("k") == b"2"
        for one in (client, reader, sentinel):
            await one.aclose()


def end_of_master(master: Server) -> None:
    with redis.Redis(master.host, master.port) as control:
        control.shutdown(nosave=True)


def pointing(base: type, here: list[Server]) -> Any:
    """A Sentinel that names whichever server stands first in the list."""

    class Pointing(base):  # type: ignore[misc]
        def discover_master(self, service_name):
            return here[0].host, here[0].port

        def discover_slaves(self, service_name):
            return []

    return Pointing([])


def test_a_master_that_refuses_writes_is_left(pair):
    master, replica = pair
    here = [replica]
    client = pointing(adapter.Sentinel, here).master_for(SERVICE)
    theirs = pointing(redis.sentinel.Sentinel, here).master_for(SERVICE)
    pipe = pointing(redis.sentinel.Sentinel, here).master_for(SERVICE, redis_class=adapter.Redis)
    with pytest.raises(redis.ConnectionError, match="previous master is now a slave"):
        theirs.set("k", 1)
    for refused in (client, pipe):
        with pytest.raises(redis.ConnectionError):
            refused.set("k", 1)

    here[0] = master

    assert client.set("k", 1)
    with client.monitor() as monitor:
        pipe.ping()
        while "PING" not in monitor.next_command()["command"]:
            continue
    assert pipe.pipeline().set("k", 2).get("k").execute() == [True, b"2"]
    assert (client.connection_pool.master_address) == (master.host, master.port)
    with redis.Redis(replica.host, replica.port) as control:
        control.replicaof("NO", "ONE")
    with redis.Redis(master.host, master.port) as control:
        # no connection is lost, and only the writes are refused
        control.replicaof(replica.host, replica.port)
    here[0] = replica
    for moved in (client, pipe):
        with pytest.raises(redis.ConnectionError, match="previous master is now a slave"):
            moved.set("k", 3)
        assert moved.set("k", 3)
    for one in (client, pipe, theirs):
        one.close()


@pytest.fixture
def deaf() -> Iterator[tuple[str, int]]:
    """An address that is taken, where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()


@pytest.mark.parametrize("library", [redis, adapter])
def test_without_a_master_the_error_is_redis_pys(library, deaf):
    sentinel = library.Sentinel([deaf], sentinel_kwargs={"retry": Retry(NoBackoff(), 0)})

    with pytest.raises(redis.sentinel.MasterNotFoundError, match="No master found for 'shop'"):
        sentinel.master_for(SERVICE).ping()
    with pytest.raises(redis.sentinel.SlaveNotFoundError, match="No slave found for 'shop'"):
        sentinel.slave_for(SERVICE).ping()
    assert "service=shop(master)" in repr(sentinel.master_for(SERVICE).connection_pool)


async def test_clients_of_redis_pys_own_sentinel_can_be_ours(pair):
    master, _ = pair
    for base in (redis.asyncio.sentinel.Sentinel, adapter.asyncio.Sentinel):

        class Pointing(base):
            async def discover_master(self, service_name):
                return master.host, master.port

            async def discover_slaves(self, service_name):
                return []

        client = Pointing([]).master_for(SERVICE, redis_class=adapter.asyncio.Redis, db=3)
        assert isinstance(client.connection_pool, redis.asyncio.sentinel.SentinelConnectionPool)
        assert await client.set("k", 1)
        assert (await client.client_info())["db"] == 3
        async with client.pubsub(ignore_subscribe_messages=True) as pubsub:
            await pubsub.subscribe("c")
            await client.publish("c", "x")
            while (message := await pubsub.get_message(timeout=10)) is None:
                continue
        assert message["data"] == b"x"
        assert client.connection_pool.master_address == (master.host, master.port)
        await client.aclose()
