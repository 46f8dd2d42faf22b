"""The protocol byte by byte: what is malformed and what is only odd, cut anywhere, said to every
server alike; who closes, and what still arrives.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from mock_backend import MockServer
from mock_backend.resp.requests import encoded
from tests.integration.test_replication import until
from tests.integration.wire import Wire
from tests.targets import Server

Connect = Callable[..., Wire]

PING = b"*1\r\n$4\r\nPING\r\n"
PONG = b"+PONG\r\n"
BYE = encoded([b"QUIT"])
LINE = 64 * 1024


def unknown(name: bytes, *arguments: bytes) -> bytes:
    shown = b"".join(b"'%b' " % argument for argument in arguments)
    return b"-ERR unknown command '%b', with args beginning with: %b\r\n" % (name, shown)


def malformed(text: bytes) -> bytes:
    return b"-ERR Protocol error: %b\r\n" % text


COUNT = malformed(b"invalid multibulk length")
SIZE = malformed(b"invalid bulk length")
QUOTES = malformed(b"unbalanced quotes in request")
CLOSED = [
    *(
        (b"*%b\r\n" % count, COUNT)
        for count in (b"", b"x", b"+1", b" 1", b"01", b"1 ", b"-0", b"-")
    ),
    *((b"*%d\r\n" % count, COUNT) for count in (2**31, 2**63, -(2**63) - 1, 2**64)),
    *((b"*1\r\n$%b\r\n" % size, SIZE) for size in (b"", b"x", b"-1", b"+4", b"04", b" 4", b"4 ")),
    *((b"*1\r\n$%d\r\n" % size, SIZE) for size in (2**29 + 1, 2**63, -(2**63))),
    *(
        (b"*1\r\n%b1\r\n" % sign, malformed(b"expected '$', got '%b'" % sign))
        for sign in (
            b":",
            b"+",
            b"*",
            b"%",
            b"_",
            b"#",
            b",",
            b"(",
            b"=",
            b"~",
            b">",
            b"!",
            b"\xff",
        )
    ),
    (b"*2\r\n$4\r\nECHO\r\n+x\r\n", malformed(b"expected '$', got '+'")),
    (b"*2\r\n$4\r\nECHO\r\n(1\r\n", malformed(b"expected '$', got '('")),
    (b"*2\r\n$4\r\nECHO\r\n=5\r\ntxt:x\r\n", malformed(b"expected '$', got '='")),
    (b"*1\r\n\r\n", malformed(b"expected '$', got ' '")),
    *(
        (line + b"\r\n", QUOTES)
        for line in (b'"', b"'", b'ECHO "a', b"ECHO 'a", b'ECHO "a"b', b"'a'b")
    ),
    (PING + b"*x\r\n" + PING, PONG + COUNT),
    (b"PING\r\n*1\r\n$-1\r\nPING\r\n", PONG + SIZE),
    (b"QUIT\r\nPING\r\n", b"+OK\r\n"),
    (PING + BYE + b"*x\r\n", PONG + b"+OK\r\n"),
    (b"MULTI\r\n*x\r\n", b"+OK\r\n" + COUNT),
]
"""What is said, and the last words of the server, which closes."""

ANSWERED = [
    (b"PING\r\nPING\n\r\n\nping\r\n", PONG * 3),
    (b"*0\r\n*-1\r\n*-9223372036854775808\r\n" + PING, PONG),
    (PING + b"PING\r\n" + PING + b"ECHO a\r\n", PONG * 3 + b"$1\r\na\r\n"),
    (
        b'ECHO "a\\x00\\n\\"b"\r\n' + b"ECHO 'it\\'s \\n'\r\n",
        b"$5\r\na\0\n\"b\r\n$7\r\nit's \\n\r\n",
    ),
    (b'ECHO a\vb\r\nECHO "a"\v\r\nECHO c"d e"\r\n', b"$3\r\na\vb\r\n$1\r\na\r\n$4\r\ncd e\r\n"),
    (b"*1\r\n$4\rXPINGYY" + PING, PONG * 2),
    (b"*2\r\n$4\r\nECHO\r\n$2\r\n\r\n\r\n", b"$2\r\n\r\n\r\n"),
    (b"*1\r\n$0\r\n\r\n", unknown(b"")),
    (b"$4\r\nPING\r\n:1\r\n", unknown(b"$4") + PONG + unknown(b":1")),
    (b"CLIENT REPLY SKIP\r\n*0\r\nPING\r\n", PONG),
    (b"CLIENT REPLY OFF\r\nQUIT\r\nPING\r\n", b""),
    (b"CLIENT REPLY OFF\r\n*x\r\nPING\r\n", b""),
    (b"PING\r\nECHO a\0b\r\nPING\r\n", PONG),
    (b"*1\0\r\n$4\r\nPING\r\n", b""),
    (b"*1\r\n$4\0\r\nPING\r\n", b""),
    (b"GET / HTTP/1.1\r\n", b"-ERR wrong number of arguments for 'get' command\r\n"),
]
"""What is said, and what is answered; the connection stays."""


@pytest.fixture
def speak(server: Server, wire: Wire) -> Iterator[Callable[[list[bytes]], tuple[bytes, bool]]]:
    """Says it in these pieces, each of which the server has read before the next; what it answered,
    and whether it has closed.
    """
    opened: list[socket.socket] = []

    def turns(count: int) -> None:
        for _ in range(count):
            wire("PING")

    def say(pieces: list[bytes]) -> tuple[bytes, bool]:
        client = socket.create_connection((server.host, server.port), timeout=10)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.append(client)
        turns(3)
        told = b""
        try:
            for piece in pieces:
                client.sendall(piece)
                turns(2)
            turns(4)
            client.setblocking(False)
            while data := client.recv(65536):
                told += data
        except BlockingIOError:
            return told, False
        except ConnectionError:
            pass
        return told, True

    yield say
    for client in opened:
        client.close()


@pytest.mark.parametrize(("said", "answer"), CLOSED, ids=lambda value: repr(value)[:40])
def test_what_is_malformed_is_told_in_the_servers_words_and_ends_the_connection(
    speak: Callable[[list[bytes]], tuple[bytes, bool]], said: bytes, answer: bytes
) -> None:
    assert speak([said]) == (answer, True)
    middle = len(said) // 2
    assert speak([said[:middle], said[middle:]]) == (answer, True)


@pytest.mark.parametrize(("said", "answer"), ANSWERED, ids=lambda value: repr(value)[:40])
def test_what_is_odd_is_answered_and_the_connection_stays(
    speak: Callable[[list[bytes]], tuple[bytes, bool]], said: bytes, answer: bytes
) -> None:
    assert speak([said]) == (answer, False)
    assert speak([said[at : at + 1] for at in range(len(said))]) == (answer, False)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (b"a" * (LINE + 1), b"too big inline request"),
        (b"\0" * (LINE + 1), b"too big inline request"),
        (b"*" + b"1" * (LINE + 1), b"too big mbulk count string"),
        (b"*1\r\n$" + b"1" * (LINE + 1), b"too big bulk count string"),
    ],
    ids=["inline", "hidden", "count", "size"],
)
def test_a_line_may_have_64_kilobytes(
    speak: Callable[[list[bytes]], tuple[bytes, bool]], said: bytes, answer: bytes
) -> None:
    head = len(said) - LINE - 1
    assert speak([said[: head + LINE - 1]]) == (b"", False)
    assert speak([said]) == (malformed(answer), True)


@pytest.mark.parametrize("said", [b"POST / HTTP/1.1\r\n", b"host: x\r\n", b"*1\r\n$4\r\npost\r\n"])
def test_a_browser_is_told_nothing(
    speak: Callable[[list[bytes]], tuple[bytes, bool]], wire: Wire, said: bytes
) -> None:
    assert speak([said + b"SET k v\r\n"]) == (b"", True)
    assert speak([PING, b"MULTI\r\n", said]) == (PONG + b"+OK\r\n", True)
    assert wire("GET", "k") is None


def test_who_shuts_its_side_is_answered_what_it_has_said(
    speak: Callable[[list[bytes]], tuple[bytes, bool]], server: Server
) -> None:
    with closing(socket.create_connection((server.host, server.port), timeout=10)) as client:
        client.sendall(PING * 3 + b"*1\r\n$4\r\nPI")
        client.shutdown(socket.SHUT_WR)
        told = b""
        while data := client.recv(65536):
            told += data
    assert told == PONG * 3


@pytest.mark.parametrize("words", ["BLPOP l 0", "SUBSCRIBE c", "MULTI"])
def test_who_shuts_its_side_is_gone(connect: Connect, wire: Wire, words: str) -> None:
    client = connect()
    number = client("CLIENT", "ID")
    client.send(*words.split())
    said = f"cmd={words.split(maxsplit=1)[0].lower()}"
    until(lambda: said in wire("CLIENT", "LIST").decode())
    client.shut()
    until(lambda: wire("CLIENT", "LIST", "ID", number) == b"")
    assert wire("PUBLISH", "c", "m") == 0
    wire("RPUSH", "l", "a")
    assert wire("LLEN", "l") == 1


def test_a_pipeline_of_100_000_is_answered_in_order(wire: Wire) -> None:
    count = 100_000
    wire.send_bytes(encoded([b"INCR", b"n"]) * count)
    assert [wire.read() for _ in range(count)] == list(range(1, count + 1))


async def test_a_long_pipeline_lets_the_others_have_their_turn() -> None:
    """Both stand in the loop's way at once: one with all that fits a socket, one with a word."""
    request = encoded([b"INCR", b"n"])
    loop = asyncio.get_running_loop()
    async with MockServer() as server:
        address = (server.host, server.port)
        with (
            closing(socket.create_connection(address)) as many,
            closing(socket.create_connection(address)) as few,
        ):
            for client in (many, few):
                client.setblocking(False)
                client.send(PING)
                assert await loop.sock_recv(client, 100) == PONG
            assert many.send(request * 100_000) > 200_000
            few.send(encoded([b"GET", b"n"]))
            _, done, _ = (await loop.sock_recv(few, 100)).split(b"\r\n")
        assert int(done) <= 2 * 16 * 1024 // len(request)


