"""Clusters to test on: three masters with a replica each, of the mock and of real servers.

They stay for the whole run.  All real ones are started when the first test asks for one, by hand,
since redis-cli waits a second here and there.  A test leaves slots where it has found them; who
leads a shard is asked anew.
"""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from mock_backend import MockCluster
from tests.integration.wire import Argument, Wire
from tests.targets import COMPAT, LINES, program

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
PORTS: Final = (11_000, 22_000)
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
        """The port of the replica of a master, as soon as the first node lists one."""
        wire = self.connect(self.ports[0])

        def listed() -> int | None:
            for _, _, leader, *replicas in wire("CLUSTER", "SLOTS"):
                if leader[1] == master and replicas:
                    return int(replicas[0][1])
            return None

        return int(eventually(listed))

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

    @property
    def is_as_it_was(self) -> bool:
        """Whether the masters have the slots that they had at first."""
        slots = self.connect(self.ports[0])("CLUSTER", "SLOTS")
        return [(entry[0], entry[1]) for entry in slots] == list(RANGES)

    def clean(self) -> None:
        """Takes keys, scripts and settings away, at whoever leads."""
        for master in self.masters:
            wire = self.connect(master)
            for words in (("FLUSHALL",), ("SCRIPT", "FLUSH"), ("FUNCTION", "FLUSH")):
                assert wire(*words) == b"OK"


class RealCluster(Cluster):
    """Six processes of redis-server or valkey-server."""

    def __init__(self, name: str) -> None:
        super().__init__(name, [])
        self._path = program(name)
        self._folder = Path(tempfile.mkdtemp(prefix="cluster-"))
        self._processes = [self._start() for _ in range(2 * MASTERS)]

    def _start(self) -> tuple[subprocess.Popen[bytes], int]:
        """A process, and the port that it tries to have."""
        port = _port()
        place = self._folder / str(port)
        place.mkdir()
        words = [word for item in SETTINGS.items() for word in (f"--{item[0]}", item[1])]
        command = [str(self._path), "--port", str(port), "--dir", str(place), *words]
        if setpriv := shutil.which("setpriv"):  # the kernel ends it, should we be killed
            command = [setpriv, "--pdeathsig", "TERM", *command]
        with (place / "log").open("wb") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        return process, port

    def introduce(self) -> None:
        """The nodes get their epochs and slots, and meet."""
        for number in range(len(self._processes)):
            while not self._answers(*self._processes[number]):  # somebody else has had the port
                self._processes[number] = self._start()
        self.ports = [port for _, port in self._processes]
        for number, port in enumerate(self.ports):
            wire = self.connect(port)
            wire("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            if number < MASTERS:
                wire("CLUSTER", "ADDSLOTSRANGE", *RANGES[number])
            for other in self.ports[number + 1 :]:
                wire("CLUSTER", "MEET", self.host, other)

    def _answers(self, process: subprocess.Popen[bytes], port: int) -> bool:
        """Whether the process runs, and listens; it may just end."""

        def answering() -> bool:
            if process.poll() is not None:
                return True
            try:
                wire = Wire(self.host, port)
            except OSError:
                return False
            try:
                return bool(wire("INFO", "server").count(b"process_id:%d\r" % process.pid))
            except ConnectionError:
                return False
            finally:
                wire.close()

        eventually(answering)
        return process.poll() is None

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

    def process(self, port: int) -> subprocess.Popen[bytes]:
        """The node on that port."""
        return next(process for process, its_port in self._processes if its_port == port)

    def stop(self) -> None:
        """Ends the processes and takes their folder away."""
        self.close()
        for process, _ in self._processes:  # nothing is to be saved, and nobody waits for a replica
            process.kill()
            process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def _port() -> int:
    """A free port, of which the bus port is free as well; below those that clients are given."""
    while True:
        port = random.randrange(*PORTS)
        with socket.socket() as probe, socket.socket() as bus:
            try:
                probe.bind(("127.0.0.1", port))
                bus.bind(("127.0.0.1", port + BUS_OFFSET))
            except OSError:
                continue
            return port


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

    def keep(self, cluster: Cluster) -> None:
        """After a test: one whose slots are not as they were is ended, and the next is new."""
        if not cluster.is_as_it_was:
            self._running.pop(cluster.name).stop()
        cluster.close()

    def stop(self) -> None:
        """Ends them all."""
        for each in self._running.values():
            each.stop()
        self._running.clear()
