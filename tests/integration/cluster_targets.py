"""Clusters that tests run against: three masters and a replica of each, on free ports.

One cluster of real servers per kind and run, started with the first test that asks for it, and
ended with the run.  ``TARGETS`` names the kinds; a test that asks for ``cluster`` runs once on each
of them, and what can be said of a cluster is what ``RealCluster`` says.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from tests.targets import RealServer, free_port

TARGETS = ("redis", "valkey")
MASTERS = 3
SLOTS = 16384
SETTINGS = (
    *("--cluster-enabled", "yes"),
    *("--cluster-config-file", "nodes.conf"),
    *("--cluster-node-timeout", "1500"),
    *("--cluster-replica-validity-factor", "0"),
    *("--repl-diskless-sync-delay", "0"),
    # a replica that has received nothing is not told of
    *("--repl-ping-replica-period", "1"),
)
CLEANING = (("FLUSHALL",), ("SCRIPT FLUSH",), ("FUNCTION FLUSH",))
READY_SECONDS = 30.0


class RealCluster:
    """Masters and their replicas, as many of these as of those."""

    def __init__(self, kind: str, masters: int = MASTERS) -> None:
        self.kind = kind
        self.servers: list[RealServer] = []
        self.masters: list[RealServer] = []
        """As ``settle`` found them."""
        with ExitStack() as started:
            for _ in range(2 * masters):
                bus = ("--cluster-port", str(free_port()))
                self.servers.append(RealServer(kind, *SETTINGS, *bus))
                started.callback(self.servers[-1].stop)
            self._join(masters)
            started.pop_all()

    def _join(self, masters: int) -> None:
        for index, server in enumerate(self.servers[:masters]):
            start, end = SLOTS * index // masters, SLOTS * (index + 1) // masters - 1
            server.control.execute_command("CLUSTER ADDSLOTSRANGE", start, end)
            server.control.execute_command("CLUSTER SET-CONFIG-EPOCH", index + 1)
        first, *others = self.servers
        for server in others:
            bus = first.control.config_get("cluster-port")["cluster-port"]
            server.control.execute_command("CLUSTER MEET", "127.0.0.1", first.port, bus)
        until(lambda: all(self._knows_all(server) for server in self.servers))
        for index, server in enumerate(self.servers[masters:]):
            master = self.servers[index].control.execute_command("CLUSTER MYID")
            server.control.execute_command("CLUSTER REPLICATE", master)
        self.settle()

    def _knows_all(self, server: RealServer) -> bool:
        return int(_info(server)["cluster_known_nodes"]) == len(self.servers)

    def settle(self) -> None:
        """Returns once every node says that all is well, and who is whose replica."""
        until(lambda: all(self._well(server) for server in self.servers))
        self.masters = [
            server
            for server in self.servers
            if server.control.info("replication")["role"] == "master"
        ]

    def _well(self, server: RealServer) -> bool:
        link = server.control.info("replication")
        slots = server.control.execute_command("CLUSTER SLOTS")
        return (
            _info(server)["cluster_state"] == "ok"
            and len({node[1] for slot in slots for node in slot[2:]}) == len(self.servers)
            and (link["role"] == "master" or link["master_link_status"] == "up")
        )

    @property
    def ports(self) -> list[int]:
        """The ports of all nodes, first those that were made masters."""
        return [server.port for server in self.servers]

    @property
    def host(self) -> str:
        """Where all nodes are."""
        return "127.0.0.1"

    @property
    def url(self) -> str:
        """A URL of one of the nodes."""
        return f"redis://{self.host}:{self.servers[0].port}"

    def control(self, port: int) -> Any:
        """A connection to the node on that port."""
        return next(server.control for server in self.servers if server.port == port)

    def owner(self, slot: int) -> RealServer:
        """The master that serves the slot."""
        for first, last, master, *_ in self.masters[0].control.execute_command("CLUSTER SLOTS"):
            if int(first) <= slot <= int(last):
                return next(server for server in self.servers if server.port == int(master[1]))
        raise LookupError(slot)

    def another(self, slot: int) -> RealServer:
        """A master that does not."""
        return next(server for server in self.masters if server is not self.owner(slot))

    def replica_of(self, master: RealServer) -> RealServer:
        """A replica of that master."""
        return next(
            server
            for server in self.servers
            if str(server.control.info("replication").get("master_port")) == str(master.port)
        )

    def open_slot(self, slot: int) -> tuple[RealServer, RealServer]:
        """The slot begins to move; returns the master that has it and the one that will."""
        source, target = self.owner(slot), self.another(slot)
        target.control.execute_command("CLUSTER SETSLOT", slot, "IMPORTING", _id(source))
        source.control.execute_command("CLUSTER SETSLOT", slot, "MIGRATING", _id(target))
        return source, target

    def carry(self, source: RealServer, target: RealServer, *keys: str) -> None:
        """Keys go ahead of their slot."""
        source.control.execute_command(
            "MIGRATE", self.host, target.port, "", 0, 1000, "KEYS", *keys
        )

    def close_slot(self, slot: int, target: RealServer) -> None:
        """The slot has moved."""
        for server in (target, *(other for other in self.masters if other is not target)):
            server.control.execute_command("CLUSTER SETSLOT", slot, "NODE", _id(target))

    def promote(self, master: RealServer) -> RealServer:
        """A replica takes the place of its master; returns it."""
        replica = self.replica_of(master)
        replica.control.execute_command("CLUSTER FAILOVER", "TAKEOVER")
        return replica

    def clean(self) -> None:
        """No keys, scripts and libraries are left."""
        for server in self.masters:
            with server.control.pipeline(transaction=False) as pipe:
                for words in CLEANING:
                    pipe.execute_command(*words)
                pipe.execute()

    def stop(self) -> None:
        """Ends the nodes, all at once."""
        for server in self.servers:
            server.process.terminate()
        for server in self.servers:
            server.stop()


class Clusters:
    """The clusters of one test run."""

    def __init__(self) -> None:
        self._running: dict[str, RealCluster] = {}

    def clean(self, kind: str) -> RealCluster:
        """The cluster of that kind, with nothing in it.

        Errors: Missing.
        """
        if kind not in self._running:
            self._running[kind] = RealCluster(kind)
        self._running[kind].clean()
        return self._running[kind]

    def stop(self) -> None:
        """Ends them all."""
        for cluster in self._running.values():
            cluster.stop()
        self._running.clear()


def until(done: Callable[[], Any], seconds: float = READY_SECONDS) -> None:
    """Returns once ``done`` says so.

    Errors: TimeoutError.
    """
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.02)


def _id(server: RealServer) -> Any:
    return server.control.execute_command("CLUSTER MYID")


def _info(server: RealServer) -> Any:
    return server.control.execute_command("CLUSTER INFO")
