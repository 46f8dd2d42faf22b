"""Routes of the vector sets, which no Valkey server has."""

from adapter.translate.table import Table

vector_sets = Table()

vector_sets.custom(
    "VADD, VCARD, VDIM, VEMB, VGETATTR, VINFO, VISMEMBER, VLINKS, VRANDMEMBER, VRANGE, VREM, "
    "VSETATTR, VSIM",
    "newer than GLIDE's request types",
)
