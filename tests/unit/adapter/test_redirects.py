"""The way of one command through a cluster, without one."""

import pytest
from redis.exceptions import (
    AskError,
    AuthenticationError,
    ClusterDownError,
    ClusterError,
    ConnectionError,
    MovedError,
    ResponseError,
    TimeoutError,
    TryAgainError,
)

from adapter.state.redirects import (
    DOWN_SECONDS,
    PAUSE_SECONDS,
    Asked,
    Down,
    Lost,
    Moved,
    Pause,
    Send,
    journey,
)

MOVED = MovedError("5 host:1")
ASK = AskError("5 host:2")


def travel(*answers):
    """The steps of a journey from ``"here"``, and what came of it; an error is thrown to it."""
    way = journey("here", (AuthenticationError,))
    steps = [next(way)]
    for answer in answers:
        try:
            steps.append(way.throw(answer) if isinstance(answer, Exception) else way.send(answer))
        except StopIteration as end:
            return steps, end.value
        except Exception as error:
            return steps, error
    return steps, ...


def test_what_is_answered_at_once_has_one_step():
    assert travel("answer") == ([Send("here", False)], "answer")


def test_a_slot_that_has_moved_is_asked_for_where_it_is():
    steps, result = travel(MOVED, "there", "answer")
    assert steps == [Send("here", False), Moved(MOVED), Send("there", False)]
    assert result == "answer"


def test_a_slot_that_is_moving_opens_for_one_try():
    steps, result = travel(ASK, "there", TryAgainError(), "answer")
    assert steps == [
        Send("here", False),
        Asked("host:2"),
        Send("there", True),
        Send("there", False),
    ]
    assert result == "answer"


def test_after_some_tries_it_waits_between_them():
    steps, _ = travel(*[TryAgainError()] * 9)
    assert steps[:9] == [Send("here", False)] * 9
    assert steps[9] == Pause(PAUSE_SECONDS)


@pytest.mark.parametrize("kind", [ConnectionError, TimeoutError])
def test_a_node_that_is_lost_has_the_topology_looked_up(kind):
    error = kind("gone")
    steps, result = travel(error, None)
    assert steps == [Send("here", False), Lost("here", error)]
    assert result is error
    assert result.connection == "here"


def test_a_cluster_that_is_down_is_looked_up_after_a_while():
    error = ClusterDownError("down")
    steps, result = travel(error, None, None)
    assert steps == [Send("here", False), Pause(DOWN_SECONDS), Down(error)]
    assert result is error


@pytest.mark.parametrize("error", [AuthenticationError("no"), ResponseError("WRONGTYPE")])
def test_other_errors_are_the_callers(error):
    assert travel(error) == ([Send("here", False)], error)


def test_nobody_is_sent_about_for_ever():
    answers = [answer for _ in range(16) for answer in (MOVED, "there")]
    steps, result = travel(*answers)
    assert len([step for step in steps if isinstance(step, Send)]) == 16
    assert isinstance(result, ClusterError)
    assert str(result) == "TTL exhausted."
