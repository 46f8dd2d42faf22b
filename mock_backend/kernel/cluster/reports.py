"""What a node says of its cluster: CLUSTER NODES, SLOTS, SHARDS, LINKS and INFO.  Source: cluster.c
(clusterGenNodeDescription, clusterReplyMultiBulkSlots, clusterCommand).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from mock_backend.profile import Since
from mock_backend.replies import Pairs, Reply

if TYPE_CHECKING:
    from mock_backend.kernel.cluster.node import Node
    from mock_backend.kernel.cluster.view import View

_SHARES_SHARD: Final = Since("7.2.0")
"""Nodes of a shard know that they are, also while none of them leads."""


def description(view: View, node: Node) -> str:
    """The line of CLUSTER NODES."""
    hostname = f",{node.hostname}" if node.hostname else ""
    here = node is view.me
    flags = ["myself"] if here else []
    flags.append("master" if node.primary is None else "slave")
    if node.down:
        flags.append("fail")
    if node.view.kernel.config.flag("cluster-replica-no-failover"):
        flags.append("nofailover")
    now_ms = view.kernel.space.now_ms
    words = [
        node.id,
        f"{node.host}:{node.port}@{node.bus_port}{hostname}",
        ",".join(flags),
        "-" if node.primary is None else node.primary.id,
        str(now_ms if node.down else 0),
        str(0 if here else now_ms),
        str(node.epoch),
        "disconnected" if node.down else "connected",
    ]
    words += [_range(*each) for each in view.ranges_of(node)]
    if here:
        words += [f"[{slot}->-{to.id}]" for slot, to in sorted(view.migrating.items())]
        words += [f"[{slot}-<-{of.id}]" for slot, of in sorted(view.importing.items())]
    return " ".join(words)


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def slots(view: View) -> list[Reply]:
    """``[first, last, primary, replica, ...]`` of each range, in the order of the slots."""
    rows = [
        (first, last, node)
        for node in view.nodes.values()
        if node.primary is None
        for first, last in view.ranges_of(node)
    ]
    return [
        [
            first,
            last,
            _place(view, node),
            *(_place(view, each) for each in view.replicas_of(node) if not each.down),
        ]
        for first, last, node in sorted(rows, key=lambda row: row[0])
    ]


def _place(view: View, node: Node) -> Reply:
    """``[endpoint, port, name, {what else is known of where it is}]``."""
    endpoint = view.endpoint(node)
    preferred = view.kernel.config.text("cluster-preferred-endpoint-type")
    more = Pairs()
    if preferred != "ip":
        more.append((b"ip", node.host.encode()))
    if preferred != "hostname" and node.hostname:
        more.append((b"hostname", node.hostname.encode()))
    return [None if endpoint is None else endpoint.encode(), node.port, node.id.encode(), more]


def shards(view: View) -> list[Reply]:
    """Each primary with its slots, and the nodes that have the same data."""
    groups: dict[str, list[Node]] = {}
    shared = view.kernel.profile.has(_SHARES_SHARD)
    for node in sorted(view.nodes.values(), key=lambda node: node.primary is not None):
        groups.setdefault(node.shard_id if shared else node.head.id, []).append(node)
    return [
        Pairs(
            [
                (
                    b"slots",
                    [edge for node in nodes for each in view.ranges_of(node) for edge in each],
                ),
                (b"nodes", [_member(view, node) for node in nodes]),
            ]
        )
        for nodes in groups.values()
    ]


def _member(view: View, node: Node) -> Pairs:
    kernel = node.view.kernel
    endpoint = view.endpoint(node)
    pairs = Pairs(
        [
            (b"id", node.id.encode()),
            (b"port", node.port),
            (b"ip", node.host.encode()),
            (b"endpoint", (endpoint or "").encode()),
        ]
    )
    if node.hostname:
        pairs.append((b"hostname", node.hostname.encode()))
    following = kernel.replication.following
    loading = following is not None and not following.up
    health = b"fail" if node.down else b"loading" if loading else b"online"
    pairs += [
        (b"role", b"master" if node.primary is None else b"replica"),
        (b"replication-offset", 0 if loading else kernel.replication.offset),
        (b"health", health),
    ]
    return pairs


def links(view: View) -> list[Reply]:
    """Two connections with each node that runs: one of this node's own, and one of theirs."""
    return [
        Pairs(
            [
                (b"direction", direction),
                (b"node", other.me.id.encode()),
                (b"create-time", max(view.me.joined_ms, other.me.joined_ms)),
                (b"events", b"r"),
                (b"send-buffer-allocated", 0),
                (b"send-buffer-used", 0),
            ]
        )
        for other in view.bus.others(view)
        for direction in (b"to", b"from")
    ]


def info(view: View) -> Iterator[tuple[str, object]]:
    """The fields of CLUSTER INFO."""
    owners = [owner for owner in view.owners if owner is not None]
    failed = sum(owner.down for owner in owners)
    yield "cluster_state", "ok" if view.is_ok else "fail"
    yield "cluster_slots_assigned", len(owners)
    yield "cluster_slots_ok", len(owners) - failed
    yield "cluster_slots_pfail", 0
    yield "cluster_slots_fail", failed
    yield "cluster_known_nodes", len(view.nodes)
    yield "cluster_size", len(view.leaders)
    yield "cluster_current_epoch", view.current_epoch
    yield "cluster_my_epoch", view.me.epoch
    yield "cluster_stats_messages_sent", 0
    yield "cluster_stats_messages_received", 0
    yield "total_cluster_links_buffer_limit_exceeded", 0
