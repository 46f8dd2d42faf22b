"""A slice of ``python -m tests.fuzz``: the same inputs every time, and some that are always new."""

from __future__ import annotations

from random import Random, SystemRandom

import pytest

from tests.fuzz.targets import TARGETS

INPUTS = {"reader": 4_000, "inline": 10_000, "binder": 10_000, "kernel": 1_500}


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_comes_up_that_is_not_declared(target: str) -> None:
    fed = TARGETS[target]()
    for seed in (1, SystemRandom().randrange(2**32)):
        rng = Random(seed)
        try:
            for _ in range(INPUTS[target] // 2):
                fed.feed(rng)
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise
