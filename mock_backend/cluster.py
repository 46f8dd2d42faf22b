"""MockCluster: several servers that are the nodes of one cluster, in one event loop.

The nodes know everything at once: there is no gossip, no vote and no waiting for a timeout.  Slots
move and nodes fail when a test says so, or when a client does (``CLUSTER SETSLOT``, ``FAILOVER``).
What a node believes and which calls it redirects is in kernel/cluster/.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Self

from mock_backend.home import Home
from mock_backend.kernel.clock import Clock
from mock_backend.kernel.cluster.bus import Bus
from mock_backend.kernel.cluster.slots import Range, slot_of
from mock_backend.kernel.cluster.view import View
from mock_backend.kernel.configuration.directives import Directive, stated
from mock_backend.profile import DEFAULT
from mock_backend.replies import Reply, ReplyError
from mock_backend.server import PATIENCE_SECONDS, MockServer
from mock_backend.transport.memory import Argument, MemoryClient
from mock_backend.transport.wires import Wires

Key = bytes | str


class MockNode(MockServer):
    """One node: a :class:`MockServer` (``port``, ``url``, ``faults``, ``stats``, ``client()`` ...)
    that knows its place in the cluster.
    """

    def __init__(
        self,
        bus: Bus,
        wires: Wires,
        home: Home,
        *,
        number: int,
        host: str,
        port: int,
        password: str,
        databases: int,
        clock: Clock | None,
        compat: str,
        settings: Sequence[Directive],
    ) -> None:
        super().__init__(
            host=host,
            port=port,
            password=password,
            databases=databases,
            clock=clock,
            compat=compat,
            settings=settings,
            home=home,
        )
        self.number = number
        """Its place in ``MockCluster.nodes``."""
        if password:
            self.kernel.config.state("primaryauth", password)
        self.view = View(self.kernel, bus)
        """What it believes of the cluster."""
        self._wires = wires

    @property
    def id(self) -> str:
        """Its name, as CLUSTER MYID tells it."""
        return self.view.me.id

    @property
    def is_master(self) -> bool:
        """Whether it is nobody's replica."""
        return self.view.me.primary is None

    @property
    def is_up(self) -> bool:
        """Whether it runs, as far as the others can see."""
        return not self.view.me.down

    @property
    def slots(self) -> list[Range]:
        """The slots that it believes to be its own: ``[(first, last), ...]``."""
        return list(self.view.ranges_of(self.view.me))

    def __repr__(self) -> str:
        role = "master" if self.is_master else "replica"
        return f"<MockNode {self.number}: {role} on {self.host}:{self.port}>"

    async def open(self) -> None:
        """Begins to listen."""
        self.kernel.scripts.abandoned = False
        self.kernel.scripts.patience_seconds = PATIENCE_SECONDS
        await self._open()
        self._wires.join(self.kernel)

    async def close(self) -> None:
        """Closes every connection."""
        self.kernel.scripts.abandoned = True
        await self._listener.close()

    def go_down(self) -> None:
        """Nobody can reach it any more, and it reaches nobody."""
        self.view.me.down = True
        self._listener.shut()
        self._listener.throw_out(None, reset=False)
        self._wires.cut(self.kernel)

    def come_up(self) -> None:
        """It can be reached again, as it was."""
        self.view.me.down = False
        self.kernel.scripts.abandoned = False
        self._listener.unshut()
        self._wires.mend(self.kernel)

    def asking(self) -> Inside:
        """Somebody who says to it what a client could say."""
        return Inside(self)


class Inside:
    """A client from inside, whom no password and no pause keeps out; errors are raised."""

    def __init__(self, node: MockNode) -> None:
        self._client = MemoryClient(node.kernel)
        self._client.session.authenticated = True
        self._client.session.regate()

    def __call__(self, *words: Argument) -> Reply:
        reply = self._client(*words)
        if isinstance(reply, ReplyError):
            raise ClusterError(reply.line)
        return reply

    def close(self) -> None:
        """It has nothing more to say."""
        self._client.close()


class ClusterError(Exception):
    """What was asked of the cluster cannot be; the text is the node's own."""


