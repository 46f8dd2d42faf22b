"""What callers do with a PubSub, step by step, for redis-py and for the adapter alike.

A step is a tuple: what is done, and with what.  A driver performs the steps on a PubSub and writes
down what came of each; two drivers, since one awaits.  ``HANDLER`` among the arguments becomes a
function that keeps what it is called with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import redis.typing

HANDLER = object()
READ_SECONDS = 10
NOTHING_SECONDS = 0.05
Step = tuple[Any, ...]

Subscription = getattr(redis.typing, "Subscription", None)
"""redis-py 8.1 has it."""

SCENES: dict[str, list[Step]] = {
    "subscribing is confirmed in order and counted": [
        ("subscribe", "a", "b"),
        ("psubscribe", "c*", b"d?"),
        ("read", 4),
        ("state",),
    ],
    "subscribing again is confirmed again": [
        ("subscribe", "a"),
        ("subscribe", "a", "a", "b"),
        ("read", 3),
        ("nothing",),
    ],
    "lists of names are taken too": [
        ("subscribe", ["a", "b"]),
        ("read", 2),
        ("unsubscribe", ["a"], "b"),
        ("read", 2),
        ("state",),
    ],
    "messages come through channels and patterns": [
        ("subscribe", "news"),
        ("psubscribe", "n*", "ne*"),
        ("read", 3),
        ("publish", "news", "x"),
        ("read_sorted", 3),
        ("publish", "n", b"\xff\x00"),
        ("parse", 1),
    ],
    "subscribed until the confirmation of the last unsubscribing is read": [
        ("state",),
        ("subscribe", "a"),
        ("state",),
        ("read", 1),
        ("unsubscribe", "a"),
        ("state",),
        ("read", 1),
        ("state",),
        ("nothing",),
    ],
    "unsubscribing everything": [
        ("subscribe", "a"),
        ("psubscribe", "p"),
        ("read", 2),
        ("unsubscribe",),
        ("punsubscribe",),
        ("state",),
        ("read", 2),
        ("state",),
    ],
    "unsubscribing what was never subscribed": [
        ("subscribe", "a"),
        ("read", 1),
        ("unsubscribe", "zz"),
        ("punsubscribe", "zz"),
        ("punsubscribe",),
        ("read", 3),
        ("state",),
    ],
    "unsubscribing before anything": [
        ("unsubscribe",),
        ("parse", 1),
        ("punsubscribe", "x"),
        ("parse", 1),
        ("state",),
    ],
    "subscribing between unsubscribing and its confirmation": [
        ("subscribe", "a"),
        ("unsubscribe", "a"),
        ("subscribe", "a"),
        ("state",),
        ("read", 1),
        ("state",),
        ("read", 2),
        ("state",),
        ("publish", "a", "x"),
        ("read", 1),
    ],
    "unsubscribing all and subscribing again": [
        ("subscribe", "a"),
        ("psubscribe", "p"),
        ("unsubscribe",),
        ("punsubscribe",),
        ("psubscribe", "p"),
        ("read", 5),
        ("state",),
    ],
    "confirmations can be left out": [
        ("subscribe", "a"),
        ("read_ignoring", 1),
        ("publish", "a", "x"),
        ("read_ignoring", 1),
        ("unsubscribe",),
        ("read_ignoring", 1),
        ("state",),
    ],
    "a handler takes the messages": [
        ("subscribe_handled", "a"),
        ("psubscribe_handled", "b*"),
        ("read", 2),
        ("publish", "a", "x"),
        ("publish", "bb", "y"),
        ("read", 2),
        ("handled",),
        ("state",),
    ],
    "a handler is given up with a plain subscription": [
        ("subscribe_handled", "a"),
        ("read", 1),
        ("subscribe", "a"),
        ("read", 1),
        ("publish", "a", "x"),
        ("read", 1),
        ("handled",),
    ],
    "pings": [
        ("ping",),
        ("parse", 1),
        ("ping", "first"),
        ("parse", 1),
        ("subscribe", "a"),
        ("read", 1),
        ("ping",),
        ("parse", 1),
        ("ping", b"second"),
        ("parse", 1),
        ("ping", "third"),
        ("read", 1),
        ("ping", "redis-py-health-check"),
        ("parse_once",),
    ],
    "reading before subscribing": [("read_once",), ("parse_once",), ("check_health",), ("state",)],
    "closing and beginning again": [
        ("subscribe", "a"),
        ("close",),
        ("state",),
        ("read_once",),
        ("subscribe", "b"),
        ("publish", "a", "lost"),
        ("publish", "b", "x"),
        ("read", 2),
        ("state",),
    ],
    "a dropped connection is opened again": [
        ("subscribe", "a", "b"),
        ("subscribe_handled", "c"),
        ("psubscribe", "p*"),
        ("read", 4),
        ("drop",),
        ("read_sorted", 4),
        ("publish", "a", "x"),
        ("publish", "c", "y"),
        ("publish", "pp", "z"),
        ("read", 3),
        ("handled",),
        ("state",),
    ],
    "subscribing on a dropped connection restores the others first": [
        ("subscribe", "a"),
        ("read", 1),
        ("drop",),
        ("subscribe", "b"),
        ("read", 2),
        ("publish", "a", "x"),
        ("publish", "b", "y"),
        ("read", 2),
    ],
    "a pending unsubscribing is forgotten with the connection": [
        ("subscribe", "a", "b"),
        ("read", 2),
        ("unsubscribe", "a"),
        ("drop",),
        ("read_sorted", 2),
        ("state",),
    ],
    "a connection that the server ends": [
        ("subscribe", "a"),
        ("psubscribe", "p*"),
        ("read", 2),
        ("kill",),
        ("read", 2),
        ("publish", "a", "x"),
        ("publish", "pp", "y"),
        ("read", 2),
        ("state",),
    ],
    "names that are no names": [
        ("subscribe", None),
        ("subscribe", True),
        ("psubscribe", 1.5, 7),
        ("read", 2),
        ("unsubscribe", object),
        ("state",),
    ],
    "odd names": [
        ("subscribe", b"\x00\xfe".decode("latin-1"), "", "a b", "ü"),
        ("read", 4),
        ("publish", "ü", ""),
        ("read", 1),
        ("publish", "", "x"),
        ("read", 1),
        ("state",),
    ],
    "what the server refuses is met by who reads": [
        ("subscribe_nothing",),
        ("read_once",),
        ("subscribe", "a"),
        ("read", 1),
    ],
    "sharded channels": [
        ("ssubscribe", "a", "b"),
        ("read", 2),
        ("spublish", "a", "x"),
        ("read", 1),
        ("publish", "a", "lost"),
        ("subscribe", "a"),
        ("read", 1),
        ("sunsubscribe", "zz"),
        ("sunsubscribe", "a"),
        ("read", 2),
        ("state",),
        ("sunsubscribe",),
        ("read", 1),
        ("state",),
    ],
    "a handler for sharded channels": [
        ("ssubscribe_handled", "s"),
        ("read", 1),
        ("spublish", "s", "x"),
        ("read", 1),
        ("handled",),
        ("state",),
    ],
    "sharded channels come back as well": [
        ("ssubscribe", "a", "b"),
        ("read", 2),
        ("drop",),
        ("read_sorted", 2),
        ("spublish", "b", "x"),
        ("read", 1),
        ("kill",),
        ("read_sorted", 2),
        ("spublish", "a", "x"),
        ("read", 1),
    ],
}
if Subscription is None:
    # redis-py 5 waits for its own lock for ever, or cannot in asyncio
    SCENES = {
        name: steps
        for name, steps in SCENES.items()
        if "sharded" not in name and "restores the others" not in name
    }
else:
    SCENES["subscriptions are objects, too"] = [
        ("subscribe", Subscription("a", HANDLER), "b"),
        ("psubscribe", Subscription(b"p*")),
        ("read", 3),
        ("publish", "a", "x"),
        ("publish", "b", "y"),
        ("read", 2),
        ("handled",),
        ("state",),
    ]

OPTIONS: list[dict[str, Any]] = [
    {},
    {"decode_responses": True, "encoding_errors": "replace"},
    {"protocol": 2},
    {"protocol": 2, "decode_responses": True, "encoding_errors": "replace"},
    {"encoding": "latin-1", "decode_responses": True},
]


class Scene:
    """One PubSub and the steps that are performed on it; ``seen`` is what came of them."""

    def __init__(self, client: Any, control: Any) -> None:
        self.client = client
        self.pubsub = client.pubsub()
        self.control = control
        self.heard: list[Any] = []
        self.seen: list[Any] = []

    def kill(self) -> None:
        """The server ends all connections that listen."""
        for kind in ("pubsub", "normal"):
            for each in self.control.client_list(_type=kind):
                if any(int(each.get(count, 0)) for count in ("sub", "psub", "ssub")):
                    self.control.client_kill_filter(_id=each["id"])

    def state(self) -> tuple[Any, ...]:
        pubsub = self.pubsub
        parts = ("channels", "patterns", "shard_channels")
        return (
            pubsub.subscribed,
            *(names_in(pubsub, part) for part in parts),
            *(names_in(pubsub, f"pending_unsubscribe_{part}") for part in parts),
        )

    def filled(self, values: tuple[Any, ...]) -> list[Any]:
        """The arguments, with a handler where one is wanted."""
        return [self._filled(value) for value in values]

    def _filled(self, value: Any) -> Any:
        if Subscription is not None and isinstance(value, Subscription):
            handler = self.heard.append if value.handler is HANDLER else value.handler
            return Subscription(value.name, handler)
        return value

    def call(self, step: Step) -> Callable[[], Any]:
        """What a step does, but for what only a driver can do."""
        name, *values = step
        pubsub = self.pubsub
        match name:
            case "publish" | "spublish":
                return lambda: getattr(self.client, name)(*values)
            case "subscribe_nothing":
                return lambda: pubsub.execute_command("SUBSCRIBE")
            case "drop":
                return lambda: pubsub.connection.disconnect()
            case _ if name.endswith("_handled"):
                method = getattr(pubsub, name.removesuffix("_handled"))
                return lambda: method(**{values[0]: self.heard.append})
            case "read" | "read_sorted":
                return lambda: pubsub.get_message(timeout=READ_SECONDS)
            case "read_ignoring":
                return lambda: pubsub.get_message(True, timeout=READ_SECONDS)
            case "nothing" | "read_once":
                return lambda: pubsub.get_message(timeout=NOTHING_SECONDS)
            case "parse":
                return lambda: pubsub.parse_response(timeout=READ_SECONDS, block=False)
            case "parse_once":
                return lambda: pubsub.parse_response(timeout=NOTHING_SECONDS, block=False)
            case "close":
                return getattr(pubsub, "aclose", pubsub.close)
            case _:
                return lambda: getattr(pubsub, name)(*self.filled(tuple(values)))

    def times(self, step: Step) -> int:
        return step[1] if step[0].startswith(("read", "parse")) and len(step) == 2 else 1

    def keep(self, step: Step, results: list[Any]) -> None:
        if step[0] == "read_sorted":
            # the server has an order of its own
            results = sorted(map(uncounted, results), key=repr)
        self.seen.append((step[0], results))

    def by_ourselves(self, step: Step) -> bool:
        """Performs what needs no call of the PubSub's."""
        match step[0]:
            case "state":
                self.seen.append(self.state())
            case "handled":
                self.seen.append(list(self.heard))
            case "kill":
                self.kill()
            case _:
                return False
        return True


