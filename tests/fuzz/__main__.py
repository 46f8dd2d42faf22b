"""``python -m tests.fuzz [--inputs 1000000] [--seed N] [--target reader|inline|binder|kernel|all]``

Feeds so many inputs, in turn to each target that is asked for.  The exit code is 1 if one of them
brought up an error that is not declared, or if memory grew once everything was warm.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from pathlib import Path
from random import Random, SystemRandom

from tests.fuzz.targets import TARGETS

WARM = 0.2
"""After this part of the inputs memory must not grow any more ..."""
GROWTH_BYTES = 32 * 1024 * 1024
"""... by more than this."""
BLOCK = 1_000


def main(arguments: list[str] | None = None) -> int:
    """0 if nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=None, help="any, and told, if not given")
    parser.add_argument("--target", choices=[*TARGETS, "all"], default="all")
    asked = parser.parse_args(arguments)
    seed = SystemRandom().randrange(2**32) if asked.seed is None else asked.seed
    names = list(TARGETS) if asked.target == "all" else [asked.target]
    print(f"seed {seed}", flush=True)
    return max([run(name, asked.inputs // len(names), seed) for name in names])


def run(name: str, inputs: int, seed: int) -> int:
    """Feeds one target; 0 if nothing was found."""
    target = TARGETS[name]()
    started = time.monotonic()
    warm = peak = 0
    for block in range(-(-inputs // BLOCK)):
        rng = Random(f"{seed} {block}")
        for number in range(min(BLOCK, inputs - block * BLOCK)):
            try:
                target.feed(rng)
            except Exception:
                traceback.print_exc()
                print(f"{name}: found at input {number} of block {block}, seed {seed}")
                return 1
        size = resident()
        if block * BLOCK < inputs * WARM:
            warm = max(warm, size)
        peak = max(peak, size)
    grown = peak - warm
    print(
        f"{name}: {inputs:,} inputs in {time.monotonic() - started:.1f} s,"
        f" {warm // 2**20} MiB when warm, {grown / 2**20:+.1f} MiB since",
        flush=True,
    )
    if grown > GROWTH_BYTES:
        print(f"{name}: memory grows, seed {seed}")
        return 1
    return 0


def resident() -> int:
    """The bytes of memory that this process takes; 0 where that cannot be known."""
    place = Path("/proc/self/statm")
    return int(place.read_text().split()[1]) * 4096 if place.exists() else 0


if __name__ == "__main__":
    sys.exit(main())
