"""Who listens to what, the confirmations that GLIDE keeps to itself, and the events of it all."""

from __future__ import annotations

import pytest

from adapter.state.pubsub import Outlet, Reply, Subscriptions, events


@pytest.fixture
def bridge() -> Subscriptions:
    return Subscriptions()


@pytest.fixture
def outlet(bridge: Subscriptions) -> Outlet:
    return bridge.outlet()


def drained(outlet: Outlet) -> list[Reply]:
    replies = list(outlet)
    outlet.clear()
    return replies


def joined(bridge: Subscriptions, command: bytes, *names: bytes) -> frozenset[bytes]:
    change = bridge.join(command, names)
    bridge.joined()
    return change.new


def left(bridge: Subscriptions, command: bytes, *names: bytes) -> frozenset[bytes]:
    change = bridge.leave(command, names)
    bridge.left(change)
    return change.new


def test_every_subscription_is_confirmed_with_the_count_so_far(bridge, outlet):
    assert joined(bridge, b"SUBSCRIBE", b"a", b"b") == {b"a", b"b"}
    joined(bridge, b"PSUBSCRIBE", b"c*")

    assert drained(outlet) == [
        [b"subscribe", b"a", 1],
        [b"subscribe", b"b", 2],
        [b"psubscribe", b"c*", 3],
    ]


def test_subscribing_twice_is_confirmed_twice_and_asked_for_once(bridge, outlet):
    joined(bridge, b"SUBSCRIBE", b"a")

    assert not joined(bridge, b"SUBSCRIBE", b"a")
    assert drained(outlet) == [[b"subscribe", b"a", 1], [b"subscribe", b"a", 1]]


def test_a_message_that_outruns_its_confirmation_stands_behind_it(bridge, outlet):
    bridge.join(b"SUBSCRIBE", [b"a"])
    bridge.heard(b"a", b"hello", None)
    bridge.joined()

    assert drained(outlet) == [[b"subscribe", b"a", 1], [b"message", b"a", b"hello"]]


def test_a_subscription_that_was_refused_is_never_confirmed(bridge, outlet):
    joined(bridge, b"SUBSCRIBE", b"kept")

    bridge.join(b"SUBSCRIBE", [b"lost"])
    bridge.refused()
    bridge.joined()
    bridge.heard(b"lost", b"late", None)

    assert bridge.count == 1
    assert drained(outlet) == [[b"subscribe", b"kept", 1]]


def test_a_pattern_names_itself_before_the_channel(bridge, outlet):
    joined(bridge, b"PSUBSCRIBE", b"n*")
    drained(outlet)

    bridge.heard(b"news", b"hello", b"n*")

    assert drained(outlet) == [[b"pmessage", b"n*", b"news", b"hello"]]


def test_a_message_that_is_late_stands_before_the_confirmation_of_leaving(bridge, outlet):
    joined(bridge, b"SUBSCRIBE", b"a")
    joined(bridge, b"PSUBSCRIBE", b"a*")
    drained(outlet)
    left(bridge, b"UNSUBSCRIBE", b"a")
    left(bridge, b"PUNSUBSCRIBE", b"a*")

    bridge.heard(b"a", b"one", None)
    bridge.heard(b"a", b"one", b"a*")

    assert drained(outlet) == [
        [b"message", b"a", b"one"],
        [b"unsubscribe", b"a", 1],
        [b"pmessage", b"a*", b"a", b"one"],
        [b"punsubscribe", b"a*", 0],
    ]


def test_a_message_for_a_channel_that_was_left_is_dropped(bridge, outlet):
    joined(bridge, b"SUBSCRIBE", b"a")
    assert left(bridge, b"UNSUBSCRIBE", b"a") == {b"a"}
    drained(outlet)

    bridge.heard(b"a", b"late", None)

    assert drained(outlet) == []


def test_leaving_without_names_leaves_everything_of_that_kind(bridge, outlet):
    joined(bridge, b"SUBSCRIBE", b"a", b"b")
    joined(bridge, b"PSUBSCRIBE", b"p")
    drained(outlet)

    assert left(bridge, b"UNSUBSCRIBE") == {b"a", b"b"}
    assert drained(outlet) == [[b"unsubscribe", b"a", 2], [b"unsubscribe", b"b", 1]]
    assert bridge.count == 1


def test_leaving_what_was_never_joined_is_confirmed_and_not_asked_for(bridge, outlet):
    assert not left(bridge, b"PUNSUBSCRIBE", b"zz")
    assert drained(outlet) == [[b"punsubscribe", b"zz", 0]]


def test_leaving_everything_while_nothing_is_listened_to_is_confirmed_once(bridge, outlet):
    left(bridge, b"UNSUBSCRIBE")

    assert drained(outlet) == [[b"unsubscribe", None, 0]]


def test_every_reader_gets_everything(bridge, outlet):
    another = bridge.outlet()
    joined(bridge, b"SUBSCRIBE", b"a")
    drained(outlet)

    bridge.heard(b"a", b"x", None)

    assert drained(outlet) == [[b"message", b"a", b"x"]]
    assert drained(another) == [[b"subscribe", b"a", 1], [b"message", b"a", b"x"]]


def test_what_is_forgotten_can_be_asked_for_again(bridge, outlet):
    joined(bridge, b"SUBSCRIBE", b"a", b"b")
    joined(bridge, b"PSUBSCRIBE", b"p")

    assert bridge.forget() == [(b"SUBSCRIBE", (b"a", b"b")), (b"PSUBSCRIBE", (b"p",))]
    assert drained(outlet) == []
    assert bridge.count == 0
    assert bridge.forget() == []


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (
            [b"message", b"c", b"\xc3\xbc"],
            [("message", ("c", "ü")), ("messageBuffer", (b"c", b"\xc3\xbc"))],
        ),
        (
            [b"pmessage", b"c*", b"cc", b"x"],
            [("pmessage", ("c*", "cc", "x")), ("pmessageBuffer", ("c*", b"cc", b"x"))],
        ),
        (
            [b"smessage", b"s", b"x"],
            [("smessage", ("s", "x")), ("smessageBuffer", (b"s", b"x"))],
        ),
        ([b"subscribe", b"c", 1], [("subscribe", ("c", 1))]),
        ([b"punsubscribe", None, 0], [("punsubscribe", (None, 0))]),
        ([b"pong", b"x"], []),
        (b"PONG", []),
    ],
    ids=lambda value: "",
)
def test_events_have_the_arguments_of_ioredis(reply, told):
    def decode(data: bytes | None) -> str | None:
        return None if data is None else data.decode()

    assert list(events(reply, decode)) == told


def test_an_error_is_an_event_as_well():
    error = OSError()
    assert list(events(error, str)) == [("error", (error,))]
