"""Geohashes and areas: the arithmetic, at its edges."""

from __future__ import annotations

import math

import pytest

from mock_backend.profile import PROFILES
from mock_backend.server import MockServer
from mock_backend.store import areas, geohash
from mock_backend.store.areas import Box, Circle, Polygon
from mock_backend.store.geohash import Cell
from mock_backend.store.zset import ZSet


def test_a_position_becomes_the_score_that_the_server_gives_it() -> None:
    assert geohash.score(13.361389, 38.115556) == 3479099956230698
    assert geohash.score(0, 0) == 0b11 << 50
    assert geohash.score(-180, -85.05112878) == 0


def test_a_score_is_read_back_as_the_middle_of_its_cell() -> None:
    longitude, latitude = geohash.position(3479099956230698)
    assert (longitude, latitude) == (13.36138933897018433, 38.11555639549629859)


@pytest.mark.parametrize("score", [-1.0, 0.5, 2.0**52, 2.0**63, math.inf, -math.inf, 1e300])
def test_any_score_is_a_position_within_bounds(score: float) -> None:
    longitude, latitude = geohash.position(score)
    assert abs(longitude) <= 180
    assert abs(latitude) <= geohash.LATITUDE
    assert len(geohash.text(score)) == 11


def test_neighbours_go_round_the_map() -> None:
    corner = geohash.cell(179.9, 84.9, 4)
    assert corner.beside(1, 0) == geohash.cell(-179.9, 84.9, 4)
    assert corner.beside(0, 1) == geohash.cell(179.9, -84.9, 4)
    assert corner.beside(1, 1).beside(-1, -1) == corner
    assert corner.beside(0, 0) == corner


def test_a_cell_covers_a_range_of_scores() -> None:
    low, high = Cell(0b101010, 3).scores()
    assert low == 0b101010 << 46
    assert high == 0b101011 << 46


def test_a_distance_is_measured_along_a_great_circle() -> None:
    assert geohash.distance((0, 0), (0, 0)) == 0
    assert geohash.distance((0, 10), (0, 20)) == geohash.latitude_distance(10, 20)
    assert round(geohash.distance((13.361389, 38.115556), (15.087269, 37.502669))) == 166274


def scattered() -> ZSet:
    places = {
        b"%d,%d" % (longitude, latitude): geohash.score(longitude, latitude)
        for longitude in range(-180, 181, 5)
        for latitude in range(-85, 86, 5)
    }
    return ZSet(places)


@pytest.mark.parametrize(
    "area",
    [
        Circle((0.0, 0.0), 1_000_000.0),
        Circle((12.0, 51.0), 600_000.0),
        Circle((-70.0, -60.0), 900_000.0),
        Box((10.0, 10.0), 2_000.0, 1_000.0, 1_000.0),
        Box((-100.0, -40.0), 500_000.0, 3_000_000.0, 1.0),
        Polygon([(0.0, 0.0), (40.0, 0.0), (40.0, 30.0), (20.0, 10.0), (0.0, 30.0)]),
    ],
    ids=str,
)
def test_the_cells_of_an_area_miss_nothing_in_it(area: areas.Area) -> None:
    zset = scattered()
    everything = {
        member
        for member, score in zset.scores.items()
        if area.distance(geohash.position(score)) is not None
    }
    found = areas.search(zset, area)
    assert {each.member for each in found} == everything
    assert len(found) == len(everything) > 0


def test_a_search_stops_when_it_has_enough() -> None:
    found = areas.search(scattered(), Circle((0.0, 0.0), 3_000_000.0), 5)
    assert len(found) == 5


def test_a_polygon_around_the_pole_finds_nothing() -> None:
    around = Polygon([(0.0, 85.0), (120.0, 85.0), (-120.0, 85.0)])
    assert around.middle[1] > geohash.LATITUDE
    assert areas.search(scattered(), around) == []


def test_polygons_are_known_from_valkey_9_on() -> None:
    triangle = ("BYPOLYGON", 3, 0, 0, 20, 0, 10, 20)
    for name in PROFILES:
        call = MockServer(compat=name).client()
        call("GEOADD", "g", 10, 5, "inside", 1, 15, "outside")
        reply = call("GEOSEARCH", "g", *triangle, "ASC")
        if name == "valkey-9.0":
            assert reply == [b"inside"]
        else:
            assert str(reply) == "ERR syntax error"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("BYPOLYGON x 0 0 20 0", "ERR invalid number of vertices"),
        ("BYPOLYGON 2 0 0 20 0", "ERR GEOSEARCH BYPOLYGON must have at least 3 vertices"),
        ("BYPOLYGON 4 0 0 20 0 10 20", "ERR GEOSEARCH BYPOLYGON must have at least 3 vertices"),
        ("BYPOLYGON 3 0 0 20 0 10 x", "ERR value is not a valid float"),
        (
            "BYPOLYGON 3 0 0 20 0 10 100",
            "ERR invalid longitude,latitude pair 10.000000,100.000000",
        ),
        ("BYPOLYGON 3 0 0 20 0 10 20 BYRADIUS 1 m", "ERR syntax error"),
        ("BYPOLYGON 3 0 0 20 0 10 20 FROMMEMBER a", "ERR syntax error"),
        ("FROMMEMBER none BYRADIUS 1 m", "ERR member none does not exist"),
        (
            "FROMLONLAT 1 1 ASC DESC",
            "ERR exactly one of BYRADIUS, BYBOX and BYPOLYGON can be specified for GEOSEARCH",
        ),
    ],
)
def test_valkey_9_says_what_is_wrong_with_a_polygon(words: str, error: str) -> None:
    call = MockServer(compat="valkey-9.0").client()
    call("GEOADD", "g", 10, 5, "a")
    assert str(call("GEOSEARCH", "g", *words.split())) == error
