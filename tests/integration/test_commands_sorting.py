"""SORT and SORT_RO, on the mock and on the real servers."""

from __future__ import annotations

from tests.integration.steps import Case, Steps, cases, check
from tests.integration.wire import Wire

SYNTAX = "ERR syntax error"
NOT_AN_INTEGER = "ERR value is not an integer or out of range"
WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"

CASES: list[Case] = [
    (
        "numbers in order",
        [
            ("RPUSH l 3 1 10 2", 4),
            ("SORT l", [b"1", b"2", b"3", b"10"]),
            ("SORT l DESC", [b"10", b"3", b"2", b"1"]),
            ("SORT l ASC", [b"1", b"2", b"3", b"10"]),
            ("SORT l ALPHA", [b"1", b"10", b"2", b"3"]),
            ("SORT l ALPHA DESC", [b"3", b"2", b"10", b"1"]),
            ("SORT l LIMIT 1 2", [b"2", b"3"]),
            ("SORT l LIMIT 0 -1", [b"1", b"2", b"3", b"10"]),
            ("SORT l LIMIT -5 2", [b"1", b"2"]),
            ("SORT l LIMIT 2 100", [b"3", b"10"]),
            ("SORT l LIMIT 9 1", []),
            ("SORT l LIMIT 0 0", []),
            ("SORT l DESC LIMIT 0 2", [b"10", b"3"]),
            ("SORT l ASC DESC", [b"10", b"3", b"2", b"1"]),
            ("SORT l DESC ASC", [b"1", b"2", b"3", b"10"]),
            ("SORT none", []),
        ],
    ),
    (
        "floats, infinities and nothing",
        [
            ("RPUSH l 1.5 -inf 1e2 inf '' 0x10 -3", 7),
            ("SORT l", [b"-inf", b"-3", b"", b"1.5", b"0x10", b"1e2", b"inf"]),
            ("RPUSH a ' 5' 4", 2),
            ("SORT a", [b"4", b" 5"]),
        ],
    ),
    (
        "words that are no numbers",
        [
            ("RPUSH l a b", 2),
            ("SORT l", "ERR One or more scores can't be converted into double"),
            ("SORT l ALPHA", [b"a", b"b"]),
            ("RPUSH m 1 2x", 2),
            ("SORT m", "ERR One or more scores can't be converted into double"),
            ("RPUSH n '5 '", 1),
            ("SORT n", "ERR One or more scores can't be converted into double"),
            ("RPUSH o nan", 1),
            ("SORT o", "ERR One or more scores can't be converted into double"),
        ],
    ),
    (
        "equal weights are ordered by the elements",
        [
            ("RPUSH l b1 a1 c1", 3),
            ("MSET w_b1 5 w_a1 5 w_c1 1", b"OK"),
            ("SORT l BY w_*", [b"c1", b"a1", b"b1"]),
            ("SORT l BY w_* DESC", [b"b1", b"a1", b"c1"]),
        ],
    ),
    (
        "by missing keys",
        [
            ("RPUSH l 1 2 3", 3),
            ("MSET w_1 30 w_3 10", b"OK"),
            ("SORT l BY w_*", [b"2", b"3", b"1"]),
            ("SORT l BY none_*", [b"1", b"2", b"3"]),
        ],
    ),
    (
        "by words",
        [
            ("RPUSH l 1 2 3", 3),
            ("MSET w_1 c w_2 a w_3 b", b"OK"),
            ("SORT l BY w_* ALPHA", [b"2", b"3", b"1"]),
            ("SORT l BY w_* ALPHA DESC", [b"1", b"3", b"2"]),
            ("SORT l BY w_*", "ERR One or more scores can't be converted into double"),
        ],
    ),
    (
        "by fields of hashes",
        [
            ("RPUSH l 1 2 3", 3),
            ("HSET h1 w 3 n one", 2),
            ("HSET h2 w 1 n two", 2),
            ("HSET h3 w 2", 1),
            ("SORT l BY h*->w", [b"2", b"3", b"1"]),
            ("SORT l BY h*->w GET h*->n", [b"two", None, b"one"]),
            ("SORT l BY h*->w GET # GET h*->n", [b"2", b"two", b"3", None, b"1", b"one"]),
            ("SORT l BY h*->none", [b"1", b"2", b"3"]),
            ("SET h9->x 1", b"OK"),
            ("SORT l BY h*-> DESC", [b"3", b"2", b"1"]),
        ],
    ),
    (
        "get",
        [
            ("RPUSH l 2 1", 2),
            ("MSET v_1 one v_2 two", b"OK"),
            ("SORT l GET v_*", [b"one", b"two"]),
            ("SORT l GET # GET v_* GET none_*", [b"1", b"one", None, b"2", b"two", None]),
            ("SORT l GET nostar", [None, None]),
            ("SORT l GET *", [None, None]),
            ("SORT l GET v_*_x", [None, None]),
            ("SORT l DESC GET v_*", [b"two", b"one"]),
        ],
    ),
    (
        "not sorted at all",
        [
            ("RPUSH l 3 1 2", 3),
            ("SORT l BY nosort", [b"3", b"1", b"2"]),
            ("SORT l BY nosort DESC", [b"2", b"1", b"3"]),
            ("SORT l BY nosort LIMIT 1 1", [b"1"]),
            ("SORT l BY nosort GET #", [b"3", b"1", b"2"]),
            ("ZADD z 3 a 1 b 2 c", 3),
            ("SORT z BY nosort", [b"b", b"c", b"a"]),
            ("SORT z BY nosort DESC", [b"a", b"c", b"b"]),
            ("SORT z BY nosort DESC LIMIT 1 1", [b"c"]),
            ("SORT z BY nosort LIMIT 1 5", [b"c", b"a"]),
            ("SORT z ALPHA", [b"a", b"b", b"c"]),
        ],
    ),
    (
        "sets",
        [
            ("SADD s 3 1 2", 3),
            ("SORT s", [b"1", b"2", b"3"]),
            ("SADD t c a b", 3),
            ("SORT t ALPHA", [b"a", b"b", b"c"]),
            ("SORT t", "ERR One or more scores can't be converted into double"),
            ("SORT t BY nosort STORE d", 3),
            ("LRANGE d 0 -1", [b"a", b"b", b"c"]),
        ],
    ),
    (
        "store",
        [
            ("RPUSH l 3 1 2", 3),
            ("SET d x EX 100", b"OK"),
            ("SORT l STORE d", 3),
            ("LRANGE d 0 -1", [b"1", b"2", b"3"]),
            ("TTL d", -1),
            ("SORT l LIMIT 5 1 STORE d", 0),
            ("EXISTS d", 0),
            ("SET v_1 one", b"OK"),
            ("SORT l GET v_* STORE d", 3),
            ("LRANGE d 0 -1", [b"one", b"", b""]),
            ("SORT none STORE d", 0),
            ("EXISTS d", 0),
            ("SORT l STORE l", 3),
            ("LRANGE l 0 -1", [b"1", b"2", b"3"]),
        ],
    ),
    (
        "refusals",
        [
            ("SET s x", b"OK"),
            ("HSET h f v", 1),
            ("SORT s", WRONG_TYPE),
            ("SORT h", WRONG_TYPE),
            ("RPUSH l 1", 1),
            ("SORT l NOPE", SYNTAX),
            ("SORT l LIMIT 1", SYNTAX),
            ("SORT l LIMIT a b", NOT_AN_INTEGER),
            ("SORT l BY", SYNTAX),
            ("SORT l GET", SYNTAX),
            ("SORT l STORE", SYNTAX),
            ("SORT_RO l STORE d", SYNTAX),
            ("SORT s NOPE", SYNTAX),
            ("SORT s LIMIT a b", NOT_AN_INTEGER),
        ],
    ),
    (
        "read only",
        [
            ("RPUSH l 3 1 2", 3),
            ("SORT_RO l", [b"1", b"2", b"3"]),
            ("SORT_RO l DESC LIMIT 0 1", [b"3"]),
            ("SORT_RO none", []),
        ],
    ),
]


@cases(CASES)
def test_sorts_answer_as_the_server_does(wire: Wire, steps: Steps) -> None:
    check(wire, steps)
