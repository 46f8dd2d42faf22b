"""Calls where others are involved: watched keys that change, locks, and pub/sub."""

from __future__ import annotations

from typing import Any

from redis.exceptions import WatchError

from tests.integration.parity_calls import Exchange, attribute, by_client, do, held, told

K = do.set("k", "v")
HEAR = do.get_message(timeout=2)
HEAR_SOON = do.get_message(timeout=0.3)
NOTHING = do.get_message(timeout=0.01)
HEAR_REAL = do.get_message(ignore_subscribe_messages=True, timeout=2)


def increment(pipe: Any) -> str:
    """A caller's transaction."""
    pipe.multi()
    pipe.incr("n")
    pipe.get("n")
    return "mine"


def fail(pipe: Any) -> None:
    """A caller's transaction that goes wrong before it is sent."""
    pipe.multi()
    pipe.set("n", "lost")
    raise LookupError("mine")


def give_up(pipe: Any) -> None:
    """Raises what ``transaction`` itself would try again for ever."""
    raise ValueError(told(WatchError("mine")))


def shout(message: Any) -> None:
    """A message handler whose call shows: what it raises comes out of ``get_message``."""
    raise LookupError(told(message))


WATCHING: list[Exchange] = [
    held(do.pipeline(), do.watch("k"), do.get("k"), do.multi(), do.set("k", 1), do.execute()),
    (
        K,
        held(
            do.pipeline(), do.watch("k"), by_client(do.set("k", "other")), do.multi(),
            do.set("k", 1), do.execute(), attribute("watching"), by_client(do.get("k")),
        ),
    ),
    (
        K,
        held(
            do.pipeline(), do.watch("k"), by_client(do.set("k", "other")), do.unwatch(),
            do.set("k", 1), do.execute(), by_client(do.get("k")),
        ),
    ),
    (
        K,
        held(
            do.pipeline(), do.watch("k"), by_client(do.delete("k")), do.multi(), do.get("k"),
            do.execute(raise_on_error=False),
        ),
    ),
    held(do.pipeline(), do.watch("k"), by_client(do.set("j", 1)), do.multi(), do.execute()),
    held(do.pipeline(), do.watch("k"), attribute("watching"), do.reset(), attribute("watching")),
    held(do.pipeline(), do.watch("k"), by_client(do.set("k", 1)), do.execute(), do.get("k")),
    held(do.pipeline(), do.set("k", 1), do.reset(), do.execute(), by_client(do.get("k"))),
    held(do.pipeline(), do.set("k", 1), do.execute(), do.execute(), do.get("k"), do.execute()),
    held(do.pipeline(), do.set("k", 1), do.__len__(), do.__bool__(), do.execute(), do.__len__()),
    held(do.pipeline(transaction=False), do.__len__(), do.__bool__(), do.execute()),
    held(do.pipeline(), do.watch("k"), do.watch("j"), do.multi(), do.watch("i")),
    held(do.pipeline(), do.watch("k"), do.lpush("k", 1), do.get("k"), do.multi(), do.execute()),
    held(do.pipeline(transaction=False), do.watch("k"), do.set("k", 1), do.multi(), do.execute()),
    held(do.pipeline(), do.unwatch()),
    held(do.pipeline(), do.execute_command("NOSUCH"), do.set("k", 1), do.execute(), do.execute()),
    do.transaction(increment, "n"),
    do.transaction(increment, "n", value_from_callable=True),
    do.transaction(increment),
    (K, do.transaction(fail, "n"), do.get("n")),
    do.transaction(give_up, "n"),
    do.transaction(increment, "n", shard_hint="x", watch_delay=0.001),
]  # fmt: skip

