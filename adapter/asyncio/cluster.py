"""The asynchronous cluster: redis-py's ``redis.asyncio.cluster`` over GLIDE.

The twin of ``cluster``.  What is asked of one node in one turn of the event loop leaves as one
batch, so calls on one slot keep the order in which they were made.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import redis.asyncio.cluster
from glide_shared.exceptions import GlideError
from redis._parsers.commands import AsyncCommandsParser
from redis.asyncio import keyspace_notifications
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.cluster import PRIMARY, REPLICA, LoadBalancingStrategy, get_node_name
from redis.exceptions import (
    BusyLoadingError,
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
from adapter.asyncio.client import Pipeline, Redis
from adapter.asyncio.pubsub import PubSub
from adapter.connect.asking import aask
from adapter.connect.counters import Counters, total
from adapter.connect.node_pool import NodePool
from adapter.connect.options import refuse
from adapter.connect.session import READONLY
from adapter.connect.stand_in import SOURCES
from adapter.connect.tuning import OF_LOOPS, taken
from adapter.plain_set import shortened
from adapter.rebinding import rebound
from adapter.registered import AsyncScript
from adapter.state.keys import AsyncKeysAtHand
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
    "LoadBalancingStrategy",
    "NodesManager",
    "RedisCluster",
    "get_node_name",
]

if not TYPE_CHECKING:
    __getattr__ = lending.rest_of(__name__)

ABOUT_NO_NODE = (BusyLoadingError, MaxConnectionsError)
"""Errors of a connection that say nothing of the topology."""


class ClusterNode(redis.asyncio.cluster.ClusterNode):
    """A node; its commands travel through an ``adapter.asyncio.Redis``."""

    @functools.cached_property
    def pool(self) -> NodePool:
        """The connections, of all event loops."""
        keywords = dict(self.connection_kwargs)
        said = taken(keywords, OF_LOOPS)
        connected = keywords.pop("redis_connect_func", None)
        # redis-py has READONLY sent when a connection is opened; GLIDE opens them by itself
        preamble = (READONLY,) if isinstance(_owner(connected), RedisCluster) else ()
        pool = NodePool(
            functools.partial(_same, preamble),
            connection_class=self.connection_class,
            max_connections=self.max_connections,
            retry=Retry(NoBackoff(), 0, (ConnectionError,)),
            **keywords,
        )
        return pool.tuned(said)

    @functools.cached_property
    def client(self) -> Redis:
        """The client of this node alone."""
        client = Redis(connection_pool=self.pool)
        client.response_callbacks = self.response_callbacks
        return client

    async def execute_command(self, *args: Any, asking: bool = False, **kwargs: Any) -> Any:
        """Runs one command here; ``asking``: although its slot is only on its way."""
        if not asking:
            return await self.client._run(args, kwargs)
        encoder = self.pool.encoder
        reply = await aask(self.pool.sender(), flow.plan_of(args, encoder))
        return flow.finish(
            flow.plan_of(args, encoder), reply, kwargs, self.response_callbacks, encoder
        )

    async def execute_pipeline(self, commands: Any) -> bool:
        """Gives every command its ``result``; returns whether one is an error.

        Errors: DataError; ConnectionError, if nothing was sent.
        """
        if fresh := [command for command in commands if not _answered(command)]:
            for command, result in zip(fresh, await self._results(fresh), strict=True):
                command.result, command.answered = result, True
        return any(isinstance(command.result, Exception) for command in commands)

    async def _results(self, commands: list[Any]) -> list[Any]:
        queue = self.client.pipeline(transaction=False)
        queue.command_stack = [(command.args, command.kwargs) for command in commands]
        try:
            return await queue.execute(raise_on_error=False)
        except RedisError as error:
            if isinstance(error, DataError) or _unsent(error):
                raise
            return [error] * len(commands)

    def acquire_connection(self) -> Any:
        """A connection to be driven by hand."""
        return self.pool.make_connection()

    def release(self, connection: Any) -> None:
        """Such a connection is no longer needed."""
        connection._let_go()

    def update_active_connections_for_reconnect(self) -> None:
        """Nothing to do: GLIDE notices that a connection has ended."""

    async def disconnect_free_connections(self) -> None:
        """Nothing to do: GLIDE notices that a connection has ended."""

    async def disconnect(self) -> None:
        """Ends the connections; the next command opens new ones."""
        if "pool" in self.__dict__:
            await self.pool.disconnect()

    async def re_auth_callback(self, token: Any) -> None:
        """A streaming credential provider has a new token."""
        await self.pool.re_auth_callback(token)


_EXECUTE_COMMAND = ClusterNode.execute_command
"""As long as nobody replaces it, its steps need not be taken."""


def _same(preamble: tuple[Native, ...]) -> tuple[Native, ...]:
    return preamble


def _keywords(nodes: Iterable[Any]) -> Iterator[dict[str, Any]]:
    return (node.connection_kwargs for node in nodes)


def _owner(method: Any) -> Any:
    return getattr(method, "__self__", None)


def _answered(command: Any) -> bool:
    """Whether a pipeline's command has been sent, and has its result."""
    return getattr(command, "answered", False)


