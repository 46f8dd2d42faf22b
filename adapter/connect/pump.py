"""Who reads GLIDE's replies: the event loop while there is one, a thread of ours once there are
two.

GLIDE's async clients share one pipe in a process, read by the first event loop alone: other loops
wait for it, and hang when it stops.  ``attend`` is called before a client is made in a loop; it
sees the second one coming.  This is the one file that leans on the private names of GLIDE's
module; where they are missing, GLIDE is left as it is.
"""

from __future__ import annotations

import asyncio
import os
import select
import threading
import weakref
from collections.abc import Callable
from typing import Any

from glide import glide_client

PRIVATE_NAMES = (
    "_async_pipe_lock",
    "_async_pipe_loop",
    "_async_pipe_read_fd",
    "_async_pipe_registered",
    "_on_async_pipe_readable",
    "_resolve_future",
)
"""What must exist in ``glide.glide_client`` for the cure to work."""


class PumpLoop:
    """Stands in GLIDE's books for the loop that owns the pipe: never closed, and nobody's own
    loop.
    """

    def is_closed(self) -> bool:
        return False


class Pump:
    """The pipe's reader; one for the process."""

    def __init__(self, glide: Any) -> None:
        self._glide = glide
        self.possible = all(hasattr(glide, name) for name in PRIVATE_NAMES)
        self._owner: weakref.ref[asyncio.AbstractEventLoop] | None = None
        self._reading = threading.Lock()
        self._mutex = threading.Lock()
        self._pid = os.getpid()
        self.running = False
        if self.possible:
            self._read: Callable[[], None] = glide._on_async_pipe_readable
            glide._on_async_pipe_readable = self._read_alone
            glide._resolve_future = self._resolve

    def attend(self, loop: asyncio.AbstractEventLoop) -> None:
        """Says that ``loop`` is about to get a client; the second living loop starts the thread."""
        if not self.possible:
            return
        with self._mutex:
            if self._pid != os.getpid():
                # threads do not survive a fork, and GLIDE makes itself a new pipe
                self._pid, self.running, self._owner = os.getpid(), False, None
                self._reading = threading.Lock()
            if self.running:
                return
            owner = self._owner() if self._owner else None
            if owner is None or owner.is_closed():
                self._owner = weakref.ref(loop)
            elif owner is not loop:
                self._take_over(owner)

    def _take_over(self, owner: asyncio.AbstractEventLoop) -> None:
        glide = self._glide
        with glide._async_pipe_lock:
            descriptor = glide._async_pipe_read_fd
            if descriptor < 0 or not glide._async_pipe_registered:
                # the first loop asked, and never made a client
                self._owner = None
                return
            glide._async_pipe_loop = PumpLoop()
        self.running = True
        owner.call_soon_threadsafe(owner.remove_reader, descriptor)
        threading.Thread(
            target=self._turn, args=(descriptor,), daemon=True, name="glide-pump"
        ).start()

    def _turn(self, descriptor: int) -> None:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        while True:
            poll.poll()
            self._read_alone()

    def _read_alone(self) -> None:
        """While the pipe changes hands its old reader may wake once more; frames must not be
        torn.
        """
        with self._reading:
            self._read()

    def _resolve(self, future: Any, result: Any, client: Any) -> None:
        """GLIDE's own stops reading when a loop is closed, and complains of a cancelled future."""
        loop = getattr(client, "_loop", None)
        if loop is None or loop is self._glide._async_pipe_loop:
            settle(future, result)
            return
        try:
            loop.call_soon_threadsafe(settle, future, result)
        except RuntimeError:
            # that loop was closed with calls under way: nobody waits any more
            return


def settle(future: Any, result: Any) -> None:
    """Hands ``result`` to whoever still waits for it."""
    if future.done():
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)


PUMP = Pump(glide_client)
