"""CLUSTER and what a connection says to a cluster's node.

This server is no node of a cluster: every subcommand is known, with its words and facts, and says
that cluster support is disabled, HELP as well (cluster.c, clusterCommand).
"""

from __future__ import annotations

from typing import Final

from mock_backend import errors
from mock_backend.kernel.context import Context
from mock_backend.profile import Since
from mock_backend.replies import OK, Reply
from mock_backend.schema.command import Table

cluster = Table("cluster", "")
cluster.container("CLUSTER", since="3.0.0", summary="A container for Cluster commands.")
cluster_mode = Table("cluster", "connection")

_ADMIN: Final = "admin no_async_loading stale"
_ADMIN_STALE: Final = "admin stale"
_ROLES_WITHOUT_CLUSTER: Final = Since("valkey-8.0.0")
"""Since then READONLY means something to a replica outside a cluster, too."""


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
    if not ctx.kernel.profile.has(_ROLES_WITHOUT_CLUSTER):
        raise errors.cluster_disabled()
    ctx.session.reads_only = wanted


@cluster_mode.command("ASKING", flags="fast", since="3.0.0")
def asking(ctx: Context) -> Reply:
    """Signals that a cluster client follows an -ASK redirection."""
    raise errors.cluster_disabled()


@cluster.command(
    "CLUSTER ADDSLOTS slot [slot ...]", flags=_ADMIN, since="3.0.0", container="CLUSTER"
)
def addslots(ctx: Context, slots: list[bytes]) -> Reply:
    """Assigns new hash slots to a node."""
    raise errors.cluster_disabled()


@cluster.command(
    "CLUSTER ADDSLOTSRANGE ranges=start-slot end-slot [start-slot end-slot ...]",
    flags=_ADMIN,
    since="7.0.0",
    container="CLUSTER",
)
def addslotsrange(ctx: Context, ranges: list[bytes]) -> Reply:
    """Assigns new hash slot ranges to a node."""
    raise errors.cluster_disabled()


@cluster.command("CLUSTER BUMPEPOCH", flags=_ADMIN, since="3.0.0", container="CLUSTER")
def bumpepoch(ctx: Context) -> Reply:
    """Advances the cluster config epoch."""
    raise errors.cluster_disabled()


@cluster.command(
    "CLUSTER CANCELSLOTMIGRATIONS", flags=_ADMIN, since="valkey-9.0.0", container="CLUSTER"
)
def cancelslotmigrations(ctx: Context) -> Reply:
    """Cancel all current ongoing slot migration operations."""
    raise errors.cluster_disabled()


@cluster.command(
    "CLUSTER COUNT-FAILURE-REPORTS node-id", flags=_ADMIN_STALE, since="3.0.0", container="CLUSTER"
)
def count_failure_reports(ctx: Context, node_id: bytes) -> Reply:
    """Returns the number of active failure reports active for a node."""
    raise errors.cluster_disabled()


@cluster.command("CLUSTER COUNTKEYSINSLOT slot", flags="stale", since="3.0.0", container="CLUSTER")
def countkeysinslot(ctx: Context, slot: bytes) -> Reply:
    """Returns the number of keys in a hash slot."""
    raise errors.cluster_disabled()


@cluster.command(
    "CLUSTER DELSLOTS slot [slot ...]", flags=_ADMIN, since="3.0.0", container="CLUSTER"
)
def delslots(ctx: Context, slots: list[bytes]) -> Reply:
    """Sets hash slots as unbound for a node."""
    raise errors.cluster_disabled()


@cluster.command(
    "CLUSTER DELSLOTSRANGE ranges=start-slot end-slot [start-slot end-slot ...]",
    flags=_ADMIN,
    since="7.0.0",
    container="CLUSTER",
)
def delslotsrange(ctx: Context, ranges: list[bytes]) -> Reply:
    """Sets hash slot ranges as unbound for a node."""
    raise errors.cluster_disabled()


