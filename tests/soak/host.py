"""The mock as a process of its own, so that what it takes of memory can be read from outside.

Its first line says the port.  A bug that it recorded is told as it ends; nothing else is ever
written, so that whatever comes besides is a mistake, too.
"""

from __future__ import annotations

import ctypes
import gc
import signal
import sys
import traceback
from contextlib import suppress
from threading import Event
from types import FrameType
from typing import Any, ClassVar

from mock_backend import MockServer


def main() -> int:
    """Serves until SIGTERM; SIGUSR1 asks how many objects there are, when all that is free has
    been given back.
    """
    stop = Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    def count(number: int, frame: FrameType | None) -> None:
        gc.collect()
        give_back()
        tell(f"objects {len(gc.get_objects())} {in_use()}")

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGUSR1, count)
    with MockServer(compat=sys.argv[1]) as server:
        tell(f"port {server.port}")
        while not stop.wait(1):
            pass
    for bug in server.bugs[:5]:
        sys.stderr.write("".join(traceback.format_exception(bug)))
    return 1 if server.bugs else 0


class _Mallinfo(ctypes.Structure):
    _fields_: ClassVar[Any] = [
        (name, ctypes.c_size_t)
        for name in (
            "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keep"
        ).split()
    ]


def in_use() -> int:
    """Bytes that were asked for and not freed; 0 where the allocator cannot say.  Exact only with
    ``PYTHONMALLOC=malloc``: Python's own allocator asks for whole arenas.
    """
    try:
        mallinfo2 = ctypes.CDLL(None).mallinfo2
    except (OSError, AttributeError):  # only glibc has it, since 2.33
        return 0
    mallinfo2.restype = _Mallinfo
    said = mallinfo2()
    return int(said.uordblks + said.hblkhd)


def give_back() -> None:
    """Hands what was freed to the system, where the allocator can: what it keeps for itself goes up
    and down with the chance of where things lay.
    """
    with suppress(OSError, AttributeError):  # only glibc has it
        ctypes.CDLL(None).malloc_trim(0)


def tell(line: str) -> None:
    """Writes a line for whoever started this process."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
