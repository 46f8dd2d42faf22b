"""Positions of members: a sorted set whose scores are geohashes.

Whatever reads a position takes any sorted set as it is (store/geohash.py).  Searches are in
geo_searches.py.  Source: geo.c.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import dropwhile, takewhile
from typing import Final

from mock_backend import errors
from mock_backend.commands.sorted_sets import zadd
from mock_backend.kernel.context import Context
from mock_backend.profile import Since
from mock_backend.replies import NIL_ARRAY, LongDouble, Reply
from mock_backend.schema import types
from mock_backend.schema.command import Table
from mock_backend.store import geohash
from mock_backend.store.geohash import Position
from mock_backend.store.zset import ZSet

geo = Table("geo")

_UNITS: Final = {b"m": 1.0, b"km": 1000.0, b"ft": 0.3048, b"mi": 1609.34}
"""In metres."""

_SHORT_COORDINATES: Final = Since("redis-8.0.0")
"""From here on coordinates are plain doubles; before, they had 17 digits behind the point."""


@geo.command(
    "GEOADD key [arg ...]",  # [NX|XX] [CH] longitude latitude member [...]
    flags="write denyoom",
    since="3.2.0",
    arity=-5,
)
def geoadd(ctx: Context, key: bytes, args: list[bytes]) -> Reply:
    """Adds one or more members to a geospatial index. The key is created if it doesn't exist.

    Reply: how many were added, with CH how many were added or moved.
    """
    options = {word.upper() for word in takewhile(_is_option, args)}
    places = list(dropwhile(_is_option, args))
    if not places or len(places) % 3 or {b"NX", b"XX"} <= options:
        raise errors.syntax()
    items: list[bytes] = []
    for at in range(0, len(places), 3):
        score = geohash.score(*position(places[at : at + 2]))
        items += (b"%d" % int(score), places[at + 2])
    return zadd(
        ctx,
        key,
        nx=b"NX" in options,
        xx=b"XX" in options,
        gt=False,
        lt=False,
        ch=b"CH" in options,
        incr=False,
        items=items,
    )


def _is_option(word: bytes) -> bool:
    return word.upper() in {b"NX", b"XX", b"CH"}


def position(words: Sequence[bytes]) -> Position:
    """Longitude and latitude.  Errors: no floats; beyond what can be coded."""
    longitude, latitude = (types.floating(word) for word in words)
    if abs(longitude) > geohash.LONGITUDE or abs(latitude) > geohash.LATITUDE:
        raise errors.err(f"invalid longitude,latitude pair {longitude:f},{latitude:f}")
    return longitude, latitude


@geo.command("GEOHASH key [member ...]", flags="readonly", since="3.2.0")
def geohash_(ctx: Context, key: bytes, members: list[bytes]) -> Reply:
    """Returns members from a geospatial index as geohash strings."""
    return [None if score is None else geohash.text(score) for score in _scores(ctx, key, members)]


@geo.command("GEOPOS key [member ...]", flags="readonly", since="3.2.0")
def geopos(ctx: Context, key: bytes, members: list[bytes]) -> Reply:
    """Returns the longitude and latitude of members from a geospatial index.

    Reply: ``[longitude, latitude]``, or a null array, for each.
    """
    return [
        NIL_ARRAY if score is None else shown(ctx, geohash.position(score))
        for score in _scores(ctx, key, members)
    ]


def _scores(ctx: Context, key: bytes, members: list[bytes]) -> list[float | None]:
    zset = ctx.db.get(key, ZSet)
    return [None if zset is None else zset.scores.get(member) for member in members]


def shown(ctx: Context, place: Position) -> list[Reply]:
    """Coordinates as the server prints them."""
    if ctx.kernel.profile.has(_SHORT_COORDINATES):
        return list(place)
    return [LongDouble(coordinate) for coordinate in place]


@geo.command("GEODIST key member1 member2 [arg ...]", flags="readonly", since="3.2.0")  # [unit]
def geodist(ctx: Context, key: bytes, member1: bytes, member2: bytes, args: list[bytes]) -> Reply:
    """Returns the distance between two members of a geospatial index.

    Reply: in metres unless a unit is given, with four digits behind the point; nil if one of the
    members is not there.
    """
    unit = unit_of(args[0]) if len(args) == 1 else 1.0
    if len(args) > 1:
        raise errors.syntax()
    first, second = _scores(ctx, key, [member1, member2])
    if first is None or second is None:
        return None
    return printed(geohash.distance(geohash.position(first), geohash.position(second)) / unit)


def unit_of(word: bytes) -> float:
    """A unit in metres."""
    unit = _UNITS.get(word.lower())
    if unit is None:
        raise errors.err("unsupported unit provided. please use M, KM, FT, MI")
    return unit


def printed(distance: float) -> bytes:
    """Four digits behind the point, rounded to even (util.c, fixedpoint_d2string)."""
    scaled = round(distance * 10000.0)
    return b"%d.%04d" % divmod(scaled, 10000)
