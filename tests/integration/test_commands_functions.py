"""FUNCTION and FCALL, on the mock and on the real servers.

Libraries are written as the code behind their first line; what comes of them was said by the
servers themselves.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.conftest import clean_real_server
from tests.integration.scripts import differs
from tests.integration.wire import Wire
from tests.targets import RealServers

LOADING = "ERR Error registering functions: ERR "
NAMES = (
    " names can only contain letters, numbers, or underscores(_) and must be at least one"
    " character long"
)

METADATA = [
    ("x", "ERR Missing library metadata"),
    (" #!lua name=a\n", "ERR Missing library metadata"),
    ("#!lua name=a", "ERR Invalid library metadata"),
    ('#!lua name="a\n', "ERR Invalid library metadata"),
    ("#!lua name=a\0b\n", "ERR Invalid library metadata"),
    ("#!lua\n", "ERR Library name was not given"),
    ("#!\n", "ERR Library name was not given"),
    (
        "#!lua name=a name=b\n",
        "ERR Invalid metadata value, name argument was given multiple times",
    ),
    ("#!lua name=a flags=no-writes\n", "ERR Invalid metadata value given: flags=no-writes"),
    ("#!lua name=\n", f"ERR Library{NAMES}"),
    ("#!lua name='a b'\n", f"ERR Library{NAMES}"),
    ("#!js name=a\n", "ERR Engine 'js' not found"),
    ("#!lua name=a\n", "ERR No functions registered"),
    ("#!lua name=taken\n", "ERR Library 'taken' already exists"),
    ("#!LUA NAME=b\nredis.register_function('b', redis.log)", b"b"),
    ('#!lua "name=c"\nredis.register_function("c", redis.log)', b"c"),
]


def api(text: str) -> differs:
    """An error text that names the table of the server's functions."""
    return differs(redis=LOADING + text, valkey=LOADING + text.replace("redis.", "server."))


def unknown(name: str) -> str:
    """The error of a library that looks for what it cannot see yet."""
    return (
        f"{LOADING}user_function:2: Script attempted to access nonexistent global variable '{name}'"
    )


LIBRARIES = [
    ("x = =", "ERR Error compiling function: user_function:2: unexpected symbol near '='"),
    ("x = 1", f"{LOADING}user_function:2: Attempt to modify a readonly table"),
    ("redis.x = 1", f"{LOADING}user_function:2: Attempt to modify a readonly table"),
    ("return math.random()", unknown("math")),
    ("return KEYS", unknown("KEYS")),
    ("error('x')", unknown("error")),
    ("redis.call('ping')", unknown("call")),
    ("redis.setresp(3)", unknown("setresp")),
    ("redis.set_repl(redis.REPL_NONE)", unknown("set_repl")),
    ("redis.redis.call('ping')", unknown("redis")),
    ("local function f() f() end f()", f"{LOADING}user_function:2: stack overflow"),
    ("while 1 do end", f"{LOADING}FUNCTION LOAD timeout"),
    ("return 1", "ERR No functions registered"),
    ("redis.log(1)", api("redis.log() requires two arguments or more.")),
    ("redis.register_function()", api("wrong number of arguments to redis.register_function")),
    (
        "redis.register_function('a', redis.log, 1)",
        api("wrong number of arguments to redis.register_function"),
    ),
    (
        "redis.register_function('a')",
        api(
            "calling redis.register_function with a single argument is only applicable to Lua"
            " table (representing named arguments)."
        ),
    ),
    (
        "redis.register_function(nil, redis.log)",
        api("first argument to redis.register_function must be a string"),
    ),
    (
        "redis.register_function('a', 'b')",
        api("second argument to redis.register_function must be a function"),
    ),
    ("redis.register_function('a b', redis.log)", f"{LOADING}Library{NAMES}"),
    ("redis.register_function('a\\0', redis.log)", f"{LOADING}Library{NAMES}"),
    ("redis.register_function('', redis.log)", f"{LOADING}Library{NAMES}"),
    (
        "redis.register_function('a', redis.log) redis.register_function('a', redis.log)",
        f"{LOADING}Function already exists in the library",
    ),
    ("redis.register_function('TAKEN', redis.log)", "ERR Function TAKEN already exists"),
    ("redis.register_function(1, redis.log)", b"lib"),
    (
        "redis.register_function{function_name='a'}",
        api("redis.register_function must get a callback argument"),
    ),
    (
        "redis.register_function{callback=redis.log}",
        api("redis.register_function must get a function name argument"),
    ),
    (
        "redis.register_function{function_name=redis.log}",
        api("function_name argument given to redis.register_function must be a string"),
    ),
    (
        "redis.register_function{description={}}",
        api("description argument given to redis.register_function must be a string"),
    ),
    (
        "redis.register_function{callback='b'}",
        api("callback argument given to redis.register_function must be a function"),
    ),
    (
        "redis.register_function{[true]='a'}",
        api("named argument key given to redis.register_function is not a string"),
    ),
    (
        "redis.register_function{x='a'}",
        api("unknown argument given to redis.register_function"),
    ),
    (
        "redis.register_function{flags='x'}",
        api(
            "flags argument to redis.register_function must be a table representing function flags"
        ),
    ),
    ("redis.register_function{flags={'x'}}", f"{LOADING}unknown flag given"),
    ("redis.register_function{flags={redis.log}}", f"{LOADING}unknown flag given"),
    ("redis.register_function{Function_Name='a', CALLBACK=redis.log}", b"lib"),
]

