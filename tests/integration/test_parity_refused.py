"""Side by side: every call of the parity tables once more, where it must fail.

Once to a server whose keys hold another type, once as a user who may do nothing: so each method
that asks a server has a failing call, without anybody having to think of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.integration.parity_calls import (
    Call,
    Exchange,
    aperform,
    do,
    held,
    perform,
    steps,
    title,
)
from tests.integration.parity_judge import Comparison
from tests.integration.parity_tables import CALLS
from tests.targets import Server

pytestmark = pytest.mark.one_mock

DENIED = {"username": "denied", "password": "secret"}
RIGHTS = (
    *("reset", "on", ">secret", "~*", "&*", "-@all"),
    *("+info|replication", "+ping"),  # what GLIDE asks when it connects, and when it connects again
    "+client|id",  # what the adapter asks where a call may wait, to be able to end its waiting
)

SUBSCRIPTIONS = [
    held(do.pubsub(), getattr(do, method)("a"), do.get_message(timeout=2))
    for method in ("subscribe", "psubscribe", "ssubscribe")
]
"""In place of the exchanges of pub/sub, where whoever is refused would wait for many messages."""

BY_SCRIPT = ("zrange('withscores', 0, -1)", "xclaim('x', 'g', 'justid', 0, ['1-1'])")
"""Calls whose words would mislead GLIDE: they travel by a script, which is refused instead."""


@pytest.fixture
def control(server: Server) -> Iterator[redis.Redis]:
    """A client for whatever is done beside the exchanges."""
    with redis.Redis(server.host, server.port) as client:
        yield client


def last(exchange: Exchange) -> Call:
    """What the others have prepared."""
    return steps(exchange)[-1]


ALWAYS_ALLOWED = frozenset("auth hello quit reset".split())
"""Methods whose commands need no right, and may make another user of the connection."""


def refused_calls(group: str) -> list[Call]:
    """What a user without rights is refused."""
    if group == "pub/sub":
        return SUBSCRIPTIONS
    calls = {str(call): call for call in map(last, CALLS[group])}.values()
    return [
        call
        for call in calls
        if call.method not in ALWAYS_ALLOWED
        and not str(call).upper().startswith(("EXECUTE_COMMAND('HELLO", "EXECUTE_COMMAND('RESET"))
    ]


def form_on(server: Server) -> str:
    """A refusal has no shape: it is enough to see it as text on one of the targets."""
    return "text" if server.name == "redis" else "bytes"


@pytest.mark.parametrize("group", CALLS)
def test_calls_of_a_user_without_rights_fail_as_with_redis_py(
    server: Server,
    control: redis.Redis,
    make_redis_py: Callable[..., Any],
    make_client: Callable[..., Any],
    group: str,
) -> None:
    form = form_on(server)
    control.execute_command("ACL SETUSER", DENIED["username"], *RIGHTS)
    options = {**DENIED, "decode_responses": form == "text", "retry": Retry(NoBackoff(), 1)}
    theirs, ours = make_redis_py(**options), make_client(**options)
    comparison = Comparison(server, form)
    for call in refused_calls(group):
        expected = perform(call, theirs)
        if title(call) not in BY_SCRIPT:
            comparison.add(call, expected, perform(call, ours))
    comparison.verdict()


@pytest.mark.one_real
@pytest.mark.parametrize("group", CALLS)
async def test_asynchronous_calls_of_a_user_without_rights_fail_as_with_redis_py(
    server: Server,
    control: redis.Redis,
    make_async_redis_py: Callable[..., Any],
    make_async_client: Callable[..., Any],
    group: str,
) -> None:
    form = form_on(server)
    control.execute_command("ACL SETUSER", DENIED["username"], *RIGHTS)
    options = {**DENIED, "decode_responses": form == "text", "retry": AsyncRetry(NoBackoff(), 1)}
    theirs, ours = make_async_redis_py(**options), make_async_client(**options)
    comparison = Comparison(server, form)
    for call in refused_calls(group):
        expected = await aperform(call, theirs)
        if title(call) not in BY_SCRIPT:
            comparison.add(call, expected, await aperform(call, ours))
    comparison.verdict()


def turn(control: redis.Redis, exchange: Exchange) -> None:
    """Lets every key hold another type than the exchange has given it or expects of it."""
    perform(exchange, control)
    named = {word for word in steps(exchange)[-1].args if isinstance(word, str) and len(word) == 1}
    for key in {*control.keys(), *(name.encode() for name in named)}:
        was = control.type(key)
        control.delete(key)
        if was in (b"string", b"none"):
            control.rpush(key, "turned")
        else:
            control.set(key, "turned")
    control.config_resetstat()


TURNED = [
    *("strings", "bits", "keys", "expiry", "scans", "sorting", "lists", "sets", "hashes"),
    *("hyperloglogs", "sorted sets", "ranges", "places", "streams", "groups", "scripts"),
]
"""The groups whose calls are about keys."""


@pytest.mark.parametrize("group", TURNED)
def test_calls_on_keys_of_another_type_fail_as_with_redis_py(
    server: Server,
    control: redis.Redis,
    clean: Callable[[], None],
    make_redis_py: Callable[..., Any],
    make_client: Callable[..., Any],
    group: str,
) -> None:
    theirs, ours = make_redis_py(), make_client()
    comparison = Comparison(server, "bytes")
    for exchange in CALLS[group]:
        accounts = []
        for client in (theirs, ours):
            clean()
            turn(control, exchange)
            accounts.append(perform(last(exchange), client))
        comparison.add(last(exchange), *accounts)
    comparison.verdict()


@pytest.mark.one_real
@pytest.mark.parametrize("group", TURNED)
async def test_asynchronous_calls_on_keys_of_another_type_fail_as_with_redis_py(
    server: Server,
    control: redis.Redis,
    clean: Callable[[], None],
    make_async_redis_py: Callable[..., Any],
    make_async_client: Callable[..., Any],
    group: str,
) -> None:
    theirs = make_async_redis_py(decode_responses=True)
    ours = make_async_client(decode_responses=True)
    comparison = Comparison(server, "text")
    for exchange in CALLS[group]:
        accounts = []
        for client in (theirs, ours):
            clean()
            turn(control, exchange)
            accounts.append(await aperform(last(exchange), client))
        comparison.add(last(exchange), *accounts)
    comparison.verdict()
