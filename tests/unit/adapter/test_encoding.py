"""Values go out as redis-py packs them, and come back as redis-py's parser has them."""

import enum

import pytest
import redis
import redis._parsers.encoders
from redis.exceptions import DataError

from adapter.translate.encoding import Encoder

since_8 = pytest.mark.skipif(redis.VERSION < (8,), reason="redis-py refuses it before")


class Colour(enum.StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("text", b"text"),
        ("é", b"\xc3\xa9"),
        (b"\x00\xff", b"\x00\xff"),
        pytest.param(bytearray(b"array"), b"array", marks=since_8),
        (memoryview(b"view"), b"view"),
        (5, b"5"),
        (-(10**30), b"-1" + b"0" * 30),
        (1.5, b"1.5"),
        (1e22, b"1e+22"),
        (float("-inf"), b"-inf"),
        (Colour.RED, b"red"),
        ("", b""),
    ],
)
def test_a_value_becomes_a_word(value, word):
    assert Encoder().words([value]) == [word]


@pytest.mark.parametrize("value", [None, True, False, [1], {"a": 1}, object()])
def test_what_redis_py_refuses_is_refused(value):
    with pytest.raises(DataError, match="A tuple item must be str, int, float or bytes"):
        Encoder().words(["ok", value])


@pytest.mark.parametrize(("value", "kind"), [(None, "NoneType"), (True, "bool")])
def test_without_hiredis_the_refusal_is_worded_by_redis_pys_own_encoder(value, kind):
    with pytest.raises(DataError, match=f"Invalid input of type: '{kind}'"):
        Encoder(packed_by_hiredis=False).words([value])


def test_the_clients_encoding_is_used():
    assert Encoder("latin-1", packed_by_hiredis=False).words(["é"]) == [b"\xe9"]
    with pytest.raises(UnicodeEncodeError):
        Encoder("ascii", packed_by_hiredis=False).words(["é"])


def test_hiredis_writes_utf_8_whatever_the_clients_encoding_is():
    assert Encoder("latin-1", packed_by_hiredis=True).words(["é"]) == [b"\xc3\xa9"]
    with pytest.raises(UnicodeEncodeError):
        Encoder("latin-1", packed_by_hiredis=True).words(["\ud800"])


def test_it_is_redis_pys_encoder():
    assert isinstance(Encoder(), redis._parsers.encoders.Encoder)
    assert Encoder(decode_responses=True).decode(b"a") == "a"


def test_a_reply_stays_bytes_unless_text_was_asked_for():
    reply = [b"a", {b"k": b"v"}]

    assert Encoder().reply(reply) is reply


def test_a_reply_becomes_text_at_every_depth():
    problem = ValueError("stays")
    reply = [b"a", 1, 1.5, None, True, {b"k": [b"v", {b"x": b"y"}]}, problem]

    assert Encoder(decode_responses=True).reply(reply) == [
        "a", 1, 1.5, None, True, {"k": ["v", {"x": "y"}]}, problem,
    ]  # fmt: skip


def test_a_reply_that_is_no_text_is_an_error_unless_the_client_says_otherwise():
    with pytest.raises(UnicodeDecodeError):
        Encoder(decode_responses=True).reply(b"\xff")
    assert Encoder("utf-8", "replace", True).reply(b"\xff") == "\ufffd"
