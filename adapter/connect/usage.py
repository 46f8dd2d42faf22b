"""Who is inside a call of which client, so that none is closed under a caller's feet.

GLIDE's synchronous ``close`` frees what another thread's call is still using, and the process
goes with it; so it does when GLIDE's own thread closes one, as the garbage collector may have it do
there.  A client that is retired takes no new calls, and is closed by whoever leaves it last.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from glide_shared.exceptions import ClosingError

if TYPE_CHECKING:
    from glide_sync import GlideClient


def elsewhere(close: Callable[[], None]) -> None:
    """Runs ``close`` here; on a thread of its own, if this one was not started by Python or may be
    inside cffi.

    GLIDE's threads are such: they hand over messages, and whatever is collected meanwhile (a
    forgotten client, a pipeline, a PubSub) ends there.  A tokio runtime that is dropped on one of
    its own threads aborts the process.  And cffi holds a lock while it reads a declaration that it
    meets for the first time: what is collected within, on the same thread, would wait for that lock
    for ever.
    """
    if isinstance(threading.current_thread(), threading._DummyThread) or _cffi_is_reading():
        threading.Thread(target=close, daemon=True, name="glide-close").start()
    else:
        close()


def _cffi_is_reading() -> bool:
    """Whether some thread, perhaps this one, makes cffi read a declaration: one of GLIDE's, or any
    at all, since there is but one parser.
    """
    modules: Any = sys.modules
    locks = [
        getattr(modules[name], interface).ffi._lock
        for name, interface in _INTERFACES
        if name in modules
    ]
    if "cffi.cparser" in modules:
        locks.append(modules["cffi.cparser"].lock)
    return any(lock.locked() for lock in locks)


_INTERFACES = (("glide._ffi_instance", "_ASYNC_FFI"), ("glide_sync._ffi_instance", "_SYNC_FFI"))
"""Where GLIDE's halves have their interfaces to its core, each with a lock of its own."""


class Usage:
    """The calls that are under way on the clients of one set of lanes."""

    def __init__(self) -> None:
        # entered again by a finalizer that runs while it is held
        self._lock = threading.RLock()
        self._calls: dict[int, int] = {}
        self._retired: set[int] = set()

    def enter(self, client: GlideClient) -> None:
        """A call begins.

        Errors: ClosingError, if the client was retired.
        """
        key = id(client)
        with self._lock:
            if client._is_closed or key in self._retired:
                raise ClosingError("the connection was closed")
            self._calls[key] = self._calls.get(key, 0) + 1

    def leave(self, client: GlideClient) -> None:
        """A call has ended."""
        key = id(client)
        with self._lock:
            self._calls[key] -= 1
            if self._calls[key]:
                return
            del self._calls[key]
            if key in self._retired:
                self._retired.remove(key)
                elsewhere(client.close)

    def retire(self, client: GlideClient) -> None:
        """Closes a client, now or when the calls that are under way have ended."""
        with self._lock:
            if id(client) in self._calls:
                self._retired.add(id(client))
            else:
                elsewhere(client.close)

    def gone(self, client: GlideClient) -> bool:
        """Whether it takes no more calls."""
        return client._is_closed or id(client) in self._retired
