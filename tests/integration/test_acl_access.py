"""What users may and may not do, and what becomes of those who lose a right, on every target."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.steps import Case, Steps, cases, check
from tests.integration.test_blocking import waits
from tests.integration.wire import Wire
from tests.targets import Server

Connect = Callable[..., Wire]


def denied(server: Server, command: str = "", *, of: str = "", user: str = "bob") -> str:
    """NOPERM as the server words it: a ``command``, or a key or channel (``of``)."""
    if server.line == "redis":
        if of:
            return (
                f"NOPERM this user has no permissions to access one of the {of}s used as arguments"
            )
        return f"NOPERM this user has no permissions to run the '{command}' command"
    if of:
        return f"NOPERM No permissions to access a {of}"
    return f"NOPERM User {user} has no permissions to run the '{command}' command"


@pytest.fixture
def admin(connect: Connect) -> Wire:
    """Somebody who may do everything."""
    return connect()


@pytest.fixture
def bob(connect: Connect, admin: Wire) -> Callable[..., Wire]:
    """Logs in as ``bob``, who has these rules."""

    def log_in(*rules: str, protocol: int = 2) -> Wire:
        assert admin("ACL", "SETUSER", "bob", "on", "nopass", *rules) == b"OK"
        wire = connect(protocol=protocol)
        assert wire("AUTH", "bob", "x") == b"OK"
        return wire

    return log_in


Log = Callable[..., Wire]


def test_only_what_is_permitted_is_performed(bob: Log, server: Server) -> None:
    wire = bob("+get", "+set", "+config|get", "~a*")

    assert wire("SET", "ab", "1") == b"OK"
    assert str(wire("SET", "b", "1")) == denied(server, of="key")
    assert str(wire("DEL", "ab")) == denied(server, "del")
    assert wire("CONFIG", "GET", "maxmemory") == [b"maxmemory", b"0"]
    assert str(wire("CONFIG", "SET", "maxmemory", 0)) == denied(server, "config|set")
    assert str(wire("PING")) == denied(server, "ping")
    assert str(wire("ACL", "WHOAMI")) == denied(server, "acl|whoami")
    assert wire("AUTH", "bob", "anything") == b"OK"
    assert str(wire("NOSUCH")).startswith("ERR unknown command 'NOSUCH'")
    assert str(wire("DEL")) == "ERR wrong number of arguments for 'del' command"


def test_rights_change_under_a_connection(bob: Log, admin: Wire, server: Server) -> None:
    wire = bob("+@all", "~*")
    assert wire("SET", "a", "1") == b"OK"

    admin("ACL", "SETUSER", "bob", "-set", "resetkeys", "%R~a")

    assert str(wire("SET", "a", "2")) == denied(server, "set")
    assert wire("GET", "a") == b"1"
    assert str(wire("GETDEL", "a")) == denied(server, of="key")
    admin("ACL", "SETUSER", "bob", "off", "+@all", "allkeys")
    assert wire("SET", "a", "3") == b"OK"
    assert str(wire("AUTH", "bob", "x")).startswith("WRONGPASS")


KEYS = [
    ("GET key", "r"),
    ("SET key v", "w"),
    ("SET key v GET", "rw"),
    ("GETEX key", "rw"),
    ("STRLEN key", ""),
    ("LPUSH key v", "w"),
    ("LPOP key", "rw"),
    ("BITFIELD key GET u8 0", "r"),
    ("BITFIELD key SET u8 0 1", "rw"),
    ("SORT key", "r"),
    ("SORT other STORE key", "w"),
    ("COPY other key", "w"),
    ("COPY key other", "r"),
    ("RENAME key other", "rw"),
    ("GEORADIUS other 1 1 1 m STORE key", "w"),
    ("GEORADIUS key 1 1 1 m", "r"),
    ("EVAL return 1 key", "rw"),
    ("EVAL_RO return 1 key", "r"),
    ("ZUNIONSTORE key 1 other", "w"),
    ("ZUNIONSTORE other 1 key", "r"),
    ("XREAD COUNT 1 STREAMS key 0", "r"),
    ("XREADGROUP GROUP streams c STREAMS key >", "r"),
    ("MSET other v key v", "w"),
    ("OBJECT ENCODING key", ""),
    ("MIGRATE h 1 key 0 5", "rw"),
    ("MIGRATE h 1 none 0 5 COPY AUTH KEYS KEYS other key", "rw"),
    ("PFCOUNT key", "r"),
    ("DEL key", "w"),
    ("WATCH key", ""),
]


@pytest.mark.parametrize(("call", "use"), KEYS, ids=lambda value: value)
def test_a_key_is_read_written_or_both(admin: Wire, call: str, use: str) -> None:
    words = [{"none": "", "return": "return 1"}.get(word, word) for word in call.split()]
    permitted = set()
    for letters in ("R", "W", "RW"):
        rules = ("+@all", f"%{letters}~key", "~other")
        assert admin("ACL", "SETUSER", "bob", "reset", "on", *rules) == b"OK"
        if admin("ACL", "DRYRUN", "bob", *words) == b"OK":
            permitted.add(letters)

    assert permitted == {
        letters for letters in ("R", "W", "RW") if set(use.upper()) <= set(letters)
    }


def test_of_several_selectors_one_must_permit_all(bob: Log, server: Server) -> None:
    wire = bob(
        "+ping", "(+@write ~write:*)", "(+@read ~read:*)", "(%R~mix* +copy)", "(%W~mix* +copy)"
    )

    assert wire("PING") == b"PONG"
    assert wire("SET", "write:a", "1") == b"OK"
    assert wire("GET", "read:a") is None
    assert str(wire("GET", "write:a")) == denied(server, of="key")
    assert str(wire("SET", "read:a", "1")) == denied(server, of="key")
    assert str(wire("COPY", "mixed", "mix")) == denied(server, of="key")
    assert str(wire("ECHO", "x")) == denied(server, "echo")


def test_what_dryrun_says(admin: Wire, server: Server) -> None:
    admin("ACL", "SETUSER", "bob", "+get", "+publish", "~a")
    who = "This user" if server.line == "redis" else "User bob"
    no = f"{who} has no permissions to".encode()

    assert admin("ACL", "DRYRUN", "bob", "GET", "a") == b"OK"
    assert admin("ACL", "DRYRUN", "bob", "GET", "b") == no + b" access the 'b' key"
    assert admin("ACL", "DRYRUN", "bob", "SET", "a", "b") == no + b" run the 'set' command"
    assert admin("ACL", "DRYRUN", "bob", "PUBLISH", "c", "m") == no + b" access the 'c' channel"
    assert admin("ACL", "DRYRUN", "bob", "CONFIG", "GET", "x") == (
        no + b" run the 'config|get' command"
    )


def test_first_arguments_of_a_command_can_be_permitted(bob: Log, server: Server) -> None:
    wire = bob("+select|0", "+select|1")

    assert wire("SELECT", 1) == b"OK"
    assert str(wire("SELECT", 2)) == denied(server, "select")


def test_channels_that_may_be_used(bob: Log, server: Server) -> None:
    wire = bob("+@pubsub", "&news", "&chat:*")
    refusal = denied(server, of="channel")

    assert wire("PUBLISH", "chat:1", "x") == 0
    assert wire("SPUBLISH", "news", "x") == 0
    assert str(wire("PUBLISH", "other", "x")) == refusal
    assert str(wire("SPUBLISH", "other", "x")) == refusal
    assert str(wire("SUBSCRIBE", "news", "other")) == refusal
    assert str(wire("PSUBSCRIBE", "*")) == refusal
    assert str(wire("PSUBSCRIBE", "chat:?")) == refusal
    assert str(wire("SSUBSCRIBE", "other")) == refusal
    assert wire("PSUBSCRIBE", "chat:*") == [b"psubscribe", b"chat:*", 1]
    assert wire("SUBSCRIBE", "news") == [b"subscribe", b"news", 2]
    assert wire("SSUBSCRIBE", "chat:1") == [b"ssubscribe", b"chat:1", 1]
    assert wire("UNSUBSCRIBE", "other") == [b"unsubscribe", b"other", 2]


def test_what_is_denied_in_multi_ends_the_transaction(bob: Log, server: Server) -> None:
    wire = bob("+@all", "-incr", "~*", "resetchannels")
    wire("MULTI")

    assert str(wire("INCR", "a")) == denied(server, "incr")
    assert str(wire("PUBLISH", "c", "m")) == denied(server, of="channel")

    assert str(wire("EXEC")) == "EXECABORT Transaction discarded because of previous errors."


def test_exec_itself_can_be_denied(bob: Log, server: Server) -> None:
    wire = bob("+multi", "+set", "+discard", "~*")
    wire("MULTI")
    wire("SET", "a", "1")

    assert str(wire("EXEC")) == (
        f"EXECABORT Transaction discarded because of: {denied(server, 'exec')}"
    )
    assert str(wire("DISCARD")) == "ERR DISCARD without MULTI"


def test_queued_calls_are_looked_at_again(bob: Log, admin: Wire) -> None:
    wire = bob("+@all", "~*", "&*")
    wire("MULTI")
    for call in ("SET a 1", "GET a", "PUBLISH c m", "PING"):
        assert wire(*call.split()) == b"QUEUED"
    admin("ACL", "SETUSER", "bob", "-set", "resetkeys", "resetchannels")

    replies = wire("EXEC")

    lost = (
        "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC"
        " call. This command is no longer allowed for the following reason: no permission to "
    )
    assert [str(reply) for reply in replies[:3]] == [
        lost + "execute the command or subcommand",
        lost + "touch the specified keys",
        lost + "access one of the channels used as arguments",
    ]
    assert replies[3] == b"PONG"
    assert admin("GET", "a") is None


def test_scripts_may_what_their_caller_may(bob: Log, admin: Wire, server: Server) -> None:
    wire = bob("+eval", "+get", "+set", "~a")
    older = server.line == "redis"
    command = (
        "The user executing the script can't run this command or subcommand"
        if older
        else "ACL failure in script: User bob has no permissions to run the 'incr' command"
    )
    key = (
        "The user executing the script can't access at least one of the keys mentioned in the"
        " command arguments"
        if older
        else "ACL failure in script: No permissions to access a key"
    )

    assert wire("EVAL", "return redis.call('set', 'a', 1)", 0) == b"OK"
    refused = "return redis.pcall('{}', '{}').err"
    assert wire("EVAL", refused.format("incr", "a"), 0).decode() == f"ERR {command}"
    assert wire("EVAL", refused.format("get", "b"), 0).decode() == f"ERR {key}"
    assert str(wire("EVAL", "return redis.call('get', 'b')", 0)).startswith(f"ERR {key}")
    may = "return {redis.acl_check_cmd('get', 'a'), redis.acl_check_cmd('get', 'b')}"
    assert wire("EVAL", may, 0) == [1, None]
    assert admin("EVAL", may, 0) == [1, 1]
    assert str(wire("EVAL", "return 1", 1, "b")) == denied(server, of="key")


def test_sort_follows_patterns_only_for_who_may_read_all(bob: Log, admin: Wire) -> None:
    wire = bob("+sort", "~list", "%W~*")
    admin("RPUSH", "list", 2, 1)

    assert wire("SORT", "list") == [b"1", b"2"]
    assert wire("SORT", "list", "BY", "nosort") == [b"2", b"1"]
    assert str(wire("SORT", "list", "BY", "w_*")) == (
        "ERR BY option of SORT denied due to insufficient ACL permissions."
    )
    assert str(wire("SORT", "list", "GET", "#")) == (
        "ERR GET option of SORT denied due to insufficient ACL permissions."
    )
    admin("ACL", "SETUSER", "bob", "%R~*")
    assert wire("SORT", "list", "BY", "w_*", "GET", "#") == [b"1", b"2"]


@pytest.mark.parametrize("kind", ["SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"])
def test_who_may_no_longer_listen_is_thrown_out(bob: Log, admin: Wire, kind: str) -> None:
    wire = bob("+@pubsub", "+ping", "&news", "&other")
    wire(kind, "news")

    admin("ACL", "SETUSER", "bob", "resetchannels", "&news")
    admin("ACL", "SETUSER", "bob", "allchannels")
    admin("ACL", "SETUSER", "bob", "on")
    assert wire("PING") in (b"PONG", [b"pong", b""])  # shard channels leave RESP2 as it is

    admin("ACL", "SETUSER", "bob", "resetchannels", "&other")
    with pytest.raises((ConnectionError, OSError)):
        wire("PING")


def test_a_deleted_user_is_thrown_out(bob: Log, connect: Connect, admin: Wire) -> None:
    wire = bob("+@all", "~*")
    parked = connect()
    parked("AUTH", "bob", "x")
    waits(parked, "BLPOP", "a", 0)

    assert admin("ACL", "DELUSER", "bob", "nobody") == 1

    for each in (wire, parked):
        with pytest.raises((ConnectionError, OSError)):
            each("PING")
    assert admin("PING") == b"PONG"


def test_who_deletes_itself_is_answered_first(bob: Log) -> None:
    wire = bob("+@all")

    assert wire("ACL", "DELUSER", "bob") == 1
    with pytest.raises((ConnectionError, OSError)):
        wire("PING")


@pytest.mark.targets("mock", "valkey")
def test_a_call_that_waited_is_looked_at_again(bob: Log, admin: Wire) -> None:
    wire = bob("+@all", "~*")
    waits(wire, "BLPOP", "list", 0)
    admin("ACL", "SETUSER", "bob", "-blpop")

    admin("RPUSH", "list", "a")

    assert str(wire.read()) == "NOPERM User bob has no permissions to run the 'blpop' command"
    assert admin("LLEN", "list") == 1
    (entry,) = admin("ACL", "LOG")
    assert entry[3:6] == [b"command", b"context", b"toplevel"]


def test_clients_are_listed_and_ended_by_user(bob: Log, admin: Wire) -> None:
    wire = bob("+client")

    assert b" user=bob " in wire("CLIENT", "INFO")
    assert b" user=default " in admin("CLIENT", "INFO")
    assert admin("CLIENT", "KILL", "USER", "bob") == 1
    with pytest.raises((ConnectionError, OSError)):
        wire("PING")


def test_reset_makes_a_connection_the_default_users(bob: Log) -> None:
    wire = bob("-@all")

    assert wire("RESET") == b"RESET"
    assert wire("ACL", "WHOAMI") == b"default"


def test_hello_logs_in(connect: Connect, admin: Wire, server: Server) -> None:
    admin("ACL", "SETUSER", "bob", "on", ">pw", "+@all")
    wire = connect()

    reply = wire("HELLO", 3, "AUTH", "bob", "pw", "SETNAME", "me")

    assert reply[b"proto"] == 3
    assert wire("ACL", "WHOAMI") == b"bob"
    assert wire("CLIENT", "GETNAME") == b"me"
    assert str(wire("HELLO", 2, "AUTH", "bob", "no", "SETNAME", "you")) == (
        "WRONGPASS invalid username-password pair or user is disabled."
    )
    assert wire("ACL", "WHOAMI") == b"bob"
    assert wire("CLIENT", "GETNAME") == b"me"


def test_hello_does_what_its_options_say_in_turn_or_together(
    connect: Connect, admin: Wire, server: Server
) -> None:
    """Before 7.2 each option is done as it is read; later the last of its kind counts."""
    in_turn = server.line == "redis"
    admin("ACL", "SETUSER", "bob", "on", ">pw", "+@all")
    admin("ACL", "SETUSER", "carl", "on", ">pw", "+@all")
    wire = connect()
    refusal = "WRONGPASS invalid username-password pair or user is disabled."

    reply = wire("HELLO", 2, "AUTH", "bob", "no", "AUTH", "carl", "pw")
    assert (str(reply) == refusal) is in_turn
    assert wire("ACL", "WHOAMI") == (b"default" if in_turn else b"carl")
    reply = wire("HELLO", 2, "SETNAME", "me", "AUTH", "bob", "pw", "AUTH", "carl", "no")
    assert str(reply) == refusal
    assert wire("ACL", "WHOAMI") == (b"bob" if in_turn else b"carl")
    assert wire("CLIENT", "GETNAME") == (b"me" if in_turn else None)
    assert str(wire("HELLO", 2, "AUTH", "bob", "pw", "BAD")) == (
        "ERR Syntax error in HELLO option 'BAD'"
    )


PASSWORD: list[Case] = [
    (
        "requirepass is the default user's password",
        [
            ("CONFIG SET requirepass secret", b"OK"),
            ("CONFIG GET requirepass", [b"requirepass", b"secret"]),
            ("PING", b"PONG"),
            ("AUTH nope", "WRONGPASS invalid username-password pair or user is disabled."),
            ("AUTH secret", b"OK"),
            ("AUTH default secret", b"OK"),
            ("RESET", b"RESET"),
            ("PING", "NOAUTH Authentication required."),
            ("GET", "ERR wrong number of arguments for 'get' command"),
            ("NOSUCH", "ERR unknown command 'NOSUCH', with args beginning with: "),
            ("AUTH secret", b"OK"),
            ("ACL SETUSER default >second", b"OK"),
            ("AUTH second", b"OK"),
            ("CONFIG GET requirepass", [b"requirepass", b"secret"]),
            ("CONFIG SET requirepass third", b"OK"),
            ("AUTH second", "WRONGPASS invalid username-password pair or user is disabled."),
            ("AUTH third", b"OK"),
            ("ACL SETUSER default off", b"OK"),
            ("PING", b"PONG"),
            ("AUTH third", "WRONGPASS invalid username-password pair or user is disabled."),
            ("ACL SETUSER default on", b"OK"),
            ("CONFIG SET requirepass ''", b"OK"),
            (
                "AUTH x",
                "ERR AUTH <password> called without any password configured for the default user."
                " Are you sure your configuration is correct?",
            ),
            ("AUTH default x", b"OK"),
        ],
    )
]


@cases(PASSWORD)
def test_the_password_of_the_default_user(wire: Wire, steps: Steps) -> None:
    check(wire, steps)


def test_new_connections_are_strangers_while_the_default_user_is_off(
    connect: Connect, admin: Wire, server: Server
) -> None:
    admin("ACL", "SETUSER", "bob", "on", "nopass", "+@all")
    admin("ACL", "SETUSER", "default", "off")
    stranger = connect()
    proto = "" if server.line == "redis" else "<proto> "

    assert str(stranger("PING")) == "NOAUTH Authentication required."
    assert str(stranger("HELLO", 3)) == (
        "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO"
        f" {proto}AUTH <user> <pass> option can be used to authenticate the client and select the"
        " RESP protocol version at the same time"
    )
    assert stranger("AUTH", "bob", "x") == b"OK"
    assert stranger("PING") == b"PONG"
    second = connect()
    admin("ACL", "SETUSER", "default", "on")
    assert second("PING") == b"PONG"


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (b"*11\r\n", "unauthenticated multibulk length"),
        (b"*2\r\n$4\r\nECHO\r\n$16385\r\n", "unauthenticated bulk length"),
        (b"*1\r\n$4\r\nPING\r\n*11\r\n", "unauthenticated multibulk length"),
    ],
)
def test_strangers_may_not_say_much(
    connect: Connect, admin: Wire, request_: bytes, error: str
) -> None:
    admin("CONFIG", "SET", "requirepass", "secret")
    stranger = connect()

    stranger.send_bytes(request_)

    if request_.startswith(b"*1\r"):
        assert str(stranger.read()) == "NOAUTH Authentication required."
    assert str(stranger.read()) == f"ERR Protocol error: {error}"
    with pytest.raises((ConnectionError, OSError)):
        stranger.read()


def test_who_has_logged_in_may_say_more_at_once(connect: Connect, admin: Wire) -> None:
    admin("CONFIG", "SET", "requirepass", "secret")
    wire = connect()
    long = b"x" * 20_000

    wire.send_bytes(
        b"*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n*2\r\n$4\r\nECHO\r\n$%d\r\n%b\r\n" % (len(long), long)
    )

    assert [wire.read(), wire.read()] == [b"OK", long]
    assert wire("MGET", *range(20)) == [None] * 20
    wire("RESET")
    wire.send_bytes(b"*11\r\n")
    assert str(wire.read()) == "ERR Protocol error: unauthenticated multibulk length"
