"""``PubSubBridge``: GLIDE's callbacks on one side, redis-py's ``PubSub`` and events on the other.

GLIDE hands over messages on a thread of its own, where any call of GLIDE's would end the process:
there they are only put into the outlets of those who read.  One reader is the bridge itself, which
emits events on a thread of its own; another, redis-py's ``PubSub``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from socket import socket as Socket
from typing import Any, Self

from glide_shared.exceptions import GlideError
from pyee.base import EventEmitter
from redis.commands.helpers import list_or_args
from redis.exceptions import ConnectionError

from adapter.connect.bell import Bell
from adapter.connect.direct import Direct
from adapter.connect.listening import Listening
from adapter.connect.pool import ConnectionPool
from adapter.connect.vigil import VIGIL
from adapter.state.pubsub import (
    SHARDED,
    SUBSCRIBING,
    UNSUBSCRIBING,
    Change,
    Outlet,
    Reply,
    Subscriptions,
    events,
    while_alive,
)
from adapter.translate import errors
from adapter.translate.encoding import Encoder

CLOSED_BY_SERVER = "Connection closed by server."


class PubSubBridge(EventEmitter):
    """Subscribes, and emits ioredis' events, on a thread of its own, one after the other::

        bridge = PubSubBridge(client)
        bridge.on("message", lambda channel, message: ...)
        bridge.subscribe("news")

    ``message (channel, message)``, ``pmessage (pattern, channel, message)`` and ``smessage`` as
    text, ``messageBuffer``, ``pmessageBuffer`` and ``smessageBuffer`` as bytes; ``subscribe
    (channel, count)``, ``unsubscribe``, ``psubscribe``, ``punsubscribe`` and so on; ``end ()`` once
    it is closed; ``error (exception)`` for what a listener raised (without a listener for it, as
    for any other thread, ``threading.excepthook`` is told).  A dropped connection is opened again
    with its subscriptions, without an event.
    """

    def __init__(self, client: Any, *, emits: bool = True) -> None:
        super().__init__()
        self.connection_pool = ConnectionPool.adopt(getattr(client, "connection_pool", client))
        # GLIDE's thread holds it while it hands over a message; no GLIDE call is ever made under it
        self._arrival = threading.Condition()
        self._order = threading.RLock()
        self._subscriptions = Subscriptions()
        self._listening: Listening | None = None
        self._direct: Direct | None = None
        self._bell: Bell | None = None
        self._rung_for: Outlet | None = None
        self._generation = 0
        self._suspected = False
        self._told: Outlet | None = None
        self._thread: threading.Thread | None = None
        if emits:
            self.emitting()

    def emitting(self) -> Self:
        """Emits events from now on."""
        with self._arrival:
            if self._told is None:
                self._told = self._subscriptions.outlet()
        if self._listening is not None:
            self._start()
        return self

    def outlet(self) -> Outlet:
        """A new reader, for ``read``."""
        with self._arrival:
            return self._subscriptions.outlet()

    def subscribe(self, *channels: Any) -> int:
        """Listens to channels; returns the number of subscriptions."""
        return self._asked("SUBSCRIBE", channels)

    def psubscribe(self, *patterns: Any) -> int:
        """Listens to patterns; returns the number of subscriptions."""
        return self._asked("PSUBSCRIBE", patterns)

    def unsubscribe(self, *channels: Any) -> int:
        """Leaves channels, or all; returns the number of subscriptions that are left."""
        return self._asked("UNSUBSCRIBE", channels)

    def punsubscribe(self, *patterns: Any) -> int:
        """Leaves patterns, or all; returns the number of subscriptions that are left."""
        return self._asked("PUNSUBSCRIBE", patterns)

    def ssubscribe(self, *channels: Any) -> None:
        """Listens to sharded channels."""
        self._asked("SSUBSCRIBE", channels)

    def sunsubscribe(self, *channels: Any) -> None:
        """Leaves sharded channels, or all."""
        self._asked("SUNSUBSCRIBE", channels)

    def _asked(self, command: str, names: tuple[Any, ...]) -> int:
        self.perform(command, *(list_or_args(names[0], names[1:]) if names else ()))
        with self._arrival:
            direct = self._direct.count if self._direct else 0
            return self._subscriptions.count + direct

    def close(self) -> None:
        """Listens no longer; ``end`` comes behind the events of what was heard.  May be used
        again.
        """
        with self._arrival:
            listening, self._listening = self._listening, None
            self._generation += 1
            self._subscriptions.forget(but=self._told)
            bell, self._bell = self._bell, None
            self._changed()
        if bell is not None:
            bell.close()
        self._end_direct()
        if listening is not None:
            listening.end()

    def drop(self) -> None:
        """Ends the connection; the next call opens another, with all subscriptions."""
        if self._listening is not None:
            self._listening.end()
            self._dropped()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def __del__(self) -> None:
        if self.__dict__.get("_listening") is not None or self.__dict__.get("_bell") is not None:
            self.close()

    @property
    def connected(self) -> bool:
        """Whether there is a listening connection."""
        return self._listening is not None and self._listening.alive

    def perform(self, *args: Any) -> None:
        """SUBSCRIBE and its kin, and PING; returns once the server has confirmed.

        Errors: redis.exceptions.
        """
        command, *names = self.connection_pool.encoder.words(args)
        self._trying(lambda: self._perform(command.upper(), names))

    def open(self) -> None:
        """Makes sure that there is a listening connection, with all subscriptions.

        Errors: redis.exceptions.
        """
        self._trying(self._connection)

    def ping(self) -> None:
        """Returns once the server has answered; no reader is told.  Errors: redis.exceptions."""
        self._trying(lambda: self._connection().ping())

    def _trying(self, perform: Callable[[], Any]) -> None:
        def translated() -> None:
            try:
                perform()
            except GlideError as error:
                raise errors.translate(error) from error

        with self._order:
            self.connection_pool.retry.call_with_retry(translated, self._doubt)

    def _doubt(self, error: Exception) -> None:
        self.connection_pool.lanes.doubt()

    def _perform(self, command: bytes, names: list[bytes]) -> None:
        listening = self._connection()
        if command in SHARDED or listening.on_replica:
            limit = self.connection_pool.lanes.settings.socket_timeout
            self._directly().ask(command, names, limit)
        elif command in SUBSCRIBING:
            with self._arrival:
                change = self._subscriptions.join(command, names)
            self._join(listening, change)
        elif command in UNSUBSCRIBING:
            with self._arrival:
                change = self._subscriptions.leave(command, names)
            listening.leave(change)
            self._deliver(self._subscriptions.left, change)
        else:
            listening.ping(names)
            wire, count = self.connection_pool.encoder.wire, self._subscriptions.count
            self._deliver(self._subscriptions.deliver, pong(b"".join(names), wire, count))

    def _join(self, listening: Listening, change: Change) -> None:
        try:
            listening.join(change)
        except BaseException:
            self._deliver(self._subscriptions.refused)
            raise
        self._deliver(self._subscriptions.joined)

    def _deliver(self, change: Callable[..., None], *args: Any) -> None:
        with self._arrival:
            change(*args)
            self._changed()

    def _connection(self) -> Listening:
        listening = self._listening
        if listening is not None and listening.alive:
            return listening
        with self._arrival:
            self._generation += 1
            self._suspected = False
            lost = self._subscriptions.forget(but=self._told) if listening is not None else []
        heard = while_alive(self._heard, self._generation)
        listening = Listening(self.connection_pool.sender, heard, while_alive(self._dropped))
        VIGIL.watch(listening.client, self._suspect)
        self._listening = listening
        for command, names in lost:
            with self._arrival:
                change = self._subscriptions.join(command, names)
            self._join(listening, change)
        if self._told is not None:
            self._start()
        return listening

    def _heard(self, message: Any, context: Any, generation: int) -> None:
        """Runs on GLIDE's thread, where calling GLIDE would end the process."""
        with self._arrival:
            if generation == self._generation:
                self._subscriptions.heard(message.channel, message.message, message.pattern)
                self._changed()

    def _suspect(self) -> None:
        """Some connection of this process was interrupted; the next who reads finds out which."""
        with self._arrival:
            self._suspected = True
            self._changed()

    def _dropped(self) -> None:
        self._end_direct()
        with self._arrival:
            self._changed()

    def _directly(self) -> Direct:
        if self._direct is None:
            told = while_alive(self._told_directly), while_alive(self._lost_directly)
            self._direct = Direct(self.connection_pool, *told)
        return self._direct

    def _told_directly(self, reply: Reply) -> None:
        self._deliver(self._subscriptions.deliver, reply)

    def _lost_directly(self, error: Exception) -> None:
        """Readers are told as redis-py tells them; whoever waits for events need not know."""
        with self._arrival:
            self._subscriptions.deliver(error, but=self._told)
            self._changed()

    def _end_direct(self) -> None:
        direct, self._direct = self._direct, None
        if direct is not None:
            direct.end()

    def read(self, outlet: Outlet, timeout: float | None) -> Reply | None:
        """The next reply; None once ``timeout`` seconds have passed (None: waits for ever), or the
        bridge was closed.

        Errors: ConnectionError, if the connection was dropped or interrupted meanwhile; what was
        ``put``.
        """
        reply: Reply | None = self._awaited(outlet, timeout, lambda: heeded(outlet.popleft()))
        return reply

    def can_read(self, outlet: Outlet, timeout: float | None) -> bool:
        """Whether ``read`` would return a reply, or raise what was ``put``; waits as it does.

        Errors: ConnectionError, as ``read``.
        """
        return self._awaited(outlet, timeout, lambda: True) is not None

    def _awaited(self, outlet: Outlet, timeout: float | None, take: Callable[[], Any]) -> Any:
        """What ``take`` makes of a reply that is there."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            with self._arrival:
                self._arrival.wait_for(
                    lambda: outlet or self._suspected or not self.connected,
                    None if deadline is None else max(0.0, deadline - time.monotonic()),
                )
                if outlet:
                    try:
                        return take()
                    finally:
                        self._ring()
                suspected, self._suspected = self._suspected, False
                self._ring()
                listening = self._listening
            if listening is None or (listening.alive and not suspected):
                return None
            interrupted = not listening.alive or listening.interrupted()
            if interrupted:
                raise ConnectionError(CLOSED_BY_SERVER)
            if interrupted is None:
                with self._arrival:
                    self._suspected = True
                    self._ring()
                if deadline is not None and deadline <= time.monotonic():
                    return None

    def socket(self, outlet: Outlet) -> Socket:
        """Readable while ``can_read`` has an answer at once; another after ``close``."""
        with self._arrival:
            if self._bell is None:
                self._bell, self._rung_for = Bell(), outlet
                self._ring()
            return self._bell.socket

    def _changed(self) -> None:
        """Whoever waits is to look again.  The caller holds the lock."""
        self._arrival.notify_all()
        self._ring()

    def _ring(self) -> None:
        if self._bell is not None:
            self._bell.ring(bool(self._rung_for or self._suspected or not self.connected))

    def put(self, outlet: Outlet, error: Exception) -> None:
        """``read`` raises ``error``, in its turn."""
        self._deliver(outlet.append, error)

    def _start(self) -> None:
        """Starts the thread that emits, if there is none."""
        with self._arrival:
            if self._thread is None:
                self._thread = threading.Thread(target=self._emit, daemon=True, name="pubsub")
                self._thread.start()

    def _emit(self) -> None:
        told = self._told
        assert told is not None
        decode = decoder(self.connection_pool.encoder)
        while True:
            with self._arrival:
                self._arrival.wait_for(lambda: told or not self.connected)
                if not told:
                    self._thread = None
                    break
                reply = told.popleft()
            for name, arguments in events(reply, decode):
                tell(self, name, *arguments)
        tell(self, "end")


def tell(emitter: EventEmitter, name: str, *arguments: Any) -> None:
    """Emits one event.  What a listener raises becomes an ``error`` event, or is shown where Python
    shows what ends a thread.
    """
    try:
        emitter.emit(name, *arguments)
    except Exception as raised:
        error = raised
        with suppress(Exception):
            if name != "error" and emitter.listeners("error"):
                emitter.emit("error", error)
                return
        information = (type(error), error, error.__traceback__, threading.current_thread())
        threading.excepthook(threading.ExceptHookArgs(information))


def decoder(encoder: Encoder) -> Callable[[Any], Any]:
    """Text for events, whatever the bytes are; what is no bytes stays."""
    return lambda data: data.decode(encoder.encoding, "replace") if type(data) is bytes else data


def heeded(reply: Reply) -> Reply:
    """The reply, unless it is an error: that is raised."""
    if isinstance(reply, Exception):
        raise reply
    return reply


def pong(data: bytes, wire: int, count: int) -> Reply:
    """The answer to a PING as the caller's protocol has it."""
    return [b"pong", data] if wire == 2 and count else data or b"PONG"
