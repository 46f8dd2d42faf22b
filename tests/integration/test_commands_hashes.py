"""Hashes, on the mock and on the real servers."""

from __future__ import annotations

import pytest

from tests.integration.steps import Case, Steps, cases, check
from tests.integration.wire import Wire

SYNTAX = "ERR syntax error"
NOT_AN_INTEGER = "ERR value is not an integer or out of range"
WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"

CASES: list[Case] = [
    (
        "hset counts new fields",
        [
            ("HSET h a 1 b 2", 2),
            ("HSET h a 3 c 4", 1),
            ("HGETALL h", [b"a", b"3", b"b", b"2", b"c", b"4"]),
            ("HLEN h", 3),
            ("HSET h a 1 b", "ERR wrong number of arguments for 'hset' command"),
            ("HSET h a", "ERR wrong number of arguments for 'hset' command"),
            ("HLEN h", 3),
        ],
    ),
    (
        "hmset",
        [
            ("HMSET h a 1 b 2", b"OK"),
            ("HMGET h a b none a", [b"1", b"2", None, b"1"]),
            ("HMSET h a 1 b", "ERR wrong number of arguments for 'hmset' command"),
            ("HMGET none a b", [None, None]),
        ],
    ),
    (
        "hsetnx",
        [
            ("HSETNX h f 1", 1),
            ("HSETNX h f 2", 0),
            ("HGET h f", b"1"),
        ],
    ),
    (
        "hget and hexists",
        [
            ("HSET h f v e ''", 2),
            ("HGET h f", b"v"),
            ("HGET h e", b""),
            ("HGET h none", None),
            ("HGET none f", None),
            ("HEXISTS h e", 1),
            ("HEXISTS h none", 0),
            ("HEXISTS none f", 0),
            ("HSTRLEN h f", 1),
            ("HSTRLEN h e", 0),
            ("HSTRLEN h none", 0),
            ("HSTRLEN none f", 0),
        ],
    ),
    (
        "keys and values in the order of their making",
        [
            ("HSET h z 1 y 2 x 3", 3),
            ("HSET h y 4", 0),
            ("HKEYS h", [b"z", b"y", b"x"]),
            ("HVALS h", [b"1", b"4", b"3"]),
            ("HGETALL h", [b"z", b"1", b"y", b"4", b"x", b"3"]),
            ("HDEL h z", 1),
            ("HSET h z 5", 1),
            ("HKEYS h", [b"y", b"x", b"z"]),
            ("HKEYS none", []),
            ("HVALS none", []),
            ("HGETALL none", []),
            ("HLEN none", 0),
        ],
    ),
    (
        "hdel",
        [
            ("HSET h a 1 b 2 c 3", 3),
            ("HDEL h a none a", 1),
            ("HDEL h b c d", 2),
            ("EXISTS h", 0),
            ("HDEL none a", 0),
        ],
    ),
    (
        "hincrby",
        [
            ("HINCRBY h n 5", 5),
            ("HINCRBY h n -7", -2),
            ("HGET h n", b"-2"),
            ("HSET h s text e '' sp ' 1' f 1.5", 4),
            ("HINCRBY h s 1", "ERR hash value is not an integer"),
            ("HINCRBY h e 1", "ERR hash value is not an integer"),
            ("HINCRBY h sp 1", "ERR hash value is not an integer"),
            ("HINCRBY h f 1", "ERR hash value is not an integer"),
            ("HINCRBY h n x", NOT_AN_INTEGER),
            ("HINCRBY h n 1.5", NOT_AN_INTEGER),
            ("HSET h n 9223372036854775807", 0),
            ("HINCRBY h n 1", "ERR increment or decrement would overflow"),
            ("HINCRBY h n -1", 9223372036854775806),
            ("HINCRBY h n 9223372036854775808", NOT_AN_INTEGER),
            ("HSET h n -9223372036854775808", 0),
            ("HINCRBY h n -1", "ERR increment or decrement would overflow"),
        ],
    ),
    (
        "hincrbyfloat",
        [
            ("HINCRBYFLOAT h n 10.5", b"10.5"),
            ("HINCRBYFLOAT h n 0.1", b"10.6"),
            ("HINCRBYFLOAT h n -5", b"5.6"),
            ("HINCRBYFLOAT h n 5.0e3", b"5005.60000000000000009"),
            ("HGET h n", b"5005.60000000000000009"),
            ("HSET h n 5.0e3", 0),
            ("HINCRBYFLOAT h n 2.0e2", b"5200"),
            ("HSET h n 3000", 0),
            ("HINCRBYFLOAT h n 0.1", b"3000.10000000000000009"),
            ("HSET h s text", 1),
            ("HINCRBYFLOAT h s 1", "ERR hash value is not a float"),
            ("HSET h s ' 1'", 0),
            ("HINCRBYFLOAT h s 1", "ERR hash value is not a float"),
            ("HINCRBYFLOAT h n x", "ERR value is not a valid float"),
            ("HINCRBYFLOAT h n ''", "ERR value is not a valid float"),
            ("HINCRBYFLOAT h n nan", "ERR value is not a valid float"),
            ("HINCRBYFLOAT h n inf", "ERR value is NaN or Infinity"),
            ("HINCRBYFLOAT h n -inf", "ERR value is NaN or Infinity"),
            ("HSET h i inf", 1),
            ("HINCRBYFLOAT h i 1", "ERR increment would produce NaN or Infinity"),
        ],
    ),
    (
        "hrandfield",
        [
            ("HRANDFIELD none", None),
            ("HRANDFIELD none 5", []),
            ("HRANDFIELD none 5 WITHVALUES", []),
            ("HSET h f v", 1),
            ("HRANDFIELD h", b"f"),
            ("HRANDFIELD h 5", [b"f"]),
            ("HRANDFIELD h 0", []),
            ("HRANDFIELD h -3", [b"f", b"f", b"f"]),
            ("HRANDFIELD h -2 WITHVALUES", [b"f", b"v", b"f", b"v"]),
            ("HRANDFIELD h 1 withvalues", [b"f", b"v"]),
            ("HSET h g w", 1),
            ("HRANDFIELD h 9", [b"f", b"g"]),
            ("HRANDFIELD h 9 WITHVALUES", [b"f", b"v", b"g", b"w"]),
            ("HRANDFIELD h x", NOT_AN_INTEGER),
            ("HRANDFIELD h 1 NOPE", SYNTAX),
            ("HRANDFIELD h 1 WITHVALUES x", SYNTAX),
            (
                "HRANDFIELD h -9223372036854775808",
                (
                    "ERR value is out of range, value must between -9223372036854775807 and"
                    " 9223372036854775807"
                ),
            ),
            ("HRANDFIELD h 4611686018427387904 WITHVALUES", "ERR value is out of range"),
            ("HRANDFIELD h -9223372036854775807 WITHVALUES", "ERR value is out of range"),
        ],
    ),
    (
        "hscan of a small hash",
        [
            ("HSET h a 1 b 2 ab 3", 3),
            ("HSCAN h 0", [b"0", [b"a", b"1", b"b", b"2", b"ab", b"3"]]),
            ("HSCAN h 0 COUNT 1", [b"0", [b"a", b"1", b"b", b"2", b"ab", b"3"]]),
            ("HSCAN h 0 MATCH a*", [b"0", [b"a", b"1", b"ab", b"3"]]),
            ("HSCAN h 0 MATCH none COUNT 100", [b"0", []]),
            ("HSCAN none 0", [b"0", []]),
            ("HSCAN none 0 NOPE", [b"0", []]),
            ("HSCAN none x", "ERR invalid cursor"),
            ("HSCAN h x", "ERR invalid cursor"),
            ("HSCAN h 0 COUNT 0", SYNTAX),
            ("HSCAN h 0 COUNT x", NOT_AN_INTEGER),
            ("HSCAN h 0 MATCH", SYNTAX),
            ("HSCAN h 0 TYPE hash", SYNTAX),
        ],
    ),
    (
        "encodings",
        [
            ("HSET h f v", 1),
            ("OBJECT ENCODING h", b"listpack"),
            ("HSET h f xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 0),
            ("OBJECT ENCODING h", b"listpack"),
            ("HSET h f xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 0),
            ("OBJECT ENCODING h", b"hashtable"),
        ],
    ),
    (
        "wrong types",
        [
            ("SET s x", b"OK"),
            ("HSET s f v", WRONG_TYPE),
            ("HMSET s f v", WRONG_TYPE),
            ("HSETNX s f v", WRONG_TYPE),
            ("HGET s f", WRONG_TYPE),
            ("HMGET s f", WRONG_TYPE),
            ("HGETALL s", WRONG_TYPE),
            ("HKEYS s", WRONG_TYPE),
            ("HVALS s", WRONG_TYPE),
            ("HLEN s", WRONG_TYPE),
            ("HEXISTS s f", WRONG_TYPE),
            ("HDEL s f", WRONG_TYPE),
            ("HINCRBY s f 1", WRONG_TYPE),
            ("HINCRBY s f x", NOT_AN_INTEGER),
            ("HINCRBYFLOAT s f 1", WRONG_TYPE),
            ("HINCRBYFLOAT s f x", "ERR value is not a valid float"),
            ("HSTRLEN s f", WRONG_TYPE),
            ("HRANDFIELD s", WRONG_TYPE),
            ("HRANDFIELD s 1", WRONG_TYPE),
            ("HRANDFIELD s x", NOT_AN_INTEGER),
            ("HSCAN s 0", WRONG_TYPE),
            ("HSCAN s 0 NOPE", WRONG_TYPE),
        ],
    ),
    (
        "arities",
        [
            ("HSET h f", "ERR wrong number of arguments for 'hset' command"),
            ("HSETNX h f", "ERR wrong number of arguments for 'hsetnx' command"),
            ("HMSET h f", "ERR wrong number of arguments for 'hmset' command"),
            ("HGET h", "ERR wrong number of arguments for 'hget' command"),
            ("HMGET h", "ERR wrong number of arguments for 'hmget' command"),
            ("HGETALL", "ERR wrong number of arguments for 'hgetall' command"),
            ("HKEYS a b", "ERR wrong number of arguments for 'hkeys' command"),
            ("HVALS", "ERR wrong number of arguments for 'hvals' command"),
            ("HLEN", "ERR wrong number of arguments for 'hlen' command"),
            ("HEXISTS h", "ERR wrong number of arguments for 'hexists' command"),
            ("HDEL h", "ERR wrong number of arguments for 'hdel' command"),
            ("HINCRBY h f", "ERR wrong number of arguments for 'hincrby' command"),
            ("HINCRBYFLOAT h f", "ERR wrong number of arguments for 'hincrbyfloat' command"),
            ("HSTRLEN h", "ERR wrong number of arguments for 'hstrlen' command"),
            ("HRANDFIELD", "ERR wrong number of arguments for 'hrandfield' command"),
            ("HSCAN h", "ERR wrong number of arguments for 'hscan' command"),
        ],
    ),
]

VALKEY_CASES: list[Case] = [
    (
        "hscan without values",
        [
            ("HSET h a 1 b 2", 2),
            ("HSCAN h 0 NOVALUES", [b"0", [b"a", b"b"]]),
            ("HSCAN h 0 NOVALUES MATCH a", [b"0", [b"a"]]),
            ("HSCAN h 0 MATCH b NOVALUES COUNT 5", [b"0", [b"b"]]),
        ],
    ),
]


@cases(CASES)
def test_hashes_answer_as_the_server_does(wire: Wire, steps: Steps) -> None:
    check(wire, steps)


@pytest.mark.targets("mock", "valkey")  # Redis 7.0 differs or does not have it
@cases(VALKEY_CASES)
def test_hashes_answer_as_valkey_8_does(wire: Wire, steps: Steps) -> None:
    check(wire, steps)


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ("HGETALL h", {b"a": b"1", b"b": b"2"}),
        ("HGETALL none", {}),
        ("HKEYS h", [b"a", b"b"]),
        ("HVALS h", [b"1", b"2"]),
        ("HMGET h a none", [b"1", None]),
        ("HRANDFIELD h 2", [b"a", b"b"]),
        ("HRANDFIELD h 2 WITHVALUES", [[b"a", b"1"], [b"b", b"2"]]),
        ("HRANDFIELD none", None),
        ("HSCAN h 0", [b"0", [b"a", b"1", b"b", b"2"]]),
        ("HINCRBYFLOAT h a 0.5", b"1.5"),
    ],
)
def test_resp3_has_maps_where_the_server_says_so(wire3: Wire, words: str, reply: object) -> None:
    wire3("HSET", "h", "a", 1, "b", 2)

    answer = wire3(*words.split())

    assert answer == reply
    assert type(answer) is type(reply)