@cluster.command("CLUSTER FAILOVER [arg ...]", flags=_ADMIN, since="3.0.0", container="CLUSTER")
def failover(ctx: Context, args: list[bytes]) -> Reply:
    """Forces a replica to perform a manual failover of its primary."""
    raise errors.cluster_disabled()


@cluster.command(
    "CLUSTER FLUSHSLOT slot [mode]",
    flags="admin no_async_loading write",
    since="valkey-9.0.0",
    categories="keyspace",
    container="CLUSTER",
)
def flushslot(ctx: Context, slot: bytes, mode: bytes | None) -> Reply:
    """Removes all keys from the target slot."""
    raise errors.cluster_disabled()


@cluster.command("CLUSTER FLUSHSLOTS", flags=_ADMIN, since="3.0.0", container="CLUSTER")
def flushslots(ctx: Context) -> Reply:
    """Deletes all slots information from a node."""
    raise errors.cluster_disabled()


@cluster.command("CLUSTER FORGET node-id", flags=_ADMIN, since="3.0.0", container="CLUSTER")
def forget(ctx: Context, node_id: bytes) -> Reply:
    """Removes a node from the nodes table."""
    raise errors.cluster_disabled()


@cluster.command(
    "CLUSTER GETKEYSINSLOT slot count", flags="stale", since="3.0.0", container="CLUSTER"
)
def getkeysinslot(ctx: Context, slot: bytes, count: bytes) -> Reply:
    """Returns the key names in a hash slot."""
    raise errors.cluster_disabled()


@cluster.command(
    "CLUSTER GETSLOTMIGRATIONS", flags=_ADMIN, since="valkey-9.0.0", container="CLUSTER"
)
def getslotmigrations(ctx: Context) -> Reply:
    """Gets the status of ongoing and recently finished slot import and export operations."""
    raise errors.cluster_disabled()


@cluster.command("CLUSTER HELP", flags="loading stale", since="5.0.0", container="CLUSTER")
def help_(ctx: Context) -> Reply:
    """Returns helpful text about the different subcommands."""
    raise errors.cluster_disabled()


@cluster.command(
    "CLUSTER INFO", flags="loading@valkey-8.0.0 stale", since="3.0.0", container="CLUSTER"
)
def info(ctx: Context) -> Reply:
    """Returns information about the state of a node."""
    raise errors.cluster_disabled()


@cluster.command("CLUSTER KEYSLOT key:bytes", flags="stale", since="3.0.0", container="CLUSTER")
def keyslot(ctx: Context, key: bytes) -> Reply:
    """Returns the hash slot for a key."""
    raise errors.cluster_disabled()


@cluster.command("CLUSTER LINKS", flags="stale", since="7.0.0", container="CLUSTER")
def links(ctx: Context) -> Reply:
    """Returns a list of all TCP links to and from peer nodes."""
    raise errors.cluster_disabled()


@cluster.command(
    "CLUSTER MEET ip port [cluster-bus-port]", flags=_ADMIN, since="3.0.0", container="CLUSTER"
)
def meet(ctx: Context, ip: bytes, port: bytes, cluster_bus_port: bytes | None) -> Reply:
    """Forces a node to handshake with another node."""
    raise errors.cluster_disabled()


@cluster.command(
    "CLUSTER MIGRATESLOTS arg [arg ...]",
    flags=_ADMIN,
    since="valkey-9.0.0",
    arity=-4,
    container="CLUSTER",
)
def migrateslots(ctx: Context, args: list[bytes]) -> Reply:
    """Migrate the given slots from this node to the specified nodes."""
    raise errors.cluster_disabled()


@cluster.command(
    "CLUSTER MYID", flags="loading@valkey-8.0.0 stale", since="3.0.0", container="CLUSTER"
)
def myid(ctx: Context) -> Reply:
    """Returns the ID of a node."""
    raise errors.cluster_disabled()