BODY = """#!lua name=lib
redis.register_function('echo', function(keys, args) return {keys, args} end)
redis.register_function('set', function(keys) return redis.call('set', keys[1], 'v') end)
redis.register_function('fails', function() error('x') end)
redis.register_function('nope', function() return redis.call('nope') end)
redis.register_function('globals', function() return KEYS end)
redis.register_function('nests', function() return redis.call('fcall', 'echo', 0) end)
redis.register_function('late', function() redis.register_function('x', redis.log) end)
redis.register_function('changes', function() redis.x = 1 end)
redis.register_function('selects', function() return redis.call('select', 3) end)
redis.register_function('map', function() redis.setresp(3) return redis.call('hgetall', 'h') end)
redis.register_function{
  function_name='reads', callback=function(keys) return redis.call('get', keys[1]) end,
  flags={'no-writes'}, description='reads a key'
}
redis.register_function{
  function_name='lies', callback=function(keys) return redis.call('set', keys[1], 'v') end,
  flags={'NO-WRITES', 'allow-stale', 'no-writes'}
}
"""

MAY_WRITE = "ERR Can not execute a script with write flag using *_ro command."

CALLS = [
    (("FCALL", "echo", 2, "a", "b", "c"), [[b"a", b"b"], [b"c"]]),
    (("FCALL", "ECHO", 0), [[], []]),
    (("FCALL", "set", 1, "k"), b"OK"),
    (("FCALL", "reads", 1, "k"), b"v"),
    (("FCALL_RO", "reads", 1, "k"), b"v"),
    (("FCALL_RO", "set", 1, "k"), MAY_WRITE),
    (
        ("FCALL", "lies", 1, "k"),
        "ERR Write commands are not allowed from read-only scripts."
        " script: lies, on @user_function:17.",
    ),
    (("FCALL", "fails", 0), "ERR user_function:4: x script: fails, on @user_function:4."),
    (
        ("FCALL", "nope", 0),
        differs(
            redis="ERR Unknown Redis command called from script script: nope, on @user_function:5.",
            valkey="ERR Unknown command called from script script: nope, on @user_function:5.",
        ),
    ),
    (
        ("FCALL", "globals", 0),
        "ERR user_function:6: Script attempted to access nonexistent global variable 'KEYS'"
        " script: globals, on @user_function:6.",
    ),
    (
        ("FCALL", "nests", 0),
        "ERR This Redis command is not allowed from script script: nests, on @user_function:7.",
    ),
    (
        ("FCALL", "late", 0),
        "ERR user_function:8: attempt to call field 'register_function' (a nil value)"
        " script: late, on @user_function:8.",
    ),
    (
        ("FCALL", "changes", 0),
        "ERR user_function:9: Attempt to modify a readonly table"
        " script: changes, on @user_function:9.",
    ),
    (("FCALL", "selects", 0), b"OK"),
    (("GET", "k"), b"v"),
    (("HSET", "h", "f", "v"), 1),
    (("FCALL", "map", 0), [b"f", b"v"]),
    (("FCALL", "missing", "x"), "ERR Function not found"),
    (("FCALL", "echo", "x"), "ERR Bad number of keys provided"),
    (("FCALL", "echo", "-1"), "ERR Number of keys can't be negative"),
    (("FCALL", "echo", "2", "a"), "ERR Number of keys can't be greater than number of args"),
    (("FCALL", "echo"), "ERR wrong number of arguments for 'fcall' command"),
    (("COMMAND", "GETKEYS", "FCALL", "echo", "1", "a", "b"), [b"a"]),
]

