"""Which request each command becomes, and that none becomes one that ends the process."""

import ast
from pathlib import Path

import pytest
from glide_shared.protobuf.command_request_pb2 import RequestType as Enumerated
from glide_shared.request_type import RequestType
from redis.exceptions import DataError, RedisError, TimeoutError

import adapter
from adapter.translate import hazards, raw, routes, table
from adapter.translate.plan import Lane
from adapter.translate.routes import CUSTOMS, ROUTES, route

ABORTING = [
    "BRPopLPush",
    "Eval",
    "EvalSha",
    "GeoRadius",
    "GeoRadiusByMember",
    "GeoRadiusByMemberReadOnly",
    "GeoRadiusReadOnly",
    "GetSet",
    "PSetEx",
    "RPopLPush",
    "ScriptLoad",
    "SetEx",
    "SetNX",
    "Substr",
    "XSetId",
]
"""GLIDE's core has no arm for these: ``not yet implemented``, and the process is gone."""

REFUSED = {
    "MULTI", "EXEC", "DISCARD", "WATCH", "MONITOR", "SYNC", "PSYNC", "SUBSCRIBE", "PSUBSCRIBE",
    "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE",
}  # fmt: skip

KNOWN = """
ACL, ACL CAT, ACL DELUSER, ACL DRYRUN, ACL GENPASS, ACL GETUSER, ACL HELP, ACL LIST, ACL
LOAD, ACL LOG, ACL SAVE, ACL SETUSER, ACL USERS, ACL WHOAMI, APPEND, ASKING, AUTH,
BGREWRITEAOF, BGSAVE, BITCOUNT, BITFIELD, BITFIELD_RO, BITOP, BITPOS, BLMOVE, BLMPOP, BLPOP,
BRPOP, BRPOPLPUSH, BZMPOP, BZPOPMAX, BZPOPMIN, CLIENT, CLIENT CACHING, CLIENT CAPA, CLIENT
GETNAME, CLIENT GETREDIR, CLIENT HELP, CLIENT ID, CLIENT INFO, CLIENT KILL, CLIENT LIST,
CLIENT NO-EVICT, CLIENT NO-TOUCH, CLIENT PAUSE, CLIENT REPLY, CLIENT SETINFO, CLIENT
SETNAME, CLIENT TRACKING, CLIENT TRACKINGINFO, CLIENT UNBLOCK, CLIENT UNPAUSE, CLUSTER,
CLUSTER ADDSLOTS, CLUSTER ADDSLOTSRANGE, CLUSTER BUMPEPOCH, CLUSTER COUNT-FAILURE-REPORTS,
CLUSTER COUNTKEYSINSLOT, CLUSTER DELSLOTS, CLUSTER DELSLOTSRANGE, CLUSTER FAILOVER, CLUSTER
FLUSHSLOTS, CLUSTER FORGET, CLUSTER GETKEYSINSLOT, CLUSTER HELP, CLUSTER INFO, CLUSTER
KEYSLOT, CLUSTER LINKS, CLUSTER MEET, CLUSTER MYID, CLUSTER MYSHARDID, CLUSTER NODES,
CLUSTER REPLICAS, CLUSTER REPLICATE, CLUSTER RESET, CLUSTER SAVECONFIG, CLUSTER
SET-CONFIG-EPOCH, CLUSTER SETSLOT, CLUSTER SHARDS, CLUSTER SLAVES, CLUSTER SLOT-STATS,
CLUSTER SLOTS, COMMAND, COMMAND COUNT, COMMAND DOCS, COMMAND GETKEYS, COMMAND
GETKEYSANDFLAGS, COMMAND HELP, COMMAND INFO, COMMAND LIST, CONFIG, CONFIG GET, CONFIG HELP,
CONFIG RESETSTAT, CONFIG REWRITE, CONFIG SET, COPY, DBSIZE, DEBUG, DECR, DECRBY, DEL,
DISCARD, DUMP, ECHO, EVAL, EVALSHA, EVALSHA_RO, EVAL_RO, EXEC, EXISTS, EXPIRE, EXPIREAT,
EXPIRETIME, FAILOVER, FCALL, FCALL_RO, FLUSHALL, FLUSHDB, FUNCTION, FUNCTION DELETE,
FUNCTION DUMP, FUNCTION FLUSH, FUNCTION HELP, FUNCTION KILL, FUNCTION LIST, FUNCTION LOAD,
FUNCTION RESTORE, FUNCTION STATS, GEOADD, GEODIST, GEOHASH, GEOPOS, GEORADIUS,
GEORADIUSBYMEMBER, GEORADIUSBYMEMBER_RO, GEORADIUS_RO, GEOSEARCH, GEOSEARCHSTORE, GET,
GETBIT, GETDEL, GETEX, GETRANGE, GETSET, HDEL, HELLO, HEXISTS, HGET, HGETALL, HINCRBY,
HINCRBYFLOAT, HKEYS, HLEN, HMGET, HMSET, HRANDFIELD, HSCAN, HSET, HSETNX, HSTRLEN, HVALS,
INCR, INCRBY, INCRBYFLOAT, INFO, KEYS, LASTSAVE, LATENCY, LATENCY DOCTOR, LATENCY GRAPH,
LATENCY HELP, LATENCY HISTOGRAM, LATENCY HISTORY, LATENCY LATEST, LATENCY RESET, LCS,
LINDEX, LINSERT, LLEN, LMOVE, LMPOP, LOLWUT, LPOP, LPOS, LPUSH, LPUSHX, LRANGE, LREM, LSET,
LTRIM, MEMORY, MEMORY DOCTOR, MEMORY HELP, MEMORY MALLOC-STATS, MEMORY PURGE, MEMORY STATS,
MEMORY USAGE, MGET, MIGRATE, MODULE, MODULE HELP, MODULE LIST, MODULE LOAD, MODULE LOADEX,
MODULE UNLOAD, MONITOR, MOVE, MSET, MSETNX, MULTI, OBJECT, OBJECT ENCODING, OBJECT FREQ,
OBJECT HELP, OBJECT IDLETIME, OBJECT REFCOUNT, PERSIST, PEXPIRE, PEXPIREAT, PEXPIRETIME,
PFADD, PFCOUNT, PFDEBUG, PFMERGE, PFSELFTEST, PING, PSETEX, PSUBSCRIBE, PSYNC, PTTL,
PUBLISH, PUBSUB, PUBSUB CHANNELS, PUBSUB HELP, PUBSUB NUMPAT, PUBSUB NUMSUB, PUBSUB
SHARDCHANNELS, PUBSUB SHARDNUMSUB, PUNSUBSCRIBE, QUIT, RANDOMKEY, READONLY, READWRITE,
RENAME, RENAMENX, REPLCONF, REPLICAOF, RESET, RESTORE, RESTORE-ASKING, ROLE, RPOP,
RPOPLPUSH, RPUSH, RPUSHX, SADD, SAVE, SCAN, SCARD, SCRIPT, SCRIPT DEBUG, SCRIPT EXISTS,
SCRIPT FLUSH, SCRIPT HELP, SCRIPT KILL, SCRIPT LOAD, SCRIPT SHOW, SDIFF, SDIFFSTORE, SELECT,
SET, SETBIT, SETEX, SETNX, SETRANGE, SHUTDOWN, SINTER, SINTERCARD, SINTERSTORE, SISMEMBER,
SLAVEOF, SLOWLOG, SLOWLOG GET, SLOWLOG HELP, SLOWLOG LEN, SLOWLOG RESET, SMEMBERS,
SMISMEMBER, SMOVE, SORT, SORT_RO, SPOP, SPUBLISH, SRANDMEMBER, SREM, SSCAN, SSUBSCRIBE,
STRLEN, SUBSCRIBE, SUBSTR, SUNION, SUNIONSTORE, SUNSUBSCRIBE, SWAPDB, SYNC, TIME, TOUCH,
TTL, TYPE, UNLINK, UNSUBSCRIBE, UNWATCH, WAIT, WAITAOF, WATCH, XACK, XADD, XAUTOCLAIM,
XCLAIM, XDEL, XGROUP, XGROUP CREATE, XGROUP CREATECONSUMER, XGROUP DELCONSUMER, XGROUP
DESTROY, XGROUP HELP, XGROUP SETID, XINFO, XINFO CONSUMERS, XINFO GROUPS, XINFO HELP, XINFO
STREAM, XLEN, XPENDING, XRANGE, XREAD, XREADGROUP, XREVRANGE, XSETID, XTRIM, ZADD, ZCARD,
ZCOUNT, ZDIFF, ZDIFFSTORE, ZINCRBY, ZINTER, ZINTERCARD, ZINTERSTORE, ZLEXCOUNT, ZMPOP,
ZMSCORE, ZPOPMAX, ZPOPMIN, ZRANDMEMBER, ZRANGE, ZRANGEBYLEX, ZRANGEBYSCORE, ZRANGESTORE,
ZRANK, ZREM, ZREMRANGEBYLEX, ZREMRANGEBYRANK, ZREMRANGEBYSCORE, ZREVRANGE, ZREVRANGEBYLEX,
ZREVRANGEBYSCORE, ZREVRANK, ZSCAN, ZSCORE, ZUNION, ZUNIONSTORE
"""
"""What ``COMMAND LIST`` of Redis 7.0.15 and of Valkey 8.0.1 names."""

