"""maxmemory: what is refused, and which keys go."""

from __future__ import annotations

import pytest

from mock_backend import MockServer, VirtualClock
from mock_backend.kernel.reports import info
from mock_backend.replies import QUEUED
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


def fill(call: MemoryClient, clock: VirtualClock, *, keys: int = 40) -> None:
    """``k0`` and so on, of a thousand bytes each, one a second."""
    for number in range(keys):
        call("SET", f"k{number}", "x" * 1000)
        clock.advance(1_000)


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-lfu", "allkeys-random"])
def test_keys_go_until_there_is_room(
    call: MemoryClient, server: MockServer, clock: VirtualClock, policy: str
) -> None:
    fill(call, clock)
    call("CONFIG", "SET", "maxmemory-policy", policy)
    limited_to(server, call, -10_000)
    for number in range(20):
        assert call("SET", f"new{number}", "y" * 1000).text == b"OK"
    call("PING")
    limit = server.kernel.config.number("maxmemory")
    assert info.used_memory(server.kernel) <= limit
    assert 25 <= call("DBSIZE") < 40
    assert server.kernel.statistics.evicted >= 20


def test_the_least_frequently_used_go_first(
    call: MemoryClient, server: MockServer, clock: VirtualClock
) -> None:
    call("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu")
    call("CONFIG", "SET", "lfu-log-factor", 0)
    fill(call, clock, keys=10)
    for number in (3, 7):
        call("GET", f"k{number}")
    limited_to(server, call, -7_000)
    call("PING")
    kept = call("KEYS", "*")
    assert {b"k3", b"k7"} <= set(kept)
    assert len(kept) < 5


def test_whoever_expires_first_goes_first_under_volatile_ttl(
    call: MemoryClient, server: MockServer
) -> None:
    for number in range(10):
        call("SET", f"k{number}", "x" * 1000, "EX", 1_000 - number)
    call("PERSIST", "k9")
    call("CONFIG", "SET", "maxmemory-policy", "volatile-ttl")
    limited_to(server, call, -3_500)
    call("PING")
    left = sorted(call("KEYS", "*"))
    assert left[-1] == b"k9"
    assert left == [*(b"k%d" % number for number in range(len(left) - 1)), b"k9"]


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-lru", "allkeys-random"])
def test_of_many_keys_a_sample_is_looked_at(
    call: MemoryClient, server: MockServer, clock: VirtualClock, policy: str
) -> None:
    for number in range(3_000):
        call("SET", f"k{number}", "x" * 100, "EX", 100_000)
        clock.advance(10)
    call("CONFIG", "SET", "maxmemory-policy", policy)
    limited_to(server, call, -50_000)
    call("PING")
    assert call("DBSIZE") < 2_900
    left = {int(key[1:]) for key in call("KEYS", "*")}
    gone = set(range(3_000)) - left
    if policy != "allkeys-random":
        assert sum(gone) / len(gone) < 600


def test_an_evicted_key_is_told_of(call: MemoryClient, server: MockServer) -> None:
    listener = server.client()
    call("CONFIG", "SET", "notify-keyspace-events", "Ee")
    listener("SUBSCRIBE", "__keyevent@0__:evicted")
    call("SET", "k", "x" * 1000)
    call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    limited_to(server, call, -500)
    call("PING")
    assert listener.out[-1] == [b"message", b"__keyevent@0__:evicted", b"k"]


@pytest.mark.parametrize("compat", ["redis-7.0", "valkey-8.0"])
def test_without_room_redis_7_0_puts_nothing_by_for_exec(compat: str) -> None:
    call = MockServer(compat=compat).client()
    call("SET", "k", "v")
    call("CONFIG", "SET", "maxmemory", 1)
    assert call("GET", "k") == b"v"
    call("MULTI")
    reply = call("GET", "k")
    if compat == "redis-7.0":
        assert str(reply) == OOM
    else:
        assert reply is QUEUED
    assert call("DISCARD").text == b"OK"


def test_frequencies_decay_by_the_minute(call: MemoryClient, clock: VirtualClock) -> None:
    call("CONFIG", "SET", "maxmemory-policy", "volatile-lfu")
    call("CONFIG", "SET", "lfu-log-factor", 0)
    call("SET", "k", "v")
    for _ in range(20):
        call("GET", "k")
    assert call("OBJECT", "FREQ", "k") == 25
    clock.advance(4 * 60_000)
    assert call("OBJECT", "FREQ", "k") == 21
    call("CONFIG", "SET", "lfu-decay-time", 0)
    assert call("OBJECT", "FREQ", "k") == 25
    clock.advance(500 * 60_000)
    call("CONFIG", "SET", "lfu-decay-time", 1)
    assert call("OBJECT", "FREQ", "k") == 0


def test_frequencies_grow_the_slower_the_greater_they_are(call: MemoryClient) -> None:
    call("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu")
    call("SET", "k", "v")
    for _ in range(1_000):
        call("GET", "k")
    assert 10 <= call("OBJECT", "FREQ", "k") <= 40


def test_touching_leaves_no_trace_of_clients_that_asked_for_it(
    call: MemoryClient, server: MockServer, clock: VirtualClock
) -> None:
    other = server.client()
    call("SET", "k", "v")
    clock.advance(5_000)
    other("CLIENT", "NO-TOUCH", "ON")
    other("GET", "k")
    assert other("OBJECT", "IDLETIME", "k") == 5
    other("SET", "new", "v")
    clock.advance(2_000)
    assert other("OBJECT", "IDLETIME", "new") == 2
    call("GET", "k")
    assert call("OBJECT", "IDLETIME", "k") == 0
    clock.advance(2_000)
    other("EVAL", "return redis.call('GET', 'k')", 0)
    assert other("OBJECT", "IDLETIME", "k") == 2
    other("FLUSHALL")
    other("SET", "k", "v")
    other.close()
    assert not server.kernel.gated
    clock.advance(1_000)
    assert call("OBJECT", "IDLETIME", "k") == 1
    call("GET", "k")
    assert call("OBJECT", "IDLETIME", "k") == 0
