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
from redis._parsers.socket import SERVER_CLOSED_CONNECTION_ERROR
from redis.exceptions import (
    AuthenticationError,
    ConnectionError,
    InvalidResponse,
    MaxConnectionsError,
    NoPermissionError,
    RedisError,
    TimeoutError,
)

from adapter.translate.plan import Words

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
READING_TIMED_OUT = "Timeout reading from "
"""How redis-py says it, from the ``socket`` or, in its asynchronous half, from ``host:port``."""
TOO_DEEP = "Maximum recursion depth exceeded"
"""What GLIDE says of a reply in more than a hundred levels."""
_STRANGE_BYTE = re.compile(r".*\nUnexpected `(\d+)`\n", re.DOTALL)
_OF_SYSTEM = re.compile(r"`([^`]*) \(os error (\d+)\)`")
_REFUSED_COMMAND = re.compile(r"(?<=permissions to run the ')[\w|.-]+(?=' command)")
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
    """redis-py's exception for whatever GLIDE raised, with that as its cause; never raises itself.

    An error that is redis-py's already comes back as it is.
    """
    if isinstance(error, RedisError):
        return error
    translated = _translated(error, str(error))
    translated.__cause__ = error
    return translated


def _translated(error: BaseException, message: str) -> RedisError:
    # GLIDE's TimeoutError and ConnectionError are RequestErrors too: they come first
    if isinstance(error, GlideTimeoutError):
        told = message.startswith(READING_TIMED_OUT)
        return TimeoutError(message if told else f"{READING_TIMED_OUT}socket")
    if connect := _CONNECT.search(message):
        return _no_connection(*connect.groups())
    if isinstance(error, GlideConnectionError):
        return _broken(message)
    if isinstance(error, ClosingError):
        return ConnectionError(message)
    if "Reached maximum inflight requests" in message:
        return MaxConnectionsError(message)
    if isinstance(error, GlideError):
        return _by_server(message)
    return RedisError(message)


def under_its_name(error: RedisError, words: Words) -> RedisError:
    """A refusal tells of the command as the caller said it, under whatever name it travelled."""
    if isinstance(error, NoPermissionError) and (refused := _REFUSED_COMMAND.search(str(error))):
        name, *subcommand = (word.decode("utf-8", "replace").lower() for word in words[:2])
        if subcommand and refused[0].startswith(f"{name}|"):
            name = f"{name}|{subcommand[0]}"
        error.args = (_REFUSED_COMMAND.sub(lambda _: name, str(error), 1),)
    return error


def server_error(element: BaseException) -> RedisError:
    """redis-py's exception for a ``RequestError`` that was found inside a batch's reply."""
    translated = _by_server(str(element))
    translated.__cause__ = element
    return translated


def _by_server(message: str) -> RedisError:
    line = server_line(message)
    if line is None:
        return ConnectionError(message) if "IoError" in message else RedisError(message)
    return _parsed(line)


def _parsed(line: str) -> RedisError:
    """redis-py's own exception for an error line."""
    error: RedisError = BaseParser.parse_error(line)  # type: ignore[no-untyped-call]
    return error


def _broken(message: str) -> RedisError:
    """A connection that ended while a reply was due, or brought something that is none."""
    if system := _OF_SYSTEM.search(message):
        reason, number = system.groups()
        return ConnectionError(f"Error while reading from socket: ({number}, {reason!r})")
    if "ParseError" not in message or "Unexpected end of input" in message:
        return ConnectionError(SERVER_CLOSED_CONNECTION_ERROR)
    # asking again would only cost the next connection, too
    strange = None if TOO_DEEP in message else _STRANGE_BYTE.match(message)
    if strange:
        # as hiredis shows it
        shown = repr(bytes([int(strange[1])]))[2:-1].replace('"', r"\"")
        return InvalidResponse(f'Protocol error, got "{shown}" as reply type byte')
    return InvalidResponse(UNREADABLE)


def _no_connection(address: str, reason: str) -> RedisError:
    """A connection that never came up; GLIDE often says no more than ``timed out``."""
    reason = reason.strip()
    if _REFUSED_LOGIN.match(reason):
        return AuthenticationError(reason.partition(": ")[2])
    line = None if reason == "timed out" else server_line(reason)
    if line is not None:
        return _parsed(line)
    return ConnectionError(f"Error connecting to {address}. {reason.capitalize()}.")