def names_in(pubsub: Any, part: str) -> list[str]:
    """Channels or patterns; none where this redis-py knows nothing of them."""
    return sorted(map(repr, getattr(pubsub, part, ())))


def uncounted(message: Any) -> Any:
    """A confirmation without its count."""
    return {**message, "data": None} if isinstance(message, dict) else message


def told(error: Exception) -> tuple[str, str]:
    return type(error).__qualname__, str(error)


def perform(scene: Scene, steps: list[Step]) -> list[Any]:
    """What comes of the steps on a synchronous PubSub."""
    for step in steps:
        if scene.by_ourselves(step):
            continue
        results: list[Any] = []
        for _ in range(scene.times(step)):
            try:
                results.append(scene.call(step)())
            except Exception as error:
                results.append(told(error))
        scene.keep(step, results)
    scene.pubsub.close()
    return scene.seen


async def aperform(scene: Scene, steps: list[Step]) -> list[Any]:
    """What comes of the steps on an asynchronous PubSub."""
    for step in steps:
        if scene.by_ourselves(step):
            await asyncio.sleep(0)
            continue
        results: list[Any] = []
        for _ in range(scene.times(step)):
            try:
                result = scene.call(step)()
                results.append(await result if asyncio.iscoroutine(result) else result)
            except Exception as error:
                results.append(told(error))
        scene.keep(step, results)
    await scene.pubsub.aclose()
    return scene.seen