CUSTOM_USERS = """
ACL HELP, ARCOUNT, ARDEL, ARDELRANGE, ARGET, ARGETRANGE, ARGREP, ARINFO, ARINSERT,
ARLASTITEMS, ARLEN, ARMGET, ARMSET, ARNEXT, AROP, ARRING, ARSCAN, ARSEEK, ARSET, BLMOVEM,
CLIENT CAPA, CLIENT HELP, CLIENT IMPORT-SOURCE, CLUSTER CANCELSLOTMIGRATIONS, CLUSTER
FLUSHSLOT, CLUSTER GETSLOTMIGRATIONS, CLUSTER HELP, CLUSTER MIGRATESLOTS, CLUSTER
SLOT-STATS, CLUSTER SYNCSLOTS, CLUSTERSCAN, COMMANDLOG GET, COMMANDLOG HELP,
COMMANDLOG LEN, COMMANDLOG RESET, CONFIG HELP, DEBUG, DELEX, DELIFEQ, DIGEST, EVAL, EVALSHA,
FUNCTION HELP, HGETDEL,
HIMPORT DISCARD, HIMPORT DISCARDALL, HIMPORT PREPARE, HIMPORT SET, HOTKEYS GET, HOTKEYS
RESET, HOTKEYS START, HOTKEYS STOP, INCREX, LATENCY HELP, LMOVEM, MEMORY HELP, MODULE HELP,
MSETEX, OBJECT HELP, PFDEBUG, PFSELFTEST, PUBSUB HELP, SCRIPT HELP, SCRIPT LOAD, SDIFFCARD,
SLOWLOG HELP, STRALGO, SUNIONCARD, VADD, VCARD, VDIM, VEMB, VGETATTR, VINFO, VISMEMBER,
VLINKS, VRANDMEMBER, VRANGE, VREM, VSETATTR, VSIM, XACKDEL, XCFGSET, XDELEX, XGROUP HELP,
XIDMPRECORD, XINFO HELP, XNACK, XSETID
"""


