"""How scripts and functions run: on whose behalf, what they may call, and how they are stopped.

A script has a session of its own, so that what it selects stays its own; it runs in the same turn
as the command that called it.  One that takes long lets the others be heard, who are told so.
Where its code comes from is told in evaluation.py and functions.py.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from mock_backend.errors import cluster as cluster_errors
from mock_backend.errors import out_of_memory
from mock_backend.errors import replication as replication_errors
from mock_backend.errors import scripting as errors
from mock_backend.kernel.context import Context
from mock_backend.kernel.reports.observing import SCRIPT_CALLS
from mock_backend.kernel.scripts.calls import performing
from mock_backend.kernel.session import Session
from mock_backend.profile import Since
from mock_backend.replies import Reply, ReplyError
from mock_backend.resp.numbers import printing
from mock_backend.schema.command import MAY_REPLICATE, Command
from mock_backend.scripting.bridge import Bridge
from mock_backend.scripting.convert import error_text
from mock_backend.scripting.engine import Engine

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

LOADING_SECONDS: Final = 0.5
"""How long the code of a library may run while it is loaded."""

_TO_REPLICAS: Final = 2
_TIME_STANDS_STILL: Final = Since("7.2.0")


class Run:
    """A script that is running, or a library that is being loaded.

    What most runs never come to is said once for all of them.
    """

    words: Sequence[bytes] = ()
    """The request that called it; known of functions only."""
    allows_oom = False
    replicates = True
    """Whether replicas hear of what it writes."""
    ended: bytes | None = None
    """The error that it shall end with."""
    time_us = 0
    """What it has been told as the time; 0: it has not asked."""
    crosses_slots = True
    """Whether it may use keys of several slots of a cluster."""
    slot = -1
    """The slot of the keys so far, if it may not; -1: there were none."""
    keys: Sequence[bytes] = ()
    """The keys that its caller has declared."""
    caller: Session | None = None
    """Who has asked for it."""

    wrote = False
    """Whether it has called a command that writes; then it cannot be killed any more."""
    calls = 0
    """How many commands it has called."""
    busy = False
    """Whether it takes so long that the others are heard."""

    def __init__(self, name: bytes, kind: str, read_only: bool) -> None:
        self.name = name
        """The script's SHA-1, or the function's name."""
        self.kind = kind
        """Who may kill it: ``SCRIPT`` or ``FUNCTION``; ``LOAD`` while a library is loaded."""
        self.read_only = read_only
        self.started = perf_counter()

    @property
    def duration_ms(self) -> int:
        """For how long it has been running."""
        return int((perf_counter() - self.started) * 1000)


class Scripts:
    """Whatever runs in Lua on one server."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._table = kernel.table
        self._session = Session(kernel, 0)
        """Through which scripts speak."""
        self._session.context.atomic = True
        self.running: Run | None = None
        self.free: Run | None = None
        """The same, if it may call everything that scripts may."""
        self.messages: deque[tuple[int, bytes]] = deque(maxlen=1_000)
        """What scripts have said with ``redis.log``: ``(level, message)``."""
        self.abandoned = False
        """The server stops: whatever runs ends soon, and nobody is answered.  Any thread may say
        so.
        """
        self.denies = True
        """Whether commands that are not for scripts are refused; DEBUG can allow them."""
        self.patience_seconds: float | None = None
        """How long a script may be busy; ``None``: until it is killed."""

    @property
    def busy(self) -> bool:
        """Whether a script takes so long that the others are heard."""
        return self.running is not None and self.running.busy

    def engine(self, *, holds_libraries: bool) -> Engine:
        """A new interpreter."""
        profile = self._kernel.profile
        return Engine(self, printing(profile), profile, holds_libraries=holds_libraries)

    def run(
        self,
        ctx: Context,
        engine: Engine,
        code: Any,
        run: Run,
        flags: frozenset[str] | None,
        keys: list[bytes],
        arguments: list[bytes],
        called: bytes,
    ) -> Reply:
        """Runs a script with the ``flags`` that it declares; ``None``: it declares nothing, and
        the old rules hold.  ``called`` is the command that calls it.

        Errors: its flags do not let it run; whatever it fails with.
        """
        kernel, session, caller = self._kernel, self._session, ctx.session
        stale = kernel.gated and kernel.replication.stale
        if flags is not None:
            self._check(run, flags)
        elif stale:
            raise replication_errors.primary_down()
        run.keys, run.caller = keys, caller
        user, context = caller.user, session.context
        if not (run.read_only or stale or not user.unrestricted or kernel.cluster is not None):
            self.free = run
        session.caller, session.user = caller, user
        session.protocol = context.protocol = 2
        context.db = ctx.db
        self.running = run
        try:
            return engine.run(code, run.name, keys, arguments)
        finally:
            caller.calls += run.calls
            self.running = self.free = None
            if run.busy:
                kernel.observe()
            if engine.errors:
                self._count(engine.errors, called)

    def _count(self, found: list[ReplyError], called: bytes) -> None:
        """Counts the errors within the reply of a script, and empties the list: the command that
        called it fails once for each that a command has said, and once for all others
        (networking.c, afterErrorReply).
        """
        new = [error for error in found if not error.counted]
        self._kernel.commands[called].failed += len(found) - len(new) + bool(new)
        for error in new:
            self._kernel.statistics.count_error(error.code)
        found.clear()

    def loading(self, name: bytes) -> Run:
        """A library begins to be loaded; ``loaded`` is to be called afterwards."""
        self.running = Run(name, "LOAD", read_only=True)
        return self.running

    def loaded(self) -> None:
        """A library has been loaded, or could not be."""
        self.running = None

    def _check(self, run: Run, flags: frozenset[str]) -> None:
        """What a script declares decides whether it may run (script.c, scriptPrepareForRun)."""
        replication = self._kernel.replication
        if self._kernel.cluster is not None:
            if "no-cluster" in flags:
                raise cluster_errors.no_cluster_script()
            run.crosses_slots = "allow-cross-slot-keys" in flags
        if replication.stale and "allow-stale" not in flags:
            raise replication_errors.script_not_stale()
        if "no-writes" in flags:
            run.read_only = True
            return
        if replication.refuses_writes:
            raise replication_errors.script_on_replica()
        if self._kernel.persistence.stops_writes:
            raise errors.script_not_saved(self._kernel.profile.line)
        if run.read_only:
            raise errors.script_may_write()
        if not replication.enough_replicas:
            raise replication_errors.no_replicas()
        run.allows_oom = "allow-oom" in flags
        if self._kernel.room.full and not run.allows_oom:
            raise errors.script_needs_memory()

    # what the interpreter asks

    def perform(self, words: list[bytes]) -> Reply:
        """``redis.call`` of whatever has no function of its own."""
        command = self._table.get(words[0]) or self._find(words)
        refused = self.objection(command, words)
        if refused is not None or command is None:
            return refused
        return self._kernel.perform(self._session.context, command, words)

    def performing(self, name: bytes, bridge: Bridge) -> Callable[..., Any] | None:
        """The function of its own of the command that is written so, if it has one: commands of
        several words have none, nor have those that are not for scripts.
        """
        command = self._table.get(name)
        if command is None or command.noscript:
            return None
        return performing(self._kernel, self, self._session.context, bridge, name, command)

    def objection(self, command: Command | None, words: list[bytes]) -> ReplyError | None:
        """Why the script that runs may not call this, in the server's order; if it may, the call is
        counted.
        """
        run = self.running
        if run is None or run.kind == "LOAD":
            return errors.outside_a_script()
        if command is None:
            return self._refuse(None, errors.unknown_in_script())
        if not command.least <= len(words) <= command.most:
            return self._refuse(command, errors.wrong_arity_in_script())
        if command.noscript and self.denies:
            return self._refuse(command, errors.not_allowed_in_script())
        if run is not self.free:
            refused = self._forbidden(run, command, words)
            if refused is not None:
                return self._refuse(command, refused)
        if command.writes and not run.wrote:  # one that has written already is not stopped half-way
            if self._kernel.gated:
                unwanted = self._unwanted_write(run, command)
                if unwanted is not None:
                    return self._refuse(command, unwanted)
            run.wrote = True
        run.calls += 1
        return None

    def _forbidden(self, run: Run, command: Command, words: list[bytes]) -> ReplyError | None:
        """Why the user behind a script, or the script itself, may not call this, if so."""
        if "stale" not in command.flags and self._kernel.replication.stale:
            return errors.stale_replica_in_script()
        if not self._session.user.unrestricted:
            caller = self._session.caller
            refused = self._kernel.acl.refusal_in_script(caller, command, words)
            if refused is not None:
                return refused
        if run.read_only and (command.writes or command.name in MAY_REPLICATE):
            return errors.write_in_read_only_script()
        cluster = self._kernel.cluster
        if cluster is None:
            return None
        unwanted = None
        if command.writes and not run.wrote:
            unwanted = self._unwanted_write(run, command)
        return unwanted or cluster.refusal_in_script(run, command, words)

    def _unwanted_write(self, run: Run, command: Command) -> ReplyError | None:
        """Why a script must not begin to write now, if it must not."""
        kernel = self._kernel
        refused = kernel.replication.refusal() or kernel.persistence.refusal()
        if refused is not None:
            return refused
        if kernel.room.full and not run.allows_oom and "denyoom" in command.flags:
            return out_of_memory()
        return None

    def _refuse(self, command: Command | None, error: ReplyError) -> ReplyError:
        """An error before the call was performed."""
        if command is not None:
            command.rejected += 1
        self._kernel.statistics.count_error(error.code)
        return error.said_by(self._kernel.profile)

    def speak(self, protocol: int) -> None:
        """``redis.setresp``."""
        self._session.speak(protocol)

    def may_call(self, words: list[bytes]) -> bool | None:
        """``redis.acl_check_cmd``: whether the user behind the script may call this."""
        command = self._find(words)
        if command is None:
            return None
        return self._session.user.denies(command, words) is None

    def log(self, level: int, message: bytes) -> None:
        """``redis.log``."""
        self.messages.append((level, message))

    def replicate(self, flags: int) -> None:
        """``redis.set_repl``: replicas hear of the writes from now on, or do not."""
        if self.running is not None:
            self.running.replicates = bool(flags & _TO_REPLICAS)

    @property
    def replicates(self) -> bool:
        """Whether replicas shall hear of what is written now."""
        return self.running is None or self.running.replicates

    def bug(self, error: BaseException) -> ReplyError:
        """A mistake of this package is kept, as in any other command."""
        return self._kernel.bug(error)

    def breathe(self) -> bytes | None:
        """Called every now and then while a script runs: others are heard, if it takes too long.

        Reply: the error that it shall end with (script.c, scriptInterrupt).
        """
        run = self.running
        if run is None or run.ended is not None:
            return None if run is None else run.ended
        try:
            self._breathe(run)
        except Exception as error:  # raised through Lua a pcall would swallow it
            self._ends(run, self.bug(error))
        return run.ended

    def _breathe(self, run: Run) -> None:
        if self.abandoned:
            self._session.caller.drop()
            self._ends(run, errors.killed("SCRIPT"))
        elif run.kind == "LOAD":
            if run.duration_ms > LOADING_SECONDS * 1000:
                self._ends(run, errors.load_timeout())
        elif run.busy:
            run.time_us = 0
            self._kernel.breathe()
            if self.patience_seconds is not None and run.duration_ms > self._latest_ms:
                self._ends(run, errors.killed(run.kind))
        elif 0 < self._threshold_ms <= run.duration_ms:
            run.busy = True
            self._kernel.observe()
            if self._kernel.on_breath is None:
                # nobody can be heard, so nobody could ever kill it
                self._ends(run, errors.killed(run.kind))

    @property
    def _threshold_ms(self) -> int:
        return self._kernel.config.number("busy-reply-threshold")

    @property
    def _latest_ms(self) -> float:
        return self._threshold_ms + (self.patience_seconds or 0) * 1000

    def _ends(self, run: Run, error: ReplyError) -> None:
        run.ended = error_text(error.said_by(self._kernel.profile))

    def _find(self, words: list[bytes]) -> Command | None:
        command = self._kernel.commands.get(words[0].lower())
        if command is not None and command.subcommands and len(words) > 1:
            return command.subcommands.get(words[1].lower())
        return command

    def time_us(self) -> int:
        """What TIME tells: while a script runs time stands still, until others are heard."""
        now_us = self._kernel.clock.now_us()
        run = self.running
        if run is None or not self._kernel.profile.has(_TIME_STANDS_STILL):
            return now_us
        run.time_us = run.time_us or now_us
        return run.time_us

    # how scripts are stopped

    def kill(self, kind: str) -> None:
        """SCRIPT KILL or FUNCTION KILL.  Errors: nothing runs, or it must not be killed."""
        run = self.running
        if run is None:
            raise errors.not_busy()
        if run.wrote:
            raise errors.unkillable()
        if run.kind != kind:
            raise errors.busy(run.kind)
        self._ends(run, errors.killed(kind))

    def refusal(self, command: Command) -> ReplyError | None:
        """What is answered to the others while a script takes long."""
        run = self.running
        if run is None or not run.busy or "allow_busy" in command.flags:
            return None
        return errors.busy(run.kind)

    def flags_of(self, command: Command, words: Sequence[bytes]) -> frozenset[str]:
        """The flags of a call: a script that declares its own changes them (script.c,
        scriptFlagsToCmdFlags).
        """
        if command.name not in SCRIPT_CALLS:
            return command.flags
        kernel = self._kernel
        if command.name.startswith("fcall"):
            declared = kernel.functions.flags_of(words[1])
        else:
            declared = kernel.evaluation.flags_of(command.name, words[1])
        if declared is None:
            return command.flags
        flags = set(command.flags - {"stale"})
        if "no-writes" not in declared:
            flags.add("write")
            if "allow-oom" not in declared:
                flags.add("denyoom")
        if "allow-stale" in declared:
            flags.add("stale")
        return frozenset(flags)

    def may_write(self, command: Command, words: Sequence[bytes]) -> bool:
        """Whether replicas might have to hear of a call."""
        flags = self.flags_of(command, words)
        undeclared = flags is command.flags
        return "write" in flags or (undeclared and command.name in MAY_REPLICATE)
