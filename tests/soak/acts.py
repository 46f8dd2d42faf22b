"""What a client does in one go.  Each act leaves its connection in database 0, in no transaction,
subscribed to nothing, with every reply read; or it raises ``Gone``.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import hiredis

from tests.soak import keeping
from tests.soak.link import Gone, Link, Silent, Violation, Word, Words, failed
from tests.soak.speech import Speaker

MOMENT: Final = ("0.01", "0.02", "0.05")
LIBRARIES: Final = 4
USERS: Final = ("ann", "bob", "cid")

SETTINGS: Final[dict[str, tuple[str, ...]]] = {
    "notify-keyspace-events": ("", "KEA", "KEAmn", "Ex"),
    "slowlog-log-slower-than": ("0", "10000", "-1"),
    "slowlog-max-len": ("0", "16", "128"),
    "latency-monitor-threshold": ("0", "1"),
    "latency-tracking": ("yes", "no"),
    "maxmemory-samples": ("1", "5"),
    "hash-max-listpack-entries": ("1", "512"),
    "list-max-listpack-size": ("1", "-2"),
    "set-max-intset-entries": ("1", "512"),
    "zset-max-listpack-entries": ("1", "128"),
    "stream-node-max-entries": ("2", "100"),
    "tracking-table-max-keys": ("3", "1000000"),
    "lazyfree-lazy-user-flush": ("yes", "no"),
    "lfu-decay-time": ("0", "1"),
    "acllog-max-len": ("2", "128"),
    "hz": ("10", "100"),
}
"""What is set at random, and to what."""


@dataclass(slots=True)
class World:
    """What the clients know of each other."""

    host: str
    port: int
    ids: dict[int, int] = field(default_factory=dict)
    """The server's number of each connection that may be killed."""
    counts: Counter[str] = field(default_factory=Counter)
    kept: bool = True
    """Whether nothing is evicted that has no time to live."""
    pauses: bool = True
    """Whether clients may be paused: the real servers do not survive an UNBLOCK of who is."""


@dataclass(slots=True)
class Client:
    """Someone with a connection."""

    world: World
    chance: random.Random
    speaker: Speaker
    link: Link
    expected: str = ""

    def token(self) -> str:
        """A word that nobody else says."""
        return f"token-{self.link.number}-{self.chance.randrange(1 << 40)}"

    async def sync(self) -> None:
        """Whatever was said, the reply to this must be the next one.  Errors: ``Violation``."""
        token = self.token()
        reply = await self.link.ask("ECHO", token)
        if reply != token.encode():
            raise Violation(f"ECHO {token} was answered {str(reply)[:200]}")


async def random_commands(client: Client) -> None:
    """A pipeline of anything, each with one reply."""
    await client.link.ask_all(client.speaker.commands(client.chance.randrange(1, 25)))
    await client.link.ask_all([("DISCARD",), ("UNWATCH",), ("SELECT", "0")])
    await client.sync()


async def order(client: Client) -> None:
    """A long pipeline, whose replies come in its order."""
    number = client.chance.choice((50, 300, 1_000))
    wanted = [b"%d" % place for place in range(number)]
    replies = await client.link.ask_all([("ECHO", place) for place in wanted])
    if replies != wanted:
        raise Violation(f"a pipeline of {number} was answered in another order")


async def keep(client: Client) -> None:
    """Pays, carries and counts, where the random commands do not come."""
    chance, link = client.chance, client.link
    await link.ask("SELECT", keeping.DATABASE)
    for _ in range(chance.randrange(1, 6)):
        way = chance.randrange(4)
        if way == 0:
            await keeping.pay_watchfully(link, chance)
        elif way == 1:
            await link.ask_all(keeping.payment(chance))
        elif way == 2:
            await link.ask_all(keeping.errand(chance))
        elif client.world.kept:
            await keeping.check(link)
    await link.ask("SELECT", 0)
    await client.sync()


