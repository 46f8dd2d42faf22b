"""How scripts fail and what they cannot do, on the mock and on the real servers.

Each table is ``(script, what comes of it)``, said by the servers themselves.
"""

from __future__ import annotations

import pytest

from tests.integration.scripts import differs, failed, said, stopped

ERRORS = [
    ('error("foo")', stopped("ERR user_script:1: foo")),
    ('error("foo",0)', stopped("ERR foo")),
    ("error()", stopped("ERR nil")),
    ("error(5)", stopped("ERR user_script:1: 5")),
    ('error({err="MY code"})', stopped("MY code")),
    ('error({err="foo"})', stopped("foo")),
    ("error({err=7})", stopped("7")),
    ('error(redis.error_reply("MY x"))', stopped("MY x")),
    ('\n\nerror("third line")', stopped("ERR user_script:3: third line", line=3)),
    (
        '\n\nreturn redis.call("nope")',
        differs(
            redis=stopped("ERR Unknown Redis command called from script", line=3),
            valkey=stopped("ERR Unknown command called from script", line=3),
        ),
    ),
    (
        'local function f() return redis.call("nope") end\nreturn f()',
        differs(
            redis=stopped("ERR Unknown Redis command called from script"),
            valkey=stopped("ERR Unknown command called from script"),
        ),
    ),
    ('local function f() error("in f") end\nf()', stopped("ERR user_script:1: in f")),
    ('local function f() error("in f",2) end\nf()', stopped("ERR user_script:2: in f")),
    (
        "x = = 1",
        failed(
            "ERR Error compiling script (new function): user_script:1: unexpected symbol near '='"
        ),
    ),
    (
        "return redis.call(",
        failed(
            "ERR Error compiling script (new function): user_script:1: unexpected symbol near "
            "'<eof>'"
        ),
    ),
    (
        "\x1bLua",
        failed(
            "ERR Error compiling script (new function): user_script:1: unexpected symbol near "
            "'char(27)'"
        ),
    ),
    (
        'return redis.call("nope")',
        differs(
            redis=stopped("ERR Unknown Redis command called from script"),
            valkey=stopped("ERR Unknown command called from script"),
        ),
    ),
    (
        'return redis.call("get")',
        differs(
            redis=stopped("ERR Wrong number of args calling Redis command from script"),
            valkey=stopped("ERR Wrong number of args calling command from script"),
        ),
    ),
    (
        'return redis.call("get","a","b")',
        differs(
            redis=stopped("ERR Wrong number of args calling Redis command from script"),
            valkey=stopped("ERR Wrong number of args calling command from script"),
        ),
    ),
    (
        'return redis.call("subscribe","x")',
        stopped("ERR This Redis command is not allowed from script"),
    ),
    ('return redis.call("multi")', stopped("ERR This Redis command is not allowed from script")),
    (
        'return redis.call("eval","return 1",0)',
        stopped("ERR This Redis command is not allowed from script"),
    ),
    (
        'return redis.call("script","flush")',
        stopped("ERR This Redis command is not allowed from script"),
    ),
    (
        'return redis.call("object","nope")',
        differs(
            redis=stopped("ERR Unknown Redis command called from script"),
            valkey=stopped("ERR Unknown command called from script"),
        ),
    ),
    (
        'return redis.call("client")',
        differs(
            redis=stopped("ERR Wrong number of args calling Redis command from script"),
            valkey=stopped("ERR Wrong number of args calling command from script"),
        ),
    ),
    (
        'return redis.call("","x")',
        differs(
            redis=stopped("ERR Unknown Redis command called from script"),
            valkey=stopped("ERR Unknown command called from script"),
        ),
    ),
    (
        "return redis.call()",
        differs(
            redis=stopped("ERR Please specify at least one argument for this redis lib call"),
            valkey=stopped("ERR Please specify at least one argument for this call"),
        ),
    ),
    (
        "return redis.call({})",
        differs(
            redis=stopped("ERR Lua redis lib command arguments must be strings or integers"),
            valkey=stopped("ERR Command arguments must be strings or integers"),
        ),
    ),
    (
        'return redis.call("set","a",true)',
        differs(
            redis=stopped("ERR Lua redis lib command arguments must be strings or integers"),
            valkey=stopped("ERR Command arguments must be strings or integers"),
        ),
    ),
    (
        'return redis.call("set","a",nil)',
        differs(
            redis=stopped("ERR Lua redis lib command arguments must be strings or integers"),
            valkey=stopped("ERR Command arguments must be strings or integers"),
        ),
    ),
    (
        "local e = {} for i = 1, 201 do e[i] = i end "
        'e[150] = nil return redis.call("echo",unpack(e,1,201))',
        differs(
            redis=stopped("ERR Lua redis lib command arguments must be strings or integers"),
            valkey=stopped("ERR Command arguments must be strings or integers"),
        ),
    ),
    (
        "local e = {} for i = 1, 201 do e[i] = i end "
        'e[201] = nil return redis.call("echo",unpack(e,1,201))',
        differs(
            redis=stopped("ERR Lua redis lib command arguments must be strings or integers"),
            valkey=stopped("ERR Command arguments must be strings or integers"),
        ),
    ),
    (
        "local e = {} for i = 1, 201 do e[i] = i end "
        'e[150] = {} return redis.call("echo",unpack(e,1,201))',
        differs(
            redis=stopped("ERR Lua redis lib command arguments must be strings or integers"),
            valkey=stopped("ERR Command arguments must be strings or integers"),
        ),
    ),
    (
        'redis.call("lpush","l","1") return redis.call("get","l")',
        stopped("WRONGTYPE Operation against a key holding the wrong kind of value"),
    ),
    (
        'redis.call("set","s","x") return redis.call("incr","s")',
        stopped("ERR value is not an integer or out of range"),
    ),
    (
        'return redis.pcall("nope")',
        differs(
            redis=failed("ERR Unknown Redis command called from script"),
            valkey=failed("ERR Unknown command called from script"),
        ),
    ),
    (
        "return redis.pcall()",
        differs(
            redis=failed("ERR Please specify at least one argument for this redis lib call"),
            valkey=failed("ERR Please specify at least one argument for this call"),
        ),
    ),
    (
        'return redis.pcall("set","a")',
        differs(
            redis=failed("ERR Wrong number of args calling Redis command from script"),
            valkey=failed("ERR Wrong number of args calling command from script"),
        ),
    ),
    (
        'redis.call("lpush","l","1") return redis.pcall("get","l")',
        failed("WRONGTYPE Operation against a key holding the wrong kind of value"),
    ),
    (
        'return assert(redis.pcall("nope"))',
        differs(
            redis=failed("ERR Unknown Redis command called from script"),
            valkey=failed("ERR Unknown command called from script"),
        ),
    ),
    (
        'local t=redis.pcall("nope") local o={} for k,v in pairs(t) do '
        'o[#o+1]=k.."="..tostring(v) end table.sort(o) return o',
        differs(
            redis=[
                b"err=ERR Unknown Redis command called from script",
                b"ignore_error_stats_update=true",
            ],
            valkey=[
                b"err=ERR Unknown command called from script",
                b"ignore_error_stats_update=true",
            ],
        ),
    ),
    (
        'local ok,e=pcall(redis.call,"nope") return {tostring(ok),e}',
        differs(
            redis=[b"false", b"ERR Unknown Redis command called from script"],
            valkey=[b"false", b"ERR Unknown command called from script"],
        ),
    ),
    ('local ok,e=pcall(error,{err="ERR x"}) return e', b"ERR x"),
    ("local ok,e=pcall(error,{err=5}) return type(e)", b"number"),
    ('local ok,e=pcall(error,"x") return e', b"x"),
    ('local ok,e=pcall(function() error("x") end) return e', b"user_script:1: x"),
    ("local ok,e=pcall(error) return type(e)", b"nil"),
    ("return {pcall(function() return 1,2 end)}", [1, 1, 2]),
    (
        'local ok,e=xpcall(function() return redis.call("nope") end, function(e) return '
        "type(e) end) return e",
        b"table",
    ),
    (
        'local co=coroutine.create(function() redis.call("nope") end) local '
        "ok,e=coroutine.resume(co) return e.err",
        differs(
            redis=b"ERR Unknown Redis command called from script",
            valkey=b"ERR Unknown command called from script",
        ),
    ),
    ('return coroutine.wrap(function() return redis.call("ping") end)()', b"PONG"),
    (
        'return coroutine.wrap(function() redis.call("nope") end)()',
        differs(
            redis=stopped("ERR Unknown Redis command called from script"),
            valkey=stopped("ERR Unknown command called from script"),
        ),
    ),
    (
        "local x = nil + 1",
        stopped("ERR user_script:1: attempt to perform arithmetic on a nil value"),
    ),
    ('local x = {} .. "a"', stopped("ERR user_script:1: attempt to concatenate a table value")),
    ("return #nil", stopped("ERR user_script:1: attempt to get length of a nil value")),
    (
        "local t = nil; return t.x",
        stopped("ERR user_script:1: attempt to index local 't' (a nil value)"),
    ),
    (
        "return string.rep()",
        stopped("ERR user_script:1: bad argument #1 to 'rep' (string expected, got no value)"),
    ),
    (
        "return table.concat({{}})",
        stopped("ERR user_script:1: invalid value (table) at index 1 in table for 'concat'"),
    ),
    ("assert(false)", stopped("ERR user_script:1: assertion failed!")),
    ('assert(false,"msg")', stopped("ERR user_script:1: msg")),
    (
        'assert(nil,{err="ERR x"})',
        stopped("ERR user_script:1: bad argument #2 to 'assert' (string expected, got table)"),
    ),
    (
        "local s=0 local function f(n) if n==0 then return 0 end return f(n-1) end return "
        "f(100000)",
        0,
    ),
]
"""How a script fails, and what it is told."""