LOCKS: list[Exchange] = [
    held(
        do.lock("l", timeout=10), do.acquire(blocking=False), do.locked(), do.owned(),
        by_client(do.pttl("l")), do.acquire(blocking=False), do.release(), do.locked(), do.owned(),
    ),
    held(do.lock("l"), do.release()),
    held(do.lock("l"), do.acquire(), do.release(), do.release()),
    held(do.lock("l"), do.acquire(token="mine"), by_client(do.get("l")), do.release()),
    (do.set("l", "another's"), held(do.lock("l"), do.acquire(blocking=False), do.locked())),
    (do.set("l", "another's"),
     held(do.lock("l", blocking_timeout=0.01, sleep=0.005), do.acquire())),
    (do.set("l", "another's"), held(do.lock("l", blocking=False), do.acquire())),
    held(do.lock("l", timeout=10), do.acquire(), by_client(do.delete("l")), do.release()),
    held(do.lock("l", timeout=10), do.acquire(), by_client(do.set("l", "x")), do.owned(),
         do.release()),
    held(do.lock("l", timeout=10), do.acquire(), do.extend(90), by_client(do.pttl("l"))),
    held(do.lock("l", timeout=10), do.acquire(), do.extend(90, replace_ttl=True),
         by_client(do.pttl("l"))),
    held(do.lock("l", timeout=100), do.acquire(), do.reacquire(), by_client(do.pttl("l"))),
    held(do.lock("l"), do.acquire(), do.extend(5)),
    held(do.lock("l"), do.acquire(), do.reacquire()),
    held(do.lock("l", timeout=10), do.extend(5)),
    held(do.lock("l", timeout=10), do.acquire(), by_client(do.delete("l")), do.extend(5)),
    held(do.lock("l", timeout=10), do.acquire(), by_client(do.delete("l")), do.reacquire()),
    held(do.lock("l", timeout=10), do.acquire(), by_client(do.script_flush()), do.release()),
    held(do.lock("l", timeout=0.5, sleep=1), do.acquire()),
    held(do.lock("l", timeout=10, raise_on_release_error=False), do.acquire(), do.release()),
    (do.lpush("l", 1), held(do.lock("l"), do.acquire(blocking=False), do.owned(), do.locked())),
]  # fmt: skip

PING_LISTENING = held(do.pubsub(), do.subscribe("a"), HEAR, do.ping(), HEAR)
PING_LISTENING_WITH_TEXT = held(do.pubsub(), do.subscribe("a"), HEAR, do.ping("hello"), HEAR)
SHARDED = held(do.pubsub(), do.ssubscribe("a"), NOTHING, by_client(do.spublish("a", "x")), NOTHING)

PUBSUB: list[Exchange] = [
    held(do.pubsub(), do.subscribe("a"), HEAR, by_client(do.publish("a", "x")), HEAR, NOTHING),
    held(do.pubsub(), do.subscribe("a", "b"), HEAR, HEAR, by_client(do.publish("b", b"\xff1")),
         HEAR_REAL),
    held(do.pubsub(), do.psubscribe("a*"), HEAR, by_client(do.publish("ab", 1)), HEAR),
    held(do.pubsub(), do.subscribe("a"), HEAR, do.psubscribe("a"), HEAR,
         by_client(do.publish("a", "both")), HEAR, HEAR, NOTHING),
    held(do.pubsub(), do.subscribe("a", "b"), HEAR, HEAR, do.unsubscribe("a"), HEAR,
         by_client(do.publish("a", "x")), attribute("subscribed"), do.unsubscribe(), HEAR,
         attribute("subscribed")),
    held(do.pubsub(), do.psubscribe("a", "b"), HEAR, HEAR, do.punsubscribe("a"), HEAR,
         do.punsubscribe(), HEAR,
         attribute("patterns")),
    held(do.pubsub(), do.get_message()),
    held(do.pubsub(), NOTHING),
    held(do.pubsub(), do.subscribe("a"), HEAR, do.subscribe("a"), HEAR, attribute("channels")),
    held(do.pubsub(), do.subscribe("a"), HEAR_REAL, by_client(do.publish("a", "x")), HEAR_REAL),
    held(do.pubsub(ignore_subscribe_messages=True), do.subscribe("a"), HEAR,
         by_client(do.publish("a", "x")), HEAR),
    held(do.pubsub(), do.subscribe(a=shout), HEAR, by_client(do.publish("a", "x")), HEAR),
    held(do.pubsub(), do.psubscribe(**{"a*": shout}), HEAR, by_client(do.publish("ab", "x")), HEAR),
    held(do.pubsub(), do.subscribe("a"), HEAR, by_client(do.pubsub_channels()),
         by_client(do.pubsub_numsub("a", "b")), by_client(do.pubsub_numpat())),
    held(do.pubsub(), do.psubscribe("a"), HEAR, by_client(do.pubsub_numpat())),
    PING_LISTENING,
    PING_LISTENING_WITH_TEXT,
    held(do.pubsub(), do.subscribe(b"\xff\x00"), HEAR_SOON, by_client(do.publish(b"\xff\x00", ""))),
    held(do.pubsub(), do.subscribe("a"), HEAR, *(by_client(do.publish("a", n)) for n in range(5)),
         HEAR, HEAR, HEAR, HEAR, HEAR, NOTHING),
    held(do.pubsub(), do.subscribe("a"), HEAR,
         by_client(do.eval("return redis.call('PUBLISH', 'a', 'by script')", 0)), HEAR),
    held(do.pubsub(), do.subscribe("a"), HEAR, do.reset(), attribute("subscribed"),
         attribute("channels")),
    held(do.pubsub(), do.subscribe(None)),
    SHARDED,
]  # fmt: skip
