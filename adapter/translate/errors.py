"""GLIDE's errors become redis-py's, with the server's own words restored.

GLIDE rewrites an error reply (``-NOSCRIPT No matching script`` arrives as ``An error was
signalled by the server: - NoScriptError: No matching script``).  Here the line is put back as the
server sent it; which class it becomes is decided by redis-py's own ``parse_error``.  The numbered
errors of pipelines are made elsewhere.
"""

from __future__ import annotations

import re

from glide_shared.exceptions import ClosingError, GlideError
from glide_shared.exceptions import ConnectionError as GlideConnectionError
from glide_shared.exceptions import TimeoutError as GlideTimeoutError
from redis._parsers.base import BaseParser
from redis.exceptions import (
    AuthenticationError,
    ConnectionError,
    InvalidResponse,
    MaxConnectionsError,
    RedisError,
    TimeoutError,
)

CODE_OF_KIND = {
    "ResponseError": "ERR",
    "ExecAbortError": "EXECABORT",
    "BusyLoadingError": "LOADING",
    "NoScriptError": "NOSCRIPT",
    "Moved": "MOVED",
    "Ask": "ASK",
    "TryAgain": "TRYAGAIN",
    "ClusterDown": "CLUSTERDOWN",
    "CrossSlot": "CROSSSLOT",
    "MasterDown": "MASTERDOWN",
    "ReadOnly": "READONLY",
    "NotBusy": "NOTBUSY",
    "PermissionDenied": "NOPERM",
}
"""redis-rs' names of the error codes it knows; every other code keeps its own name."""

_KNOWN = re.compile(r"An error was signalled by the server:(?: - |- )(\w+)(?:: (.*))?\Z", re.DOTALL)
_OTHER = re.compile(r"(\S+): (.*)\Z", re.DOTALL)
_NO_TEXT = "Unknown extension error encountered"
_BY_GLIDE = re.compile(
    r".*- (?:ClientError|IoError|TypeError|InvalidClientConfig|FatalSendError|FatalReceiveError"
    r"|ParseError|ResponseError|ReadOnly)(?:: .*)?\Z",
    re.DOTALL,
)
_CONNECT = re.compile(r"Received error for address `([^`]*)`: (.*)", re.DOTALL)
UNREADABLE = (
    "Valkey GLIDE could not read the server's reply and has dropped the connection: most likely an "
    "error or a status with bytes that are not UTF-8 (send names and options as UTF-8 to see it), "
    "or arrays nested more than 100 deep"
)
_REFUSED_LOGIN = re.compile(r"(?:NOAUTH|WRONGPASS|NOPERM): ")


def server_line(message: str) -> str | None:
    """The error line as the server sent it (``WRONGTYPE ...``); ``None`` if no server did."""
    if known := _KNOWN.match(message):
        kind, text = known.groups()
        if kind in CODE_OF_KIND:
            return CODE_OF_KIND[kind] if text is None else f"{CODE_OF_KIND[kind]} {text}"
    if _BY_GLIDE.match(message):
        return None
    if other := _OTHER.match(message):
        code, text = other.groups()
        return code if text == _NO_TEXT else f"{code} {text}"
    return None


def translate(error: BaseException) -> RedisError:
    """redis-py's exception for whatever GLIDE raised; never raises itself.

    An error that is redis-py's already comes back as it is.
    """
    if isinstance(error, RedisError):
        return error
    message = str(error)
    # GLIDE's TimeoutError and ConnectionError are RequestErrors too: they come first
    if isinstance(error, GlideTimeoutError):
        return TimeoutError("Timeout reading from socket")
    if connect := _CONNECT.search(message):
        return _no_connection(*connect.groups())
    if "ParseError" in message and isinstance(error, GlideConnectionError):
        # asking again would only cost the next connection, too
        return InvalidResponse(UNREADABLE)
    if isinstance(error, (ClosingError, GlideConnectionError)):
        return ConnectionError(message)
    if "Reached maximum inflight requests" in message:
        return MaxConnectionsError(message)
    if isinstance(error, GlideError):
        return server_error(error)
    return RedisError(message)


def server_error(element: BaseException) -> RedisError:
    """redis-py's exception for a ``RequestError``, raised or found inside a batch's reply."""
    message = str(element)
    line = server_line(message)
    if line is None:
        return ConnectionError(message) if "IoError" in message else RedisError(message)
    return _parsed(line)


def _parsed(line: str) -> RedisError:
    """redis-py's own exception for an error line."""
    error: RedisError = BaseParser.parse_error(line)  # type: ignore[no-untyped-call]
    return error


def _no_connection(address: str, reason: str) -> RedisError:
    """A connection that never came up; GLIDE often says no more than ``timed out``."""
    reason = reason.strip()
    if _REFUSED_LOGIN.match(reason):
        return AuthenticationError(reason.partition(": ")[2])
    line = None if reason == "timed out" else server_line(reason)
    if line is not None:
        return _parsed(line)
    return ConnectionError(f"Error connecting to {address}. {reason.capitalize()}.")
