"""The ``connection_pool`` of a client: what libraries look into, and what owns the lanes behind
it.

They are redis-py pools (isinstance, ``connection_kwargs``, ``from_url``, ``disconnect``) that
hold no redis-py connection.  A pool that redis-py made is adopted: clients on the same pool share
one set of lanes.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from typing import Any

import redis
from redis.asyncio.connection import SSLConnection as AsyncSSLConnection
from redis.asyncio.connection import UnixDomainSocketConnection as AsyncUnixDomainSocketConnection
from redis.connection import SSLConnection, UnixDomainSocketConnection
from redis.exceptions import ConnectionError, MaxConnectionsError
from redis.utils import HIREDIS_AVAILABLE

from adapter.connect.connection import GlideConnection
from adapter.connect.counters import Counters
from adapter.connect.lanes import Lanes
from adapter.connect.options import Settings, read, refuse
from adapter.connect.sender import Sender
from adapter.connect.usage import elsewhere
from adapter.state.scripts import Scripts, Sources
from adapter.translate.encoding import Encoder
from adapter.translate.hazards import risky_script

UNIX = (UnixDomainSocketConnection, AsyncUnixDomainSocketConnection)
TLS = (SSLConnection, AsyncSSLConnection)


def reader_of(pool: Any) -> Callable[[], Settings]:
    """Reads the settings anew whenever connections are opened.

    Holds the pool weakly: the pool's finalizer holds the lanes, and they hold this.
    """
    weakly = weakref.ref(pool)

    def settings() -> Settings:
        owner = weakly()
        if owner is None:
            raise ConnectionError("the client's connection pool is gone")
        connection_class, kwargs = owner.connection_class, owner.connection_kwargs
        template = connection_class(**kwargs)
        return read(template, kwargs, tls=_is(connection_class, TLS))

    return settings


def over_unix(connection_class: Any) -> bool:
    """Whether a pool's connections would be unix sockets."""
    return _is(connection_class, UNIX)


def _is(connection_class: Any, classes: tuple[type, ...]) -> bool:
    return isinstance(connection_class, type) and issubclass(connection_class, classes)


def encoder_of(kwargs: Mapping[str, Any], packed_by_hiredis: bool = HIREDIS_AVAILABLE) -> Encoder:
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


DEFAULT_WIRE = 3 if int(redis.__version__.partition(".")[0]) >= 8 else 2
"""redis-py 8 asks for RESP3 unless told otherwise, its predecessors for RESP2."""


STAND_IN = "_glide_stand_in"
"""Where a redis-py pool keeps the pool of ours that stands for it."""
SOURCES = Sources(risky_script)
"""Every script that this process has seen."""


class ConnectionPool(redis.ConnectionPool):
    """A redis-py connection pool whose connections are GLIDE's."""

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
            # the same dictionary of keywords, not a copy: libraries change it
            ours.__dict__.update(vars(pool))
            redis.ConnectionPool.reset(ours)
            ours._equip()
            # on the pool itself: its keywords refer to it, so that no weak table would ever let go
            setattr(pool, STAND_IN, ours)
        return ours

    def twin(self) -> ConnectionPool:
        """Another pool with the same keywords, and connections of its own."""
        twin = type(self).__new__(type(self))
        twin.__dict__.update(vars(self))
        redis.ConnectionPool.reset(twin)
        twin._equip(self.counters)
        return twin

    def _equip(self, counters: Counters | None = None) -> None:
        kwargs = self.connection_kwargs
        refuse(kwargs, unix=over_unix(self.connection_class))
        self.counters = counters or Counters()
        self.encoder = encoder_of(kwargs)
        self.lanes = Lanes(reader_of(self), self.counters)
        self.scripts = Scripts(SOURCES, self.counters.script_loaded)
        self.sender = Sender(self.lanes, self.scripts)
        self._retry: Any = None
        weakref.finalize(self, elsewhere, self.lanes.close)

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
        super().reset()
        if "lanes" in self.__dict__:
            self.disconnect()

    def make_connection(self) -> Any:
        """A connection to be driven by hand; counted against ``max_connections``, as redis-py's."""
        if self._created_connections >= self.max_connections:
            raise MaxConnectionsError("Too many connections")
        self._created_connections += 1
        return GlideConnection(self)

    def disconnect(self, inuse_connections: bool = True) -> None:
        """Ends every connection; the next command opens new ones."""
        super().disconnect(inuse_connections)
        self.lanes.close()
        self.scripts.forget_server()


class BlockingConnectionPool(ConnectionPool):
    """Takes redis-py's ``timeout`` and ``queue_class``, and ignores them: nobody waits here."""

    def __init__(
        self,
        max_connections: int = 50,
        timeout: float | None = 20,
        connection_class: Any = redis.Connection,
        queue_class: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            connection_class=connection_class, max_connections=max_connections, **kwargs
        )
        self.timeout = timeout
        self.queue_class = queue_class
