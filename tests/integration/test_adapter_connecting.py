"""What redis-py's keywords do to connections, beside redis-py itself where it can tell."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
import warnings

import pytest
import redis
import redis.asyncio
from redis.backoff import NoBackoff
from redis.credentials import CredentialProvider, StreamingCredentialProvider
from redis.driver_info import DriverInfo
from redis.exceptions import DataError
from redis.retry import Retry

import adapter
import adapter.asyncio
from adapter.connect.bridge import BRIDGES
from tests.targets import running

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]

ONCE = Retry(NoBackoff(), 0)


@pytest.fixture
def socket_path(tmp_path):
    """A real server that listens on a unix socket as well."""
    path = tmp_path / "redis.sock"
    with running("redis", "--unixsocket", str(path)):
        yield str(path)


def test_a_unix_socket_is_reached(socket_path):
    with adapter.Redis(unix_socket_path=socket_path) as client:
        client.set("big", "x" * 1_000_000)

        assert client.get("big") == b"x" * 1_000_000
        assert client.blpop("none", 0.01) is None
        assert socket_path.startswith(client.client_info()["addr"].rpartition(":")[0])
        with client.pubsub(ignore_subscribe_messages=True) as pubsub:
            pubsub.subscribe("c")
            client.publish("c", "heard")
            while (message := pubsub.get_message(timeout=10)) is None:
                continue
    assert message["data"] == b"heard"


async def test_a_unix_socket_is_reached_by_url(socket_path):
    async with adapter.asyncio.Redis.from_url(f"unix://{socket_path}?db=3") as client:
        await asyncio.gather(*(client.rpush("l", number) for number in range(1000)))

        assert await client.lrange("l", 0, -1) == [b"%d" % number for number in range(1000)]
        assert (await client.client_info())["db"] == 3


def test_the_way_to_a_unix_socket_is_open_to_this_process_alone(socket_path):
    with adapter.Redis(unix_socket_path=socket_path) as client:
        client.ping()
    stranger = (
        "import socket, sys\n"
        "door = socket.create_connection(('127.0.0.1', int(sys.argv[1])), 10)\n"
        "try:\n"
        "    door.sendall(b'PING\\r\\n')\n"
        "    print(door.recv(10))\n"
        "except ConnectionError:\n"
        "    print(b'')\n"
    )

    heard = subprocess.run(
        [sys.executable, "-c", stranger, str(BRIDGES.port(socket_path))],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert heard.stdout == "b''\n"


def test_the_way_to_a_socket_that_is_gone_ends_at_once(tmp_path):
    door = socket.create_connection(("127.0.0.1", BRIDGES.port(str(tmp_path / "gone"))), 10)
    with door, contextlib.suppress(ConnectionResetError):
        assert door.recv(1) == b""


@pytest.mark.parametrize("path", ["/nonexistent/redis.sock", "/etc/passwd"])
def test_a_socket_that_is_not_there_is_redis_pys_error(path):
    told = []
    for library in (redis, adapter):
        with (
            library.Redis(unix_socket_path=path, retry=ONCE) as client,
            pytest.raises(redis.ConnectionError) as error,
        ):
            client.ping()
        told.append(str(error.value))

    assert told[0] == told[1]


LIBRARIES = [
    {"lib_name": "shop", "lib_version": "1.2.3"},
    {"lib_name": None, "lib_version": None},
    {"driver_info": None},
    {"driver_info": DriverInfo(name="shop", lib_version="2")},
    {"driver_info": DriverInfo().add_upstream_driver("django-redis", "5.4.0")},
]


@pytest.mark.targets("mock", "valkey")
@pytest.mark.parametrize("keywords", LIBRARIES, ids=str)
async def test_the_library_is_announced_as_by_redis_py(
    keywords, make_client, make_redis_py, make_async_client
):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        ours, theirs = make_client(**keywords), make_redis_py(**keywords)
        awaited = make_async_client(**keywords)

    infos = [ours.client_info(), theirs.client_info(), await awaited.client_info()]

    assert len({(info["lib-name"], info["lib-ver"]) for info in infos}) == 1


class Token:
    """As redis-entraid's tokens."""

    def __init__(self, password: str) -> None:
        self.password = password

    def get_value(self) -> str:
        return self.password

    def try_get(self, key: str) -> str:
        return "ann"