@pytest.mark.targets("mock", "mock-redis")  # a real server gathers all of it
def test_who_does_not_read_is_not_heard_and_delays_nobody(connect: Connect, wire: Wire) -> None:
    lazy = connect()
    number = lazy("CLIENT", "ID")
    wire("SET", "k", b"x" * 100_000)
    lazy.send_bytes(encoded([b"GET", b"k"]) * 500 + encoded([b"SET", b"done", b"yes"]))
    waits = 0

    def stands_still() -> bool:
        nonlocal waits
        before = waits
        fields = dict(
            word.split("=", 1) for word in wire("CLIENT", "LIST", "ID", number).decode().split()
        )
        waits = int(fields["omem"])
        return waits == before > 0

    until(stands_still)
    assert waits < 8_000_000
    assert wire("EXISTS", "done") == 0

    assert all(len(lazy.read()) == 100_000 for _ in range(500))
    assert lazy.read() == b"OK"
    assert wire("EXISTS", "done") == 1


def test_every_message_reaches_every_subscriber_in_order(connect: Connect, wire: Wire) -> None:
    subscribers = [connect(protocol=2 + number % 2) for number in range(20)]
    for subscriber in subscribers:
        subscriber("SUBSCRIBE", "c")

    wire.send_bytes(b"".join(encoded([b"PUBLISH", b"c", b"%d" % each]) for each in range(1_000)))

    assert [wire.read() for _ in range(1_000)] == [20] * 1_000
    for subscriber in subscribers:
        messages = [subscriber.read() for _ in range(1_000)]
        assert messages == [[b"message", b"c", b"%d" % each] for each in range(1_000)]
