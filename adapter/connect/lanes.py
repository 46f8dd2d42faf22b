"""The connections of a synchronous client, and which plan may travel on which.

shared: everybody's; plain: RESP2; borrowed: RESP2, held by one caller (blocking commands, WATCH)
and given back; listening: one for each PubSub.  All are opened when first needed.  Nothing here
knows redis commands.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from glide_shared.commands.core_options import PubSubMsg
from glide_shared.config import GlideClientConfiguration
from glide_shared.exceptions import GlideError
from redis.exceptions import ConnectionError

from adapter.connect import crossing
from adapter.connect.arrival import arrive
from adapter.connect.counters import Counters
from adapter.connect.loading import connected
from adapter.connect.options import FOR_EVER_MS, Settings, configuration, milliseconds
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
from adapter.connect.usage import Usage
from adapter.translate.columns import Columns
from adapter.translate.plan import Native

if TYPE_CHECKING:
    from glide_sync import GlideClient

Held = Borrowed[Any]


class Lanes:
    """Thread-safe; after ``close`` the next command opens everything anew, as redis-py's pools
    do.
    """

    def __init__(self, settings: Callable[[], Settings], counters: Counters) -> None:
        self._read_settings = settings
        self.counters = counters
        self.preamble = NO_PREAMBLE
        self._forget()

    def _forget(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._usage = Usage()
        self._settings: Settings | None = None
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
            self._settings = self._read_settings()
        return self._settings

    @property
    def limit_ms(self) -> int:
        """The caller's socket_timeout, as GLIDE wants it."""
        return milliseconds(self.settings.socket_timeout, FOR_EVER_MS)

    def change(self, settings: Settings) -> None:
        """New connections follow; those that wait unused for a caller are dropped, being out of
        date.
        """
        with self._lock:
            self._settings = settings
            idle, self._idle = self._idle, []
            stale = self._clients.pop("plain", None)
        for borrowed in idle:
            self._usage.retire(borrowed.client)
        if stale is not None:
            self._usage.retire(stale)

    def doubt(self) -> None:
        """A call has failed on its way: before the next one the server is asked whether it is
        there.
        """
        self._trusted = False

    def abandon(self, client: GlideClient) -> None:
        """A reply has not come in time: as redis-py, the next call uses another connection.  Calls
        of other threads that are under way on this one go on.
        """
        with self._lock:
            names = [name for name, one in self._clients.items() if one is client]
            for name in names:
                del self._clients[name]
        if names:
            self._usage.retire(client)

    def shared(self) -> GlideClient:
        """Everybody's connection."""
        return self._lane("shared")

    def plain(self) -> GlideClient:
        """The RESP2 connection."""
        return self._lane("plain")

    def opened(self, name: str) -> GlideClient | None:
        """The client of ``shared`` or ``plain``, if there is one already."""
        return self._clients.get(name)

    def _lane(self, name: str) -> GlideClient:
        client = self._clients.get(name)
        if client is not None and self._trusted and self._pid == os.getpid():
            return client
        self._check()
        with self._lock:
            client = self._clients.get(name)
            if client is None:
                client = self._create(configuration(self.settings, resp2=name == "plain"))
                self._clients[name] = client
            return client

    def _create(self, wanted: GlideClientConfiguration) -> GlideClient:
        client = connected(wanted)
        library = self.settings.library
        if library is not None:
            # should the server be gone, the caller's own command will tell
            with suppress(GlideError):
                self.exec(client, introducing(library), limited=True)
        return client

    def _check(self) -> None:
        if self._pid != os.getpid():
            # the parent's locks may be held by threads that do not exist here
            self._forget()
        if not self._trusted:
            self._arrive()
            self._trusted = True

    def _arrive(self) -> None:
        there = arrive(self.settings)
        if there != self.settings:
            self._settings = there
            self.renew()

    def arrived(self) -> Settings:
        """The settings of a server that has answered."""
        self._check()
        return self.settings

    def renew(self) -> None:
        """What nobody holds is opened anew when it is next needed."""
        with self._lock:
            clients = [*self._clients.values(), *(borrowed.client for borrowed in self._idle)]
            self._clients, self._idle = {}, []
            self._trusted = False
        for client in clients:
            self._usage.retire(client)

    def borrow(self) -> Held:
        """A connection for one caller alone; to be given back, or discarded."""
        self._check()
        with self._lock:
            borrowed = self._idle.pop() if self._idle else None
        if borrowed is None:
            settings = self.settings
            # RESP2, since its holder may run any script on it, and none can end the process then
            client = self._create(configuration(settings, waiting=True, resp2=True))
            borrowed = Borrowed(client, settings)
        with self._lock:
            self._held[id(borrowed)] = borrowed
        return borrowed

    def give_back(self, borrowed: Held) -> None:
        """The connection is clean again: nothing watched, nothing under way."""
        with self._lock:
            held = self._held.pop(id(borrowed), None) is not None
            if held and len(self._idle) < IDLE and borrowed.settings == self._settings:
                self._idle.append(borrowed)
                return
        self._usage.retire(borrowed.client)

    def discard(self, borrowed: Held) -> None:
        """The connection is not fit for another caller."""
        with self._lock:
            self._held.pop(id(borrowed), None)
        self._usage.retire(borrowed.client)

    def urgent(self) -> GlideClient:
        """A connection for one command that must get through while all others are held up; to be
        silenced after it.
        """
        if not self._trusted:
            self._settings = arrive(self.settings.at(0)).at(self.settings.db)
        client = connected(configuration(self.settings, urgent=True))
        with self._lock:
            self._listening[id(client)] = client
        return client

    def listening(
        self, heard: Callable[[PubSubMsg, Any], None], dropped: Callable[[], None]
    ) -> GlideClient:
        """A connection of its own for one bridge; ``heard`` runs on GLIDE's thread, ``dropped``
        when ``close`` has ended it.
        """
        self._check()
        subscriptions = GlideClientConfiguration.PubSubSubscriptions({}, heard, None)
        client = self._create(
            configuration(self.settings, waiting=True, subscriptions=subscriptions)
        )
        with self._lock:
            self._listening[id(client)] = client
            self._dropped[id(client)] = dropped
        return client

    def silence(self, client: GlideClient) -> None:
        """Ends a listening connection."""
        with self._lock:
            self._listening.pop(id(client), None)
            self._dropped.pop(id(client), None)
        self._usage.retire(client)

    def exec(
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
        limit, count = None, len(batch)
        if limited or count > 1:
            limit = time_limit(count, self.limit_ms, limited=limited, callers=callers)
        usage = self._usage
        usage.enter(client)
        try:
            replies = crossing.call(client, batch, atomic=atomic, timeout_ms=limit)
        except GlideError as error:
            self._look_for_master([error])
            raise
        finally:
            usage.leave(client)
        if first and replies:
            del replies[: len(first)]
        self._look_for_master(replies)
        return replies

    def _look_for_master(self, replies: list[Any] | None) -> None:
        """Sentinel is asked again once the master it named refuses to be written to."""
        if self.settings.follows_master and demoted(replies):
            self.doubt()
            raise ConnectionError(DEMOTED)

    def single(self, client: GlideClient, native: Native) -> Any:
        """Sends one command alone; SELECT and the like outside any batch, so that GLIDE remembers
        them over a reconnect.
        """
        if native[0] in TAKEN_FOR_WRITES:
            return only(self.exec(client, [native]))
        self.counters.single(native)
        return self.call(client, client._execute_command, native[0], list(native[1]))

    def call(self, client: GlideClient, method: Callable[..., Any], *args: Any) -> Any:
        """Calls a method of ``client`` that nobody may close meanwhile."""
        usage = self._usage
        usage.enter(client)
        try:
            return method(*args)
        finally:
            usage.leave(client)

    def reauthenticate(self, password: str) -> None:
        """Every open connection logs in anew; those that somebody holds, when they reconnect."""
        with self._lock:
            free = [*self._clients.values(), *self._listening.values()]
            free += [borrowed.client for borrowed in self._idle]
            held = [borrowed.client for borrowed in self._held.values()]
        for client in (*free, *held):
            try:
                self.call(client, client.update_connection_password, password, client in free)
            except GlideError:
                # gone meanwhile, or not let in: the next command opens another
                self.doubt()

    def alive(self, client: GlideClient) -> bool:
        """Whether the client takes calls."""
        return not self._usage.gone(client)

    def close(self) -> None:
        """Ends every connection; calls that are under way fail."""
        if self._pid != os.getpid():
            self._forget()
            return
        with self._lock:
            held = list(self._held.values())
            clients = [*self._clients.values(), *self._listening.values()]
            clients += [borrowed.client for borrowed in (*self._idle, *held)]
            control = self._clients.get("shared")
            settings = self._settings
            self._clients, self._held, self._listening, self._idle = {}, {}, {}, []
            told, self._dropped = self._dropped, {}
            self._trusted = False
            self._settings = None
        waiting = [borrowed.id for borrowed in held if borrowed.waiting and borrowed.id is not None]
        if waiting and settings is not None:
            if control is None:
                control = connected(configuration(settings))
                clients.append(control)
            # closing leaves a waiting BLPOP at the server, where it would eat an element
            kills = [killing(number) for number in waiting]
            with suppress(GlideError):
                self.exec(control, kills)
        for client in clients:
            self._usage.retire(client)
        for dropped in told.values():
            dropped()
