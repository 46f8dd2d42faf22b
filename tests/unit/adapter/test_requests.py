"""The short way of the commonest commands: the same requests and results as with a plan."""

from __future__ import annotations

import hashlib
from functools import partial
from itertools import product

import pytest
import redis
from glide_shared.exceptions import RequestError
from redis.client import NEVER_DECODE
from redis.exceptions import DataError, ResponseError

from adapter.state.scripts import Scripts, Sources
from adapter.translate import flow, raw
from adapter.translate.encoding import Encoder
from adapter.translate.harmless import lane_of
from adapter.translate.plan import Lane
from adapter.translate.routes import REGULAR, UNDONE

REPLIES = (b"value", "OK", 5, 1.5, None, True, [b"a", None], {b"f": b"v", b"n": b"1"}, {b"m"})


@pytest.mark.parametrize("name", REGULAR)
def test_a_request_is_what_a_plan_would_have_sent_among_everybodys(name):
    args = (name, "k", b"v", 3, 1.5)
    plan = flow.plan_of(args, Encoder())

    assert flow.request_of(args, Encoder()) == plan.native
    assert plan.lane is Lane.SHARED
    assert plan.raw is UNDONE.get(name, raw.plain)


@pytest.mark.parametrize("undo", sorted(raw.SELDOM, key=lambda undo: undo.__name__))
@pytest.mark.parametrize("reply", [b"value", b"", 5, 0, -1, None], ids=repr)
def test_most_replies_mean_the_same_to_both(undo, reply):
    assert undo([b"COMMAND", b"k", b"v"], reply) is reply


@pytest.mark.parametrize(
    "name", ["GET k", "get", b"GET", "ZPOPMIN", "SMISMEMBER", "CONFIG GET", "EVALSHA", "NOSUCH"]
)
def test_any_other_command_needs_a_plan(name):
    assert flow.request_of((name, "k"), Encoder()) is None


def test_a_name_without_a_hash_needs_a_plan():
    assert flow.request_of((bytearray(b"GET"), "k"), Encoder()) is None


def test_a_value_that_redis_py_refuses_is_refused():
    with pytest.raises(DataError):
        flow.request_of(("GET", None), Encoder())


SAID = [
    *[(name, "k") for name in ("GET", "SET", "HGETALL", "DEL", "LRANGE", "ZSCORE")],
    # one for each way of undoing
    *[(name, "k", "v") for name in {undo: name for name, undo in UNDONE.items()}.values()],
    ("ZADD", "k", "INCR", 1, "m"),
    ("ZADD", "k", 1, "incr"),
]


@pytest.mark.parametrize("args", SAID, ids=str)
@pytest.mark.parametrize("reply", REPLIES, ids=repr)
@pytest.mark.parametrize("wire", [2, 3])
def test_a_result_is_what_it_would_have_been_with_a_plan(args, reply, wire):
    callbacks = {} if args[0] == "ZSCORE" else redis.Redis(protocol=wire).response_callbacks
    plan = flow.plan_of(args, Encoder(wire=wire))

    def outcome(result):
        try:
            return result()
        except Exception as error:
            return repr(error)

    for options, decode in product(({}, {"keys": ["k"]}, {NEVER_DECODE: True}), (False, True)):
        encoder = Encoder(decode_responses=decode, wire=wire)
        rest = (reply, options, callbacks, encoder)
        with_plan = outcome(partial(flow.finish, plan, *rest))
        without = outcome(partial(flow.result_of, args, *rest))

        assert (type(without), without) == (type(with_plan), with_plan), (options, decode)


def test_an_error_is_raised_as_redis_pys():
    reply = RequestError("An error was signalled by the server: - ResponseError: no such thing")

    with pytest.raises(ResponseError, match="no such thing"):
        flow.result_of(("GET", "k"), reply, {}, {}, Encoder())


def sha1(source: bytes) -> str:
    return hashlib.sha1(source).hexdigest()


HARMLESS, DOUBLE = b"return {KEYS[1], 1}", b"redis.setresp(3) return {double=1.5}"


@pytest.mark.parametrize(
    ("args", "is_one"),
    [
        (("EVALSHA", sha1(HARMLESS), 1, "k", b"a"), True),
        (("EVALSHA", sha1(HARMLESS).encode()), True),
        (("EVALSHA", sha1(DOUBLE), 0), False),
        (("EVALSHA", sha1(b"return 'never seen'"), 0), False),
        (("EVALSHA", sha1(HARMLESS).upper(), 0), False),
        (("EVALSHA",), False),
        ((b"EVALSHA", sha1(HARMLESS), 0), False),
        (("EVALSHA_RO", sha1(HARMLESS), 0), False),
        (("GET", "k"), False),
    ],
)
def test_a_harmless_script_is_called_without_a_plan(args, is_one):
    scripts = Scripts(Sources(lane_of), lambda: None)
    for source in (HARMLESS, DOUBLE):
        scripts.learn(source)

    request = scripts.request_of(args, Encoder())

    assert (request is not None) is is_one
    if is_one:
        assert request == flow.plan_of(args, Encoder()).native


@pytest.mark.parametrize("reply", [*REPLIES, [{b"m"}, "OK"], [[b"a", {b"f": "OK"}]]], ids=repr)
@pytest.mark.parametrize("wire", [2, 3])
@pytest.mark.parametrize("decode", [False, True], ids=["bytes", "text"])
def test_a_scripts_result_is_what_it_would_have_been_with_a_plan(reply, wire, decode):
    encoder = Encoder(decode_responses=decode, wire=wire)
    args = ("EVALSHA", sha1(HARMLESS), 0)

    with_plan = flow.finish(flow.plan_of(args, encoder), reply, {}, {}, encoder)
    without = flow.result_of(args, reply, {}, {}, encoder, raw.deep)

    assert (type(without), without) == (type(with_plan), with_plan)
