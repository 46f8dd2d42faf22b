"""How doubles are printed: Redis 7.0 shows 17 digits, later servers those that Grisu2 finds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.wire import Wire
from tests.targets import Server

PRINTED = [
    # a score, as Redis 7.0 prints it, and as Valkey does
    ("3", b"3", b"3"),
    ("-0.0", b"0", b"0"),
    ("0.1", b"0.10000000000000001", b"0.1"),
    ("5477.6101684206533", b"5477.6101684206533", b"5477.610168420653"),
    ("1e17", b"1e+17", b"100000000000000000"),
    ("4611686018427387904", b"4.6116860184273879e+18", b"4611686018427387904"),
    ("1e22", b"1e+22", b"1e+22"),
    ("1.5e-7", b"1.4999999999999999e-07", b"1.5e-7"),
    ("5e-324", b"4.9406564584124654e-324", b"5e-324"),
    ("1.7976931348623157e308", b"1.7976931348623157e+308", b"1.7976931348623157e+308"),
    ("-inf", b"-inf", b"-inf"),
    # Grisu2 does not find the shortest digits of these
    ("0.3253869406091979", b"0.32538694060919793", b"0.32538694060919793"),
    ("0.830382272145125", b"0.83038227214512506", b"0.8303822721451251"),
    ("0.3958430886268616", b"0.39584308862686157", b"0.39584308862686157"),
]


@pytest.mark.parametrize("protocol", [2, 3])
def test_scores_have_the_digits_of_the_server(
    connect: Callable[..., Wire], server: Server, protocol: int
) -> None:
    wire = connect(protocol=protocol)
    told = []
    for score, *_ in PRINTED:
        wire("ZADD", "z", score, "m")
        wire.send("ZSCORE", "z", "m")
        line = wire.line()
        told.append(line[1:-2] if protocol == 3 else wire.line()[:-2])

    assert told == [old if server.line == "redis" else new for _, old, new in PRINTED]
