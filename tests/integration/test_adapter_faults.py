"""Whatever goes wrong on the way: the adapter raises what redis-py raises, and in time.

Each call goes through redis-py and through the adapter, to a mock that has the same fault for both.
Faults are not found on real servers; error lines that those do say are in test_adapter_errors.py.
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import (
    BusyLoadingError,
    ConnectionError,
    InvalidResponse,
    TimeoutError,
)
from redis.retry import Retry

import adapter
import adapter.asyncio
from mock_backend import MockServer

pytestmark = pytest.mark.one_mock

PATIENCE = 5.0
"""The clients' socket_timeout, in seconds, where an error comes before it."""
SHORT_PATIENCE = 0.25
"""The same, where it is the error."""
ALLOWANCE = 1.0
"""So much later than socket_timeout each error is met."""
ATTEMPTS = 3
"""So often a call may be slow because the machine is."""

LINES = """\
WRONGTYPE Operation against a key holding the wrong kind of value
NOSCRIPT No matching script. Please use EVAL.
BUSYGROUP Consumer Group name already exists
NOAUTH Authentication required.
WRONGPASS invalid username-password pair or user is disabled.
NOPERM User default has no permissions to run the '{}' command
OOM command not allowed when used memory > 'maxmemory'.
READONLY You can't write against a read only replica.
LOADING Redis is loading the dataset in memory
MOVED 3999 127.0.0.1:6381
ASK 3999 127.0.0.1:6381
TRYAGAIN Multiple keys request during rehashing of slot
CROSSSLOT Keys in request don't hash to the same slot
CLUSTERDOWN Hash slot not served
BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.
NOGOODSLAVE No suitable replica to promote
MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.
NOREPLICAS Not enough good replicas to write.
UNKILLABLE Sorry the script already executed write commands against the dataset.
NOTBUSY No scripts in execution right now.
MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.
UNBLOCKED client unblocked via CLIENT UNBLOCK
NOGROUP No such key 'x' or consumer group 'g'
ERR max number of clients reached
ERR syntax error
MYCODE my words: with a colon
single""".splitlines()

SCRIPT = "return redis.call('GET', KEYS[1]) -- one that nobody knows:"
NUMBERS = itertools.count()
SHORT = "return redis.call('GET',KEYS[1])"
"""Shorter than that, so that it is never known by its SHA1."""


@dataclass(frozen=True)
class Face:
    """The adapter's client beside redis-py's, both synchronous or both asynchronous."""

    ours: Any
    theirs: Any
    retry: Any

    @property
    def both(self) -> tuple[Any, Any]:
        """Our client's class and redis-py's."""
        return self.ours, self.theirs


FACES = pytest.mark.parametrize(
    "face",
    [
        Face(adapter.Redis, redis.Redis, Retry),
        Face(adapter.asyncio.Redis, redis.asyncio.Redis, AsyncRetry),
    ],
    ids=["sync", "asyncio"],
)


async def done(result: Any) -> Any:
    """What either sort of client has answered."""
    return await result if inspect.isawaitable(result) else result


async def single(client: Any) -> Any:
    return await done(client.get("k"))


async def pipeline(client: Any) -> Any:
    return await done(client.pipeline(transaction=False).set("a", 1).get("k").set("b", 2).execute())


async def lenient(client: Any) -> Any:
    queued = client.pipeline(transaction=False).set("a", 1).get("k").set("b", 2)
    results = await done(queued.execute(raise_on_error=False))
    raise results[1]


async def transaction(client: Any) -> Any:
    return await done(client.pipeline().set("a", 1).get("k").set("b", 2).execute())


async def watching(client: Any) -> Any:
    queued = client.pipeline()
    try:
        await done(queued.watch("k"))
        await done(queued.get("k"))
        queued.multi()
        queued.set("a", 1)
        return await done(queued.execute())
    finally:
        await done(queued.reset())


async def evaluating(client: Any) -> Any:
    return await done(client.eval(SHORT, 1, "k"))


async def scripting(client: Any) -> Any:
    return await done(client.register_script(f"{SCRIPT} {next(NUMBERS)}")(keys=["k"]))


async def blocking(client: Any) -> Any:
    return await done(client.blpop("nothing", 5))


async def selecting(client: Any) -> Any:
    return await done(client.execute_command("SELECT", 3))


async def naming(client: Any) -> Any:
    return await done(client.client_setname("me"))


async def monitoring(client: Any) -> Any:
    if hasattr(client, "aclose"):
        async with client.monitor():
            return None
    with client.monitor():
        return None


