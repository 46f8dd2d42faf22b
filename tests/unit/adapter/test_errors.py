"""What GLIDE makes of an error is undone: the server's words, redis-py's class."""

import pytest
from glide_shared import exceptions as glide
from redis import exceptions as rx
from redis._parsers.base import BaseParser

from adapter.translate import errors

SIGNALLED = "An error was signalled by the server: - "

LINES = [
    # (what the server sent, what GLIDE says)
    ("ERR syntax error", SIGNALLED + "ResponseError: syntax error"),
    (
        "WRONGTYPE Operation against a key holding the wrong kind of value",
        "WRONGTYPE: Operation against a key holding the wrong kind of value",
    ),
    (
        "NOSCRIPT No matching script. Please use EVAL.",
        SIGNALLED + "NoScriptError: No matching script. Please use EVAL.",
    ),
    ("MOVED 3999 127.0.0.1:6381", SIGNALLED + "Moved: 3999 127.0.0.1:6381"),
    ("ASK 3999 127.0.0.1:6381", SIGNALLED + "Ask: 3999 127.0.0.1:6381"),
    ("NOAUTH Authentication required.", "NOAUTH: Authentication required."),
    (
        "WRONGPASS invalid username-password pair or user is disabled.",
        "WRONGPASS: invalid username-password pair or user is disabled.",
    ),
    (
        "NOPERM User default has no permissions to run the 'get' command",
        SIGNALLED + "PermissionDenied: User default has no permissions to run the 'get' command",
    ),
    (
        "OOM command not allowed when used memory > 'maxmemory'.",
        "OOM: command not allowed when used memory > 'maxmemory'.",
    ),
    (
        "BUSYGROUP Consumer Group name already exists",
        "BUSYGROUP: Consumer Group name already exists",
    ),
    (
        "LOADING Redis is loading the dataset in memory",
        SIGNALLED + "BusyLoadingError: Redis is loading the dataset in memory",
    ),
    (
        "READONLY You can't write against a read only replica.",
        SIGNALLED + "ReadOnly: You can't write against a read only replica.",
    ),
    (
        "EXECABORT Transaction discarded because of previous errors.",
        SIGNALLED + "ExecAbortError: Transaction discarded because of previous errors.",
    ),
    (
        "CROSSSLOT Keys in request don't hash to the same slot",
        SIGNALLED + "CrossSlot: Keys in request don't hash to the same slot",
    ),
    ("CLUSTERDOWN Hash slot not served", SIGNALLED + "ClusterDown: Hash slot not served"),
    (
        "TRYAGAIN Multiple keys request during rehashing of slot",
        SIGNALLED + "TryAgain: Multiple keys request during rehashing of slot",
    ),
    (
        "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
        SIGNALLED
        + "MasterDown: Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    ),
    (
        "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
        "BUSY: Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
    ),
    (
        "UNKILLABLE Sorry the script already executed write commands",
        "UNKILLABLE: Sorry the script already executed write commands",
    ),
    (
        "NOTBUSY No scripts in execution right now.",
        SIGNALLED + "NotBusy: No scripts in execution right now.",
    ),
    (
        "NOREPLICAS Not enough good replicas to write.",
        "NOREPLICAS: Not enough good replicas to write.",
    ),
    (
        "MISCONF Redis is configured to save RDB snapshots",
        "MISCONF: Redis is configured to save RDB snapshots",
    ),
    (
        "NOGROUP No such key 'x' or consumer group 'g'",
        "NOGROUP: No such key 'x' or consumer group 'g'",
    ),
    ("INPROG Failover already in progress", "INPROG: Failover already in progress"),
    ("NOPROTO unsupported protocol version", "NOPROTO: unsupported protocol version"),
    ("BUSYKEY Target key name already exists.", "BUSYKEY: Target key name already exists."),
    ("DENIED Redis is running in protected mode", "DENIED: Redis is running in protected mode"),
    (
        "NOMASTERLINK Can't SYNC while not connected with my master",
        "NOMASTERLINK: Can't SYNC while not connected with my master",
    ),
    (
        "UNBLOCKED client unblocked via CLIENT UNBLOCK",
        "UNBLOCKED: client unblocked via CLIENT UNBLOCK",
    ),
    ("IOERR error or timeout reading", "IOERR: error or timeout reading"),
    (
        "ERR max number of clients reached",
        SIGNALLED + "ResponseError: max number of clients reached",
    ),
    (
        "ERR value is not an integer or out of range",
        SIGNALLED + "ResponseError: value is not an integer or out of range",
    ),
    ("ERR no such key", SIGNALLED + "ResponseError: no such key"),
    (
        "ERR unknown command 'foo', with args beginning with: 'bar' ",
        SIGNALLED + "ResponseError: unknown command 'foo', with args beginning with: 'bar' ",
    ),
    (
        "ERR wrong number of arguments for 'get' command",
        SIGNALLED + "ResponseError: wrong number of arguments for 'get' command",
    ),
    (
        "ERR Error running script (call to f_abc): @user_script:1: my lua error",
        SIGNALLED
        + "ResponseError: Error running script (call to f_abc): @user_script:1: my lua error",
    ),
    (
        "user_script:1: my error script: f_abc, on @user_script:1.",
        "user_script:1:: my error script: f_abc, on @user_script:1.",
    ),
    (
        "ERR user_script:1: my error script: abc, on @user_script:1.",
        SIGNALLED + "ResponseError: user_script:1: my error script: abc, on @user_script:1.",
    ),
    ("MYERR custom: with colon", "MYERR: custom: with colon"),
    ("single", "single: Unknown extension error encountered"),
    ("ERR", "An error was signalled by the server:- ResponseError"),
    ("ERR with - dash: colon", SIGNALLED + "ResponseError: with - dash: colon"),
    ("-DASH x", "-DASH: x"),
]


@pytest.mark.parametrize(("line", "message"), LINES, ids=[line[:40] for line, _ in LINES])
def test_a_servers_error_has_its_words_and_redis_pys_class_again(line, message):
    wanted = BaseParser.parse_error(line)

    for translated in (
        errors.translate(glide.RequestError(message)),
        errors.server_error(glide.RequestError(message)),
    ):
        assert type(translated) is type(wanted)
        assert str(translated) == str(wanted)


def known(code, kind):
    """The class of an error that redis-py 5 leaves to its cluster client."""
    return kind if code in BaseParser.EXCEPTION_CLASSES else rx.ResponseError


CLASSES = [
    ("NoScriptError: No matching script.", rx.NoScriptError),
    ("BusyLoadingError: Redis is loading", rx.BusyLoadingError),
    ("ReadOnly: You can't write", rx.ReadOnlyError),
    ("PermissionDenied: no permissions", rx.NoPermissionError),
    ("ExecAbortError: discarded", rx.ExecAbortError),
    ("MasterDown: Link with MASTER is down", known("MASTERDOWN", rx.MasterDownError)),
    ("TryAgain: rehashing", known("TRYAGAIN", rx.TryAgainError)),
    ("ClusterDown: not served", known("CLUSTERDOWN", rx.ClusterDownError)),
    ("CrossSlot: keys", known("CROSSSLOT", rx.ClusterCrossSlotError)),
    ("ResponseError: max number of clients reached", rx.ConnectionError),
    ("ResponseError: syntax error", rx.ResponseError),
]


@pytest.mark.parametrize(("message", "kind"), CLASSES)
def test_each_kind_has_its_class(message, kind):
    assert type(errors.translate(glide.RequestError(SIGNALLED + message))) is kind


@pytest.mark.skipif("MOVED" not in BaseParser.EXCEPTION_CLASSES, reason="redis-py's is too old")
def test_a_moved_error_knows_where_to():
    moved = errors.translate(glide.RequestError(SIGNALLED + "Moved: 3999 127.0.0.1:6381"))

    assert isinstance(moved, rx.MovedError)
    assert (moved.slot_id, moved.host, moved.port) == (3999, "127.0.0.1", 6381)


BY_GLIDE = [
    (glide.TimeoutError("timed out"), rx.TimeoutError, "Timeout reading from socket"),
    (
        glide.ConnectionError(
            "Received connection error `channel closed`. Will attempt to reconnect"
        ),
        rx.ConnectionError,
        "Connection closed by server.",
    ),
    (glide.TimeoutError("Timeout reading from h:1"), rx.TimeoutError, "Timeout reading from h:1"),
    (
        glide.ConnectionError(
            "Received connection error `Connection reset by peer (os error 104)`."
            " Will attempt to reconnect"
        ),
        rx.ConnectionError,
        "Error while reading from socket: (104, 'Connection reset by peer')",
    ),
    (
        glide.ConnectionError(
            "Received connection error `parse error - ParseError: Parse error at 1\n"
            "Unexpected end of input\n`. Will attempt to reconnect"
        ),
        rx.ConnectionError,
        "Connection closed by server.",
    ),
    (
        glide.ConnectionError(
            "Received connection error `parse error - ParseError: Parse error at 1\n"
            "Unexpected `84`\nUnexpected `34`\n`. Will attempt to reconnect"
        ),
        rx.InvalidResponse,
        r'Protocol error, got "\"" as reply type byte',
    ),
    (
        # not a ConnectionError, which would be tried again and cost one connection after another
        glide.ConnectionError(
            "Received connection error `parse error - ParseError: Parse error at 1\n"
            "invalid utf-8 sequence of 1 bytes from index 57\n`. Will attempt to reconnect"
        ),
        rx.InvalidResponse,
        errors.UNREADABLE,
    ),
    (
        glide.ClosingError("Unable to execute requests; the client is closed."),
        rx.ConnectionError,
        "Unable to execute requests; the client is closed.",
    ),
    (
        glide.RequestError(
            "Standalone connect failed - IoError: "
            "Received error for address `127.0.0.1:1`: timed out\n"
        ),
        rx.ConnectionError,
        "Error connecting to 127.0.0.1:1. Timed out.",
    ),
    (
        glide.ClosingError("Received error for address `h:1`: NOAUTH: HELLO must be called"),
        rx.AuthenticationError,
        "HELLO must be called",
    ),
    (
        glide.RequestError(
            "Standalone connect failed - IoError: Received error for address `h:1`: "
            "WRONGPASS: invalid username-password pair or user is disabled.\n"
        ),
        rx.AuthenticationError,
        "invalid username-password pair or user is disabled.",
    ),
    (
        glide.RequestError("Reached maximum inflight requests- ClientError"),
        rx.MaxConnectionsError,
        "Reached maximum inflight requests- ClientError",
    ),
    (
        glide.RequestError("Incorrect value type received. Wanted an Array.- TypeError"),
        rx.RedisError,
        "Incorrect value type received. Wanted an Array.- TypeError",
    ),
]


@pytest.mark.parametrize(("error", "kind", "text"), BY_GLIDE, ids=lambda value: str(value)[:40])
def test_glides_own_errors_have_redis_pys_class(error, kind, text):
    translated = errors.translate(error)

    assert type(translated) is kind
    assert str(translated) == text
    assert translated.__cause__ is error


def test_an_error_of_redis_py_stays_itself():
    error = rx.DataError("bad")

    assert errors.translate(error) is error


def test_a_message_that_no_server_sent_has_no_line():
    assert errors.server_line("Received empty pipeline- ResponseError") is None
    assert errors.server_line("timed out") is None


@pytest.mark.parametrize(
    ("sent", "words", "told"),
    [
        ("geosearch", "GEORADIUS k 1 2 3 m", "georadius"),
        ("get", "GET k", "get"),
        ("script|exists", "SCRIPT LOAD x", "script|load"),
        ("config|get", "CONFIG GET a", "config|get"),
        ("eval", "LOLWUT", "lolwut"),
    ],
)
def test_a_refusal_names_the_command_as_it_was_asked_for(sent, words, told):
    text = "User joe has no permissions to run the '{}' command"
    refused = errors.translate(
        glide.RequestError(
            "An error was signalled by the server: - PermissionDenied: " + text.format(sent)
        )
    )

    error = errors.under_its_name(refused, words.encode().split())

    assert str(error) == text.format(told)
    assert isinstance(error, rx.NoPermissionError)
