"""Lua scripts inside the mock: the seal, the cache, what lies between a script and the kernel."""

from __future__ import annotations

import hashlib

import pytest
from lupa.lua51 import LuaRuntime

from mock_backend import MockServer
from mock_backend.replies import Simple
from mock_backend.scripting.bytecode import without_tail_calls

REACHABLE = """
local seen, kinds, work = {}, {}, { _G, getmetatable(''), getmetatable(_G), cjson.null }
while #work > 0 do
  local value = table.remove(work)
  if not seen[value] then
    seen[value] = true
    kinds[#kinds + 1] = type(value) .. ' ' .. tostring(value)
    if type(value) == 'table' then
      for key, item in pairs(value) do
        if type(key) ~= 'string' and type(key) ~= 'number' then work[#work + 1] = key end
        if type(item) ~= 'string' and type(item) ~= 'number' then work[#work + 1] = item end
      end
    elseif type(value) == 'function' then
      work[#work + 1] = getfenv(value)
    end
    local meta = getmetatable(value)
    if meta then work[#work + 1] = meta end
  end
end
return kinds
"""


def test_no_python_object_can_be_reached_from_the_globals(call):
    kinds = call("EVAL", REACHABLE, 0)
    assert len(kinds) > 100
    userdata = [kind for kind in kinds if kind.startswith((b"userdata", b"thread"))]
    assert userdata == [b"userdata userdata: (nil)"]


@pytest.mark.parametrize(
    "script",
    [
        "return tostring(rawget(_G, 'python'))",
        "return tostring(rawget(_G, 'debug'))",
        "return tostring(rawget(getfenv(0), 'io'))",
        "return tostring(rawget(getfenv(pairs), 'require'))",
        "return tostring(rawget(getfenv(redis.call), 'package'))",
    ],
)
def test_what_lua_and_lupa_bring_along_is_gone(call, script):
    assert call("EVAL", script, 0) == b"nil"


def test_the_environment_of_the_thread_cannot_be_changed(call):
    assert "cannot change environment" in str(call("EVAL", "setfenv(0, {})", 0))
    assert call("EVAL", "setfenv(1, {}) x = 1 return x", 0) == 1
    assert "nonexistent global variable 'x'" in str(call("EVAL", "return x", 0))


def test_compiled_code_is_not_accepted(call):
    script = "return select(2, loadstring(string.dump(function() return 1 end)))"
    assert b"unexpected symbol near 'char(27)'" in call("EVAL", script, 0)
    script = "local code = string.dump(function() return 1 end) return select(2, load(function()"
    script += " local piece = code code = nil return piece end))"
    assert b"unexpected symbol near 'char(27)'" in call("EVAL", script, 0)


@pytest.mark.parametrize("change", ["insert(redis, 1)", "insert(_G, 1)", "setn(redis, 3)"])
def test_what_a_script_leaves_in_a_sealed_table_is_gone_for_the_next(call, change):
    call("EVAL", f"table.{change}", 0)
    assert call("EVAL", "return {#redis, rawget(redis, 1) == nil, #_G}", 0) == [0, 1, 0]


def test_globals_keys_and_arguments_do_not_outlive_their_script(call):
    call("EVAL", "KEYS[2] = 'mine' ARGV.x = 1", 1, "k", "a")
    assert call("EVAL", "return {#KEYS, #ARGV, tostring(ARGV.x)}", 0) == [0, 0, b"nil"]


def test_what_a_script_finds_when_it_fails_with_no_text(call):
    assert str(call("EVAL", "error({})", 0)).startswith("ERR unknown error script: ")
    assert "stack overflow" in str(call("EVAL", "local function f() return 1 + f() end f()", 0))


def test_a_result_that_contains_itself_ends_in_an_error(call):
    reply = call("EVAL", "local t = {} t[1] = t return t", 0)
    while isinstance(reply, list):
        (reply,) = reply
    assert str(reply) == "ERR reached lua stack limit"


def test_the_generator_of_a_new_server_begins_as_the_servers_does(call):
    script = "return {tostring(math.random()), tostring(math.random())}"
    assert call("EVAL", script, 0) == [b"0.39646477363839", b"0.84048536971234"]


def test_a_flush_does_not_set_the_random_numbers_back(call, server):
    script = "math.randomseed(1) return tostring(math.random())"
    call("EVAL", script, 0)
    second = call("EVAL", "return tostring(math.random())", 0)
    call("EVAL", script, 0)
    call("SCRIPT", "FLUSH")
    assert call("EVAL", "return tostring(math.random())", 0) == second


def test_a_flush_brings_a_new_interpreter(call):
    call("EVAL", "cjson.encode_max_depth(1)", 0)
    call("SCRIPT", "FLUSH")
    assert call("EVAL", "return cjson.encode({{1}})", 0) == b"[[1]]"


