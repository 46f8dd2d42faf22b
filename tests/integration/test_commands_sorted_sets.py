"""Sorted sets, on the mock and on the real servers."""

from __future__ import annotations

import pytest

from tests.integration.steps import Case, Steps, cases, check
from tests.integration.wire import Wire

BAD_MEMBERS = "ERR min or max not valid string range item"
BAD_SCORES = "ERR min or max is not a float"
LIMIT_NEEDS_BY = (
    "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"
)
NOT_AN_INTEGER = "ERR value is not an integer or out of range"
NOT_A_FLOAT = "ERR value is not a valid float"
NOT_POSITIVE = "ERR value is out of range, must be positive"
NO_GT = "ERR GT, LT, and/or NX options at the same time are not compatible"
NO_LEX_SCORES = "ERR syntax error, WITHSCORES not supported in combination with BYLEX"
SYNTAX = "ERR syntax error"
WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"

CASES: list[Case] = [
    (
        "zadd adds and updates",
        [
            ("ZADD z 1 a 2 b", 2),
            ("ZADD z 3 b 4 c", 1),
            ("ZRANGE z 0 -1 WITHSCORES", [b"a", b"1", b"b", b"3", b"c", b"4"]),
            ("ZADD z 1 a", 0),
            ("ZADD z CH 2 a 9 d", 2),
            ("ZADD z 1 x 2 x", 1),
            ("ZSCORE z x", b"2"),
            ("ZCARD z", 5),
        ],
    ),
    (
        "zadd with nx and xx",
        [
            ("ZADD z XX 1 a", 0),
            ("EXISTS z", 0),
            ("ZADD z 1 a", 1),
            ("ZADD z NX 2 a 2 b", 1),
            ("ZADD z XX 5 a 5 c", 0),
            ("ZADD z XX CH 6 a 5 c", 1),
            ("ZRANGE z 0 -1 WITHSCORES", [b"b", b"2", b"a", b"6"]),
            ("ZADD z NX XX 1 a", "ERR XX and NX options at the same time are not compatible"),
        ],
    ),
    (
        "zadd with gt and lt",
        [
            ("ZADD z 5 a 5 b", 2),
            ("ZADD z GT 4 a 6 b 1 c", 1),
            ("ZADD z LT 4 a 7 b 1 d", 1),
            ("ZADD z GT CH 9 a 9 b", 2),
            ("ZADD z XX GT CH 10 a 10 e", 1),
            ("ZRANGE z 0 -1 WITHSCORES", [b"c", b"1", b"d", b"1", b"b", b"9", b"a", b"10"]),
            ("ZADD z GT LT 1 a", NO_GT),
            ("ZADD z NX GT 1 a", NO_GT),
            ("ZADD z LT NX 1 a", NO_GT),
        ],
    ),
    (
        "zadd with incr",
        [
            ("ZADD z INCR 1.5 a", b"1.5"),
            ("ZADD z INCR 1.5 a", b"3"),
            ("ZADD z NX INCR 1 a", None),
            ("ZADD z XX INCR 1 b", None),
            ("ZADD z XX INCR 1 a", b"4"),
            ("ZADD z GT INCR -1 a", None),
            ("ZADD z LT INCR 1 a", None),
            ("ZADD z LT INCR -1 a", b"3"),
            ("ZADD z INCR 1 a 2 b", "ERR INCR option supports a single increment-element pair"),
            ("ZADD z INCR 0 a", b"3"),
            ("ZADD z CH INCR 1 c", b"1"),
        ],
    ),
    (
        "zadd refuses what makes no sense and then adds nothing",
        [
            ("ZADD z 1", "ERR wrong number of arguments for 'zadd' command"),
            ("ZADD z 1 a 2", SYNTAX),
            ("ZADD z x a", NOT_A_FLOAT),
            ("ZADD z 1 a nan b", NOT_A_FLOAT),
            ("ZADD z 1 a 1e400 b", NOT_A_FLOAT),
            ("ZADD z '' a", NOT_A_FLOAT),
            ("ZADD z NX CH", SYNTAX),
            ("ZADD z FOO 1 a", SYNTAX),
            ("EXISTS z", 0),
        ],
    ),
    (
        "zincrby",
        [
            ("ZINCRBY z 2.5 a", b"2.5"),
            ("ZINCRBY z -1 a", b"1.5"),
            ("ZINCRBY z inf a", b"inf"),
            ("ZINCRBY z -inf a", "ERR resulting score is not a number (NaN)"),
            ("ZINCRBY z x a", NOT_A_FLOAT),
            ("ZINCRBY z 1", "ERR wrong number of arguments for 'zincrby' command"),
            ("ZSCORE z a", b"inf"),
        ],
    ),
    (
        "scores of every kind",
        [
            ("ZADD z inf a -inf b +inf c 1e3 d 0x10 e -0 f .5 g", 7),
            (
                "ZMSCORE z a b c d e f g none",
                [b"inf", b"-inf", b"inf", b"1000", b"16", b"0", b"0.5", None],
            ),
            ("ZRANGE z 0 -1", [b"b", b"f", b"g", b"e", b"d", b"a", b"c"]),
        ],
    ),
    (
        "zscore zmscore zcard of what is missing",
        [
            ("ZSCORE none a", None),
            ("ZMSCORE none a b", [None, None]),
            ("ZCARD none", 0),
            ("ZADD z 1 a", 1),
            ("ZSCORE z none", None),
            ("ZMSCORE z", "ERR wrong number of arguments for 'zmscore' command"),
        ],
    ),
    (
        "zrank and zrevrank",
        [
            ("ZADD z 1 a 2 b 2 c 3 d", 4),
            ("ZRANK z a", 0),
            ("ZRANK z c", 2),
            ("ZRANK z none", None),
            ("ZRANK none a", None),
            ("ZREVRANK z a", 3),
            ("ZREVRANK z c", 1),
            ("ZREVRANK none a", None),
        ],
    ),
    (
        "zrem",
        [
            ("ZADD z 1 a 2 b 3 c", 3),
            ("ZREM z a none", 1),
            ("ZREM z b c", 2),
            ("EXISTS z", 0),
            ("ZREM none a", 0),
            ("ZREM z", "ERR wrong number of arguments for 'zrem' command"),
        ],
    ),
    (
        "zpopmin and zpopmax",
        [
            ("ZADD z 1 a 2 b 3 c 4 d", 4),
            ("ZPOPMIN z", [b"a", b"1"]),
            ("ZPOPMAX z", [b"d", b"4"]),
            ("ZPOPMIN z 0", []),
            ("ZPOPMAX z 10", [b"c", b"3", b"b", b"2"]),
            ("EXISTS z", 0),
            ("ZPOPMIN z", []),
            ("ZPOPMIN z 2", []),
            ("ZADD z 1 a", 1),
            ("ZPOPMIN z -1", NOT_POSITIVE),
            ("ZPOPMIN z x", NOT_POSITIVE),
            ("ZPOPMIN z 1 2", SYNTAX),
        ],
    ),
    (
        "members of one score pop in the order of their bytes",
        [
            ("ZADD z 0 b 0 a 0 aa 0 c", 4),
            ("ZPOPMIN z 2", [b"a", b"0", b"aa", b"0"]),
            ("ZPOPMAX z 2", [b"c", b"0", b"b", b"0"]),
        ],
    ),
    (
        "zmpop",
        [
            ("ZADD a 1 x 2 y 3 z", 3),
            ("ZMPOP 2 none a MIN", [b"a", [[b"x", b"1"]]]),
            ("ZMPOP 2 none a MAX COUNT 10", [b"a", [[b"z", b"3"], [b"y", b"2"]]]),
            ("EXISTS a", 0),
            ("ZMPOP 1 a MIN", None),
            ("ZMPOP 0 a MIN", "ERR numkeys should be greater than 0"),
            ("ZMPOP x a MIN", "ERR numkeys should be greater than 0"),
            ("ZMPOP 2 a MIN", SYNTAX),
            ("ZMPOP 1 a UP", SYNTAX),
            ("ZMPOP 1 a MIN COUNT 0", "ERR count should be greater than 0"),
            ("ZMPOP 1 a MIN COUNT x", "ERR count should be greater than 0"),
            ("ZMPOP 1 a MIN COUNT 1 COUNT 1", SYNTAX),
            ("ZMPOP 1 a MIN FOO", SYNTAX),
        ],
    ),
    (
        "blocking pops answer at once where there is something",
        [
            ("ZADD z 1 a 2 b 3 c 4 d", 4),
            ("BZPOPMIN none z 0", [b"z", b"a", b"1"]),
            ("BZPOPMAX z none 0", [b"z", b"d", b"4"]),
            ("BZMPOP 0 2 none z MAX COUNT 5", [b"z", [[b"c", b"3"], [b"b", b"2"]]]),
            ("EXISTS z", 0),
        ],
    ),
    (
        "blocking pops give up when their time is over",
        [
            ("BZPOPMIN none 0.01", None),
            ("BZPOPMAX none other 0.01", None),
            ("BZMPOP 0.01 1 none MIN", None),
            ("BZPOPMIN none x", "ERR timeout is not a float or out of range"),
            ("BZPOPMIN none -1", "ERR timeout is negative"),
            ("BZMPOP x 1 none MIN", "ERR timeout is not a float or out of range"),
            ("BZMPOP 0 0 none MIN", "ERR numkeys should be greater than 0"),
        ],
    ),
    (
        "nothing waits inside a transaction",
        [
            ("MULTI", b"OK"),
            ("BZPOPMIN none 0", b"QUEUED"),
            ("BZPOPMAX none 0", b"QUEUED"),
            ("BZMPOP 0 1 none MIN", b"QUEUED"),
            ("EXEC", [None, None, None]),
        ],
    ),
    (
        "zrange by rank",
        [
            ("ZADD z 1 a 2 b 3 c 4 d", 4),
            ("ZRANGE z 1 2", [b"b", b"c"]),
            ("ZRANGE z -2 -1", [b"c", b"d"]),
            ("ZRANGE z 0 100 WITHSCORES", [b"a", b"1", b"b", b"2", b"c", b"3", b"d", b"4"]),
            ("ZRANGE z 3 1", []),
            ("ZRANGE z 9 10", []),
            ("ZRANGE z 0 1 REV", [b"d", b"c"]),
            ("ZRANGE z 0 -2 REV WITHSCORES", [b"d", b"4", b"c", b"3", b"b", b"2"]),
            ("ZREVRANGE z 0 1", [b"d", b"c"]),
            ("ZREVRANGE z -2 -1 WITHSCORES", [b"b", b"2", b"a", b"1"]),
            ("ZRANGE none 0 -1", []),
            ("ZRANGE z x 1", NOT_AN_INTEGER),
            ("ZRANGE z 0 1.0", NOT_AN_INTEGER),
            ("ZRANGE z 0 -1 LIMIT 0 1", LIMIT_NEEDS_BY),
            ("ZRANGE z 0 -1 LIMIT 0 -1", [b"a", b"b", b"c", b"d"]),
            ("ZRANGE z 0 -1 FOO", SYNTAX),
            ("ZRANGE z 0 -1 LIMIT 0", SYNTAX),
        ],
    ),
    (
        "zrange by score",
        [
            ("ZADD z 1 a 2 b 3 c 4 d inf e", 5),
            ("ZRANGE z 2 3 BYSCORE", [b"b", b"c"]),
            ("ZRANGE z (2 (4 BYSCORE", [b"c"]),
            (
                "ZRANGE z -inf +inf BYSCORE WITHSCORES",
                [b"a", b"1", b"b", b"2", b"c", b"3", b"d", b"4", b"e", b"inf"],
            ),
            ("ZRANGE z 4 2 BYSCORE REV", [b"d", b"c", b"b"]),
            ("ZRANGE z inf (2 BYSCORE REV LIMIT 1 2", [b"d", b"c"]),
            ("ZRANGE z -inf inf BYSCORE LIMIT 1 2", [b"b", b"c"]),
            ("ZRANGE z -inf inf BYSCORE LIMIT 1 -1", [b"b", b"c", b"d", b"e"]),
            ("ZRANGE z -inf inf BYSCORE LIMIT -1 2", []),
            ("ZRANGE z -inf inf BYSCORE LIMIT 9 2", []),
            ("ZRANGE z -inf inf BYSCORE LIMIT 0 0", []),
            ("ZRANGE z (inf inf BYSCORE", []),
            ("ZRANGE z 2 1 BYSCORE", []),
            ("ZRANGE z x 1 BYSCORE", BAD_SCORES),
            ("ZRANGE z 1 nan BYSCORE", BAD_SCORES),
            ("ZRANGE z 1 2 BYSCORE LIMIT x 1", NOT_AN_INTEGER),
        ],
    ),
    (
        "zrange by member",
        [
            ("ZADD z 0 a 0 b 0 c 0 d 0 ab", 5),
            ("ZRANGE z - + BYLEX", [b"a", b"ab", b"b", b"c", b"d"]),
            ("ZRANGE z [ab (d BYLEX", [b"ab", b"b", b"c"]),
            ("ZRANGE z (a [c BYLEX LIMIT 1 1", [b"b"]),
            ("ZRANGE z + - BYLEX REV", [b"d", b"c", b"b", b"ab", b"a"]),
            ("ZRANGE z (c [a BYLEX REV", [b"b", b"ab", b"a"]),
            ("ZRANGE z + - BYLEX", []),
            ("ZRANGE z [x [z BYLEX", []),
            ("ZRANGE z a b BYLEX", BAD_MEMBERS),
            ("ZRANGE z [a [b BYLEX WITHSCORES", NO_LEX_SCORES),
            ("ZRANGE z [a [b BYLEX BYSCORE", SYNTAX),
        ],
    ),
    (
        "the old spellings of zrange",
        [
            ("ZADD z 1 a 2 b 3 c 4 d", 4),
            ("ZRANGEBYSCORE z 2 (4", [b"b", b"c"]),
            ("ZRANGEBYSCORE z -inf inf WITHSCORES LIMIT 1 1", [b"b", b"2"]),
            ("ZRANGEBYSCORE z -inf inf LIMIT 2 -1 WITHSCORES", [b"c", b"3", b"d", b"4"]),
            ("ZREVRANGEBYSCORE z (4 2", [b"c", b"b"]),
            ("ZREVRANGEBYSCORE z inf -inf LIMIT 0 2 WITHSCORES", [b"d", b"4", b"c", b"3"]),
            ("ZRANGEBYSCORE none 0 1", []),
            ("ZRANGEBYSCORE z 0 x", BAD_SCORES),
            ("ZRANGEBYSCORE z 0 1 REV", SYNTAX),
            ("ZREVRANGEBYSCORE z 2 4", []),
            ("ZRANGEBYSCORE z 1 2 LIMIT 0", SYNTAX),
            ("ZADD l 0 a 0 b 0 c", 3),
            ("ZRANGEBYLEX l - [b", [b"a", b"b"]),
            ("ZREVRANGEBYLEX l + (a LIMIT 0 1", [b"c"]),
            ("ZRANGEBYLEX l x +", BAD_MEMBERS),
            ("ZRANGEBYLEX l - + WITHSCORES", NO_LEX_SCORES),
        ],
    ),
    (
        "zcount and zlexcount",
        [
            ("ZADD z 1 a 2 b 3 c", 3),
            ("ZCOUNT z -inf inf", 3),
            ("ZCOUNT z (1 3", 2),
            ("ZCOUNT z 5 1", 0),
            ("ZCOUNT none 0 1", 0),
            ("ZCOUNT z x 1", BAD_SCORES),
            ("ZADD l 0 a 0 b 0 c", 3),
            ("ZLEXCOUNT l - +", 3),
            ("ZLEXCOUNT l (a [c", 2),
            ("ZLEXCOUNT l + -", 0),
            ("ZLEXCOUNT none - +", 0),
            ("ZLEXCOUNT l a c", BAD_MEMBERS),
        ],
    ),
    (
        "zremrangeby",
        [
            ("ZADD z 1 a 2 b 3 c 4 d 5 e", 5),
            ("ZREMRANGEBYRANK z 0 0", 1),
            ("ZREMRANGEBYRANK z 9 10", 0),
            ("ZREMRANGEBYRANK z -1 -1", 1),
            ("ZREMRANGEBYSCORE z (2 3", 1),
            ("ZRANGE z 0 -1", [b"b", b"d"]),
            ("ZREMRANGEBYSCORE z -inf inf", 2),
            ("EXISTS z", 0),
            ("ZADD z 0 a 0 b 0 c", 3),
            ("ZREMRANGEBYLEX z [b +", 2),
            ("ZRANGE z 0 -1", [b"a"]),
            ("ZREMRANGEBYRANK none 0 1", 0),
            ("ZREMRANGEBYRANK z x 1", NOT_AN_INTEGER),
            ("ZREMRANGEBYSCORE z x 1", BAD_SCORES),
            ("ZREMRANGEBYLEX z x +", BAD_MEMBERS),
        ],
    ),
    (
        "zrangestore",
        [
            ("ZADD z 1 a 2 b 3 c", 3),
            ("ZRANGESTORE d z 0 1", 2),
            ("ZRANGE d 0 -1 WITHSCORES", [b"a", b"1", b"b", b"2"]),
            ("ZRANGESTORE d z 3 2 BYSCORE REV LIMIT 1 1", 1),
            ("ZRANGE d 0 -1 WITHSCORES", [b"b", b"2"]),
            ("ZRANGESTORE d z 8 9", 0),
            ("EXISTS d", 0),
            ("SET d x", b"OK"),
            ("ZRANGESTORE d z [a [b BYLEX", 2),
            ("TYPE d", b"zset"),
            ("ZRANGESTORE d none 0 -1", 0),
            ("EXISTS d", 0),
            ("ZRANGESTORE d z 0 -1 WITHSCORES", SYNTAX),
            ("ZRANGESTORE d z 0 -1 LIMIT 1 1", LIMIT_NEEDS_BY),
            ("ZRANGESTORE z z 1 -1", 2),
            ("ZRANGE z 0 -1", [b"b", b"c"]),
        ],
    ),
    (
        "zrandmember",
        [
            ("ZADD z 1 a", 1),
            ("ZRANDMEMBER z", b"a"),
            ("ZRANDMEMBER z 5", [b"a"]),
            ("ZRANDMEMBER z -3", [b"a", b"a", b"a"]),
            ("ZRANDMEMBER z 2 WITHSCORES", [b"a", b"1"]),
            ("ZRANDMEMBER z -2 WITHSCORES", [b"a", b"1", b"a", b"1"]),
            ("ZRANDMEMBER z 0", []),
            ("ZRANDMEMBER none", None),
            ("ZRANDMEMBER none 2", []),
            ("ZRANDMEMBER z x", NOT_AN_INTEGER),
            ("ZRANDMEMBER z 1 FOO", SYNTAX),
            ("ZRANDMEMBER z 1 WITHSCORES x", SYNTAX),
            ("ZRANDMEMBER z 9223372036854775807 WITHSCORES", "ERR value is out of range"),
        ],
    ),
    (
        "zscan",
        [
            ("ZADD z 1 a 2.5 b 3 ab", 3),
            ("ZSCAN z 0", [b"0", [b"a", b"1", b"b", b"2.5", b"ab", b"3"]]),
            ("ZSCAN z 0 MATCH a* COUNT 1", [b"0", [b"a", b"1", b"ab", b"3"]]),
            ("ZSCAN none 0", [b"0", []]),
            ("ZSCAN z x", "ERR invalid cursor"),
            ("ZSCAN z 0 COUNT 0", SYNTAX),
            ("ZSCAN z 0 COUNT x", NOT_AN_INTEGER),
            ("ZSCAN z 0 MATCH", SYNTAX),
            ("ZSCAN z 0 FOO", SYNTAX),
            ("ZSCAN none 0 FOO", [b"0", []]),
            ("SET s x", b"OK"),
            ("ZSCAN s 0 FOO", WRONG_TYPE),
        ],
    ),
    (
        "wrong types",
        [
            ("SET s x", b"OK"),
            ("ZADD s 1 a", WRONG_TYPE),
            ("ZADD s INCR 1 a", WRONG_TYPE),
            ("ZINCRBY s 1 a", WRONG_TYPE),
            ("ZCARD s", WRONG_TYPE),
            ("ZSCORE s a", WRONG_TYPE),
            ("ZMSCORE s a", WRONG_TYPE),
            ("ZRANK s a", WRONG_TYPE),
            ("ZREM s a", WRONG_TYPE),
            ("ZRANGE s 0 -1", WRONG_TYPE),
            ("ZRANGEBYSCORE s 0 1", WRONG_TYPE),
            ("ZRANGESTORE d s 0 -1", WRONG_TYPE),
            ("ZCOUNT s 0 1", WRONG_TYPE),
            ("ZLEXCOUNT s - +", WRONG_TYPE),
            ("ZREMRANGEBYRANK s 0 1", WRONG_TYPE),
            ("ZPOPMIN s", WRONG_TYPE),
            ("ZMPOP 1 s MIN", WRONG_TYPE),
            ("BZPOPMIN s 1", WRONG_TYPE),
            ("BZMPOP 1 1 s MIN", WRONG_TYPE),
            ("ZUNION 1 s", WRONG_TYPE),
            ("ZUNIONSTORE d 1 s", WRONG_TYPE),
            ("ZINTER 2 none s", WRONG_TYPE),
            ("ZDIFF 2 none s", WRONG_TYPE),
            ("ZINTERCARD 1 s", WRONG_TYPE),
            ("ZRANDMEMBER s", WRONG_TYPE),
            ("ZSCAN s 0", WRONG_TYPE),
            ("ZADD z x a", NOT_A_FLOAT),
        ],
    ),
]

