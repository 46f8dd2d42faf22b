"""String commands that not every server has, or that servers take differently.

The answers are those of Redis 7.0.15 and 8.0.6, Valkey 8.0.1, 8.1.1 and 9.1.2.
"""

from __future__ import annotations

import pytest

from mock_backend import MockServer, VirtualClock
from mock_backend.replies import OK
from mock_backend.transport.memory import MemoryClient

SYNTAX = "ERR syntax error"


def client(compat: str) -> MemoryClient:
    return MockServer(compat=compat, clock=VirtualClock()).client()


@pytest.mark.parametrize("compat", ["valkey-8.1", "valkey-9.0"])
def test_set_if_the_value_is_what_it_was(compat: str) -> None:
    call = client(compat)
    assert call("SET", "k", "new", "IFEQ", "old") is None
    call("SET", "k", "old")
    assert call("SET", "k", "new", "IFEQ", "other") is None
    assert call("SET", "k", "new", "IFEQ", "other", "GET") == b"old"
    assert call("SET", "k", "new", "IFEQ", "old", "EX", 10) == OK
    assert call("SET", "k", "newer", "GET", "IFEQ", "new") == b"new"
    assert call("TTL", "k") == -1
    call("RPUSH", "l", "x")
    assert str(call("SET", "l", "x", "IFEQ", "x")).startswith("WRONGTYPE")


@pytest.mark.parametrize(
    "words", ["IFEQ", "IFEQ a NX", "XX IFEQ a", "IFEQ a IFEQ a", "IFNE a", "IFDEQ a"]
)
def test_conditions_that_do_not_go_together(words: str) -> None:
    assert str(client("valkey-8.1")("SET", "k", "v", *words.split())) == SYNTAX


@pytest.mark.parametrize("compat", ["redis-7.0", "redis-8.0", "valkey-8.0"])
def test_older_servers_and_redis_have_no_ifeq(compat: str) -> None:
    call = client(compat)
    assert str(call("SET", "k", "v", "IFEQ", "v")) == SYNTAX
    assert str(call("DELIFEQ", "k", "v")).startswith("ERR unknown command 'DELIFEQ'")


def test_delete_if_the_value_is_what_it_was() -> None:
    call = client("valkey-9.0")
    call("SET", "k", "v")
    assert call("DELIFEQ", "k", "w") == 0
    assert call("DELIFEQ", "none", "v") == 0
    assert call("DELIFEQ", "k", "v") == 1
    assert call("EXISTS", "k") == 0
    call("RPUSH", "l", "x")
    assert str(call("DELIFEQ", "l", "x")).startswith("WRONGTYPE")


@pytest.mark.parametrize(
    ("compat", "new", "old"),
    [
        ("redis-7.0", ["set", "expire", "expired"], ["set", "expire", "expired"]),
        ("redis-8.0", ["set", "expire", "expired"], ["set", "expire", "expired"]),
        ("valkey-8.0", [], ["del"]),
        ("valkey-8.1", [], ["expired"]),
        ("valkey-9.0", [], ["expired"]),
    ],
)
def test_a_time_in_the_past(compat: str, new: list[str], old: list[str]) -> None:
    server = MockServer(compat=compat, clock=VirtualClock())
    call, listener = server.client(), server.client()
    call("CONFIG", "SET", "notify-keyspace-events", "KA")
    listener("HELLO", 3)
    listener("SUBSCRIBE", "__keyspace@0__:k")
    listener.pushes()

    def events() -> list[str]:
        assert call("EXISTS", "k") == 0
        return [push[-1].decode() for push in listener.pushes()]

    assert call("SET", "k", "v", "PXAT", 1) == OK
    assert events() == new
    call("SET", "k", "v")
    listener.pushes()
    assert call("SET", "k", "w", "PXAT", 1, "GET") == b"v"
    assert events() == old


@pytest.mark.parametrize(
    ("compat", "sscan", "scan"),
    [
        ("redis-7.0", SYNTAX, [b"0", []]),
        ("redis-8.0", "ERR NOVALUES option can only be used in HSCAN", [b"0", []]),
        (
            "valkey-8.0",
            "ERR NOVALUES option can only be used in HSCAN",
            "ERR unknown type name 'what'",
        ),
    ],
)
def test_words_of_scans(compat: str, sscan: str, scan: object) -> None:
    call = client(compat)
    call("SADD", "s", "x")
    assert str(call("SSCAN", "s", 0, "NOVALUES")) == sscan
    reply = call("SCAN", 0, "TYPE", "what")
    assert (reply if isinstance(reply, list) else str(reply)) == scan
