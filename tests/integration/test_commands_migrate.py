"""MIGRATE: from the mock and from the real servers to the mock, and from the mock to real ones.

The other server is a mock of the same line and version unless a test says otherwise.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from mock_backend import MockServer
from tests.integration.dumped_values import VALUES, Value, contents
from tests.integration.steps import Steps, cases, check
from tests.integration.wire import Wire
from tests.targets import Server, running

COMPAT = {
    "mock": "valkey-8.0",
    "mock-redis": "redis-7.0",
    "redis": "redis-7.0",
    "valkey": "valkey-8.0",
}
NOBODY = "IOERR error or timeout writing to target instance"
NOWHERE = "IOERR error or timeout connecting to the client"
SILENT = "IOERR error or timeout reading to target instance"
SAID = "ERR Target instance replied with error: "
NOT_AN_INTEGER = "ERR value is not an integer or out of range"
SYNTAX = "ERR syntax error"


@contextmanager
def other_server(server: Server, password: str = "") -> Iterator[tuple[int, Wire]]:
    """The port of a mock like ``server``, and a connection to it."""
    with MockServer(compat=COMPAT[server.name]) as mock:
        wire = Wire(mock.host, mock.port)
        if password:
            wire("CONFIG", "SET", "requirepass", password)
        yield mock.port, wire
        wire.close()
        assert not mock.bugs


@pytest.fixture
def other(server: Server) -> Iterator[tuple[int, Wire]]:
    with other_server(server) as made:
        yield made


@cases(
    [
        (
            "nothing to transfer",
            [
                ("MIGRATE 127.0.0.1 1 none 0 100", b"NOKEY"),
                ("MIGRATE 127.0.0.1 1 '' 0 100", b"NOKEY"),
                ("MIGRATE 127.0.0.1 1 '' 0 100 KEYS a b", b"NOKEY"),
                ("MIGRATE 127.0.0.1 1 '' 0 100 KEYS", b"NOKEY"),
                ("MIGRATE 127.0.0.1 nonsense none -5 -7 COPY REPLACE AUTH x", b"NOKEY"),
            ],
        ),
        (
            "words that make no sense",
            [
                ("MIGRATE 127.0.0.1 1 k 0", "ERR wrong number of arguments for 'migrate' command"),
                ("MIGRATE 127.0.0.1 1 k x 100", NOT_AN_INTEGER),
                ("MIGRATE 127.0.0.1 1 k 0 x", NOT_AN_INTEGER),
                ("MIGRATE 127.0.0.1 1 k x x NOPE", SYNTAX),
                ("MIGRATE 127.0.0.1 1 k 0 100 AUTH", SYNTAX),
                ("MIGRATE 127.0.0.1 1 k 0 100 AUTH2 user", SYNTAX),
                (
                    "MIGRATE 127.0.0.1 1 k 0 100 KEYS k",
                    "ERR When using MIGRATE KEYS option, the key argument must be set to the empty"
                    " string",
                ),
            ],
        ),
        (
            "nobody listens",
            [
                ("SET k v", b"OK"),
                ("MIGRATE 127.0.0.1 1 k 0 1000", NOBODY),
                ("MIGRATE 127.0.0.1 nonsense k 0 1000", NOBODY),
                ("MIGRATE 127.0.0.1 99999999 k 0 1000", NOBODY),
                ("MIGRATE 127.0.0.1 -1 k 0 1000", NOWHERE),
                ("MIGRATE no.such.host.invalid 1 k 0 1000", NOWHERE),
                ("GET k", b"v"),
            ],
        ),
    ]
)
def test_it_answers_as_the_server_does(wire: Wire, steps: Steps) -> None:
    check(wire, steps)


@pytest.mark.parametrize("value", VALUES[::5], ids=lambda value: value.name)
def test_a_value_of_any_kind_moves(wire: Wire, other: tuple[int, Wire], value: Value) -> None:
    port, target = other
    for words in value.commands:
        wire(*words)
    before = contents(wire)

    assert wire("MIGRATE", "127.0.0.1", port, "key", 0, 5000) == b"OK"

    assert wire("EXISTS", "key") == 0
    assert contents(target) == before


@pytest.mark.targets("mock", "mock-redis")
def test_the_mock_migrates_to_real_servers_that_read_its_format(wire: Wire, server: Server) -> None:
    for name in ("valkey", "redis") if server.name == "mock-redis" else ("valkey",):
        with running(name) as real:
            target = Wire(real.host, real.port)
            for value in VALUES[::5]:
                for words in value.commands:
                    wire(*words)
                before = contents(wire)
                assert wire("MIGRATE", "127.0.0.1", real.port, "key", 0, 5000, "REPLACE") == b"OK"
                assert contents(target) == before
            target.close()


def test_the_time_to_live_goes_with_it(wire: Wire, other: tuple[int, Wire]) -> None:
    port, target = other
    wire("SET", "k", "v", "PX", 100_000)

    assert wire("MIGRATE", "127.0.0.1", port, "k", 3, 5000) == b"OK"

    target("SELECT", 3)
    assert 90_000 < target("PTTL", "k") <= 100_000


def test_copy_keeps_the_key_and_replace_overwrites_the_other(
    wire: Wire, other: tuple[int, Wire]
) -> None:
    port, target = other
    wire("SET", "k", "new")
    target("SET", "k", "old")
    busy = SAID + "BUSYKEY Target key name already exists."

    assert str(wire("MIGRATE", "127.0.0.1", port, "k", 0, 5000, "COPY")) == busy
    assert str(wire("MIGRATE", "127.0.0.1", port, "k", 0, 5000)) == busy
    assert wire("GET", "k") == b"new"
    assert wire("MIGRATE", "127.0.0.1", port, "k", 0, 5000, "copy", "replace") == b"OK"
    assert wire("GET", "k") == target("GET", "k") == b"new"


def test_of_several_keys_those_go_that_are_taken(wire: Wire, other: tuple[int, Wire]) -> None:
    port, target = other
    wire("MSET", "a", 1, "b", 2, "c", 3)
    target("SET", "b", "busy")

    reply = wire("MIGRATE", "127.0.0.1", port, "", 0, 5000, "KEYS", "a", "b", "none", "c")

    assert str(reply) == SAID + "BUSYKEY Target key name already exists."
    assert wire("MGET", "a", "b", "c") == [None, b"2", None]
    assert target("MGET", "a", "b", "c") == [b"1", b"busy", b"3"]


def test_the_other_server_may_want_a_password(wire: Wire, server: Server) -> None:
    with other_server(server, "secret") as (port, _):
        wire("SET", "k", "v")
        migrate = ("MIGRATE", "127.0.0.1", port, "k", 0, 5000)

        assert str(wire(*migrate)) == SAID + "NOAUTH Authentication required."
        wrong = SAID + "WRONGPASS invalid username-password pair or user is disabled."
        assert str(wire(*migrate, "AUTH", "wrong")) == wrong
        assert str(wire(*migrate, "AUTH2", "nobody", "secret")) == wrong
        assert wire("GET", "k") == b"v"
        assert wire(*migrate, "COPY", "AUTH", "secret") == b"OK"
        assert wire(*migrate, "REPLACE", "AUTH2", "default", "secret") == b"OK"


def test_a_database_that_is_not_there(wire: Wire, other: tuple[int, Wire]) -> None:
    wire("SET", "k", "v")

    reply = wire("MIGRATE", "127.0.0.1", other[0], "k", 99, 5000)

    assert str(reply) == SAID + "ERR DB index is out of range"


def test_inside_a_transaction_and_a_script(wire: Wire, other: tuple[int, Wire]) -> None:
    port, target = other
    wire("MSET", "a", 1, "b", 2)
    wire("MULTI")
    wire("MIGRATE", "127.0.0.1", port, "a", 0, 5000)
    wire("EXISTS", "a")
    assert wire("EXEC") == [b"OK", 0]

    script = "return redis.call('MIGRATE', '127.0.0.1', ARGV[1], KEYS[1], 0, 5000)"
    assert wire("EVAL", script, 1, "b", port) == b"OK"
    nobody = "return redis.pcall('MIGRATE', '127.0.0.1', 1, KEYS[1], 0, 5000)['err']"
    wire("SET", "c", 3)
    assert wire("EVAL", nobody, 1, "c") == NOBODY.encode()

    assert target("MGET", "a", "b") == [b"1", b"2"]


def test_who_waits_over_there_is_served(
    wire: Wire, other: tuple[int, Wire], make_waiter: Callable[[int], Wire]
) -> None:
    port, target = other
    waiter = make_waiter(port)
    waiter.send("BLPOP", "l", 0)
    while b"cmd=blpop" not in target("CLIENT", "LIST"):
        pass
    wire("RPUSH", "l", "a")

    assert wire("MIGRATE", "127.0.0.1", port, "l", 0, 5000) == b"OK"

    assert waiter.read() == [b"l", b"a"]


@pytest.fixture
def make_waiter() -> Iterator[Callable[[int], Wire]]:
    made: list[Wire] = []

    def make(port: int) -> Wire:
        made.append(Wire("127.0.0.1", port))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_the_connection_is_kept_for_the_next_time(wire: Wire, other: tuple[int, Wire]) -> None:
    port, target = other
    wire("MSET", "a", 1, "b", 2, "c", 3, "d", 4)
    clients = len(target("CLIENT", "LIST").splitlines())

    assert wire("MIGRATE", "127.0.0.1", port, "a", 2, 5000) == b"OK"
    assert wire("MIGRATE", "127.0.0.1", port, "b", 2, 5000) == b"OK"
    assert wire("MIGRATE", "127.0.0.1", port, "c", 0, 5000) == b"OK"

    assert b"migrate_cached_sockets:0\r" not in wire("INFO", "stats")
    assert len(target("CLIENT", "LIST").splitlines()) == clients + 1
    assert target("GET", "c") == b"3"
    target("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    assert wire("MIGRATE", "127.0.0.1", port, "d", 2, 5000) == b"OK"
    target("SELECT", 2)
    assert target("MGET", "a", "b", "d") == [b"1", b"2", b"4"]


class Puppet:
    """A server that says what the test wants it to say."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(10)
        self.port: int = self._listening.getsockname()[1]

    def accept(self) -> socket.socket:
        """The connection of whoever comes first, once it has said something."""
        peer, _ = self._listening.accept()
        peer.settimeout(10)
        assert peer.recv(65536)
        return peer

    def close(self) -> None:
        self._listening.close()


