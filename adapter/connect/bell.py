"""A socket to wait for: readable while there is something to read elsewhere.

GLIDE hands messages over on a thread of its own, and its own sockets are out of reach.  Who waits
with ``select`` or ``poll``, as celery does, waits for this one; what is in it is nobody's business.
Not thread-safe: its owner holds a lock.
"""

from __future__ import annotations

import socket

STROKE = b"\0"


class Bell:
    """Rings from ``ring(True)`` to ``ring(False)``, however often either is said."""

    def __init__(self) -> None:
        self.socket, self._rope = socket.socketpair()
        self.socket.setblocking(False)
        self._rope.setblocking(False)
        self._ringing = False

    def ring(self, wanted: bool) -> None:
        """Makes the socket readable, or unreadable."""
        if wanted and not self._ringing:
            self._rope.send(STROKE)
        elif self._ringing and not wanted:
            self.socket.recv(len(STROKE))
        self._ringing = wanted

    def close(self) -> None:
        """Closes both ends: it rings no more."""
        self.socket.close()
        self._rope.close()
