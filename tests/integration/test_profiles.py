"""A profile is a server: what CONFIG and INFO tell is held against the real one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mock_backend import MockServer
from tests.integration.wire import Wire
from tests.targets import Server

OWN = frozenset("bind port dir dbfilename logfile pidfile aclfile save maxclients".split())
"""Parameters that tell of the process itself."""


@pytest.fixture
def own(server: Server) -> Iterator[Wire]:
    """A connection to a mock that is like the server."""
    with MockServer(compat=server.compat) as mock:
        wire = Wire(mock.host, mock.port)
        yield wire
        wire.close()


def pairs(flat: list[Any]) -> dict[Any, Any]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def settings(wire: Wire) -> dict[str, str]:
    words = [word.decode() for word in wire("CONFIG", "GET", "*")]
    return {
        name: value
        for name, value in zip(words[::2], words[1::2], strict=True)
        if name not in OWN and not name.startswith("enable-")
    }


def fields(wire: Wire) -> list[str]:
    """Sections and their fields, without those that come and go with what was done."""
    told: list[str] = []
    section = ""
    for line in wire("INFO", "everything").decode().splitlines():
        if line.startswith("# "):
            section = line
            told.append(line)
        elif ":" in line and not section.endswith(("stats", "Keyspace")):
            told.append(line.partition(":")[0])
    return told


@pytest.mark.targets("redis", "valkey")  # each is asked what the mock that is like it says
def test_parameters_and_their_defaults_are_those_of_the_server(wire: Wire, own: Wire) -> None:
    assert settings(own) == settings(wire)


@pytest.mark.targets("redis", "valkey")  # each is asked what the mock that is like it says
def test_info_has_the_fields_of_the_server_in_their_order(wire: Wire, own: Wire) -> None:
    assert fields(own) == fields(wire)


@pytest.mark.targets("redis", "valkey")  # each is asked what the mock that is like it says
@pytest.mark.parametrize(
    "words", [("HELLO",), ("HELLO", "3"), ("ACL", "CAT"), ("COMMAND", "COUNT")], ids=" ".join
)
def test_what_a_server_says_of_itself(wire: Wire, own: Wire, words: tuple[str, ...]) -> None:
    theirs, ours = wire(*words), own(*words)
    if words[0] == "HELLO":
        told = theirs if isinstance(theirs, dict) else pairs(theirs)
        mine = ours if isinstance(ours, dict) else pairs(ours)
        assert list(mine) == list(told)
        theirs, ours = {**told, b"id": 0}, {**mine, b"id": 0}
    assert ours == theirs
