"""What is the same in both pools: one of redis-py's is read for its settings, and stood in for.

A pool of ours shares the dictionary of keywords with the pool that it stands for, so that what a
library changes in one is seen in the other.  Which lanes are behind it, ``pool`` and
``async_pool`` know.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Self

import redis
from redis.asyncio.connection import AbstractConnection as AsyncAbstractConnection
from redis.asyncio.connection import SSLConnection as AsyncSSLConnection
from redis.asyncio.connection import UnixDomainSocketConnection as AsyncUnixDomainSocketConnection
from redis.asyncio.sentinel import SentinelManagedConnection as AsyncSentinelManagedConnection
from redis.connection import AbstractConnection, SSLConnection, UnixDomainSocketConnection
from redis.exceptions import ConnectionError
from redis.sentinel import SentinelManagedConnection
from redis.utils import format_error_message

from adapter.connect.counters import Counters
from adapter.connect.options import NotSupportedError, Service, Settings, read, refuse
from adapter.connect.tuning import Tuning
from adapter.state.scripts import Scripts, Sources
from adapter.translate.encoding import Encoder
from adapter.translate.harmless import lane_of

STAND_IN = "_glide_stand_in"
"""Where a redis-py pool keeps the pool of ours that stands for it."""
SOURCES = Sources(lane_of)
"""Every script that this process has seen."""


ONE_FOR_EACH_NODE = "has no connection pool of its own; give a node's client, or use its pubsub()"

DEFAULT_WIRE = 3 if int(redis.__version__.partition(".")[0]) >= 8 else 2
"""redis-py 8 asks for RESP3 unless told otherwise, its predecessors for RESP2."""


class StandIn:
    """The half of a pool of ours that opens no connection; mixed into redis-py's class."""

    connection_class: Any
    connection_kwargs: dict[str, Any]
    re_auth_callback: Callable[[Any], Any]
    packed_by_hiredis: bool
    """Whether redis-py's connections of this sort pack commands with hiredis."""
    tuning = Tuning()
    """How its calls travel."""

    @classmethod
    def adopt(cls, pool: Any) -> Self:
        """The pool itself if it is one of ours; else the one of ours that stands for it.

        Errors: NotSupportedError, for a cluster, which has one for each node.
        """
        if hasattr(pool, "nodes_manager"):
            raise NotSupportedError(f"{type(pool).__name__}: {ONE_FOR_EACH_NODE}")
        if isinstance(pool, cls):
            return pool
        ours: Self | None = vars(pool).get(STAND_IN)
        if ours is None:
            # the same dictionary of keywords, not a copy: libraries change it
            ours = cls._kind_of(pool)._like(pool)
            ours._equip(Counters())
            # on the pool itself: its keywords refer to it, so that no weak table would ever let go
            setattr(pool, STAND_IN, ours)
            # redis-py's listener for streaming credentials has been told of that pool, not of ours
            pool.re_auth_callback = ours.re_auth_callback
        return ours

    def twin(self) -> Self:
        """Another pool with the same keywords, and connections of its own."""
        twin = self._like(self)
        twin._equip(self.counters)
        return twin

    def tuned(self, said: Mapping[str, Any]) -> Self:
        """The pool itself, or a twin whose calls travel as is said here.

        Errors: DataError.
        """
        tuning = self.tuning.changed(said)
        if tuning is self.tuning:
            return self
        twin = self._like(self)
        twin.tuning = tuning
        twin._equip(self.counters)
        return twin

    @classmethod
    def _kind_of(cls, pool: Any) -> type[Self]:
        """Which of our pools stands for one of redis-py's."""
        return cls

    @classmethod
    def _like(cls, pool: Any) -> Self:
        like = cls.__new__(cls)
        like.__dict__.update(vars(pool))
        like._empty()
        return like

    def _empty(self) -> None:
        """As redis-py's own ``reset``: a lock and a list of connections of its own."""
        raise NotImplementedError

    def _equip(self, counters: Counters) -> None:
        """Makes what is behind the pool; what GLIDE cannot do is refused once it is to be done."""
        self.counters = counters
        self.encoder = encoder_of(self.connection_kwargs, self.packed_by_hiredis)
        self.scripts = Scripts(SOURCES, counters.script_loaded)
        self._retry: Any = None

    def by_hand(self, connection: Callable[[Any], Any]) -> Any:
        """What ``get_connection`` hands out: a connection of GLIDE's, unless the caller's own class
        was to be made, which is no connection of redis-py's or is told when one ends.
        """
        if _is(self.connection_class, CONNECTIONS) and not _told_of_ends(self.connection_class):
            return connection(self)
        return self.connection_class(**self.connection_kwargs)

    @property
    def retry(self) -> Any:
        """redis-py's Retry object, as its own connections would have it."""
        if self._retry is None:
            self._retry = self.connection_class(**self.connection_kwargs).retry
        return self._retry

    def set_retry(self, retry: Any) -> None:
        """As redis-py's."""
        # redis-py's pool comes behind this half
        super().set_retry(retry)  # type: ignore[misc]
        self._retry = retry


