"""Doubles of a RESP3 connection as a RESP2 client would have read them."""

from __future__ import annotations

import pytest

from adapter.translate.resp2 import double_text, downgrade

# what Valkey 8.0.1 answered to ZRANGE ... WITHSCORES over RESP2
SCORES = """
0.1=0.1 1e21=1e+21 1e17=100000000000000000 3.141592653589793=3.141592653589793 1e-7=1e-7
1e-5=0.00001 123456789012345678=123456789012345680 1e16=10000000000000000 0.0001=0.0001
1e300=1e+300 5e-324=5e-324 -0.0=0 1.5e10=15000000000 2e19=2e+19 inf=inf -inf=-inf -2.5=-2.5
-1.25e-9=-1.25e-9 1.0000000001e-2=0.010000000001
""".split()


@pytest.mark.parametrize("score", SCORES)
def test_a_double_is_written_as_the_server_writes_it(score):
    given, text = score.split("=")

    assert double_text(float(given)) == text.encode()


def test_scores_are_text_in_a_flat_list():
    words = [b"ZRANGE", b"z", b"0", b"-1", b"WITHSCORES"]

    assert downgrade(words, [[b"a", 1.5], [b"b", 1e21]]) == [b"a", b"1.5", b"b", b"1e+21"]


@pytest.mark.parametrize(
    ("degrees", "text"),
    [
        (15.087267458438873, b"15.08726745843887329"),
        (1.26736058093e-06, b"0.00000126736058093"),
        (-180.0, b"-180"),
        (0.0, b"0"),
    ],
)
def test_a_coordinate_is_written_with_seventeen_decimals(degrees, text):
    assert downgrade([b"GEOPOS", b"k", b"m"], [[degrees, 0.5]]) == [[text, b"0.5"]]
