"""Every redis command and its way into GLIDE: the groups joined, each command named once.

``route`` is the question everybody asks; ``resolve`` is its first half, for callers who ask about
the same name again and again.  A command that no group knows travels as it is.
"""

from __future__ import annotations

from typing import Any

from redis.exceptions import DataError

from adapter.translate import raw
from adapter.translate.plan import Lane, Plan
from adapter.translate.routes.acl import acl
from adapter.translate.routes.arrays import arrays
from adapter.translate.routes.bitmaps import bitmaps
from adapter.translate.routes.cluster import cluster
from adapter.translate.routes.connection import connection
from adapter.translate.routes.geo import geo
from adapter.translate.routes.hashes import hashes
from adapter.translate.routes.hyperloglog import hyperloglog
from adapter.translate.routes.keys import keys
from adapter.translate.routes.lists import lists
from adapter.translate.routes.modules import KNOWN_MODULES, modules
from adapter.translate.routes.pubsub import pubsub
from adapter.translate.routes.scripting import scripting
from adapter.translate.routes.server import server
from adapter.translate.routes.sets import sets
from adapter.translate.routes.sorted_sets import sorted_sets
from adapter.translate.routes.streams import streams
from adapter.translate.routes.strings import strings
from adapter.translate.routes.transactions import transactions
from adapter.translate.routes.vector_sets import vector_sets
from adapter.translate.table import Router, Table, custom

GROUPS: dict[str, Table] = {
    "acl": acl,
    "arrays": arrays,
    "bitmaps": bitmaps,
    "cluster": cluster,
    "connection": connection,
    "geo": geo,
    "hashes": hashes,
    "hyperloglog": hyperloglog,
    "keys": keys,
    "lists": lists,
    "modules": modules,
    "pubsub": pubsub,
    "scripting": scripting,
    "server": server,
    "sets": sets,
    "sorted_sets": sorted_sets,
    "streams": streams,
    "strings": strings,
    "transactions": transactions,
    "vector_sets": vector_sets,
}


def join(groups: dict[str, Table]) -> dict[bytes, Router]:
    """All routes by name (``b"GET"``, ``b"CONFIG GET"``).

    Errors: ``ValueError`` if two groups name the same command.
    """
    joined: dict[bytes, Router] = {}
    for group, table in groups.items():
        for name, router in table.routes.items():
            if name in joined:
                raise ValueError(f"{name.decode()} of {group} has a route already")
            joined[name] = router
    return joined


ROUTES = join(GROUPS)
CUSTOMS = {name: why for table in GROUPS.values() for name, why in table.customs.items()}
"""The commands that travel without a typed request, and why."""
_REGULAR = {
    name.decode(): known for table in GROUPS.values() for name, known in table.regular.items()
}
REGULAR = {name: request_type for name, (request_type, _) in _REGULAR.items()}
"""The request types of the commands whose words travel as they are, among everybody's, and whose
replies mean the same to GLIDE and to redis-py if they are bytes, an integer or None; by their names
as redis-py says them.
"""
UNDONE = {name: undo for name, (_, undo) in _REGULAR.items() if undo is not raw.plain}
"""How other replies are undone; those of all others by ``raw.plain``."""

_CONTAINERS = frozenset(name.partition(b" ")[0] for name in ROUTES if b" " in name)
RESOLVED: dict[str | bytes, tuple[list[bytes], Router]] = {}
"""What ``resolve`` has found out, for whoever asks with every command."""
_RESOLVED_AT_MOST = 4096


def route(words: list[bytes]) -> Plan:
    """The plan of a command given as encoded words, name first.

    Errors: ``RedisError`` with advice for what a shared client cannot run (MULTI, SUBSCRIBE ...).
    """
    name, router = _find(words)
    return router(words, name)


def resolve(name: Any) -> tuple[list[bytes], Router]:
    """The words of ``name`` (redis-py's ``"CONFIG GET"`` is two), and the router of such commands.

    Errors: ``DataError`` for a name without any word, which redis-py would wait on for ever.
    """
    if type(name) is not str and isinstance(name, (bytearray, memoryview)):
        name = bytes(name)
    known = RESOLVED.get(name)
    if known is not None:
        return known
    # as redis-py's packer splits it: text at any white space, bytes if there is a blank
    head = name.encode().split() if isinstance(name, str) else [name]
    if head == [name] and b" " in name:
        head = name.split()
    if not head:
        raise DataError("A command needs a name")
    whole = b" ".join(head).upper()
    router = _whole if whole in _CONTAINERS else _find(head)[1]
    # "GET k1" is one of a kind: such names would soon fill the table
    if (whole in ROUTES or whole in _CONTAINERS) and len(RESOLVED) < _RESOLVED_AT_MOST:
        RESOLVED[name] = (head, router)
    return head, router


def _whole(words: list[bytes], said: Any) -> Plan:
    """A container called by its bare name: the next word decides."""
    return _find(words)[1](words, said)


def _find(words: list[bytes]) -> tuple[str, Router]:
    """The command's own name and its router; the server refuses an unknown subcommand."""
    name = words[0].upper()
    if name in _CONTAINERS and len(words) > 1:
        name = name + b" " + words[1].upper()
    return name.decode("utf-8", "replace"), ROUTES.get(name, _as_it_is)


def _as_it_is(words: list[bytes], said: Any) -> Plan:
    """Over RESP2, unless the module is known: nobody can say what an unknown one answers with."""
    known = words[0].upper().startswith(KNOWN_MODULES)
    return custom(words, lane=Lane.SHARED if known else Lane.PLAIN, name=said)
