"""ACL LOG, the file of users, and what is told of denied calls elsewhere, on every target."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mock_backend import MockServer
from mock_backend.kernel.clock import VirtualClock
from tests.integration.wire import Wire
from tests.targets import COMPAT, Server, running

Connect = Callable[..., Wire]

REASONS = (b"auth", b"cmd", b"key", b"channel")


def log(wire: Wire, *arguments: Any) -> list[dict[str, Any]]:
    """ACL LOG as dictionaries."""
    return [
        {entry[at].decode(): entry[at + 1] for at in range(0, len(entry), 2)}
        for entry in wire("ACL", "LOG", *arguments)
    ]


@pytest.fixture
def bob(connect: Connect, wire: Wire) -> Wire:
    """Logged in as ``bob``, who may do little."""
    wire("ACL", "SETUSER", "bob", "on", ">pw", "+set", "+publish", "+eval", "+multi", "+exec", "~a")
    other = connect()
    other("AUTH", "bob", "pw")
    return other


def test_an_entry_tells_what_was_denied_to_whom(bob: Wire, wire: Wire, server: Server) -> None:
    bob("GET", "a")

    (entry,) = log(wire)

    assert (entry["count"], entry["reason"], entry["context"]) == (1, b"command", b"toplevel")
    assert (entry["object"], entry["username"]) == (b"get", b"bob")
    assert 0 <= float(entry["age-seconds"]) < 10
    assert b" cmd=get user=bob " in entry["client-info"]
    if server.line == "valkey":
        assert entry["entry-id"] >= 0
        assert abs(entry["timestamp-created"] - time.time() * 1000) < 10_000
        assert entry["timestamp-last-updated"] == entry["timestamp-created"]
    names = "count reason context object username age-seconds client-info".split()
    if server.line == "valkey":
        names += ["entry-id", "timestamp-created", "timestamp-last-updated"]
    assert list(entry) == names


def test_in_resp3_an_entry_is_a_map_and_its_age_a_double(bob: Wire, wire3: Wire) -> None:
    bob("GET", "a")

    (entry,) = wire3("ACL", "LOG")

    assert isinstance(entry, dict)
    assert isinstance(entry[b"age-seconds"], float)


def test_reasons_and_objects(bob: Wire, wire: Wire) -> None:
    bob("CONFIG", "GET", "x")
    bob("SET", "b", "1")
    bob("PUBLISH", "c", "m")
    bob("AUTH", "bob", "wrong")
    bob("AUTH", "nobody", "x")
    bob("HELLO", 3, "AUTH", "nobody", "x")

    told = [(each["reason"], each["object"], each["username"]) for each in log(wire)]

    assert told == [
        (b"auth", b"HELLO", b"nobody"),
        (b"auth", b"AUTH", b"nobody"),
        (b"auth", b"AUTH", b"bob"),
        (b"channel", b"c", b"bob"),
        (b"key", b"b", b"bob"),
        (b"command", b"config|get", b"bob"),
    ]


def test_contexts(bob: Wire, wire: Wire) -> None:
    bob("EVAL", "return redis.call('incr', 'a')", 0)
    bob("MULTI")
    bob("SET", "a", "1")
    wire("ACL", "SETUSER", "bob", "-set")
    bob("EXEC")
    bob("MULTI")
    bob("GET", "a")

    told = [(each["context"], each["object"]) for each in log(wire)]

    assert told == [(b"multi", b"get"), (b"multi", b"set"), (b"lua", b"incr")]
    assert b" cmd=exec " in log(wire)[1]["client-info"]
    assert b" cmd=eval " in log(wire)[2]["client-info"]


@pytest.mark.targets("mock", "redis")  # Valkey 8.0.1 leaves the reply of this AUTH out of EXEC's
def test_a_login_that_fails_in_a_transaction_is_noted_as_such(bob: Wire, wire: Wire) -> None:
    bob("MULTI")
    bob("AUTH", "nobody", "x")
    (refused,) = bob("EXEC")

    assert str(refused).startswith("WRONGPASS")
    assert [(each["reason"], each["context"]) for each in log(wire)] == [(b"auth", b"multi")]


def test_the_selector_that_came_furthest_says_which_key_it_was(bob: Wire, wire: Wire) -> None:
    wire(
        "ACL", "SETUSER", "bob", "-@all", "+mget", "~key", "resetkeys", "~key", "(+mget ~key ~two)"
    )

    bob("MGET", "two", "three")
    bob("MGET", "key", "two", "four")

    assert [each["object"] for each in log(wire)] == [b"four", b"three"]


def test_equal_entries_are_one_that_moves_to_the_front(
    bob: Wire, wire: Wire, server: Server
) -> None:
    for call in ("GET a", "INCR a", "GET a", "GET b"):
        bob(*call.split())

    first, second = log(wire)

    assert (first["object"], first["count"]) == (b"get", 3)
    assert (second["object"], second["count"]) == (b"incr", 1)
    if server.line == "valkey":
        assert first["entry-id"] == second["entry-id"] - 1
        assert first["timestamp-last-updated"] >= second["timestamp-created"]


def test_so_many_entries_are_told_and_kept(bob: Wire, wire: Wire) -> None:
    for number in range(12):
        bob("SET", f"key{number}", "1")
    assert len(log(wire)) == 10
    assert len(log(wire, 2)) == 2
    assert len(log(wire, 100)) == 12
    assert log(wire, -1) == []

    wire("CONFIG", "SET", "acllog-max-len", 5)
    bob("SET", "more", "1")
    assert [each["object"] for each in log(wire, 100)] == [
        b"more", b"key11", b"key10", b"key9", b"key8"
    ]  # fmt: skip
    wire("CONFIG", "SET", "acllog-max-len", 0)
    assert len(log(wire)) == 5
    bob("SET", "none", "1")
    assert log(wire) == []
    assert wire("ACL", "LOG", "reset") == b"OK"


@pytest.mark.targets("mock", "valkey")
def test_info_counts_what_was_denied(bob: Wire, wire: Wire) -> None:
    def counted() -> list[int]:
        facts = dict(line.split(b":") for line in wire("INFO", "stats").split()[2:])
        return [int(facts[b"acl_access_denied_" + name]) for name in REASONS]

    before = counted()
    bob("GET", "a")
    bob("SET", "b", "1")
    bob("SET", "b", "1")
    bob("PUBLISH", "c", "m")
    bob("AUTH", "x", "y")

    assert [now - then for now, then in zip(counted(), before, strict=True)] == [1, 1, 2, 1]
    commands = wire("INFO", "commandstats")
    assert b"cmdstat_get:calls=0,usec=0,usec_per_call=0.00,rejected_calls=1," in commands
    assert b"errorstat_NOPERM:count=4" in wire("INFO", "errorstats")


def test_the_slow_log_hides_passwords(wire: Wire, server: Server) -> None:
    wire("CONFIG", "SET", "slowlog-log-slower-than", 0)
    wire("SLOWLOG", "RESET")
    hidden = b"(redacted)"

    wire("ACL", "SETUSER", "bob", "on", ">pw")
    wire("AUTH", "bob", "no")
    wire("ACL", "GETUSER", "bob")
    wire("ACL", "DELUSER", "bob")
    wire("CONFIG", "SET", "masterauth", "secret", "maxmemory", "0")
    wire("HELLO", 2, "AUTH", "default", "x")

    told = [entry[3] for entry in wire("SLOWLOG", "GET", 6)][::-1]
    name = b"bob" if server.line == "redis" else hidden
    assert told == [
        [b"ACL", b"SETUSER", hidden, hidden, hidden],
        [b"AUTH", hidden, hidden],
        [b"ACL", b"GETUSER", name],
        [b"ACL", b"DELUSER", name],
        [b"CONFIG", b"SET", b"masterauth", hidden, b"maxmemory", b"0"],
        [b"HELLO", b"2", b"AUTH", hidden, hidden],
    ]


def test_monitors_do_not_see_users_made(connect: Connect, wire: Wire) -> None:
    monitor = connect()
    monitor("MONITOR")
    wire("ACL", "SETUSER", "bob", "on", ">pw", "+ping")
    wire("AUTH", "bob", "pw")
    wire("PING")

    assert monitor.read_of(wire).endswith(b'"AUTH" "(redacted)" "(redacted)"')
    assert monitor.read_of(wire).endswith(b'"PING"')


def test_entries_that_are_a_minute_apart_stand_for_themselves() -> None:
    clock = VirtualClock()
    server = MockServer(clock=clock)
    admin, bob = server.client(), server.client()
    admin("ACL", "SETUSER", "bob", "on", "nopass")
    bob("AUTH", "bob", "x")
    bob("GET", "a")
    clock.advance(60_000)
    bob("GET", "a")
    clock.advance(60_001)
    bob("GET", "a")

    entries = [dict(entry) for entry in admin("ACL", "LOG")]

    assert [entry[b"count"] for entry in entries] == [1, 2]
    assert [entry[b"age-seconds"] for entry in entries] == [0.0, 60.001]


@contextmanager
def with_file(name: str, path: Path) -> Iterator[Server]:
    """A target whose users are kept in that file."""
    if name in COMPAT:
        with MockServer(compat=COMPAT[name], aclfile=str(path)) as mock:
            yield Server(name, mock.host, mock.port, mock)
    else:
        with running(name, "--aclfile", str(path)) as server:
            yield server


FILE = b"""user alice on allcommands allkeys &* >alice

