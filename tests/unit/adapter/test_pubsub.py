"""Who listens to what, and the confirmations that GLIDE keeps to itself."""

from adapter.state.pubsub import PubSubBridge


def drained(bridge: PubSubBridge) -> list[list[bytes | int | None]]:
    replies = list(bridge.inbox)
    bridge.inbox.clear()
    return replies


def test_every_subscription_is_confirmed_with_the_count_so_far():
    bridge = PubSubBridge()

    change = bridge.join(b"SUBSCRIBE", [b"a", b"b"])
    bridge.join(b"PSUBSCRIBE", [b"c*"])

    assert change.names == {b"a", b"b"}
    assert drained(bridge) == [
        [b"subscribe", b"a", 1],
        [b"subscribe", b"b", 2],
        [b"psubscribe", b"c*", 3],
    ]


def test_subscribing_twice_is_confirmed_twice_and_asked_for_once():
    bridge = PubSubBridge()
    bridge.join(b"SUBSCRIBE", [b"a"])

    change = bridge.join(b"SUBSCRIBE", [b"a"])

    assert not change.names
    assert drained(bridge) == [[b"subscribe", b"a", 1], [b"subscribe", b"a", 1]]


def test_a_message_comes_after_the_confirmation_of_its_channel():
    bridge = PubSubBridge()
    bridge.join(b"SUBSCRIBE", [b"a"])

    assert bridge.heard(b"a", b"hello", None)

    assert drained(bridge) == [[b"subscribe", b"a", 1], [b"message", b"a", b"hello"]]


def test_a_pattern_names_itself_before_the_channel():
    bridge = PubSubBridge()
    bridge.join(b"PSUBSCRIBE", [b"n*"])
    drained(bridge)

    bridge.heard(b"news", b"hello", b"n*")

    assert drained(bridge) == [[b"pmessage", b"n*", b"news", b"hello"]]


def test_a_message_that_is_late_stands_before_the_confirmation_of_leaving():
    bridge = PubSubBridge()
    bridge.join(b"SUBSCRIBE", [b"a"])
    bridge.join(b"PSUBSCRIBE", [b"a*"])
    drained(bridge)
    for command, name in ((b"UNSUBSCRIBE", b"a"), (b"PUNSUBSCRIBE", b"a*")):
        _, leaving = bridge.leaving(command, [name])
        bridge.left(command, leaving)

    assert bridge.heard(b"a", b"one", None)
    assert bridge.heard(b"a", b"one", b"a*")

    assert drained(bridge) == [
        [b"message", b"a", b"one"],
        [b"unsubscribe", b"a", 1],
        [b"pmessage", b"a*", b"a", b"one"],
        [b"punsubscribe", b"a*", 0],
    ]


def test_a_message_for_a_channel_that_was_left_is_dropped():
    bridge = PubSubBridge()
    bridge.join(b"SUBSCRIBE", [b"a"])
    change, leaving = bridge.leaving(b"UNSUBSCRIBE", [b"a"])
    bridge.left(b"UNSUBSCRIBE", leaving)
    drained(bridge)

    assert change.names == {b"a"}
    assert not bridge.heard(b"a", b"late", None)
    assert drained(bridge) == []


def test_leaving_without_names_leaves_everything_of_that_kind():
    bridge = PubSubBridge()
    bridge.join(b"SUBSCRIBE", [b"a", b"b"])
    bridge.join(b"PSUBSCRIBE", [b"p"])
    drained(bridge)

    change, leaving = bridge.leaving(b"UNSUBSCRIBE", [])
    bridge.left(b"UNSUBSCRIBE", leaving)

    assert change.names == {b"a", b"b"}
    assert drained(bridge) == [[b"unsubscribe", b"a", 2], [b"unsubscribe", b"b", 1]]
    assert bridge.count == 1


def test_leaving_what_was_never_joined_is_confirmed_and_not_asked_for():
    bridge = PubSubBridge()

    change, leaving = bridge.leaving(b"PUNSUBSCRIBE", [b"zz"])
    bridge.left(b"PUNSUBSCRIBE", leaving)

    assert not change.names
    assert drained(bridge) == [[b"punsubscribe", b"zz", 0]]


def test_leaving_everything_while_nothing_is_listened_to_is_confirmed_once():
    bridge = PubSubBridge()

    bridge.left(b"UNSUBSCRIBE", bridge.leaving(b"UNSUBSCRIBE", [])[1])

    assert drained(bridge) == [[b"unsubscribe", None, 0]]


def test_a_subscription_that_failed_was_never_confirmed():
    bridge = PubSubBridge()
    bridge.join(b"SUBSCRIBE", [b"kept"])

    bridge.failed_to_join(bridge.join(b"SUBSCRIBE", [b"lost"]))

    assert bridge.count == 1
    assert drained(bridge) == [[b"subscribe", b"kept", 1]]


def test_a_ping_is_answered_in_its_place_among_the_messages():
    bridge = PubSubBridge()
    bridge.join(b"SUBSCRIBE", [b"a"])
    bridge.pong(b"here")

    assert drained(bridge)[-1] == [b"pong", b"here"]
