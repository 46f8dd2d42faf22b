"""What the clients of the soak say at random: the lines of the differential tests, and a server's.

What could wait is said inside MULTI; who waits on purpose does it in acts.py.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from tests.integration.differential.grammar import Command, speaker
from tests.integration.differential.groups import GROUPS, WAITING

SERVER: Final = """
    PING
    PING string
    ECHO string
    TIME
    LASTSAVE
    ROLE
    RANDOMKEY
    DBSIZE
    INFO
    INFO COMMANDSTATS
    INFO EVERYTHING
    OBJECT (ENCODING|FREQ|IDLETIME|REFCOUNT) key
    MEMORY USAGE key
    MEMORY STATS
    MEMORY DOCTOR
    MEMORY PURGE
    DUMP key
    LATENCY LATEST
    LATENCY HISTOGRAM
    LATENCY DOCTOR
    SLOWLOG GET
    SLOWLOG RESET
    COMMAND COUNT
    COMMAND INFO GET
    COMMAND GETKEYS SET key string
    CLIENT ID
    CLIENT LIST
    CLIENT INFO
    CLIENT GETNAME
    CLIENT SETNAME member
    CLIENT NO-EVICT (ON|OFF)
    CLIENT TRACKINGINFO
    CLIENT GETREDIR
    CONFIG GET pattern
    CONFIG RESETSTAT
    PUBSUB CHANNELS [pattern]
    PUBSUB NUMSUB key key
    PUBSUB NUMPAT
    PUBSUB SHARDCHANNELS
    PUBLISH key string
    SPUBLISH key string
    SCRIPT EXISTS string
    FUNCTION LIST
    FUNCTION STATS
    ACL WHOAMI
    ACL LIST
    ACL LOG
    ACL CAT
    CLUSTER INFO
    LOLWUT
    NOSUCH key
    GET
    FLUSHDB [SYNC|ASYNC]
    HPEXPIRE key small [NX|XX] FIELDS 1 field
    HPEXPIRE key 20 FIELDS 2 field field
    HPERSIST key FIELDS 1 field
    HPTTL key FIELDS 1 field
    HGETEX key PX 20 FIELDS 1 field
    HSETEX key PX 20 FIELDS 1 field string
    HGETDEL key FIELDS 1 field
    CLIENT NO-TOUCH (ON|OFF)
    CLIENT SETINFO LIB-NAME member
    OBJECT HELP
    DEBUG OBJECT key
    MEMORY MALLOC-STATS
    SCAN 0 COUNT 1000
    KEYS *
    PEXPIRE key small
    SET key string PX small
    PEXPIRE key 20
    PEXPIRE key 20
    SET key string PX 30
""".strip().splitlines()

LINES: Final = {**{name: group.lines for name, group in GROUPS.items()}, "server": SERVER}

SAFE: Final = [name for name in LINES if name != "transactions"]
"""After these a connection is in no transaction that it was not in before."""


class Speaker:
    """Makes up commands of every group, as ``chance`` has it."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._speakers: dict[str, Callable[[], Command]] = {}

    def _of(self, name: str) -> Command:
        if name not in self._speakers:
            self._speakers[name] = speaker(LINES[name], self._chance)
        return self._speakers[name]()

    def command(self) -> Command:
        """One command that waits for nothing and leaves the connection as it was."""
        while True:
            words = self._of(self._chance.choice(SAFE))
            if not waits(words):
                return words

    def commands(self, number: int) -> list[Command]:
        """About so many commands of any one group, transactions among them."""
        name = self._chance.choice(list(LINES))
        found: list[Command] = []
        while len(found) < number:
            words = self._of(name)
            found += [[b"MULTI"], words, [b"EXEC"]] if waits(words) else [words]
        return found

    def garbage(self) -> bytes:
        """What no client would send."""
        chance = self._chance
        whole = b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n"
        odd = [
            chance.randbytes(chance.randrange(1, 400)),
            whole[: chance.randrange(1, len(whole))],
            b"*-1\r\n*0\r\n\r\n\r\n",
            b"*1\r\n$-1\r\n",
            b"*1\r\n$99999999999\r\n",
            b"*99999999999\r\n",
            b"*2\r\n$3\r\nGET\r\n:1\r\n",
            b"*1\r\nGET\r\n",
            b"*x\r\n",
            b"$3\r\nGET\r\n",
            b'GET "unbalanced\r\n',
            b"SET a '\\x41'\r\n" + chance.randbytes(20) + b"\r\n",
            b"x" * 70_000,
            b"*1000000\r\n" + b"$1\r\na\r\n" * 100,
            b"*2\r\n$4\r\nECHO\r\n$1000000\r\nabc",
            b"POST / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"\r\n" * 200,
            b"\x00" * 50 + b"\r\n",
        ]
        return chance.choice(odd)


def waits(words: Command) -> bool:
    """Whether it could make its client wait."""
    name = words[0].upper()
    if name not in WAITING:
        return False
    return not name.startswith(b"XREAD") or b"BLOCK" in [word.upper() for word in words]
