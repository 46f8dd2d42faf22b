"""How much work makes one sample: so much that it takes the time it was given.

A *portion* is the least that can be done at once (a hundred commands in flight, one pipeline).  The
first sample of a side finds out how many of them fit; that also warms everything up.
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.contest import Sample

Run = Callable[[int], float]
"""Does so many portions, and answers the seconds that took."""

GROWTH = 8
"""By how much a trial may outdo the one before."""


def portions_within(run: Run, seconds: float) -> int:
    """How many portions take about so long; at least one."""
    count = 1
    took = run(count)
    while took < seconds / 4:
        count = max(count + 1, min(count * GROWTH, int(count * seconds / 4 / max(took, 1e-9))))
        took = run(count)
    return max(1, round(count * seconds / took))


def rate(run: Run, seconds: float, portion: int = 1) -> Sample:
    """Operations per second, ``portion`` of them in each portion."""
    count = 0

    def sample() -> float:
        nonlocal count
        if not count:
            run(1)  # what connects, loads or compiles does it now
            count = portions_within(run, seconds)
        return count * portion / run(count)

    return sample
