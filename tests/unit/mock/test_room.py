"""maxmemory: what is refused, and which keys go."""

from __future__ import annotations

import pytest

from mock_backend import MockServer, VirtualClock
from mock_backend.kernel import info
from mock_backend.transport.memory import MemoryClient

OOM = "OOM command not allowed when used memory > 'maxmemory'."


def limited_to(server: MockServer, call: MemoryClient, more: int) -> None:
    """``more`` bytes are left."""
    call("CONFIG", "SET", "maxmemory", info.used_memory(server.kernel) + more)


def test_without_eviction_writes_that_need_memory_are_refused(
    call: MemoryClient, server: MockServer
) -> None:
    call("SET", "k", "x" * 1000)
    limited_to(server, call, -1)
    assert str(call("SET", "other", 1)) == OOM
    assert str(call("LPUSH", "l", 1)) == OOM
    assert call("GET", "k") == b"x" * 1000
    assert call("DEL", "k") == 1
    assert call("SET", "other", 1).text == b"OK"


def test_scripts_and_transactions_are_refused_alike(call: MemoryClient) -> None:
    call("CONFIG", "SET", "maxmemory", 1)
    assert str(call("EVAL", "return redis.call('SET', 'k', 1)", 0)).startswith(OOM)
    call("MULTI")
    assert str(call("SET", "k", 1)) == OOM
    assert str(call("EXEC")).startswith("EXECABORT")


def test_the_least_recently_used_key_goes_first(
    call: MemoryClient, server: MockServer, clock: VirtualClock
) -> None:
    for key in ("a", "b", "c"):
        call("SET", key, "x" * 1000)
        clock.advance(1_000)
    call("GET", "a")
    limited_to(server, call, 100)
    call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    call("SET", "d", "x" * 1000)
    call("PING")
    assert sorted(call("KEYS", "*")) == [b"a", b"c", b"d"]
    assert b"evicted_keys:1" in call("INFO", "stats").text


@pytest.mark.parametrize("policy", ["volatile-ttl", "volatile-lru", "volatile-random"])
def test_volatile_policies_spare_keys_that_live_for_ever(
    call: MemoryClient, server: MockServer, policy: str
) -> None:
    call("SET", "for ever", "x" * 1000)
    call("SET", "short", "x" * 1000, "EX", 10)
    call("CONFIG", "SET", "maxmemory-policy", policy)
    limited_to(server, call, -500)
    call("PING")
    assert call("KEYS", "*") == [b"for ever"]
    limited_to(server, call, -500)
    assert str(call("SET", "more", 1)) == OOM


def test_no_limit_costs_nothing(call: MemoryClient, server: MockServer) -> None:
    call("CONFIG", "SET", "maxmemory", "1gb")
    assert server.kernel.gated
    call("CONFIG", "SET", "maxmemory", 0)
    assert not server.kernel.gated
