"""The awaitable twin of ``connection``: a connection of the asyncio pool, to be driven by hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from glide_shared.exceptions import GlideError

from adapter.connect.async_lanes import Held
from adapter.connect.async_sender import AsyncSender
from adapter.connect.by_hand import ByHand
from adapter.translate import flow
from adapter.translate.plan import Plan


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
        """Runs one command; with ``check_health=False`` whether or not the server is known to be
        there.
        """
        await self.connect()
        if options.get("check_health", True):
            await self.check_health()
        plan = flow.plan_for_resp2(args, self.encoder)
        try:
            reply = await self._performed(plan)
        except GlideError as error:
            reply = error
        self._answers.append((plan, reply))

    async def _performed(self, plan: Plan) -> Any:
        assert self._borrowed is not None
        return await self._sender.one(self._borrowed.client, plan.native, limited=True)

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
        """Sends a PING, if nothing was heard for ``health_check_interval`` seconds."""
        if self.in_doubt:
            await self.send_command("PING", check_health=False)
            await self.read_response()

    async def re_auth(self) -> None:
        """Nothing to do: credentials are asked for whenever a connection is opened."""


class OwnConnection(GlideConnection):
    """The ``connection`` of a client with ``single_connection_client``: what is sent by hand takes
    the way of the client's own commands.
    """

    @property
    def is_connected(self) -> bool:
        """Whether the client's connection is open."""
        return self._sender.lanes.ready("shared") is not None

    async def connect(self) -> None:
        """Opens it, unless it is open.  Errors: redis.exceptions."""
        if not self.is_connected:
            lanes = self._sender.lanes

            async def doubt(error: Exception) -> None:
                lanes.doubt()

            await self.retry.call_with_retry(lambda: lanes.lane("shared"), doubt)
            self._told(lanes.settings)

    async def disconnect(self, *args: Any, **options: Any) -> None:
        """Closes it; the next command opens another."""
        self._let_go()
        self._sender.lanes.renew()

    async def _performed(self, plan: Plan) -> Any:
        return await self._sender.send(plan)
