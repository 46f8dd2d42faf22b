"""Facts of the server that no usage line tells: where keys stand and how they are used, and tips.

COMMAND INFO prints them; they are what Valkey 8.0.1 answers, and where other servers differ that is
said apart.  A key specification is ``place=flags``: ``1`` the second word, ``1:-1`` from there to
the last word, ``/2`` every other one, ``%2`` the first half; ``2#`` a number of keys and the keys
behind it; ``STORE+5`` behind that keyword, looked for from there; ``?`` somewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mock_backend.profile import Marked, Profile


@dataclass(frozen=True, slots=True)
class KeySpec:
    """One key specification, taken apart."""

    flags: tuple[str, ...]
    keyword: str = ""
    start: int = 0
    """The index of the first key, or of the number of keys; of a keyword, where to look from."""
    counted: bool = False
    last: int = 0
    step: int = 1
    limit: int = 0
    unknown: bool = False


_KEYS: Final = {
    "1=RO,access": (
        "bitcount bitfield_ro bitpos dump expiretime geodist geohash geopos georadius_ro "
        "georadiusbymember_ro geosearch get getbit getrange hexpiretime hget hgetall hkeys hmget "
        "hpexpiretime hpttl hrandfield hscan httl hvals lindex lpos lrange pexpiretime pttl "
        "smembers smismember srandmember sscan substr ttl xpending xrange xrevrange zcount "
        "zlexcount zmscore "
        "zrandmember zrange zrangebylex zrangebyscore zrank zrevrange zrevrangebylex "
        "zrevrangebyscore zrevrank zscan zscore"
    ),
    "1=RW,update": (
        "expire expireat geoadd hexpire hexpireat hmset hpersist hpexpire hpexpireat hset lset "
        "persist pexpire pexpireat setrange xack "
        "xadd xclaim xsetid zadd"
    ),
    "1=RW,access,update": (
        "decr decrby getex getset hgetex hincrby hincrbyfloat incr incrby incrbyfloat move "
        "setbit zincrby"
    ),
    "1=RW,delete": (
        "hdel lrem ltrim srem xautoclaim xdel xtrim zrem zremrangebylex zremrangebyrank "
        "zremrangebyscore"
    ),
    "1=RO": "hexists hlen hstrlen llen scard sismember strlen type xlen zcard",
    "1=RW,insert": "append hsetex hsetnx linsert lpush lpushx pfadd rpush rpushx sadd",
    "1=RW,access,delete": "getdel hgetdel lpop rpop spop zpopmax zpopmin",
    "1#=RO,access": "sintercard zdiff zinter zintercard zunion",
    "1=RW,access,delete 2=RW,insert": "blmove brpoplpush lmove rpoplpush smove",
    "2=RO": "memory|usage object|encoding object|freq object|idletime object|refcount",
    "1:-1=RO,access": "mget sdiff sinter sunion",
    "1:-2=RW,access,delete": "blpop brpop bzpopmax bzpopmin",
    "1=OW,update": "psetex restore restore-asking setex",
    "1:-1=RO": "exists touch watch",
    "1=OW,update 2#=RO,access": "zdiffstore zinterstore zunionstore",
    "1=OW,update 2:-1=RO,access": "sdiffstore sinterstore sunionstore",
    "2#=RO,access": "eval_ro evalsha_ro fcall_ro",
    "2#=RW,access,update": "eval evalsha fcall",
    "2=RO,access": "xinfo|consumers xinfo|groups xinfo|stream",
    "1#=RW,access,delete": "lmpop zmpop",
    "1:-1=RM,delete": "del unlink",
    "1=RM,delete": "delifeq",
    "1:-1=not_key": "ssubscribe sunsubscribe",
    "1=OW,update 2=RO,access": "geosearchstore zrangestore",
    "1=RW,access,update,variable_flags": "bitfield set",
    "2#=RW,access,delete": "blmpop bzmpop",
    "2=RW,delete": "xgroup|delconsumer xgroup|destroy",
    "2=RW,insert": "xgroup|create xgroup|createconsumer",
    "1:-1/2=OW,insert": "msetnx",
    "1:-1/2=OW,update": "mset",
    "1:-1=RW,access": "pfcount",
    "1:1=RO,access": "lcs",
    "1=OW,insert": "setnx",
    "1=RO,access 2=OW,update": "copy",
    "1=RO,access ?=RO,access": "sort_ro",
    "1=RO,access ?=RO,access ?=OW,update": "sort",
    "1=RO,access STORE+5=OW,update STOREDIST+5=OW,update": "georadiusbymember",
    "1=RO,access STORE+6=OW,update STOREDIST+6=OW,update": "georadius",
    "1=RW,access,delete 2=OW,insert": "renamenx",
    "1=RW,access,delete 2=OW,update": "rename",
    "1=RW,access,insert 2:-1=RO,access": "pfmerge",
    "1=not_key": "spublish",
    "2=OW,update 3:-1=RO,access": "bitop",
    "2=RW,access": "pfdebug",
    "2=RW,update": "xgroup|setid",
    "3=RW,access,delete KEYS-2:-1=RW,access,delete,incomplete": "migrate",
    "STREAMS+1:-1%2=RO,access": "xread",
    "STREAMS+4:-1%2=RO,access": "xreadgroup",
}

_TIPS: Final = {
    "nondeterministic_output": (
        "client|info client|list cluster|bumpepoch cluster|count-failure-reports "
        "cluster|getkeysinslot cluster|info cluster|links cluster|myshardid cluster|nodes "
        "cluster|replicas cluster|shards cluster|slaves cluster|slots dump hrandfield hscan "
        "lastsave migrate object|encoding object|freq object|idletime object|refcount pttl "
        "spop srandmember sscan time ttl xadd xautoclaim xclaim xinfo|consumers xpending "
        "xtrim zrandmember zscan"
    ),
    "nondeterministic_output_order": (
        "command command|docs command|info command|list function|list hgetall hkeys hvals "
        "module|list sdiff sinter smembers sunion"
    ),
    "request_policy:all_nodes response_policy:all_succeeded": (
        "acl|deluser acl|save acl|setuser commandlog|reset client|setinfo client|setname "
        "config|resetstat config|rewrite config|set script|flush script|load slowlog|reset"
    ),
    "request_policy:all_shards response_policy:all_succeeded": (
        "flushall flushdb function|delete function|flush function|load function|restore "
        "memory|purge ping"
    ),
    "nondeterministic_output request_policy:all_nodes response_policy:special": (
        "latency|doctor latency|graph latency|histogram latency|history latency|latest"
    ),
    "nondeterministic_output request_policy:all_shards response_policy:special": (
        "function|stats info memory|doctor memory|malloc-stats memory|stats"
    ),
    "request_policy:multi_shard response_policy:agg_sum": "del exists touch unlink",
    "request_policy:all_shards response_policy:agg_min": "wait waitaof",
    "request_policy:all_shards response_policy:one_succeeded": "function|kill script|kill",
    "nondeterministic_output request_policy:all_shards": "cluster|slot-stats",
    "nondeterministic_output request_policy:special response_policy:special": "scan",
    "request_policy:all_nodes nondeterministic_output": "commandlog|get slowlog|get",
    "request_policy:all_nodes response_policy:agg_sum": "latency|reset",
    "request_policy:all_nodes response_policy:agg_sum nondeterministic_output": (
        "commandlog|len slowlog|len"
    ),
    "request_policy:all_shards nondeterministic_output_order": "keys",
    "request_policy:all_shards response_policy:agg_logical_and": "script|exists",
    "request_policy:all_shards response_policy:agg_sum": "dbsize",
    "request_policy:all_shards response_policy:special nondeterministic_output": "randomkey",
    "request_policy:multi_shard": "mget",
    "request_policy:multi_shard response_policy:all_succeeded": "mset",
}


_OTHER_KEYS: Final = (
    ("hsetex@redis-8.0.0", "1=RW,update"),
    ("sinterstore~7.2.0", "1=RW,update 2:-1=RO,access"),
    (
        "georadius@valkey-9.0.0",
        "1=RO,access STORE+6=OW,update,variable_flags STOREDIST+6=OW,update,variable_flags",
    ),
    (
        "georadiusbymember@valkey-9.0.0",
        "1=RO,access STORE+5=OW,update,variable_flags STOREDIST+5=OW,update,variable_flags",
    ),
)

_TIPS_ELSEWHERE: Final = (
    (
        "acl|deluser~7.2.0 acl|save~7.2.0 acl|setuser~7.2.0 client|setname~7.2.0"
        " config|resetstat~7.2.0 config|rewrite~7.2.0",
        "",
    ),
    ("hpttl@redis-7.4.0 httl@redis-7.4.0", "nondeterministic_output"),
    ("randomkey~7.2.0", "request_policy:all_shards nondeterministic_output"),
    ("msetnx~7.2.0", "request_policy:multi_shard response_policy:agg_min"),
    ("latency|reset~7.2.0", "request_policy:all_nodes response_policy:all_succeeded"),
    ("scan~7.2.0", "nondeterministic_output request_policy:special"),
)


def _read(text: str) -> KeySpec:
    place, _, names = text.partition("=")
    flags = tuple(names.split(","))
    if place == "?":
        return KeySpec(flags, unknown=True)
    counted = place.endswith("#")
    begin, _, found = place.rstrip("#").partition(":")
    found, _, limit = found.partition("%")
    last, _, step = found.partition("/")
    keyword = begin.rstrip("0123456789+-")
    return KeySpec(
        flags,
        keyword,
        int(begin[len(keyword) :]),
        counted,
        int(last or 0),
        int(step or 1),
        int(limit or 0),
    )


KEY_SPECS: Final[dict[str, tuple[KeySpec, ...]]] = {
    name: tuple(_read(text) for text in texts.split())
    for texts, names in _KEYS.items()
    for name in names.split()
}
"""By full name of the command."""

TIPS: Final[dict[str, list[str]]] = {
    name: tips.split() for tips, names in _TIPS.items() for name in names.split()
}
"""By full name of the command."""

_OTHER_SPECS: Final = tuple(
    (Marked.read(mark), tuple(_read(text) for text in texts.split())) for mark, texts in _OTHER_KEYS
)
_OTHER_TIPS: Final = tuple(
    (Marked.read(mark), tips.split()) for marks, tips in _TIPS_ELSEWHERE for mark in marks.split()
)


def key_specs(name: str, profile: Profile) -> tuple[KeySpec, ...]:
    """The key specifications that this server prints for a command, by its full name."""
    for marked, specs in _OTHER_SPECS:
        if marked.name == name and marked.there(profile):
            return specs
    return KEY_SPECS.get(name, ())


def tips(name: str, profile: Profile) -> list[str]:
    """The tips that this server prints for a command, by its full name."""
    for marked, words in _OTHER_TIPS:
        if marked.name == name and marked.there(profile):
            return words
    return TIPS.get(name, [])


NOTES: Final = {
    "bitfield": "Reads and writes alike",
    "eval": "What a script does with its keys is not known: RW and UPDATE",
    "eval_ro": "What a script does with its keys is not known: RO and ACCESS",
    "fcall": "What a function does with its keys is not known: RW and UPDATE",
    "fcall_ro": "What a function does with its keys is not known: RO and ACCESS",
    "getex": "RW and UPDATE, for the time to live changes",
    "pfcount": "RW, for the cached cardinality may be written",
    "set": "RW and ACCESS, for GET may be given",
    "sort": "BY, GET and STORE may stand anywhere",
    "sort_ro": "BY and GET may stand anywhere",
    "xadd": "UPDATE and not INSERT, for the stream may be trimmed",
}


def legacy_range(name: str) -> tuple[int, int, int]:
    """First key, last key and step, as far as they can be told so (server.c,
    populateCommandLegacyRangeSpec); zeros if they cannot.
    """
    specs = KEY_SPECS.get(name, ())
    plain = [s for s in specs if not (s.unknown or s.keyword or s.counted)]
    if len(specs) == 1 and plain:
        only = plain[0]
        return only.start, only.start + only.last if only.last >= 0 else only.last, only.step
    first = last = 0
    for spec in plain:
        if spec.step != 1 or (last and last != spec.start - 1):
            continue
        first = first or spec.start
        last = spec.start + spec.last if spec.last >= 0 else spec.last
    return (first, last, 1) if first else (0, 0, 0)


def found_by(spec: KeySpec, words: Sequence[bytes]) -> Sequence[bytes]:
    """The keys of a request that one specification tells of."""
    if spec.unknown:
        return []
    start = spec.start
    if spec.keyword:
        places = [at for at in range(1, len(words)) if words[at].upper() == spec.keyword.encode()]
        if not places:
            return []
        start = places[-1 if spec.start < 0 else 0] + 1
    if spec.counted:
        return words[start + 1 : start + 1 + int(words[start])]
    end = len(words) + spec.last if spec.last < 0 else start + spec.last
    if spec.limit:
        end = start + (len(words) - start) // spec.limit - 1
    return words[start : end + 1 : spec.step]
