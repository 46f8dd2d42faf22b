"""The only place where a handler runs.

``submit`` takes one request of one session to its end: known? enough words? do the gates let it
through? perform; then whoever waited for a key that has changed is served.  Nothing here awaits, so
nothing can come in between: EXEC and scripts are atomic by form. ``tick`` does what time brings:
calls that give up, keys that expire.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from functools import partial
from time import perf_counter_ns

from mock_backend import errors
from mock_backend.kernel import gates, lookups
from mock_backend.kernel.channels import Channels
from mock_backend.kernel.clock import Clock, WallClock
from mock_backend.kernel.config import Config
from mock_backend.kernel.context import Context
from mock_backend.kernel.lookups import FIRST, SEVERAL
from mock_backend.kernel.notifications import Notifier, read_classes
from mock_backend.kernel.observing import NEVER, Observer
from mock_backend.kernel.pausing import Pause
from mock_backend.kernel.room import Room
from mock_backend.kernel.scripts import Scripts
from mock_backend.kernel.session import Session
from mock_backend.kernel.tracking import Tracking
from mock_backend.kernel.waiting import Parked, Waiting
from mock_backend.replies import Block, Reply, ReplyError
from mock_backend.schema.command import Command
from mock_backend.store.keyspace import Database, Keyspace

Words = Sequence[bytes]


class Kernel:
    """One server's whole state, and the turn-taking over it."""

    def __init__(
        self,
        commands: Iterable[Command],
        *,
        clock: Clock | None = None,
        password: str = "",
        databases: int = 16,
    ) -> None:
        self.clock: Clock = clock or WallClock()
        self.password = password
        self.config = Config()
        self.space = Keyspace(databases)
        self.space.now_ms = self.clock.now_ms()
        self.space.flushed = self._flushed
        self.channels = Channels()
        self.waiting = Waiting()
        self.sessions: dict[int, Session] = {}
        self.commands: dict[bytes, Command] = {}
        """Top-level commands by lower-case name; containers hold their subcommands."""
        self._table: dict[bytes, Command] = {}
        self._install(commands)
        self.run_id = secrets.token_hex(20)
        self.started_ms = self.space.now_ms
        self.calls = 0
        self.connections = 0
        self._last_id = 0
        self.peak_sessions = 0
        self.denied_auth = 0
        self.errors_by_code: dict[str, int] = {}
        self.bugs: list[BaseException] = []
        """Exceptions that no handler foresaw; the pytest fixture fails a test that leaves any here.
        """
        self.gated = False
        """Whether the gates have to look at every call of every session."""
        self.notify: Callable[[Database, bytes, str], None] | None = None
        """Publishes keyspace notifications, while they are configured."""
        self.monitors: dict[Session, None] = {}
        self.tracking = Tracking(self)
        self.observer = Observer(self)
        self.pause = Pause()
        self.room = Room(self)
        self.evicted = 0
        self.rejected_sessions = 0
        self.scripts = Scripts(self)
        self.current: Session | None = None
        """Whose request is being performed; known only while somebody tracks."""
        self.saved_ms = self.started_ms
        self.saves = 0
        self.peak_memory = 0
        self.replication_id = secrets.token_hex(20)
        self.dirty_when_saved = 0
        self.active_expire = True
        self.port = 0
        self.bytes_in = 0
        self.bytes_out = 0
        """What sessions that are gone have received and been sent."""
        self.on_shutdown: Callable[[], None] = lambda: None
        """Told by SHUTDOWN to stop the server, once the running command has ended."""
        self.on_alarm: Callable[[float], None] = lambda at_ms: None
        """Told when ``tick`` must be called earlier than was known."""
        self._watchers: dict[tuple[int, bytes], dict[Session, None]] = {}
        self._depth = 0
        self._going_on = False
        self._later: deque[Callable[[], None]] = deque()
        self._telling_later = False
        self._notable_ns = NEVER
        self._notifier: Notifier | None = None
        self._configure(databases)

    # --- configuration

    def _configure(self, databases: int) -> None:
        """States what was said at the start, and listens to what CONFIG SET changes."""
        config = self.config
        config.state("databases", databases)
        config.state("requirepass", self.password)
        config.heard_by("requirepass", self._new_password)
        config.heard_by("notify-keyspace-events", self._new_classes)
        for name in ("maxmemory", "maxmemory-policy"):
            config.heard_by(name, self._new_limit)
        self.observe()

    def _new_password(self, password: str) -> None:
        """Sessions that are authenticated stay so."""
        self.password = password

    def _new_classes(self, text: str) -> None:
        classes = read_classes(text) or frozenset()
        self._notifier = Notifier(self.channels, self.space, classes) if classes else None
        self.notify = self._notifier
        self.listen()

    def _new_limit(self, value: str) -> None:
        self.room.forget()
        self.observe()

    def observe(self) -> None:
        """To be called when somebody begins or ends to monitor, to track or to pause."""
        self.observer.arrange()
        self._notable_ns = self.observer.notable_ns
        self.gated = bool(
            self.monitors or self.tracking or self.pause.until_ms or self.room.limited
        )

    # --- sessions

    def connect(self, *, address: str = "", local_address: str = "") -> Session:
        """A new client."""
        self.connections += 1
        self._last_id += 1
        session = Session(self, self._last_id, address=address, local_address=local_address)
        self.sessions[session.id] = session
        self.peak_sessions = max(self.peak_sessions, len(self.sessions))
        return session

    def disconnect(self, session: Session) -> None:
        """The client is gone: nothing of it stays behind."""
        if self.sessions.pop(session.id, None) is not None:
            self.bytes_in += session.bytes_in
            self.bytes_out += session.bytes_out
        if session.parked is not None:
            self.waiting.release(session.parked)
        self.unwatch(session)
        self.channels.forget(session)
        if self.monitors.pop(session, True) is None:
            self.observe()
        self.tracking.end(session)
        self.listen()

    def submit(self, session: Session, words: Words) -> Reply:
        """Performs one request; a ``Block`` as the reply means that the session is parked now.

        ``words`` is not empty.  Errors are replies, never raised.
        """
        command = self._table.get(words[0])
        if command is None or command.subcommands:
            try:
                command = self.resolve(words)
            except ReplyError as error:
                return self._reject(session, error)
        count = len(words)
        if count < command.least or (command.most >= 0 and count > command.most):
            command.rejected += 1
            return self._reject(session, errors.wrong_arity(command.name))
        self.space.now_ms = self.clock.now_ms()
        if session.gated or self.gated:
            refused = gates.refuse(self, session, command, words)
            if refused is not None:
                session.last_command = command.name
                if isinstance(refused, ReplyError):
                    command.rejected += 1
                    return self._reject(session, refused)
                if type(refused) is Block:
                    held = self.waiting.park(session, command, words, refused, self.space.now_ms)
                    self.pause.held[held] = None
                return refused
        session.last_ms = self.space.now_ms
        session.last_command = command.name
        self._depth += 1
        reply = self.perform(session.context, command, words)
        self._depth -= 1
        session.calls += 1
        if type(reply) is Block:
            parked = self.waiting.park(session, command, words, reply, self.space.now_ms)
            self.listen()
            if parked.deadline_ms is not None:
                self.on_alarm(parked.deadline_ms)
        if self.waiting.ready and not self._depth:
            self.serve()
        if self._telling_later and not self._depth:
            self._later.append(self._tell)
        return reply

    def perform(self, context: Context, command: Command, words: Words) -> Reply:
        """Runs the handler, with nothing before it; a ``ReplyError`` is returned, a bug is told."""
        started = perf_counter_ns()
        looks = command.looks
        if looks == SEVERAL:
            lookups.count(context.db, command, words)
        try:
            reply = command.run(context, words)
        except ReplyError as error:
            reply = error
        except Exception as error:  # a bug is loud: an error reply, the traceback kept
            self.bugs.append(error)
            reply = errors.bug(error)
        if type(reply) is ReplyError:
            command.failed += 1
            self.errors_by_code[reply.code] = self.errors_by_code.get(reply.code, 0) + 1
        elif type(reply) is Block and context.atomic:
            reply = reply.otherwise
        if looks == FIRST:
            if words[1] in context.db.values:
                self.space.hits += 1
            else:
                lookups.missed(context.db, words[1])
        command.calls += 1
        elapsed = perf_counter_ns() - started
        command.usec += elapsed // 1000
        command.latencies[elapsed.bit_length()] += 1
        self.calls += 1
        if elapsed >= self._notable_ns:
            self.observer.note(context, command, words, elapsed)
        return reply

    def call(self, context: Context, words: Words) -> Reply:
        """Performs a command inside another: resolved, counted, but past no gate."""
        try:
            command = self.resolve(words)
            self.check_arity(command, words)
        except ReplyError as error:
            return error
        return self.perform(context, command, words)

    def resolve(self, words: Words) -> Command:
        """The command that ``words`` name.  Errors: unknown command, unknown subcommand, no
        subcommand given.
        """
        name = words[0].lower()
        command = self.commands.get(name)
        if command is None:
            raise errors.unknown_command(words[0], list(words[1:]))
        if command.subcommands:
            if len(words) < 2:
                if command.arity != -2:
                    return command
                raise errors.wrong_arity(command.name)
            subcommand = command.subcommands.get(words[1].lower())
            if subcommand is None:
                raise errors.unknown_subcommand(words[1], command.name)
            return subcommand
        return command

    def check_arity(self, command: Command, words: Words) -> None:
        """Errors: ``wrong number of arguments``."""
        count = len(words)
        if count < command.least or (command.most >= 0 and count > command.most):
            command.rejected += 1
            raise errors.wrong_arity(command.name)

    def _reject(self, session: Session, error: ReplyError) -> ReplyError:
        """An error before the call was performed; inside MULTI the transaction is lost (multi.c,
        flagTransaction).
        """
        if session.queue is not None:
            session.must_abort = True
        self.errors_by_code[error.code] = self.errors_by_code.get(error.code, 0) + 1
        return error

    def serve(self) -> None:
        """Serves whoever waits for a key that has changed; what they were answered is sent."""
        self._depth += 1
        try:
            self.waiting.serve(self._attempt)
        finally:
            self._depth -= 1
        self.listen()

    def tick(self) -> None:
        """What time brings: expired keys go, and calls whose time is over are answered."""
        self.space.now_ms = self.clock.now_ms()
        self.current = None
        if self.active_expire:
            self.space.expire_due()
        if 0 < self.pause.until_ms <= self.space.now_ms:
            self.unpause()
        if self._telling_later:
            self._later.append(self._tell)
        if self.waiting.ready:
            self.serve()
        for parked in self.waiting.overdue(self.space.now_ms):
            self.release(parked, parked.otherwise)
        self.listen()
        self.run_later()

    def next_deadline_ms(self) -> float | None:
        """When the next parked call gives up; ``None``: nobody waits for a limited time."""
        deadline = self.waiting.next_deadline_ms()
        if self.pause.until_ms and (deadline is None or self.pause.until_ms < deadline):
            return self.pause.until_ms
        return deadline

    def pause_until(self, at_ms: int, *, everything: bool) -> None:
        """Holds all calls, or those that write, until then."""
        self.pause.begin(at_ms, everything=everything)
        self.observe()
        self.on_alarm(self.pause.until_ms)

    def unpause(self) -> None:
        """Ends the pause; what was held is performed once the running command has ended."""
        for held in self.pause.end():
            self._later.append(partial(self._take_up, held))
        self.observe()

    def _take_up(self, held: Parked) -> None:
        """Performs a call that was held, as if it came only now."""
        if held not in self.waiting.parked:
            return
        self.waiting.release(held)
        session = held.session
        reply = self.submit(session, held.words)
        if type(reply) is not Block:
            session.send(reply)
            session.wake()

    def release(self, parked: Parked, reply: Reply) -> None:
        """Answers a parked call and lets its session go on with its next request."""
        self.waiting.release(parked)
        parked.session.send(reply)
        self._later.append(parked.session.wake)

    def new_replication_id(self) -> None:
        """DEBUG CHANGE-REPL-ID."""
        self.replication_id = secrets.token_hex(20)

    def reset_statistics(self) -> None:
        """CONFIG RESETSTAT: whatever INFO counts begins at nought again."""
        self.calls = self.connections = self.denied_auth = self.bytes_in = self.bytes_out = 0
        for session in self.sessions.values():
            session.bytes_in = session.bytes_out = 0
        for command in self.commands.values():
            for each in (command, *command.subcommands.values()):
                each.calls = each.usec = each.failed = each.rejected = 0
                each.latencies = [0] * 64
        self.errors_by_code.clear()
        space = self.space
        space.hits = space.misses = space.expired = 0
        self.evicted = self.rejected_sessions = 0

    def run_later(self) -> None:
        """Lets the sessions go on that were answered meanwhile; only once the running command has
        ended.
        """
        if self._depth or self._going_on:
            return
        self._going_on = True
        try:
            while self._later:
                self._later.popleft()()
        finally:
            self._going_on = False

    def _attempt(self, parked: Parked, key: bytes) -> bool:
        context = parked.session.context
        if parked.kind is not None:
            value = context.db.lookup(key)
            if not isinstance(value, parked.kind):
                return True
        self.current = parked.session
        reply = self.perform(context, parked.command, parked.words)
        if type(reply) is Block:
            return True
        self.release(parked, reply)
        return False

    def listen(self) -> None:
        """Hears of changes only while somebody wants to know: writes are cheaper without."""
        wanted = self._watchers or self.waiting or self.notify or self.tracking
        self.space.listener = self._touched if wanted else None
        self.space.announcer = self.notify

    def watch(self, session: Session, key: bytes) -> None:
        """``session`` wants to know whether ``key`` changes before its EXEC."""
        place = (session.context.db.number, key)
        if place not in session.watched:
            at = session.context.db.expiry_ms(key)
            session.watched[place] = at is not None and at <= self.space.now_ms
            self._watchers.setdefault(place, {})[session] = None
            self.listen()

    def unwatch(self, session: Session) -> None:
        """``session`` watches nothing any more."""
        for place in session.watched:
            sessions = self._watchers[place]
            sessions.pop(session, None)
            if not sessions:
                del self._watchers[place]
        session.watched.clear()
        session.watch_broken = False
        self.listen()

    def watch_is_broken(self, session: Session) -> bool:
        """Whether a watched key has changed, or has expired since."""
        for (number, key), expired in list(session.watched.items()):
            if not expired:
                self.space.databases[number].evict_if_expired(key)
        return session.watch_broken

    def tell_later(self) -> None:
        """The tracking sessions are told of changes behind the reply of the running command."""
        self._telling_later = True

    def _tell(self) -> None:
        self._telling_later = False
        self.tracking.tell()

    def _touched(self, database: Database, key: bytes, event: str) -> None:
        place = (database.number, key)
        if place in self._watchers:
            for session in self._watchers[place]:
                session.watch_broken = True
        self.waiting.touched(place)
        if self.tracking:
            self.tracking.changed(key)
        if self.notify is not None:
            self.notify(database, key, event)

    def _flushed(self, database: Database) -> None:
        if self._notifier is not None:
            self._notifier.flushed(database)
        if self.tracking:
            self.tracking.flushed()
        for place, sessions in self._watchers.items():
            if place[0] == database.number and place[1] in database.values:
                for session in sessions:
                    session.watch_broken = True
        for place in [place for parked in self.waiting.parked for place in parked.places]:
            if place[0] == database.number:
                self.waiting.touched(place)

    def _install(self, commands: Iterable[Command]) -> None:
        copies = [copy(command) for command in commands]
        for command in copies:
            command.subcommands = {}
            command.latencies = [0] * 64
            command.looks = lookups.looks_of(command)
            if "|" not in command.name:
                self.commands[command.name.encode()] = command
        for command in copies:
            container, bar, name = command.name.partition("|")
            if bar:
                self.commands[container.encode()].subcommands[name.encode()] = command
        for key, command in self.commands.items():
            self._table[key] = self._table[key.upper()] = command
