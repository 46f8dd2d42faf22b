"""MockNode: one server of a MockCluster, that knows its place in it."""

from __future__ import annotations

from collections.abc import Sequence

from mock_backend.home import Home
from mock_backend.kernel.clock import Clock
from mock_backend.kernel.cluster.bus import Bus
from mock_backend.kernel.cluster.slots import Range
from mock_backend.kernel.cluster.view import View
from mock_backend.kernel.configuration.directives import Directive
from mock_backend.replies import Reply, ReplyError
from mock_backend.server import PATIENCE_SECONDS, MockServer
from mock_backend.transport.memory import Argument, MemoryClient
from mock_backend.transport.wires import Wires


class ClusterError(Exception):
    """What was asked of the cluster cannot be; the text is the node's own."""


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
        if self.kernel.password and not self.kernel.config.text("primaryauth"):
            self.kernel.config.state("primaryauth", self.kernel.password)
        self.view = View(self.kernel, bus, self.host)
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
        alone = self._home.has_thread
        self.kernel.scripts.patience_seconds = None if alone else PATIENCE_SECONDS
        await self._open()
        self._wires.join(self.kernel)

    async def close(self) -> None:
        """Closes every connection."""
        self.kernel.scripts.abandoned = True
        await self._listener.close()

    def go_down(self) -> None:
        """Nobody can reach it any more, and it reaches nobody."""
        self.view.me.down = True
        self.view.me.down_since_ms = self.kernel.clock.now_ms()
        self._listener.shut()
        self._listener.throw_out(None, reset=False)
        self._wires.cut(self.kernel)

    def come_up(self) -> None:
        """It can be reached again, as it was."""
        self.view.me.down = False
        self.kernel.scripts.abandoned = False
        self._listener.unshut()
        self._wires.mend(self.kernel)

    def say(self, *words: Argument) -> Reply:
        """Says something to it as a client would, whom no password keeps out.

        Errors: :class:`ClusterError`.
        """
        client = MemoryClient(self.kernel)
        client.session.authenticated = True
        client.session.regate()
        try:
            reply = client(*words)
        finally:
            client.close()
        if isinstance(reply, ReplyError):
            raise ClusterError(reply.line)
        return reply
