"""Keys and their times to live, on the mock and on the real servers."""

from __future__ import annotations

import pytest

from tests.integration.steps import Case, Steps, cases, check
from tests.integration.test_replication import until
from tests.integration.wire import Wire
from tests.targets import Server

SYNTAX = "ERR syntax error"
NOT_AN_INTEGER = "ERR value is not an integer or out of range"

CASES: list[Case] = [
    (
        "del, unlink and exists count keys",
        [
            ("MSET a 1 b 2 c 3", b"OK"),
            ("EXISTS a b a none", 3),
            ("DEL a none a", 1),
            ("UNLINK b none", 1),
            ("EXISTS a b c", 1),
            ("DEL c", 1),
        ],
    ),
    (
        "touch counts the keys that are there",
        [
            ("MSET a 1 b 2", b"OK"),
            ("TOUCH a b none a", 3),
        ],
    ),
    (
        "type",
        [
            ("SET s x", b"OK"),
            ("TYPE s", b"string"),
            ("RPUSH l x", 1),
            ("TYPE l", b"list"),
            ("SADD set x", 1),
            ("TYPE set", b"set"),
            ("ZADD z 1 x", 1),
            ("TYPE z", b"zset"),
            ("HSET h f v", 1),
            ("TYPE h", b"hash"),
            ("XADD st 1-1 f v", b"1-1"),
            ("TYPE st", b"stream"),
            ("TYPE none", b"none"),
        ],
    ),
    (
        "keys by pattern",
        [
            ("MSET one 1 two 2 three 3 four 4 k[1] 5", b"OK"),
            ("KEYS *", [b"four", b"k[1]", b"one", b"three", b"two"]),
            ("KEYS t*", [b"three", b"two"]),
            ("KEYS *o*", [b"four", b"one", b"two"]),
            ("KEYS ?ne", [b"one"]),
            ("KEYS [ot]*", [b"one", b"three", b"two"]),
            ("KEYS [^ot]*", [b"four", b"k[1]"]),
            ("KEYS t[h-w]*", [b"three", b"two"]),
            ("KEYS k\\[1\\]", []),
            ("KEYS none", []),
            ("KEYS T*", []),
            ("KEYS one", [b"one"]),
        ],
    ),
    (
        "randomkey",
        [
            ("RANDOMKEY", None),
            ("SET only x", b"OK"),
            ("RANDOMKEY", b"only"),
        ],
    ),
    (
        "scan of a few keys",
        [
            ("MSET a 1 b 2 aa 3", b"OK"),
            ("SADD s x", 1),
            ("SCAN 0", [b"0", [b"a", b"aa", b"b", b"s"]]),
            ("SCAN 0 MATCH a*", [b"0", [b"a", b"aa"]]),
            ("SCAN 0 TYPE set", [b"0", [b"s"]]),
            ("SCAN 0 TYPE SET", [b"0", [b"s"]]),
            ("SCAN 0 COUNT 100 TYPE string MATCH *a", [b"0", [b"a", b"aa"]]),
            ("SCAN 0 TYPE zset", [b"0", []]),
            ("SCAN 0 MATCH *", [b"0", [b"a", b"aa", b"b", b"s"]]),
        ],
    ),
    (
        "scan refuses",
        [
            ("SCAN x", "ERR invalid cursor"),
            ("SCAN 1x", "ERR invalid cursor"),
            ("SCAN 18446744073709551616", "ERR invalid cursor"),
            ("SCAN 0 COUNT 0", SYNTAX),
            ("SCAN 0 COUNT -5", SYNTAX),
            ("SCAN 0 COUNT x", NOT_AN_INTEGER),
            ("SCAN 0 COUNT", SYNTAX),
            ("SCAN 0 MATCH", SYNTAX),
            ("SCAN 0 TYPE", SYNTAX),
            ("SCAN 0 NOPE", SYNTAX),
        ],
    ),
    (
        "rename",
        [
            ("SET a 1 EX 100", b"OK"),
            ("SET b 2", b"OK"),
            ("RENAME a b", b"OK"),
            ("GET b", b"1"),
            ("TTL b", 100),
            ("EXISTS a", 0),
            ("RENAME b b", b"OK"),
            ("RENAME none b", "ERR no such key"),
            ("RENAMENX none b", "ERR no such key"),
            ("SET c 3", b"OK"),
            ("RENAMENX b c", 0),
            ("RENAMENX b d", 1),
            ("TTL d", 100),
            ("RENAMENX d d", 0),
        ],
    ),
    (
        "rename takes a key of another type away",
        [
            ("SET a x", b"OK"),
            ("RPUSH l 1 2", 2),
            ("RENAME l a", b"OK"),
            ("TYPE a", b"list"),
            ("LRANGE a 0 -1", [b"1", b"2"]),
        ],
    ),
    (
        "copy",
        [
            ("SET a 1 EX 100", b"OK"),
            ("COPY a b", 1),
            ("GET b", b"1"),
            ("TTL b", 100),
            ("COPY a b", 0),
            ("SET a 2", b"OK"),
            ("COPY a b REPLACE", 1),
            ("GET b", b"2"),
            ("TTL b", -1),
            ("COPY none b", 0),
            ("COPY none b REPLACE", 0),
            ("COPY a b DB 1", 1),
            ("COPY a b db 1 replace", 1),
            ("COPY a a DB 1", 1),
            ("COPY a a DB 0", "ERR source and destination objects are the same"),
            ("COPY a a", "ERR source and destination objects are the same"),
            ("COPY a b DB 16", "ERR DB index is out of range"),
            ("COPY a b DB -1", "ERR DB index is out of range"),
            ("COPY a b DB x", NOT_AN_INTEGER),
            (
                "COPY a b DB 99999999999",
                "ERR value is out of range, value must between -2147483648 and 2147483647",
            ),
            ("COPY a b DB", SYNTAX),
            ("COPY a b NOPE", SYNTAX),
            ("SELECT 1", b"OK"),
            ("MGET a b", [b"2", b"2"]),
        ],
    ),
    (
        "a copy is independent",
        [
            ("RPUSH l a b", 2),
            ("COPY l l2", 1),
            ("RPUSH l2 c", 3),
            ("LRANGE l 0 -1", [b"a", b"b"]),
            ("SADD s a b", 2),
            ("COPY s s2", 1),
            ("SREM s2 a", 1),
            ("SCARD s", 2),
            ("HSET h f 1", 1),
            ("COPY h h2", 1),
            ("HSET h2 f 2", 0),
            ("HGET h f", b"1"),
            ("ZADD z 1 a", 1),
            ("COPY z z2", 1),
            ("ZADD z2 2 a", 0),
            ("ZSCORE z a", b"1"),
            ("XADD x 1-1 f v", b"1-1"),
            ("COPY x x2", 1),
            ("XADD x2 2-1 f v", b"2-1"),
            ("XLEN x", 1),
            ("XLEN x2", 2),
        ],
    ),
    (
        "move",
        [
            ("SET a 1 EX 100", b"OK"),
            ("MOVE a 1", 1),
            ("EXISTS a", 0),
            ("SET a 2", b"OK"),
            ("MOVE a 1", 0),
            ("MOVE a 0", "ERR source and destination objects are the same"),
            ("MOVE a 16", "ERR DB index is out of range"),
            ("MOVE a -1", "ERR DB index is out of range"),
            ("MOVE a x", NOT_AN_INTEGER),
            ("MOVE none 1", 0),
            ("MOVE none 0", "ERR source and destination objects are the same"),
            ("SELECT 1", b"OK"),
            ("GET a", b"1"),
            ("TTL a", 100),
        ],
    ),
    (
        "expire and ttl",
        [
            ("SET k v", b"OK"),
            ("TTL k", -1),
            ("PTTL k", -1),
            ("EXPIRE k 100", 1),
            ("TTL k", 100),
            ("PERSIST k", 1),
            ("PERSIST k", 0),
            ("PERSIST none", 0),
            ("TTL k", -1),
            ("PEXPIRE k 100600", 1),
            ("TTL k", 101),
            ("EXPIREAT k 4102444800", 1),
            ("EXPIRETIME k", 4102444800),
            ("PEXPIRETIME k", 4102444800000),
            ("PEXPIREAT k 4102444800499", 1),
            ("EXPIRETIME k", 4102444800),
            ("PEXPIRETIME k", 4102444800499),
            ("PEXPIREAT k 4102444800500", 1),
            ("EXPIRETIME k", 4102444801),
            ("TTL none", -2),
            ("PTTL none", -2),
            ("EXPIRETIME none", -2),
            ("PEXPIRETIME none", -2),
            ("PERSIST k", 1),
            ("EXPIRETIME k", -1),
            ("PEXPIRETIME k", -1),
            ("EXPIRE none 100", 0),
            ("PEXPIREAT k 9223372036854775807", 1),
            ("PEXPIRETIME k", 9223372036854775807),
            ("EXPIRETIME k", 9223372036854776),
        ],
    ),
    (
        "a time in the past deletes",
        [
            ("SET k v", b"OK"),
            ("EXPIRE k -1", 1),
            ("EXISTS k", 0),
            ("SET k v", b"OK"),
            ("EXPIRE k 0", 1),
            ("EXISTS k", 0),
            ("SET k v", b"OK"),
            ("PEXPIREAT k 1", 1),
            ("EXISTS k", 0),
            ("SET k v", b"OK"),
            ("EXPIREAT k -5", 1),
            ("EXISTS k", 0),
            ("SET k v EX 100", b"OK"),
            ("EXPIRE k -1 GT", 0),
            ("EXPIRE k -1 LT", 1),
            ("EXISTS k", 0),
        ],
    ),
    (
        "expire nx and xx",
        [
            ("SET k v", b"OK"),
            ("EXPIRE k 100 XX", 0),
            ("EXPIRE k 100 NX", 1),
            ("EXPIRE k 200 NX", 0),
            ("TTL k", 100),
            ("EXPIRE k 200 xx", 1),
            ("TTL k", 200),
            ("EXPIRE k 300 NX NX", 0),
        ],
    ),
    (
        "expire gt and lt",
        [
            ("SET k v", b"OK"),
            ("EXPIRE k 100 GT", 0),
            ("TTL k", -1),
            ("EXPIRE k 100 LT", 1),
            ("EXPIRE k 200 LT", 0),
            ("EXPIRE k 200 GT", 1),
            ("TTL k", 200),
            ("EXPIRE k 150 GT XX", 0),
            ("EXPIRE k 300 XX GT", 1),
            ("TTL k", 300),
            ("EXPIRE k 50 LT XX", 1),
            ("TTL k", 50),
            ("PERSIST k", 1),
            ("EXPIRE k 50 XX LT", 0),
        ],
    ),
    (
        "expire refuses",
        [
            ("SET k v", b"OK"),
            ("EXPIRE k x", NOT_AN_INTEGER),
            ("EXPIRE k 1.5", NOT_AN_INTEGER),
            ("EXPIRE k 9223372036854775807", "ERR invalid expire time in 'expire' command"),
            ("EXPIRE k -9223372036854775808", "ERR invalid expire time in 'expire' command"),
            ("EXPIRE k 9223372036854775", "ERR invalid expire time in 'expire' command"),
            ("PEXPIRE k 9223372036854775807", "ERR invalid expire time in 'pexpire' command"),
            ("EXPIREAT k 9223372036854776", "ERR invalid expire time in 'expireat' command"),
            ("EXPIRE none x", NOT_AN_INTEGER),
            ("EXPIRE k 10 NOPE", "ERR Unsupported option NOPE"),
            ("EXPIRE k x NOPE", "ERR Unsupported option NOPE"),
            (
                "EXPIRE k 10 NX XX",
                "ERR NX and XX, GT or LT options at the same time are not compatible",
            ),
            (
                "EXPIRE k 10 NX GT",
                "ERR NX and XX, GT or LT options at the same time are not compatible",
            ),
            ("EXPIRE k 10 GT LT", "ERR GT and LT options at the same time are not compatible"),
            ("EXPIRE k 10 XX GT LT", "ERR GT and LT options at the same time are not compatible"),
            ("EXPIRE k 10 NX XX NOPE", "ERR Unsupported option NOPE"),
            ("TTL k", -1),
        ],
    ),
    (
        "writing takes the time to live away, changing keeps it",
        [
            ("SET k v EX 100", b"OK"),
            ("SET k w", b"OK"),
            ("TTL k", -1),
            ("RPUSH l a", 1),
            ("EXPIRE l 100", 1),
            ("RPUSH l b", 2),
            ("TTL l", 100),
            ("SADD s 1", 1),
            ("EXPIRE s 100", 1),
            ("SUNIONSTORE s s", 1),
            ("TTL s", -1),
            ("HSET h f 1", 1),
            ("EXPIRE h 100", 1),
            ("HINCRBY h f 1", 2),
            ("TTL h", 100),
        ],
    ),
    (
        "object",
        [
            ("SET n 12345", b"OK"),
            ("SET small 5", b"OK"),
            ("SET s short", b"OK"),
            ("RPUSH l a", 1),
            ("OBJECT REFCOUNT n", 1),
            ("OBJECT REFCOUNT small", 2147483647),
            ("OBJECT REFCOUNT l", 1),
            ("OBJECT IDLETIME s", 0),
            ("OBJECT ENCODING none", None),
            ("OBJECT REFCOUNT none", None),
            ("OBJECT IDLETIME none", None),
            ("OBJECT FREQ none", None),
            (
                "OBJECT FREQ s",
                (
                    "ERR An LFU maxmemory policy is not selected, access frequency not"
                    " tracked. Please note that when switching between policies at runtime LRU"
                    " and LFU data will take some time to adjust."
                ),
            ),
            ("OBJECT NOPE s", "ERR unknown subcommand 'NOPE'. Try OBJECT HELP."),
            ("OBJECT ENCODING", "ERR wrong number of arguments for 'object|encoding' command"),
            ("OBJECT", "ERR wrong number of arguments for 'object' command"),
            ("OBJECT ENCODING a b", "ERR wrong number of arguments for 'object|encoding' command"),
        ],
    ),
    (
        "wait",
        [
            ("WAIT 0 0", 0),
            ("WAIT -1 0", 0),
            ("WAIT 1 1", 0),
            ("WAIT x 0", NOT_AN_INTEGER),
            ("WAIT 0 x", "ERR timeout is not an integer or out of range"),
            ("WAIT 0 -1", "ERR timeout is negative"),
            ("WAIT 0 1.5", "ERR timeout is not an integer or out of range"),
        ],
    ),
    (
        "arities",
        [
            ("DEL", "ERR wrong number of arguments for 'del' command"),
            ("UNLINK", "ERR wrong number of arguments for 'unlink' command"),
            ("EXISTS", "ERR wrong number of arguments for 'exists' command"),
            ("TOUCH", "ERR wrong number of arguments for 'touch' command"),
            ("TYPE", "ERR wrong number of arguments for 'type' command"),
            ("TYPE a b", "ERR wrong number of arguments for 'type' command"),
            ("KEYS", "ERR wrong number of arguments for 'keys' command"),
            ("RANDOMKEY a", "ERR wrong number of arguments for 'randomkey' command"),
            ("SCAN", "ERR wrong number of arguments for 'scan' command"),
            ("RENAME a", "ERR wrong number of arguments for 'rename' command"),
            ("RENAMENX a b c", "ERR wrong number of arguments for 'renamenx' command"),
            ("COPY a", "ERR wrong number of arguments for 'copy' command"),
            ("MOVE a", "ERR wrong number of arguments for 'move' command"),
            ("EXPIRE a", "ERR wrong number of arguments for 'expire' command"),
            ("PEXPIRE a", "ERR wrong number of arguments for 'pexpire' command"),
            ("EXPIREAT a", "ERR wrong number of arguments for 'expireat' command"),
            ("PEXPIREAT a", "ERR wrong number of arguments for 'pexpireat' command"),
            ("TTL", "ERR wrong number of arguments for 'ttl' command"),
            ("TTL a b", "ERR wrong number of arguments for 'ttl' command"),
            ("PTTL", "ERR wrong number of arguments for 'pttl' command"),
            ("EXPIRETIME", "ERR wrong number of arguments for 'expiretime' command"),
            ("PEXPIRETIME", "ERR wrong number of arguments for 'pexpiretime' command"),
            ("PERSIST", "ERR wrong number of arguments for 'persist' command"),
            ("SORT", "ERR wrong number of arguments for 'sort' command"),
            ("SORT_RO", "ERR wrong number of arguments for 'sort_ro' command"),
            ("WAIT 1", "ERR wrong number of arguments for 'wait' command"),
        ],
    ),
]

