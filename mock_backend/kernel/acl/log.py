"""What was denied to whom: ACL LOG.

Entries that are alike within a minute are one, which moves to the front.  Source: acl.c
(addACLLogEntry).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mock_backend.kernel.acl.selectors import Reason
from mock_backend.kernel.reports import client_lines
from mock_backend.kernel.session import Session

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

_ALIKE_FOR_MS: Final = 60_000
_COMPARED: Final = 10
"""How many entries are looked at for one that is alike."""


@dataclass(slots=True)
class Entry:
    """One entry."""

    id: int
    reason: Reason
    context: str
    """``toplevel``, ``multi`` or ``lua``."""
    object: bytes
    """The command, key or channel."""
    user: bytes
    created_ms: int
    updated_ms: int
    client: bytes
    """The line of CLIENT LIST, as it was when it happened last."""
    count: int = 1


class AclLog:
    """The log of one server."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._next_id = 0
        self.entries: deque[Entry] = deque()
        """The newest first."""

    def add(
        self, session: Session, reason: Reason, context: str, about: bytes, user: bytes
    ) -> None:
        """Notes that something was denied; ``session`` is the client that asked for it."""
        kernel = self._kernel
        kernel.statistics.deny(reason.name.lower())
        most = kernel.config.number("acllog-max-len")
        if not most:
            self.entries.clear()
            return
        now = kernel.space.now_ms
        client = client_lines.line(kernel, session)
        for entry in list(self.entries)[:_COMPARED]:
            if (entry.reason, entry.context, entry.object, entry.user) == (
                reason,
                context,
                about,
                user,
            ) and abs(now - entry.updated_ms) <= _ALIKE_FOR_MS:
                entry.count += 1
                entry.updated_ms = now
                entry.client = client
                self.entries.remove(entry)
                self.entries.appendleft(entry)
                return
        self.entries.appendleft(
            Entry(self._next_id, reason, context, about, user, now, now, client)
        )
        self._next_id += 1
        while len(self.entries) > most:
            self.entries.pop()
