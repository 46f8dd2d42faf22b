"""A conversation of several sessions, held with a real server and the mock at once.

After every line all has come to rest, and each session must have heard the same on both sides, byte
by byte, wait or not wait as on the other side, and be there still or not. So must one that listens
to every event and one that monitors.  In the end the data are compared.  What is said by a session
that waits is left out, as it could not be heard.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.integration.differential.company import (
    CLOSES,
    SESSIONS,
    TIME_PASSES,
    WATCHES,
)
from tests.integration.differential.grammar import Command
from tests.integration.differential.pair import BY_TYPE, COMPAT, Line, shown
from tests.integration.differential.parties import (
    BLOCKED,
    Heard,
    MockParty,
    Party,
    RealParty,
)
from tests.integration.differential.replies import APPROXIMATE, UNORDERED, Reply, taken_apart
from tests.integration.wire import SHOWN

CHANGES: Final = "changes"
_ALIVE_MS: Final = 60
"""Long enough for two calls that arrive together."""
_FLUSHED_2: Final = b"invalidate\r\n$-1\r\n"
_FLUSHED_3: Final = b"invalidate\r\n_\r\n"
"""A server words this in the protocol of the session that tracks, not of the one that is told."""
_CHANGES: Final = re.compile(rb"rdb_changes_since_last_save:(\d+)")

_SETTINGS: Final = [
    [b"CONFIG", b"SET", b"maxmemory", b"0", b"notify-keyspace-events", b"AKE"],
    [b"DEBUG", b"SET-ACTIVE-EXPIRE", b"0"],  # or chance would expire keys
    [b"CLIENT", b"UNPAUSE"],
    [b"ACL", b"SETUSER", b"default", b"on", b"nopass", b"~*", b"&*", b"+@all"],
    [b"ACL", b"SETUSER", b"limited", b"reset", b"on", b">pw", b"~*", b"&*", b"+@all"],
    [b"FLUSHALL"],
]
_WHOLE: Final = frozenset([b"CLIENT", b"DEBUG", b"ACL"])
"""What is not said in parts: a pause of everything would be the end."""
_KEYS: Final = [b"a", b"b", b"c"]
_DATABASES: Final = [b"0", b"1"]


@dataclass(frozen=True, slots=True)
class Meeting:
    """What is said, by whom, and in which protocol each session speaks."""

    protocols: Sequence[int]
    said: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Parting:
    """The first thing that differs, and all that was said before it."""

    meeting: Meeting
    where: str
    real: object
    mock: object

    @property
    def kind(self) -> object:
        """What makes two of them the same finding, as it seems."""
        if self.in_the_end:
            return self.where.split(" ")[0]
        return self.meeting.said[-1][1][0].upper(), self.where.split(" ")[0]

    @property
    def in_the_end(self) -> bool:
        """Whether it was found only after everything had been said."""
        return self.where.startswith((CHANGES, "data"))

    def __str__(self) -> str:
        protocols = " ".join(
            f"{place}:RESP{protocol}" for place, protocol in enumerate(self.meeting.protocols)
        )
        lines = [f"  {place}> {shown(command)}" for place, command in self.meeting.said]
        answers = [f"  server: {self.real!r}", f"  mock:   {self.mock!r}"]
        return "\n".join([protocols, *lines, self.where, *answers])


class Hall:
    """Both servers, and how they are compared."""

    def __init__(self, name: str, host: str, port: int) -> None:
        self.real = RealParty(host, port)
        self.mock = MockParty(COMPAT[name])
        self._sides: tuple[Party, Party] = (self.real, self.mock)
        self._pushes_early = name == "redis"
        """Redis 7.0 sends a session what it brings about itself in the midst of the reply."""
        self._flags: list[str] = []
        self._places: list[int] = []
        self._fresh = 0

    def close(self) -> None:
        self.real.begin()
        for command in _SETTINGS:
            self.real.ask(command)
        self.real.ask([b"DEBUG", b"SET-ACTIVE-EXPIRE", b"1"])
        self.real.end()

    def hold(
        self, meeting: Meeting, *, moves: bool = False, counts: bool = False
    ) -> Parting | None:
        """Says all of it; the first difference, if any.

        ``moves``: what a session that waits would have said is said by another one.  ``counts``:
        changes are compared after every line.
        """
        self._open(meeting.protocols)
        before = self._changes()
        said: list[Line] = []
        pauses = any(command[1:2] and command[1].upper() == b"PAUSE" for _, command in meeting.said)
        for place, command in meeting.said:
            speaker = self._speaker(place % len(meeting.protocols), moves=moves)
            if speaker is None or not self._can_be_said(speaker, command, pauses=pauses):
                continue
            said.append((speaker, command))
            self._say(speaker, command, meeting.protocols[speaker])
            found = self._compare(Meeting(meeting.protocols, said))
            if found is not None:
                return self._honest(found)
            if counts and (found := self._compare_changes(said, meeting, before)) is not None:
                return self._honest(found)
        now = Meeting(meeting.protocols, said)
        if (found := self._compare_changes(said, meeting, before)) is not None:
            return self._honest(found)
        return self._honest(self._compare_data(now))

    def _honest(self, found: Parting | None) -> Parting | None:
        """A bug of the mock is no difference, but an error."""
        bugs = self.mock.server.bugs
        if bugs:
            error = bugs[0]
            bugs.clear()
            raise AssertionError(str(found)) from error
        return found

    def _open(self, protocols: Sequence[int]) -> None:
        for side in self._sides:
            side.begin()
            for command in _SETTINGS:
                side.ask(command)
        self._places = [self._enter(protocol) for protocol in protocols]
        self._flags = ["" for _ in protocols]
        self._fresh = 100
        self._listener, self._monitor = self._connect(), self._connect()
        for side in self._sides:
            side.say(self._listener, [[b"HELLO", b"3"], [b"PSUBSCRIBE", b"__key*"]])
            side.say(self._monitor, [[b"MONITOR"]])
            for place in range(self._monitor + 1):
                side.heard(place)

    def _enter(self, protocol: int) -> int:
        """A new session on both sides."""
        place = self._connect()
        for side in self._sides:
            side.say(place, [[b"HELLO", b"%d" % protocol]])
            side.heard(place)
        return place

    def _connect(self) -> int:
        """A new connection on both sides, of the same number."""
        place = self.real.open(0)
        assert self.mock.open(self.real.number(place)) == place
        assert self.mock.number(place) == self.real.number(place)
        return place

    def _speaker(self, place: int, *, moves: bool) -> int | None:
        sessions = len(self._flags)
        for speaker in range(place, place + sessions if moves else place + 1):
            if BLOCKED not in self._flags[speaker % sessions]:
                return speaker % sessions
        return place

    def _can_be_said(self, speaker: int, command: Command, *, pauses: bool) -> bool:
        if command == CLOSES:
            return True
        if pauses and command[1:2] and command[1].upper() == b"UNBLOCK":
            return False  # it is the end of both servers if that client is paused
        if command[0] in (TIME_PASSES, WATCHES):
            return not (self._flags[speaker] or pauses)
        return BLOCKED not in self._flags[speaker]

    def _say(self, speaker: int, command: Command, protocol: int) -> None:
        if command == CLOSES:
            for side in self._sides:
                side.close(self._places[speaker])
            self._places[speaker] = self._enter(protocol)
            return
        if b"@id" in command:
            self._fresh += 1
        for side in self._sides:
            side.say(self._places[speaker], self._worded(side, command))
        if command[0] in (TIME_PASSES, WATCHES):
            self.real.ask([b"DEBUG", b"SLEEP", b"%f" % ((_ALIVE_MS + 5) / 1000)])

    def _worded(self, side: Party, command: Command) -> list[Command]:
        if command[0] == TIME_PASSES:
            return [[b"PEXPIRE", command[1], b"1"]]
        if command[0] == WATCHES:
            return [[b"PEXPIRE", command[1], b"%d" % _ALIVE_MS], [b"WATCH", command[1]]]
        numbers = {
            b"@%d" % place: b"%d" % side.number(self._places[place % len(self._places)])
            for place in range(SESSIONS)
        }
        numbers[b"@id"] = b"%d-0" % self._fresh
        return [[numbers.get(word, word) for word in command]]

    def _compare(self, meeting: Meeting) -> Parting | None:
        closed = []
        command = meeting.said[-1][1]
        found: Parting | None = None
        ears = [*enumerate(self._places), ("events", self._listener), ("monitor", self._monitor)]
        for ear, place in ears:
            real, mock = (side.heard(place) for side in self._sides)
            if ear == "monitor":
                real, mock = (
                    _timeless(heard, side.addresses)
                    for heard, side in zip((real, mock), self._sides, strict=True)
                )
            if isinstance(ear, int):
                self._flags[ear] = real.flags
                if real.closed:
                    closed.append(ear)
            if real == mock or found is not None:
                continue
            parts = [
                (self._parts(command, each.data), each.closed, each.flags) for each in (real, mock)
            ]
            if parts[0] != parts[1]:
                found = Parting(meeting, f"session {ear}" if isinstance(ear, int) else ear, *parts)
        for ear in closed:
            if found is None:
                self._places[ear] = self._enter(meeting.protocols[ear])
        return found

    def _parts(self, command: Command, data: bytes) -> list[Reply]:
        """What was heard, taken apart; pushes stand for themselves where they come in the midst of
        a reply.
        """
        data = data.replace(_FLUSHED_2, _FLUSHED_3)
        if not self._pushes_early:
            return _tolerated(command, taken_apart(data))
        pushes: list[Reply] = []
        return _tolerated(command, taken_apart(data, pushes)) + pushes

    def _compare_changes(
        self, said: list[Line], meeting: Meeting, before: list[int]
    ) -> Parting | None:
        changes = [after - once for after, once in zip(self._changes(), before, strict=True)]
        reloaded = any(command[0].upper() == b"DEBUG" for _, command in said)
        if changes[0] == changes[1] or reloaded:
            return None
        return Parting(Meeting(meeting.protocols, said), CHANGES, *changes)

    def _changes(self) -> list[int]:
        told = [side.ask([b"INFO", b"persistence"]) for side in self._sides]
        return [int(found[1]) for each in told if (found := _CHANGES.search(each))]

    def _compare_data(self, meeting: Meeting) -> Parting | None:
        for side in self._sides:  # what is held would be performed once the pause ends
            side.begin()
        for database in _DATABASES:
            self._both([b"SELECT", database])
            for key in _KEYS:
                kind = self.real.ask([b"TYPE", key])[1:-2]
                asked = [[b"TYPE", key], [b"EXISTS", key], [b"OBJECT", b"ENCODING", key]]
                if kind in BY_TYPE:
                    asked.append([key if word == b"%" else word for word in BY_TYPE[kind]])
                for command in asked:
                    real, mock = self._both(command)
                    if real == mock:
                        continue
                    parts = [_tolerated(command, taken_apart(each)) for each in (real, mock)]
                    if parts[0] != parts[1]:
                        where = f"data {database.decode()}: {shown(command)}"
                        return Parting(meeting, where, *parts)
        self._both([b"SELECT", b"0"])
        return None

    def _both(self, command: Command) -> list[bytes]:
        return [side.ask(command) for side in self._sides]


def _timeless(heard: Heard, addresses: set[bytes]) -> Heard:
    """What a monitor sees of these and of scripts, without times and addresses."""
    told = b""
    for _, line in taken_apart(heard.data):
        shown = SHOWN.match(line)
        if shown is None:
            told += b"+%b\r\n" % line
            continue
        database, who, words = shown.groups()
        if b'"INFO"' not in words and (who == b"lua" or who in addresses):
            told += b"+[%b %b]%b\r\n" % (database, b"lua" if who == b"lua" else b"", words)
    return Heard(told, heard.closed, heard.flags)


def _tolerated(command: Command, replies: list[Reply]) -> list[Reply]:
    name = command[0].upper()
    meaning = APPROXIMATE.get(name) or UNORDERED.get(name)
    return replies if meaning is None else [meaning(each) for each in replies]


def reduced(hall: Hall, parting: Parting) -> Parting:
    """The same with as little said as possible, and by as few."""
    again = True
    while again:
        again = False
        for shorter in _shorter(parting.meeting):
            found = hall.hold(shorter, counts=parting.where == CHANGES)
            if found is None or found.kind != parting.kind:
                continue
            if _size(found.meeting) < _size(parting.meeting):
                parting, again = found, True
                break
    return parting


def _size(meeting: Meeting) -> tuple[int, int]:
    words = sum(len(command) for _, command in meeting.said)
    return words, sum(meeting.protocols)


def _shorter(meeting: Meeting) -> list[Meeting]:
    said = list(meeting.said)
    cuts = [
        said[:at] + said[at + size :] for size in (16, 4, 1) for at in range(0, len(said), size)
    ]
    words = [
        [*said[:at], (place, command[:word] + command[word + 1 :]), *said[at + 1 :]]
        for at, (place, command) in enumerate(said)
        for word in range(1, len(command))
        if not command[0].startswith(b"(")
        and command[0].upper() not in _WHOLE
        and not command[0].upper().endswith(b"SUBSCRIBE")
        and command[word - 1].upper() != b"BLOCK"
        and b"BLOCK" not in command[word].upper()
    ]
    plain = [
        Meeting([*meeting.protocols[:at], 2, *meeting.protocols[at + 1 :]], said)
        for at, protocol in enumerate(meeting.protocols)
        if protocol == 3
    ]
    return [*(Meeting(meeting.protocols, each) for each in (*cuts, *words) if each), *plain]
