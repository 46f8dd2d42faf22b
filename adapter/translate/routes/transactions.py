"""Transactions are no commands of a shared client: everybody's commands would fall into them."""

from glide_shared.request_type import RequestType

from adapter.translate.plan import Lane
from adapter.translate.table import Table

transactions = Table()

# nothing is ever watched on a shared connection, so UNWATCH is a harmless OK, as on a fresh
# connection of a pool
transactions.row("UNWATCH", RequestType.UnWatch, lane=Lane.SESSION)

transactions.refuse("MULTI", "MULTI would bind the shared connection; use pipeline()")
transactions.refuse("EXEC", "EXEC would bind the shared connection; use pipeline()")
transactions.refuse("DISCARD", "DISCARD would bind the shared connection; use pipeline()")
transactions.refuse(
    "WATCH", "WATCH would bind the shared connection; use pipeline() and its watch()"
)
