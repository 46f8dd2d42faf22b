"""Marks methods that return a coroutine without being written with ``async``, which would be one
coroutine more within another.
"""

from __future__ import annotations

import asyncio.coroutines
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

Method = TypeVar("Method", bound=Callable[..., Any])


def returns_a_coroutine(method: Method) -> Method:
    """The method itself; mocks and others who ask take it for one with ``async``."""
    if hasattr(inspect, "markcoroutinefunction"):
        marked: Method = inspect.markcoroutinefunction(method)
        return marked
    # Python 3.11 has this for asyncio.iscoroutinefunction alone
    mark = getattr(asyncio.coroutines, "_is_coroutine", True)
    method._is_coroutine = mark  # type: ignore[attr-defined]
    return method
