"""GLIDE's answers become the wire's again: an example per shape, as a real reply arrives."""

import pytest
from glide_shared.exceptions import RequestError
from redis.exceptions import NoScriptError, ResponseError

from adapter.translate import introspection, raw, resp2
from adapter.translate.routes import route


def words(command: str) -> list[bytes]:
    return [word.encode() for word in command.split()]


SHAPES = [
    # (command, GLIDE's reply, the wire's)
    ("SET k v", "OK", b"OK"),
    ("SET k v GET", b"OK", b"OK"),
    ("GET k", None, None),
    ("PING", b"PONG", b"PONG"),
    ("EXPIRE k 5", True, 1),
    ("HEXISTS k f", False, 0),
    ("COPY a b", True, 1),
    ("PFADD k a", True, 1),
    ("XGROUP DESTROY k g", False, 0),
    ("SMISMEMBER k a b", [True, False], [1, 0]),
    ("SCRIPT EXISTS a b", [True, False], [1, 0]),
    ("SMEMBERS k", {b"a"}, [b"a"]),
    ("SMEMBERS k", set(), []),
    ("SPOP k", b"a", b"a"),
    ("SPOP k 2", {b"a"}, [b"a"]),
    ("INCRBYFLOAT k 1", 3.0, b"3"),
    ("INCRBYFLOAT k 1", 0.30000000000000004, b"0.30000000000000004"),
    ("INCRBYFLOAT k 1", 1e20, b"100000000000000000000"),
    ("HINCRBYFLOAT k f 1", 1e-05, b"0.00001"),
    ("GEODIST g a b", 0.0, b"0.0000"),
    ("GEODIST g a b", None, None),
    ("ZADD z INCR 1 m", 2.5, 2.5),
    ("ZADD z NX INCR 1 m", None, None),
    ("ZADD z 1 incr", 1.0, 1),
    ("ZADD z XX 1 incr 2 b", 0.0, 0),
    ("ZADD incr 1 m", 1.0, 1),
    ("ZADD z 1 m", 1, 1),
    ("ZRANGE z 0 -1 WITHSCORES", {b"a": 1.0, b"b": 2.5}, [[b"a", 1.0], [b"b", 2.5]]),
    ("ZRANGE z 0 -1", [b"a", b"b"], [b"a", b"b"]),
    ("ZREVRANGE z 0 -1 WITHSCORES", [[b"a", 1.0]], [[b"a", 1.0]]),
    ("ZUNION 1 z WITHSCORES", {b"a": 1.0}, [[b"a", 1.0]]),
    ("ZDIFF 1 z", [b"a"], [b"a"]),
    ("ZPOPMIN z", {b"a": 1.0}, [b"a", 1.0]),
    ("ZPOPMIN z", {}, []),
    ("ZPOPMAX z 2", {b"b": 2.0, b"a": 1.0}, [[b"b", 2.0], [b"a", 1.0]]),
    ("ZMPOP 1 z MIN", [b"z", {b"a": 1.0}], [b"z", [[b"a", 1.0]]]),
    ("BZMPOP 1 1 z MIN", None, None),
    ("LMPOP 1 l LEFT", {b"l": [b"a", b"b"]}, [b"l", [b"a", b"b"]]),
    ("BLMPOP 1 1 l LEFT", None, None),
    (
        "XRANGE x - +",
        {b"1-1": [[b"f", b"v"], [b"f", b"w"]]},
        [[b"1-1", [b"f", b"v", b"f", b"w"]]],
    ),
    ("XREVRANGE x + -", {}, []),
    ("XCLAIM x g c 0 1-1", {b"1-1": None}, [[b"1-1", None]]),
    ("XCLAIM x g c 0 1-1 JUSTID", [b"1-1"], [b"1-1"]),
    (
        "XAUTOCLAIM x g c 0 0",
        [b"0-0", {b"1-1": [[b"f", b"v"]]}, [b"2-1"]],
        [b"0-0", [[b"1-1", [b"f", b"v"]]], [b"2-1"]],
    ),
    (
        "XAUTOCLAIM x g justid 0 0",
        [b"0-0", [[b"1-1", [b"f", b"v"]]], []],
        [b"0-0", [[b"1-1", [b"f", b"v"]]], []],
    ),
    ("XAUTOCLAIM x g c 0 0 JUSTID", [b"0-0", [b"1-1"], []], [b"0-0", [b"1-1"], []]),
    (
        "XREAD STREAMS x 0",
        {b"x": {b"1-1": [[b"f", b"v"]]}},
        {b"x": [[b"1-1", [b"f", b"v"]]]},
    ),
    ("XREAD STREAMS x $", None, None),
    (
        "GEOSEARCH g FROMMEMBER p BYRADIUS 1 m WITHDIST WITHHASH WITHCOORD",
        [[b"p", [0.0, 3663, [2.5, 48.5]]]],
        [[b"p", b"0.0000", 3663, [2.5, 48.5]]],
    ),
    ("GEOSEARCH g FROMMEMBER p BYRADIUS 1 m", [b"p"], [b"p"]),
    ("PUBSUB NUMSUB a b a", {b"a": 1, b"b": 0}, [b"a", 1, b"b", 0, b"a", 1]),
    ("EVAL script 0", [1, "OK", {b"a"}, {b"k": "OK"}], [1, b"OK", [b"a"], {b"k": b"OK"}]),
    ("FUNCTION STATS", {b"127.0.0.1:1": {b"engines": {}}}, {b"engines": {}}),
    ("FUNCTION STATS", {b"engines": {}}, {b"engines": {}}),
    (
        "FUNCTION LIST",
        [{b"functions": [{b"name": b"f", b"flags": {b"no-writes", b"allow-oom", b"odd"}}]}],
        [{b"functions": [{b"name": b"f", b"flags": [b"no-writes", b"allow-oom", b"odd"]}]}],
    ),
    (
        "CLIENT TRACKINGINFO",
        {b"flags": {b"bcast", b"on"}, b"redirect": -1},
        {b"flags": [b"on", b"bcast"], b"redirect": -1},
    ),
    ("JSON.TOGGLE k $", [True, None], [1, None]),
    ("JSON.TOGGLE k .", True, b"true"),
]


