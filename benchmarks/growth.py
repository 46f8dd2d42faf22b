"""What an operation of the bundled server costs as its data grow, and what a million keys weigh.

The first table is measured inside one process, without sockets: microseconds per call, the best of
several rounds.  The second compares the resident memory of the bundled server with that of a real
one, both filled with the same small strings.
"""

from __future__ import annotations

import argparse
import gc
import platform
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks.servers import find_program, free_port, running, without_persistence
from mock_backend import MockServer
from mock_backend.replies import ReplyError

SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
CALLS: Final = 200
ROUNDS: Final = 5
AT_MOST: Final = 4.0
"""How many times the memory of the real server is allowed."""

Words = list[bytes]
Submit = Callable[[Words], object]

OPERATIONS: Final[dict[str, str]] = {
    "ZADD": "ZADD z {score} m{some}",
    "ZRANK": "ZRANK z m{some}",
    "ZRANGEBYSCORE, 10 members": "ZRANGEBYSCORE z {score} +inf LIMIT 0 10",
    "ZRANGE in the middle, 10 members": "ZRANGE z {middle} {behind}",
    "LINDEX in the middle": "LINDEX l {middle}",
    "LRANGE in the middle, 10 elements": "LRANGE l {middle} {behind}",
    "LSET in the middle": "LSET l {middle} x",
    "LPUSH": "LPUSH l x",
    "HSCAN, one step": "HSCAN h {middle}",
    "SSCAN, one step": "SSCAN s {middle}",
    "HRANDFIELD": "HRANDFIELD h",
    "SRANDMEMBER": "SRANDMEMBER s",
    "XRANGE in the middle, 10 entries": "XRANGE x {middle} + COUNT 10",
    "XREVRANGE, 10 entries": "XREVRANGE x + - COUNT 10",
    "GEOSEARCH, about 10 members": "GEOSEARCH g FROMLONLAT {longitude} 10 BYRADIUS {radius} km",
}
"""Name and call; the words in braces differ from call to call."""


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


def measure(submit: Submit, requests: list[Words]) -> float:
    """Microseconds per call."""
    for words in requests:  # what has to be promoted is promoted now
        reply = submit(words)
        if isinstance(reply, ReplyError) or reply in ([], None):
            raise SystemExit(f"{b' '.join(words).decode()} was answered {reply!r}")
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for words in requests:
            submit(words)
        best = min(best, time.perf_counter() - started)
    return best / len(requests) * 1e6


def grown(size: int) -> dict[str, float]:
    """Microseconds per call of every operation at this size."""
    server = MockServer()
    session = server.client().session
    kernel = server.kernel

    def submit(words: Words) -> object:
        return kernel.submit(session, words)

    fill(submit, size)
    gc.collect()
    gc.freeze()
    try:
        return {name: measure(submit, calls(line, size)) for name, line in OPERATIONS.items()}
    finally:
        gc.unfreeze()


def resident(pid: int) -> int:
    """Bytes of memory that a process holds (Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    line = next(line for line in lines if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


def weigh(words: list[str], port: int, keys: int) -> tuple[int, int]:
    """Resident bytes before and after ``keys`` small strings were set."""
    with running(words, port) as pid, socket.create_connection(("127.0.0.1", port)) as wire:
        before = resident(pid)
        replies = wire.makefile("rb")
        for numbers in portions(keys, 10_000):
            wire.sendall(b"".join(map(_set, numbers)))
            for _ in numbers:
                replies.readline()
        return before, resident(pid)


def _set(number: int) -> bytes:
    key, value = b"key:%012d" % number, b"value:%08d" % number
    return b"*3\r\n$3\r\nSET\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n" % (len(key), key, len(value), value)


def main(arguments: list[str] | None = None) -> None:
    """Prints both tables, for the eye or as Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--largest", type=int, default=SIZES[-1], help="default: %(default)s")
    parser.add_argument("--keys", type=int, default=1_000_000, help="small strings (%(default)s)")
    parser.add_argument("--against", default="redis-server", help="the real server's program")
    parser.add_argument("--markdown", action="store_true", help="tables as Markdown")
    chosen = parser.parse_args(arguments)
    sizes = [size for size in SIZES if size <= chosen.largest]
    columns = [grown(size) for size in sizes]
    times = [["microseconds per call", *(f"{size:,}" for size in sizes)]]
    for name in OPERATIONS:
        times.append([name, *(f"{column[name]:.1f}" for column in columns)])
    show(
        times,
        title=f"as the data grow (Python {platform.python_version()})",
        markdown=chosen.markdown,
    )

    port, other = free_port(), free_port()
    mock = weigh([sys.executable, "-m", "mock_backend", "--port", str(port)], port, chosen.keys)
    program = find_program(chosen.against)
    real = weigh(without_persistence(program, other), other, chosen.keys)
    ratio = mock[1] / real[1]
    weights = [["resident memory, MB", "empty", f"{chosen.keys:,} strings"]]
    for name, (before, after) in (("mock", mock), (chosen.against, real)):
        weights.append([name, f"{before / 2**20:.0f}", f"{after / 2**20:.0f}"])
    weights.append(["ratio", "", f"{ratio:.2f}x (at most {AT_MOST:.0f}x)"])
    show(weights, title="small strings", markdown=chosen.markdown)


def show(rows: list[list[str]], *, title: str, markdown: bool = False) -> None:
    """One table; the first row is its head, the first column its names."""
    head, *body = rows
    if markdown:
        print(f"\n{title}\n\n| {' | '.join(head)} |\n| --- |{' ---: |' * (len(head) - 1)}")
        for row in body:
            print(f"| {' | '.join(row)} |")
        return
    table = Table(title=title)
    for place, heading in enumerate(head):
        table.add_column(heading, justify="right" if place else "left")
    for row in body:
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
