"""The longest common subsequence of two strings, by the table that the server fills (t_string.c,
lcsCommand).
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch that both strings have: where it begins in each, and how long it is."""

    first: int
    second: int
    length: int


@dataclass(frozen=True, slots=True)
class Matching:
    """A longest common subsequence, and the runs that it is made of, the last one first."""

    text: bytes
    runs: list[Run]

    @property
    def length(self) -> int:
        """The number of bytes in common."""
        return len(self.text)


def longest(first: bytes, second: bytes) -> Matching:
    """Takes time and memory in proportion to the product of the lengths, as the server does."""
    width = len(second) + 1
    table = [array("L", bytes(array("L").itemsize * width))]
    for byte in first:
        above = table[-1]
        row = array("L", [0])
        left = 0
        for column, other in enumerate(second, 1):
            if byte == other:
                left = above[column - 1] + 1
            elif above[column] > left:
                left = above[column]
            row.append(left)
        table.append(row)
    return _walk_back(first, second, table)


def _walk_back(first: bytes, second: bytes, table: list[array[int]]) -> Matching:
    picked = bytearray()
    runs: list[Run] = []
    one, two = len(first), len(second)
    while one and two:
        if first[one - 1] == second[two - 1]:
            picked.append(first[one - 1])
            one -= 1
            two -= 1
            last = runs[-1] if runs else None
            if last is not None and (last.first, last.second) == (one + 1, two + 1):
                runs[-1] = Run(one, two, last.length + 1)
            else:
                runs.append(Run(one, two, 1))
        elif table[one - 1][two] > table[one][two - 1]:
            one -= 1
        else:
            two -= 1
    return Matching(bytes(reversed(picked)), runs)
