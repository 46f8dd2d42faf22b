"""Routes of the array commands, which no Valkey server has."""

from adapter.translate.table import Table

arrays = Table()

arrays.custom(
    "ARCOUNT, ARDEL, ARDELRANGE, ARGET, ARGETRANGE, ARGREP, ARINFO, ARINSERT, ARLASTITEMS, ARLEN, "
    "ARMGET, ARMSET, ARNEXT, AROP, ARRING, ARSCAN, ARSEEK, ARSET",
    "newer than GLIDE's request types",
)
