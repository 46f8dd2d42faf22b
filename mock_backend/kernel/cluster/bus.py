"""How nodes hear of one another: at once, all that can.

Stands for the cluster bus of real nodes, which takes its time.  A node hears of what another claims
if each knows the other and both run; it hears of it in a turn of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Final

from mock_backend.kernel.cluster.node import Node, new_id

if TYPE_CHECKING:
    from mock_backend.kernel.channels import Channels
    from mock_backend.kernel.cluster.view import View


_LOOPBACK: Final = ("127.0.0.1", "::1")


class Bus:
    """The nodes that could know one another."""

    def __init__(self) -> None:
        self.views: list[View] = []
        self.soon: Callable[[Callable[[], None]], object] = lambda action: action()
        """Does something once all that is being done has been done."""

    def others(self, view: View) -> list[View]:
        """Whom a node is connected with."""
        if view.me.down:
            return []
        return [
            other
            for other in self.views
            if other is not view
            and not other.me.down
            and other.me.id in view.nodes
            and view.me.id in other.nodes
        ]

    def at(self, host: str, port: int) -> View | None:
        """The node that listens there."""
        for view in self.views:
            here = host == view.address or host in _LOOPBACK
            if here and view.kernel.port == port and not view.me.down:
                return view
        return None

    def announce(self, speaker: View, slots: Iterable[int] | None = None) -> None:
        """The others hear which slots a node says to be its own: of those named, or of all."""
        me = speaker.me
        if me.primary is not None:
            return
        claimed = [slot for slot in slots or () if speaker.owners[slot] is me]
        for other in self.others(speaker):
            told = speaker.slots_of(me) if slots is None else claimed
            other.kernel.aside(partial(self._tell, speaker, other, told))

    def remind(self) -> None:
        """Every node says again what is its own."""

        def say() -> None:
            for view in self.views:
                self.announce(view)

        self.soon(say)

    def _tell(self, speaker: View, listener: View, slots: list[int]) -> None:
        listener.changed()
        disputed = listener.hear(speaker.me, slots)
        for slot in disputed:
            owner = listener.owners[slot]
            if owner is not None and owner.config_epoch > speaker.me.config_epoch:
                speaker.hear(owner, [slot])

    def meet(self, one: View, other: View) -> None:
        """Two nodes get to know each other, and so do all that they know, but for whom they were
        told to forget.
        """
        known = (node.view for each in (one, other) for node in each.nodes.values())
        company = [view for view in dict.fromkeys(known) if not view.me.down]
        now_ms = one.kernel.space.now_ms
        for view in company:
            view.me.met_at = view.me.met_at or view.address
            view.me.joined_ms = view.me.joined_ms or now_ms
            for each in company:
                themselves = view in (one, other) and each in (one, other)
                if themselves or view.forgotten.get(each.me.id, 0) <= now_ms:
                    view.nodes.setdefault(each.me.id, each.me)
        for view in company:
            view.current_epoch = max(each.current_epoch for each in company)
        self._tell_apart(company)
        for view in company:
            view.changed()
            self.announce(view)

    def _tell_apart(self, company: Iterable[View]) -> None:
        """Primaries do not keep the same epoch: that with the smaller name takes another
        (cluster.c, clusterHandleConfigEpochCollision).
        """
        taken: set[int] = set()
        for view in sorted(company, key=lambda view: view.me.id, reverse=True):
            if view.me.primary is None:
                if view.me.config_epoch in taken:
                    view.bump_epoch(anyway=True)
                taken.add(view.me.config_epoch)

    def gossip_forgotten(self, view: View, node: Node, until_ms: int) -> None:
        """The others forget a node, too."""
        for other in self.others(view):
            if other.me is not node and node.id in other.nodes and other.me.primary is not node:
                other.kernel.aside(partial(other.forget, node, until_ms))

    def rename(self, node: Node) -> None:
        """A node has a new name; who knew it under the old one knows a node that never answers."""
        for view in self.views:
            view.nodes.pop(node.id, None)
        node.id = new_id()
        node.view.nodes = {node.id: node}

    def publish(self, view: View, channel: bytes, message: bytes) -> None:
        """What is published at one node is heard at all."""
        for other in self.others(view):
            self._hears(other, lambda channels: channels.publish(channel, message))

    def publish_shard(self, view: View, channel: bytes, message: bytes) -> None:
        """What is published to a sharded channel is heard at the primary and its replicas."""
        for other in self.others(view):
            if other.me.shard_id == view.me.shard_id:
                self._hears(other, lambda channels: channels.publish_shard(channel, message))

    def _hears(self, view: View, publish: Callable[[Channels], object]) -> None:
        def hear() -> None:
            publish(view.kernel.channels)

        view.kernel.aside(hear)

    def look(self) -> None:
        """A node has gone or come back: everybody sees it."""
        for view in self.views:
            if not view.me.down:
                view.kernel.aside(view.changed)
