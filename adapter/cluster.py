"""The synchronous cluster: redis-py's ``RedisCluster`` over GLIDE.

The slot map, who is asked what, and how many answers become one are redis-py's own; every node is
an ``adapter.Redis``.  Where a node sends a command is followed as ``state/redirects`` has it.
"""

from __future__ import annotations

import _thread
import functools
import time
import weakref
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import redis.cluster
from redis._parsers.commands import CommandsParser as RedisCommandsParser
from redis.cluster import (
    PRIMARY,
    REPLICA,
    ClusterNode,
    LoadBalancer,
    LoadBalancingStrategy,
    get_node_name,
)
from redis.exceptions import (
    AuthenticationError,
    ConnectionError,
    CrossSlotTransactionError,
    DataError,
    MaxConnectionsError,
    RedisClusterException,
    RedisError,
    TimeoutError,
    WatchError,
)

from adapter import lending
from adapter.client import Pipeline, Redis
from adapter.connect.asking import ask
from adapter.connect.counters import Counters, total
from adapter.connect.options import refuse
from adapter.connect.pool import ConnectionPool
from adapter.connect.session import READONLY
from adapter.connect.stand_in import SOURCES
from adapter.connect.tuning import OF_THREADS, taken
from adapter.plain_set import shortened
from adapter.pubsub import PubSub
from adapter.rebinding import rebound
from adapter.registered import Script
from adapter.state.keys import KeysAtHand
from adapter.state.redirects import REFUSED, Asked, Lost, Moved, Pause, Send, Step, journey
from adapter.state.straight import Straight
from adapter.translate import flow
from adapter.translate.plan import Native

__all__ = [
    "PRIMARY",
    "REPLICA",
    "ClusterNode",
    "ClusterPipeline",
    "ClusterPubSub",
    "LoadBalancer",
    "LoadBalancingStrategy",
    "NodesManager",
    "RedisCluster",
    "get_node_name",
]

if not TYPE_CHECKING:
    __getattr__ = lending.rest_of(__name__)

ABOUT_NO_NODE = (AuthenticationError, MaxConnectionsError)
"""Errors of a connection that say nothing of the topology."""


