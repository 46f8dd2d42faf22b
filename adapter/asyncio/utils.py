"""redis-py's ``redis.asyncio.utils``, whose ``from_url`` makes our client."""

from typing import TYPE_CHECKING

from adapter import lending
from adapter.asyncio.client import from_url as from_url

if TYPE_CHECKING:
    # all but the one above
    from redis.asyncio.utils import *  # type: ignore[assignment]  # noqa: F403
else:
    __getattr__ = lending.rest_of(__name__)