def names(text: str) -> list[str]:
    return [" ".join(name.split()) for name in text.split(",")]


def words(command: str) -> list[bytes]:
    return [word.encode() for word in command.split()]


def longest(name: str) -> list[list[bytes]]:
    """Calls of ``name`` with nought to eight arguments: every branch of every mapper."""
    return [[*words(name), *[b"5"] * count] for count in range(9)]


@pytest.mark.parametrize("name", names(KNOWN))
def test_every_command_of_the_real_servers_has_a_plan_or_is_refused_with_advice(name):
    for call in longest(name):
        if name in REFUSED:
            with pytest.raises(RedisError, match="use "):
                route(call)
        else:
            plan = route(call)
            assert plan.words == call
            assert plan.native[0] in Enumerated.values()


def test_no_plan_names_a_request_type_that_aborts_the_process():
    aborting = {Enumerated.Value(name) for name in [*ABORTING, "InvalidRequest"]}

    for name in set(ROUTES) - {name.encode() for name in REFUSED}:
        for call in longest(name.decode()):
            assert route(call).native[0] not in aborting


def test_every_request_type_that_works_is_used_by_a_command():
    used = {
        route(call).native[0]
        for name in set(ROUTES) - {name.encode() for name in REFUSED}
        for call in longest(name.decode())
    }
    only_by_name = {
        # GLIDE's own forms of commands that have another request type
        "ClientKillSimple", "GetSubscriptions", "SubscribeBlocking", "UnsubscribeBlocking",
        "Lolwut",  # by script
        "PSubscribeBlocking", "PUnsubscribeBlocking", "SSubscribeBlocking", "SUnsubscribeBlocking",
    }  # fmt: skip
    refused = {
        "Subscribe", "PSubscribe", "SSubscribe", "Unsubscribe", "PUnsubscribe", "SUnsubscribe",
        "Monitor", "Sync", "PSync", "Multi", "Exec", "Discard", "Watch",
    }  # fmt: skip

    unused = {Enumerated.Name(value) for value in set(Enumerated.values()) - used}

    assert unused == {"InvalidRequest", *ABORTING, *only_by_name, *refused}


