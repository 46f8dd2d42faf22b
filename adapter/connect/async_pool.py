"""The ``connection_pool`` of an asynchronous client: the twin of ``pool``, one set of lanes for
each loop.
"""

from __future__ import annotations

import asyncio
import weakref
from typing import Any

import redis.asyncio

from adapter.connect.async_connection import GlideConnection
from adapter.connect.async_lanes import AsyncLanes
from adapter.connect.async_sender import AsyncSender
from adapter.connect.counters import Counters
from adapter.connect.options import refuse
from adapter.connect.pool import SOURCES, STAND_IN, encoder_of, over_unix, reader_of
from adapter.state.scripts import Scripts


class ConnectionPool(redis.asyncio.ConnectionPool):
    """A redis-py asyncio pool whose connections are GLIDE's; each event loop has its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._equip()

    @classmethod
    def adopt(cls, pool: Any) -> ConnectionPool:
        """The pool itself if it is one of ours; else the one of ours that stands for it."""
        if isinstance(pool, ConnectionPool):
            return pool
        ours: ConnectionPool | None = vars(pool).get(STAND_IN)
        if ours is None:
            ours = cls.__new__(cls)
            ours.__dict__.update(vars(pool))
            redis.asyncio.ConnectionPool.reset(ours)  # type: ignore[no-untyped-call]
            ours._equip()
            setattr(pool, STAND_IN, ours)
        return ours

    def twin(self) -> ConnectionPool:
        """Another pool with the same keywords, and connections of its own."""
        twin = type(self).__new__(type(self))
        twin.__dict__.update(vars(self))
        redis.asyncio.ConnectionPool.reset(twin)  # type: ignore[no-untyped-call]
        twin._equip(self.counters)
        return twin

    def _equip(self, counters: Counters | None = None) -> None:
        kwargs = self.connection_kwargs
        refuse(kwargs, unix=over_unix(self.connection_class))
        self.counters = counters or Counters()
        self.encoder = encoder_of(kwargs, packed_by_hiredis=False)
        self.scripts = Scripts(SOURCES, self.counters.script_loaded)
        self._settings = reader_of(self)
        self._senders: dict[asyncio.AbstractEventLoop, AsyncSender] = {}
        self._retry: Any = None
        weakref.finalize(self, _end_all, self._senders)

    def senders(self) -> list[AsyncSender]:
        """The doors of all event loops that have used this pool."""
        return list(self._senders.values())

    def sender(self) -> AsyncSender:
        """The door of the running event loop."""
        loop = asyncio.get_running_loop()
        sender = self._senders.get(loop)
        if sender is None:
            for closed in [other for other in self._senders if other.is_closed()]:
                self._senders.pop(closed).lanes.close()
            lanes = AsyncLanes(self._settings, self.counters, loop)
            sender = self._senders[loop] = AsyncSender(lanes, self.scripts)
        return sender

    @property
    def retry(self) -> Any:
        """redis-py's Retry object, as its own connections would have it."""
        if self._retry is None:
            self._retry = self.connection_class(**self.connection_kwargs).retry
        return self._retry

    def set_retry(self, retry: Any) -> None:
        """As redis-py's."""
        super().set_retry(retry)
        self._retry = retry

    def reset(self) -> None:
        """Ends every connection; the next command opens new ones."""
        super().reset()  # type: ignore[no-untyped-call]
        if "_senders" in self.__dict__:
            _end_all(self._senders)
            self.scripts.forget_server()

    def make_connection(self) -> Any:
        """A connection to be driven by hand."""
        return GlideConnection(self)

    async def disconnect(self, inuse_connections: bool = True) -> None:
        """Ends every connection; the next command opens new ones."""
        await super().disconnect(inuse_connections)
        here = self._senders.get(asyncio.get_running_loop())
        if here is not None:
            await here.lanes.aclose()
        _end_all(self._senders)
        self.scripts.forget_server()

    async def aclose(self) -> None:
        """Ends every connection; the next command opens new ones."""
        await self.disconnect()


class BlockingConnectionPool(ConnectionPool):
    """Takes redis-py's ``timeout`` and ``queue_class``, and ignores them: nobody waits here."""

    def __init__(
        self,
        max_connections: int = 50,
        timeout: float | None = 20,
        connection_class: Any = redis.asyncio.Connection,
        queue_class: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            connection_class=connection_class, max_connections=max_connections, **kwargs
        )
        self.timeout = timeout
        self.queue_class = queue_class


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
