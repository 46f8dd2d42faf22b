"""How a client takes its leave: rarely as one should."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from tests.soak import keeping
from tests.soak.acts import Client
from tests.soak.link import encoded


async def politely(client: Client) -> None:
    client.link.close()


async def with_a_word(client: Client) -> None:
    """QUIT, and waits until the server has closed."""
    client.link.send("QUIT")
    await client.link.end_of_stream()
    client.link.close()


async def after_half_a_request(client: Client) -> None:
    whole = encoded(client.speaker.command())
    client.link.send_bytes(whole[: client.chance.randrange(1, len(whole))])
    client.link.abort()


async def while_waiting(client: Client) -> None:
    """For ever, for keys that others write to."""
    link = client.link
    side = client.chance.choice(keeping.SIDES)
    link.send_all(
        client.chance.choice(
            [
                [("BLPOP", "a", "b", "never", 0)],
                [("BZPOPMIN", "c", "never", 0)],
                [("XREAD", "BLOCK", 0, "STREAMS", "d", "$")],
                [("SELECT", keeping.DATABASE), ("BLMOVE", "never", "queue:0", side, side, 0)],
                [("SELECT", keeping.DATABASE), ("BLMOVE", "queue:0", "queue:1", side, side, 0)],
                [("BLPOP", "never", 0), *[("SET", "a", "1")] * 50],
            ]
        )
    )
    _hang_up(client)


async def inside_multi(client: Client) -> None:
    """With a transfer that was begun: half of it must not happen."""
    link, chance = client.link, client.chance
    link.send_all([("SELECT", keeping.DATABASE), ("WATCH", *keeping.ACCOUNTS)])
    payment = [
        ("MULTI",),
        ("DECRBY", keeping.ACCOUNTS[0], 10),
        ("INCRBY", keeping.ACCOUNTS[1], 10),
        ("EXEC",),
    ]
    link.send_all(payment[: chance.randrange(1, 5)])
    _hang_up(client)


async def with_everything_unread(client: Client) -> None:
    client.link.send_all([("LRANGE", "b", 0, -1), ("INFO",), ("KEYS", "*")] * 30)
    client.link.abort()


async def while_subscribed(client: Client) -> None:
    client.link.send_all([("SUBSCRIBE", "news:0", "news:1"), ("PSUBSCRIBE", "n*", "__key*")])
    _hang_up(client)


async def while_tracking(client: Client) -> None:
    client.link.send_all([("HELLO", 3), ("CLIENT", "TRACKING", "ON"), ("MGET", "a", "b", "c")])
    client.link.abort()


async def as_a_replica(client: Client) -> None:
    client.link.send_all([("REPLCONF", "capa", "psync2"), ("PSYNC", "?", "-1")])
    client.link.abort()


def _hang_up(client: Client) -> None:
    if client.chance.random() < 0.5:
        client.link.abort()
    else:
        client.link.close()


WAYS: Final[dict[Callable[[Client], Awaitable[None]], int]] = {
    politely: 6,
    with_a_word: 4,
    after_half_a_request: 4,
    while_waiting: 6,
    inside_multi: 4,
    with_everything_unread: 3,
    while_subscribed: 4,
    while_tracking: 3,
    as_a_replica: 1,
}
"""How clients leave, and how often so."""
