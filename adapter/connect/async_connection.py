"""The awaitable twin of ``connection``: a connection of the asyncio pool, to be driven by hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from glide_shared.exceptions import GlideError

from adapter.connect.async_lanes import Held
from adapter.connect.async_sender import AsyncSender
from adapter.connect.by_hand import ByHand
from adapter.translate import flow


class GlideConnection(ByHand):
    """What redis-py's ``Connection`` is to callers who send and read for themselves."""

    _sender: AsyncSender
    _borrowed: Held | None

    def __init__(self, pool: Any) -> None:
        super().__init__(pool, pool.sender())

    @property
    def is_connected(self) -> bool:
        """Whether it holds a GLIDE client that works."""
        return self._borrowed is not None and not self._borrowed.client._is_closed

    async def connect(self) -> None:
        """Takes a client, if it has none."""
        if not self.is_connected:
            self._borrowed = await self._sender.lanes.borrow()
            self._told(self._borrowed.settings)

    async def disconnect(self, *args: Any, **options: Any) -> None:
        """Lets go of the client, and of what was not read."""
        self._let_go()

    async def send_command(self, *args: Any, **options: Any) -> None:
        """Runs one command."""
        await self.connect()
        assert self._borrowed is not None
        plan = flow.plan_for_resp2(args, self.encoder)
        try:
            reply = await self._sender.one(self._borrowed.client, plan.native, limited=True)
        except GlideError as error:
            reply = error
        self._answers.append((plan, reply))

    async def send_packed_command(self, command: Iterable[Any], check_health: bool = True) -> None:
        """Runs what ``pack_command`` or ``pack_commands`` has made."""
        for args in command:
            await self.send_command(*args)

    async def can_read(self, timeout: float = 0) -> bool:
        """Whether a reply has not been read yet."""
        return bool(self._answers)

    async def can_read_destructive(self) -> bool:
        """As ``can_read``; redis-py 5 asks so."""
        return bool(self._answers)

    async def read_response(self, disable_decoding: bool = False, **options: Any) -> Any:
        """The reply to the oldest command that has not been read; an error is raised."""
        return self._read(disable_decoding)

    async def check_health(self) -> None:
        """Nothing to do: GLIDE reconnects by itself."""

    async def re_auth(self) -> None:
        """Nothing to do: credentials are asked for whenever a connection is opened."""