user bob on -@all +@set +acl ~set* &news >bob
user default on nopass ~* &* +@all
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "users.acl"
    file.write_bytes(FILE)
    return file


def test_users_are_read_from_a_file_and_saved_there(server: Server, path: Path) -> None:
    with with_file(server.name, path) as other:
        wire = Wire(other.host, other.port)
        assert wire("ACL", "USERS") == [b"alice", b"bob", b"default"]
        assert wire("CONFIG", "GET", "aclfile") == [b"aclfile", str(path).encode()]
        wire("ACL", "SETUSER", "carl", "on", "nopass", "+get", "(+set ~x)")
        listed = wire("ACL", "LIST")

        assert wire("ACL", "SAVE") == b"OK"

        assert path.read_bytes() == b"".join(line + b"\n" for line in listed)
        wire("ACL", "DELUSER", "carl", "bob")
        assert wire("ACL", "LOAD") == b"OK"
        assert wire("ACL", "LIST") == listed
        wire.close()


def test_a_file_with_mistakes_changes_nothing(server: Server, path: Path) -> None:
    with with_file(server.name, path) as other:
        wire = Wire(other.host, other.port)
        path.write_bytes(
            b"user alice on +nosuch -@nosuch ~a\nnonsense\nuser dora (+get\n"
            b"user alice on\nuser erik nonsense +none more\nuser\n"
        )

        reply = str(wire("ACL", "LOAD"))

        unknown = "Unknown command or category name in ACL. "
        assert reply == (
            f"ERR {path}:1: Error in applying operation '+nosuch': {unknown}"
            f"{path}:1: Error in applying operation '-@nosuch': {unknown}"
            f"{path}:2 should start with user keyword followed by the username. "
            f"{path}:3: Unmatched parenthesis in selector definition."
            "WARNING: Duplicate user 'alice' found on line 4. "
            f"{path}:5: Syntax error. "
            f"{path}:5: Error in applying operation '+none': {unknown}"
            f"{path}:6 should start with user keyword followed by the username. "
            "WARNING: ACL errors detected, no change to the previously active ACL rules was"
            " performed"
        )
        assert wire("ACL", "USERS") == [b"alice", b"bob", b"default"]
        path.unlink()
        assert str(wire("ACL", "LOAD")) == (
            f"ERR Error loading ACLs, opening file '{path}': No such file or directory"
        )
        wire.close()


