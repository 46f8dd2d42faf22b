"""Functions: the libraries that were loaded, what they have registered, and how they are called.

Libraries share one interpreter and see nothing of one another.  A library is loaded as a whole or
not at all; functions are found in any case of letters, libraries are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mock_backend.errors import scripting as errors
from mock_backend.kernel.context import Context
from mock_backend.kernel.scripts import shebang
from mock_backend.kernel.scripts.host import Run
from mock_backend.profile import Since
from mock_backend.replies import Reply, ReplyError
from mock_backend.scripting.engine import EMPTY_MEMORY, Engine, Registered

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

ENGINE: Final = b"LUA"
_NAME: Final = re.compile(rb"[A-Za-z0-9_]+")

_CHECKED_AFTERWARDS: Final = Since("valkey-8.1.0")
"""Names are looked at once the library's code has run."""

_LIBRARY_SIZE: Final = 120
_FUNCTION_SIZE: Final = 104
_EMPTY_SIZE: Final = 200
"""Bytes, about what the server counts."""


@dataclass(slots=True, eq=False)
class Library:
    """A library: its code, and its functions in the order of their registration."""

    name: bytes
    code: bytes
    functions: dict[bytes, Registered] = field(default_factory=dict)


class Functions:
    """The libraries of one server."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._scripts = kernel.scripts
        self._engine: Engine | None = None
        self.libraries: dict[bytes, Library] = {}
        self._functions: dict[bytes, Registered] = {}
        """By name in lower case."""
        self.words: Sequence[bytes] = ()
        """The request that calls a function just now."""
        kernel.persistence.libraries = self.codes
        kernel.persistence.load_libraries = self.restore

    @property
    def count(self) -> int:
        """How many functions there are."""
        return sum(len(library.functions) for library in self.libraries.values())

    @property
    def memory(self) -> int:
        """Bytes that the libraries take."""
        codes = sum(len(library.code) + _LIBRARY_SIZE for library in self.libraries.values())
        return _EMPTY_SIZE + codes + _FUNCTION_SIZE * self.count

    @property
    def interpreter_memory(self) -> int:
        """Bytes that the interpreter takes."""
        return self._engine.memory if self._engine is not None else EMPTY_MEMORY

    def codes(self) -> list[bytes]:
        """The code of each library."""
        return [library.code for library in self.libraries.values()]

    def find(self, name: bytes) -> Registered:
        """The function of that name.  Errors: there is none."""
        found = self._functions.get(name.lower())
        if found is None:
            raise errors.function_not_found()
        return found

    def flags_of(self, name: bytes) -> frozenset[str] | None:
        """What a function declares; ``None``: there is none of that name."""
        found = self._functions.get(name.lower())
        return None if found is None else found.flags

    def call(
        self,
        ctx: Context,
        name: bytes,
        words: Sequence[bytes],
        keys: list[bytes],
        arguments: list[bytes],
        *,
        read_only: bool,
    ) -> Reply:
        """FCALL; ``words`` are the whole request.  Errors: no such function; it fails."""
        function = self.find(name)
        run = Run(function.name, "FUNCTION", read_only)
        run.words = words
        engine = self._interpreter()
        callback, flags = function.callback, function.flags
        called = b"fcall_ro" if read_only else b"fcall"
        return self._scripts.run(ctx, engine, callback, run, flags, keys, arguments, called)

    def load(self, code: bytes, *, replace: bool) -> bytes:
        """FUNCTION LOAD: the library's name.  Errors: it cannot be loaded; nothing has changed."""
        library = self._made(code, self.libraries, replace=replace)
        others = [each for each in self.libraries.values() if each.name != library.name]
        self._check_collisions([library], others)
        self._set([*others, library])
        return library.name

    def delete(self, name: bytes) -> None:
        """FUNCTION DELETE.  Errors: there is no such library."""
        if name not in self.libraries:
            raise errors.library_not_found()
        self._set(each for each in self.libraries.values() if each.name != name)

    def flush(self) -> None:
        """FUNCTION FLUSH; the next library gets a new interpreter."""
        self._set(())
        self._engine = None

    def restore(self, codes: Iterable[bytes], policy: bytes) -> None:
        """FUNCTION RESTORE by ``FLUSH``, ``APPEND`` or ``REPLACE``.

        Errors: a library cannot be loaded, or is in the way of another; nothing has changed.
        """
        new: dict[bytes, Library] = {}
        for code in codes:
            library = self._made(code, new, replace=False)
            self._check_collisions([library], new.values())
            new[library.name] = library
        kept = {} if policy == b"FLUSH" else dict(self.libraries)
        for name in new:
            if kept.pop(name, None) is not None and policy != b"REPLACE":
                raise errors.restored_library_exists(name)
        self._check_collisions(new.values(), kept.values())
        self._set([*kept.values(), *new.values()])

    def _set(self, libraries: Iterable[Library]) -> None:
        self.libraries = {library.name: library for library in libraries}
        self._functions = {}
        for library in self.libraries.values():
            for name, function in library.functions.items():
                self._functions.setdefault(name.lower(), function)

    def _made(self, code: bytes, beside: dict[bytes, Library], *, replace: bool) -> Library:
        """A library, not yet among the others."""
        engine, name, source = shebang.read_library(code)
        if not _NAME.fullmatch(name):
            raise errors.bad_name("Library")
        if engine.upper() != ENGINE:
            raise errors.engine_not_found(engine)
        if name in beside and not replace:
            raise errors.library_exists(name)
        library = Library(name, code)
        late = self._kernel.profile.has(_CHECKED_AFTERWARDS)
        faults: list[ReplyError] = []

        def register(function: Registered) -> str | None:
            fault = _fault(library, function, "Function" if late else "Library")
            if fault is None:
                library.functions[function.name] = function
            elif late:
                faults.append(fault)
            else:
                return fault.text
            return None

        self._scripts.loading(name)
        try:
            failed = self._interpreter().load(source, register)
        finally:
            self._scripts.loaded()
        if failed is not None:
            raise errors.library_failed(*failed)
        if faults:
            raise faults[0]
        if not library.functions:
            raise errors.no_functions()
        return library

    def _check_collisions(self, new: Iterable[Library], others: Iterable[Library]) -> None:
        taken = {name.lower() for library in others for name in library.functions}
        for library in new:
            for name in library.functions:
                if name.lower() in taken:
                    raise errors.function_exists(name)

    def _interpreter(self) -> Engine:
        if self._engine is None:
            self._engine = self._scripts.engine(holds_libraries=True)
        return self._engine


def _fault(library: Library, function: Registered, what: str) -> ReplyError | None:
    """Why a function cannot be registered (functions.c, functionLibCreateFunction)."""
    if not _NAME.fullmatch(function.name):
        return errors.bad_name(what)
    if function.name in library.functions:
        return errors.function_exists_in_library()
    return None
