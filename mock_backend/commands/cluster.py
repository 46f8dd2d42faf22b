"""CLUSTER, as far as it only asks, and what a connection says to a cluster's node.

A server that is no node of a cluster knows every subcommand, with its words and facts, and says
that cluster support is disabled, HELP as well (cluster.c, clusterCommand).  What changes slots is
in cluster_slots.py, what changes nodes in cluster_nodes.py.
"""

from __future__ import annotations

from typing import Final

from mock_backend import errors
from mock_backend.commands.cluster_help import TEXTS
from mock_backend.errors import cluster as cluster_errors
from mock_backend.kernel.cluster import reports
from mock_backend.kernel.cluster.node import Node
from mock_backend.kernel.cluster.slots import SLOTS, slot_of
from mock_backend.kernel.cluster.view import View
from mock_backend.kernel.context import Context
from mock_backend.profile import Since
from mock_backend.replies import OK, Reply, Simple, Verbatim
from mock_backend.schema import types
from mock_backend.schema.command import Table

cluster = Table("cluster", "")
cluster.container("CLUSTER", since="3.0.0", summary="A container for Cluster commands.")
cluster_mode = Table("cluster", "connection")

ADMIN: Final = "admin no_async_loading stale"
_ADMIN_STALE: Final = "admin stale"
_ROLES_WITHOUT_CLUSTER: Final = Since("valkey-8.0.0")
"""Since then READONLY means something to a replica outside a cluster, too."""
_OLDEST_FIRST: Final = Since("8.0.0")
_HELPS_ANEW: Final = Since("valkey-8.0.0")


def node(ctx: Context) -> View:
    """This server as a node of a cluster.  Errors: it is none."""
    if ctx.kernel.cluster is None:
        raise errors.cluster_disabled()
    return ctx.kernel.cluster


def known(view: View, node_id: bytes) -> Node:
    """The node of that name.  Errors: there is none."""
    found = view.nodes.get(node_id.decode("utf-8", "replace"))
    if found is None:
        raise cluster_errors.unknown_node(errors.echo(node_id))
    return found


@cluster_mode.command("READONLY", flags="loading stale fast", since="3.0.0")
def readonly(ctx: Context) -> Reply:
    """Enables read-only queries for a connection to a replica."""
    _prefer_reading(ctx, True)
    return OK


@cluster_mode.command("READWRITE", flags="loading stale fast", since="3.0.0")
def readwrite(ctx: Context) -> Reply:
    """Enables read-write queries for a connection to a replica."""
    _prefer_reading(ctx, False)
    return OK


def _prefer_reading(ctx: Context, wanted: bool) -> None:
    if ctx.kernel.cluster is None and not ctx.kernel.profile.has(_ROLES_WITHOUT_CLUSTER):
        raise errors.cluster_disabled()
    ctx.session.reads_only = wanted


@cluster_mode.command("ASKING", flags="fast", since="3.0.0")
def asking(ctx: Context) -> Reply:
    """Signals that a cluster client follows an -ASK redirection."""
    node(ctx)
    ctx.session.asking = True
    return OK


@cluster.command(
    "CLUSTER COUNT-FAILURE-REPORTS node-id", flags=_ADMIN_STALE, since="3.0.0", container="CLUSTER"
)
def count_failure_reports(ctx: Context, node_id: bytes) -> Reply:
    """Returns the number of active failure reports active for a node."""
    known(node(ctx), node_id)
    return 0


@cluster.command("CLUSTER COUNTKEYSINSLOT slot", flags="stale", since="3.0.0", container="CLUSTER")
def countkeysinslot(ctx: Context, slot: bytes) -> Reply:
    """Returns the number of keys in a hash slot."""
    view = node(ctx)
    number = types.integer(slot)
    if not 0 <= number < SLOTS:
        raise errors.err("Invalid slot")
    return len(view.keys.of(number))


