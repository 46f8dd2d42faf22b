"""Schema first needs a judge: what the registry derives is held against a live server.

Arity, flags and ACL categories of every command that the mock has, as Valkey 8.0.1 tells them in
COMMAND INFO.  ``DIFFERENT`` lists what is different on purpose.
"""

from __future__ import annotations

from typing import Any

import pytest

from mock_backend.commands import COMMANDS
from tests.integration.wire import Wire

DERIVED_FLAGS = {"movablekeys"}
"""The server finds these out by itself; the mock's COMMAND INFO does, too."""

DIFFERENT: dict[str, str] = {}
"""Name -> why the registry says something else than the server."""


def facts_of(entry: list[Any]) -> dict[str, tuple[int, set[str], set[str]]]:
    """Arity, flags and categories by name, of a command and its subcommands."""
    name, arity, flags, _, _, _, categories, _, _, subcommands = entry
    found = {
        name.decode(): (
            arity,
            {flag.decode() for flag in flags} - DERIVED_FLAGS,
            {category.decode().lstrip("@") for category in categories},
        )
    }
    for subcommand in subcommands:
        found.update(facts_of(subcommand))
    return found


@pytest.mark.targets("valkey")
def test_the_registry_says_what_the_server_says(wire: Wire) -> None:
    told: dict[str, tuple[int, set[str], set[str]]] = {}
    for entry in wire("COMMAND"):
        told.update(facts_of(entry))

    wrong = {}
    for command in COMMANDS:
        if command.name in DIFFERENT or command.name not in told:
            continue
        ours = (
            command.arity,
            {flag for flag in command.flags if flag not in DERIVED_FLAGS},
            set(command.categories),
        )
        if ours != told[command.name]:
            wrong[command.name] = {
                part: (mine, theirs)
                for part, mine, theirs in zip(
                    ("arity", "flags", "categories"), ours, told[command.name], strict=True
                )
                if mine != theirs
            }

    assert wrong == {}


@pytest.mark.targets("valkey")
def test_the_mock_has_no_command_that_the_server_does_not_know(wire: Wire) -> None:
    known = {name.decode() for name in wire("COMMAND", "LIST")}

    assert {command.name for command in COMMANDS} - known == set()