def test_a_script_is_compiled_once(call, server, monkeypatch):
    call("EVAL", "return 1", 0)
    engine = server.kernel.evaluation._engine
    compiled = []
    monkeypatch.setattr(engine, "compile", compiled.append)
    sha = call("SCRIPT", "LOAD", "return 1")
    assert call("EVAL", "return 1", 0) == call("EVALSHA", sha, 0) == 1
    assert compiled == []


def test_ten_thousand_scripts_leave_500_behind(call, server):
    evaluation = server.kernel.evaluation
    for number in range(2_000):
        call("EVAL", f"return {number}", 0)
    before = evaluation.interpreter_memory
    for number in range(2_000, 10_000):
        call("EVAL", f"return {number}", 0)
    call.out.clear()
    call("EVAL", "collectgarbage()", 0)
    assert evaluation.cached == 500
    assert evaluation.evicted == 9_501
    assert evaluation.interpreter_memory < before * 1.2
    assert server.kernel.commands[b"eval"].calls == 10_001


def test_calls_of_scripts_are_counted_as_calls(call, server):
    call(
        "EVAL", "redis.call('set', 'a', 1) redis.pcall('incr', 'a', 'b') redis.call('get', 'a')", 0
    )
    commands = server.kernel.commands
    assert [commands[name].calls for name in (b"set", b"get", b"incr")] == [1, 1, 0]


def test_what_a_script_logs_is_kept(call, server):
    call("EVAL", "redis.log(redis.LOG_WARNING, 'disk', 95, 'percent')", 0)
    assert list(server.kernel.scripts.messages) == [(3, b"disk 95 percent")]


def test_a_script_belongs_to_its_caller(call, server):
    call("EVAL", "return 1", 0)
    session = server.kernel.scripts._session
    assert session.is_script
    assert session.caller is call.session


def test_a_bug_inside_a_script_is_loud(clock):
    server = MockServer(clock=clock)
    call = server.client()
    command = server.kernel.commands[b"get"]
    command.run = lambda context, words: 1 / 0
    reply = str(call("EVAL", "return redis.call('get', 'k')", 0))
    assert reply.startswith("ERR bug in mock_backend: ZeroDivisionError: division by zero script: ")
    assert [type(bug) for bug in server.bugs] == [ZeroDivisionError]


def test_a_script_wakes_who_waits_after_it_has_ended(client):
    waiter, writer = client(), client()
    waiter("BLPOP", "l", 0)
    assert (
        writer("EVAL", "redis.call('rpush', 'l', 'a', 'b') return redis.call('lpop', 'l')", 0)
        == b"a"
    )
    assert waiter.out == [[b"l", b"b"]]


def test_nothing_waits_inside_a_script(call):
    assert call("EVAL", "return redis.call('blpop', 'l', 0)", 0) is None
    assert not call.waiting


def test_a_key_expires_neither_before_nor_after_its_time_in_a_script(call, clock):
    script = "return redis.call('exists', 'k')"
    call("SET", "k", "v", "PX", 10)
    clock.advance(9)
    assert call("EVAL", script, 0) == 1
    clock.advance(1)
    assert call("EVAL", script, 0) == 0


def test_the_seal_holds_in_coroutines_too(call):
    script = "return coroutine.wrap(function() return redis.call('set', 'k', foo) end)()"
    assert "nonexistent global variable 'foo'" in str(call("EVAL", script, 0))
    script = "return coroutine.wrap(function() return redis.call('set', 'k', 'v') end)()"
    assert call("EVAL", script, 0) == Simple(b"OK")


def test_a_tail_call_becomes_a_call_unless_it_calls_an_upvalue():
    lua = LuaRuntime(encoding=None)

    def changes(source: bytes) -> bool:
        dumped = lua.execute(b"return string.dump(loadstring(...))", source)
        return without_tail_calls(dumped) != dumped

    assert changes(b"local f = tostring return f(1)")
    assert changes(b"return redis.call('get', 'k')")
    assert changes(b"local function f() return function() return redis.call('get') end end")
    assert not changes(b"local function f(n) return f(n - 1) end return 1")
    assert not changes(b"local x = redis.call('get', 'k') return x")


def test_the_name_of_a_script_is_its_sha1(call):
    source = b"return '\xff\x00'"
    assert call("SCRIPT", "LOAD", source) == hashlib.sha1(source).hexdigest().encode()
    assert call("EVAL", source, 0) == b"\xff\x00"


def test_info_counts_scripts_and_the_interpreters_memory(call):
    call("EVAL", "return 1", 0)
    call("SCRIPT", "LOAD", "return 2")
    info = dict(line.split(b":", 1) for line in call("INFO", "memory").text.splitlines()[1:])
    assert info[b"number_of_cached_scripts"] == b"2"
    assert int(info[b"used_memory_lua"]) >= 31_744