class Streaming(StreamingCredentialProvider):
    """Tells its listeners of each new password."""

    def __init__(self, password: str) -> None:
        self.password = password
        self.listeners = []

    def get_credentials(self):
        return "ann", self.password

    def on_next(self, callback):
        self.listeners.append(callback)

    def on_error(self, callback):
        pass

    def is_streaming(self):
        return True


def test_a_new_token_logs_the_open_connections_in_anew(make_client, make_redis_py):
    control = make_redis_py()
    control.acl_setuser("ann", enabled=True, passwords=["+one"], keys="*", commands=["+@all"])
    provider = Streaming("one")
    client = make_client(credential_provider=provider)
    assert client.acl_whoami() == "ann"
    number = client.client_id()

    control.acl_setuser("ann", enabled=True, passwords=["+two", "-one"])
    provider.password = "two"
    for listener in provider.listeners:
        listener(Token("two"))

    assert client.client_id() == number
    # GLIDE reconnects by itself, with what it was told
    control.client_kill_filter(_id=number)
    client.connection_pool.set_retry(Retry(NoBackoff(), 3))
    assert client.acl_whoami() == "ann"


async def test_a_new_token_logs_the_open_connections_of_a_loop_in_anew(
    make_async_client, make_redis_py
):
    control = make_redis_py()
    control.acl_setuser("ann", enabled=True, passwords=["+one"], keys="*", commands=["+@all"])
    provider = Streaming("one")
    client = make_async_client(credential_provider=provider)
    assert await client.acl_whoami() == "ann"
    number = await client.client_id()

    control.acl_setuser("ann", enabled=True, passwords=["+two", "-one"])
    provider.password = "two"
    for listener in provider.listeners:
        await listener(Token("two"))

    assert await client.client_id() == number


class Awaited(CredentialProvider):
    """Has its credentials from somewhere that takes time."""

    def get_credentials(self):
        raise NotImplementedError

    async def get_credentials_async(self):
        await asyncio.sleep(0)
        return "ann", "one"


async def test_credentials_may_be_awaited(make_async_client, make_redis_py):
    make_redis_py().acl_setuser(
        "ann", enabled=True, passwords=["+one"], keys="*", commands=["+@all"]
    )
    client = make_async_client(credential_provider=Awaited())

    assert await client.acl_whoami() == "ann"
    assert await client.blpop("none", 0.01) is None


async def test_connecting_never_holds_up_the_event_loop(server):
    """The way to the server leads through this very loop, which must be turning meanwhile."""
    under_way: set[asyncio.Task[None] | None] = set()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way.add(asyncio.current_task())
        there, back = await asyncio.open_connection(server.host, server.port)
        await asyncio.gather(pass_on(reader, back), pass_on(there, writer))

    way = await asyncio.start_server(lead, "127.0.0.1", 0)
    port = way.sockets[0].getsockname()[1]
    async with asyncio.timeout(30), adapter.asyncio.Redis(host="127.0.0.1", port=port) as client:
        assert await client.set("k", 1)
        assert await client.blpop("none", 0.01) is None
        assert await client.eval("return 1", 0) == 1
        async with client.pipeline() as pipe:
            await pipe.watch("k")
            assert await pipe.get("k") == b"1"
            pipe.multi()
            assert await pipe.set("k", 2).execute() == [True]
        async with client.pubsub(ignore_subscribe_messages=True) as pubsub:
            await pubsub.subscribe("c")
            await client.publish("c", "x")
            while await pubsub.get_message(timeout=10) is None:
                continue
        await client.connection_pool.disconnect()
        assert await client.get("k") == b"2"
    way.close()
    async with asyncio.timeout(30):
        await asyncio.gather(*(task for task in under_way if task is not None))