async def wait_a_moment(client: Client) -> None:
    """Blocks, and is served, runs out of time, or is unblocked."""
    chance = client.chance
    seconds: Word = chance.choice(MOMENT)
    key, other = (chance.choice("abcd") for _ in range(2))
    side = chance.choice(keeping.SIDES)
    ways: list[Words] = [
        ("BLPOP", key, other, seconds),
        ("BRPOP", key, seconds),
        ("BLMOVE", key, other, side, side, seconds),
        ("BRPOPLPUSH", key, other, seconds),
        ("BLMPOP", seconds, 2, key, other, side, "COUNT", 2),
        ("BZPOPMIN", key, other, seconds),
        ("BZPOPMAX", key, seconds),
        ("BZMPOP", seconds, 2, key, other, "MIN"),
        ("XREAD", "BLOCK", 20, "STREAMS", key, other, "$", "$"),
        ("XREADGROUP", "GROUP", "g", "x", "BLOCK", 20, "STREAMS", key, ">"),
        ("WAIT", 1, 20),
    ]
    await client.link.ask(*chance.choice(ways))
    await client.sync()


async def feed(client: Client) -> None:
    """Gives those who wait something to wake for."""
    chance = client.chance
    key = chance.choice("abcd")
    ways: list[list[Words]] = [
        [("DEL", key), ("RPUSH", key, "x", "y", "z")],
        [("DEL", key), ("ZADD", key, 1, "x", 2, "y")],
        [("DEL", key), ("XGROUP", "CREATE", key, "g", "$", "MKSTREAM"), ("XADD", key, "*", "f", 1)],
        [("MULTI",), ("LPUSH", key, "x"), ("LPUSH", key, "y"), ("EXEC",)],
        [("RPUSH", "spare", "x"), ("RENAME", "spare", key)],
        [("RPUSH", "spare", "x"), ("COPY", "spare", key, "REPLACE")],
        [("RPUSH", "spare", 3, 1, 2), ("SORT", "spare", "STORE", key)],
        [("EVAL", "return redis.pcall('RPUSH', KEYS[1], 'x')", 1, key)],
    ]
    await client.link.ask_all(chance.choice(ways))


async def scripts(client: Client) -> None:
    """Lua that does what a random command does, or what only Lua does."""
    chance, link = client.chance, client.link
    words = client.speaker.command()
    unlike = chance.randrange(1 << 30)
    body = f"local kept = {unlike} return redis.sha1hex(kept)"
    ways: list[list[Words]] = [
        [("EVAL", "return redis.pcall(unpack(ARGV))", 0, *words)],
        [("EVAL", "return redis.call(unpack(ARGV))", 0, *words)],
        [("EVAL", "redis.setresp(3) return redis.pcall(unpack(ARGV))", 0, *words)],
        [("EVAL_RO", "return redis.call(unpack(ARGV))", 0, *words)],
        [("EVAL", body, 0)],
        [("SCRIPT", "LOAD", body), ("EVALSHA", "0" * 40, 0), ("SCRIPT", "EXISTS", "0" * 40)],
        [("EVAL", "for i = 1, 500 do redis.call('INCR', KEYS[1]) end", 1, "counted")],
        [("EVAL", "local t = {} for i = 1, 5000 do t[i] = i end return t", 0)],
        [("EVAL", "return cjson.decode(cjson.encode({ARGV}))[1]", 0, *words)],
        [("EVAL", "return cmsgpack.unpack(cmsgpack.pack(ARGV))", 0, *words)],
        [("EVAL", f"error('stop {unlike}')", 0)],
        [("EVAL", f"not lua {unlike}", 0)],
        [("SCRIPT", "FLUSH", chance.choice(("SYNC", "ASYNC")))],
    ]
    await link.ask_all(chance.choice(ways))
    await client.sync()


async def functions(client: Client) -> None:
    """Loads, calls, dumps and drops libraries."""
    chance, link = client.chance, client.link
    name = f"f{chance.randrange(LIBRARIES)}"
    code = (
        f"#!lua name=lib_{name}\nlocal kept = {chance.randrange(1 << 20)}\n"
        f"redis.register_function('{name}', function(keys, args)\n"
        "return redis.call('INCR', keys[1]) end)"
    )
    ways: list[list[Words]] = [
        [("FUNCTION", "LOAD", "REPLACE", code), ("FCALL", name, 1, "called")],
        [("FCALL", name, 1, "called"), ("FCALL_RO", name, 1, "called")],
        [("FUNCTION", "DELETE", f"lib_{name}")],
        [("FUNCTION", "LIST", "WITHCODE"), ("FUNCTION", "STATS")],
        [("FUNCTION", "FLUSH", chance.choice(("SYNC", "ASYNC")))],
    ]
    if chance.random() < 0.2:
        dumped = await link.ask("FUNCTION", "DUMP")
        if isinstance(dumped, bytes):
            await link.ask("FUNCTION", "RESTORE", dumped, "REPLACE")
    else:
        await link.ask_all(chance.choice(ways))