CONNECTIONS = (AbstractConnection, AsyncAbstractConnection)
UNIX = (UnixDomainSocketConnection, AsyncUnixDomainSocketConnection)
TLS = (SSLConnection, AsyncSSLConnection)
NO_CONNECTION = (
    "GLIDE opens the connections, to where one of redis-py's classes would; leave a class that is"
    " none of those to redis-py's own client"
)
MANAGED = (SentinelManagedConnection, AsyncSentinelManagedConnection)


def reader_of(pool: Any) -> Callable[[], Settings]:
    """Reads the settings anew whenever connections are opened.

    Errors: NotSupportedError, if a keyword asks for what GLIDE cannot do.

    Holds the pool weakly: the pool's finalizer holds the lanes, and they hold this.
    """
    weakly = weakref.ref(pool)

    def settings() -> Settings:
        owner = weakly()
        if owner is None:
            raise ConnectionError("the client's connection pool is gone")
        connection_class, kwargs = owner.connection_class, owner.connection_kwargs
        if not _is(connection_class, CONNECTIONS):
            raise NotSupportedError(f"connection_class: {NO_CONNECTION}")
        refuse(kwargs, unix=_is(connection_class, UNIX))
        template = connection_class(**kwargs)
        try:
            found = read(template, kwargs, secure=_is(connection_class, TLS))
        except OSError as error:
            # a certificate's file
            where = f"{template.host}:{template.port}"
            raise ConnectionError(format_error_message(where, error)) from error
        if _is(connection_class, MANAGED):
            return replace(found, service=Service(weakly, owner.is_master))
        return found

    return settings


def _is(connection_class: Any, classes: tuple[type, ...]) -> bool:
    return isinstance(connection_class, type) and issubclass(connection_class, classes)


def _told_of_ends(connection_class: type) -> bool:
    """Whether the caller's class has a ``disconnect`` of its own, as kombu's has: it wants to know
    when to take a socket out of its event loop, and GLIDE has no socket to wait for.
    """
    disconnect = getattr(connection_class, "disconnect", None)
    return all(disconnect is not one.disconnect for one in CONNECTIONS)


def encoder_of(kwargs: Mapping[str, Any], packed_by_hiredis: bool) -> Encoder:
    """The encoder that a pool's keywords ask for."""
    return Encoder(
        encoding=kwargs.get("encoding", "utf-8"),
        encoding_errors=kwargs.get("encoding_errors", "strict"),
        decode_responses=kwargs.get("decode_responses", False),
        wire=wire(kwargs.get("protocol")),
        packed_by_hiredis=packed_by_hiredis,
    )


def wire(protocol: Any) -> int:
    """The protocol whose raw shapes redis-py's response callbacks expect."""
    if protocol is None:
        return DEFAULT_WIRE
    try:
        return 2 if int(protocol) == 2 else 3
    except (TypeError, ValueError):
        return 3
