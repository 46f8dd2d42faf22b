"""Routes of the geo commands.

The GEORADIUS family is old spelling for GEOSEARCH, and its request types abort the process.  A
call that surely means the same is sent as GEOSEARCH; what stores a result (another event is
announced) or would be refused (another error is told) keeps its words.
"""

import re
from collections.abc import Sequence

from glide_shared.request_type import RequestType

from adapter.translate import hazards, raw
from adapter.translate.plan import Plan
from adapter.translate.table import Table, custom

geo = Table()

geo.row("GEOADD", RequestType.GeoAdd)
geo.row("GEODIST", RequestType.GeoDist, raw.distance_text)
geo.row("GEOHASH", RequestType.GeoHash)
geo.row("GEOPOS", RequestType.GeoPos)
geo.row("GEOSEARCH", RequestType.GeoSearch, raw.places, unless=hazards.geosearch_misled)
geo.row("GEOSEARCHSTORE", RequestType.GeoSearchStore)

_NUMBER = re.compile(rb"[+-]?[0-9]{1,15}(?:\.[0-9]{1,17})?")
_OPTIONS = re.compile(
    rb"(?: WITHDIST| WITHHASH| WITHCOORD| ASC| DESC| COUNT [1-9][0-9]{0,8}(?: ANY)?)*"
)
_UNITS = frozenset((b"M", b"KM", b"FT", b"MI"))
_FURTHEST_EAST, _FURTHEST_NORTH = 180.0, 85.05112878


@geo.mapper("GEORADIUS")
def georadius(words: list[bytes]) -> Plan:
    """GEOSEARCH key FROMLONLAT longitude latitude BYRADIUS radius unit ..."""
    if not (
        len(words) > 5
        and _within(words[2], _FURTHEST_EAST)
        and _within(words[3], _FURTHEST_NORTH)
        and _is_plain(words[4:])
    ):
        return custom(words, raw.coordinates)
    return _search(words, [b"FROMLONLAT", words[2], words[3]], words[4:])


@geo.mapper("GEORADIUSBYMEMBER")
def georadiusbymember(words: list[bytes]) -> Plan:
    """GEOSEARCH key FROMMEMBER member BYRADIUS radius unit ..."""
    if not (len(words) > 4 and _is_plain(words[3:])):
        return custom(words, raw.coordinates)
    return _search(words, [b"FROMMEMBER", words[2]], words[3:])


geo.mapper("GEORADIUS_RO")(georadius)
geo.mapper("GEORADIUSBYMEMBER_RO")(georadiusbymember)


def _search(words: list[bytes], centre: list[bytes], rest: Sequence[bytes]) -> Plan:
    search = [words[1], *centre, b"BYRADIUS", *rest]
    if hazards.geosearch_misled([b"GEOSEARCH", *search]):
        return custom(words, raw.coordinates)
    return Plan(words, (RequestType.GeoSearch, search), raw.places)


def _is_plain(rest: Sequence[bytes]) -> bool:
    """Whether ``radius unit [option ...]`` is well-formed, and stores nothing."""
    radius, unit, *options = rest
    if not _NUMBER.fullmatch(radius) or radius.startswith(b"-") or unit.upper() not in _UNITS:
        return False
    return _OPTIONS.fullmatch(b"".join(b" " + option for option in options).upper()) is not None


def _within(word: bytes, limit: float) -> bool:
    return _NUMBER.fullmatch(word) is not None and abs(float(word)) <= limit
