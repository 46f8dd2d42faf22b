"""Meanings into bytes, in both dialects."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_backend import errors
from mock_backend.profile import PROFILES
from mock_backend.replies import (
    NIL_ARRAY,
    NOTHING,
    OK,
    BigNumber,
    Many,
    Members,
    Pairs,
    Push,
    Reply,
    Verbatim,
)
from mock_backend.resp.numbers import double
from mock_backend.resp.writer import encoded, pieces, write


@pytest.mark.parametrize(
    ("reply", "resp2", "resp3"),
    [
        (b"a\r\n", b"$3\r\na\r\n\r\n", b"$3\r\na\r\n\r\n"),
        (-7, b":-7\r\n", b":-7\r\n"),
        (OK, b"+OK\r\n", b"+OK\r\n"),
        (None, b"$-1\r\n", b"_\r\n"),
        (NIL_ARRAY, b"*-1\r\n", b"_\r\n"),
        (NOTHING, b"", b""),
        ([], b"*0\r\n", b"*0\r\n"),
        (
            [1, [b"a", None]],
            b"*2\r\n:1\r\n*2\r\n$1\r\na\r\n$-1\r\n",
            b"*2\r\n:1\r\n*2\r\n$1\r\na\r\n_\r\n",
        ),
        (Pairs([(b"k", 1)]), b"*2\r\n$1\r\nk\r\n:1\r\n", b"%1\r\n$1\r\nk\r\n:1\r\n"),
        (Members([b"m"]), b"*1\r\n$1\r\nm\r\n", b"~1\r\n$1\r\nm\r\n"),
        (Push([b"p"]), b"*1\r\n$1\r\np\r\n", b">1\r\n$1\r\np\r\n"),
        (Many([1, 2]), b":1\r\n:2\r\n", b":1\r\n:2\r\n"),
        (1.5, b"$3\r\n1.5\r\n", b",1.5\r\n"),
        (True, b":1\r\n", b"#t\r\n"),
        (Verbatim(b"hi"), b"$2\r\nhi\r\n", b"=6\r\ntxt:hi\r\n"),
        (BigNumber(b"123"), b"$3\r\n123\r\n", b"(123\r\n"),
        (errors.err("a\r\nb"), b"-ERR a  b\r\n", b"-ERR a  b\r\n"),
    ],
)
def test_each_meaning_has_its_bytes(reply: Reply, resp2: bytes, resp3: bytes) -> None:
    assert (encoded(reply, 2), encoded(reply, 3)) == (resp2, resp3)


def test_a_type_without_a_meaning_is_a_mistake_of_the_handler() -> None:
    with pytest.raises(TypeError, match="object, which is no reply"):
        encoded(object(), 2)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, b"3"),
        (-0.0, b"-0"),
        (0.1, b"0.1"),
        (0.30000000000000004, b"0.30000000000000004"),
        (1e-5, b"0.00001"),
        (1.5e-7, b"1.5e-7"),
        (1e-7, b"1e-7"),
        (1e17, b"100000000000000000"),
        (123456789012345678.0, b"123456789012345680"),
        (1e20, b"1e+20"),
        (1e21, b"1e+21"),
        (1.5e300, b"1.5e+300"),
        (1.7976931348623157e308, b"1.7976931348623157e+308"),
        (5e-324, b"5e-324"),
        (math.inf, b"inf"),
        (-math.inf, b"-inf"),
        (math.nan, b"nan"),
        (-2.5, b"-2.5"),
        (9007199254740992.0, b"9007199254740992"),
        (100.25, b"100.25"),
    ],
)
def test_doubles_are_printed_as_the_server_does(value: float, text: bytes) -> None:
    assert double(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_reads_back_as_it_was(value: float) -> None:
    text = double(value)

    assert float(text) == value
    assert len(text.lstrip(b"-")) <= 25


def test_redis_7_0_prints_doubles_with_all_their_digits() -> None:
    out = pieces(PROFILES["redis-7.0"])
    write(out, [0.1, (1e20,)], 3)

    assert b"".join(out) == b"*2\r\n,0.10000000000000001\r\n*1\r\n,1e+20\r\n"
