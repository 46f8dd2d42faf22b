"""A real server and a mock in this process, to which the same is said.

The mock is what a listener would have for one connection, without the socket.  Every conversation
begins on empty servers and ends with the reading of every key.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mock_backend import MockServer
from mock_backend.transport.connection import Connection
from tests.integration.differential.grammar import Command
from tests.integration.differential.groups import WAITING
from tests.integration.differential.pools import KEYS, OTHERS
from tests.integration.differential.replies import (
    Reply,
    holds_long,
    how_many,
    is_compact,
    near,
    normal,
    taken_apart,
)

Line = tuple[int, Command]
"""Which of the two clients says what."""

COMPAT: Final = {"redis": "redis-7.0", "valkey": "valkey-8.0"}
"""The mock's profile for each real server."""

CLIENTS: Final = 2
LISTENER: Final = CLIENTS
"""The client that hears of keyspace events."""
_PONG: Final = b"*2\r\n$4\r\npong\r\n$0\r\n\r\n"
_BY_PATTERN: Final = frozenset((b"SORT", b"SORT_RO"))
"""These look for keys in the order of what they sort, which may be any for what weighs the same."""
EVENTS: Final[Command] = [b"(what", b"listeners", b"heard)"]
"""Said last, where the replies are the same but the events are not."""

READING: Final[list[Command]] = [
    [*words, key]
    for key in (*KEYS, *OTHERS, b"")
    for words in ([b"TYPE"], [b"PTTL"], [b"OBJECT", b"ENCODING"])
]
BY_TYPE: Final[dict[bytes, list[bytes]]] = {
    b"string": [b"GET", b"%"],
    b"list": [b"LRANGE", b"%", b"0", b"-1"],
    b"hash": [b"HGETALL", b"%"],
    b"set": [b"SMEMBERS", b"%"],
    b"zset": [b"ZRANGE", b"%", b"0", b"-1", b"WITHSCORES"],
    b"stream": [b"XINFO", b"STREAM", b"%", b"FULL"],
}


@dataclass(frozen=True, slots=True)
class Difference:
    """The first reply that differs, and all that was said before it."""

    protocol: int
    said: list[Line]
    real: Reply
    mock: Reply

    @property
    def command(self) -> Command:
        return self.said[-1][1]

    @property
    def mark(self) -> object:
        """What is the same of differences that are shown once."""
        if self.command is EVENTS:
            sides = (self.real[1], self.mock[1])
            return tuple(side[0].partition(b" ")[0] if side else b"" for side in sides)
        return (self.command[0].upper(), self.real[0], self.mock[0])

    def __str__(self) -> str:
        lines = [f"  {client}> {shown(command)}" for client, command in self.said]
        answers = [f"  server: {self.real!r}", f"  mock:   {self.mock!r}"]
        return "\n".join([f"RESP{self.protocol}", *lines, *answers])


def shown(command: Command) -> str:
    return " ".join(word.decode() if word.isalnum() else repr(word)[1:] for word in command)


class Real:
    """The real server, over sockets."""

    def __init__(self, host: str, port: int) -> None:
        self._sockets = [
            socket.create_connection((host, port), timeout=20) for _ in range(CLIENTS + 1)
        ]
        self._heard = b""
        """Events that came behind the last answer: a key has ended its life just then."""

    def say(self, client: int, commands: Sequence[Command]) -> bytes:
        """The bytes of the replies to ``commands``, which leave in one piece."""
        connection = self._sockets[client]
        connection.sendall(b"".join(map(_encoded, commands)))
        data = b""
        while how_many(data) < len(commands):
            piece = connection.recv(1 << 20)
            if not piece:
                raise ConnectionError("the server has closed the connection")
            data += piece
        return data

    def hear(self) -> bytes:
        """The events so far."""
        connection = self._sockets[LISTENER]
        connection.sendall(_encoded([b"PING"]))
        while _PONG not in self._heard:
            piece = connection.recv(1 << 20)
            if not piece:
                raise ConnectionError("the server has closed the connection")
            self._heard += piece
        events, pong, self._heard = self._heard.partition(_PONG)
        return events + pong

    def close(self) -> None:
        for connection in self._sockets:
            connection.close()


class Mock:
    """The mock, without sockets."""

    def __init__(self, compat: str) -> None:
        self.server = MockServer(compat=compat)
        self._out: list[list[bytes]] = [[] for _ in range(CLIENTS + 1)]
        self._connections = [
            Connection(self.server.kernel, flush=out.append, close=lambda: None)
            for out in self._out
        ]

    def say(self, client: int, commands: Sequence[Command]) -> bytes:
        """The bytes of the replies to ``commands``."""
        self._connections[client].receive(b"".join(map(_encoded, commands)))
        data = b"".join(self._out[client])
        self._out[client].clear()
        return data

    def hear(self) -> bytes:
        """The events so far."""
        return self.say(LISTENER, [[b"PING"]])


def _events(messages: list[Reply]) -> list[bytes]:
    """What was told, as ``event key``; the last message is no event."""
    told = [[part for _, part in message] for _, message in messages[:-1]]
    return [b"%b %b" % (channel.removeprefix(b"__keyevent"), key) for _, _, channel, key in told]


def _parting(real: list[bytes], mock: list[bytes]) -> tuple[Reply, Reply]:
    """From the first event on that is not the same, a few of each side."""
    at = next(
        (at for at, (one, other) in enumerate(zip(real, mock)) if one != other),
        min(len(real), len(mock)),
    )
    return (b"*", real[at : at + 3]), (b"*", mock[at : at + 3])


