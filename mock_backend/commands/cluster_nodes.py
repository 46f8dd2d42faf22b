"""CLUSTER, as far as it says which nodes belong together, and who leads.

Source: cluster.c (clusterCommand).
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

from mock_backend import errors
from mock_backend.commands.cluster import ADMIN, known, node
from mock_backend.kernel.cluster.node import BUS_OFFSET
from mock_backend.kernel.context import Context
from mock_backend.profile import Since
from mock_backend.replies import OK, Reply, ReplyError, Simple
from mock_backend.schema import types
from mock_backend.schema.command import Table

cluster_nodes = Table("cluster", "")

_FORGETS_TOGETHER: Final = Since("7.2.0")
"""Whom one node forgets the others forget, too."""
_STAYS_CONNECTED: Final = Since("valkey-8.0.0")
"""A replica that is told to follow its own primary does nothing."""
_FORGOTTEN_MS: Final = 60_000
_HIGHEST_PORT: Final = 65_535


@cluster_nodes.command("CLUSTER BUMPEPOCH", flags=ADMIN, since="3.0.0", container="CLUSTER")
def bumpepoch(ctx: Context) -> Reply:
    """Advances the cluster config epoch."""
    view = node(ctx)
    bumped = view.bump_epoch()
    if bumped:
        view.bus.announce(view)
    return Simple(f"{'BUMPED' if bumped else 'STILL'} {view.me.config_epoch}".encode())


@cluster_nodes.command(
    "CLUSTER FAILOVER [arg ...]", flags=ADMIN, since="3.0.0", container="CLUSTER"
)
def failover(ctx: Context, args: list[bytes]) -> Reply:
    """Forces a replica to perform a manual failover of its primary."""
    view = node(ctx)
    if len(args) > 1:
        raise errors.MisplacedWords
    by_force = bool(args)
    if by_force and args[0].lower() not in {b"force", b"takeover"}:
        raise errors.syntax()
    primary = view.me.primary
    if primary is None:
        raise errors.err("You should send CLUSTER FAILOVER to a replica")
    if by_force:
        ctx.kernel.later(lambda: view.kernel.aside(view.takeover.perform))
        return OK
    if primary.down:
        raise errors.err("Master is down or failed, please use CLUSTER FAILOVER FORCE")
    view.takeover.begin()
    return OK


@cluster_nodes.command("CLUSTER FORGET node-id", flags=ADMIN, since="3.0.0", container="CLUSTER")
def forget(ctx: Context, node_id: bytes) -> Reply:
    """Removes a node from the nodes table."""
    view = node(ctx)
    together = ctx.kernel.profile.has(_FORGETS_TOGETHER)
    until_ms = view.forgotten.get(node_id.decode("utf-8", "replace"), 0)
    if together and node_id.decode("utf-8", "replace") not in view.nodes and until_ms > ctx.now:
        return OK  # another node has heard of it first
    other = known(view, node_id)
    if other is view.me:
        raise errors.err("I tried hard but I can't forget myself...")
    if other is view.me.primary:
        raise errors.err("Can't forget my master!")
    until_ms = ctx.now + _FORGOTTEN_MS
    view.forget(other, until_ms)
    if together:
        view.bus.gossip_forgotten(view, other, until_ms)
    return OK


@cluster_nodes.command(
    "CLUSTER MEET ip port [cluster-bus-port]", flags=ADMIN, since="3.0.0", container="CLUSTER"
)
def meet(ctx: Context, ip: bytes, port: bytes, cluster_bus_port: bytes | None) -> Reply:
    """Forces a node to handshake with another node.

    Whoever is no node of this process is never met, as if nobody answered there.
    """
    view = node(ctx)
    number = _port("base", port)
    bus = number + BUS_OFFSET if cluster_bus_port is None else _port("bus", cluster_bus_port)
    host = ip.decode("utf-8", "replace")
    if not (_is_address(host) and 0 < number <= _HIGHEST_PORT and 0 < bus <= _HIGHEST_PORT):
        shown = f"{errors.echo(ip)}:{errors.echo(port)}"
        raise errors.err(f"Invalid node address specified: {shown}")
    other = view.bus.at(host, number)
    if other is not None and other is not view:
        view.bus.meet(view, other)
    return OK


def _port(which: str, word: bytes) -> int:
    try:
        return types.integer(word)
    except ReplyError:
        shown = errors.echo(word)
        raise errors.err(f"Invalid {which} port specified: {shown}").before(
            "7.2.0", errors.err(f"Invalid TCP {which} port specified: {shown}")
        ) from None


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@cluster_nodes.command(
    "CLUSTER REPLICATE node-id [one@valkey-9.0.0]", flags=ADMIN, since="3.0.0", container="CLUSTER"
)
def replicate(ctx: Context, node_id: bytes, one: bytes | None) -> Reply:
    """Configures a node as replica of a primary node or detaches a replica from its primary."""
    view = node(ctx)
    if one is not None:
        if (node_id.upper(), one.upper()) != (b"NO", b"ONE"):
            raise errors.syntax()
        if view.me.primary is not None:
            view.reset(hard=False)
        return OK
    primary = known(view, node_id)
    if primary is view.me:
        raise errors.err("Can't replicate myself")
    if primary.primary is not None:
        raise errors.err("I can only replicate a master, not a replica.")
    if view.me.primary is None and (view.owns_any(view.me) or len(ctx.db)):
        raise errors.err("To set a master the node must be empty and without assigned slots.")
    if view.me.primary is not primary or not ctx.kernel.profile.has(_STAYS_CONNECTED):
        view.follow(primary)
    return OK


@cluster_nodes.command(
    "CLUSTER RESET [arg ...]", flags="admin noscript stale", since="3.0.0", container="CLUSTER"
)
def reset(ctx: Context, args: list[bytes]) -> Reply:
    """Resets a node."""
    view = node(ctx)
    if len(args) > 1:
        raise errors.MisplacedWords
    if args and args[0].lower() not in {b"hard", b"soft"}:
        raise errors.syntax()
    if view.me.primary is None and len(ctx.db):
        raise errors.err("CLUSTER RESET can't be called with master nodes containing keys")
    view.reset(hard=bool(args) and args[0].lower() == b"hard")
    return OK


@cluster_nodes.command("CLUSTER SAVECONFIG", flags=ADMIN, since="3.0.0", container="CLUSTER")
def saveconfig(ctx: Context) -> Reply:
    """Forces a node to save the cluster configuration to disk.

    There is no file: a node is what its MockCluster knows.
    """
    node(ctx)
    return OK


@cluster_nodes.command(
    "CLUSTER SET-CONFIG-EPOCH config-epoch", flags=ADMIN, since="3.0.0", container="CLUSTER"
)
def set_config_epoch(ctx: Context, config_epoch: bytes) -> Reply:
    """Sets the configuration epoch for a new node."""
    view = node(ctx)
    epoch = types.integer(config_epoch)
    if epoch < 0:
        raise errors.err(f"Invalid config epoch specified: {epoch}")
    if len(view.nodes) > 1:
        raise errors.err(
            "The user can assign a config epoch only when the node does not know any other node."
        )
    if view.me.config_epoch:
        raise errors.err("Node config epoch is already non-zero")
    view.me.config_epoch = epoch
    view.current_epoch = max(view.current_epoch, epoch)
    return OK
