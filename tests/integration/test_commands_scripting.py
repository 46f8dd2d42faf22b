"""EVAL and its kin and SCRIPT, on the mock and on the real servers.

What scripts see and say stands beside this, in test_commands_scripting_*.py.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import bullmq
import pytest
import redis.lock

from tests.integration.scripts import differs

RETURN_1 = hashlib.sha1(b"return 1").hexdigest()
NO_SCRIPT = differs(
    redis="NOSCRIPT No matching script. Please use EVAL.", valkey="NOSCRIPT No matching script."
)


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        (("EVAL",), "ERR wrong number of arguments for 'eval' command"),
        (("EVAL", "return 1"), "ERR wrong number of arguments for 'eval' command"),
        (("EVALSHA", "x"), "ERR wrong number of arguments for 'evalsha' command"),
        (("EVAL", "return 1", "x"), "ERR value is not an integer or out of range"),
        (("EVAL", "x = = 1", "-1"), "ERR Number of keys can't be negative"),
        (
            ("EVAL", "return 1", "2", "a"),
            "ERR Number of keys can't be greater than number of args",
        ),
        (("EVAL", "return 1", "9" * 20), "ERR value is not an integer or out of range"),
        (("EVALSHA", "a" * 40, "x"), "ERR value is not an integer or out of range"),
        (("EVALSHA", "abc", "0"), NO_SCRIPT),
        (("EVALSHA", "a" * 40, "0"), NO_SCRIPT),
        (("EVALSHA_RO", "a" * 40, "0"), NO_SCRIPT),
        (
            ("EVAL_RO", "#!lua\nreturn 1", "0"),
            "ERR Can not execute a script with write flag using *_ro command.",
        ),
        (("SCRIPT",), "ERR wrong number of arguments for 'script' command"),
        (("SCRIPT", "NOPE"), "ERR unknown subcommand 'NOPE'. Try SCRIPT HELP."),
        (("SCRIPT", "EXISTS"), "ERR wrong number of arguments for 'script|exists' command"),
        (("SCRIPT", "LOAD"), "ERR wrong number of arguments for 'script|load' command"),
        (("SCRIPT", "FLUSH", "x"), "ERR SCRIPT FLUSH only support SYNC|ASYNC option"),
        (("SCRIPT", "FLUSH", "ASYNC", "x"), "ERR SCRIPT FLUSH only support SYNC|ASYNC option"),
        (("SCRIPT", "KILL"), "NOTBUSY No scripts in execution right now."),
        (("SCRIPT", "DEBUG", "x"), "ERR Use SCRIPT DEBUG YES/SYNC/NO"),
        (
            ("SCRIPT", "LOAD", "x = = 1"),
            "ERR Error compiling script (new function): user_script:1: unexpected symbol near '='",
        ),
        (("SCRIPT", "LOAD", "#!lua flags=q\nx"), "ERR Unexpected flag in script shebang: q"),
    ],
)
def test_what_cannot_be_called_is_refused(server, wire, words, reply):
    assert str(wire(*words)) == differs.on(server, reply)


def test_keys_and_arguments_are_told_apart(wire):
    script = "return {#KEYS, #ARGV, KEYS[1], KEYS[2], ARGV[1], ARGV[2]}"
    assert wire("EVAL", script, 2, "a", "b", "c", "d") == [2, 2, b"a", b"b", b"c", b"d"]
    assert wire("EVAL", script, 0, "a", "b") == [0, 2]
    assert wire("EVAL", "return {KEYS, ARGV}", 1, b"\xff\x00", b"\r\n") == [
        [b"\xff\x00"],
        [b"\r\n"],
    ]


def test_many_keys_and_arguments_arrive(wire):
    words = [f"w{number}" for number in range(3_000)]
    script = "return {#KEYS, #ARGV, KEYS[1000], ARGV[2000]}"
    assert wire("EVAL", script, 1_000, *words) == [1_000, 2_000, b"w999", b"w2999"]


def test_a_script_is_known_by_its_sha_until_the_cache_is_flushed(wire):
    assert wire("SCRIPT", "EXISTS", RETURN_1, "x") == [0, 0]
    assert wire("EVAL", "return 1", 0) == 1
    assert wire("EVALSHA", RETURN_1, 0) == 1
    assert wire("EVALSHA", RETURN_1.upper(), 0) == 1
    assert wire("SCRIPT", "LOAD", "return 2") == hashlib.sha1(b"return 2").hexdigest().encode()
    assert wire(
        "SCRIPT", "EXISTS", RETURN_1.upper(), "x", hashlib.sha1(b"return 2").hexdigest()
    ) == [
        1,
        0,
        1,
    ]
    assert wire("SCRIPT", "FLUSH") == b"OK"
    assert wire("SCRIPT", "EXISTS", RETURN_1) == [0]
    assert wire("SCRIPT", "FLUSH", "async") == wire("SCRIPT", "FLUSH", "SYNC") == b"OK"
    assert wire("SCRIPT", "DEBUG", "no") == b"OK"


@pytest.mark.targets("mock", "valkey")  # SCRIPT SHOW is Valkey's
def test_script_show_gives_the_text_back(wire):
    sha = wire("SCRIPT", "LOAD", "#!lua\nreturn 1")
    assert wire("SCRIPT", "SHOW", sha) == wire("SCRIPT", "SHOW", sha.upper()) == b"#!lua\nreturn 1"
    assert str(wire("SCRIPT", "SHOW", "x")) == "NOSCRIPT No matching script."
    assert wire("SCRIPT", "HELP")[-2:] == [b"HELP", b"    Print this help."]


@pytest.mark.targets("mock", "valkey")  # Redis forgets scripts from 7.4 on
def test_of_scripts_that_only_eval_brought_500_are_kept(wire):
    shas = [hashlib.sha1(b"return %d" % number).hexdigest() for number in range(502)]
    wire("SCRIPT", "LOAD", "return 0")
    for number in range(501):
        wire("EVAL", f"return {number}", 0)
    assert wire("SCRIPT", "EXISTS", *shas[:3]) == [1, 1, 1]
    wire("EVALSHA", shas[1], 0)  # used again: the next to go is the one after it
    wire("EVAL", "return 501", 0)
    assert wire("SCRIPT", "EXISTS", *shas[:4]) == [1, 1, 0, 1]


def test_a_script_that_was_loaded_after_eval_stays(wire):
    wire("EVAL", "return 1", 0)
    wire("SCRIPT", "LOAD", "return 1")
    for number in range(500):
        wire("EVAL", f"return {number} + 1000", 0)
    assert wire("SCRIPT", "EXISTS", RETURN_1) == [1]


def test_a_script_that_does_not_compile_is_not_kept(wire):
    wire("EVAL", "x = = 1", 0)
    assert wire("SCRIPT", "EXISTS", hashlib.sha1(b"x = = 1").hexdigest()) == [0]


def test_read_only_calls_may_read_and_not_write(wire):
    wire("SET", "k", "v")
    script = "return redis.call('get', KEYS[1])"
    sha = wire("SCRIPT", "LOAD", script)
    assert wire("EVAL_RO", script, 1, "k") == wire("EVALSHA_RO", sha, 1, "k") == b"v"
    assert "Write commands are not allowed from read-only scripts." in str(
        wire("EVAL_RO", "return redis.call('del', 'k')", 0)
    )
    assert wire("EVAL_RO", "#!lua flags=no-writes\nreturn redis.call('get', 'k')", 0) == b"v"
    assert wire("EXISTS", "k") == 1


def test_what_was_written_before_an_error_stays_written(wire):
    assert "ERR user_script:1: stop" in str(
        wire("EVAL", "redis.call('set', 'k', 1) error('stop')", 0)
    )
    assert wire("GET", "k") == b"1"


def test_select_inside_a_script_is_the_scripts_own(wire):
    wire("EVAL", "redis.call('select', 3) redis.call('set', 'k', 'three')", 0)
    assert wire("GET", "k") is None
    assert wire("EVAL", "return redis.call('get', 'k')", 0) is None
    wire("SELECT", 3)
    assert wire("GET", "k") == b"three"
    assert wire("EVAL", "return redis.call('get', 'k')", 0) == b"three"


def test_scripts_run_inside_a_transaction(wire):
    wire("MULTI")
    wire("EVAL", "return redis.call('incr', KEYS[1])", 1, "n")
    wire("EVAL", "return foo", 0)
    wire("INCR", "n")
    first, second, third = wire("EXEC")
    assert (first, third) == (1, 2)
    assert "nonexistent global variable 'foo'" in str(second)


def test_nothing_waits_inside_a_script(wire):
    assert wire("EVAL", "redis.call('rpush', 'l', 'a') return redis.call('rpop', 'l')", 0) == b"a"
    wire("XADD", "s", "1-1", "f", "v")
    assert wire("EVAL", "return redis.call('xread', 'STREAMS', 's', '1-1')", 0) is None


def test_a_watched_key_that_a_script_changed_breaks_the_transaction(connect):
    watcher, other = connect(), connect()
    watcher("WATCH", "k")
    other("EVAL", "redis.call('set', 'k', 1)", 0)
    watcher("MULTI")
    watcher("PING")
    assert watcher("EXEC") is None


def test_a_script_wakes_who_waits_only_when_it_has_ended(connect):
    waiter, writer = connect(), connect()
    waiter.send("BLPOP", "l", 0)
    while b"cmd=blpop" not in writer("CLIENT", "LIST"):
        pass
    script = (
        "redis.call('rpush', 'l', 'a') redis.call('rpush', 'l', 'b') return redis.call('lpop', 'l')"
    )
    assert writer("EVAL", script, 0) == b"a"
    assert waiter.read() == [b"l", b"b"]


def test_the_locks_of_redis_py_run(wire):
    lock = redis.lock.Lock
    wire("SET", "lock", "token", "PX", 100_000)
    assert wire("EVAL", lock.LUA_EXTEND_SCRIPT, 1, "lock", "other", 10_000, "0") == 0
    assert wire("EVAL", lock.LUA_EXTEND_SCRIPT, 1, "lock", "token", 10_000, "0") == 1
    assert wire("EVAL", lock.LUA_REACQUIRE_SCRIPT, 1, "lock", "token", 50_000) == 1
    assert wire("EVAL", lock.LUA_RELEASE_SCRIPT, 1, "lock", "other") == 0
    assert wire("EVAL", lock.LUA_RELEASE_SCRIPT, 1, "lock", "token") == 1
    assert wire("EXISTS", "lock") == 0


def test_every_script_of_bullmq_loads(wire):
    scripts = sorted(Path(bullmq.__file__).with_name("commands").glob("*.lua"))
    assert len(scripts) > 50
    for path in scripts:
        source = path.read_bytes()
        assert wire("SCRIPT", "LOAD", source) == hashlib.sha1(source).hexdigest().encode(), (
            path.name
        )
