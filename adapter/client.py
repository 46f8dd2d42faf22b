"""The synchronous shells: redis-py's ``Redis`` and ``Pipeline`` over GLIDE.

Each one is redis-py's own class with its resource half replaced: commands, chaining, callbacks
and error texts are redis-py's, no redis-py connection is ever opened.  The logic is in
``translate`` and ``state``; here it is sent.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Self

import redis
import redis.client
from glide_shared.exceptions import GlideError
from redis.client import (
    EMPTY_RESPONSE,
    NEVER_DECODE,
    AbstractRedis,
    CaseInsensitiveDict,
    PubSubWorkerThread,
)
from redis.event import AfterSingleConnectionInstantiationEvent, ClientType
from redis.exceptions import RedisError

from adapter import lending
from adapter.connect.connection import OwnConnection
from adapter.connect.counters import Counters
from adapter.connect.lanes import Held
from adapter.connect.pool import ConnectionPool
from adapter.connect.sender import Sender
from adapter.connect.tuning import OF_THREADS, taken
from adapter.plain_set import shortened
from adapter.pubsub import Monitor, PubSub
from adapter.registered import Script
from adapter.state import pipeline as queued
from adapter.translate import flow, raw
from adapter.translate.encoding import Encoder
from adapter.translate.plan import GATHERED, Lane, Native, Plan

__all__ = [
    "EMPTY_RESPONSE",
    "NEVER_DECODE",
    "AbstractRedis",
    "CaseInsensitiveDict",
    "Monitor",
    "Pipeline",
    "PubSub",
    "PubSubWorkerThread",
    "Redis",
    "StrictRedis",
    "from_url",
]

if TYPE_CHECKING:
    from glide_sync import GlideClient
else:
    __getattr__ = lending.rest_of(__name__)


def _again(error: Exception) -> None:
    """redis-py's Retry says that a call has failed; the sender has drawn its conclusions."""


class Redis(redis.Redis):
    """A ``redis.Redis`` whose commands travel through Valkey GLIDE."""

    connection_pool: ConnectionPool
    connection: Any
    encoder: Encoder
    _own: OwnConnection | None = None
    """The ``connection`` of a client of its own, of which its commands need not be told."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        single = kwargs.pop("single_connection_client", False)
        said = taken(kwargs, OF_THREADS)
        super().__init__(*args, **kwargs)
        self.connection_pool = ConnectionPool.adopt(self.connection_pool).tuned(said)
        self._single_connection_client = single
        if single:
            # what one caller SELECTs or names must not show on other clients of the same pool
            self.connection_pool = self.connection_pool.twin()
            self._connect()

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "connection_pool" and isinstance(value, redis.ConnectionPool):
            # whoever gives it one of redis-py's finds the one of ours that stands for it
            value = ConnectionPool.adopt(value)
            super().__setattr__("encoder", value.encoder)
        super().__setattr__(name, value)

    def _connect(self) -> None:
        own = self.connection = self.connection_pool.by_hand(OwnConnection)
        own.connect()
        if not isinstance(own, OwnConnection):
            # the caller's own class: commands are driven through it
            return
        # each command is to ask after the server's health, as redis-py's own way does
        self._own = None if own.health_check_interval else own
        self._event_dispatcher.dispatch(
            AfterSingleConnectionInstantiationEvent(
                own, ClientType.SYNC, self.single_connection_lock
            )
        )

    @classmethod
    def from_url(cls, url: str, *args: Any, **kwargs: Any) -> Self:
        """As redis-py's; ``auto_batch`` as in the constructor."""
        said = taken(kwargs, OF_THREADS)
        if not said:
            # redis-py declares its own class and makes ``cls``
            return super().from_url(url, *args, **kwargs)  # type: ignore[return-value]
        single = kwargs.pop("single_connection_client", False)
        plain = super().from_url(url, *args, **kwargs)
        client = cls(
            connection_pool=plain.connection_pool,
            single_connection_client=single,
            **said,
        )
        client.auto_close_connection_pool = plain.auto_close_connection_pool
        return client

    @property
    def stats(self) -> Counters:
        """What has been sent: typed and custom requests, batches and their mean size, scripts
        loaded.
        """
        return self.connection_pool.counters

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Runs one command and returns redis-py's result."""
        if self.connection is not self._own:
            # set by hand: the caller wants that connection to be used
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        try:
            return self._perform(args, options)
        except RedisError as error:
            # most calls succeed: only now is redis-py's Retry asked, which is told what happened
            attempt = flow.again(error, lambda: self._perform(args, options))
            return self.connection_pool.retry.call_with_retry(attempt, _again)

    def _perform(self, args: Sequence[Any], options: dict[str, Any]) -> Any:
        encoder, pool, callbacks = self.encoder, self.connection_pool, self.response_callbacks
        sender = pool.sender
        if (request := flow.request_of(args, encoder)) is not None:
            reply = sender.ask(request)
            return flow.result_of(args, reply, options, callbacks, encoder)
        if (request := pool.scripts.request_of(args, encoder)) is not None:
            reply = sender.ask(request)
            return flow.result_of(args, reply, options, callbacks, encoder, raw.deep)
        plan = flow.plan_of(args, encoder)
        try:
            reply = sender.send(plan)
        except GlideError as error:
            reply = error
        return flow.finish(plan, reply, options, callbacks, encoder)

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Pipeline:
        """A queue of commands, sent together by ``execute``."""
        return Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)

    def pubsub(self, **kwargs: Any) -> PubSub:
        """Listens on a connection of its own."""
        return PubSub(self.connection_pool, **kwargs)

    def monitor(self) -> Monitor:
        """Sees every command that the server runs."""
        return Monitor(self.connection_pool)

    set = shortened(redis.Redis.set)

    def register_script(self, script: Any) -> Any:
        """redis-py's ``Script``; its source is remembered, so that its calls can share batches."""
        registered = Script(self, script)
        source = self.encoder.encode(script)  # type: ignore[no-untyped-call]
        self.connection_pool.scripts.learn(bytes(source))
        return registered

    def client(self) -> Redis:
        """The same client on connections of its own."""
        return self.__class__(connection_pool=self.connection_pool, single_connection_client=True)

    def close(self) -> None:
        """Ends all connections; a later command opens new ones, as redis-py's do."""
        if not isinstance(self.__dict__.get("connection_pool"), ConnectionPool):
            return
        self.connection = self._own = None
        if self.auto_close_connection_pool or self._single_connection_client:
            self.connection_pool.close()

    def __del__(self) -> None:
        """Connections end with the pool, which a pipeline or a PubSub may still be using."""


