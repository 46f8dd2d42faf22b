"""What DEBUG does to the server as a whole, and SHUTDOWN's words."""

from __future__ import annotations

import pytest

from mock_backend import MockServer
from tests.integration.steps import Steps, cases, check
from tests.integration.wire import Wire
from tests.targets import Server

UNKNOWN = "ERR unknown subcommand or wrong number of arguments for '{}'. Try DEBUG HELP."


@cases(
    [
        (
            "words of DEBUG",
            [
                ("DEBUG", "ERR wrong number of arguments for 'debug' command"),
                ("DEBUG NoSuch", UNKNOWN.format("NoSuch")),
                ("DEBUG SLEEP", UNKNOWN.format("SLEEP")),
                ("DEBUG SLEEP 0 1", UNKNOWN.format("SLEEP")),
                ("DEBUG JMAP", UNKNOWN.format("JMAP")),
                ("DEBUG LEAK word", b"OK"),
                ("DEBUG LOG", UNKNOWN.format("LOG")),
                ("DEBUG LOG word", b"OK"),
                ("DEBUG REPLICATE", UNKNOWN.format("REPLICATE")),
                ("DEBUG REPLICATE word", b"OK"),
                ("DEBUG PAUSE-CRON 0", b"OK"),
                ("DEBUG AOF-FLUSH-SLEEP 0", b"OK"),
                ("DEBUG CLIENT-EVICTION", "ERR maxmemory-clients is disabled."),
                ("DEBUG MALLCTL x", "ERR No such file or directory"),
                ("DEBUG CRASH-AND-RECOVER x", "ERR value is not an integer or out of range"),
                ("DEBUG ERROR 'ERR own words'", "ERR own words"),
                ("DEBUG ERROR OWN", "OWN"),
                ("DEBUG CHANGE-REPL-ID", b"OK"),
            ],
        ),
        (
            "words of SHUTDOWN",
            [
                ("SHUTDOWN NOPE", "ERR syntax error"),
                ("SHUTDOWN SAVE NOSAVE", "ERR syntax error"),
                ("SHUTDOWN NOW ABORT", "ERR syntax error"),
                ("SHUTDOWN ABORT", "ERR No shutdown in progress."),
                ("SHUTDOWN ABORT ABORT", "ERR No shutdown in progress."),
                ("MULTI", b"OK"),
                ("SHUTDOWN", "ERR Command not allowed inside a transaction"),
                ("DISCARD", b"OK"),
            ],
        ),
    ]
)
def test_words_are_taken_as_the_servers_take_them(wire: Wire, steps: Steps) -> None:
    check(wire, steps)


def test_the_replication_id_can_be_changed(wire: Wire) -> None:
    before = wire("INFO", "replication")
    wire("DEBUG", "CHANGE-REPL-ID")
    assert wire("INFO", "replication") != before


def test_nothing_happens_by_itself_while_cron_is_paused(wire: Wire) -> None:
    wire("DEBUG", "PAUSE-CRON", 1)
    wire("SET", "k", 1, "PX", 1)
    wire("DEBUG", "SLEEP", "0.3")
    assert wire("DBSIZE") == 1
    wire("DEBUG", "PAUSE-CRON", 0)
    while wire("DBSIZE"):
        pass


@pytest.mark.targets("mock")
def test_the_server_begins_again_with_what_was_saved(server: Server, wire: Wire) -> None:
    wire("SET", "saved", 1)
    wire("SAVE")
    wire("SET", "lost", 1)
    wire.send("DEBUG", "CRASH-AND-RECOVER")
    with pytest.raises(ConnectionError):
        wire.read()
    again = Wire(server.host, server.port)
    assert again("KEYS", "*") == [b"saved"]
    again.close()


def test_a_crash_ends_the_mock() -> None:
    with MockServer() as mock:
        wire = Wire(mock.host, mock.port)
        wire.send("DEBUG", "PANIC")
        with pytest.raises(ConnectionError):
            wire.read()
        wire.close()
