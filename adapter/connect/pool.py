"""The ``connection_pool`` of a client: what libraries look into, and what owns the lanes behind
it.

They are redis-py pools (isinstance, ``connection_kwargs``, ``from_url``, ``disconnect``) that
hold no redis-py connection.  A pool that redis-py made is adopted: clients on the same pool share
one set of lanes.
"""

from __future__ import annotations

import weakref
from typing import Any

import redis
import redis.sentinel
from redis.exceptions import MaxConnectionsError
from redis.utils import HIREDIS_AVAILABLE

from adapter.connect.connection import GlideConnection
from adapter.connect.counters import Counters
from adapter.connect.lanes import Lanes
from adapter.connect.sender import Sender
from adapter.connect.stand_in import StandIn, reader_of
from adapter.connect.usage import elsewhere


class ConnectionPool(StandIn, redis.ConnectionPool):
    """A redis-py connection pool whose connections are GLIDE's."""

    packed_by_hiredis = HIREDIS_AVAILABLE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._equip(Counters())

    @classmethod
    def _kind_of(cls, pool: Any) -> type[Any]:
        return next((ours for theirs, ours in STANDING if isinstance(pool, theirs)), cls)

    def _empty(self) -> None:
        super().reset()

    def _equip(self, counters: Counters) -> None:
        super()._equip(counters)
        self.lanes = Lanes(reader_of(self), counters)
        self.sender = Sender(self.lanes, self.scripts, self.tuning.most_batched)
        weakref.finalize(self, elsewhere, self.lanes.close)

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
        return self.by_hand(GlideConnection)

    def re_auth_callback(self, token: Any) -> None:
        """A streaming credential provider has a new token."""
        self.lanes.reauthenticate(token.get_value())

    def disconnect(self, inuse_connections: bool = True) -> None:
        """Ends every connection, or those that nobody holds; the next command opens new ones."""
        super().disconnect(inuse_connections)
        if inuse_connections:
            self.lanes.close()
        else:
            self.lanes.renew()


class BlockingConnectionPool(ConnectionPool, redis.BlockingConnectionPool):
    """Commands never wait for a connection; who takes one by hand does, as in redis-py."""

    def make_connection(self) -> Any:
        """A connection to be driven by hand."""
        connection = self.by_hand(GlideConnection)
        self._connections.append(connection)
        return connection


class SentinelConnectionPool(ConnectionPool, redis.sentinel.SentinelConnectionPool):
    """Asks Sentinel where the master or a replica is, whenever a connection may have been lost."""


STANDING: tuple[tuple[type, type[ConnectionPool]], ...] = (
    (redis.BlockingConnectionPool, BlockingConnectionPool),
    (redis.sentinel.SentinelConnectionPool, SentinelConnectionPool),
)
"""redis-py's kinds of pools, and who stands for them."""
