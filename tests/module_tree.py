"""The modules of redis-py, and what type checkers are told of those that the adapter lends.

``python -m tests.module_tree --write`` writes a ``.pyi`` file for every public module that has no
file of ours; a unit test keeps them true.
"""

from __future__ import annotations

import pkgutil
import sys
from pathlib import Path

import redis

from adapter.lending import PAST_GLIDE

ADAPTER = Path(__file__).parents[1] / "adapter"


def public() -> dict[str, bool]:
    """Every public module, without ``redis.``: whether it is a package."""
    found = {
        one.name.removeprefix("redis."): one.ispkg
        for one in pkgutil.walk_packages(redis.__path__, "redis.", onerror=lambda name: None)
    }
    return {
        name: package
        for name, package in sorted(found.items())
        if not any(part.startswith("_") for part in name.split("."))
        and f"redis.{name}" not in PAST_GLIDE
    }


def stubs() -> dict[Path, str]:
    """The ``.pyi`` files and their texts."""
    made = {}
    for name, package in public().items():
        place = ADAPTER.joinpath(*name.split("."))
        file = place / "__init__.pyi" if package else place.with_suffix(".pyi")
        if not file.with_suffix(".py").exists():
            made[file] = f"from redis.{name} import *\n"
    return made


if __name__ == "__main__" and "--write" in sys.argv:
    for file, text in stubs().items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
