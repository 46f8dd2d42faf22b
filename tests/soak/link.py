"""One connection of the soak: requests out, replies in, each before a deadline.

What was said last is remembered, for the one who has to find out why.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

import hiredis

Word = bytes | str | int
Words = Sequence[Word]

DEADLINE: Final = 10.0
"""Seconds within which a reply has to be there."""

BUG: Final = b"bug in mock_backend"
REMEMBERED: Final = 25
_MORE: Final = object()
_NUMBERS: Final = itertools.count(1)


class Violation(Exception):
    """Something that must hold did not."""


class Gone(Exception):
    """The server has closed the connection."""


class Silent(Exception):
    """Nothing came while we listened."""


class Link:
    """``await link.ask("GET", "a")`` is one request and its reply; pushes go to ``pushes``."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, protocol: int
    ) -> None:
        self.number = next(_NUMBERS)
        self.protocol = protocol
        self.pushes: list[Any] = []
        self.said: deque[str] = deque(maxlen=REMEMBERED)
        self.replies = 0
        self.published: dict[bytes, int] = {}
        self._reader = reader
        self._writer = writer
        self._parser = hiredis.Reader(notEnoughData=_MORE)
        self._tail = b""

    @classmethod
    async def open(cls, host: str, port: int, protocol: int = 2) -> Link:
        """Connects, and says HELLO where RESP3 is wanted."""
        try:
            reader, writer = await asyncio.open_connection(host, port)
        except OSError as error:
            raise Gone(f"cannot connect: {error}") from error
        link = cls(reader, writer, protocol)
        if protocol == 3:
            await link.ask("HELLO", 3)
        return link

    # --- out ------------------------------------------------------------------------------------

    def send(self, *words: Word) -> None:
        """Sends one request."""
        self.send_bytes(encoded(words), shown(words))

    def send_all(self, commands: Iterable[Words]) -> None:
        """Sends requests in one piece."""
        commands = list(commands)
        self.send_bytes(b"".join(map(encoded, commands)), " ; ".join(map(shown, commands)))

    def send_bytes(self, data: bytes, named: str = "") -> None:
        """Sends bytes as they are."""
        self.said.append(named or repr(data)[:300])
        with suppress(RuntimeError):  # closed; whoever reads will hear of it
            self._writer.write(data)

    # --- in -------------------------------------------------------------------------------------

    async def next(self, timeout: float = DEADLINE) -> Any:
        """The next reply or push.

        Errors: ``Gone``; ``Violation`` if nothing comes, or what comes is no RESP.
        """
        try:
            return await self.listen(timeout)
        except Silent:
            raise Violation(f"no answer within {timeout:g} s") from None

    async def listen(self, seconds: float) -> Any:
        """The next reply or push.  Errors: ``Gone``; ``Silent``, if none comes in that time."""
        while (item := self._parsed()) is _MORE:
            try:
                async with asyncio.timeout(seconds):
                    data = await self._reader.read(1 << 16)
            except TimeoutError:
                raise Silent from None
            except OSError as error:
                raise Gone(str(error)) from error
            if not data:
                raise Gone("closed by the server")
            seen = self._tail + data
            self._tail = data[-len(BUG) :]
            if BUG in seen:
                at = seen.index(BUG)
                raise Violation(f"a bug: {seen[max(0, at - 100) : at + 300]!r}")
            self._parser.feed(data)
        return item

    def _parsed(self) -> Any:
        try:
            return self._parser.gets()
        except (hiredis.ProtocolError, TypeError) as error:
            raise Violation(f"no RESP: {error}") from error

    async def reply(self, timeout: float = DEADLINE) -> Any:
        """The next reply; pushes before it are kept."""
        while isinstance(item := await self.next(timeout), hiredis.PushNotification):
            self.pushes.append(item)
        self.said.append(f"   -> {str(item)[:160]}")
        self.replies += 1
        return item

    async def ask(self, *words: Word, timeout: float = DEADLINE) -> Any:
        """Sends one request and reads its reply."""
        self.send(*words)
        return await self.reply(timeout)

    async def ask_all(self, commands: Sequence[Words]) -> list[Any]:
        """Sends requests in one piece and reads as many replies."""
        self.send_all(commands)
        return [await self.reply() for _ in commands]

    async def end_of_stream(self) -> None:
        """Says that no more will be said, and reads until the server has closed, too."""
        with suppress(OSError, RuntimeError):
            self._writer.write_eof()
        with suppress(Gone):
            while True:
                await self.next()

    # --- the end --------------------------------------------------------------------------------

    def close(self) -> None:
        """Closes in the usual way."""
        self._writer.close()

    def abort(self) -> None:
        """Breaks the connection off (a reset, what was not sent is lost)."""
        if raw := self._writer.get_extra_info("socket"):
            with suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self._writer.transport.abort()


def encoded(words: Words) -> bytes:
    """A request on the wire."""
    parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    bulks = b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)
    return b"*%d\r\n%b" % (len(parts), bulks)


def shown(words: Words) -> str:
    """A request for the eye."""
    return " ".join(map(_shown, words))[:300]


def _shown(word: Word) -> str:
    if not isinstance(word, bytes):
        return str(word)
    return word.decode() if word.isalnum() else repr(word)[1:]


def failed(reply: Any) -> bool:
    """Whether it is an error."""
    return isinstance(reply, hiredis.ReplyError)
