"""Scripts that take long: what the others are told meanwhile, and how they are ended."""

from __future__ import annotations

import pytest

from mock_backend import MockServer
from tests.integration.scripts import differs
from tests.integration.wire import Wire
from tests.targets import running

LIBRARY = """#!lua name=lib
redis.register_function('endless', function() while true do end end)
redis.register_function('stubborn', function()
  while true do pcall(function() while true do redis.call('ping') end end) end
end)
"""
KILLED = "ERR Script killed by user with SCRIPT KILL..."
UNKILLABLE = (
    "UNKILLABLE Sorry the script already executed write commands against the dataset. You can"
    " either wait the script termination or kill the server in a hard way using the SHUTDOWN"
    " NOSAVE command."
)


def busy(killer: str) -> differs:
    """What nearly every command is answered."""
    text = f"is busy running a script. You can only call {killer} KILL or SHUTDOWN NOSAVE."
    return differs(redis=f"BUSY Redis {text}", valkey=f"BUSY Valkey {text}")


def wait_until_busy(wire: Wire) -> None:
    """Asks until it is told that a script takes long."""
    for _ in range(100_000):
        if str(wire("PING")).startswith("BUSY"):
            return
    pytest.fail("the server never was busy")


@pytest.fixture
def slow(connect) -> Wire:
    """A connection to run slow scripts on; they are slow after 5 milliseconds."""
    wire = connect()
    wire("CONFIG", "SET", "busy-reply-threshold", 5)
    return wire


@pytest.mark.parametrize(
    "script",
    [
        "while true do end",
        "while true do pcall(function() while true do redis.call('ping') end end) end",
        "coroutine.wrap(function() while true do end end)()",
        "local function again() return again() end again()",
        "#!lua flags=no-writes\nwhile true do end",
    ],
)
def test_an_endless_script_can_be_killed(slow, wire, script):
    slow.send("EVAL", script, 0)
    wait_until_busy(wire)

    assert wire("SCRIPT", "KILL") == b"OK"
    assert str(slow.read()).startswith(KILLED)
    assert wire("PING") == b"PONG"
    assert str(wire("SCRIPT", "KILL")) == "NOTBUSY No scripts in execution right now."


def test_a_killed_script_names_its_line(slow, wire):
    slow.send("EVAL", "\nwhile true do end", 0)
    wait_until_busy(wire)
    wire("SCRIPT", "KILL")

    assert str(slow.read()).endswith(", on @user_script:2.")


def test_the_others_are_told_that_a_script_runs(server, slow, connect):
    other, third, in_multi = connect(), connect(), connect()
    in_multi("MULTI")
    slow.send("EVAL", "while true do end", 0)
    wait_until_busy(other)
    late = connect()
    text = differs.on(server, busy("SCRIPT"))

    for words in (("GET", "k"), ("FUNCTION", "STATS"), ("FUNCTION", "KILL"), ("SHUTDOWN",)):
        assert str(late(*words)) == text
    assert str(late("NOPE")).startswith("ERR unknown command 'NOPE'")
    assert str(late("GET")) == "ERR wrong number of arguments for 'get' command"
    assert third("MULTI") == b"OK"
    assert str(third("GET", "k")) == text
    assert str(third("EXEC")) == f"EXECABORT Transaction discarded because of: {text}"
    assert third("WATCH", "k") == b"OK"
    assert third("RESET") == b"RESET"
    assert str(in_multi("EXEC")) == f"EXECABORT Transaction discarded because of: {text}"
    assert late("QUIT") == b"OK"
    other("SCRIPT", "KILL")
    slow.read()
    assert third("GET", "k") is None


def test_who_came_while_a_script_ran_is_served_afterwards(slow, wire, connect):
    slow.send("EVAL", "while true do end", 0)
    wait_until_busy(wire)
    late = connect(protocol=3)
    assert str(late("GET", "k")).startswith("BUSY")
    wire("SCRIPT", "KILL")
    slow.read()

    assert late("SET", "k", "v" * 100_000) == b"OK"
    assert late("GET", "k") == b"v" * 100_000
    assert late("HELLO")[b"proto"] == 3


def test_a_function_is_killed_by_its_own_command(server, slow, wire, wire3):
    wire("FUNCTION", "LOAD", LIBRARY)
    slow.send("FCALL", "stubborn", 1, "k", "a")
    wait_until_busy(wire)

    assert str(wire("SCRIPT", "KILL")) == differs.on(server, busy("FUNCTION"))
    stats = wire3("FUNCTION", "STATS")[b"running_script"]
    assert stats.pop(b"duration_ms") >= 5
    assert stats == {b"name": b"stubborn", b"command": [b"FCALL", b"stubborn", b"1", b"k", b"a"]}
    assert wire("FUNCTION", "KILL") == b"OK"
    assert str(slow.read()).startswith(f"{KILLED} script: stubborn, on @user_function:")


