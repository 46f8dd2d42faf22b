"""Plain data structures: globs, indexed dictionaries, long doubles."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from mock_backend.store import long_double
from mock_backend.store.glob import matches
from mock_backend.store.indexed import IndexedDict, IndexedSet, drawn
from mock_backend.store.lcs import longest


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        (b"*", b"", False),
        (b"**", b"", False),
        (b"", b"", True),
        (b"a*", b"abc", True),
        (b"a*c", b"abcbc", True),
        (b"a*d", b"abc", False),
        (b"?", b"a", True),
        (b"?", b"", False),
        (b"[abc]", b"b", True),
        (b"[^abc]", b"b", False),
        (b"[a-c]x", b"bx", True),
        (b"[c-a]", b"b", True),
        (b"[a-", b"-", True),
        (b"[abc", b"c", True),
        (b"[]", b"]", False),
        (rb"[\]]", b"]", True),
        (rb"\*", b"*", True),
        (rb"\*", b"a", False),
        (b"a\\", b"a\\", True),
        (b"h?llo*", b"hallo\nx", True),
        (b"*ab*ab*", b"abxab", True),
        (b"*ab*ab*", b"abab", True),
        (b"*aab", b"aaab", True),
        (b"[^]", b"x", True),
        (b"a.c", b"abc", False),
    ],
)
def test_a_glob_matches_what_the_server_matches(pattern: bytes, text: bytes, fits: bool) -> None:
    assert matches(pattern, text) is fits


def test_a_glob_of_many_stars_does_not_explode() -> None:
    assert not matches(b"a*" * 30 + b"b", b"a" * 2_000)


@pytest.mark.parametrize("kind", [IndexedDict, IndexedSet])
def test_a_scan_sees_whatever_stays_while_others_come_and_go(kind: type) -> None:
    chance = random.Random(1)
    staying = {b"stay%d" % number for number in range(300)}
    items = kind((name, b"") for name in staying) if kind is IndexedDict else kind(staying)
    seen: set[bytes] = set()
    passing: list[bytes] = []
    cursor = 0
    while True:
        cursor, found = items.scan(cursor, 7)
        seen.update(found)
        if not cursor:
            break
        for _ in range(5):
            if passing and chance.random() < 0.5:
                name = passing.pop(chance.randrange(len(passing)))
                items.pop(name) if isinstance(items, dict) else items.remove(name)
            else:
                name = b"pass%d" % chance.randrange(10**9)
                if isinstance(items, dict):
                    items[name] = b""
                else:
                    items.add(name)
                passing.append(name)

    assert staying <= seen


@pytest.mark.parametrize("kind", [IndexedDict, IndexedSet])
def test_a_scan_sees_nothing_twice_while_most_of_it_is_removed(kind: type) -> None:
    chance = random.Random(2)
    names = [b"name%d" % number for number in range(1_000)]
    items = kind((name, b"") for name in names) if kind is IndexedDict else kind(names)
    seen: list[bytes] = []
    cursor = 0
    while True:
        cursor, found = items.scan(cursor, 10)
        seen.extend(found)
        if not cursor:
            break
        for name in chance.sample(sorted(items), min(7, len(items))):
            items.pop(name) if isinstance(items, dict) else items.remove(name)

    assert len(seen) == len(set(seen))
    assert set(items) <= set(seen)


def test_a_sample_is_of_items_that_are_there() -> None:
    items = IndexedSet(b"%d" % number for number in range(100))
    for number in range(60):
        items.remove(b"%d" % number)

    assert all(len(set(items.sample(10))) == 10 for _ in range(50))
    assert all(items.issuperset(items.sample(count)) for count in (1, 10, 39, 40))
    assert items.issuperset(drawn(items, -500))


def test_an_indexed_dictionary_stays_true_to_its_order() -> None:
    items = IndexedDict({b"a": 1, b"b": 2, b"c": 3})
    items.pop(b"a")
    items.pop(b"z", None)
    items.setdefault(b"d", 4)
    items.update({b"e": 5})
    del items[b"c"]

    assert sorted(items.scan(0, 10)[1]) == sorted(items) == [b"b", b"d", b"e"]
    assert {items.draw() for _ in range(200)} == {b"b", b"d", b"e"}


@pytest.mark.parametrize(
    ("old", "increment", "text"),
    [
        (b"3000", b"0.1", b"3000.10000000000000009"),
        (b"10.5", b"0.1", b"10.6"),
        (b"0.1", b"0.2", b"0.3"),
        (b"5.0e3", b"200", b"5200"),
        (b"-1", b"1", b"0"),
        (b"1e18", b"0", b"1000000000000000000"),
        (b"0x10", b"0", b"16"),
    ],
)
def test_sums_are_those_of_a_long_double(old: bytes, increment: bytes, text: bytes) -> None:
    first, second = long_double.read(old), long_double.read(increment)
    assert first is not None
    assert second is not None
    total = long_double.total(first, second)
    assert total is not None
    assert long_double.show(total) == text


def test_what_overflows_a_long_double_is_no_number() -> None:
    assert long_double.read(b"1e5000") is None
    assert long_double.total(Fraction(10) ** 4932, Fraction(10) ** 4932) is None
    assert long_double.read(b"nan") is long_double.read(b"inf") is long_double.read(b"") is None


def test_the_longest_common_subsequence_and_its_runs() -> None:
    matching = longest(b"ohmytext", b"mynewtext")

    assert matching.text == b"mytext"
    assert [(run.first, run.second, run.length) for run in matching.runs] == [(4, 5, 4), (2, 0, 2)]
