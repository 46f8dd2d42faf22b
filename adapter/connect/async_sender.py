"""Sends one plan on the lane it belongs to, in an event loop: the awaitable twin of ``sender``.

What is asked in one turn of the loop leaves as one batch, and one batch is in flight at a time:
GLIDE reorders calls that are under way together.  Callers that the server keeps waiting have
connections of their own.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Coroutine, Sized
from typing import Any

from glide import GlideClient
from glide_shared.exceptions import GlideError
from glide_shared.exceptions import TimeoutError as GlideTimeoutError
from redis.exceptions import RedisError, TimeoutError

from adapter.connect import session
from adapter.connect.async_lanes import AsyncLanes, Held
from adapter.connect.knock import aknock
from adapter.connect.tuning import Tuning
from adapter.connect.waking import Future, Waker
from adapter.state.batching import AT_ONCE, Batching, Flight, Group, Order, Talk
from adapter.state.busy_waiting import BusyWaiting
from adapter.state.scripts import Scripts
from adapter.translate import flow
from adapter.translate.blocking import blocking_seconds
from adapter.translate.errors import READING_TIMED_OUT
from adapter.translate.plan import GATHERED, Lane, Native, Plan

_SHARED = Lane.SHARED
PROCESSORS = (
    len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
)
"""Those that this process may use: a loop that stays awake on the only one keeps all others off."""


class AsyncSender:
    """The door of an asynchronous client in one event loop."""

    def __init__(self, lanes: AsyncLanes, scripts: Scripts, tuning: Tuning) -> None:
        self.lanes = lanes
        self.scripts = scripts
        self._loop = lanes.loop
        self._waker = Waker(lanes.loop)
        self._turn: Sized | None = getattr(lanes.loop, "_ready", None)
        """What asyncio's own loops have still to run; others do not tell."""
        self._batched = tuning.auto_batch is not False
        self._batching: Batching[Future] = Batching(tuning.most_batched)
        self._busy_waiting = (
            BusyWaiting(time.perf_counter)
            if tuning.busy_wait and self._batched and PROCESSORS > 1
            else None
        )
        self._awake = False
        self._latest: Future | None = None
        # the loop itself holds its tasks weakly
        self._tasks: set[asyncio.Task[Any]] = set()

    def ask(self, order: Order) -> Future:
        """Puts an order in its place among the others.  Its future is given GLIDE's reply; errors
        travel as values, so that a caller who was cancelled leaves no "never retrieved" behind.
        """
        # as the loop's own create_future makes them
        ticket = self._latest = asyncio.Future(loop=self._loop)
        batching = self._batching
        if batching.flying and not batching.overflowing:
            # as ``put``, which then has nothing to decide: so it is for most who ask
            batching.waiting.append(order)
            batching.tickets.append(ticket)
        elif not self._batched:
            self._leave(Flight.alone(order, ticket))
        elif when := batching.put(order, ticket):
            # at once as well if nobody else can ask in this turn of the loop
            alone = self._turn is not None and not self._turn and not self._waker.is_waking
            if when == AT_ONCE or alone:
                self._depart()
            else:
                self._loop.call_soon(self._depart)
        return ticket

    def reply(self, plan: Plan) -> Awaitable[Any]:
        """GLIDE's reply to one command, whichever lane it is for; its errors, and redis-py's own
        if the server cannot be reached, are replies as well.
        """
        lane = plan.lane
        if lane is _SHARED:
            return self.ask(plan.native)
        if lane is Lane.SCRIPT:
            if self.scripts.shares(plan):
                return self.ask(plan.native)
            placed = self.scripts.direct(plan)
            if placed is None:
                return _caught(flow.adrive(self.scripts.steps(plan), self._placed))
            return self.ask(placed.native if placed.lane is _SHARED else placed)
        if lane is Lane.BLOCKING:
            return _caught(self._placed(plan))
        return self.ask(plan)

    async def send(self, plan: Plan) -> Any:
        """As ``reply``; errors are raised."""
        return _raised(await self.reply(plan))

    async def _placed(self, plan: Plan) -> Any:
        if plan.lane is Lane.BLOCKING:
            if blocking_seconds(plan.words) is None:
                return await self.urgently(plan)
            return await self.wait(plan)
        return _raised(await self.ask(plan))

    async def send_all(self, plans: list[Plan], lane: Lane, *, atomic: bool) -> list[Any] | None:
        """The replies to a pipeline, in its turn among the commands that were asked before; what
        its scripts need goes ahead of it.
        """
        steps = self.scripts.pipelined(plans)
        replies: list[Any] | None
        if self.scripts.asks(plans):
            replies = _raised(await self.ask(Talk(steps, lane, atomic=atomic)))
        else:
            replies = await flow.adrive(
                steps, lambda natives: self.send_group(natives, lane, atomic=atomic)
            )
        return replies

    async def send_group(
        self, natives: list[Native], lane: Lane, *, atomic: bool
    ) -> list[Any] | None:
        """As ``send_all``, for requests that are what they are."""
        replies: list[Any] | None = _raised(await self.ask(Group(natives, lane, atomic=atomic)))
        return replies

    # -- flights ----------------------------------------------------------------------------------

    def _depart(self) -> None:
        """Sends the next flight, if none is under way."""
        if (flight := self._batching.take()) is not None:
            self._leave(flight)

    def _leave(self, flight: Flight[Future]) -> None:
        """Sends a flight, the shortest way if there is nothing to wait for."""
        straight = flight.lane in _STRAIGHT and flight.talk is None
        client = self.lanes.ready(_name(flight.lane)) if straight else None
        if client is None or not self._sent(flight, client):
            self._keep(self._loop.create_task(self._fly(flight)))

    def _sent(self, flight: Flight[Future], client: GlideClient) -> bool:
        busy = self._busy_waiting
        awake = busy is not None and busy.departs(len(flight.natives))
        try:
            sent = self.lanes.hand_over(
                client,
                flight.columns,
                _Landing(self, flight, client),
                atomic=flight.atomic,
                callers=len(flight.tickets),
            )
        except GlideError:
            # closed at this very moment: the long way opens another
            return False
        if awake and sent and not self._awake:
            self._awake = True
            self._loop.call_soon(self._stay_awake)
        return sent

    def _stay_awake(self) -> None:
        """A loop that has something to run does not sleep; all others have their turn as well."""
        busy = self._busy_waiting
        if busy is not None and self._batching.flying and busy.goes_on():
            self._loop.call_soon(self._stay_awake)
        else:
            self._awake = False

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fly(self, flight: Flight[Future]) -> None:
        """A flight that has to wait for something before it leaves."""
        try:
            replies = await self._carry(flight)
        except Exception as failure:
            self._settle(flight, await self._explained(failure))
        except BaseException:
            # the loop is being shut down
            for ticket in flight.tickets:
                ticket.cancel()
            self._batching.landed()
            raise
        else:
            self.landed(flight, replies)

    def arrived(self, flight: Flight[Future], replies: list[Any] | None) -> None:
        """As ``landed``, of a flight that has gone the shortest way."""
        if self._busy_waiting is not None:
            self._busy_waiting.lands()
        self.landed(flight, replies)

    def landed(self, flight: Flight[Future], replies: list[Any] | None) -> None:
        """The replies to a flight are there."""
        self._batching.landed(flight, replies)
        if self._batching.next_at_once:
            self._depart()
        self._waker.tell(flight.shares(replies))
        self._next()

    def failed(self, flight: Flight[Future], client: GlideClient, error: Exception) -> None:
        """A flight has failed as a whole."""
        if self._loop.is_closed():
            return  # nobody waits any more
        if isinstance(error, GlideTimeoutError):
            self._keep(self._loop.create_task(self._late(flight, client, error)))
        else:
            self._doubt(error)
            self._settle(flight, error)

    async def _late(self, flight: Flight[Future], client: GlideClient, error: Exception) -> None:
        self.lanes.abandon(client)
        self._settle(flight, await self._explained(error))

    def _settle(self, flight: Flight[Future], reason: Exception) -> None:
        self._waker.tell((ticket, reason) for ticket in flight.tickets)
        self._batching.landed()
        self._next()

    def _next(self) -> None:
        if self._batching and not self._batching.flying:
            # later: whoever has just been given his reply may have something to ask, too
            self._loop.call_soon(self._depart)

    async def _carry(self, flight: Flight[Future]) -> list[Any] | None:
        lanes = self.lanes
        client = await lanes.lane(_name(flight.lane))
        try:
            if (talk := flight.talk) is not None:
                return await flow.adrive(talk.steps, lambda step: self._said(talk, client, step))
            if flight.lane is not Lane.SESSION:
                return await lanes.exec(
                    client, flight.natives, atomic=flight.atomic, callers=len(flight.tickets)
                )
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

    async def _said(self, talk: Talk, client: GlideClient, step: Any) -> Any:
        if isinstance(step, Plan):
            return session.only(await self.lanes.exec(client, [step.native]))
        return await self.lanes.exec(client, step, atomic=talk.atomic)

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
        """One command that the server may hold back, on a connection of its own."""
        if self._latest is not None and not self._latest.done():
            # another connection would overtake it, and pop what LLEN was still to count
            await asyncio.wait({self._latest})
        borrowed = await self.lanes.borrow()
        return await self._held_back(borrowed, plan.native, self.lanes.give_back)

    async def on_held(self, held: Held, plan: Plan) -> Any:
        """One command, that may wait as well, on a connection that the caller goes on holding."""
        if plan.lane is Lane.BLOCKING and blocking_seconds(plan.words) is not None:
            return await self._held_back(held, plan.native, _go_on_holding)
        return await self.one(held.client, plan.native, limited=True)

    async def _held_back(self, held: Held, native: Native, answered: Callable[[Held], None]) -> Any:
        """The reply that the server may hold back; ``answered``: what becomes of the connection.

        Whoever gives up (time limit, cancellation) has his waiting ended at the server too, lest
        it eats an element.  A connection that has failed is discarded.
        """
        if held.id is None:
            try:
                held.id = await self.one(held.client, session.CLIENT_ID, limited=True)
            except BaseException:
                self.lanes.discard(held)
                raise
        held.waiting = True
        call = self.lanes.loop.create_task(self.one(held.client, native))
        call.add_done_callback(_noticed)
        try:
            await asyncio.wait({call}, timeout=self.lanes.settings.socket_timeout)
        except asyncio.CancelledError:
            ending = self.lanes.loop.create_task(self._give_up(held, call, answered))
            self._keep(ending)
            # one round trip, so that nothing waits at the server once the cancelled call has ended
            await asyncio.shield(ending)
            raise
        if not call.done():
            await self._give_up(held, call, answered)
            if not _answered(call):
                raise TimeoutError(self._too_late())
        else:
            self._ended(held, call, answered)
        return call.result()

    async def _give_up(
        self, held: Held, call: asyncio.Task[Any], answered: Callable[[Held], None]
    ) -> None:
        """Ends the waiting at the server, and waits for the reply that this makes."""
        try:
            shared = await self.lanes.lane("shared")
            await self.one(shared, session.unblocking(held.id))
            await asyncio.wait({call}, timeout=session.GRACE)
        except (GlideError, RedisError):
            # the server is gone, or deaf: so is the waiting
            pass
        if call.done():
            self._ended(held, call, answered)
        else:
            call.cancel()
            self.lanes.discard(held)

    def _ended(self, held: Held, call: asyncio.Task[Any], answered: Callable[[Held], None]) -> None:
        held.waiting = False
        error = None if call.cancelled() else call.exception()
        if call.cancelled() or isinstance(error, session.NOT_THERE):
            self.lanes.discard(held)
        else:
            answered(held)

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