def test_these_commands_travel_without_a_typed_request_and_no_others():
    assert set(CUSTOMS) == set(names(CUSTOM_USERS))
    assert all(CUSTOMS.values())


PACKAGE = Path(adapter.__file__).parent


def files_naming(*wanted: str) -> dict[str, set[str]]:
    """The modules of the package that name one of ``wanted``, bare or as an attribute."""
    found: dict[str, set[str]] = {}
    for file in PACKAGE.rglob("*.py"):
        said = {
            getattr(node, "attr", getattr(node, "id", None))
            for node in ast.walk(ast.parse(file.read_text("utf-8")))
        }
        if named := said & set(wanted):
            found[file.relative_to(PACKAGE).as_posix()] = named
    return found


def test_the_custom_request_is_named_in_one_place_and_made_in_another():
    assert set(files_naming("CustomCommand")) == {"translate/plan.py"}
    assert set(files_naming("custom_command")) == set()
    assert set(files_naming("CUSTOM")) == {
        "translate/plan.py",
        "translate/table.py",
        "connect/counters.py",  # compares, and makes none
        "connect/session.py",  # so does it
        "state/scripts.py",  # looks among them for scripts
        "state/weighing.py",  # weighs what it may bring
    }


def test_no_module_names_a_request_type_that_aborts_the_process():
    by_type = {
        file: {
            node.attr
            for node in ast.walk(ast.parse(file.read_text("utf-8")))
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "RequestType"
        }
        for file in PACKAGE.rglob("*.py")
    }

    assert len(set().union(*by_type.values())) > 300, "hardly anything was read"
    assert {str(file): types & set(ABORTING) for file, types in by_type.items()} == {
        str(file): set() for file in by_type
    }


def test_these_functions_may_fall_back_to_a_custom_request():
    callers = {
        function.name
        for file in PACKAGE.rglob("*.py")
        for function in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef)
        and any(
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("custom", "by_script")
            for node in ast.walk(function)
        )
    }

    assert callers == {
        "_as_it_is", "_debug", "_expires", "_search",
        "brpoplpush", "georadius", "georadiusbymember",
        "getset", "hello", "lolwut", "rpoplpush", "setnx", "substr",
        # of a Table's rows
        "guarded", "of_container", "router", "row", "custom",
    }  # fmt: skip


def test_an_unknown_command_travels_as_it_is():
    plan = route(words("NOSUCH a b"))

    assert plan.native == (RequestType.CustomCommand, [b"NOSUCH", b"a", b"b"])


def test_an_unknown_command_answers_over_resp2_which_can_carry_whatever_it_says():
    assert route(words("NOSUCH a b")).lane is Lane.PLAIN
    assert route(words("CONFIG NOSUCH")).lane is Lane.PLAIN
    assert route(words("bf.add k v")).lane is Lane.SHARED


def test_an_unknown_subcommand_is_the_servers_to_refuse():
    assert route(words("CONFIG NOSUCH")).native == (1, [b"CONFIG", b"NOSUCH"])
    assert route(words("CONFIG")).native == (1, [b"CONFIG"])


def test_a_command_may_be_written_in_small_letters():
    assert route(words("get k")).native == (RequestType.Get, [b"k"])
    assert route(words("Config GET k")).native == (RequestType.ConfigGet, [b"k"])


def test_a_subcommand_in_small_letters_is_not_rewritten():
    assert route(words("CONFIG get k")).native == (1, [b"CONFIG", b"get", b"k"])


@pytest.mark.parametrize("name", ["CONFIG GET", "config get", b"CONFIG GET", "  CONFIG   GET "])
def test_a_name_with_blanks_is_several_words(name):
    head, router = routes.resolve(name)

    assert [word.upper() for word in head] == [b"CONFIG", b"GET"]
    assert router([*head, b"x"], name).name == name


def test_a_name_may_bring_arguments_along():
    head, router = routes.resolve("SET k v")

    assert router([*head, b"EX", b"5"], "SET k v").native == (
        RequestType.Set,
        [b"k", b"v", b"EX", b"5"],
    )


def test_names_that_bring_arguments_along_do_not_crowd_out_the_others():
    for number in range(5000):
        routes.resolve(f"GET k{number}")

    assert routes.resolve("hget")[0] is routes.resolve("hget")[0]


@pytest.mark.parametrize("name", ["", "   ", b" "])
def test_a_command_without_a_name_is_refused(name):
    with pytest.raises(DataError):
        routes.resolve(name)