@cluster.command(
    "CLUSTER GETKEYSINSLOT slot count", flags="stale", since="3.0.0", container="CLUSTER"
)
def getkeysinslot(ctx: Context, slot: bytes, count: bytes) -> Reply:
    """Returns the key names in a hash slot."""
    view = node(ctx)
    number, most = types.integer(slot), types.integer(count)
    if not 0 <= number < SLOTS or most < 0:
        raise errors.err("Invalid slot or number of keys")
    keys = view.keys.of(number)
    return list(keys if ctx.kernel.profile.has(_OLDEST_FIRST) else reversed(keys))[:most]


@cluster.command("CLUSTER HELP", flags="loading stale", since="5.0.0", container="CLUSTER")
def help_(ctx: Context) -> Reply:
    """Returns helpful text about the different subcommands."""
    node(ctx)
    text = TEXTS[ctx.kernel.profile.has(_HELPS_ANEW)]
    return [Simple(line.encode()) for line in text.strip().splitlines()]


@cluster.command(
    "CLUSTER INFO", flags="loading@valkey-8.0.0 stale", since="3.0.0", container="CLUSTER"
)
def info(ctx: Context) -> Reply:
    """Returns information about the state of a node."""
    fields = reports.info(node(ctx))
    return Verbatim("".join(f"{name}:{value}\r\n" for name, value in fields).encode())


@cluster.command("CLUSTER KEYSLOT key:bytes", flags="stale", since="3.0.0", container="CLUSTER")
def keyslot(ctx: Context, key: bytes) -> Reply:
    """Returns the hash slot for a key."""
    node(ctx)
    return slot_of(key)


@cluster.command("CLUSTER LINKS", flags="stale", since="7.0.0", container="CLUSTER")
def links(ctx: Context) -> Reply:
    """Returns a list of all TCP links to and from peer nodes."""
    return reports.links(node(ctx))


@cluster.command(
    "CLUSTER MYID", flags="loading@valkey-8.0.0 stale", since="3.0.0", container="CLUSTER"
)
def myid(ctx: Context) -> Reply:
    """Returns the ID of a node."""
    return node(ctx).me.id.encode()


@cluster.command(
    "CLUSTER MYSHARDID", flags="loading@valkey-8.0.0 stale", since="7.2.0", container="CLUSTER"
)
def myshardid(ctx: Context) -> Reply:
    """Returns the shard ID of a node."""
    return node(ctx).me.shard_id.encode()


@cluster.command(
    "CLUSTER NODES", flags="loading@valkey-8.0.0 stale", since="3.0.0", container="CLUSTER"
)
def nodes(ctx: Context) -> Reply:
    """Returns the cluster configuration for a node."""
    view = node(ctx)
    lines = (reports.description(view, each) for each in view.nodes.values())
    return Verbatim("".join(f"{line}\n" for line in lines).encode())


@cluster.command("CLUSTER REPLICAS node-id", flags=_ADMIN_STALE, since="5.0.0", container="CLUSTER")
def replicas(ctx: Context, node_id: bytes) -> Reply:
    """Lists the replica nodes of a primary node."""
    return _replicas(ctx, node_id)


@cluster.command("CLUSTER SHARDS", flags="loading@7.2.0 stale", since="7.0.0", container="CLUSTER")
def shards(ctx: Context) -> Reply:
    """Returns the mapping of cluster slots to shards."""
    return reports.shards(node(ctx))


@cluster.command("CLUSTER SLAVES node-id", flags=_ADMIN_STALE, since="3.0.0", container="CLUSTER")
def slaves(ctx: Context, node_id: bytes) -> Reply:
    """Lists the replica nodes of a primary node."""
    return _replicas(ctx, node_id)


def _replicas(ctx: Context, node_id: bytes) -> Reply:
    view = node(ctx)
    primary = known(view, node_id)
    if primary.primary is not None:
        raise errors.err("The specified node is not a master")
    return [reports.description(view, each).encode() for each in view.replicas_of(primary)]


@cluster.command("CLUSTER SLOTS", flags="loading@7.2.0 stale", since="3.0.0", container="CLUSTER")
def slots(ctx: Context) -> Reply:
    """Returns the mapping of cluster slots to nodes."""
    return reports.slots(node(ctx))
