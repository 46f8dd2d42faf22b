"""What several clients do to each other over time: pauses, killing, monitors, tracking."""

from __future__ import annotations

from collections.abc import Callable

from mock_backend import MockServer, VirtualClock
from mock_backend.replies import Push
from mock_backend.transport.memory import MemoryClient

Clients = Callable[[], MemoryClient]


def test_held_calls_are_performed_in_their_order_when_the_pause_ends(
    client: Clients, clock: VirtualClock
) -> None:
    wire, first, second = client(), client(), client()
    wire("CLIENT", "PAUSE", 1_000, "WRITE")
    first("RPUSH", "l", "first")
    second("RPUSH", "l", "second")
    first("LLEN", "l")

    clock.advance(999)
    assert first.waiting
    assert wire("LLEN", "l") == 0

    clock.advance(1)
    assert first.out == [1, 1]  # its next request comes before the others
    assert second.out == [2]
    assert wire("LRANGE", "l", 0, -1) == [b"first", b"second"]


def test_a_pause_becomes_neither_shorter_nor_milder(client: Clients, clock: VirtualClock) -> None:
    wire, reader = client(), client()
    wire("MULTI")
    wire("CLIENT", "PAUSE", 1_000, "ALL")
    wire("CLIENT", "PAUSE", 10, "WRITE")
    wire("EXEC")
    reader("PING")

    clock.advance(999)
    assert reader.waiting

    clock.advance(1)
    assert [reply.text for reply in reader.out] == [b"PONG"]


def test_who_leaves_during_a_pause_is_forgotten(
    client: Clients, clock: VirtualClock, server: MockServer
) -> None:
    wire, leaving = client(), client()
    wire("CLIENT", "PAUSE", 1_000, "WRITE")
    leaving("SET", "k", 1)
    leaving.close()
    clock.advance(1_000)
    assert wire("EXISTS", "k") == 0
    assert not server.kernel.waiting


def test_a_killed_client_waits_for_nothing(client: Clients, server: MockServer) -> None:
    wire, waiting = client(), client()
    waiting("BLPOP", "l", 0)
    assert wire("CLIENT", "KILL", "ID", waiting.session.id) == 1
    wire("RPUSH", "l", "a")
    assert wire("LLEN", "l") == 1
    assert not server.kernel.waiting


def test_a_monitor_that_leaves_costs_nothing_any_more(client: Clients, server: MockServer) -> None:
    monitor, wire = client(), client()
    monitor("MONITOR")
    assert server.kernel.gated
    wire("PING")
    assert monitor.out[-1].text.endswith(b'"PING"')

    monitor.close()
    assert not server.kernel.gated


def test_tracking_that_ends_costs_nothing_any_more(client: Clients, server: MockServer) -> None:
    reader, writer = client(), client()
    reader("HELLO", 3)
    reader("CLIENT", "TRACKING", "ON")
    reader("GET", "k")
    assert server.kernel.tracking.items == 1

    reader("CLIENT", "TRACKING", "OFF")
    assert not server.kernel.gated
    writer("SET", "k", 1)
    assert server.kernel.tracking.items == 0
    assert reader.pushes() == []
    server.kernel.tick()
    assert server.kernel.space.listener is None


def test_what_a_script_reads_is_tracked_for_its_caller(client: Clients) -> None:
    reader, writer = client(), client()
    reader("HELLO", 3)
    reader("CLIENT", "TRACKING", "ON")
    reader("EVAL", "return redis.call('GET', KEYS[1])", 1, "k")
    writer("SET", "k", 1)
    assert reader.pushes() == [Push([b"invalidate", [b"k"]])]


def test_a_redirection_to_nobody_is_told_as_broken(client: Clients) -> None:
    reader, target, writer = client(), client(), client()
    reader("HELLO", 3)
    reader("CLIENT", "TRACKING", "ON", "REDIRECT", target.session.id)
    reader("GET", "k")
    target.close()
    writer("SET", "k", 1)
    assert reader.pushes() == [Push([b"tracking-redir-broken", target.session.id])]
    assert b"broken_redirect" in dict(reader("CLIENT", "TRACKINGINFO"))[b"flags"]


def test_age_and_idle_time_are_told_in_seconds(client: Clients, clock: VirtualClock) -> None:
    old, wire = client(), client()
    old("PING")
    clock.advance(90_000)
    line = wire("CLIENT", "LIST", "ID", old.session.id).text
    assert b" age=90 idle=90 " in line
    assert wire("CLIENT", "KILL", "MAXAGE", 60) == 1


def test_a_slow_call_is_logged_with_its_time(call: MemoryClient, clock: VirtualClock) -> None:
    call("CONFIG", "SET", "slowlog-log-slower-than", 0)
    call("GET", "k")
    entry = call("SLOWLOG", "GET", 1)[0]
    assert entry[3] == [b"GET", b"k"]
    assert entry[1] == clock.now_ms() // 1000
    assert entry[2] >= 0


def test_passwords_are_in_no_log(client: Clients, call: MemoryClient) -> None:
    call("CONFIG", "SET", "slowlog-log-slower-than", 0)
    client()("HELLO", 3, "AUTH", "default", "secret")
    client()("AUTH", "default", "secret")
    assert b"secret" not in repr(call("SLOWLOG", "GET", -1)).encode()
