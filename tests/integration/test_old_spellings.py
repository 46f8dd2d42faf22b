"""GEORADIUS and its kin, sent as GEOSEARCH where it is the same: the answers are redis-py's."""

import pytest
from redis.exceptions import ResponseError

CENTRES = [
    "GEORADIUS g 15 37",
    "GEORADIUS_RO g 15.0 +37.5",
    "GEORADIUS none 15 37",
    "GEORADIUS text 15 37",
    "GEORADIUS g 180.5 37",
    "GEORADIUSBYMEMBER g Palermo",
    "GEORADIUSBYMEMBER_RO g Palermo",
    "GEORADIUSBYMEMBER g nobody",
    "GEORADIUSBYMEMBER none nobody",
    "GEORADIUSBYMEMBER text nobody",
    "GEORADIUSBYMEMBER_RO withdist withdist",
]
SEARCHES = [
    "200 km",
    "200 KM WITHDIST ASC",
    "1 m WITHCOORD WITHHASH",
    "200 km WITHDIST WITHHASH WITHCOORD DESC",
    "500 km COUNT 1",
    "500 km COUNT 2 ANY WITHDIST",
    "500 km COUNT 1 COUNT 2 ASC DESC",
    "500 km COUNT 0",
    "500 km ANY",
    "500 parsec",
    "-5 km",
    "1e2 km",
    "500 km STORE d",
    "500 km withdist STOREDIST d",
    "500",
    "500 km NOSUCH",
]


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("decode_responses", [False, True])
def test_an_old_geo_search_is_answered_as_redis_py_is(
    make_client, make_redis_py, decode_responses, protocol
):
    theirs = make_redis_py(protocol=protocol, decode_responses=decode_responses)
    ours = make_client(protocol=protocol, decode_responses=decode_responses)
    theirs.geoadd("g", (13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania"))
    theirs.geoadd("withdist", (13.361389, 38.115556, "withdist"))
    theirs.set("text", "v")

    for centre in CENTRES:
        for search in SEARCHES:
            words = f"{centre} {search}".split()
            assert told(ours, words) == told(theirs, words), words


def told(client, words):
    """The answer, or the error's class and words."""
    try:
        return client.execute_command(*words)
    except ResponseError as error:
        return type(error), str(error)
