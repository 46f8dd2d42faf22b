"""Clusters that tests run against: three masters and a replica of each, on free ports.

One cluster of real servers per kind and run, started with the first test that asks for it, and ended
with the run.  ``TARGETS`` names the kinds; a test that asks for ``cluster`` runs once on each of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any

import redis

from tests.targets import RealServer

TARGETS = ("redis", "valkey")
MASTERS = 3
SLOTS = 16384
SETTINGS = (
    *("--cluster-enabled", "yes"),
    *("--cluster-config-file", "nodes.conf"),
    *("--cluster-node-timeout", "2000"),
    *("--repl-diskless-sync-delay", "0"),
)
READY_SECONDS = 20


class RealCluster:
    """Three masters and their replicas; ``url`` is one of them."""

    def __init__(self, kind: str, masters: int = MASTERS) -> None:
        self.kind = kind
        with ExitStack() as started:
            self.servers: list[RealServer] = []
            for _ in range(2 * masters):
                self.servers.append(RealServer(kind, *SETTINGS))
                started.callback(self.servers[-1].stop)
            self._join(masters)
            started.pop_all()

    def _join(self, masters: int) -> None:
        first, *others = self.servers
        for index, server in enumerate(self.servers[:masters]):
            start, end = SLOTS * index // masters, SLOTS * (index + 1) // masters - 1
            server.control.execute_command("CLUSTER ADDSLOTSRANGE", start, end)
            server.control.execute_command("CLUSTER SET-CONFIG-EPOCH", index + 1)
        for server in others:
            server.control.execute_command("CLUSTER MEET", "127.0.0.1", first.port)
        until(lambda: all(self._knows_all(server) for server in self.servers))
        for master, replica in zip(self.servers[:masters], self.servers[masters:], strict=True):
            name = master.control.execute_command("CLUSTER MYID")
            until(lambda: name in str(replica.control.execute_command("CLUSTER NODES")))
            replica.control.execute_command("CLUSTER REPLICATE", name)
        self.settle()

    def _knows_all(self, server: RealServer) -> bool:
        known = server.control.execute_command("CLUSTER INFO")
        return int(_field(known, "cluster_known_nodes")) == len(self.servers)

    def settle(self) -> None:
        """Returns once every node says that all is well, and who is whose replica."""
        until(lambda: all(self._well(server) for server in self.servers))

    def _well(self, server: RealServer) -> bool:
        info = server.control.execute_command("CLUSTER INFO")
        slots = server.control.execute_command("CLUSTER SLOTS")
        link = server.control.info("replication")
        return (
            _field(info, "cluster_state") == "ok"
            and sum(len(slot) - 2 for slot in slots) >= len(self.servers)
            and (link["role"] == "master" or link["master_link_status"] == "up")
        )

    @property
    def ports(self) -> list[int]:
        """The ports of all nodes, first those that were made masters."""
        return [server.port for server in self.servers]

    @property
    def url(self) -> str:
        """A URL of one of the nodes."""
        return f"redis://127.0.0.1:{self.servers[0].port}"

    def control(self, port: int) -> Any:
        """A connection to the node on that port."""
        return next(server.control for server in self.servers if server.port == port)

    def clean(self) -> None:
        """No keys, scripts, libraries or figures are left."""
        for server in self.servers:
            if server.control.info("replication")["role"] == "master":
                for words in CLEANING:
                    server.control.execute_command(*words)

    def stop(self) -> None:
        """Ends the nodes."""
        for server in self.servers:
            server.stop()


CLEANING: Iterable[tuple[str, ...]] = (("FLUSHALL",), ("SCRIPT FLUSH",), ("FUNCTION FLUSH",))


def until(done: Callable[[], bool], seconds: float = READY_SECONDS) -> None:
    """Returns once ``done`` says so.

    Errors: TimeoutError.
    """
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.01)


def _field(info: Any, name: str) -> str:
    if isinstance(info, dict):
        return str(info[name])
    lines = dict(line.split(":", 1) for line in str(info).splitlines() if ":" in line)
    return lines[name]


__all__ = ["TARGETS", "RealCluster", "redis", "until"]
