"""What one node of a cluster believes: whom it knows, which slots are whose, which are on the move.

What it changes it tells the others at once, by the bus (bus.py); what they tell it is heard here,
by the rule that the higher configuration epoch is right.  Source: cluster.c
(clusterUpdateSlotsConfigWith, clusterUpdateState, clusterSetMaster).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from mock_backend.kernel.cluster import routing
from mock_backend.kernel.cluster.keys import SlotKeys
from mock_backend.kernel.cluster.node import Node, new_id
from mock_backend.kernel.cluster.slots import SLOTS, Range, ranges, shares, slot_of
from mock_backend.kernel.cluster.takeover import Takeover
from mock_backend.profile import Since
from mock_backend.replies import Push, ReplyError
from mock_backend.schema.command import Command

if TYPE_CHECKING:
    from mock_backend.kernel.cluster.bus import Bus
    from mock_backend.kernel.kernel import Kernel
    from mock_backend.kernel.scripts.host import Run

_SHARES_MOVES: Final = Since("valkey-8.0.0")
_LOOKED_AT: Final = ("cluster-require-full-coverage", "cluster-allow-reads-when-down")
"""What decides whether calls are served."""


class View:
    """One node's side of the cluster; ``Kernel.cluster`` is one of these."""

    def __init__(self, kernel: Kernel, bus: Bus, address: str) -> None:
        self.kernel = kernel
        self.bus = bus
        self.address = address
        """Where it is, for those who meet it."""
        self.me = Node(self)
        self.nodes: dict[str, Node] = {self.me.id: self.me}
        """Whom it knows, itself among them, by name."""
        self.forgotten: dict[str, int] = {}
        """Whom it was told to forget, and until when it does not let them in again."""
        self.owners: list[Node | None] = [None] * SLOTS
        """Whose each slot is; changed by ``assign`` only."""
        self._counts: Counter[Node | None] = Counter({None: SLOTS})
        """How many slots each has."""
        self.migrating: dict[int, Node] = {}
        """Slots of its own, and to whom they are going."""
        self.importing: dict[int, Node] = {}
        """Slots of others that are coming, and from whom."""
        self.current_epoch = 0
        self.shares_moves = kernel.profile.has(_SHARES_MOVES)
        """Whether its replicas know which slots are on the move."""
        self.keys = SlotKeys(kernel)
        self.takeover = Takeover(self)
        self._is_ok: bool | None = None
        self._ranges: dict[Node, list[Range]] | None = None
        self._looks = False
        self._routes = routing.Routes(self)
        self.refusal = self._routes.refusal
        """Asked for every call: where it belongs, if it is not served here."""
        bus.views.append(self)
        kernel.cluster = self
        kernel.config.state("cluster-enabled", "yes")
        for name in _LOOKED_AT:
            kernel.config.heard_by(name, lambda value: self.changed())
        kernel.observe()

    # what it is asked

    @property
    def is_ok(self) -> bool:
        """Whether keys are served at all: the slots are covered, and most primaries are there."""
        if self._is_ok is None:
            self._is_ok = self._judged()
        return self._is_ok

    def _judged(self) -> bool:
        leaders = self.leaders
        covered = not self._counts[None] and not any(owner.down for owner in leaders)
        if not covered and self.kernel.config.flag("cluster-require-full-coverage"):
            return False
        return sum(not owner.down for owner in leaders) > len(leaders) // 2

    @property
    def leaders(self) -> list[Node]:
        """The nodes that have slots."""
        return [owner for owner, count in self._counts.items() if count and owner is not None]

    def owns_any(self, node: Node) -> bool:
        """Whether a node has slots."""
        return self._counts[node] > 0

    def replicas_of(self, node: Node) -> list[Node]:
        """The replicas of a node that it knows."""
        return [each for each in self.nodes.values() if each.primary is node]

    def ranges_of(self, node: Node) -> list[Range]:
        """The slots of a node."""
        if self._ranges is None:
            slots: dict[Node, list[int]] = {}
            for slot, owner in enumerate(self.owners):
                if owner is not None:
                    slots.setdefault(owner, []).append(slot)
            self._ranges = {owner: list(ranges(owned)) for owner, owned in slots.items()}
        return self._ranges.get(node, [])

    def slots_of(self, node: Node) -> list[int]:
        """The slots of a node, one by one."""
        return [slot for first, last in self.ranges_of(node) for slot in range(first, last + 1)]

    def refusal_in_script(
        self, run: Run, command: Command, words: Sequence[bytes]
    ) -> ReplyError | None:
        """Why a script may not make this call, if so."""
        return self._routes.refusal_in_script(run, command, words)

    def endpoint(self, node: Node) -> str | None:
        """Where clients shall find a node, as this one is told to say it; ``None``: where they have
        found this one.
        """
        return self._routes.endpoint(node)

    def publish(self, channel: bytes, message: bytes) -> None:
        """What is published here is heard at the other nodes."""
        self.bus.publish(self, channel, message)

    def publish_shard(self, channel: bytes, message: bytes) -> None:
        """What is published here is heard in the rest of the shard."""
        self.bus.publish_shard(self, channel, message)

    # what it does

    def assign(self, slots: Iterable[int], node: Node | None) -> None:
        """Believes from now on that ``slots`` are that node's, or nobody's."""
        lost = set()
        for slot in slots:
            owner = self.owners[slot]
            if owner is node:
                continue
            self.owners[slot] = node
            self._counts[owner] -= 1
            self._counts[node] += 1
            if owner is not None and owner in (self.me, self.me.primary):
                lost.add(slot)
        if lost:
            self._drop_channels(lost)
        self.changed()

    def divide(self, nodes: Sequence[Node]) -> None:
        """All slots, divided among nodes in their order."""
        self._counts = Counter()
        for node, (first, last) in zip(nodes, shares(len(nodes)), strict=True):
            self.owners[first : last + 1] = [node] * (last + 1 - first)
            self._counts[node] = last + 1 - first
        self.changed()

    def changed(self) -> None:
        """Something is otherwise: whoever waits for a key may have to go elsewhere."""
        self._is_ok = self._ranges = None
        if not self._looks and self.kernel.waiting:
            self._looks = True
            self.kernel.later(self._redirect_parked)

    def _redirect_parked(self) -> None:
        self._looks = False
        kernel = self.kernel
        for parked in list(kernel.waiting.parked):
            if parked.places and not kernel.pause.holds(parked):
                error = self._routes.refusal_of_parked(parked)
                if error is not None:
                    kernel.statistics.count_error(error.code)
                    kernel.serving.release(parked, error)

    def _drop_channels(self, slots: set[int]) -> None:
        """Whoever listens to a sharded channel of a slot that has left is told that this is over
        (pubsub.c, removeChannelsInSlot).
        """
        channels = self.kernel.channels
        for channel in [each for each in channels.sharded if slot_of(each) in slots]:
            for session in list(channels.sharded[channel]):
                channels.unsubscribe_shard(session, channel)
                session.send(Push([b"sunsubscribe", channel, len(session.shard_channels)]))

    def bump_epoch(self, *, anyway: bool = False) -> bool:
        """Takes a configuration epoch above all others, unless its own is that already."""
        highest = max(node.config_epoch for node in self.nodes.values())
        if not anyway and self.me.config_epoch and self.me.config_epoch == highest:
            return False
        self.current_epoch = max(self.current_epoch, highest) + 1
        self.me.config_epoch = self.current_epoch
        return True

    def follow(self, primary: Node) -> None:
        """Becomes a replica."""
        if not self.shares_moves or primary.shard_id != self.me.shard_id:
            self.migrating.clear()
            self.importing.clear()
        self.me.primary = primary
        self.me.shard_id = primary.shard_id
        self.takeover.forget()
        self.kernel.replication.follow(primary.met_at, primary.view.kernel.port)

    def lead(self) -> None:
        """Is a replica no longer."""
        self.me.primary = None
        self.kernel.replication.lead()

    def hear(self, sender: Node, slots: Iterable[int]) -> list[int]:
        """A node says that ``slots`` are its own; those are returned that it is wrong about."""
        self.current_epoch = max(self.current_epoch, sender.view.current_epoch)
        mine = self.me.primary or self.me
        taken, dirty, disputed = [], [], []
        leaving = False
        for slot in slots:
            owner = self.owners[slot]
            if owner is sender or (slot in self.importing and not self._comes_from(sender, slot)):
                continue
            if owner is not None and owner.config_epoch >= sender.config_epoch:
                disputed.append(slot)
                continue
            leaving = leaving or owner is mine
            if owner is self.me and self.keys.of(slot):
                dirty.append(slot)
            taken.append(slot)
        if taken:
            self.assign(taken, sender)
            for slot in taken:
                if self.migrating.get(slot) is sender:
                    self.mark(slot)
        if leaving and not self.owns_any(mine) and self._may_move_to(sender):
            self.follow(sender)
        else:
            for slot in dirty:
                self.keys.remove(slot)
        return disputed

    def _comes_from(self, sender: Node, slot: int) -> bool:
        """Whether a slot that is coming comes from that node now, as it leads the shard."""
        if not self.shares_moves or self.importing[slot].shard_id != sender.shard_id:
            return False
        self.importing[slot] = sender
        return True

    def mark(self, slot: int, *, to: Node | None = None, of: Node | None = None) -> None:
        """The slot is going to a node, or coming from one, or neither (CLUSTER SETSLOT)."""
        told = [self]
        if self.shares_moves:
            told += [node.view for node in self.replicas_of(self.me)]
        for view in told:
            if to is not None:
                view.migrating[slot] = to
            elif of is not None:
                view.importing[slot] = of
            else:
                view.migrating.pop(slot, None)
                view.importing.pop(slot, None)

    def _may_move_to(self, node: Node) -> bool:
        """Whether this node goes with its last slot."""
        return node is not self.me and self.kernel.config.flag("cluster-allow-replica-migration")

    def give_away(self, slot: int, node: Node) -> None:
        """The slot is another's from now on; with the last one this node becomes its replica
        (CLUSTER SETSLOT NODE).
        """
        was_mine = self.owners[slot] is self.me
        if slot in self.migrating and not self.keys.of(slot):
            self.mark(slot)
        self.assign([slot], node)
        if was_mine and not self.owns_any(self.me) and self._may_move_to(node):
            self.follow(node)
        if node is self.me and slot in self.importing:
            self.bump_epoch()
            self.mark(slot)
        if node is self.me:
            self.bus.announce(self, [slot])

    def forget(self, node: Node, until_ms: int) -> None:
        """Knows a node no longer."""
        self.forgotten[node.id] = until_ms
        del self.nodes[node.id]
        for places in (self.migrating, self.importing):
            for slot in [slot for slot, other in places.items() if other is node]:
                del places[slot]
        self.assign(self.slots_of(node), None)

    def reset(self, *, hard: bool) -> None:
        """Knows nobody any more; ``hard``: under a new name, as if there had been no epoch (CLUSTER
        RESET).
        """
        me = self.me
        if me.primary is not None:
            self.lead()
            self.kernel.space.databases[0].flush()
        self.migrating.clear()
        self.importing.clear()
        self.assign(range(SLOTS), None)
        self.nodes = {me.id: me}
        me.shard_id = new_id()
        if hard:
            self.current_epoch = me.config_epoch = 0
            self.bus.rename(me)

    def tick(self) -> None:
        """What time brings."""
        self.takeover.tick()
