"""What is fed, and what must hold: no exception but the declared ones, no endless reading, the same
whatever the pieces.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Protocol

from mock_backend import MockServer, VirtualClock
from mock_backend.commands import COMMANDS
from mock_backend.profile import PROFILES
from mock_backend.replies import ReplyError
from mock_backend.resp.inline import UnbalancedQuotes, split
from mock_backend.resp.reader import ProtocolError, RequestReader
from mock_backend.schema import access
from mock_backend.schema.binding import compile_run, parameters
from mock_backend.schema.command import Command
from mock_backend.transport.memory import MemoryClient
from tests.fuzz import made

LEFT_OUT = {
    "shutdown": "ends the server",
    "debug": "sleeps, crashes and fills memory when it is told to",
    "migrate": "waits for another server, all at once",
    "replicaof": "a replica refuses what is said next",
    "slaveof": "the same",
    "failover": "the same",
    "config|set": "a limit on memory or clients refuses what is said next",
    "acl|setuser": "a user without rights refuses what is said next",
    "acl|deluser": "ends the sessions of that user",
    "acl|load": "the same",
}
"""Commands that the kernel is not told, and why."""


class Target(Protocol):
    """One thing that is fed."""

    def feed(self, rng: Random) -> None:
        """One input; ``AssertionError`` or an exception that is none of the declared is a find."""


class Reader:
    """Requests are the same however the bytes are cut, and by which of the two readers."""

    def feed(self, rng: Random) -> None:
        data = made.stream(rng)
        cut = made.pieces(rng, data)
        try:
            strict = _read([data], RequestReader.feed_strictly)
            for pieces in ([data], cut):
                found = _read(pieces)
                if found != strict and not _hides(data):
                    raise AssertionError(f"the readers differ, in {pieces!r}")
        except Exception as error:
            error.add_note(f"input: {data!r}")
            raise


class Inline:
    """A line has words, or its quotes are unbalanced; quoting the words again gives them back."""

    def feed(self, rng: Random) -> None:
        line = made.line(rng)
        try:
            found = split(line)
            quoted = b" ".join(
                b'"' + b"".join(b"\\x%02x" % byte for byte in word) + b'"' for word in found
            )
            assert split(quoted) == found
        except UnbalancedQuotes:
            pass
        except Exception as error:
            error.add_note(f"input: {line!r}")
            raise


class Binder:
    """Every command of every profile binds what it is given, or says why not."""

    def __init__(self) -> None:
        commands: dict[int, Command] = {}
        for profile in PROFILES.values():
            for command in COMMANDS:
                if profile.has(command.since):
                    bound = command.under(profile)
                    commands[id(bound)] = bound
        self._commands = list(commands.values())
        self._runs: list[Callable[..., object]] = [
            compile_run(each.usage, each.name, lambda ctx, *arguments: arguments)
            for each in self._commands
        ]

    def feed(self, rng: Random) -> None:
        at = rng.randrange(len(self._commands))
        command = self._commands[at]
        words = made.words(rng, command.usage)
        if not command.least <= len(words) <= command.most:
            return
        try:
            try:
                bound = self._runs[at](None, words)
            except ReplyError:
                pass
            else:
                assert isinstance(bound, tuple)
                assert len(bound) == len(parameters(command.usage))
            for find in (command.keys, lambda words: access.keys_of(command, words)):
                try:
                    find(words)
                except ReplyError:
                    pass
        except Exception as error:
            error.add_note(f"input: {words!r}, usage: {command.usage.line}")
            raise


class Kernel:
    """Whatever is said, and in whatever order, no handler meets what it did not foresee."""

    def __init__(self) -> None:
        self._turns = self._servers()
        self._server, self._clients = next(self._turns)
        self._said = 0
        self._recent: list[tuple[int, list[bytes]]] = []

    def _servers(self) -> Iterator[tuple[MockServer, list[MemoryClient]]]:
        """One after the other, of every profile."""
        while True:
            for name in PROFILES:
                server = MockServer(
                    compat=name,
                    clock=VirtualClock(),
                    settings={"proto-max-bulk-len": "1mb"},
                )
                self._commands = [
                    each
                    for each in server.kernel.every_command()
                    if each.name not in LEFT_OUT and not each.subcommands
                ]
                yield server, [server.client() for _ in range(3)]

    def feed(self, rng: Random) -> None:
        if self._said == 2_000:
            self._said = 0
            self._recent.clear()
            self._server, self._clients = next(self._turns)
        self._said += 1
        number = rng.randrange(len(self._clients))
        client = self._clients[number]
        session = client.session
        if client.waiting or session.closing or session.monitoring or session.is_replica:
            client.close()
            client = self._clients[number] = self._server.client()
        words = made.words(rng, rng.choice(self._commands).usage)
        self._recent.append((number, words))
        try:
            client(*words)
        except Exception as error:
            error.add_note(f"input: {self._recent[-12:]!r}")
            raise
        for each in self._clients:
            each.out.clear()
        if self._server.bugs:
            bug = self._server.bugs[0]
            bug.add_note(f"{self._server.kernel.profile.name}, input: {self._recent[-12:]!r}")
            raise bug
        if rng.random() < 0.02:
            self._server.kernel.clock.advance(rng.choice((1, 1_000, 100_000)))  # type: ignore[attr-defined]


TARGETS: dict[str, Callable[[], Target]] = {
    "reader": Reader,
    "inline": Inline,
    "binder": Binder,
    "kernel": Kernel,
}


def _hides(data: bytes) -> bool:
    """Whether something stands behind a word that hiredis takes for a word, too, and the reader
    does not see it because the word before does not end in CRLF, which no server minds.
    """
    return not re.search(rb"\r\n[+=(~|]", data) and bool(re.search(rb"[+=(~|]", data))


def _read(
    pieces: list[bytes], feed: Callable[[RequestReader, bytes], None] = RequestReader.feed
) -> tuple[list[list[bytes]], str, bool]:
    """The requests, the error behind them if there is one, and whether nothing is left."""
    reader = RequestReader()
    found: list[list[bytes]] = []
    steps = sum(map(len, pieces)) + 2 * len(pieces)
    for piece in pieces:
        only = reader.only_request(piece) if feed is RequestReader.feed else None
        if only is not None:
            found.append(only)
            continue
        feed(reader, piece)
        while True:
            steps -= 1
            assert steps >= 0, "reads without end"
            try:
                words = reader.next()
            except ProtocolError as error:
                return found, str(error), False
            if words is None:
                break
            if words:
                found.append(words)
    return found, "", reader.is_idle