class _Landing:
    """What GLIDE takes for the future of a batch."""

    __slots__ = ("_client", "_flight", "_sender")

    def __init__(self, sender: AsyncSender, flight: Flight[Future], client: GlideClient) -> None:
        self._sender = sender
        self._flight = flight
        self._client = client

    def done(self) -> bool:
        return False

    def set_result(self, replies: list[Any] | None) -> None:
        self._sender.arrived(self._flight, replies)

    def set_exception(self, error: Exception) -> None:
        self._sender.failed(self._flight, self._client, error)


_STRAIGHT = GATHERED | {Lane.SLOW}
"""The lanes whose flights need nothing but an open connection."""


def _name(lane: Lane) -> str:
    return "plain" if lane is Lane.PLAIN else "shared"


async def _caught(asking: Coroutine[Any, Any, Any]) -> Any:
    """A reply; an error that is raised instead is one, too."""
    try:
        return await asking
    except (GlideError, RedisError) as error:
        return error


def _raised(reply: Any) -> Any:
    """A reply; what is an error is raised."""
    if isinstance(reply, Exception):
        raise reply
    return reply


def _go_on_holding(held: Held) -> None:
    """The connection stays the caller's, who gives it back himself."""


def _noticed(call: asyncio.Task[Any]) -> None:
    """Nobody is to be told of an error that comes when all who waited have gone."""
    if not call.cancelled():
        call.exception()


def _answered(call: asyncio.Task[Any]) -> bool:
    """Whether an element came after all, while its waiting was being ended."""
    return (
        call.done()
        and not call.cancelled()
        and call.exception() is None
        and call.result() is not None
    )
