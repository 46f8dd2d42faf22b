"""Scripts that mean harm: each ends in an error or in a legal value, and the server lives on.

Without a transport nobody can kill a script, so it ends by itself once it has been busy for the
threshold, which is short here.
"""

from __future__ import annotations

import pytest

from mock_backend.replies import ReplyError
from mock_backend.scripting import engine

KILLED = "ERR Script killed by user with SCRIPT KILL..."
LIBRARY = "#!lua name=lib\nredis.register_function('sum', function(_, a) return a[1] + a[2] end)"

ENDLESS = [
    "while true do end",
    "while true do pcall(error) end",
    "while true do pcall(function() while true do end end) end",
    "local function f() while true do pcall(f) end end f()",
    "local function f() while true do pcall(string.gsub, 'a', 'a', f) end end f()",
    "while true do xpcall(error, function() while true do end end) end",
    "xpcall(error, function() while true do end end)",
    "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
    "while true do pcall(coroutine.wrap(function() while true do end end)) end",
    "local next = coroutine.wrap(function() while true do coroutine.yield() end end)"
    " while true do next() end",
    "load(function() while true do end end)",
    "('a'):gsub('a', function() while true do end end)",
    "table.sort({3, 2, 1}, function() while true do end end)",
    "return tostring(setmetatable({}, { __tostring = function() while true do end end }))",
    "error(setmetatable({}, { __newindex = function() while true do end end }))",
    "local function twice(n) if n > 0 then pcall(twice, n - 1) pcall(twice, n - 1) end end"
    " twice(150) while true do end",
    "return string.find(('a'):rep(30000), ('.-'):rep(12) .. 'b')",
    "return (('a'):rep(30000)):match(('a*'):rep(9) .. 'b')",
    "for _ in (('a'):rep(30000)):gmatch(('a*'):rep(9) .. 'b') do end",
    "return (('a'):rep(30000)):gsub(('a?'):rep(30) .. ('a*'):rep(8) .. 'b', '')",
    "return string.find(('a'):rep(40), ('a?'):rep(40) .. ('a'):rep(41))",
    "return string.find(('('):rep(300000), '%b()')",
    "local t = {} table.insert(t, -2 ^ 31, 'v')",
    "local t = {} for i = 1, 20 do t[i] = t end return cmsgpack.pack(t)",
    "local t = {} for i = 1, 10 do t[i] = t end return t",
    "local t = { 1 } for i = 1, 40 do t = { t, t } end return t",
    "redis.setresp(3) local t = {} for i = 1, 20 do t[i] = t end return { map = t }",
    "collectgarbage('stop') while true do local t = {} end",
]


@pytest.fixture
def impatient(call):
    """A client whose scripts are ended after a hundredth of a second."""
    call("CONFIG", "SET", "busy-reply-threshold", 10)
    call("FUNCTION", "LOAD", LIBRARY)
    return call


def works(call) -> bool:
    """Whether scripts and functions do what they always did, however slow the machine is."""
    call("CONFIG", "SET", "busy-reply-threshold", 60_000)
    script = "KEYS[1] = redis.call('echo', ('ab'):rep(2)) return { KEYS[1]:find('ba'), #ARGV }"
    return (
        call("EVAL", script, 0) == [2, 0]
        and call("FCALL", "sum", 0, 1, 2) == 3
        and call("EVAL", "return cjson.encode({ 1, { a = 'x' } })", 0) == b'[1,{"a":"x"}]'
    )


@pytest.mark.parametrize("script", ENDLESS)
def test_nothing_a_script_does_is_endless(impatient, script):
    assert str(impatient("EVAL", script, 0)).startswith((KILLED, "ERR unknown error"))
    assert works(impatient)


@pytest.mark.parametrize("script", ENDLESS)
def test_nothing_a_function_does_is_endless(impatient, script):
    code = f"redis.register_function('harm', function() {script} end)"
    impatient("FUNCTION", "LOAD", f"#!lua name=harm\n{code}")
    assert isinstance(impatient("FCALL", "harm", 0), ReplyError)
    assert works(impatient)


def test_loading_a_library_ends_in_time(impatient, monkeypatch):
    monkeypatch.setattr("mock_backend.kernel.scripts.host.LOADING_SECONDS", 0.01)
    reply = impatient("FUNCTION", "LOAD", "#!lua name=harm\nwhile true do end")
    assert str(reply) == "ERR Error registering functions: ERR FUNCTION LOAD timeout"
    assert works(impatient)


@pytest.mark.parametrize(("script", "reply"), [
    ("return #string.rep('', 1e12)", 0),
    ("return #string.rep('', 2 ^ 31 - 1)", 0),
    ("return table.concat({}, ',', 1, 2 ^ 31)", b""),
    ("local s = ('a'):rep(2000000) return s:find(s:sub(1, 1000000) .. 'c', 1, true)", None),
    ("return cjson.encode({ [1] = 1, [2 ^ 31] = 1 })", b'{"1":1,"2147483648":1}'),
    ("return select('#', cmsgpack.unpack(('\\1'):rep(7999)))", 7999),
    ("return select('#', struct.unpack(('b'):rep(7997), ('\\1'):rep(7997)))", 7998),
    ("return collectgarbage('stop') + collectgarbage('setpause', 9999)", 200),
    ("table.insert(ARGV, -5, 'x') return #ARGV", 0),
])  # fmt: skip
def test_what_looks_long_and_is_not(call, script, reply):
    call("FUNCTION", "LOAD", LIBRARY)
    assert call("EVAL", script, 0) == reply
    assert works(call)