async def subscribing(client: Any) -> Any:
    """redis-py's ``subscribe`` does not wait for the answer: it is met by who reads."""
    pubsub = client.pubsub()
    try:
        await done(pubsub.subscribe("c"))
        return await done(pubsub.get_message(timeout=PATIENCE))
    finally:
        await done(pubsub.aclose() if hasattr(pubsub, "aclose") else pubsub.close())


async def by_hand(client: Any) -> Any:
    connection = await done(client.connection_pool.get_connection())
    try:
        await done(connection.send_command("GET", "k"))
        return await done(connection.read_response())
    finally:
        await done(connection.disconnect())


CALLS = {
    "single": (single, "GET"),
    "pipeline": (pipeline, "GET"),
    "lenient pipeline": (lenient, "GET"),
    "transaction": (transaction, "GET"),
    "EXEC": (transaction, "EXEC"),
    "WATCH": (watching, "WATCH"),
    "between WATCH and MULTI": (watching, "GET"),
    "EXEC of a watcher": (watching, "EXEC"),
    "EVAL": (evaluating, "EVAL"),
    "script": (scripting, "EVALSHA"),
    "SCRIPT LOAD": (scripting, "SCRIPT LOAD"),
    "blocking": (blocking, "BLPOP"),
    "SELECT": (selecting, "SELECT"),
    "CLIENT SETNAME": (naming, "CLIENT SETNAME"),
    "HELLO": (single, "HELLO"),
    "MONITOR": (monitoring, "MONITOR"),
    "connection": (by_hand, "GET"),
}
"""A call, and the command that meets the fault."""
ANSWERED = {**CALLS, "SUBSCRIBE": (subscribing, "SUBSCRIBE")}
"""Also what redis-py does not miss when it does not come."""

Calls = Callable[[Any], Any]
EACH_CALL = pytest.mark.parametrize(("call", "command"), CALLS.values(), ids=CALLS)
EACH_ANSWERED = pytest.mark.parametrize(("call", "command"), ANSWERED.values(), ids=ANSWERED)


@pytest.fixture
def faulty() -> Iterator[MockServer]:
    with MockServer() as server:
        with redis.Redis(port=server.port) as client:
            client.set("k", "v")
        yield server
    assert server.bugs == []


@pytest.fixture
def met(faulty: MockServer) -> Callable[..., Exception]:
    """What a client of that class raises over a call, which it must do in time."""

    def met(
        make: Any, retry: Any, call: Calls, socket_timeout: float = PATIENCE, **keywords: Any
    ) -> Exception:
        async def attempt() -> tuple[Exception | None, float]:
            client = make(
                **{
                    "port": faulty.port,
                    "socket_timeout": socket_timeout,
                    "retry": retry(NoBackoff(), 0),
                    **keywords,
                }
            )
            start = time.monotonic()
            try:
                await call(client)
            except Exception as error:
                return error, time.monotonic() - start
            finally:
                await done(client.aclose() if hasattr(client, "aclose") else client.close())
            return None, 0.0

        for _ in range(ATTEMPTS):
            error, seconds = asyncio.run(attempt())
            assert error is not None, "nothing was raised"
            if seconds < socket_timeout + ALLOWANCE:
                return error
        return pytest.fail(f"{error!r} after {seconds} s")

    return met


def told(error: Exception) -> tuple[type[Exception], str]:
    return type(error), str(error)


@FACES
@EACH_ANSWERED
def test_an_error_line_is_told_as_redis_py_tells_it(faulty, met, face, call, command):
    for words in LINES[:: 4 if call is subscribing else 1]:
        line = words.format(command.lower().replace(" ", "|"))
        faulty.faults.every(command).error(line)

        ours, theirs = (met(make, face.retry, call) for make in face.both)

        assert told(ours) == told(theirs), line
        # GLIDE's error, where it was GLIDE that met it
        assert ours.__cause__ is not None or command in ("HELLO", "MONITOR")
        faulty.faults.clear()


@FACES
def test_a_reply_of_exec_with_an_error_in_it_is_told_as_redis_py_tells_it(faulty, met, face):
    async def within(client: Any) -> None:
        # to redis-py some errors are not the transaction's, but values among its results
        raise (await transaction(client))[1]

    for words in LINES:
        line = words.format("get")
        faulty.faults.every("EXEC").raw(b"*3\r\n+OK\r\n-%b\r\n+OK\r\n" % line.encode())

        ours, theirs = (met(make, face.retry, within) for make in face.both)

        assert told(ours) == told(theirs)
        faulty.faults.clear()


