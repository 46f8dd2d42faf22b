"""The event loop of a server that has a thread or a process of its own."""

from __future__ import annotations

import asyncio
import os
from importlib import import_module

VARIABLE = "MOCK_BACKEND_LOOP"
"""The environment variable that says which: ``asyncio`` or ``uvloop``."""
_ADVICE = "pip install 'glide-adapter[fast]' brings it"


def new_event_loop() -> asyncio.AbstractEventLoop:
    """uvloop's where that is installed, else asyncio's, unless ``MOCK_BACKEND_LOOP`` says which.

    Errors: ValueError if that is neither; ImportError if uvloop is wanted and not installed.
    """
    wanted = os.environ.get(VARIABLE, "")
    if wanted not in ("", "asyncio", "uvloop"):
        raise ValueError(f"{VARIABLE}={wanted}: it can be asyncio or uvloop")
    if wanted != "asyncio":
        try:
            loop: asyncio.AbstractEventLoop = import_module("uvloop").new_event_loop()
        except ImportError as error:
            if wanted:
                raise ImportError(f"{VARIABLE}={wanted}: {_ADVICE}") from error
        else:
            return loop
    return asyncio.new_event_loop()
