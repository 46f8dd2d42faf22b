"""Whatever is said to the nodes of a cluster, they stay of sound mind."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from mock_backend import MockCluster, VirtualClock
from mock_backend.cluster import MockNode
from mock_backend.kernel.cluster.slots import SLOTS
from mock_backend.kernel.cluster.view import View

STEPS = 120
SAID = """
ADDSLOTS slot
DELSLOTS slot
ADDSLOTSRANGE slot slot
DELSLOTSRANGE 0 16383
FLUSHSLOTS
SETSLOT slot MIGRATING node
SETSLOT slot IMPORTING node
SETSLOT slot NODE node
SETSLOT slot STABLE
FORGET node
REPLICATE node
RESET SOFT
RESET HARD
FAILOVER
FAILOVER FORCE
FAILOVER TAKEOVER
MEET 127.0.0.1 port
BUMPEPOCH
NODES
SLOTS
SHARDS
INFO
LINKS
""".strip().splitlines()
CALLS = "SET GET DEL SSUBSCRIBE SPUBLISH PUBLISH BLPOP READONLY ASKING FLUSHALL".split()


def words(line: str, nodes: list[MockNode], chance: random.Random) -> list[str]:
    """A line with something put in the place of each word in small letters."""
    made = {
        "slot": lambda: str(chance.choice((0, 3300, 15495, chance.randrange(SLOTS)))),
        "node": lambda: chance.choice(nodes).id,
        "port": lambda: str(chance.choice(nodes).kernel.port),
    }
    return [made[word]() if word in made else word for word in line.split()]


def call(chance: random.Random) -> list[str]:
    """A call for one of a few keys."""
    name, key = chance.choice(CALLS), chance.choice("abcf")
    more = {"SET": ["1"], "SPUBLISH": ["x"], "PUBLISH": ["x"], "BLPOP": ["1"]}
    bare = name in {"READONLY", "ASKING", "FLUSHALL"}
    return [name] if bare else [name, key, *more.get(name, [])]


@pytest.mark.parametrize("seed", range(2))
def test_nothing_that_is_said_or_happens_confuses_the_nodes(seed: int) -> None:
    chance, clock = random.Random(seed), VirtualClock()
    compat = ("redis-7.0", "valkey-8.0")[seed % 2]
    cluster = MockCluster(masters=3, replicas=1, clock=clock, compat=compat)
    cluster.form()
    for _ in range(STEPS):
        node = chance.choice(cluster.nodes)
        what = chance.random()
        if what < 0.5:
            node.client()("CLUSTER", *words(chance.choice(SAID), cluster.nodes, chance))
        elif what < 0.7:
            node.client()(*call(chance))
        elif what < 0.8:
            (cluster.fail if chance.random() < 0.5 else cluster.recover)(node)
        elif what < 0.9:
            clock.advance(chance.choice((1, 1_000, 20_000)))
        else:
            cluster.settle()
    for node in cluster.nodes:
        cluster.recover(node)
    assert cluster.bugs == []
    for node in cluster.nodes:
        owners = Counter(node.view.owners)
        assert {each.me: owners[each.me] for each in views(cluster)} == {
            each.me: sum(last - first + 1 for first, last in node.view.ranges_of(each.me))
            for each in views(cluster)
        }
        assert [leader for leader in node.view.leaders if not owners[leader]] == []


def views(cluster: MockCluster) -> list[View]:
    """What each node believes."""
    return [node.view for node in cluster.nodes]