@pytest.fixture
def puppet() -> Iterator[Puppet]:
    made = Puppet()
    yield made
    made.close()


def test_a_silent_server_is_given_up(wire: Wire, puppet: Puppet) -> None:
    wire("SET", "k", "v")

    assert str(wire("MIGRATE", "127.0.0.1", puppet.port, "k", 0, 50)) == SILENT

    assert wire("GET", "k") == b"v"


def test_a_server_that_hangs_up(wire: Wire, puppet: Puppet) -> None:
    wire("SET", "k", "v")
    wire.send("MIGRATE", "127.0.0.1", puppet.port, "k", 0, 5000)
    puppet.accept().close()
    puppet.close()

    assert str(wire.read()) in (SILENT, NOBODY)  # a real server tries once more

    assert wire("GET", "k") == b"v"


@pytest.mark.targets("mock")
def test_meanwhile_others_are_served(
    connect: Callable[..., Wire], wire: Wire, puppet: Puppet
) -> None:
    wire("MSET", "k", "v", "other", "x")
    wire.send("MIGRATE", "127.0.0.1", puppet.port, "k", 0, 60_000)
    peer = puppet.accept()

    assert connect()("GET", "other") == b"x"
    peer.sendall(b"+OK\r\n+O")
    peer.sendall(b"K\r\n")

    assert wire.read() == b"OK"
    assert wire("EXISTS", "k") == 0
    peer.close()


@pytest.mark.targets("mock")
def test_a_key_that_was_changed_while_it_travelled_stays(
    connect: Callable[..., Wire], wire: Wire, puppet: Puppet
) -> None:
    wire("MSET", "same", "v", "changed", "v")
    keys = ("KEYS", "same", "changed")
    wire.send("MIGRATE", "127.0.0.1", puppet.port, "", 0, 60_000, *keys)
    peer = puppet.accept()
    connect()("APPEND", "changed", "w")

    peer.sendall(b"+OK\r\n" * 3)

    assert wire.read() == b"OK"
    assert wire("MGET", "same", "changed") == [None, b"vw"]
    peer.close()


@pytest.mark.targets("mock")
def test_who_goes_away_takes_the_connection_along(
    connect: Callable[..., Wire], wire: Wire, puppet: Puppet
) -> None:
    wire("SET", "k", "v")
    leaving = connect()
    leaving.send("MIGRATE", "127.0.0.1", puppet.port, "k", 0, 60_000)
    peer = puppet.accept()

    leaving.close()

    assert peer.recv(1) == b""
    assert wire("GET", "k") == b"v"
    peer.close()
