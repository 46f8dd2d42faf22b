"""Pub/sub fan-out: messages that reach a thousand subscribers per second, on the bundled server and
on real ones.

Every subscriber is a bare socket, all in one selector loop that only counts bytes while the clock
runs: every subscriber is sent the same bytes, so what came is compared with them in one go.  None
may be lost, none may come out of order.  The servers are measured in turn, by the same program.
"""

from __future__ import annotations

import selectors
import socket
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

from benchmarks.contest import Contest, Contests, Sample
from benchmarks.goals import MOCK
from benchmarks.reports.pictures import Bars
from benchmarks.servers import everyone
from benchmarks.stage import Stage
from benchmarks.wire import request

CHANNEL: Final = b"news"
ONCE: Final = 1024 * 1024
PATIENCE_SECONDS: Final = 600
DEPTHS: Final = (1, 50, 1_000)


@dataclass
class Listener:
    """One subscriber and what it has received."""

    socket: socket.socket
    pieces: list[bytes] = field(default_factory=list)
    size: int = 0


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


PICTURES: Final = (Bars("delivery", "Pub/sub fan-out of the servers, to bare sockets"),)


def contests(stage: Stage) -> Contests:
    """Each protocol, by how many messages are published at a time."""
    size = 100 if stage.quick else 1_000
    with ExitStack() as stack:
        ports = everyone(stack, (MOCK, *stage.servers))
        for protocol in stage.pick((2, 3), (3,)):
            listeners = {name: subscribe(port, size, protocol) for name, port in ports.items()}
            for depth in stage.pick(DEPTHS, DEPTHS[:2]):
                yield Contest(
                    {"protocol": f"RESP{protocol}", "published at a time": depth},
                    {
                        # one by one is slow: it gets a share, so that it does not take for ever
                        name: _rate(
                            port,
                            listeners[name],
                            size if depth > 1 else size // 10,
                            depth,
                            protocol,
                        )
                        for name, port in ports.items()
                    },
                    unit="messages/s",
                    most_rounds=3,
                )
            for listener in (each for those in listeners.values() for each in those):
                listener.socket.close()


def _rate(port: int, listeners: list[Listener], messages: int, depth: int, protocol: int) -> Sample:
    return lambda: (
        len(listeners)
        * messages
        / deliver(port, listeners, messages=messages, depth=depth, protocol=protocol)
    )
