"""Pub/sub fan-out: messages that reach their subscribers per second, on the mock and a real server.

Every subscriber is a bare socket, all in one selector loop that only counts bytes while the clock
runs: every subscriber is sent the same bytes, so what came is compared with them in one go.  None
may be lost, none may come out of order.  Both servers are measured in turn, round after round.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import selectors
import socket
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.mock_throughput import mock, real

CHANNEL = b"news"
ONCE = 1024 * 1024
PATIENCE_SECONDS = 600


@dataclass
class Listener:
    """One subscriber and what it has received."""

    socket: socket.socket
    pieces: list[bytes] = field(default_factory=list)
    size: int = 0


def request(*words: bytes) -> bytes:
    """A command as an array of bulk strings."""
    return b"*%d\r\n" % len(words) + b"".join(
        b"$%d\r\n%b\r\n" % (len(word), word) for word in words
    )


def message(protocol: int, payload: bytes) -> bytes:
    """What a subscriber is sent."""
    array = request(b"message", CHANNEL, payload)
    return array if protocol == 2 else b">" + array[1:]


def connect(port: int) -> socket.socket:
    """A connection to the server."""
    client = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def subscribe(port: int, count: int, protocol: int) -> list[Listener]:
    """So many subscribers, each of which has been told that it is one."""
    hello = request(b"HELLO", b"3") if protocol == 3 else b""
    told = (
        b"*" if protocol == 2 else b">"
    ) + b"3\r\n$9\r\nsubscribe\r\n$4\r\n%b\r\n:1\r\n" % CHANNEL
    listeners = []
    for _ in range(count):
        client = connect(port)
        client.sendall(hello + request(b"SUBSCRIBE", CHANNEL))
        listeners.append(Listener(client))
    for listener in listeners:
        answer = b""
        while not answer.endswith(told):
            answer += listener.socket.recv(4096)
        listener.socket.setblocking(False)
    return listeners


def deliver(
    port: int, listeners: list[Listener], *, messages: int, depth: int, protocol: int
) -> float:
    """Publishes so many messages, ``depth`` at a time; the seconds until all have reached
    everybody.  Errors: ``SystemExit``, if one is lost or out of order.
    """
    payloads = [b"message number %d" % number for number in range(messages)]
    expected = b"".join(message(protocol, payload) for payload in payloads)
    batches = [
        b"".join(request(b"PUBLISH", CHANNEL, payload) for payload in payloads[at : at + depth])
        for at in range(0, messages, depth)
    ]
    answer = b":%d\r\n" % len(listeners)
    publisher = connect(port)
    publisher.setblocking(False)
    selector = selectors.DefaultSelector()
    for listener in listeners:
        listener.pieces.clear()
        listener.size = 0
        selector.register(listener.socket, selectors.EVENT_READ, listener)
    selector.register(publisher, selectors.EVENT_READ, None)
    missing = len(listeners)
    answered = batch = 0
    deadline = time.monotonic() + PATIENCE_SECONDS
    started = time.perf_counter()
    publisher.sendall(batches[0])
    while missing or answered < messages * len(answer):
        if time.monotonic() > deadline:
            raise SystemExit(f"{missing} subscribers still miss messages")
        for key, _ in selector.select(1):
            data = key.fileobj.recv(ONCE)  # type: ignore[union-attr]
            if not data:
                raise SystemExit("the server has closed a connection")
            listener = key.data
            if listener is None:
                answered += len(data)
                if answered == min(messages, (batch + 1) * depth) * len(answer):
                    batch += 1
                    if batch < len(batches):
                        publisher.sendall(batches[batch])
                continue
            listener.pieces.append(data)
            listener.size += len(data)
            if listener.size >= len(expected):
                missing -= 1
    seconds = time.perf_counter() - started
    selector.close()
    publisher.close()
    for listener in listeners:
        if b"".join(listener.pieces) != expected:
            raise SystemExit("messages were lost, or came out of order")
    return seconds


def main(arguments: list[str] | None = None) -> None:
    """Prints one row for each way to publish."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--against", default="redis-server", help="the real server's program")
    parser.add_argument("--subscribers", type=int, default=1_000)
    parser.add_argument("--messages", type=int, default=1_000)
    parser.add_argument("--depths", type=int, nargs="*", default=[1, 50, 1_000])
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is shown")
    chosen = parser.parse_args(arguments)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    console = Console()
    console.print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {chosen.subscribers:,}"
        f" subscribers x {chosen.messages:,} messages, median of {chosen.rounds} rounds,"
        " both servers in turn"
    )
    table = Table(title="messages delivered per second")
    for heading in ("publishing", "protocol", "mock", chosen.against, "ratio"):
        table.add_column(heading, justify="left" if heading == "publishing" else "right")
    with ExitStack() as stack:
        ports = {
            "mock": stack.enter_context(mock()),
            chosen.against: stack.enter_context(real(chosen.against)),
        }
        for protocol in (2, 3):
            everybody = {
                name: subscribe(port, chosen.subscribers, protocol) for name, port in ports.items()
            }
            for depth in chosen.depths:
                rates: dict[str, list[float]] = {name: [] for name in ports}
                for _ in range(chosen.rounds):
                    for name, port in ports.items():
                        seconds = deliver(
                            port,
                            everybody[name],
                            messages=chosen.messages,
                            depth=depth,
                            protocol=protocol,
                        )
                        rates[name].append(chosen.subscribers * chosen.messages / seconds)
                ours, theirs = (median(each) for each in rates.values())
                how = "one by one" if depth == 1 else f"{depth:,} at a time"
                table.add_row(
                    how,
                    f"RESP{protocol}",
                    f"{ours:,.0f}",
                    f"{theirs:,.0f}",
                    f"{ours / theirs:.2f}x",
                )
            for listeners in everybody.values():
                for listener in listeners:
                    listener.socket.close()
    console.print(table)


if __name__ == "__main__":
    main()
