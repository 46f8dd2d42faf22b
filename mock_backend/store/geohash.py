"""Positions as 52-bit numbers: longitude and latitude, 26 bits each, interleaved.

A sorted set whose scores are such numbers can be searched by place: whatever lies in one cell of
the grid stands in one range of scores.  Every formula is the server's, in its order of operations,
so that scores and distances are equal to the last bit.  Shapes that are searched for are in
areas.py.  Source: geohash.c, geohash_helper.c.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

LONGITUDE: Final = 180.0
LATITUDE: Final = 85.05112878
"""The poles cannot be coded."""

STEPS: Final = 26
"""Bits of each coordinate in a score."""

_EARTH_RADIUS: Final = 6372797.560856
_DEGREE: Final = math.pi / 180.0
_LETTERS: Final = "0123456789bcdefghjkmnpqrstuvwxyz"
_SPREAD: Final = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)
_PLACES: Final = float(1 << STEPS)
_TOO_LARGE: Final = 2.0**63
_EVEN: Final = 0x5555555555555555
_UNSIGNED: Final = 2**64 - 1
_HALF: Final = 2**32 - 1

Position = tuple[float, float]
"""Longitude and latitude in degrees."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the grid that has ``steps`` bits for each coordinate."""

    bits: int
    steps: int

    def scores(self) -> tuple[int, int]:
        """The scores of what lies in it; the end is exclusive."""
        shift = 52 - 2 * self.steps
        return self.bits << shift, (self.bits + 1) << shift

    def beside(self, east: int, north: int) -> Cell:
        """The cell so many steps, -1 to 1, further; beyond the edge it begins at the other."""
        side = (1 << self.steps) - 1
        x, y = _gather(self.bits >> 1), _gather(self.bits)
        if east:  # at the very edge of the map there is a bit too many until one moves
            x = (x + east) & side
        if north:
            y = (y + north) & side
        return Cell(_spread(y) | _spread(x) << 1, self.steps)

    def edges(self) -> tuple[float, float, float, float]:
        """West, south, east and north, in degrees."""
        x, y, scale = _gather(self.bits >> 1), _gather(self.bits), 1 << self.steps
        return (
            -LONGITUDE + (x * 1.0 / scale) * (2 * LONGITUDE),
            -LATITUDE + (y * 1.0 / scale) * (2 * LATITUDE),
            -LONGITUDE + ((x + 1 & _HALF) * 1.0 / scale) * (2 * LONGITUDE),
            -LATITUDE + ((y + 1 & _HALF) * 1.0 / scale) * (2 * LATITUDE),
        )


def cell(longitude: float, latitude: float, steps: int) -> Cell:
    """The cell in which a position lies."""
    return Cell(_coded(longitude, latitude, steps, LATITUDE), steps)


def score(longitude: float, latitude: float) -> float:
    """The score of a position."""
    return float(_coded(longitude, latitude, STEPS, LATITUDE))


def position(score: float) -> Position:
    """The middle of the cell that ``score`` names; any score names one, whatever it was made of."""
    bits = int(score) if 0.0 <= score < _TOO_LARGE else _unsigned(score)
    x, y = _gather(bits >> 1), _gather(bits)
    # Cell.edges, but for the whole Earth in so fine a grid this is asked most often
    west = -LONGITUDE + (x / _PLACES) * (2 * LONGITUDE)
    east = -LONGITUDE + ((x + 1 & _HALF) / _PLACES) * (2 * LONGITUDE)
    south = -LATITUDE + (y / _PLACES) * (2 * LATITUDE)
    north = -LATITUDE + ((y + 1 & _HALF) / _PLACES) * (2 * LATITUDE)
    longitude, latitude = (west + east) / 2, (south + north) / 2
    if -LONGITUDE <= longitude <= LONGITUDE and -LATITUDE <= latitude <= LATITUDE:
        return longitude, latitude
    return (
        max(-LONGITUDE, min(LONGITUDE, longitude)),
        max(-LATITUDE, min(LATITUDE, latitude)),
    )


def text(score: float) -> bytes:
    """The geohash as the rest of the world writes it: 11 letters, with latitudes up to the poles.

    52 bits are ten letters and two bits, so the last letter is always ``0``.
    """
    bits = _coded(*position(score), STEPS, 90.0)
    letters = [_LETTERS[bits >> 52 - 5 * place & 31] for place in range(1, 11)]
    return ("".join(letters) + "0").encode()


def distance(first: Position, second: Position) -> float:
    """Metres along a great circle."""
    longitude_1, longitude_2 = first[0] * _DEGREE, second[0] * _DEGREE
    v = math.sin((longitude_2 - longitude_1) / 2)
    if v == 0.0:
        return latitude_distance(first[1], second[1])
    latitude_1, latitude_2 = first[1] * _DEGREE, second[1] * _DEGREE
    u = math.sin((latitude_2 - latitude_1) / 2)
    a = u * u + math.cos(latitude_1) * math.cos(latitude_2) * v * v
    return 2.0 * _EARTH_RADIUS * math.asin(math.sqrt(a))


def latitude_distance(first: float, second: float) -> float:
    """Metres between two circles of latitude."""
    return _EARTH_RADIUS * abs(second * _DEGREE - first * _DEGREE)


def degrees(radians: float) -> float:
    """Radians in degrees."""
    return radians / _DEGREE


def radians(degrees: float) -> float:
    """Degrees in radians."""
    return degrees * _DEGREE


def angle(metres: float) -> float:
    """The angle at the Earth's centre under which a distance is seen, in radians."""
    return metres / _EARTH_RADIUS


def _coded(longitude: float, latitude: float, steps: int, most: float) -> int:
    y = (latitude - -most) / (most - -most)
    x = (longitude - -LONGITUDE) / (LONGITUDE - -LONGITUDE)
    return _spread(int(y * (1 << steps))) | _spread(int(x * (1 << steps))) << 1


def _spread(number: int) -> int:
    """Puts a zero before each of 32 bits."""
    for shift, mask in _SPREAD:
        number = (number | number << shift) & mask
    return number


def _gather(number: int) -> int:
    """Every other bit, the lowest first."""
    number &= _EVEN
    number = (number | number >> 1) & 0x3333333333333333
    number = (number | number >> 2) & 0x0F0F0F0F0F0F0F0F
    number = (number | number >> 4) & 0x00FF00FF00FF00FF
    number = (number | number >> 8) & 0x0000FFFF0000FFFF
    return (number | number >> 16) & _HALF


def _unsigned(score: float) -> int:
    """A score that no position was made of, as a processor turns it into 64 bits."""
    if math.isinf(score) or abs(score) >= 2.0**64:
        return 1 << 63 if score < 0 else 0
    return int(score) & _UNSIGNED
