"""Users made of random rules, on the mock and on a real server at once: what each says of them.

ACL SETUSER, GETUSER, LIST and DRYRUN must answer alike, whatever the rules.  Nothing is random but
for the seed.  The full length: ``python -m tests.integration.acl_machine [ROUNDS [SEED]]``.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

from mock_backend import MockServer
from tests.integration.wire import Wire
from tests.targets import COMPAT, LINES, RealServer

USERS: Final = ("first", "second")
KEYS: Final = ("a", "b", "ab", "abc", "x*", "", "A", "key:1")
PATTERNS: Final = ("a", "a*", "*", "?", "[ab]*", "k*", "x\\*", "", "b c", "*1")
CHANNELS: Final = ("c1", "c*", "news", "n?ws", "*")
CATEGORIES: Final = (
    "keyspace read write set sortedset list hash string bitmap hyperloglog geo stream pubsub admin"
    " fast slow blocking dangerous connection transaction scripting all nosuch"
).split()
WHOLE: Final = (
    "allkeys resetkeys allchannels resetchannels allcommands nocommands ALLKEYS resetKeys on off"
    " nopass resetpass >pw >pw2 <pw <pw2 #12 sanitize-payload skip-sanitize-payload reset"
    " clearselectors ON"
).split()
HASHES: Final = tuple(sign + letter * 64 for sign in "#!" for letter in "aA")
BROKEN: Final = (
    *("", "(", ")", "()", "bogus", "+", "-", "@", "+@", "-@", "foo bar", "(+get", "+set)", '("a)'),
    *("(~a b)", "+config|get|x", "-config|get|x", "+get|a|b"),
)
CALLS: Final = """
    SET key v | SET key v GET | GETEX key | MGET key key key | MSET key v key v | MSET key v key
    SORT key BY w* GET x STORE key | SORT_RO key | SORT key STORE get store key
    BITFIELD key GET u8 0 | BITFIELD key SET u8 0 1 | BITFIELD key OVERFLOW SAT GET u8 0
    MIGRATE h 1 key 0 5 | MIGRATE h 1 empty 0 5 COPY AUTH KEYS KEYS key key
    GEORADIUS key 1 1 1 m STORE key | GEORADIUS key 1 1 1 m STORE
    GEORADIUSBYMEMBER key m 1 m STOREDIST key | EVAL script count key key | FCALL_RO f 1 key
    ZUNIONSTORE key count key key | ZINTER 2 key key | LMPOP 1 key LEFT | BLMPOP 0 2 key key LEFT
    XREAD COUNT 1 STREAMS key key 0 0 | XREAD STREAMS key | XREAD STREAMS
    XREADGROUP GROUP streams c STREAMS key > | COPY key key | RENAME key key | BITOP AND key key
    OBJECT ENCODING key | XGROUP CREATE key g $ | CONFIG GET x | CONFIG | ACL LIST | COMMAND
    COMMAND INFO x | PUBLISH channel m | SPUBLISH channel m | SUBSCRIBE channel channel
    PSUBSCRIBE channel | SSUBSCRIBE channel | UNSUBSCRIBE channel | SELECT 0 | SELECT x
    LCS key key | PFCOUNT key key | PFMERGE key key | AUTH x | HELLO | QUIT | RESET | CLIENT LIST
    client kill x | get key | GET | nosuch x | config nosuch | WATCH key
