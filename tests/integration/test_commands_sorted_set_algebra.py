"""Unions, intersections and differences of sorted sets, on the mock and on the real servers."""

from __future__ import annotations

from tests.integration.steps import Case, Steps, cases, check
from tests.integration.wire import Wire

NOT_AN_INTEGER = "ERR value is not an integer or out of range"
SYNTAX = "ERR syntax error"
WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"

CASES: list[Case] = [
    (
        "zunion and zunionstore",
        [
            ("ZADD a 1 x 2 y", 2),
            ("ZADD b 10 y 20 z", 2),
            ("SADD s y q", 2),
            ("ZUNION 2 a b", [b"x", b"y", b"z"]),
            ("ZUNION 2 a b WITHSCORES", [b"x", b"1", b"y", b"12", b"z", b"20"]),
            ("ZUNION 3 a b s WITHSCORES", [b"q", b"1", b"x", b"1", b"y", b"13", b"z", b"20"]),
            ("ZUNION 2 a b WEIGHTS 2 0.5 WITHSCORES", [b"x", b"2", b"y", b"9", b"z", b"10"]),
            ("ZUNION 2 a b AGGREGATE MIN WITHSCORES", [b"x", b"1", b"y", b"2", b"z", b"20"]),
            ("ZUNION 2 a b AGGREGATE max WITHSCORES", [b"x", b"1", b"y", b"10", b"z", b"20"]),
            ("ZUNION 2 a none WITHSCORES", [b"x", b"1", b"y", b"2"]),
            ("ZUNIONSTORE d 2 a b WEIGHTS 1 -1", 3),
            ("ZRANGE d 0 -1 WITHSCORES", [b"z", b"-20", b"y", b"-8", b"x", b"1"]),
            ("ZUNIONSTORE d 1 none", 0),
            ("EXISTS d", 0),
        ],
    ),
    (
        "zinter zinterstore and zintercard",
        [
            ("ZADD a 1 x 2 y 3 z", 3),
            ("ZADD b 10 y 20 z", 2),
            ("SADD s z y", 2),
            ("ZINTER 2 a b", [b"y", b"z"]),
            ("ZINTER 3 a b s WITHSCORES", [b"y", b"13", b"z", b"24"]),
            ("ZINTER 2 a b WEIGHTS 1 0.1 AGGREGATE MAX WITHSCORES", [b"y", b"2", b"z", b"3"]),
            ("ZINTER 2 a none", []),
            ("ZINTERSTORE d 2 a b AGGREGATE MIN", 2),
            ("ZRANGE d 0 -1 WITHSCORES", [b"y", b"2", b"z", b"3"]),
            ("ZINTERSTORE a 2 a b", 2),
            ("ZRANGE a 0 -1 WITHSCORES", [b"y", b"12", b"z", b"23"]),
            ("ZINTERCARD 2 a b", 2),
            ("ZINTERCARD 2 a b LIMIT 1", 1),
            ("ZINTERCARD 2 a b LIMIT 0", 2),
            ("ZINTERCARD 2 a b LIMIT -1", "ERR LIMIT can't be negative"),
            ("ZINTERCARD 2 a b LIMIT x", "ERR LIMIT can't be negative"),
            ("ZINTERCARD 2 a none", 0),
            ("ZINTERCARD 0 a", "ERR at least 1 input key is needed for 'zintercard' command"),
        ],
    ),
    (
        "infinity times nought is nought, and spoils a sum of an intersection",
        [
            ("ZADD a inf x", 1),
            ("ZADD b inf x", 1),
            ("ZINTER 2 a b WEIGHTS 1 0 WITHSCORES", [b"x", b"0"]),
            ("ZINTER 2 a b WEIGHTS 0 1 WITHSCORES", [b"x", b"inf"]),
            ("ZINTER 2 a b WEIGHTS 1 0 AGGREGATE MIN WITHSCORES", [b"x", b"inf"]),
            ("ZINTER 2 a b WEIGHTS 1 0 AGGREGATE MAX WITHSCORES", [b"x", b"inf"]),
            ("ZUNION 2 a b WEIGHTS 1 0 WITHSCORES", [b"x", b"inf"]),
            ("ZUNION 2 a b WEIGHTS 1 0 AGGREGATE MIN WITHSCORES", [b"x", b"0"]),
        ],
    ),
    (
        "zdiff and zdiffstore",
        [
            ("ZADD a 1 x 2 y 3 z", 3),
            ("ZADD b 10 y", 1),
            ("SADD s z", 1),
            ("ZDIFF 2 a b", [b"x", b"z"]),
            ("ZDIFF 3 a b s WITHSCORES", [b"x", b"1"]),
            ("ZDIFF 1 a WITHSCORES", [b"x", b"1", b"y", b"2", b"z", b"3"]),
            ("ZDIFF 2 a a", []),
            ("ZDIFF 2 none a", []),
            ("ZDIFFSTORE d 2 a b", 2),
            ("ZRANGE d 0 -1 WITHSCORES", [b"x", b"1", b"z", b"3"]),
            ("ZDIFFSTORE d 2 a a", 0),
            ("EXISTS d", 0),
            ("ZDIFF 2 a b WEIGHTS 1 2", SYNTAX),
        ],
    ),
    (
        "infinities cancel out in unions",
        [
            ("ZADD a inf x", 1),
            ("ZADD b -inf x", 1),
            ("ZUNION 2 a b WITHSCORES", [b"x", b"0"]),
            ("ZINTER 2 a b WITHSCORES", [b"x", b"0"]),
            ("ZUNION 1 a WEIGHTS 0 WITHSCORES", [b"x", b"0"]),
        ],
    ),
    (
        "unions refuse what makes no sense",
        [
            ("ZADD a 1 x", 1),
            ("ZUNION 0 a", "ERR at least 1 input key is needed for 'zunion' command"),
            ("ZUNION -1 a", "ERR at least 1 input key is needed for 'zunion' command"),
            ("ZUNION x a", NOT_AN_INTEGER),
            ("ZUNION 2 a", SYNTAX),
            ("ZUNION 1 a WEIGHTS", SYNTAX),
            ("ZUNION 1 a WEIGHTS x", "ERR weight value is not a float"),
            ("ZUNION 1 a WEIGHTS nan", "ERR weight value is not a float"),
            ("ZUNION 1 a AGGREGATE", SYNTAX),
            ("ZUNION 1 a AGGREGATE avg", SYNTAX),
            ("ZUNION 1 a FOO", SYNTAX),
            ("ZUNIONSTORE d 1 a WITHSCORES", SYNTAX),
            ("ZINTERSTORE d 0 a", "ERR at least 1 input key is needed for 'zinterstore' command"),
            ("ZDIFFSTORE d 0 a", "ERR at least 1 input key is needed for 'zdiffstore' command"),
        ],
    ),
    (
        "the keys of unions and the like are looked at before the options are read",
        [
            ("SET s x", b"OK"),
            ("ZADD z 1 a", 1),
            ("ZUNION 1 s FOO", WRONG_TYPE),
            ("ZUNION 2 z s WEIGHTS x", WRONG_TYPE),
            ("ZUNIONSTORE d 1 s WEIGHTS", WRONG_TYPE),
            ("ZINTER 1 s AGGREGATE x", WRONG_TYPE),
            ("ZINTERCARD 1 s LIMIT x", WRONG_TYPE),
            ("ZDIFF 1 s FOO", WRONG_TYPE),
            ("ZUNION 2 s WEIGHTS", WRONG_TYPE),
            ("ZUNION 3 s WEIGHTS", SYNTAX),
            ("ZUNION 1 z FOO", SYNTAX),
        ],
    ),
    (
        "a store replaces whatever the key held",
        [
            ("SET d x EX 100", b"OK"),
            ("ZADD a 1 x", 1),
            ("ZUNIONSTORE d 1 a", 1),
            ("TYPE d", b"zset"),
            ("TTL d", -1),
        ],
    ),
]


@cases(CASES)
def test_unions_and_the_like_answer_as_the_server_does(wire: Wire, steps: Steps) -> None:
    check(wire, steps)
