"""What the conversations are about: for each data type the lines that are said, and how they begin.

A line that stands twice is said more often.  Random choice is asked for where its outcome does not
change what is kept; ``*`` as a stream ID and blocking outside MULTI are left to other tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.integration.differential.grammar import Command

COMMON: Final = [
    "DEL key",
    "EXISTS key",
    "TYPE key",
    "COPY key key [REPLACE]",
    "RENAME key key",
    "TTL key",
    "EXPIRE key seconds",
]


def _said(text: str) -> Command:
    return [word.encode() for word in text.split()]


PRELUDE: Final = [
    _said(line)
    for line in (
        "SET str text", "RPUSH list a b 3 1 2", "HSET hash a 1 b x", "SADD set 1 2 3",
        "ZADD zset 1 a 2 b 3 c", "XADD stream 1-1 f v",
    )
]  # fmt: skip
"""Every key of another type than the one in question."""


@dataclass(frozen=True, slots=True)
class Group:
    """One data type."""

    lines: list[str]
    start: list[Command]
    """What is said before, besides the prelude."""


def _group(text: str, start: str = "", *, common: bool = True) -> Group:
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    said = [_said(line) for line in start.strip().splitlines() if line.strip()]
    return Group([*lines, *(COMMON if common else [])], said)


FIELDS: Final = (
    "GET fieldtype fieldoffset|SET fieldtype fieldoffset amount|OVERFLOW (WRAP|SAT|FAIL)"
    "|INCRBY fieldtype fieldoffset amount"
)
TRIMMING: Final = "MAXLEN [=|~] maxlen [LIMIT count]|MINID [=|~] id [LIMIT count]"
CLAIMING: Final = "IDLE idle|TIME timestampms|RETRYCOUNT count|FORCE|JUSTID|LASTID id"
CENTRE: Final = "FROMMEMBER member|FROMLONLAT longitude latitude"
SHAPE: Final = "BYRADIUS radius unit|BYBOX radius radius unit"
SHOWN: Final = "ASC|DESC|COUNT count [ANY]|WITHCOORD|WITHDIST|WITHHASH"
EXPIRY: Final = "EX seconds|PX milliseconds|EXAT timestamp|PXAT timestampms"

GROUPS: Final[dict[str, Group]] = {
    "strings": _group(
        f"""
        SET key digits
        SET key string
        SET key string {{NX|XX|GET|KEEPTTL|{EXPIRY}}}
        SETNX key string
        SETEX key seconds string
        PSETEX key milliseconds string
        GET key
        GETSET key string
        GETDEL key
        GETEX key [{EXPIRY}|PERSIST]
        GETEX key {{{EXPIRY}|PERSIST}}
        MGET (key)+
        MSET (key string)+
        MSETNX (key string)+
        STRLEN key
        APPEND key string
        APPEND key digits
        GETRANGE key index index
        SUBSTR key index index
        SETRANGE key offset string
        INCR key
        DECR key
        INCRBY key int
        DECRBY key int
        INCRBYFLOAT key float
        INCRBYFLOAT key float
        INCRBYFLOAT key digits
        LCS key key {{LEN|IDX|MINMATCHLEN count|WITHMATCHLEN}}
        """,
        """
        SET a 10
        SET b ohmytext
        SET c mynewtext
        """,
    ),
    "bitmaps": _group(
        f"""
        SETBIT key bitoffset bit
        SETBIT key bitoffset bit
        GETBIT key bitoffset
        BITCOUNT key [index|index index|index index (BYTE|BIT)]
        BITPOS key bit [index|index index|index index (BYTE|BIT)]
        BITOP (AND|OR|XOR|NOT) key (key)+
        BITOP (AND|OR|XOR|NOT) key key
        BITFIELD key {{{FIELDS}}}
        BITFIELD key {{{FIELDS}}}
        BITFIELD_RO key {{GET fieldtype fieldoffset}}
        BITFIELD_RO key GET fieldtype fieldoffset [SET fieldtype fieldoffset amount]
        SET key string
        GETRANGE key index index
        STRLEN key
        """
    ),
    "lists": _group(
        """
        LPUSH key (element)+
        RPUSH key (element)+
        RPUSH key (element)+
        LPUSHX key (element)+
        RPUSHX key (element)+
        LINSERT key (BEFORE|AFTER) element element
        LLEN key
        LINDEX key index
        LSET key index element
        LRANGE key index index
        LPOS key element {RANK rank|COUNT count|MAXLEN count}
        LREM key index element
        LTRIM key index index
        LPOP key [count]
        RPOP key [count]
        RPOPLPUSH key key
        LMOVE key key (LEFT|RIGHT) (LEFT|RIGHT)
        LMPOP #key (LEFT|RIGHT) [COUNT count]
        """,
        "RPUSH a a b c a b c",
    ),
    "hashes": _group(
        """
        HSET key (field string)+
        HSET key (field digits)+
        HMSET key (field string)+
        HSETNX key field string
        HGET key field
        HMGET key (field)+
        HGETALL key
        HKEYS key
        HVALS key
        HLEN key
        HEXISTS key field
        HSTRLEN key field
        HDEL key (field)+
        HINCRBY key field int
        HINCRBY key field int
        HINCRBYFLOAT key field float
        HINCRBYFLOAT key field digits
        HRANDFIELD key [drawcount|drawcount WITHVALUES]
        HSCAN key cursor {MATCH pattern|COUNT scancount}
        """,
        "HSET a a 1 b 2 c x",
    ),
    "sets": _group(
        """
        SADD key (member)+
        SADD key (member)+
        SREM key (member)+
        SMOVE key key member
        SISMEMBER key member
        SMISMEMBER key (member)+
        SCARD key
        SMEMBERS key
        SPOP key poplarge
        SRANDMEMBER key [drawcount]
        SINTER (key)+
        SUNION (key)+
        SDIFF (key)+
        SINTERSTORE key (key)+
        SUNIONSTORE key (key)+
        SDIFFSTORE key (key)+
        SINTERCARD #key {LIMIT count}
        SSCAN key cursor {MATCH pattern|COUNT scancount}
        """,
        """
        SADD a 1 2 3
        SADD b a b c 1
        SADD c 3 2
        """,
    ),
    "sorted sets": _group(
        """
        ZADD key {NX|XX|GT|LT|CH|INCR} (float member)+
        ZADD key (float member)+
        ZADD key (float member)+
        ZINCRBY key float member
        ZCARD key
        ZSCORE key member
        ZMSCORE key (member)+
        ZRANK key member
        ZREVRANK key member
        ZREM key (member)+
        ZRANGE key rangebound rangebound {BYSCORE|BYLEX|REV|LIMIT limit limit|WITHSCORES}
        ZRANGE key scorebound scorebound BYSCORE {REV|LIMIT limit limit|WITHSCORES}
        ZRANGE key lexbound lexbound BYLEX {REV|LIMIT limit limit}
        ZRANGE key index index {REV|WITHSCORES}
        ZRANGESTORE key key rangebound rangebound {BYSCORE|BYLEX|REV|LIMIT limit limit}
        ZRANGESTORE key key scorebound scorebound BYSCORE {REV|LIMIT limit limit}
        ZREVRANGE key index index [WITHSCORES]
        ZRANGEBYSCORE key scorebound scorebound {WITHSCORES|LIMIT limit limit}
        ZREVRANGEBYSCORE key scorebound scorebound {WITHSCORES|LIMIT limit limit}
        ZRANGEBYLEX key lexbound lexbound [LIMIT limit limit]
        ZREVRANGEBYLEX key lexbound lexbound [LIMIT limit limit]
        ZCOUNT key scorebound scorebound
        ZLEXCOUNT key lexbound lexbound
        ZREMRANGEBYRANK key index index
        ZREMRANGEBYSCORE key scorebound scorebound
        ZREMRANGEBYLEX key lexbound lexbound
        ZPOPMIN key [count]
        ZPOPMAX key [count]
        ZMPOP #key (MIN|MAX) [COUNT count]
        ZRANDMEMBER key [drawcount|drawcount WITHSCORES]
        ZUNION #key {WEIGHTS weight weight|AGGREGATE (SUM|MIN|MAX)|WITHSCORES}
        ZINTER #key {WEIGHTS weight weight|AGGREGATE (SUM|MIN|MAX)|WITHSCORES}
        ZDIFF #key {WITHSCORES}
        ZUNIONSTORE key #key {WEIGHTS weight weight|AGGREGATE (SUM|MIN|MAX)}
        ZINTERSTORE key #key {WEIGHTS weight|AGGREGATE (SUM|MIN|MAX)}
        ZDIFFSTORE key #key
        ZINTERCARD #key {LIMIT count}
        ZSCAN key cursor {MATCH pattern|COUNT scancount}
        """,
        """
        ZADD a 1 a 2 b 3 c
        ZADD b 0 a 0 b 0 c 0 d 0 e
        ZADD c 1.5 a inf b -inf 1
        """,
    ),
    "streams": _group(
        f"""
        XADD key newid (field string)+
        XADD key newid (field string)+
        XADD key newid field string
        XADD key newid field string
        XADD key {{NOMKSTREAM|{TRIMMING}}} newid field string
        XLEN key
        XRANGE key lowid highid [COUNT count]
        XREVRANGE key highid lowid [COUNT count]
        XDEL key (id)+
        XTRIM key (MAXLEN [=|~] maxlen|MINID [=|~] id) [LIMIT count]
        XSETID key id {{ENTRIESADDED count|MAXDELETEDID id}}
        XREAD [COUNT count] STREAMS key readid
        XREAD {{COUNT count|BLOCK int}} STREAMS key
        XREAD [COUNT count] STREAMS key key readid readid
        XINFO STREAM key [FULL|FULL COUNT count]
        XGROUP CREATE key group (readid|id) {{MKSTREAM|ENTRIESREAD count}}
        XGROUP CREATE key group readid
        XGROUP SETID key group readid [ENTRIESREAD count]
        XGROUP DESTROY key group
        XGROUP CREATECONSUMER key group consumer
        XGROUP DELCONSUMER key group consumer
        XREADGROUP GROUP group consumer {{COUNT count|NOACK}} STREAMS key groupid
        XREADGROUP GROUP group consumer {{COUNT count|NOACK}} STREAMS key groupid
        XREADGROUP GROUP group consumer [COUNT count] STREAMS key key groupid groupid
        XACK key group (id)+
        XPENDING key group
        XPENDING key group [IDLE idle] lowid highid count [consumer]
        XCLAIM key group consumer idle (id)+ {{{CLAIMING}}}
        XAUTOCLAIM key group consumer idle lowid {{COUNT count|JUSTID}}
        XINFO GROUPS key
        XINFO CONSUMERS key group
        """,
        """
        XADD a 1-1 f v
        XADD a 1-2 f v g w
        XADD a 2-0 x y
        XGROUP CREATE a g 0
        XGROUP CREATE a g2 $
        XADD b 3-1 f v
        XGROUP CREATE b g 0
        """,
    ),
    "keys": _group(
        """
        DEL (key)+
        UNLINK (key)+
        EXISTS (key)+
        TOUCH (key)+
        TYPE key
        KEYS pattern
        SCAN cursor {MATCH pattern|COUNT scancount|TYPE type}
        RENAME key key
        RENAMENX key key
        COPY key key {REPLACE|DB db}
        MOVE key db
        DBSIZE
        SET key string
        RPUSH key (element)+
        SADD key (member)+
        HSET key field string
        ZADD key float member
        XADD key newid field string
        EXPIRE key seconds {NX|XX|GT|LT}
        PEXPIRE key milliseconds {NX|XX|GT|LT}
        EXPIREAT key timestamp {NX|XX|GT|LT}
        PEXPIREAT key timestampms {NX|XX|GT|LT}
        PERSIST key
        TTL key
        PTTL key
        EXPIRETIME key
        PEXPIRETIME key
        OBJECT ENCODING key
        OBJECT REFCOUNT key
        SWAPDB db db
        SELECT db
        SELECT db
        """,
        """
        SET a text
        RPUSH b a b
        SET c other EX 1000
        """,
        common=False,
    ),
    "sorting": _group(
        """
        SORT key {BY by|LIMIT limit limit|GET get|ASC|DESC|ALPHA|STORE key}
        SORT key {BY by|LIMIT limit limit|GET get|ASC|DESC|ALPHA}
        SORT key [BY by] [LIMIT limit limit] [GET get] [DESC] [ALPHA]
        SORT_RO key {BY by|LIMIT limit limit|GET get|ASC|DESC|ALPHA}
        SORT_RO key ALPHA {BY by|LIMIT limit limit|GET get|ASC|DESC}
        RPUSH key (element)+
        SADD key (member)+
        ZADD key (float member)+
        """,
        """
        RPUSH a 3 1 2 10 2 -5
        RPUSH b a c b a e d
        SADD c 1 2 3 10
        ZADD d 3 a 2 b 1 c
        SET w_1 3
        SET w_2 2
        SET w_3 1
        SET w_a 3
        SET w_b 1
        SET w_c x
        HSET h_1 f 1
        HSET h_2 f 1
        HSET h_a f z
        HSET h_b f y
        """,
        common=False,
    ),
    "hyperloglog": _group(
        """
        PFADD key {element}
        PFADD key (element)+
        PFADD key (element)+
        PFCOUNT (key)+
        PFMERGE key (key)+
        PFMERGE key key
        GET key
        STRLEN key
        SET key string
        """,
        "PFADD a a b c",
    ),
    "geo": _group(
        f"""
        GEOADD key {{NX|XX|CH}} (longitude latitude member)+
        GEOADD key (longitude latitude member)+
        GEOADD key (longitude latitude member)+
        GEOPOS key (member)+
        GEODIST key member member [unit]
        GEOHASH key (member)+
        GEOSEARCH key ({CENTRE}) ({SHAPE}) {{{SHOWN}}}
        GEOSEARCH key {{{CENTRE}|{SHAPE}|ASC|COUNT count}}
        GEOSEARCHSTORE key key ({CENTRE}) ({SHAPE}) {{ASC|DESC|COUNT count|STOREDIST}}
        GEORADIUS key longitude latitude radius unit {{{SHOWN}|STORE key|STOREDIST key}}
        GEORADIUSBYMEMBER key member radius unit {{{SHOWN}|STORE key}}
        GEORADIUS_RO key longitude latitude radius unit {{{SHOWN}|STORE key}}
        GEORADIUSBYMEMBER_RO key member radius unit {{{SHOWN}}}
        ZRANGE key 0 -1 WITHSCORES
        """,
        """
        GEOADD a 13.361389 38.115556 a 15.087269 37.502669 b
        """,
    ),
    "transactions": _group(
        """
        MULTI
        MULTI
        EXEC
        EXEC
        EXEC
        DISCARD
        WATCH (key)+
        UNWATCH
        SET key string
        GET key
        INCR key
        LPUSH key element
        LPOP key
        BLPOP (key)+ timeout
        BRPOPLPUSH key key timeout
        BLMOVE key key (LEFT|RIGHT) (LEFT|RIGHT) timeout
        BLMPOP timeout #key (LEFT|RIGHT) [COUNT count]
        BZPOPMIN (key)+ timeout
        BZMPOP timeout #key (MIN|MAX) [COUNT count]
        XREAD BLOCK milliseconds STREAMS key readid
        ZADD key float member
        HSET key field string
        SADD key member
        EXPIRE key seconds
        DEL key
        NOSUCH key
        """,
        common=False,
    ),
}

WAITING: Final = frozenset(
    b"BLPOP BRPOP BRPOPLPUSH BLMOVE BLMPOP BZPOPMIN BZPOPMAX BZMPOP XREAD XREADGROUP".split()
)
"""What could wait where no MULTI forbids it."""
