"""WAIT speaks for whatever a client has written, also for what a script wrote on the plain lane."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

import adapter
import adapter.asyncio
from tests.targets import RealServer, Server

DOUBTFUL = "local t = {[KEYS[1]] = 1} return redis.call('SET', KEYS[1], ARGV[1])"


@pytest.fixture
def deaf(server: Server) -> Iterator[RealServer]:
    """A replica of the server that has heard everything so far, and will hear no more."""
    with adapter.Redis(port=server.port) as client:
        client.config_set("repl-diskless-sync-delay", 0)
        replica = RealServer(server.name, "--replicaof", "127.0.0.1", str(server.port))
        try:
            deadline = time.monotonic() + 30
            while client.set("k", "v") and client.wait(1, 100) != 1:
                assert time.monotonic() < deadline
            os.kill(replica.process.pid, signal.SIGSTOP)
            yield replica
        finally:
            os.kill(replica.process.pid, signal.SIGCONT)
            replica.stop()


@pytest.mark.targets("redis", "valkey")
def test_a_write_of_a_script_counts_wherever_it_travelled(server, deaf):
    with adapter.Redis(port=server.port) as client:
        client.eval(DOUBTFUL, 1, "k", "new")

        assert client.wait(1, 50) == 0
        assert client.wait(0, 50) == 0


@pytest.mark.targets("redis", "valkey")
async def test_it_counts_in_an_event_loop_too(server, deaf):
    async with adapter.asyncio.Redis(port=server.port) as client:
        await client.eval(DOUBTFUL, 1, "k", "new")

        assert await client.wait(1, 50) == 0
