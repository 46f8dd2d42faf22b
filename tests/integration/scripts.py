"""How tables of scripts are written: a script, and what comes of it.

``stopped(text)`` is the error of a script that was ended by it, ``failed(text)`` an error that it
returned or that kept it from running; anything else is the reply itself.
"""

from __future__ import annotations

import hashlib
from typing import Any

import hiredis

from tests.integration.wire import Wire
from tests.targets import Server


class differs:
    """What comes of it where the real servers differ."""

    def __init__(self, *, redis: Any, valkey: Any) -> None:
        self._redis = redis
        self._valkey = valkey

    @staticmethod
    def on(server: Server, expected: Any) -> Any:
        """What this server does."""
        if not isinstance(expected, differs):
            return expected
        return expected._redis if server.line == "redis" else expected._valkey


def stopped(text: str, *, line: int = 1) -> tuple[str, str, int]:
    """The error that ended a script, and in which line."""
    return "stopped", text, line


def failed(text: str) -> tuple[str, str]:
    """An error that names no script."""
    return "failed", text


def said(wire: Wire, script: str, *words: bytes | str | int) -> Any:
    """What comes of a script."""
    reply = wire("EVAL", script, *(words or (0,)))
    return _told(reply, hashlib.sha1(script.encode()).hexdigest())


def _told(reply: Any, sha: str) -> Any:
    if isinstance(reply, list):
        return [_told(one, sha) for one in reply]
    if not isinstance(reply, hiredis.ReplyError):
        return reply
    text, place, line = str(reply).partition(f" script: {sha}, on @user_script:")
    return stopped(text, line=int(line.rstrip("."))) if place else failed(text)
