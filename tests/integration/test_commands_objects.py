"""OBJECT: encodings with their history, frequencies and idle times."""

from __future__ import annotations

import pytest

from tests.integration.steps import Case, Steps, cases, check
from tests.integration.wire import Wire
from tests.targets import Server

LATER = (
    " Please note that when switching between policies at runtime LRU and LFU data will take some"
    " time to adjust."
)
LFU = f"ERR An LFU maxmemory policy is selected, idle time not tracked.{LATER}"
NO_LFU = f"ERR An LFU maxmemory policy is not selected, access frequency not tracked.{LATER}"

CASES: list[Case] = [
    (
        "strings",
        [
            ("SET n 12", b"OK"),
            ("OBJECT ENCODING n", b"int"),
            ("APPEND n 3", 3),
            ("OBJECT ENCODING n", b"raw"),
            ("INCR n", 124),
            ("OBJECT ENCODING n", b"int"),
            ("SET s abc", b"OK"),
            ("OBJECT ENCODING s", b"embstr"),
            ("SETRANGE s 0 x", 3),
            ("OBJECT ENCODING s", b"raw"),
            ("SET s abc", b"OK"),
            ("OBJECT ENCODING s", b"embstr"),
            ("SETBIT s 1 1", 1),
            ("OBJECT ENCODING s", b"raw"),
            ("GETSET s 5", b"abc"),
            ("OBJECT ENCODING s", b"int"),
            ("INCRBYFLOAT s 1", b"6"),
            ("OBJECT ENCODING s", b"embstr"),
            ("APPEND new 7", 1),
            ("OBJECT ENCODING new", b"int"),
            ("SETRANGE fresh 1 a", 2),
            ("OBJECT ENCODING fresh", b"raw"),
            ("BITOP NOT inverse s", 1),
            ("OBJECT ENCODING inverse", b"raw"),
            ("PFADD sketch a", 1),
            ("OBJECT ENCODING sketch", b"raw"),
            ("SET long aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", b"OK"),
            ("OBJECT ENCODING long", b"embstr"),
            ("SET longer aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", b"OK"),
            ("OBJECT ENCODING longer", b"raw"),
            ("SET big 9223372036854775808", b"OK"),
            ("OBJECT ENCODING big", b"embstr"),
            ("SET max 9223372036854775807", b"OK"),
            ("OBJECT ENCODING max", b"int"),
            ("OBJECT ENCODING none", None),
        ],
    ),
    (
        "a copy and a new name are kept alike",
        [
            ("SET s abc", b"OK"),
            ("APPEND s d", 4),
            ("COPY s copy", 1),
            ("OBJECT ENCODING copy", b"raw"),
            ("RENAME s renamed", b"OK"),
            ("OBJECT ENCODING renamed", b"raw"),
            ("MOVE renamed 1", 1),
            ("SELECT 1", b"OK"),
            ("OBJECT ENCODING renamed", b"raw"),
            ("SET renamed abcd", b"OK"),
            ("OBJECT ENCODING renamed", b"embstr"),
            ("SELECT 0", b"OK"),
        ],
    ),
    (
        "a hash that was large stays a hash table",
        [
            ("CONFIG SET hash-max-listpack-entries 3", b"OK"),
            ("HSET h a 1 b 2 c 3", 3),
            ("OBJECT ENCODING h", b"listpack"),
            ("HSET h d 4", 1),
            ("OBJECT ENCODING h", b"hashtable"),
            ("HDEL h a b c", 3),
            ("OBJECT ENCODING h", b"hashtable"),
            ("COPY h copy", 1),
            ("RENAME h other", b"OK"),
            ("OBJECT ENCODING other", b"hashtable"),
            ("DEL other", 1),
            ("HSET other a 1", 1),
            ("OBJECT ENCODING other", b"listpack"),
            ("HSET other b xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 1),
            ("OBJECT ENCODING other", b"hashtable"),
            ("HSET other b x", 0),
            ("OBJECT ENCODING other", b"hashtable"),
        ],
    ),
    (
        "a sorted set that was large stays a skip list",
        [
            ("CONFIG SET zset-max-listpack-entries 2", b"OK"),
            ("ZADD z 1 a 2 b", 2),
            ("OBJECT ENCODING z", b"listpack"),
            ("ZADD z 3 c", 1),
            ("OBJECT ENCODING z", b"skiplist"),
            ("ZPOPMIN z 2", [b"a", b"1", b"b", b"2"]),
            ("OBJECT ENCODING z", b"skiplist"),
            ("ZADD y 1 a 2 b 3 c", 3),
            ("ZREM y a b", 2),
            ("OBJECT ENCODING y", b"skiplist"),
            ("ZADD x 1 a 2 b 3 c", 3),
            ("ZREMRANGEBYRANK x 0 1", 2),
            ("OBJECT ENCODING x", b"skiplist"),
            ("ZUNIONSTORE w 1 x", 1),
            ("OBJECT ENCODING w", b"listpack"),
            ("ZRANGESTORE v y 0 -1", 1),
            ("OBJECT ENCODING v", b"listpack"),
        ],
    ),
    (
        "a set of integers that had a word among them",
        [
            ("CONFIG SET set-max-intset-entries 3", b"OK"),
            ("SADD s 1 2 3", 3),
            ("OBJECT ENCODING s", b"intset"),
            ("SADD s 4", 1),
            ("OBJECT ENCODING s", b"hashtable"),
            ("SREM s 4 3", 2),
            ("OBJECT ENCODING s", b"hashtable"),
        ],
    ),
    (
        "nobody counts references or frequencies without being asked",
        [
            ("SET k v", b"OK"),
            ("OBJECT REFCOUNT k", 1),
            ("OBJECT REFCOUNT none", None),
            ("OBJECT FREQ k", NO_LFU),
            ("OBJECT FREQ none", None),
            ("OBJECT IDLETIME none", None),
            ("CONFIG SET maxmemory-policy allkeys-lfu", b"OK"),
            ("SET fresh v", b"OK"),
            ("OBJECT FREQ fresh", 5),
            ("OBJECT IDLETIME k", LFU),
            ("CONFIG SET maxmemory-policy noeviction", b"OK"),
            ("OBJECT NOPE k", "ERR unknown subcommand 'NOPE'. Try OBJECT HELP."),
            ("OBJECT ENCODING", "ERR wrong number of arguments for 'object|encoding' command"),
        ],
    ),
]

SHORT_SETS_AND_LISTS: list[Case] = [
    (
        "a set that had a word among its integers",
        [
            ("SADD s 1 2 3", 3),
            ("SADD s a", 1),
            ("OBJECT ENCODING s", b"listpack"),
            ("SREM s a", 1),
            ("OBJECT ENCODING s", b"listpack"),
            ("CONFIG SET set-max-listpack-entries 3", b"OK"),
            ("SADD s 4", 1),
            ("OBJECT ENCODING s", b"hashtable"),
            ("SREM s 4 3", 2),
            ("OBJECT ENCODING s", b"hashtable"),
            ("SADD integers 1 2", 2),
            ("SMOVE s integers 1", 1),
            ("OBJECT ENCODING integers", b"intset"),
        ],
    ),
    (
        "a set that had a long word",
        [
            (f"SADD s a {'x' * 65}", 2),
            ("OBJECT ENCODING s", b"hashtable"),
            (f"SREM s {'x' * 65}", 1),
            ("OBJECT ENCODING s", b"hashtable"),
            ("SUNIONSTORE d s", 1),
        ],
    ),
    (
        "a list is a listpack again at half of what a listpack may have",
        [
            ("CONFIG SET list-max-listpack-size 4", b"OK"),
            ("RPUSH l a b c d", 4),
            ("OBJECT ENCODING l", b"listpack"),
            ("RPUSH l e", 5),
            ("OBJECT ENCODING l", b"quicklist"),
            ("RPOP l 2", [b"e", b"d"]),
            ("OBJECT ENCODING l", b"quicklist"),
            ("RPOP l", b"c"),
            ("OBJECT ENCODING l", b"listpack"),
            ("RPUSH l c d", 4),
            ("OBJECT ENCODING l", b"listpack"),
        ],
    ),
    (
        "a list of many bytes",
        [
            (f"RPUSH l {'x' * 5000}", 1),
            ("OBJECT ENCODING l", b"listpack"),
            (f"RPUSH l {'x' * 5000}", 2),
            ("OBJECT ENCODING l", b"quicklist"),
            ("RPOP l", b"x" * 5000),
            ("OBJECT ENCODING l", b"quicklist"),
            ("LPUSH l a", 2),
            ("RPOP l", b"x" * 5000),
            ("OBJECT ENCODING l", b"listpack"),
        ],
    ),
]


@cases(CASES)
def test_objects_are_kept_as_the_server_keeps_them(wire: Wire, steps: Steps) -> None:
    check(wire, steps)


@cases(SHORT_SETS_AND_LISTS)
def test_short_sets_and_lists_are_listpacks(server: Server, wire: Wire, steps: Steps) -> None:
    if server.version_info < (7, 2):
        pytest.skip("sets and lists have no listpacks before 7.2")
    check(wire, steps)


def test_before_7_2_lists_are_quicklists_and_sets_hash_tables(server: Server, wire: Wire) -> None:
    if server.version_info >= (7, 2):
        pytest.skip("this is about servers before 7.2")
    wire("RPUSH", "l", "a")
    wire("SADD", "s", "a")
    assert wire("OBJECT", "ENCODING", "l") == b"quicklist"
    assert wire("OBJECT", "ENCODING", "s") == b"hashtable"


def test_using_a_key_raises_its_frequency(wire: Wire) -> None:
    wire("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu")
    wire("CONFIG", "SET", "lfu-log-factor", 0)
    wire("SET", "k", "v")
    for words in (("GET", "k"), ("MGET", "k", "none"), ("STRLEN", "k"), ("TOUCH", "k")):
        wire(*words)
    wire("EXISTS", "k")
    wire("TTL", "k")
    wire("TYPE", "k")
    assert wire("OBJECT", "FREQ", "k") == 9


@pytest.mark.targets("mock", "valkey")
def test_a_client_that_leaves_no_trace_raises_no_frequency(server: Server, wire: Wire) -> None:
    other = Wire(server.host, server.port)
    wire("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu")
    wire("CONFIG", "SET", "lfu-log-factor", 0)
    wire("SET", "k", "v")
    assert wire("CLIENT", "NO-TOUCH", "ON") == b"OK"
    wire("GET", "k")
    assert wire("OBJECT", "FREQ", "k") == 5
    other("GET", "k")
    assert wire("OBJECT", "FREQ", "k") == 6
    wire("TOUCH", "k")
    assert wire("OBJECT", "FREQ", "k") == 7
    assert wire("CLIENT", "NO-TOUCH", "OFF") == b"OK"
    wire("GET", "k")
    assert wire("OBJECT", "FREQ", "k") == 8
    other.close()
