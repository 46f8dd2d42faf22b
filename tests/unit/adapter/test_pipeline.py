"""Which commands of a pipeline travel together, and whose fault a refused transaction was."""

import pytest
from glide_shared.request_type import RequestType
from redis.exceptions import ExecAbortError, ResponseError

from adapter.state import pipeline
from adapter.translate.plan import Lane, Native, Plan


def plan(name: str, lane: Lane = Lane.SHARED) -> Plan:
    words = [name.encode()]
    return Plan(words, Native(RequestType.CustomCommand, words), pipeline.same, lane)


def test_neighbours_on_one_lane_share_a_run():
    plans = [plan("a"), plan("b"), plan("c", Lane.PLAIN), plan("d", Lane.PLAIN), plan("e")]

    found = [(run.lane, run.first, len(run.plans)) for run in pipeline.runs(plans)]

    assert found == [(Lane.SHARED, 0, 2), (Lane.PLAIN, 2, 2), (Lane.SHARED, 4, 1)]


def test_a_waiting_and_a_lonely_command_are_runs_of_their_own():
    plans = [plan("a"), plan("b", Lane.BLOCKING), plan("c", Lane.BLOCKING), plan("d", Lane.SESSION)]

    assert [len(run.plans) for run in pipeline.runs(plans)] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("lanes", "expected"),
    [
        ([Lane.SHARED, Lane.SHARED], Lane.SHARED),
        ([Lane.SHARED, Lane.BLOCKING], Lane.SHARED),
        ([Lane.SHARED, Lane.PLAIN], Lane.PLAIN),
        ([Lane.SESSION, Lane.PLAIN], Lane.SESSION),
    ],
)
def test_a_transaction_has_one_lane_and_nothing_waits_in_it(lanes, expected):
    assert pipeline.lane_of([plan("x", lane) for lane in lanes]) is expected


@pytest.mark.parametrize("length", [1, 2, 3, 7, 16])
def test_the_first_refused_command_is_found_without_running_any(length):
    natives = [plan(str(number)).native for number in range(length)]
    for guilty in range(length):
        refused = {guilty, length - 1}
        search = pipeline.culprit(natives)
        found = None
        try:
            probe = next(search)
            while True:
                assert probe[-1] is pipeline.POISON
                probe = search.send(any(int(native.words[0]) in refused for native in probe[:-1]))
        except StopIteration as finished:
            found = finished.value
        assert found == guilty


def test_the_poison_is_told_from_the_command_before_it():
    assert not pipeline.refused_earlier(
        ResponseError(f"unknown command '{pipeline.POISON_NAME}', with args beginning with: ")
    )
    assert pipeline.refused_earlier(ResponseError("wrong number of arguments for 'get' command"))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ResponseError("wrong number of arguments for 'get' command"), True),
        (ResponseError("EXEC without MULTI"), False),
        (ExecAbortError("Transaction discarded because of previous errors."), False),
        (ConnectionError("gone"), False),
    ],
)
def test_only_a_refusal_to_queue_is_numbered(error, expected):
    assert pipeline.refused_in_queue(error) is expected


@pytest.mark.parametrize(
    ("words", "request_type"),
    [
        ([b"WATCH", b"k"], RequestType.Watch),
        ([b"unwatch"], RequestType.UnWatch),
        ([b"DISCARD"], RequestType.Discard),
    ],
)
def test_what_a_route_refuses_has_a_typed_request_in_a_pipeline(words, request_type):
    assert pipeline.unplanned(words, "name").native == Native(request_type, words[1:])
