"""What several sessions say to each other through a server.

Keys are few and lists short, so that the sessions meet; nothing that is said is answered in an
order, or with a number, that a server may choose.  Words of a pool are drawn as in ``grammar``;
these are put in as it is said:

==========  =================================================================
``@1``      CLIENT ID of that session
``@id``     an ID of a stream's entry that is greater than all before
==========  =================================================================
"""

from __future__ import annotations

from typing import Final

from tests.integration.differential.grammar import Command

SESSIONS: Final = 5
"""The most that there are."""

CLOSES: Final[Command] = [b"(closes)"]
"""The session's connection ends, and it opens another one."""
TIME_PASSES: Final = b"(expires)"
"""The key has a time to live that has passed; nobody has looked at it since."""
WATCHES: Final = b"(watches-what-expires)"
"""The same, but the session watched it while it was alive."""

LIST_DUMP: Final = (
    b"\x12\x01\x02\r\r\x00\x00\x00\x02\x00\x81a\x02\x81b\x02\xff\n\x00h\xeb\n\x89\x13A\xbb\xb1"
)
ZSET_DUMP: Final = (
    b"\x11\x0c\x0c\x00\x00\x00\x02\x00\x81a\x02\x01\x01\xff\n\x00\xa8\x05\xce\xb8\xd7\xa93\x02"
)

SCRIPTS: Final = [
    b"return redis.call('RPUSH',KEYS[1],'s')",
    b"redis.call('RPUSH',KEYS[1],'s') redis.call('LPUSH',KEYS[1],'t') return 1",
    b"redis.call('DEL',KEYS[1]) redis.call('ZADD',KEYS[1],1,'s') return redis.call('PING')",
    b"redis.call('RPUSH',KEYS[1],'s') return redis.call('NOSUCH')",
    b"redis.call('RPUSH',KEYS[1],'s') redis.call('DEL',KEYS[1]) return {}",
    b"return redis.pcall('BLPOP',KEYS[1],0)",
    b"return redis.pcall('BLMOVE',KEYS[1],'b','LEFT','RIGHT',0)",
    b"return redis.pcall('XREAD','BLOCK','0','STREAMS',KEYS[1],'$')",
    b"redis.call('PUBLISH','n','s') redis.call('SET',KEYS[1],'s') return redis.call('GET',KEYS[1])",
    b"redis.call('SELECT',1) return redis.call('RPUSH',KEYS[1],'s')",
    b"return redis.call('LRANGE',KEYS[1],0,-1)",
]

POOLS: Final[dict[str, list[bytes]]] = {
    "place": [b"a", b"b", b"c"],
    "item": [b"1", b"2", b"x", b"y"],
    "other": [b"@%d" % number for number in range(SESSIONS)],
    "script": SCRIPTS,
    "channel": [b"n", b"m"],
    "glob": [b"n*"],
    "listdump": [LIST_DUMP],
    "zsetdump": [ZSET_DUMP],
    "base": [b"0", b"1"],
    "from": [b"$", b"$", b"0-0", b"5-0", b"@id"],
    "fresh": [b"@id"],
    "old": [b"1-0", b"2-0", b"3-0", b"5-0"],
    "crowd": [b"g", b"g", b"h"],
    "member": [b"p", b"q"],
    "prefix": [b"", b"a", b"b"],
    "end": [b"0", b"-1"],
    "nothing": [b"0"],
    "long": [b"1000"],
    "huge": [b"9999999"],
    "past": [b"1"],
    "one": [b"1", b"2"],
    "expires": [TIME_PASSES],
    "watches": [WATCHES],
    "closes": CLOSES,
    "v2": [b"2", b"3"],
    "user": [b"default", b"limited", b"nobody"],
    "maxmemory": [b"maxmemory"],
    "account": [b"default", b"limited"],
    "rule": [b"-blpop", b"+blpop", b"-rpush", b"+rpush", b"%R~a", b"~*", b"resetkeys", b"-exec"],
    "secret": [b"pw"],
}

_POPS: Final = """
    BLPOP (place)+ nothing
    BRPOP (place)+ nothing
    BLMOVE place place (LEFT|RIGHT) (LEFT|RIGHT) nothing
    BLMOVE place place (LEFT|RIGHT) (LEFT|RIGHT) nothing
    BRPOPLPUSH place place nothing
    BLMPOP nothing #place (LEFT|RIGHT) [COUNT one]
    BZPOPMIN (place)+ nothing
    BZPOPMAX (place)+ nothing
    BZMPOP nothing #place (MIN|MAX) [COUNT one]
"""

_READS: Final = """
    XREAD [COUNT one] BLOCK nothing STREAMS place from
    XREAD [COUNT one] BLOCK nothing STREAMS place place from from
    XREADGROUP GROUP crowd member [COUNT one] BLOCK nothing [NOACK] STREAMS place >
    XREADGROUP GROUP crowd member BLOCK nothing STREAMS place place > >
    XREADGROUP GROUP crowd member BLOCK nothing STREAMS place (nothing|old)
"""

