"""Scripts at the limits of Lua's stack and of C's numbers, and what is said of the place of an
error.
"""

from __future__ import annotations

import pytest

from tests.integration.scripts import said, stopped

DEEP = "cjson.decode_max_depth(1000000) cjson.encode_max_depth(1000000)"
MANY = "stack overflow (too many return values at once; use unpack_one or unpack_limit instead.)"

SCRIPTS = [
    # how deep
    (f"{DEEP} return cjson.decode(('['):rep(9000))",
     stopped("ERR user_script:1: Found too many nested data structures (7999) at character 7999")),
    (f"{DEEP} return cjson.decode(('{{\"a\":'):rep(9000))",
     stopped("ERR user_script:1: Found too many nested data structures (4000) at character 19996")),
    (f"{DEEP} return cjson.decode(('[{{\"a\":'):rep(9000))",
     stopped("ERR user_script:1: Found too many nested data structures (5333) at character 15997")),
    (f"{DEEP} local t = {{}} t[1] = t return cjson.encode(t)",
     stopped("ERR user_script:1: Cannot serialise, excessive nesting (7998)")),
    (f"{DEEP} local t = {{}} t.a = t return cjson.encode(t)",
     stopped("ERR user_script:1: Cannot serialise, excessive nesting (4000)")),
    ("return cmsgpack.unpack(('\\145'):rep(4000) .. '\\1')",
     stopped("ERR user_script:1: stack overflow (in function mp_decode_to_lua_array)")),
    ("return cmsgpack.unpack(('\\129\\1'):rep(4000) .. '\\1')",
     stopped(f"ERR user_script:1: {MANY}")),
    ("return type(cmsgpack.unpack(('\\145'):rep(3999) .. '\\1'))", b"table"),
    # how many
    ("return select('#', cmsgpack.unpack(('\\1'):rep(7999)))", 7999),
    ("return cmsgpack.unpack(('\\1'):rep(8000))", stopped(f"ERR user_script:1: {MANY}")),
    ("return cmsgpack.unpack_limit(('\\1'):rep(8000), 7999)",
     stopped("ERR user_script:1: stack overflow (in function mp_unpack_full)")),
    ("return select('#', struct.unpack(('b'):rep(7997), ('\\1'):rep(7997)))", 7998),
    ("return struct.unpack(('b'):rep(7998), ('\\1'):rep(7998))",
     stopped("ERR user_script:1: stack overflow (too many results)")),
    # numbers of C
    ("return cjson.encode({ [1] = 1, [2 ^ 31] = 1 })", b'{"1":1,"2147483648":1}'),
    ("return bit.tohex(255, 2 ^ 32 - 1)", b"F"),
    ("return bit.bxor(1, true, 'x')",
     stopped("ERR user_script:1: bad argument #3 to 'bxor' (number expected, got string)")),
    ("redis.set_repl('nan')",
     stopped("ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.")),
    ("return math.random(0 / 0)",
     stopped("ERR user_script:1: bad argument #1 to 'random' (interval is empty)")),
    ("return math.random(2 ^ 31)",
     stopped("ERR user_script:1: bad argument #1 to 'random' (interval is empty)")),
    ("return math.random(-2 ^ 40, 2 ^ 40)", 0),
    ("return cmsgpack.unpack_one('\\1\\2\\3', 0 / 0)",
     stopped("ERR user_script:1: Invalid request to unpack with offset of 0 and limit of 3.")),
    ("return ('x'):rep(2 ^ 32 + 3)", b"xxx"),
    ("return ('x'):rep(1e12)", b""),
    ("return struct.pack('>d', -0)", b"\x80" + bytes(7)),
    # where it happened
    ("return { pcall(error, 5, 1) }", [None, b"5"]),
    ("local _, e = pcall(error, 'x', 2) return e", b"user_script:1: x"),
    ("local _, e = pcall(error, 'x') return e", b"x"),
    ("local function f() error('x', 2) end\nf()", stopped("ERR user_script:2: x", line=1)),
    ("error('x', {})",
     stopped("ERR user_script:1: bad argument #2 to 'error' (number expected, got table)")),
    ("return ('a'):gsub('a', function() return {} end)",
     stopped("ERR user_script:1: invalid replacement value (a table)")),
    ("return ('a'):gsub('a', { a = {} })",
     stopped("ERR user_script:1: invalid replacement value (a table)")),
    ("return ('a'):gsub('a', function() error('x', 2) end)", stopped("ERR x")),
    ("return ('a'):gsub('a', '%2')", stopped("ERR user_script:1: invalid capture index")),
    ("local _, e = pcall(string.find, 'a', '[') return e", b"malformed pattern (missing ']')"),
    ("return ('a'):find({})",
     stopped("ERR user_script:1: bad argument #1 to 'find' (string expected, got table)")),
    ("table.sort({ 3, 1, 2 }, function(a, b) return a <= b end)", None),
    ("local t = {} for i = 1, 50 do t[i] = 1 end table.sort(t, function() return true end)",
     stopped("ERR user_script:1: invalid order function for sorting")),
    ("table.sort({ 3, 'x' })", stopped("ERR attempt to compare string with number")),
    ("table.insert(string, 1)", stopped("ERR Attempt to modify a readonly table")),
    # what a command says itself
    ("return redis.call('ping', 1, 2)",
     stopped("ERR wrong number of arguments for 'ping' command")),
    ("return redis.call('lpop', 'l', 1, 2)",
     stopped("ERR wrong number of arguments for 'lpop' command")),
    # readers
    ("return load(function() return 'x ' end) == nil and 1", 1),
    ("return select(2, load(function() return '\\27Lua' end))",
     b"(load):1: unexpected symbol near 'char(27)'"),
    ("return collectgarbage('setpause', 100) + collectgarbage('setpause', 200)", 300),
]  # fmt: skip


@pytest.mark.parametrize(("script", "expected"), SCRIPTS, ids=[script for script, _ in SCRIPTS])
def test_scripts_meet_the_limits_of_the_server(wire, script, expected):
    assert said(wire, script) == expected


def test_an_unstable_sort_leaves_what_the_servers_does(wire):
    script = (
        "local t = {} for i = 1, 200 do t[i] = (i * 7919) % 101 end"
        " table.sort(t, function(a, b) return a % 10 < b % 10 end) return t"
    )
    reply = wire("EVAL", script, 0)
    assert reply[:8] == [60, 50, 0, 30, 100, 50, 10, 20]
    assert sum(reply) == 10040


def test_an_error_reply_without_a_word_keeps_its_blank(wire):
    wire.send("EVAL", "return redis.error_reply('')", 0)
    assert wire.line() == b"-ERR \r\n"
