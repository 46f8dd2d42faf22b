"""MockServer itself: starting, stopping, threads, time. There is nothing to compare it with."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest
import redis

from mock_backend import MockServer, VirtualClock
from tests.integration.wire import Wire


def test_it_serves_from_a_thread_of_its_own_and_stops() -> None:
    others = set(threading.enumerate())
    with MockServer() as server:
        (thread,) = (
            each
            for each in threading.enumerate()
            if each.name == "mock_backend" and each not in others
        )
        wire = Wire(server.host, server.port)
        assert wire("SET", "k", "v") == b"OK"
        port = server.port

    with pytest.raises((ConnectionError, TimeoutError)):
        wire("GET", "k")
    wire.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    # not counted: what others left behind, native threads among it, may come and go meanwhile
    assert not thread.is_alive()


async def test_it_serves_from_the_running_loop() -> None:
    async with MockServer() as server:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(b"SET k v\r\nGET k\r\n")
        assert await reader.readexactly(12) == b"+OK\r\n$1\r\nv\r\n"
        writer.close()
        await writer.wait_closed()


def test_a_port_that_is_taken_is_said_at_once() -> None:
    with MockServer() as first, pytest.raises(OSError, match="address already in use"):
        MockServer(port=first.port).start()


def test_a_server_that_cannot_be_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="at least one database, not 0"):
        MockServer(databases=0)
    with pytest.raises(OverflowError, match="0-65535"):
        MockServer(port=65_536).start()


def test_the_url_is_one_that_a_client_can_read_back() -> None:
    with MockServer(host="::1", password="p@ss:w/rd") as server:
        client = redis.Redis.from_url(server.url)

        assert client.client_info()["addr"].startswith("[::1]:")

        client.close()


def test_a_bug_in_a_tick_reaches_whoever_moved_the_clock() -> None:
    clock = VirtualClock()
    with MockServer(clock=clock) as server:
        server.kernel.space.expire_due = lambda: 1 // 0  # type: ignore[method-assign]

        with pytest.raises(ZeroDivisionError):
            clock.advance(1)


def test_starting_twice_is_refused() -> None:
    with MockServer() as server, pytest.raises(RuntimeError, match="runs already"):
        server.start()


def test_two_servers_share_nothing() -> None:
    with MockServer() as first, MockServer() as second:
        one, two = Wire(first.host, first.port), Wire(second.host, second.port)
        one("SET", "k", "v")
        assert two("GET", "k") is None
        one.close()
        two.close()


def test_a_virtual_clock_moves_a_server_in_another_thread() -> None:
    clock = VirtualClock()
    with MockServer(clock=clock) as server:
        wire, waiter = Wire(server.host, server.port), Wire(server.host, server.port)
        wire("SET", "k", "v", "EX", 3600)
        waiter.send("BLPOP", "l", "1000")
        assert wire("TTL", "k") == 3600

        while not server.kernel.waiting:
            wire("PING")
        clock.advance(3_599_999)
        assert wire("PTTL", "k") == 1
        assert waiter.read() is None

        clock.advance(1)
        assert wire("EXISTS", "k") == 0
        wire.close()
        waiter.close()


def test_a_client_that_does_not_read_is_not_read_from() -> None:
    """Replies pile up only so far: the server stops reading, and goes on when the client does."""
    value = b"x" * 100_000
    with MockServer() as server:
        slow, other = Wire(server.host, server.port), Wire(server.host, server.port)
        other("SET", "k", value)
        for _ in range(500):
            slow.send("GET", "k")
        assert other("PING") == b"PONG"
        for _ in range(500):
            assert slow.read() == value
        slow.close()
        other.close()
