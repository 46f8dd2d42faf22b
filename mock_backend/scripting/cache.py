"""The scripts that the server knows, by SHA-1.

Those that came by SCRIPT LOAD stay until SCRIPT FLUSH.  Of those that only EVAL has brought 500 are
kept, the ones used longest ago go first (eval.c, scriptsLRUAdd).
"""

from __future__ import annotations

import shlex
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final

from mock_backend import errors

MOST_EVALUATED: Final = 500

FLAGS: Final = frozenset(
    {"no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys"}
)


@dataclass(slots=True, eq=False)
class Script:
    """One script, compiled."""

    sha: bytes
    body: bytes
    function: Any
    flags: frozenset[str] | None
    """What its first line declares; ``None``: it declares nothing, and the old rules hold."""
    loaded: bool = False
    """Whether it came by SCRIPT LOAD."""

    @property
    def read_only(self) -> bool:
        """Whether it has declared that it does not write."""
        return self.flags is not None and "no-writes" in self.flags


class ScriptCache:
    """Every known script."""

    def __init__(self) -> None:
        self._scripts: dict[bytes, Script] = {}
        self._evaluated: OrderedDict[bytes, None] = OrderedDict()
        self.evicted = 0

    def __len__(self) -> int:
        return len(self._scripts)

    def __contains__(self, sha: object) -> bool:
        return sha in self._scripts

    @property
    def memory(self) -> int:
        """Bytes of the bodies."""
        return sum(len(script.body) + 40 for script in self._scripts.values())

    def find(self, sha: bytes) -> Script | None:
        """The script of that name, without using it."""
        return self._scripts.get(sha)

    def use(self, sha: bytes) -> Script | None:
        """The script of that name; it is the last one to go now."""
        script = self._scripts.get(sha)
        if script is not None and not script.loaded:
            self._evaluated.move_to_end(sha)
        return script

    def add(self, script: Script) -> None:
        """Keeps a new script; one that only EVAL brought may push out another."""
        if not script.loaded:
            while len(self._evaluated) >= MOST_EVALUATED:
                oldest, _ = self._evaluated.popitem(last=False)
                del self._scripts[oldest]
                self.evicted += 1
            self._evaluated[script.sha] = None
        self._scripts[script.sha] = script

    def keep(self, script: Script) -> None:
        """A script that EVAL brought is loaded: it stays."""
        if not script.loaded:
            script.loaded = True
            del self._evaluated[script.sha]

    def clear(self) -> None:
        """Forgets all of them."""
        self._scripts.clear()
        self._evaluated.clear()


def read_shebang(body: bytes) -> tuple[frozenset[str] | None, bytes]:
    """``(flags, source)``: what the line ``#!lua flags=...`` declares, and what is left to compile.

    The line's end stays, so that the lines keep their numbers.  Errors: the line is no such line
    (eval.c, evalExtractShebangFlags).
    """
    if not body.startswith(b"#!"):
        return None, body
    line, newline, rest = body.partition(b"\n")
    if not newline:
        raise errors.err("Invalid script shebang")
    try:
        parts = shlex.split(line.decode("utf-8", "surrogateescape"))
    except ValueError:
        raise errors.err("Invalid engine in script shebang") from None
    if parts[0] != "#!lua":
        raise errors.err(f"Unexpected engine in script shebang: {parts[0]}")
    flags: set[str] = set()
    for part in parts[1:]:
        name, equals, value = part.partition("=")
        if name != "flags" or not equals:
            raise errors.err(f"Unknown lua shebang option: {part}")
        for flag in value.split(",") if value else ():
            if flag not in FLAGS:
                raise errors.err(f"Unexpected flag in script shebang: {flag}")
            flags.add(flag)
    return frozenset(flags), newline + rest
