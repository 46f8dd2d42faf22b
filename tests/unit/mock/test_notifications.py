"""Every event that a command tells of belongs to a class, or it would never be published."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import mock_backend
from mock_backend import MockServer, VirtualClock
from mock_backend.kernel.notifications import CLASS_OF, read_classes, show_classes

COMMANDS = Path(mock_backend.__file__).parent / "commands"


def events_in(source: str) -> Iterator[str]:
    """The literal name in the arguments of every ``touch``, ``settle`` and ``notify``."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"touch", "settle", "notify"}
        ):
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def test_every_event_of_the_commands_has_a_class() -> None:
    found = {event for path in COMMANDS.glob("*.py") for event in events_in(path.read_text())}
    assert {"set", "lpush", "del"} <= found
    assert found - set(CLASS_OF) == set()


def test_classes_read_back_as_they_are_shown() -> None:
    for text in ("", "K", "gE", "AKE", "$lshzKEm", "nKm"):
        classes = read_classes(text)
        assert classes is not None
        assert show_classes(classes) == text
    assert read_classes("Q") is None


def test_a_key_that_has_expired_is_told_of_before_it_is_overwritten() -> None:
    clock = VirtualClock()
    server = MockServer(clock=clock)
    writer, listener = server.client(), server.client()
    writer("CONFIG", "SET", "notify-keyspace-events", "Exg$")
    writer("DEBUG", "SET-ACTIVE-EXPIRE", "0")
    listener("PSUBSCRIBE", "*")
    writer("SET", "k", "v", "PX", "5")
    clock.advance(10)
    writer("SET", "k", "w")
    told = [push for push in listener.pushes() if push[0] == b"pmessage"]
    events = [channel.rpartition(b":")[2] for _, _, channel, _ in told]
    assert events == [b"set", b"expire", b"expired", b"set"]
