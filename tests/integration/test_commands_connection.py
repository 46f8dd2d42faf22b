"""Connections: protocols, databases, passwords, names; and CLIENT, on every target."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.wire import Wire
from tests.targets import Server

Connect = Callable[..., Wire]

VALKEY_ONLY = pytest.mark.targets("mock", "valkey")  # what came after Redis 7.0

NOT_CACHING = (
    "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT"
    " mode enabled"
)

REPLIES = [
    (("PING",), b"PONG"),
    (("PING", "a"), b"a"),
    (("PING", "a", "b"), "ERR wrong number of arguments for 'ping' command"),
    (("ECHO", ""), b""),
    (("ECHO",), "ERR wrong number of arguments for 'echo' command"),
    (("SELECT", "abc"), "ERR value is not an integer or out of range"),
    (
        ("SELECT", "99999999999"),
        "ERR value is out of range, value must between -2147483648 and 2147483647",
    ),
    (("SELECT", "-1"), "ERR DB index is out of range"),
    (("SELECT", "16"), "ERR DB index is out of range"),
    (("SELECT", "15"), b"OK"),
    (("HELLO", "abc"), "ERR Protocol version is not an integer or out of range"),
    (("HELLO", "4"), "NOPROTO unsupported protocol version"),
    (("HELLO", "3", "FOO"), "ERR Syntax error in HELLO option 'FOO'"),
    (("HELLO", "3", "AUTH", "a"), "ERR Syntax error in HELLO option 'AUTH'"),
    (("HELLO", "3", "SETNAME"), "ERR Syntax error in HELLO option 'SETNAME'"),
    (
        ("HELLO", "3", "SETNAME", "a b"),
        "ERR Client names cannot contain spaces, newlines or special characters.",
    ),
    (
        ("HELLO", "3", "AUTH", "foo", "bar"),
        "WRONGPASS invalid username-password pair or user is disabled.",
    ),
    (
        ("AUTH", "foo"),
        "ERR AUTH <password> called without any password configured for the default user."
        " Are you sure your configuration is correct?",
    ),
    (("AUTH", "default", "whatever"), b"OK"),
    (("AUTH", "foo", "bar"), "WRONGPASS invalid username-password pair or user is disabled."),
    (("AUTH", "a", "b", "c"), "ERR syntax error"),
    (("AUTH",), "ERR wrong number of arguments for 'auth' command"),
    (("QUIT", "a"), b"OK"),
    (("RESET",), b"RESET"),
    (("RESET", "a"), "ERR wrong number of arguments for 'reset' command"),
    (("ASKING",), "ERR This instance has cluster support disabled"),
    (("ACL", "WHOAMI"), b"default"),
    (("CLIENT",), "ERR wrong number of arguments for 'client' command"),
    (("CLIENT", "FOO"), "ERR unknown subcommand 'FOO'. Try CLIENT HELP."),
    *(
        (
            words,
            f"ERR unknown subcommand or wrong number of arguments for '{words[1]}'."
            f" Try {words[0]} HELP.",
        )
        for words in [
            ("CLIENT", "Pause", "1", "ALL", "x"),
            ("PUBSUB", "Channels", "a", "b"),
            ("SLOWLOG", "gEt", "1", "2"),
            ("XGROUP", "setId", "s", "g", "0", "x"),
        ]
    ),
    (("CLIENT", "FO\0O"), "ERR unknown subcommand 'FO'. Try CLIENT HELP."),
    (("FO\0O", "a\0b"), "ERR unknown command 'FO', with args beginning with: 'a' "),
    (("HELLO", "3", "FO\0O"), "ERR Syntax error in HELLO option 'FO'"),
    (
        ("CONFIG", "SET", "fo\0o", "x"),
        "ERR Unknown option or number of arguments for CONFIG SET - 'fo'",
    ),
    (("CLIENT", "HELP", "x"), "ERR wrong number of arguments for 'client|help' command"),
    (("CLIENT", "GETNAME"), None),
    (("CLIENT", "SETNAME", ""), b"OK"),
    (("CLIENT", "SETNAME"), "ERR wrong number of arguments for 'client|setname' command"),
    (
        ("CLIENT", "SETNAME", "a b"),
        "ERR Client names cannot contain spaces, newlines or special characters.",
    ),
    (("CLIENT", "KILL"), "ERR wrong number of arguments for 'client|kill' command"),
    (("CLIENT", "KILL", "1.2.3.4:5"), "ERR No such client"),
    (("CLIENT", "KILL", "ID"), "ERR No such client"),
    (("CLIENT", "KILL", "ID", "x"), "ERR client-id should be greater than 0"),
    (("CLIENT", "KILL", "ID", "0"), "ERR client-id should be greater than 0"),
    (("CLIENT", "KILL", "ID", "99999999"), 0),
    (("CLIENT", "KILL", "TYPE", "foo"), "ERR Unknown client type 'foo'"),
    (("CLIENT", "KILL", "USER", "foo"), "ERR No such user 'foo'"),
    (("CLIENT", "KILL", "SKIPME", "foo"), "ERR syntax error"),
    (("CLIENT", "KILL", "FOO", "bar"), "ERR syntax error"),
    (("CLIENT", "KILL", "ID", "1", "2"), "ERR syntax error"),
    (("CLIENT", "KILL", "ADDR", "1.2.3.4:5", "LADDR", "1:1"), 0),
    (("CLIENT", "LIST", "TYPE", "foo"), "ERR Unknown client type 'foo'"),
    (("CLIENT", "LIST", "TYPE"), "ERR syntax error"),
    (("CLIENT", "LIST", "ID"), "ERR syntax error"),
    (("CLIENT", "LIST", "ID", "x"), "ERR Invalid client ID"),
    (("CLIENT", "LIST", "ID", "99999999"), b""),
    (("CLIENT", "LIST", "TYPE", "pubsub"), b""),
    (("CLIENT", "LIST", "FOO", "BAR"), "ERR syntax error"),
    (("CLIENT", "UNBLOCK", "x"), "ERR value is not an integer or out of range"),
    (("CLIENT", "UNBLOCK", "99999999"), 0),
    (
        ("CLIENT", "UNBLOCK", "1", "FOO"),
        "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR",
    ),
    (
        ("CLIENT", "UNBLOCK", "1", "TIMEOUT", "x"),
        "ERR unknown subcommand or wrong number of arguments for 'UNBLOCK'. Try CLIENT HELP.",
    ),
    (("CLIENT", "PAUSE", "x"), "ERR timeout is not an integer or out of range"),
    (("CLIENT", "PAUSE", "-1"), "ERR timeout is negative"),
    (("CLIENT", "PAUSE", "1.5"), "ERR timeout is not an integer or out of range"),
    (("CLIENT", "PAUSE", "10", "FOO"), "ERR CLIENT PAUSE mode must be WRITE or ALL"),
    (
        ("CLIENT", "PAUSE", "1", "WRITE", "x"),
        "ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP.",
    ),
    (("CLIENT", "UNPAUSE"), b"OK"),
    (("CLIENT", "REPLY", "FOO"), "ERR syntax error"),
    (("CLIENT", "NO-EVICT", "x"), "ERR syntax error"),
    (("CLIENT", "NO-EVICT", "on"), b"OK"),
    (("CLIENT", "GETREDIR"), -1),
    (("CLIENT", "TRACKINGINFO"), [b"flags", [b"off"], b"redirect", -1, b"prefixes", []]),
    (("CLIENT", "CACHING", "yes"), NOT_CACHING),
    (("CLIENT", "TRACKING", "foo"), "ERR syntax error"),
    (("CLIENT", "TRACKING", "on"), b"OK"),
    (
        ("CLIENT", "TRACKING", "on", "REDIRECT", "99999999"),
        "ERR The client ID you want redirect to does not exist",
    ),
    (
        ("CLIENT", "TRACKING", "on", "PREFIX", "a"),
        "ERR PREFIX option requires BCAST mode to be enabled",
    ),
    (
        ("CLIENT", "TRACKING", "on", "BCAST", "OPTIN"),
        "ERR OPTIN and OPTOUT are not compatible with BCAST",
    ),
    (
        ("CLIENT", "TRACKING", "on", "OPTIN", "OPTOUT"),
        "ERR You can't specify both OPTIN mode and OPTOUT mode",
    ),
    (
        ("CLIENT", "TRACKING", "on", "BCAST", "PREFIX", "a", "PREFIX", "ab"),
        "ERR Prefix 'a' overlaps with another provided prefix 'ab'. Prefixes for a single client"
        " must not overlap.",
    ),
    (
        ("CLIENT", "TRACKING", "on", "BCAST", "PREFIX", "ab", "PREFIX", "b", "PREFIX", "a"),
        "ERR Prefix 'ab' overlaps with another provided prefix 'a'. Prefixes for a single client"
        " must not overlap.",
    ),
]


def named(value: object) -> str:
    return " ".join(value)[:60] if isinstance(value, tuple) else ""


@pytest.mark.parametrize(("words", "reply"), REPLIES, ids=named)
def test_a_reply_of_the_connection_commands(wire: Wire, words: tuple[str, ...], reply: Any) -> None:
    answer = wire(*words)
    assert (str(answer) if isinstance(reply, str) else answer) == reply


@VALKEY_ONLY
@pytest.mark.parametrize(
    ("words", "reply"),
    [
        (("CLIENT", "SETINFO", "foo", "bar"), "ERR Unrecognized option 'foo'"),
        (
            ("CLIENT", "SETINFO", "lib-name", "a b"),
            "ERR lib-name cannot contain spaces, newlines or special characters.",
        ),
        (("CLIENT", "SETINFO", "LIB-VER", "1.0"), b"OK"),
        (("CLIENT", "NO-TOUCH", "x"), "ERR syntax error"),
        (("CLIENT", "NO-TOUCH", "on"), b"OK"),
        (("CLIENT", "CAPA", "redirect"), b"OK"),
        (("CLIENT", "CAPA"), "ERR wrong number of arguments for 'client|capa' command"),
        (("CLIENT", "KILL", "MAXAGE", "x"), "ERR maxage is not an integer or out of range"),
        (("CLIENT", "KILL", "MAXAGE", "0"), "ERR maxage should be greater than 0"),
        (("CLIENT", "KILL", "MAXAGE", "100000"), 0),
        (("READONLY",), b"OK"),
        (("READWRITE",), b"OK"),
    ],
    ids=named,
)
def test_a_reply_of_newer_connection_commands(
    wire: Wire, words: tuple[str, ...], reply: Any
) -> None:
    answer = wire(*words)
    assert (str(answer) if isinstance(reply, str) else answer) == reply


def test_hello_changes_the_protocol_and_tells_what_the_server_is(
    server: Server, wire: Wire
) -> None:
    told = wire("HELLO", 3, "SETNAME", "me")

    assert list(told) == [b"server", b"version", b"proto", b"id", b"mode", b"role", b"modules"]
    assert told[b"server"] == (b"redis" if server.line == "redis" else b"valkey")
    assert told[b"version"] == (b"7.0.15" if server.line == "redis" else b"8.0.1")
    assert told[b"proto"] == 3
    assert (told[b"mode"], told[b"role"], told[b"modules"]) == (b"standalone", b"master", [])
    assert wire("CLIENT", "GETNAME") == b"me"
    assert wire("HELLO", 2)[:4:2] == [b"server", b"version"]
    assert wire("HELLO")[5] == 2


@VALKEY_ONLY  # Redis 7.0 keeps what it had read by then
def test_a_failed_hello_changes_nothing(wire: Wire) -> None:
    wire("HELLO", 3, "SETNAME", "me", "FOO")
    assert wire("CLIENT", "GETNAME") is None
    assert wire("HELLO")[5] == 2


def test_each_connection_has_its_own_database(connect: Connect) -> None:
    first, second = connect(), connect()
    first("SELECT", 1)
    first("SET", "k", "one")

    assert second("GET", "k") is None
    second("SELECT", 1)
    assert second("GET", "k") == b"one"


def test_a_password_shuts_out_who_comes_later(connect: Connect) -> None:
    before = connect()
    assert before("CONFIG", "SET", "requirepass", "secret") == b"OK"
    after = connect()

    assert str(after("GET", "k")) == "NOAUTH Authentication required."
    assert str(after("HELLO", 3)).startswith(
        "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO"
    )
    wrong = "WRONGPASS invalid username-password pair or user is disabled."
    assert str(after("AUTH", "wrong")) == wrong
    assert str(after("PING")) == "NOAUTH Authentication required."
    assert after("AUTH", "secret") == b"OK"
    assert after("PING") == b"PONG"
    assert str(after("AUTH", "wrong")) == wrong
    assert after("PING") == b"PONG"
    assert before("PING") == b"PONG"
    assert after("RESET") == b"RESET"
    assert str(after("PING")) == "NOAUTH Authentication required."
    assert after("HELLO", 3, "AUTH", "default", "secret")[b"proto"] == 3


def test_quit_answers_and_closes(wire: Wire) -> None:
    wire.send("QUIT")
    wire.send("PING")
    assert wire.read() == b"OK"
    with pytest.raises(ConnectionError):
        wire.read()


def test_reset_makes_the_connection_what_it_was(connect: Connect) -> None:
    wire = connect(protocol=3)
    wire("SELECT", 3)
    wire("CLIENT", "SETNAME", "me")
    wire("CLIENT", "TRACKING", "on")
    wire.send("SUBSCRIBE", "ch")
    wire.read()
    wire("WATCH", "k")
    wire("MULTI")

    assert wire("RESET") == b"RESET"
    assert wire("CLIENT", "GETNAME") is None
    assert wire("CLIENT", "GETREDIR") == -1
    assert str(wire("EXEC")) == "ERR EXEC without MULTI"
    facts = told_of(wire("CLIENT", "INFO"))
    assert [facts[name] for name in ("db", "sub", "flags", "resp")] == ["0", "0", "N", "2"]


def told_of(line: bytes) -> dict[str, str]:
    return dict(item.split("=", 1) for item in line.decode().split())


def test_client_info_tells_of_the_connection(connect: Connect) -> None:
    wire = connect()
    wire("CLIENT", "SETNAME", "me")
    wire("SELECT", 2)
    facts = told_of(wire("CLIENT", "INFO"))

    assert int(facts["id"]) == wire("CLIENT", "ID")
    wanted = {"name": "me", "db": "2", "cmd": "client|info", "user": "default", "resp": "2"}
    assert {name: facts[name] for name in wanted} == wanted
    assert facts["flags"] == "N"
    assert facts["addr"].startswith("127.0.0.1:")
    assert facts["multi"] == "-1"


def test_client_list_shows_the_state_of_others(connect: Connect) -> None:
    wire, blocked, listening, inside = connect(), connect(), connect(), connect()
    ids = [each("CLIENT", "ID") for each in (blocked, listening, inside)]
    listening("SUBSCRIBE", "ch")
    inside("MULTI")
    inside("SET", "k", 1)
    blocked.send("BLPOP", "nothing", 0)
    until(lambda: b"blocked_clients:1" in wire("INFO", "clients"))

    lines = [told_of(line) for line in wire("CLIENT", "LIST", "ID", *ids).splitlines()]
    assert [line["flags"] for line in lines] == ["b", "P", "x"]
    assert [line["cmd"] for line in lines] == ["blpop", "subscribe", "set"]
    assert [line["sub"] for line in lines] == ["0", "1", "0"]
    assert [line["multi"] for line in lines] == ["-1", "-1", "1"]
    assert len(wire("CLIENT", "LIST", "TYPE", "pubsub").splitlines()) == 1


def until(holds: Callable[[], bool]) -> None:
    """Asks again until it is so; each asking is a round trip, so nobody has to sleep."""
    for _ in range(100_000):
        if holds():
            return
    raise AssertionError("it never came to be")


def test_client_kill_ends_another_connection(connect: Connect) -> None:
    wire, victim = connect(), connect()
    assert wire("CLIENT", "KILL", "ID", victim("CLIENT", "ID")) == 1
    with pytest.raises(ConnectionError):
        victim("PING")


def test_client_kill_of_oneself_is_answered_first(wire: Wire) -> None:
    assert wire("CLIENT", "KILL", "ID", wire("CLIENT", "ID"), "SKIPME", "no") == 1
    with pytest.raises(ConnectionError):
        wire.read()


def test_client_kill_by_address_takes_the_old_form(connect: Connect) -> None:
    wire, victim = connect(), connect()
    address = told_of(victim("CLIENT", "INFO"))["addr"]
    assert wire("CLIENT", "KILL", address) == b"OK"
    with pytest.raises(ConnectionError):
        victim("PING")


def test_client_unblock_ends_a_wait(connect: Connect) -> None:
    wire, waiting = connect(), connect()
    number = waiting("CLIENT", "ID")
    for reason, reply in (((), None), (("TIMEOUT",), None)):
        waiting.send("BLPOP", "nothing", 0)
        until(lambda reason=reason: wire("CLIENT", "UNBLOCK", number, *reason) == 1)
        assert waiting.read() == reply
    waiting.send("BLPOP", "nothing", 0)
    until(lambda: wire("CLIENT", "UNBLOCK", number, "ERROR") == 1)
    assert str(waiting.read()) == "UNBLOCKED client unblocked via CLIENT UNBLOCK"
    assert wire("CLIENT", "UNBLOCK", number) == 0


def test_a_pause_of_writes_holds_them_until_it_is_over(connect: Connect) -> None:
    wire, writer = connect(), connect()
    wire("SET", "k", "old")
    assert wire("CLIENT", "PAUSE", 100_000, "WRITE") == b"OK"
    writer.send("SET", "k", "new")
    writer.send("GET", "k")
    until(lambda: b"blocked_clients:1" in wire("INFO", "clients"))

    assert wire("GET", "k") == b"old"
    assert wire("CLIENT", "UNBLOCK", 1) == 0
    assert wire("CLIENT", "UNPAUSE") == b"OK"
    assert writer.read() == b"OK"
    assert writer.read() == b"new"


def test_a_pause_of_everything_ends_by_itself(connect: Connect) -> None:
    wire, other = connect(), connect()
    assert wire("CLIENT", "PAUSE", 30) == b"OK"
    assert other("PING") == b"PONG"


def test_exec_is_held_only_if_it_writes(connect: Connect) -> None:
    wire, reader = connect(), connect()
    wire("CLIENT", "PAUSE", 100_000, "WRITE")
    reader("MULTI")
    reader("GET", "k")
    assert reader("EXEC") == [None]
    wire("CLIENT", "UNPAUSE")


def test_client_reply_silences_the_server(wire: Wire) -> None:
    wire.send("CLIENT", "REPLY", "OFF")
    wire.send("ECHO", "unheard")
    wire.send("CLIENT", "REPLY", "ON")
    assert wire.read() == b"OK"
    wire.send("CLIENT", "REPLY", "SKIP")
    wire.send("ECHO", "unheard")
    assert wire("ECHO", "heard") == b"heard"


def test_subscriptions_are_told_of_even_so(connect: Connect) -> None:
    wire, other = connect(), connect()
    wire.send("CLIENT", "REPLY", "OFF")
    wire.send("PING")
    wire.send("SUBSCRIBE", "ch")
    assert wire.read() == [b"subscribe", b"ch", 1]
    assert other("PUBLISH", "ch", "m") == 1
    assert wire.read() == [b"message", b"ch", b"m"]


@pytest.mark.parametrize(
    "container", ["CLIENT", "CONFIG", "COMMAND", "PUBSUB", "SLOWLOG", "MEMORY"]
)
def test_help_begins_with_the_usage_and_ends_with_itself(wire: Wire, container: str) -> None:
    lines = wire(container, "HELP")
    opening = f"{container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"
    assert lines[0].decode() == opening
    assert lines[-2] == b"HELP"
    assert b"this help" in lines[-1]


def test_a_tracking_client_is_told_once_of_what_it_has_read(connect: Connect) -> None:
    reader, writer = connect(protocol=3), connect()
    assert reader("CLIENT", "TRACKING", "ON") == b"OK"
    reader("MGET", "a", "b")
    writer("SET", "a", 1)
    assert reader.read() == [b"invalidate", [b"a"]]
    writer("SET", "a", 2)
    writer("SET", "b", 2)
    assert reader.read() == [b"invalidate", [b"b"]]
    assert reader("PING") == b"PONG"


def test_own_changes_are_told_behind_the_reply(connect: Connect) -> None:
    wire = connect(protocol=3)
    wire("CLIENT", "TRACKING", "ON")
    wire("GET", "k")
    assert wire("SET", "k", 1) == b"OK"
    assert wire.read() == [b"invalidate", [b"k"]]


def test_a_loop_can_be_avoided(connect: Connect) -> None:
    wire = connect(protocol=3)
    wire("CLIENT", "TRACKING", "ON", "NOLOOP")
    wire("GET", "k")
    wire("SET", "k", 1)
    assert wire("PING") == b"PONG"


def test_a_flush_invalidates_everything_at_once(connect: Connect) -> None:
    reader, writer = connect(protocol=3), connect()
    reader("CLIENT", "TRACKING", "ON")
    writer("SET", "k", 1)
    reader("GET", "k")
    writer("FLUSHDB")
    assert reader.read() == [b"invalidate", None]


def test_flushing_all_databases_is_one_message_and_swapping_two_is_none(connect: Connect) -> None:
    reader, writer = connect(protocol=3), connect()
    reader("CLIENT", "TRACKING", "ON")
    writer("SWAPDB", 0, 1)
    writer("FLUSHALL")
    assert reader.read() == [b"invalidate", None]
    assert reader("PING") == b"PONG"


def test_broadcasting_goes_by_prefix_without_reading(connect: Connect) -> None:
    reader, writer = connect(protocol=3), connect()
    reader("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "user:", "PREFIX", "item:")
    writer("SET", "other", 1)
    writer("SET", "user:1", 1)
    assert reader.read() == [b"invalidate", [b"user:1"]]
    info = reader("CLIENT", "TRACKINGINFO")
    assert sorted(info[b"prefixes"]) == [b"item:", b"user:"]


def test_opt_in_tracks_only_what_is_asked_for(connect: Connect) -> None:
    reader, writer = connect(protocol=3), connect()
    reader("CLIENT", "TRACKING", "ON", "OPTIN")
    reader("GET", "a")
    assert reader("CLIENT", "CACHING", "YES") == b"OK"
    reader("GET", "b")
    reader("GET", "c")
    for key in ("a", "c", "b"):
        writer("SET", key, 1)
    assert reader.read() == [b"invalidate", [b"b"]]


def test_resp2_clients_are_told_through_another_connection(connect: Connect) -> None:
    reader, listener, writer = connect(), connect(), connect()
    number = listener("CLIENT", "ID")
    listener("SUBSCRIBE", "__redis__:invalidate")
    assert reader("CLIENT", "TRACKING", "ON", "REDIRECT", number) == b"OK"
    assert reader("CLIENT", "GETREDIR") == number
    reader("GET", "k")
    writer("SET", "k", 1)
    assert listener.read() == [b"message", b"__redis__:invalidate", [b"k"]]


def test_what_expires_is_invalidated(connect: Connect) -> None:
    reader, writer = connect(protocol=3), connect()
    reader("CLIENT", "TRACKING", "ON")
    writer("SET", "k", 1, "PX", 20)
    reader("GET", "k")
    assert reader.read() == [b"invalidate", [b"k"]]


def test_a_flush_of_ones_own_is_told_even_without_a_loop(wire3: Wire) -> None:
    wire3("CLIENT", "TRACKING", "ON", "NOLOOP")
    assert wire3("FLUSHDB") == b"OK"
    assert wire3.read() == [b"invalidate", None]


def test_a_resp2_redirection_reaches_whoever_listens_to_anything(connect: Connect) -> None:
    reader, listener, writer = connect(), connect(), connect()
    number = listener("CLIENT", "ID")
    listener("SUBSCRIBE", "something else")
    reader("CLIENT", "TRACKING", "ON", "REDIRECT", number)
    reader("GET", "k")
    writer("SET", "k", 1)
    assert listener.read() == [b"message", b"__redis__:invalidate", [b"k"]]


def test_caching_is_refused_with_the_reason(wire: Wire) -> None:
    wire("CLIENT", "TRACKING", "ON")
    assert str(wire("CLIENT", "CACHING", "YES")) == (
        "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."
    )
    assert str(wire("CLIENT", "CACHING", "NO")) == (
        "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode."
    )


def test_reset_after_skip_is_not_answered(wire: Wire) -> None:
    wire.send("CLIENT", "REPLY", "SKIP")
    wire.send("RESET")
    assert wire("ECHO", "heard") == b"heard"


@VALKEY_ONLY
def test_calls_of_a_client_are_counted_once_they_are_answered(connect: Connect) -> None:
    wire, client = connect(), connect()
    number = client("CLIENT", "ID")

    def counted() -> int:
        line: bytes = wire("CLIENT", "LIST", "ID", number)
        return int(told_of(line.strip())["tot-cmds"])

    before = counted()
    client.send("BLPOP", "queue", 0)
    until(lambda: b"blocked_clients:1" in wire("INFO", "clients"))
    assert counted() == before
    wire("LPUSH", "queue", "a")
    client.read()
    assert counted() == before + 1
    client("EVAL", "redis.call('PING') redis.call('PING')", 0)
    assert counted() == before + 4
    for words in ("MULTI", "PING", "PING", "EXEC"):
        client(words)
    assert counted() == before + 8
    client("NOSUCH")
    client("GET")
    assert counted() == before + 8
