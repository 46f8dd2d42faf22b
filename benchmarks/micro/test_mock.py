"""The mock's hot path in its parts: reading, performing, writing; and all of them, without a
socket.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from benchmarks.suites.scripts import KEYS, SIMPLE
from benchmarks.wire import request
from mock_backend import MockServer
from mock_backend.replies import Pairs, Reply
from mock_backend.resp.reader import RequestReader
from mock_backend.resp.writer import encoded
from mock_backend.transport.connection import Connection

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

COMMANDS = {
    "GET": [b"GET", b"key:1"],
    "SET": [b"SET", b"key:1", b"xxx"],
    "INCR": [b"INCR", b"counter"],
    "LPUSH, RPOP": [b"LPUSH", b"list", b"xxx"],
    "HSET": [b"HSET", b"hash", b"field", b"xxx"],
    "ZADD": [b"ZADD", b"scores", b"0", b"member"],
    "HGETALL of 20 fields": [b"HGETALL", b"fields"],
}
REPLIES: dict[str, Reply] = {
    "number": 42,
    "bulk": b"0123456789abcdef",
    "array of 20": [b"0123456789abcdef"] * 20,
    "pairs of 20": Pairs((b"field:%d" % number, b"0123456789abcdef") for number in range(20)),
}
NAMES = pytest.mark.parametrize("name", COMMANDS)
DEPTHS = pytest.mark.parametrize("depth", [1, 50])

Say = Callable[..., Reply]


@pytest.fixture
def server() -> MockServer:
    """One that does not run; filled."""
    server = MockServer()
    client = server.client()
    client("SET", "key:1", "0123456789abcdef")
    client("HSET", "fields", *(word for each in range(20) for word in (f"field:{each}", "value")))
    return server


@DEPTHS
def test_reading(benchmark: BenchmarkFixture, depth: int) -> None:
    data = request(*COMMANDS["SET"]) * depth
    reader = RequestReader()

    def read() -> None:
        if reader.only_request(data) is None:
            reader.feed(data)
            while reader.next() is not None:
                pass

    benchmark(read)


@NAMES
def test_performing(benchmark: BenchmarkFixture, server: MockServer, name: str) -> None:
    session, submit, words = server.client().session, server.kernel.submit, COMMANDS[name]
    if name.startswith("LPUSH"):

        def push_and_pop() -> None:
            submit(session, words)
            submit(session, [b"RPOP", b"list"])

        benchmark(push_and_pop)
    else:
        benchmark(submit, session, words)


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("name", REPLIES)
def test_writing(benchmark: BenchmarkFixture, name: str, protocol: int) -> None:
    benchmark(encoded, REPLIES[name], protocol)


@DEPTHS
@pytest.mark.parametrize("name", ["GET", "SET", "INCR", "HSET", "ZADD"])
def test_from_bytes_to_bytes(
    benchmark: BenchmarkFixture, server: MockServer, name: str, depth: int
) -> None:
    connection = Connection(server.kernel, flush=lambda data: None, close=lambda: None)
    benchmark(connection.receive, request(*COMMANDS[name]) * depth)


def test_a_script_of_five_calls(benchmark: BenchmarkFixture, server: MockServer) -> None:
    client = server.client()
    sha = client("SCRIPT", "LOAD", SIMPLE)
    words = [b"EVALSHA", sha, b"3", *(key.encode() for key in KEYS), b"ann"]
    assert client(*words) == b"ann"
    benchmark(server.kernel.submit, client.session, words)
