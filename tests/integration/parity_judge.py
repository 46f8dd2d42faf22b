"""The judge of the parity tests: what counts as the same, and which differences are known.

A ``Comparison`` collects where the adapter's account of an exchange is not redis-py's, and gives a
verdict in the end.  What is asked, and in which ways, stands in the tests.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
import redis

from tests.command_lines import recorded
from tests.integration.parity_calls import Exchange, steps, title
from tests.integration.parity_calls_company import SHARDED
from tests.integration.parity_calls_server import AFTER_QUIT
from tests.targets import Server

OPTION_SETS: dict[str, dict[str, Any]] = {
    "protocol 2": {"protocol": 2},
    "protocol 2, no legacy": {"protocol": 2, "legacy_responses": False},
    "protocol 3": {"protocol": 3},
    "no legacy": {"legacy_responses": False},
    "single connection": {"single_connection_client": True},
    "latin-1 text": {"encoding": "latin-1", "decode_responses": True},
    "lenient text": {"encoding_errors": "replace", "decode_responses": True, "protocol": 2},
}

OLDER = int(redis.__version__.split(".")[0]) < 8
"""Whether the redis-py underneath is the one of libraries that have stayed with it (arq)."""

if OLDER:  # it has no other shapes
    OPTION_SETS = {
        form: options for form, options in OPTION_SETS.items() if "legacy_responses" not in options
    }

FORMS = ("bytes", "text", *OPTION_SETS)
"""The ways of asking in which the calls are made."""

TEXT = ("text", "latin-1 text")
BINDING = "it would bind the connection that all share: refused, with advice to use pipeline()"

KNOWN_DIFFERENCES: dict[str, tuple[tuple[str, ...], str]] = {
    r"execute_command('NOSUCH', b'\xff')": (
        FORMS,
        "GLIDE drops the connection over an error text that is not UTF-8: InvalidResponse instead "
        "of the server's words",
    ),
    "execute_command('MULTI')": (FORMS, BINDING),
    "execute_command('WATCH', 'a')": (FORMS, BINDING),
    "execute_command('EXEC')": (FORMS, BINDING),
    "execute_command('DISCARD')": (FORMS, BINDING),
}
"""Calls, by title, that the adapter answers in another way in some forms, and why; it must."""

NOT_COMPARED = {
    title(SHARDED): "redis-py before 8 has no ssubscribe in asyncio",
    title(AFTER_QUIT): "redis-py before 8 tries nothing again of itself, and the adapter does",
}
"""Calls that are left out with the older redis-py, by title, and why."""

UNKNOWN_COMMAND = re.compile(r"unknown command '([^']*)'|unknown subcommand '([^']*)'. Try (\w+)")


def unknown_commands(text: str) -> set[str]:
    """The commands that a server's errors say it does not know, in capitals."""
    return {
        (command or f"{container}|{subcommand}").upper()
        for command, subcommand, container in UNKNOWN_COMMAND.findall(text)
    }


class Comparison:
    """Collects where the adapter's account of an exchange is not redis-py's."""

    def __init__(self, server: Server, form: str) -> None:
        self.server = server
        self.form = form
        self.known = {name.upper() for name in recorded(server.compat)}
        """The commands of the server that stands here, or of that which the mock says it is."""
        self.differences: list[str] = []

    def add(self, exchange: Exchange, theirs: list[str], ours: list[str]) -> None:
        """One exchange, as redis-py and as the adapter gave account of it."""
        unknown = unknown_commands(" ".join(theirs)) & self.known
        if unknown:
            self.differences.append(f"{title(exchange)}\n  the mock lacks {unknown}")
            return
        if OLDER and title(exchange) in NOT_COMPARED:
            return
        forms, _ = KNOWN_DIFFERENCES.get(title(exchange), ((), ""))
        if self.form in forms:
            if theirs == ours:
                self.differences.append(f"{title(exchange)}\n  no longer differs")
            return
        for call, their, our in zip(steps(exchange), theirs, ours, strict=True):
            if their != our:
                self.differences.append(
                    f"{title(exchange)}\n  at {call}\n  redis-py: {their}\n  adapter:  {our}"
                )
                return

    def verdict(self) -> None:
        """Fails with all the differences, if there are any."""
        if self.differences:
            told = "\n".join(self.differences)
            pytest.fail(f"{len(self.differences)} call(s) differ:\n{told}", pytrace=False)
