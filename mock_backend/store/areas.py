"""What GEOSEARCH searches: circles, boxes and polygons, and the cells of the grid that cover them.

An area knows its middle, the degrees between which it lies, and how far from its middle something
in it is.  Source: geohash_helper.c (geohashCalculateAreasByShapeWGS84), geo.c
(membersOfAllNeighbors).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from mock_backend.store import geohash
from mock_backend.store.geohash import Cell, Position
from mock_backend.store.zset import ScoreRange, ZSet

_MERCATOR: Final = 20037726.37

_AROUND: Final = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1))
"""The neighbours in the order in which the server looks at them."""

Bounds: TypeAlias = tuple[float, float, float, float]
"""West, south, east and north, in degrees."""


@dataclass(frozen=True, slots=True)
class Found:
    """A member in the area."""

    member: bytes
    score: float
    position: Position
    distance: float
    """Metres from the middle."""


@dataclass(frozen=True, slots=True)
class Circle:
    """Everything at most ``radius`` metres away."""

    middle: Position
    radius: float

    def bounds(self) -> Bounds:
        """The degrees between which it lies."""
        return _bounds(self.middle, self.radius, self.radius)

    def reach(self) -> float:
        """Metres from the middle to the outermost point."""
        return self.radius

    def distance(self, point: Position) -> float | None:
        """Metres from the middle; ``None`` outside."""
        metres = geohash.distance(self.middle, point)
        return None if metres > self.radius else metres


@dataclass(frozen=True, slots=True)
class Box:
    """What is at most half the width and half the height away, both in ``unit`` metres."""

    middle: Position
    width: float
    height: float
    unit: float

    def bounds(self) -> Bounds:
        """The degrees between which it lies."""
        return _bounds(self.middle, self.unit * self.width / 2, self.unit * self.height / 2)

    def reach(self) -> float:
        """Metres from the middle to a corner."""
        half_width, half_height = self.width / 2, self.height / 2
        return math.sqrt(half_width * half_width + half_height * half_height) * self.unit

    def distance(self, point: Position) -> float | None:
        """Metres from the middle; ``None`` outside."""
        if geohash.latitude_distance(point[1], self.middle[1]) > self.height * self.unit / 2:
            return None
        along = geohash.distance(point, (self.middle[0], point[1]))
        return None if along > self.width * self.unit / 2 else geohash.distance(self.middle, point)


@dataclass(frozen=True, slots=True)
class Polygon:
    """What lies within straight lines, on a map of degrees, between these corners."""

    corners: Sequence[Position]
    middle: Position = field(init=False)

    def __post_init__(self) -> None:
        x = y = z = 0.0
        for longitude, latitude in self.corners:
            along, up = geohash.radians(longitude), geohash.radians(latitude)
            x += math.cos(up) * math.cos(along)
            y += math.cos(up) * math.sin(along)
            z += math.sin(up)
        middle = (
            geohash.degrees(math.atan2(y, x)),
            geohash.degrees(math.atan2(z, math.sqrt(x * x + y * y))),
        )
        object.__setattr__(self, "middle", middle)

    def bounds(self) -> Bounds:
        """The degrees between which it lies."""
        longitudes, latitudes = zip(*self.corners, strict=True)
        return min(longitudes), min(latitudes), max(longitudes), max(latitudes)

    def reach(self) -> float:
        """Metres from the middle to the farthest corner of ``bounds``."""
        west, south, east, north = self.bounds()
        ends = ((west, north), (east, north), (west, south), (east, south))
        return max(geohash.distance(self.middle, end) for end in ends)

    def distance(self, point: Position) -> float | None:
        """Metres from the middle; ``None`` outside: inside is where a line to the outside crosses
        an odd number of edges.
        """
        inside = False
        before = self.corners[-1]
        for corner in self.corners:
            if (corner[1] > point[1]) != (before[1] > point[1]) and point[0] < (
                (before[0] - corner[0]) * (point[1] - corner[1]) / (before[1] - corner[1])
                + corner[0]
            ):
                inside = not inside
            before = corner
        return geohash.distance(self.middle, point) if inside else None


Area: TypeAlias = Circle | Box | Polygon


def search(zset: ZSet, area: Area, limit: int = 0) -> list[Found]:
    """The members in ``area``, in the order of the cells and in each by score; no more are looked
    for once there are ``limit``, 0: all.
    """
    found: list[Found] = []
    for cell in _cells(area):
        low, high = cell.scores()
        first, end = zset.span_of_scores(ScoreRange(low, high, high_excluded=True))
        for score, member in zset.between(first, end) if first < end else ():
            point = geohash.position(score)
            metres = area.distance(point)
            if metres is None:
                continue
            found.append(Found(member, score, point, metres))
            if limit and len(found) >= limit:
                return found
    return found


def _cells(area: Area) -> Iterator[Cell]:
    """The cell of the middle and those around it that the area can reach.

    One that is the same as the one before is left out: in a coarse grid both sides meet.
    """
    longitude, latitude = area.middle
    if abs(latitude) > geohash.LATITUDE:
        return  # the middle of a polygon around a pole: the server cannot code it
    bounds = area.bounds()
    steps = _steps(area.reach(), latitude)
    centre = geohash.cell(longitude, latitude, steps)
    if steps > 1 and not _suffices(centre, bounds):
        steps -= 1
        centre = geohash.cell(longitude, latitude, steps)
    yield centre
    last: Cell | None = None  # geo.c does not compare with the first
    for east, north in _AROUND:
        if steps >= 2 and _is_useless(east, north, centre, bounds):
            continue
        cell = centre.beside(east, north)
        if cell != last:
            yield cell
            last = cell


def _is_useless(east: int, north: int, centre: Cell, bounds: Bounds) -> bool:
    """Whether the area ends within the cell of the middle, on that side."""
    west_edge, south_edge, east_edge, north_edge = centre.edges()
    return (
        (north < 0 and south_edge < bounds[1])
        or (north > 0 and north_edge > bounds[3])
        or (east < 0 and west_edge < bounds[0])
        or (east > 0 and east_edge > bounds[2])
    )


def _suffices(centre: Cell, bounds: Bounds) -> bool:
    """Whether the neighbours reach as far as the area does."""
    west, south, east, north = bounds
    return not (
        centre.beside(0, 1).edges()[3] < north
        or centre.beside(0, -1).edges()[1] > south
        or centre.beside(1, 0).edges()[2] < east
        or centre.beside(-1, 0).edges()[0] > west
    )


def _steps(reach: float, latitude: float) -> int:
    """How fine a grid has cells that are about as large as the area."""
    if reach == 0:
        return geohash.STEPS
    steps = 1
    while reach < _MERCATOR:
        reach *= 2
        steps += 1
    steps -= 2
    if abs(latitude) > 66:  # towards the poles cells are narrower
        steps -= 1
        if abs(latitude) > 80:
            steps -= 1
    return max(1, min(geohash.STEPS, steps))


def _bounds(middle: Position, width: float, height: float) -> Bounds:
    """Of what reaches so many metres to each side; towards the pole that is more degrees."""
    longitude, latitude = middle
    up = geohash.degrees(geohash.angle(height))
    widest = latitude - up if latitude < 0 else latitude + up
    if math.isinf(widest):  # C's cosine of infinity is no number, and nothing is beyond such an end
        return math.nan, latitude - up, math.nan, latitude + up
    along = geohash.degrees(geohash.angle(width) / math.cos(geohash.radians(widest)))
    return longitude - along, latitude - up, longitude + along, latitude + up
