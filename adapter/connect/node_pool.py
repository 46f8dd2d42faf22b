"""The pool of one node of an asynchronous cluster."""

from __future__ import annotations

from typing import Any

from adapter.connect.async_pool import ConnectionPool
from adapter.connect.async_sender import AsyncSender
from adapter.connect.session import Preamble


class NodePool(ConnectionPool):
    """Its batches begin with what the node's connections are to be told first."""

    def __init__(self, preamble: Preamble, **kwargs: Any) -> None:
        self._preamble = preamble
        super().__init__(**kwargs)

    def sender(self) -> AsyncSender:
        """The door of the running event loop."""
        sender = super().sender()
        sender.lanes.preamble = self._preamble
        return sender
