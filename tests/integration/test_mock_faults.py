"""``MockServer.faults``: each kind of fault, seen from the other end of a socket."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator

import pytest

from mock_backend import MockServer

GET = b"GET k\r\n"
VALUE = b"$5\r\nvalue\r\n"


@pytest.fixture
def faulty() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server
    assert server.bugs == []


class Caller:
    """A socket that says what it reads."""

    def __init__(self, server: MockServer) -> None:
        self.socket = socket.create_connection((server.host, server.port), timeout=10)

    def __call__(self, request: bytes, answer: bytes = b"") -> bytes:
        """Sends a request, and reads as many bytes as the answer should have."""
        self.socket.sendall(request)
        return self.read(len(answer))

    def read(self, count: int) -> bytes:
        """So many bytes, or what there was when the stream ended."""
        data = b""
        while len(data) < count and (more := self.socket.recv(count - len(data))):
            data += more
        return data

    def ended(self) -> bool:
        """Whether the stream has ended, with nothing before it."""
        return self.socket.recv(1) == b""

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *exception: object) -> None:
        self.socket.close()


@pytest.fixture
def caller(faulty: MockServer) -> Iterator[Caller]:
    with Caller(faulty) as caller:
        assert caller(b"SET k value\r\n", b"+OK\r\n") == b"+OK\r\n"
        yield caller


def test_an_error_line_happens_to_the_next_call_of_its_command(faulty, caller):
    faulty.faults.next("get").error("LOADING not yet")

    assert caller(b"PING\r\n", b"+PONG\r\n") == b"+PONG\r\n"
    assert caller(GET, b"-LOADING not yet\r\n") == b"-LOADING not yet\r\n"
    assert caller(GET, VALUE) == VALUE
    assert faulty.faults.met == 1


def test_a_fault_happens_as_often_as_was_asked_and_where(faulty, caller):
    faulty.faults.next("GET", times=2, skip=1).error("OOM no")
    refused = b"-OOM no\r\n"

    assert caller(GET * 4, VALUE + 2 * refused + VALUE) == VALUE + 2 * refused + VALUE


def test_a_fault_of_every_call_happens_until_it_is_cleared(faulty, caller):
    faulty.faults.every("").error("MISCONF no disk")
    refused = b"-MISCONF no disk\r\n"

    assert caller(GET * 2 + b"PING\r\n", refused * 3) == refused * 3
    faulty.faults.clear()
    assert caller(GET, VALUE) == VALUE
    assert faulty.faults.met == 3


def test_a_subcommand_is_meant_by_both_of_its_words(faulty, caller):
    faulty.faults.next("CLIENT SETNAME").error("ERR no names")

    assert caller(b"CLIENT GETNAME\r\n", b"$-1\r\n") == b"$-1\r\n"
    assert caller(b"CLIENT SETNAME me\r\n", b"-ERR no names\r\n") == b"-ERR no names\r\n"


def test_a_command_that_is_refused_in_a_transaction_loses_it(faulty, caller):
    faulty.faults.next("SET").error("OOM no")

    refused = b"+OK\r\n-OOM no\r\n+QUEUED\r\n-EXECABORT Transaction discarded"

    assert caller(b"MULTI\r\nSET k 1\r\nGET k\r\nEXEC\r\n", refused) == refused


def test_whatever_bytes_can_be_the_answer(faulty, caller):
    faulty.faults.next("GET").raw(b"\0\1garbage\r\n")

    assert caller(GET, b"\0\1garbage\r\n") == b"\0\1garbage\r\n"


def test_a_call_that_is_delayed_is_performed_at_once_and_others_go_on(faulty, caller):
    faulty.faults.next("INCR").delay(0.05)
    caller(b"INCR n\r\nGET n\r\n")

    with Caller(faulty) as other:
        while other(b"GET n\r\n", b"$1\r\n1\r\n") != b"$1\r\n1\r\n":
            other.read(5)
    assert caller.read(11) == b":1\r\n$1\r\n1\r\n"


def test_an_answer_in_pieces_is_the_whole_answer(faulty, caller):
    faulty.faults.next("GET").pieces(1)

    assert caller(GET + GET, VALUE * 2) == VALUE * 2


def test_a_delayed_client_may_leave(faulty, caller):
    faulty.faults.next("GET").delay(0.01)
    caller(GET)
    caller.socket.close()

    with Caller(faulty) as other:
        faulty.faults.next("GET").delay(0.02)
        assert other(GET, VALUE) == VALUE


def test_silence_is_for_whatever_follows_it_and_for_nobody_else(faulty, caller):
    faulty.faults.next("GET").silence()
    caller(GET + GET)

    with Caller(faulty) as other:
        assert other(GET, VALUE) == VALUE
    caller.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        caller.socket.recv(1)


def test_a_connection_is_closed_before_the_call_is_performed(faulty, caller):
    faulty.faults.next("DEL").close()
    caller(b"DEL k\r\n")

    assert caller.ended()
    with Caller(faulty) as other:
        assert other(GET, VALUE) == VALUE


def test_a_connection_is_closed_after_the_answer(faulty, caller):
    faulty.faults.next("DEL").close(after=True)

    assert caller(b"DEL k\r\n", b":1\r\n") == b":1\r\n"
    assert caller.ended()


def test_a_connection_is_closed_in_the_middle_of_the_answer(faulty, caller):
    faulty.faults.next("GET").cut(6)

    assert caller(GET, VALUE) == VALUE[:6]


def test_a_connection_is_broken_off(faulty, caller):
    faulty.faults.next("GET").reset()

    with pytest.raises(ConnectionResetError):
        caller(GET, VALUE)


def test_nobody_is_let_in_while_connections_are_refused(faulty, caller):
    with faulty.faults.refusing():
        with pytest.raises(ConnectionRefusedError):
            Caller(faulty)
        assert caller(GET, VALUE) == VALUE

    with Caller(faulty) as other:
        assert other(GET, VALUE) == VALUE


def test_a_server_that_refuses_connections_can_be_stopped():
    server = MockServer().start()
    with server.faults.refusing():
        server.stop()


@pytest.mark.parametrize("reset", [False, True])
def test_everybody_can_be_thrown_out(faulty, caller, reset):
    caller(b"BLPOP nothing 0\r\n")
    with Caller(faulty) as other:
        assert other(GET, VALUE) == VALUE
        faulty.faults.drop(reset=reset)
        for each in (caller, other):
            if reset:
                with pytest.raises(ConnectionResetError):
                    each.ended()
            else:
                assert each.ended()


async def test_faults_are_set_in_the_servers_own_loop_as_well():
    async with MockServer() as server:
        server.faults.next("PING").pieces(2)
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(b"PING\r\n")
        assert await reader.readexactly(7) == b"+PONG\r\n"
        writer.close()
        await writer.wait_closed()


def test_a_client_without_a_socket_meets_error_lines_too():
    server = MockServer()
    client = server.client()
    server.faults.next("GET").error("WRONGTYPE not so")

    assert client("GET", "k").line == "WRONGTYPE not so"
    assert client("GET", "k") is None


def test_nothing_stands_before_the_kernel_while_no_fault_is_set(faulty, caller):
    assert faulty.kernel.entrance == faulty.kernel.submit
    faulty.faults.next("GET").error("ERR once")
    assert faulty.kernel.entrance != faulty.kernel.submit

    caller(GET, b"-ERR once\r\n")

    assert faulty.kernel.entrance == faulty.kernel.submit


@pytest.mark.parametrize("how", ["delay", "pieces", "cut"])
def test_what_has_no_answer_cannot_be_slow(faulty, how):
    occasion = faulty.faults.next("CLIENT REPLY")
    {
        "delay": lambda: occasion.delay(0.01),
        "pieces": lambda: occasion.pieces(2),
        "cut": lambda: occasion.cut(3),
    }[how]()
    with Caller(faulty) as caller:
        caller.socket.sendall(b"CLIENT REPLY SKIP\r\nGET k\r\nPING\r\n")
        if how == "cut":
            assert caller.ended()
        else:
            assert caller.read(7) == b"+PONG\r\n"


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda faults: faults.next("GET", times=0), "times is 1 or more, not 0"),
        (lambda faults: faults.next("GET", skip=-1), "skip is 0 or more, not -1"),
        (lambda faults: faults.next("GET").pieces(0), "size is 1 or more, not 0"),
        (lambda faults: faults.next("GET").cut(-1), "size is 0 or more, not -1"),
        (lambda faults: faults.next("GET").delay(-1), "seconds is 0 or more, not -1"),
        (lambda faults: faults.next("GET").pieces(1, -1), "pause is 0 or more, not -1"),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_asked_for(faulty, ask, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        ask(faulty.faults)
