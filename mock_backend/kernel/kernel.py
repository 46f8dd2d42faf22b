"""The only place where a handler runs.

``submit`` takes one request of one session to its end: known? enough words? do the gates let it
through? perform; then whoever waited for a key that has changed is served.  Nothing here awaits, so
nothing can come in between: EXEC and scripts are atomic by form. ``tick`` does what time brings:
calls that give up, keys that expire.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from time import perf_counter_ns
from typing import TYPE_CHECKING, Final

from mock_backend import errors
from mock_backend.kernel import gates, lookups
from mock_backend.kernel.accesses import Accesses
from mock_backend.kernel.accounting import account
from mock_backend.kernel.acl.control import Acl
from mock_backend.kernel.channels import Channels
from mock_backend.kernel.clock import Clock, WallClock
from mock_backend.kernel.configuration.config import Config
from mock_backend.kernel.context import Context
from mock_backend.kernel.limits import Limits
from mock_backend.kernel.links import Converse, Dial, Link, NoLink, Talker
from mock_backend.kernel.lookups import SEVERAL
from mock_backend.kernel.migration import Lines
from mock_backend.kernel.notifications import Notifier, read_classes
from mock_backend.kernel.pausing import Pause
from mock_backend.kernel.persistence import Persistence
from mock_backend.kernel.replication.failover import Failover
from mock_backend.kernel.replication.role import Replication
from mock_backend.kernel.reports.observing import NEVER, Observer
from mock_backend.kernel.reports.statistics import Statistics
from mock_backend.kernel.room import Room
from mock_backend.kernel.rows import is_plain, perform_row
from mock_backend.kernel.scripts.evaluation import Evaluation
from mock_backend.kernel.scripts.functions import Functions
from mock_backend.kernel.scripts.host import Scripts
from mock_backend.kernel.serving import Serving
from mock_backend.kernel.session import Session
from mock_backend.kernel.telling import Telling
from mock_backend.kernel.tracking import Tracking
from mock_backend.kernel.waiting import Waiting
from mock_backend.kernel.watching import FORGETS_LOST, Watching
from mock_backend.profile import DEFAULT, Profile, Since
from mock_backend.replies import NOTHING, Block, Reply, ReplyError
from mock_backend.schema.command import NONE_COUNTED, Command
from mock_backend.schema.late import settling, within
from mock_backend.store.encodings import long_list
from mock_backend.store.keyspace import Database, Keyspace

if TYPE_CHECKING:
    from mock_backend.kernel.cluster.view import View

Words = Sequence[bytes]
EntranceOfRows = Callable[[Session, deque[list[bytes]]], list[Reply]]

_OF_BROWSERS: Final = frozenset((b"post", b"host:"))
"""Nobody means these as commands: a page has made a browser speak to us (server.c, processCommand).
"""
_LISTPACK_SETS: Final = Since("7.2.0")


class Kernel:
    """One server's whole state, and the turn-taking over it."""

    __slots__ = (
        "_going_on _last_id accesses acl active_expire bugs channels clock cluster commands"
        " config converse cron_paused current dial entrance entrance_of_rows evaluation failover"
        " functions gated importing limits lines longest_string merely_clustered monitors"
        " notable_ns notifier observer on_alarm on_breath on_shutdown password pause perform_row"
        " persistence plain port prepares profile put_off replication room run_id scripts"
        " serving sessions space statistics table telling tracking waiting watching"
    ).split()
    """Attributes of so many names are found faster so: a tenth of what a request takes."""

    def __init__(
        self,
        commands: Iterable[Command],
        *,
        clock: Clock | None = None,
        password: str = "",
        databases: int = 16,
        profile: Profile = DEFAULT,
        aclfile: str = "",
    ) -> None:
        self.profile = profile
        """The server that it answers as."""
        self.clock: Clock = clock or WallClock()
        self.password = password
        self.config = Config(profile)
        self.space = Keyspace(databases)
        self.space.now_ms = self.clock.now_ms()
        self.space.flushed = self._flushed
        self.space.alarm = lambda at_ms: self.on_alarm(at_ms)
        self.space.packs_timed = profile.line == "redis"
        self.channels = Channels(profile)
        self.waiting = Waiting()
        self.telling = Telling(self)
        self.sessions: dict[int, Session] = {}
        self.commands: dict[bytes, Command] = {}
        """Top-level commands by lower-case name; containers hold their subcommands."""
        self.table: dict[bytes, Command] = {}
        """Commands of one word by name, as it is mostly written: all small, or all in capitals."""
        self.plain: dict[bytes, Command] = {}
        """Those of them that can be performed in a row (rows.py)."""
        self._install(commands)
        self.run_id = secrets.token_hex(20)
        self.port = 0
        self.statistics = Statistics(started_ms=self.space.now_ms, saved_ms=self.space.now_ms)
        self.acl = Acl(self, password=password, file=aclfile)
        self.bugs: list[BaseException] = []
        """Exceptions that no handler foresaw; the pytest fixture fails a test that leaves any here.
        """
        self.cluster: View | None = None
        """What this server knows as a node of a cluster, if it is one."""
        self.gated = False
        """Whether the gates have to look at every call of every session."""
        self.merely_clustered = False
        """Whether that is so only because calls may belong to other nodes of a cluster."""
        self.longest_string = self.config.number("proto-max-bulk-len")
        """Bytes that one word of a request, or one string value, may have."""
        self.active_expire = True
        self.importing = False
        """import-mode: what has expired stays until the client that imports removes it."""
        self.cron_paused = False
        """Whether nothing happens by itself (DEBUG PAUSE-CRON)."""
        self.notifier: Notifier | None = None
        """Publishes keyspace notifications, while they are configured."""
        self.monitors: dict[Session, None] = {}
        self.replication = Replication(self)
        self.failover = Failover(self)
        self.serving = Serving(self)
        self.watching = Watching(self)
        self.tracking = Tracking(self)
        self.observer = Observer(self)
        self.pause = Pause(self)
        self.room = Room(self)
        self.limits = Limits(self)
        self.accesses = Accesses(self)
        self.scripts = Scripts(self)
        self.persistence = Persistence(self)
        self.lines = Lines(self)
        self.evaluation = Evaluation(self)
        self.functions = Functions(self)
        self.current: Session | None = None
        """Whose request is being performed; known only while somebody tracks."""
        self.prepares = False
        """Whether what happens stands before the call that is asked for (keys that are evicted)."""
        self.on_shutdown: Callable[[], None] = lambda: None
        """Told by SHUTDOWN to stop the server, once the running command has ended."""
        self.on_alarm: Callable[[float], None] = lambda at_ms: None
        """Told when ``tick`` must be called earlier than was known."""
        self.on_breath: Callable[[], None] | None = None
        """Lets the others be heard while a script takes long, where there is a transport."""
        self.dial: Dial = self._dial_nobody
        """Opens a connection to another server, where there is a transport that can."""
        self.converse: Converse = self._converse_with_nobody
        """The same, all at once: the whole server waits meanwhile."""
        self.entrance: Callable[[Session, Words], Reply] = self.submit
        """Where a transport brings a request: ``submit``, or what stands before it."""
        self.perform_row: EntranceOfRows = partial(perform_row, self)
        self.entrance_of_rows: EntranceOfRows = self.perform_row
        """Where it brings several: ``perform_row``, or what stands before it."""
        self._last_id = 0
        self.put_off: deque[Callable[[], None]] = deque()
        """What is done once the running command has ended."""
        self._going_on = False
        self.notable_ns = NEVER
        """Whoever takes as long is told of (``Observer.note``)."""
        self._configure(databases)

    def _configure(self, databases: int) -> None:
        """States what was said at the start, and listens to what CONFIG SET changes."""
        config = self.config
        config.state("databases", databases)
        config.state("requirepass", self.password)
        config.state("aclfile", self.acl.file)
        if not self.profile.has(_LISTPACK_SETS):
            config.state("set-max-listpack-entries", 0)
        config.heard_by("requirepass", self._new_password)
        config.heard_by("notify-keyspace-events", self._new_classes)
        config.heard_by("proto-max-bulk-len", self._new_length)
        config.heard_by("list-max-listpack-size", self._new_list_limit)
        self._new_list_limit("")
        for name in ("maxmemory-policy", "min-replicas-to-write"):
            config.heard_by(name, self._new_limit)
        config.heard_by("maxmemory", self._new_memory)
        config.heard_by("replica-read-only", lambda value: self.observe())
        config.heard_by("import-mode", self._new_import)
        self.observe()

    def _new_length(self, _text: str) -> None:
        self.longest_string = self.config.number("proto-max-bulk-len")

    def _new_list_limit(self, _text: str) -> None:
        self.space.long_list = long_list(self.config.number("list-max-listpack-size"))

    def _new_password(self, password: str) -> None:
        """Sessions that are authenticated stay so."""
        self.password = password
        self.acl.set_default_password(password)

    def _new_classes(self, text: str) -> None:
        classes = read_classes(text) or frozenset()
        self.notifier = Notifier(self.channels, self.space, classes) if classes else None
        self.listen()

    def _new_limit(self, value: str) -> None:
        self.room.forget()
        self.observe()

    def _new_memory(self, value: str) -> None:
        self._new_limit(value)
        if self.room.evicts:
            self.later(self.room.make)  # keys go by themselves, no call has to come

    def _new_import(self, value: str) -> None:
        self.importing = value == "yes"
        self.space.primary_speaks = False
        self.observe()

    def observe(self) -> None:
        """To be called when somebody begins or ends to monitor, track, pause, or be busy."""
        self.observer.arrange()
        self.space.keeps_expired = (
            bool(self.pause.until_ms) or self.replication.refuses_writes or self.importing
        )
        self.notable_ns = self.observer.notable_ns
        gated = bool(
            self.monitors
            or self.tracking
            or self.pause.until_ms
            or self.room.limited
            or self.accesses.selective
            or self.scripts.busy
            or self.persistence.failed
            or self.replication.gates
            or self.limits.evicting
            or self.importing
        )
        self.merely_clustered = self.cluster is not None and not gated
        self.gated = gated or self.merely_clustered

    def connect(self, *, address: str = "", local_address: str = "") -> Session:
        """A new client."""
        self._last_id += 1
        session = Session(self, self._last_id, address=address, local_address=local_address)
        self.sessions[session.id] = session
        self.statistics.connections += 1
        self.statistics.peak_sessions = max(self.statistics.peak_sessions, len(self.sessions))
        return session

    def disconnect(self, session: Session) -> None:
        """The client is gone: nothing of it stays behind."""
        if self.sessions.pop(session.id, None) is not None:
            self.statistics.bytes_in += session.bytes_in
            self.statistics.bytes_out += session.bytes_out
        if session.no_touch:
            self.accesses.arrange()
        if session.parked is not None:
            self.waiting.release(session.parked)
        self.watching.end(session)
        self.channels.forget(session)
        if self.monitors.pop(session, True) is None:
            self.observe()
        self.tracking.end(session)
        self.replication.gone(session)
        self.limits.gone(session)
        self.listen()

    def end(self, session: Session, *, by: Session) -> None:
        """Closes a connection; that of ``by`` itself once it has been answered."""
        session.closing = True
        if session is not by:
            self.disconnect(session)
            session.drop()

    def submit(self, session: Session, words: Words) -> Reply:
        """Performs one request; a ``Block`` as the reply means that the session is parked now.

        ``words`` is not empty.  Errors are replies, never raised.
        """
        command = self.table.get(words[0])
        if command is None:
            try:
                command = self.resolve(words)
            except ReplyError as error:
                if words[0].lower() in _OF_BROWSERS:
                    session.closing = True
                    session.abandon()
                    return NOTHING
                return self.reject(session, error)
        if not command.least <= len(words) <= command.most:
            command.rejected += 1
            return self.reject(session, errors.wrong_arity(command.name), command, words)
        now_ms = self.space.now_ms = self.clock.now_ms()
        if session.gated or self.gated:
            refused = gates.refuse(self, session, command, words)
            if refused is not None:
                session.last_command = command.name
                if isinstance(refused, ReplyError):
                    command.rejected += 1
                    return self.reject(session, refused, command, words)
                return refused
        session.last_ms = now_ms
        session.last_command = command.name
        reply = self.perform(session.context, command, words)
        if type(reply) is not Block:
            session.calls += 1
        else:  # it counts once it has been answered
            parked = self.waiting.park(session, command, words, reply, now_ms)
            self.listen()
            if parked.deadline_ms is not None:
                self.on_alarm(parked.deadline_ms)
        if self.waiting.ready:
            self.serving.serve()
        return reply

    def perform(self, context: Context, command: Command, words: Words) -> Reply:
        """Runs the handler, with nothing before it; a ``ReplyError`` is returned, a bug is told."""
        run = command.run
        started = perf_counter_ns()
        try:
            reply = run(context, words)
        except ReplyError as error:
            reply = error.said_by(self.profile)
        except Exception as error:  # a bug is loud: an error reply, the traceback kept
            reply = self.bug(error)
        elapsed = perf_counter_ns() - started
        kind = type(reply)
        if kind is ReplyError or kind is Block or elapsed >= self.notable_ns:
            return account(self, context, command, words, reply, elapsed)
        if command.looks:
            if words[1] in context.db.values:
                self.space.hits += 1
            else:
                lookups.missed(context.db, words[1])
        command.nanoseconds += elapsed
        command.latencies[elapsed.bit_length()] += 1
        return reply

    def bug(self, error: BaseException) -> ReplyError:
        """Keeps an exception that nobody foresaw; what the client is told of it."""
        self.bugs.append(error)
        return errors.bug(error)

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

    def reject(
        self,
        session: Session,
        error: ReplyError,
        command: Command | None = None,
        words: Words = (),
    ) -> ReplyError:
        """An error before the call was performed; inside MULTI the transaction is lost (multi.c,
        flagTransaction), and at once if it was EXEC that was refused: who monitors sees its end.
        """
        if command is not None and command.name == "exec":
            if self.monitors:
                self.observer.show(session.context, words)
            session.queue = None
            session.must_abort = False
            session.regate()
            self.watching.end(session)
            error = errors.exec_refused(error.said_by(self.profile))
        if session.queue is not None:
            session.must_abort = True
            if self.profile.has(FORGETS_LOST):
                session.queue.clear()
        if self.tracking:
            self.tracking.refused(session, command)
        self.statistics.count_error(error.code)
        return error.said_by(self.profile)

    def tick(self) -> None:
        """What time brings: expired keys go, and calls whose time is over are answered."""
        self.space.now_ms = self.clock.now_ms()
        self.current = None
        if self._expires_actively:
            self.space.expire_due()
        if self.persistence.keep is not None:
            self.persistence.save_if_due()
        if self.lines.idle:
            self.lines.close_idle(self.space.now_ms)
        if 0 < self.pause.until_ms <= self.space.now_ms:
            self.pause.end()
        if self.waiting.ready:
            self.serving.serve()
        for parked in self.waiting.overdue(self.space.now_ms):
            self.serving.give_up(parked, parked.otherwise)
        self.listen()
        if not self.cron_paused:
            self.limits.tick()
        if self.replication.active and not self.cron_paused:
            self.replication.tick()
            self.failover.tick()
        if self.cluster is not None:
            self.cluster.tick()
        self.run_later()

    @property
    def _expires_actively(self) -> bool:
        kept = self.space.keeps_expired or self.importing
        return self.active_expire and not kept and not self.cron_paused

    def next_deadline_ms(self) -> float | None:
        """When the next parked call gives up, or something else must happen at its time; ``None``:
        nobody waits for a limited time.
        """
        fields = self.space.next_field_ms() if self._expires_actively else None
        times = (self.waiting.next_deadline_ms(), self.pause.until_ms or None, fields)
        return min((at for at in times if at is not None), default=None)

    def every_command(self) -> Iterator[Command]:
        """Commands and subcommands, in the order of the registry."""
        for command in self.commands.values():
            yield command
            yield from command.subcommands.values()

    @property
    def calls(self) -> int:
        """How many commands were performed, those inside scripts and transactions included."""
        return sum(command.calls for command in self.every_command())

    def reset_statistics(self) -> None:
        """CONFIG RESETSTAT: whatever INFO counts begins at nought again."""
        self.statistics.reset()
        for session in self.sessions.values():
            session.bytes_in = session.bytes_out = 0
        for command in self.every_command():
            command.given_up = command.nanoseconds = command.failed = command.rejected = 0
            command.latencies[:] = NONE_COUNTED
        self.space.hits = self.space.misses = 0
        self.space.expired = self.space.expired_fields = self.space.lazily_freed = 0

    def later(self, action: Callable[[], None]) -> None:
        """``action`` is done once the running command has ended and its reply is written."""
        self.put_off.append(action)

    def run_later(self) -> None:
        """Does what was put off: lets the sessions go on that were answered meanwhile, and such."""
        if self._going_on:
            return
        self._going_on = True
        try:
            while self.put_off:
                self.put_off.popleft()()
        finally:
            self._going_on = False

    def aside(self, action: Callable[[], None]) -> None:
        """Does what no client asked for, as a turn of its own: what another server has said."""
        self.space.now_ms = self.clock.now_ms()
        self.current = None
        try:
            action()
        except Exception as error:  # nobody hears of it otherwise
            self.bug(error)
        if self.waiting.ready:
            self.serving.serve()
        self.listen()
        self.run_later()

    def begin_again(self) -> None:
        """As if the server had been started anew: nobody is connected, the data are what was last
        saved.
        """
        for session in list(self.sessions.values()):
            self.disconnect(session)
            session.drop()
        for database in self.space.databases:
            database.flush()
        if self.persistence.image is not None:
            self.persistence.load(self.persistence.image)
        self.statistics.started_ms = self.space.now_ms
        self.run_id = secrets.token_hex(20)

    def breathe(self) -> None:
        """Lets the others be heard in the middle of a script, for which time stands still."""
        now_ms, current, going_on = self.space.now_ms, self.current, self._going_on
        self._going_on = True
        try:
            if self.on_breath is not None:
                self.on_breath()
        finally:
            self.space.now_ms, self.current, self._going_on = now_ms, current, going_on

    def hang_up(self) -> None:
        """No connection can be opened any more."""
        self.dial = self._dial_nobody
        self.converse = self._converse_with_nobody

    def _dial_nobody(self, host: str, port: int, talker: Talker, source: str = "") -> Link:
        self.later(lambda: talker.lost("there is no transport"))
        return NoLink()

    def _converse_with_nobody(self, host: str, port: int, talker: Talker, seconds: float) -> None:
        talker.lost("there is no transport")

    def listen(self) -> None:
        """Hears of changes only while somebody wants to know: writes are cheaper without."""
        wanted = (
            self.watching
            or self.waiting
            or self.notifier
            or self.tracking.listens
            or self.replication.tells
        )
        self.space.listener = self._touched if wanted else None
        self.space.announcer = self.notifier

    def _touched(self, database: Database, key: bytes, event: str) -> None:
        place = (database.number, key)
        if event != "swapdb":  # told as a whole, see _flushed
            self.watching.touched(place)
            if self.tracking.listens:
                self.tracking.changed(key, event)
        self.waiting.touched(place, event, overwrote=self.space.overwrote)
        self.replication.touched(database, key, event)
        if self.notifier is not None:
            self.notifier(database, key, event)

    def _flushed(self, database: Database, successor: Database | None) -> None:
        if self.notifier is not None:
            self.notifier.flushed(database)
        self.watching.flushed(database, successor)
        self.waiting.flushed(database)

    def _install(self, commands: Iterable[Command]) -> None:
        has, profile = self.profile.has, self.profile
        shared = [command.under(profile) for command in commands if has(command.since)]
        for command in shared:
            if command.looks < 0:
                command.looks = lookups.looks_of(command)
        copies = [command.twin() for command in shared]
        for command in copies:
            if command.looks == SEVERAL:
                command.run = within(partial(lookups.counting, self, command), command.run)
                command.looks = lookups.NOTHING
            settling(command, "run")
            settling(command, "keys")
            if "|" not in command.name:
                self.commands[command.name.encode()] = command
        for command in copies:
            container, bar, name = command.name.partition("|")
            if bar:
                self.commands[container.encode()].subcommands[name.encode()] = command
        for key, command in self.commands.items():
            if not command.subcommands:
                self.table[key] = self.table[key.upper()] = command
                if is_plain(command):
                    self.plain[key] = self.plain[key.upper()] = command
