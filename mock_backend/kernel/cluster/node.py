"""A node as every other knows it: who it is, where, and whose replica.

Nodes of one cluster know everything at once, so what is true of a node stands here once; what each
believes by itself (whom it knows, which slots are whose) is in view.py.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mock_backend.kernel.cluster.view import View

BUS_OFFSET: Final = 10_000
"""The cluster bus would listen so much above the port of the clients."""


def new_id() -> str:
    """A name that nobody else has: 40 hexadecimal digits."""
    return secrets.token_hex(20)


class Node:
    """One node of a cluster."""

    def __init__(self, view: View) -> None:
        self.view = view
        """What it believes itself."""
        self.id = new_id()
        self.shard_id = new_id()
        """The same for a primary and its replicas."""
        self.primary: Node | None = None
        """Whose replica it is."""
        self.config_epoch = 0
        self.down = False
        """Whether it does not run: all others take it for failed."""
        self.down_since_ms = 0
        self.joined_ms = 0
        """When others were first connected to it."""
        self.met_at = ""
        """The address by which others have found it; empty: nobody has met it yet."""

    @property
    def head(self) -> Node:
        """The primary of its shard."""
        return self if self.primary is None else self.primary

    @property
    def host(self) -> str:
        """Its address, as clients are told."""
        said = self.view.kernel.config.text
        return said("cluster-announce-client-ipv4") or said("cluster-announce-ip") or self.met_at

    @property
    def hostname(self) -> str:
        """The name that it announces; empty: none."""
        return self.view.kernel.config.text("cluster-announce-hostname")

    @property
    def port(self) -> int:
        """Where its clients connect to."""
        kernel = self.view.kernel
        return kernel.config.number("cluster-announce-port") or kernel.port

    @property
    def bus_port(self) -> int:
        """Where the others would connect to, if there were a bus of bytes."""
        config = self.view.kernel.config
        own = config.number("cluster-announce-bus-port") or config.number("cluster-port")
        return own or self.view.kernel.port + BUS_OFFSET

    @property
    def epoch(self) -> int:
        """The configuration epoch that counts: a replica's is that of its primary."""
        return self.config_epoch if self.primary is None else self.primary.config_epoch
