"""FAILOVER: the primary hands its role over to a replica, and becomes its replica.

Writes are held; once the replica has everything, the roles change with PSYNC ... FAILOVER.  After
the time limit it is given up, or forced if that was asked for.  Source: replication.c
(failoverCommand, updateFailoverStatus).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mock_backend import errors

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel
    from mock_backend.kernel.replication.role import Replica

FOR_EVER_MS: Final = 2**62


class Failover:
    """The failover of one kernel, of which there is at most one at a time."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.state = "no-failover"
        """As INFO says it; ``waiting-for-sync`` and ``failover-in-progress`` follow."""
        self._target: tuple[str, int] | None = None
        self._until_ms = 0
        self._forced = False

    @property
    def running(self) -> bool:
        """Whether the role is being handed over."""
        return self.state != "no-failover"

    def begin(self, target: tuple[str, int] | None, timeout_ms: int, *, forced: bool) -> None:
        """Holds writes, and waits for ``target`` or for the first replica that has everything.

        Errors: one is running; there is no such replica.
        """
        kernel = self._kernel
        if self.running:
            raise errors.err("FAILOVER already in progress.")
        if kernel.replication.following is not None:
            raise errors.err("FAILOVER is not valid when server is a replica.")
        if not kernel.replication.replicas:
            raise errors.err("FAILOVER requires connected replicas.")
        if forced and (not timeout_ms or target is None):
            raise errors.err(
                "FAILOVER with force option requires both a timeout and target HOST and IP."
            )
        if target is not None and not self._replicas(target):
            raise errors.err("FAILOVER target HOST and PORT is not a replica.")
        self._target, self._forced = target, forced
        self._until_ms = kernel.space.now_ms + timeout_ms if timeout_ms else 0
        self.state = "waiting-for-sync"
        kernel.pause.begin(FOR_EVER_MS, everything=False)
        kernel.replication.ask()
        kernel.later(self.tick)

    def abort(self) -> None:
        """FAILOVER ABORT.  Errors: none is running."""
        if not self.running:
            raise errors.err("No failover in progress.")
        handed_over = self.state == "failover-in-progress"
        self._end()
        if handed_over:
            self._kernel.replication.lead()

    def tick(self) -> None:
        """Looks whether a replica has everything, or the time is over."""
        if self.state != "waiting-for-sync":
            return
        kernel = self._kernel
        replication = kernel.replication
        for replica in self._replicas(self._target):
            if replica.acknowledged >= replication.offset:
                self._hand_over(replica.address, replica.port)
                return
        if self._until_ms and self._until_ms <= kernel.space.now_ms:
            if self._forced and self._target is not None:
                self._hand_over(*self._target)
            else:
                self._end()

    def done(self) -> None:
        """The other side is the primary now."""
        self._end()

    def refused(self) -> None:
        """It could not be reached or would not: this server stays what it was."""
        if self._forced or not self.running:
            return
        self._end()
        self._kernel.replication.lead()

    def _replicas(self, target: tuple[str, int] | None) -> list[Replica]:
        return [
            replica
            for replica in self._kernel.replication.online
            if target is None or (replica.address, replica.port) == target
        ]

    def _hand_over(self, host: str, port: int) -> None:
        self.state = "failover-in-progress"
        self._kernel.replication.follow(host, port, failing_over=True)

    def _end(self) -> None:
        self.state = "no-failover"
        self._target, self._until_ms, self._forced = None, 0, False
        self._kernel.pause.end()
