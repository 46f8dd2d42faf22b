"""Calls that fail: at the caller's arguments, at the server's syntax, arity, types and limits."""

from __future__ import annotations

from tests.integration.parity_calls import Exchange, do

K = do.set("k", "v")
L = do.rpush("l", "a")
WRONG_TYPE = (
    do.get("l"),
    do.incr("l"),
    do.append("l", "x"),
    do.getrange("l", 0, 1),
    do.setrange("l", 0, "x"),
    do.strlen("l"),
    do.getset("l", 1),
    do.getdel("l"),
    do.getex("l"),
    do.set("l", 1, get=True),
    do.setbit("l", 1, 1),
    do.bitcount("l"),
    do.incrbyfloat("l", 1),
    do.hget("l", "f"),
    do.hset("l", "f", 1),
    do.hdel("l", "f"),
    do.hkeys("l"),
    do.hincrby("l", "f"),
    do.hscan("l"),
    do.hrandfield("l"),
    do.hmget("l", "f"),
    do.hsetnx("l", "f", 1),
    do.hlen("l"),
    do.sadd("l", 1),
    do.smembers("l"),
    do.srem("l", 1),
    do.sismember("l", 1),
    do.spop("l"),
    do.sunion("l"),
    do.sdiffstore("d", "l"),
    do.sscan("l"),
    do.smove("l", "s", 1),
    do.scard("l"),
    do.zadd("l", {"a": 1}),
    do.zscore("l", "a"),
    do.zrange("l", 0, -1, withscores=True),
    do.zrank("l", "a"),
    do.zpopmin("l"),
    do.zunion(["l"]),
    do.zincrby("l", 1, "a"),
    do.zcard("l"),
    do.zrem("l", "a"),
    do.zcount("l", 0, 1),
    do.zscan("l"),
    do.zmscore("l", ["a"]),
    do.zrevrange("l", 0, 1),
    do.zrangebyscore("l", 0, 1),
    do.zrandmember("l"),
    do.xadd("l", {"f": 1}),
    do.xlen("l"),
    do.xrange("l"),
    do.xread({"l": 0}),
    do.xdel("l", "1-1"),
    do.xtrim("l", maxlen=1),
    do.xinfo_stream("l"),
    do.xpending("l", "g"),
    do.xack("l", "g", "1-1"),
    do.geoadd("l", (1, 2, "x")),
    do.pfadd("l", "x"),
)
ARITY = """
    GET SET DEL MSET MGET INCR EXPIRE LPUSH LRANGE BLPOP HSET HGET SADD SINTER ZADD ZRANGE ZUNION
    XADD XREAD EVAL EVALSHA PUBLISH ECHO SETEX GETSET RPOPLPUSH PSETEX SETNX SUBSTR XCLAIM SCAN TYPE
    RENAME COPY SORT LMPOP ZMPOP BITOP LMOVE BRPOPLPUSH GEORADIUS XGROUP|CREATE CONFIG|GET
    OBJECT|ENCODING CLIENT|KILL XINFO|STREAM SCRIPT|LOAD CONFIG OBJECT SCRIPT
""".split()
TOO_MANY = ("FLUSHALL X Y Z", "DBSIZE X", "TIME X", "RANDOMKEY X", "GET a b", "CONFIG RESETSTAT X")
SYNTAX = """
    SET k v NOPE, SET k v EX, EXPIRE k 1 ZZ, GETEX k EX, LPOS l a RANK, LINSERT l MIDST a b
    ZADD z NX XX 1 a, ZADD z 1, ZADD z 1 a 2, ZRANGE z 0 1 NOPE, ZRANGE z 0 1 LIMIT 1
    ZUNION 0 a, ZUNION x a, ZUNION 2 a, ZINTER 1 a WEIGHTS, ZINTER 1 a WEIGHTS x
    ZINTERCARD 1 a LIMIT -1, SCAN 0 COUNT x, SCAN 0 NOPE 1, SORT l LIMIT 1, XADD x * f
    XADD x MAXLEN ~ x * f v, XREAD STREAMS x, XREAD COUNT 1 x 0, XREADGROUP GROUP g c x >
    XTRIM x NOPE 1, COPY k j DB x, BITFIELD b GET u65 0, BITFIELD b OVERFLOW NOPE, RESTORE k x y
    FLUSHALL LATER, LMPOP 1 l, LMPOP x l LEFT, CLIENT KILL ID x, GEOSEARCH g BYRADIUS 1 m
    OBJECT NOPE k, HRANDFIELD h 1 WITH, SINTERCARD 1 s LIMIT, ZRANGESTORE d z 0 1 WITHSCORES
    LCS a b NOPE, HELLO 3 NOPE, ZMPOP 1 z MID, SPOP s x, LPOP l x, GETRANGE k a b
""".replace("\n", ",").split(",")

ERRORS: list[Exchange] = [
    *((L, call) for call in WRONG_TYPE),
    *(do.execute_command(words.replace("|", " ")) for words in ARITY),
    *(do.execute_command(*words.split()) for words in TOO_MANY),
    *((K, do.execute_command(*words.split())) for words in SYNTAX if words.strip()),
    do.execute_command("NOSUCH"),
    do.execute_command("NOSUCH", "with", "arguments", "x" * 200),
    do.execute_command("NOSUCH", b"\xff"),
    do.execute_command("nosuch|sub"),
    do.execute_command("GET", None),
    do.execute_command("GET", object),
    do.execute_command("DEBUG", "NOSUCH"),
    do.get(None),
    do.get(["k"]),
    do.mset({"a": None}),
    do.mset("not a mapping"),
    do.expire("k", None),
    do.hset("h", "f", ["v"]),
    do.lpush("l", {}),
    do.zadd("z", None),
    do.zrange("z", 0, -1, num=1),
    do.zrangebylex("z", "-", "+", num=1),
    do.zinter([]),
    do.getex("k", ex=1, persist=True),
    do.lpos("l", None),
    do.xadd("x", "not a mapping"),
    do.xread("not a mapping"),
    do.xclaim("x", "g", "c", "x", ["1-1"]),
    do.xclaim("x", "g", "c", 0, "1-1"),
    do.xpending_range("x", "g", "-", None, 1),
    do.xpending_range("x", "g", "-", "+", 1, idle="x"),
    do.client_kill_filter(skipme="yes"),
    do.bitpos("k", 5),
    do.publish(None, "x"),
    do.eval(None, 0),
    do.set("k", "v", exat="x"),
    do.no_such_method(),
    do.bitfield(),
    do.client("x"),
    do.client_id("x"),
    do.flushdb("x", "y", "z"),
    do.ping("x", "y"),
    do.quit("x"),
    do.reset("x"),
    do.msetnx("not a mapping"),
    do.pexpireat("k", "soon"),
    (K, do.geosearchstore("d", "k", longitude=1, latitude=2, radius=1)),
    (K, do.ltrim("k", 0, 1)),
    (L, do.pfmerge("d", "l")),
    (K, do.sinterstore("d", "k")),
    (K, do.zdiffstore("d", ["k"])),
    (K, do.zinterstore("d", ["k"])),
]
