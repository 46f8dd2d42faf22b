"""What a connection that is driven by hand remembers, synchronous or not.

``send_command`` runs a command and keeps GLIDE's answer here; ``read_response`` takes it out
again, in order.  What GLIDE does by itself (reconnecting, logging in) has nothing to do.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from redis.client import NEVER_DECODE
from redis.exceptions import ConnectionError

from adapter.connect.appearance import Appearance
from adapter.connect.options import Settings
from adapter.translate import flow
from adapter.translate.plan import Plan


class ByHand(Appearance):
    """The half of redis-py's ``Connection`` that waits for nothing."""

    def __init__(self, pool: Any, sender: Any) -> None:
        super().__init__(pool)
        self._sender = sender
        self._borrowed: Any = None
        self._answers: deque[tuple[Plan, Any]] = deque()

    def _told(self, settings: Settings) -> None:
        """Where it has been connected to, which Sentinel may have decided."""
        self.host, self.port = settings.host, settings.port

    def _let_go(self) -> None:
        """Gives up the GLIDE client, and what was not read."""
        borrowed, self._borrowed = self._borrowed, None
        self._answers.clear()
        if borrowed is not None:
            self._sender.lanes.discard(borrowed)

    def _read(self, disable_decoding: bool) -> Any:
        """The answer to the oldest command that has not been read; an error is raised."""
        if not self._answers:
            raise ConnectionError("nothing was sent, so nothing can be read")
        plan, reply = self._answers.popleft()
        self.heard()
        keep = {NEVER_DECODE: True} if disable_decoding else {}
        return flow.finish(plan, reply, keep, {}, self.encoder)

    def pack_command(self, *args: Any) -> list[Any]:
        """What ``send_packed_command`` takes."""
        return [args]

    def pack_commands(self, commands: Iterable[Any]) -> list[Any]:
        """What ``send_packed_command`` takes."""
        return list(commands)

    def set_re_auth_token(self, token: Any) -> None:
        """Nothing to do: credentials are asked for whenever a connection is opened."""
