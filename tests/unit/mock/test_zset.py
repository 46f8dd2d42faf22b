"""The sorted set against a plain model, and what only large ones show."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_backend.store.zset import LexRange, ScoreRange, ZSet
from mock_backend.transport.memory import MemoryClient

MEMBERS = st.binary(max_size=2)
SCORES = st.integers(-3, 3).map(float) | st.floats(allow_nan=False)
CHANGES = st.lists(
    st.tuples(st.just("set"), MEMBERS, SCORES)
    | st.tuples(st.just("remove"), MEMBERS, st.just(0.0))
    | st.tuples(st.just("look"), st.just(b""), st.just(0.0))
    | st.tuples(st.sampled_from(["lowest", "highest"]), st.just(b""), st.integers(1, 3).map(float)),
    max_size=40,
)


def changed(changes: list[tuple[str, bytes, float]]) -> tuple[ZSet, list[tuple[float, bytes]]]:
    """A sorted set after ``changes``, and what it should hold, in order."""
    zset, model = ZSet(), dict[bytes, float]()
    for what, member, number in changes:
        ordered = sorted((score, name) for name, score in model.items())
        if what == "set":
            zset.set(member, number)
            model[member] = number
        elif what == "remove":
            assert zset.remove(member) is (model.pop(member, None) is not None)
        elif what == "look":
            assert list(zset.order) == ordered
        else:
            highest = what == "highest"
            expected = (ordered[::-1] if highest else ordered)[: int(number)]
            assert zset.pop(int(number), highest=highest) == expected
            for _, name in expected:
                del model[name]
    return zset, sorted((score, name) for name, score in model.items())


@given(CHANGES)
@settings(deadline=None)
def test_the_order_follows_every_change(changes: list[tuple[str, bytes, float]]) -> None:
    zset, ordered = changed(changes)

    assert list(zset.order) == ordered
    assert len(zset) == len(ordered)
    for rank, (score, member) in enumerate(ordered):
        assert zset.rank(member) == rank
        assert zset.scores[member] == score


@given(CHANGES, SCORES, SCORES, st.booleans(), st.booleans())
@settings(deadline=None)
def test_a_range_of_scores_is_what_a_filter_finds(
    changes: list[tuple[str, bytes, float]], low: float, high: float, after: bool, before: bool
) -> None:
    zset, ordered = changed(changes)

    first, end = zset.span_of_scores(ScoreRange(low, high, after, before))

    assert ordered[first:end] == [
        (score, member)
        for score, member in ordered
        if (score > low if after else score >= low) and (score < high if before else score <= high)
    ]


@given(st.sets(MEMBERS), MEMBERS | st.none(), MEMBERS | st.none(), st.booleans(), st.booleans())
@settings(deadline=None)
def test_a_range_of_members_is_what_a_filter_finds(
    members: set[bytes], low: bytes | None, high: bytes | None, after: bool, before: bool
) -> None:
    zset = ZSet(dict.fromkeys(members, 1.0))
    wanted = LexRange(low, high, after, before)

    first, end = zset.span_of_members(wanted)

    found = [member for _, member in zset.between(first, end)]
    assert found == [m for m in sorted(members) if wanted.above(m) and wanted.below(m)]


def test_a_scan_sees_every_member_that_stays_whatever_comes_and_goes(call: MemoryClient) -> None:
    for number in range(600):
        call("ZADD", "z", number, f"m{number}")

    seen: dict[bytes, bytes] = {}
    cursor, rounds = b"0", 0
    while True:
        cursor, found = call("ZSCAN", "z", cursor, "COUNT", 7)
        seen.update(zip(found[::2], found[1::2], strict=True))
        call("ZREM", "z", f"m{rounds * 2 + 1}")
        call("ZADD", "z", -rounds, f"new{rounds}")
        rounds += 1
        if cursor == b"0":
            break

    stayed = {b"m%d" % number: b"%d" % number for number in range(0, 600, 2)}
    assert seen.items() >= stayed.items()
    assert rounds > 50


def test_random_members_differ_and_are_fair(call: MemoryClient) -> None:
    for number in range(10):
        call("ZADD", "z", number, f"m{number}")

    drawn = Counter(member for _ in range(400) for member in call("ZRANDMEMBER", "z", 5))
    assert len(drawn) == 10
    assert min(drawn.values()) > 100
    assert all(len(set(call("ZRANDMEMBER", "z", 9))) == 9 for _ in range(20))
    assert len(call("ZRANDMEMBER", "z", -50)) == 50


def test_members_with_scores_are_pairs_in_resp3(call: MemoryClient) -> None:
    call("HELLO", 3)
    call("ZADD", "z", 1, "a", 2.5, "b")

    assert call("ZRANGE", "z", 0, -1, "WITHSCORES") == [[b"a", 1.0], [b"b", 2.5]]
    assert call("ZUNION", 1, "z", "WITHSCORES") == [[b"a", 1.0], [b"b", 2.5]]
    assert call("ZRANDMEMBER", "z", 2, "WITHSCORES") == [[b"b", 2.5], [b"a", 1.0]]
    assert call("ZRANK", "z", "b", "WITHSCORE") == [1, 2.5]
    assert call("ZSCAN", "z", 0) == [b"0", [b"a", b"1", b"b", b"2.5"]]
    assert call("ZMPOP", 1, "z", "MIN") == [b"z", [[b"a", 1.0]]]
    assert call("ZPOPMAX", "z", 1) == [[b"b", 2.5]]
    call("ZADD", "z", 1, "a")
    assert call("ZPOPMAX", "z") == [b"a", 1.0]
