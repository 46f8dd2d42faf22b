"""HyperLogLog, on the mock and on the real servers, and the string itself compared byte by byte."""

from __future__ import annotations

import random

import pytest

from mock_backend import MockServer
from tests.integration.steps import Case, Steps, cases, check
from tests.integration.wire import Wire
from tests.targets import Server

WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
NO_HLL = "WRONGTYPE Key is not a valid HyperLogLog string value."
CORRUPTED = "INVALIDOBJ Corrupted HLL object detected"

CASES: list[Case] = [
    (
        "pfadd says whether a register changed",
        [
            ("PFADD p a b c", 1),
            ("PFADD p a b c", 0),
            ("PFADD p d", 1),
            ("PFADD p", 0),
            ("PFADD new", 1),
            ("PFADD new", 0),
            ("EXISTS new", 1),
            ("STRLEN new", 18),
            ("TYPE new", b"string"),
        ],
    ),
    (
        "pfcount of one and of several",
        [
            ("PFADD p a b c", 1),
            ("PFADD q c d", 1),
            ("PFCOUNT p", 3),
            ("PFCOUNT p q", 4),
            ("PFCOUNT p none q", 4),
            ("PFCOUNT none", 0),
            ("PFCOUNT none none", 0),
        ],
    ),
    (
        "pfmerge takes in what the destination holds",
        [
            ("PFADD p a b", 1),
            ("PFADD q c", 1),
            ("PFADD d x y", 1),
            ("PFMERGE d p q none", b"OK"),
            ("PFCOUNT d", 5),
            ("PFMERGE e", b"OK"),
            ("PFCOUNT e", 0),
            ("PFMERGE f d", b"OK"),
            ("PFCOUNT f d", 5),
        ],
    ),
    (
        "a time to live stays",
        [
            ("PFADD p a", 1),
            ("EXPIRE p 100", 1),
            ("PFADD p b", 1),
            ("PFMERGE p q", b"OK"),
            ("PFCOUNT p", 2),
            ("TTL p", 100),
        ],
    ),
    (
        "what is no hyperloglog",
        [
            ("RPUSH l a", 1),
            ("SET s text", b"OK"),
            ("SET n 12", b"OK"),
            ("PFADD l a", WRONG_TYPE),
            ("PFADD s a", NO_HLL),
            ("PFADD n a", NO_HLL),
            ("PFCOUNT s", NO_HLL),
            ("PFCOUNT none l", WRONG_TYPE),
            ("PFMERGE d s", NO_HLL),
            ("PFMERGE l none", WRONG_TYPE),
            ("EXISTS d", 0),
            ("PFDEBUG ENCODING s", NO_HLL),
        ],
    ),
    (
        "what is a corrupted one",
        [
            ("PFADD p a b c", 1),
            ("APPEND p hello", 32),
            ("PFCOUNT p", CORRUPTED),
            ("PFCOUNT p none", CORRUPTED),
            ("PFMERGE d p", CORRUPTED),
            ("EXISTS d", 0),
        ],
    ),
    (
        "pfdebug",
        [
            ("PFADD p a b c", 1),
            ("PFDEBUG ENCODING p", b"sparse"),
            ("PFDEBUG DECODE p", b"Z:8436 v:1,1 Z:4274 v:2,1 Z:3068 v:1,1 Z:603"),
            ("PFDEBUG todense p", 1),
            ("PFDEBUG TODENSE p", 0),
            ("PFDEBUG ENCODING p", b"dense"),
            ("STRLEN p", 12304),
            ("PFDEBUG DECODE p", "ERR HLL encoding is not sparse"),
            ("PFDEBUG WHAT p", "ERR Unknown PFDEBUG subcommand 'WHAT'"),
            ("PFDEBUG GETREG none", "ERR The specified key does not exist"),
            ("PFCOUNT p", 3),
            ("PFDEBUG GETREG", "ERR wrong number of arguments for 'pfdebug' command"),
        ],
    ),
    (
        "the number of words",
        [
            ("PFADD", "ERR wrong number of arguments for 'pfadd' command"),
            ("PFCOUNT", "ERR wrong number of arguments for 'pfcount' command"),
            ("PFMERGE", "ERR wrong number of arguments for 'pfmerge' command"),
            ("PFSELFTEST x", "ERR wrong number of arguments for 'pfselftest' command"),
        ],
    ),
]


@cases(CASES)
def test_hyperloglogs_answer_as_the_server_does(wire: Wire, steps: Steps) -> None:
    check(wire, steps)


def test_changes_are_told_as_pfadd(server: Server, wire3: Wire) -> None:
    wire3("CONFIG", "SET", "notify-keyspace-events", "KEA")
    wire3("SUBSCRIBE", "__keyspace@0__:p", "__keyspace@0__:d")
    wire3.read()

    for words in ("PFADD p a", "PFADD p a", "PFCOUNT p", "PFMERGE d p", "PFCOUNT p d"):
        wire3.send(*words.split())
    told = [wire3.read() for _ in range(7)]

    messages = [reply[1:] for reply in told if isinstance(reply, list)]
    assert messages == [
        [b"__keyspace@0__:p", b"pfadd"],
        [b"__keyspace@0__:d", b"pfadd"],
    ]


def test_a_count_that_is_reckoned_anew_breaks_a_watch(wire: Wire, connect) -> None:  # type: ignore[no-untyped-def]
    wire("PFADD", "p", "a")
    for expected in (None, [b"PONG"]):
        wire("WATCH", "p")
        connect()("PFCOUNT", "p")
        wire("MULTI")
        wire("PING")
        assert wire("EXEC") == expected


@pytest.mark.targets("redis", "valkey")
@pytest.mark.parametrize("longest", [0, 40, 3000, 15_000])
def test_the_string_is_the_servers_own(wire: Wire, longest: int) -> None:
    chance = random.Random(longest)
    mock = MockServer().client()
    keys = ["p", "q", "r"]

    def both(*words: bytes | str | int) -> None:
        theirs, ours = wire(*words), mock(*words)
        if isinstance(theirs, int | bytes) and isinstance(ours, int | bytes):
            assert ours == theirs, words

    both("CONFIG", "SET", "hll-sparse-max-bytes", longest)
    for _ in range(150):
        key = chance.choice(keys)
        match chance.randrange(10):
            case 0:
                both("PFCOUNT", *chance.choices(keys, k=chance.randint(1, 3)))
            case 1:
                both("PFMERGE", *chance.choices(keys, k=2))
            case 2:
                both("DEL", key)
            case _:
                count = chance.choice((1, 3, 100))
                both("PFADD", key, *(chance.randbytes(chance.randrange(20)) for _ in range(count)))
        both("GET", key)
