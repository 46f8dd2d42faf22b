"""Sets, on the mock and on the real servers."""

from __future__ import annotations

import pytest

from tests.integration.steps import Case, Steps, cases, check, in_order
from tests.integration.wire import Wire

SYNTAX = "ERR syntax error"
NOT_AN_INTEGER = "ERR value is not an integer or out of range"
WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"

CASES: list[Case] = [
    (
        "sadd counts new members",
        [
            ("SADD s a b a", 2),
            ("SADD s b c", 1),
            ("SCARD s", 3),
            ("SMEMBERS s", [b"a", b"b", b"c"]),
            ("SADD s ''", 1),
            ("SISMEMBER s ''", 1),
        ],
    ),
    (
        "srem",
        [
            ("SADD s a b c", 3),
            ("SREM s a none a", 1),
            ("SREM s b c d", 2),
            ("EXISTS s", 0),
            ("SREM none a", 0),
        ],
    ),
    (
        "sismember",
        [
            ("SADD s a b", 2),
            ("SISMEMBER s a", 1),
            ("SISMEMBER s c", 0),
            ("SISMEMBER none a", 0),
            ("SMISMEMBER s a c b a", [1, 0, 1, 1]),
            ("SMISMEMBER none a b", [0, 0]),
            ("SCARD none", 0),
            ("SMEMBERS none", []),
        ],
    ),
    (
        "smove",
        [
            ("SADD a x y", 2),
            ("SADD b z", 1),
            ("SMOVE a b x", 1),
            ("SMEMBERS b", [b"x", b"z"]),
            ("SMOVE a b none", 0),
            ("SMOVE none b x", 0),
            ("SMOVE a new y", 1),
            ("EXISTS a", 0),
            ("SMEMBERS new", [b"y"]),
            ("SMOVE b b x", 1),
            ("SMOVE b b none", 0),
            ("SADD c x", 1),
            ("SMOVE b c x", 1),
            ("SMEMBERS c", [b"x"]),
        ],
    ),
    (
        "spop",
        [
            ("SADD s a", 1),
            ("SPOP s", b"a"),
            ("EXISTS s", 0),
            ("SPOP s", None),
            ("SPOP s 1", []),
            ("SADD s a b", 2),
            ("SPOP s 0", []),
            ("SPOP s 5", [b"a", b"b"]),
            ("EXISTS s", 0),
            ("SPOP s -1", "ERR value is out of range, must be positive"),
            ("SPOP s x", "ERR value is out of range, must be positive"),
            ("SPOP s 1 1", SYNTAX),
        ],
    ),
    (
        "srandmember",
        [
            ("SRANDMEMBER none", None),
            ("SRANDMEMBER none 2", []),
            ("SADD s a", 1),
            ("SRANDMEMBER s", b"a"),
            ("SRANDMEMBER s 0", []),
            ("SRANDMEMBER s 5", [b"a"]),
            ("SRANDMEMBER s -3", [b"a", b"a", b"a"]),
            ("SADD s b", 1),
            ("SRANDMEMBER s 5", [b"a", b"b"]),
            ("SRANDMEMBER s x", NOT_AN_INTEGER),
            ("SRANDMEMBER s 1 1", SYNTAX),
            (
                "SRANDMEMBER s -9223372036854775808",
                (
                    "ERR value is out of range, value must between -9223372036854775807 and"
                    " 9223372036854775807"
                ),
            ),
        ],
    ),
    (
        "intersection",
        [
            ("SADD a 1 2 3 4", 4),
            ("SADD b 2 3 9", 3),
            ("SADD c 3 4 2 x", 4),
            ("SINTER a", [b"1", b"2", b"3", b"4"]),
            ("SINTER a b", [b"2", b"3"]),
            ("SINTER a b c", [b"2", b"3"]),
            ("SINTER a none", []),
            ("SINTERSTORE d a b c", 2),
            ("SMEMBERS d", [b"2", b"3"]),
            ("SINTERSTORE d a none", 0),
            ("EXISTS d", 0),
            ("SINTERSTORE d none none", 0),
        ],
    ),
    (
        "sintercard",
        [
            ("SADD a 1 2 3 4", 4),
            ("SADD b 2 3 4 9", 4),
            ("SINTERCARD 1 a", 4),
            ("SINTERCARD 2 a b", 3),
            ("SINTERCARD 2 a b LIMIT 2", 2),
            ("SINTERCARD 2 a b LIMIT 0", 3),
            ("SINTERCARD 2 a b LIMIT 99", 3),
            ("SINTERCARD 2 a none", 0),
            ("SINTERCARD 0 a", "ERR numkeys should be greater than 0"),
            ("SINTERCARD -1 a", "ERR numkeys should be greater than 0"),
            ("SINTERCARD x a", "ERR numkeys should be greater than 0"),
            ("SINTERCARD 3 a b", "ERR Number of keys can't be greater than number of args"),
            ("SINTERCARD 1 a b", SYNTAX),
            ("SINTERCARD 2 a b LIMIT", SYNTAX),
            ("SINTERCARD 2 a b LIMIT -1", "ERR LIMIT can't be negative"),
            ("SINTERCARD 2 a b LIMIT x", "ERR LIMIT can't be negative"),
            ("SINTERCARD 2 a b NOPE 1", SYNTAX),
        ],
    ),
    (
        "union",
        [
            ("SADD a 3 1", 2),
            ("SADD b 2 1", 2),
            ("SADD c x", 1),
            ("SUNION a", [b"1", b"3"]),
            ("SUNION a b", [b"1", b"2", b"3"]),
            ("SUNION a b c none", [b"1", b"2", b"3", b"x"]),
            ("SUNION none", []),
            ("SUNIONSTORE d a b none", 3),
            ("SMEMBERS d", [b"1", b"2", b"3"]),
            ("SUNIONSTORE d none", 0),
            ("EXISTS d", 0),
            ("SUNIONSTORE a a b", 3),
            ("SMEMBERS a", [b"1", b"2", b"3"]),
        ],
    ),
    (
        "difference",
        [
            ("SADD a 1 2 3 4", 4),
            ("SADD b 2", 1),
            ("SADD c 3 x", 2),
            ("SDIFF a", [b"1", b"2", b"3", b"4"]),
            ("SDIFF a b", [b"1", b"3", b"4"]),
            ("SDIFF a b c none", [b"1", b"4"]),
            ("SDIFF none a", []),
            ("SDIFF a a", []),
            ("SDIFFSTORE d a b c", 2),
            ("SMEMBERS d", [b"1", b"4"]),
            ("SDIFFSTORE d b a", 0),
            ("EXISTS d", 0),
        ],
    ),
    (
        "storing replaces whatever was there",
        [
            ("SET d x EX 100", b"OK"),
            ("SADD a 1", 1),
            ("SUNIONSTORE d a", 1),
            ("TYPE d", b"set"),
            ("TTL d", -1),
            ("SET d x", b"OK"),
            ("SINTERSTORE d none", 0),
            ("EXISTS d", 0),
        ],
    ),
    (
        "integers ascend while a set is small",
        [
            ("SADD s 10 9 -5 100 0", 5),
            ("SMEMBERS s", [b"-5", b"0", b"10", b"100", b"9"]),
            ("SSCAN s 0", [b"0", [b"-5", b"0", b"10", b"100", b"9"]]),
            ("OBJECT ENCODING s", b"intset"),
        ],
    ),
    (
        "encodings",
        [
            ("SADD s 1 2 3", 3),
            ("OBJECT ENCODING s", b"intset"),
            ("SADD s 9223372036854775807", 1),
            ("OBJECT ENCODING s", b"intset"),
            ("SADD s 9223372036854775808", 1),
        ],
    ),
    (
        "sscan of a small set",
        [
            ("SADD s a b ab", 3),
            ("SSCAN s 0", [b"0", [b"a", b"ab", b"b"]]),
            ("SSCAN s 0 MATCH a*", [b"0", [b"a", b"ab"]]),
            ("SSCAN s 0 MATCH none", [b"0", []]),
            ("SSCAN none 0", [b"0", []]),
            ("SSCAN none 0 NOPE", [b"0", []]),
            ("SSCAN none x", "ERR invalid cursor"),
            ("SSCAN s 0 COUNT 0", SYNTAX),
            ("SSCAN s 0 COUNT x", NOT_AN_INTEGER),
            ("SSCAN s 0 MATCH", SYNTAX),
            ("SSCAN s 0 TYPE set", SYNTAX),
        ],
    ),
    (
        "wrong types",
        [
            ("SET k x", b"OK"),
            ("SADD s a", 1),
            ("SADD k a", WRONG_TYPE),
            ("SREM k a", WRONG_TYPE),
            ("SISMEMBER k a", WRONG_TYPE),
            ("SMISMEMBER k a", WRONG_TYPE),
            ("SMEMBERS k", WRONG_TYPE),
            ("SCARD k", WRONG_TYPE),
            ("SPOP k", WRONG_TYPE),
            ("SPOP k 1", WRONG_TYPE),
            ("SRANDMEMBER k", WRONG_TYPE),
            ("SRANDMEMBER k 1", WRONG_TYPE),
            ("SMOVE k s a", WRONG_TYPE),
            ("SMOVE s k a", WRONG_TYPE),
            ("SMOVE none k a", 0),
            ("SINTER k", WRONG_TYPE),
            ("SINTER none k", WRONG_TYPE),
            ("SINTER s k", WRONG_TYPE),
            ("SINTERCARD 2 s k", WRONG_TYPE),
            ("SINTERSTORE d none k", WRONG_TYPE),
            ("SUNION s k", WRONG_TYPE),
            ("SUNIONSTORE d s k", WRONG_TYPE),
            ("SDIFF s k", WRONG_TYPE),
            ("SDIFF none k", WRONG_TYPE),
            ("SDIFFSTORE d s k", WRONG_TYPE),
            ("SSCAN k 0", WRONG_TYPE),
            ("EXISTS d", 0),
        ],
    ),
    (
        "arities",
        [
            ("SADD s", "ERR wrong number of arguments for 'sadd' command"),
            ("SREM s", "ERR wrong number of arguments for 'srem' command"),
            ("SISMEMBER s", "ERR wrong number of arguments for 'sismember' command"),
            ("SMISMEMBER s", "ERR wrong number of arguments for 'smismember' command"),
            ("SMEMBERS", "ERR wrong number of arguments for 'smembers' command"),
            ("SCARD a b", "ERR wrong number of arguments for 'scard' command"),
            ("SPOP", "ERR wrong number of arguments for 'spop' command"),
            ("SRANDMEMBER", "ERR wrong number of arguments for 'srandmember' command"),
            ("SMOVE a b", "ERR wrong number of arguments for 'smove' command"),
            ("SINTER", "ERR wrong number of arguments for 'sinter' command"),
            ("SINTERCARD 1", "ERR wrong number of arguments for 'sintercard' command"),
            ("SINTERSTORE d", "ERR wrong number of arguments for 'sinterstore' command"),
            ("SUNION", "ERR wrong number of arguments for 'sunion' command"),
            ("SUNIONSTORE d", "ERR wrong number of arguments for 'sunionstore' command"),
            ("SDIFF", "ERR wrong number of arguments for 'sdiff' command"),
            ("SDIFFSTORE d", "ERR wrong number of arguments for 'sdiffstore' command"),
            ("SSCAN s", "ERR wrong number of arguments for 'sscan' command"),
        ],
    ),
]


