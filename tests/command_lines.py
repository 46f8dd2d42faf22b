"""What a server says of its commands, one line each, and what was recorded of several servers.

``zrank -3 readonly,fast read,sortedset,fast 1=RO,access``: name, arity, flags, ACL categories, key
specifications (in the notation of ``mock_backend/schema/facts.py``), tips.  An entry of COMMAND and
one of the mock become lines in the same way, so they are compared as text.

tests/recorded/valkey-8.0.txt has every line; the other files have what differs from it, with a
minus for a command that is not there.  Those of Redis 7.2 and later say names and arities only.
``python -m tests.command_lines PORT [BASE]`` writes such a file for the server on that port.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redis import Redis

RECORDED = Path(__file__).parent / "recorded"
BASE = "valkey-8.0"


def lines_of(entries: list[Any]) -> dict[str, str]:
    """The lines of a reply to COMMAND, by name, those of subcommands among them."""
    found: dict[str, str] = {}
    for name, arity, flags, first, last, step, categories, tips, specs, subcommands in entries:
        shown = _text(name).lower()
        words = [shown, str(arity), _joined(flags), _joined(categories).replace("@", "")]
        words += [_spec(_pairs(spec)) for spec in specs]
        words.append(f"{first}:{last}:{step}")
        words += [f"tip={_text(tip)}" for tip in tips]
        found[shown] = " ".join(words)
        found.update(lines_of(subcommands))
    return found


def recorded(profile: str) -> dict[str, str]:
    """The lines of a server, by name; empty words where only names and arities were recorded."""
    lines = _read(BASE)
    if profile != BASE:
        for name, line in _read(profile).items():
            if name.startswith("-"):
                del lines[name[1:]]
            else:
                lines[name] = line
    return lines


def arities(lines: Mapping[str, str]) -> dict[str, int]:
    """The arity of each line."""
    return {name: int(line.split()[1]) for name, line in lines.items()}


def _read(profile: str) -> dict[str, str]:
    text = (RECORDED / f"{profile}.txt").read_text()
    return {line.split(" ", 1)[0]: line for line in text.splitlines()}


def _spec(spec: dict[str, Any]) -> str:
    flags = _joined(spec["flags"])
    begin, find = _pairs(spec["begin_search"]), _pairs(spec["find_keys"])
    start, keys = _pairs(begin["spec"]), _pairs(find["spec"])
    if _text(begin["type"]) == "unknown":
        return f"?={flags}"
    if _text(begin["type"]) == "keyword":
        place = f"{_text(start['keyword'])}{start['startfrom']:+}"
    else:
        place = str(start["index"])
    if _text(find["type"]) == "keynum":
        return f"{place}#{keys['keynumidx']},{keys['firstkey']},{keys['keystep']}={flags}"
    return f"{place}:{keys['lastkey']}/{keys['keystep']}%{keys['limit']}={flags}"


def _pairs(flat: list[Any]) -> dict[str, Any]:
    return {_text(name): value for name, value in zip(flat[::2], flat[1::2], strict=True)}


def _text(word: bytes | str) -> str:
    return word.decode() if isinstance(word, bytes) else word


def _joined(words: list[Any]) -> str:
    return ",".join(map(_text, words)) or "-"


def _record(port: int, base: str) -> None:
    with Redis(port=port, protocol=2) as client:
        connection = client.connection_pool.get_connection()
        connection.send_command("COMMAND")
        lines = lines_of(connection.read_response())
    known = _read(base) if base else {}
    changed = [line for name, line in lines.items() if known.get(name) != line]
    gone = [f"-{name}" for name in known if name not in lines]
    sys.stdout.write("\n".join(sorted([*changed, *gone])) + "\n")


if __name__ == "__main__":
    _record(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