MISTAKES = [
    (("FUNCTION",), "ERR wrong number of arguments for 'function' command"),
    (("FUNCTION", "X"), "ERR unknown subcommand 'X'. Try FUNCTION HELP."),
    (("FUNCTION", "LOAD"), "ERR wrong number of arguments for 'function|load' command"),
    (("FUNCTION", "LOAD", "x", "y"), "ERR Unknown option given: x"),
    (("FUNCTION", "DELETE", "x"), "ERR Library not found"),
    (("FUNCTION", "LIST", "x"), "ERR Unknown argument x"),
    (("FUNCTION", "LIST", "LIBRARYNAME"), "ERR library name argument was not given"),
    (("FUNCTION", "LIST", "WITHCODE", "withcode"), "ERR Unknown argument withcode"),
    (("FUNCTION", "KILL"), "NOTBUSY No scripts in execution right now."),
    (("FUNCTION", "FLUSH", "x"), "ERR FUNCTION FLUSH only supports SYNC|ASYNC option"),
    (
        ("FUNCTION", "FLUSH", "sync", "x"),
        "ERR unknown subcommand or wrong number of arguments for 'FLUSH'. Try FUNCTION HELP.",
    ),
    (("FUNCTION", "RESTORE", "x"), "ERR DUMP payload version or checksum are wrong"),
    (
        ("FUNCTION", "RESTORE", "x", "y"),
        "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.",
    ),
    (
        ("FUNCTION", "RESTORE", "x", "y", "z"),
        "ERR unknown subcommand or wrong number of arguments for 'RESTORE'. Try FUNCTION HELP.",
    ),
]


def library(name: str, *functions: str) -> str:
    """The code of a library whose functions return its name."""
    lines = [
        f"redis.register_function('{each}', function() return '{name}' end)" for each in functions
    ]
    return "\n".join([f"#!lua name={name}", *lines])


def said(reply):
    """A reply as the tables have it: an error as its line."""
    return str(reply) if isinstance(reply, Exception) else reply


def names(wire):
    """The libraries that there are, with the names of their functions."""
    return {told[1]: {function[1] for function in told[5]} for told in wire("FUNCTION", "LIST")}


@pytest.mark.parametrize(("code", "reply"), METADATA)
def test_the_first_line_names_the_library(wire, code, reply):
    wire("FUNCTION", "LOAD", library("taken", "t"))

    assert said(wire("FUNCTION", "LOAD", code)) == reply


@pytest.mark.parametrize(("code", "reply"), LIBRARIES)
def test_a_library_is_loaded_as_a_whole_or_not_at_all(server, wire, code, reply):
    wire("FUNCTION", "LOAD", library("other", "taken"))
    wire("FUNCTION", "LOAD", library("lib", "before"))

    assert said(wire("FUNCTION", "LOAD", "REPLACE", f"#!lua name=lib\n{code}")) == differs.on(
        server, reply
    )
    if reply != b"lib":
        assert names(wire) == {b"other": {b"taken"}, b"lib": {b"before"}}


