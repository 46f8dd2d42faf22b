"""Asks the server, before GLIDE connects, whether it will have us: the door is tried, and closed
again.

GLIDE tries a refused port, an unknown host or a wrong database again and again until its
connection timeout, and then says "timed out".  One plain connection tells at once what is wrong,
in redis-py's and the server's own words.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import hiredis
from redis._parsers.base import BaseParser
from redis._parsers.socket import SERVER_CLOSED_CONNECTION_ERROR
from redis.exceptions import ConnectionError, InvalidResponse, RedisError, TimeoutError
from redis.utils import format_error_message

from adapter.connect.options import CONNECT_FOR_EVER_MS, Settings
from adapter.translate.errors import READING_TIMED_OUT

CHUNK = 4096
TOO_LATE = (socket.timeout, asyncio.TimeoutError)
"""Python's own; TimeoutError is redis-py's in this file."""


def knock(settings: Settings, *, greeting: bool = True) -> bool:
    """Returns if the server can be reached and accepts the credentials and the database: whether
    it is a replica; without ``greeting``, if anybody is there at all.

    Errors: ConnectionError, TimeoutError (connecting or answering took too long),
    AuthenticationError, ResponseError (the server refuses HELLO or the database), InvalidResponse
    (somebody is there who does not speak redis's protocol).
    """
    try:
        raw = _dialled(settings)
    except TOO_LATE as error:
        raise TimeoutError("Timeout connecting to server") from error
    except OSError as error:
        raise _unreachable(settings, error) from error
    with raw:
        if not greeting:
            return False
        with _secured(raw, settings) as door:
            answers = _Answers(settings)
            try:
                door.settimeout(settings.socket_timeout)
                door.sendall(_greeting(settings))
                while not answers.complete:
                    answers.feed(door.recv(CHUNK))
                return answers.replica
            except TOO_LATE as error:
                raise TimeoutError(f"{READING_TIMED_OUT}socket") from error
            except OSError as error:
                raise _cut_off(settings, error) from error


async def aknock(settings: Settings, *, greeting: bool = True) -> bool:
    """As ``knock``, without holding up the event loop."""
    try:
        async with asyncio.timeout(_limit(settings)):
            if settings.path is None:
                context = settings.tls.context if settings.tls and greeting else None
                reader, writer = await asyncio.open_connection(
                    settings.host, settings.port, ssl=context
                )
            else:
                reader, writer = await asyncio.open_unix_connection(settings.path)
    except TOO_LATE as error:
        raise TimeoutError("Timeout connecting to server") from error
    except OSError as error:
        raise _unreachable(settings, error) from error
    try:
        if not greeting:
            return False
        answers = _Answers(settings)
        async with asyncio.timeout(settings.socket_timeout):
            writer.write(_greeting(settings))
            while not answers.complete:
                answers.feed(await reader.read(CHUNK))
        return answers.replica
    except TOO_LATE as error:
        raise TimeoutError(f"{READING_TIMED_OUT}{_place(settings)}") from error
    except OSError as error:
        raise _cut_off(settings, error) from error
    finally:
        writer.transport.abort()


def _dialled(settings: Settings) -> socket.socket:
    if settings.path is None:
        return socket.create_connection((settings.host, settings.port), _limit(settings))
    door = socket.socket(socket.AF_UNIX)
    door.settimeout(_limit(settings))
    try:
        door.connect(settings.path)
    except BaseException:
        door.close()
        raise
    return door


def _secured(raw: socket.socket, settings: Settings) -> socket.socket:
    if settings.tls is None:
        return raw
    try:
        return settings.tls.context.wrap_socket(raw, server_hostname=settings.host)
    except TOO_LATE as error:
        raise TimeoutError("Timeout connecting to server") from error
    except OSError as error:
        raise _unreachable(settings, error) from error


def _limit(settings: Settings) -> float:
    return (
        CONNECT_FOR_EVER_MS / 1000 if settings.connect_timeout is None else settings.connect_timeout
    )


def _unreachable(settings: Settings, error: OSError) -> ConnectionError:
    return ConnectionError(format_error_message(_place(settings), error))


def _cut_off(settings: Settings, error: OSError) -> ConnectionError:
    return ConnectionError(f"Error while reading from {_place(settings)} : {error.args}")


def _place(settings: Settings) -> str:
    return settings.path or f"{settings.host}:{settings.port}"


def _greeting(settings: Settings) -> bytes:
    """What GLIDE itself says first."""
    username, password = settings.credentials()
    words: list[Any] = [("HELLO", "3")]
    if password:
        words = [("HELLO", "3", "AUTH", username or "default", str(password))]
    if settings.db:
        words.append(("SELECT", str(settings.db)))
    return b"".join(hiredis.pack_command(command) for command in words)


class _Answers:
    """Reads the answers to the greeting; raises the one that GLIDE would stumble over."""

    def __init__(self, settings: Settings) -> None:
        self._reader = hiredis.Reader(
            protocolError=InvalidResponse, replyError=BaseParser.parse_error, notEnoughData=Ellipsis
        )
        self._expected = 2 if settings.db else 1
        self._seen = 0
        self.replica = False

    @property
    def complete(self) -> bool:
        return self._seen == self._expected

    def feed(self, data: bytes) -> None:
        """Takes in what was received; nothing means that the other side has hung up."""
        if not data:
            raise ConnectionError(SERVER_CLOSED_CONNECTION_ERROR)
        self._reader.feed(data)
        while not self.complete and (reply := self._reader.gets()) is not Ellipsis:
            self._seen += 1
            if isinstance(reply, RedisError):
                raise reply
            if isinstance(reply, dict):
                self.replica = reply.get(b"role") == b"replica"
