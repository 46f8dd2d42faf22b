"""MockCluster: several servers that are the nodes of one cluster, in one event loop.

The nodes know everything at once: there is no gossip, no vote and no doubt.  Slots
move and nodes fail when a test says so, or when a client does (``CLUSTER SETSLOT``, ``FAILOVER``).
What a node believes and which calls it redirects is in kernel/cluster/.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Final, Self

from mock_backend.cluster.migration import Key, Migration
from mock_backend.cluster.node import MockNode
from mock_backend.home import Home
from mock_backend.kernel.clock import Clock, VirtualClock
from mock_backend.kernel.cluster.bus import Bus
from mock_backend.kernel.cluster.slots import slot_of
from mock_backend.kernel.configuration.directives import Directive, stated
from mock_backend.profile import DEFAULT
from mock_backend.transport.wires import Wires

_FOR_ONE: Final = frozenset(("dir", "dbfilename", "unixsocket"))


class MockCluster:
    """A Redis/Valkey cluster in this process.

    ``with MockCluster(masters=3, replicas=1) as cluster`` serves TCP from one thread for all nodes;
    ``async with`` from the running event loop.  ``nodes`` are the masters, then the first replica
    of each, then the second.  The slots are divided among the masters in order.  ``port`` is that
    of the first node, and the others follow it; 0 takes free ones.  With a :class:`VirtualClock`
    time stands still for all of them until the test moves it.  ``settings``, ``compat`` and
    ``password`` are as for :class:`MockServer`, and hold for every node.  With ``joined=False`` the
    nodes do not know one another, and no slot is anybody's: for ``redis-cli --cluster create``.

    The nodes share a thread: while a script runs at one, the others wait, until it takes so long
    that others are heard (``busy-reply-threshold``).

    Errors: as :class:`MockServer`; ``ValueError`` for less than one master, and for ``settings``
    that no two servers can share.
    """

    def __init__(
        self,
        *,
        masters: int = 3,
        replicas: int = 0,
        host: str = "127.0.0.1",
        port: int = 0,
        password: str = "",
        clock: Clock | None = None,
        compat: str = DEFAULT.name,
        settings: Mapping[str, str] | Sequence[Directive] = (),
        joined: bool = True,
    ) -> None:
        if masters < 1 or replicas < 0:
            raise ValueError("a cluster has one master or more, and no less than no replicas")
        said = stated(settings) if isinstance(settings, Mapping) else list(settings)
        said = [each for each in said if each.name != "cluster-enabled"]
        for each in said:
            if each.name == "port":
                port = each.number(0, 65535)
            elif each.name in _FOR_ONE:
                raise each.refused("all nodes of the cluster would have the same")
        self._home = Home()
        self._bus = Bus()
        self._wires = Wires()
        self._bus.soon = self._wires.soon
        self._joined = joined
        self.on_shutdown: Callable[[], None] | None = None
        """Told when SHUTDOWN has been said to the last node."""
        self._masters = masters
        self.nodes: list[MockNode] = [
            MockNode(
                self._bus,
                self._wires,
                self._home,
                number=number,
                host=host,
                port=port + number if port else 0,
                password=password,
                databases=1 if compat.startswith("valkey") else 16,
                clock=clock,
                compat=compat,
                settings=[_at(each, number) for each in said],
            )
            for number in range(masters * (1 + replicas))
        ]
        if isinstance(clock, VirtualClock):
            clock.moved.append(self.settle)  # behind the nodes: replicas hear of what has expired
        for node in self.nodes:
            node.on_shutdown = partial(self._shut_down, node)

    # where it runs

    @property
    def ports(self) -> list[int]:
        """The port of each node."""
        return [node.port for node in self.nodes]

    @property
    def urls(self) -> list[str]:
        """What a client connects to, for each node."""
        return [node.url for node in self.nodes]

    @property
    def host(self) -> str:
        """Where all nodes are."""
        return self.nodes[0].host

    @property
    def port(self) -> int:
        """The port of the first node: a client that is told one finds the others."""
        return self.nodes[0].port

    @property
    def url(self) -> str:
        """The URL of the first node."""
        return self.nodes[0].url

    @property
    def bugs(self) -> list[BaseException]:
        """Exceptions that no handler foresaw, at any node; each is a mistake of this package."""
        return [bug for node in self.nodes for bug in node.bugs]

    def start(self) -> Self:
        """Serves from a thread of its own; returns once every node listens and every replica has
        what its master has.
        """
        self._ready()
        self._home.start(self._open, self._close)
        return self

    def _ready(self) -> None:
        if self._home.loop is not None:
            raise RuntimeError("this MockCluster runs already; make another one")

    async def _open(self) -> None:
        opened: list[MockNode] = []
        try:
            for node in self.nodes:
                await node.open()
                opened.append(node)
        except BaseException:
            for node in opened:
                await node.close()
            raise
        self._breathe_together()
        self._wires.run_in(asyncio.get_running_loop())
        self.form()

    def _breathe_together(self) -> None:
        """While a script takes long at one node, the clients of all are heard."""
        breaths = [node.kernel.on_breath for node in self.nodes]

        def breathe() -> None:
            for breath in breaths:
                if breath is not None:
                    breath()

        for node in self.nodes:
            node.kernel.on_breath = breathe

    async def _close(self) -> None:
        self._wires.run_in(None)
        for node in self.nodes:
            await node.close()

    def stop(self) -> None:
        """Closes every connection and ends the thread; stopping twice is harmless."""
        for node in self.nodes:
            node.kernel.scripts.abandoned = True
        self._home.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        self._ready()
        await self._open()
        self._home.enter()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._close()
        self._home.leave()

    def form(self) -> None:
        """Makes a cluster of the nodes, unless that was done already or they shall not be joined;
        ``start`` does so.  For a cluster in memory, which nobody starts: each node gets a port that
        nobody listens on.
        """
        if not self._joined:
            self._follow_again()
            return
        self._joined = False
        for node in self.nodes:
            if not node.kernel.port:
                node.kernel.port = 1 + node.number
                self._wires.join(node.kernel)
        views = [node.view for node in self.nodes]
        for number, view in enumerate(views):
            view.me.met_at = view.address
            view.me.joined_ms = view.kernel.clock.now_ms()
            view.me.config_epoch = number + 1
            view.nodes = {each.me.id: each.me for each in views}
            view.current_epoch = len(views)
        leaders = [view.me for view in views[: self._masters]]
        for number, view in enumerate(views):
            view.divide(leaders)
            if number >= self._masters:
                view.kernel.aside(partial(view.follow, leaders[number % self._masters]))
        self._wires.settle()

    def _follow_again(self) -> None:
        """Masters may listen elsewhere after a new start."""
        for view in self._bus.views:
            if view.me.primary is not None:
                view.kernel.aside(partial(view.follow, view.me.primary))
        self._wires.settle()

    # who has what

    @property
    def masters(self) -> list[MockNode]:
        """The masters that run and have slots, in the order of their slots."""
        found = [node for node in self.nodes if node.is_up and node.view.owns_any(node.view.me)]
        return sorted(found, key=lambda node: node.slots[0])

    @staticmethod
    def key_slot(key: Key) -> int:
        """The hash slot of a key."""
        return slot_of(key.encode() if isinstance(key, str) else key)

    def node_of(self, key: Key) -> MockNode:
        """The master of a key.  Errors: ``LookupError``, if it is nobody's."""
        return self.owner_of(self.key_slot(key))

    def owner_of(self, slot: int) -> MockNode:
        """The master of a slot.  Errors: ``LookupError``, if it is nobody's."""
        for node in self.nodes:
            if node.is_up and node.view.owners[slot] is node.view.me:
                return node
        raise LookupError(f"the slot {slot} is nobody's")

    def replicas_of(self, node: MockNode) -> list[MockNode]:
        """The replicas of a node, those that do not run among them."""
        return [each for each in self.nodes if each.view.me.primary is node.view.me]

    # what happens to it

    def move_slot(self, slot: int, *, to: MockNode) -> None:
        """A slot with all of its keys goes to another master, or comes to the end of its way."""
        if self.owner_of(slot) is not to:
            self.migrating(slot, to=to).finish()

    def migrating(self, slot: int, *, to: MockNode) -> Migration:
        """A slot begins to move, and stays half-way: ``ASK`` for keys that are not at its owner,
        ``TRYAGAIN`` for calls with keys at both.  ``finish()`` ends it, and so does the end of a
        ``with``.

        Errors: :class:`ClusterError`, if it is the slot of ``to``, or ``to`` is a replica.
        """
        migration = Migration(self.in_turn, slot, self.owner_of(slot), to)
        self.in_turn(migration.begin)
        return migration

    def fail(self, node: MockNode) -> None:
        """A node can no longer be reached: its connections end, new ones are refused, and the
        others see it failed.  Its first replica takes over after ``cluster-node-timeout``, or at
        once with ``fail_over``.
        """

        def down() -> None:
            self._down(node)
            self._wires.settle()

        self.in_turn(down)

    def _down(self, node: MockNode) -> None:
        if node.is_up:
            node.go_down()
            self._bus.look()

    def _shut_down(self, node: MockNode) -> None:
        """SHUTDOWN: the node is gone, the others go on."""
        self._down(node)
        if self.on_shutdown is not None and not any(each.is_up for each in self.nodes):
            self.on_shutdown()

    def recover(self, node: MockNode) -> None:
        """A node that has failed is back with what it had; if its slots have been taken over, it
        becomes a replica.
        """

        def up() -> None:
            if node.is_up:
                return
            node.come_up()
            self._bus.look()
            for view in self._bus.views:
                self._bus.announce(view)
            following = node.kernel.replication.following
            if following is not None and following.state == "connect":
                node.kernel.aside(following.dial)
            self._wires.settle()

        self.in_turn(up)

    def fail_over(self, node: MockNode, *, to: MockNode | None = None) -> MockNode:
        """A replica takes the slots of a master over, which may have failed; who did.

        A master that runs becomes a replica.  Errors: ``LookupError``, if there is no replica that
        runs.
        """
        able = [each for each in self.replicas_of(node) if each.is_up]
        chosen = to if to is not None else next(iter(able), None)
        if chosen is None or chosen not in able:
            raise LookupError(f"there is no replica of {node} that could take over")

        def take_over() -> None:
            self._wires.settle()
            chosen.kernel.aside(chosen.view.takeover.perform)
            self._wires.settle()

        self.in_turn(take_over)
        return chosen

    @contextmanager
    def without(self, node: MockNode) -> Iterator[None]:
        """``fail`` now, and ``recover`` at the end."""
        self.fail(node)
        try:
            yield
        finally:
            self.recover(node)

    def settle(self) -> None:
        """Whatever the nodes have said to one another has arrived when this returns."""
        self.in_turn(self._wires.settle)

    def in_turn(self, action: Callable[[], None]) -> None:
        """Does something between two requests, from whatever thread; done when this returns."""
        self._home.in_turn(action)


def _at(directive: Directive, number: int) -> Directive:
    """What a setting says to the node of this number: a port is that of the first."""
    if directive.name != "port":
        return directive
    first = directive.number(0, 65535)
    return replace(directive, words=(b"%d" % (first + number if first else 0),))