async def publish(client: Client) -> None:
    """Numbered news, which whoever listens must get one after the other."""
    link = client.link
    before = dict(link.published)
    said: list[Words] = []
    for _ in range(client.chance.randrange(1, 15)):
        channel = b"news:%d" % client.chance.randrange(3)
        link.published[channel] = link.published.get(channel, 0) + 1
        said.append(("PUBLISH", channel, f"{link.number} {link.published[channel]}"))
    if client.chance.random() < 0.2:
        said = [("MULTI",), *said, ("EXEC",)]
    replies = await link.ask_all(said)
    if said[0] == ("MULTI",) and not isinstance(replies[-1], list):
        link.published = before  # the transaction was lost: Redis 7.0 queues nothing without room


async def subscribe(client: Client) -> None:
    """Listens for a while: of each publisher's news none is lost, doubled or before another."""
    chance, link = client.chance, client.link
    sought = {"": [f"news:{number}" for number in range(chance.randrange(1, 4))]}
    if chance.random() < 0.5:
        sought["P"] = [chance.choice(("news:*", "n*[0-1]"))]
    if chance.random() < 0.3:
        sought["S"] = ["shard"]
    link.send_all([(f"{kind}SUBSCRIBE", *names) for kind, names in sought.items()])
    last: dict[tuple[bytes, ...], int] = {}
    with suppress(Silent):
        for _ in range(chance.randrange(5, 60)):
            _heard(last, await link.listen(0.1))
    link.send_all([(f"{kind}UNSUBSCRIBE", *names) for kind, names in sought.items()])
    wanted = Counter(
        {f"{kind}unsubscribe".lower().encode(): len(names) for kind, names in sought.items()}
    )
    while wanted.total():
        item = await link.next()
        if isinstance(item, hiredis.ReplyError):
            raise Violation(f"leaving channels: {item}")
        if item[0] in wanted:
            wanted[bytes(item[0])] -= 1
        _heard(last, item)
    await client.sync()


def _heard(last: dict[tuple[bytes, ...], int], item: Any) -> None:
    if not isinstance(item, list) or item[0] not in (b"message", b"pmessage"):
        return
    if not item[-2].startswith(b"news:"):  # what is invalid comes as a message, too
        return
    publisher, _, number = item[-1].partition(b" ")
    stream = (*item[1:-1], publisher)
    if stream in last and int(number) != last[stream] + 1:
        raise Violation(f"{stream} told {int(number)} after {last[stream]}")
    last[stream] = int(number)


async def track(client: Client) -> None:
    """What was read and then changed is told to be invalid."""
    chance, link = client.chance, client.link
    if link.protocol != 3:
        await track_for_another(client)
        return
    own = f"own:{link.number}"
    broadcast = chance.random() < 0.3
    how = ["BCAST", "PREFIX", "own:"] if broadcast else []
    if failed(await link.ask("CLIENT", "TRACKING", "ON", *how)):
        return
    for _ in range(chance.randrange(1, 5)):
        await link.ask("GET", own)
        link.pushes.clear()
        written = await link.ask("SET", own, chance.randrange(100), "PX", 60_000)
        await client.sync()
        told = [push[1] for push in link.pushes if push[0] == b"invalidate"]
        if (
            not failed(written)
            and client.world.kept
            and not any(keys is None or own.encode() in keys for keys in told)
        ):
            raise Violation(f"nobody said that {own} has changed; told: {str(told)[:200]}")
        await link.ask_all([client.speaker.command() for _ in range(5)])
        await link.ask("SELECT", 0)
    await link.ask("CLIENT", "TRACKING", "OFF")
    link.pushes.clear()


async def track_for_another(client: Client) -> None:
    """What was read is told to somebody else, who perhaps does not listen, or is gone."""
    link = client.link
    other = client.chance.choice(list(client.world.ids.values()) or [0])
    await link.ask("CLIENT", "TRACKING", "ON", "REDIRECT", other)
    await link.ask_all([client.speaker.command() for _ in range(10)])
    await link.ask_all([("SELECT", "0"), ("CLIENT", "TRACKING", "OFF")])
    await client.sync()


