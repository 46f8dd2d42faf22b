"""The usage line: read, compiled, and held against the handler."""

from __future__ import annotations

import pytest

from mock_backend.profile import PROFILES
from mock_backend.replies import ReplyError
from mock_backend.schema.binding import compile_keys, compile_run, parameters
from mock_backend.schema.command import Table, derive_arity
from mock_backend.schema.usage import UsageError, read


def bind(line: str, words: str) -> object:
    """What a handler of ``line`` is given for ``words`` (name included), or the error's line."""
    usage = read(line)
    run = compile_run(usage, usage.name[0].lower(), lambda ctx, *arguments: arguments)
    try:
        return run(None, [word.encode() for word in words.split()])
    except ReplyError as error:
        return error.line


SET = "SET key value [condition=NX|XX] [GET] [expiry=EX seconds:int|PX milliseconds:int|KEEPTTL]"
ZRANGE = "ZRANGE key start stop [by=BYSCORE|BYLEX] [REV] [LIMIT offset:int count:int] [WITHSCORES]"
ZADD = "ZADD key [condition=NX|XX] [CH] items=score member [score member ...]"
ZUNION = (
    "ZUNION numkeys:inputkeys key [key ...] [WEIGHTS weight:float [weight:float ...]] [WITHSCORES]"
)
SYNTAX = "ERR syntax error"


@pytest.mark.parametrize(
    ("line", "words", "arguments"),
    [
        ("GET key", "GET k", (b"k",)),
        ("PING [message]", "PING", (None,)),
        ("PING [message]", "PING hello", (b"hello",)),
        ("INCRBY key increment:int", "INCRBY k -7", (b"k", -7)),
        ("INCRBY key increment:int", "INCRBY k x", "ERR value is not an integer or out of range"),
        ("MGET key [key ...]", "MGET a b c", ([b"a", b"b", b"c"],)),
        ("BLPOP key [key ...] timeout:timeout", "BLPOP a b 1.5", ([b"a", b"b"], 1.5)),
        ("BLPOP key [key ...] timeout:timeout", "BLPOP a -1", "ERR timeout is negative"),
        (SET, "SET k v", (b"k", b"v", None, False, None)),
        (SET, "SET k v get px 5 nx", (b"k", b"v", "NX", True, ("PX", 5))),
        (SET, "SET k v KEEPTTL", (b"k", b"v", None, False, ("KEEPTTL",))),
        (SET, "SET k v EX 1 EX 2", (b"k", b"v", None, False, ("EX", 2))),
        (SET, "SET k v NX XX", SYNTAX),
        (SET, "SET k v EX 1 PX 2", SYNTAX),
        (SET, "SET k v EX", SYNTAX),
        (SET, "SET k v FOO", SYNTAX),
        (ZRANGE, "ZRANGE k 0 -1", (b"k", b"0", b"-1", None, False, None, False)),
        (
            ZRANGE,
            "ZRANGE k 0 -1 LIMIT 1 2 REV BYSCORE",
            (b"k", b"0", b"-1", "BYSCORE", True, (1, 2), False),
        ),
        (ZADD, "ZADD k NX CH 1 a 2 b", (b"k", "NX", True, [b"1", b"a", b"2", b"b"])),
        (ZADD, "ZADD k 1 nx", (b"k", None, False, [b"1", b"nx"])),
        (
            "EVAL script numkeys:evalkeys [key ...] [arg ...]",
            "EVAL s 1 k a b",
            (b"s", [b"k"], [b"a", b"b"]),
        ),
        ("EVAL script numkeys:evalkeys [key ...] [arg ...]", "EVAL s 0", (b"s", [], [])),
        (
            "EVAL script numkeys:evalkeys [key ...] [arg ...]",
            "EVAL s 2 k",
            "ERR Number of keys can't be greater than number of args",
        ),
        (
            "EVAL script numkeys:evalkeys [key ...] [arg ...]",
            "EVAL s -1 k",
            "ERR Number of keys can't be negative",
        ),
        (ZUNION, "ZUNION 2 a b WEIGHTS 1 2.5", ([b"a", b"b"], [1.0, 2.5], False)),
        (ZUNION, "ZUNION 2 a b WEIGHTS 1", SYNTAX),
        (ZUNION, "ZUNION 2 a", SYNTAX),
        (ZUNION, "ZUNION 0 a", "ERR at least 1 input key is needed for 'zunion' command"),
        (
            "LMOVE source:key destination:key from=LEFT|RIGHT to=LEFT|RIGHT",
            "LMOVE a b left RIGHT",
            (b"a", b"b", "LEFT", "RIGHT"),
        ),
        (
            "LMOVE source:key destination:key from=LEFT|RIGHT to=LEFT|RIGHT",
            "LMOVE a b UP RIGHT",
            SYNTAX,
        ),
        (
            "BITCOUNT key [start:int end:int [unit=BYTE|BIT]]",
            "BITCOUNT k",
            (b"k", None, None, None),
        ),
        (
            "BITCOUNT key [start:int end:int [unit=BYTE|BIT]]",
            "BITCOUNT k 0 1 bit",
            (b"k", 0, 1, "BIT"),
        ),
        ("BITCOUNT key [start:int end:int [unit=BYTE|BIT]]", "BITCOUNT k 0", SYNTAX),
    ],
)
def test_words_become_the_arguments_that_the_line_promises(
    line: str, words: str, arguments: object
) -> None:
    assert bind(line, words) == arguments


