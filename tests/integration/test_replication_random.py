"""Random calls of every kind on a primary: its replica holds the same, whichever of them is real.

What is compared is DEBUG DIGEST, which is one number for equal data on all servers.  The calls are
the same in every run.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from mock_backend import MockServer
from tests.integration.test_replication import caught_up, follow, mock, other, until
from tests.integration.wire import Wire
from tests.targets import Server

__all__ = ["mock", "other"]

SEED = 20
CALLS = 1_500
BETWEEN = 250
"""Calls between two comparisons."""

TEMPLATES = """
SET s? v
SET s? v EX 100
SET s? v NX
SET s? v XX GET
APPEND s? v
INCR n?
INCRBYFLOAT n? 0.1
SETRANGE s? 5 v
GETSET s? v
GETDEL s?
GETEX s? PERSIST
SETBIT b? # 1
BITFIELD b? INCRBY u8 0 7
BITOP XOR b? b? b?
RPUSH l? v v
LPOP l? #
LMOVE l? l? LEFT RIGHT
LINSERT l? BEFORE x v
LREM l? # v
LTRIM l? 0 #
BLPOP l? l? 0.01
LMPOP 2 l? l? RIGHT COUNT 2
BLMOVE l? l? LEFT LEFT 0.01
SADD t? v #
SADD t? v #
SPOP t?
SPOP t? 2
SMOVE t? t? #
SUNIONSTORE t? t? t?
SORT t? ALPHA STORE l?
HSET h? v v # v
HINCRBYFLOAT h? # 1.5
HDEL h? #
ZADD z? # v # #
ZINCRBY z? 1.25 #
ZPOPMIN z?
ZMPOP 2 z? z? MAX COUNT 2
BZPOPMAX z? 0.01
ZUNIONSTORE z? 2 z? z?
XADD x? * f v
XADD x? MAXLEN ~ 5 * f v
XTRIM x? MAXLEN ~ 2
XGROUP CREATE x? g 0
XREADGROUP GROUP g a COUNT 2 STREAMS x? >
XREADGROUP GROUP g c NOACK STREAMS x? >
XAUTOCLAIM x? g b 0 0
EXPIRE s? 100
EXPIRE s? -1
PERSIST s?
RENAME s? s?
COPY h? h? REPLACE
MOVE s? 1
SELECT #
DEL l?
UNLINK z?
PFADD p? v #
PFCOUNT p?
PFMERGE p? p?
GEOADD g? 13.3 38.1 v
SWAPDB 1 2
GET s?
MULTI
EXEC
EXEC
"""


def calls() -> Iterator[list[str]]:
    """``?`` becomes a small number, ``#`` one that may be negative or text, ``v`` a value."""
    chance = random.Random(SEED)
    templates = TEMPLATES.strip().splitlines()
    for _ in range(CALLS):
        words = []
        for word in chance.choice(templates).split():
            if word == "v":
                words.append(chance.choice(["1", "2", "10", "x", "hello", "3.5"]))
            elif word == "#":
                words.append(str(chance.randrange(-1, 4)))
            else:
                words.append(word.replace("?", str(chance.randrange(4))))
        yield words


def compare(primary: Wire, replica: Wire) -> None:
    primary("DISCARD")
    until(lambda: caught_up(primary, replica))
    # a key that expires between two answers is there in one of them only
    until(lambda: bool(primary("DEBUG", "DIGEST") == replica("DEBUG", "DIGEST")))


def perform(primary: Wire, replica: Wire) -> None:
    for number, words in enumerate(calls(), 1):
        primary(*words)
        if number % BETWEEN == 0:
            compare(primary, replica)
    primary("SELECT", 0)
    assert primary("DBSIZE") == replica("DBSIZE") > 0


@pytest.mark.parametrize("mock_leads", [True, False], ids=["of a mock", "on a mock"])
def test_a_replica_holds_the_same_after_random_calls(
    server: Server, wire: Wire, mock: MockServer, other: Wire, mock_leads: bool
) -> None:
    wire("CONFIG", "SET", "repl-diskless-sync-delay", 0)
    primary, replica = (other, wire) if mock_leads else (wire, other)
    follow(replica, mock.port if mock_leads else server.port)
    perform(primary, replica)
    replica("SELECT", 0)
    replica("REPLICAOF", "NO", "ONE")