@FACES
@EACH_ANSWERED
@pytest.mark.parametrize("size", [0, 1, 2])
def test_a_connection_that_ends_before_or_in_a_reply_is_told_as_redis_py_tells_it(
    faulty, met, face, call, command, size
):
    if command == "BLPOP":
        faulty.faults.every(command).close()  # its reply would be late
    else:
        faulty.faults.every(command).cut(size)

    ours, theirs = (met(make, face.retry, call) for make in face.both)

    assert told(ours) == told(theirs)


@FACES
@EACH_ANSWERED
def test_a_connection_that_is_reset_is_a_connection_error(faulty, met, face, call, command):
    """GLIDE does not always say how it ended, and does not say where."""
    faulty.faults.every(command).reset()

    ours, theirs = (met(make, face.retry, call) for make in face.both)

    assert type(ours) is type(theirs)
    if type(ours) is ConnectionError:
        assert str(ours) == "Connection closed by server." or "104" in str(ours)


@FACES
@EACH_CALL
def test_a_reply_that_does_not_come_is_a_timeout(faulty, met, face, call, command):
    faulty.faults.every(command).silence()

    ours, theirs = (met(make, face.retry, call, SHORT_PATIENCE) for make in face.both)

    assert told(ours) == told(theirs)


@FACES
@pytest.mark.parametrize("call", [single, pipeline])
def test_a_reply_that_comes_too_late_is_a_timeout(faulty, met, face, call):
    faulty.faults.every("GET").delay(60)

    ours, theirs = (met(make, face.retry, call, SHORT_PATIENCE) for make in face.both)

    assert told(ours) == told(theirs)


@FACES
@EACH_ANSWERED
@pytest.mark.parametrize("garbage", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0\1\2\r\n"])
def test_garbage_is_no_response(faulty, met, face, call, command, garbage):
    """Where several replies were due, GLIDE only says that the connection has ended."""
    faulty.faults.every(command).raw(garbage)

    ours, theirs = (met(make, face.retry, call) for make in face.both)

    assert told(ours) == told(theirs) or (
        call in (pipeline, lenient, transaction, subscribing) and type(ours) is ConnectionError
    )


@FACES
@pytest.mark.parametrize("call", [single, pipeline, transaction, blocking, evaluating])
def test_a_server_that_refuses_connections_is_told_as_redis_py_tells_it(faulty, met, face, call):
    with faulty.faults.refusing():
        ours, theirs = (met(make, face.retry, call) for make in face.both)

    assert type(ours) is ConnectionError
    assert told(ours) == told(theirs)


@FACES
def test_a_server_that_accepts_and_never_says_a_word_is_a_timeout(faulty, met, face):
    faulty.faults.every("").silence()

    ours, theirs = (met(make, face.retry, single, SHORT_PATIENCE) for make in face.both)

    assert type(ours) is TimeoutError
    assert told(ours) == told(theirs)


@FACES
def test_a_name_that_nobody_has_is_told_as_redis_py_tells_it(met, face):
    ours, theirs = (
        met(make, face.retry, single, host="no-such-host.invalid") for make in face.both
    )

    assert type(ours) is ConnectionError
    assert told(ours) == told(theirs)


@FACES
def test_tls_to_a_server_that_does_not_speak_it_is_told_as_redis_py_tells_it(faulty, met, face):
    ours, theirs = (
        met(
            make,
            face.retry,
            single,
            SHORT_PATIENCE,
            socket_connect_timeout=SHORT_PATIENCE,
            ssl=True,
            ssl_cert_reqs="none",
        )
        for make in face.both
    )

    assert told(ours) == told(theirs)


@FACES
def test_plain_words_to_a_server_of_tls_are_told_as_redis_py_tells_it(faulty, met, face):
    faulty.faults.every("HELLO").raw(b"\x15\x03\x03\x00\x02\x02\x0a")  # an alert

    ours, theirs = (met(make, face.retry, single) for make in face.both)

    assert type(ours) is InvalidResponse
    assert told(ours) == told(theirs)


@FACES
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(lambda on: on.silence(), id="silence"),
        pytest.param(lambda on: on.close(), id="close"),
        pytest.param(lambda on: on.error("LOADING not yet"), id="error"),
    ],
)
def test_a_server_that_fails_once_it_has_been_found_is_met_in_time(faulty, met, face, fault):
    """GLIDE's own greeting, behind ours."""
    on = faulty.faults.next("HELLO", skip=1, times=1_000_000)
    fault(on)

    ours = met(face.ours, face.retry, single, SHORT_PATIENCE)

    assert isinstance(ours, (ConnectionError, TimeoutError, BusyLoadingError))


