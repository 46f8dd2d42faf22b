"""What leaves together, and in which order."""

from glide_shared.request_type import RequestType

from adapter.state.batching import (
    AT_ONCE,
    MANY,
    MOST_REPLIED,
    NOT_NOW,
    SOON,
    Batching,
    Flight,
    Group,
)
from adapter.state.weighing import UNKNOWN
from adapter.translate.plan import Lane, Native, Plan, together


def plan(word: str, lane: Lane = Lane.SHARED) -> Plan:
    words = [word.encode()]
    return Plan(words, (RequestType.CustomCommand, words), lambda words, reply: reply, lane)


def short(number: int) -> Plan:
    """A command whose reply is known to be short."""
    words = [b"INCRBY", b"%d" % number]
    return Plan(words, (RequestType.IncrBy, words), lambda words, reply: reply)


def names(flight: Flight[str] | None) -> list[str]:
    assert flight is not None
    return [words[0].decode() for _, words in flight.natives]


def test_what_is_asked_before_the_flight_leaves_travels_in_it_in_order():
    batching: Batching[str] = Batching()
    for word in "abc":
        batching.put(plan(word), word)

    flight = batching.take()

    assert names(flight) == ["a", "b", "c"]
    assert len(batching) == 0


def test_only_the_first_to_queue_must_see_to_the_departure():
    batching: Batching[str] = Batching()

    assert batching.put(plan("a"), "a") == SOON
    assert batching.put(plan("b"), "b") == NOT_NOW