def _unsent(error: RedisError) -> bool:
    """Whether the node could not be reached, so that nothing has been run."""
    return isinstance(error, ConnectionError) and not isinstance(error.__cause__, GlideError)


class NodesManager(redis.asyncio.cluster.NodesManager):
    """redis-py's slot map, read through GLIDE."""

    initialize = rebound(redis.asyncio.cluster.NodesManager.initialize, ClusterNode=ClusterNode)
    move_slot = rebound(redis.asyncio.cluster.NodesManager.move_slot, ClusterNode=ClusterNode)


# redis-py's own bases disagree about ``command_info``
class RedisCluster(Straight, redis.asyncio.cluster.RedisCluster):  # type: ignore[misc]
    """A ``redis.asyncio.RedisCluster`` whose commands travel through Valkey GLIDE."""

    nodes_manager: NodesManager

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        refuse(kwargs)
        said = taken(kwargs, OF_LOOPS)
        _initialise(self, *args, **kwargs)
        for keywords in (self.connection_kwargs, *_keywords(self.startup_nodes)) if said else ():
            keywords.update(said)
        self._go_straight()

    @property
    def stats(self) -> Counters:
        """What has been sent to all nodes: requests, batches and their mean size, scripts."""
        nodes = self.nodes_manager.nodes_cache.values()
        return total(node.client.stats for node in nodes if isinstance(node, ClusterNode))

    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        """Runs one command where its key is, or where it says, and returns redis-py's result."""
        node = None if self._initialize else self._owner(args, kwargs, self.result_callbacks)
        if isinstance(node, ClusterNode):
            try:
                if type(node).execute_command is _EXECUTE_COMMAND:
                    return await node.client._run(args, kwargs)
                return await node.execute_command(*args, **kwargs)
            except ABOUT_NO_NODE:
                raise
            except (ConnectionError, TimeoutError) as error:
                await self._take(Lost(node, error), args, kwargs)
                if not self.retry.get_retries():
                    raise
            except REFUSED:
                # nothing was run: redis-py's way finds out where to
                pass
        return await super().execute_command(*args, **kwargs)

    async def _determine_slot(self, command: str, *args: Any) -> int:
        slot = self._slot((command, *args))
        return await super()._determine_slot(command, *args) if slot is None else slot

    async def _execute_command(self, target_node: Any, *args: Any, **kwargs: Any) -> Any:
        """One command, from ``target_node`` to wherever it is sent."""
        way = journey(target_node, ABOUT_NO_NODE)
        try:
            step = next(way)
            while True:
                try:
                    answer = await self._take(step, args, kwargs)
                except RedisError as error:
                    step = way.throw(error)
                else:
                    step = way.send(answer)
        except StopIteration as finished:
            return finished.value

    async def _take(self, step: Step, args: Any, options: dict[str, Any]) -> Any:
        nodes = self.nodes_manager
        match step:
            case Send(node, asking):
                return await self._ours(node).execute_command(*args, asking=asking, **options)
            case Moved(error):
                self.reinitialize_counter += 1
                steps = self.reinitialize_steps
                if steps and self.reinitialize_counter % steps == 0:
                    # before the next command; those that are under way go on
                    self._initialize = True
                    self.reinitialize_counter = 0
                await nodes.move_slot(error)
                return (await self.get_nodes_from_slot(args[0], *args[1:]))[0]
            case Asked(name):
                return self._known(name)
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Lost(node, lost):
                self._doubt()
                nodes.move_node_to_end_of_cached_nodes(node.name)
                lost.last_failed_node_name = node.name  # type: ignore[attr-defined]
                self._initialize = True
            case _:
                self._initialize = True
        return None

    def _doubt(self) -> None:
        """Where one node is gone others may be: each is asked before it is waited for."""
        nodes = self.nodes_manager
        for node in (*nodes.nodes_cache.values(), *nodes.startup_nodes.values()):
            if isinstance(node, ClusterNode):
                for sender in node.pool.senders():
                    sender.lanes.doubt()

    def _ours(self, node: Any) -> ClusterNode:
        """The node of ours in the place of one that a caller made of redis-py's class."""
        return node if isinstance(node, ClusterNode) else self._known(node.name)

    def _known(self, name: str) -> ClusterNode:
        """The node of that name, which may be new."""
        known: Any = self.nodes_manager.get_node(node_name=name)
        host, _, port = name.rpartition(":")
        return known or ClusterNode(host, int(port), **self.connection_kwargs)

    def pipeline(self, transaction: Any = None, shard_hint: Any = None) -> ClusterPipeline:
        """A queue of commands: each node's are sent together; with ``transaction``, all to one."""
        pipeline: ClusterPipeline = _pipeline(self, transaction, shard_hint)
        return pipeline

    def pubsub(
        self, node: Any = None, host: Any = None, port: Any = None, **kwargs: Any
    ) -> ClusterPubSub:
        """Listens at one node, or at the one that the first channel's slot belongs to."""
        pubsub: ClusterPubSub = ClusterPubSub(self, node=node, host=host, port=port, **kwargs)
        return pubsub

    def keyspace_notifications(
        self, key_prefix: Any = None, ignore_subscribe_messages: bool = True
    ) -> AsyncClusterKeyspaceNotifications:
        """Hears of changes of keys, at all masters."""
        return AsyncClusterKeyspaceNotifications(self, key_prefix, ignore_subscribe_messages)

    set = shortened(redis.asyncio.cluster.RedisCluster.set)

    def _run_script(
        self, script: AsyncScript, keys: Sequence[Any] | None, args: Iterable[Any] | None
    ) -> Coroutine[Any, Any, Any]:
        return script.by_command(keys, args)

    def register_script(self, script: Any) -> Any:
        """redis-py's ``AsyncScript``; its source is remembered, so that its calls can share
        batches.
        """
        registered = AsyncScript(self, script)
        SOURCES.learn(bytes(self.encoder.encode(script)))
        return registered


