"""Side by side: redis-py and the adapter make the same calls and give the same results.

The judge is redis-py 8.1 on the same server: value for value, type for type, error for error.
A group of calls is one test in each way of calling; a failure lists the calls that differ, first
redis-py's account.  The calls themselves are tables, ``parity_calls_*.py``.  What redis-py tries
again (a refused AUTH) is tried as often as by default, but nobody waits in between.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.integration.parity_calls import Exchange, aperform, perform, steps, title, told
from tests.integration.parity_tables import CALLS
from tests.targets import Server

OPTION_SETS: dict[str, dict[str, Any]] = {
    "protocol 2": {"protocol": 2},
    "protocol 2, no legacy": {"protocol": 2, "legacy_responses": False},
    "protocol 3": {"protocol": 3},
    "no legacy": {"legacy_responses": False},
    "single connection": {"single_connection_client": True},
    "latin-1 text": {"encoding": "latin-1", "decode_responses": True},
    "lenient text": {"encoding_errors": "replace", "decode_responses": True, "protocol": 2},
}

MISSING_IN_MOCK: frozenset[str] = frozenset()
"""Commands that the mock does not have yet: their calls run on the real servers only."""

UNKNOWN_EVERYWHERE = frozenset(
    """
    NOSUCH HEXPIRE HTTL MSETEX NOSUCH|SUB ACL|NOSUCH CLIENT|NOSUCH COMMAND|NOSUCH SCRIPT|NOSUCH
    OBJECT|NONSENSE OBJECT|NOPE HGETEX HSETEX HPERSIST LMOVEM SUNIONCARD XACKDEL XDELEX STRALGO
    """.split()
)
"""Commands that neither Redis 7.0 nor Valkey 8.0 has: there the error is what is compared."""

SINCE_REDIS_7_2 = frozenset("CLIENT|NO-TOUCH CLIENT|SETINFO CLUSTER|MYSHARDID WAITAOF".split())
"""Commands that Redis 7.0 does not have, and so neither the mock that answers as it."""

FORMS = ("bytes", "text", *OPTION_SETS)
"""The ways of asking in which the calls are made."""

BINDING = "it would bind the connection that all share: refused, with advice to use pipeline()"

KNOWN_DIFFERENCES: dict[str, tuple[tuple[str, ...], str]] = {
    r"execute_command('NOSUCH', b'\xff')": (
        FORMS,
        "GLIDE drops the connection over an error text that is not UTF-8: InvalidResponse instead "
        "of the server's words",
    ),
    "execute_command('MULTI')": (FORMS, BINDING),
    "execute_command('WATCH', 'a')": (FORMS, BINDING),
    "execute_command('EXEC')": (FORMS, BINDING),
    "execute_command('DISCARD')": (FORMS, BINDING),
}
"""Calls, by title, that the adapter answers in another way in some forms, and why; it must."""

UNKNOWN_COMMAND = re.compile(r"unknown command '([^']*)'|unknown subcommand '([^']*)'. Try (\w+)")

CLEANING = (
    ("FLUSHALL",),
    ("SCRIPT FLUSH",),
    ("FUNCTION FLUSH",),
    ("CONFIG RESETSTAT",),
    ("SLOWLOG RESET",),
    ("ACL LOG", "RESET"),
)


def unknown_commands(text: str) -> set[str]:
    """The commands that a server's errors say it does not know, in capitals."""
    return {
        (command or f"{container}|{subcommand}").upper()
        for command, subcommand, container in UNKNOWN_COMMAND.findall(text)
    }


@pytest.fixture
def clean(server: Server) -> Iterator[Callable[[], None]]:
    """Takes away what the last exchange left: keys, scripts, libraries, figures."""
    with redis.Redis(server.host, server.port) as control:
        control.config_set("hz", 500)  # a real server ends waiting calls at its next tick only

        def cleaned() -> None:
            for words in CLEANING:
                try:
                    control.execute_command(*words)
                except redis.ResponseError as error:
                    if not unknown_commands(str(error)) & MISSING_IN_MOCK:
                        raise

        yield cleaned


