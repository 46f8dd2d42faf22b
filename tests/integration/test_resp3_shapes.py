"""What sorted sets and streams look like in RESP3: doubles, pairs and maps."""

from __future__ import annotations

import pytest

from tests.integration.steps import Case, Steps, cases, check
from tests.integration.wire import Wire

CASES: list[Case] = [
    (
        "scores are doubles",
        [
            ("ZADD z 1 a 2.5 b inf c", 3),
            ("ZSCORE z b", 2.5),
            ("ZMSCORE z a none c", [1.0, None, float("inf")]),
            ("ZINCRBY z 0.5 a", 1.5),
            ("ZADD z INCR 1 a", 2.5),
            ("ZADD z XX INCR 1 none", None),
            ("BZPOPMAX z 0", [b"z", b"c", float("inf")]),
            ("ZSCAN z 0", [b"0", [b"a", b"2.5", b"b", b"2.5"]]),
        ],
    ),
    (
        "members with scores are pairs",
        [
            ("ZADD z 1 a 2 b 3 c 4 d", 4),
            ("ZRANGE z 0 1 WITHSCORES", [[b"a", 1.0], [b"b", 2.0]]),
            ("ZREVRANGE z 0 0 WITHSCORES", [[b"d", 4.0]]),
            ("ZRANGEBYSCORE z 1 1 WITHSCORES", [[b"a", 1.0]]),
            (
                "ZUNION 1 z WEIGHTS 2 WITHSCORES",
                [[b"a", 2.0], [b"b", 4.0], [b"c", 6.0], [b"d", 8.0]],
            ),
            ("ZDIFF 2 z none WITHSCORES", [[b"a", 1.0], [b"b", 2.0], [b"c", 3.0], [b"d", 4.0]]),
            ("ZRANGE z 0 1", [b"a", b"b"]),
            ("ZPOPMIN z", [b"a", 1.0]),
            ("ZPOPMIN z 1", [[b"b", 2.0]]),
            ("ZMPOP 1 z MAX COUNT 1", [b"z", [[b"d", 4.0]]]),
            ("ZRANDMEMBER z 1 WITHSCORES", [[b"c", 3.0]]),
            ("BZMPOP 0 1 z MIN", [b"z", [[b"c", 3.0]]]),
            ("ZPOPMIN z", []),
            ("ZPOPMIN z 1", []),
        ],
    ),
    (
        "streams by key are a map",
        [
            ("XADD s 1-1 a 1", b"1-1"),
            ("XADD t 1-1 b 2", b"1-1"),
            (
                "XREAD STREAMS s t 0 0",
                {b"s": [[b"1-1", [b"a", b"1"]]], b"t": [[b"1-1", [b"b", b"2"]]]},
            ),
            ("XREAD STREAMS s 1-1", None),
            ("XGROUP CREATE s g 0", b"OK"),
            ("XREADGROUP GROUP g c STREAMS s >", {b"s": [[b"1-1", [b"a", b"1"]]]}),
            ("XREADGROUP GROUP g c STREAMS s >", None),
            ("XRANGE s - +", [[b"1-1", [b"a", b"1"]]]),
            ("XRANGE s - + COUNT 0", None),
            ("XPENDING s g", [1, b"1-1", b"1-1", [[b"c", b"1"]]]),
            ("XCLAIM s g d 0 1-1", [[b"1-1", [b"a", b"1"]]]),
        ],
    ),
    (
        "xinfo answers maps",
        [
            ("XADD s 1-1 a 1", b"1-1"),
            ("XGROUP CREATE s g 0", b"OK"),
            (
                "XINFO GROUPS s",
                [
                    {
                        b"name": b"g",
                        b"consumers": 0,
                        b"pending": 0,
                        b"last-delivered-id": b"0-0",
                        b"entries-read": None,
                        b"lag": 1,
                    }
                ],
            ),
            (
                "XINFO STREAM s",
                {
                    b"length": 1,
                    b"radix-tree-keys": 1,
                    b"radix-tree-nodes": 2,
                    b"last-generated-id": b"1-1",
                    b"max-deleted-entry-id": b"0-0",
                    b"entries-added": 1,
                    b"recorded-first-entry-id": b"1-1",
                    b"groups": 1,
                    b"first-entry": [b"1-1", [b"a", b"1"]],
                    b"last-entry": [b"1-1", [b"a", b"1"]],
                },
            ),
            ("XINFO CONSUMERS s g", []),
        ],
    ),
    (
        "lists are as in resp2",
        [
            ("RPUSH l a b", 2),
            ("LPOP none 1", None),
            ("LPOP l 1", [b"a"]),
            ("LMPOP 1 none LEFT", None),
            ("BLPOP l 0", [b"l", b"b"]),
            ("BLPOP l 0.01", None),
        ],
    ),
]


@cases(CASES)
def test_replies_have_the_shapes_of_resp3(wire3: Wire, steps: Steps) -> None:
    check(wire3, steps)


@pytest.mark.targets("mock", "valkey")  # Redis 7.0 does not have it
def test_a_rank_with_its_score_is_a_pair(wire3: Wire) -> None:
    wire3("ZADD", "z", 1, "a", 2.5, "b")

    assert wire3("ZRANK", "z", "b", "WITHSCORE") == [1, 2.5]
    assert wire3("ZRANK", "z", "none", "WITHSCORE") is None
