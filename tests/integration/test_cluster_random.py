"""Random calls are redirected by a MockCluster as by a real cluster: wherever keys stand in them.

Only redirects are compared; what commands do is the business of differential/.  Half of the slots
of the first master are on the move to the second.
"""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from mock_backend import MockCluster
from tests.integration.clusters import Cluster
from tests.integration.differential.grammar import Command, speaker
from tests.integration.differential.groups import GROUPS, WAITING
from tests.integration.wire import Wire
from tests.targets import COMPAT

EACH = 25
"""Commands about each data type."""
POOL = "abcdefghijklmnopqrstuvwxyz"
REDIRECT = re.compile("MOVED|ASK|TRYAGAIN|CROSSSLOT|CLUSTERDOWN")
APART = {b"MULTI", b"EXEC", b"DISCARD", b"DEBUG", b"CLIENT", b"RESET", b"HELLO"}


class Side:
    """The masters of one cluster, to talk to."""

    def __init__(self, host: str, ports: list[int]) -> None:
        self.wires = [Wire(host, port) for port in ports]
        self._names = {str(port): f"master {number}" for number, port in enumerate(ports)}
        self._ids = [wire("CLUSTER", "MYID") for wire in self.wires]

    def open_slots(self) -> None:
        """Slots begin to move, of keys that are talked about."""
        for slot in slots_of_keys():
            self.wires[1]("CLUSTER", "SETSLOT", slot, "IMPORTING", self._ids[0])
            self.wires[0]("CLUSTER", "SETSLOT", slot, "MIGRATING", self._ids[1])

    def close(self) -> None:
        """They stay where they are; what was written is taken away."""
        for wire in self.wires:
            for slot in slots_of_keys():
                wire("CLUSTER", "SETSLOT", slot, "STABLE")
            wire("FLUSHALL")
            wire.close()

    def answer(self, number: int, words: Command) -> Any:
        """The redirect that a master answers, with the master it names; or nothing."""
        text = str(self.wires[number](*words))
        if not REDIRECT.match(text):
            return None
        head, _, port = text.rpartition(":")
        return (head, self._names[port]) if port in self._names else text


def slots_of_keys() -> list[int]:
    """The slots of the first master that single letters are in, and of some hash tags."""
    slots = {MockCluster.key_slot(letter) for letter in POOL}
    return sorted(slot for slot in slots if slot <= 5460)[::2]


@pytest.mark.targets("redis", "valkey")  # each is compared with the mock that is like it
def test_random_calls_are_redirected_alike(cluster: Cluster) -> None:
    compat = next(each for each in COMPAT.values() if each.startswith(cluster.line))
    with MockCluster(masters=3, compat=compat) as mock:
        real, mocked = Side(cluster.host, cluster.masters), Side(mock.host, mock.ports)
        redirects = 0
        try:
            for side in (real, mocked):
                side.open_slots()
            for name, group in GROUPS.items():
                say = speaker(group.lines, random.Random(name))
                for words in (say() for _ in range(EACH)):
                    if words[0].upper() in WAITING | APART:
                        continue
                    for number in (0, 1):
                        for side in (real, mocked):
                            side.wires[number]("ASKING" if number else "PING")
                        answers = [side.answer(number, words) for side in (real, mocked)]
                        assert answers[0] == answers[1], words
                        redirects += answers[0] is not None
        finally:
            real.close()
            mocked.close()
        assert redirects > EACH
        assert mock.bugs == []
