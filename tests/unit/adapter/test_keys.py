"""Keys in places of their own: found here as the server finds them."""

import pytest

from adapter.state.keys import at_hand, moveable_keys

FOUND = {
    "ZUNION 2 a b WEIGHTS 1 2": "a b",
    "zunion 1 a": "a",
    "LMPOP 1 a LEFT": "a",
    "SINTERCARD 2 a b LIMIT 3": "a b",
    "BLMPOP 0 2 a b LEFT": "a b",
    "BZMPOP 0 1 a MIN": "a",
    "ZUNIONSTORE to 2 a b": "to a b",
    "ZDIFFSTORE to 1 a": "to a",
    "EVAL return 2 a b c": "a b",
    "EVAL return 0 c": "",
    "FCALL f 1 a x": "a",
    "FCALL_RO f 0": "",
    "XREAD STREAMS a 0": "a",
    "XREAD COUNT 1 BLOCK 5 STREAMS a b 0 0": "a b",
    "XREAD COUNT 5 STREAMS streams 0": "streams",
    "xreadgroup group streams me noack streams a >": "a",
    "SORT a": "a",
    "SORT a BY nosort GET # LIMIT 0 1 ALPHA STORE b": "a b",
    "SORT a STORE b STORE c": "a c",
}
LEFT_TO_THE_SERVER = [
    "ZUNION",
    "ZUNION 0",
    "ZUNION 2 a",
    "ZUNION x a",
    "ZUNION -1 a",
    "EVAL return",
    "EVAL return -1 a",
    "XREAD STREAMS",
    "XREAD STREAMS a",
    "XREAD a 0",
    "XREAD COUNT 1",
    "XREAD NOACK STREAMS a 0",
    "SORT",
    "SORT a NOSUCH b",
    "GEORADIUS a 1 2 3 m",
    "NOSUCH a",
]


@pytest.mark.parametrize("line", FOUND)
def test_keys_are_where_the_server_finds_them(line):
    assert moveable_keys(line.split()) == FOUND[line].split()
    assert moveable_keys(line.encode().split()) == FOUND[line].encode().split()


@pytest.mark.parametrize("line", LEFT_TO_THE_SERVER)
def test_what_the_server_refuses_or_only_it_knows_is_left_to_it(line):
    assert moveable_keys(line.split()) is None


def test_words_need_not_be_text():
    assert moveable_keys(["ZUNION", 2, 1, 2.5]) == [1, 2.5]
    assert moveable_keys(["XREAD", "COUNT", 1, "STREAMS", 7, 0]) == [7]
    assert moveable_keys(["SORT", "a", 5, "STORE", "b"]) is None
    assert moveable_keys([7]) is None


def test_a_command_with_too_few_words_is_left_to_the_server():
    commands = {"lmpop": {"arity": -4}}
    assert at_hand(commands, ["LMPOP", "1", "a"]) is None
    assert at_hand(commands, ["LMPOP", "1", "a", "LEFT"]) == ["a"]
    assert at_hand(commands, ["ZMPOP", "1", "a", "MIN"]) is None
    assert at_hand({}, [b"LMPOP", "1", "a", "LEFT"]) is None
