"""The Lua scripts that BullMQ sends to a server: where they are, and how many keys each takes.

Those for Python come with the package that is installed; those for Node are fetched by
``.ci/bullmq_scripts.sh``.  None of them is kept here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import bullmq

from tests.targets import SERVERS, Missing

NODE: Final = {"node-5": "5.81.5", "node-6": "6.7.0"}
"""The versions that were recorded."""

_CONTENT: Final = re.compile(r"const content = `((?:[^`\\]|\\.)*)`;", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True, slots=True)
class Script:
    """One of them."""

    code: bytes
    keys: int


def python_scripts() -> dict[str, Script]:
    """By their names, those of the installed package."""
    folder = Path(bullmq.__file__).parent / "commands"
    return {_name(path): Script(path.read_bytes(), _keys(path)) for path in folder.glob("*.lua")}


def node_scripts(package: Path) -> dict[str, Script]:
    """By their names, those of an unpacked package of npm.

    Errors: ``Missing``, if it is not there.
    """
    paths = list((package / "dist" / "cjs" / "scripts").glob("*-*.js"))
    if not paths:
        raise Missing(f"no scripts in {package}; .ci/bullmq_scripts.sh fetches them, with npm")
    return {_name(path): Script(_content(path), _keys(path)) for path in paths}


def scripts_of(edition: str) -> dict[str, Script]:
    """The scripts of ``python``, ``node-5`` or ``node-6``.  Errors: ``Missing``."""
    if edition == "python":
        return python_scripts()
    return node_scripts(SERVERS / f"bullmq-{NODE[edition]}" / "package")


def _name(path: Path) -> str:
    return path.stem.rpartition("-")[0]


def _keys(path: Path) -> int:
    return int(path.stem.rpartition("-")[2])


def _content(path: Path) -> bytes:
    """What stands between the backticks, as JavaScript reads it."""
    found = _CONTENT.search(path.read_text())
    assert found is not None, path
    text = _ESCAPED.sub(lambda each: _LETTERS.get(each[1], each[1]), found[1])
    return text.encode()
