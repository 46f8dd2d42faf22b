"""A call that the server holds back, and its caller who goes away; GLIDE is a fake."""

from __future__ import annotations

import asyncio
import gc
from types import SimpleNamespace
from typing import Any

from glide_shared.exceptions import ClosingError

from adapter.connect.async_sender import AsyncSender
from adapter.connect.session import Borrowed
from adapter.connect.tuning import Tuning
from adapter.state.scripts import Scripts, Sources
from adapter.translate import flow
from adapter.translate.encoding import Encoder
from adapter.translate.plan import Lane


class Lanes:
    """Connections whose every call is under way until the test says otherwise."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.settings = SimpleNamespace(socket_timeout=None, host="localhost", port=6379)
        self.asked: list[asyncio.Future[Any]] = []
        self.discarded: list[Any] = []

    async def borrow(self) -> Borrowed[Any]:
        return Borrowed(object(), self.settings, id=7)  # type: ignore[arg-type]

    async def lane(self, name: str) -> Any:
        return object()

    async def exec(self, client: Any, natives: Any, **options: Any) -> Any:
        self.asked.append(self.loop.create_future())
        return await self.asked[-1]

    def discard(self, borrowed: Any) -> None:
        self.discarded.append(borrowed)

    def give_back(self, borrowed: Any) -> None:
        pass

    def doubt(self) -> None:
        pass


async def test_nobody_is_told_of_an_error_that_comes_when_all_have_gone():
    told: list[Any] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: told.append(context))
    lanes = Lanes()
    scripts = Scripts(Sources(lambda source: Lane.SHARED), lambda: None)
    sender = AsyncSender(lanes, scripts, Tuning())  # type: ignore[arg-type]
    waiting = asyncio.create_task(sender.wait(flow.plan_of(("BLPOP", "k", 0), Encoder())))
    await until(lambda: len(lanes.asked) == 1)

    waiting.cancel()
    await until(lambda: len(lanes.asked) == 2)
    # as when the loop is shut down: whoever was to hear how the waiting ended is gone as well
    for ending in [*sender._tasks]:
        ending.cancel()
    await asyncio.gather(waiting, *sender._tasks, return_exceptions=True)
    lanes.asked[0].set_exception(ClosingError("channel closed"))
    del waiting, ending
    for _ in range(3):
        await asyncio.sleep(0)
        gc.collect()

    assert told == []


async def until(fulfilled: Any) -> None:
    async with asyncio.timeout(10):
        while not fulfilled():
            await asyncio.sleep(0)
