"""Values of every type and encoding: how each is made, and how it is read.

What is made is the same on every run.  ``determined`` says whether the server keeps its elements in
an order that follows from the commands; only then can two servers' dumps be the same bytes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Words = tuple[Any, ...]


@dataclass(frozen=True)
class Value:
    """A value under ``key``."""

    name: str
    commands: tuple[Words, ...]
    determined: bool = True


WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lorem ipsum dolor".split()
STRINGS = [
    *("", "0", "-1", "127", "128", "-128", "-129", "32767", "32768", "-32769", "2147483647"),
    *("2147483648", "-2147483649", "12345678901", "99999999999", "9223372036854775807"),
    *("0012", "-0", "+1", " 1", "1.5", "a" * 20, "a" * 21, "a" * 100, "ab" * 5000, "abc" * 7),
    *("a" * 19 + "b" * 3 + "a" * 19, "\x00\xff" * 40),
]
SCORES = [
    *("0", "-0", "1", "-1", "127", "128", "-4097", "2147483648", "9007199254740993", "0.1", "-0.5"),
    *("1e-7", "3.0000000000000004", "1e19", "-1e100", "1e300", "inf", "-inf"),
    *("4611686018427387904", "4611686018427387905e3", "0.3333333333333333"),
]


def _text(rng: random.Random, count: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(count))


def _strings() -> Iterator[Value]:
    for number, text in enumerate(STRINGS):
        yield Value(f"string {number}", (("SET", "key", text),))
    rng = random.Random(1)
    for size in (3, 5, 10, 50, 500, 3000):
        yield Value(f"text of {size} words", (("SET", "key", _text(rng, size)),))
    for size in (10, 22, 100, 1000, 20_000):
        few = bytes(rng.choice((0, 1, 2, 255, 65)) for _ in range(size))
        yield Value(f"{size} bytes of five", (("SET", "key", few),))
        yield Value(f"{size} bytes of any", (("SET", "key", rng.randbytes(size)),))


def _lists() -> Iterator[Value]:
    rng = random.Random(2)
    for size in (1, 5, 100, 129, 700, 3000):
        numbers = tuple(("RPUSH", "key", number * 37 - 500) for number in range(size))
        yield Value(f"list of {size} numbers", numbers)
        texts = tuple(("RPUSH", "key", _text(rng, 1 + number % 4)) for number in range(size))
        yield Value(f"list of {size} texts", texts)
    large = ("a", "x" * 9000, "b", rng.randbytes(8192), "c", rng.randbytes(8180), "y" * 20_000)
    yield Value("list of large elements", tuple(("RPUSH", "key", item) for item in large))


def _sets() -> Iterator[Value]:
    for size in (1, 5, 500):
        cubes = tuple(("SADD", "key", number**3 * (-1) ** number) for number in range(size))
        yield Value(f"set of {size} integers", cubes)
    yield Value("set of large integers", (("SADD", "key", 2**40, -(2**62), 7),))
    yield Value("set of one word", (("SADD", "key", "word"),))
    for size in (20, 128, 129, 600):
        words = tuple(("SADD", "key", f"member {number}") for number in range(size))
        yield Value(f"set of {size} words", words, determined=False)
    many = tuple(("SADD", "key", number) for number in range(600))
    yield Value("set of too many integers", many, determined=False)


def _sorted_sets() -> Iterator[Value]:
    scores = tuple(("ZADD", "key", score, f"m{score}") for score in SCORES)
    yield Value("sorted set of strange scores", scores)
    rng = random.Random(3)
    for size in (1, 50, 128, 129, 600):
        pairs = tuple(
            ("ZADD", "key", rng.randint(-50, 50) / 8, f"m{number}") for number in range(size)
        )
        yield Value(f"sorted set of {size}", pairs)
    yield Value("sorted set with a long member", (("ZADD", "key", 1.5, "m" * 65),))


def _hashes() -> Iterator[Value]:
    rng = random.Random(4)
    for size in (1, 30, 128):
        fields = tuple(
            (
                "HSET",
                "key",
                f"field {number}",
                rng.choice((number, _text(rng, 2), -(10**number % 9))),
            )
            for number in range(size)
        )
        yield Value(f"hash of {size}", fields)
    yield Value("hash of one long value", (("HSET", "key", "field", "v" * 65),))
    for size in (513, 700):
        many = tuple(("HSET", "key", f"f{number}", number) for number in range(size))
        yield Value(f"hash of {size}", many, determined=False)


def _streams() -> Iterator[Value]:
    def entry(number: int) -> Words:
        fields = ("a", number, "b", "text " * (number % 5))
        if number % 4 == 3:
            fields = ("a", number, "c", "x", "d", number * number)
        return ("XADD", "key", f"{1000 + number}-{number % 3}", *fields)

    for size in (1, 10, 100, 101, 250):
        yield Value(f"stream of {size}", tuple(entry(number) for number in range(size)))
    steps = ("5-9", "6-1", "6-200", "18446744073709551615-3")
    yield Value("stream of large steps", tuple(("XADD", "key", at, "f", "v") for at in steps))
    yield Value(
        "stream without entries", (("XADD", "key", "5-9", "a", "b"), ("XDEL", "key", "5-9"))
    )
    yield Value(
        "stream with groups",
        (
            *(("XADD", "key", f"{number}-0", "a", number) for number in range(1, 30)),
            ("XGROUP", "CREATE", "key", "one", "0"),
            ("XGROUP", "CREATE", "key", "two", "5-0"),
            ("XGROUP", "CREATE", "key", "last", "$", "ENTRIESREAD", 7),
            ("XSETID", "key", "100-0", "ENTRIESADDED", 77, "MAXDELETEDID", "3-0"),
        ),
    )
    yield Value(
        "stream with pending entries and holes",
        (
            *(("XADD", "key", f"{number}-0", "a", number) for number in range(1, 30)),
            ("XDEL", "key", "3-0", "17-0"),
            ("XGROUP", "CREATE", "key", "group", "0"),
            ("XGROUP", "CREATECONSUMER", "key", "group", "idle"),
            ("XREADGROUP", "GROUP", "group", "bob", "COUNT", 5, "STREAMS", "key", ">"),
            ("XREADGROUP", "GROUP", "group", "ann", "COUNT", 3, "STREAMS", "key", ">"),
            ("XACK", "key", "group", "2-0"),
            ("XCLAIM", "key", "group", "ann", 0, "5-0", "RETRYCOUNT", 9),
        ),
        determined=False,
    )


VALUES = [*_strings(), *_lists(), *_sets(), *_sorted_sets(), *_hashes(), *_streams()]

READINGS: dict[bytes, Callable[[Any], Any]] = {
    b"string": lambda say: say("GET", "key"),
    b"list": lambda say: say("LRANGE", "key", 0, -1),
    b"set": lambda say: sorted(say("SMEMBERS", "key")),
    b"zset": lambda say: [
        float(word) if place % 2 else word
        for place, word in enumerate(say("ZRANGE", "key", 0, -1, "WITHSCORES"))
    ],
    b"hash": lambda say: sorted(zip(*[iter(say("HGETALL", "key"))] * 2, strict=True)),
    b"stream": lambda say: _without_times(say("XINFO", "STREAM", "key", "FULL", "COUNT", 0)),
}


def contents(say: Callable[..., Any], key: str = "key") -> Any:
    """The type of what a key holds, and all of it."""
    kind = say("TYPE", key)
    return kind, READINGS[kind](
        lambda *words: say(words[0], *(key if w == "key" else w for w in words[1:]))
    )


def _without_times(stream: list[Any]) -> Any:
    """XINFO's reply without what depends on the server's structures and on when it was asked."""
    told = dict(zip(stream[::2], stream[1::2], strict=True))
    for name in (b"radix-tree-keys", b"radix-tree-nodes"):
        del told[name]
    for group in told[b"groups"]:
        consumers = group[group.index(b"consumers") + 1]
        group[group.index(b"consumers") + 1] = [
            {
                name: value
                for name, value in zip(consumer[::2], consumer[1::2], strict=True)
                if name not in (b"seen-time", b"active-time")
            }
            for consumer in consumers
        ]
    return told
