"""Publish and subscribe, and keyspace notifications, on every target."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.wire import Wire
from tests.targets import Server

Connect = Callable[..., Wire]


def read(wire: Wire, count: int) -> list[object]:
    return [wire.read() for _ in range(count)]


def test_each_subscription_is_confirmed_with_the_number_so_far(wire: Wire) -> None:
    wire.send("SUBSCRIBE", "a", "b", "a")
    assert read(wire, 3) == [
        [b"subscribe", b"a", 1],
        [b"subscribe", b"b", 2],
        [b"subscribe", b"a", 2],
    ]
    assert wire("PSUBSCRIBE", "p*") == [b"psubscribe", b"p*", 3]
    assert wire("SSUBSCRIBE", "s") == [b"ssubscribe", b"s", 1]
    assert wire("UNSUBSCRIBE", "b") == [b"unsubscribe", b"b", 2]
    assert wire("UNSUBSCRIBE", "none") == [b"unsubscribe", b"none", 2]
    assert wire("PUNSUBSCRIBE") == [b"punsubscribe", b"p*", 1]
    assert wire("PUNSUBSCRIBE") == [b"punsubscribe", None, 1]
    assert wire("SUNSUBSCRIBE") == [b"sunsubscribe", b"s", 0]
    assert wire("UNSUBSCRIBE") == [b"unsubscribe", b"a", 0]


def test_a_message_reaches_channels_and_patterns(connect: Connect) -> None:
    listener, publisher = connect(), connect()
    listener("SUBSCRIBE", "news.sport")
    listener("PSUBSCRIBE", "news.*")
    listener("PSUBSCRIBE", "n?ws.[st]port")

    assert publisher("PUBLISH", "news.sport", "goal") == 3
    assert listener.read() == [b"message", b"news.sport", b"goal"]
    assert sorted(map(str, read(listener, 2))) == sorted(
        map(
            str,
            [
                [b"pmessage", b"news.*", b"news.sport", b"goal"],
                [b"pmessage", b"n?ws.[st]port", b"news.sport", b"goal"],
            ],
        )
    )
    assert publisher("PUBLISH", "other", "x") == 0


def test_shard_channels_are_a_world_of_their_own(connect: Connect) -> None:
    listener, publisher = connect(), connect()
    listener("SUBSCRIBE", "ch")
    listener("SSUBSCRIBE", "ch")

    assert publisher("SPUBLISH", "ch", "m") == 1
    assert listener.read() == [b"smessage", b"ch", b"m"]
    assert publisher("PUBLISH", "ch", "m") == 1
    assert listener.read() == [b"message", b"ch", b"m"]


def test_a_resp2_listener_may_only_manage_its_subscriptions(wire: Wire) -> None:
    wire("SUBSCRIBE", "ch")
    refused = (
        "ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET"
        " are allowed in this context"
    )
    assert str(wire("GET", "k")) == refused.format("get")
    assert str(wire("CLIENT", "ID")) == refused.format("client|id")
    assert wire("PING") == [b"pong", b""]
    assert wire("PING", "x") == [b"pong", b"x"]
    assert wire("RESET") == b"RESET"
    assert wire("GET", "k") is None


def test_a_resp3_listener_may_do_anything(connect: Connect) -> None:
    listener, publisher = connect(protocol=3), connect()
    assert listener("SUBSCRIBE", "ch") == [b"subscribe", b"ch", 1]
    assert listener("PING") == b"PONG"
    assert listener("SET", "k", 1) == b"OK"
    assert publisher("PUBLISH", "ch", "m") == 1
    assert listener.read() == [b"message", b"ch", b"m"]


def test_a_message_to_oneself_comes_behind_the_reply_or_of_old_before_it(
    server: Server, wire3: Wire
) -> None:
    wire3("SUBSCRIBE", "ch")
    wire3("SSUBSCRIBE", "shard")
    script = "return redis.call('PUBLISH', 'ch', 'n')"
    wire3.send_all(
        [("PUBLISH", "ch", "m"), ("SPUBLISH", "shard", "s"), ("EVAL", script, 0), ("PING",)]
    )
    told = [[b"message", b"ch", b"m"], [b"smessage", b"shard", b"s"], [b"message", b"ch", b"n"]]
    pairs = [(push, 1) if server.line == "redis" else (1, push) for push in told]
    assert read(wire3, 7) == [*(each for pair in pairs for each in pair), b"PONG"]


@pytest.mark.parametrize("name", ["UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE"])
def test_ending_what_was_never_begun(server: Server, wire: Wire, name: str) -> None:
    if server.line == "redis":
        assert wire(name) == [name.lower().encode(), None, 0]
        assert wire(name, "x") == [name.lower().encode(), b"x", 0]
    else:
        nosub = f"NOSUB '{name.lower()}' command executed not in subscribed mode"
        assert str(wire(name)) == nosub
        assert str(wire(name, "x")) == nosub


def test_subscribing_inside_a_transaction_is_confirmed_among_its_replies(wire: Wire) -> None:
    wire("MULTI")
    assert wire("SUBSCRIBE", "a") == b"QUEUED"
    assert wire("PING") == b"QUEUED"
    assert wire("EXEC") == [[b"subscribe", b"a", 1], [b"pong", b""]]


def test_who_listens_to_what(connect: Connect) -> None:
    first, second, wire = connect(), connect(), connect()
    first.send("SUBSCRIBE", "a", "b")
    read(first, 2)
    second("SUBSCRIBE", "a")
    second("PSUBSCRIBE", "x*")
    first("PSUBSCRIBE", "x*")
    first("SSUBSCRIBE", "s")

    assert sorted(wire("PUBSUB", "CHANNELS")) == [b"a", b"b"]
    assert wire("PUBSUB", "CHANNELS", "a*") == [b"a"]
    assert wire("PUBSUB", "NUMSUB") == []
    assert wire("PUBSUB", "NUMSUB", "a", "none", "b") == [b"a", 2, b"none", 0, b"b", 1]
    assert wire("PUBSUB", "NUMPAT") == 1
    assert wire("PUBSUB", "SHARDCHANNELS") == [b"s"]
    assert wire("PUBSUB", "SHARDNUMSUB", "s", "a") == [b"s", 1, b"a", 0]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("SUBSCRIBE",), "ERR wrong number of arguments for 'subscribe' command"),
        (("PUBLISH", "a"), "ERR wrong number of arguments for 'publish' command"),
        (("PUBSUB",), "ERR wrong number of arguments for 'pubsub' command"),
        (("PUBSUB", "FOO"), "ERR unknown subcommand 'FOO'. Try PUBSUB HELP."),
        (
            ("PUBSUB", "CHANNELS", "a", "b"),
            "ERR unknown subcommand or wrong number of arguments for 'CHANNELS'. Try PUBSUB HELP.",
        ),
        (("PUBSUB", "NUMPAT", "x"), "ERR wrong number of arguments for 'pubsub|numpat' command"),
    ],
)
def test_an_error_of_pubsub(wire: Wire, words: tuple[str, ...], text: str) -> None:
    assert str(wire(*words)) == text


def test_subscriptions_end_with_the_connection(connect: Connect) -> None:
    listener, wire = connect(), connect()
    listener("SUBSCRIBE", "ch")
    assert wire("PUBLISH", "ch", "m") == 1
    listener.close()
    for _ in range(100_000):
        if wire("PUBLISH", "ch", "m") == 0:
            return
    raise AssertionError("the closed connection still listens")


def listening(connect: Connect, classes: str) -> tuple[Wire, Wire]:
    """A client that hears of everything in database 0, and one that does things."""
    listener, wire = connect(), connect()
    assert wire("CONFIG", "SET", "notify-keyspace-events", classes) == b"OK"
    listener("PSUBSCRIBE", "__key*@0__:*")
    return listener, wire


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("KEA", "AKE"),
        ("Kmn", "nKm"),
        ("AKEg", "AKE"),
        ("Kg$lshzxetd", "AK"),
        ("dKExn", "xdnKE"),
        ("K$", "$K"),
        ("", ""),
    ],
)
def test_classes_are_shown_in_the_servers_order(wire: Wire, given: str, shown: str) -> None:
    wire("CONFIG", "SET", "notify-keyspace-events", given)
    assert wire("CONFIG", "GET", "notify-keyspace-events")[1].decode() == shown


def test_an_event_goes_to_the_channel_of_the_key_and_of_the_event(connect: Connect) -> None:
    listener, wire = listening(connect, "KEA")
    wire("SET", "k", 1)
    pattern = b"__key*@0__:*"
    assert listener.read() == [b"pmessage", pattern, b"__keyspace@0__:k", b"set"]
    assert listener.read() == [b"pmessage", pattern, b"__keyevent@0__:set", b"k"]


def test_only_the_configured_classes_are_told(connect: Connect) -> None:
    listener, wire = listening(connect, "Kgh")
    wire("SET", "k", 1)
    wire("RPUSH", "l", 1)
    wire("HSET", "h", "f", 1)
    wire("DEL", "k")
    assert [message[2:] for message in read(listener, 2)] == [
        [b"__keyspace@0__:h", b"hset"],
        [b"__keyspace@0__:k", b"del"],
    ]


EVENTS = [
    ("SET k v EX 100", ["set", "expire"]),
    ("SETEX k 10 v", ["set", "expire"]),
    ("APPEND k v", ["append"]),
    ("INCR n", ["incrby"]),
    ("INCRBYFLOAT n 1.5", ["incrbyfloat"]),
    ("SETRANGE k 1 x", ["setrange"]),
    ("MSET a 1 b 2", ["set", "set"]),
    ("SETBIT bits 1 1", ["setbit"]),
    ("LPUSH l a b", ["lpush"]),
    ("LPOP l", ["lpop"]),
    ("RPOP l", ["rpop", "del"]),
    ("SADD s a b", ["sadd"]),
    ("SREM s a b", ["srem", "del"]),
    ("HSET h f v", ["hset"]),
    ("HINCRBY h g 1", ["hincrby"]),
    ("HDEL h f g", ["hdel", "del"]),
    ("ZADD z 1 a 2 b", ["zadd"]),
    ("ZINCRBY z 1 a", ["zincr"]),
    ("ZPOPMIN z", ["zpopmin"]),
    ("ZREM z a b", ["zrem", "del"]),
    ("XADD x * f v", ["xadd"]),
    ("XTRIM x MAXLEN 0", ["xtrim"]),
    ("SET a 1", ["set"]),
    ("EXPIRE a 100", ["expire"]),
    ("PERSIST a", ["persist"]),
    ("RENAME a c", ["rename_from", "rename_to"]),
    ("COPY c d", ["copy_to"]),
    ("MOVE d 5", ["move_from"]),
    ("EXPIRE c -1", ["del"]),
    ("GETDEL n", ["del"]),
    ("GETEX k PERSIST", ["persist"]),
]


def test_every_command_tells_of_its_events(connect: Connect) -> None:
    listener, wire = listening(connect, "KA")
    for line, events in EVENTS:
        wire(*line.split())
        told = [message[3].decode() for message in read(listener, len(events))]
        assert told == events, line
    wire("SET", "the", "end")
    assert listener.read()[2:] == [b"__keyspace@0__:the", b"set"]


def test_expired_keys_are_told_of(connect: Connect) -> None:
    listener, wire = listening(connect, "Ex")
    wire("SET", "k", 1, "PX", 20)
    assert listener.read()[2:] == [b"__keyevent@0__:expired", b"k"]


def test_notifications_name_the_database(connect: Connect) -> None:
    listener, wire = connect(), connect()
    wire("CONFIG", "SET", "notify-keyspace-events", "E$")
    listener("PSUBSCRIBE", "__keyevent@*")
    wire("SELECT", 3)
    wire("SET", "k", 1)
    assert listener.read()[2:] == [b"__keyevent@3__:set", b"k"]


def test_new_keys_and_misses_are_told_of_when_asked_for(connect: Connect) -> None:
    listener, wire = listening(connect, "EA$nm")
    wire("SET", "old", 1)
    wire("SET", "old", 2)
    wire("GET", "none")
    wire("GET", "old")
    wire("DEL", "old")
    wire("LPUSH", "old", 1)
    told = [message[2].decode().removeprefix("__keyevent@0__:") for message in read(listener, 7)]
    assert told == ["new", "set", "set", "keymiss", "del", "new", "lpush"]


def test_hits_and_misses_are_counted(wire: Wire) -> None:
    wire("CONFIG", "RESETSTAT")
    wire("SET", "k", 1)
    wire("INCR", "k")
    wire("GET", "k")
    wire("MGET", "k", "none", "other")
    wire("EXISTS", "none")
    wire("GETDEL", "k")
    wire("SADD", "s", "a")
    wire("SINTERSTORE", "d", "s", "none")
    stats = wire("INFO", "stats").decode().split()
    assert "keyspace_hits:4" in stats
    assert "keyspace_misses:4" in stats


@pytest.mark.targets("mock", "valkey")  # Redis 7.0 queues it
def test_who_listens_to_nothing_cannot_queue_the_end_of_it(wire: Wire) -> None:
    wire("MULTI")
    nosub = "NOSUB 'unsubscribe' command executed not in subscribed mode"
    assert str(wire("UNSUBSCRIBE")) == nosub
    assert str(wire("EXEC")).startswith("EXECABORT")


def test_a_refused_exec_ends_the_transaction(wire: Wire) -> None:
    wire("SUBSCRIBE", "ch")
    assert str(wire("EXEC")) == (
        "EXECABORT Transaction discarded because of: Can't execute 'exec': only"
        " (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
    )
    wire("RESET")
    wire("MULTI")
    assert str(wire("EXEC", "x")) == (
        "EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command"
    )
    assert str(wire("EXEC")) == "ERR EXEC without MULTI"


def told_of(connect: Connect, *calls: str) -> list[str]:
    """The events of ``calls`` with every class asked for, as ``event key``."""
    listener, wire = listening(connect, "EAmn")
    for call in calls:
        wire(*call.split())
    wire("PUBLISH", "__keyevent@0__:", "end")
    told = []
    while (message := listener.read())[3] != b"end":
        told.append(f"{message[2].decode().rpartition(':')[2]} {message[3].decode()}")
    return told


NEW_AND_MISSED = {
    "RENAME a b": "new b/rename_from a/rename_to b",
    "RENAME a taken": "new taken/rename_from a/rename_to taken",
    "COPY a b": "new b/copy_to b",
    "COPY a taken REPLACE": "new taken/copy_to taken",
    "COPY a a": "",
    "COPY none b": "keymiss none",
    "MOVE a 1": "move_from a",
    "BITFIELD none GET u8 0": "keymiss none",
    "BITFIELD none OVERFLOW FAIL INCRBY i5 0 99": "new none",
    "GETRANGE none x y": "",
    "HSCAN none x": "",
    "SRANDMEMBER none x": "",
    "GETEX none EX 0": "keymiss none",
    "ZUNION 1 none WEIGHTS x": "keymiss none",
    "ZUNION 3 none WEIGHTS": "",
    "SINTERCARD 1 none LIMIT x": "",
    "SINTERSTORE taken none other": "keymiss none/keymiss other/del taken",
    "SUNION a none": "",
    "SUNION none a other": "keymiss none",
    "LCS none a": "keymiss none",
    "SORT list BY w_* GET v_*": "keymiss w_x/keymiss v_x",
    "XACK none g 1-1": "keymiss none",
    "XCLAIM none g c x 1-1": "keymiss none",
    "XREAD STREAMS none other 0 $": "keymiss none/keymiss other/keymiss none/keymiss other",
    "XINFO STREAM none": "keymiss none",
}


@pytest.mark.parametrize("call", list(NEW_AND_MISSED))
def test_keys_are_missed_by_whoever_looks_for_them_and_new_where_they_are_made(
    wire: Wire, connect: Connect, call: str
) -> None:
    wire("MSET", "a", 1, "taken", 2)
    wire("RPUSH", "list", "x")
    assert told_of(connect, call) == [each for each in NEW_AND_MISSED[call].split("/") if each]


def time_us(answer: list[bytes]) -> int:
    return int(answer[0]) * 1_000_000 + int(answer[1])


def test_a_key_that_expires_under_a_reader_is_told_of_before_it_is_missed(
    wire: Wire, connect: Connect
) -> None:
    wire("DEBUG", "SET-ACTIVE-EXPIRE", 0)
    wire("MULTI")
    for key in ("a", "b"):
        wire("SET", key, 1, "PX", 1)
    wire("TIME")
    began = time_us(wire("EXEC")[-1])
    while time_us(wire("TIME")) < began + 2_000:
        pass
    told = told_of(connect, "MGET a a b")
    wire("DEBUG", "SET-ACTIVE-EXPIRE", 1)
    assert told == ["expired a", "keymiss a", "keymiss a", "expired b", "keymiss b"]


def test_what_is_loaded_is_not_new(wire: Wire, connect: Connect) -> None:
    assert told_of(connect, "SET k 1", "DEBUG RELOAD", "SET k 2") == ["new k", "set k", "set k"]


def test_a_transaction_cannot_subscribe_to_shard_channels(wire: Wire) -> None:
    wire("MULTI")
    wire("SSUBSCRIBE", "s")
    assert str(wire("EXEC")[0]) == ("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client")
    assert wire("GET", "k") is None


def test_a_call_that_waits_can_be_silenced(connect: Connect) -> None:
    wire, writer = connect(), connect()
    wire.send_all([("CLIENT", "REPLY", "SKIP"), ("BLPOP", "queue", 0), ("ECHO", "heard")])
    while b" cmd=blpop" not in writer("CLIENT", "LIST"):
        pass
    writer("RPUSH", "queue", "x")
    assert wire.read() == b"heard"
