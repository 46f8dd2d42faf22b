"""The dict that redis-py makes of a message on a channel, made in a quarter of its time.

redis-py's own ``handle_message`` looks at everything that a push reply may be, and asks its metrics
every time whether they are wanted.  Nearly all of what is heard is a message that goes to whoever
reads; what is anything else stays with redis-py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_instance: Callable[[], Any] | None
try:
    from redis.observability.providers import get_observability_instance as _instance
except ImportError:
    # redis-py 5 counts nothing
    _instance = None


def plain_message(response: Any, handlers: Mapping[Any, Any]) -> dict[str, Any] | None:
    """The dict of a message on a channel; None, if there is more to be done about this push reply.

    ``handlers``: by channel, for those that have one.
    """
    if type(response) is not list or response[0] not in (b"message", "message"):
        return None
    _, channel, data = response
    if handlers.get(channel):
        return None
    if _instance is not None and _instance().get_provider_manager() is not None:
        # redis-py's metrics count messages
        return None
    return {"type": "message", "pattern": None, "channel": channel, "data": data}