def _encoded(command: Command) -> bytes:
    words = b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in command)
    return b"*%d\r\n%b" % (len(command), words)


class Pair:
    """Both, and how they are compared."""

    def __init__(self, name: str, host: str, port: int) -> None:
        self.name = name
        self.real = Real(host, port)
        self.mock = Mock(COMPAT[name])
        self._compact = True
        for side in (self.real, self.mock):
            side.say(0, [[b"CONFIG", b"SET", b"notify-keyspace-events", b"EAmn"]])
            side.say(0, [[b"DEBUG", b"SET-ACTIVE-EXPIRE", b"0"]])  # or chance would expire keys
            side.say(LISTENER, [[b"PSUBSCRIBE", b"__keyevent@*"]])

    def close(self) -> None:
        self.real.say(0, [[b"DEBUG", b"SET-ACTIVE-EXPIRE", b"1"]])
        self.real.close()

    def compare(self, script: Sequence[Line], protocol: int) -> Difference | None:
        """Says all of it to both and then reads every key; the first difference, if any."""
        for client in range(CLIENTS):
            opening: list[Command] = [[b"RESET"], [b"HELLO", b"%d" % protocol], [b"FLUSHALL"]]
            for side in (self.real, self.mock):
                side.say(client, opening)
        self._heard()
        said = [line for line in script if line[1] is not EVENTS]
        difference = self._hold(said, protocol, ending=False)
        if difference is None:
            difference = self._hold(self._reading(), protocol, ending=True, before=said)
        events = self._heard()
        if difference is None and events[0] != events[1]:
            sides = [_events(taken_apart(side)) for side in events]
            if any(command[0].upper() in _BY_PATTERN for _, command in said):
                sides = [[event for event in side if b"keymiss" not in event] for side in sides]
            if sides[0] != sides[1]:
                difference = Difference(protocol, [*said, (0, EVENTS)], *_parting(*sides))
        bugs = self.mock.server.bugs
        if bugs and difference is None:
            raise bugs[0]
        bugs.clear()
        return difference

    def _heard(self) -> tuple[bytes, bytes]:
        """What has been told of events since it was last asked."""
        return self.real.hear(), self.mock.hear()

    def _reading(self) -> list[Line]:
        """What reads everything that there is."""
        opening: list[Command] = [[b"RESET"], [b"SELECT", b"0"], [b"DBSIZE"]]
        found = [(0, command) for command in (*opening, *READING)]
        asking: list[Command] = [[b"RESET"], *([b"TYPE", key] for key in KEYS)]
        types, _ = (side.say(0, asking) for side in (self.real, self.mock))
        for key, (_, kind) in zip(KEYS, taken_apart(types)[1:], strict=True):
            if kind in BY_TYPE:
                found.append((0, [key if word == b"%" else word for word in BY_TYPE[kind]]))
        for number in (b"1",):
            found += [(0, [b"SELECT", number]), (0, [b"KEYS", b"*"])]
        return found

    def _hold(
        self,
        script: list[Line],
        protocol: int,
        *,
        ending: bool,
        before: Sequence[Line] = (),
    ) -> Difference | None:
        if not before:
            self._compact = is_compact([command for _, command in script])
        at = 0
        while at < len(script):
            client = script[at][0]
            end = at
            while end < len(script) and script[end][0] == client:
                end += 1
            commands = [command for _, command in script[at:end]]
            answers = [side.say(client, commands) for side in (self.real, self.mock)]
            self._compact = self._compact and not holds_long(answers[0])
            if answers[0] != answers[1]:
                replies = [taken_apart(answer) for answer in answers]
                for place, command in enumerate(commands):
                    real, mock = (_at(each, place) for each in replies)
                    if real == mock or near(command, real, mock):
                        continue
                    tolerated = [
                        normal(command, reply, line=self.name, compact=self._compact)
                        for reply in (real, mock)
                    ]
                    if tolerated[0] != tolerated[1]:
                        held = [*before, *script[: at + place + 1]]
                        return Difference(protocol, held, real, mock)
            at = end
        return None


def _at(replies: list[Reply], place: int) -> Reply:
    return replies[place] if place < len(replies) else (b"", "no reply")


def reduced(pair: Pair, difference: Difference) -> Difference:
    """The same difference with as little said as possible: lines go first, then words."""
    wanted = difference.command[0].upper()
    said, again = difference.said, True
    while again:
        again = False
        for shorter in _shorter(said):
            if any(_might_wait(shorter, at) for at in range(len(shorter))):
                continue
            found = pair.compare(shorter, difference.protocol)
            if found is None or found.command[0].upper() != wanted:
                continue
            if _size(found.said) < _size(said):
                difference, said, again = found, found.said, True
                break
    return difference


def _might_wait(said: list[Line], at: int) -> bool:
    client, command = said[at]
    waits = command[0].upper() in WAITING and (
        command[0].upper()[:5] != b"XREAD" or b"BLOCK" in [word.upper() for word in command]
    )
    return waits and said[max(0, at - 1)] != (client, [b"MULTI"])


def _size(said: list[Line]) -> int:
    return sum(len(command) for _, command in said)


def _shorter(said: list[Line]) -> list[list[Line]]:
    halves = [said[:at] + said[at + size :] for size in (16, 4) for at in range(0, len(said), size)]
    lines = [said[:at] + said[at + 1 :] for at in range(len(said) - 1)]
    words = [
        [*said[:at], (client, command[:place] + command[place + 1 :]), *said[at + 1 :]]
        for at, (client, command) in enumerate(said)
        for place in range(1, len(command))
    ]
    return [*(half for half in halves if half), *lines, *words]
