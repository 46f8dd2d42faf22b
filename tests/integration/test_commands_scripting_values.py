"""What scripts are given and what they return, on the mock and on the real servers.

Each table is ``(script, what comes of it)``, said by the servers themselves.
"""

from __future__ import annotations

import pytest

from tests.integration.scripts import differs, failed, said, stopped

RESULTS = [
    ("return 1", 1),
    ('return "a"', b"a"),
    ("return nil", None),
    ("return true", 1),
    ("return false", None),
    ("return 1.9", 1),
    ("return -1.9", -1),
    ("return 1/0", -9223372036854775808),
    ("return 0/0", -9223372036854775808),
    ("return 2^63", -9223372036854775808),
    ("return 2^62", 4611686018427387904),
    ("return 1e15", 1000000000000000),
    ("return 1, 2", 1),
    ("return {1,2,nil,4}", [1, 2]),
    ("return {a=1}", []),
    ("return {}", []),
    ("return {true,false}", [1, None]),
    ("return {{},{1,{2}}}", [[], [1, [2]]]),
    ("return function() end", None),
    ("return cjson.null", None),
    ("return {cjson.null,1}", [None, 1]),
    ('return {1.5,"x",-3}', [1, b"x", -3]),
    ("return {double=1.5}", b"1.5"),
    ("return {double=3}", b"3"),
    ("return {map={a=1}}", [b"a", 1]),
    ("return {set={a=true}}", [b"a"]),
    ('return {big_number="123"}', b"123"),
    ('return {verbatim_string={format="txt",string="abc"}}', b"abc"),
    ('return {verbatim_string={format="txt"}}', []),
    ('return {ok="fine"}', b"fine"),
    ('return {ok="a\\nb"}', b"a b"),
    ("return {ok=1}", []),
    ('return {err="WRONG sort"}', failed("WRONG sort")),
    ('return {err="foo"}', failed("foo")),
    ('return {err="-foo x"}', failed("-foo x")),
    ('return {err="a\\nb"}', failed("a b")),
    ("return {err=1}", []),
    ('return {err="a",ok="b"}', failed("a")),
    ('return {{err="inner"},{ok="inner"}}', [failed("inner"), b"inner"]),
    ("return KEYS", []),
    ("return unpack({1,2,3})", 1),
    ("return", None),
    ("local t={} for i=1,150 do t[i]=i end return #t", 150),
    (
        "local t={} for i=1,101 do t[i]=i end return t",
        [
            1,
            2,
            3,
            4,
            5,
            6,
            7,
            8,
            9,
            10,
            11,
            12,
            13,
            14,
            15,
            16,
            17,
            18,
            19,
            20,
            21,
            22,
            23,
            24,
            25,
            26,
            27,
            28,
            29,
            30,
            31,
            32,
            33,
            34,
            35,
            36,
            37,
            38,
            39,
            40,
            41,
            42,
            43,
            44,
            45,
            46,
            47,
            48,
            49,
            50,
            51,
            52,
            53,
            54,
            55,
            56,
            57,
            58,
            59,
            60,
            61,
            62,
            63,
            64,
            65,
            66,
            67,
            68,
            69,
            70,
            71,
            72,
            73,
            74,
            75,
            76,
            77,
            78,
            79,
            80,
            81,
            82,
            83,
            84,
            85,
            86,
            87,
            88,
            89,
            90,
            91,
            92,
            93,
            94,
            95,
            96,
            97,
            98,
            99,
            100,
            101,
        ],
    ),
]
"""What a script returns, as RESP2 says it."""


RESULTS_3 = [
    ("return nil", None),
    ("return true", 1),
    ("return false", None),
    ("return {double=1.5}", 1.5),
    ("return {map={a=1}}", {b"a": 1}),
    ('return {big_number="123456789012345678901234567890"}', b"123456789012345678901234567890"),
    ('return {verbatim_string={format="txt",string="abc"}}', b"abc"),
    ("redis.setresp(3) return true", True),
    ("redis.setresp(3) return false", False),
    ("redis.setresp(3) return {true,false}", [True, False]),
    ("redis.setresp(3) return nil", None),
]
"""The same in RESP3, with and without ``redis.setresp(3)``."""


MANY = "local e = {} for i = 1, 5000 do e[i] = ({i, i + 0.5, 's' .. i})[i % 3 + 1] end "

