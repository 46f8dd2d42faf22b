"""``install()``: whoever imports redis-py from now on gets our classes; ``uninstall()`` puts
redis-py's back.

The modules of redis-py stay, and so do their exceptions, value types, locks and everything else
that is not listed here: only the names below are given other values.  Inside redis-py nothing
else refers to them while a client works, and our classes hold on to the originals they derive from.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

from adapter import lending

_CLIENTS = ("Redis", "StrictRedis")
_POOLS = ("ConnectionPool", "BlockingConnectionPool")
_MADE = ("Pipeline", "PubSub", "Monitor")
_CLUSTERS = ("RedisCluster",) if lending.CLUSTERS else ()
_SENTINELS = ("Sentinel", "SentinelConnectionPool")

NAMES: dict[str, tuple[str, ...]] = {
    "redis": (*_CLIENTS, *_CLUSTERS, *_POOLS, *_SENTINELS, "from_url"),
    "redis.client": (*_CLIENTS, *_MADE),
    "redis.cluster": _CLUSTERS,
    "redis.connection": _POOLS,
    "redis.sentinel": _SENTINELS,
    "redis.utils": ("from_url",),
    "redis.asyncio": (*_CLIENTS, *_CLUSTERS, *_POOLS, *_SENTINELS, "from_url"),
    "redis.asyncio.client": (*_CLIENTS, *_MADE),
    "redis.asyncio.cluster": _CLUSTERS,
    "redis.asyncio.connection": _POOLS,
    "redis.asyncio.sentinel": _SENTINELS,
    "redis.asyncio.utils": ("from_url",),
}
"""Which names of which modules become those of our modules of the same name."""

_lock = threading.Lock()
_originals: dict[tuple[str, str], Any] = {}
"""What the names meant before; empty while nothing is installed."""


class Installation:
    """What ``install`` returns: ``with adapter.install(): ...`` ends it with the block."""

    def __init__(self, *, first: bool) -> None:
        self._first = first

    def __enter__(self) -> Installation:
        return self

    def __exit__(self, *args: object) -> None:
        """Uninstalls, unless somebody else had installed before."""
        if self._first:
            uninstall()


def install() -> Installation:
    """From now on ``import redis`` means this adapter, for every library in the process.

    ``redis.Redis``, ``redis.asyncio.Redis``, their ``RedisCluster``, ``from_url``, the connection
    pools, ``Sentinel``, ``Pipeline``, ``PubSub`` and ``Monitor`` become ours, in ``redis`` and in
    the modules that define them. They are subclasses of redis-py's, so ``isinstance`` and
    ``issubclass`` hold against names that were bound before; exceptions are redis-py's own.

    A module that said ``import redis`` before is served as well, since it looks ``redis.Redis`` up
    when it needs it.  One that said ``from redis import Redis`` (or derived a class) before keeps
    redis-py's class, whose clients go on as they did, except that ``pipeline()``, ``pubsub()`` and
    ``monitor()`` give them ours: so install first, import libraries then.

    Installing twice is installing once.  Usable as a context manager.
    """
    with _lock:
        first = not _originals
        if first:
            for module, name, ours in list(_meant()):
                _originals[module.__name__, name] = vars(module)[name]
                setattr(module, name, ours)
        return Installation(first=first)


def uninstall() -> None:
    """redis-py's names mean what they meant before ``install``; without it, does nothing.

    Clients that were made meanwhile stay ours, and go on.
    """
    with _lock:
        originals = dict(_originals)
        _originals.clear()
        if not originals:
            return
        back = {}
        for module, name, ours in _meant():
            back[id(ours)] = original = originals[module.__name__, name]
            setattr(module, name, original)
        # what redis-py itself has imported meanwhile, from its own modules
        for name, module in list(sys.modules.items()):
            if name.startswith("redis."):
                for attribute, value in list(vars(module).items()):
                    if id(value) in back:
                        setattr(module, attribute, back[id(value)])


def installed() -> bool:
    """Whether redis-py's names are ours at the moment."""
    return bool(_originals)


def _meant() -> Iterator[tuple[ModuleType, str, Any]]:
    """``(module, name, ours)`` for every name that is changed."""
    for path, names in NAMES.items():
        if not names:
            continue
        ours = import_module(lending.OURS + path.removeprefix(lending.THEIRS))
        for name in names:
            yield sys.modules[path], name, getattr(ours, name)
