"""The asynchronous shells: redis-py's awaitable ``Redis`` and ``Pipeline`` over GLIDE.

The twins of ``adapter.client``: redis-py's own classes with their resource half replaced.  What is
asked in one turn of the event loop leaves as one batch; each event loop has connections of its own.
"""

from __future__ import annotations

import functools
from asyncio import get_running_loop as _running_loop
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from itertools import islice
from types import MethodType
from typing import TYPE_CHECKING, Any, Self

import redis.asyncio
import redis.asyncio.client
from glide_shared.exceptions import GlideError
from redis._parsers.helpers import bool_ok, parse_set_result
from redis.asyncio.client import (
    AsyncPubsubWorkerExceptionHandler,
    AsyncResponseCallbackProtocol,
    MonitorCommandInfo,
    PubsubWorkerExceptionHandler,
    ResponseCallbackProtocol,
)
from redis.client import CaseInsensitiveDict
from redis.event import AfterSingleConnectionInstantiationEvent, ClientType
from redis.exceptions import NoScriptError, RedisError, ResponseError

from adapter import lending
from adapter.asyncio.pubsub import Monitor, PubSub
from adapter.asyncio.shortcuts import leave_shortcuts, take_shortcuts
from adapter.awaitable import returns_a_coroutine
from adapter.connect.async_connection import OwnConnection
from adapter.connect.async_lanes import Held
from adapter.connect.async_pool import ConnectionPool
from adapter.connect.async_sender import AsyncSender
from adapter.connect.counters import Counters
from adapter.connect.tuning import OF_LOOPS, taken
from adapter.plain_set import shortened
from adapter.registered import AsyncScript
from adapter.state import pipeline as queued
from adapter.state.scripts import EVALSHA
from adapter.translate import flow, raw, routes
from adapter.translate.encoding import Encoder
from adapter.translate.flow import AS_IT_IS, NOT_AWAITABLE, called, result_of
from adapter.translate.plan import GATHERED, Lane, Native, Plan

__all__ = [
    "AsyncPubsubWorkerExceptionHandler",
    "AsyncResponseCallbackProtocol",
    "Monitor",
    "MonitorCommandInfo",
    "Pipeline",
    "PubSub",
    "PubsubWorkerExceptionHandler",
    "Redis",
    "ResponseCallbackProtocol",
    "StrictRedis",
    "from_url",
]

if not TYPE_CHECKING:
    __getattr__ = lending.rest_of(__name__)


_regular = routes.REGULAR.get
_callback = dict.get

NOT_YET = object()
"""A client's own connection, before it is opened."""


async def _again(error: Exception) -> None:
    """redis-py's Retry says that a call has failed; the sender has drawn its conclusions."""


async def _awaited(result: Any) -> Any:
    """A response callback of the caller's may be a coroutine function."""
    return await result if isinstance(result, Awaitable) else result


