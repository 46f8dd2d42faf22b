"""Lists, on the mock and on the real servers."""

from __future__ import annotations

import pytest

from tests.integration.steps import Case, Steps, cases, check
from tests.integration.wire import Wire

LEAST_INTEGER = (
    "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
)
NOT_AN_INTEGER = "ERR value is not an integer or out of range"
NOT_POSITIVE = "ERR value is out of range, must be positive"
NO_SUCH_KEY = "ERR no such key"
RANK_ZERO = (
    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or"
    " use negative to start from the end of the list"
)
SYNTAX = "ERR syntax error"
WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"

CASES: list[Case] = [
    (
        "lpush and rpush put elements at the ends one by one",
        [
            ("LPUSH l a b c", 3),
            ("LRANGE l 0 -1", [b"c", b"b", b"a"]),
            ("RPUSH l x y", 5),
            ("LRANGE l 0 -1", [b"c", b"b", b"a", b"x", b"y"]),
            ("LLEN l", 5),
            ("LPUSH l", "ERR wrong number of arguments for 'lpush' command"),
            ("RPUSH l", "ERR wrong number of arguments for 'rpush' command"),
            ("LPUSH", "ERR wrong number of arguments for 'lpush' command"),
        ],
    ),
    (
        "lpushx and rpushx need a list",
        [
            ("LPUSHX l a b", 0),
            ("RPUSHX l a b", 0),
            ("EXISTS l", 0),
            ("RPUSH l m", 1),
            ("LPUSHX l a b", 3),
            ("RPUSHX l y z", 5),
            ("LRANGE l 0 -1", [b"b", b"a", b"m", b"y", b"z"]),
        ],
    ),
    (
        "lindex counts from both ends",
        [
            ("RPUSH l a b c", 3),
            ("LINDEX l 0", b"a"),
            ("LINDEX l 2", b"c"),
            ("LINDEX l 3", None),
            ("LINDEX l -1", b"c"),
            ("LINDEX l -3", b"a"),
            ("LINDEX l -4", None),
            ("LINDEX l x", NOT_AN_INTEGER),
            ("LINDEX none 0", None),
            ("LINDEX none x", None),
        ],
    ),
    (
        "lrange takes any bounds",
        [
            ("RPUSH l a b c d e", 5),
            ("LRANGE l 1 3", [b"b", b"c", b"d"]),
            ("LRANGE l -3 -2", [b"c", b"d"]),
            ("LRANGE l 0 100", [b"a", b"b", b"c", b"d", b"e"]),
            ("LRANGE l -100 100", [b"a", b"b", b"c", b"d", b"e"]),
            ("LRANGE l 3 1", []),
            ("LRANGE l 5 9", []),
            ("LRANGE l 9223372036854775807 9223372036854775807", []),
            ("LRANGE l -9223372036854775808 9223372036854775807", [b"a", b"b", b"c", b"d", b"e"]),
            ("LRANGE l 4 4", [b"e"]),
            ("LRANGE l x 1", NOT_AN_INTEGER),
            ("LRANGE l 1 1.5", NOT_AN_INTEGER),
            ("LRANGE none 0 -1", []),
        ],
    ),
    (
        "lset changes one element",
        [
            ("RPUSH l a b c", 3),
            ("LSET l 1 B", b"OK"),
            ("LSET l -1 C", b"OK"),
            ("LRANGE l 0 -1", [b"a", b"B", b"C"]),
            ("LSET l 3 x", "ERR index out of range"),
            ("LSET l -4 x", "ERR index out of range"),
            ("LSET l x y", NOT_AN_INTEGER),
            ("LSET none 0 x", NO_SUCH_KEY),
            ("LSET none x y", NO_SUCH_KEY),
        ],
    ),
    (
        "linsert stands before or after a pivot",
        [
            ("RPUSH l a b a", 3),
            ("LINSERT l BEFORE a x", 4),
            ("LINSERT l after b y", 5),
            ("LRANGE l 0 -1", [b"x", b"a", b"b", b"y", b"a"]),
            ("LINSERT l BEFORE none x", -1),
            ("LINSERT none BEFORE a x", 0),
            ("LINSERT l BESIDE a x", SYNTAX),
            ("LINSERT l BEFORE a", "ERR wrong number of arguments for 'linsert' command"),
        ],
    ),
    (
        "lrem removes from the head, from the tail or all",
        [
            ("RPUSH l a b a c a d a", 7),
            ("LREM l 1 a", 1),
            ("LRANGE l 0 -1", [b"b", b"a", b"c", b"a", b"d", b"a"]),
            ("LREM l -2 a", 2),
            ("LRANGE l 0 -1", [b"b", b"a", b"c", b"d"]),
            ("RPUSH l a b", 6),
            ("LREM l 0 a", 2),
            ("LRANGE l 0 -1", [b"b", b"c", b"d", b"b"]),
            ("LREM l 5 none", 0),
            ("LREM l 0 b", 2),
            ("LREM l 5 c", 1),
            ("LREM l 0 d", 1),
            ("EXISTS l", 0),
            ("LREM none 0 a", 0),
            ("LREM none x a", NOT_AN_INTEGER),
        ],
    ),
    (
        "ltrim keeps a range and deletes an empty list",
        [
            ("RPUSH l a b c d e", 5),
            ("LTRIM l 1 -2", b"OK"),
            ("LRANGE l 0 -1", [b"b", b"c", b"d"]),
            ("LTRIM l 0 0", b"OK"),
            ("LRANGE l 0 -1", [b"b"]),
            ("LTRIM l 5 9", b"OK"),
            ("EXISTS l", 0),
            ("LTRIM none 0 1", b"OK"),
            ("LTRIM none x 1", NOT_AN_INTEGER),
        ],
    ),
    (
        "lpop and rpop without a count",
        [
            ("RPUSH l a b c", 3),
            ("LPOP l", b"a"),
            ("RPOP l", b"c"),
            ("LPOP l", b"b"),
            ("EXISTS l", 0),
            ("LPOP l", None),
            ("RPOP none", None),
        ],
    ),
    (
        "lpop and rpop with a count",
        [
            ("RPUSH l a b c d e f", 6),
            ("LPOP l 2", [b"a", b"b"]),
            ("RPOP l 2", [b"f", b"e"]),
            ("LPOP l 0", []),
            ("LPOP l 100", [b"c", b"d"]),
            ("EXISTS l", 0),
            ("LPOP l 1", None),
            ("RPOP none 0", None),
            ("RPUSH l a", 1),
            ("LPOP l -1", NOT_POSITIVE),
            ("LPOP l x", NOT_POSITIVE),
            ("LPOP l 1 2", "ERR wrong number of arguments for 'lpop' command"),
            ("RPOP l 1 2", "ERR wrong number of arguments for 'rpop' command"),
            ("RPOP l 9223372036854775807", [b"a"]),
        ],
    ),
    (
        "lpos finds the first, the nth, or several",
        [
            ("RPUSH l a b c 1 2 3 c c", 8),
            ("LPOS l c", 2),
            ("LPOS l none", None),
            ("LPOS none c", None),
            ("LPOS l c RANK 2", 6),
            ("LPOS l c RANK -1", 7),
            ("LPOS l c RANK -3", 2),
            ("LPOS l c RANK 4", None),
            ("LPOS l c COUNT 0", [2, 6, 7]),
            ("LPOS l c COUNT 2", [2, 6]),
            ("LPOS l c COUNT 2 RANK 2", [6, 7]),
            ("LPOS l c RANK -1 COUNT 2", [7, 6]),
            ("LPOS l c COUNT 0 RANK -2", [6, 2]),
            ("LPOS l c MAXLEN 2", None),
            ("LPOS l c MAXLEN 3", 2),
            ("LPOS l c COUNT 0 MAXLEN 3", [2]),
            ("LPOS l c COUNT 0 MAXLEN 1 RANK -1", [7]),
            ("LPOS l c COUNT 0 MAXLEN 0", [2, 6, 7]),
            ("LPOS l none COUNT 0", []),
            ("LPOS none c COUNT 1", []),
        ],
    ),
    (
        "lpos refuses what makes no sense",
        [
            ("RPUSH l a", 1),
            ("LPOS l a RANK 0", RANK_ZERO),
            ("LPOS l a RANK x", NOT_AN_INTEGER),
            ("LPOS l a COUNT -1", "ERR COUNT can't be negative"),
            ("LPOS l a COUNT x", "ERR COUNT can't be negative"),
            ("LPOS l a MAXLEN -1", "ERR MAXLEN can't be negative"),
            ("LPOS l a RANK", SYNTAX),
            ("LPOS l a FOO 1", SYNTAX),
            ("LPOS l", "ERR wrong number of arguments for 'lpos' command"),
        ],
    ),
    (
        "lmove takes and gives at either end",
        [
            ("RPUSH a 1 2 3 4", 4),
            ("LMOVE a b LEFT LEFT", b"1"),
            ("LMOVE a b left right", b"2"),
            ("LMOVE a b RIGHT LEFT", b"4"),
            ("LMOVE a b RIGHT RIGHT", b"3"),
            ("EXISTS a", 0),
            ("LRANGE b 0 -1", [b"4", b"1", b"2", b"3"]),
            ("LMOVE b b LEFT RIGHT", b"4"),
            ("LRANGE b 0 -1", [b"1", b"2", b"3", b"4"]),
            ("LMOVE none b LEFT LEFT", None),
            ("EXISTS none", 0),
            ("LMOVE a b UP LEFT", SYNTAX),
            ("LMOVE a b LEFT", "ERR wrong number of arguments for 'lmove' command"),
        ],
    ),
    (
        "rpoplpush moves and rotates",
        [
            ("RPUSH a 1 2", 2),
            ("RPOPLPUSH a b", b"2"),
            ("RPOPLPUSH a a", b"1"),
            ("RPOPLPUSH a b", b"1"),
            ("RPOPLPUSH a b", None),
            ("LRANGE b 0 -1", [b"1", b"2"]),
        ],
    ),
    (
        "a move to a key of another type moves nothing",
        [
            ("RPUSH a 1", 1),
            ("SET s x", b"OK"),
            ("LMOVE a s LEFT LEFT", WRONG_TYPE),
            ("RPOPLPUSH a s", WRONG_TYPE),
            ("LRANGE a 0 -1", [b"1"]),
            ("LMOVE none s LEFT LEFT", None),
            ("LMOVE s a LEFT LEFT", WRONG_TYPE),
            ("BLMOVE a s LEFT LEFT 0", WRONG_TYPE),
        ],
    ),
    (
        "lmpop pops from the first list that exists",
        [
            ("RPUSH a 1 2 3", 3),
            ("RPUSH b x y z", 3),
            ("LMPOP 2 none a LEFT", [b"a", [b"1"]]),
            ("LMPOP 2 none a RIGHT COUNT 10", [b"a", [b"3", b"2"]]),
            ("LMPOP 2 a b RIGHT COUNT 2", [b"b", [b"z", b"y"]]),
            ("LMPOP 2 a b LEFT", [b"b", [b"x"]]),
            ("LMPOP 2 a b LEFT", None),
            ("EXISTS b", 0),
        ],
    ),
    (
        "lmpop refuses what makes no sense",
        [
            ("RPUSH a 1", 1),
            ("LMPOP 0 a LEFT", "ERR numkeys should be greater than 0"),
            ("LMPOP -1 a LEFT", "ERR numkeys should be greater than 0"),
            ("LMPOP x a LEFT", "ERR numkeys should be greater than 0"),
            ("LMPOP 2 a LEFT", SYNTAX),
            ("LMPOP 3 a LEFT", SYNTAX),
            ("LMPOP 1 a UP", SYNTAX),
            ("LMPOP 1 a LEFT COUNT 0", "ERR count should be greater than 0"),
            ("LMPOP 1 a LEFT COUNT -1", "ERR count should be greater than 0"),
            ("LMPOP 1 a LEFT COUNT x", "ERR count should be greater than 0"),
            ("LMPOP 1 a LEFT COUNT", SYNTAX),
            ("LMPOP 1 a LEFT COUNT 1 COUNT 2", SYNTAX),
            ("LMPOP 1 a LEFT COUNT 1 2", SYNTAX),
            ("LMPOP 1 a LEFT FOO", SYNTAX),
            ("LMPOP 1 a", "ERR wrong number of arguments for 'lmpop' command"),
            ("LRANGE a 0 -1", [b"1"]),
        ],
    ),
    (
        "wrong types",
        [
            ("SET s x", b"OK"),
            ("LPUSH s a", WRONG_TYPE),
            ("RPUSH s a", WRONG_TYPE),
            ("LPUSHX s a", WRONG_TYPE),
            ("RPUSHX s a", WRONG_TYPE),
            ("LINSERT s BEFORE a b", WRONG_TYPE),
            ("LLEN s", WRONG_TYPE),
            ("LINDEX s 0", WRONG_TYPE),
            ("LRANGE s 0 -1", WRONG_TYPE),
            ("LSET s 0 a", WRONG_TYPE),
            ("LREM s 0 a", WRONG_TYPE),
            ("LTRIM s 0 1", WRONG_TYPE),
            ("LPOP s", WRONG_TYPE),
            ("RPOP s 1", WRONG_TYPE),
            ("LPOS s a", WRONG_TYPE),
            ("LMPOP 1 s LEFT", WRONG_TYPE),
            ("BLPOP s 1", WRONG_TYPE),
            ("BRPOP s 1", WRONG_TYPE),
            ("BLMPOP 1 1 s LEFT", WRONG_TYPE),
            ("BRPOPLPUSH s d 1", WRONG_TYPE),
            ("GET s", b"x"),
        ],
    ),
    (
        "blocking commands answer at once where there is something",
        [
            ("RPUSH l a b c d e f", 6),
            ("BLPOP none l 0", [b"l", b"a"]),
            ("BRPOP l none 0", [b"l", b"f"]),
            ("BLMPOP 0 2 none l LEFT COUNT 2", [b"l", [b"b", b"c"]]),
            ("BLMOVE l d RIGHT LEFT 0", b"e"),
            ("BRPOPLPUSH l d 0", b"d"),
            ("LRANGE d 0 -1", [b"d", b"e"]),
            ("EXISTS l", 0),
        ],
    ),
    (
        "blocking commands give up when their time is over",
        [
            ("BLPOP none 0.01", None),
            ("BRPOP none other 0.01", None),
            ("BLMPOP 0.01 1 none LEFT", None),
            ("BLMOVE none d LEFT LEFT 0.01", None),
            ("BRPOPLPUSH none d 0.01", None),
            ("EXISTS d", 0),
        ],
    ),
    (
        "blocking commands refuse what is no time",
        [
            ("BLPOP l x", "ERR timeout is not a float or out of range"),
            ("BLPOP l -1", "ERR timeout is negative"),
            ("BLMPOP -1 1 l LEFT", "ERR timeout is negative"),
            ("BLMPOP 1 0 l LEFT", "ERR numkeys should be greater than 0"),
            ("BLMPOP 1 1 l UP", SYNTAX),
            ("BLMPOP 1 1 l LEFT COUNT 0", "ERR count should be greater than 0"),
            ("BLMOVE l d LEFT LEFT x", "ERR timeout is not a float or out of range"),
            ("BLMOVE l d UP LEFT 0", SYNTAX),
            ("BLMOVE l d LEFT UP 0", SYNTAX),
            ("BRPOPLPUSH l d -0.1", "ERR timeout is negative"),
            ("BLPOP l", "ERR wrong number of arguments for 'blpop' command"),
        ],
    ),
    (
        "the first key that exists decides about the type",
        [
            ("SET s x", b"OK"),
            ("RPUSH l a", 1),
            ("BLPOP none s l 1", WRONG_TYPE),
            ("BLPOP l s 1", [b"l", b"a"]),
            ("LMPOP 3 none s l LEFT", WRONG_TYPE),
        ],
    ),
    (
        "nothing waits inside a transaction",
        [
            ("MULTI", b"OK"),
            ("BLPOP none 0", b"QUEUED"),
            ("BRPOP none 0", b"QUEUED"),
            ("BLMOVE none d LEFT LEFT 0", b"QUEUED"),
            ("BRPOPLPUSH none d 0", b"QUEUED"),
            ("BLMPOP 0 1 none LEFT", b"QUEUED"),
            ("EXEC", [None, None, None, None, None]),
        ],
    ),
    (
        "lists hold any bytes",
        [
            ("RPUSH l '' ' ' 'a b'", 3),
            ("LRANGE l 0 -1", [b"", b" ", b"a b"]),
            ("LPOS l ''", 0),
            ("LREM l 0 ''", 1),
            ("LLEN l", 2),
        ],
    ),
]

VALKEY_CASES: list[Case] = [
    (
        "the least integer is refused",
        [
            ("RPUSH l a", 1),
            ("LREM l -9223372036854775808 a", LEAST_INTEGER),
            ("LPOS l a RANK -9223372036854775808", LEAST_INTEGER),
        ],
    ),
    (
        "a time that overflows is refused",
        [
            ("BLPOP l inf", "ERR timeout is out of range"),
            ("BLPOP l 1e400", "ERR timeout is out of range"),
            ("BRPOP l 9223372036854775807", "ERR timeout is out of range"),
            ("BLMOVE l d LEFT LEFT 9223372036854775807", "ERR timeout is out of range"),
        ],
    ),
]


@cases(CASES)
def test_lists_answer_as_the_server_does(wire: Wire, steps: Steps) -> None:
    check(wire, steps)


@pytest.mark.targets("mock", "valkey")  # Redis 7.0 differs or does not have it
@cases(VALKEY_CASES)
def test_lists_answer_as_valkey_8_does(wire: Wire, steps: Steps) -> None:
    check(wire, steps)