class Migration:
    """A slot that is on its way from one node to another: ``MIGRATING`` here, ``IMPORTING`` there,
    and its keys where they are.
    """

    def __init__(self, cluster: MockCluster, slot: int, source: MockNode, target: MockNode) -> None:
        self._cluster = cluster
        self.slot = slot
        self.source = source
        self.target = target

    def move(self, *keys: Key) -> None:
        """Keys of the slot go over; those that are not there are passed over."""
        words = [key.encode() if isinstance(key, str) else key for key in keys]
        self._cluster.in_turn(lambda: self._move(words))

    def finish(self) -> None:
        """All keys go over, and the slot is the other node's."""
        self._cluster.in_turn(self._finish)

    def cancel(self) -> None:
        """Both nodes forget that the slot was moving; keys that have gone stay where they are."""

        def stable() -> None:
            for node in (self.source, self.target):
                self._cluster.say(node, "CLUSTER", "SETSLOT", self.slot, "STABLE")

        self._cluster.in_turn(stable)

    def begin(self) -> None:
        """Marks the slot at both nodes."""
        say = self._cluster.say
        say(self.target, "CLUSTER", "SETSLOT", self.slot, "IMPORTING", self.source.id)
        say(self.source, "CLUSTER", "SETSLOT", self.slot, "MIGRATING", self.target.id)

    def _move(self, keys: Iterable[bytes]) -> None:
        source, target = self.source.asking(), self.target.asking()
        for key in keys:
            if self.source.kernel.space.databases[0].lookup(key) is None:
                continue
            payload = source("DUMP", key)
            lifetime = source("PTTL", key)
            target("RESTORE-ASKING", key, max(0, lifetime), payload, "REPLACE")
            source("DEL", key)
        source.close()
        target.close()

    def _finish(self) -> None:
        self._move(list(self.source.view.keys.of(self.slot)))
        for node in (self.target, self.source):
            self._cluster.say(node, "CLUSTER", "SETSLOT", self.slot, "NODE", self.target.id)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.finish()


class MockCluster:
    """A Redis/Valkey cluster in this process.

    ``with MockCluster(masters=3, replicas=1) as cluster`` serves TCP from one thread for all nodes;
    ``async with`` from the running event loop.  ``nodes`` are the masters, then the first replica
    of each, then the second.  The slots are divided among the masters in order.  ``port`` is that
    of the first node, and the others follow it; 0 takes free ones.  With a :class:`VirtualClock`
    time stands still for all of them until the test moves it.  ``settings``, ``compat`` and
    ``password`` are as for :class:`MockServer`, and hold for every node.  With ``joined=False`` the
    nodes do not know one another, and no slot is anybody's: for ``redis-cli --cluster create``.

    A script that takes long, or a call that may not wait, stops all nodes: they share a thread.

    Errors: as :class:`MockServer`; ``ValueError`` for less than one master.
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
        for each in said:
            if each.name == "port":
                port = each.number(0, 65535)
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
            return
        self._joined = False
        for node in self.nodes:
            if not node.kernel.port:
                node.kernel.port = 1 + node.number
                self._wires.join(node.kernel)
        views = [node.view for node in self.nodes]
        for number, view in enumerate(views):
            view.me.met_at = self.nodes[number].host
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
        migration = Migration(self, slot, self.owner_of(slot), to)
        self.in_turn(migration.begin)
        return migration

    def fail(self, node: MockNode) -> None:
        """A node can no longer be reached: its connections end, new ones are refused, and the
        others see it failed.  Nobody takes over before ``fail_over``.
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

    def say(self, node: MockNode, *words: Argument) -> Reply:
        """Says something to a node, as a client would; to be called in turn.

        Errors: :class:`ClusterError`.
        """
        inside = node.asking()
        try:
            return inside(*words)
        finally:
            inside.close()


def _at(directive: Directive, number: int) -> Directive:
    """What a setting says to the node of this number: a port is that of the first."""
    if directive.name != "port":
        return directive
    first = directive.number(0, 65535)
    return replace(directive, words=(b"%d" % (first + number if first else 0),))
