"""The ``connection_pool`` of an asynchronous client: the twin of ``pool``, one set of lanes for
each loop.
"""

from __future__ import annotations

import asyncio
import weakref
from typing import Any

import redis.asyncio
import redis.asyncio.sentinel

from adapter.connect.async_connection import GlideConnection
from adapter.connect.async_lanes import AsyncLanes
from adapter.connect.async_sender import AsyncSender
from adapter.connect.counters import Counters
from adapter.connect.stand_in import StandIn, reader_of


class ConnectionPool(StandIn, redis.asyncio.ConnectionPool):
    """A redis-py asyncio pool whose connections are GLIDE's; each event loop has its own."""

    packed_by_hiredis = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._equip(Counters())

    @classmethod
    def _kind_of(cls, pool: Any) -> type[Any]:
        return next((ours for theirs, ours in STANDING if isinstance(pool, theirs)), cls)

    def _empty(self) -> None:
        super().reset()  # type: ignore[no-untyped-call]

    def _equip(self, counters: Counters) -> None:
        super()._equip(counters)
        self._settings = reader_of(self)
        self.by_loop: dict[asyncio.AbstractEventLoop, AsyncSender] = {}
        """The doors that ``sender`` has opened."""
        weakref.finalize(self, _end_all, self.by_loop)

    def senders(self) -> list[AsyncSender]:
        """The doors of all event loops that have used this pool."""
        return list(self.by_loop.values())

    def sender(self) -> AsyncSender:
        """The door of the running event loop."""
        loop = asyncio.get_running_loop()
        sender = self.by_loop.get(loop)
        if sender is None:
            for closed in [other for other in self.by_loop if other.is_closed()]:
                self.by_loop.pop(closed).lanes.close()
            lanes = AsyncLanes(self._settings, self.counters, loop)
            sender = self.by_loop[loop] = AsyncSender(lanes, self.scripts, self.tuning)
        return sender

    def reset(self) -> None:
        """Ends every connection; the next command opens new ones."""
        super().reset()  # type: ignore[no-untyped-call]
        if "by_loop" in self.__dict__:
            _end_all(self.by_loop)

    def make_connection(self) -> Any:
        """A connection to be driven by hand."""
        return self.by_hand(GlideConnection)

    async def re_auth_callback(self, token: Any) -> None:
        """A streaming credential provider has a new token."""
        for loop, sender in list(self.by_loop.items()):
            renewal = sender.lanes.reauthenticate(token.get_value())
            if loop is asyncio.get_running_loop():
                await renewal
            elif loop.is_running():
                await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(renewal, loop))
            else:
                renewal.close()
                sender.lanes.close()

    async def disconnect(self, inuse_connections: bool = True) -> None:
        """Ends every connection, or those that nobody holds; the next command opens new ones."""
        await super().disconnect(inuse_connections)
        if not inuse_connections:
            self.sender().lanes.renew()
            return
        here = self.by_loop.get(asyncio.get_running_loop())
        if here is not None:
            await here.lanes.aclose()
        _end_all(self.by_loop)

    async def aclose(self) -> None:
        """Ends every connection; the next command opens new ones."""
        await self.disconnect()


class BlockingConnectionPool(ConnectionPool, redis.asyncio.BlockingConnectionPool):
    """Commands never wait for a connection; who takes one by hand does, as in redis-py."""


class SentinelConnectionPool(ConnectionPool, redis.asyncio.sentinel.SentinelConnectionPool):
    """Asks Sentinel where the master or a replica is, whenever a connection may have been lost."""

    def _equip(self, counters: Counters) -> None:
        super()._equip(counters)
        # not the pool of redis-py's that this one may stand for: nobody else holds it
        self.connection_kwargs["connection_pool"] = weakref.proxy(self)


STANDING: tuple[tuple[type, type[ConnectionPool]], ...] = (
    (redis.asyncio.BlockingConnectionPool, BlockingConnectionPool),
    (redis.asyncio.sentinel.SentinelConnectionPool, SentinelConnectionPool),
)
"""redis-py's kinds of pools, and who stands for them."""


def _end_all(senders: dict[asyncio.AbstractEventLoop, AsyncSender]) -> None:
    while senders:
        loop, sender = senders.popitem()
        if loop.is_running() and loop is not _running_loop():
            # another thread's: it may be inside a call of GLIDE's at this moment
            loop.call_soon_threadsafe(sender.lanes.close)
        else:
            sender.lanes.close()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
