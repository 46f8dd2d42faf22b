"""Who belongs together in a cluster's slot map; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from redis.cluster import REPLICA


def listened_at(node: Any, slots: Mapping[int, Sequence[Any]]) -> Any:
    """The node to listen at in the place of ``node``: its master, where GLIDE subscribes.

    What is published in a cluster is heard at every node.
    """
    if node.server_type != REPLICA:
        return node
    shards = {id(nodes): nodes for nodes in slots.values()}
    return next((nodes[0] for nodes in shards.values() if node in nodes), node)
