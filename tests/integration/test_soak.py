"""A slice of the soak (tests/soak): a few rounds of a few clients, on every server.

The real ones are there to show that what must hold does hold.
"""

from __future__ import annotations

import pytest

from tests.soak.memory import flatness
from tests.soak.rounds import WEATHERS, Soak
from tests.targets import Server

CLIENTS = 10
ACTS = 6


@pytest.mark.timeout(120)
async def test_whatever_ten_clients_say_at_once_nothing_is_lost_or_left(server: Server) -> None:
    soak = Soak(server.host, server.port, clients=CLIENTS, acts=ACTS, seed=7)
    soak.world.pauses = server.mock is not None
    for _ in WEATHERS:
        await soak.round()

    assert soak.violations == []
    assert soak.world.counts["acts"] >= CLIENTS * ACTS * len(WEATHERS) * 0.9


def test_memory_that_grows_and_grows_is_not_flat() -> None:
    grows = flatness([(at * 10.0, 50 + at) for at in range(60)])
    warms_up = flatness([(at * 10.0, min(80, 40 + at * 4)) for at in range(60)])

    assert grows is not None
    assert (grows.flat, round(grows.slope)) == (False, 6)
    assert warms_up is not None
    assert warms_up.flat
