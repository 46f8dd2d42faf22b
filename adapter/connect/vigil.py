"""Notices that a listening connection has been dropped.

GLIDE reconnects and subscribes again by itself, and tells nobody; redis-py's readers are told.
One number in GLIDE's statistics (two microseconds to read, one for the whole process) grows
whenever a subscription is found missing: while anybody listens, a thread looks at it, and warns
all listeners when it has grown.  Whose connection it was they find out themselves.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

LOOK_SECONDS = 0.05
"""How often the number is looked at, as long as it stands still."""
LONGEST_SECONDS = 1.0
"""While it keeps growing (some server is down) the looks become rarer, up to this."""

Warned = weakref.WeakMethod[Callable[[], None]]


class Vigil:
    """The watcher; one for the process, running while there is somebody to warn."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._listeners: dict[Warned, Any] = {}
        self._seen: dict[Any, int] = {}
        self._running = False

    def watch(self, client: Any, warn: Callable[[], None]) -> None:
        """Calls the method ``warn``, as long as its owner lives, whenever some client of
        ``client``'s sort has missed a subscription.  It runs on the watcher's thread, and must not
        wait.
        """
        if self._pid != os.getpid():
            # threads do not survive a fork, and the lock may be held for ever
            self._forget()
        library = client._lib
        with self._lock:
            self._seen.setdefault(library, missed(library))
            # equal as long as its owner lives, who may come again with every connection
            self._listeners[weakref.WeakMethod(warn)] = library
            if not self._running:
                self._running = True
                threading.Thread(target=self._keep, daemon=True, name="glide-vigil").start()

    def _keep(self) -> None:
        pause = LOOK_SECONDS
        while True:
            time.sleep(pause)
            grown = self._grown()
            # asked for behind the number: who came meanwhile may be warned in vain, never forgotten
            listeners = self._alive()
            if not listeners:
                return
            for warned, library in listeners:
                if library in grown and (warn := warned()) is not None:
                    warn()
            del listeners
            pause = min(2 * pause, LONGEST_SECONDS) if grown else LOOK_SECONDS

    def _alive(self) -> list[tuple[Warned, Any]]:
        """Whom to warn; once there is nobody, the watch is over."""
        with self._lock:
            self._listeners = {
                warned: library
                for warned, library in self._listeners.items()
                if warned() is not None
            }
            self._running = bool(self._listeners)
            return list(self._listeners.items())

    def _grown(self) -> set[Any]:
        """The libraries whose number has grown since the last look."""
        with self._lock:
            now = {library: missed(library) for library in self._seen}
            grown = {library for library, count in now.items() if count != self._seen[library]}
            self._seen = now
            return grown


def missed(library: Any) -> int:
    """How many subscriptions were found missing so far."""
    return int(library.get_statistics().subscription_out_of_sync_count)


VIGIL = Vigil()