def test_a_plan_remembers_what_redis_py_calls_the_command():
    assert route(words("xgroup CREATE s g 0")).name == "XGROUP CREATE"


def test_two_routes_for_one_command_are_refused():
    first, second = table.Table(), table.Table()
    first.row("GET", RequestType.Get)
    second.row("GET", RequestType.Get)

    with pytest.raises(ValueError, match="GET has two routes"):
        first.row("GET", RequestType.Get)
    with pytest.raises(ValueError, match="GET of second has a route already"):
        routes.join({"first": first, "second": second})


OLD_SPELLINGS = [
    ("SETEX k 10 v", "Set", "k v EX 10"),
    ("PSETEX k 10 v", "Set", "k v PX 10"),
    ("SETNX k v", "Set", "k v NX"),
    ("GETSET k v", "Set", "k v GET"),
    ("SUBSTR k 0 -1", "GetRange", "k 0 -1"),
    ("RPOPLPUSH a b", "LMove", "a b RIGHT LEFT"),
    ("BRPOPLPUSH a b 1.5", "BLMove", "a b RIGHT LEFT 1.5"),
    ("GEORADIUS g 1.5 -2 3 km", "GeoSearch", "g FROMLONLAT 1.5 -2 BYRADIUS 3 km"),
    (
        "GEORADIUS_RO g 1 2 3 m WITHDIST count 5 ANY desc",
        "GeoSearch",
        "g FROMLONLAT 1 2 BYRADIUS 3 m WITHDIST count 5 ANY desc",
    ),
    (
        "GEORADIUSBYMEMBER g m 3 ft WITHHASH",
        "GeoSearch",
        "g FROMMEMBER m BYRADIUS 3 ft WITHHASH",
    ),
    ("GEORADIUSBYMEMBER_RO g m 3 mi", "GeoSearch", "g FROMMEMBER m BYRADIUS 3 mi"),
]


@pytest.mark.parametrize(("old", "request_type", "new"), OLD_SPELLINGS)
def test_an_old_spelling_is_sent_as_todays(old, request_type, new):
    assert route(words(old)).native == (getattr(RequestType, request_type), words(new))


@pytest.mark.parametrize(
    "call",
    [
        "SETEX k 0 v",
        "SETEX k -1 v",
        "SETEX k abc v",
        "SETEX k 010 v",
        "SETEX k 9223372036854775807 v",
        "SETEX k 10",
        "PSETEX k 0 v",
        "SETNX k",
        "GETSET k",
        "SUBSTR k",
        "RPOPLPUSH a",
        "BRPOPLPUSH a b",
        "GEORADIUS g 1 2 3",
        "GEORADIUS g 181 2 3 m",
        "GEORADIUS g 1 86 3 m",
        "GEORADIUS g 1 2 -3 m",
        "GEORADIUS g 1 2 3 parsec",
        "GEORADIUS g 1 2 3 m COUNT 0",
        "GEORADIUS g 1 2 3 m ANY",
        "GEORADIUS g 1 2 3 m STORE d",
        "GEORADIUS_RO g 1_0 2 3 m",
        "GEORADIUSBYMEMBER g m x m",
        "GEORADIUSBYMEMBER g m 3 m STOREDIST d",
        "GEORADIUSBYMEMBER g withdist 3 m",
    ],
)
def test_an_old_spelling_that_means_more_or_is_refused_stays_as_it_is(call):
    assert route(words(call)).native == (RequestType.CustomCommand, words(call))


@pytest.mark.parametrize(("reply", "undone"), [("OK", 1), (None, 0)])
def test_setnx_answers_with_a_number(reply, undone):
    plan = route(words("SETNX k v"))

    assert plan.raw(plan.words, reply) == undone


@pytest.mark.parametrize(
    "call",
    [
        "ZRANGE withscores 0 -1",
        "zrange WithScores 0 -1 REV",
        "ZUNION 2 a withscores",
        "ZINTER 1 withscores WEIGHTS 2",
        "ZDIFF 1 withscores",
        "ZRANDMEMBER withscores 5",
        "HRANDFIELD withvalues 5",
        "HRANDFIELD withvalues",
        "ZRANK withscore m",
        "ZRANK z withscore",
        "ZREVRANK z WITHSCORE",
        "LCS idx b",
        "LCS a idx LEN",
        "XCLAIM justid g c 0 1-1",
        "XCLAIM s JUSTID c 0 1-1",
        "XCLAIM s g justid 0 1-1 FORCE",
        "GEOSEARCH withdist FROMLONLAT 1 1 BYRADIUS 1 m",
        "GEOSEARCH g FROMMEMBER withcoord BYRADIUS 1 m ASC",
        "XINFO STREAM full",
    ],
)
def test_a_word_that_only_looks_like_an_option_takes_the_detour(call):
    assert route(words(call)).native == (
        RequestType.CustomCommand,
        [b"EVAL", hazards.ANY_COMMAND, b"0", *words(call)],
    )