class Redis(redis.asyncio.Redis):
    """A ``redis.asyncio.Redis`` whose commands travel through Valkey GLIDE."""

    connection_pool: ConnectionPool
    connection: Any
    encoder: Encoder
    _own: Any = None
    """The ``connection`` of a client of its own, of which its commands need not be told;
    ``NOT_YET``, until it is opened.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        single = kwargs.pop("single_connection_client", False)
        said = taken(kwargs, OF_LOOPS)
        super().__init__(*args, **kwargs)
        self.connection_pool = ConnectionPool.adopt(self.connection_pool).tuned(said)
        self.single_connection_client = single
        if single:
            # what one caller SELECTs or names must not show on other clients of the same pool
            self.connection_pool = self.connection_pool.twin()
            self._own = NOT_YET

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "connection_pool" and isinstance(value, redis.asyncio.ConnectionPool):
            # whoever gives it one of redis-py's finds the one of ours that stands for it
            value = ConnectionPool.adopt(value)
            super().__setattr__("encoder", value.encoder)
        super().__setattr__(name, value)

    @classmethod
    def from_url(cls, url: str, *args: Any, **kwargs: Any) -> Self:
        """As redis-py's; ``auto_batch`` and ``busy_wait`` as in the constructor."""
        said = taken(kwargs, OF_LOOPS)
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

    async def initialize(self) -> Self:
        """Opens the connection of a client that has one of its own; of others the first command
        does.
        """
        if self.single_connection_client:
            async with self._single_conn_lock:
                if self.connection is None:
                    own = self.connection_pool.by_hand(OwnConnection)
                    await own.connect()
                    self.connection = own
                    # each command is to ask after the server's health, as redis-py's own way does
                    told = isinstance(own, OwnConnection) and not own.health_check_interval
                    self._own = own if told else None
            self._event_dispatcher.dispatch(
                AfterSingleConnectionInstantiationEvent(
                    self.connection, ClientType.ASYNC, self._single_conn_lock
                )
            )
        return self

    @returns_a_coroutine
    def execute_command(self, *args: Any, **options: Any) -> Coroutine[Any, Any, Any]:
        """Runs one command; what is returned is to be awaited, and has redis-py's result."""
        return self._run(args, options)

    def _run(self, args: Sequence[Any], options: dict[str, Any]) -> Coroutine[Any, Any, Any]:
        """As ``execute_command``, for those who mean this client's own."""
        name = args[0] if args else None
        request_type = _regular(name) if type(name) is str else None
        if request_type is None:
            return self._execute(args, options)
        return self._regular(request_type, name, args[1:], options)

    async def _regular(
        self, request_type: int, name: Any, values: Sequence[Any], options: dict[str, Any]
    ) -> Any:
        """As ``_execute``, for one of ``routes.REGULAR``.  Written out as far as it can be: of what
        such a call takes, each function and each coroutine within it is a good part.
        """
        if self.connection is not self._own:
            return await self._execute((name, *values), options)
        pool, encoder = self.connection_pool, self.encoder
        try:
            sender = pool.by_loop.get(_running_loop()) or pool.sender()
            if len(values) == 1 and type(value := values[0]) is str and encoder.is_utf8:
                words = [value.encode()]
            else:
                words = encoder.words(values)
            reply = await sender.ask((request_type, words))
            callbacks = self.response_callbacks
            callback = (
                # past its own ``get``, which is written in Python
                _callback(callbacks, name)
                if type(callbacks) is CaseInsensitiveDict
                else callbacks.get(name)
            )
            kind = type(reply)
            if not encoder.decode_responses and (
                kind in AS_IT_IS or (kind in encoder.shapes and name not in routes.UNDONE)
            ):
                if callback is None:
                    return reply
                result = called(callback, reply, options) if options else callback(reply)
            elif (
                kind is str
                and reply == "OK"
                and (callback is parse_set_result or callback is bool_ok)
                and not (options or encoder.decode_responses)
            ):
                # what either of them says of it, after two functions more
                return True
            else:
                result = result_of((name, *values), reply, options, callbacks, encoder)
            return result if type(result) in NOT_AWAITABLE else await _awaited(result)
        except RedisError as error:
            return await self._once_more(error, (name, *values), options)

    async def _execute(self, args: Sequence[Any], options: dict[str, Any]) -> Any:
        """Runs one command, whichever it is."""
        if self.connection is not self._own:
            if self._own is NOT_YET:
                await self.initialize()
                return await self._execute(args, options)
            # set by hand: the caller wants that connection to be used
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        pool, encoder, callbacks = self.connection_pool, self.encoder, self.response_callbacks
        try:
            # as ``_perform``, which would be a coroutine within this one
            if (request := pool.scripts.request_of(args, encoder)) is not None:
                reply = await pool.sender().ask(request)
                result = result_of(args, reply, options, callbacks, encoder, raw.deep)
            else:
                plan = flow.plan_of(args, encoder)
                reply = await pool.sender().reply(plan)
                result = flow.finish(plan, reply, options, callbacks, encoder)
            return result if type(result) in NOT_AWAITABLE else await _awaited(result)
        except RedisError as error:
            return await self._once_more(error, args, options)

    async def _run_script(
        self, script: AsyncScript, keys: Sequence[Any] | None, args: Iterable[Any] | None
    ) -> Any:
        """A call of a registered script, written out as ``_regular`` is."""
        pool, encoder, run = self.connection_pool, self.encoder, self.execute_command
        sha, word = script.encoded
        if (
            self.connection is not self._own
            or script.sha != sha
            or not pool.scripts.is_harmless(word)
            or type(run) is not MethodType
            or run.__func__ is not Redis.execute_command
        ):
            return await script.by_command(keys, args)
        keys = keys or ()
        values = (*keys, *(args or ()))
        try:
            sender = pool.by_loop.get(_running_loop()) or pool.sender()
            words = encoder.words(values, (b"EVALSHA", word, b"%d" % len(keys)))
            reply = await sender.ask((EVALSHA, words))
            callbacks = self.response_callbacks
            if (
                type(reply) in AS_IT_IS
                and not encoder.decode_responses
                and type(callbacks) is CaseInsensitiveDict
                and _callback(callbacks, "EVALSHA") is None
            ):
                return reply
            said = ("EVALSHA", sha, len(keys), *values)
            result = result_of(said, reply, {}, callbacks, encoder, raw.deep)
            return result if type(result) in NOT_AWAITABLE else await _awaited(result)
        except NoScriptError:
            return await script.after_loading(keys, values[len(keys) :])
        except RedisError as error:
            try:
                said = ("EVALSHA", sha, len(keys), *values)
                return await self._once_more(error, said, {})
            except NoScriptError:
                return await script.after_loading(keys, values[len(keys) :])

    async def _once_more(
        self, error: RedisError, args: Sequence[Any], options: dict[str, Any]
    ) -> Any:
        """What becomes of a call that has failed: most succeed, and only now is redis-py's Retry
        asked, which is told what happened.
        """
        attempt = flow.again(error, lambda: self._perform(args, options))
        # whose traceback holds this very frame
        del error
        return await self.connection_pool.retry.call_with_retry(attempt, _again)

    async def _perform(self, args: Sequence[Any], options: dict[str, Any]) -> Any:
        plan = flow.plan_of(args, self.encoder)
        reply = await self.connection_pool.sender().reply(plan)
        return await _awaited(
            flow.finish(plan, reply, options, self.response_callbacks, self.encoder)
        )

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Pipeline:
        """A queue of commands, sent together by ``execute``."""
        return Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)

    def pubsub(self, **kwargs: Any) -> PubSub:
        """Listens on a connection of its own."""
        return PubSub(self.connection_pool, **kwargs)

    def monitor(self) -> Monitor:
        """Sees every command that the server runs."""
        return Monitor(self.connection_pool)

    def register_script(self, script: Any) -> Any:
        """redis-py's ``AsyncScript``; its source is remembered, so that its calls can share
        batches.
        """
        registered = AsyncScript(self, script)
        source = self.encoder.encode(script)  # type: ignore[no-untyped-call]
        self.connection_pool.scripts.learn(bytes(source))
        return registered

    def client(self) -> Redis:
        """The same client on connections of its own."""
        return self.__class__(connection_pool=self.connection_pool, single_connection_client=True)

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Ends all connections; a later command opens new ones, as redis-py's do."""
        if not isinstance(self.__dict__.get("connection_pool"), ConnectionPool):
            return
        self.connection, self._own = None, NOT_YET if self.single_connection_client else None
        if close_connection_pool is None:
            close_connection_pool = self.auto_close_connection_pool
        if close_connection_pool or self.single_connection_client:
            await self.connection_pool.aclose()

    def __del__(self, *args: Any) -> None:
        """Connections end with the pool, which a pipeline or a PubSub may still be using."""


