"""A row of numbers as a drawing in plain letters, four lines high, with a label below each number.

As LATENCY GRAPH draws it: three heights per line (sparkline.c of the server says where each
number ends up).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_MARKS: Final = "_o#"
_BELOW: Final = "|"
_ROWS: Final = 4
_STEPS: Final = _ROWS * len(_MARKS)


def draw(samples: Sequence[tuple[int, str]]) -> str:
    """The lines for ``(number, label)`` pairs, from left to right; labels read downwards."""
    least = min(number for number, _ in samples)
    spread = max(number for number, _ in samples) - least or 1
    heights = [min((number - least) * _STEPS // spread, _STEPS - 1) for number, _ in samples]
    lines = []
    for row in range(_ROWS):
        floor = (_ROWS - 1 - row) * len(_MARKS)
        lines.append("".join(_mark(height - floor) for height in heights))
    lines.append(" " * len(samples))
    longest = max(len(label) for _, label in samples)
    for place in range(longest):
        lines.append("".join(label[place : place + 1] or " " for _, label in samples))
    return "".join(f"{line}\n" for line in lines)


def _mark(height: int) -> str:
    if height < 0:
        return " "
    return _MARKS[height] if height < len(_MARKS) else _BELOW
