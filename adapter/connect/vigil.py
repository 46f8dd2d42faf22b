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
"""How often the number is looked at."""


class Vigil:
    """The watcher; one for the process, running while there is somebody to warn."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._listeners: list[tuple[Any, weakref.WeakMethod[Callable[[], None]]]] = []
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
            self._listeners.append((library, weakref.WeakMethod(warn)))
            if not self._running:
                self._running = True
                threading.Thread(target=self._keep, daemon=True, name="glide-vigil").start()

    def _keep(self) -> None:
        while self._look():
            time.sleep(LOOK_SECONDS)

    def _look(self) -> bool:
        """False once there is nobody left to warn."""
        with self._lock:
            self._listeners = [each for each in self._listeners if each[1]() is not None]
            listeners = list(self._listeners)
            self._running = bool(listeners)
        grown = set()
        for library, count in list(self._seen.items()):
            if (now := missed(library)) != count:
                self._seen[library] = now
                grown.add(library)
        for library, weakly in listeners:
            if library in grown and (warn := weakly()) is not None:
                warn()
        return bool(listeners)


def missed(library: Any) -> int:
    """How many subscriptions were found missing so far."""
    return int(library.get_statistics().subscription_out_of_sync_count)


VIGIL = Vigil()
