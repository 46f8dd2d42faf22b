"""The commands that clients are measured with, in the spelling of each client.

``GET``, ``SET`` and ``HGETALL`` of a hash of 20 fields over a hundred keys each, and ``mixed``: ten
commands of five types in turn.  Values have 16 bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

KEYS: Final = 100
FIELDS: Final = 20
VALUE: Final = "0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Call:
    """One command: the words of it, and the method that redis-py and GLIDE have for it.

    ``glide`` are the arguments where GLIDE's method wants others.
    """

    words: list[str]
    method: str
    arguments: tuple[Any, ...]
    keywords: dict[str, Any] = field(default_factory=dict)
    glide: tuple[Any, ...] = ()

    @property
    def for_glide(self) -> tuple[Any, ...]:
        """The arguments of GLIDE's method."""
        return self.glide or self.arguments


@dataclass(frozen=True, slots=True)
class Workload:
    """Calls that are made in turn, over and over."""

    name: str
    calls: Sequence[Call]


def get(key: str) -> Call:
    return Call(["GET", key], "get", (key,))


def set_(key: str, value: str = VALUE) -> Call:
    return Call(["SET", key, value], "set", (key, value))


def hgetall(key: str) -> Call:
    return Call(["HGETALL", key], "hgetall", (key,))


def _mixed(number: int) -> list[Call]:
    text, count, hash_ = f"text:{number}", f"count:{number}", f"hash:{number}"
    list_, members, scores = f"list:{number}", f"set:{number}", f"scores:{number}"
    field_, score = "field:3", {VALUE: float(number)}
    return [
        set_(text),
        Call(["LPUSH", list_, VALUE], "lpush", (list_, VALUE), glide=(list_, [VALUE])),
        get(text),
        Call(
            ["HSET", hash_, field_, VALUE], "hset", (hash_, field_, VALUE),
            glide=(hash_, {field_: VALUE}),
        ),
        Call(["INCRBY", count, "3"], "incrby", (count, 3)),
        Call(["HGET", hash_, field_], "hget", (hash_, field_)),
        Call(["ZADD", scores, str(float(number)), VALUE], "zadd", (scores, score)),
        Call(["SADD", members, VALUE], "sadd", (members, VALUE), glide=(members, [VALUE])),
        Call(["LPOP", list_], "lpop", (list_,)),
        Call(["EXISTS", text], "exists", (text,), glide=([text],)),
    ]  # fmt: skip


GET: Final = Workload("GET", [get(f"text:{number}") for number in range(KEYS)])
SET: Final = Workload("SET", [set_(f"text:{number}") for number in range(KEYS)])
HGETALL: Final = Workload(
    f"HGETALL of {FIELDS} fields", [hgetall(f"hash:{number}") for number in range(KEYS)]
)
MIXED: Final = Workload("mixed", list(chain.from_iterable(map(_mixed, range(KEYS)))))

ALL: Final = (GET, SET, HGETALL, MIXED)
FEW: Final = (GET, MIXED)
"""Where time is short."""


def fill(client: Any) -> None:
    """Writes what the workloads read; ``client`` is a synchronous one of redis-py."""
    client.flushall()
    pipe = client.pipeline(transaction=False)
    for number in range(KEYS):
        pipe.set(f"text:{number}", VALUE)
        pipe.hset(f"hash:{number}", mapping={f"field:{each}": VALUE for each in range(FIELDS)})
    pipe.execute()
