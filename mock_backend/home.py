"""The event loop that servers run in: that of a thread of its own, or one that runs already."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeAlias

from mock_backend.loops import new_event_loop

Step: TypeAlias = Callable[[], Awaitable[None]]


class Home:
    """Where one server runs, or several together."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stopping = asyncio.Event()

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop, from the moment in which it runs."""
        return self._loop

    @property
    def has_thread(self) -> bool:
        """Whether the loop runs in a thread of its own."""
        return self._thread is not None

    def start(self, open_: Step, close: Step) -> None:
        """Runs a thread: ``open_`` there, before this returns, and ``close`` when it ends.

        Errors: whatever ``open_`` raises.
        """
        self._stopping = asyncio.Event()
        opened: Future[None] = Future()
        thread = threading.Thread(
            target=self._run, args=(open_, close, opened), name="mock_backend", daemon=True
        )
        self._thread = thread
        thread.start()
        try:
            opened.result()
        except BaseException:
            thread.join()
            self._thread = self._loop = None
            raise

    def _run(self, open_: Step, close: Step, opened: Future[None]) -> None:
        """The thread's whole life."""
        loop: asyncio.AbstractEventLoop | None = None
        try:
            loop = self._loop = new_event_loop()
            loop.run_until_complete(_awaited(open_))
        except BaseException as error:  # whatever it is, whoever called start() shall hear of it
            opened.set_exception(error)
            if loop is not None:
                loop.close()
            return
        opened.set_result(None)
        try:
            loop.run_until_complete(self._stopping.wait())
            loop.run_until_complete(_awaited(close))
        finally:
            loop.close()

    def end_soon(self) -> None:
        """The thread ends once the loop comes to it; for whoever runs in it."""
        if self._loop is not None:
            self._loop.call_soon(self._stopping.set)

    def stop(self) -> None:
        """Ends the thread; stopping twice is harmless."""
        if self._thread is not None and self._loop is not None:
            with suppress(RuntimeError):  # it has ended by itself, and the loop is closed
                self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()
        self._thread = None
        self._loop = None

    def enter(self) -> None:
        """The loop that runs is the one."""
        self._loop = asyncio.get_running_loop()

    def leave(self) -> None:
        """It is no longer."""
        self._loop = None

    def in_turn(self, action: Callable[[], None]) -> None:
        """Does something between two requests, from whatever thread; done when this returns."""
        loop, thread = self._loop, self._thread
        served = thread is not None and thread.is_alive()
        if loop is None or not served or thread is threading.current_thread():
            action()
            return
        done: Future[None] = Future()

        def do() -> None:
            try:
                action()
            except BaseException as error:  # or the caller would wait for ever
                done.set_exception(error)
            else:
                done.set_result(None)

        loop.call_soon_threadsafe(do)
        done.result()


async def _awaited(step: Step) -> None:
    await step()
