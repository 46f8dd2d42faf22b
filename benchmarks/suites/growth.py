"""What an operation of the bundled server costs as its data grow from a thousand to a million
elements.

Measured inside one process, without sockets: microseconds of processor time per call, over two
hundred different calls.  Whatever is O(log n) on the server has to stay near its first figure.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from typing import Final

from benchmarks.contest import Contest, Contests, Sample
from benchmarks.goals import MOCK
from benchmarks.reports.pictures import Lines
from benchmarks.stage import Stage
from mock_backend import MockServer
from mock_backend.replies import ReplyError

SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
CALLS: Final = 200

Words = list[bytes]
Submit = Callable[[Words], object]

OPERATIONS: Final[dict[str, dict[str, str]]] = {
    "sorted sets": {
        "ZADD": "ZADD z {score} m{some}",
        "ZRANK": "ZRANK z m{some}",
        "ZRANGEBYSCORE, 10 members": "ZRANGEBYSCORE z {score} +inf LIMIT 0 10",
        "ZRANGE in the middle, 10 members": "ZRANGE z {middle} {behind}",
    },
    "lists": {
        "LINDEX in the middle": "LINDEX l {middle}",
        "LRANGE in the middle, 10 elements": "LRANGE l {middle} {behind}",
        "LSET in the middle": "LSET l {middle} x",
        "LPUSH": "LPUSH l x",
    },
    "hashes and sets": {
        "HSCAN, one step": "HSCAN h {middle}",
        "SSCAN, one step": "SSCAN s {middle}",
        "HRANDFIELD": "HRANDFIELD h",
        "SRANDMEMBER": "SRANDMEMBER s",
    },
    "streams and positions": {
        "XRANGE in the middle, 10 entries": "XRANGE x {middle} + COUNT 10",
        "XREVRANGE, 10 entries": "XREVRANGE x + - COUNT 10",
        "GEOSEARCH, about 10 members": "GEOSEARCH g FROMLONLAT {longitude} 10 BYRADIUS {radius} km",
    },
}
"""Name and call, by type; the words in braces differ from call to call."""


def fill(submit: Submit, size: int) -> None:
    """A sorted set, a list, a hash, a set, a stream and positions of so many elements each."""
    for numbers in portions(size, 1_000):
        pairs = [(b"%d" % (number * 7919 % size), b"m%d" % number) for number in numbers]
        submit([b"ZADD", b"z", *(word for pair in pairs for word in pair)])
        submit([b"RPUSH", b"l", *(b"%d" % number for number in numbers)])
        submit([b"HSET", b"h", *(word for score, name in pairs for word in (name, score))])
        submit([b"SADD", b"s", *(name for _, name in pairs)])
        places = [_place(number, size) for number in numbers]
        named = zip(places, pairs, strict=True)
        submit([b"GEOADD", b"g", *(word for place, (_, name) in named for word in (*place, name))])
        for number in numbers:
            submit([b"XADD", b"x", b"%d-1" % (number + 1), b"f", b"v"])


def portions(count: int, size: int) -> Iterator[range]:
    """The numbers below ``count``, so many at a time."""
    for start in range(0, count, size):
        yield range(start, min(start + size, count))


def _place(number: int, size: int) -> tuple[bytes, bytes]:
    """Along a line of 100 degrees, in no order."""
    return b"%f" % (number * 7919 % size / size * 100), b"10"


def calls(line: str, size: int) -> list[Words]:
    """``CALLS`` different requests."""
    made: list[Words] = []
    for turn in range(CALLS):
        text = line.format(
            score=turn * 37 % size,
            some=turn * 7919 % size,
            middle=size // 2 + turn % 10,
            behind=size // 2 + turn % 10 + 9,
            longitude=turn % 80 + 5,
            radius=5 * 10_950 / size,
        )
        made.append(text.encode().split())
    return made


def microseconds(submit: Submit, requests: list[Words]) -> Sample:
    """A sample is microseconds per call.  Errors: ``SystemExit`` for a call that finds nothing."""
    for words in requests:  # what has to be promoted is promoted now
        reply = submit(words)
        if isinstance(reply, ReplyError) or reply in ([], None):
            raise SystemExit(f"{b' '.join(words).decode()} was answered {reply!r}")

    def sample() -> float:
        started = time.thread_time()
        for words in requests:
            submit(words)
        return (time.thread_time() - started) / len(requests) * 1e6

    return sample


PICTURES: Final = (
    Lines(
        "elements",
        "An operation of the mock, as the data grow",
        "elements",
        "elements",
        "type",
        "operation",
    ),
)


def contests(stage: Stage) -> Contests:
    """Every operation at every size."""
    for size in stage.pick(SIZES, SIZES[:2]):
        yield from grown(size)


def grown(size: int) -> Contests:
    """Every operation at this size."""
    server = MockServer()
    session = server.client().session
    kernel = server.kernel

    def submit(words: Words) -> object:
        return kernel.submit(session, words)

    fill(submit, size)
    gc.collect()
    gc.freeze()
    try:
        for kind, operations in OPERATIONS.items():
            for name, line in operations.items():
                yield Contest(
                    {"type": kind, "operation": name, "elements": size},
                    {MOCK: microseconds(submit, calls(line, size))},
                    unit="µs per call",
                )
    finally:
        gc.unfreeze()
