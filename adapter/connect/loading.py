"""GLIDE's synchronous client is loaded with the first connection: it brings a native library, which
takes as long as half of ``import adapter``.  (The asynchronous one is loaded with
``adapter.asyncio``, since an event loop is not to wait for it.)
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glide_shared.config import GlideClientConfiguration
    from glide_sync import GlideClient


def connected(wanted: GlideClientConfiguration) -> GlideClient:
    """A new synchronous client."""
    client: GlideClient = _glide().GlideClient.create(wanted)
    return client


@cache
def _glide() -> Any:
    glide = import_module("glide_sync")
    # it would print warnings to stdout
    glide.Logger.init(glide.LogLevel.OFF)
    return glide
