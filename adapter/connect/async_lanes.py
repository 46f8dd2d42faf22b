"""The connections of an asynchronous client in one event loop; the awaitable twin of ``lanes``.

A GLIDE client belongs to the loop it was made in, so a client that is used in two loops has two
sets of lanes. Order is kept by whoever sends (``Batching``); here a batch is sent as it comes.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from glide import GlideClient
from glide_shared.config import GlideClientConfiguration
from glide_shared.exceptions import GlideError
from glide_shared.logger import Level, Logger
from redis.exceptions import ConnectionError, RedisError

from adapter.connect import crossing
from adapter.connect.arrival import aarrive
from adapter.connect.counters import Counters
from adapter.connect.options import FOR_EVER_MS, Settings, configuration, milliseconds
from adapter.connect.pump import PUMP, Heard
from adapter.connect.session import (
    DEMOTED,
    IDLE,
    NO_PREAMBLE,
    TAKEN_FOR_WRITES,
    Borrowed,
    demoted,
    introducing,
    killing,
    only,
    time_limit,
)
from adapter.translate.columns import Columns
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
        self.preamble = NO_PREAMBLE
        self._forget()

    def _forget(self) -> None:
        self._pid = os.getpid()
        self._opening = asyncio.Lock()
        self._know(None)
        self._clients: dict[str, GlideClient] = {}
        self._idle: list[Held] = []
        self._held: dict[int, Held] = {}
        self._listening: dict[int, GlideClient] = {}
        self._dropped: dict[int, Callable[[], None]] = {}
        self._trusted = False

    @property
    def settings(self) -> Settings:
        """As the client was made, and as SELECT, AUTH and CLIENT SETNAME have changed it since."""
        if self._settings is None:
            self._know(self._read_settings())
            assert self._settings is not None
        return self._settings

    def _know(self, settings: Settings | None) -> None:
        self._settings = settings
        straight = settings is not None and not settings.follows_master
        self._limit_ms = self.limit_ms if straight else None
        """That of batches whose replies nobody has to look into; None: somebody has to."""

    @property
    def limit_ms(self) -> int:
        """The caller's socket_timeout, as GLIDE wants it."""
        return milliseconds(self.settings.socket_timeout, FOR_EVER_MS)

    def change(self, settings: Settings) -> None:
        """New connections follow; those that wait unused for a caller are dropped."""
        self._know(settings)
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
            client = await self._create(
                configuration(await self._identified(), resp2=name == "plain")
            )
            # somebody else may have been here while we were creating
            if name in self._clients:
                end(client)
            client = self._clients.setdefault(name, client)
        return client

    async def _create(
        self, wanted: GlideClientConfiguration, *, introduced: bool = True
    ) -> GlideClient:
        # lazily connected: this awaits nothing, and holds up the loop for a fraction of a
        # millisecond
        with PUMP.attending(self.loop):
            client = await GlideClient.create(wanted)
        library = self.settings.library
        if introduced and library is not None:
            # should the server be gone, the caller's own command will tell
            with suppress(GlideError):
                await self.exec(client, introducing(library), limited=True)
        return client

    async def _identified(self) -> Settings:
        """The settings with the credentials of this moment; their provider may take its time."""
        settings = self.settings
        if settings.credential_provider is None:
            return settings
        pair = await settings.credential_provider.get_credentials_async()
        username, password = (None, pair[0]) if len(pair) == 1 else pair
        return replace(settings, username=username, password=password, credential_provider=None)

    async def _check(self) -> None:
        if self._pid != os.getpid():
            self._forget()
        if self._trusted:
            return
        async with self._opening:
            if not self._trusted:
                there = await aarrive(await self._identified())
                known = self.settings
                found = known.moved((there.host, there.port)).answered(replica=there.replica)
                if found != known:
                    self._know(found)
                    self.renew()
                self._trusted = True

    async def arrived(self) -> Settings:
        """The settings of a server that has answered."""
        await self._check()
        return await self._identified()

    def renew(self) -> None:
        """What nobody holds is opened anew when it is next needed."""
        clients = [*self._clients.values(), *(borrowed.client for borrowed in self._idle)]
        self._clients, self._idle = {}, []
        self._trusted = False
        for client in clients:
            end(client)

    async def borrow(self) -> Held:
        """A connection for one caller alone; to be given back, or discarded."""
        await self._check()
        if self._idle:
            borrowed = self._idle.pop()
        else:
            settings = self.settings
            # RESP2, since its holder may run any script on it, and none can end the process then
            wanted = configuration(await self._identified(), waiting=True, resp2=True)
            client = await self._create(wanted)
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
            there = await aarrive((await self._identified()).at(0))
            self._know(self.settings.moved((there.host, there.port)))
        wanted = configuration(await self._identified(), urgent=True)
        client = await self._create(wanted, introduced=False)
        self._listening[id(client)] = client
        return client

    async def listening(self, heard: Heard, dropped: Callable[[], None]) -> GlideClient:
        """A connection of its own for one bridge; ``heard`` may run on the pump's thread,
        ``dropped`` when ``close`` has ended it.
        """
        await self._check()

        def told(message: Any, context: Any) -> None:
            heard(message.channel, message.message, message.pattern)

        subscriptions = GlideClientConfiguration.PubSubSubscriptions({}, told, None)
        client = await self._create(
            configuration(await self._identified(), waiting=True, subscriptions=subscriptions)
        )
        PUMP.tell(client, heard)
        self._listening[id(client)] = client
        self._dropped[id(client)] = dropped
        return client

    def silence(self, client: GlideClient) -> None:
        """Ends a listening connection."""
        self._listening.pop(id(client), None)
        self._dropped.pop(id(client), None)
        end(client)

    async def exec(
        self,
        client: GlideClient,
        natives: Sequence[Native],
        *,
        atomic: bool = False,
        limited: bool = False,
        callers: int = 1,
    ) -> list[Any] | None:
        """Sends one batch; an error of a command stands in its place, ``None``: a watched key
        changed.  ``limited``: within the caller's socket_timeout, on a connection that has no
        limit.
        """
        first = () if atomic else self.preamble()
        batch = Columns([*first, *natives])
        self.counters.batch(batch.types)
        limit = time_limit(len(batch), self.limit_ms, limited=limited, callers=callers)
        replies: list[Any] | None
        try:
            if (form := crossing.form(client)) is None:
                replies = await client.exec(
                    crossing.own_way(batch.natives, atomic=atomic),
                    raise_on_error=False,
                    options=crossing.own_limit(limit),
                )
            else:
                sink = self.loop.create_future()
                crossing.send(client, form, batch, sink, atomic=atomic, timeout_ms=limit)
                replies = await sink
        except GlideError as error:
            self._look_for_master([error])
            raise
        if first and replies:
            del replies[: len(first)]
        self._look_for_master(replies)
        return replies

    def hand_over(
        self,
        client: GlideClient,
        batch: Columns,
        sink: crossing.Sink,
        *,
        atomic: bool,
        callers: int,
    ) -> bool:
        """As ``exec``, and ``sink`` gets the replies; False if that way is not open.

        Errors: ClosingError.
        """
        form, limit_ms = crossing.form(client), self._limit_ms
        if form is None or limit_ms is None or self.preamble():
            return False
        limit, count = None, len(batch.types)
        if count > 1:
            limit = time_limit(count, limit_ms, limited=False, callers=callers)
        crossing.send(client, form, batch, sink, atomic=atomic, timeout_ms=limit)
        self.counters.batch(batch.types)
        return True

    def _look_for_master(self, replies: list[Any] | None) -> None:
        """Sentinel is asked again once the master it named refuses to be written to."""
        if self.settings.follows_master and demoted(replies):
            self.doubt()
            raise ConnectionError(DEMOTED)

    async def single(self, client: GlideClient, native: Native) -> Any:
        """Sends one command alone; SELECT and the like outside any batch, so that GLIDE remembers
        them over a reconnect.
        """
        if native[0] in TAKEN_FOR_WRITES:
            return only(await self.exec(client, [native]))
        self.counters.single(native)
        return await client._execute_command(native[0], list(native[1]))

    async def reauthenticate(self, password: str) -> None:
        """Every open connection logs in anew; those that somebody holds, when they reconnect."""
        free = [*self._clients.values(), *self._listening.values()]
        free += [borrowed.client for borrowed in self._idle]
        held = [borrowed.client for borrowed in self._held.values()]
        for client in (*free, *held):
            try:
                await client.update_connection_password(password, client in free)
            except GlideError:
                # gone meanwhile, or not let in: the next command opens another
                self.doubt()

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
        told, self._dropped = self._dropped, {}
        self._trusted = False
        self._know(None)
        if not forked:
            for client in clients:
                end(client)
            for dropped in told.values():
                dropped()


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