class Comparison:
    """Collects where the adapter's account of an exchange is not redis-py's."""

    def __init__(self, server: Server, form: str) -> None:
        self.server = server
        self.form = form
        self.differences: list[str] = []

    def add(self, exchange: Exchange, theirs: list[str], ours: list[str]) -> None:
        """One exchange, as redis-py and as the adapter gave account of it."""
        unknown = unknown_commands(" ".join(theirs)) - UNKNOWN_EVERYWHERE
        if self.server.line == "redis":
            unknown -= SINCE_REDIS_7_2
        if self.server.mock is not None and unknown:
            if strangers := unknown - MISSING_IN_MOCK:
                self.differences.append(f"{title(exchange)}\n  the mock lacks {strangers}")
            return
        forms, _ = KNOWN_DIFFERENCES.get(title(exchange), ((), ""))
        if self.form in forms:
            if theirs == ours:
                self.differences.append(f"{title(exchange)}\n  no longer differs")
            return
        for call, their, our in zip(steps(exchange), theirs, ours, strict=True):
            if their != our:
                self.differences.append(
                    f"{title(exchange)}\n  at {call}\n  redis-py: {their}\n  adapter:  {our}"
                )
                return

    def verdict(self) -> None:
        """Fails with all the differences, if there are any."""
        if self.differences:
            told = "\n".join(self.differences)
            pytest.fail(f"{len(self.differences)} call(s) differ:\n{told}", pytrace=False)


@pytest.mark.parametrize("form", ["bytes", "text"])
@pytest.mark.parametrize("group", CALLS)
def test_synchronous_calls_give_what_redis_py_gives(
    server: Server,
    clean: Callable[[], None],
    make_redis_py: Callable[..., Any],
    make_client: Callable[..., Any],
    group: str,
    form: str,
) -> None:
    options = {"decode_responses": form == "text", "retry": Retry(NoBackoff(), 10)}
    theirs, ours = make_redis_py(**options), make_client(**options)
    comparison = Comparison(server, form)
    for exchange in CALLS[group]:
        clean()
        expected = perform(exchange, theirs)
        clean()
        comparison.add(exchange, expected, perform(exchange, ours))
    comparison.verdict()


@pytest.mark.parametrize("form", ["bytes", "text"])
@pytest.mark.parametrize("group", CALLS)
async def test_asynchronous_calls_give_what_redis_py_gives(
    server: Server,
    clean: Callable[[], None],
    make_async_redis_py: Callable[..., Any],
    make_async_client: Callable[..., Any],
    group: str,
    form: str,
) -> None:
    options = {"decode_responses": form == "text", "retry": AsyncRetry(NoBackoff(), 10)}
    theirs, ours = make_async_redis_py(**options), make_async_client(**options)
    comparison = Comparison(server, form)
    for exchange in CALLS[group]:
        clean()
        expected = await aperform(exchange, theirs)
        clean()
        comparison.add(exchange, expected, await aperform(exchange, ours))
    comparison.verdict()


@pytest.mark.parametrize("form", OPTION_SETS)
@pytest.mark.parametrize("group", CALLS)
def test_calls_give_what_redis_py_gives_with_other_shapes_asked_for(
    server: Server,
    clean: Callable[[], None],
    make_redis_py: Callable[..., Any],
    make_client: Callable[..., Any],
    group: str,
    form: str,
) -> None:
    options = {**OPTION_SETS[form], "retry": Retry(NoBackoff(), 10)}
    theirs, ours = make_redis_py(**options), make_client(**options)
    comparison = Comparison(server, form)
    for exchange in CALLS[group]:
        clean()
        expected = perform(exchange, theirs)
        clean()
        comparison.add(exchange, expected, perform(exchange, ours))
    comparison.verdict()


@pytest.mark.targets("mock")  # the list is about the mock alone
def test_the_mock_really_lacks_what_the_list_says(server: Server) -> None:
    """Only then is a call left out on the mock; what it has learnt goes off the list."""
    with redis.Redis(server.host, server.port) as client:
        known = []
        for command in MISSING_IN_MOCK:
            try:
                client.execute_command(*command.split("|"))
            except redis.ResponseError as error:
                if unknown_commands(str(error)):
                    continue
            known.append(command)
    assert known == []


def test_no_call_stands_in_the_tables_twice() -> None:
    titles = Counter(title(exchange) for calls in CALLS.values() for exchange in calls)
    assert [call for call, times in titles.items() if times > 1] == []


def test_the_tables_hold_more_calls_than_promised() -> None:
    assert sum(map(len, CALLS.values())) >= 250


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"1", "1"), (1, True), (1, 1.0), ([1], (1,)), ({1}, [1]), (None, False),
        ({"": 1}, {b"": 1}),
        (redis.ResponseError("x"), redis.DataError("x")),
        (redis.ResponseError("x"), redis.ResponseError("y")),
    ],
)  # fmt: skip
def test_an_account_tells_what_equality_would_not(one: Any, other: Any) -> None:
    assert told([one]) != told([other])
