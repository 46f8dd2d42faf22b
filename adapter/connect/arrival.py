"""Finds the server that a client is to talk to, and knocks there: the one that was named, or the
one that Sentinel names at this moment.
"""

from __future__ import annotations

from redis.exceptions import ConnectionError

from adapter.connect.knock import aknock, knock
from adapter.connect.options import Settings


def arrive(settings: Settings) -> Settings:
    """The settings with the address that answered, and whether that is a replica.

    Errors: as ``knock``; MasterNotFoundError and SlaveNotFoundError (redis.sentinel).
    """
    if settings.service is None:
        return settings.answered(replica=knock(settings))
    pool = settings.service.pool()
    if settings.service.is_master:
        there = settings.moved(pool.get_master_address())
        return there.answered(replica=knock(there))
    # ends with redis-py's SlaveNotFoundError, if no one answers
    for address in pool.rotate_slaves():
        there = settings.moved(address)
        try:
            return there.answered(replica=knock(there))
        except ConnectionError:
            continue
    raise ConnectionError("Sentinel named no server")


async def aarrive(settings: Settings) -> Settings:
    """As ``arrive``, without holding up the event loop."""
    if settings.service is None:
        return settings.answered(replica=await aknock(settings))
    pool = settings.service.pool()
    if settings.service.is_master:
        there = settings.moved(await pool.get_master_address())
        return there.answered(replica=await aknock(there))
    async for address in pool.rotate_slaves():
        there = settings.moved(address)
        try:
            return there.answered(replica=await aknock(there))
        except ConnectionError:
            continue
    raise ConnectionError("Sentinel named no server")
