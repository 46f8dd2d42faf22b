"""The methods that go past redis-py's own: the same words, and redis-py's where there is more."""

import asyncio
import gc
import inspect
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any
from unittest import mock

import pytest
import redis.asyncio
from glide_shared.request_type import RequestType
from redis.exceptions import DataError

import adapter.asyncio
from adapter.asyncio.shortcuts import SHORTCUTS
from adapter.translate.routes import REGULAR
from tests.unit.adapter.answering import Answering, run

VALUES = ("key", b"field", 3, "more", 1.5)


def said_by_redis_py(name: str, values: tuple[Any, ...]) -> tuple[Any, ...]:
    client = redis.asyncio.Redis()
    with mock.patch.object(client, "execute_command", mock.Mock()) as execute:
        getattr(client, name)(*values)
    return tuple(execute.call_args.args)


def outcome(action: Callable[[], Any]) -> Any:
    try:
        return action()
    except Exception as error:
        return type(error)


@pytest.mark.parametrize("name", SHORTCUTS)
def test_a_shortcut_says_the_same_words_as_redis_py(name):
    shortcut = SHORTCUTS[name]
    for count in range(shortcut.least, min(shortcut.most, len(VALUES)) + 1):
        sender = Answering(None)
        command, *words = said_by_redis_py(name, VALUES[:count])

        run(lambda client, count=count: getattr(client, name)(*VALUES[:count]), sender)

        encoded = adapter.asyncio.Redis().encoder.words(words)
        assert command == shortcut.command
        assert sender.asked == [(REGULAR[command], encoded)]


@pytest.mark.parametrize("name", SHORTCUTS)
def test_any_number_of_values_comes_to_the_same_as_with_redis_py(name):
    def theirs(values: tuple[Any, ...]) -> Any:
        return adapter.asyncio.Redis().encoder.words(said_by_redis_py(name, values)[1:])

    def ours(values: tuple[Any, ...]) -> Any:
        sender = Answering(None)
        run(lambda client: getattr(client, name)(*values), sender)
        return sender.asked[0][1]

    for count in range(len(VALUES) + 1):
        values = VALUES[:count]
        assert outcome(partial(ours, values)) == outcome(partial(theirs, values)), count


def test_values_may_be_said_by_name():
    sender = Answering(b"value")

    assert run(lambda client: client.get(name="k"), sender) == b"value"
    assert run(lambda client: client.set("k", value="v", ex=3), sender) is False

    assert sender.asked == [
        (RequestType.Get, [b"k"]),
        (RequestType.Set, [b"k", b"v", b"EX", b"3"]),
    ]


def test_a_field_that_is_none_is_redis_pys():
    with pytest.raises(DataError, match="no key value pairs"):
        run(lambda client: client.hset("k", None, "v"), Answering(1))


@pytest.mark.parametrize("decode_responses", [False, True])
@pytest.mark.parametrize(
    ("call", "reply", "bytes_", "text"),
    [
        (lambda client: client.get("k"), b"v", b"v", "v"),
        (lambda client: client.get("k"), None, None, None),
        (lambda client: client.set("k", "v"), "OK", True, True),
        (lambda client: client.set("k", "v", get=True), b"old", b"old", "old"),
        (lambda client: client.rename("k", "l"), "OK", True, True),
        (lambda client: client.type("k"), "none", b"none", "none"),
        (lambda client: client.hgetall("k"), {b"f": b"v"}, {b"f": b"v"}, {"f": "v"}),
        (lambda client: client.lrange("k", 0, -1), [b"v"], [b"v"], ["v"]),
        (lambda client: client.echo("OK"), b"OK", b"OK", "OK"),
    ],
)
def test_a_result_is_as_the_client_wants_it(call, reply, bytes_, text, decode_responses):
    wanted = text if decode_responses else bytes_

    assert run(call, Answering(reply), decode_responses=decode_responses) == wanted


@pytest.mark.parametrize("reply", ["OK", b"value", 1])
def test_a_response_callback_of_the_callers_is_asked(reply):
    async def told(said: Any) -> list[Any]:
        return [said]

    def call(client: Any) -> Any:
        client.set_response_callback("SET", told)
        return client.set("k", "v")

    seen = reply.encode() if isinstance(reply, str) else reply
    assert run(call, Answering(reply)) == [seen]


def test_a_response_callback_that_equals_everything_is_asked_as_well():
    class Equal:
        __hash__ = None  # type: ignore[assignment]

        def __eq__(self, other: object) -> bool:
            return True

        def __call__(self, said: Any) -> Any:
            return [said]

    def call(client: Any) -> Any:
        client.set_response_callback("SET", Equal())
        return client.set("k", "v")

    assert run(call, Answering("OK")) == [b"OK"]


def test_a_refused_value_leaves_no_cycle_behind():
    def refused(client: Any) -> Any:
        async def call() -> Any:
            try:
                await client.set("k", None)
            except DataError as error:
                return weakref.ref(error)

        return call()

    gc.collect()
    gc.disable()
    try:
        assert run(refused, Answering(1))() is None
    finally:
        gc.enable()


def test_callbacks_may_be_kept_in_an_ordinary_dictionary():
    def call(client: Any) -> Any:
        client.response_callbacks = {"GET": lambda said: [said]}
        return client.get("k")

    assert run(call, Answering(b"v")) == [b"v"]


def test_who_has_an_execute_command_of_his_own_is_told_everything():
    class Own(adapter.asyncio.Redis):
        async def execute_command(self, *args: Any, **options: Any) -> Any:
            return args

    async def main() -> None:
        assert await Own().get("k") == ("GET", "k")
        assert await Own().set("k", "v") == ("SET", "k", "v")
        client = adapter.asyncio.Redis()
        with mock.patch.object(client, "execute_command") as execute:
            assert isinstance(execute, mock.AsyncMock)
            await client.hget("k", "f")
        assert execute.call_args.args == ("HGET", "k", "f")

    asyncio.run(main())


def test_execute_command_counts_as_a_coroutine_function():
    method: Any = adapter.asyncio.Redis.execute_command
    assert asyncio.iscoroutinefunction(method)
    if hasattr(inspect, "markcoroutinefunction"):
        assert inspect.iscoroutinefunction(method)


@pytest.mark.parametrize("name", SHORTCUTS)
def test_signatures_are_redis_pys(name):
    ours, theirs = (getattr(kind, name) for kind in (adapter.asyncio.Redis, redis.asyncio.Redis))

    assert inspect.signature(ours) == inspect.signature(theirs)
    assert ours.__doc__ == theirs.__doc__


def test_a_pipeline_queues_by_redis_pys_methods():
    for name in SHORTCUTS.keys() - {"set"}:
        theirs = getattr(redis.asyncio.Redis, name)
        assert getattr(adapter.asyncio.client.Pipeline, name) is theirs
