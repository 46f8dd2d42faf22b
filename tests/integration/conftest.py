"""A server for each test, and clients on it that are closed when the test ends.

The server is clean when a test begins.  Clients are closed before it goes, in the reverse order of
their making.  A bug that the mock recorded fails the test that met it.
"""

from __future__ import annotations

import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
import redis.asyncio

import adapter
import adapter.asyncio
from mock_backend import MockServer
from tests.conftest import chosen
from tests.integration.clusters import Cluster, Clusters
from tests.integration.wire import Wire
from tests.targets import COMPAT, Missing, RealServers, Server, required

CLEANING = (
    b"FLUSHALL",
    b"SCRIPT FLUSH",
    b"FUNCTION FLUSH",
    b"CONFIG RESETSTAT",
    b"SLOWLOG RESET",
    b"ACL LOG RESET",
)
"""What takes away what an exchange of calls has left, in one piece: it is most of what is sent."""


@pytest.fixture(scope="session")
def real_servers() -> Iterator[RealServers]:
    """The processes of this run; each starts with the first test that asks for it."""
    servers = RealServers()
    yield servers
    servers.stop()


@pytest.fixture
def server(request: pytest.FixtureRequest, real_servers: RealServers) -> Iterator[Server]:
    """A clean server: ``.name .host .port .url .version``, ``.line``, and ``.mock`` on a mock."""
    if request.param not in COMPAT:
        yield clean_real_server(real_servers, request.param)
        return
    with MockServer(compat=COMPAT[request.param]) as mock:
        yield Server(request.param, mock.host, mock.port, mock)
        bugs = list(mock.bugs)
    fail_for(bugs)


def clean_real_server(real_servers: RealServers, name: str) -> Server:
    """The real server of that name; where there is none, a skip, or with CI=true a failure."""
    try:
        return real_servers.clean(name)
    except Missing as missing:
        if required():
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def clusters() -> Iterator[Clusters]:
    """The clusters of this run; each starts with the first test that asks for it."""
    clusters = Clusters()
    yield clusters
    clusters.stop()


@pytest.fixture
def cluster(request: pytest.FixtureRequest, clusters: Clusters) -> Iterator[Cluster]:
    """A clean cluster of three masters and three replicas; a bug at any mock fails the test."""
    try:
        cluster = clusters.get(request.param, chosen(request.config))
    except Missing as missing:
        if required():
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))
    cluster.clean()
    yield cluster
    bugs = cluster.bugs
    clusters.keep(cluster)
    fail_for(bugs)


def fail_for(bugs: list[BaseException]) -> None:
    """Fails the test that met bugs of the mock."""
    if bugs:
        told = "\n".join("".join(traceback.format_exception(bug)) for bug in bugs)
        pytest.fail(f"{len(bugs)} bug(s) in mock_backend:\n{told}", pytrace=False)


@pytest.fixture
def make_client(server: Server) -> Iterator[Callable[..., adapter.Redis]]:
    """Makes ``adapter.Redis`` clients of the server, with any keyword of redis-py."""
    yield from closing(adapter.Redis, server)


@pytest.fixture
async def make_async_client(server: Server) -> AsyncIterator[Callable[..., adapter.asyncio.Redis]]:
    """Makes ``adapter.asyncio.Redis`` clients of the server, with any keyword of redis-py."""
    async for make in aclosing(adapter.asyncio.Redis, server):
        yield make


@pytest.fixture
def make_redis_py(server: Server) -> Iterator[Callable[..., redis.Redis]]:
    """Makes clients of redis-py itself: the judge of the adapter."""
    yield from closing(redis.Redis, server)


@pytest.fixture
async def make_async_redis_py(server: Server) -> AsyncIterator[Callable[..., redis.asyncio.Redis]]:
    """Makes asyncio clients of redis-py itself: the judge of the adapter."""
    async for make in aclosing(redis.asyncio.Redis, server):
        yield make


def closing(make: Callable[..., Any], server: Server) -> Iterator[Callable[..., Any]]:
    """Hands out a maker of clients, and closes what it made."""
    made: list[Any] = []

    def make_one(**keywords: Any) -> Any:
        made.append(make(**{"host": server.host, "port": server.port, **keywords}))
        return made[-1]

    yield make_one
    for client in reversed(made):
        client.close()


async def aclosing(make: Callable[..., Any], server: Server) -> AsyncIterator[Callable[..., Any]]:
    """Hands out a maker of asyncio clients, and closes what it made."""
    made: list[Any] = []

    def make_one(**keywords: Any) -> Any:
        made.append(make(**{"host": server.host, "port": server.port, **keywords}))
        return made[-1]

    yield make_one
    for client in reversed(made):
        await client.aclose()


@pytest.fixture
def connect(server: Server) -> Iterator[Callable[..., Wire]]:
    """Opens bare connections to the server: ``connect()``, ``connect(protocol=3)``."""
    opened: list[Wire] = []

    def open_one(protocol: int = 2) -> Wire:
        opened.append(Wire(server.host, server.port, protocol))
        return opened[-1]

    yield open_one
    for wire in opened:
        wire.close()


@pytest.fixture
def wire(connect: Callable[..., Wire]) -> Wire:
    """One bare RESP2 connection to the server."""
    return connect()


@pytest.fixture
def wire3(connect: Callable[..., Wire]) -> Wire:
    """One bare RESP3 connection to the server."""
    return connect(protocol=3)


@pytest.fixture
def clean(server: Server) -> Iterator[Callable[[], None]]:
    """Takes away what the last exchange left: keys, scripts, libraries, figures."""
    with cleaner(server) as cleaned:
        yield cleaned


@contextmanager
def cleaner(server: Server) -> Iterator[Callable[[], None]]:
    """As ``clean``, of any server."""
    control = Wire(server.host, server.port)
    control("CONFIG", "SET", "hz", 500)  # a real server ends waiting calls at its next tick only

    def said() -> None:
        control.send_bytes(b"\r\n".join(CLEANING) + b"\r\n")
        assert [control.read() for _ in CLEANING] == [b"OK"] * len(CLEANING)

    def cleaned() -> None:
        nonlocal control
        try:
            said()
        except ConnectionError:  # the last exchange has ended this one, too
            control.close()
            control = Wire(server.host, server.port)
            said()

    yield cleaned
    control.close()
