"""A sender that writes down what it is asked, and answers what it was told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import adapter.asyncio


class Answering:
    """Stands for an ``AsyncSender``: one reply after the other, and the last one ever after."""

    def __init__(self, *replies: Any) -> None:
        self._replies = [*replies]
        self.asked: list[tuple[int, list[bytes]]] = []

    async def ask(self, request: tuple[int, list[bytes]]) -> Any:
        """The next reply to a request."""
        self.asked.append(request)
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    async def reply(self, plan: Any) -> Any:
        """The next reply to a plan."""
        return await self.ask(plan.native)


def run(call: Callable[[Any], Any], sender: Answering, **keywords: Any) -> Any:
    """What ``call(client)`` comes to, of a client that has this sender."""

    async def main() -> Any:
        client = adapter.asyncio.Redis(**keywords)
        by_loop: dict[Any, Any] = client.connection_pool.by_loop
        by_loop[asyncio.get_running_loop()] = sender
        try:
            return await call(client)
        finally:
            by_loop.clear()

    return asyncio.run(main())