VALKEY_CASES: list[Case] = [
    (
        "cursors that strtoull reads",
        [
            ("SCAN -1", "ERR invalid cursor"),
            ("SCAN ''", "ERR invalid cursor"),
            ("SCAN +5", [b"0", []]),
            ("SCAN ' 7'", [b"0", []]),
            ("SCAN 018", [b"0", []]),
        ],
    ),
    (
        "scan of a type that there is not",
        [
            ("SCAN 0 TYPE nope", "ERR unknown type name 'nope'"),
            ("SCAN 0 NOVALUES", "ERR NOVALUES option can only be used in HSCAN"),
            ("SSCAN none 0 NOVALUES", [b"0", []]),
            ("SADD s x", 1),
            ("SSCAN s 0 NOVALUES", "ERR NOVALUES option can only be used in HSCAN"),
        ],
    ),
    (
        "encodings that Redis 7.0 does not have",
        [
            ("SADD u -0", 1),
            ("OBJECT ENCODING u", b"listpack"),
            ("SADD v a xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 2),
            ("OBJECT ENCODING v", b"hashtable"),
            ("RPUSH l a b c", 3),
            ("OBJECT ENCODING l", b"listpack"),
            ("SSCAN u 0 COUNT 1", [b"0", [b"-0"]]),
        ],
    ),
    (
        "waitaof",
        [
            ("WAITAOF 0 0 0", [0, 0]),
            ("WAITAOF 0 1 1", [0, 0]),
            (
                "WAITAOF 1 0 0",
                "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.",
            ),
            ("WAITAOF 2 0 0", "ERR value is out of range, value must between 0 and 1"),
            ("WAITAOF x 0 0", NOT_AN_INTEGER),
            ("WAITAOF 0 -1 0", "ERR value is out of range, must be positive"),
            ("WAITAOF 0 x 0", "ERR value is out of range, must be positive"),
            ("WAITAOF 0 0 -1", "ERR timeout is negative"),
            ("WAITAOF 0 0 x", "ERR timeout is not an integer or out of range"),
            ("WAITAOF 0 0", "ERR wrong number of arguments for 'waitaof' command"),
        ],
    ),
]


@cases(CASES)
def test_keys_answer_as_the_server_does(wire: Wire, steps: Steps) -> None:
    check(wire, steps)


@pytest.mark.targets("mock", "valkey")  # Redis 7.0 differs or does not have it
@cases(VALKEY_CASES)
def test_keys_answer_as_valkey_8_does(wire: Wire, steps: Steps) -> None:
    check(wire, steps)


UNEXPIRED = [
    (("MATCH", "none"), 3, 3),
    (("TYPE", "string"), 1, 2),
    (("TYPE", "hash"), 1, 2),
    (("MATCH", "foo", "TYPE", "hash"), 2, 3),
    (("MATCH", "hash", "TYPE", "hash"), 2, 2),
    (("MATCH", "none", "TYPE", "hash"), 3, 3),
]
"""How many keys are left of three, of which a string and a hash have expired: in Redis, in Valkey.
"""


@pytest.mark.parametrize(("options", "redis", "valkey"), UNEXPIRED)
def test_scan_removes_the_expired_keys_it_would_have_told(
    server: Server, wire: Wire, options: tuple[str, ...], redis: int, valkey: int
) -> None:
    wire("DEBUG", "SET-ACTIVE-EXPIRE", 0)
    wire("SET", "foo", 1)
    wire("HSET", "hash", "f", "v")
    wire("SET", "k", "v")
    for key in ("foo", "hash"):
        wire("PEXPIRE", key, 1)
    wire("SELECT", 1)
    wire("SET", "later", 1, "PX", 2)
    until(lambda: not wire("EXISTS", "later"))
    wire("SELECT", 0)
    assert wire("SCAN", 0, *options)[0] == b"0"
    assert wire("DBSIZE") == (redis if server.line == "redis" else valkey)
    wire("DEBUG", "SET-ACTIVE-EXPIRE", 1)


def freed(wire: Wire) -> int:
    """How many large values were freed in the background."""
    info = wire("INFO", "memory").decode()
    return int(info.partition("lazyfreed_objects:")[2].partition("\r\n")[0])


@pytest.mark.targets("mock", "mock-redis")
def test_large_values_are_counted_when_they_are_freed_lazily(wire: Wire) -> None:
    for name in ("a", "b", "c"):
        wire("SADD", name, *range(1_000))
        wire("SADD", name, "x")
    wire("CONFIG", "SET", "lazyfree-lazy-user-del", "no")
    wire("DEL", "a")
    assert freed(wire) == 0
    wire("UNLINK", "b", "none")
    assert freed(wire) == 1
    wire("CONFIG", "SET", "lazyfree-lazy-user-del", "yes")
    wire("SET", "small", "x")
    wire("DEL", "c", "small")
    assert freed(wire) == 2
    wire("MSET", "a", 1, "b", 2)
    wire("FLUSHDB", "SYNC")
    assert freed(wire) == 2
    wire("MSET", "a", 1, "b", 2)
    wire("FLUSHALL", "ASYNC")
    assert freed(wire) == 4
    wire("CONFIG", "RESETSTAT")
    assert freed(wire) == 0
