"""Sends one plan on the lane it belongs to, in an event loop: the awaitable twin of ``sender``.

What is asked in one turn of the loop leaves as one batch, and one batch is in flight at a time:
GLIDE reorders calls that are under way together.  Callers that the server keeps waiting have
connections of their own.
"""

from __future__ import annotations

import asyncio
from typing import Any

from glide_shared.exceptions import GlideError
from glide_shared.exceptions import TimeoutError as GlideTimeoutError
from redis.exceptions import RedisError, TimeoutError

from adapter.connect import session
from adapter.connect.async_lanes import AsyncLanes, Held
from adapter.connect.knock import aknock
from adapter.state.batching import Batching, Flight
from adapter.state.scripts import Scripts
from adapter.translate import flow
from adapter.translate.blocking import blocking_seconds
from adapter.translate.errors import READING_TIMED_OUT
from adapter.translate.plan import Lane, Native, Plan

Future = asyncio.Future[Any]


class AsyncSender:
    """The door of an asynchronous client in one event loop."""

    def __init__(self, lanes: AsyncLanes, scripts: Scripts) -> None:
        self.lanes = lanes
        self.scripts = scripts
        self._batching: Batching[Future] = Batching()
        self._latest: Future | None = None
        # the loop itself holds its tasks weakly
        self._tasks: set[asyncio.Task[Any]] = set()

    async def send(self, plan: Plan) -> Any:
        """GLIDE's reply to one command."""
        if self.scripts.concerns(plan):
            return await flow.adrive(self.scripts.steps(plan), self._send)
        return await self._send(plan)

    async def _send(self, plan: Plan) -> Any:
        if plan.lane is Lane.BLOCKING:
            if blocking_seconds(plan.words) is None:
                return await self.urgently(plan)
            return await self.wait(plan)
        ticket = self._latest = self.lanes.loop.create_future()
        if self._batching.put(plan, ticket):
            self.lanes.loop.call_soon(self._depart)
        reply = await ticket
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def send_all(
        self, natives: list[Native], lane: Lane, *, atomic: bool
    ) -> list[Any] | None:
        """The replies to a pipeline, in its turn among the commands that were asked before."""
        ticket = self._latest = self.lanes.loop.create_future()
        if self._batching.put_all(natives, lane, ticket, atomic=atomic):
            self.lanes.loop.call_soon(self._depart)
        replies: list[Any] | Exception | None = await ticket
        if isinstance(replies, Exception):
            raise replies
        return replies

    def _depart(self) -> None:
        if not self._batching.flying:
            self._keep(self.lanes.loop.create_task(self._fly()))

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fly(self) -> None:
        """One flight after the other, until nobody waits."""
        while (flight := self._batching.take()) is not None:
            try:
                replies = await self._carry(flight)
            except Exception as failure:
                error = await self._explained(failure)
                for ticket, _ in flight.cargo:
                    _settle(ticket, error)
            except BaseException:
                # the loop is being shut down
                for ticket, _ in flight.cargo:
                    ticket.cancel()
                raise
            else:
                for ticket, reply in flight.shares(replies):
                    _settle(ticket, reply)
            finally:
                self._batching.landed()

    async def _carry(self, flight: Flight[Future]) -> list[Any] | None:
        lanes = self.lanes
        name = "plain" if flight.lane is Lane.PLAIN else "shared"
        client = lanes.ready(name) or await lanes.lane(name)
        try:
            if flight.lane is not Lane.SESSION:
                return await lanes.exec(client, flight.natives, atomic=flight.atomic)
            native = flight.natives[0]
            reply = await lanes.single(client, native)
            if session.vouches(native) and (plain := lanes.ready("plain")) is not None:
                other = await lanes.single(plain, session.elsewhere(native, reply))
                reply = session.least(reply, other)
        except GlideTimeoutError:
            lanes.abandon(client)
            raise
        # now, and not when the caller gets to know: what leaves next is to follow
        if (changed := session.after(flight.words, lanes.settings)) is not None:
            lanes.change(changed)
        return [reply]

    async def one(self, client: Any, native: Native, *, limited: bool = False) -> Any:
        """One command on a connection that the caller holds."""
        return session.only(await self.batch(client, [native], limited=limited))

    async def batch(
        self, client: Any, natives: list[Native], *, atomic: bool = False, limited: bool = False
    ) -> list[Any] | None:
        """Many commands on a connection that the caller holds."""
        try:
            return await self.lanes.exec(client, natives, atomic=atomic, limited=limited)
        except GlideError as error:
            raise await self._explained(error) from error

    async def urgently(self, plan: Plan) -> Any:
        """SCRIPT KILL and its like: not behind what they are to end, nor on a used connection."""
        client = await self.lanes.urgent()
        try:
            return await self.one(client, plan.native, limited=True)
        finally:
            self.lanes.silence(client)

    async def wait(self, plan: Plan) -> Any:
        """One command that the server may hold back, on a connection of its own.

        Whoever gives up (time limit, cancellation) has his waiting ended at the server too, lest
        it eats an element.
        """
        if self._latest is not None and not self._latest.done():
            # another connection would overtake it, and pop what LLEN was still to count
            await asyncio.wait({self._latest})
        borrowed = await self.lanes.borrow()
        if borrowed.id is None:
            try:
                borrowed.id = await self.one(borrowed.client, session.CLIENT_ID, limited=True)
            except BaseException:
                self.lanes.discard(borrowed)
                raise
        borrowed.waiting = True
        call = self.lanes.loop.create_task(self.one(borrowed.client, plan.native))
        try:
            await asyncio.wait({call}, timeout=self.lanes.settings.socket_timeout)
        except asyncio.CancelledError:
            ending = self.lanes.loop.create_task(self._give_up(borrowed, call))
            self._keep(ending)
            # one round trip, so that nothing waits at the server once the cancelled call has ended
            await asyncio.shield(ending)
            raise
        if not call.done():
            await self._give_up(borrowed, call)
            if not _answered(call):
                raise TimeoutError(self._too_late())
        else:
            self._return(borrowed, call)
        return call.result()

    async def _give_up(self, borrowed: Held, call: asyncio.Task[Any]) -> None:
        """Ends the waiting at the server, and waits for the reply that this makes."""
        try:
            shared = await self.lanes.lane("shared")
            await self.one(shared, session.unblocking(borrowed.id))
            await asyncio.wait({call}, timeout=session.GRACE)
        except (GlideError, RedisError):
            # the server is gone, or deaf: so is the waiting
            pass
        if call.done():
            self._return(borrowed, call)
        else:
            call.cancel()
            self.lanes.discard(borrowed)

    def _return(self, borrowed: Held, call: asyncio.Task[Any]) -> None:
        borrowed.waiting = False
        error = None if call.cancelled() else call.exception()
        if call.cancelled() or isinstance(error, session.NOT_THERE):
            self.lanes.discard(borrowed)
        else:
            self.lanes.give_back(borrowed)

    async def _explained(self, error: Exception) -> Exception:
        """The error that tells more: GLIDE waits for a server that is gone, redis-py says it is."""
        self._doubt(error)
        if isinstance(error, GlideTimeoutError):
            try:
                await aknock(self.lanes.settings, greeting=False)
            except RedisError as reason:
                return reason
            late = GlideTimeoutError(self._too_late())
            late.__cause__ = error
            return late
        return error

    def _too_late(self) -> str:
        """What redis-py's asynchronous half says of a reply that did not come in time."""
        settings = self.lanes.settings
        return f"{READING_TIMED_OUT}{settings.host}:{settings.port}"

    def _doubt(self, error: Exception) -> None:
        if session.doubtful(error):
            self.lanes.doubt()


def _answered(call: asyncio.Task[Any]) -> bool:
    """Whether an element came after all, while its waiting was being ended."""
    return (
        call.done()
        and not call.cancelled()
        and call.exception() is None
        and call.result() is not None
    )


def _settle(ticket: Future, reply: Any) -> None:
    """Errors travel as values: a caller who was cancelled leaves no "never retrieved" behind."""
    if not ticket.done():
        ticket.set_result(reply)