async def read_slowly(client: Client) -> None:
    """Asks for much, and reads it late or never."""
    chance, link = client.chance, client.link
    value = b"%d:" % link.number + b"v" * chance.choice((1_000, 50_000, 200_000))
    await link.ask_all([("SELECT", keeping.DATABASE), ("SET", f"big:{link.number}", value)])
    number = chance.randrange(5, 60)
    link.send_all([("GET", f"big:{link.number}")] * number)
    await asyncio.sleep(chance.choice((0.01, 0.05, 0.2)))
    if chance.random() < 0.3:
        link.abort()
        raise Gone("we left")
    for _ in range(number):
        reply = await link.reply()
        if reply is not None and not failed(reply) and reply != value:
            raise Violation(f"GET of {len(value)} bytes was answered {str(reply)[:100]}")
    await link.ask_all([("DEL", f"big:{link.number}"), ("SELECT", "0")])


async def talk_nonsense(client: Client) -> None:
    """Bytes that mean nothing, on a connection of their own: the server answers, and closes."""
    link = await Link.open(client.world.host, client.world.port)
    link.said.append("(on a connection of its own)")
    try:
        link.send_bytes(client.speaker.garbage())
        if client.chance.random() < 0.5:
            await link.end_of_stream()
    except Violation as violation:
        raise Violation(f"{violation}; after {list(link.said)}") from violation
    finally:
        link.abort()


async def watch_others(client: Client) -> None:
    """A moment of MONITOR, on a connection of its own, broken off."""
    link = await Link.open(client.world.host, client.world.port)
    link.send("MONITOR")
    with suppress(Silent, Gone):
        for _ in range(20):
            await link.listen(0.05)
    link.abort()


async def meddle(client: Client) -> None:
    """Kills, unblocks and pauses others, and asks about them."""
    chance, link = client.chance, client.link
    victim = chance.choice(list(client.world.ids.values()) or [0])
    ways: list[Words] = [
        ("CLIENT", "UNBLOCK", victim, "TIMEOUT"),
        ("CLIENT", "UNBLOCK", victim, "ERROR"),
        ("CLIENT", "UNBLOCK", victim),
        ("CLIENT", "LIST", "ID", victim),
        ("CLIENT", "LIST", "TYPE", "pubsub"),
        ("CLIENT", "KILL", "ID", victim),
        ("CLIENT", "KILL", "TYPE", "pubsub"),
    ]
    weights = [3, 3, 3, 2, 2, 2, 1]
    if client.world.pauses:
        ways.append(("CLIENT", "PAUSE", 5, chance.choice(("ALL", "WRITE"))))
        weights.append(1)
    words = chance.choices(ways, weights)[0]
    if words[1] == "KILL":
        client.world.counts["killed"] += 1
    await link.ask(*words)


async def configure(client: Client) -> None:
    """Changes a setting."""
    name = client.chance.choice(list(SETTINGS))
    await client.link.ask("CONFIG", "SET", name, client.chance.choice(SETTINGS[name]))


async def be_somebody_else(client: Client) -> None:
    """Another user for a while, who may not do everything."""
    chance, link = client.chance, client.link
    user = chance.choice(USERS)
    rights = chance.choice(("+@all", "+@read +auth +echo", "-@all +auth +echo"))
    await link.ask("ACL", "SETUSER", user, "reset", "on", "nopass", "~*", "&*", *rights.split())
    if not failed(await link.ask("AUTH", user, "x")):
        await link.ask_all([client.speaker.command() for _ in range(5)])
        await link.ask("AUTH", "default", "x")
        await link.ask("SELECT", 0)
    if chance.random() < 0.2:
        await link.ask("ACL", "DELUSER", user)
    await client.sync()


Act = Callable[[Client], Awaitable[None]]

ACTS: Final[dict[Act, int]] = {
    random_commands: 30,
    keep: 14,
    wait_a_moment: 8,
    feed: 8,
    scripts: 8,
    functions: 3,
    publish: 8,
    subscribe: 4,
    track: 4,
    order: 3,
    read_slowly: 1,
    talk_nonsense: 3,
    watch_others: 1,
    meddle: 3,
    configure: 2,
    be_somebody_else: 2,
}
"""What clients do, and how often."""