def test_a_user_who_may_do_little_can_connect(make_client, make_redis_py):
    make_redis_py().acl_setuser("few", enabled=True, nopass=True, keys="*", commands=["+get"])

    assert make_client(username="few", password="any").get("k") is None


@pytest.mark.targets("redis", "valkey")
async def test_a_replica_is_read_and_refuses_writes(server, make_redis_py):
    with running(server.name, "--replicaof", server.host, str(server.port)) as replica:
        told = []
        for library in (redis, adapter):
            with library.Redis(replica.host, replica.port) as client:
                assert client.get("k") is None
                assert client.info("replication")["role"] == "slave"
                for call in (client.set, client.pipeline().set("k", 1).execute):
                    with pytest.raises(redis.ReadOnlyError) as error:
                        call("k", 1) if call == client.set else call()
                    told.append(str(error.value))
        async with adapter.asyncio.Redis(host=replica.host, port=replica.port) as client:
            assert await client.get("k") is None

    assert told[:2] == told[2:]


async def test_calls_that_share_no_batches_cross_by_themselves(make_async_client):
    client = make_async_client(auto_batch=False)
    await client.ping()
    before = client.stats.batches

    assert await asyncio.gather(*(client.incr("n") for _ in range(20))) != []

    assert client.stats.batches == before + 20
    assert await client.get("n") == b"20"
    assert await client.pipeline().set("k", 1).get("k").execute() == [True, b"1"]


async def test_a_batch_has_no_more_calls_than_was_said(make_async_client):
    client = make_async_client(auto_batch=10)
    await client.ping()
    before = client.stats.batches

    await asyncio.gather(*(client.rpush("l", number) for number in range(100)))

    assert client.stats.batches == before + 10
    assert await client.lrange("l", 0, -1) == [b"%d" % number for number in range(100)]


def test_threads_may_do_without_batches(make_client):
    client = make_client(auto_batch=False)

    assert client.set("k", "v") is True
    assert client.get("k") == b"v"


@pytest.mark.parametrize("wrong", [0, -1, "yes", 1.5])
@pytest.mark.parametrize("kind", [adapter.Redis, adapter.asyncio.Redis])
def test_a_batch_of_nothing_is_refused(kind, wrong):
    with pytest.raises(DataError, match="auto_batch: True, False, or how many calls"):
        kind(auto_batch=wrong)


@pytest.mark.parametrize("kind", [adapter.Redis, adapter.asyncio.Redis])
def test_how_calls_share_batches_is_said_beside_a_url_and_stays_with_the_pool(kind):
    client = kind.from_url("redis://localhost", auto_batch=7)

    assert client.connection_pool.tuning.auto_batch == 7
    assert client.connection_pool.twin().tuning.auto_batch == 7
    assert kind(connection_pool=client.connection_pool).connection_pool is client.connection_pool


@pytest.mark.parametrize("kind", [adapter.Redis, adapter.asyncio.Redis])
def test_who_says_of_a_pool_what_it_does_already_shares_its_connections(kind):
    pool = kind(auto_batch=5_000).connection_pool

    same = kind(connection_pool=pool, auto_batch=int("5000"))
    other = kind(connection_pool=kind(auto_batch=1).connection_pool, auto_batch=True)

    assert same.connection_pool is pool
    assert other.connection_pool.tuning.auto_batch is True


def test_a_connection_of_its_own_belongs_to_the_pool_whose_calls_share_batches_so(server):
    client = adapter.Redis.from_url(
        f"redis://{server.host}:{server.port}", auto_batch=7, single_connection_client=True
    )
    with client:
        assert client.connection_pool.tuning.auto_batch == 7
        client.client_setname("me")
        assert client.connection is not None
        assert client.client_getname() == "me"
