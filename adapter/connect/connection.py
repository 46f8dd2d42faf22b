"""A connection as ``connection_pool.get_connection()`` hands it out, to be driven by hand.

It holds a GLIDE client of its own: ``send_command`` runs the command, ``read_response`` tells
what came of it, in order.  There is no socket underneath, and no MULTI by hand; ``pipeline()`` is
the way to both.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable
from typing import Any

from glide_shared.exceptions import GlideError
from redis.client import NEVER_DECODE
from redis.exceptions import ConnectionError

from adapter.connect.lanes import Borrowed
from adapter.translate import flow
from adapter.translate.plan import Plan


class GlideConnection:
    """What redis-py's ``Connection`` is to callers who send and read for themselves."""

    def __init__(self, pool: Any) -> None:
        kwargs = pool.connection_kwargs
        self.host = kwargs.get("host", "localhost")
        self.port = kwargs.get("port", 6379)
        self.db = kwargs.get("db", 0)
        self.client_name = kwargs.get("client_name")
        self.retry = pool.retry
        self.encoder = pool.encoder
        self.pid = os.getpid()
        self._sender = pool.sender
        self._borrowed: Borrowed | None = None
        self._answers: deque[tuple[Plan, Any]] = deque()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}(host={self.host},port={self.port},db={self.db})>"

    @property
    def is_connected(self) -> bool:
        """Whether it holds a GLIDE client that works."""
        return self._borrowed is not None and self._sender.lanes.alive(self._borrowed.client)

    def connect(self) -> None:
        """Takes a client, if it has none."""
        if not self.is_connected:
            self._borrowed = self._sender.lanes.borrow()

    def disconnect(self, *args: Any, **options: Any) -> None:
        """Lets go of the client, and of what was not read."""
        borrowed, self._borrowed = self._borrowed, None
        self._answers.clear()
        if borrowed is not None:
            self._sender.lanes.discard(borrowed)

    def send_command(self, *args: Any, **options: Any) -> None:
        """Runs one command."""
        self.connect()
        assert self._borrowed is not None
        plan = flow.plan_of(args, self.encoder)
        try:
            reply = self._sender.one(self._borrowed.client, plan.native, limited=True)
        except GlideError as error:
            reply = error
        self._answers.append((plan, reply))

    def pack_command(self, *args: Any) -> list[Any]:
        """What ``send_packed_command`` takes."""
        return [args]

    def pack_commands(self, commands: Iterable[Any]) -> list[Any]:
        """What ``send_packed_command`` takes."""
        return list(commands)

    def send_packed_command(self, command: Iterable[Any], check_health: bool = True) -> None:
        """Runs what ``pack_command`` or ``pack_commands`` has made."""
        for args in command:
            self.send_command(*args)

    def can_read(self, timeout: float = 0) -> bool:
        """Whether a reply has not been read yet."""
        return bool(self._answers)

    def read_response(self, disable_decoding: bool = False, **options: Any) -> Any:
        """The reply to the oldest command that has not been read; an error is raised."""
        if not self._answers:
            raise ConnectionError("nothing was sent, so nothing can be read")
        plan, reply = self._answers.popleft()
        keep = {NEVER_DECODE: True} if disable_decoding else {}
        return flow.finish(plan, reply, keep, {}, self.encoder)

    def should_reconnect(self) -> bool:
        """Never: GLIDE reconnects by itself."""
        return False

    def check_health(self) -> None:
        """Nothing to do: GLIDE reconnects by itself."""

    def register_connect_callback(self, callback: Any) -> None:
        """Nothing to do: GLIDE reconnects by itself."""

    def deregister_connect_callback(self, callback: Any) -> None:
        """Nothing to do: GLIDE reconnects by itself."""

    def re_auth(self) -> None:
        """Nothing to do: credentials are asked for whenever a connection is opened."""

    def set_re_auth_token(self, token: Any) -> None:
        """Nothing to do: credentials are asked for whenever a connection is opened."""
