"""``python -m adapter run script.py ...``: runs a program of redis-py's on GLIDE.

Python is started anew in place of this process, with ``startup/`` on its path: it finds a
``sitecustomize`` there which installs the adapter before the program's first line.  So arguments,
``sys.path``, ``__main__``, exit codes, signals and tracebacks are exactly Python's own, and the
processes that the program starts are served as well.
"""

from __future__ import annotations

import os
import subprocess
import sys

from adapter import startup

USAGE = """usage: python -m adapter run script.py [argument ...]
       python -m adapter run -m module [argument ...]
       python -m adapter run -c command [argument ...]
"""


def environment(before: dict[str, str]) -> dict[str, str]:
    """The variables under which a Python process installs the adapter when it starts."""
    paths = [os.path.dirname(os.path.abspath(startup.__file__)), *_paths(before)]
    return {**before, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)), "ADAPTER_INSTALL": "1"}


def _paths(before: dict[str, str]) -> list[str]:
    return [path for path in before.get("PYTHONPATH", "").split(os.pathsep) if path]


def main(arguments: list[str]) -> None:
    """Never returns if there is something to run."""
    match arguments:
        case ["run", _, *_]:
            flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
            command = [sys.executable, *flags, *arguments[1:]]
            sys.stdout.flush()
            os.execve(sys.executable, command, environment(dict(os.environ)))
        case ["-h" | "--help"]:
            sys.stdout.write(USAGE)
        case _:
            sys.stderr.write(USAGE)
            sys.exit(2)


if __name__ == "__main__":
    main(sys.argv[1:])
