"""Routes of the HyperLogLog commands."""

from glide_shared.request_type import RequestType

from adapter.translate import raw
from adapter.translate.table import Table

hyperloglog = Table()

hyperloglog.row("PFADD", RequestType.PfAdd, raw.flag)
hyperloglog.row("PFCOUNT", RequestType.PfCount)
hyperloglog.row("PFMERGE", RequestType.PfMerge)
hyperloglog.custom(
    "PFDEBUG, PFSELFTEST", "the server's own tests; GLIDE has no request types for them"
)
