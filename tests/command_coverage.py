"""Which commands the mock has of those that a server has: ``make coverage-commands``.

``python -m tests.command_coverage`` prints it, per profile and group, against COMMAND LIST of the
real servers on this machine and what was recorded of the others (tests/recorded).  ``--write``
writes docs/COMMANDS.md, which knows what was recorded only, so that it is the same everywhere.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redis import Redis
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from mock_backend.commands import COMMANDS
from mock_backend.profile import PROFILES
from tests.command_lines import recorded
from tests.targets import COMPAT, Missing, running

DOCUMENT: Final = Path(__file__).parent.parent / "docs" / "COMMANDS.md"

EXCEPTIONS: Final = {
    "CLUSTER *, ASKING": "A server that is not part of a cluster: `ERR This instance has cluster "
    "support disabled`, as a real one says outside cluster mode. The nodes of a `MockCluster` "
    "answer as nodes do (docs/CLUSTER.md).",
    "MODULE LOAD, LOADEX, UNLOAD": "There are no modules: what a server says that cannot open the "
    "library or does not know the module.",
    "BGREWRITEAOF": "There is no append-only file; the reply is that of a server that begins to "
    "rewrite it.",
    "SCRIPT DEBUG YES, SYNC": "There is no Lua debugger: an error of this package's own.",
    "MEMORY MALLOC-STATS, PURGE": "Memory is Python's: what a server says that was built without "
    "jemalloc.",
}
"""Commands that answer as a server does that lacks the facility, and why.  At most 12."""

ABSENT: Final = {
    "V*": "Vector sets are a module that Redis 8.0 brings along; the mock has no modules.",
}
"""What is not in the mock at all."""

_GROUPS: Final = (
    "string bitmap hyperloglog hash list set sorted-set stream geo generic pubsub scripting"
    " transactions connection server cluster vector-set"
).split()


@dataclass(frozen=True)
class Count:
    """How many commands of a group the server has, and how many of them the mock."""

    have: int
    all: int

    def __str__(self) -> str:
        return f"{self.have}/{self.all}" if self.all else ""


@dataclass(frozen=True)
class Coverage:
    """One profile: the names that the server has, and those that the mock has."""

    theirs: frozenset[str]
    ours: frozenset[str]

    def count(self, *, nested: bool, group: str = "") -> Count:
        """Of top-level commands, or of subcommands."""
        names = [
            name
            for name in self.theirs
            if ("|" in name) is nested and group in ("", GROUP_OF.get(name, group_of(name)))
        ]
        return Count(len(self.ours.intersection(names)), len(names))

    @property
    def missing(self) -> list[str]:
        """What the server has and the mock has not."""
        return sorted(self.theirs - self.ours)


GROUP_OF: Final = {command.name: command.group for command in COMMANDS}


def group_of(name: str) -> str:
    """The group of a command that the mock does not have."""
    return GROUP_OF.get(name.partition("|")[0], "vector-set")


def registered(profile: str) -> frozenset[str]:
    """The names of the commands that the mock has under a profile."""
    server = PROFILES[profile]
    return frozenset(command.name for command in COMMANDS if server.has(command.since))


def recorded_coverage() -> dict[str, Coverage]:
    """Every profile, against what was recorded of its server."""
    return {name: Coverage(frozenset(recorded(name)), registered(name)) for name in PROFILES}


def live_names(profile: str) -> frozenset[str] | None:
    """COMMAND LIST of the real server on this machine that is like ``profile``, if there is one."""
    program = next((name for name in ("redis", "valkey") if profile.startswith(name)), "")
    if profile not in COMPAT.values():
        return None
    try:
        with (
            running(program) as server,
            Redis(server.host, server.port, decode_responses=True) as client,
        ):
            return frozenset(client.execute_command("COMMAND LIST"))
    except Missing:
        return None


def show(console: Console) -> None:
    """Prints a table of profiles and groups, and what is missing."""
    covered = recorded_coverage()
    judged: dict[str, str] = {}
    for name, coverage in covered.items():
        live = live_names(name)
        judged[name] = "recorded" if live is None else "live"
        if live is not None:
            covered[name] = Coverage(live, coverage.ours)
    table = Table(title="commands in the mock / on the server, then subcommands", box=SIMPLE_HEAD)
    table.add_column("group", no_wrap=True)
    for name in covered:
        table.add_column(f"{name}\n({judged[name]})", justify="right", no_wrap=True)
    for group in _GROUPS:
        table.add_row(group, *(_both(coverage, group) for coverage in covered.values()))
    table.add_section()
    table.add_row("all", *(_both(coverage) for coverage in covered.values()), style="bold")
    console.print(table)
    for name, coverage in covered.items():
        if coverage.missing:
            console.print(f"{name} lacks: {', '.join(coverage.missing)}")


def _both(coverage: Coverage, group: str = "") -> str:
    counts = [coverage.count(nested=nested, group=group) for nested in (False, True)]
    return "  ".join(str(count) for count in counts if count.all)


def document() -> str:
    """docs/COMMANDS.md."""
    covered = recorded_coverage()
    lines = [
        "# Commands of the mock",
        "",
        "Which commands the mock has, by the server that it says it is (`--compat NAME`, "
        "`MockServer(compat=NAME)`). Written by `make coverage-commands`; a test keeps it true.",
        "",
        "Each cell says how many commands the mock has and how many the server has, then the same "
        "of subcommands. Options are gated like commands: what the server of the profile does not "
        "know is answered with that server's own error.",
        "",
        *_table(
            ["group", *covered],
            [
                [group, *(_both(coverage, group) for coverage in covered.values())]
                for group in _GROUPS
            ]
            + [["**all**", *(f"**{_both(coverage)}**" for coverage in covered.values())]],
        ),
        "",
        "`redis-7.0` and `valkey-8.0` are compared with live servers, entry by entry of `COMMAND` "
        "(arity, flags, key specifications, categories, tips); the others with what was recorded "
        "of their servers.",
        "",
        "## Answered as by a server that lacks the facility",
        "",
        *_table(["commands", "why, and what is answered"], EXCEPTIONS.items()),
        "",
        "## Not there",
        "",
        *_table(["commands", "why"], ABSENT.items()),
        "",
        "## Every command",
        "",
        "With the versions of each line from which on it is there; subcommands stand behind their "
        "container.",
        "",
    ]
    for group in _GROUPS:
        names = sorted(command.name for command in COMMANDS if command.group == group)
        if names:
            lines += [f"### {group}", "", *_listed(names), ""]
    return "\n".join(lines).rstrip() + "\n"


def _listed(names: Sequence[str]) -> list[str]:
    """One line per top-level command, its subcommands behind it."""
    lines: list[str] = []
    for name in names:
        shown = f"`{name.replace('|', ' ').upper()}`{_since(name)}"
        if "|" in name and lines and lines[-1].startswith(f"- `{name.partition('|')[0].upper()}`"):
            container = name.partition("|")[0].upper()
            lines[-1] += f" · {shown.replace(f'`{container} ', '`', 1)}"
        else:
            lines.append(f"- {shown}")
    return lines


def _since(name: str) -> str:
    """Of what is not there in every profile: since when."""
    since = next(command.since for command in COMMANDS if command.name == name)
    if all(server.has(since) for server in PROFILES.values()):
        return ""
    starts = [f"{line.capitalize()} {since.of(line)}" for line in since.starts if since.of(line)]
    return f" ({', '.join(starts)})"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"| {' | '.join('---' for _ in head)} |",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def main(words: Sequence[str]) -> None:
    """Prints, or with ``--write`` writes the document as well."""
    if "--write" in words:
        DOCUMENT.write_text(document(), encoding="utf-8")
    show(Console(width=max(Console().width, 150)))


if __name__ == "__main__":
    main(sys.argv[1:])
