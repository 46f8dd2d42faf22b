"""One client's bytes, without a socket: order, pipelines, parking, protocol errors, closing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from mock_backend import MockServer, VirtualClock
from mock_backend.transport.connection import Connection
from mock_backend.transport.memory import MemoryClient


@dataclass
class Peer:
    """What the other end of a connection sees."""

    connection: Connection | None = None
    received: list[bytes] = field(default_factory=list)
    closed: bool = False
    unsent: int = 0
    paused: bool = False

    def pause(self, paused: bool) -> None:
        self.paused = paused

    def close(self) -> None:
        self.closed = True

    def send(self, data: bytes) -> bytes:
        """Sends, and returns what came back at once."""
        assert self.connection is not None
        before = len(self.received)
        self.connection.receive(data)
        return b"".join(self.received[before:])


@pytest.fixture
def peer(server: MockServer) -> Peer:
    peer = Peer()
    peer.connection = Connection(
        server.kernel,
        flush=peer.received.append,
        close=peer.close,
        unsent=lambda: peer.unsent,
        pause=peer.pause,
    )
    return peer


def request(*words: str) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(
        b"$%d\r\n%b\r\n" % (len(word), word.encode()) for word in words
    )


def test_a_pipeline_is_answered_in_order_and_in_one_write(peer: Peer) -> None:
    answer = peer.send(request("SET", "k", "1") + request("INCR", "k") + request("GET", "k"))

    assert answer == b"+OK\r\n:2\r\n$1\r\n2\r\n"
    assert len(peer.received) == 1


def test_a_reply_that_means_nothing_is_a_bug_that_ends_the_connection(
    server: MockServer, peer: Peer
) -> None:
    server.kernel.commands[b"get"].run = lambda ctx, words: [1, object()]

    answer = peer.send(request("GET", "k") + request("PING"))

    bug = b"-ERR bug in mock_backend: TypeError: a handler returned object, which is no reply\r\n"
    assert answer == b"*2\r\n:1\r\n" + bug
    assert peer.closed
    assert [type(bug) for bug in server.bugs] == [TypeError]
    server.bugs.clear()


def test_a_request_may_come_in_pieces(peer: Peer) -> None:
    data = request("SET", "k", "value")
    assert peer.send(data[:9]) == b""
    assert peer.send(data[9:20]) == b""
    assert peer.send(data[20:]) == b"+OK\r\n"


def test_empty_requests_are_passed_over(peer: Peer) -> None:
    assert peer.send(b"\r\n*0\r\n*-1\r\nGET k\r\n") == b"$-1\r\n"


def test_a_protocol_error_is_answered_and_ends_the_connection(peer: Peer) -> None:
    answer = peer.send(request("SET", "k", "1") + b"*1\r\n+x\r\n" + request("GET", "k"))

    assert answer == b"+OK\r\n-ERR Protocol error: expected '$', got '+'\r\n"
    assert peer.closed


def test_what_stands_behind_a_waiting_call_is_answered_after_it(
    peer: Peer, client: Callable[[], MemoryClient]
) -> None:
    assert peer.send(request("BLPOP", "l", "0") + request("GET", "k")) == b""

    client()("RPUSH", "l", "a")

    assert b"".join(peer.received) == b"*2\r\n$1\r\nl\r\n$1\r\na\r\n$-1\r\n"


def test_two_who_wait_for_each_other_do_not_recurse(
    server: MockServer, client: Callable[[], MemoryClient]
) -> None:
    """A thousand parked clients, each of whose next request serves the next one."""
    peers = []
    for number in range(1_000):
        peer = Peer()
        peer.connection = Connection(server.kernel, flush=peer.received.append, close=peer.close)
        peer.send(request("BLPOP", f"l{number}", "0") + request("RPUSH", f"l{number + 1}", "x"))
        peers.append(peer)

    client()("RPUSH", "l0", "x")

    assert all(b"".join(peer.received).endswith(b":1\r\n") for peer in peers)


def test_a_lost_connection_leaves_nothing_behind(server: MockServer, peer: Peer) -> None:
    assert peer.connection is not None
    peer.send(request("BLPOP", "l", "0"))
    peer.connection.lost()

    assert server.kernel.sessions == {}
    assert not server.kernel.waiting


def test_a_peer_that_takes_no_replies_gets_no_more_performed(
    server: MockServer, peer: Peer
) -> None:
    assert peer.connection is not None
    peer.unsent = 10_000_000
    peer.connection.hold()
    assert peer.paused
    assert peer.send(request("SET", "k", "1") + request("GET", "k")) == b""
    assert server.client()("GET", "k") is None

    peer.unsent = 0
    peer.connection.go_on()

    assert not peer.paused
    assert b"".join(peer.received) == b"+OK\r\n$1\r\n1\r\n"


def test_a_long_pipeline_does_not_gather_its_answers(peer: Peer) -> None:
    peer.send(request("SET", "k", "x" * 100_000))
    peer.send(request("GET", "k") * 20)

    assert len(peer.received) == 21


@pytest.fixture
def make_peer(server: MockServer) -> Callable[..., Peer]:
    """Peers that write what they receive to one list, with their names."""

    def make(name: str, heard: list[tuple[str, bytes]], *said: str) -> Peer:
        peer = Peer()
        peer.connection = Connection(
            server.kernel,
            flush=lambda data: heard.append((name, data)),
            close=peer.close,
            unsent=lambda: peer.unsent,
            pause=peer.pause,
        )
        for words in said:
            peer.connection.receive(request(*words.split()))
        return peer

    return make


def test_what_subscribers_are_told_in_one_turn_leaves_in_one_piece_before_the_answer(
    make_peer: Callable[..., Peer],
) -> None:
    heard: list[tuple[str, bytes]] = []
    make_peer("two", heard, "SUBSCRIBE c")
    make_peer("three", heard, "HELLO 3", "SUBSCRIBE c")
    publisher = make_peer("publisher", heard)
    heard.clear()

    assert publisher.connection is not None
    publisher.connection.receive(request("PUBLISH", "c", "1") + request("PUBLISH", "c", "2"))

    message = b"3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\n%d\r\n"
    assert heard == [
        ("two", b"*" + message % 1 + b"*" + message % 2),
        ("three", b">" + message % 1 + b">" + message % 2),
        ("publisher", b":2\r\n:2\r\n"),
    ]


def test_a_long_turn_does_not_gather_what_subscribers_are_told(
    make_peer: Callable[..., Peer],
) -> None:
    heard: list[tuple[str, bytes]] = []
    make_peer("subscriber", heard, "SUBSCRIBE c")
    publisher = make_peer("publisher", heard)
    heard.clear()

    assert publisher.connection is not None
    publisher.connection.receive(request("PUBLISH", "c", "x" * 10_000) * 100)

    sizes = [len(data) for name, data in heard if name == "subscriber"]
    assert sum(sizes) > 1_000_000
    assert max(sizes) < 100_000


def test_what_waits_for_time_is_told_when_it_is_over(
    make_peer: Callable[..., Peer], clock: VirtualClock
) -> None:
    heard: list[tuple[str, bytes]] = []
    make_peer("waiter", heard, "BLPOP l 5")

    clock.advance(5_000)

    assert heard == [("waiter", b"*-1\r\n")]


def test_a_subscriber_beyond_the_soft_limit_goes_when_its_seconds_are_over(
    server: MockServer, make_peer: Callable[..., Peer], clock: VirtualClock
) -> None:
    heard: list[tuple[str, bytes]] = []
    call = server.client()
    call("CONFIG", "SET", "client-output-buffer-limit", "pubsub 1000000 1000 10")
    slow = make_peer("slow", heard, "SUBSCRIBE c")
    assert slow.connection is not None
    slow.unsent = 5_000
    slow.connection.hold()

    assert call("PUBLISH", "c", "m") == 1
    clock.advance(10_000)
    assert not slow.closed
    clock.advance(1)

    assert slow.closed
    assert call("PUBLISH", "c", "m") == 0


def test_who_has_a_limit_is_heard_until_it_is_dropped(
    server: MockServer, make_peer: Callable[..., Peer]
) -> None:
    heard: list[tuple[str, bytes]] = []
    call = server.client()
    call("SET", "k", "x" * 1_000)
    call("CONFIG", "SET", "client-output-buffer-limit", "normal 6000000 0 0")
    slow = make_peer("slow", heard)
    assert slow.connection is not None
    slow.unsent = 5_999_000
    slow.connection.hold()
    assert not slow.paused

    slow.connection.receive(request("GET", "k"))

    assert slow.closed
    assert heard == []
    assert server.kernel.statistics.output_limited == 1


@pytest.mark.parametrize("said", [request("QUIT"), b"*x\r\n"], ids=["quit", "malformed"])
def test_who_is_told_nothing_is_not_closed_either(peer: Peer, said: bytes) -> None:
    peer.send(request("CLIENT", "REPLY", "OFF"))
    assert peer.send(said + request("PING")) == b""
    assert not peer.closed


def test_a_browser_is_closed_without_a_word(peer: Peer) -> None:
    assert peer.send(request("PING") + b"POST / HTTP/1.1\r\nSET k v\r\n") == b""
    assert peer.closed