@pytest.mark.parametrize(
    ("line", "arity"),
    [
        ("GET key", 2),
        (SET, -3),
        ("MGET key [key ...]", -2),
        ("MSET items=key value [key value ...]", -3),
        ("BLPOP key [key ...] timeout:timeout", -3),
        ("EVAL script numkeys:evalkeys [key ...] [arg ...]", -3),
        ("LMOVE source:key destination:key from=LEFT|RIGHT to=LEFT|RIGHT", 5),
        (ZUNION, -3),
    ],
)
def test_the_arity_follows_from_the_line(line: str, arity: int) -> None:
    assert derive_arity(read(line)) == arity


@pytest.mark.parametrize(
    ("line", "words", "keys"),
    [
        ("GET key", "GET k", [b"k"]),
        ("MSET items=key value [key value ...]", "MSET a 1 b 2", [b"a", b"b"]),
        ("BLPOP key [key ...] timeout:timeout", "BLPOP a b 0", [b"a", b"b"]),
        (ZUNION, "ZUNION 2 a b WEIGHTS 1 2", [b"a", b"b"]),
        ("SORT key [BY pattern] [STORE destination:key]", "SORT l STORE d", [b"l", b"d"]),
        ("PING [message]", "PING k", []),
    ],
)
def test_the_line_says_which_words_are_keys(line: str, words: str, keys: list[bytes]) -> None:
    usage = read(line)
    assert compile_keys(usage, usage.name[0])([word.encode() for word in words.split()]) == keys


def test_names_that_python_has_already_get_an_underscore() -> None:
    assert parameters(read("ZCOUNT key min max [LEN] min-idle-time")) == [
        "key",
        "min_",
        "max_",
        "len_",
        "min_idle_time",
    ]


@pytest.mark.parametrize(
    "line", ["GET [key", "GET key]", "GET Key", "SET key [NX|XX]", "GET key:nonsense", "M [a|B]"]
)
def test_a_line_that_makes_no_sense_is_refused_at_once(line: str) -> None:
    with pytest.raises(UsageError):
        compile_run(read(line), "x", lambda *arguments: None)


def test_a_handler_whose_parameters_differ_from_the_line_is_refused() -> None:
    table = Table("string")

    with pytest.raises(UsageError, match=r"hands on \['key'\], but get takes \['name'\]"):

        @table.command("GET key", flags="readonly", since="1.0.0")
        def get(ctx: object, name: bytes) -> None: ...


def test_an_unknown_flag_is_refused() -> None:
    with pytest.raises(UsageError, match="no such flags: quick"):
        Table("string").command("GET key", flags="quick", since="1.0.0")(lambda ctx, key: None)


GATED = (
    "SET key value [condition=NX|XX|IFEQ@valkey-8.1.0 comparison] [KEEPTTL@7.2.0]"
    " [LIMIT@redis-7.4.0,valkey-9.0.0 count:int] [unit=BYTE@7.2.0|BIT@7.2.0] [extra@7.2.0]"
)


@pytest.mark.parametrize(
    ("profile", "words", "arguments"),
    [
        ("redis-7.0", "SET k v NX", (b"k", b"v", ("NX",), False, None, None, None)),
        ("redis-7.0", "SET k v KEEPTTL", SYNTAX),
        ("redis-7.0", "SET k v BIT", SYNTAX),
        ("redis-7.0", "SET k v IFEQ x", SYNTAX),
        ("redis-7.2", "SET k v KEEPTTL", (b"k", b"v", None, True, None, None, None)),
        ("redis-7.2", "SET k v LIMIT 5", SYNTAX),
        ("redis-7.4", "SET k v LIMIT 5 bit", (b"k", b"v", None, False, 5, "BIT", None)),
        ("redis-8.0", "SET k v IFEQ x", SYNTAX),
        ("valkey-8.0", "SET k v IFEQ x", SYNTAX),
        ("valkey-8.1", "SET k v IFEQ x", (b"k", b"v", ("IFEQ", b"x"), False, None, None, None)),
        ("valkey-8.1", "SET k v LIMIT 5", SYNTAX),
        ("valkey-9.0", "SET k v LIMIT 5 x", (b"k", b"v", None, False, 5, None, b"x")),
    ],
)
def test_each_server_knows_the_options_that_it_has(
    profile: str, words: str, arguments: object
) -> None:
    table = Table("string")

    @table.command(GATED, flags="write", since="1.0.0")
    def set_(ctx, key, value, condition, keepttl, limit, unit, extra):
        return key, value, condition, keepttl, limit, unit, extra

    command = table.commands[0].under(PROFILES[profile])
    try:
        answer = command.run(None, [word.encode() for word in words.split()])
    except ReplyError as error:
        answer = error.line
    assert answer == arguments


def test_a_word_that_a_server_lacks_is_none_of_its_arity() -> None:
    table = Table("string")
    table.command("FOO key [extra@7.2.0]", flags="fast", since="1.0.0")(
        lambda ctx, key, extra: None
    )
    (command,) = table

    assert command.under(PROFILES["redis-7.0"]).arity == 2
    assert command.under(PROFILES["redis-7.2"]).arity == -2


def test_servers_that_have_the_whole_line_share_its_command() -> None:
    table = Table("string")
    table.command("FOO key [NEW@7.2.0]", flags="fast", since="1.0.0")(lambda ctx, key, new: None)
    (command,) = table

    assert command.under(PROFILES["redis-7.2"]) is command
    assert command.under(PROFILES["valkey-9.0"]) is command
    assert command.under(PROFILES["redis-7.0"]) is not command
    assert command.under(PROFILES["redis-7.0"]) is command.under(PROFILES["redis-7.0"])


@pytest.mark.parametrize("line", ["GET [NEW@seven]", "GET [NEW@redis-7]", "GET [NEW@hydra-1.0.0]"])
def test_a_mark_that_names_no_version_is_refused(line: str) -> None:
    with pytest.raises(UsageError):
        read(line)
