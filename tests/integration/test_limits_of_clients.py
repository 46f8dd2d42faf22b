"""Limits on clients: what waits for them, requests without end, idle time, the memory of all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.test_replication import until
from tests.integration.wire import Wire
from tests.targets import Server

Connect = Callable[..., Wire]

KILOBYTE = 1024
MEGABYTE = 1024 * KILOBYTE


def is_closed(wire: Wire) -> bool:
    """Whether the server has closed the connection; whatever it still had to say is read."""
    try:
        while True:
            wire.read(timeout=0.5)
    except TimeoutError:
        return False
    except (ConnectionError, OSError):
        return True


def stats(wire: Wire, name: str) -> int:
    lines = wire("INFO", "stats").decode().splitlines()
    return int(dict(line.split(":") for line in lines if ":" in line)[name])


def fields(wire: Wire, number: int) -> dict[str, str]:
    line = wire("CLIENT", "LIST", "ID", number).decode()
    return dict(word.split("=", 1) for word in line.split())


def test_a_reply_beyond_the_hard_limit_ends_the_connection(connect: Connect) -> None:
    wire, reader = connect(), connect()
    wire("SET", "k", b"x" * 300 * KILOBYTE)
    wire("CONFIG", "SET", "client-output-buffer-limit", "normal 200000 0 0")
    reader.send("GET", "k")
    assert is_closed(reader)
    assert wire("STRLEN", "k") == 300 * KILOBYTE
    wire("CONFIG", "SET", "client-output-buffer-limit", "normal 0 0 0")
    assert len(wire("GET", "k")) == 300 * KILOBYTE


@pytest.mark.parametrize("draw", ["HRANDFIELD", "SRANDMEMBER", "ZRANDMEMBER"])
def test_random_draws_without_end_end_at_the_hard_limit(connect: Connect, draw: str) -> None:
    wire, reader, other = connect(), connect(), connect()
    wire("HSET", "h", "f", "v")
    wire("SADD", "s", "m")
    wire("ZADD", "z", 1, "m")
    wire("CONFIG", "SET", "client-output-buffer-limit", "normal 1000000 0 0")
    key = draw[0].lower()
    assert len(reader(draw, key, -1000)) == 1000
    reader.send(draw, key, -999_999_999)
    assert is_closed(reader)
    for words in ("MULTI", f"{draw} {key} -999999999", "SET told yes"):
        other(*words.split())
    other.send("EXEC")
    assert is_closed(other)
    assert wire("GET", "told") == b"yes"
    wire("CONFIG", "SET", "client-output-buffer-limit", "normal 0 0 0")


def test_a_subscriber_that_does_not_read_is_dropped(connect: Connect) -> None:
    wire, subscriber = connect(), connect()
    wire("CONFIG", "SET", "client-output-buffer-limit", f"pubsub {8 * MEGABYTE} 0 0")
    number = subscriber("CLIENT", "ID")
    subscriber("SUBSCRIBE", "c")
    message = b"x" * 256 * KILOBYTE
    until(lambda: wire("PUBLISH", "c", message) == 0)
    assert wire("CLIENT", "LIST", "ID", number) == b""


def test_what_waits_to_be_sent_is_shown(connect: Connect) -> None:
    wire, subscriber = connect(), connect()
    number = subscriber("CLIENT", "ID")
    subscriber("SUBSCRIBE", "c")
    assert fields(wire, number)["omem"] == "0"
    message = b"x" * 256 * KILOBYTE

    def waits() -> bool:
        wire("PUBLISH", "c", message)
        return int(fields(wire, number)["omem"]) > MEGABYTE

    until(waits)
    told = fields(wire, number)
    assert int(told["tot-mem"]) > int(told["omem"])
    assert int(told["oll"]) > 0


def test_a_soft_limit_counts_after_its_time(connect: Connect) -> None:
    wire, subscriber = connect(), connect()
    wire("CONFIG", "SET", "client-output-buffer-limit", "pubsub 0 100000 1")
    number = subscriber("CLIENT", "ID")
    subscriber("SUBSCRIBE", "c")
    message = b"x" * 256 * KILOBYTE

    def gone() -> bool:
        if int(fields(wire, number).get("omem", 0)) < MEGABYTE:
            wire("PUBLISH", "c", message)
        return bool(wire("CLIENT", "LIST", "ID", number) == b"")

    until(gone)


def test_a_request_without_end_ends_the_connection(connect: Connect) -> None:
    wire, sender = connect(), connect()
    wire("CONFIG", "SET", "client-query-buffer-limit", MEGABYTE)
    sender.send_bytes(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2500000\r\n")
    try:
        for _ in range(24):
            sender.send_bytes(b"x" * 100_000)
    except OSError:
        pass  # closed while we speak
    assert is_closed(sender)
    assert wire("EXISTS", "k") == 0


def test_idle_clients_are_closed(connect: Connect) -> None:
    wire, idle, waiting, listening = connect(), connect(), connect(), connect()
    idle("PING")
    waiting.send("BLPOP", "l", 0)
    listening("SUBSCRIBE", "c")
    numbers = {name: one("CLIENT", "ID") for name, one in {"wire": wire, "idle": idle}.items()}
    wire("CONFIG", "SET", "timeout", 1)
    until(lambda: wire("CLIENT", "LIST", "ID", numbers["idle"]) == b"")
    wire("CONFIG", "SET", "timeout", 0)
    assert is_closed(idle)
    assert wire("PUBLISH", "c", "m") == 1
    wire("RPUSH", "l", "x")
    assert waiting.read() == [b"l", b"x"]


def test_clients_beyond_the_memory_of_all_are_dropped(connect: Connect) -> None:
    wire, big = connect(), connect()
    wire("CLIENT", "NO-EVICT", "on")
    wire("CONFIG", "SET", "maxmemory-clients", 10 * MEGABYTE)
    big("MULTI")
    for _ in range(12):
        try:
            big("SET", "k", b"x" * MEGABYTE)
        except (ConnectionError, OSError):
            break
    assert is_closed(big)
    assert stats(wire, "evicted_clients") >= 1
    wire("CONFIG", "SET", "maxmemory-clients", 0)


def test_too_many_clients_are_refused(connect: Connect) -> None:
    wire = connect()
    there = len(wire("CLIENT", "LIST").splitlines())
    wire("CONFIG", "SET", "maxclients", there)
    refused = connect()
    assert str(refused.read()) == "ERR max number of clients reached"
    assert is_closed(refused)
    wire("CONFIG", "SET", "maxclients", 10000)
    assert connect()("PING") == b"PONG"


@pytest.mark.targets("mock", "valkey")
def test_disconnections_are_counted(server: Server, connect: Connect) -> None:
    wire, reader = connect(), connect()
    before = stats(wire, "client_output_buffer_limit_disconnections")
    wire("SET", "k", b"x" * 300 * KILOBYTE)
    wire("CONFIG", "SET", "client-output-buffer-limit", "normal 200000 0 0")
    reader.send("GET", "k")
    assert is_closed(reader)
    assert stats(wire, "client_output_buffer_limit_disconnections") == before + 1
    wire("CONFIG", "SET", "client-output-buffer-limit", "normal 0 0 0")


LITTLE = 200_000
REMEMBERED = [
    (("WATCH",), ("{}",)),
    (("PSUBSCRIBE",), ("{}",)),
    (("SUBSCRIBE",), ("{}",)),
    (("CLIENT", "TRACKING", "ON", "BCAST"), ("PREFIX", "{:012}")),
]


@pytest.mark.parametrize(("words", "more"), REMEMBERED, ids=lambda words: str(words[0]))
def test_what_is_remembered_of_a_client_counts(
    connect: Connect, words: tuple[str, ...], more: tuple[str, ...]
) -> None:
    wire, big = connect(), connect()
    wire("CLIENT", "NO-EVICT", "on")
    before = stats(wire, "evicted_clients")
    wire("CONFIG", "SET", "maxmemory-clients", LITTLE)

    said = [word.format(number) for number in range(8_000) for word in more]
    try:
        big(*words, *said)
        big("PING")
    except (ConnectionError, OSError):
        pass

    wire("CONFIG", "SET", "maxmemory-clients", 0)
    assert is_closed(big)
    assert stats(wire, "evicted_clients") == before + 1


def test_a_request_counts_while_it_is_performed(connect: Connect) -> None:
    wire, big = connect(), connect()
    wire("CLIENT", "NO-EVICT", "on")
    wire("CONFIG", "SET", "maxmemory-clients", 3 * MEGABYTE)

    assert big("MSET", "k", "v", "k2", b"v" * MEGABYTE) == b"OK"
    with pytest.raises((ConnectionError, OSError)):
        big("MSET", "k", "w", "k2", b"v" * (3 * MEGABYTE))

    assert wire("GET", "k") == b"v"
    wire("CONFIG", "SET", "maxmemory-clients", 0)


def test_what_a_client_does_not_read_makes_keys_go(connect: Connect) -> None:
    wire, lazy = connect(), connect()
    for number in range(50):
        wire("SETRANGE", number, 100_000, "x")
    told = dict(line.split(":") for line in wire("INFO", "memory").decode().split()[2:])
    used = int(told["used_memory"])
    wire("CONFIG", "SET", "maxmemory", used + MEGABYTE, "maxmemory-policy", "allkeys-lru")

    for _ in range(600):
        lazy.send("GETRANGE", "1", 0, -1)
        if stats(wire, "evicted_keys"):
            break

    assert stats(wire, "evicted_keys") > 0
    lazy.close()
    wire("CONFIG", "SET", "maxmemory", 0, "maxmemory-policy", "noeviction")