take_shortcuts(Redis, redis.asyncio.Redis)
# who asks for the signature is told redis-py's
functools.update_wrapper(Redis.__init__, redis.asyncio.Redis.__init__)
StrictRedis = Redis


def from_url(url: str, **kwargs: Any) -> Redis:
    """As ``Redis.from_url``."""
    return Redis.from_url(url, **kwargs)


# redis-py's own bases disagree about ``execute_command`` and ``command_info``
class Pipeline(redis.asyncio.client.Pipeline, Redis):  # type: ignore[misc]
    """redis-py's asynchronous ``Pipeline``, sent as one GLIDE batch in its turn among other
    commands.
    """

    connection_pool: ConnectionPool
    connection: Any
    set = shortened(redis.asyncio.Redis.set)

    def __init__(
        self, connection_pool: Any, response_callbacks: Any, transaction: Any, shard_hint: Any
    ) -> None:
        pool = ConnectionPool.adopt(connection_pool)
        super().__init__(pool, response_callbacks, transaction, shard_hint)
        self._held: Held | None = None

    @property
    def _sender(self) -> AsyncSender:
        return self.connection_pool.sender()

    async def reset(self) -> None:  # type: ignore[override]  # not the command RESET
        """Forgets queued commands and watched keys."""
        self.command_stack = []
        self.scripts = set()
        held, self._held = self._held, None
        watching, self.watching = self.watching, False
        self.explicit_transaction = False
        if held is None:
            return
        self.connection = None
        lanes = self._sender.lanes
        try:
            if watching:
                await self._sender.one(held.client, queued.UNWATCH, limited=True)
        except (GlideError, RedisError):
            lanes.discard(held)
        except BaseException:
            lanes.discard(held)
            raise
        else:
            lanes.give_back(held)

    def __del__(self, *args: Any) -> None:
        held = self.__dict__.get("_held")
        if held is not None:
            # never reset: the connection may still be watching
            for sender in self.connection_pool.senders():
                sender.lanes.discard(held)

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """As ``reset``."""
        await self.reset()

    async def immediate_execute_command(self, *args: Any, **options: Any) -> Any:
        """Runs one command at once: WATCH, and whatever is read between WATCH and MULTI."""
        return await self.connection_pool.retry.call_with_retry(
            lambda: self._immediately(args, options), self._lost_watching
        )

    async def _immediately(self, args: Sequence[Any], options: dict[str, Any]) -> Any:
        name = str(args[0]).upper()
        plan = queued.immediate(args, self.encoder)
        sender = self._sender
        if name == "WATCH" and self._held is None:
            self._held = await sender.lanes.borrow()
            self.connection = self._held
        try:
            if self._held is None:
                reply = await sender.send(plan)
            else:
                scripts = self.connection_pool.scripts
                reply = await flow.adrive(scripts.steps(plan), self._on_held)
        except GlideError as error:
            reply = error
        result = await _awaited(self._finish(plan, reply, options))
        if name in self.UNWATCH_COMMANDS:
            self.watching = False
        elif name == "WATCH":
            self.watching = True
        return result

    async def _on_held(self, plan: Plan) -> Any:
        assert self._held is not None
        return await self._sender.on_held(self._held, plan)

    def _finish(self, plan: Plan, reply: Any, options: dict[str, Any]) -> Any:
        return flow.finish(plan, reply, options, self.response_callbacks, self.encoder)

    async def _lost_watching(self, error: Exception) -> None:
        """A connection failed: whatever it watched is forgotten, and the caller must know."""
        if self._drop_held():
            await self.reset()
            raise queued.lost(error) from error

    async def _lost_executing(self, error: Exception) -> None:
        if self._drop_held():
            raise queued.lost(error) from error

    def _drop_held(self) -> bool:
        held, self._held, self.connection = self._held, None, None
        if held is not None:
            self._sender.lanes.discard(held)
        return bool(self.watching)

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Sends all queued commands and returns their results in order."""
        stack = self.command_stack
        if not stack and not self.watching:
            return []
        if self.scripts:
            await self.load_scripts()  # type: ignore[no-untyped-call]
        try:
            transaction = self.is_transaction or self.explicit_transaction
            run: Callable[..., Any] = self._transaction if transaction else self._plain
            results: list[Any] = await self.connection_pool.retry.call_with_retry(
                lambda: run(stack, raise_on_error), self._lost_executing
            )
            return results
        finally:
            await self.reset()

    async def _transaction(self, commands: list[Any], raise_on_error: bool) -> list[Any]:
        transaction = queued.Transaction(commands, self.encoder, self.connection_pool.scripts)

        lane = transaction.lane
        try:
            replies = await self._sent(transaction.plans, lane, atomic=True)
        except GlideError as error:
            refused, number, words = await flow.adrive(
                transaction.refusal(error), lambda natives: self._atomically(natives, lane)
            )
            if number:
                self.annotate_exception(refused, number, words)
            raise refused from error
        self.watching = False
        responses = transaction.responses(replies)
        if raise_on_error:
            self.raise_first_error(commands, responses)
        return [await _awaited(one) for one in transaction.results(responses, self._finish)]

    async def _atomically(self, natives: list[Native], lane: Lane) -> list[Any] | None:
        sender = self._sender
        if self._held is not None:
            return await sender.batch(self._held.client, natives, atomic=True, limited=True)
        if lane is not Lane.SESSION:
            return await sender.send_group(natives, lane, atomic=True)
        # SELECT inside MULTI changes the connection, which nobody else may then use
        borrowed = await sender.lanes.borrow()
        try:
            return await sender.batch(borrowed.client, natives, atomic=True, limited=True)
        finally:
            sender.lanes.discard(borrowed)

    async def _plain(self, commands: list[Any], raise_on_error: bool) -> list[Any]:
        requests = queued.requests_of(commands, self.encoder) if self._held is None else None
        if requests is not None:
            responses = await self._answers(commands, requests)
        else:
            said = [args for args, _ in commands]
            plans = queued.planned(said, self.encoder, self.connection_pool.scripts)
            if self._held is not None or not queued.opens_transaction(plans):
                responses = await self._responses(commands, plans)
            else:
                self._held = await self._sender.lanes.borrow()
                try:
                    responses = await self._responses(commands, plans)
                finally:
                    self._drop_held()
        if raise_on_error:
            self.raise_first_error(commands, responses)
        return responses

    async def _answers(self, commands: list[Any], requests: list[Native]) -> list[Any]:
        """The responses to commands that need no plans."""
        replies: Sequence[Any]
        try:
            replies = await self._sender.send_group(requests, Lane.SHARED, atomic=False) or ()
        except GlideError as error:
            replies = [error] * len(requests)
        asked, options = zip(*commands, strict=True)
        return await self._outcomes(result_of, asked, replies, options)

    async def _responses(self, commands: list[Any], plans: list[Plan]) -> list[Any]:
        responses: list[Any] = []
        options = iter([options for _, options in commands])
        for run in queued.runs(plans):
            replies = await self._replies(run)
            said = islice(options, len(replies))
            responses += await self._outcomes(flow.finish, run.plans, replies, said)
        return responses

    async def _outcomes(
        self,
        finish: Callable[..., Any],
        asked: Iterable[Any],
        replies: Iterable[Any],
        options: Iterable[dict[str, Any]],
    ) -> list[Any]:
        callbacks, encoder = self.response_callbacks, self.encoder
        responses: list[Any] = []
        for one in queued.outcomes(finish, asked, replies, options, callbacks, encoder):
            try:
                responses.append(one if type(one) in NOT_AWAITABLE else await _awaited(one))
            except ResponseError as error:
                responses.append(error)
        return responses

    async def _sent(self, plans: list[Plan], lane: Lane, *, atomic: bool) -> list[Any] | None:
        """The replies to many plans, sent together; what their scripts need goes ahead."""
        sender, held = self._sender, self._held
        if held is None and lane is not Lane.SESSION:
            return await sender.send_all(plans, lane, atomic=atomic)

        async def send(step: Plan | list[Native]) -> Any:
            if isinstance(step, Plan):
                return await sender.send(step)
            if atomic:
                return await self._atomically(step, lane)
            assert held is not None
            return await sender.batch(held.client, step, limited=True)

        return await flow.adrive(self.connection_pool.scripts.pipelined(plans), send)

    async def _replies(self, run: queued.Run) -> list[Any]:
        try:
            if self._held is None and run.lane not in GATHERED:
                return [await self._sender.send(run.plans[0])]
            replies = await self._sent(run.plans, run.lane, atomic=False)
        except GlideError as error:
            return [error] * len(run.plans)
        return replies or []


leave_shortcuts(Pipeline, redis.asyncio.Redis)
