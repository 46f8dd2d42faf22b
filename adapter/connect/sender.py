"""Sends one plan on the lane it belongs to, and waits for its reply.

What comes back is GLIDE's reply, what is raised GLIDE's error (or redis-py's own, if the server
cannot be reached): the neck makes sense of both.  The awaitable twin is ``async_sender``.
"""

from __future__ import annotations

import queue
import threading
from typing import Any

from glide_shared.exceptions import GlideError
from glide_shared.exceptions import TimeoutError as GlideTimeoutError
from redis.exceptions import RedisError, TimeoutError

from adapter.connect import session
from adapter.connect.knock import knock
from adapter.connect.lanes import Held, Lanes
from adapter.state.combining import Combiner
from adapter.state.scripts import Scripts
from adapter.translate import flow
from adapter.translate.blocking import blocking_seconds
from adapter.translate.plan import Lane, Native, Plan

_COMBINED = frozenset((Lane.SHARED, Lane.HOME))


class Sender:
    """The door of a synchronous client; thread-safe."""

    def __init__(self, lanes: Lanes, scripts: Scripts, most_batched: int) -> None:
        self.lanes = lanes
        self.scripts = scripts
        self._combiner = Combiner(self._carry, most_batched) if most_batched else None

    def send(self, plan: Plan) -> Any:
        """GLIDE's reply to one command."""
        if plan.lane is Lane.SCRIPT:
            return flow.drive(self.scripts.steps(plan), self._send)
        return self._send(plan)

    def ask(self, native: Native) -> Any:
        """GLIDE's reply to a request that may travel with everybody's; errors are replies, too."""
        if self._combiner is not None:
            return self._combiner.ask(native)
        try:
            return self.one(self.lanes.shared(), native)
        except (GlideError, RedisError) as error:
            return error

    def _send(self, plan: Plan) -> Any:
        lanes = self.lanes
        if plan.lane in _COMBINED:
            reply = self.ask(plan.native)
            if isinstance(reply, Exception):
                raise reply
            return reply
        if plan.lane is Lane.SLOW:
            return self.one(lanes.shared(), plan.native)
        if plan.lane is Lane.PLAIN:
            return self.one(lanes.plain(), plan.native)
        if plan.lane is Lane.BLOCKING:
            if blocking_seconds(plan.words) is None:
                return self.urgently(plan)
            return self.wait(plan)
        return self.alone(plan)

    def _carry(self, natives: list[Native]) -> list[Any]:
        client = self.lanes.shared()
        return self.batch(client, natives, callers=len(natives)) or []

    def one(self, client: Any, native: Native, *, limited: bool = False) -> Any:
        """One command as a batch of one: faster than GLIDE's single call, which wakes its
        watchdog.
        """
        return session.only(self.batch(client, [native], limited=limited))

    def batch(
        self,
        client: Any,
        natives: list[Native],
        *,
        atomic: bool = False,
        limited: bool = False,
        callers: int = 1,
    ) -> list[Any] | None:
        """Many commands at once; errors of single commands stand among the replies."""
        try:
            return self.lanes.exec(client, natives, atomic=atomic, limited=limited, callers=callers)
        except GlideError as error:
            self._doubt(error)
            if isinstance(error, GlideTimeoutError):
                self.lanes.abandon(client)
                # GLIDE waits for a server that is gone; redis-py says that it is
                knock(self.lanes.settings, greeting=False)
            raise

    def alone(self, plan: Plan) -> Any:
        """One command outside any batch, remembered by GLIDE and by us over a reconnect."""
        lanes, native = self.lanes, plan.native
        client = lanes.shared()
        try:
            reply = lanes.single(client, native)
            if session.vouches(native) and (plain := lanes.opened("plain")) is not None:
                other = lanes.single(plain, session.elsewhere(native, reply))
                reply = session.least(reply, other)
        except GlideError as error:
            self._doubt(error)
            if isinstance(error, GlideTimeoutError):
                self.lanes.abandon(client)
            raise
        if (changed := session.after(plan.words, self.lanes.settings)) is not None:
            self.lanes.change(changed)
        return reply

    def urgently(self, plan: Plan) -> Any:
        """SCRIPT KILL and its like: not behind what they are to end, nor on a used connection."""
        client = self.lanes.urgent()
        try:
            return self.one(client, plan.native, limited=True)
        finally:
            self.lanes.silence(client)

    def wait(self, plan: Plan) -> Any:
        """One command that the server may hold back, on a connection of its own."""
        borrowed = self.lanes.borrow()
        reply = self._held_back(borrowed, plan.native)
        if not isinstance(reply, session.NOT_THERE):
            self.lanes.give_back(borrowed)
        return _raised(reply)

    def on_held(self, held: Held, plan: Plan) -> Any:
        """One command, that may wait as well, on a connection that the caller goes on holding."""
        if plan.lane is Lane.BLOCKING and blocking_seconds(plan.words) is not None:
            return _raised(self._held_back(held, plan.native))
        return self.one(held.client, plan.native, limited=True)

    def _held_back(self, held: Held, native: Native) -> Any:
        """The reply that the server may hold back, or its error.

        GLIDE's call cannot be interrupted, so a thread makes it: the caller stays open to
        signals, and whoever gives up (time limit, Ctrl-C) has his waiting ended at the server
        too, lest it eats an element.  The connection is discarded then.
        """
        try:
            if held.id is None:
                held.id = self.one(held.client, session.CLIENT_ID, limited=True)
            outcome: queue.SimpleQueue[Any] = queue.SimpleQueue()
            held.waiting = True
            threading.Thread(target=self._call, args=(held, native, outcome), daemon=True).start()
            try:
                reply = outcome.get(timeout=self.lanes.settings.socket_timeout)
            except queue.Empty:
                reply = self._give_up(held, outcome)
                if reply is None:
                    raise TimeoutError("Timeout reading from socket") from None
            held.waiting = False
        except BaseException as error:
            if held.waiting and not isinstance(error, TimeoutError):
                self._give_up(held, outcome)
            self.lanes.discard(held)
            raise
        if isinstance(reply, session.NOT_THERE):
            self.lanes.discard(held)
            self._doubt(reply)
        return reply

    def _call(self, borrowed: Held, native: Native, outcome: queue.SimpleQueue[Any]) -> None:
        try:
            outcome.put(self.one(borrowed.client, native))
        except BaseException as error:  # whatever it is, the caller raises it
            outcome.put(error)

    def _give_up(self, borrowed: Held, outcome: queue.SimpleQueue[Any]) -> Any:
        """Ends the waiting at the server; the reply, if there was one after all."""
        try:
            self.one(self.lanes.shared(), session.unblocking(borrowed.id))
            reply = outcome.get(timeout=session.GRACE)
        except (GlideError, RedisError, queue.Empty):
            # the server is gone, or deaf: so is the waiting
            return None
        return None if isinstance(reply, BaseException) else reply

    def _doubt(self, error: GlideError) -> None:
        if session.doubtful(error):
            self.lanes.doubt()


def _raised(reply: Any) -> Any:
    """A reply; what is an error is raised."""
    if isinstance(reply, BaseException):
        raise reply
    return reply
