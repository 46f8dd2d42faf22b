"""The connections of an asynchronous client in one event loop; the awaitable twin of ``lanes``.

A GLIDE client belongs to the loop it was made in, so a client that is used in two loops has two
sets of lanes. Order is kept by whoever sends (``Flights``); here a batch is sent as it comes.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from glide import GlideClient
from glide_shared.commands.batch import Batch
from glide_shared.commands.core_options import PubSubMsg
from glide_shared.config import GlideClientConfiguration
from glide_shared.exceptions import GlideError
from glide_shared.logger import Level, Logger
from redis.exceptions import RedisError

from adapter.connect.counters import Counters
from adapter.connect.knock import aknock
from adapter.connect.options import FOR_EVER_MS, Settings, configuration, milliseconds
from adapter.connect.pump import PUMP
from adapter.connect.session import IDLE, Borrowed, killing, time_limit
from adapter.translate.plan import Native

# GLIDE would print warnings to stdout
Logger.init(Level.OFF)

Held = Borrowed[GlideClient]


class AsyncLanes:
    """One event loop's connections; after ``close`` the next command opens everything anew."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        counters: Counters,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._read_settings = settings
        self.counters = counters
        self.loop = loop
        self._forget()

    def _forget(self) -> None:
        self._pid = os.getpid()
        self._opening = asyncio.Lock()
        self._settings: Settings | None = None
        self._clients: dict[str, GlideClient] = {}
        self._idle: list[Held] = []
        self._held: dict[int, Held] = {}
        self._listening: dict[int, GlideClient] = {}
        self._trusted = False

    @property
    def settings(self) -> Settings:
        """As the client was made, and as SELECT, AUTH and CLIENT SETNAME have changed it since."""
        if self._settings is None:
            self._settings = self._read_settings()
        return self._settings

    @property
    def limit_ms(self) -> int:
        """The caller's socket_timeout, as GLIDE wants it."""
        return milliseconds(self.settings.socket_timeout, FOR_EVER_MS)

    def change(self, settings: Settings) -> None:
        """New connections follow; those that wait unused for a caller are dropped."""
        self._settings = settings
        idle, self._idle = self._idle, []
        for borrowed in idle:
            end(borrowed.client)
        if (stale := self._clients.pop("plain", None)) is not None:
            end(stale)

    def doubt(self) -> None:
        """A call has failed on its way: before the next one the server is asked whether it is
        there.
        """
        self._trusted = False

    def abandon(self, client: GlideClient) -> None:
        """A reply has not come in time: as redis-py, the next call uses another connection."""
        for name in [name for name, one in self._clients.items() if one is client]:
            del self._clients[name]
            end(client)

    def ready(self, name: str) -> GlideClient | None:
        """The lane's client, if it can be used without waiting for anything."""
        return self._clients.get(name) if self._trusted else None

    async def lane(self, name: str) -> GlideClient:
        """``shared`` or ``plain``, opened if need be."""
        await self._check()
        client = self._clients.get(name)
        if client is None:
            client = await self._create(configuration(self.settings, resp2=name == "plain"))
            # somebody else may have been here while we were creating
            if name in self._clients:
                end(client)
            client = self._clients.setdefault(name, client)
        return client

    async def _create(self, wanted: GlideClientConfiguration) -> GlideClient:
        PUMP.attend(self.loop)
        # lazily connected: this awaits nothing, and holds up the loop for a fraction of a
        # millisecond
        return await GlideClient.create(wanted)

    async def _check(self) -> None:
        if self._pid != os.getpid():
            self._forget()
        if self._trusted:
            return
        async with self._opening:
            if not self._trusted:
                await aknock(self.settings)
                self._trusted = True

    async def borrow(self) -> Held:
        """A connection for one caller alone; to be given back, or discarded."""
        await self._check()
        if self._idle:
            borrowed = self._idle.pop()
        else:
            settings = self.settings
            # RESP2, since its holder may run any script on it, and none can end the process then
            client = await self._create(configuration(settings, waiting=True, resp2=True))
            borrowed = Borrowed(client, settings)
        self._held[id(borrowed)] = borrowed
        return borrowed

    def give_back(self, borrowed: Held) -> None:
        """The connection is clean again: nothing watched, nothing under way."""
        held = self._held.pop(id(borrowed), None) is not None
        if held and len(self._idle) < IDLE and borrowed.settings == self._settings:
            self._idle.append(borrowed)
        else:
            end(borrowed.client)

    def discard(self, borrowed: Held) -> None:
        """The connection is not fit for another caller."""
        self._held.pop(id(borrowed), None)
        end(borrowed.client)

    async def urgent(self) -> GlideClient:
        """A connection for one command that must get through while all others are held up; to be
        silenced after it.
        """
        if not self._trusted:
            await aknock(self.settings.at(0))
        client = await self._create(configuration(self.settings, urgent=True))
        self._listening[id(client)] = client
        return client

    async def listening(self, callback: Callable[[PubSubMsg, Any], None]) -> GlideClient:
        """A connection of its own for one PubSub; ``callback`` may run on the pump's thread."""
        await self._check()
        subscriptions = GlideClientConfiguration.PubSubSubscriptions({}, callback, None)
        client = await self._create(
            configuration(self.settings, waiting=True, subscriptions=subscriptions)
        )
        self._listening[id(client)] = client
        return client

    def silence(self, client: GlideClient) -> None:
        """Ends a listening connection."""
        self._listening.pop(id(client), None)
        end(client)

    async def exec(
        self,
        client: GlideClient,
        natives: Sequence[Native],
        *,
        atomic: bool = False,
        limited: bool = False,
    ) -> list[Any] | None:
        """Sends one batch; an error of a command stands in its place, ``None``: a watched key
        changed.  ``limited``: within the caller's socket_timeout, on a connection that has no
        limit.
        """
        batch = Batch(is_atomic=atomic)
        batch.commands = [(native.request_type, list(native.words)) for native in natives]
        self.counters.batch(natives)
        options = time_limit(natives, self.limit_ms, limited=limited)
        return await client.exec(batch, raise_on_error=False, options=options)

    async def single(self, client: GlideClient, native: Native) -> Any:
        """Sends one command outside a batch: GLIDE then remembers SELECT and the like over a
        reconnect.
        """
        self.counters.single(native)
        return await client._execute_command(native.request_type, list(native.words))

    async def aclose(self) -> None:
        """Ends every connection; calls that are under way fail."""
        waiting = [b.id for b in self._held.values() if b.waiting and b.id is not None]
        if waiting and self._pid == os.getpid():
            # closing leaves a waiting BLPOP at the server, where it would eat an element
            kills = [killing(number) for number in waiting]
            with suppress(GlideError, RedisError):
                await self.exec(await self.lane("shared"), kills)
        self.close()

    def close(self) -> None:
        """As ``aclose``, from anywhere and also when the loop is gone; the server is told
        nothing.
        """
        clients = [*self._clients.values(), *self._listening.values()]
        clients += [borrowed.client for borrowed in (*self._idle, *self._held.values())]
        forked = self._pid != os.getpid()
        self._clients, self._held, self._listening, self._idle = {}, {}, {}, []
        self._trusted = False
        self._settings = None
        if not forked:
            for client in clients:
                end(client)


def end(client: GlideClient) -> None:
    """Closes a client from anywhere: GLIDE's ``close`` is a coroutine that never waits."""
    closing = client.close()
    try:
        closing.send(None)
    except StopIteration:
        return
    except RuntimeError:
        # a call was under way in a loop that is closed: GLIDE stopped before it let go of its core
        client._is_closed = False
        client._pending_futures.clear()
        end(client)
        return
    closing.close()
