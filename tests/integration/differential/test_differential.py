"""A thousand generated commands for each data type; ``make soak`` says twenty times as many.

Always the same ones, so that what fails today fails tomorrow.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.differential.company import COMPANIES
from tests.integration.differential.groups import GROUPS
from tests.integration.differential.machine import explore
from tests.integration.differential.meeting import Hall
from tests.integration.differential.pair import Pair
from tests.integration.differential.sessions import converse
from tests.targets import Server

COMMANDS = 1_000
LINES = 600
"""What several sessions say, in each kind of company."""


@pytest.fixture
def pair(server: Server) -> Iterator[Pair]:
    """The real server, and the mock that is like it."""
    both = Pair(server.name, server.host, server.port)
    yield both
    both.close()


@pytest.mark.targets("redis", "valkey")
@pytest.mark.parametrize("name", list(GROUPS))
def test_the_mock_answers_generated_commands_as_the_real_server_does(pair: Pair, name: str) -> None:
    report = explore(pair, name, COMMANDS)

    assert not report.differences, str(report.differences[0])
    assert report.commands > COMMANDS // 2


@pytest.fixture
def hall(server: Server) -> Iterator[Hall]:
    """The same two, where several sessions speak."""
    both = Hall(server.name, server.host, server.port)
    yield both
    both.close()


@pytest.mark.targets("redis", "valkey")
@pytest.mark.parametrize("name", list(COMPANIES))
def test_several_sessions_hear_the_same_from_the_mock(hall: Hall, name: str) -> None:
    report = converse(hall, name, LINES)

    assert not report.differences, str(report.differences[0])
    assert report.commands > LINES // 2