"""
LINES_OF_CALLS: Final = [
    call.split() for line in CALLS.strip().splitlines() for call in line.split(" | ")
]
POOLS: Final = {
    "key": KEYS,
    "channel": CHANNELS,
    "count": ("0", "1", "2", "3", "x", "-1", "1x", "2x", "5"),
    "empty": ("",),
    "script": ("return 1",),
}


class Words:
    """Draws rules and calls; ``commands`` are the names that the server knows."""

    def __init__(self, seed: int, commands: Sequence[str]) -> None:
        self._chance = random.Random(seed)
        self._commands = commands
        self._subcommands = [name for name in commands if "|" in name]

    def one(self, pool: Sequence[str]) -> str:
        """One of them."""
        return self._chance.choice(pool)

    def sometimes(self, often: float) -> bool:
        """True, so often."""
        return self._chance.random() < often

    def rules(self) -> list[str]:
        """Up to four."""
        return [self._rule() for _ in range(self._chance.randint(1, 4))]

    def _rule(self) -> str:
        kinds: Sequence[tuple[int, Callable[[], str]]] = (
            (12, lambda: self.one("+-") + self.one(self._commands)),
            (8, lambda: self.one("+-") + self.one(self._subcommands)),
            (15, lambda: f"{self.one('+-')}@{self.one(CATEGORIES)}"),
            (3, lambda: f"+{self.one(self._commands)}|{self.one(('0', 'x', 'get', 'Foo', ''))}"),
            (2, lambda: f"-{self.one(self._commands)}|{self.one(('0', 'x', 'get'))}"),
            (15, self._keys),
            (7, lambda: f"&{self.one(CHANNELS)}"),
            (16, lambda: self.one(WHOLE)),
            (2, lambda: self.one(HASHES)),
            (3, lambda: self.one(BROKEN)),
            (17, lambda: f"({' '.join(self.rules() if self.sometimes(0.8) else [])})"),
        )
        (kind,) = self._chance.choices([kind for _, kind in kinds], [often for often, _ in kinds])
        return kind()

    def _keys(self) -> str:
        # "%~" ends Valkey 8.0.1 when it lists the user
        sign = self.one(("~", "%R~", "%W~", "%RW~", "%wr~", "%R", "%RR~", "%Q~"))
        return sign + self.one(PATTERNS)

    def call(self) -> list[str]:
        """A call that somebody may perhaps make."""
        if self.sometimes(0.6):
            words = self._chance.choice(LINES_OF_CALLS)
            return [self.one(POOLS[word]) if word in POOLS else word for word in words]
        more = (*KEYS, "1", "2", "STORE", "STREAMS", "KEYS", "GET")
        arguments = [self.one(more) for _ in range(self._chance.randint(0, 6))]
        return [*self.one(self._commands).split("|"), *arguments]


def differences(real: Wire, mock: Wire, line: str, *, rounds: int, seed: int) -> list[str]:
    """What the two answer differently in so many rounds; at most five things."""
    known = [set(wire("COMMAND", "LIST")) for wire in (real, mock)]
    words = Words(seed, sorted(name.decode() for name in known[0] & known[1]))
    found: list[str] = []

    def both(*asked: str) -> None:
        answers = [_plain(wire(*asked), line) for wire in (real, mock)]
        if answers[0] != answers[1]:
            found.append(f"{asked}\n  real: {answers[0]}\n  mock: {answers[1]}")

    for _ in range(rounds):
        user = words.one(USERS)
        if words.sometimes(0.1):
            both("ACL", "DELUSER", user)
        both("ACL", "SETUSER", user, *words.rules())
        both("ACL", "GETUSER", user)
        if words.sometimes(0.3):
            both("ACL", "LIST")
        for _ in range(4):
            both("ACL", "DRYRUN", user, *words.call())
        if len(found) >= 5:
            break
    for wire in (real, mock):
        wire("ACL", "DELUSER", *USERS)
    return found


def _plain(reply: Any, line: str) -> Any:
    """Redis 7.0 names commands in the order of its hash table."""
    match reply:
        case list():
            return [_plain(each, line) for each in reply]
        case bytes() if line == "redis":
            return sorted(reply.replace(b"(", b"( ").replace(b")", b" )").split(b" "))
        case Exception():
            return str(reply)
    return reply


def main() -> int:
    """0 if nothing differs on either server."""
    rounds, seed = (*map(int, sys.argv[1:]), *(5_000, 1)[len(sys.argv) - 1 :])
    differing = 0
    for name, compat in COMPAT.items():
        line = LINES[name]
        real = RealServer(line)
        with MockServer(compat=compat) as mock:
            wires = Wire("127.0.0.1", real.port), Wire(mock.host, mock.port)
            found = differences(*wires, line, rounds=rounds, seed=seed)
        real.stop()
        told = [f"{line}: {rounds} rounds, {len(found)} differences", *found]
        sys.stdout.write("\n".join(told) + "\n")
        differing += len(found)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
