"""Lua itself and its own libraries, on the mock and on the real servers.

Each table is ``(script, what comes of it)``, said by the servers themselves.
"""

from __future__ import annotations

import pytest

from tests.integration.scripts import differs, failed, said, stopped

LANGUAGE = [
    (
        'local t={} for k in string.gmatch("a,b,c","[^,]+") do t[#t+1]=k end return t',
        [b"a", b"b", b"c"],
    ),
    ('return string.gsub("abc","%w","%0%0")', b"aabbcc"),
    ('return tostring(string.find("abc","b"))', b"2"),
    ('return tonumber("0x10")', 16),
    ('return tonumber("1e3")', 1000),
    ('return tonumber("z",36)', 35),
    ("return math.floor(-1.5)", -2),
    ("return math.max(1,5,3)", 5),
    ('return #string.rep("ab",1000)', 2000),
    ('return table.concat({1,2,3},",")', b"1,2,3"),
    ("return select(-1,1,2,3)", 3),
    ("local a,b = unpack({1,2}) return a+b", 3),
    ('return string.byte("A")', 65),
    ("return string.char(72,105)", b"Hi"),
    ("local t = {} t[nil] = 1", stopped("ERR user_script:1: table index is nil")),
    ("local t = {} t[0/0] = 1", stopped("ERR user_script:1: table index is NaN")),
    ("return 10 % 3 + -7 % 3", 3),
    ("return 2^10", 1024),
    ('return "10" + 5', 15),
    ('return "a" < "b"', 1),
    ('return 1 < "2"', stopped("ERR user_script:1: attempt to compare number with string")),
    (
        "goto x",
        failed("ERR Error compiling script (new function): user_script:1: '=' expected near 'x'"),
    ),
    (
        "local a <const> = 1",
        failed(
            "ERR Error compiling script (new function): user_script:1: unexpected symbol near '<'"
        ),
    ),
    (
        "return 1 // 2",
        failed(
            "ERR Error compiling script (new function): user_script:1: unexpected symbol near '/'"
        ),
    ),
    (
        "return ~1",
        failed(
            "ERR Error compiling script (new function): user_script:1: unexpected symbol near '~'"
        ),
    ),
    ("for i=1,3 do if i==2 then return i end end", 2),
    ('while true do break end return "x"', b"x"),
    ('repeat local x = 1 until x == 1 return "r"', b"r"),
    ('return (function(...) return select("#",...) end)(nil,nil)', 2),
    ("return tostring(nil)", b"nil"),
    ('return string.format("%d",3.7)', b"3"),
    (
        'return string.format("%d","x")',
        stopped("ERR user_script:1: bad argument #2 to 'format' (number expected, got string)"),
    ),
    ('return string.len("\\0\\0")', 2),
    ('local s="" for i=1,300 do s=s..i end return #s', 792),
    ("return table.getn({1,2,3})", 3),
    ("return table.maxn({[5]=1})", 5),
    (
        'table.foreach({1},function(k,v) error("in foreach") end)',
        stopped("ERR user_script:1: in foreach"),
    ),
    (
        'table.foreachi({1},function(k,v) redis.call("nope") end)',
        differs(
            redis=stopped("ERR Unknown Redis command called from script"),
            valkey=stopped("ERR Unknown command called from script"),
        ),
    ),
    (
        'table.sort({3,1,2},function(a,b) error("in sort") end)',
        stopped("ERR user_script:1: in sort"),
    ),
    (
        'return string.gsub("abc","b",function(x) error("in gsub") end)',
        stopped("ERR user_script:1: in gsub"),
    ),
    ("return pcall(string.rep)", None),
    (
        "local ok,e = pcall(string.rep) return e",
        b"bad argument #1 to '?' (string expected, got no value)",
    ),
    (
        "local ok,e=pcall(redis.call) return e",
        differs(
            redis=b"ERR Please specify at least one argument for this redis lib call",
            valkey=b"ERR Please specify at least one argument for this call",
        ),
    ),
    ("return xpcall(redis.call, function(e) return e.err end)", None),
    ("return 1", 1),
    ('error(setmetatable({err="E x"},{}))', stopped("E x")),
    ("local t=setmetatable({},{__call=function(self,x) return x*2 end}) return t(4)", 8),
    (
        'local t=setmetatable({},{__call=function(self,x) error("in call") end}) return t(4)',
        stopped("ERR user_script:1: in call"),
    ),
    ('return coroutine.resume(coroutine.create(function() error("co") end))', None),
    (
        'local co=coroutine.wrap(function() error("co") end) co()',
        stopped("ERR user_script:1: user_script:1: co"),
    ),
    (
        "local co=coroutine.wrap(function() coroutine.yield(1) coroutine.yield(2) end) return "
        "{co(),co()}",
        [1, 2],
    ),
    ("return coroutine.running()", None),
    ("coroutine.yield(1)", stopped("ERR attempt to yield across metamethod/C-call boundary")),
    (
        "return coroutine.resume(1)",
        stopped("ERR user_script:1: bad argument #1 to 'resume' (coroutine expected)"),
    ),
    ("return coroutine.status(coroutine.create(function() end))", b"suspended"),
    (
        "local co co=coroutine.create(function() return coroutine.resume(co) end) return "
        "{coroutine.resume(co)}",
        [1, None, b"cannot resume running coroutine"],
    ),
    ('return loadstring("return ...","x")(5)', 5),
    ("return loadstring(5)", None),
    (
        "return loadstring()",
        stopped(
            "ERR user_script:1: bad argument #1 to 'loadstring' (string expected, got no value)"
        ),
    ),
    ('return loadstring("return 1",5)', None),
    (
        "return load(5)",
        stopped("ERR user_script:1: bad argument #1 to 'load' (function expected, got number)"),
    ),
    (
        "return load()",
        stopped("ERR user_script:1: bad argument #1 to 'load' (function expected, got no value)"),
    ),
    (
        'local f=loadstring("redis.call(\'nope\')","@chunk") f()',
        differs(
            redis=failed(
                "ERR Unknown Redis command called from script script: "
                "dac7ffeac99b6ad4593ef501baef52bddf1e2688, on @chunk:1."
            ),
            valkey=failed(
                "ERR Unknown command called from script script: "
                "dac7ffeac99b6ad4593ef501baef52bddf1e2688, on @chunk:1."
            ),
        ),
    ),
    (
        'local f=loadstring("\\n\\nerror(\'z\')","=chunk") f()',
        failed("ERR chunk:3: z script: 4c33e6aac4d70f2c2fe1f4204d60df2937315df0, on =chunk:3."),
    ),
    ("return rawequal(redis,redis)", 1),
    ("return rawequal(_G,_G._G)", 1),
    ("for k,v in next,{7} do return v end", 7),
    ('for k,v in pairs(_G) do if k=="KEYS" then return type(v) end end', b"table"),
    ("return next({})", None),
    ("return type(next(_G))", b"string"),
    ("return #redis", 0),
    ("return tostring(KEYS==_G.KEYS)", b"true"),
    ('return string.format("%q","a\\0b\\n\\r")', b'"a\\000b\\\n\\r"'),
    ('return string.rep("x",-1)', b""),
    ('return string.lower("ABC")', b"abc"),
    ('return string.reverse("abc")', b"cba"),
    ('return string.sub("hello",-3)', b"llo"),
    ("return math.fmod(7,3)", 1),
    ("return math.modf(3.7)", 3),
    ("return math.huge", -9223372036854775808),
    ("return -math.huge", -9223372036854775808),
    ("return math.pi", 3),
    ("return math.abs(-3)", 3),
    ("return math.ceil(1.2)", 2),
    ("return math.frexp(8)", 0),
    ("return math.ldexp(1,4)", 16),
    ("return math.log10(1000)", 3),
    ("return math.pow(2,3)", 8),
    ("return math.sqrt(16)", 4),
    ("return math.mod(7,3)", 1),
    (
        "return math.min()",
        stopped("ERR user_script:1: bad argument #1 to 'min' (number expected, got no value)"),
    ),
    ("return tostring(2^53)", b"9.007199254741e+15"),
    ("return tostring(-0.0)", b"-0"),
    ("return tostring(1e100)", b"1e+100"),
    ("return 0x7fffffff", 2147483647),
    ('return 3 .. ""', b"3"),
    ('return "\\065\\x41"', b"Ax41"),
    ("return [[a\nb]]", b"a\nb"),
    ("return [==[x]==]", b"x"),
    ("-- comment", None),
    ("--[[ multi\nline ]] return 1", 1),
    ("return 1;", 1),
    ("return", None),
    ("do return 5 end", 5),
    ("local function f(...) return ... end return f(1,2)", 1),
]

