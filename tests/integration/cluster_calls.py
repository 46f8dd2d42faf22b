"""Calls that only a cluster client has, or that it makes in a way of its own.

As in ``parity_calls``: values, made on redis-py's client and on the adapter's, and compared.  The
keys ``a``, ``b`` and ``c`` belong to three masters (slots 15495, 3300 and 7365).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from redis.cluster import PIPELINE_BLOCKED_COMMANDS

from tests.integration.parity_calls import (
    Call,
    Exchange,
    attribute,
    by_client,
    do,
    every,
    held,
    pipeline,
    script,
    shape,
    transaction,
)

Asked = Callable[[Any], Any]
"""What is asked of the client."""


class Of(Call):
    """What a function of the client says; ``method`` says in words what that is."""

    def __str__(self) -> str:
        return self.method

    def on(self, client: Any) -> Any:
        asked: Asked = self.args[0]
        return asked(client)


def of(words: str, asked: Asked) -> Call:
    """``asked(client)``."""
    return Of(words, (asked,))


class Aimed(Call):
    """A call whose ``target_nodes`` are what ``args[1]`` makes of the client."""

    def __str__(self) -> str:
        return f"{self.args[0]} at {self.method}"

    def on(self, client: Any) -> Any:
        call, pick = self.args
        aimed = Call(call.method, call.args, (*call.kwargs, ("target_nodes", pick(client))))
        return aimed.on(client)


def at(call: Call, words: str, pick: Asked) -> Call:
    """The call with ``target_nodes=pick(client)``."""
    return Aimed(words, (call, pick))


class Loosely(Call):
    """A call of whose result only what ``args[1]`` makes of it is compared."""

    def __str__(self) -> str:
        return str(self.args[0])

    def run(self, client: Any) -> Any:
        call, loosened = self.args
        return loosened(call.run(client))

    async def arun(self, client: Any) -> Any:
        call, loosened = self.args
        return loosened(await call.arun(client))


def loosely(call: Call, loosened: Asked) -> Call:
    """What ``loosened`` makes of the result, which is never twice the same."""
    return Loosely("loosely", (call, loosened))


class Waited(Call):
    """In a ``Held``: messages of a PubSub until there is one that is none of ``None``."""

    def on(self, client: Any) -> Any:
        return getattr(client, self.method)(*self.args, **dict(self.kwargs))

    def run(self, client: Any) -> Any:
        for _ in range(40):
            if (message := self.on(client)) is not None:
                return message
        return None

    async def arun(self, client: Any) -> Any:
        for _ in range(40):
            if (message := await self.on(client)) is not None:
                return message
        return None


def names(nodes: Any) -> list[str]:
    """The nodes by name, in order."""
    return sorted(node.name for node in nodes)


def first(client: Any) -> Any:
    """The master of slot 0."""
    return client.nodes_manager.slots_cache[0][0]


def last(client: Any) -> Any:
    """The master of the last slot."""
    return client.nodes_manager.slots_cache[16383][0]


def replica(client: Any) -> Any:
    """The replica of slot 0."""
    return client.nodes_manager.slots_cache[0][1]


FLAGS = ("all", "primaries", "replicas", "random", "default-node")
ABC = (do.set("a", 1), do.set("b", 2), do.set("c", 3))

NODES: list[Exchange] = [
    of("the nodes", lambda client: names(client.get_nodes())),
    of("the primaries", lambda client: names(client.get_primaries())),
    of("the replicas", lambda client: names(client.get_replicas())),
    of("types of nodes", lambda client: [node.server_type for node in client.get_primaries()]),
    of("a random node", lambda client: client.get_random_node().name in names(client.get_nodes())),
    of("the default node", lambda client: client.get_default_node().server_type),
    of(
        "another default node",
        lambda client: (
            client.set_default_node(last(client)),
            client.get_default_node() == last(client),
        ),
    ),
    of("no default node", lambda client: client.set_default_node(None)),
    of(
        "a default node that is replaced",
        lambda client: (
            client.set_default_node(first(client)),
            client.replace_default_node(),
            client.get_default_node() == first(client),
            client.replace_default_node(last(client)),
            client.get_default_node() == last(client),
        ),
    ),
    of("a node by name", lambda client: client.get_node(node_name=first(client).name).name),
    of(
        "a node by address",
        lambda client: client.get_node(host="localhost", port=first(client).port).name,
    ),
    of("no node", lambda client: client.get_node(node_name="nowhere:1")),
    of("a node by nothing", lambda client: client.get_node()),
    of("the node of a key", lambda client: client.get_node_from_key("b").name),
    of("the replica of a key", lambda client: client.get_node_from_key("b", replica=True).name),
    of("slots", lambda client: [client.keyslot(key) for key in ("a", b"b", 3, "{b}c", "")]),
    of("the slot of nothing", lambda client: client.keyslot(None)),
    of("its encoder", lambda client: client.get_encoder().encode("ä")),
    of("slots that are covered", lambda client: len(client.nodes_manager.slots_cache)),
    of("truth", bool),
    of("a random primary", lambda client: client.get_random_primary_node().server_type),
    of(
        "whoever is asked without a key",
        lambda client: client.get_random_primary_or_all_nodes("DBSIZE").server_type,
    ),
    of("special nodes", lambda client: client.get_special_nodes()),
    of("the client of a node", lambda client: client.set_retry(client.retry)),
    (
        of(
            "a callback of one's own",
            lambda client: client.set_response_callback("STRLEN", lambda reply, **_: (reply, "!")),
        ),
        do.strlen("a"),
        of(
            "the callback as before",
            lambda client: client.set_response_callback("STRLEN", lambda reply, **_: reply),
        ),
        do.strlen("a"),
    ),
    of(
        "an entry for a flag",
        lambda client: client.command_flags.update({"STRLEN": "default-node"}),
    ),
    do.strlen("a"),
    of("and none", lambda client: client.command_flags.pop("STRLEN")),
    do.strlen("a"),
    of("commands with flags", lambda client: client.command_flags["DBSIZE"]),
]

AIMED: list[Exchange] = [
    *((*ABC, Call("dbsize", (), (("target_nodes", flag),))) for flag in ("all", "primaries")),
    *(Call("ping", (), (("target_nodes", flag),)) for flag in FLAGS),
    (*ABC, do.keys(target_nodes="primaries")),
    (*ABC, do.keys("[ab]", target_nodes="all")),
    (*ABC, at(do.dbsize(), "one", last)),
    (*ABC, at(do.dbsize(), "a list", lambda client: [first(client), last(client)])),
    (*ABC, at(do.dbsize(), "a dict", lambda client: {"x": first(client), "y": last(client)})),
    at(do.ping(), "nothing", lambda client: []),
    (*ABC, at(do.get("a"), "its master", last)),
    (*ABC, at(do.get("a"), "another master", first)),
    (*ABC, at(do.get("b"), "its replica", replica)),
    (*ABC, at(do.set("b", 5), "its replica", replica), do.get("b")),
    at(do.config_get("maxmemory"), "two", lambda client: [first(client), last(client)]),
    do.config_get("maxmemory", target_nodes="primaries"),
    do.config_set("maxmemory", 0, target_nodes="all"),
    do.config_set("nosuch", 0, target_nodes="all"),
    do.config_resetstat(target_nodes="all"),
    do.flushall(),
    do.flushdb(target_nodes="primaries"),
    do.flushall(target_nodes="replicas"),
    do.info(target_nodes="primaries"),
    do.lastsave(target_nodes="all"),
    do.time(),
    do.client_getname(target_nodes="all"),
    do.client_id(target_nodes="primaries"),
    do.slowlog_len(target_nodes="all"),
    do.slowlog_reset(target_nodes="all"),
    do.memory_purge(target_nodes="all"),
    do.acl_whoami(target_nodes="all"),
    do.pubsub_channels(target_nodes="all"),
    do.pubsub_numsub("x", "y", target_nodes="all"),
    do.pubsub_numpat(target_nodes="all"),
    do.pubsub_shardchannels(target_nodes="all"),
    do.pubsub_shardnumsub("x", target_nodes="all"),
    do.ping(target_nodes="nonsense"),
    do.ping(target_nodes=7),
    do.get("a", target_nodes="random"),
    do.execute_command("PING", target_nodes="all"),
    do.execute_command("ping"),
    do.execute_command("GET", "a"),
    (do.set("a", 1), do.execute_command("get", "a")),
    do.execute_command("GET"),
    do.execute_command("NOSUCH", "x"),
    do.execute_command("NOSUCH", target_nodes="all"),
    do.execute_command("CONFIG GET", "maxmemory"),
    do.execute_command("CONFIG", "GET", "maxmemory"),
    do.execute_command("CLUSTER COUNTKEYSINSLOT", 3300),
    do.execute_command("OBJECT ENCODING", "a"),
    do.execute_command("MULTI"),
    do.execute_command(),
]

MANY_KEYS: list[Exchange] = [
    (*ABC, do.mget("a", "b", "c")),
    (*ABC, do.mget("a")),
    (do.mset({"{x}1": 1, "{x}2": 2}), do.mget("{x}1", "{x}2", "{x}3")),
    do.mset({"a": 1, "b": 2}),
    do.msetnx({"a": 1, "b": 2}),
    (do.mset_nonatomic({"a": 1, "b": 2, "{b}c": 3}), do.mget_nonatomic("a", "b", "{b}c", "none")),
    do.mget_nonatomic(["a", "b"]),
    do.mget_nonatomic([]),
    do.mset_nonatomic({}),
    (*ABC, do.delete("a", "b", "c", "none")),
    (*ABC, do.exists("a", "b", "a", "none")),
    (*ABC, do.touch("a", "b", "none")),
    (*ABC, do.unlink("a", "b", "none")),
    (*ABC, do.delete("a")),
    do.delete(),
    (*ABC, do.rename("a", "b")),
    (*ABC, do.rename("a", "{a}2"), do.get("{a}2")),
    (do.sadd("a", 1), do.sinter("a", "b")),
    (do.sadd("{s}a", 1, 2), do.sadd("{s}b", 2), do.sinter("{s}a", "{s}b")),
    do.sunionstore("a", "b"),
    do.zunionstore("{z}a", ["{z}b", "{z}c"]),
    do.zunionstore("a", ["b", "c"]),
    do.xread({"a": 0, "b": 0}),
    (do.xadd("a", {"f": 1}, id="1-1"), do.xread({"a": 0})),
    do.blpop(["a", "b"], 0.01),
    (do.rpush("a", 1), do.blpop("a", 1)),
    do.bitop("AND", "a", "b", "c"),
    do.pfmerge("a", "b"),
    do.lmove("a", "b"),
    do.sort("a", store="b"),
    do.eval("return KEYS", 2, "a", "b"),
    do.eval("return KEYS", 2, "{a}1", "{a}2"),
    do.eval("return 1", 0),
    do.eval("return redis.call('get', KEYS[1])", 1, "b"),
    do.eval("return redis.call('get', 'a') or redis.call('get', 'b')", 0),
    do.eval_ro("return 1", 1, "a"),
    do.evalsha("0" * 40, 1, "a"),
    (do.script_load("return 5"), do.evalsha("4ca238f611c9d0ae4e9a75a5dbac22aedc1e44c7", 1, "x")),
    (do.script_load("return 1"), do.script_exists("e0e1f9fabfc9d4800c877a703b823ac0578ff8db")),
    do.script_exists("0" * 40),
    do.script_flush(),
    do.script_kill(),
    script("return {KEYS[1], ARGV[1]}", keys=["a"], args=[1]),
    script("return {KEYS[1], ARGV[1]}", keys=["a", "b"], args=[1]),
    script("return 1"),
    do.function_list(),
    do.fcall("nosuch", 1, "a"),
    do.swapdb(0, 1),
    do.replicaof("x", 1),
    do.slaveof("x", 1),
    (*ABC, do.scan(target_nodes="random")),
    (*ABC, every(do.scan_iter())),
    (*ABC, every(do.scan_iter(match="[ab]", count=1))),
    (*ABC, do.keys()),
    (*ABC, do.dbsize()),
    do.randomkey(),
    do.move("a", 1),
    do.copy("a", "b"),
    do.publish("a", "b"),
    do.spublish("a", "b"),
]

CLUSTER: list[Exchange] = [
    loosely(do.cluster_info(), sorted),
    do.cluster_keyslot("a"),
    do.cluster_slots(),
    loosely(do.cluster_shards(), shape),
    loosely(
        do.cluster_nodes(), lambda nodes: sorted((name, sorted(nodes[name])) for name in nodes)
    ),
    do.cluster_countkeysinslot(3300),
    (*ABC, do.cluster_countkeysinslot(3300)),
    (*ABC, do.cluster_get_keys_in_slot(3300, 5)),
    of("its id", lambda client: client.cluster_myid(first(client))),
    do.cluster_myshardid(),
    of("its replicas", lambda client: client.cluster_replicas("0" * 40)),
    do.cluster_count_failure_report("0" * 40),
    loosely(
        of("links", lambda client: client.cluster_links(first(client))),
        lambda links: shape(links[:1]),
    ),
    of("slots again", lambda client: client.cluster_addslots(first(client), 0)),
    of("a range again", lambda client: client.cluster_addslotsrange(first(client), 0, 5)),
    do.cluster_setslot_stable(3300),
    of("a slot", lambda client: client.cluster_setslot(first(client), "0" * 40, 3300, "NODE")),
    of("a state", lambda client: client.cluster_setslot(first(client), "x", 1, "nonsense")),
    of("failover", lambda client: client.cluster_failover(first(client))),
    of("nonsense", lambda client: client.cluster_failover(first(client), "nonsense")),
    of("replicate", lambda client: client.cluster_replicate(replica(client), "0" * 40)),
    of("save", lambda client: client.cluster_save_config(first(client))),
    do.cluster_delslots(99999),
    do.cluster_delslotsrange(99999, 99999),
    do.cluster_set_config_epoch(5, target_nodes="primaries"),
    do.cluster_meet("nowhere", 1),
    do.readonly(target_nodes="all"),
    do.readwrite(target_nodes="all"),
    do.wait(1, 10_000),  # with none to wait for, how many have seen a write is chance
    do.client_tracking_off(target_nodes="primaries"),
]

BLOCKED = sorted({name.replace(" ", "_").lower() for name in PIPELINE_BLOCKED_COMMANDS})

PIPELINES: list[Exchange] = [
    pipeline(*ABC, do.get("a"), do.get("b"), do.incr("c")),
    pipeline(*ABC, do.lpush("b", 1), do.get("c")),
    pipeline(*ABC, do.lpush("b", 1), do.get("c"), raise_on_error=False),
    pipeline(*ABC, do.hgetall("h"), do.sadd("s", 1), do.smembers("s"), do.zadd("z", {"m": 1})),
    pipeline(do.delete("a"), do.unlink("b"), do.exists("a")),
    pipeline(do.delete("a", "b")),
    pipeline(do.unlink("a", "b")),
    pipeline(do.set("a", None)),
    pipeline(do.mset_nonatomic({"a": 1, "b": 2})),
    pipeline(do.eval("return 1", 0)),
    pipeline(do.execute_command("MGET", "a", "b")),
    pipeline(do.execute_command("DBSIZE")),
    pipeline(do.execute_command("NOSUCH", "a")),
    pipeline(do.execute_command("FLUSHALL")),
    pipeline(do.execute_command("EVAL", "return KEYS", 1, "a"), do.get("a")),
    pipeline(do.xread({"a": 0}), do.zunion(["{z}a", "{z}b"])),
    pipeline(do.watch("a")),
    pipeline(do.multi()),
    pipeline(do.unwatch()),
    pipeline(),
    pipeline(do.blpop("none", 0.01)),
    pipeline(do.cluster_countkeysinslot(5)),
    *(pipeline(Call(name)) for name in BLOCKED),
    transaction(do.set("{t}1", 1), do.incr("{t}1"), do.get("{t}2")),
    transaction(do.set("a", 1), do.set("b", 1)),
    transaction(do.set("a", 1), do.lpush("a", 1), do.get("a")),
    transaction(do.set("a", 1), do.lpush("a", 1), do.get("a"), raise_on_error=False),
    transaction(do.set("a", 1), do.execute_command("SET", "a"), do.get("a")),
    transaction(),
    transaction(do.dbsize()),
    transaction(do.execute_command("DBSIZE")),
    transaction(do.watch("a"), do.get("a"), do.multi(), do.set("a", 5), do.get("a")),
    transaction(do.watch("a"), do.watch("b")),
    transaction(do.watch("a", "b")),
    transaction(do.watch("a"), do.get("b")),
    transaction(do.multi(), do.watch("a")),
    transaction(do.multi(), do.multi()),
    transaction(do.set("a", 1), do.multi()),
    transaction(do.watch("a"), do.unwatch(), do.set("a", 1)),
    transaction(do.watch("a")),
    transaction(do.unwatch()),
    transaction(do.mset({"{m}1": 1, "{m}2": 2})),
    held(
        do.pipeline(transaction=True),
        do.watch("a"),
        by_client(do.set("a", "other")),
        do.multi(),
        do.set("a", 1),
        do.execute(),
        do.get("a"),
        do.execute(),
    ),
    held(do.pipeline(), do.set("a", 1), do.get("a"), do.__len__(), do.execute(), do.execute()),
    held(do.pipeline(transaction=True), do.set("a", 1), do.discard(), do.execute()),
    do.pipeline(shard_hint=1),
]

MESSAGE = Waited("get_message", (), (("timeout", 0.1),))
SHARDED = Waited("get_sharded_message", (), (("timeout", 0.1),))

NOTICE = Waited("get_message", (), (("timeout", 0.1),))

LISTENING: list[Exchange] = [
    (
        do.config_set("notify-keyspace-events", "KEA", target_nodes="all"),
        held(
            do.keyspace_notifications(key_prefix="n:"),
            do.subscribe_keyspace("n:*"),
            by_client(do.set("n:1", 1)),
            NOTICE,
            by_client(do.lpush("n:2", 1)),
            NOTICE,
            attribute("subscribed"),
        ),
        do.config_set("notify-keyspace-events", "", target_nodes="all"),
    ),
    held(
        do.pubsub(),
        do.subscribe("news"),
        MESSAGE,
        by_client(do.publish("news", "one")),
        MESSAGE,
        do.psubscribe("n*"),
        MESSAGE,
        do.unsubscribe(),
        MESSAGE,
        do.punsubscribe(),
        MESSAGE,
        do.get_message(),
    ),
    held(
        do.pubsub(),
        do.ssubscribe("a"),
        SHARDED,
        do.ssubscribe("b"),
        SHARDED,
        by_client(do.spublish("a", "one")),
        SHARDED,
        by_client(do.spublish("b", "two")),
        SHARDED,
        do.sunsubscribe("a"),
        do.sunsubscribe(),
    ),
]

NOWHERE: list[Exchange] = [
    do.pubsub(host="nowhere", port=1),
    do.pubsub(host="localhost"),
]
"""For synchronous clients: redis-py's asynchronous PubSub, not made, stumbles over its own end."""


