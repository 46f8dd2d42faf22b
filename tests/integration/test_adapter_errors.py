"""What goes wrong comes out as redis-py's exception, in the server's words, in bounded time.

Most tests run a call through redis-py and through the adapter, and compare what they raise.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    ConnectionError,
    ResponseError,
    TimeoutError,
)
from redis.retry import Retry

import adapter
import adapter.asyncio
from tests.targets import Missing, free_port, program, required, running

pytestmark = pytest.mark.one_mock

SECONDS = 10
"""More than any of these may take; what is asserted is that nothing hangs."""


@contextmanager
def bounded() -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < SECONDS


@dataclass(frozen=True)
class Face:
    """The adapter's client beside redis-py's, both synchronous or both asynchronous."""

    ours: Any
    theirs: Any
    once: Any
    """A Retry that tries nothing again."""

    def perform(self, client: Any, *command: Any) -> Any:
        """The reply to one command, on a client that is closed after it."""
        if isinstance(client, redis.Redis):
            with client:
                return client.execute_command(*command)

        async def performed() -> Any:
            async with client:
                return await client.execute_command(*command)

        return asyncio.run(performed())

    def failures(self, *command: Any, **keywords: Any) -> tuple[Exception, Exception]:
        """What our client and redis-py's raise over the same command, with the same keywords."""
        keywords = {"retry": self.once, **keywords}
        return (
            failure(lambda: self.perform(self.ours(**keywords), *command)),
            failure(lambda: self.perform(self.theirs(**keywords), *command)),
        )


SYNC = Face(adapter.Redis, redis.Redis, Retry(NoBackoff(), 0))
ASYNC = Face(adapter.asyncio.Redis, redis.asyncio.Redis, AsyncRetry(NoBackoff(), 0))
BOTH = pytest.mark.parametrize("face", [SYNC, ASYNC], ids=["sync", "asyncio"])


def failure(call: Callable[[], Any]) -> Exception:
    with bounded(), pytest.raises((redis.RedisError, ValueError, TypeError)) as raised:
        call()
    return raised.value


def told(error: Exception) -> tuple[type[Exception], str]:
    return type(error), str(error)


@contextmanager
def service(answer: bytes) -> Iterator[int]:
    """The port of somebody who says ``answer`` to whatever he hears, and hangs up."""

    def serve(listening: socket.socket) -> None:
        while True:
            try:
                caller, _ = listening.accept()
            except OSError:
                return
            with caller:
                caller.recv(4096)
                caller.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(SECONDS)


@BOTH
def test_a_refused_connection_is_told_as_redis_py_tells_it(face):
    ours, theirs = face.failures("PING", host="127.0.0.1", port=free_port())

    assert isinstance(ours, ConnectionError)
    assert told(ours) == told(theirs)


def test_a_refused_connection_is_tried_again_as_often_as_was_asked():
    keywords = {"host": "127.0.0.1", "port": free_port(), "retry": Retry(NoBackoff(), 2)}

    ours, theirs = SYNC.failures("PING", **keywords)

    assert told(ours) == told(theirs)


@BOTH
def test_redis_pys_default_retries_end_as_well(face):
    client = face.ours.from_url(f"redis://127.0.0.1:{free_port()}")

    assert isinstance(failure(lambda: face.perform(client, "PING")), ConnectionError)


@BOTH
@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-x\r\n", b"\0\1\2\r\n", b""]
)
def test_another_service_on_the_port_is_told_as_redis_py_tells_it(face, answer):
    with service(answer) as port:
        ours, theirs = face.failures("PING", host="127.0.0.1", port=port)

    assert told(ours) == told(theirs)


@BOTH
def test_a_server_that_says_nothing_is_a_timeout(face):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        ours, _ = face.failures(
            "PING", port=mute.getsockname()[1], socket_connect_timeout=0.1, socket_timeout=0.1
        )

    assert isinstance(ours, TimeoutError | ConnectionError)


@BOTH
@pytest.mark.parametrize(
    "url",
    ["http://localhost", "localhost:6379", "redis://h:port/0", "redis://h/0?socket_timeout=soon"],
)
def test_a_bad_url_is_refused_in_redis_pys_words(face, url):
    ours = failure(lambda: face.ours.from_url(url))

    assert isinstance(ours, ValueError)
    assert told(ours) == told(failure(lambda: face.theirs.from_url(url)))


@BOTH
def test_an_unknown_keyword_is_a_type_error_in_redis_pys_words(face):
    ours, theirs = face.failures("PING", no_such_keyword=1)

    assert isinstance(ours, TypeError)
    assert told(ours) == told(theirs)


@BOTH
def test_an_unknown_keyword_of_a_url_is_told_by_the_first_command(server, face):
    url = f"{server.url}?no_such_keyword=1"

    ours = failure(lambda: face.perform(face.ours.from_url(url), "PING"))

    assert told(ours) == told(failure(lambda: face.perform(face.theirs.from_url(url), "PING")))


@BOTH
@pytest.mark.parametrize(
    "keywords", [{}, {"password": "wrong"}, {"username": "bob", "password": "x"}]
)
def test_wrong_credentials_are_an_authentication_error(server, make_redis_py, face, keywords):
    with make_redis_py() as control:
        control.config_set("requirepass", "secret")
    address = {"host": server.host, "port": server.port}

    ours, theirs = face.failures("PING", **address, **keywords)

    assert isinstance(ours, AuthenticationError)
    assert told(ours) == told(theirs)
    assert face.perform(face.ours(**address, password="secret"), "PING") is True