@cases(CASES)
def test_sets_answer_as_the_server_does(wire: Wire, steps: Steps) -> None:
    check(wire, steps)


@pytest.mark.parametrize(
    ("line", "kind", "reply"),
    [
        ("SMEMBERS a", b"~", [b"1", b"2"]),
        ("SMEMBERS none", b"~", []),
        ("SINTER a b", b"~", [b"2"]),
        ("SINTER a none", b"~", []),
        ("SUNION a b", b"~", [b"1", b"2", b"3"]),
        ("SDIFF a b", b"~", [b"1"]),
        ("SDIFF none a", b"~", []),
        ("SPOP a 5", b"~", [b"1", b"2"]),
        ("SPOP a 0", b"~", []),
        ("SPOP none 5", b"~", []),
        ("SPOP none", b"_", None),
        ("SRANDMEMBER c 5", b"*", [b"9"]),
        ("SRANDMEMBER none 5", b"*", []),
        ("SRANDMEMBER none", b"_", None),
        ("SMISMEMBER a 1 9", b"*", [1, 0]),
        ("SISMEMBER a 1", b":", 1),
        ("SSCAN c 0", b"*", [b"0", [b"9"]]),
        ("SORT a", b"*", [b"1", b"2"]),
    ],
)
def test_resp3_has_sets_where_the_server_says_so(
    wire3: Wire, line: str, kind: bytes, reply: object
) -> None:
    for words in ("SADD a 1 2", "SADD b 2 3", "SADD c 9"):
        wire3(*words.split())

    wire3.send(*line.split())

    assert wire3.peek() == kind
    assert in_order(line.split(maxsplit=1)[0], wire3.read()) == reply
