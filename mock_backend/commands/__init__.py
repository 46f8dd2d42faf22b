"""Every command, one function each, grouped as valkey.io groups them.

``COMMANDS`` is what a server is made of; a name that is defined twice is refused at import.
"""

from __future__ import annotations

from mock_backend.commands.acl import acl
from mock_backend.commands.bitmaps import bitmaps
from mock_backend.commands.call_logs import call_logs
from mock_backend.commands.clients import clients
from mock_backend.commands.cluster import cluster, cluster_mode
from mock_backend.commands.cluster_nodes import cluster_nodes
from mock_backend.commands.cluster_slots import cluster_slots
from mock_backend.commands.configuration import configuration
from mock_backend.commands.connection import connection
from mock_backend.commands.debugging import debugging
from mock_backend.commands.diagnostics import diagnostics
from mock_backend.commands.dumping import dumping
from mock_backend.commands.expiry import expiry
from mock_backend.commands.functions import functions
from mock_backend.commands.geo import geo
from mock_backend.commands.geo_searches import geo_searches
from mock_backend.commands.hash_expiry import hash_expiry
from mock_backend.commands.hashes import hashes
from mock_backend.commands.hyperloglog import hyperloglog
from mock_backend.commands.introspection import introspection
from mock_backend.commands.keys import generic
from mock_backend.commands.lists import lists
from mock_backend.commands.migrating import migrating
from mock_backend.commands.modules import modules
from mock_backend.commands.objects import objects
from mock_backend.commands.persistence import persistence
from mock_backend.commands.pubsub import pubsub
from mock_backend.commands.replication import replication
from mock_backend.commands.scripting import scripting
from mock_backend.commands.server import server
from mock_backend.commands.sets import sets
from mock_backend.commands.sorted_set_algebra import sorted_set_algebra
from mock_backend.commands.sorted_set_ranges import sorted_set_ranges
from mock_backend.commands.sorted_sets import sorted_sets
from mock_backend.commands.sorting import sorting
from mock_backend.commands.stream_groups import stream_groups
from mock_backend.commands.stream_info import stream_info
from mock_backend.commands.stream_reading import stream_reading
from mock_backend.commands.streams import streams
from mock_backend.commands.strings import strings
from mock_backend.commands.tracking_clients import tracking_clients
from mock_backend.commands.transactions import transactions
from mock_backend.commands.waits import waits
from mock_backend.schema.command import Command, Table

TABLES: tuple[Table, ...] = (
    connection,
    cluster,
    cluster_slots,
    cluster_nodes,
    cluster_mode,
    clients,
    tracking_clients,
    pubsub,
    server,
    replication,
    persistence,
    modules,
    configuration,
    diagnostics,
    call_logs,
    introspection,
    debugging,
    acl,
    sorted_sets,
    sorted_set_ranges,
    sorted_set_algebra,
    geo,
    geo_searches,
    streams,
    stream_reading,
    stream_groups,
    stream_info,
    generic,
    dumping,
    migrating,
    expiry,
    sorting,
    objects,
    waits,
    hashes,
    hash_expiry,
    bitmaps,
    hyperloglog,
    lists,
    sets,
    strings,
    transactions,
    scripting,
    functions,
)


def _joined(tables: tuple[Table, ...]) -> tuple[Command, ...]:
    commands: dict[str, Command] = {}
    for table in tables:
        for command in table:
            if command.name in commands:
                raise ValueError(f"the command {command.name!r} is defined twice")
            commands[command.name] = command
    return tuple(commands.values())


COMMANDS: tuple[Command, ...] = _joined(TABLES)