SHAPES = [
    ("return {} < {}", stopped("ERR user_script:1: attempt to compare two table values")),
    ('return {f=1,[1]="a",[2]="b"}', [b"a", b"b"]),
    ("return {nil,1}", []),
    ('return {[1]="a",[3]="c"}', [b"a"]),
    ('return {"a",{b="c"},"d"}', [b"a", [], b"d"]),
    ('return {1,{err="E x"},2}', [1, failed("E x"), 2]),
    ('return {{ok="OK"},{double=1.25},{big_number="12"}}', [b"OK", b"1.25", b"12"]),
    ("return {map={}}", []),
    ("return {set={}}", []),
    ("return {map={a={map={b=1}}}}", [b"a", [b"b", 1]]),
    ("return {set={[1]=true,[2]=true}}", [1, 2]),
    ('return {verbatim_string={format="mkdx",string="s"}}', b"s"),
    ('return {map="x"}', []),
    ('return {double="1.5"}', []),
    ("return {double=0/0}", differs(redis=b"-nan", valkey=b"nan")),
    ("return {double=1/0}", b"inf"),
    ('return {ok=""}', b""),
    ('return {err=""}', failed("")),
    ("return {big_number=12}", []),
]

ENVIRONMENTS = [
    (
        "return getfenv(100)",
        stopped("ERR user_script:1: bad argument #1 to 'getfenv' (invalid level)"),
    ),
    (
        "return getfenv(-1)",
        stopped("ERR user_script:1: bad argument #1 to 'getfenv' (level must be non-negative)"),
    ),
    (
        'return getfenv("x")',
        stopped("ERR user_script:1: bad argument #1 to 'getfenv' (number expected, got string)"),
    ),
    (
        "return getfenv({})",
        stopped("ERR user_script:1: bad argument #1 to 'getfenv' (number expected, got table)"),
    ),
    ("return tostring(getfenv(1)==_G)", b"true"),
    ("return tostring(getfenv(pairs)==_G)", b"true"),
    ("return tostring(getfenv(nil)==_G)", b"true"),
    ("local function f() return getfenv(2)==_G end return tostring(f())", b"true"),
    (
        "return setfenv(pairs,{})",
        stopped("ERR user_script:1: 'setfenv' cannot change environment of given object"),
    ),
    (
        "setfenv(string.rep,{})",
        stopped("ERR user_script:1: 'setfenv' cannot change environment of given object"),
    ),
    (
        "setfenv(redis.call,{})",
        stopped("ERR user_script:1: 'setfenv' cannot change environment of given object"),
    ),
    ("setfenv(100,{})", stopped("ERR user_script:1: bad argument #1 to 'setfenv' (invalid level)")),
    (
        "setfenv(1)",
        stopped("ERR user_script:1: bad argument #2 to 'setfenv' (table expected, got no value)"),
    ),
    (
        'setfenv("x",{})',
        stopped("ERR user_script:1: bad argument #1 to 'setfenv' (number expected, got string)"),
    ),
    ("local f=function() return x end setfenv(f,{x=3}) return f()", 3),
    ("local function g() setfenv(2,{y=1}) end local y0=1 g() return y", 1),
    ('return tostring(getfenv("1")==_G)', b"true"),
]


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(LANGUAGE, id="language"),
        pytest.param(SHAPES, id="shapes of results"),
    ],
)
def test_lua_does_the_same_everywhere(server, wire, table):
    found = {script: said(wire, script) for script, _ in table}
    assert found == {script: differs.on(server, expected) for script, expected in table}


@pytest.mark.targets("mock", "valkey")  # Redis has taken getfenv and setfenv away
def test_functions_have_environments(wire):
    assert {script: said(wire, script) for script, _ in ENVIRONMENTS} == dict(ENVIRONMENTS)
