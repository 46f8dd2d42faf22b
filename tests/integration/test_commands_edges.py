"""What generated conversations have found (differential/): each difference, as short as it gets.

The order in which errors are told, integers and strings at the edge, and where Redis 7.0 and
Valkey 8.0 part.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable

import pytest

from tests.integration.steps import Case, Steps, cases
from tests.integration.wire import Wire

COUNT_TOO_SMALL = "ERR count should be greater than 0"
ENTRIES_READ = "ERR value for ENTRIESREAD must be positive or -1"
INVALID_CURSOR = "ERR invalid cursor"
INVALID_ID = "ERR Invalid stream ID specified as stream command argument"
MIN_IDLE = "ERR Invalid min-idle-time argument for XAUTOCLAIM"
NOT_A_FLOAT = "ERR value is not a valid float"
NOT_AN_INTEGER = "ERR value is not an integer or out of range"
OUTSIDE = (
    "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
)
SYNTAX = "ERR syntax error"
UNBALANCED = "list of streams: for each stream key an ID or '$' must be specified."
XGROUP_CREATE = "ERR unknown subcommand or wrong number of arguments for 'CREATE'. Try XGROUP HELP."

CASES: list[Case] = [
    (
        "options are read from the left, and the first error is told",
        [
            ("LPOS none x MAXLEN RANK 2 1 junk", "ERR MAXLEN can't be negative"),
            ("LPOS none x RANK x junk", NOT_AN_INTEGER),
            ("LPOS none x MAXLEN x MAXLEN 1", "ERR MAXLEN can't be negative"),
            ("LMPOP 1 none LEFT COUNT 0 junk", COUNT_TOO_SMALL),
            ("ZMPOP 1 none MIN COUNT x junk", COUNT_TOO_SMALL),
            ("XSETID none x ENTRIESADDED", INVALID_ID),
            ("XSETID none 5 MAXDELETEDID x junk", INVALID_ID),
            ("XSETID none 5 ENTRIESADDED -1 ENTRIESADDED 5", "ERR entries_added must be positive"),
            ("XGROUP SETID none g 1-1 ENTRIESREAD -9 junk", ENTRIES_READ),
            ("XRANGE none x + COUNT x", INVALID_ID),
            ("XRANGE none - + COUNT x junk", NOT_AN_INTEGER),
            ("XREVRANGE none + x junk", INVALID_ID),
            ("XAUTOCLAIM none g c x 0 junk", MIN_IDLE),
            ("XAUTOCLAIM none g c 0 0 COUNT 0 junk", "ERR COUNT must be > 0"),
            ("ZRANDMEMBER none -9223372036854775808 junk", OUTSIDE),
            ("ZREVRANGE none x y junk", SYNTAX),
        ],
    ),
    (
        "BITFIELD makes a string of its own even of what it leaves as it was",
        [
            ("SET s foo", b"OK"),
            ("BITFIELD s INCRBY u4 7 256", [3]),
            ("OBJECT ENCODING s", b"raw"),
        ],
    ),
    (
        "a timeout less than a millisecond below nought is none",
        [
            ("MULTI", b"OK"),
            ("BLPOP none -0.0009", b"QUEUED"),
            ("EXEC", [None]),
            ("BLPOP none -0.0015", "ERR timeout is negative"),
        ],
    ),
    (
        "some options may not be said twice",
        [
            ("ZRANGE none 0 -1 REV REV", SYNTAX),
            ("ZRANGE none 0 1 BYSCORE BYSCORE", SYNTAX),
            ("ZRANGESTORE dst none 0 1 BYLEX BYLEX", SYNTAX),
            ("ZRANDMEMBER none 1 WITHSCORES WITHSCORES", SYNTAX),
            ("XGROUP CREATE s g 0 MKSTREAM ENTRIESREAD 1 ENTRIESREAD 2", XGROUP_CREATE),
            ("XGROUP CREATE s g 0 MKSTREAM MKSTREAM", b"OK"),
        ],
    ),
    (
        "a number that is too great is no infinity",
        [
            ("INCRBYFLOAT f 1e5000", NOT_A_FLOAT),
            ("INCRBYFLOAT f 1e-5000", NOT_A_FLOAT),
            ("INCRBYFLOAT f inf", "ERR increment would produce NaN or Infinity"),
        ],
    ),
    (
        "a pattern for BY without a star means that nothing is sorted, whatever follows",
        [
            ("RPUSH l 2 3 1", 3),
            ("SORT l BY nothing BY weight_*", [b"2", b"3", b"1"]),
        ],
    ),
    (
        "SORT leaves a sorted set in a skiplist, which keeps the sign of nought",
        [
            ("ZADD z 1 a 2 b", 2),
            ("OBJECT ENCODING z", b"listpack"),
            ("ZADD z -0 a", 0),
            ("ZSCORE z a", b"0"),
            ("SORT_RO z ALPHA", [b"a", b"b"]),
            ("OBJECT ENCODING z", b"skiplist"),
            ("ZADD z -0 b", 0),
            ("ZSCORE z b", b"-0"),
        ],
    ),
    (
        "a hash that held a long number once stays a hash table",
        [
            ("HINCRBYFLOAT h f 0x1p300", b"%d" % 2**300),
            ("HSET h f 1", 0),
            ("OBJECT ENCODING h", b"hashtable"),
        ],
    ),
]

ORDER: list[Case] = [
    (
        "a short set tells its members in the order of their coming",
        [
            ("SADD s c a b", 3),
            ("SMEMBERS s", [b"c", b"a", b"b"]),
            ("SREM s a", 1),
            ("SADD s a", 1),
            ("SSCAN s 0", [b"0", [b"c", b"b", b"a"]]),
            ("COPY s t", 1),
            ("SINTER t", [b"c", b"b", b"a"]),
            ("SORT s BY nothing", [b"c", b"b", b"a"]),
        ],
    ),
    (
        "integers ascend, and stand so before what comes behind them",
        [
            ("SADD s 10 9 -1", 3),
            ("SMEMBERS s", [b"-1", b"9", b"10"]),
            ("SADD s x 2", 2),
            ("SMEMBERS s", [b"-1", b"9", b"10", b"x", b"2"]),
            ("SREM s x", 1),
            ("SMEMBERS s", [b"-1", b"9", b"10", b"2"]),
        ],
    ),
    (
        "what is stored of several sets has an order, too",
        [
            ("SADD a c 3 1", 3),
            ("SADD b 1 c 3 z", 4),
            ("SINTERSTORE i a b", 3),
            ("SMEMBERS i", [b"c", b"3", b"1"]),
            ("SUNIONSTORE u b a", 4),
            ("SMEMBERS u", [b"1", b"c", b"3", b"z"]),
            ("SDIFFSTORE d b a", 1),
            ("SMEMBERS d", [b"z"]),
        ],
    ),
]

VALKEY: list[Case] = [
    (
        "as Valkey 8.0",
        [
            ("RPUSH l a b", 2),
            ("LSET l 9223372036854775807 last", b"OK"),
            ("LSET l 4294967296 first", b"OK"),
            ("LRANGE l 0 -1", [b"first", b"last"]),
            ("LREM l -9223372036854775808 a", OUTSIDE),
            ("SCAN ''", INVALID_CURSOR),
            ("SCAN -1", INVALID_CURSOR),
            ("HSCAN none ' 0'", [b"0", []]),
            ("SCAN 0 TYPE module", "ERR unknown type name 'module'"),
            ("BITCOUNT none x y", NOT_AN_INTEGER),
            ("BITCOUNT none 0", 0),
            ("BITPOS none 0 x", NOT_AN_INTEGER),
            ("XREAD STREAMS a b 0", f"ERR Unbalanced 'xread' {UNBALANCED}"),
            ("BLPOP none inf", "ERR timeout is out of range"),
        ],
    ),
]

REDIS: list[Case] = [
    (
        "XSETID as Redis 7.0",
        [
            ("XADD s 3-0 f v", b"3-0"),
            ("XSETID s 6-0 MAXDELETEDID 6-0", b"OK"),
            (
                "XSETID s 2-0",
                "ERR The ID specified in XSETID is smaller than the target stream top item",
            ),
            ("XSETID s 5-0", b"OK"),
        ],
    ),
    (
        "as Redis 7.0",
        [
            ("RPUSH l a b", 2),
            ("LSET l 9223372036854775807 last", "ERR index out of range"),
            ("LREM l -9223372036854775808 none", 0),
            ("SCAN ''", [b"0", [b"l"]]),
            ("HSCAN none -1", [b"0", []]),
            ("SCAN ' 0'", INVALID_CURSOR),
            ("SCAN 0 TYPE module", [b"0", []]),
            ("BITCOUNT none x y", 0),
            ("BITCOUNT none 0", 0),
            ("SET s x", b"OK"),
            ("BITCOUNT s 0", SYNTAX),
            ("BITPOS none 0 x", 0),
            ("XREAD STREAMS a b 0", f"ERR Unbalanced XREAD {UNBALANCED}"),
            ("XREAD STREAMS a +", INVALID_ID),
            ("BLPOP none inf", "ERR timeout is negative"),
            ("XADD x 1-1 f v", b"1-1"),
            ("XGROUP CREATE x g 0", b"OK"),
            ("XAUTOCLAIM x g nobody 0 0", [b"0-0", [], []]),
            ("XINFO CONSUMERS x g", []),
        ],
    ),
]


@cases(CASES)
def test_at_the_edge(wire: Wire, steps: Steps) -> None:
    exactly(wire, steps)


@pytest.mark.targets("mock", "valkey")  # Redis 7.0 hashes sets of strings
@cases(ORDER)
def test_order(wire: Wire, steps: Steps) -> None:
    exactly(wire, steps)


@pytest.mark.targets("mock", "valkey")
@cases(VALKEY)
def test_at_the_edge_of_valkey(wire: Wire, steps: Steps) -> None:
    exactly(wire, steps)


@pytest.mark.targets("mock-redis", "redis")
@cases(REDIS)
def test_at_the_edge_of_redis(wire: Wire, steps: Steps) -> None:
    exactly(wire, steps)


def exactly(wire: Wire, steps: Steps) -> None:
    """As ``steps.check``, but no order is forgiven."""
    for line, expected in steps:
        reply = wire(*shlex.split(line))
        assert (str(reply) if isinstance(expected, str) else reply) == expected, line


def test_a_word_ends_at_its_nul_where_c_reads_it(wire: Wire) -> None:
    wire("ZADD", "z", 1, "a")
    wire("XADD", "x", "1-1", "f", "v")
    wire("RPUSH", "l", b"2\0", b"1")

    assert wire("ZCOUNT", "z", "-inf", b"1\0x") == 1
    assert wire("XRANGE", "x", b"-\0", b"1\0") == [[b"1-1", [b"f", b"v"]]]
    assert wire("SORT", "l") == [b"1", b"2\0"]
    wire("RPUSH", "m", b"\0b", b"\0a")
    assert wire("SORT", "m", "ALPHA") == [b"\0b", b"\0a"]


@pytest.mark.targets("mock-redis", "redis")
@pytest.mark.parametrize("line", ["DEL s", "SET s 1", "FLUSHALL"])
def test_who_waits_for_a_group_is_told_by_redis_that_the_stream_is_gone(
    connect: Callable[..., Wire], line: str
) -> None:
    waiter, other = connect(), connect()
    other("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
    number = waiter("CLIENT", "ID")
    waiter.send("XREADGROUP", "GROUP", "g", "c", "BLOCK", 0, "STREAMS", "s", ">")
    while b"flags=b" not in other("CLIENT", "LIST", "ID", number):
        pass
    other(*line.split())

    assert str(waiter.read()) == "UNBLOCKED the stream key no longer exists"
