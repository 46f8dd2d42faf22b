"""What BullMQ was heard saying, said again to a real server and to the mock that is like it.

After each call the replies, the keyspace events, and every key that an event named are compared;
times may be a few seconds apart, and where the server promises no order there need be none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.integration.differential.grammar import Command
from tests.integration.differential.pair import BY_TYPE, COMPAT, LISTENER, Mock, Real
from tests.integration.differential.replies import Reply, taken_apart
from tests.integration.queues.scripts_of_bullmq import Script

RECORDED: Final = Path(__file__).parents[2] / "recorded" / "bullmq"

NEAR_MS: Final = 10_000
"""How far apart the times may be that both servers took."""
TEN_MINUTES_MS: Final = 600_000
SHORT_MS: Final = 50
"""A key that lives no longer may be gone on one of them."""
LONG: Final = 64
"""A hash with a longer value is in no order."""

_TIME: Final = re.compile(rb"(?<![0-9])([12][0-9]{12})(?:([0-9]{3})|\.[0-9]+|-[0-9]+)?(?![0-9])")
_CHANNEL: Final = b"__keyspace@0__:"


@dataclass(frozen=True, slots=True)
class Call:
    """A script and its words, or another command."""

    name: str | None
    keys: list[bytes]
    arguments: list[bytes]

    def __str__(self) -> str:
        return f"{self.name or 'command'} {self.keys} {self.arguments}"[:1000]


def recorded(edition: str) -> Iterator[Call]:
    """What was heard, in its order."""
    for line in (RECORDED / f"{edition}.jsonl").read_text().splitlines():
        name, *words = json.loads(line)
        keys, arguments = words if name else ([], words[0])
        yield Call(name, _bytes(keys), _bytes(arguments))


def _bytes(texts: list[str]) -> list[bytes]:
    return [text.encode("latin-1") for text in texts]


class Differs(AssertionError):
    """The mock did something else."""


class Replay:
    """Both servers, and what has been said."""

    def __init__(self, name: str, host: str, port: int, scripts: dict[str, Script]) -> None:
        self.real = Real(host, port)
        self.mock = Mock(COMPAT[name])
        self.performed: set[str] = set()
        """Scripts that were answered with no error."""
        self._shas = {name: self._load(script) for name, script in scripts.items()}
        for side in (self.real, self.mock):
            side.say(0, [[b"CONFIG", b"SET", b"notify-keyspace-events", b"KA"]])
            side.say(LISTENER, [[b"PSUBSCRIBE", b"__keyspace@0__:*"]])

    def close(self) -> None:
        self.real.close()

    def _load(self, script: Script) -> bytes:
        real, mock = self._both([[b"SCRIPT", b"LOAD", script.code]])
        if real != mock:
            raise Differs(f"SCRIPT LOAD: {real} and {mock}")
        return bytes(real[0][1])

    def _both(self, commands: Sequence[Command]) -> tuple[list[Reply], list[Reply]]:
        real, mock = (taken_apart(side.say(0, commands)) for side in (self.real, self.mock))
        return real, mock

    def say(self, call: Call) -> None:
        """Says it to both.  Errors: ``Differs``."""
        if call.name is None:
            words = call.arguments
        else:
            sha = self._shas[call.name]
            words = [b"EVALSHA", sha, b"%d" % len(call.keys), *call.keys, *call.arguments]
        (real,), (mock,) = self._both([words])
        if not same(real, mock):
            raise Differs(f"{call}\n  server: {real}\n  mock:   {mock}")
        if call.name is not None and real[0] != b"-":
            self.performed.add(call.name)
        self._compare_events(call)

    def _compare_events(self, call: Call) -> None:
        real, mock = (_events(taken_apart(side.hear())) for side in (self.real, self.mock))
        if real != mock and not self._expired(real, mock):
            raise Differs(f"{call}\n  events: {real}\n  mock:   {mock}")
        self.compare_keys(call, sorted({key for key, _ in (*real, *mock)}))

    @staticmethod
    def _expired(real: list[tuple[bytes, bytes]], mock: list[tuple[bytes, bytes]]) -> bool:
        """Whether it is only that a key has ended its life sooner on one of them."""
        kept = [[each for each in side if each[1] != b"expired"] for side in (real, mock)]
        return kept[0] == kept[1]

    def compare_keys(self, call: Call | None, keys: list[bytes] | None = None) -> None:
        """Compares these keys, or all.  Errors: ``Differs``."""
        if keys is None:
            names = [{name for _, name in side[0][1]} for side in self._both([[b"KEYS", b"*"]])]
            keys = sorted(names[0] | names[1])
        if not keys:
            return
        kinds = self._both([[b"TYPE", key] for key in keys])
        read: list[list[tuple[Reply, Reply]]] = []
        for side, of in zip((self.real, self.mock), kinds, strict=True):
            said = [
                words
                for key, (_, kind) in zip(keys, of, strict=True)
                for words in ([b"PTTL", key], _reading(kind, key))
            ]
            replies = taken_apart(side.say(0, said))
            read.append(list(zip(replies[::2], replies[1::2], strict=True)))
        for key, *kind, real, mock in zip(keys, *kinds, *read, strict=True):
            lives = int(real[0][1]), int(mock[0][1])
            ended = any(
                life == -2 and type_[1] != b"none" for life, type_ in zip(lives, kind, strict=True)
            )
            if ended or any(0 <= each < SHORT_MS for each in lives):  # just now, or any moment
                continue
            alike = (min(lives) < 0 and lives[0] == lives[1]) or (
                min(lives) >= 0 and abs(lives[0] - lives[1]) < NEAR_MS
            )
            if kind[0] != kind[1] or not alike or not same(real[1], mock[1], bytes(kind[0][1])):
                raise Differs(
                    f"{call}\n  {key!r} is on the server {kind[0]} {lives[0]} ms {real[1]}"
                    f"\n  on the mock {kind[1]} {lives[1]} ms {mock[1]}"
                )

    def move_on(self) -> None:
        """Lets a few milliseconds pass on both."""
        start = self._microseconds()
        while any(now - then < 5_000 for now, then in zip(self._microseconds(), start)):
            pass

    def _microseconds(self) -> list[int]:
        """What both have as the time."""
        parts = [[int(part[1]) for part in reply[1]] for (reply,) in self._both([[b"TIME"]])]
        return [seconds * 1_000_000 + rest for seconds, rest in parts]


def _reading(kind: bytes, key: bytes) -> Command:
    if kind == b"stream":
        return [b"XRANGE", key, b"-", b"+"]
    return [key if word == b"%" else word for word in BY_TYPE.get(kind, [b"EXISTS", b"%"])]


def _events(replies: list[Reply]) -> list[tuple[bytes, bytes]]:
    """``(key, event)`` for each that was heard."""
    found = []
    for _, parts in replies:
        if len(parts) == 4:
            found.append((bytes(parts[2][1]).removeprefix(_CHANNEL), bytes(parts[3][1])))
    return found


def same(real: Reply, mock: Reply, kind: bytes = b"") -> bool:
    """Whether two replies are the same, but for times that both took a moment ago."""
    if real == mock:
        return True
    if real[0] != mock[0]:
        return False
    if not isinstance(real[1], list) or not isinstance(mock[1], list):
        return _near(real[1], mock[1]) or (real[0] == b":" and _near_lives(real[1], mock[1]))
    if len(real[1]) != len(mock[1]):
        return False
    if all(map(same, real[1], mock[1])):
        return True
    if kind == b"set":
        return sorted(real[1]) == sorted(mock[1])
    # members whose scores are times of a moment ago may have changed places
    return (kind == b"zset" or _are_fields(real[1])) and same(
        _sorted_fields(real[1]), _sorted_fields(mock[1])
    )


def _are_fields(items: list[Reply]) -> bool:
    """Whether this is a hash with a long value."""
    return len(items) % 2 == 0 and any(
        item[0] == b"$" and item[1] is not None and len(item[1]) > LONG for item in items
    )


def _sorted_fields(items: list[Reply]) -> Reply:
    pairs = sorted(zip(items[::2], items[1::2], strict=True))
    return (b"", [item for pair in pairs for item in pair])


def _near_lives(real: bytes, mock: bytes) -> bool:
    """What is left of ten minutes; no other time is told as it passes."""
    lives = int(real), int(mock)
    return min(lives) > TEN_MINUTES_MS - NEAR_MS and max(lives) <= TEN_MINUTES_MS


def _near(real: Any, mock: Any) -> bool:
    if not isinstance(real, bytes) or not isinstance(mock, bytes):
        return False
    if _TIME.sub(b"?", real) != _TIME.sub(b"?", mock):
        return False
    return all(
        abs(int(one[0]) - int(other[0])) <= NEAR_MS
        for one, other in zip(_TIME.findall(real), _TIME.findall(mock), strict=True)
    )