class CommandsParser(AsyncKeysAtHand, AsyncCommandsParser):
    """redis-py's parser of commands, which asks the server less often."""


_initialise = rebound(
    redis.asyncio.cluster.RedisCluster.__init__,
    NodesManager=NodesManager,
    ClusterNode=ClusterNode,
    AsyncCommandsParser=CommandsParser,
)
# who asks for the signature is told redis-py's
functools.update_wrapper(RedisCluster.__init__, redis.asyncio.cluster.RedisCluster.__init__)


class PipelineStrategy(redis.asyncio.cluster.PipelineStrategy):
    """redis-py's pipeline over many nodes."""

    async def _execute(
        self,
        client: Any,
        stack: Any,
        raise_on_error: bool = True,
        allow_redirections: bool = True,
    ) -> Any:
        if await self._sent_straight(client, stack) and not any(
            isinstance(command.result, Exception) for command in stack
        ):
            return [command.result for command in stack]
        # redis-py's way: it also knows what to do with errors
        return await super()._execute(client, stack, raise_on_error, allow_redirections)

    async def _sent_straight(self, client: RedisCluster, stack: Any) -> bool:
        """Sends everything, if it is known at once where everything goes."""
        batches: dict[ClusterNode, list[Any]] = {}
        for command in stack:
            if _answered(command):
                continue
            node = client._owner(command.args, command.kwargs, {})
            if not isinstance(node, ClusterNode):
                return False
            batches.setdefault(node, []).append(command)
        sendings = [node.execute_pipeline(commands) for node, commands in batches.items()]
        if len(sendings) == 1:
            await sendings[0]
        else:
            await asyncio.gather(*sendings)
        return True