def test_many_callers_take_turns_half_of_them_in_the_air():
    batching: Batching[str] = Batching()
    flight = flown(batching, MANY)
    batching.landed(flight, [b"reply"] * MANY)
    assert not batching.next_at_once

    said = [batching.put(short(number), "") for number in range(MANY // 2)]
    assert said == [SOON, *[NOT_NOW] * (MANY // 2 - 2), AT_ONCE]
    first_half = batching.take()
    assert first_half is not None
    assert len(first_half.tickets) == MANY // 2

    assert {batching.put(short(number), "") for number in range(MANY // 2)} == {NOT_NOW}
    batching.landed(first_half, [b"reply"] * (MANY // 2))
    assert batching.next_at_once


def test_the_halves_of_many_callers_become_equal_whatever_the_first_flight_took():
    batching: Batching[str] = Batching()
    flight = flown(batching, 10)
    for number in range(990):
        batching.put(short(number), "")

    for comes_back in (10, 500):
        batching.landed(flight, [b"reply"] * len(flight.tickets))
        half = batching.take()
        assert half is not None
        assert len(half.tickets) == 500
        flight = half
        for number in range(comes_back):
            batching.put(short(number), "")


def test_who_asks_after_a_flight_for_which_nobody_waited_leaves_with_all_the_others():
    batching: Batching[str] = Batching()
    batching.landed(flown(batching, 1), [b"reply"])

    assert len(flown(batching, 500).tickets) == 500


def test_pipelines_take_turns_as_other_callers_do():
    batching: Batching[str] = Batching()
    first = flown(batching, 1)
    for number in range(2 * MANY):
        batching.put(Group([short(number).native] * 3, Lane.SHARED, atomic=False), "")

    batching.landed(first, [b"reply"])
    half = batching.take()
    assert half is not None
    assert len(half.tickets) == MANY + 1


def test_few_callers_leave_together():
    batching: Batching[str] = Batching()
    flight = flown(batching, MANY - 1)
    batching.landed(flight, [b"reply"] * (MANY - 1))

    said = [batching.put(short(number), "") for number in range(10 * MANY)]

    assert said == [SOON, *[NOT_NOW] * (10 * MANY - 1)]


def flown(batching: Batching[str], count: int) -> Flight[str]:
    """A flight of so many, in the air."""
    for number in range(count):
        batching.put(short(number), "")
    flight = batching.take()
    assert flight is not None
    assert len(flight.tickets) == count
    return flight


def test_one_flight_is_in_the_air_at_a_time():
    batching: Batching[str] = Batching()
    batching.put(plan("a"), "a")
    batching.take()

    assert not batching.put(plan("b"), "b")
    assert batching.take() is None

    batching.landed()
    assert names(batching.take()) == ["b"]


def test_a_shared_command_goes_along_with_its_neighbours_whatever_their_connection():
    assert flights(SHARED="a", PLAIN="b") == [(Lane.PLAIN, ["a", "b"])]
    assert flights(PLAIN="a", SHARED="b") == [(Lane.PLAIN, ["a", "b"])]
    assert flights(SHARED="a", HOME="b") == [(Lane.HOME, ["a", "b"])]


def test_a_flight_ends_where_a_connection_is_needed_that_it_does_not_use():
    assert flights(PLAIN="a", HOME="b") == [(Lane.PLAIN, ["a"]), (Lane.HOME, ["b"])]
    assert flights(HOME="a", SHARED="b", PLAIN="c") == [
        (Lane.HOME, ["a", "b"]),
        (Lane.PLAIN, ["c"]),
    ]


def flights(**asked: str) -> list[tuple[Lane, list[str]]]:
    """The lanes and names of the flights in which these leave, one after the other."""
    batching: Batching[str] = Batching()
    for lane, word in asked.items():
        batching.put(plan(word, Lane[lane]), word)
    found = []
    while (flight := batching.take()) is not None:
        found.append((flight.lane, names(flight)))
        batching.landed()
    return found


def test_what_changes_the_connection_travels_alone():
    batching: Batching[str] = Batching()
    for word in ("a", "b"):
        batching.put(plan(word, Lane.SESSION), word)

    assert names(batching.take()) == ["a"]
    batching.landed()
    assert names(batching.take()) == ["b"]


def test_a_transaction_shares_its_flight_with_nobody():
    batching: Batching[str] = Batching()
    batching.put(plan("a"), "a")
    batching.put(Group([plan("b").native, plan("c").native], Lane.SHARED, atomic=True), "bc")
    batching.put(plan("d"), "d")

    first = batching.take()
    batching.landed()
    second = batching.take()
    batching.landed()

    assert (names(first), names(second)) == (["a"], ["b", "c"])
    assert second is not None
    assert second.atomic
    assert names(batching.take()) == ["d"]


def test_a_flight_is_bounded_by_commands_and_by_bytes():
    counted: Batching[str] = Batching(most_commands=2)
    weighed: Batching[str] = Batching(most_bytes=5)
    for batching in (counted, weighed):
        for word in ("aaa", "bb", "c"):
            batching.put(plan(word), word)

    assert names(counted.take()) == ["aaa", "bb"]
    assert names(weighed.take()) == ["aaa", "bb"]


def test_what_is_larger_than_a_flight_may_be_travels_all_the_same():
    batching: Batching[str] = Batching(most_commands=1, most_bytes=1)
    batching.put(Group([plan("aaa").native, plan("b").native], Lane.SHARED, atomic=False), "all")

    assert names(batching.take()) == ["aaa", "b"]


def test_everybody_gets_his_own_share_of_the_replies():
    batching: Batching[str] = Batching()
    batching.put(plan("a"), "one")
    batching.put(Group([plan("b").native, plan("c").native], Lane.SHARED, atomic=False), "two")
    batching.put(plan("d"), "three")
    flight = batching.take()

    assert flight is not None
    assert list(flight.shares([1, 2, 3, 4])) == [("one", 1), ("two", [2, 3]), ("three", 4)]


def test_the_reply_of_a_transaction_is_handed_over_as_a_whole():
    batching: Batching[str] = Batching()
    batching.put(Group([plan("a").native], Lane.SHARED, atomic=True), "mine")
    flight = batching.take()

    assert flight is not None
    assert list(flight.shares(None)) == [("mine", None)]


def get(key: str) -> Plan:
    words = [b"GET", key.encode()]
    return Plan(words, (RequestType.Get, words[1:]), lambda words, reply: reply)


PING: Native = (RequestType.Ping, [])


def test_the_first_of_a_sort_with_replies_of_any_length_leave_in_a_small_flight():
    batching: Batching[str] = Batching()
    for number in range(500):
        batching.put(get(str(number)), "")
    scouts = batching.take()

    assert scouts is not None
    assert len(scouts.natives) == MOST_REPLIED // UNKNOWN

    batching.landed(scouts, [b"short"] * len(scouts.natives))
    rest = batching.take()
    assert rest is not None
    assert len(rest.natives) == 250


def test_long_replies_are_asked_for_few_at_a_time():
    batching: Batching[str] = Batching()
    for number in range(500):
        batching.put(get(str(number)), "")
    scouts = batching.take()
    assert scouts is not None
    batching.landed(scouts, [b"x" * 100_000] * len(scouts.natives))

    flight = batching.take()

    assert flight is not None
    assert len(flight.natives) == 10


def test_a_ping_goes_first_where_more_waits_than_a_flight_takes():
    batching: Batching[str] = Batching(most_commands=2)
    for word in "abcd":
        batching.put(plan(word), word)
    batching.take()
    batching.put(PING, "ping")
    batching.landed()

    flight = batching.take()

    assert flight is not None
    assert flight.tickets == ["ping", "c"]


def test_a_ping_that_waited_before_it_was_known_goes_first_as_well():
    batching: Batching[str] = Batching(most_commands=2)
    for word in "abc":
        batching.put(plan(word), word)
    batching.put(PING, "ping")
    batching.put(plan("d"), "d")
    batching.put(PING, "another")

    flights = []
    while (flight := batching.take()) is not None:
        flights.append(flight.tickets)
        batching.landed()

    assert flights == [["a", "b"], ["ping", "another"], ["c", "d"]]


def test_a_ping_keeps_its_place_otherwise():
    batching: Batching[str] = Batching()
    batching.put(plan("a"), "a")
    batching.put(PING, "ping")
    batching.put(plan("b"), "b")

    flight = batching.take()

    assert flight is not None
    assert flight.tickets == ["a", "ping", "b"]


def test_of_more_calls_than_one_flight_takes_the_first_leave_in_order():
    batching: Batching[int] = Batching(most_commands=3)
    for number in range(7):
        batching.put(short(number), number)

    flights = []
    while (flight := batching.take()) is not None:
        flights.append((flight.tickets, [int(words[1]) for _, words in flight.natives]))
        batching.landed()

    assert flights == [([0, 1, 2], [0, 1, 2]), ([3, 4, 5], [3, 4, 5]), ([6], [6])]


def test_a_lane_is_shared_by_neighbours_of_one_other_lane_at_most():
    lanes = list(Lane)
    gathered = {Lane.SHARED, Lane.HOME, Lane.PLAIN}

    for one in lanes:
        assert together({one}) is (one if one in gathered else None)
        companion = one if one in gathered else None
        assert together({Lane.SHARED, one}) is companion
    assert together({Lane.HOME, Lane.PLAIN}) is None
    assert together({Lane.SHARED, Lane.HOME, Lane.PLAIN}) is None
