"""Files of whole data sets: SAVE, DEBUG RELOAD, and what the mock and the real servers write for
each other.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mock_backend import MockServer
from tests.integration.dumped_values import VALUES, contents
from tests.integration.steps import Steps, cases, check
from tests.integration.wire import Wire
from tests.targets import RealServer, running

ROOT = Path(__file__).parents[2]
COMPAT = {"redis": "redis-7.0", "valkey": "valkey-8.0"}
FAR = 4102444800123

SERVERS = pytest.mark.parametrize("name", ["redis", "valkey"])


def fill(wire: Wire) -> dict[str, Any]:
    """Puts every value under a key of its own; what each holds."""
    for number, value in enumerate(VALUES):
        for words in value.commands:
            wire.send(*words)
        wire.send("RENAME", "key", f"key {number}")
        for _ in range(len(value.commands) + 1):
            wire.read()
    wire("PEXPIREAT", "key 1", FAR)
    wire("SELECT", 7)
    wire("SET", "elsewhere", "v", "PXAT", FAR)
    wire("SELECT", 0)
    return held(wire)


def held(wire: Wire) -> dict[str, Any]:
    found = {f"key {number}": contents(wire, f"key {number}") for number in range(len(VALUES))}
    assert wire("DBSIZE") == len(found)
    found["time"] = wire("PEXPIRETIME", "key 1")
    wire("SELECT", 7)
    found["elsewhere"] = (wire("GET", "elsewhere"), wire("PEXPIRETIME", "elsewhere"))
    wire("SELECT", 0)
    return found


@contextmanager
def mock(name: str, path: Path) -> Iterator[Wire]:
    with MockServer(compat=COMPAT[name], dump_file=path) as server:
        wire = Wire(server.host, server.port)
        yield wire
        wire.close()
        assert not server.bugs


@SERVERS
def test_a_real_server_loads_what_the_mock_has_saved(name: str, tmp_path: Path) -> None:
    with mock(name, tmp_path / "dump.rdb") as wire:
        wrote = fill(wire)
        assert wire("SAVE") == b"OK"

    with running(name, "--dir", str(tmp_path)) as real:
        other = Wire(real.host, real.port)
        assert held(other) == wrote
        other.close()


@SERVERS
def test_the_mock_loads_what_a_real_server_has_saved(name: str, tmp_path: Path) -> None:
    with running(name, "--dir", str(tmp_path), "--dbfilename", "other.rdb") as real:
        other = Wire(real.host, real.port)
        wrote = fill(other)
        assert other("SAVE") == b"OK"
        other.close()

    with mock(name, tmp_path / "other.rdb") as wire:
        assert held(wire) == wrote
        assert b"rdb_last_load_keys_loaded:%d\r" % (len(VALUES) + 1) in wire("INFO", "persistence")


@pytest.mark.parametrize("place", [0, 6, 20, 40, -4])
def test_a_file_that_is_damaged_is_refused(tmp_path: Path, place: int) -> None:
    path = tmp_path / "dump.rdb"
    with mock("valkey", path) as wire:
        wire("SET", "k", "some text that is long enough to matter")
        wire("SAVE")
    damaged = bytearray(path.read_bytes())
    damaged[place] ^= 0x55
    path.write_bytes(damaged)

    with pytest.raises(ValueError, match="cannot be loaded"):
        MockServer(dump_file=path)


def test_no_later_server_s_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "dump.rdb"
    with mock("valkey", path) as wire:
        wire("SAVE")

    with pytest.raises(ValueError, match="can't handle version 11"):
        MockServer(dump_file=path, compat="redis-7.0")


def test_without_a_file_nothing_is_written(wire: Wire, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with MockServer() as server:
        client = Wire(server.host, server.port)
        client("SET", "k", "v")
        assert client("SAVE") == b"OK"
        client.close()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("last", [("SHUTDOWN", "SAVE"), ("SAVE",), ("BGSAVE",)])
def test_the_command_line_names_the_file(tmp_path: Path, last: tuple[str, ...]) -> None:
    for expected, words in ((None, last), (b"v", ("SHUTDOWN", "NOSAVE"))):
        started = subprocess.Popen(
            [sys.executable, "-m", "mock_backend", "--port", "0", "--dir", str(tmp_path)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert started.stdout is not None
        port = int(started.stdout.readline().rpartition(":")[2])
        wire = Wire("127.0.0.1", port)
        assert wire("GET", "k") == expected
        wire("SET", "k", "v")
        wire.send(*words)
        if words[0] != "SHUTDOWN":
            wire.read()
            wire.send("SHUTDOWN", "NOSAVE")
        assert started.wait(10) == 0
        started.stdout.close()
        wire.close()

    assert [each.name for each in tmp_path.iterdir()] == ["dump.rdb"]


POINTS = ("--save", "3600 1")
NO_POINTS = ("--save", "")
ENDS = [
    (signal.SIGTERM, POINTS, True),
    (signal.SIGINT, POINTS, True),
    (signal.SIGTERM, NO_POINTS, False),
    (signal.SIGINT, NO_POINTS, False),
    (signal.SIGTERM, (*POINTS, "--shutdown-on-sigterm", "nosave"), False),
    (signal.SIGTERM, (*POINTS, "--shutdown-on-sigint", "nosave"), True),
    (signal.SIGINT, (*POINTS, "--shutdown-on-sigint", "nosave now"), False),
    (signal.SIGTERM, (*NO_POINTS, "--shutdown-on-sigterm", "save"), True),
]
"""A signal, the options, and whether the data are saved before the end."""
each_end = pytest.mark.parametrize(("number", "options", "saves"), ENDS)


@each_end
def test_a_signal_saves_as_the_configuration_says(
    tmp_path: Path, number: signal.Signals, options: tuple[str, ...], saves: bool
) -> None:
    with process("--dir", str(tmp_path), *options) as (started, wire):
        wire("SET", "k", "v")
        started.send_signal(number)
        assert started.wait(10) == 0

    assert [each.name for each in tmp_path.iterdir()] == ["dump.rdb"] * saves
    with MockServer(dump_file=tmp_path / "dump.rdb") as server:
        again = Wire(server.host, server.port)
        assert again("GET", "k") == (b"v" if saves else None)
        again.close()


@SERVERS
@each_end
def test_a_signal_saves_where_a_real_server_does(
    name: str, tmp_path: Path, number: signal.Signals, options: tuple[str, ...], saves: bool
) -> None:
    real = RealServer(name, "--dir", str(tmp_path), *options)
    try:
        real.control.set("k", "v")
        real.process.send_signal(number)
        assert real.process.wait(10) == 0
    finally:
        real.stop()

    assert [each.name for each in tmp_path.iterdir()] == ["dump.rdb"] * saves


def test_who_cannot_save_goes_on_unless_it_is_forced(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    with process("--dir", str(place), *POINTS) as (started, wire):
        place.rmdir()
        started.send_signal(signal.SIGTERM)
        assert started.stderr is not None
        assert "cannot be saved" in started.stderr.readline()
        assert wire("CONFIG", "SET", "shutdown-on-sigterm", "force") == b"OK"

        started.send_signal(signal.SIGTERM)
        assert started.wait(10) == 0


@contextmanager
def process(*words: str) -> Iterator[tuple[subprocess.Popen[str], Wire]]:
    """The mock as a process of its own, on a free port, and a client of it."""
    with subprocess.Popen(
        [sys.executable, "-m", "mock_backend", "--port", "0", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            assert started.stdout is not None
            wire = Wire("127.0.0.1", int(started.stdout.readline().rpartition(":")[2]))
            yield started, wire
            wire.close()
        finally:
            started.kill()


def test_a_save_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "dump.rdb"
    with mock("valkey", path) as wire:
        path.mkdir()
        assert str(wire("SAVE")).startswith("ERR")
        assert [each.name for each in tmp_path.iterdir()] == ["dump.rdb"]


def test_what_is_reloaded_is_what_was_there(wire: Wire) -> None:
    before = fill(wire)

    assert wire("DEBUG", "RELOAD") == b"OK"

    assert held(wire) == before
    assert b"rdb_changes_since_last_save:0\r" in wire("INFO", "persistence")


@cases(
    [
        (
            "reload options",
            [
                ("SET k old", b"OK"),
                ("SAVE", b"OK"),
                ("SET k new", b"OK"),
                ("SET later v", b"OK"),
                ("DEBUG RELOAD NOSAVE NOFLUSH MERGE", b"OK"),
                ("MGET k later", [b"old", b"v"]),
                ("DEBUG RELOAD NOSAVE", b"OK"),
                ("MGET k later", [b"old", None]),
                (
                    "DEBUG RELOAD NOPE",
                    "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.",
                ),
            ],
        ),
        (
            "libraries are reloaded as keys are",
            [
                ("FUNCTION LOAD '#!lua name=a\nredis.register_function(\"fa\", redis.log)'", b"a"),
                ("DEBUG RELOAD", b"OK"),
                ("FUNCTION LOAD '#!lua name=b\nredis.register_function(\"fb\", redis.log)'", b"b"),
                ("DEBUG RELOAD NOSAVE NOFLUSH MERGE", b"OK"),
                ("FUNCTION DELETE a", b"OK"),
                ("FUNCTION DELETE b", b"OK"),
            ],
        ),
        (
            "saving refuses",
            [
                ("SAVE x", "ERR wrong number of arguments for 'save' command"),
                ("BGSAVE x", "ERR syntax error"),
                ("BGSAVE SCHEDULE x", "ERR syntax error"),
                ("LASTSAVE x", "ERR wrong number of arguments for 'lastsave' command"),
            ],
        ),
    ]
)
def test_it_answers_as_the_server_does(wire: Wire, steps: Steps) -> None:
    check(wire, steps)


def test_a_library_that_is_there_already_stops_a_reload(wire: Wire) -> None:
    wire("FUNCTION", "LOAD", "#!lua name=a\nredis.register_function('fa', redis.log)")

    refused = str(wire("DEBUG", "RELOAD", "NOFLUSH"))

    assert refused.startswith("ERR Error trying to load the RDB dump")
    assert wire("FUNCTION", "DELETE", "a") == b"OK"


def test_a_key_whose_time_has_come_is_not_loaded(wire: Wire) -> None:
    wire("SET", "k", "v")
    wire("SET", "gone", "v", "PX", 1)
    wire("SAVE")
    while wire("EXISTS", "gone"):
        pass

    assert wire("DEBUG", "RELOAD", "NOSAVE") == b"OK"

    assert wire("KEYS", "*") == [b"k"]


def test_watched_keys_are_lost_when_data_are_reloaded(connect) -> None:
    watcher, other = connect(), connect()
    other("SET", "k", "v")
    watcher("WATCH", "k")
    other("DEBUG", "RELOAD")
    watcher("MULTI")
    watcher("PING")

    reply = watcher("EXEC")

    assert reply is None
