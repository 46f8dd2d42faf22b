"""Searches by place: GEOSEARCH, GEORADIUS and their kin.

The words are read by hand, in the server's order, because what is wrong with them is said in that
order.  How an area is searched stands in store/areas.py.  Source: geo.c, georadiusGeneric.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from mock_backend import errors
from mock_backend.commands.geo import position, printed, shown, unit_of
from mock_backend.commands.sorted_set_ranges import store
from mock_backend.kernel.context import Context
from mock_backend.profile import Since
from mock_backend.replies import Reply, ReplyError
from mock_backend.schema import types
from mock_backend.schema.binding import KeysOf, Run
from mock_backend.schema.command import Table
from mock_backend.schema.late import within
from mock_backend.store import areas, geohash
from mock_backend.store.areas import Area, Box, Circle, Found, Polygon
from mock_backend.store.geohash import Position
from mock_backend.store.zset import ZSet

geo_searches = Table("geo")

_POLYGONS: Final = Since("valkey-9.0.0")


@geo_searches.command(
    "GEOSEARCH key [arg ...]",
    # FROMMEMBER member|FROMLONLAT longitude latitude
    # BYRADIUS radius unit|BYBOX width height unit|BYPOLYGON number longitude latitude ...
    # [ASC|DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]
    flags="readonly",
    since="6.2.0",
    arity=-7,
)
def geosearch(ctx: Context, key: bytes, args: list[bytes]) -> Reply:
    """Queries a geospatial index for members inside an area of a box or a circle.

    Reply: the members; each with its distance, geohash and coordinates if these are asked for.
    """
    return _Search(ctx, key, "geosearch").run(args)


@geo_searches.command(
    "GEOSEARCHSTORE destination:key source:key [arg ...]",  # as GEOSEARCH, and [STOREDIST]
    flags="write denyoom",
    since="6.2.0",
    arity=-8,
)
def geosearchstore(ctx: Context, destination: bytes, source: bytes, args: list[bytes]) -> Reply:
    """Queries a geospatial index for members inside an area of a box or a circle, optionally
    stores the result.

    Reply: how many are stored, with their geohashes as scores, or their distances.
    """
    return _Search(ctx, source, "geosearchstore", destination).run(args)


def _keys_of(words: Sequence[bytes]) -> list[bytes]:
    """The key and the last destination (db.c, georadiusGetKeys)."""
    keys = [words[1]]
    at = 5
    while at < len(words) - 1:
        if words[at].upper() in {b"STORE", b"STOREDIST"}:
            at += 1
            keys[1:] = [words[at]]
        at += 1
    return keys


def _georadius(usage: str, *, since: str, arity: int, keys: KeysOf | None = None) -> _Register:
    flags = "readonly" if keys is None else "write denyoom movablekeys"
    return geo_searches.command(usage, flags=flags, since=since, arity=arity, keys=keys)


_Register = Callable[[Callable[..., Reply]], Callable[..., Reply]]


@_georadius(
    "GEORADIUS key longitude latitude radius unit [arg ...]",
    since="3.2.0",
    arity=-6,
    keys=_keys_of,
)
def georadius(
    ctx: Context,
    key: bytes,
    longitude: bytes,
    latitude: bytes,
    radius: bytes,
    unit: bytes,
    args: list[bytes],
) -> Reply:
    """Queries a geospatial index for members within a distance from a coordinate, optionally stores
    the result.
    """
    return _around_position(ctx, "georadius", key, [longitude, latitude], [radius, unit], args)


@_georadius("GEORADIUS_RO key longitude latitude radius unit [arg ...]", since="3.2.10", arity=-6)
def georadius_ro(
    ctx: Context,
    key: bytes,
    longitude: bytes,
    latitude: bytes,
    radius: bytes,
    unit: bytes,
    args: list[bytes],
) -> Reply:
    """Returns members from a geospatial index that are within a distance from a coordinate."""
    return _around_position(ctx, "georadius_ro", key, [longitude, latitude], [radius, unit], args)


def _around_position(
    ctx: Context,
    name: str,
    key: bytes,
    place: list[bytes],
    distance: list[bytes],
    args: list[bytes],
) -> Reply:
    search = _Search(ctx, key, name)
    search.middle = position(place)
    search.read_radius(distance)
    return search.run(args)


@_georadius(
    "GEORADIUSBYMEMBER key member radius unit [arg ...]", since="3.2.0", arity=-5, keys=_keys_of
)
def georadiusbymember(
    ctx: Context, key: bytes, member: bytes, radius: bytes, unit: bytes, args: list[bytes]
) -> Reply:
    """Queries a geospatial index for members within a distance from a member, optionally stores the
    result.
    """
    return _around_member(ctx, "georadiusbymember", key, member, [radius, unit], args)


@_georadius("GEORADIUSBYMEMBER_RO key member radius unit [arg ...]", since="3.2.10", arity=-5)
def georadiusbymember_ro(
    ctx: Context, key: bytes, member: bytes, radius: bytes, unit: bytes, args: list[bytes]
) -> Reply:
    """Returns members from a geospatial index that are within a distance from a member."""
    return _around_member(ctx, "georadiusbymember_ro", key, member, [radius, unit], args)


def _around_member(
    ctx: Context, name: str, key: bytes, member: bytes, distance: list[bytes], args: list[bytes]
) -> Reply:
    search = _Search(ctx, key, name)
    if search.zset is not None:  # without it the member and the radius are not looked at
        search.middle = search.place_of(member)
        search.read_radius(distance)
    return search.run(args)


class _Search:
    """One search: its words are read one by one, then it is performed."""

    def __init__(
        self, ctx: Context, key: bytes, name: str, destination: bytes | None = None
    ) -> None:
        self.ctx = ctx
        self.zset = ctx.db.get(key, ZSet)
        self.name = name
        self.middle: Position | None = None
        self.unit = 1.0
        self._free = name.startswith("geosearch")
        """Whether the words say where and in which shape to search."""
        self._area: Callable[[Position], Area] | None = None
        self._shape = b""
        self._from = b""
        self._destination = destination
        self._stores_distance = False
        self._shown: set[bytes] = set()
        self._order: bytes | None = None
        self._count = 0
        self._any = False

    def place_of(self, member: bytes) -> Position:
        """Where a member is.  Errors: it is nowhere."""
        assert self.zset is not None
        score = self.zset.scores.get(member)
        if score is None:
            older = errors.err("could not decode requested zset member")
            known = errors.err(f"member {errors.echo(member)} does not exist")
            raise known if self.ctx.kernel.profile.has(_POLYGONS) else older
        return geohash.position(score)

    def read_radius(self, words: Sequence[bytes]) -> None:
        """``radius unit``."""
        radius = _number(words[0], "need numeric radius")
        if radius < 0:
            raise errors.err("radius cannot be negative")
        self.unit = unit_of(words[1])
        metres = radius * self.unit
        self._area = lambda middle: Circle(middle, metres)

    def run(self, args: Sequence[bytes]) -> Reply:
        """Reads the options and searches."""
        self._read(args)
        self._check()
        if self.zset is None:
            return [] if self._destination is None else self._store([])
        assert self._area is not None
        area = self._area(self.middle or (0.0, 0.0))
        found = areas.search(self.zset, area, self._count if self._any else 0)
        if self._order or (self._count and not self._any):
            found.sort(key=lambda each: each.distance, reverse=self._order == b"DESC")
        if self._count:
            del found[self._count :]
        return self._listed(found) if self._destination is None else self._store(found)

    def _read(self, args: Sequence[bytes]) -> None:
        words = list(reversed(args))
        while words:
            word = words.pop().upper()
            if word in {b"WITHDIST", b"WITHHASH", b"WITHCOORD"}:
                self._shown.add(word)
            elif word == b"ANY":
                self._any = True
            elif word in {b"ASC", b"DESC"}:
                self._order = word
            elif word == b"COUNT" and words:
                self._count = types.integer(words.pop())
                if self._count <= 0:
                    raise errors.err("COUNT must be > 0")
            elif self._free:
                if not self._read_free(word, words):
                    raise errors.syntax()
            elif word in {b"STORE", b"STOREDIST"} and words and not self.name.endswith("_ro"):
                self._destination = words.pop()
                self._stores_distance = word == b"STOREDIST"
            else:
                raise errors.syntax()

    def _read_free(self, word: bytes, words: list[bytes]) -> bool:
        """An option of GEOSEARCH; ``words`` are what follows, the next one at the end."""
        left = len(words)
        polygon = self._shape == b"BYPOLYGON"
        match word:
            case b"STOREDIST" if self._destination is not None:
                self._stores_distance = True
            case b"FROMMEMBER" if left >= 1 and self._from != b"FROMLONLAT" and not polygon:
                self._from = word
                member = words.pop()
                if self.zset is not None:
                    self.middle = self.place_of(member)
            case b"FROMLONLAT" if left >= 2 and self._from != b"FROMMEMBER" and not polygon:
                self._from = word
                self.middle = position([words.pop(), words.pop()])
            case b"BYRADIUS" if left >= 2 and self._shape in {b"", b"BYRADIUS"}:
                self._shape = word
                self.read_radius([words.pop(), words.pop()])
            case b"BYBOX" if left >= 3 and self._shape in {b"", b"BYBOX"}:
                self._shape = word
                self._read_box([words.pop(), words.pop(), words.pop()])
            case b"BYPOLYGON" if (
                self.ctx.kernel.profile.has(_POLYGONS)
                and left >= 2
                and self._shape in {b"", b"BYPOLYGON"}
                and not self._from
            ):
                self._shape = word
                self._read_polygon(words)
            case _:
                return False
        return True

    def _read_box(self, words: Sequence[bytes]) -> None:
        width = _number(words[0], "need numeric width")
        height = _number(words[1], "need numeric height")
        if width < 0 or height < 0:
            raise errors.err("height or width cannot be negative")
        unit = self.unit = unit_of(words[2])
        self._area = lambda middle: Box(middle, width, height, unit)

    def _read_polygon(self, words: list[bytes]) -> None:
        try:
            corners = types.ranged(words.pop(), types.INT_MIN, types.INT_MAX)
        except ReplyError:
            raise errors.err("invalid number of vertices") from None
        if corners < 3 or len(words) // 2 < corners:
            raise errors.err("GEOSEARCH BYPOLYGON must have at least 3 vertices")
        polygon = Polygon([position([words.pop(), words.pop()]) for _ in range(corners)])
        self.unit = 1.0
        self._area = lambda middle: polygon

    def _check(self) -> None:
        """Errors: options that contradict each other, or are missing."""
        stores = self._destination is not None
        if stores and self._shown:
            what = "GEOSEARCHSTORE" if self._free else "STORE option in GEORADIUS"
            raise errors.err(
                f"{what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
            )
        polygon = self._shape == b"BYPOLYGON"
        if self._free and not self._from and not polygon:
            raise _Missing("FROMMEMBER or FROMLONLAT")
        if self._free and not self._shape:
            shapes = "BYRADIUS and BYBOX"
            if self.ctx.kernel.profile.has(_POLYGONS):
                shapes = "BYRADIUS, BYBOX and BYPOLYGON"
            raise _Missing(shapes)
        if self._any and not self._count:
            raise errors.err("the ANY argument requires COUNT argument")

    def _listed(self, found: list[Found]) -> list[Reply]:
        if not self._shown:
            return [each.member for each in found]
        listed: list[Reply] = []
        for each in found:
            entry: list[Reply] = [each.member]
            if b"WITHDIST" in self._shown:
                entry.append(printed(each.distance / self.unit))
            if b"WITHHASH" in self._shown:
                entry.append(int(each.score))
            if b"WITHCOORD" in self._shown:
                entry.append(shown(self.ctx, each.position))
            listed.append(entry)
        return listed

    def _store(self, found: list[Found]) -> int:
        scores = {
            each.member: each.distance / self.unit if self._stores_distance else each.score
            for each in found
        }
        event = "geosearchstore" if self._free else "georadiusstore"
        assert self._destination is not None
        return store(self.ctx, self._destination, scores, event)


class _Missing(Exception):
    """One of these options has to be given."""


def _naming_itself(run: Run) -> Run:
    """``run``, saying which command lacks an option as the client spelt it."""

    def named(ctx: Context, words: Sequence[bytes]) -> Reply:
        try:
            return run(ctx, words)
        except _Missing as missing:
            raise errors.err(
                f"exactly one of {missing} can be specified for {errors.echo(words[0])}"
            ) from None

    return named


for _command in geo_searches:
    if _command.name.startswith("geosearch"):
        _command.run = within(_naming_itself, _command.run)


def _number(word: bytes, complaint: str) -> float:
    try:
        return types.floating(word)
    except ReplyError:
        raise errors.err(complaint) from None