class TransactionStrategy(redis.asyncio.cluster.TransactionStrategy):
    """redis-py's transaction on one slot, run by a pipeline of the slot's node."""

    def __init__(self, pipe: Any) -> None:
        super().__init__(pipe)
        self._queue: Pipeline | None = None

    def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        """Queues one command; while keys are watched, what is returned is to be awaited."""
        if not self._pipe.cluster_client._initialize:
            command = self._execute_command(*args, **kwargs)
            try:
                command.send(None)
            except StopIteration as done:
                return done.value
            # the server has to be asked which its keys are: redis-py does so on another thread
            command.close()
        return super().execute_command(*args, **kwargs)

    def _at_node(self) -> Pipeline:
        if not self._pipeline_slots:
            raise RedisClusterException(
                "At least a command with a key is needed to identify a node"
            )
        slot = next(iter(self._pipeline_slots))
        node: Any = self._pipe.cluster_client.nodes_manager.get_node_from_slot(slot)
        if self._queue is None or self._queue.connection_pool is not node.pool:
            if self._queue is not None and self._watching:
                # what another node watches says nothing about this one
                raise WatchError("Slot rebalancing occurred while watching keys")
            self._queue = node.client.pipeline()
            # worded otherwise in a cluster
            self._queue.annotate_exception = self._annotate_exception  # type: ignore[method-assign]
        return self._queue

    async def _get_connection_and_send_command(self, *args: Any, **options: Any) -> Any:
        response = await self._at_node().immediate_execute_command(*args, **options)
        if args[0] in self.UNWATCH_COMMANDS:
            self._watching = False
        return response

    async def _execute_transaction(self, stack: Any, raise_on_error: bool) -> Any:
        if len(self._pipeline_slots) > 1:
            raise CrossSlotTransactionError(
                "All keys involved in a cluster transaction must map to the same slot"
            )
        self._executing = True
        queue = self._at_node()
        queue.command_stack = [(command.args, command.kwargs) for command in stack]
        results = await queue.execute(raise_on_error)
        self._executing = self._watching = False
        return results

    async def reset(self) -> None:
        """Forgets queued commands and watched keys."""
        await super().reset()  # type: ignore[no-untyped-call]
        queue, self._queue = self._queue, None
        if queue is not None:
            await queue.reset()


class ClusterPipeline(redis.asyncio.cluster.ClusterPipeline):
    """redis-py's ``ClusterPipeline``, sent as one GLIDE batch to each node."""

    def __init__(self, client: RedisCluster, transaction: Any = None) -> None:
        super().__init__(client, transaction)
        self._execution_strategy = (
            TransactionStrategy(self) if transaction else PipelineStrategy(self)
        )


_pipeline = rebound(redis.asyncio.cluster.RedisCluster.pipeline, ClusterPipeline=ClusterPipeline)


def _pool_of(node: ClusterNode) -> NodePool:
    return node.pool


class ClusterPubSub(redis.asyncio.cluster.ClusterPubSub, PubSub):
    """redis-py's ``ClusterPubSub`` over GLIDE's listening connections."""

    __init__ = rebound(
        redis.asyncio.cluster.ClusterPubSub.__init__, _ClusterNodePoolAdapter=_pool_of
    )
    _get_node_pubsub = rebound(
        redis.asyncio.cluster.ClusterPubSub._get_node_pubsub,
        _ClusterNodePoolAdapter=_pool_of,
        PubSub=PubSub,
    )

    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        """SUBSCRIBE and its kin, and PING; returns once the server has answered."""
        cluster = self.cluster
        if args[0].upper() in ("SSUBSCRIBE", "SUNSUBSCRIBE") and len(args) > 1:
            owner = self._get_node_pubsub(cluster.get_node_from_key(args[1]))
            return await owner.execute_command(*args)
        if self.connection_pool is None:
            if len(args) > 1:
                self.node = cluster.nodes_manager.get_node_from_slot(
                    cluster.keyslot(args[1]),
                    cluster.read_from_replicas,
                    cluster.load_balancing_strategy,
                )
            else:
                self.node = cluster.get_random_node()
            self.connection_pool = self._beside(self.node.pool)
        return await PubSub.execute_command(self, *args)


class AsyncClusterKeyspaceNotifications(keyspace_notifications.AsyncClusterKeyspaceNotifications):
    """redis-py's notifications of a cluster's keys, over GLIDE's listening connections."""

    _ensure_node_pubsub = rebound(
        keyspace_notifications.AsyncClusterKeyspaceNotifications._ensure_node_pubsub,
        _ClusterNodePoolAdapter=_pool_of,
        PubSub=PubSub,
    )
