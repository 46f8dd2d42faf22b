"""What ``register_script`` returns: redis-py's own script objects, on a shorter way.

redis-py's find out with every call whether they run in a pipeline, by an import and by asking a
Protocol, and hand keys and arguments on three times, which takes longer than all the rest of the
call.  Here the command is said at once, where nobody has an ``evalsha`` of his own.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

import redis.asyncio.client
import redis.client
from redis.commands import core
from redis.exceptions import NoScriptError

from adapter.awaitable import returns_a_coroutine

_EVALSHA = core.ScriptCommands.evalsha


def _is_straight(client: Any, pipeline: type) -> bool:
    """Whether the client runs what it is told at once, in redis-py's own words."""
    return not isinstance(client, pipeline) and type(client).evalsha is _EVALSHA


class Script(core.Script):
    """A script of a synchronous client: ``script(keys=[...], args=[...])`` runs it."""

    def __init__(self, registered_client: Any, script: Any) -> None:
        super().__init__(registered_client, script)
        self._is_straight = _is_straight(registered_client, redis.client.Pipeline)

    def __call__(
        self,
        keys: Sequence[Any] | None = None,
        args: Iterable[Any] | None = None,
        client: Any = None,
    ) -> Any:
        """Runs it; ``client``: another client or a pipeline, which queues it."""
        if client is None and self._is_straight:
            keys, args = keys or (), [*(args or ())]
            said = ("EVALSHA", self.sha, len(keys), *keys, *args)
            try:
                return self.registered_client.execute_command(*said)  # type: ignore[no-untyped-call]
            except NoScriptError:
                # redis-py's own way loads it
                pass
        return super().__call__(keys, args, client)


class AsyncScript(core.AsyncScript):
    """A script of an asynchronous client."""

    def __init__(self, registered_client: Any, script: Any) -> None:
        super().__init__(registered_client, script)
        self._straight: Any = None
        """The client, if it takes scripts on the shorter way."""
        if _is_straight(registered_client, redis.asyncio.client.Pipeline):
            self._straight = registered_client
            self._run: Callable[..., Coroutine[Any, Any, Any]] = registered_client._run_script
        self.encoded = self.sha, self.sha.encode()
        """The SHA1 as text, and as it is sent."""

    @returns_a_coroutine
    def __call__(
        self,
        keys: Sequence[Any] | None = None,
        args: Iterable[Any] | None = None,
        client: Any = None,
    ) -> Coroutine[Any, Any, Any]:
        """As ``Script``'s, to be awaited."""
        if client is None and self.registered_client is self._straight:
            return self._run(self, keys, args)
        return super().__call__(keys, args, client)

    async def by_command(self, keys: Sequence[Any] | None, args: Iterable[Any] | None) -> Any:
        """Runs it as a command of its client's like any other."""
        keys, args = keys or (), [*(args or ())]
        said = ("EVALSHA", self.sha, len(keys), *keys, *args)
        try:
            return await self.registered_client.execute_command(*said)
        except NoScriptError:
            return await self.after_loading(keys, args)

    async def after_loading(self, keys: Sequence[Any], args: Iterable[Any]) -> Any:
        """Runs it on redis-py's own way, which loads it where it is missing."""
        return await super().__call__(keys, args)
