"""redis-py and the adapter, to which the same is said on two equal servers.

The commands are those of ``grammar`` and ``groups``, sent by ``execute_command``: so redis-py's own
response callbacks make the results.  Every program begins on empty servers, and ends with the
reading of every key.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import redis

import adapter
from tests.integration.differential.grammar import Command, speaker
from tests.integration.differential.groups import GROUPS, PRELUDE, WAITING
from tests.integration.parity_calls import told

BINDING: Final = frozenset(b"MULTI EXEC DISCARD WATCH UNWATCH SELECT SWAPDB MOVE".split())
"""What a client of many users refuses, or what leads to another database than is read."""

DRAWN: Final = frozenset(
    b"SRANDMEMBER HRANDFIELD ZRANDMEMBER RANDOMKEY SPOP SCAN SSCAN HSCAN ZSCAN".split()
)
"""What is drawn by lot on each server, or comes as its hash table has it."""

UNORDERED: Final = frozenset(b"KEYS SMEMBERS SINTER SUNION SDIFF HKEYS HVALS HGETALL".split())
SORTED: Final = frozenset((b"SORT", b"SORT_RO"))
"""What weighs the same comes in no order, and may be kept so."""

TIMED: Final = frozenset(b"TTL PTTL EXPIRETIME PEXPIRETIME XINFO XPENDING OBJECT".split())
"""What tells a time, or how long ago something was."""

SUMMED: Final = frozenset((b"INCRBYFLOAT", b"HINCRBYFLOAT"))
"""Sums that GLIDE reads as numbers, which have 17 digits; the servers have some more."""

SHAPES: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"decode_responses": True, "encoding_errors": "replace"},
    {"protocol": 2},
    {"legacy_responses": False},
)


@dataclass(slots=True)
class Outcome:
    """What became of the programs."""

    commands: int = 0
    differences: list[str] = field(default_factory=list)


def programs(seed: int, length: int) -> Iterator[list[Command]]:
    """A program of each data type, over and over again; the same seed says the same."""
    chance = random.Random(seed)
    while True:
        for group in GROUPS.values():
            speak = speaker(group.lines, chance)
            yield [*PRELUDE, *group.start, *(speak() for _ in range(length))]


def fit(command: Command) -> bool:
    """Whether two servers answer it alike, a little later too, and neither lets it wait."""
    name = command[0].upper()
    return not (
        name in BINDING | DRAWN | SORTED
        or (b"EXPIRE" in name and not {b"GT", b"LT"}.isdisjoint(map(bytes.upper, command)))
        or (name.startswith(b"XREAD") and names_a_stream_twice(command))
        or (name in WAITING and not name.startswith(b"XREAD"))
        or b"BLOCK" in [word.upper() for word in command]
    )


def names_a_stream_twice(command: Command) -> bool:
    """Of which ``protocol=2`` tells twice; GLIDE's answer is a dict, as redis-py's own by RESP3."""
    _, _, after = b" ".join(command).upper().partition(b" STREAMS ")
    words = after.split()
    streams = words[: len(words) // 2]
    return len(set(streams)) < len(streams)


def compare(ports: tuple[int, int], commands: int, seed: int, length: int = 60) -> Outcome:
    """Lets redis-py speak to the first server and the adapter to the second, the same words."""
    outcome = Outcome()
    each = programs(seed, length)
    clients = [
        (redis.Redis(port=ports[0], **shape), adapter.Redis(port=ports[1], **shape))
        for shape in SHAPES
    ]
    readers = [redis.Redis(port=port) for port in ports]
    try:
        while outcome.commands < commands:
            for theirs, ours in clients:
                said = [command for command in next(each) if fit(command)]
                for reader in readers:
                    reader.flushall()
                outcome.commands += len(said)
                if difference := hold(said, theirs, ours) or kept(*readers):
                    outcome.differences.append(difference)
    finally:
        for client in (*readers, *(one for pair in clients for one in pair)):
            client.close()
    return outcome


def hold(said: list[Command], theirs: Any, ours: Any) -> str | None:
    """Says all of it on both; the first result that differs, and what was said before."""
    for place, command in enumerate(said):
        expected, answered = (result(client, command) for client in (theirs, ours))
        if expected != answered:
            before = "\n".join(f"  {line!r}" for line in said[: place + 1])
            return f"{before}\n  redis-py: {expected}\n  adapter:  {answered}"
    return None


def result(client: Any, command: Command) -> str:
    """A result with its types, or an error with its words, as text."""
    name = command[0].upper()
    try:
        answer = client.execute_command(name.decode(), *command[1:])  # as callbacks know it
    except Exception as error:
        return told(error)
    if name in TIMED:
        return type(answer).__name__
    if name in SUMMED:
        return told(float(answer))
    return "".join(sorted(told(answer))) if name in UNORDERED else told(answer)


def kept(theirs: Any, ours: Any) -> str | None:
    """The keys that do not hold the same on both servers."""
    first, second = (
        {key: held(reader, key) for key in reader.keys("*")} for reader in (theirs, ours)
    )
    keys = sorted(key for key in first.keys() | second.keys() if first.get(key) != second.get(key))
    told = [f"  {key!r}: {first.get(key)} and {second.get(key)}" for key in keys]
    return "\n".join(["kept otherwise:", *told]) if keys else None


def held(reader: Any, key: bytes) -> Any:
    """What a key holds, and whether it will expire; what has no order in one."""
    return reader.ttl(key) > 0, READING[reader.type(key)](reader, key)


READING: Final[dict[bytes, Callable[[Any, bytes], Any]]] = {
    b"string": lambda reader, key: reader.get(key),
    b"list": lambda reader, key: reader.lrange(key, 0, -1),
    b"hash": lambda reader, key: sorted(reader.hgetall(key).items()),
    b"set": lambda reader, key: sorted(reader.smembers(key)),
    b"zset": lambda reader, key: reader.zrange(key, 0, -1, withscores=True),
    b"stream": lambda reader, key: (
        reader.xrange(key),
        [list(group.values()) for group in reader.xinfo_groups(key)],
    ),
}