_LISTS: Final = """
    RPUSH place (item)+
    RPUSH place (item)+
    LPUSH place (item)+
    LPUSHX place item
    LPOP place
    LMOVE place place (LEFT|RIGHT) (LEFT|RIGHT)
    LREM place nothing item
    LTRIM place end end
    LRANGE place nothing end
    SORT place STORE place
"""

_SORTED: Final = """
    ZADD place one item
    ZADD place one item one item
    ZADD place (NX|XX|GT|LT) one item
    ZINCRBY place one item
    ZREM place item
    ZUNIONSTORE place #place
    ZRANGESTORE place place nothing end
    ZPOPMIN place
    GEOSEARCHSTORE place place FROMLONLAT one one BYRADIUS one M
"""

_STREAMS: Final = """
    XADD place fresh item item
    XADD place fresh item item
    XADD place old item item
    XDEL place old
    XTRIM place MAXLEN nothing
    XSETID place fresh
    XGROUP CREATE place crowd from MKSTREAM
    XGROUP CREATE place crowd from MKSTREAM
    XGROUP DESTROY place crowd
    XGROUP SETID place crowd (from|nothing)
    XGROUP CREATECONSUMER place crowd member
    XGROUP DELCONSUMER place crowd member
    XREADGROUP GROUP crowd member STREAMS place >
    XACK place crowd old
"""

_KEYS: Final = """
    DEL (place)+
    DEL place
    SET place item
    SADD place item
    SREM place item
    SUNIONSTORE place place
    GET place
    INCR place
    APPEND place item
    SETRANGE place nothing item
    RENAME place place
    RENAMENX place place
    COPY place place [REPLACE]
    COPY place place DB base REPLACE
    MOVE place base
    RESTORE place nothing listdump [REPLACE]
    RESTORE place nothing zsetdump REPLACE
    EXPIRE place long
    PEXPIREAT place past
    PERSIST place
    SWAPDB base base
    SELECT base
    FLUSHDB
    FLUSHALL
    expires place
    watches place
"""

_TRANSACTIONS: Final = """
    MULTI
    MULTI
    EXEC
    EXEC
    EXEC
    EXEC
    DISCARD
    WATCH (place)+
    WATCH (place)+
    UNWATCH
    NOSUCH place
    GET
    EVAL script 1 place
    EVAL script 1 place
"""

_HEARING: Final = """
    SUBSCRIBE channel
    PSUBSCRIBE glob
    UNSUBSCRIBE channel
    PUNSUBSCRIBE glob
    SSUBSCRIBE channel
    SUNSUBSCRIBE channel
    PUBLISH channel item
    PUBLISH channel item
    SPUBLISH channel item
    CLIENT TRACKING ON [NOLOOP]
    CLIENT TRACKING ON BCAST PREFIX prefix
    CLIENT TRACKING ON (OPTIN|OPTOUT)
    CLIENT TRACKING ON REDIRECT other
    CLIENT TRACKING OFF
    CLIENT CACHING (YES|NO)
    GET place
    LLEN place
    HELLO v2
"""

_CLIENTS: Final = """
    CLIENT UNBLOCK other [TIMEOUT|ERROR]
    CLIENT UNBLOCK other
    CLIENT KILL ID other
    CLIENT PAUSE huge WRITE
    CLIENT UNPAUSE
    CLIENT UNPAUSE
    CLIENT NO-EVICT ON
    AUTH user secret
    ACL SETUSER account rule
    WAIT one nothing
    RESET
    QUIT
    PING
    closes
    CONFIG SET maxmemory (nothing|past)
    DEBUG RELOAD
"""

_PACKS: Final[dict[str, list[str]]] = {
    "lists": [_POPS, _POPS, _LISTS, _LISTS, _KEYS, _TRANSACTIONS, _CLIENTS],
    "streams": [_READS, _READS, _STREAMS, _STREAMS, _KEYS, _TRANSACTIONS],
    "kinds": [_POPS, _READS, _LISTS, _SORTED, _STREAMS, _KEYS, _TRANSACTIONS, _CLIENTS],
    "hearing": [_HEARING, _HEARING, _TRANSACTIONS, _LISTS, _KEYS, _POPS],
    "everything": [
        *(_POPS, _READS, _LISTS, _SORTED, _STREAMS, _KEYS, _TRANSACTIONS, _HEARING, _CLIENTS)
    ],
}

COMPANIES: Final[dict[str, list[str]]] = {
    name: [line.strip() for pack in packs for line in pack.splitlines() if line.strip()]
    for name, packs in _PACKS.items()
}
"""The lines of each kind of company."""