@BOTH
@pytest.mark.parametrize("db", [999, -1, "x", " 1", "1.5", 1.5, 2**70])
def test_a_database_that_does_not_exist_is_the_servers_error(server, face, db):
    ours, theirs = face.failures("PING", host=server.host, port=server.port, db=db)

    assert isinstance(ours, ResponseError)
    assert told(ours) == told(theirs)


@BOTH
@pytest.mark.parametrize(
    "command",
    [
        ("LPUSH", "text", 1),
        ("INCR", "text"),
        ("NO-SUCH-COMMAND", "x"),
        ("GET",),
        ("SET", "k", "v", "NX", "XX"),
        ("EVALSHA", "f" * 40, 0),
        ("EVAL", "return redis.call('LPUSH', KEYS[1], 1)", 1, "text"),
        ("EVAL", "return nonsense(", 0),
        ("EVAL", "return nonsense", 0),
        ("EVAL", "return redis.error_reply('MYCODE my words')", 0),
        ("EVAL", "error('thrown')", 0),
        ("EVAL", "redis.breakpoint_() -- a source that is longer than its own SHA1 is", 0),
        ("EXPIRE", "k", "soon"),
        ("XGROUP CREATE", "missing", "g", "$"),
        ("CONFIG SET", "no-such-parameter", 1),
        ("SETRANGE", "k", 2**32, "x"),
        ("SETRANGE", "k", 512 * 1024 * 1024, "x"),
        ("HINCRBY", "h", "f", "x"),
    ],
    ids=lambda command: " ".join(map(str, command)),
)
def test_an_error_reply_has_redis_pys_class_and_the_servers_words(
    server, make_redis_py, face, command
):
    make_redis_py().set("text", "abc")

    ours, theirs = face.failures(*command, host=server.host, port=server.port)

    assert isinstance(ours, redis.RedisError)
    assert told(ours) == told(theirs)


@BOTH
@pytest.mark.parametrize(
    "command",
    [("SETRANGE", "k", 1024 * 1024, "x"), ("APPEND", "full", "x")],
    ids=["SETRANGE", "APPEND"],
)
def test_a_value_that_would_grow_too_large_is_the_servers_error(
    server, make_redis_py, face, command
):
    control = make_redis_py()
    control.config_set("proto-max-bulk-len", 1024 * 1024)
    control.set("full", b"x" * 1024 * 1024)

    ours, theirs = face.failures(*command, host=server.host, port=server.port)

    assert isinstance(ours, ResponseError)
    assert told(ours) == told(theirs)


@BOTH
@pytest.mark.parametrize("excess", [1, 7 * 1024 * 1024])
def test_a_value_that_is_too_large_to_be_sent_ends_neither_client_nor_server(
    server, make_redis_py, face, excess
):
    """The server hangs up in the middle: redis-py, too, sees now its error, now a broken pipe."""
    make_redis_py().config_set("proto-max-bulk-len", 1024 * 1024)
    address = {"host": server.host, "port": server.port}

    ours, _ = face.failures("SET", "k", b"x" * (1024 * 1024 + excess), **address)

    assert told(ours) == (ResponseError, "Protocol error: invalid bulk length") or isinstance(
        ours, ConnectionError
    )
    assert face.perform(face.ours(**address), "PING") is True


async def test_one_error_in_a_batch_is_nobody_elses(make_async_client):
    client = make_async_client()
    await client.set("text", "abc")

    refused = client.lpush("text", 1)
    results = await gathered(client.set("a", 1), refused, client.get("a"), client.incr("a"))

    assert (results[0], results[2], results[3]) == (True, b"1", 2)
    assert isinstance(results[1], ResponseError)


async def gathered(*calls):
    return await asyncio.gather(*calls, return_exceptions=True)


@pytest.mark.targets("redis", "valkey")
def test_a_command_that_takes_too_long_is_a_timeout(make_client):
    client = make_client(socket_timeout=0.1, retry=None)

    with bounded(), pytest.raises(TimeoutError, match="Timeout reading from socket"):
        client.execute_command("DEBUG", "SLEEP", 0.5)


def test_a_closed_client_opens_again_as_redis_pys_does(make_client):
    client = make_client()
    client.set("k", 1)

    client.close()
    client.close()

    with bounded():
        assert client.get("k") == b"1"


async def test_a_closed_client_opens_again_as_redis_pys_does_async(make_async_client):
    client = make_async_client()
    await client.set("k", 1)

    await client.aclose()
    await client.aclose()

    with bounded():
        assert await client.get("k") == b"1"


@pytest.mark.parametrize("command", ["MULTI", "WATCH k", "EXEC", "SUBSCRIBE c", "MONITOR"])
def test_what_would_take_the_shared_connection_hostage_is_refused_with_advice(make_client, command):
    client = make_client()

    with pytest.raises(redis.RedisError):
        client.execute_command(*command.split())

    assert client.ping() is True


def test_killed_connections_are_not_noticed(make_client, make_redis_py):
    client, control = make_client(), make_redis_py(client_name="control")
    client.set("k", 1)

    for other in control.client_list():
        if other["name"] != "control":
            control.client_kill_filter(_id=other["id"])

    with bounded():
        assert client.get("k") == b"1"


@pytest.mark.parametrize("name", ["redis", "valkey"])
def test_a_server_that_is_gone_is_a_refused_connection(name):
    """Each on a server of its own, which is ended half way through."""
    try:
        program(name)
    except Missing as missing:
        (pytest.fail if required() else pytest.skip)(str(missing))
    with running(name) as gone:
        client = adapter.Redis.from_url(gone.url, socket_timeout=0.5)
        client.set("k", 1)

    with bounded(), pytest.raises(ConnectionError):
        client.get("k")
    with bounded(), pytest.raises(ConnectionError, match="Error 111 connecting"):
        client.get("k")
