"""The life of one command, from its words to its result."""

import asyncio

import pytest
import redis
from glide_shared.exceptions import RequestError
from glide_shared.request_type import RequestType
from redis.backoff import NoBackoff
from redis.client import EMPTY_RESPONSE, NEVER_DECODE
from redis.exceptions import ConnectionError, DataError, NoScriptError, RedisError, ResponseError
from redis.retry import Retry

from adapter.connect.stand_in import DEFAULT_WIRE
from adapter.translate import flow
from adapter.translate.encoding import Encoder
from adapter.translate.plan import Lane


class Face:
    """A client as a flow sees it: an encoder, and redis-py's own callbacks."""

    def __init__(self, decode_responses=False, wire=DEFAULT_WIRE, **options):
        self.encoder = Encoder(decode_responses=decode_responses, wire=wire)
        self.response_callbacks = redis.Redis(**options).response_callbacks


def answer(reply, *args, face=None, **options):
    """The result of ``args`` when GLIDE answers ``reply``, or raises it."""
    face = face or Face()
    plan = flow.plan_of(args, face.encoder)
    return flow.finish(plan, reply, options, face.response_callbacks, face.encoder)


def test_the_words_become_a_typed_request():
    plan = flow.plan_of(("SET", "k", 1, "EX", 10), Encoder())

    assert plan.native == (RequestType.Set, [b"k", b"1", b"EX", b"10"])
    assert plan.lane is Lane.SHARED


RESULTS = [
    (("SET", "k", "v"), "OK", True),
    (("SET", "k", "v", "NX"), None, None),
    (("set", "k", "v"), "OK", True),
    (("SET k v",), "OK", b"OK"),
    ((b"SET", "k", "v"), "OK", b"OK"),
    (("GET", "k"), b"v", b"v"),
    (("HEXISTS", "k", "f"), True, True),
    (("SISMEMBER", "k", "m"), True, 1),
    (("SMEMBERS", "k"), {b"a"}, {b"a"}),
    (("INCRBYFLOAT", "k", 1), 1.5, 1.5),
    (("HGETALL", "k"), {b"f": b"v"}, {b"f": b"v"}),
    (("CONFIG GET", "a"), {b"a": b"1"}, {"a": "1"}),
    (("SCAN", 0), [b"0", [b"k"]], (0, [b"k"])),
    (("XREAD", "STREAMS", "x", "0"), None, []),
    (
        ("XREAD", "STREAMS", "x", "0"),
        {b"x": {b"1-1": [[b"f", b"v"]]}},
        [[b"x", [(b"1-1", {b"f": b"v"})]]],
    ),
    (("BLPOP", "l", 1), [b"l", b"a"], (b"l", b"a")),
    (("BLPOP", "l", 1), None, None),
]


@pytest.mark.parametrize(("args", "reply", "result"), RESULTS)
def test_redis_pys_own_callback_has_the_last_word(args, reply, result):
    assert answer(reply, *args) == result


def test_a_callbacks_options_reach_it():
    scores = {b"a": 1.0}
    words = ("ZRANGE", "z", 0, -1, "WITHSCORES")

    assert answer(scores, *words, withscores=True) == [(b"a", 1.0)]
    assert answer(scores, *words, withscores=True, score_cast_func=int, keys=["z"]) == [(b"a", 1)]


def test_decoding_comes_before_the_callback():
    face = Face(decode_responses=True)

    assert answer({b"f": b"v"}, "HGETALL", "k", face=face) == {"f": "v"}
    assert answer("OK", "GEORADIUS", "k", face=face) == "OK"
    assert answer("OK", "SET", "k", "v", face=face) is True


def test_never_decode_keeps_bytes():
    face = Face(decode_responses=True)

    assert answer(b"\xff", "DUMP", "k", face=face, **{NEVER_DECODE: []}) == b"\xff"


def test_the_clients_protocol_chooses_the_shape():
    scores = {b"a": 1.5}
    words = ("ZRANGE", "z", 0, -1, "WITHSCORES")

    assert answer(scores, *words, face=Face(protocol=3, wire=3), withscores=True) == [[b"a", 1.5]]
    assert answer(scores, *words, face=Face(protocol=2, wire=2), withscores=True) == [(b"a", 1.5)]


def test_an_error_reply_is_raised_as_redis_pys_from_glides():
    error = RequestError(
        "An error was signalled by the server: - NoScriptError: No matching script."
    )

    with pytest.raises(NoScriptError, match=r"^No matching script\.$") as caught:
        answer(error, "EVALSHA", "a", 0)

    assert caught.value.__cause__ is error


def test_an_error_that_is_redis_pys_already_keeps_its_own_cause():
    gone = ConnectionError("Error 111 connecting to localhost:1.")
    gone.__cause__ = ConnectionRefusedError(111)

    with pytest.raises(ConnectionError) as caught:
        answer(gone, "GET", "k")

    assert caught.value is gone
    assert type(gone.__cause__) is ConnectionRefusedError


def test_an_empty_response_takes_the_place_of_an_error_reply():
    wrong = RequestError("WRONGTYPE: Operation against a key holding the wrong kind of value")

    assert answer(wrong, "GEORADIUS", "k", **{EMPTY_RESPONSE: []}) == []
    with pytest.raises(ResponseError):
        answer(wrong, "GEORADIUS", "k")


def test_an_empty_response_is_not_handed_to_the_callback():
    assert answer("OK", "SET", "k", "v", **{EMPTY_RESPONSE: []}) is True


def test_a_value_that_redis_py_refuses_is_never_sent():
    with pytest.raises(DataError):
        answer("OK", "SET", "k", None)


def test_what_a_shared_client_cannot_run_is_never_sent():
    with pytest.raises(RedisError, match=r"use pipeline\(\)"):
        answer("OK", "MULTI")


def test_what_is_no_error_of_glides_passes_through():
    with pytest.raises(ZeroDivisionError):
        answer(ZeroDivisionError(), "GET", "k")


def test_the_keys_that_redis_py_names_for_its_cache_are_no_option():
    assert answer(b"v", "GET", "k", keys=["k"]) == b"v"
    assert answer({b"a": 1.0}, "ZPOPMIN", "z", 2, keys=["z"], withscores=True) == [(b"a", 1.0)]


def test_the_async_driver_does_what_the_sync_one_does():
    def steps():
        first = yield "a"
        try:
            yield "bad"
        except RequestError as error:
            return [first, str(error)]

    def send(step):
        if step == "bad":
            raise RequestError("no")
        return step * 2

    async def asend(step):
        return send(step)

    assert flow.drive(steps(), send) == ["aa", "no"]
    assert asyncio.run(flow.adrive(steps(), asend)) == ["aa", "no"]


def test_redis_pys_retry_is_told_of_the_first_attempt_before_it_makes_another():
    told = []
    retry = Retry(NoBackoff(), 1, (ConnectionError,))

    result = retry.call_with_retry(flow.again(ConnectionError("lost"), lambda: 5), told.append)

    assert result == 5
    assert [str(error) for error in told] == ["lost"]


def test_an_error_about_a_name_has_no_other_error_behind_it():
    with pytest.raises(DataError) as raised:
        flow.plan_of(["", "k"], Encoder())

    assert raised.value.__context__ is None
