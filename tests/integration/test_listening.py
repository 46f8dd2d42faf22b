"""Where a server listens, and whom it lets in: ``bind``, ``port``, ``unixsocket``,
``protected-mode``, ``bind-source-addr``.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from mock_backend import MockServer
from mock_backend.transport.connection import Connection
from tests.integration.wire import Wire
from tests.targets import Server

FAILED = "ERR CONFIG SET failed (possibly related to argument '{}') - {}"
TAKEN = FAILED.format("port", "Unable to listen on this port. Check server logs.")
NOWHERE = FAILED.format("bind", "Failed to bind to specified addresses.")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def test_the_port_moves_and_whoever_is_in_stays_in(server: Server, wire: Wire) -> None:
    old, new = server.port, free_port()

    assert wire("CONFIG", "SET", "port", str(new)) == b"OK"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((server.host, old), timeout=5)
    other = Wire(server.host, new)
    assert other("CONFIG", "GET", "port") == [b"port", str(new).encode()]
    assert f"tcp_port:{new}\r\n" in wire("INFO", "server").decode()
    assert other("CONFIG", "SET", "port", str(old)) == b"OK"
    other.close()

    Wire(server.host, old).close()


def test_what_cannot_be_listened_on_changes_nothing(server: Server, wire: Wire) -> None:
    words = "hz port maxmemory bind".split()
    before = [wire("CONFIG", "GET", word) for word in words]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        assert str(wire("CONFIG", "SET", "hz", "77", "port", port, "maxmemory", "9")) == TAKEN
        assert str(wire("CONFIG", "SET", "hz", "77", "bind", "999.999.999.999")) == NOWHERE

    assert [wire("CONFIG", "GET", word) for word in words] == before
    Wire(server.host, server.port).close()


def test_a_server_that_is_bound_to_nothing_lets_nobody_in(server: Server, wire: Wire) -> None:
    bind = wire("CONFIG", "GET", "bind")[1].decode()

    assert wire("CONFIG", "SET", "bind", "") == b"OK"
    assert wire("CONFIG", "GET", "bind") == [b"bind", b""]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((server.host, server.port), timeout=5)
    assert wire("CONFIG", "SET", "bind", bind) == b"OK"

    Wire(server.host, server.port).close()


def test_an_address_with_a_dash_may_be_missing(wire: Wire) -> None:
    bind = wire("CONFIG", "GET", "bind")[1].decode()

    assert str(wire("CONFIG", "SET", "bind", "127.0.0.1 192.0.2.1")) == NOWHERE
    assert wire("CONFIG", "SET", "bind", "127.0.0.1 -192.0.2.1") == b"OK"
    assert wire("CONFIG", "GET", "bind") == [b"bind", b"127.0.0.1 -192.0.2.1"]
    assert wire("CONFIG", "SET", "bind", bind) == b"OK"


def test_the_port_of_a_mock_is_the_one_it_moved_to() -> None:
    new = free_port()
    with MockServer() as server:
        wire = Wire(server.host, server.port)
        wire("CONFIG", "SET", "port", str(new))
        wire.close()

        assert server.port == new
        assert server.url == f"redis://127.0.0.1:{new}"


def test_a_path_is_listened_on_as_well(tmp_path: Path) -> None:
    path = tmp_path / "mock.sock"
    with MockServer(settings={"unixsocket": str(path), "unixsocketperm": "700"}) as server:
        client = redis.Redis(unix_socket_path=str(path))

        assert client.ping()
        assert client.client_info()["addr"] == f"{path}:0"
        assert client.client_info()["laddr"] == f"{path}:0"
        assert path.stat().st_mode & 0o777 == 0o700
        assert server.port

        client.close()
    assert not path.exists()


@pytest.fixture
def come_from() -> Callable[[MockServer, str], bytes]:
    """What a client from that address is told before it has said a word."""

    def come(server: MockServer, address: str) -> bytes:
        told: list[bytes] = []
        Connection(server.kernel, flush=told.append, close=lambda: None, address=address).lost()
        return b"".join(told)

    return come


def test_other_machines_need_a_password(come_from: Callable[[MockServer, str], bytes]) -> None:
    server = MockServer(compat="redis-7.0")
    near = ("127.0.0.1:5", "[::1]:5", "/tmp/mock.sock:0")

    assert [come_from(server, address) for address in near] == [b"", b"", b""]
    refused = come_from(server, "192.0.2.1:5")
    assert refused.startswith(b"-DENIED Redis is running in protected mode because protected mode")
    assert server.kernel.statistics.rejected_sessions == 1
    client = server.client()
    client(b"CONFIG", b"SET", b"requirepass", b"secret")
    assert come_from(server, "192.0.2.1:5") == b""
    client(b"CONFIG", b"SET", b"requirepass", b"")
    assert come_from(server, "192.0.2.1:5") == refused
    client(b"CONFIG", b"SET", b"protected-mode", b"no")
    assert come_from(server, "192.0.2.1:5") == b""


def test_who_comes_by_a_path_is_let_in_after_the_port_has_moved(tmp_path: Path) -> None:
    path = tmp_path / "door"
    with MockServer(settings={"unixsocket": str(path)}) as server:
        with redis.Redis(port=server.port) as client:
            client.config_set("port", free_port())
        with redis.Redis(unix_socket_path=str(path)) as client:
            assert client.ping() is True
