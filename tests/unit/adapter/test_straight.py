"""Which commands need no more than their key's node."""

import math
from types import SimpleNamespace

import pytest
from redis._parsers import Encoder
from redis.crc import key_slot

from adapter.state.straight import Straight, most_with_one_key


def command(first, last, *flags, step=1):
    return {
        "first_key_pos": first,
        "last_key_pos": last,
        "step_count": step,
        "flags": list(flags),
    }


COMMANDS = {
    "get": command(1, 1, "readonly"),
    "set": command(1, 1, "write"),
    "mget": command(1, -1),
    "mset": command(1, -1, step=2),
    "blpop": command(1, -2),
    "object": command(0, 0),
    "bitop": command(2, -1),
    "xread": command(1, 1, "movablekeys"),
    "publish": command(1, 1, "pubsub"),
}


class StaticPolicyResolver:
    pass


class Client(Straight):
    def __init__(self, resolver=None):
        self.commands_parser = SimpleNamespace(commands=COMMANDS)
        self.command_flags = {}
        self.encoder = Encoder("utf-8", "strict", False)
        self.load_balancing_strategy = None
        self.read_from_replicas = False
        self.nodes_manager = SimpleNamespace(slots_cache={key_slot(b"k"): ["master", "replica"]})
        self._policy_resolver = resolver or StaticPolicyResolver()
        self._go_straight()

    def owner(self, *args, callbacks=(), **options):
        return self._owner(args, options, {}, dict.fromkeys(callbacks))


@pytest.mark.parametrize("name", COMMANDS)
def test_only_a_first_argument_that_is_the_only_key_will_do(name):
    wanted = {"get": math.inf, "set": math.inf, "mget": 2, "mset": 3}
    assert most_with_one_key(COMMANDS, name.upper()) == wanted.get(name, 0)


@pytest.mark.parametrize("name", ["get", "Get", b"GET", None, "NOSUCH", "GET x"])
def test_names_as_redis_pys_methods_say_them_will_do(name):
    assert not most_with_one_key(COMMANDS, name)


def test_a_command_goes_to_its_keys_master():
    client = Client()
    assert client.owner("GET", "k", keys=["k"]) == "master"
    assert client.owner("GET", b"k") == "master"


def test_a_command_that_takes_many_keys_goes_straight_with_one():
    client = Client()
    assert client.owner("MGET", "k") == "master"
    assert client.owner("MSET", "k", "v") == "master"
    assert client.owner("MGET", "k", "k") is None
    assert client.owner("MSET", "k", "v", "k", "w") is None
    assert client.owner("BLPOP", "k", 1) is None


def test_whatever_else_is_to_be_considered_is_left_to_redis_py():
    client = Client()
    assert client.owner("GET") is None
    assert client.owner("GET", "k", target_nodes="all") is None
    assert client.owner("GET", None, target_nodes="all") is None
    assert client.owner("GET", "k", callbacks=["GET"]) is None
    assert client.owner("GET", "a slot that nobody has") is None
    client.command_flags["GET"] = "random"
    assert client.owner("GET", "k") is None


def test_a_policy_of_ones_own_is_asked():
    assert Client(resolver=object()).owner("GET", "k") is None


def test_a_command_that_reads_may_go_to_a_replica():
    client = Client()
    client.nodes_manager.get_node_from_slot = lambda slot, replicas, strategy: (replicas, strategy)
    client.read_from_replicas = True
    assert client.owner("GET", "k") == (True, None)
    assert client.owner("SET", "k", 1) == (False, None)
    client.read_from_replicas, client.load_balancing_strategy = False, "random"
    assert client.owner("GET", "k") == (False, "random")
    assert client.owner("SET", "k", 1) == (False, None)
