"""Commands with every option-like word in every place where data stands: made, not written.

A template is a command with places for data in braces, on a key of one type: ``ZRANK {k} {m}``.
``calls`` puts each word into each place of each template, one place at a time and then all at once,
and says what must be there first so that the server has something to answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

WORDS = (
    "withscores withscore withvalues justid incr block streams idx len withdist withhash withcoord "
    "full count limit store get group WITHSCORES JustId INCR Block"
).split()
"""What GLIDE's core looks for among the words of a command, and what stands near it."""

SETUPS = {
    "string": ["SET {k} abc", "SET {j} abd"],
    "hash": ["HSET {k} {m} 1"],
    "list": ["RPUSH {k} {m} {m}"],
    "set": ["SADD {k} {m}", "SADD {j} {m}"],
    "zset": ["ZADD {k} 1 {m}", "ZADD {j} 3 {m}"],
    "stream": [
        "XADD {k} 1-1 {m} v",
        "XADD {k} 2-1 f {m}",
        "XGROUP CREATE {k} {g} 0",
        "XREADGROUP GROUP {g} {c} COUNT 1 STREAMS {k} >",
    ],
    "geo": ["GEOADD {k} 1 1 {m}"],
}

TEMPLATES = {
    "string": """
        APPEND {k} {m}
        BITCOUNT {k}
        BITFIELD {k} GET u8 0
        BITOP AND {d} {k} {j}
        BITPOS {k} 1
        COPY {k} {d}
        DECR {d}
        DEL {k} {j}
        EXISTS {k} {j}
        EXPIRE {k} 100
        GET {k}
        GETBIT {k} 0
        GETDEL {k}
        GETEX {k}
        GETEX {k} PERSIST
        GETRANGE {k} 0 -1
        GETSET {k} {m}
        INCRBYFLOAT {d} 1.5
        LCS {k} {j}
        LCS {k} {j} LEN
        LCS {k} {j} IDX
        LCS {k} {j} IDX MINMATCHLEN 1 WITHMATCHLEN
        MGET {k} {j}
        MSET {k} {m} {d} {m}
        MSETNX {d} {m}
        OBJECT ENCODING {k}
        PERSIST {k}
        PFADD {d} {m}
        PFCOUNT {d}
        PFMERGE {d} {e}
        PSETEX {k} 100000 {m}
        RENAME {k} {d}
        RENAMENX {k} {d}
        SET {k} {m}
        SET {k} {m} GET
        SET {d} {m} NX
        SETEX {k} 100 {m}
        SETNX {d} {m}
        SETRANGE {k} 1 {m}
        SORT {k}
        STRLEN {k}
        SUBSTR {k} 0 0
        TOUCH {k}
        TYPE {k}
        UNLINK {k}
        ECHO {m}
        PUBLISH {k} {m}
        PUBSUB NUMSUB {k} {j}
        PUBSUB CHANNELS {k}
        EVAL return{{KEYS[1],ARGV[1]}} 1 {k} {m}
        EVAL return{{1,{{err='{m}'}}}} 0
        EVAL_RO return{{KEYS[1],ARGV[1]}} 1 {k} {m}
        CLIENT KILL {m}
        CONFIG GET {m}
        KEYS {m}
    """,
    "hash": """
        HDEL {k} {m}
        HEXISTS {k} {m}
        HGET {k} {m}
        HGETALL {k}
        HINCRBY {k} {m} 1
        HINCRBYFLOAT {k} {m} 1.5
        HKEYS {k}
        HLEN {k}
        HMGET {k} {m} {d}
        HMSET {k} {m} {d}
        HRANDFIELD {k}
        HRANDFIELD {k} 1
        HRANDFIELD {k} 1 WITHVALUES
        HSCAN {k} 0
        HSCAN {k} 0 MATCH {m}
        HSET {k} {m} {d}
        HSETNX {k} {d} {m}
        HSTRLEN {k} {m}
        HVALS {k}
    """,
    "list": """
        BLMOVE {k} {d} LEFT RIGHT 1
        BLMPOP 1 1 {k} LEFT
        BLPOP {k} 1
        BRPOP {d} {k} 1
        BRPOPLPUSH {k} {d} 1
        LINDEX {k} 0
        LINSERT {k} BEFORE {m} {d}
        LLEN {k}
        LMOVE {k} {d} LEFT RIGHT
        LMPOP 1 {k} LEFT
        LMPOP 2 {d} {k} RIGHT COUNT 2
        LPOP {k}
        LPOP {k} 2
        LPOS {k} {m}
        LPOS {k} {m} COUNT 2
        LPUSH {k} {m} {d}
        LPUSHX {k} {m}
        LRANGE {k} 0 -1
        LREM {k} 1 {m}
        LSET {k} 0 {m}
        LTRIM {k} 0 0
        RPOP {k}
        RPOPLPUSH {k} {d}
        SORT {k} ALPHA
        SORT {k} ALPHA STORE {d}
        SORT_RO {k} ALPHA BY {m}
    """,
    "set": """
        SADD {k} {m} {d}
        SCARD {k}
        SDIFF {k} {j}
        SDIFFSTORE {d} {k} {j}
        SINTER {k} {j}
        SINTERCARD 2 {k} {j}
        SINTERCARD 2 {k} {j} LIMIT 1
        SINTERSTORE {d} {k} {j}
        SISMEMBER {k} {m}
        SMEMBERS {k}
        SMISMEMBER {k} {m} {d}
        SMOVE {k} {j} {m}
        SPOP {k}
        SPOP {k} 2
        SRANDMEMBER {k}
        SRANDMEMBER {k} 2
        SREM {k} {m}
        SSCAN {k} 0
        SUNION {k} {j}
        SUNIONSTORE {d} {k} {j}
    """,
    "zset": """
        BZMPOP 1 1 {k} MIN
        BZPOPMAX {k} 1
        BZPOPMIN {d} {k} 1
        ZADD {k} 5 {m}
        ZADD {k} CH 5 {m} 6 {d}
        ZADD {k} INCR 5 {m}
        ZADD {k} XX INCR 5 {d}
        ZCARD {k}
        ZCOUNT {k} 0 9
        ZDIFF 2 {k} {d}
        ZDIFF 2 {k} {d} WITHSCORES
        ZDIFFSTORE {d} 2 {k} {j}
        ZINCRBY {k} 2 {m}
        ZINTER 2 {k} {j}
        ZINTER 2 {k} {j} WITHSCORES
        ZINTER 2 {k} {j} WEIGHTS 2 3 AGGREGATE MAX WITHSCORES
        ZINTERCARD 2 {k} {j}
        ZINTERSTORE {d} 2 {k} {j}
        ZLEXCOUNT {k} - +
        ZMPOP 1 {k} MIN
        ZMPOP 2 {d} {k} MAX COUNT 2
        ZMSCORE {k} {m} {d}
        ZPOPMAX {k}
        ZPOPMAX {k} 2
        ZPOPMIN {k}
        ZPOPMIN {k} 2
        ZRANDMEMBER {k}
        ZRANDMEMBER {k} 1
        ZRANDMEMBER {k} 1 WITHSCORES
        ZRANGE {k} 0 -1
        ZRANGE {k} 0 -1 WITHSCORES
        ZRANGE {k} 0 9 BYSCORE LIMIT 0 1
        ZRANGE {k} 9 0 BYSCORE REV WITHSCORES
        ZRANGEBYLEX {k} - +
        ZRANGEBYSCORE {k} 0 9
        ZRANGEBYSCORE {k} 0 9 WITHSCORES
        ZRANGESTORE {d} {k} 0 -1
        ZRANK {k} {m}
        ZRANK {k} {d}
        ZREM {k} {m}
        ZREMRANGEBYRANK {k} 0 0
        ZREVRANGE {k} 0 -1
        ZREVRANGE {k} 0 -1 WITHSCORES
        ZREVRANGEBYSCORE {k} 9 0
        ZREVRANGEBYSCORE {k} 9 0 WITHSCORES
        ZREVRANK {k} {m}
        ZSCAN {k} 0
        ZSCORE {k} {m}
        ZUNION 2 {k} {j}
        ZUNION 2 {k} {j} WITHSCORES
        ZUNIONSTORE {d} 2 {k} {j}
    """,
    "stream": """
        XACK {k} {g} 1-1
        XADD {k} 9-1 {m} {d}
        XAUTOCLAIM {k} {g} {d} 0 0
        XAUTOCLAIM {k} {g} {d} 0 0 JUSTID
        XCLAIM {k} {g} {d} 0 1-1
        XCLAIM {k} {g} {d} 0 1-1 JUSTID
        XCLAIM {k} {g} {d} 0 1-1 FORCE
        XCLAIM {k} {g} {c} 0 1-1 RETRYCOUNT 2 JUSTID
        XDEL {k} 1-1
        XGROUP CREATE {k} {d} 0
        XGROUP CREATECONSUMER {k} {g} {d}
        XGROUP DELCONSUMER {k} {g} {c}
        XGROUP DESTROY {k} {g}
        XGROUP SETID {k} {g} 0
        XINFO GROUPS {k}
        XINFO STREAM {k}
        XLEN {k}
        XPENDING {k} {g}
        XRANGE {k} - +
        XRANGE {k} - + COUNT 1
        XREAD STREAMS {k} 0
        XREAD COUNT 1 STREAMS {k} {d} 0 0
        XREAD BLOCK 10 STREAMS {k} 0
        XREADGROUP GROUP {g} {c} STREAMS {k} >
        XREADGROUP GROUP {g} {c} STREAMS {k} 0
        XREADGROUP GROUP {g} {d} COUNT 1 NOACK STREAMS {k} >
        XREADGROUP GROUP {g} {d} BLOCK 10 STREAMS {k} >
        XREVRANGE {k} + -
        XTRIM {k} MAXLEN 1
    """,
    "geo": """
        GEOADD {k} 2 2 {d}
        GEOADD {k} CH 2 2 {m}
        GEODIST {k} {m} {m}
        GEODIST {k} {m} {d}
        GEOHASH {k} {m} {d}
        GEOPOS {k} {m} {d}
        GEORADIUS {k} 1 1 9 km
        GEORADIUS {k} 1 1 9 km WITHDIST
        GEORADIUS {k} 1 1 9 km STORE {d}
        GEORADIUSBYMEMBER {k} {m} 9 km
        GEORADIUSBYMEMBER_RO {k} {m} 9 km WITHCOORD
        GEOSEARCH {k} FROMMEMBER {m} BYRADIUS 9 km
        GEOSEARCH {k} FROMMEMBER {m} BYRADIUS 9 km ASC WITHDIST
        GEOSEARCH {k} FROMMEMBER {m} BYBOX 9 9 km WITHHASH WITHCOORD
        GEOSEARCH {k} FROMLONLAT 1 1 BYRADIUS 9 km COUNT 1 ANY
        GEOSEARCHSTORE {d} {k} FROMMEMBER {m} BYRADIUS 9 km
    """,
}

USUAL = {place: f"usual-{place}" for place in "kjmdegc"}


class Case(NamedTuple):
    """A command, and what goes before it on an empty keyspace."""

    setup: list[list[str]]
    words: list[str]

    def __str__(self) -> str:
        return " ".join(self.words)


def calls() -> Iterator[Case]:
    """Every word in every place of every template."""
    for kind, lines in TEMPLATES.items():
        for line in filter(None, map(str.strip, lines.splitlines())):
            places = sorted(set(re.findall(r"(?<!\{)\{(\w)\}", line)))
            for word in WORDS:
                for taken in [*([place] for place in places), places]:
                    data = USUAL | dict.fromkeys(taken, word)
                    setup = [_filled(step, data) for step in SETUPS[kind]]
                    yield Case(setup, _filled(line, data))


def _filled(line: str, data: dict[str, str]) -> list[str]:
    return [word.format(**data) for word in line.split()]
