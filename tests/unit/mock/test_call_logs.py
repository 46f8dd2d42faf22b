"""COMMANDLOG and LATENCY GRAPH: what cannot be asked of the servers that the other tests have."""

from __future__ import annotations

import pytest

from mock_backend import MockServer, VirtualClock
from mock_backend.replies import ReplyError
from mock_backend.store import sparkline


def test_calls_of_many_bytes_are_logged() -> None:
    # on a clock that stands still nothing is slow, however busy the machine
    call = MockServer(compat="valkey-8.1", clock=VirtualClock()).client()
    call("CONFIG", "SET", "commandlog-request-larger-than", 50)
    call("SET", "k", "x" * 25)
    call("CONFIG", "SET", "commandlog-request-larger-than", -1)
    call("CONFIG", "SET", "commandlog-reply-larger-than", 30)
    call("GET", "k")
    call("PING")
    call("CONFIG", "SET", "commandlog-reply-larger-than", -1)

    request, setting = call("COMMANDLOG", "GET", -1, "large-request")
    assert request[2:4] == [52, [b"SET", b"k", b"x" * 25]]
    assert setting[3][0] == b"CONFIG"
    (reply,) = call("COMMANDLOG", "GET", -1, "LARGE-REPLY")
    assert reply[2:4] == [32, [b"GET", b"k"]]
    assert call("COMMANDLOG", "LEN", "slow") == 0
    call("COMMANDLOG", "RESET", "large-reply")
    assert call("COMMANDLOG", "LEN", "large-reply") == 0


def test_the_slow_log_has_two_names() -> None:
    clock = VirtualClock()
    call = MockServer(compat="valkey-8.1", clock=clock).client()
    call("CONFIG", "SET", "commandlog-execution-slower-than", 0)
    call("GET", "k")
    call("CONFIG", "SET", "slowlog-log-slower-than", -1)
    assert call("COMMANDLOG", "GET", 10, "slow") == call("SLOWLOG", "GET")
    assert call("SLOWLOG", "LEN") == 2


@pytest.mark.parametrize("compat", ["redis-8.0", "valkey-8.0"])
def test_other_servers_have_no_command_log(compat: str) -> None:
    reply = MockServer(compat=compat).client()("COMMANDLOG", "LEN", "slow")
    assert isinstance(reply, ReplyError)


def test_a_latency_graph_stands_on_four_lines() -> None:
    drawn = sparkline.draw([(10, "1m"), (20, "5s"), (15, "0s")])
    assert drawn.splitlines() == [" # ", " |_", " ||", "_||", "   ", "150", "mss"]
