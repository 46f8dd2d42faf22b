"""Rounds: all clients act at once in some weather, leave, and then nothing may be left of them.

A round is a number of acts, not of seconds, and its clients are seeded: what differs from one run
to the next is only who comes first.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from tests.soak import keeping
from tests.soak.acts import ACTS, SETTINGS, USERS, Client, World
from tests.soak.leaving import WAYS
from tests.soak.link import DEADLINE, Gone, Link, Violation, failed
from tests.soak.speech import Speaker

NOBODY: Final = {
    "blocked_clients": 0,
    "tracking_clients": 0,
    "pubsub_clients": 0,
    "watching_clients": 0,
    "clients_in_timeout_table": 0,
    "total_watched_keys": 0,
    "total_blocking_keys": 0,
    "total_blocking_keys_on_nokey": 0,
    "pubsub_channels": 0,
    "pubsub_patterns": 0,
    "pubsubshard_channels": 0,
    "connected_slaves": 0,
}
"""What INFO says once all are gone; what a version does not say is not asked."""

NOTHING: Final = {"tracking_total_keys": 0, "tracking_total_items": 0, "tracking_total_prefixes": 0}
"""What INFO says besides, once everything is flushed."""

ROOM: Final = 1_000_000
"""Bytes that may be used more than at the start, when all is flushed."""


@dataclass(frozen=True, slots=True)
class Weather:
    """Memory during a round."""

    name: str
    policy: str = "noeviction"
    spare: int = 0
    """Bytes beyond what is used at the beginning; 0 is as much as one likes."""


WEATHERS: Final = (
    Weather("calm"),
    Weather("eviction of what may go", "volatile-lru", 100_000),
    Weather("calm"),
    Weather("no memory", "noeviction", 50_000),
    Weather("eviction of the rarest", "volatile-lfu", 50_000),
    Weather("eviction of anything", "allkeys-random", 100_000),
    Weather("eviction by time", "volatile-ttl", 100_000),
)


@dataclass(slots=True)
class Soak:
    """``await round()`` as often as one likes; ``violations`` says what did not hold."""

    host: str
    port: int
    clients: int = 50
    acts: int = 30
    """How many each client performs in a round."""
    seed: int = 1
    tell: Callable[[str], None] = lambda line: None
    violations: list[str] = field(default_factory=list)
    rounds: int = 0
    replies: int = 0
    world: World = field(init=False)
    _settings: dict[str, bytes] = field(default_factory=dict)
    _used: int = 0
    _others: int = 1
    """Clients that are there without us, and the one that asks."""

    def __post_init__(self) -> None:
        self.world = World(self.host, self.port)

    async def round(self) -> None:
        """Everybody acts and leaves, and all is looked at and taken away."""
        control = await Link.open(self.host, self.port)
        try:
            if not self._settings:
                await self._first(control)
            weather = WEATHERS[self.rounds % len(WEATHERS)]
            self.world.kept = not weather.policy.startswith("allkeys")
            await keeping.lay_out(control)
            await self._set(control, weather)
            async with asyncio.TaskGroup() as group:
                for number in range(self.clients):
                    group.create_task(self._client(number))
            await self._afterwards(control)
        except Violation as violation:
            self._violated(violation, control)
        except Gone as gone:
            self._violated(Violation(f"the server has gone: {gone}"), control)
        finally:
            self.replies += control.replies
            control.close()
        self.rounds += 1

    # --- one client -----------------------------------------------------------------------------

    async def _client(self, number: int) -> None:
        chance = random.Random(f"{self.seed} {self.rounds} {number}")
        speaker = Speaker(chance)
        acts, weights = list(ACTS), list(ACTS.values())
        left = self.acts
        while left > 0:
            try:
                link = await Link.open(self.host, self.port, chance.choice((2, 3)))
            except (Gone, Violation) as error:  # killed on the way, but not for ever
                left -= 1
                if isinstance(error, Violation):
                    self._violated(error, None)
                continue
            client = Client(self.world, chance, speaker, link)
            try:
                self.world.ids[link.number] = await link.ask("CLIENT", "ID")
                for _ in range(min(left, chance.randrange(3, 15))):
                    left -= 1
                    act = chance.choices(acts, weights)[0]
                    link.said.append(f"[{act.__name__}]")
                    self.world.counts["acts"] += 1
                    await act(client)
                leave = chance.choices(list(WAYS), list(WAYS.values()))[0]
                link.said.append(f"[leave {leave.__name__}]")
                await leave(client)
            except Gone:
                self.world.counts["closed"] += 1
            except Violation as violation:
                self._violated(violation, link)
            finally:
                self.replies += link.replies
                self.world.ids.pop(link.number, None)
                link.abort()

    def _violated(self, violation: Violation, link: Link | None) -> None:
        told = f"round {self.rounds}, "
        if link is None:
            told += f"connecting: {violation}"
        else:
            said = "\n".join(f"    {line}" for line in link.said)
            told += f"connection {link.number} (RESP{link.protocol}): {violation}\n  said:\n{said}"
        self.violations.append(told)
        self.tell(told)

    # --- before and after -----------------------------------------------------------------------

    async def _first(self, control: Link) -> None:
        await self._flush(control)
        for name in (*SETTINGS, "maxmemory", "maxmemory-policy"):
            reply = await control.ask("CONFIG", "GET", name)
            if reply:
                self._settings[name] = reply[1]
        said = await info(control)
        self._used, self._others = int(said["used_memory"]), int(said["connected_clients"])

    async def _set(self, control: Link, weather: Weather) -> None:
        used = int((await info(control))["used_memory"])
        await control.ask("CONFIG", "SET", "maxmemory-policy", weather.policy)
        await control.ask(
            "CONFIG", "SET", "maxmemory", used + weather.spare if weather.spare else 0
        )

    async def _afterwards(self, control: Link) -> None:
        """Errors: ``Violation``, if anything is left or lost."""
        for name, value in self._settings.items():
            await control.ask("CONFIG", "SET", name, value)
        await _until(control, {**NOBODY, "connected_clients": self._others})
        if self.world.kept:
            await control.ask("SELECT", keeping.DATABASE)
            await keeping.check(control)
            await control.ask("SELECT", 0)
        await self._flush(control)
        await _until(control, NOTHING)
        if self.rounds:  # what the first round makes is there to stay
            used = int((await info(control))["used_memory"])
            if used > self._used + ROOM:
                raise Violation(f"{used} bytes are used by nothing, {self._used} after one round")
        else:
            self._used = int((await info(control))["used_memory"])

    async def _flush(self, control: Link) -> None:
        for words in (
            *(("FLUSHALL",), ("SCRIPT", "FLUSH"), ("FUNCTION", "FLUSH"), ("SLOWLOG", "RESET")),
            *(("LATENCY", "RESET"), ("ACL", "LOG", "RESET"), ("ACL", "DELUSER", *USERS)),
            ("CONFIG", "RESETSTAT"),
        ):
            if failed(reply := await control.ask(*words)):
                raise Violation(f"{' '.join(words)} was answered {reply}")
        if (size := await control.ask("DBSIZE")) != 0:
            raise Violation(f"FLUSHALL left {size} keys")
        keyspace = await control.ask("INFO", "keyspace")
        if b"db" in keyspace:
            raise Violation(f"FLUSHALL left {keyspace!r}")


async def _until(control: Link, wanted: dict[str, int]) -> None:
    """Waits until INFO says this; a server may need a moment to see who is gone."""
    known = await info(control)
    wanted = {name: value for name, value in wanted.items() if name in known}
    deadline = asyncio.get_running_loop().time() + DEADLINE
    while True:
        said = await info(control)
        left = {name: said[name] for name in wanted if int(said[name]) != wanted[name]}
        if not left:
            return
        if asyncio.get_running_loop().time() > deadline:
            raise Violation(f"nobody is there, but INFO says {left}")
        await asyncio.sleep(0.02)


async def info(link: Link) -> dict[str, Any]:
    """All that INFO says."""
    text = await link.ask("INFO")
    lines = (line.partition(":") for line in text.decode().splitlines() if ":" in line)
    found = {name: value for name, _, value in lines}
    with suppress(IndexError):
        link.said.pop()  # of no use to anybody
    return found
