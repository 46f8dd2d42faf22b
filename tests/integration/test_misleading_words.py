"""Keys, members and consumers called like options: GLIDE mistakes them, the adapter must not.

Without the detours of ``adapter/translate/hazards.py`` some of these answer nonsense, some fail
after the server did its work, and an XCLAIM for a consumer called ``justid`` ends the process.
"""

import pytest

SETUP = [
    ("ZADD", "withscores", 1, "withscores", 2, "b"),
    ("ZADD", "withscore", 1, "withscore"),
    ("HSET", "withvalues", "withvalues", "1"),
    ("SET", "idx", "abc"),
    ("XADD", "justid", "1-1", "f", "v"),
    ("XADD", "justid", "2-1", "f", "v"),
    ("XGROUP", "CREATE", "justid", "justid", "0"),
    ("XADD", "block", "1-1", "f", "v"),
    ("XGROUP", "CREATE", "block", "block", "0"),
    ("XADD", "full", "1-1", "f", "v"),
]

CALLS = [
    ("ZADD", "incr", 1, "incr"),
    ("ZADD", "incr", "CH", 3, "incr", 4, "xx"),
    ("ZADD", "incr", "INCR", 1, "incr"),
    ("ZRANGE", "withscores", 0, -1),
    ("ZRANGE", "withscores", 0, -1, "WITHSCORES"),
    ("ZREVRANGE", "withscores", 0, -1),
    ("ZUNION", 1, "withscores"),
    ("ZUNION", 2, "withscores", "incr", "WITHSCORES"),
    ("ZINTER", 2, "withscores", "withscores"),
    ("ZDIFF", 1, "withscores"),
    ("ZRANDMEMBER", "withscore", 5),
    ("ZRANK", "withscore", "withscore"),
    ("ZREVRANK", "withscore", "nobody"),
    ("HRANDFIELD", "withvalues", 5),
    ("HRANDFIELD", "withvalues", 5, "WITHVALUES"),
    ("HRANDFIELD", "withvalues"),
    ("LCS", "idx", "idx"),
    ("LCS", "idx", "idx", "LEN"),
    ("LCS", "idx", "idx", "IDX"),
    ("XREADGROUP", "GROUP", "justid", "justid", "COUNT", 1, "STREAMS", "justid", ">"),
    ("XCLAIM", "justid", "justid", "justid", 0, "1-1"),
    ("XCLAIM", "justid", "justid", "JustId", 0, "1-1", "FORCE"),
    ("XCLAIM", "justid", "justid", "justid", 0, "1-1", "JUSTID"),
    ("XCLAIM", "justid", "nogroup", "justid", 0, "1-1"),
    ("XAUTOCLAIM", "justid", "justid", "justid", 0, "0-0"),
    ("XAUTOCLAIM", "justid", "justid", "justid", 0, "0-0", "JUSTID"),
    ("XREAD", "STREAMS", "block", "0"),
    ("XREAD", "BLOCK", 10, "STREAMS", "block", "0"),
    ("XREADGROUP", "GROUP", "block", "block", "STREAMS", "block", ">"),
    ("XINFO STREAM", "full"),
    ("ZRANGE", "idx", 0, "withscores"),
    ("XCLAIM", "justid"),
]

GEO_SETUP = [("GEOADD", "withdist", 1, 1, "withdist", 2, 2, "withcoord")]
"""By themselves: the mock has no geo commands yet."""

GEO_CALLS = [
    ("GEOSEARCH", "withdist", "FROMMEMBER", "withdist", "BYRADIUS", 1000, "km", "ASC"),
    ("GEOSEARCH", "withdist", "FROMMEMBER", "withcoord", "BYRADIUS", 1, "m", "WITHDIST"),
]


def told(client, call):
    """What ``client`` answers to ``call``; an error's class and words."""
    try:
        return client.execute_command(*call)
    except Exception as error:
        return type(error), str(error)


def accounts(make_redis_py, make_client, decode_responses, setup, calls):
    """What redis-py and the adapter are told, each on a fresh keyspace."""
    found = []
    for make in (make_redis_py, make_client):
        client = make(decode_responses=decode_responses)
        client.flushall()
        for call in setup:
            client.execute_command(*call)
        found.append([(call, told(client, call)) for call in calls])
    return found


@pytest.mark.parametrize("decode_responses", [False, True])
def test_a_word_that_looks_like_an_option_is_taken_for_what_it_is(
    make_client, make_redis_py, decode_responses
):
    theirs, ours = accounts(make_redis_py, make_client, decode_responses, SETUP, CALLS)
    assert ours == theirs


@pytest.mark.targets("redis", "valkey")
@pytest.mark.parametrize("decode_responses", [False, True])
def test_a_place_that_is_called_like_an_option_is_found(
    make_client, make_redis_py, decode_responses
):
    theirs, ours = accounts(make_redis_py, make_client, decode_responses, GEO_SETUP, GEO_CALLS)
    assert ours == theirs