@cluster.command(
    "CLUSTER MYSHARDID", flags="loading@valkey-8.0.0 stale", since="7.2.0", container="CLUSTER"
)
def myshardid(ctx: Context) -> Reply:
    """Returns the shard ID of a node."""
    raise errors.cluster_disabled()


@cluster.command(
    "CLUSTER NODES", flags="loading@valkey-8.0.0 stale", since="3.0.0", container="CLUSTER"
)
def nodes(ctx: Context) -> Reply:
    """Returns the cluster configuration for a node."""
    raise errors.cluster_disabled()


@cluster.command("CLUSTER REPLICAS node-id", flags=_ADMIN_STALE, since="5.0.0", container="CLUSTER")
def replicas(ctx: Context, node_id: bytes) -> Reply:
    """Lists the replica nodes of a primary node."""
    raise errors.cluster_disabled()


@cluster.command(
    "CLUSTER REPLICATE node-id [one@valkey-9.0.0]", flags=_ADMIN, since="3.0.0", container="CLUSTER"
)
def replicate(ctx: Context, node_id: bytes, one: bytes | None) -> Reply:
    """Configures a node as replica of a primary node or detaches a replica from its primary."""
    raise errors.cluster_disabled()


@cluster.command(
    "CLUSTER RESET [arg ...]", flags="admin noscript stale", since="3.0.0", container="CLUSTER"
)
def reset(ctx: Context, args: list[bytes]) -> Reply:
    """Resets a node."""
    raise errors.cluster_disabled()


@cluster.command("CLUSTER SAVECONFIG", flags=_ADMIN, since="3.0.0", container="CLUSTER")
def saveconfig(ctx: Context) -> Reply:
    """Forces a node to save the cluster configuration to disk."""
    raise errors.cluster_disabled()


@cluster.command(
    "CLUSTER SET-CONFIG-EPOCH config-epoch", flags=_ADMIN, since="3.0.0", container="CLUSTER"
)
def set_config_epoch(ctx: Context, config_epoch: bytes) -> Reply:
    """Sets the configuration epoch for a new node."""
    raise errors.cluster_disabled()


@cluster.command(
    "CLUSTER SETSLOT slot state [arg ...]", flags=_ADMIN, since="3.0.0", container="CLUSTER"
)
def setslot(ctx: Context, slot: bytes, state: bytes, args: list[bytes]) -> Reply:
    """Binds a hash slot to a node."""
    raise errors.cluster_disabled()


@cluster.command("CLUSTER SHARDS", flags="loading@7.2.0 stale", since="7.0.0", container="CLUSTER")
def shards(ctx: Context) -> Reply:
    """Returns the mapping of cluster slots to shards."""
    raise errors.cluster_disabled()


@cluster.command("CLUSTER SLAVES node-id", flags=_ADMIN_STALE, since="3.0.0", container="CLUSTER")
def slaves(ctx: Context, node_id: bytes) -> Reply:
    """Lists the replica nodes of a primary node."""
    raise errors.cluster_disabled()


@cluster.command(
    "CLUSTER SLOT-STATS arg [arg ...]",
    flags="loading stale",
    since="valkey-8.0.0",
    arity=-4,
    container="CLUSTER",
)
def slot_stats(ctx: Context, args: list[bytes]) -> Reply:
    """Return an array of slot usage statistics for slots assigned to the current node."""
    raise errors.cluster_disabled()


@cluster.command("CLUSTER SLOTS", flags="loading@7.2.0 stale", since="3.0.0", container="CLUSTER")
def slots(ctx: Context) -> Reply:
    """Returns the mapping of cluster slots to nodes."""
    raise errors.cluster_disabled()


@cluster.command(
    "CLUSTER SYNCSLOTS arg [arg ...]", flags=_ADMIN, since="valkey-9.0.0", container="CLUSTER"
)
def syncslots(ctx: Context, args: list[bytes]) -> Reply:
    """A container for internal slot migration commands."""
    raise errors.cluster_disabled()
