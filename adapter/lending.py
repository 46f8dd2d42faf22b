"""Every module of redis-py under our name: ``adapter.exceptions`` is ``redis.exceptions``.

A module that is ours has a file; any other that redis-py has is lent, as the same object, so that
what is set in one is seen in the other.  A module of ours lends in turn what redis-py's has and it
has not.  Type checkers read the ``.pyi`` files, which are written for them alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import redis

THEIRS = "redis"
OURS = __name__.rpartition(".")[0]

CLUSTERS = redis.VERSION >= (8,)
"""Whether redis-py's cluster is the one that ours is made of."""
PAST_GLIDE = frozenset(
    f"{package}.{name}"
    for package in (THEIRS, f"{THEIRS}.asyncio")
    for name in ("RedisCluster", "cluster")
    if not CLUSTERS
)
"""What opens connections of redis-py's own is not lent."""

LATE = {f"{OURS}.RedisCluster": f"{OURS}.cluster"}
LATE[f"{OURS}.asyncio.RedisCluster"] = f"{OURS}.asyncio.cluster"
"""What is ours and is imported when it is first asked for, with its module: most programs have no
cluster.
"""


class _Lent(Loader):
    """Puts redis-py's module in the place of the new one."""

    def exec_module(self, module: ModuleType) -> None:
        sys.modules[module.__name__] = import_module(_theirs(module.__name__))


class _Finder(MetaPathFinder):
    """Asked before Python's own, which would read redis-py's files a second time."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(f"{OURS}."):
            return None
        if _is_ours(fullname.rpartition(".")[0]):
            found = PathFinder.find_spec(fullname, path, target)
            # a folder that holds nothing but .pyi files has no loader
            if found is not None and found.loader is not None and found.has_location:
                return found
        theirs = _theirs(fullname)
        if theirs in PAST_GLIDE or find_spec(theirs) is None:
            return None
        return ModuleSpec(fullname, _Lent())


def _is_ours(name: str) -> bool:
    """Whether a module that is loaded is ours, and not lent."""
    return sys.modules[name].__name__ == name


def _theirs(name: str) -> str:
    """``adapter.asyncio.lock`` -> ``redis.asyncio.lock``."""
    return THEIRS + name.removeprefix(OURS)


def lend() -> None:
    """From now on whoever imports a module that only redis-py has under our name is given it."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def rest_of(ours: str) -> Callable[[str], Any]:
    """A ``__getattr__`` for our module of that name: what it has not itself is redis-py's."""
    theirs = import_module(_theirs(ours))

    def lent(name: str) -> Any:
        original = f"{theirs.__name__}.{name}"
        lendable = not name.startswith("__") or name == "__version__"
        if lendable and original not in PAST_GLIDE and hasattr(theirs, name):
            if (late := LATE.get(f"{ours}.{name}")) is not None:
                return getattr(import_module(late), name)
            value = getattr(theirs, name)
            if isinstance(value, ModuleType) and value.__name__ == original:
                return import_module(f"{ours}.{name}")
            return value
        raise AttributeError(f"module {ours!r} has no attribute {name!r}")

    return lent
