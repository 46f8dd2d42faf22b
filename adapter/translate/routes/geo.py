"""Routes of the geo commands.

The GEORADIUS family keeps its own spelling: GEOSEARCH differs from it in the errors, and in STORE.
"""

from glide_shared.request_type import RequestType

from adapter.translate import hazards, raw
from adapter.translate.table import Table

geo = Table()

geo.row("GEOADD", RequestType.GeoAdd)
geo.row("GEODIST", RequestType.GeoDist, raw.distance_text)
geo.row("GEOHASH", RequestType.GeoHash)
geo.row("GEOPOS", RequestType.GeoPos)
geo.row("GEOSEARCH", RequestType.GeoSearch, raw.places, unless=hazards.geosearch_misled)
geo.row("GEOSEARCHSTORE", RequestType.GeoSearchStore)

geo.custom(
    "GEORADIUS, GEORADIUS_RO, GEORADIUSBYMEMBER, GEORADIUSBYMEMBER_RO",
    "their request types abort the process, and GEOSEARCH is not the same",
    raw.coordinates,
)