class NodesManager(redis.cluster.NodesManager):
    """redis-py's slot map, read through GLIDE."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"connection_pool_class": ConnectionPool, **kwargs})

    def create_redis_node(self, host: Any, port: Any, **kwargs: Any) -> Redis:
        """The client of one node."""
        # redis-py has READONLY sent when a connection is opened; GLIDE opens them by itself
        connected = kwargs.pop("redis_connect_func", None)
        node: Redis = _create_redis_node(self, host, port, **kwargs)
        cluster = getattr(connected, "__self__", None)
        if isinstance(cluster, RedisCluster):
            node.connection_pool = node.connection_pool.tuned(cluster._said)
            # weakly: a pool's finalizer holds the lanes, and they hold this
            preamble = functools.partial(_readonly, weakref.ref(cluster))
            node.connection_pool.lanes.preamble = preamble
        return node


_create_redis_node = rebound(redis.cluster.NodesManager.create_redis_node, Redis=Redis)


def _readonly(weakly: Callable[[], Any]) -> tuple[Native, ...]:
    cluster = weakly()
    if cluster is None or not (cluster.read_from_replicas or cluster.load_balancing_strategy):
        return ()
    return (READONLY,)


class RedisCluster(Straight, redis.cluster.RedisCluster):
    """A ``redis.RedisCluster`` whose commands travel through Valkey GLIDE."""

    nodes_manager: NodesManager
    _said: Mapping[str, Any]
    """Of how calls travel, to each node; as in ``adapter.Redis``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        refuse(kwargs)
        self._said = taken(kwargs, OF_THREADS)
        _initialise(self, *args, **kwargs)
        self._go_straight()

    @property
    def stats(self) -> Counters:
        """What has been sent to all nodes: requests, batches and their mean size, scripts."""
        clients = [node.redis_connection for node in self.nodes_manager.nodes_cache.values()]
        return total(client.stats for client in clients if isinstance(client, Redis))

    def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        """Runs one command where its key is, or where it says, and returns redis-py's result."""
        callbacks: Any = self.cluster_response_callbacks
        node = self._owner(args, kwargs, callbacks, self.result_callbacks)
        client = None if node is None else node.redis_connection
        if isinstance(client, Redis) and not _reads_itself(client):
            try:
                return client.execute_command(*args, **kwargs)
            except ABOUT_NO_NODE:
                raise
            except (ConnectionError, TimeoutError) as error:
                self._take(Lost(node, error), args, kwargs)
                if not self.retry.get_retries():
                    raise
            except REFUSED:
                # nothing was run: redis-py's way finds out where to
                pass
        return super().execute_command(*args, **kwargs)  # type: ignore[no-untyped-call]

    def determine_slot(self, *args: Any) -> int | None:
        """The slot of a command's keys."""
        slot = self._slot(args)
        return super().determine_slot(*args) if slot is None else slot

    def _execute_command(self, target_node: Any, *args: Any, **kwargs: Any) -> Any:
        """One command, from ``target_node`` to wherever it is sent."""
        way = journey(target_node, ABOUT_NO_NODE)
        try:
            step = next(way)
            while True:
                try:
                    answer = self._take(step, args, kwargs)
                except RedisError as error:
                    step = way.throw(error)
                else:
                    step = way.send(answer)
        except StopIteration as finished:
            return finished.value

    def _take(self, step: Step, args: Any, options: dict[str, Any]) -> Any:
        nodes = self.nodes_manager
        match step:
            case Send(node, asking):
                return self._send(node, asking, args, options)
            case Moved(error):
                self.reinitialize_counter += 1
                if self._should_reinitialized():  # type: ignore[no-untyped-call]
                    nodes.initialize(additional_startup_nodes_info=[(error.host, error.port)])
                    self.reinitialize_counter = 0
                else:
                    nodes.move_slot(error)
                return self.get_nodes_from_slot(args[0], *args)[0]
            case Asked(name):
                return self._known(name)
            case Pause(seconds):
                time.sleep(seconds)
            case Lost(node, _):
                self._doubt()
                nodes.move_node_to_end_of_cached_nodes(node.name)
                nodes.initialize(last_failed_node_name=node.name)
            case _:
                nodes.initialize()
        return None

    def _doubt(self) -> None:
        """Where one node is gone others may be: each is asked before it is waited for."""
        nodes = self.nodes_manager
        for node in (*nodes.nodes_cache.values(), *nodes.startup_nodes.values()):
            if isinstance(node.redis_connection, Redis):
                node.redis_connection.connection_pool.lanes.doubt()

    def _known(self, name: str) -> ClusterNode:
        """The node of that name, which may be new."""
        host, _, port = name.rpartition(":")
        known = self.get_node(node_name=name)  # type: ignore[no-untyped-call]
        return known or ClusterNode(host, int(port))  # type: ignore[no-untyped-call]

    def _send(self, node: Any, asking: bool, args: Any, options: dict[str, Any]) -> Any:
        client: Any = self.get_redis_connection(node)
        if _reads_itself(client):
            response = _by_hand(client, asking, args, options)
        elif asking:
            pool = client.connection_pool
            plan = flow.plan_of(args, pool.encoder)
            reply = ask(pool.sender, plan)
            response = flow.finish(plan, reply, options, client.response_callbacks, pool.encoder)
        else:
            response = client.execute_command(*args, **options)
        options.pop("keys", None)
        callbacks: Any = self.cluster_response_callbacks
        callback = callbacks.get(args[0])
        return response if callback is None else callback(response, **options)

    def pipeline(self, transaction: Any = None, shard_hint: Any = None) -> ClusterPipeline:
        """A queue of commands: each node's are sent together; with ``transaction``, all to one."""
        pipeline: ClusterPipeline = _pipeline(self, transaction, shard_hint)
        pipeline._single_keyed = self._single_keyed
        return pipeline

    def pubsub(
        self, node: Any = None, host: Any = None, port: Any = None, **kwargs: Any
    ) -> ClusterPubSub:
        """Listens at one node, or at the one that the first channel's slot belongs to."""
        return ClusterPubSub(self, node=node, host=host, port=port, **kwargs)

    set = shortened(redis.cluster.RedisCluster.set)

    def register_script(self, script: Any) -> Any:
        """redis-py's ``Script``; its source is remembered, so that its calls can share batches."""
        registered = Script(self, script)
        SOURCES.learn(bytes(self.encoder.encode(script)))
        return registered

    def __del__(self) -> None:
        """Connections end with their pools, which a pipeline or a PubSub may still be using."""


_PARSE_RESPONSE = redis.Redis.parse_response


