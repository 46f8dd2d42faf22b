"""What a process takes of memory, and whether that is flat."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

GROWTH: Final = 0.05
"""How much of what it took after the warm-up a server may take more at the end."""
ROOM_MB: Final = 3.0
"""And so much besides."""
WARM_UP: Final = 0.25
"""The part of the run in which memory may grow."""
FEWEST: Final = 8
"""Samples below which nothing is said."""


def resident_mb(pid: int) -> float:
    """Megabytes that a process has in memory."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024
    asked = ["ps", "-o", "rss=", "-p", str(pid)]
    return int(subprocess.run(asked, capture_output=True, text=True, check=True).stdout) / 1024


@dataclass(frozen=True, slots=True)
class Flatness:
    """What the samples after the warm-up say."""

    start: float
    """Megabytes in the first third after the warm-up, on average."""
    end: float
    """Megabytes in the last third."""
    slope: float
    """Megabytes in a minute, as the straight line through the samples has it."""

    @property
    def flat(self) -> bool:
        """Whether the end is no more than the start and its allowance."""
        return self.end <= self.start * (1 + GROWTH) + ROOM_MB

    def __str__(self) -> str:
        return (
            f"{self.start:.1f} MB after warm-up, {self.end:.1f} MB at the end,"
            f" {self.slope:+.2f} MB/min"
        )


def flatness(samples: Sequence[tuple[float, float]]) -> Flatness | None:
    """Of (seconds, megabytes), taken when the server was empty; ``None``, if there are too few."""
    if len(samples) < FEWEST:
        return None
    first, last = samples[0][0], samples[-1][0]
    warm = [sample for sample in samples if sample[0] >= first + (last - first) * WARM_UP]
    third = max(1, len(warm) // 3)
    return Flatness(
        _mean([size for _, size in warm[:third]]),
        _mean([size for _, size in warm[-third:]]),
        _slope(warm) * 60,
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _slope(samples: Sequence[tuple[float, float]]) -> float:
    middle = _mean([at for at, _ in samples])
    level = _mean([size for _, size in samples])
    spread = sum((at - middle) ** 2 for at, _ in samples)
    return sum((at - middle) * (size - level) for at, size in samples) / spread if spread else 0.0
