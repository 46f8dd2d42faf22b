"""Scripts: which are known, how one is run, and what it may call.

A script has a session of its own, so that what it selects stays its own; it runs in the same turn
as the command that called it. The interpreter is made with the first script and again after SCRIPT
FLUSH.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mock_backend import errors
from mock_backend.kernel.context import Context
from mock_backend.kernel.session import Session
from mock_backend.replies import Reply, ReplyError
from mock_backend.resp.numbers import double
from mock_backend.schema.command import Command
from mock_backend.scripting.cache import Script, ScriptCache, read_shebang
from mock_backend.scripting.engine import Engine, Failure, sha1hex

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel


@dataclass(slots=True)
class Run:
    """A script that is running."""

    script: Script
    read_only: bool
    wrote: bool = False
    """Whether it has called a command that writes; then it cannot be killed any more."""


class Scripts:
    """The scripts of one server."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._cache = ScriptCache()
        self._engine: Engine | None = None
        self._random_state: tuple[int, int] | None = None
        self._session: Session | None = None
        self.running: Run | None = None
        self.runs = 0
        self.messages: deque[tuple[int, bytes]] = deque(maxlen=1_000)
        """What scripts have said with ``redis.log``: ``(level, message)``."""

    @property
    def cached(self) -> int:
        """How many scripts are known."""
        return len(self._cache)

    @property
    def evicted(self) -> int:
        """How many were forgotten because EVAL brought too many."""
        return self._cache.evicted

    @property
    def memory(self) -> int:
        """Bytes that the scripts' texts take."""
        return self._cache.memory

    @property
    def interpreter_memory(self) -> int:
        """Bytes that the interpreter takes; 0 before the first script."""
        return self._engine.memory if self._engine is not None else 0

    def load(self, body: bytes) -> bytes:
        """Compiles and keeps a script; its SHA-1.  Errors: it does not compile."""
        sha = sha1hex(body)
        script = self._cache.find(sha)
        if script is None:
            self._cache.add(self._compiled(sha, body, loaded=True))
        else:
            self._cache.keep(script)
        return sha

    def exists(self, sha: bytes) -> bool:
        """Whether a script of that name is known."""
        return sha.lower() in self._cache

    def body(self, sha: bytes) -> bytes:
        """The text of a script.  Errors: NOSCRIPT."""
        script = self._cache.find(sha.lower())
        if script is None:
            raise errors.no_script()
        return script.body

    def flush(self) -> None:
        """Forgets all scripts; the next one gets a new interpreter, whose random numbers go on."""
        self._cache.clear()
        if self._engine is not None:
            self._random_state = self._engine.random_state
            self._engine = None

    def kill(self) -> Reply:
        """SCRIPT KILL.  Scripts run in one turn, so that nobody ever finds one running."""
        raise errors.not_busy()

    def evaluate(
        self,
        ctx: Context,
        body: bytes,
        keys: list[bytes],
        arguments: list[bytes],
        *,
        read_only: bool,
    ) -> Reply:
        """EVAL.  Errors: it does not compile, or fails."""
        sha = sha1hex(body)
        script = self._cache.use(sha)
        if script is None:
            script = self._compiled(sha, body, loaded=False)
            self._cache.add(script)
        return self._run(ctx, script, keys, arguments, read_only)

    def evaluate_sha(
        self,
        ctx: Context,
        sha: bytes,
        keys: list[bytes],
        arguments: list[bytes],
        *,
        read_only: bool,
    ) -> Reply:
        """EVALSHA.  Errors: NOSCRIPT; the script fails."""
        script = self._cache.use(sha) or self._cache.use(sha.lower())
        if script is None:
            raise errors.no_script()
        return self._run(ctx, script, keys, arguments, read_only)

    def _compiled(self, sha: bytes, body: bytes, *, loaded: bool) -> Script:
        flags, source = read_shebang(body)
        try:
            function = self._interpreter().compile(source)
        except Failure as failure:
            raise errors.script_does_not_compile(str(failure)) from None
        return Script(sha, body, function, flags, loaded)

    def _interpreter(self) -> Engine:
        if self._engine is None:
            self._engine = Engine(self, double)
            if self._random_state is not None:
                self._engine.random_state = self._random_state
        return self._engine

    def _run(
        self,
        ctx: Context,
        script: Script,
        keys: list[bytes],
        arguments: list[bytes],
        read_only: bool,
    ) -> Reply:
        if script.flags is not None and read_only and not script.read_only:
            raise errors.script_may_write()
        context = self._context(ctx)
        self.running = Run(script, read_only or script.read_only)
        self.runs += 1
        try:
            return self._interpreter().run(script.function, script.sha, keys, arguments)
        finally:
            self.running = None
            context.db = ctx.db

    def _context(self, caller: Context) -> Context:
        """The context of scripts, made ready for a run on behalf of ``caller``."""
        if self._session is None:
            self._session = Session(self._kernel, 0)
            self._session.context.atomic = True
        session = self._session
        session.caller = caller.session
        session.user = caller.session.user
        session.protocol = session.context.protocol = 2
        session.context.db = caller.db
        return session.context

    def perform(self, words: list[bytes]) -> Reply:
        """``redis.call``: past the rules of script.c (scriptCall), and performed at once."""
        run = self.running
        session = self._session
        if run is None or session is None:
            return errors.outside_a_script()
        command = self._find(words)
        if command is None:
            return errors.unknown_in_script()
        if not command.least <= len(words) <= command.most:
            return errors.wrong_arity_in_script()
        flags = command.flags
        if "noscript" in flags:
            return errors.not_allowed_in_script()
        if "write" in flags:
            if run.read_only:
                return errors.write_in_read_only_script()
            if "denyoom" in flags and self._kernel.room.full and not run.wrote:
                return errors.out_of_memory()
            run.wrote = True
        return self._kernel.perform(session.context, command, words)

    def speak(self, protocol: int) -> None:
        """``redis.setresp``."""
        if self._session is not None:
            self._session.speak(protocol)

    def may_call(self, words: list[bytes]) -> bool | None:
        """``redis.acl_check_cmd``: every user may call every command."""
        return None if self._find(words) is None else True

    def log(self, level: int, message: bytes) -> None:
        """``redis.log``."""
        self.messages.append((level, message))

    def bug(self, error: BaseException) -> ReplyError:
        """A mistake of this package is kept, as in any other command."""
        return self._kernel.bug(error)

    def _find(self, words: list[bytes]) -> Command | None:
        command = self._kernel.commands.get(words[0].lower())
        if command is not None and command.subcommands and len(words) > 1:
            return command.subcommands.get(words[1].lower())
        return command
