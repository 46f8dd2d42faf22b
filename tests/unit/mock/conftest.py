"""Fixtures of the mock's unit tests: a server without a socket, on a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from mock_backend import MockServer, VirtualClock
from mock_backend.transport.memory import MemoryClient


@pytest.fixture
def clock() -> VirtualClock:
    """Time that only the test moves."""
    return VirtualClock()


@pytest.fixture
def server(clock: VirtualClock) -> Iterator[MockServer]:
    """A server in memory; a bug that it recorded fails the test."""
    server = MockServer(clock=clock)
    yield server
    assert server.bugs == []


@pytest.fixture
def client(server: MockServer) -> Callable[[], MemoryClient]:
    """Makes clients of the server: ``client()("SET", "k", 1)``."""
    return server.client


@pytest.fixture
def call(server: MockServer) -> MemoryClient:
    """One client of the server."""
    return server.client()