VALKEY_CASES: list[Case] = [
    (
        "zrank and zrevrank with the score",
        [
            ("ZADD z 1 a 2.5 b", 2),
            ("ZRANK z b WITHSCORE", [1, b"2.5"]),
            ("ZREVRANK z b withscore", [0, b"2.5"]),
            ("ZRANK z none WITHSCORE", None),
            ("ZRANK none a WITHSCORE", None),
            ("ZRANK z b FOO", SYNTAX),
            ("ZRANK z b WITHSCORE x", "ERR wrong number of arguments for 'zrank' command"),
        ],
    ),
    (
        "scores are printed with the digits they need",
        [
            ("ZADD z 0.1 a 3.14159 b 1e20 c 1e-7 d 123456789.125 e 1.5e300 f", 6),
            (
                "ZRANGE z 0 -1 WITHSCORES",
                [
                    b"d",
                    b"1e-7",
                    b"a",
                    b"0.1",
                    b"b",
                    b"3.14159",
                    b"e",
                    b"123456789.125",
                    b"c",
                    b"1e+20",
                    b"f",
                    b"1.5e+300",
                ],
            ),
        ],
    ),
]


@cases(CASES)
def test_sorted_sets_answer_as_the_server_does(wire: Wire, steps: Steps) -> None:
    check(wire, steps)


@pytest.mark.targets("mock", "valkey")  # Redis 7.0 differs or does not have it
@cases(VALKEY_CASES)
def test_sorted_sets_answer_as_valkey_8_does(wire: Wire, steps: Steps) -> None:
    check(wire, steps)
