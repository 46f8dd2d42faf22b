"""``python -m mock_backend``, as a process; and what comes with a real server, against the mock."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mock_backend import MockServer
from tests import targets
from tests.integration.wire import Wire
from tests.targets import Server

ROOT = Path(__file__).parents[2]


def program(name: str) -> str:
    """What comes with a real server; missing, a skip, or with CI=true a failure."""
    try:
        return str(targets.program(name))
    except targets.Missing as missing:
        if targets.required():
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))


@contextmanager
def mock(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and the line that it says once it listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mock_backend", "--port", "0", *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline()
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def port_in(banner: str) -> int:
    return int(banner.rsplit(":", 1)[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_without_a_word(number: signal.Signals) -> None:
    with mock() as (process, banner):
        assert banner.startswith("mock_backend (as Valkey 8.0.1) on redis://127.0.0.1:")
        wire = Wire("127.0.0.1", port_in(banner))
        assert wire("PING") == b"PONG"
        process.send_signal(number)
        output, errors = process.communicate(timeout=10)
        assert (process.returncode, output, errors) == (0, "", "")
        wire.close()


def test_compat_says_which_server_it_is() -> None:
    with mock("--compat", "redis-7.4") as (_, banner):
        assert banner.startswith("mock_backend (as Redis 7.4.1) on redis://127.0.0.1:")
        wire = Wire("127.0.0.1", port_in(banner), protocol=3)
        assert wire("HELLO")[b"version"] == b"7.4.1"
        assert wire("HPERSIST", "h", "FIELDS", 1, "f") == [-2]
        wire.close()


def test_a_server_that_it_cannot_be_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mock_backend", "--compat", "redis-6.2"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "redis-7.0" in done.stderr
    assert "valkey-9.0" in done.stderr


def test_shutdown_ends_it() -> None:
    with mock() as (process, banner):
        wire = Wire("127.0.0.1", port_in(banner))
        wire.send("SHUTDOWN", "NOSAVE")
        with pytest.raises(ConnectionError):
            wire.read()
        assert process.wait(timeout=10) == 0
        wire.close()


def test_password_and_databases_are_options() -> None:
    with mock("--requirepass", "secret", "--databases", "2") as (_, banner):
        wire = Wire("127.0.0.1", port_in(banner))
        assert str(wire("PING")) == "NOAUTH Authentication required."
        assert wire("AUTH", "secret") == b"OK"
        assert wire("SELECT", 1) == b"OK"
        assert str(wire("SELECT", 2)) == "ERR DB index is out of range"
        assert wire("CONFIG", "GET", "databases") == [b"databases", b"2"]
        wire.close()


def test_a_port_that_is_taken_is_an_error() -> None:
    with mock() as (_, banner):
        port = str(port_in(banner))
        second = subprocess.run(
            [sys.executable, "-m", "mock_backend", "--port", port],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 1
        assert second.stderr.startswith("mock_backend: ")
        assert "Traceback" not in second.stderr


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--port", "65536"], "argument --port: '65536' is no number from 0 to 65535"),
        (["--port", "-1"], "argument --port: '-1' is no number from 0 to 65535"),
        (["--port", "x"], "argument --port: 'x' is no number from 0 to 65535"),
        (["--databases", "0"], "argument --databases: '0' is no number from 1 to 1000000"),
        (["--frobnicate"], "unrecognized arguments: --frobnicate"),
    ],
)
def test_words_that_make_no_sense_end_it_with_a_line(words: list[str], complaint: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "mock_backend", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == f"python -m mock_backend: error: {complaint}"


def test_shutdown_stops_a_server_in_a_thread() -> None:
    with MockServer() as server:
        wire = Wire(server.host, server.port)
        wire.send("SHUTDOWN")
        with pytest.raises(ConnectionError):
            wire.read()
        wire.close()


def test_redis_cli_talks_to_it(server: Server) -> None:
    words = [program("redis-cli"), "-p", str(server.port)]

    def said(*more: str, typed: str = "") -> list[str]:
        run = subprocess.run(
            [*words, *more], input=typed, capture_output=True, text=True, check=True, timeout=20
        )
        return run.stdout.split()

    assert said("SET", "k", "v") == ["OK"]
    assert said(typed="GET k\nLPUSH l a b\n") == ["v", "2"]
    assert said("-3", "CONFIG", "GET", "maxmemory") == ["maxmemory", "0"]
    assert said("--scan") == ["k", "l"] or said("--scan") == ["l", "k"]
    assert "role:master" in said("INFO", "replication")


def test_redis_benchmark_runs_against_it(server: Server) -> None:
    benchmark = program("redis-benchmark")
    run = subprocess.run(
        [
            *(benchmark, "-p", str(server.port), "-n", "200", "-c", "5", "-P", "4", "--csv"),
            *("-t", "ping,set,get,incr,lpush,rpop,sadd,hset,zadd,mset"),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=40,
    )
    assert run.stdout.count("\n") >= 11
    assert "rror" not in run.stdout + run.stderr
