"""Who reads GLIDE's replies: the event loop while there is one, a thread of ours once there are
two; and how they get from its pipe to a listener.

GLIDE's async clients share one pipe in a process, read by the first event loop alone: other loops
wait for it, and hang when it stops.  A client is made while the pump is ``attending``, which sees
the second loop coming.  This is the one file that leans on the private names of GLIDE's
module; where they are missing, GLIDE is left as it is.
"""

from __future__ import annotations

import asyncio
import os
import select
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from glide import glide_client

PRIVATE_NAMES = (
    "_async_pipe_init_pid",
    "_async_pipe_lock",
    "_async_pipe_loop",
    "_async_pipe_read_fd",
    "_async_pipe_registered",
    "_handle_inline_pubsub",
    "_handle_pubsub_frame",
    "_on_async_pipe_readable",
    "_resolve_future",
)
"""What must exist in ``glide.glide_client`` for the cure to work."""


MESSAGES = frozenset((3, 4, 5))
"""GLIDE's numbers of messages: by channel, by pattern, sharded."""
_START = struct.Struct("=iI")
"""A push's kind, and the length of the message behind it; before channel and pattern stand theirs.
"""
_LENGTH = struct.Struct("=I")
_start, _length = _START.unpack_from, _LENGTH.unpack_from
_START_SIZE, _LENGTH_SIZE = _START.size, _LENGTH.size
_FAR = 1 << 63
"""In a frame's last field: what is pushed stands somewhere else."""

Heard = Callable[[bytes, bytes, bytes | None], None]
"""``(channel, message, pattern)``; it must not raise."""


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
        self._forget()
        if self.possible:
            self._read: Callable[[], None] = glide._on_async_pipe_readable
            self._own_way: Callable[[Any, bytes], None] = glide._handle_inline_pubsub
            self._own_frame: Callable[..., int] = glide._handle_pubsub_frame
            glide._on_async_pipe_readable = self._read_alone
            glide._resolve_future = self._resolve
            glide._handle_inline_pubsub = self._hand_over
            glide._handle_pubsub_frame = self._frame
            os.register_at_fork(after_in_child=self._forked)

    def _forget(self) -> None:
        self._reading = threading.Lock()
        self._creating = threading.Lock()
        self.running = False

    def _forked(self) -> None:
        """Threads do not survive a fork, but what they had locked stays locked."""
        self._forget()
        self._glide._async_pipe_lock = threading.Lock()

    @contextmanager
    def attending(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """While ``loop`` gets a client; the second living loop starts the thread.

        One at a time: whoever came between would miss which loop has become the pipe's reader, and
        GLIDE empties the pipe when it finds that loop closed, whosever replies are in it.
        """
        if not self.possible:
            yield
            return
        with self._creating:
            reader = self._reader()
            if reader is not None and reader is not loop and not reader.is_closed():
                self._take_over(reader)
            yield

    def _reader(self) -> asyncio.AbstractEventLoop | None:
        """The loop that reads the pipe; None if there is no pipe yet, or the thread reads it."""
        glide = self._glide
        theirs = glide._async_pipe_init_pid != os.getpid()
        if self.running or theirs or not glide._async_pipe_registered:
            return None
        reader: asyncio.AbstractEventLoop | None = glide._async_pipe_loop
        return reader

    def _take_over(self, reader: asyncio.AbstractEventLoop) -> None:
        glide = self._glide
        with glide._async_pipe_lock:
            descriptor = glide._async_pipe_read_fd
            glide._async_pipe_loop = PumpLoop()
        self.running = True
        with suppress(RuntimeError):  # closed at this very moment
            reader.call_soon_threadsafe(reader.remove_reader, descriptor)
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

    def tell(self, client: Any, heard: Heard) -> None:
        """From now on ``heard`` is told of the client's messages, instead of its callback."""
        client.heard_by_adapter = heard

    def _hand_over(self, client: Any, payload: bytes) -> None:
        """One push, in a third of the time that GLIDE takes for its own object."""
        heard = client.__dict__.get("heard_by_adapter")
        if heard is None or not _is_told(heard, payload, 0, len(payload)):
            self._own_way(client, payload)

    def _frame(self, client: Any, size: int, last: int, data: bytes, start: int) -> int:
        """One push among the frames of the pipe, of so many bytes from ``start`` on; returns where
        it ends.
        """
        heard = None if client is None else client.__dict__.get("heard_by_adapter")
        end = start + size
        # cut off, somewhere else, or for somebody else
        if heard is None or last & _FAR or end > len(data):
            return self._own_frame(client, size, last, data, start)
        if _is_told(heard, data, start, end):
            return end
        return self._own_frame(client, size, last, data, start)

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


def _is_told(heard: Heard, data: bytes, start: int, end: int) -> bool:
    """Tells of the push between these places, if it is a message."""
    kind, length = _start(data, start)
    if kind not in MESSAGES:
        return False
    begin = start + _START_SIZE
    behind = begin + length
    (length,) = _length(data, behind)
    channel = behind + _LENGTH_SIZE
    pattern = channel + length + _LENGTH_SIZE
    heard(
        data[channel : channel + length],
        data[begin:behind],
        data[pattern:end] if pattern < end else None,
    )
    return True


def settle(future: Any, result: Any) -> None:
    """Hands ``result`` to whoever still waits for it."""
    if future.done():
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)


PUMP = Pump(glide_client)
