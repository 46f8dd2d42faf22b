"""A conversation with a server: lines of words and what they are answered, literally.

An expectation that is a ``str`` is an error; where the server promises no order the reply is
sorted before it is compared.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any, TypeAlias

import pytest

from tests.integration.wire import Wire

Steps: TypeAlias = Sequence[tuple[str, Any]]
Case: TypeAlias = tuple[str, Steps]

UNORDERED = frozenset("KEYS SMEMBERS SINTER SUNION SDIFF SPOP SRANDMEMBER".split())
UNORDERED_SCANS = frozenset({"SCAN", "SSCAN"})


def cases(table: Sequence[Case]) -> pytest.MarkDecorator:
    """Runs a test once for each case, under its name."""
    return pytest.mark.parametrize("steps", [pytest.param(steps, id=name) for name, steps in table])


def check(wire: Wire, steps: Steps) -> None:
    """Says every line and compares the answer."""
    for line, expected in steps:
        words = shlex.split(line)
        reply = in_order(words[0], wire(*words))
        if isinstance(expected, str):
            assert str(reply) == expected, line
        else:
            assert reply == expected, line


def in_order(name: str, reply: Any) -> Any:
    """The reply, sorted if the command promises no order."""
    if isinstance(reply, list):
        if name in UNORDERED:
            return sorted(reply)
        if name in UNORDERED_SCANS:
            return [reply[0], sorted(reply[1])]
    return reply