ARGUMENTS = [
    (
        MANY + 'redis.call("rpush","l",unpack(e)) return redis.call("lrange","l",4996,-1)',
        [b"s4997", b"4998", b"4999.5", b"s5000"],
    ),
    (MANY + 'return redis.call("rpush","l",unpack(e))', 5000),
    ('return redis.call("echo",1)', b"1"),
    ('return redis.call("echo",1.5)', b"1.5"),
    ('return redis.call("echo",-0.0)', differs(redis=b"-0", valkey=b"0")),
    ('return redis.call("echo",0.1)', differs(redis=b"0.10000000000000001", valkey=b"0.1")),
    ('return redis.call("echo",1e15)', b"1000000000000000"),
    ('return redis.call("echo",1e17)', differs(redis=b"1e+17", valkey=b"100000000000000000")),
    ('return redis.call("echo",2^53)', b"9007199254740992"),
    (
        'return redis.call("echo",2^62)',
        differs(
            redis=b"4.6116860184273879e+18",
            valkey=b"4611686018427387904",
        ),
    ),
    (
        'return redis.call("echo",2^63)',
        differs(
            redis=b"9.2233720368547758e+18",
            valkey=b"9223372036854776000",
        ),
    ),
    ('return redis.call("echo",1e100)', b"1e+100"),
    ('return redis.call("echo",1e-7)', differs(redis=b"9.9999999999999995e-08", valkey=b"1e-7")),
    ('return redis.call("echo",-1.5)', b"-1.5"),
    ('return redis.call("echo",3.0)', b"3"),
    ('return redis.call("echo",1/0)', b"inf"),
    ('return redis.call("echo",-1/0)', b"-inf"),
    ('return redis.call("echo",0/0)', b"-nan"),
    ('return redis.call("echo","10")', b"10"),
    ('return redis.call("echo",123456789012)', b"123456789012"),
]
"""How ``redis.call`` prints numbers."""


REPLIES = [
    ('return redis.call("set","k","v").ok', b"OK"),
    ('return type(redis.call("get","none"))', b"boolean"),
    ('return redis.call("get","none") == false', 1),
    ('return redis.call("incr","n") + 1', 2),
    ('return redis.call("mget","none","none")', [None, None]),
    ('return redis.call("set","k","v")', b"OK"),
    ('return redis.call("ping","x")', b"x"),
    ('return redis.call("lrange","none",0,-1)', []),
    (
        'return type(redis.call("blpop","none",0))',
        differs(
            redis=stopped("ERR This Redis command is not allowed from script"),
            valkey=b"boolean",
        ),
    ),
    (
        'return redis.pcall("set","a").err',
        differs(
            redis=b"ERR Wrong number of args calling Redis command from script",
            valkey=b"ERR Wrong number of args calling command from script",
        ),
    ),
    ('return redis.call("zscore","none","x")', None),
    ('redis.call("rpush","l",1,2,3) return #redis.call("lrange","l",0,-1)', 3),
    ('redis.call("hset","h","a","1") return redis.call("hgetall","h")', [b"a", b"1"]),
    ('redis.call("zadd","z",1.5,"a") return redis.call("zscore","z","a")', b"1.5"),
    ('redis.call("select",1) redis.call("set","k","v") return redis.call("dbsize")', 1),
    ('redis.setresp(3) return type(redis.call("get","none"))', b"nil"),
    (
        'redis.setresp(3) redis.call("hset","h","a","1") return redis.call("hgetall","h").map.a',
        b"1",
    ),
    (
        'redis.setresp(3) redis.call("hset","h","a","1") return redis.call("hgetall","h")',
        [b"a", b"1"],
    ),
    (
        'redis.setresp(3) redis.call("sadd","s","x") return '
        'tostring(redis.call("smembers","s").set.x)',
        b"true",
    ),
    (
        'redis.call("zadd","z",1.5,"a") redis.setresp(3) return '
        'redis.call("zscore","z","a").double * 2',
        3,
    ),
    ('redis.setresp(3) return #redis.call("mget","none","none")', 0),
    ('redis.setresp(3) redis.setresp(2) return type(redis.call("get","none"))', b"boolean"),
]
"""What ``redis.call`` returns."""