@pytest.mark.parametrize(
    "call",
    [
        "ZRANGE z 0 -1 WITHSCORES",
        "ZRANGE withscores 0 -1 WITHSCORES",
        "ZUNION 1 withscores WITHSCORES",
        "ZUNION 1 z withscores",
        "ZUNION many withscores",
        "HRANDFIELD withvalues 5 WITHVALUES",
        "ZRANK z withscore WITHSCORE",
        "LCS idx b IDX",
        "XCLAIM s g justid 0 1-1 JUSTID",
        "GEOSEARCH withdist FROMMEMBER withhash BYRADIUS 1 m WITHCOORD",
        "XINFO STREAM full FULL",
        # too few words: an error, which GLIDE leaves alone
        "ZRANGE withscores",
        "XCLAIM justid g",
        "GEOSEARCH withdist",
        "LCS idx",
    ],
)
def test_an_option_that_is_meant_needs_no_detour(call):
    assert route(words(call)).native[0] != RequestType.CustomCommand


LANES = [
    ("GET k", Lane.SHARED),
    ("CLIENT ID", Lane.HOME),
    ("XREAD STREAMS block 0", Lane.SHARED),
    ("XREAD COUNT 1 STREAMS s 0", Lane.SHARED),
    ("XREADGROUP GROUP block block STREAMS s >", Lane.SHARED),
    ("XREAD BLOCK 0 STREAMS s 0", Lane.BLOCKING),
    ("xread count 1 block 0 streams s 0", Lane.BLOCKING),
    ("XREADGROUP GROUP g c COUNT 1 BLOCK 5 NOACK STREAMS s >", Lane.BLOCKING),
    ("BLPOP l 0", Lane.BLOCKING),
    ("BRPOP l 0", Lane.BLOCKING),
    ("BLMOVE a b LEFT RIGHT 0", Lane.BLOCKING),
    ("BRPOPLPUSH a b 0", Lane.BLOCKING),
    ("BLMPOP 0 1 l LEFT", Lane.BLOCKING),
    ("BZPOPMIN z 0", Lane.BLOCKING),
    ("BZPOPMAX z 0", Lane.BLOCKING),
    ("BZMPOP 0 1 z MIN", Lane.BLOCKING),
    ("SCRIPT KILL", Lane.BLOCKING),
    ("CLIENT UNPAUSE", Lane.BLOCKING),
    ("SHUTDOWN NOSAVE", Lane.BLOCKING),
    ("SELECT 1", Lane.SESSION),
    ("AUTH p", Lane.SESSION),
    ("HELLO 3", Lane.SESSION),
    ("RESET", Lane.SESSION),
    ("CLIENT SETNAME n", Lane.SESSION),
    ("CLIENT TRACKING ON", Lane.SESSION),
    ("QUIT", Lane.SESSION),
    ("WAIT 1 0", Lane.SESSION),
    ("COMMAND", Lane.PLAIN),
    ("COMMAND INFO get", Lane.PLAIN),
    ("COMMAND DOCS get", Lane.PLAIN),
    ("ACL GETUSER u", Lane.PLAIN),
    ("DEBUG PROTOCOL bignum", Lane.PLAIN),
    ("HELLO 2", Lane.PLAIN),
]


@pytest.mark.parametrize(("call", "lane"), LANES)
def test_each_command_travels_on_its_lane(call, lane):
    assert route(words(call)).lane is lane


@pytest.mark.parametrize("mode", ["OFF", "skip"])
def test_a_reply_that_never_comes_is_redis_pys_timeout_at_once(mode):
    with pytest.raises(TimeoutError):
        route(words(f"CLIENT REPLY {mode}"))


def test_client_reply_on_is_harmless():
    assert route(words("CLIENT REPLY ON")).native == (RequestType.ClientReply, [b"ON"])


def test_plain_values_need_no_undoing_but_ok():
    plan = route(words("SET k v"))

    assert plan.raw is raw.plain
    assert plan.raw(plan.words, "OK") == b"OK"
