"""Clusters to test on: three masters with a replica each, of the mock and of real servers.

They stay for the whole run.  All real ones are started when the first test asks for one, by hand,
since redis-cli waits a second here and there.  A test leaves slots where it has found them; who
leads a shard is asked anew.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from mock_backend import MockCluster
from tests.integration.wire import Argument, Wire
from tests.targets import COMPAT, LINES, free_port, program

MASTERS: Final = 3
RANGES: Final = ((0, 5460), (5461, 10922), (10923, 16383))
SETTINGS: Final = {
    "cluster-enabled": "yes",
    "cluster-node-timeout": "2000",
    "save": "",
    "bind": "127.0.0.1",
    "enable-debug-command": "yes",
    "repl-diskless-sync-delay": "0",
    "repl-ping-replica-period": "1",
}
BUS_OFFSET: Final = 10_000
PATIENCE_SECONDS: Final = 15


def eventually(wanted: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    """What ``wanted`` returns, once that is true."""
    deadline = time.monotonic() + seconds
    while not (found := wanted()):
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.01)
    return found


class Cluster:
    """What a test holds in its hand, whichever target it runs on."""

    def __init__(self, name: str, ports: list[int]) -> None:
        self.name = name
        self.host = "127.0.0.1"
        self.ports = ports
        self._opened: list[Wire] = []

    @property
    def line(self) -> str:
        """Whose behaviour it has: ``redis`` or ``valkey``."""
        return LINES[self.name]

    @property
    def bugs(self) -> list[BaseException]:
        """Unforeseen exceptions in a mock's handlers; always empty on a real server."""
        return []

    def connect(self, port: int, protocol: int = 2) -> Wire:
        """A new connection to a node."""
        self._opened.append(Wire(self.host, port, protocol))
        return self._opened[-1]

    def id_of(self, port: int) -> str:
        """The name of a node."""
        return str(self.connect(port)("CLUSTER", "MYID").decode())

    @property
    def masters(self) -> list[int]:
        """The ports of those who lead, in the order of their slots."""
        slots = self.connect(self.ports[0])("CLUSTER", "SLOTS")
        found = dict.fromkeys(entry[2][1] for entry in slots)
        return list(found)

    def replica_of(self, master: int) -> int:
        """The port of the replica of a master."""
        slots = self.connect(self.ports[0])("CLUSTER", "SLOTS")
        return int(next(entry[3][1] for entry in slots if entry[2][1] == master))

    def move(self, slot: int, source: int, target: int) -> None:
        """Moves a slot, as redis-cli does."""
        here, there = self.connect(source), self.connect(target)
        there("CLUSTER", "SETSLOT", slot, "IMPORTING", self.id_of(source))
        here("CLUSTER", "SETSLOT", slot, "MIGRATING", self.id_of(target))
        if keys := here("CLUSTER", "GETKEYSINSLOT", slot, 1000):
            here("MIGRATE", self.host, target, "", 0, 5000, "KEYS", *keys)
        name = self.id_of(target)
        for wire in (there, here):
            assert wire("CLUSTER", "SETSLOT", slot, "NODE", name) == b"OK"
        for master in self.masters:
            if master not in (source, target):
                self.connect(master)("CLUSTER", "SETSLOT", slot, "NODE", name)

    def close(self) -> None:
        """Closes what was opened."""
        for wire in self._opened:
            wire.close()
        self._opened.clear()

    def clean(self) -> None:
        """Takes keys, scripts and settings away, at whoever leads."""
        for master in self.masters:
            wire = self.connect(master)
            for words in (("FLUSHALL",), ("SCRIPT", "FLUSH"), ("FUNCTION", "FLUSH")):
                assert wire(*words) == b"OK"


class RealCluster(Cluster):
    """Six processes of redis-server or valkey-server."""

    def __init__(self, name: str) -> None:
        path = program(name)
        self.folder = Path(tempfile.mkdtemp(prefix="cluster-"))
        self.processes: list[subprocess.Popen[bytes]] = []
        super().__init__(name, _ports(2 * MASTERS))
        for port in self.ports:
            place = self.folder / str(port)
            place.mkdir()
            words = [word for item in SETTINGS.items() for word in (f"--{item[0]}", item[1])]
            command = [str(path), "--port", str(port), "--dir", str(place), *words]
            if setpriv := shutil.which("setpriv"):  # the kernel ends it, should we be killed
                command = [setpriv, "--pdeathsig", "TERM", *command]
            with (place / "log").open("wb") as log:
                self.processes.append(
                    subprocess.Popen(
                        command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
                    )
                )

    def introduce(self) -> None:
        """The nodes get their epochs and slots, and meet."""
        wires = [eventually(lambda port=port: self._answering(port)) for port in self.ports]
        for number, wire in enumerate(wires):
            wire("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            if number < MASTERS:
                wire("CLUSTER", "ADDSLOTSRANGE", *RANGES[number])
            for port in self.ports[number + 1 :]:
                wire("CLUSTER", "MEET", self.host, port)

    def _answering(self, port: int) -> Wire | None:
        try:
            return self.connect(port)
        except OSError:
            return None

    def await_ready(self) -> None:
        """Returns once each replica follows and every node serves."""
        wires = [self.connect(port) for port in self.ports]
        names = [self.id_of(port) for port in self.ports]
        for number, wire in enumerate(wires[MASTERS:]):
            say: tuple[Argument, ...] = ("CLUSTER", "REPLICATE", names[number])
            eventually(lambda wire=wire, say=say: wire(*say) == b"OK")
        for wire in wires:
            eventually(lambda wire=wire: b"cluster_state:ok" in wire("CLUSTER", "INFO"))
            eventually(
                lambda wire=wire: [len(each) for each in wire("CLUSTER", "SLOTS")] == [4] * 3
            )

    def stop(self) -> None:
        """Ends the processes and takes their folder away."""
        self.close()
        for process in self.processes:  # nothing is to be saved, and nobody waits for a replica
            process.kill()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _ports(count: int) -> list[int]:
    """Free ports, whose bus ports are free as well."""
    found: list[int] = []
    while len(found) < count:
        port = free_port()
        if port not in found and port + BUS_OFFSET <= 65_535:
            found.append(port)
    return found


class MockedCluster(Cluster):
    """A MockCluster."""

    def __init__(self, name: str) -> None:
        self.mock = MockCluster(masters=MASTERS, replicas=1, compat=COMPAT[name]).start()
        super().__init__(name, self.mock.ports)

    @property
    def bugs(self) -> list[BaseException]:
        """Unforeseen exceptions since this was last asked."""
        found = []
        for node in self.mock.nodes:
            found += node.bugs
            node.bugs.clear()
        return found

    def stop(self) -> None:
        """Ends its thread."""
        self.close()
        self.mock.stop()


class Clusters:
    """The clusters of one test run."""

    def __init__(self) -> None:
        self._running: dict[str, MockedCluster | RealCluster] = {}

    def get(self, name: str, wanted: list[str]) -> Cluster:
        """The cluster of that name; with the first real one, all that are ``wanted`` are started.

        Errors: ``Missing``, if its program is not on this machine.
        """
        if name in COMPAT and name not in self._running:
            self._running[name] = MockedCluster(name)
        elif name not in self._running:
            program(name)
            started = [RealCluster(each) for each in wanted if each not in COMPAT]
            for each in started:
                each.introduce()
            for each in started:
                each.await_ready()
                self._running[each.name] = each
        return self._running[name]

    def stop(self) -> None:
        """Ends them all."""
        for each in self._running.values():
            each.stop()
        self._running.clear()
