"""Functions and long scripts on a server without a socket: what no client can see, and limits."""

from __future__ import annotations

import pytest

from mock_backend import MockServer, VirtualClock
from mock_backend.scripting import engine

LIBRARY = "#!lua name=lib\nredis.register_function('f', function() return 1 end)"


@pytest.fixture
def server() -> MockServer:
    return MockServer()


@pytest.fixture
def call(server):
    return server.client()


@pytest.mark.parametrize(
    "script",
    [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "coroutine.wrap(function() while true do end end)()",
        "redis.call('set', 'k', 'v') while true do end",
    ],
)
def test_an_endless_script_ends_where_nobody_could_kill_it(call, server, script):
    call("CONFIG", "SET", "busy-reply-threshold", 1)

    assert str(call("EVAL", script, 0)).startswith("ERR Script killed by user with SCRIPT KILL")
    assert call("EVAL", "return 1", 0) == 1
    assert not server.kernel.gated
    assert server.bugs == []


def test_an_endless_script_ends_although_the_clock_stands_still():
    call = MockServer(clock=VirtualClock()).client()
    call("CONFIG", "SET", "busy-reply-threshold", 1)

    assert str(call("EVAL", "while true do end", 0)).startswith("ERR Script killed by user")


def test_a_script_is_not_stopped_in_the_middle_of_a_call(call):
    call("CONFIG", "SET", "busy-reply-threshold", 1)
    call("EVAL", "while true do redis.call('incr', 'n') redis.call('rpush', 'l', 'x') end", 0)

    assert int(call("GET", "n")) - call("LLEN", "l") in {0, 1}


@pytest.mark.parametrize(
    "script",
    [
        "return string.rep('x', 2147483647)",
        "local s = 'x' while true do s = s .. s end",
        "return string.gsub(string.rep('x', 1000000), '.', string.rep('y', 100000))",
    ],
)
def test_a_script_cannot_have_all_the_memory(call, monkeypatch, script):
    monkeypatch.setattr(engine, "MOST_MEMORY", 16 << 20)
    assert "not enough memory" in str(call("EVAL", script, 0))
    assert call("EVAL", "return 'x'", 0) == b"x"


@pytest.mark.parametrize("bounds", ["-2, 2147483647", "-2147483648, -2", "1, 9000"])
def test_unpack_takes_no_more_than_the_stack_holds(call, bounds):
    reply = str(call("EVAL", f"return {{unpack({{1, 2, 3}}, {bounds})}}", 0))

    assert reply.startswith("ERR user_script:1: too many results to unpack")


def test_a_library_that_fails_leaves_nothing_behind(call, server):
    call("FUNCTION", "LOAD", LIBRARY)
    functions = server.kernel.functions
    before = functions.libraries

    assert "No functions registered" in str(call("FUNCTION", "LOAD", "#!lua name=other\n"))
    assert functions.libraries is before
    assert server.kernel.scripts.running is None


def test_a_function_in_a_transaction_is_not_running_before_its_turn(call, server):
    server.kernel.functions.load(LIBRARY.encode(), replace=False)
    call("MULTI")
    call("FUNCTION", "STATS")
    call("FCALL", "f", 0)

    stats, result = call("EXEC")
    assert dict(stats)[b"running_script"] is None
    assert result == 1


def test_an_error_that_a_script_passes_on_is_counted_once(call):
    call("EVAL", "return redis.pcall('get')", 0)
    call("EVAL", "redis.call('get')", 0)
    call("EVAL", "return redis.error_reply('MY own')", 0)
    stats = call("INFO", "errorstats").text

    assert b"errorstat_ERR:count=2" in stats
    assert b"errorstat_MY:count=1" in stats


def test_memory_of_functions_is_told(call):
    def told(field: bytes) -> int:
        lines = call("INFO", "memory").text.splitlines()
        return int(dict(line.split(b":", 1) for line in lines[1:])[field])

    empty = told(b"used_memory_functions"), told(b"used_memory_vm_functions")
    for number in range(100):
        call(
            "FUNCTION",
            "LOAD",
            f"#!lua name=l{number}\nlocal a = {{}} for i = 1, 9 do a[i] = {{}} end\n"
            f"redis.register_function('f{number}', function() return a end)",
        )
    assert told(b"used_memory_functions") > empty[0]
    assert told(b"used_memory_vm_functions") > empty[1]
    assert told(b"number_of_functions") == 100


@pytest.mark.parametrize("compat", ["redis-7.0", "redis-7.2", "valkey-8.0", "valkey-8.1"])
def test_evaluated_scripts_are_forgotten_by_newer_servers_only(compat):
    server = MockServer(compat=compat)
    call = server.client()
    for number in range(600):
        call("EVAL", f"return {number}", 0)

    assert server.kernel.evaluation.cached == (600 if compat.startswith("redis") else 500)


def test_a_library_that_is_loaded_again_and_again_leaves_nothing_behind(call, server):
    code = "#!lua name=lib\nlocal t = {} for i = 1, 100 do t[i] = i end"
    code += " redis.register_function('f', function() return t[%d] end)"
    functions = server.kernel.functions
    for number in range(200):
        call("FUNCTION", "LOAD", "REPLACE", code % (number % 100 + 1))
    functions._engine._lua.execute(b"collectgarbage()")
    before = functions.interpreter_memory
    for number in range(1_000):
        call("FUNCTION", "LOAD", "REPLACE", code % (number % 100 + 1))
    functions._engine._lua.execute(b"collectgarbage()")
    assert functions.count == 1
    assert functions.interpreter_memory < before * 1.2