RANDOM = [
    (
        "math.randomseed(7) return {tostring(math.random()),math.random(100),math.random(5,10)}",
        [b"0.26644419658298", 69, 6],
    ),
    (
        "math.randomseed(0) return {math.random(1000),math.random(1000),math.random(1000)}",
        [171, 750, 97],
    ),
    ("math.randomseed(-1) return tostring(math.random())", b"0.30002572727391"),
    ("math.randomseed(2^40+3) return tostring(math.random())", b"0.78323496216127"),
    ("math.randomseed(1.9) return tostring(math.random())", b"0.041630344484761"),
    (
        "return math.random(0)",
        stopped("ERR user_script:1: bad argument #1 to 'random' (interval is empty)"),
    ),
    ("return math.random(1,2,3)", stopped("ERR user_script:1: wrong number of arguments")),
    (
        "return math.random(5,1)",
        stopped("ERR user_script:1: bad argument #2 to 'random' (interval is empty)"),
    ),
    (
        'return math.random("x")',
        stopped("ERR user_script:1: bad argument #1 to 'random' (number expected, got string)"),
    ),
    (
        "return math.randomseed()",
        stopped(
            "ERR user_script:1: bad argument #1 to 'randomseed' (number expected, got no value)"
        ),
    ),
    (
        'math.randomseed("x")',
        stopped("ERR user_script:1: bad argument #1 to 'randomseed' (number expected, got string)"),
    ),
]
"""The same numbers everywhere, once the generator has been set."""