def _reads_itself(client: Any) -> bool:
    """Whether somebody has replaced ``parse_response``, through which redis-py's cluster reads."""
    return type(client).parse_response is not _PARSE_RESPONSE


def _by_hand(client: Any, asking: bool, args: Any, options: dict[str, Any]) -> Any:
    """As redis-py: a connection is written to, and ``parse_response`` reads it."""
    connection = client.connection_pool.get_connection()
    try:
        if asking:
            connection.send_command("ASKING")
            client.parse_response(connection, "ASKING", **options)
        connection.send_command(*args, **options)
        return client.parse_response(connection, args[0], **options)
    finally:
        client.connection_pool.release(connection)


class CommandsParser(KeysAtHand, RedisCommandsParser):
    """redis-py's parser of commands, which asks the server less often."""


_initialise = rebound(
    redis.cluster.RedisCluster.__init__, NodesManager=NodesManager, CommandsParser=CommandsParser
)
# who asks for the signature is told redis-py's
functools.update_wrapper(RedisCluster.__init__, redis.cluster.RedisCluster.__init__)


class Convoy:
    """One sending of a pipeline: a batch for each node, all under way at once.

    Made to look, to redis-py's pipeline, like the connections that it writes to and reads from.
    """

    def __init__(self, *, sent: bool = False) -> None:
        self.batches: list[NodeBatch] = []
        self._departed = sent

    def connection(self, client: Redis) -> NodeBatch:
        """What stands for a connection to that node."""
        return NodeBatch(self, client)

    def commands(self, parse_response: Any, pool: Any, batch: NodeBatch) -> NodeBatch:
        """What stands for the commands on that connection."""
        self.batches.append(batch)
        return batch

    def depart(self) -> None:
        """Sends all batches; the last one on this thread."""
        if self._departed:
            return
        self._departed = True
        *others, last = self.batches
        for batch in others:
            batch.arrived.acquire()
            # threading's would wait for it to begin
            _thread.start_new_thread(batch.run_elsewhere, ())
        last.run()


class NodeBatch:
    """The commands of a pipeline that one node is to run."""

    def __init__(self, convoy: Convoy, client: Redis) -> None:
        keywords = client.connection_pool.connection_kwargs
        self.host, self.port, self.db = keywords.get("host"), keywords.get("port"), 0
        self.connection = self.connection_pool = self
        self.commands: list[Any] = []
        self.append: Callable[[Any], None] = self.commands.append
        self.arrived = _thread.allocate_lock()
        """Held while the batch is under way on another thread."""
        self._convoy = convoy
        self._client = client
        self._failure: BaseException | None = None

    def write(self) -> None:
        """Sends the commands, together with those of all other nodes."""
        self._convoy.depart()

    def read(self) -> None:
        """Returns once each command has its ``result``, which may be an error.

        Errors: DataError, for a value that redis-py refuses.
        """
        self.arrived.acquire()
        if self._failure is not None:
            raise self._failure

    def run_elsewhere(self) -> None:
        """As ``run``, and says so."""
        try:
            self.run()
        finally:
            self.arrived.release()

    def run(self) -> None:
        """Sends the batch and waits for its replies."""
        queue = self._client.pipeline(transaction=False)
        queue.command_stack = [(command.args, command.options) for command in self.commands]
        results: list[Any]
        try:
            results = queue.execute(raise_on_error=False)
        except DataError as error:
            self._failure = error
        except RedisError as error:
            for command in self.commands:
                command.result = error
        except BaseException as error:
            self._failure = error
        else:
            for command, result in zip(self.commands, results, strict=True):
                command.result = result

    def release(self, connection: Any) -> None:
        """Nothing was taken."""

    def disconnect(self) -> None:
        """Nothing was opened."""


