"""Two thousand generated commands through redis-py and through the adapter, on two equal servers.

Always the same ones; ``make differential DIFFERENTIAL_ARGS='--type clients'`` says more of them.
"""

from __future__ import annotations

import pytest

from mock_backend import MockServer
from tests.integration.differential.clients import compare
from tests.targets import COMPAT, Missing, Server, required, running

COMMANDS = 2_000


def test_the_adapter_gives_redis_pys_results_for_generated_commands(server: Server) -> None:
    if server.name in COMPAT:
        with MockServer(compat=COMPAT[server.name]) as other:
            outcome = compare((server.port, other.port), COMMANDS, seed=0)
    else:
        try:
            with running(server.name) as twin:
                outcome = compare((server.port, twin.port), COMMANDS, seed=0)
        except Missing as missing:
            assert not required()
            pytest.skip(str(missing))

    assert outcome.commands >= COMMANDS
    assert not outcome.differences, "\n\n".join(outcome.differences[:3])