class Listening(Call):
    """A PubSub that is told its node."""

    def __str__(self) -> str:
        return f"a pubsub at {self.method}"

    def run(self, client: Any) -> Any:
        node = self.args[0](client)
        with client.pubsub(node=node) as pubsub:
            pubsub.subscribe("x")
            return (pubsub.get_pubsub_node() == node, MESSAGE.run(pubsub), pubsub.node.name)

    async def arun(self, client: Any) -> Any:
        node = self.args[0](client)
        async with client.pubsub(node=node) as pubsub:
            await pubsub.subscribe("x")
            return (
                pubsub.get_pubsub_node() == node,
                await MESSAGE.arun(pubsub),
                pubsub.node.name,
            )


LISTENING += [Listening("a master", (first,)), Listening("a replica", (replica,))]


def _write(pipe: Any) -> Any:
    pipe.multi()
    pipe.set("{t}1", 1)
    pipe.get("{t}1")


async def _awrite(pipe: Any) -> Any:
    _write(pipe)


class Transacted(Call):
    """``transaction(function, *watched)`` of the client."""

    def on(self, client: Any) -> Any:
        function = _awrite if inspect.iscoroutinefunction(client.transaction) else _write
        return client.transaction(function, *self.args)


OBJECTS: list[Exchange] = [
    Transacted("transaction", ("{t}1", "{t}2")),
    Transacted("transaction", ("{t}1", "{u}2")),
    Transacted("transaction", ()),
    held(
        do.lock("l", timeout=5), do.acquire(), do.owned(), do.extend(5), do.release(), do.locked()
    ),
    held(do.lock("l"), do.release()),
]

CALLS: dict[str, list[Exchange]] = {
    "nodes": NODES,
    "aimed": AIMED,
    "many keys": MANY_KEYS,
    "cluster": CLUSTER,
    "pipelines": PIPELINES,
    "listening": LISTENING,
    "objects": OBJECTS,
}
