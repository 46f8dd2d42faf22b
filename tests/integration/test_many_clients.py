"""As many clients as there may be: all are answered, and when they are gone nothing is left."""

from __future__ import annotations

import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from mock_backend import MockServer
from tests.integration.test_replication import until
from tests.integration.wire import Wire

WANTED = 2_000
"""Of the 10,000 that there may be; ``python -m benchmarks clients`` connects all of them."""


@contextmanager
def files(count: int) -> Iterator[None]:
    """This process may have so many, if it is allowed to."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(count, hard)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_thousands_of_clients_are_answered_and_leave_nothing_behind() -> None:
    with files(2 * WANTED + 200), MockServer() as server:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        count = min(WANTED, (hard - 200) // 2)
        wire = Wire(server.host, server.port)
        with ExitStack() as stack:
            clients = [
                stack.enter_context(socket.create_connection((server.host, server.port)))
                for _ in range(count)
            ]
            for client in clients:
                client.sendall(b"PING\r\n")
            for client in clients:
                client.settimeout(30)
                assert client.recv(100) == b"+PONG\r\n"
            assert len(wire("CLIENT", "LIST").splitlines()) == count + 1
        until(lambda: len(wire("CLIENT", "LIST").splitlines()) == 1)
        assert server.stats.peak_clients == count + 1
        wire.close()


def test_there_are_no_more_clients_than_files() -> None:
    limited = "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (200, 200));"
    served = "import runpy; runpy.run_module('mock_backend', run_name='__main__')"
    with subprocess.Popen(
        [sys.executable, "-c", f"{limited} {served}", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        port = int(process.stdout.readline().rsplit(":", 1)[1])
        wire = Wire("127.0.0.1", port)
        assert wire("CONFIG", "GET", "maxclients") == [b"maxclients", b"168"]
        assert str(wire("CONFIG", "SET", "maxclients", 1_000)) == (
            "ERR CONFIG SET failed (possibly related to argument 'maxclients') - The operating"
            " system is not able to handle the specified number of clients, try with 168"
        )
        assert wire("CONFIG", "GET", "maxclients") == [b"maxclients", b"168"]
        wire.close()
        process.terminate()
        assert "maxclients is 168 and not 10000" in process.stderr.read()


@pytest.mark.parametrize("wanted", ["1", "5000"])
def test_maxclients_can_be_set(wanted: str) -> None:
    with MockServer(settings={"maxclients": wanted}) as server:
        wire = Wire(server.host, server.port)
        assert wire("CONFIG", "GET", "maxclients") == [b"maxclients", wanted.encode()]
        wire.close()