def test_a_script_that_has_written_is_not_killed(slow, wire):
    slow.send(
        "EVAL",
        "redis.call('set', 'x', 1) while redis.call('time')[1] < ARGV[1] do end return 5",
        0,
        int(wire("TIME")[0]) + 2,
    )
    wait_until_busy(wire)

    assert str(wire("SCRIPT", "KILL")) == UNKILLABLE
    assert str(wire("FUNCTION", "KILL")) == UNKILLABLE
    assert slow.read() == 5
    assert wire("GET", "x") == b"1"


def test_nobody_sees_what_a_busy_script_has_half_done(slow, wire, connect):
    waiting = connect()
    waiting.send("BLPOP", "jobs", 0)
    while b"blocked_clients:1" not in wire("INFO", "clients"):
        pass
    slow.send(
        "EVAL",
        "redis.call('rpush', 'jobs', 'a') while redis.call('time')[1] < ARGV[1] do end"
        " return redis.call('lpop', 'jobs')",
        0,
        int(wire("TIME")[0]) + 2,
    )
    wait_until_busy(wire)

    assert wire("HELLO", 2)[1] is not None
    assert slow.read() == b"a"
    wire("RPUSH", "jobs", "b")
    assert waiting.read() == [b"jobs", b"b"]


def test_what_was_sent_behind_a_script_waits_for_its_end(slow, wire):
    slow.send("EVAL", "while true do end", 0)
    slow.send("PING", "after")
    wait_until_busy(wire)
    wire("SCRIPT", "KILL")

    assert str(slow.read()).startswith(KILLED)
    assert slow.read() == b"after"


def test_a_script_in_a_transaction_is_killed_alone(slow, wire):
    slow("MULTI")
    slow("EVAL", "while true do end", 0)
    slow("SET", "k", "v")
    slow.send("EXEC")
    wait_until_busy(wire)
    wire("SCRIPT", "KILL")

    killed, done = slow.read()
    assert str(killed).startswith(KILLED)
    assert done == b"OK"


def test_shutdown_nosave_ends_a_script_that_cannot_be_killed(server):
    if server.mock is not None:
        shut_down(server.host, server.port)
    else:
        with running(server.name) as own:
            shut_down(own.host, own.port)


def shut_down(host: str, port: int) -> None:
    slow, other = Wire(host, port), Wire(host, port)
    slow("CONFIG", "SET", "busy-reply-threshold", 5)
    slow.send("EVAL", "redis.call('set', 'x', 1) while true do end", 0)
    wait_until_busy(other)
    other.send("SHUTDOWN", "NOSAVE")
    for wire in (other, slow):
        with pytest.raises(ConnectionError):
            wire.read()
        wire.close()


HEAVY = (
    "return string.find(('a'):rep(30000), ('.-'):rep(12) .. 'b')",
    "return (('a'):rep(30000)):gsub(('a*'):rep(9) .. 'b', '')",
    "local t = {} table.insert(t, -2 ^ 31, 'v')",
    "local t = {} for i = 1, 20 do t[i] = t end return cmsgpack.pack(t)",
    "local t = { 1 } for i = 1, 40 do t = { t, t } end return t",
    "local function f() while true do pcall(f) end end f()",
    "while true do xpcall(error, function() while true do end end) end",
    "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
)
"""Scripts that the real servers cannot be brought to leave: they are in C, or C's stack is full."""


@pytest.mark.targets("mock")
@pytest.mark.parametrize("script", HEAVY)
def test_what_real_servers_cannot_end_can_be_killed(slow, wire, script):
    slow.send("EVAL", script, 0)
    wait_until_busy(wire)

    assert wire("SCRIPT", "KILL") == b"OK"
    assert str(slow.read()).startswith("ERR Script killed by user with")
    assert wire("PING") == b"PONG"
    assert wire("EVAL", "return ('abc'):find('b')", 0) == 2


@pytest.mark.targets("mock")
def test_a_function_in_a_catastrophic_pattern_is_killed(slow, wire):
    body = "return string.find(('a'):rep(30000), ('.-'):rep(12) .. 'b')"
    code = f"redis.register_function('harm', function() {body} end)"
    wire("FUNCTION", "LOAD", f"#!lua name=lib\n{code}")
    slow.send("FCALL", "harm", 0)
    wait_until_busy(wire)

    assert wire("FUNCTION", "KILL") == b"OK"
    assert str(slow.read()).startswith("ERR Script killed by user with")
    assert wire("PING") == b"PONG"


@pytest.mark.targets("mock")
@pytest.mark.parametrize("script", HEAVY)
def test_stopping_the_mock_ends_whatever_runs(script):
    with MockServer() as mock:
        slow, other = Wire(mock.host, mock.port), Wire(mock.host, mock.port)
        slow("CONFIG", "SET", "busy-reply-threshold", 5)
        slow.send("EVAL", script, 0)
        wait_until_busy(other)
    slow.close()
    other.close()