def test_loading_ends_connections_of_those_who_lost_something(server: Server, path: Path) -> None:
    with with_file(server.name, path) as other:
        admin = Wire(other.host, other.port)
        admin("ACL", "SETUSER", "gone", "on", "nopass", "+@all", "&*")
        admin("ACL", "SETUSER", "bob", "&other", "+subscribe", "+ping")
        wires = {}
        for user in ("alice", "bob", "gone"):
            wires[user] = Wire(other.host, other.port)
            wires[user]("AUTH", user, user)
            wires[user]("SUBSCRIBE", "other")

        assert admin("ACL", "LOAD") == b"OK"

        if server.line == "valkey":
            assert admin("PUBLISH", "other", "x") == 1
            assert wires["alice"].read() == [b"message", b"other", b"x"]
        else:
            assert admin("PUBLISH", "other", "x") == 0
        for user in ("bob", "gone"):
            with pytest.raises((ConnectionError, OSError)):
                wires[user]("PING")
        for wire in (admin, *wires.values()):
            wire.close()


def test_a_file_without_the_default_user_leaves_it_free(server: Server, path: Path) -> None:
    path.write_bytes(b"user alice on nopass +get\n")
    with with_file(server.name, path) as other:
        wire = Wire(other.host, other.port)
        wire("ACL", "SETUSER", "default", "-set")
        assert wire("ACL", "LOAD") == b"OK"
        assert wire("SET", "a", "1") == b"OK"
        wire.close()


def test_without_a_file_nothing_is_loaded_or_saved(wire: Wire, server: Server) -> None:
    name = "Redis " if server.line == "redis" else ""
    for subcommand in ("LOAD", "SAVE"):
        assert str(wire("ACL", subcommand)) == (
            f"ERR This {name}instance is not configured to use an ACL file. You may want to specify"
            " users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have"
            f" a {name}configuration file set) in order to store users in the {name}configuration."
        )


def test_a_mock_does_not_begin_with_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "users.acl"
    file.write_bytes(b"user alice nonsense\n")

    with pytest.raises(ValueError, match=r"users.acl:1: Syntax error"):
        MockServer(aclfile=str(file))
