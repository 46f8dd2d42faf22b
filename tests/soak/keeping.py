"""What is kept whatever happens: money that goes from account to account, and things that go from
queue to queue.

Both live in a database that the random commands do not touch.  Whoever breaks off in the middle
has moved all or nothing.
"""

from __future__ import annotations

import random
from itertools import chain
from typing import Any, Final

from tests.soak.link import Link, Violation, Word, Words, failed

DATABASE: Final = 9

ACCOUNTS: Final = [f"account:{number}" for number in range(8)]
EACH: Final = 1_000
QUEUES: Final = [f"queue:{number}" for number in range(4)]
THINGS: Final = [b"thing:%d" % number for number in range(40)]

PAY: Final = """
local sum = tonumber(ARGV[1])
if tonumber(redis.call('GET', KEYS[1]) or 0) < sum then return 0 end
redis.call('DECRBY', KEYS[1], sum)
redis.call('INCRBY', KEYS[2], sum)
return 1
"""
HAND_ON: Final = "return redis.call('LMOVE', KEYS[1], KEYS[2], 'LEFT', 'RIGHT')"

SIDES: Final = ("LEFT", "RIGHT")


async def lay_out(link: Link) -> None:
    """Begins anew."""
    await link.ask("SELECT", DATABASE)
    await link.ask_all(
        [
            ("DEL", *ACCOUNTS, *QUEUES),
            *(("SET", account, EACH) for account in ACCOUNTS),
            *(("RPUSH", QUEUES[at % len(QUEUES)], thing) for at, thing in enumerate(THINGS)),
        ]
    )
    await check(link)
    await link.ask("SELECT", 0)


def payment(chance: random.Random) -> list[Words]:
    """A transfer in one piece."""
    source, target = chance.sample(ACCOUNTS, 2)
    amount = chance.randrange(1, 50)
    if chance.random() < 0.5:
        return [("EVAL", PAY, 2, source, target, amount)]
    transfer: list[Words] = [("DECRBY", source, amount), ("INCRBY", target, amount)]
    return [("MULTI",), *transfer, ("EXEC",)]


async def pay_watchfully(link: Link, chance: random.Random) -> None:
    """A transfer that reads first, and is void if somebody else came between."""
    source, target = chance.sample(ACCOUNTS, 2)
    _, *balances = await link.ask_all([("WATCH", source, target), ("GET", source), ("GET", target)])
    if any(balance is None or failed(balance) for balance in balances):
        await link.ask("UNWATCH")
        return
    left, right = (int(balance) for balance in balances)
    new: list[Words] = [("SET", source, left - 1), ("SET", target, right + 1)]
    await link.ask_all([("MULTI",), *new, ("EXEC",)])


def errand(chance: random.Random) -> list[Words]:
    """Moves a thing, or waits a moment for one."""
    source, target = chance.choice(QUEUES), chance.choice(QUEUES)
    one, other = chance.choice(SIDES), chance.choice(SIDES)
    seconds: Word = chance.choice(("0.01", "0.05", "0.1"))
    ways: list[list[Words]] = [
        [("LMOVE", source, target, one, other)],
        [("RPOPLPUSH", source, target)],
        [("BLMOVE", source, target, one, other, seconds)],
        [("BRPOPLPUSH", source, target, seconds)],
        [("EVAL", HAND_ON, 2, source, target)],
        [("MULTI",), *[("LMOVE", source, target, one, other)] * 8, ("EXEC",)],
    ]
    return chance.choice(ways)


async def check(link: Link) -> None:
    """Counts money and things, each in one look.  Errors: ``Violation``."""
    balances = await link.ask("MGET", *ACCOUNTS)
    if failed(balances):
        return
    expected = EACH * len(ACCOUNTS)
    if None in balances or sum(map(int, balances)) != expected:
        raise Violation(f"the accounts hold {balances}, not {expected} together")
    queues = (
        await link.ask_all([("MULTI",), *(("LRANGE", each, 0, -1) for each in QUEUES), ("EXEC",)])
    )[-1]
    if isinstance(queues, list) and sorted(chain(*queues)) != sorted(THINGS):
        raise Violation(f"the queues hold {differences(queues)}")


def differences(queues: list[Any]) -> str:
    """What is missing, and what is there twice."""
    held = list(chain(*queues))
    missing = [thing for thing in THINGS if thing not in held]
    twice = [thing for thing in held if held.count(thing) > 1]
    return f"not {missing}, and more than once {twice}"
