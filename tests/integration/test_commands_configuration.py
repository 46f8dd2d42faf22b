"""CONFIG and COMMAND: parameters and commands, as the server tells of them, on every target."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.wire import Wire
from tests.targets import Server

FAILED = "ERR CONFIG SET failed (possibly related to argument '{}') - {}"
NO_NUMBER = "argument couldn't be parsed into an integer"
NO_MEMORY = "argument must be a memory value"
IMMUTABLE = "can't set immutable config"
PERCENTILES = "latency-tracking-info-percentiles"


def failed(name: str, why: str) -> str:
    return FAILED.format(name, why)


REPLIES = [
    (("CONFIG",), "ERR wrong number of arguments for 'config' command"),
    (("CONFIG", "FOO"), "ERR unknown subcommand 'FOO'. Try CONFIG HELP."),
    (("CONFIG", "GET"), "ERR wrong number of arguments for 'config|get' command"),
    (("CONFIG", "GET", "nosuch"), []),
    (("CONFIG", "GET", "MAXMEMORY"), [b"MAXMEMORY", b"0"]),
    (("CONFIG", "GET", "maxmemory", "maxmemory"), [b"maxmemory", b"0"]),
    (("CONFIG", "GET", "maxmemory-pol*"), [b"maxmemory-policy", b"noeviction"]),
    (("CONFIG", "GET", "slave-read-only"), [b"slave-read-only", b"yes"]),
    (("CONFIG", "SET", "maxmemory"), "ERR wrong number of arguments for 'config|set' command"),
    (("CONFIG", "SET", "maxmemory", "1", "hz"), "ERR syntax error"),
    (
        ("CONFIG", "SET", "nosuch", "1"),
        "ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'",
    ),
    (
        ("CONFIG", "SET", "maxmemory", "1gb", "maxmemory", "2gb"),
        failed("maxmemory", "duplicate parameter"),
    ),
    (("CONFIG", "SET", "databases", "3"), failed("databases", IMMUTABLE)),
    (("CONFIG", "SET", "dbfilename", "x"), failed("dbfilename", "can't set protected config")),
    (("CONFIG", "SET", "hz", "abc"), failed("hz", NO_NUMBER)),
    (("CONFIG", "SET", "hz", "+5"), failed("hz", NO_NUMBER)),
    (("CONFIG", "SET", "hz", "05"), failed("hz", NO_NUMBER)),
    (
        ("CONFIG", "SET", "maxmemory-samples", "0"),
        failed("maxmemory-samples", "argument must be between 1 and {} inclusive"),
    ),
    (("CONFIG", "SET", "maxmemory", "1e"), failed("maxmemory", NO_MEMORY)),
    (
        ("CONFIG", "SET", "repl-backlog-size", "0"),
        failed("repl-backlog-size", "argument must be between 1 and 9223372036854775807 inclusive"),
    ),
    (
        ("CONFIG", "SET", "maxmemory-clients", "500%"),
        failed("maxmemory-clients", "percentage argument must be less or equal to 100"),
    ),
    (
        ("CONFIG", "SET", "appendfsync", "x"),
        failed("appendfsync", "argument(s) must be one of the following: everysec, always, no"),
    ),
    (
        ("CONFIG", "SET", "rdbcompression", "x"),
        failed("rdbcompression", "argument must be 'yes' or 'no'"),
    ),
    (("CONFIG", "SET", "save", "900"), failed("save", "Invalid save parameters")),
    (("CONFIG", "SET", "save", "900  1"), failed("save", "Invalid save parameters")),
    (("CONFIG", "SET", "save", "0 1"), failed("save", "Invalid save parameters")),
    (
        ("CONFIG", "SET", "client-output-buffer-limit", "foo 1 2 3"),
        failed(
            "client-output-buffer-limit",
            "Invalid client class specified in buffer limit configuration.",
        ),
    ),
    (
        ("CONFIG", "SET", "client-output-buffer-limit", "normal 1 x 3"),
        failed(
            "client-output-buffer-limit",
            "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
        ),
    ),
    (
        ("CONFIG", "SET", PERCENTILES, "101"),
        failed(PERCENTILES, f"{PERCENTILES} parameters should sit between [0.0,100.0]"),
    ),
    (("CONFIG", "REWRITE"), "ERR The server is running without a config file"),
    (("CONFIG", "RESETSTAT"), b"OK"),
    (("CONFIG", "RESETSTAT", "x"), "ERR wrong number of arguments for 'config|resetstat' command"),
    (("COMMAND", "COUNT", "x"), "ERR wrong number of arguments for 'command|count' command"),
    (("COMMAND", "FOO"), "ERR unknown subcommand 'FOO'. Try COMMAND HELP."),
    (("COMMAND", "LIST", "FOO"), "ERR syntax error"),
    (("COMMAND", "LIST", "FILTERBY", "FOO", "x"), "ERR syntax error"),
    (("COMMAND", "LIST", "FILTERBY", "PATTERN"), "ERR syntax error"),
    (("COMMAND", "LIST", "FILTERBY", "PATTERN", "GET"), [b"get"]),
    (("COMMAND", "LIST", "FILTERBY", "MODULE", "foo"), []),
    (("COMMAND", "LIST", "FILTERBY", "ACLCAT", "foo"), []),
    (("COMMAND", "INFO", "nosuch", "config|nosuch"), [None, None]),
    (("COMMAND", "DOCS", "nosuch"), []),
    (("COMMAND", "GETKEYS"), "ERR wrong number of arguments for 'command|getkeys' command"),
    (("COMMAND", "GETKEYS", "foo"), "ERR Invalid command specified"),
    (("COMMAND", "GETKEYS", "ping"), "ERR The command has no key arguments"),
    (("COMMAND", "GETKEYS", "get"), "ERR Invalid number of arguments specified for command"),
    (("COMMAND", "GETKEYS", "get", "k"), [b"k"]),
    (("COMMAND", "GETKEYS", "mset", "a", "1", "b", "2"), [b"a", b"b"]),
    (("COMMAND", "GETKEYS", "eval", "x", "1", "k", "a"), [b"k"]),
    (("COMMAND", "GETKEYS", "eval", "x", "0"), []),
    (("COMMAND", "GETKEYS", "zunionstore", "d", "2", "a", "b"), [b"d", b"a", b"b"]),
    (("COMMAND", "GETKEYS", "sort", "k", "store", "d"), [b"k", b"d"]),
    (("COMMAND", "GETKEYS", "xread", "streams", "a", "b", "0", "0"), [b"a", b"b"]),
    (("COMMAND", "GETKEYS", "memory", "usage", "k"), [b"k"]),
    (("COMMAND", "GETKEYSANDFLAGS", "set", "k", "v"), [[b"k", [b"OW", b"update"]]]),
    (
        ("COMMAND", "GETKEYSANDFLAGS", "set", "k", "v", "GET"),
        [[b"k", [b"RW", b"access", b"update"]]],
    ),
    (
        ("COMMAND", "GETKEYSANDFLAGS", "lmove", "a", "b", "left", "left"),
        [[b"a", [b"RW", b"access", b"delete"]], [b"b", [b"RW", b"insert"]]],
    ),
    (
        ("COMMAND", "GETKEYSANDFLAGS", "sort", "a", "STORE", "b"),
        [[b"a", [b"RO", b"access"]], [b"b", [b"OW", b"update"]]],
    ),
    (
        ("COMMAND", "GETKEYSANDFLAGS", "eval", "x", "1", "k"),
        [[b"k", [b"RW", b"access", b"update"]]],
    ),
]


@pytest.mark.parametrize(
    ("words", "reply"),
    REPLIES,
    ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else "",
)
def test_a_reply_of_config_and_command(
    server: Server, wire: Wire, words: tuple[str, ...], reply: Any
) -> None:
    if server.line == "redis" and words[:2] == ("COMMAND", "GETKEYS") and len(words) == 3:
        reply = "ERR wrong number of arguments for 'command|getkeys' command"
    answer = wire(*words)
    if isinstance(reply, str) and "{}" in reply:  # the largest number of samples has changed
        reply = reply.format(2147483647 if server.line == "redis" else 64)
    assert (str(answer) if isinstance(reply, str) else answer) == reply


@pytest.mark.parametrize(
    ("name", "given", "shown"),
    [
        ("maxmemory", "10MB", "10485760"),
        ("maxmemory", "10m", "10000000"),
        ("maxmemory-clients", "5%", "5%"),
        ("hz", "1000", "500"),
        ("loglevel", "DEBUG", "debug"),
        ("rdbcompression", "NO", "no"),
        ("save", "900 1 300 10", "900 1 300 10"),
        ("save", "", ""),
        (
            "client-output-buffer-limit",
            "normal 1mb 2mb 3",
            "normal 1048576 2097152 3 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
        ),
        ("latency-tracking-info-percentiles", "50 99.5", "50 99.5"),
        ("zset-max-ziplist-entries", "7", "7"),
        ("oom-score-adj-values", "1 2 3", "1 2 3"),
    ],
)
def test_a_value_is_shown_in_its_plain_form(wire: Wire, name: str, given: str, shown: str) -> None:
    assert wire("CONFIG", "SET", name, given) == b"OK"
    assert wire("CONFIG", "GET", name) == [name.encode(), shown.encode()]


def test_a_log_may_say_nothing_since_7_2(server: Server, wire: Wire) -> None:
    answer = wire("CONFIG", "SET", "loglevel", "nothing")
    if server.line == "redis":
        assert str(answer) == failed(
            "loglevel",
            "argument(s) must be one of the following: debug, verbose, notice, warning",
        )
    else:
        assert answer == b"OK"


def test_other_spellings_are_the_same_parameter(wire: Wire) -> None:
    wire("CONFIG", "SET", "hash-max-ziplist-entries", 7)
    assert wire("CONFIG", "GET", "hash-max-listpack-entries")[1] == b"7"


def test_config_set_changes_all_or_nothing(wire: Wire) -> None:
    answer = wire("CONFIG", "SET", "maxmemory", "100mb", "hz", "abc")
    assert str(answer) == failed("hz", NO_NUMBER)
    assert wire("CONFIG", "GET", "maxmemory")[1] == b"0"
    assert wire("CONFIG", "SET", "maxmemory", "100mb", "timeout", "10") == b"OK"
    assert wire("CONFIG", "GET", "maxmemory")[1] == b"104857600"


@pytest.mark.targets("mock", "valkey")  # both are Valkey 8.0
def test_every_parameter_of_valkey_is_there(wire3: Wire) -> None:
    told = wire3("CONFIG", "GET", "*")
    assert len(told) == 214
    assert told[b"maxmemory-eviction-tenacity"] == b"10"
    assert told[b"port"] != b"0"


def test_config_get_is_a_map_in_resp3(wire3: Wire) -> None:
    assert wire3("CONFIG", "GET", "maxmemory", "hz") == {b"maxmemory": b"0", b"hz": b"10"}


def test_command_info_describes_a_command(wire: Wire) -> None:
    ((name, arity, flags, first, last, step, categories, tips, specs, subcommands),) = wire(
        "COMMAND", "INFO", "mset"
    )
    assert (name, arity, first, last, step) == (b"mset", -3, 1, -1, 2)
    assert sorted(flags) == [b"denyoom", b"write"]
    assert set(categories) == {b"@write", b"@string", b"@slow"}
    assert b"request_policy:multi_shard" in tips
    assert subcommands == []
    spec = [b"type", b"range", b"spec", [b"lastkey", -1, b"keystep", 2, b"limit", 0]]
    assert specs[0][-1] == spec


def test_command_info_of_a_container_holds_its_subcommands(wire: Wire) -> None:
    (config, get) = wire("COMMAND", "INFO", "config", "CONFIG|GET")
    assert config[1] == -2
    names = {subcommand[0] for subcommand in config[9]}
    assert names == {
        f"config|{name}".encode() for name in ("get", "set", "resetstat", "rewrite", "help")
    }
    assert get[0] == b"config|get"


def test_command_lists_every_command_once(wire: Wire) -> None:
    everything = wire("COMMAND")
    assert len(everything) == wire("COMMAND", "COUNT")
    names = {entry[0] for entry in everything}
    assert len(names) == len(everything)
    assert {b"get", b"client", b"xread"} <= names
    assert set(wire("COMMAND", "LIST")) == names | {
        subcommand[0] for entry in everything for subcommand in entry[9]
    }
    assert wire("COMMAND", "INFO") != []


def test_command_docs_tells_of_arguments(wire3: Wire) -> None:
    told = wire3("COMMAND", "DOCS", "SET", "client")
    document = told[b"set"]
    assert document[b"since"] == b"1.0.0"
    assert document[b"group"] == b"string"
    key, value, condition, *_ = document[b"arguments"]
    assert (key[b"name"], key[b"type"], key[b"key_spec_index"]) == (b"key", b"key", 0)
    assert value[b"type"] == b"string"
    assert condition[b"type"] == b"oneof"
    assert [each[b"token"] for each in condition[b"arguments"]] == [b"NX", b"XX"]
    assert b"client|setname" in told[b"client"][b"subcommands"]