class PipelineStrategy(redis.cluster.PipelineStrategy):
    """redis-py's pipeline over many nodes."""

    def _send_cluster_commands(
        self, stack: Any, raise_on_error: bool = True, allow_redirections: bool = True
    ) -> Any:
        sent = self._sent_straight(stack)
        if sent and not any(isinstance(command.result, Exception) for command in stack):
            return [command.result for command in stack]
        # redis-py's way: it also knows what to do with errors
        convoy = Convoy(sent=sent)
        send = rebound(
            redis.cluster.PipelineStrategy._send_cluster_commands,
            get_connection=convoy.connection,
            NodeCommands=convoy.commands,
        )
        return send(self, stack, raise_on_error, allow_redirections)

    def _sent_straight(self, stack: Any) -> bool:
        """Sends everything, if it is known at once where everything goes."""
        pipe: Any = self._pipe
        convoy = Convoy()
        batches: dict[int, NodeBatch] = {}
        for command in stack:
            node = pipe._owner(command.args, command.options, pipe.cluster_response_callbacks)
            client = None if node is None else node.redis_connection
            if not isinstance(client, Redis):
                return False
            batch = batches.get(id(client))
            if batch is None:
                batch = batches[id(client)] = NodeBatch(convoy, client)
                convoy.batches.append(batch)
            batch.append(command)
        for batch in convoy.batches:
            batch.write()
        for batch in convoy.batches:
            batch.read()
        return True


class TransactionStrategy(redis.cluster.TransactionStrategy):
    """redis-py's transaction on one slot, run by a pipeline of the slot's node."""

    def __init__(self, pipe: Any) -> None:
        super().__init__(pipe)
        self._queue: Pipeline | None = None

    def _at_node(self) -> tuple[Pipeline, Redis]:
        if not self._pipeline_slots:
            raise RedisClusterException(
                "At least a command with a key is needed to identify a node"
            )
        slot = next(iter(self._pipeline_slots))
        node = self._nodes_manager.get_node_from_slot(slot)
        client: Any = self._pipe.get_redis_connection(node)
        queue = self._queue
        if queue is None or queue.connection_pool is not client.connection_pool:
            if queue is not None and self._watching:
                # what another node watches says nothing about this one
                raise WatchError("Slot rebalancing occurred while watching keys")
            self._let_go()
            queue = self._queue = client.pipeline()
        return queue, client

    def _let_go(self) -> None:
        queue, self._queue = self._queue, None
        if queue is not None:
            queue.reset()

    def _get_connection_and_send_command(self, *args: Any, **options: Any) -> Any:
        queue, client = self._at_node()
        queue.response_callbacks = client.response_callbacks
        response = queue.immediate_execute_command(*args, **options)
        if args[0] in self.UNWATCH_COMMANDS:
            self._watching = False
        return response

    def _execute_transaction(self, stack: Any, raise_on_error: bool) -> Any:
        if len(self._pipeline_slots) > 1:
            raise CrossSlotTransactionError(
                "All keys involved in a cluster transaction must map to the same slot"
            )
        self._executing = True
        queue, _ = self._at_node()
        # redis-py leaves the results of a cluster's transaction as the parser gives them
        queue.response_callbacks = self._pipe.cluster_response_callbacks
        queue.command_stack = [(command.args, command.options) for command in stack]
        results = queue.execute(raise_on_error)
        self._executing = self._watching = False
        return results

    def reset(self) -> None:
        """Forgets queued commands and watched keys."""
        super().reset()  # type: ignore[no-untyped-call]
        self._let_go()


class ClusterPipeline(redis.cluster.ClusterPipeline, RedisCluster):
    """redis-py's ``ClusterPipeline``, sent as one GLIDE batch to each node."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        redis.cluster.ClusterPipeline.__init__(self, *args, **kwargs)
        transactional = isinstance(self._execution_strategy, redis.cluster.TransactionStrategy)
        self._execution_strategy = (
            TransactionStrategy(self) if transactional else PipelineStrategy(self)
        )

    def __del__(self) -> None:
        """Watched keys are let go of by the queue that watches them."""


functools.update_wrapper(ClusterPipeline.__init__, redis.cluster.ClusterPipeline.__init__)
_pipeline = rebound(redis.cluster.RedisCluster.pipeline, ClusterPipeline=ClusterPipeline)


class ClusterPubSub(redis.cluster.ClusterPubSub, PubSub):
    """redis-py's ``ClusterPubSub`` over GLIDE's listening connections."""

    def execute_command(self, *args: Any) -> Any:
        """SUBSCRIBE and its kin, and PING; returns once the server has answered."""
        if self.connection_pool is None:
            cluster = self.cluster
            if len(args) > 1:
                self.node = cluster.nodes_manager.get_node_from_slot(
                    cluster.keyslot(args[1]),
                    cluster.read_from_replicas,
                    cluster.load_balancing_strategy,
                )
            else:
                self.node = cluster.get_random_node()
            client = cluster.get_redis_connection(self.node)
            self.connection_pool = self._beside(client.connection_pool)
        return PubSub.execute_command(self, *args)
