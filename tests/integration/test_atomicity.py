"""Nothing comes in between the calls of a script or of a transaction, whatever the others do.

Eight clients count up and overwrite without a pause, while one runs scripts and one transactions of
fifty calls each.  What is looked at is what they saw, not when: a counter of the others reads the
same at the beginning, in the middle and at the end, and nothing that was counted is lost.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mock_backend import MockServer
from tests.integration.wire import Argument, Wire
from tests.targets import COMPAT

Connect = Callable[..., Wire]

TIMES = 1_000
HAMMERERS = 8
BATCH = 8
OWN = 44
"""Calls of one's own in a script or transaction; the other six look at what is foreign."""

LOOK: list[tuple[Argument, ...]] = [("GET", "hits"), ("GET", "last")]
SCRIPT = f"""
local seen = {{}}
local function look()
  seen[#seen + 1] = redis.call('GET', 'hits')
  seen[#seen + 1] = redis.call('GET', 'last')
end
look()
-- here it may be made to take long
for i = 1, {OWN // 2} do redis.call('INCR', KEYS[1]) end
look()
for i = 1, {OWN // 2} do redis.call('INCR', KEYS[1]) end
look()
return seen
"""


def calls(own: str) -> list[tuple[Argument, ...]]:
    """What a transaction does, as the script does it."""
    counting: list[tuple[Argument, ...]] = [("INCR", own)] * (OWN // 2)
    return [*LOOK, *counting, *LOOK, *counting, *LOOK]


def glimpses(replies: list[Any]) -> set[tuple[Any, Any]]:
    """What was seen of the others: (counter, value), once if it never changed."""
    looks = [reply for reply in replies if isinstance(reply, bytes)]
    assert len(looks) == 6
    return set(zip(looks[::2], looks[1::2], strict=True))


def packed(lines: list[tuple[Argument, ...]]) -> bytes:
    out = []
    for words in lines:
        pieces = [str(word).encode() for word in words]
        out.append(b"*%d\r\n" % len(pieces))
        out += [b"$%d\r\n%b\r\n" % (len(piece), piece) for piece in pieces]
    return b"".join(out)


def run_scripts(wire: Wire) -> list[set[tuple[Any, Any]]]:
    """Runs all the scripts; what each has seen."""
    sha = wire("SCRIPT", "LOAD", SCRIPT)
    return [glimpses(wire("EVALSHA", sha, 1, "by-scripts")) for _ in range(TIMES)]


def run_transactions(wire: Wire) -> list[set[tuple[Any, Any]]]:
    """Runs all the transactions; what each has seen."""
    lines = [("MULTI",), *calls("by-transactions"), ("EXEC",)]
    request, seen = packed(lines), []
    for _ in range(TIMES):
        wire.send_bytes(request)
        replies = [wire.read() for _ in lines]
        assert replies[:-1] == [b"OK", *[b"QUEUED"] * (OWN + 6)]
        seen.append(glimpses(replies[-1]))
    return seen


def hammer(wire: Wire, name: int, over: threading.Event) -> int:
    """Counts up and overwrites until all is over; how often it has counted."""
    request = packed([("INCR", "hits"), ("SET", "last", name)] * BATCH)
    counted = 0
    previous = 0
    while not over.is_set():
        wire.send_bytes(request)
        replies = [wire.read() for _ in range(2 * BATCH)]
        numbers = replies[::2]
        assert numbers == sorted(numbers)
        assert previous < numbers[0]
        assert set(replies[1::2]) == {b"OK"}
        previous = numbers[-1]
        counted += BATCH
    return counted


def test_nothing_comes_in_between(connect: Connect, wire: Wire) -> None:
    wire("MSET", "hits", 0, "last", 0)
    over = threading.Event()
    with ThreadPoolExecutor(HAMMERERS + 2) as pool:
        hammering = [pool.submit(hammer, connect(), name, over) for name in range(HAMMERERS)]
        try:
            runs = [pool.submit(run, connect()) for run in (run_scripts, run_transactions)]
            seen = [run.result(timeout=120) for run in runs]
        finally:
            over.set()
        counted = sum(future.result(timeout=60) for future in hammering)

    for each in seen:
        assert [glimpse for glimpse in each if len(glimpse) != 1] == []
        assert len(set.union(*each)) > 1  # the others were not idle
    assert int(wire("GET", "hits")) == counted
    assert int(wire("GET", "by-scripts")) == int(wire("GET", "by-transactions")) == TIMES * OWN


def test_nothing_comes_in_between_while_a_script_is_busy(connect: Connect, wire: Wire) -> None:
    wire("CONFIG", "SET", "busy-reply-threshold", 5)
    wire("SET", "hits", 0)
    wire("SET", "last", 0)
    long = "for i = 1, 20 do redis.call('GET', 'hits') for j = 1, 2000000 do end end"
    busy = connect()
    busy.send("EVAL", SCRIPT.replace("-- here it may be made to take long", long), 1, "own")

    replies: list[Any] = []
    while not replies or isinstance(replies[-1], int):
        assert len(replies) < 100_000
        replies.append(wire("INCR", "hits"))
    before = sum(isinstance(reply, int) for reply in replies)
    replies += [wire("INCR", "hits") for _ in range(50)]

    assert glimpses(busy.read()) == {(b"%d" % before, b"0")}
    counted = [reply for reply in replies if isinstance(reply, int)]
    assert counted == list(range(1, len(counted) + 1))
    assert {str(reply)[:5] for reply in replies if not isinstance(reply, int)} == {"BUSY "}
    assert wire("GET", "hits") == b"%d" % len(counted)
    assert wire("GET", "own") == b"%d" % OWN


@pytest.mark.parametrize("compat", COMPAT.values())
def test_nothing_comes_in_between_in_memory(compat: str) -> None:
    server = MockServer(compat=compat)
    chance = random.Random(1)
    hammerers = [server.client() for _ in range(HAMMERERS)]
    monitor, runner, scripter = server.client(), server.client(), server.client()
    runner("MSET", "hits", 0, "last", 0)
    monitor("MONITOR")
    sha = scripter("SCRIPT", "LOAD", SCRIPT)
    counted = 0

    def hit() -> None:
        nonlocal counted
        counted += 1
        number = chance.randrange(HAMMERERS)
        assert hammerers[number]("INCR", "hits") == counted
        hammerers[number]("SET", "last", number)

    seen = []
    for _ in range(TIMES):
        for words in (("MULTI",), *calls("by-transactions")):
            runner(*words)
            hit()
        for replies in (runner("EXEC"), scripter("EVALSHA", sha, 1, "by-scripts")):
            assert isinstance(replies, list)
            seen.append(glimpses(replies))
            hit()

    assert [glimpse for glimpse in seen if len(glimpse) != 1] == []
    assert runner("GET", "hits") == b"%d" % counted
    assert runner("GET", "by-scripts") == runner("GET", "by-transactions")
    assert list(broken(str(line) for line in monitor.out)) == []
    assert server.bugs == []


def broken(shown: Iterator[str]) -> Iterator[str]:
    """The lines of others that a monitor was shown amid a script's or a transaction's own."""
    inside = 0
    for line in shown:
        own = '"by-' in line or '"GET"' in line
        if inside and not own:
            yield line
        if own and "EVALSHA" not in line:
            inside = (inside + 1) % (OWN + 6)
