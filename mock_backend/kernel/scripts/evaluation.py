"""EVAL and its kin: the scripts that the server knows, and the interpreter that they share.

The interpreter is made with the first script and again after SCRIPT FLUSH.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mock_backend.errors import scripting as errors
from mock_backend.kernel.context import Context
from mock_backend.kernel.scripts import shebang
from mock_backend.kernel.scripts.host import Run
from mock_backend.profile import Since
from mock_backend.replies import Reply, ReplyError
from mock_backend.scripting.cache import MOST_EVALUATED, Script, ScriptCache
from mock_backend.scripting.engine import EMPTY_MEMORY, Engine, Failure, sha1hex

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

_EVICTION: Final = Since("redis-7.4.0,valkey-8.0.0")


class Evaluation:
    """The scripts of one server."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._scripts = kernel.scripts
        most = MOST_EVALUATED if kernel.profile.has(_EVICTION) else None
        self._cache = ScriptCache(most)
        self._engine: Engine | None = None
        self._random_state: tuple[int, int] | None = None

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
        """Bytes that the interpreter takes."""
        return self._engine.memory if self._engine is not None else EMPTY_MEMORY

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

    def evaluate(
        self,
        ctx: Context,
        body: bytes,
        keys: list[bytes],
        arguments: list[bytes],
        read_only: bool = False,
    ) -> Reply:
        """EVAL.  Errors: it does not compile, or fails."""
        sha = sha1hex(body)
        script = self._cache.use(sha)
        if script is None:
            script = self._compiled(sha, body, loaded=False)
            self._cache.add(script)
        run = Run(sha, "SCRIPT", read_only)
        engine = self._interpreter()
        function, flags = script.function, script.flags
        called = b"eval_ro" if read_only else b"eval"
        return self._scripts.run(ctx, engine, function, run, flags, keys, arguments, called)

    def evaluate_sha(
        self,
        ctx: Context,
        sha: bytes,
        keys: list[bytes],
        arguments: list[bytes],
        read_only: bool = False,
    ) -> Reply:
        """EVALSHA.  Errors: NOSCRIPT; the script fails."""
        script = self._cache.use(sha) or self._cache.use(sha.lower())
        if script is None:
            raise errors.no_script()
        run = Run(script.sha, "SCRIPT", read_only)
        engine = self._engine or self._interpreter()
        function, flags = script.function, script.flags
        called = b"evalsha_ro" if read_only else b"evalsha"
        return self._scripts.run(ctx, engine, function, run, flags, keys, arguments, called)

    def flags_of(self, command: str, word: bytes) -> frozenset[str] | None:
        """What the script of a call declares; ``None`` also if it cannot be told."""
        if "sha" in command:
            script = self._cache.find(word.lower())
            return None if script is None else script.flags
        try:
            return shebang.read_script(word, self._kernel.profile)[0]
        except ReplyError:
            return None

    def _compiled(self, sha: bytes, body: bytes, *, loaded: bool) -> Script:
        flags, source = shebang.read_script(body, self._kernel.profile)
        try:
            function = self._interpreter().compile(source)
        except Failure as failure:
            raise errors.script_does_not_compile(str(failure)) from None
        return Script(sha, body, function, flags, loaded)

    def _interpreter(self) -> Engine:
        if self._engine is None:
            self._engine = self._scripts.engine(holds_libraries=False)
            if self._random_state is not None:
                self._engine.random_state = self._random_state
        return self._engine
