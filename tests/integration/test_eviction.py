"""maxmemory, on the mock and on the real servers: what is refused, and who goes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.clusters import eventually
from tests.integration.steps import Case, Steps, cases, check
from tests.integration.wire import Wire

OOM = "OOM command not allowed when used memory > 'maxmemory'."

CASES: list[Case] = [
    (
        "without room what needs memory is refused",
        [
            ("SET k v", b"OK"),
            ("SADD s 1 2", 2),
            ("CONFIG SET maxmemory 1", b"OK"),
            ("SET a 1", OOM),
            ("GET k", b"v"),
            ("DEL none", 0),
            ("LPUSH l 1", OOM),
            ("APPEND k x", OOM),
            ("SUNIONSTORE d s s", OOM),
            ("GEOADD g 1 2 a", OOM),
            ("PFADD p a", OOM),
            ("GETEX k", b"v"),
            ("EXPIRE k 100", 1),
            ("SORT s", OOM),
            ("SORT s STORE d", OOM),
            ("PUBLISH c m", 0),
            ("CONFIG SET maxmemory 0", b"OK"),
            ("SET a 1", b"OK"),
        ],
    ),
    (
        "scripts without room",
        [
            ("SET k v", b"OK"),
            ("CONFIG SET maxmemory 1", b"OK"),
            ("EVAL \"return redis.call('get','k')\" 0", b"v"),
            (
                "EVAL \"return redis.call('set','x',1)\" 0",
                f"{OOM} script: 4cb91861d207e5689edc816618ab68f9d6de3b44, on @user_script:1.",
            ),
            ("EVAL \"redis.call('del','k') return redis.call('set','x',1)\" 0", b"OK"),
            ("CONFIG SET maxmemory 0", b"OK"),
        ],
    ),
    (
        "transactions without room",
        [
            ("MULTI", b"OK"),
            ("SET k v", b"QUEUED"),
            ("CONFIG SET maxmemory 1", b"QUEUED"),
            ("EXEC", [b"OK", b"OK"]),
            ("CONFIG SET maxmemory 1", b"OK"),
            ("MULTI", b"OK"),
            ("SET k v", OOM),
            ("EXEC", "EXECABORT Transaction discarded because of previous errors."),
            ("MULTI", b"OK"),
            ("DISCARD", b"OK"),
            ("CONFIG SET maxmemory 0", b"OK"),
        ],
    ),
]


@cases(CASES)
def test_without_room_the_same_is_refused(wire: Wire, steps: Steps) -> None:
    check(wire, steps)


def number_of(wire: Wire, section: str, name: str) -> int:
    info = wire("INFO", section).decode()
    return int(info.partition(f"\n{name}:")[2].partition("\r\n")[0])


@pytest.fixture
def without_backlog(wire: Wire) -> None:
    """A server that has had a replica keeps what it writes for that, and counts it as memory."""
    ttl = wire("CONFIG", "GET", "repl-backlog-ttl")[1]
    wire("CONFIG", "SET", "repl-backlog-ttl", 1)
    eventually(lambda: number_of(wire, "replication", "repl_backlog_active") == 0)
    wire("CONFIG", "SET", "repl-backlog-ttl", ttl)


@pytest.mark.usefixtures("without_backlog")
@pytest.mark.parametrize(
    "policy",
    [
        "allkeys-lru",
        "allkeys-lfu",
        "allkeys-random",
        "volatile-lru",
        "volatile-lfu",
        "volatile-random",
        "volatile-ttl",
    ],
)
def test_keys_go_under_every_policy(wire: Wire, policy: str) -> None:
    wire("CONFIG", "SET", "maxmemory-policy", policy)
    for number in range(500):
        wire("SET", f"k{number}", "x" * 1_000, "EX", 1_000)
    used = number_of(wire, "memory", "used_memory")
    wire("CONFIG", "SET", "maxmemory", used + 100_000)

    for number in range(500, 1_000):
        assert wire("SET", f"k{number}", "x" * 1_000, "EX", 1_000) == b"OK"

    wire("CONFIG", "SET", "maxmemory", 0)  # or more may go between one question and the next
    assert 400 < wire("DBSIZE") < 900
    assert number_of(wire, "stats", "evicted_keys") == 1_000 - wire("DBSIZE")


@pytest.mark.parametrize(
    "policy", ["volatile-lru", "volatile-random", "volatile-ttl", "noeviction"]
)
def test_keys_that_live_for_ever_stay(wire: Wire, policy: str) -> None:
    wire("CONFIG", "SET", "maxmemory-policy", policy)
    wire("SET", "k", "v")
    wire("SET", "short", "v", "EX", 1_000)
    wire("CONFIG", "SET", "maxmemory", 1)

    assert str(wire("SET", "more", "v")) == OOM
    assert wire("EXISTS", "k") == 1
    assert wire("EXISTS", "short") == (policy == "noeviction")
    wire("CONFIG", "SET", "maxmemory", 0)


def test_keys_go_once_the_limit_is_lower_without_a_further_call(
    connect: Callable[..., Wire], wire: Wire
) -> None:
    listener = connect()
    wire("CONFIG", "SET", "notify-keyspace-events", "Ee", "maxmemory-policy", "allkeys-lru")
    listener("SUBSCRIBE", "__keyevent@0__:evicted")
    wire("SET", "k", "v")
    wire("CONFIG", "SET", "maxmemory", 1)

    assert listener.read() == [b"message", b"__keyevent@0__:evicted", b"k"]
    wire("CONFIG", "SET", "maxmemory", 0)
