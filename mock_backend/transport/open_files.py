"""How many clients this process may have: each is an open file (server.c, adjustOpenFilesLimit)."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Final

if sys.platform != "win32":
    import resource

RESERVED: Final = 32
"""Files that are no clients."""


def make_room(clients: int) -> int:
    """Raises the process's limit, if so many clients need it; how many it can have now, if they
    are fewer.
    """
    if sys.platform == "win32":
        return clients
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = clients + RESERVED
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(OSError, ValueError):  # a system may have a limit that it does not tell
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return clients if soft == resource.RLIM_INFINITY else max(1, min(clients, soft - RESERVED))
