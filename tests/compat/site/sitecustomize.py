"""Python reads this first, in the tests of a library and in whatever processes they start.

The suites want a server at port 6379 of this machine: they are led to the one of this run.
``COMPAT_CLIENT=adapter`` puts our classes in the place of redis-py's.
"""

from __future__ import annotations

import functools
import os
from typing import Any


def lead_to(port: int, connection: Any) -> None:
    """Whoever wants port 6379 gets ``port``."""
    made = connection.__init__

    @functools.wraps(made)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        made(self, *args, **kwargs)
        if self.port == 6379:
            self.port = port

    connection.__init__ = __init__


if "COMPAT_PORT" in os.environ:
    import redis.asyncio.connection
    import redis.connection

    for each in (redis.connection.Connection, redis.asyncio.connection.Connection):
        lead_to(int(os.environ["COMPAT_PORT"]), each)

if os.environ.get("COMPAT_CLIENT") == "adapter":
    from adapter import install

    install()
