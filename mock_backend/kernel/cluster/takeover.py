"""CLUSTER FAILOVER: a replica takes the role and the slots of its primary.

With both at work the primary holds its writes until the replica has everything; by force the
replica takes over at once, and from a primary that has failed after ``cluster-node-timeout``.
Nobody votes: if most primaries are there, they agree.  Source:
cluster.c (manualFailoverCheckTimeout, clusterFailoverReplaceYourMaster).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mock_backend.profile import Since

if TYPE_CHECKING:
    from mock_backend.kernel.cluster.node import Node
    from mock_backend.kernel.cluster.view import View

LIMIT_MS: Final = 5_000
"""After so long it is given up."""
_DROPS_CHANNELS: Final = Since("valkey-8.0.0")
"""Whoever listens to a sharded channel at the new primary is told that this is over."""


def may_lead(node: Node) -> bool:
    """Whether a replica is to take over by itself."""
    return not node.view.kernel.config.flag("cluster-replica-no-failover")


class Takeover:
    """What one node does about the role of its primary."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._until_ms = 0
        """When the attempt that is under way is given up; 0: there is none."""

    def begin(self) -> None:
        """Takes over once everything that the primary has written is here."""
        view, primary = self._view, self._view.me.primary
        assert primary is not None
        self._until_ms = view.kernel.space.now_ms + LIMIT_MS
        theirs = primary.view.kernel
        theirs.aside(lambda: theirs.pause.begin(theirs.space.now_ms + LIMIT_MS, everything=False))
        view.bus.soon(self.tick)

    def tick(self) -> None:
        """Looks whether everything is here, or the time is over; or whether the primary has failed
        for so long that it is to be replaced.
        """
        view, primary = self._view, self._view.me.primary
        if not self._until_ms:
            if primary is not None and primary.down and self._is_chosen(primary):
                view.kernel.aside(self.perform)
            return
        if primary is None or primary.down or view.me.down:
            self.forget()
        elif self._has_everything(primary):
            view.kernel.aside(self.perform)
        elif view.kernel.space.now_ms >= self._until_ms:
            self.forget()
            theirs = primary.view.kernel
            theirs.aside(theirs.pause.end)

    def _is_chosen(self, primary: Node) -> bool:
        """Whether the others would vote for this node now: the first replica that runs, while most
        primaries do.
        """
        view, config = self._view, self._view.kernel.config
        waited_ms = view.kernel.space.now_ms - primary.down_since_ms
        if waited_ms < config.number("cluster-node-timeout") or view.me.down:
            return False
        able = [node for node in view.replicas_of(primary) if not node.down and may_lead(node)]
        leaders = view.leaders
        there = sum(not leader.down for leader in leaders)
        return able[:1] == [view.me] and primary in leaders and there > len(leaders) // 2

    def _has_everything(self, primary: Node) -> bool:
        ours, theirs = self._view.kernel.replication, primary.view.kernel.replication
        up = ours.following is not None and ours.following.up
        return up and ours.offset == theirs.offset

    def perform(self) -> None:
        """Takes over now."""
        view, me, old = self._view, self._view.me, self._view.me.primary
        self.forget()
        if old is None:
            return
        slots = view.slots_of(old)
        view.bump_epoch(anyway=True)
        if view.kernel.profile.has(_DROPS_CHANNELS):
            view.assign(slots, me)
            view.lead()
        else:
            view.lead()
            view.assign(slots, me)
        view.changed()
        view.bus.announce(view)
        if not old.down:
            theirs = old.view.kernel
            theirs.aside(theirs.pause.end)

    def forget(self) -> None:
        """No attempt is under way."""
        self._until_ms = 0