SEALED = [
    (
        "return foo",
        stopped("ERR user_script:1: Script attempted to access nonexistent global variable 'foo'"),
    ),
    (
        "return foo.bar",
        stopped("ERR user_script:1: Script attempted to access nonexistent global variable 'foo'"),
    ),
    (
        "return _G.foo",
        stopped("ERR user_script:1: Script attempted to access nonexistent global variable 'foo'"),
    ),
    (
        "return _G[1]",
        stopped("ERR user_script:1: Script attempted to access nonexistent global variable '1'"),
    ),
    (
        "return _G[nil]",
        stopped(
            "ERR user_script:1: Second argument to luaProtectedTableError must be a string or "
            "number"
        ),
    ),
    ('return rawget(_G,"foo")', None),
    ('return type(rawget(_G,"redis"))', b"table"),
    ("foo=1", stopped("ERR user_script:1: Attempt to modify a readonly table")),
    ("function f() end", stopped("ERR user_script:1: Attempt to modify a readonly table")),
    ("_G[1]=1", stopped("ERR user_script:1: Attempt to modify a readonly table")),
    ("KEYS={}", stopped("ERR user_script:1: Attempt to modify a readonly table")),
    ('KEYS[1]="x" return KEYS', [b"x"]),
    ('rawset(_G,"x",1)', stopped("ERR Attempt to modify a readonly table")),
    ("setmetatable(_G,nil)", stopped("ERR Attempt to modify a readonly table")),
    ("setmetatable(redis,nil)", stopped("ERR Attempt to modify a readonly table")),
    (
        "getmetatable(_G).__index=nil",
        stopped("ERR user_script:1: Attempt to modify a readonly table"),
    ),
    ("local o={} for k in pairs(getmetatable(_G)) do o[#o+1]=k end return o", [b"__index"]),
    ("string.foo=1", stopped("ERR user_script:1: Attempt to modify a readonly table")),
    ("redis.call=nil", stopped("ERR user_script:1: Attempt to modify a readonly table")),
    ("math.random=nil", stopped("ERR user_script:1: Attempt to modify a readonly table")),
    ("return redis.foo", None),
    ("return redis[1]", None),
    ("return cjson.foo", None),
    ("return redis.call == _G.redis.call", 1),
    (
        'return print("x")',
        stopped(
            "ERR user_script:1: Script attempted to access nonexistent global variable 'print'"
        ),
    ),
    (
        "return io",
        stopped("ERR user_script:1: Script attempted to access nonexistent global variable 'io'"),
    ),
    (
        'return require("os")',
        stopped(
            "ERR user_script:1: Script attempted to access nonexistent global variable 'require'"
        ),
    ),
    (
        'return dofile("x")',
        stopped(
            "ERR user_script:1: Script attempted to access nonexistent global variable 'dofile'"
        ),
    ),
    (
        'return loadfile("x")',
        stopped(
            "ERR user_script:1: Script attempted to access nonexistent global variable 'loadfile'"
        ),
    ),
    (
        "return module",
        stopped(
            "ERR user_script:1: Script attempted to access nonexistent global variable 'module'"
        ),
    ),
    (
        "return package",
        stopped(
            "ERR user_script:1: Script attempted to access nonexistent global variable 'package'"
        ),
    ),
    (
        "return debug",
        stopped(
            "ERR user_script:1: Script attempted to access nonexistent global variable 'debug'"
        ),
    ),
    (
        "return python",
        stopped(
            "ERR user_script:1: Script attempted to access nonexistent global variable 'python'"
        ),
    ),
    ('return loadstring("return 1")()', 1),
    ('return loadstring("return foo")', None),
    (
        'local f,e=loadstring("x = = 1") return e',
        b"[string \"x = = 1\"]:1: unexpected symbol near '='",
    ),
    ('local f,e=loadstring("x = = 1","@foo") return e', b"foo:1: unexpected symbol near '='"),
    (
        "local f,e=loadstring(string.dump(function() return 1 end)) return {tostring(f),e}",
        [b"nil", b"[string \"\x1bLuaQ\"]:1: unexpected symbol near 'char(27)'"],
    ),
    (
        'local i=0 local f=load(function() i=i+1 if i==1 then return "return 7" end end) '
        "return f()",
        7,
    ),
    ("return type(load(function() return nil end))", b"function"),
    ('return loadstring("foo=1")', None),
    (
        "return pairs(nil)",
        stopped("ERR user_script:1: bad argument #1 to 'pairs' (table expected, got nil)"),
    ),
    (
        "return pairs()",
        stopped("ERR user_script:1: bad argument #1 to 'pairs' (table expected, got no value)"),
    ),
    (
        "local p=pairs p(1)",
        stopped("ERR user_script:1: bad argument #1 to 'p' (table expected, got number)"),
    ),
    (
        "for k in pairs(nil) do end",
        stopped("ERR user_script:1: bad argument #1 to 'pairs' (table expected, got nil)"),
    ),
    (
        "return next(nil)",
        stopped("ERR user_script:1: bad argument #1 to 'next' (table expected, got nil)"),
    ),
    ("return next({},1)", stopped("ERR invalid key to 'next'")),
    (
        "return ipairs()",
        stopped("ERR user_script:1: bad argument #1 to 'ipairs' (table expected, got no value)"),
    ),
    (
        "return rawset()",
        stopped("ERR user_script:1: bad argument #1 to 'rawset' (table expected, got no value)"),
    ),
    (
        "return rawget(1)",
        stopped("ERR user_script:1: bad argument #1 to 'rawget' (table expected, got number)"),
    ),
    (
        "return rawget({})",
        stopped("ERR user_script:1: bad argument #2 to 'rawget' (value expected)"),
    ),
    (
        "return setmetatable(1,2)",
        stopped(
            "ERR user_script:1: bad argument #1 to 'setmetatable' (table expected, got number)"
        ),
    ),
    (
        "return setmetatable({})",
        stopped("ERR user_script:1: bad argument #2 to 'setmetatable' (nil or table expected)"),
    ),
    (
        "return getmetatable()",
        stopped("ERR user_script:1: bad argument #1 to 'getmetatable' (value expected)"),
    ),
    ("return tostring(getmetatable(cjson.null))", b"nil"),
    ("return tostring(cjson.null)", b"userdata: (nil)"),
    ("return type(cjson.null)", b"userdata"),
    ("return tostring(1/0)", b"inf"),
    ("return tostring(1e15)", b"1e+15"),
    ("return tostring(3.14159265358979)", b"3.1415926535898"),
    ('return select("#",pairs({}))', 3),
    ("local t=setmetatable({},{__metatable=1}) return getmetatable(t)", 1),
    (
        "setmetatable(setmetatable({},{__metatable=1}),{})",
        stopped("ERR user_script:1: cannot change a protected metatable"),
    ),
    ("local t=setmetatable({},{__index=function(t,k) return k end}) return t.abc", b"abc"),
    ("local n=0 for k,v in pairs({1,2,a=3}) do n=n+v end return n", 6),
    ("local n=0 for k in pairs(redis) do n=n+1 end return tostring(n > 20)", b"true"),
    ("return type(gcinfo())", b"number"),
    ('return type(collectgarbage("count"))', b"number"),
    ("return _VERSION", b"Lua 5.1"),
    ("local t={3,1,2} table.sort(t) return t", [1, 2, 3]),
    ('local t={} table.insert(t,"a") table.insert(t,1,"b") return t', [b"b", b"a"]),
    ('return ("abc"):upper()', b"ABC"),
    ('return string.format("%5.1f|%s|%q","3.14159","x","a\\nb")', b'  3.1|x|"a\\\nb"'),
    ("return #ARGV + #KEYS", 0),
    ("return type(coroutine.create(function() end))", b"thread"),
]
"""What scripts cannot do."""


@pytest.mark.parametrize(
    ("protocol", "table"),
    [
        pytest.param(2, ERRORS, id="errors"),
        pytest.param(2, SEALED, id="what is sealed"),
    ],
)
def test_scripts_do_the_same_everywhere(server, connect, protocol, table):
    wire = connect(protocol=protocol)
    found = {}
    for script, _ in table:
        found[script] = said(wire, script)
        wire("FLUSHALL")
    assert found == {script: differs.on(server, expected) for script, expected in table}
