"""How a pushed message gets from GLIDE's pipe to its listener."""

from __future__ import annotations

import struct
from types import SimpleNamespace
from typing import Any

import pytest

from adapter.connect import pump
from adapter.connect.pump import Pump

MESSAGE, PATTERN, SHARDED, CONFIRMED = 3, 4, 5, 8


def push(kind: int, channel: bytes, message: bytes, pattern: bytes = b"") -> bytes:
    """As GLIDE's core writes it."""
    parts = [struct.pack("=i", kind)]
    for part in (message, channel, pattern):
        parts += [struct.pack("=I", len(part)), part]
    return b"".join(parts)


class Glide(SimpleNamespace):
    """No more of GLIDE's module than is replaced; it notes what it is left to do."""

    def __init__(self) -> None:
        self.left: list[tuple[str, Any]] = []
        super().__init__(**dict.fromkeys(pump.PRIVATE_NAMES))
        self._handle_inline_pubsub = lambda client, payload: self.left.append(("payload", payload))
        self._handle_pubsub_frame = self._frame

    def _frame(self, client: Any, size: int, last: int, data: bytes, start: int) -> int:
        self.left.append(("frame", data[start : start + size]))
        return -1 if start + size > len(data) else start + size


@pytest.fixture
def glide() -> Glide:
    return Glide()


@pytest.fixture
def client(glide: Glide, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client that listens; what it has heard is ``client.heard``."""
    monkeypatch.setattr(pump.os, "register_at_fork", lambda **hooks: None)
    client = SimpleNamespace(heard=[])
    Pump(glide).tell(client, lambda *told: client.heard.append(told))
    return client


PUSHES = [
    (push(MESSAGE, b"news", b"hello"), (b"news", b"hello", None)),
    (push(MESSAGE, b"", b""), (b"", b"", None)),
    (push(SHARDED, b"news", b"\0" * 3_000), (b"news", b"\0" * 3_000, None)),
    (push(PATTERN, b"news", b"hello", b"n*"), (b"news", b"hello", b"n*")),
]


@pytest.mark.parametrize(("payload", "told"), PUSHES)
def test_a_message_is_told_from_where_it_stands_in_the_pipe(glide, client, payload, told):
    data = b"before" + payload + b"behind"

    end = glide._handle_pubsub_frame(client, len(payload), 0, data, 6)

    assert end == 6 + len(payload)
    assert client.heard == [told]
    assert glide.left == []


@pytest.mark.parametrize(("payload", "told"), PUSHES)
def test_so_is_one_that_stands_somewhere_else(glide, client, payload, told):
    glide._handle_inline_pubsub(client, payload)

    assert client.heard == [told]
    assert glide.left == []


def test_whatever_else_is_pushed_is_left_to_glide(glide, client):
    confirmation = push(CONFIRMED, b"news", b"")
    stranger = SimpleNamespace()
    message = PUSHES[0][0]

    assert glide._handle_pubsub_frame(client, len(confirmation), 0, confirmation, 0) > 0
    glide._handle_inline_pubsub(client, confirmation)
    glide._handle_pubsub_frame(stranger, len(message), 0, message, 0)
    glide._handle_inline_pubsub(stranger, message)
    glide._handle_pubsub_frame(None, len(message), 0, message, 0)
    glide._handle_pubsub_frame(client, len(message), 1 << 63 | 5, message, 0)

    assert client.heard == []
    assert [kind for kind, _ in glide.left] == [
        *("frame", "payload", "frame", "payload", "frame", "frame")
    ]


def test_a_message_that_is_cut_off_waits_for_its_rest(glide, client):
    message = PUSHES[0][0]

    assert glide._handle_pubsub_frame(client, len(message), 0, message[:-1], 0) == -1
    assert client.heard == []
