"""How many bytes of reply are expected of a command."""

import pytest
from glide_shared.request_type import RequestType

from adapter.state.weighing import SHORT, UNKNOWN, Weights, weight


@pytest.mark.parametrize(
    ("reply", "bytes_"),
    [
        (None, SHORT),
        (5, SHORT),
        (b"x" * 100, SHORT + 100),
        ([b"x" * 84] * 1000, SHORT + 100 * 1000),
        ({b"f" * 4: b"v" * 84}, SHORT + 20 + 100),
        ([], SHORT),
    ],
)
def test_a_reply_is_weighed_by_its_first_elements(reply, bytes_):
    assert weight(reply) == bytes_


def test_a_sort_that_was_never_heard_of_may_be_long_if_it_has_no_bound():
    weights = Weights()

    assert weights.of(RequestType.Get, SHORT) == UNKNOWN
    assert weights.of(RequestType.RPush, SHORT) == SHORT
    assert weights.of(RequestType.SetRange, SHORT) == SHORT


def test_long_replies_are_believed_at_once_and_short_ones_by_and_by():
    weights = Weights()

    weights.learn(RequestType.Get, b"")
    assert weights.of(RequestType.Get, SHORT) == SHORT
    weights.learn(RequestType.Get, b"x" * 1000)
    assert weights.of(RequestType.Get, SHORT) == 1000 + SHORT
    weights.learn(RequestType.Get, b"")
    assert weights.of(RequestType.Get, SHORT) == (1000 + SHORT + SHORT) / 2


def test_what_has_a_bound_is_not_learned():
    weights = Weights()

    weights.learn(RequestType.RPush, b"x" * 1000)

    assert weights.of(RequestType.RPush, SHORT) == SHORT


@pytest.mark.parametrize(
    ("types", "bytes_"),
    [
        ([], 0),
        ([RequestType.RPush] * 10, 10 * SHORT),
        ([RequestType.RPush, RequestType.Get], SHORT + UNKNOWN),
        ([RequestType.Get] * 3, 3 * UNKNOWN),
    ],
)
def test_requests_exceed_what_is_less_than_all_their_replies(types, bytes_):
    weights = Weights()

    assert not weights.exceed(bytes_, types)
    assert weights.exceed(bytes_ - 1, types)