@pytest.mark.parametrize(("words", "reply"), MISTAKES)
def test_what_is_no_call_is_refused(wire, words, reply):
    assert said(wire(*words)) == reply


def test_functions_are_called_with_their_keys_and_arguments(server, wire):
    assert wire("FUNCTION", "LOAD", BODY) == b"lib"
    found = [(words, said(wire(*words))) for words, _ in CALLS]
    assert found == [(words, differs.on(server, reply)) for words, reply in CALLS]


def test_a_list_tells_of_functions_and_their_flags(wire, wire3):
    code = (
        "#!lua name=one\nredis.register_function{function_name='f', callback=redis.log,"
        " description='d', flags={'allow-oom', 'no-writes'}}"
    )
    wire("FUNCTION", "LOAD", code)
    function = [b"name", b"f", b"description", b"d", b"flags", [b"no-writes", b"allow-oom"]]
    told = [b"library_name", b"one", b"engine", b"LUA", b"functions", [function]]

    assert wire("FUNCTION", "LIST") == [told]
    assert wire("FUNCTION", "LIST", "withcode", "libraryname", "O*") == [
        [*told, b"library_code", code.encode()]
    ]
    assert wire("FUNCTION", "LIST", "LIBRARYNAME", "x*") == []
    assert wire3("FUNCTION", "LIST")[0][b"functions"][0][b"flags"] == [b"no-writes", b"allow-oom"]


def test_libraries_are_counted(wire, wire3):
    wire("FUNCTION", "LOAD", library("one", "a", "b"))
    wire("FUNCTION", "LOAD", library("two", "c"))
    counts = [b"libraries_count", 2, b"functions_count", 3]

    assert wire("FUNCTION", "STATS") == [b"running_script", None, b"engines", [b"LUA", counts]]
    assert wire3("FUNCTION", "STATS") == {
        b"running_script": None,
        b"engines": {b"LUA": {b"libraries_count": 2, b"functions_count": 3}},
    }
    assert b"number_of_functions:3\r\nnumber_of_libraries:2\r\n" in wire("INFO", "memory")


def test_libraries_do_not_share_their_locals(wire):
    for name, start in (("a", 1), ("b", 5)):
        counting = f"redis.register_function('{name}', function() n = n + 1 return n end)"
        wire("FUNCTION", "LOAD", f"#!lua name={name}\nlocal n = {start}\n{counting}")

    assert [wire("FCALL", name, 0) for name in ("a", "b", "a", "b")] == [2, 6, 3, 7]


def test_what_the_library_sees_while_loading_stays_sealed_in_its_functions(wire):
    wire(
        "FUNCTION",
        "LOAD",
        "#!lua name=a\nlocal lib = redis\n"
        "lib.register_function('change', function() lib.math = math end)\n"
        "lib.register_function('register', function() lib.register_function('x', redis.log) end)",
    )

    assert "Attempt to modify a readonly table" in str(wire("FCALL", "change", 0))
    assert "can only be called on FUNCTION LOAD command" in str(wire("FCALL", "register", 0))


def test_functions_outlive_the_data(wire):
    wire("FUNCTION", "LOAD", library("one", "a"))
    wire("FLUSHALL")
    wire("FLUSHDB")
    wire("SCRIPT", "FLUSH")

    assert wire("FCALL", "a", 0) == b"one"
    assert wire("FUNCTION", "DELETE", "one") == b"OK"
    assert str(wire("FCALL", "a", 0)) == "ERR Function not found"


def test_a_dump_is_restored_by_the_policy(wire):
    wire("FUNCTION", "LOAD", library("one", "a"))
    wire("FUNCTION", "LOAD", library("two", "b"))
    dump = wire("FUNCTION", "DUMP")

    assert str(wire("FUNCTION", "RESTORE", dump)) in {
        "ERR Library one already exists",
        "ERR Library two already exists",
    }
    wire("FUNCTION", "LOAD", library("three", "c"))
    assert wire("FUNCTION", "RESTORE", dump, "REPLACE") == b"OK"
    assert names(wire) == {b"one": {b"a"}, b"two": {b"b"}, b"three": {b"c"}}
    assert wire("FUNCTION", "RESTORE", dump, "flush") == b"OK"
    assert names(wire) == {b"one": {b"a"}, b"two": {b"b"}}
    wire("FUNCTION", "FLUSH")
    wire("FUNCTION", "LOAD", library("three", "b"))
    assert str(wire("FUNCTION", "RESTORE", dump, "REPLACE")) == "ERR Function b already exists"
    assert names(wire) == {b"three": {b"b"}}


