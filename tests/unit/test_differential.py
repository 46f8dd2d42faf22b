"""What the comparison with real servers hears, whenever it comes."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.integration.differential import pair
from tests.integration.differential.meeting import _timeless
from tests.integration.differential.parties import Heard

PONG = pair._PONG
EVENT = b"*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$1\r\nc\r\n$7\r\nexpired\r\n"


Ends = tuple[pair.Real, socket.socket]


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ends]:
    """A ``Real``, and the server's end of the connection that listens."""
    found: list[socket.socket] = []

    def connected(address: object, timeout: float) -> socket.socket:
        near, far = socket.socketpair()
        near.settimeout(timeout)
        found.append(far)
        return near

    monkeypatch.setattr(pair.socket, "create_connection", connected)
    real = pair.Real("127.0.0.1", 1)
    yield real, found[pair.LISTENER]
    real.close()
    for far in found:
        far.close()


def test_an_event_behind_the_answer_is_heard_the_next_time(ends: Ends) -> None:
    real, listener = ends

    listener.sendall(EVENT + PONG + EVENT)
    assert real.hear() == EVENT + PONG
    listener.sendall(PONG)
    assert real.hear() == EVENT + PONG


def test_a_server_that_closes_is_an_error(ends: Ends) -> None:
    real, listener = ends
    listener.shutdown(socket.SHUT_WR)

    with pytest.raises(ConnectionError):
        real.hear()


def test_a_monitor_is_compared_without_strangers_times_and_addresses() -> None:
    lines = (
        b'+1.5 [0 1.2.3.4:5] "GET" "k"\r\n'
        b'+1.6 [0 9.9.9.9:9] "PING"\r\n'
        b'+1.7 [1 lua] "get" "a\\nb"\r\n'
        b'+1.8 [0 1.2.3.4:5] "INFO"\r\n'
        b"+OK\r\n"
    )

    heard = _timeless(Heard(lines, False, "x"), {b"1.2.3.4:5"})

    assert heard == Heard(b'+[0 ] "GET" "k"\r\n+[1 lua] "get" "a\\nb"\r\n+OK\r\n', False, "x")