@FACES
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(lambda on: on.close(), id="close"),
        pytest.param(lambda on: on.reset(), id="reset"),
        pytest.param(lambda on: on.cut(1), id="cut"),
        pytest.param(lambda on: on.error("LOADING not yet"), id="loading"),
    ],
)
@pytest.mark.parametrize("call", [single, pipeline, transaction, evaluating])
def test_what_fails_twice_is_tried_again_as_often_as_redis_py_does(faulty, face, fault, call):
    command = "EVAL" if call is evaluating else "EXEC" if call is transaction else "GET"

    async def attempt(make: Any, retries: int) -> Any:
        client = make(
            port=faulty.port, socket_timeout=PATIENCE, retry=face.retry(NoBackoff(), retries)
        )
        fault(faulty.faults.next(command, times=2))
        try:
            return await call(client)
        except redis.RedisError as error:
            return type(error)
        finally:
            faulty.faults.clear()
            await done(client.aclose() if hasattr(client, "aclose") else client.close())

    for retries in (1, 2):
        ours, theirs = (asyncio.run(attempt(make, retries)) for make in face.both)
        assert ours == theirs


@FACES
@pytest.mark.parametrize("call", [single, pipeline, transaction])
def test_a_connection_that_has_gone_silent_is_not_used_again(faulty, face, call):
    command = "EXEC" if call is transaction else "GET"

    async def twice() -> Any:
        client = face.ours(
            port=faulty.port, socket_timeout=SHORT_PATIENCE, retry=face.retry(NoBackoff(), 1)
        )
        try:
            faulty.faults.next(command).silence()
            return await call(client)
        finally:
            await done(client.aclose() if hasattr(client, "aclose") else client.close())

    assert asyncio.run(twice()) in (b"v", [True, b"v", True])


@FACES
@pytest.mark.parametrize("size", [1, 3])
def test_a_reply_in_pieces_is_a_reply(faulty, face, size):
    async def called(make: Any) -> list[Any]:
        client = make(port=faulty.port)
        try:
            return [await call(client) for call in (single, pipeline, transaction, evaluating)]
        finally:
            await done(client.aclose() if hasattr(client, "aclose") else client.close())

    faulty.faults.every("").pieces(size)

    assert asyncio.run(called(face.ours)) == asyncio.run(called(face.theirs))


@FACES
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(lambda on: on.close(), id="close"),
        pytest.param(lambda on: on.cut(2), id="cut"),
        pytest.param(lambda on: on.raw(b"garbage\r\n"), id="garbage"),
        pytest.param(lambda on: on.error("OOM no"), id="error"),
    ],
)
@pytest.mark.parametrize("call", [single, pipeline, transaction, evaluating])
def test_the_next_call_works(faulty, face, fault, call):
    command = "EVAL" if call is evaluating else "EXEC" if call is transaction else "GET"

    async def twice() -> Any:
        client = face.ours(
            port=faulty.port, socket_timeout=PATIENCE, retry=face.retry(NoBackoff(), 0)
        )
        try:
            fault(faulty.faults.next(command))
            with pytest.raises(redis.RedisError):
                await call(client)
            return await call(client)
        finally:
            await done(client.aclose() if hasattr(client, "aclose") else client.close())

    assert asyncio.run(twice()) in (b"v", [True, b"v", True])


@FACES
def test_a_waiting_call_whose_connection_ends_is_a_connection_error(faulty, face):
    """BLPOP waits at the server when everybody is thrown out."""

    async def waiting(make: Any) -> Exception:
        client = make(port=faulty.port, retry=face.retry(NoBackoff(), 0))
        if face.retry is AsyncRetry:
            call = asyncio.create_task(client.blpop("nothing", 0))
        else:
            call = asyncio.create_task(asyncio.to_thread(client.blpop, "nothing", 0))
        async with asyncio.timeout(10):
            while not faulty.kernel.waiting.parked:
                await asyncio.sleep(0.001)
            faulty.faults.drop()
            with pytest.raises(redis.RedisError) as raised:
                await call
        await done(client.aclose() if hasattr(client, "aclose") else client.close())
        return raised.value

    assert told(asyncio.run(waiting(face.ours))) == told(asyncio.run(waiting(face.theirs)))