@pytest.mark.parametrize(("script", "text"), [
    ("local function f() return 1 + f() end f()", "stack overflow"),
    ("local t = {} setmetatable(t, { __index = function(t, k) return t[k] end }) return t.x",
     "C stack overflow"),
    ("local function f(n) return coroutine.wrap(function() return f(n) end)() end f(1)",
     "C stack overflow"),
    ("local function f(s) return (s:gsub('.', f)) end return f('a')", "C stack overflow"),
    ("return string.find('a', ('('):rep(6000))", "too many captures"),
    ("return string.find(('a'):rep(300000), ('a?'):rep(250000))", "too complex"),
    ("error(setmetatable({}, { __index = function() error('x') end }))", "ERR unknown error"),
    ("return loadstring(('x'):rep(10) .. ('('):rep(10000))()", "attempt to call"),
    ("cjson.decode_max_depth(1e6) return cjson.decode(('['):rep(9000))",
     "Found too many nested data structures (7999) at character 7999"),
    ("cjson.encode_max_depth(1e6) local t = {} t.a = t return cjson.encode(t)",
     "Cannot serialise, excessive nesting (4000)"),
    ("return cmsgpack.unpack(('\\145'):rep(5000) .. '\\1')",
     "stack overflow (in function mp_decode_to_lua_array)"),
    ("return cmsgpack.unpack(('\\129\\1'):rep(5000) .. '\\1')",
     "too many return values at once"),
    ("return cmsgpack.unpack('\\221\\255\\255\\255\\255')", "Missing bytes in input."),
    ("return struct.unpack(('b'):rep(7998), ('\\1'):rep(7998))", "too many results"),
    ("return struct.pack('i99', 1)", "integral size 99 is larger than limit of 32"),
    ("return unpack({}, 1, 1e8)", "too many results to unpack"),
    ("table.insert(string, 1)", "Attempt to modify a readonly table"),
])  # fmt: skip
def test_what_goes_too_deep_or_too_far_fails(call, script, text):
    call("FUNCTION", "LOAD", LIBRARY)
    reply = call("EVAL", script, 0)
    assert text in str(reply)
    assert isinstance(reply, ReplyError)
    assert works(call)


@pytest.mark.parametrize("script", [
    "local s = 'x' while true do s = s .. s end",
    "return ('x'):rep(2 ^ 30)",
    "return ('x'):rep(1e6):gsub('.', ('y'):rep(1e5))",
    "local t = {} while true do t[#t + 1] = { #t } end",
    "local t = {} pcall(function() while true do t[#t + 1] = { #t } end end) error('x')",
    "local t = {} pcall(function() while true do t[#t + 1] = { #t } end end) return { map = t }",
    "local t = {} pcall(function() while true do t[#t + 1] = { #t } end end)"
    " while true do pcall(redis.call, 'get', 'big') pcall(redis.sha1hex, t) end",
    "redis.call('get', 'big') return { redis.call('get', 'big'), redis.call('get', 'big') }",
    "local t = {} pcall(function() while true do t[#t + 1] = { #t } end end)"
    " return loadstring('return 1')()",
    "local t = {} pcall(function() while true do t[#t + 1] = { #t } end end)"
    " return cjson.encode(t)",
])  # fmt: skip
def test_when_memory_runs_out_the_next_script_has_it_again(call, monkeypatch, script):
    monkeypatch.setattr(engine, "MOST_MEMORY", 16 << 20)
    call("FUNCTION", "LOAD", LIBRARY)
    call("SET", "big", b"v" * (12 << 20))
    assert isinstance(call("EVAL", script, 0), ReplyError)
    assert works(call)


def test_arguments_that_do_not_fit_are_refused(call, monkeypatch):
    monkeypatch.setattr(engine, "MOST_MEMORY", 16 << 20)
    call("FUNCTION", "LOAD", LIBRARY)
    assert str(call("EVAL", "return 1", 0, b"x" * (17 << 20))) == "ERR not enough memory"
    assert "not enough memory" in str(call("EVAL", b"return '%b'" % (b"x" * (17 << 20)), 0))
    assert works(call)


def test_a_finalizer_never_runs(call):
    script = (
        "local p = newproxy(true) getmetatable(p).__gc = function() redis.call('set', 'k', 1) end"
    )
    call("EVAL", script, 0)
    call("EVAL", "collectgarbage() collectgarbage()", 0)
    assert call("GET", "k") is None


def test_the_metatable_of_a_proxy_works_otherwise(call):
    script = "local p = newproxy(true) getmetatable(p).__index = function(_, k) return k end"
    assert call("EVAL", f"{script} return p.x", 0) == b"x"


def test_a_script_that_was_stopped_does_not_stop_the_next(impatient):
    for _ in range(20):
        impatient("EVAL", "while true do end", 0)
        assert (
            impatient("EVAL", "local n = 0 for i = 1, 1000 do n = n + i end return n", 0) == 500500
        )