@pytest.fixture(params=["redis", "valkey"])
def judge(request: pytest.FixtureRequest, real_servers: RealServers) -> Iterator[Wire]:
    """A connection to a real server, whatever is tested."""
    real = clean_real_server(real_servers, request.param)
    wire = Wire(real.host, real.port)
    yield wire
    wire.close()


@pytest.mark.targets("mock", "mock-redis")
def test_dumps_go_from_the_mock_to_real_servers_and_back(server, wire, judge):
    older, newer = (wire, judge) if server.line == "redis" else (judge, wire)
    same = (b"server_name:valkey" in judge("INFO", "server")) == (server.line == "valkey")
    older("FUNCTION", "LOAD", BODY)
    newer("FUNCTION", "LOAD", BODY)
    dump = older("FUNCTION", "DUMP")

    assert (newer("FUNCTION", "DUMP") == dump) is same
    assert newer("FUNCTION", "RESTORE", dump, "FLUSH") == b"OK"
    assert newer("FCALL", "echo", 1, "k") == [[b"k"], []]
    if not same and server.line == "redis":
        assert str(older("FUNCTION", "RESTORE", newer("FUNCTION", "DUMP"))) == (
            "ERR DUMP payload version or checksum are wrong"
        )


@pytest.mark.parametrize("words", [("LOAD", BODY), ("RESTORE", b"x")])
def test_libraries_need_memory(wire, words):
    wire("CONFIG", "SET", "maxmemory", 1)

    assert str(wire("FUNCTION", *words)).startswith("OOM command not allowed")


@pytest.mark.parametrize(
    ("flags", "reply"),
    [
        ("", "OOM command not allowed when used memory > 'maxmemory'."),
        ("'allow-oom'", b"OK"),
        (
            "'no-writes'",
            "ERR Write commands are not allowed from read-only scripts."
            " script: f, on @user_function:2.",
        ),
    ],
)
def test_flags_say_whether_a_function_may_need_memory(wire, flags, reply):
    wire(
        "FUNCTION",
        "LOAD",
        "#!lua name=lib\nredis.register_function{function_name='f', callback=function()"
        f" return redis.call('set', 'x', '1') end, flags={{{flags}}}}}",
    )
    wire("CONFIG", "SET", "maxmemory", 1)

    assert said(wire("FCALL", "f", 0)) == reply


def test_a_script_that_declares_flags_is_asked_for_memory_before_it_runs(wire):
    wire("CONFIG", "SET", "maxmemory", 1)

    assert str(wire("EVAL", "#!lua flags=\nreturn 1", 0)).startswith("OOM command not allowed")
    assert wire("EVAL", "#!lua flags=no-writes\nreturn 1", 0) == 1
    assert wire("EVAL", "#!lua flags=allow-oom\nreturn redis.call('set', 'x', 1)", 0) == b"OK"
    assert wire("EVAL", "return 1", 0) == 1
    assert str(wire("EVAL", "return redis.call('set', 'x', 1)", 0)).startswith("OOM command not")
    wire("MULTI")
    assert str(wire("EVAL", "#!lua\nreturn 1", 0)).startswith("OOM command not allowed")


def test_a_pause_of_writes_concerns_only_functions_that_may_write(connect, wire):
    wire("FUNCTION", "LOAD", BODY)
    wire("CLIENT", "PAUSE", 60_000, "WRITE")
    waiting = connect()
    waiting.send("FCALL", "set", 1, "k")

    assert wire("FCALL", "reads", 1, "k") is None
    wire("CLIENT", "UNPAUSE")
    assert waiting.read() == b"OK"