@pytest.mark.parametrize(("command", "reply", "undone"), SHAPES)
def test_a_reply_is_what_the_wire_said(command, reply, undone):
    plan = route(words(command))

    result = plan.raw(plan.words, reply)

    assert result == undone
    assert type(result) is type(undone)


OVER_RESP2 = [
    ("ZREVRANGE z 0 -1 WITHSCORES", [b"a", b"1", b"b", b"2.5"], [[b"a", 1.0], [b"b", 2.5]]),
    ("ZRANGEBYSCORE z 0 1 WITHSCORES", [], []),
    ("ZREVRANGE z 0 -1", [b"a", b"b"], [b"a", b"b"]),
    (
        "GEORADIUS g 1 1 1e0 m WITHDIST WITHCOORD",
        [[b"p", b"0.1000", [b"2.5", b"48.5"]]],
        [[b"p", b"0.1000", [2.5, 48.5]]],
    ),
    ("GEORADIUS g 1 1 1 m", [b"p"], [b"p"]),
    ("ACL LOG", [[b"count", 1, b"reason", b"auth"]], [{b"count": 1, b"reason": b"auth"}]),
    ("ACL LOG RESET", "OK", b"OK"),
    ("MODULE LIST", [[b"name", b"m", b"ver", 1]], [{b"name": b"m", b"ver": 1}]),
    ("XINFO STREAM full", [b"length", 1], {b"length": 1}),
    (
        "ACL GETUSER u",
        [b"flags", [b"on", b"nopass"], b"selectors", [[b"commands", b"+get", b"keys", b""]]],
        {b"flags": [b"on", b"nopass"], b"selectors": [{b"commands": b"+get", b"keys": b""}]},
    ),
    ("ACL GETUSER nobody", None, None),
    (
        "LATENCY HISTOGRAM get",
        [b"get", [b"calls", 1, b"histogram_usec", [1, 1]]],
        {b"get": {b"calls": 1, b"histogram_usec": {1: 1}}},
    ),
    (
        "CLUSTER SHARDS",
        [[b"slots", [0, 5], b"nodes", [[b"id", b"n", b"port", 1]]]],
        [{b"slots": [0, 5], b"nodes": [{b"id": b"n", b"port": 1}]}],
    ),
    (
        "COMMAND INFO get nosuch",
        [
            [
                b"get", 2, [b"readonly"], 1, 1, 1, [b"@read"], [],
                [[b"flags", [b"RO"], b"begin_search", [b"type", b"index", b"spec", [b"index", 1]]]],
                [[b"get|sub", 2, [], 0, 0, 0, [], [], [], []]],
            ],
            None,
        ],
        [
            [
                b"get", 2, [b"readonly"], 1, 1, 1, [b"@read"], [],
                [{b"flags": [b"RO"], b"begin_search": {b"type": b"index", b"spec": {b"index": 1}}}],
                [[b"get|sub", 2, [], 0, 0, 0, [], [], [], []]],
            ],
            None,
        ],
    ),
    (
        "COMMAND DOCS get",
        [
            b"get",
            [
                b"summary", b"s",
                b"arguments", [[b"name", b"a", b"arguments", [[b"name", b"b"]]]],
                b"subcommands", [b"get|sub", [b"summary", b"t"]],
                b"history", [[b"1.0", b"born"]],
            ],
        ],
        {
            b"get": {
                b"summary": b"s",
                b"arguments": [{b"name": b"a", b"arguments": [{b"name": b"b"}]}],
                b"subcommands": {b"get|sub": {b"summary": b"t"}},
                b"history": [[b"1.0", b"born"]],
            }
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("command", "reply", "undone"), OVER_RESP2)
def test_a_reply_over_resp2_is_undone_to_the_same_shape(command, reply, undone):
    plan = route(words(command))

    assert plan.raw(plan.words, reply) == undone


def test_a_map_that_came_as_a_map_stays_one():
    docs = {b"get": {b"summary": b"s", b"arguments": [{b"name": b"a"}]}}

    assert introspection.command_docs([], docs) == docs


def test_an_error_inside_a_scripts_reply_is_redis_pys():
    undone = raw.deep([], [1, RequestError("MYERR: bad"), [RequestError(NOSCRIPT)]])

    assert type(undone[1]) is ResponseError
    assert str(undone[1]) == "MYERR bad"
    assert type(undone[2][0]) is NoScriptError


NOSCRIPT = "An error was signalled by the server: - NoScriptError: No matching script."


DOWNGRADED = [
    ("HGETALL k", {b"f": b"v"}, [b"f", b"v"]),
    ("ZSCORE z m", 2.0, b"2"),
    ("ZSCORE z m", float("-inf"), b"-inf"),
    ("ZRANGE z 0 -1 WITHSCORES", [[b"a", 1.5]], [b"a", b"1.5"]),
    ("ZRANGE z 0 -1", [b"a"], [b"a"]),
    ("ZPOPMIN z 2", [[b"a", 1.0]], [b"a", b"1"]),
    ("HRANDFIELD k 2 WITHVALUES", [[b"f", b"v"]], [b"f", b"v"]),
    ("ZMPOP 1 z MIN", [b"z", [[b"a", 1.0]]], [b"z", [[b"a", b"1"]]]),
    ("XREAD STREAMS x 0", {b"x": [[b"1-1", [b"f", b"v"]]]}, [[b"x", [[b"1-1", [b"f", b"v"]]]]]),
    ("XREAD STREAMS x 0", None, None),
    ("XINFO GROUPS x", [{b"name": b"g", b"lag": None}], [[b"name", b"g", b"lag", None]]),
    ("GEOPOS g p q", [[1.5, 2.5], None], [[b"1.5", b"2.5"], None]),
    ("EVAL s 0", True, 1),
]


@pytest.mark.parametrize(("command", "reply", "downgraded"), DOWNGRADED)
def test_protocol_2_sees_the_shape_of_resp2(command, reply, downgraded):
    result = resp2.downgrade(words(command), reply)

    assert result == downgraded
    assert type(result) is type(downgraded)


SPEC = {b"notes": b"", b"begin_search": {b"type": b"index", b"spec": {b"index": 1}}}


def flat(value):
    """A map as RESP2 has it."""
    if isinstance(value, dict):
        return [part for pair in value.items() for part in map(flat, pair)]
    return value


@pytest.mark.parametrize("form", [lambda value: value, flat], ids=["map", "array"])
@pytest.mark.parametrize(
    ("undo", "wrapped", "value"),
    [
        (introspection.command_docs, lambda found: found, {b"get": {b"summary": b"s"}}),
        (
            introspection.histograms,
            lambda found: found,
            {b"get": {b"calls": 1, b"histogram_usec": {b"1": 1}}},
        ),
        (
            introspection.command_info,
            lambda spec: [[b"get", 2, [], 1, 1, 1, [], [], [spec], []]],
            SPEC,
        ),
    ],
    ids=["docs", "histograms", "key specifications"],
)
def test_a_map_is_a_map_in_either_protocol(undo, wrapped, value, form):
    assert undo([], wrapped(form(value))) == wrapped(value)


def test_a_command_of_an_old_server_has_no_specifications():
    old = [b"get", 2, [b"readonly"], 1, 1, 1]

    assert introspection.command_info([], [old, None]) == [old, None]


def test_a_user_without_selectors_and_one_with():
    assert introspection.user([], None) is None
    assert introspection.user([], {b"flags": [b"on"]}) == {b"flags": [b"on"]}
    for selector in ({b"keys": b"~x"}, [b"keys", b"~x"]):
        assert introspection.user([], {b"selectors": [selector]}) == {
            b"selectors": [{b"keys": b"~x"}]
        }


def test_shards_have_their_nodes_as_maps():
    node = [b"id", b"n"]

    assert introspection.shards([], [[b"slots", [], b"nodes", [node]], {b"slots": []}]) == [
        {b"slots": [], b"nodes": [{b"id": b"n"}]},
        {b"slots": []},
    ]


def test_what_is_no_map_of_subscribers_stays():
    assert raw.subscribers([b"PUBSUB", b"NUMSUB", b"a"], [b"a", 1]) == [b"a", 1]
    assert raw.popped([b"ZPOPMIN", b"z"], []) == []
