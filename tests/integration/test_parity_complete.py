"""That no public method of redis-py is forgotten: each is called in the parity tables, and fails.

The methods are redis-py's own word, by introspection; what the tables call is seen while redis-py
runs them on the mock, once as ``test_parity`` does and once as ``test_parity_refused`` does.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import redis
import redis.asyncio
import redis.asyncio.client
import redis.client
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from mock_backend import MockServer
from tests.integration.parity_calls import Call, Scripted, aperform, perform
from tests.integration.parity_judge import OLDER
from tests.integration.parity_tables import CALLS
from tests.integration.test_parity_refused import DENIED, RIGHTS, refused_calls

CLASSES = (
    redis.Redis,
    redis.client.Pipeline,
    redis.asyncio.Redis,
    redis.asyncio.client.Pipeline,
)

UNCOMPARED = {
    "parse_response": "takes a connection of redis-py's own, which the adapter does not have",
    "debug_segfault": "ends the server",
    "psync": "makes a replica of the connection, whose reply is no reply",
    "sync": "makes a replica of the connection, whose reply is no reply",
}
"""Methods that have no call, and why; at most 15, these and the next together."""

NEVER_FAILING = {
    "pipeline_execute_command": "puts whatever it is given into the queue",
}
"""Methods that have a call and no failing one, and why."""


def public(kind: type) -> set[str]:
    """The public methods of a class."""
    return {
        name for name in dir(kind) if not name.startswith("_") and callable(getattr(kind, name))
    }


METHODS = set[str]().union(*map(public, CLASSES))


@dataclass
class Seen:
    """The methods that have answered, and those that have failed."""

    answered: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)

    def watch(self, on: Callable[[Call, Any], Any], name: str | None = None) -> Any:
        """``Call.on``, with an eye on what it gives."""

        def watched(call: Call, client: Any) -> Any:
            if not isinstance(client, CLASSES):
                return on(call, client)  # a lock's method, a module's
            method = name or call.method
            try:
                result = on(call, client)
            except Exception:
                self.failed.add(method)
                raise
            if inspect.iscoroutine(result):
                return self._awaited(method, result)
            if inspect.isgenerator(result):
                return self._drained(method, result)
            if inspect.isasyncgen(result):
                return self._adrained(method, result)
            self.answered.add(method)
            return result

        return watched

    async def _awaited(self, method: str, result: Awaitable[Any]) -> Any:
        try:
            outcome = await result
        except Exception:
            self.failed.add(method)
            raise
        self.answered.add(method)
        return outcome

    def _drained(self, method: str, items: Iterator[Any]) -> Iterator[Any]:
        try:
            yield from items
        except Exception:
            self.failed.add(method)
            raise
        self.answered.add(method)

    async def _adrained(self, method: str, items: AsyncIterator[Any]) -> AsyncIterator[Any]:
        try:
            async for item in items:
                yield item
        except Exception:
            self.failed.add(method)
            raise
        self.answered.add(method)


@pytest.fixture
async def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    """What has come of each method, in all the calls of the tables and as a user without rights."""
    found = Seen()
    monkeypatch.setattr(Call, "on", found.watch(Call.on))
    monkeypatch.setattr(Scripted, "on", found.watch(Scripted.on, "register_script"))
    with MockServer() as mock:
        options: dict[str, Any] = {"port": mock.port, "retry": Retry(NoBackoff(), 1)}
        with redis.Redis(**options) as client:
            client.execute_command("ACL SETUSER", DENIED["username"], *RIGHTS)
            for calls in CALLS.values():
                for exchange in calls:
                    client.flushall()
                    perform(exchange, client)
        with redis.Redis(**options, **DENIED) as denied:
            for group in CALLS:
                for call in refused_calls(group):
                    perform(call, denied)
        options["retry"] = AsyncRetry(NoBackoff(), 1)
        async with redis.asyncio.Redis(**options) as aclient:
            for exchange in (*CALLS["client"], *CALLS["pipeline"]):
                await aperform(exchange, aclient)
    return found


@pytest.mark.skipif(OLDER, reason="the tables are of redis-py 8.1")
async def test_every_method_of_redis_py_has_a_call_and_a_failing_one(seen: Seen) -> None:
    called = seen.answered | seen.failed

    assert sorted(METHODS - called - UNCOMPARED.keys()) == []
    assert sorted(METHODS - seen.failed - UNCOMPARED.keys() - NEVER_FAILING.keys()) == []
    assert sorted(called & UNCOMPARED.keys()) == []
    assert sorted(seen.failed & NEVER_FAILING.keys()) == []


def test_few_methods_are_left_out() -> None:
    assert len(UNCOMPARED) + len(NEVER_FAILING) <= 15
