"""redis-py's ``redis.connection``, whose pools are ours."""

from typing import TYPE_CHECKING

from adapter import lending
from adapter.connect.pool import BlockingConnectionPool as BlockingConnectionPool
from adapter.connect.pool import ConnectionPool as ConnectionPool

if TYPE_CHECKING:
    # all but the two above
    from redis.connection import *  # type: ignore[assignment]  # noqa: F403
else:
    __getattr__ = lending.rest_of(__name__)
