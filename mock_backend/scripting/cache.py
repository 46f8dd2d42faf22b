"""The scripts that the server knows, by SHA-1.

Those that came by SCRIPT LOAD stay until SCRIPT FLUSH.  Of those that only EVAL has brought newer
servers keep 500, the ones used longest ago go first (eval.c, scriptsLRUAdd).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final

MOST_EVALUATED: Final = 500

FLAGS: Final = ("no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys")
"""Every flag that a script or a function may declare, in the server's order."""


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

    def __init__(self, most_evaluated: int | None = MOST_EVALUATED) -> None:
        self._most = most_evaluated
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
            while self._most is not None and len(self._evaluated) >= self._most:
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
