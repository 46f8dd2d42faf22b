"""Strings, word by word, on the mock and on the real servers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.wire import Wire

SYNTAX = "ERR syntax error"
NOT_AN_INTEGER = "ERR value is not an integer or out of range"
NOT_A_FLOAT = "ERR value is not a valid float"
WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
MAX = 2**63 - 1

CASES: list[tuple[str, list[tuple[str, Any]]]] = [
    ("set and get", [("SET k v", b"OK"), ("GET k", b"v"), ("GET none", None)]),
    (
        "set nx and xx",
        [
            ("SET k 1 XX", None),
            ("SET k 1 NX", b"OK"),
            ("SET k 2 NX", None),
            ("SET k 3 XX", b"OK"),
            ("GET k", b"3"),
        ],
    ),
    (
        "set get",
        [("SET k 1 GET", None), ("SET k 2 GET", b"1"), ("SET k 3 NX GET", b"2"), ("GET k", b"2")],
    ),
    (
        "set get of another type",
        [("LPUSH l a", 1), ("SET l 1 GET", WRONG_TYPE), ("SET l 1", b"OK")],
    ),
    ("set options in any order", [("SET k v px 100000 GET nx", None), ("TTL k", 100)]),
    (
        "set keepttl",
        [
            ("SET k v EX 100", b"OK"),
            ("SET k w KEEPTTL", b"OK"),
            ("TTL k", 100),
            ("SET k x", b"OK"),
            ("TTL k", -1),
        ],
    ),
    ("set in the past", [("SET k v EXAT 1", b"OK"), ("EXISTS k", 0)]),
    (
        "set conflicts",
        [
            ("SET k v NX XX", SYNTAX),
            ("SET k v EX 1 PX 1", SYNTAX),
            ("SET k v EX 1 KEEPTTL", SYNTAX),
            ("SET k v EX", SYNTAX),
            ("SET k v NOPE", SYNTAX),
            ("SET k v EX 5 EX 6", b"OK"),
            ("TTL k", 6),
        ],
    ),
    (
        "set expiries that make no sense",
        [
            ("SET k v EX 0", "ERR invalid expire time in 'set' command"),
            ("SET k v PX -5", "ERR invalid expire time in 'set' command"),
            ("SET k v EX 9223372036854775807", "ERR invalid expire time in 'set' command"),
            ("SET k v PX 9223372036854775807", "ERR invalid expire time in 'set' command"),
            ("SET k v EX a", NOT_AN_INTEGER),
            ("SET k v EX 1.5", NOT_AN_INTEGER),
            ("SET k v EX a FOO", SYNTAX),
        ],
    ),
    ("setnx", [("SETNX k 1", 1), ("SETNX k 2", 0), ("LPUSH l a", 1), ("SETNX l 1", 0)]),
    (
        "setex and psetex",
        [
            ("SETEX k 100 v", b"OK"),
            ("TTL k", 100),
            ("PSETEX k 100000 w", b"OK"),
            ("GET k", b"w"),
            ("SETEX k 0 v", "ERR invalid expire time in 'setex' command"),
            ("PSETEX k 0 v", "ERR invalid expire time in 'psetex' command"),
            ("SETEX k x v", NOT_AN_INTEGER),
        ],
    ),
    (
        "getset",
        [("GETSET k 1", None), ("GETSET k 2", b"1"), ("LPUSH l a", 1), ("GETSET l 1", WRONG_TYPE)],
    ),
    (
        "getdel",
        [
            ("SET k v", b"OK"),
            ("GETDEL k", b"v"),
            ("GETDEL k", None),
            ("LPUSH l a", 1),
            ("GETDEL l", WRONG_TYPE),
        ],
    ),
    (
        "getex",
        [
            ("GETEX k EX 10", None),
            ("SET k v", b"OK"),
            ("GETEX k EX 100", b"v"),
            ("TTL k", 100),
            ("GETEX k", b"v"),
            ("TTL k", 100),
            ("GETEX k PERSIST", b"v"),
            ("TTL k", -1),
            ("GETEX k PERSIST EX 1", SYNTAX),
            ("GETEX k EX 0", "ERR invalid expire time in 'getex' command"),
            ("GETEX k EXAT 1", b"v"),
            ("EXISTS k", 0),
        ],
    ),
    (
        "mget",
        [
            ("MSET a 1 b 2", b"OK"),
            ("LPUSH l x", 1),
            ("MGET a none l b a", [b"1", None, None, b"2", b"1"]),
        ],
    ),
    (
        "mset",
        [
            ("MSET a 1 a 2", b"OK"),
            ("GET a", b"2"),
            ("MSET a", "ERR wrong number of arguments for 'mset' command"),
            ("MSET a 1 b", "ERR wrong number of arguments for 'mset' command"),
        ],
    ),
    (
        "msetnx",
        [
            ("MSETNX a 1 b 2", 1),
            ("MSETNX c 3 a 4", 0),
            ("EXISTS c", 0),
            ("MSETNX a 1 b", "ERR wrong number of arguments for 'msetnx' command"),
        ],
    ),
    (
        "append and strlen",
        [
            ("APPEND k ab", 2),
            ("APPEND k cd", 4),
            ("STRLEN k", 4),
            ("STRLEN none", 0),
            ("LPUSH l x", 1),
            ("APPEND l x", WRONG_TYPE),
            ("STRLEN l", WRONG_TYPE),
        ],
    ),
    (
        "getrange",
        [
            ("SET k hello", b"OK"),
            ("GETRANGE k 0 -1", b"hello"),
            ("GETRANGE k 1 3", b"ell"),
            ("GETRANGE k -3 -1", b"llo"),
            ("GETRANGE k 3 1", b""),
            ("GETRANGE k -1 -3", b""),
            ("GETRANGE k -100 1", b"he"),
            ("GETRANGE k 2 100", b"llo"),
            ("GETRANGE k 9 10", b""),
            ("GETRANGE none 0 -1", b""),
            ("GETRANGE k a b", NOT_AN_INTEGER),
            ("SUBSTR k 0 1", b"he"),
            ("GETRANGE k -100 -90", b"h"),
            ("SET e ''", b"OK"),
        ],
    ),
    (
        "setrange",
        [
            ("SETRANGE k 3 ab", 5),
            ("GET k", b"\0\0\0ab"),
            ("SETRANGE k 0 x", 5),
            ("SETRANGE none 5 ''", 0),
            ("SETRANGE k -1 x", "ERR offset is out of range"),
            ("SETRANGE k a x", NOT_AN_INTEGER),
            (
                "SETRANGE k 536870911 xx",
                "ERR string exceeds maximum allowed size (proto-max-bulk-len)",
            ),
        ],
    ),
    (
        "incr",
        [
            ("INCR k", 1),
            ("INCRBY k 10", 11),
            ("DECR k", 10),
            ("DECRBY k 20", -10),
            ("INCRBY k -5", -15),
            ("GET k", b"-15"),
            ("INCRBY k 1.5", NOT_AN_INTEGER),
            ("INCRBY k +5", NOT_AN_INTEGER),
            ("INCRBY k 05", NOT_AN_INTEGER),
        ],
    ),
    (
        "incr overflow",
        [
            (f"SET k {MAX}", b"OK"),
            ("INCR k", "ERR increment or decrement would overflow"),
            ("GET k", str(MAX).encode()),
            ("DECRBY k -9223372036854775808", "ERR decrement would overflow"),
            (f"INCRBY k {MAX + 1}", NOT_AN_INTEGER),
            (f"SET k {-MAX - 1}", b"OK"),
            ("DECR k", "ERR increment or decrement would overflow"),
        ],
    ),
    (
        "incr of what is no number",
        [
            ("SET k ab", b"OK"),
            ("INCR k", NOT_AN_INTEGER),
            ("SET k 1.0", b"OK"),
            ("INCR k", NOT_AN_INTEGER),
            ("LPUSH l a", 1),
            ("INCR l", WRONG_TYPE),
            ("SET k 007", b"OK"),
            ("INCR k", NOT_AN_INTEGER),
        ],
    ),
    ("incr keeps the time to live", [("SET k 1 EX 100", b"OK"), ("INCR k", 2), ("TTL k", 100)]),
    (
        "incrbyfloat",
        [
            ("SET k 10.50", b"OK"),
            ("INCRBYFLOAT k 0.1", b"10.6"),
            ("INCRBYFLOAT k -5", b"5.6"),
            ("SET k 5.0e3", b"OK"),
            ("INCRBYFLOAT k 2.0e2", b"5200"),
            ("INCRBYFLOAT k abc", NOT_A_FLOAT),
            ("SET k 3000", b"OK"),
            ("INCRBYFLOAT k 0.1", b"3000.10000000000000009"),
            ("SET k x", b"OK"),
            ("INCRBYFLOAT k 1", NOT_A_FLOAT),
            ("INCRBYFLOAT n 0.1", b"0.1"),
            ("INCRBYFLOAT n 0.2", b"0.3"),
            ("INCRBYFLOAT n nan", NOT_A_FLOAT),
            ("INCRBYFLOAT n inf", "ERR increment would produce NaN or Infinity"),
        ],
    ),
    (
        "lcs",
        [
            ("MSET a ohmytext b mynewtext", b"OK"),
            ("LCS a b", b"mytext"),
            ("LCS a b LEN", 6),
            ("LCS a none", b""),
            ("LCS a b IDX", [b"matches", [[[4, 7], [5, 8]], [[2, 3], [0, 1]]], b"len", 6]),
            (
                "LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN",
                [b"matches", [[[4, 7], [5, 8], 4]], b"len", 6],
            ),
            (
                "LCS a b LEN IDX",
                "ERR If you want both the length and indexes, please just use IDX.",
            ),
            ("LPUSH l x", 1),
            ("LCS a l", "ERR The specified keys must contain string values"),
            ("LCS a b FOO", SYNTAX),
        ],
    ),
    (
        "arities",
        [
            (f"{words}", f"ERR wrong number of arguments for '{words.split()[0].lower()}' command")
            for words in (
                "GET",
                "GET a b",
                "SET a",
                "INCR",
                "INCRBY a",
                "APPEND a",
                "GETRANGE a 0",
                "MGET",
                "GETDEL a b",
                "LCS a",
            )
        ],
    ),
]


def words_of(line: str) -> list[str]:
    """The words of a line; ``''`` is an empty one."""
    return ["" if word == "''" else word for word in line.split()]


@pytest.mark.parametrize(("name", "steps"), CASES, ids=[name for name, _ in CASES])
def test_strings_answer_as_the_server_does(
    wire: Wire, name: str, steps: list[tuple[str, Any]]
) -> None:
    for line, expected in steps:
        reply = wire(*words_of(line))
        if isinstance(expected, str):
            assert str(reply) == expected, line
        else:
            assert reply == expected, line


def test_values_are_any_bytes(wire: Wire) -> None:
    value = bytes(range(256)) * 100
    wire("SET", b"k\0\r\n\xff", value)

    assert wire("GET", b"k\0\r\n\xff") == value


def test_a_value_of_many_megabytes_arrives_whole(wire: Wire) -> None:
    value = b"0123456789abcdef" * (1 << 19)
    wire("SET", "k", value)

    assert wire("GET", "k") == value
    assert wire("STRLEN", "k") == len(value)
