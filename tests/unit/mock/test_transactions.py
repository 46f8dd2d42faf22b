"""MULTI, EXEC and WATCH, seen by one and by several clients."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mock_backend import VirtualClock
from mock_backend.replies import NIL_ARRAY, OK, PONG, QUEUED
from mock_backend.transport.memory import MemoryClient

Clients = Callable[[], MemoryClient]


def test_a_queue_is_performed_in_one_turn(call: MemoryClient) -> None:
    assert call("MULTI") == OK
    assert call("SET", "k", 1) == QUEUED
    assert call("INCR", "k") == QUEUED
    assert call("EXEC") == [OK, 2]


def test_an_error_while_performing_does_not_stop_the_others(call: MemoryClient) -> None:
    call("SET", "k", "text")
    call("MULTI")
    call("INCR", "k")
    call("SET", "k", 1)

    error, done = call("EXEC")

    assert error.line == "ERR value is not an integer or out of range"
    assert done == OK


@pytest.mark.parametrize("bad", [("NOSUCH",), ("GET",), ("SET", "k")])
def test_a_command_that_cannot_be_queued_aborts_the_transaction(
    call: MemoryClient, bad: tuple[str, ...]
) -> None:
    call("MULTI")
    call("SET", "k", 1)
    call(*bad)

    assert call("EXEC").line == "EXECABORT Transaction discarded because of previous errors."
    assert call("GET", "k") is None
    assert call("EXEC").line == "ERR EXEC without MULTI"


@pytest.mark.parametrize("words", [("MULTI",), ("WATCH", "k")])
def test_multi_and_watch_cannot_be_queued(call: MemoryClient, words: tuple[str, ...]) -> None:
    call("MULTI")

    assert call(*words).line == "ERR Command not allowed inside a transaction"
    assert call("EXEC").line.startswith("EXECABORT ")


@pytest.mark.parametrize(
    "change", [("SET", "k", 2), ("DEL", "k"), ("FLUSHDB",), ("EXPIRE", "k", 10)]
)
def test_watch_notices_whatever_changes_the_key(client: Clients, change: tuple[str, ...]) -> None:
    watcher, other = client(), client()
    watcher("SET", "k", 1)
    watcher("WATCH", "k")
    other(*change)
    watcher("MULTI")
    watcher("SET", "k", 3)

    assert watcher("EXEC") is NIL_ARRAY
    watcher("MULTI")
    assert watcher("EXEC") == []


def test_watch_is_not_disturbed_by_other_keys_or_by_reading(client: Clients) -> None:
    watcher, other = client(), client()
    watcher("WATCH", "k")
    other("SET", "elsewhere", 1)
    other("GET", "k")
    watcher("MULTI")

    assert watcher("EXEC") == []


def test_a_watched_key_that_expires_aborts(client: Clients, clock: VirtualClock) -> None:
    watcher = client()
    watcher("SET", "k", 1, "PX", 100)
    watcher("WATCH", "k")
    clock.advance(101)
    watcher("MULTI")

    assert watcher("EXEC") is NIL_ARRAY


@pytest.mark.parametrize("end", [("UNWATCH",), ("DISCARD",)])
def test_unwatch_and_discard_forget_what_was_watched(client: Clients, end: tuple[str]) -> None:
    watcher, other = client(), client()
    watcher("WATCH", "k")
    if end == ("DISCARD",):
        watcher("MULTI")
    watcher(*end)
    other("SET", "k", 1)
    watcher("MULTI")

    assert watcher("EXEC") == []


def test_a_client_that_leaves_watches_nothing_any_more(client: Clients) -> None:
    watcher, other = client(), client()
    watcher("WATCH", "k")
    watcher.close()

    assert other("SET", "k", 1) == OK


@pytest.mark.parametrize(
    ("here", "there", "reply"),
    [
        ("", "stale", [PONG]),
        ("stale", "stale", [PONG]),
        ("stale", "", [PONG]),
        ("", "", [PONG]),
        ("", "live", NIL_ARRAY),
        ("live", "", NIL_ARRAY),
        ("live", "stale", NIL_ARRAY),
        ("stale", "live", NIL_ARRAY),
    ],
)
def test_a_swap_that_brings_an_expired_key_for_none_or_an_expired_one_changes_nothing(
    call: MemoryClient, clock: VirtualClock, here: str, there: str, reply: object
) -> None:
    call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
    for number, state in enumerate((here, there)):
        call("SELECT", number)
        if state:
            call("SET", "x", "1", "PX", 1 if state == "stale" else 1000)
    call("SELECT", 0)
    clock.advance(10)
    call("WATCH", "x")
    call("SWAPDB", 0, 1)
    call("MULTI")
    call("PING")

    assert call("EXEC") == reply


@pytest.mark.parametrize(
    ("line", "reply"), [("DEL x", [PONG]), ("FLUSHDB", [PONG]), ("SET x 2", NIL_ARRAY)]
)
def test_a_key_that_had_expired_before_it_was_watched_may_go_but_not_come_back(
    call: MemoryClient, clock: VirtualClock, line: str, reply: object
) -> None:
    call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
    call("SET", "x", "1", "PX", 1)
    clock.advance(10)
    call("WATCH", "x")
    call(*line.split())
    call("MULTI")
    call("PING")

    assert call("EXEC") == reply