# who asks for the signature is told redis-py's
functools.update_wrapper(Redis.__init__, redis.Redis.__init__)
StrictRedis = Redis


def from_url(url: str, **kwargs: Any) -> Redis:
    """As ``Redis.from_url``."""
    return Redis.from_url(url, **kwargs)


class Pipeline(redis.client.Pipeline, Redis):
    """redis-py's ``Pipeline``, sent as one GLIDE batch; watched keys hold a connection until
    ``reset``.
    """

    connection_pool: ConnectionPool
    connection: Any
    transaction: Any

    def __init__(
        self, connection_pool: Any, response_callbacks: Any, transaction: Any, shard_hint: Any
    ) -> None:
        pool = ConnectionPool.adopt(connection_pool)
        super().__init__(pool, response_callbacks, transaction, shard_hint)
        self._held: Held | None = None

    @property
    def _sender(self) -> Sender:
        return self.connection_pool.sender

    def reset(self) -> None:  # type: ignore[override]  # RESET is no command of a pipeline
        """Forgets queued commands and watched keys."""
        self.command_stack = []
        self.scripts = set()
        held, self._held = self.__dict__.get("_held"), None
        if held is not None:
            self.connection = None
            try:
                if self.watching:
                    self._sender.one(held.client, queued.UNWATCH, limited=True)
                self._sender.lanes.give_back(held)
            except (GlideError, RedisError):
                self._sender.lanes.discard(held)
        self.watching = False
        self.explicit_transaction = False

    def __del__(self) -> None:
        held = self.__dict__.get("_held")
        if held is not None:
            # never reset: UNWATCH is a call, and garbage is collected on any thread
            self._sender.lanes.discard(held)

    def close(self) -> None:
        """As ``reset``."""
        self.reset()

    def immediate_execute_command(self, *args: Any, **options: Any) -> Any:
        """Runs one command at once: WATCH, and whatever is read between WATCH and MULTI."""
        return self.connection_pool.retry.call_with_retry(
            lambda: self._immediately(args, options), self._lost_watching
        )

    def _immediately(self, args: Sequence[Any], options: dict[str, Any]) -> Any:
        name = str(args[0]).upper()
        plan = queued.immediate(args, self.encoder)
        if name == "WATCH" and self._held is None:
            self._held = self._sender.lanes.borrow()
            self.connection = self._held
        try:
            if self._held is None:
                reply = self._sender.send(plan)
            else:
                scripts = self.connection_pool.scripts
                reply = flow.drive(scripts.steps(plan), self._on_held)
        except GlideError as error:
            reply = error
        result = self._finish(plan, reply, options)
        if name in self.UNWATCH_COMMANDS:
            self.watching = False
        elif name == "WATCH":
            self.watching = True
        return result

    def _on_held(self, plan: Plan) -> Any:
        assert self._held is not None
        return self._sender.on_held(self._held, plan)

    def _finish(self, plan: Plan, reply: Any, options: dict[str, Any]) -> Any:
        return flow.finish(plan, reply, options, self.response_callbacks, self.encoder)

    def _lost_watching(self, error: Exception) -> None:
        """A connection failed: whatever it watched is forgotten, and the caller must know."""
        watching = self._drop_held()
        if watching:
            self.reset()
            raise queued.lost(error) from error

    def _lost_executing(self, error: Exception) -> None:
        if self._drop_held():
            raise queued.lost(error) from error

    def _drop_held(self) -> bool:
        held, self._held, self.connection = self._held, None, None
        if held is not None:
            self._sender.lanes.discard(held)
        return bool(self.watching)

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Sends all queued commands and returns their results in order."""
        stack = self.command_stack
        if not stack and not self.watching:
            return []
        if self.scripts:
            self.load_scripts()  # type: ignore[no-untyped-call]
        try:
            transaction = self.transaction or self.explicit_transaction
            run: Callable[..., Any] = self._transaction if transaction else self._plain
            results: list[Any] = self.connection_pool.retry.call_with_retry(
                lambda: run(stack, raise_on_error), self._lost_executing
            )
            return results
        finally:
            self.reset()

    def _transaction(self, commands: list[Any], raise_on_error: bool) -> list[Any]:
        transaction = queued.Transaction(commands, self.encoder, self.connection_pool.scripts)
        client, done = self._client_for(transaction.lane)

        def send(natives: list[Native]) -> list[Any] | None:
            return self._sender.batch(client, natives, atomic=True, limited=True)

        try:
            replies = self._pipelined(transaction.plans, send)
        except GlideError as error:
            refused, number, words = flow.drive(transaction.refusal(error), send)
            if number:
                self.annotate_exception(refused, number, words)  # type: ignore[no-untyped-call]
            raise refused from error
        finally:
            done()
        self.watching = False
        responses = transaction.responses(replies)
        if raise_on_error:
            self.raise_first_error(commands, responses)  # type: ignore[no-untyped-call]
        return list(transaction.results(responses, self._finish))

    def _client_for(self, lane: Lane) -> tuple[GlideClient, Callable[[], None]]:
        """The connection for a transaction, and what to do with it afterwards."""
        lanes = self._sender.lanes
        if self._held is not None:
            return self._held.client, lambda: None
        if lane is Lane.SESSION:
            # SELECT inside MULTI changes the connection, which nobody else may then use
            borrowed = lanes.borrow()
            return borrowed.client, lambda: lanes.discard(borrowed)
        return (lanes.plain() if lane is Lane.PLAIN else lanes.shared()), lambda: None

    def _plain(self, commands: list[Any], raise_on_error: bool) -> list[Any]:
        requests = queued.requests_of(commands, self.encoder) if self._held is None else None
        if requests is not None:
            responses = self._answers(commands, requests)
        else:
            said = [args for args, _ in commands]
            plans = queued.planned(said, self.encoder, self.connection_pool.scripts)
            if self._held is not None or not queued.opens_transaction(plans):
                responses = self._responses(commands, plans)
            else:
                self._held = self._sender.lanes.borrow()
                try:
                    responses = self._responses(commands, plans)
                finally:
                    self._drop_held()
        if raise_on_error:
            self.raise_first_error(commands, responses)  # type: ignore[no-untyped-call]
        return responses

    def _answers(self, commands: list[Any], requests: list[Native]) -> list[Any]:
        """The responses to commands that need no plans."""
        sender = self._sender
        replies: Sequence[Any]
        try:
            replies = sender.batch(sender.lanes.shared(), requests) or ()
        except GlideError as error:
            replies = [error] * len(requests)
        asked, options = zip(*commands, strict=True)
        return [*self._outcomes(flow.result_of, asked, replies, options)]

    def _responses(self, commands: list[Any], plans: list[Plan]) -> list[Any]:
        responses: list[Any] = []
        options = iter([options for _, options in commands])
        for run in queued.runs(plans):
            replies = self._replies(run)
            said = islice(options, len(replies))
            responses += self._outcomes(flow.finish, run.plans, replies, said)
        return responses

    def _outcomes(
        self,
        finish: Callable[..., Any],
        asked: Iterable[Any],
        replies: Iterable[Any],
        options: Iterable[dict[str, Any]],
    ) -> Iterator[Any]:
        callbacks, encoder = self.response_callbacks, self.encoder
        return queued.outcomes(finish, asked, replies, options, callbacks, encoder)

    def _pipelined(
        self, plans: list[Plan], send: Callable[[list[Native]], list[Any] | None]
    ) -> list[Any] | None:
        """The replies to many plans, sent together; what their scripts need goes ahead."""
        replies: list[Any] | None = flow.drive(
            self.connection_pool.scripts.pipelined(plans),
            lambda step: self._sender.send(step) if isinstance(step, Plan) else send(step),
        )
        return replies

    def _replies(self, run: queued.Run) -> list[Any]:
        sender, held = self._sender, self._held
        try:
            if held is not None:
                replies = self._pipelined(
                    run.plans, lambda natives: sender.batch(held.client, natives, limited=True)
                )
            elif run.lane in GATHERED:
                client = sender.lanes.plain() if run.lane is Lane.PLAIN else sender.lanes.shared()
                replies = self._pipelined(run.plans, lambda natives: sender.batch(client, natives))
            else:
                return [sender.send(run.plans[0])]
        except GlideError as error:
            return [error] * len(run.plans)
        return replies or []
