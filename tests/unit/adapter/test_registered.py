"""Registered scripts of an asynchronous client: the shorter way, and where it is not taken."""

import asyncio
import hashlib
from typing import Any
from unittest import mock

import pytest
from glide_shared.exceptions import RequestError
from redis.exceptions import NoScriptError, ResponseError

import adapter.asyncio
from adapter.registered import AsyncScript
from adapter.translate.plan import CUSTOM
from tests.unit.adapter.answering import Answering, run

SOURCE = "return {KEYS[1], ARGV[1], 'and more words than a SHA1 has'}"
SHA = hashlib.sha1(SOURCE.encode()).hexdigest().encode()
CALLED = (CUSTOM, [b"EVALSHA", SHA, b"1", b"k", b"v"])
LOADED = (CUSTOM, [b"SCRIPT", b"LOAD", SOURCE.encode()])


def said(kind: str, text: str) -> RequestError:
    return RequestError(f"An error was signalled by the server: - {kind}: {text}")


NO_SCRIPT = said("NoScriptError", "No matching script.")


def called(client: Any) -> Any:
    return client.register_script(SOURCE)(keys=["k"], args=["v"])


@pytest.mark.parametrize("decode_responses", [False, True])
@pytest.mark.parametrize(
    ("reply", "bytes_", "text"),
    [
        (5, 5, 5),
        (None, None, None),
        (b"v", b"v", "v"),
        ("OK", b"OK", "OK"),
        ([b"v", "OK"], [b"v", b"OK"], ["v", "OK"]),
    ],
)
def test_a_script_is_called_by_its_sha1(reply, bytes_, text, decode_responses):
    sender = Answering(reply)

    result = run(called, sender, decode_responses=decode_responses)

    assert result == (text if decode_responses else bytes_)
    assert sender.asked == [CALLED]


@pytest.mark.parametrize(
    ("keys", "args", "words"),
    [
        (None, None, [b"0"]),
        ([], [], [b"0"]),
        (["k", b"l"], None, [b"2", b"k", b"l"]),
        (None, iter([1, "2"]), [b"0", b"1", b"2"]),
        (("k",), (b"v", 1.5), [b"1", b"k", b"v", b"1.5"]),
    ],
)
def test_keys_and_arguments_may_be_missing(keys, args, words):
    sender = Answering(1)

    run(lambda client: client.register_script(SOURCE)(keys, args), sender)

    assert sender.asked == [(CUSTOM, [b"EVALSHA", SHA, *words])]


def test_a_script_that_the_server_does_not_have_is_loaded():
    # redis-py's own way begins with another try
    sender = Answering(NO_SCRIPT, NO_SCRIPT, SHA, b"done")

    assert run(called, sender) == b"done"
    assert sender.asked == [CALLED, CALLED, LOADED, CALLED]


def test_an_error_of_the_script_is_raised():
    with pytest.raises(ResponseError, match="my own words"):
        run(called, Answering(said("ResponseError", "my own words")))


def test_who_calls_evalsha_himself_is_told_of_a_missing_script():
    with pytest.raises(NoScriptError):
        run(lambda client: client.evalsha(SHA.decode(), 0), Answering(NO_SCRIPT))


def test_a_response_callback_is_asked():
    def with_callback(client: Any) -> Any:
        client.set_response_callback("EVALSHA", lambda reply: [reply])
        return called(client)

    assert run(with_callback, Answering(5)) == [5]


def test_another_sha1_than_that_of_the_source_is_sent():
    def with_sha(client: Any) -> Any:
        script = client.register_script(SOURCE)
        script.sha = "f" * 40
        return script()

    sender = Answering(1)
    run(with_sha, sender)

    assert sender.asked[0][1] == [b"EVALSHA", b"f" * 40, b"0"]


def test_an_execute_command_of_ones_own_is_told():
    async def main() -> Any:
        client = adapter.asyncio.Redis()
        script = client.register_script(SOURCE)
        with mock.patch.object(client, "execute_command") as execute:
            await script(keys=["k"], args=["v"])
        return execute.call_args.args

    assert asyncio.run(main()) == ("EVALSHA", SHA.decode(), 1, "k", "v")


def test_a_script_counts_as_a_coroutine_function():
    method: Any = AsyncScript.__call__
    assert asyncio.iscoroutinefunction(method)


def test_a_script_may_be_given_to_another_client():
    first, second = Answering(1), Answering(2)

    def moved(client: Any) -> Any:
        script = client.register_script(SOURCE)

        def call(other: Any) -> Any:
            script.registered_client = other
            return script()

        return call

    call = asyncio.run(_made(moved))
    assert run(call, second) == 2
    assert not first.asked


async def _made(make: Any) -> Any:
    return make(adapter.asyncio.Redis())