API = [
    ('return redis.error_reply("foo")', failed("ERR foo")),
    ('return redis.error_reply("foo bar")', failed("foo bar")),
    ('return redis.error_reply("-foo bar")', failed("foo bar")),
    ('return redis.error_reply("MY own words")', failed("MY own words")),
    ("return redis.error_reply(1)", failed("ERR wrong number or type of arguments")),
    ("return redis.error_reply()", failed("ERR wrong number or type of arguments")),
    ('return redis.error_reply("a","b")', failed("ERR wrong number or type of arguments")),
    ('return redis.error_reply("a\\r\\n").err', b"ERR a"),
    ('return redis.status_reply("fine")', b"fine"),
    ("return redis.status_reply()", failed("ERR wrong number or type of arguments")),
    ('return redis.status_reply("x","y")', failed("ERR wrong number or type of arguments")),
    ('return redis.sha1hex("")', b"da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ('return redis.sha1hex("abc")', b"a9993e364706816aba3e25717850c26c9cd0d89d"),
    ("return redis.sha1hex(1.5)", b"aa8f289ebe6d4db1b4a1038b8931ec8c2b5399fb"),
    ("return redis.sha1hex()", stopped("ERR wrong number of arguments")),
    ('return redis.sha1hex("a","b")', stopped("ERR wrong number of arguments")),
    (
        "redis.setresp()",
        differs(
            redis=stopped("ERR redis.setresp() requires one argument."),
            valkey=stopped("ERR server.setresp() requires one argument."),
        ),
    ),
    ("redis.setresp(4)", stopped("ERR RESP version must be 2 or 3.")),
    ("redis.setresp({})", stopped("ERR RESP version must be 2 or 3.")),
    ('redis.setresp("3") return 1', 1),
    (
        "redis.setresp(2,3)",
        differs(
            redis=stopped("ERR redis.setresp() requires one argument."),
            valkey=stopped("ERR server.setresp() requires one argument."),
        ),
    ),
    (
        "redis.set_repl()",
        differs(
            redis=stopped("ERR redis.set_repl() requires two arguments."),
            valkey=stopped("ERR server.set_repl() requires one argument."),
        ),
    ),
    (
        "redis.set_repl(9)",
        stopped(
            "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE."
        ),
    ),
    (
        "redis.set_repl(-1)",
        stopped(
            "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE."
        ),
    ),
    ("redis.set_repl(redis.REPL_ALL) return 1", 1),
    (
        "return "
        "{redis.REPL_NONE,redis.REPL_AOF,redis.REPL_SLAVE,redis.REPL_REPLICA,redis.REPL_ALL}",
        [0, 1, 2, 2, 3],
    ),
    ("return {redis.LOG_DEBUG,redis.LOG_VERBOSE,redis.LOG_NOTICE,redis.LOG_WARNING}", [0, 1, 2, 3]),
    ("return redis.replicate_commands()", 1),
    ("return redis.breakpoint()", None),
    ('return redis.debug("x")', None),
    ('return redis.log(1,"x")', None),
    ('return redis.log(redis.LOG_WARNING,"a",1,2.5)', None),
    (
        "return redis.log(1)",
        differs(
            redis=stopped("ERR redis.log() requires two arguments or more."),
            valkey=stopped("ERR server.log() requires two arguments or more."),
        ),
    ),
    (
        "return redis.log()",
        differs(
            redis=stopped("ERR redis.log() requires two arguments or more."),
            valkey=stopped("ERR server.log() requires two arguments or more."),
        ),
    ),
    ('return redis.log("x","y")', stopped("ERR First argument must be a number (log level).")),
    (
        'return redis.log(10,"x")',
        differs(
            redis=stopped("ERR Invalid debug level."),
            valkey=stopped("ERR Invalid log level."),
        ),
    ),
    ('return redis.acl_check_cmd("get","x")', 1),
    ('return redis.acl_check_cmd("get")', 1),
    (
        'return redis.acl_check_cmd("nope","x")',
        differs(
            redis=stopped("ERR Invalid command passed to redis.acl_check_cmd()"),
            valkey=stopped("ERR Invalid command passed to server.acl_check_cmd()"),
        ),
    ),
    (
        "return redis.acl_check_cmd()",
        differs(
            redis=stopped("ERR Please specify at least one argument for this redis lib call"),
            valkey=stopped("ERR Please specify at least one argument for this call"),
        ),
    ),
    (
        "return redis.acl_check_cmd({})",
        differs(
            redis=stopped("ERR Lua redis lib command arguments must be strings or integers"),
            valkey=stopped("ERR Command arguments must be strings or integers"),
        ),
    ),
    ("return type(redis.REDIS_VERSION)", b"string"),
    ("return type(redis.REDIS_VERSION_NUM)", b"number"),
]
"""The rest of the table ``redis``."""


SHEBANGS = [
    ("#!lua\nreturn 1", 1),
    ("#!lua flags=\nreturn 1", 1),
    ("#!lua flags=no-writes\nreturn 1", 1),
    ('#!lua flags=no-writes\nreturn redis.call("get","a")', None),
    (
        '#!lua flags=no-writes\nreturn redis.call("set","a","b")',
        stopped("ERR Write commands are not allowed from read-only scripts.", line=2),
    ),
    ("#!lua flags=no-writes,allow-oom,allow-stale,no-cluster,allow-cross-slot-keys\nreturn 1", 1),
    (
        "#!lua flags=allow-oom\nreturn foo",
        stopped(
            "ERR user_script:2: Script attempted to access nonexistent global variable 'foo'",
            line=2,
        ),
    ),
    ("#!lua  flags=no-writes   flags=allow-oom\nreturn 1", 1),
    ("#!lua flags=x\nreturn 1", failed("ERR Unexpected flag in script shebang: x")),
    ("#!lua flags=no-writes,x\nreturn 1", failed("ERR Unexpected flag in script shebang: x")),
    ("#!lua x=1\nreturn 1", failed("ERR Unknown lua shebang option: x=1")),
    ("#!lua name=foo\nreturn 1", failed("ERR Unknown lua shebang option: name=foo")),
    ("#!py\nreturn 1", failed("ERR Unexpected engine in script shebang: #!py")),
    ("#!\nreturn 1", failed("ERR Unexpected engine in script shebang: #!")),
    ("#! \nreturn 1", failed("ERR Unexpected engine in script shebang: #!")),
    ("#!lua", failed("ERR Invalid script shebang")),
    ('#!lua flags=no-writes "x\nreturn 1', failed("ERR Invalid engine in script shebang")),
    (
        "#!lua\nx = = 1",
        failed(
            "ERR Error compiling script (new function): user_script:2: unexpected symbol near '='"
        ),
    ),
    ('#!lua\n\nerror("x")', stopped("ERR user_script:3: x", line=3)),
]
"""The first line of a script may declare what it does."""


@pytest.mark.parametrize(
    ("protocol", "table"),
    [
        pytest.param(2, RESULTS, id="results"),
        pytest.param(3, RESULTS_3, id="results in RESP3"),
        pytest.param(2, ARGUMENTS, id="arguments"),
        pytest.param(2, REPLIES, id="replies"),
        pytest.param(2, RANDOM, id="random numbers"),
        pytest.param(2, API, id="the table redis"),
        pytest.param(2, SHEBANGS, id="first lines"),
    ],
)
def test_scripts_do_the_same_everywhere(server, connect, protocol, table):
    wire = connect(protocol=protocol)
    found = {}
    for script, _ in table:
        found[script] = said(wire, script)
        wire("FLUSHALL")
    assert found == {script: differs.on(server, expected) for script, expected in table}
