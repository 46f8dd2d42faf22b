"""proto-max-bulk-len: what is too long is refused, in a request and as a result."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.integration.wire import Wire

TOO_LONG = "ERR string exceeds maximum allowed size (proto-max-bulk-len)"
MEGABYTE = 1024 * 1024


@pytest.fixture
def limited(wire: Wire) -> Iterator[Wire]:
    """A server that takes no string longer than a megabyte."""
    wire("CONFIG", "SET", "proto-max-bulk-len", MEGABYTE)
    yield wire
    wire("CONFIG", "SET", "proto-max-bulk-len", 512 * MEGABYTE)


def test_a_word_that_is_too_long_ends_the_connection(
    limited: Wire, connect: Callable[..., Wire]
) -> None:
    sender = connect()
    assert sender("SET", "k", b"x" * MEGABYTE) == b"OK"
    sender.send_bytes(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n" % (MEGABYTE + 1))

    assert str(sender.read()) == "ERR Protocol error: invalid bulk length"
    with pytest.raises(ConnectionError):
        sender.read()
    assert limited("STRLEN", "k") == MEGABYTE


def test_a_result_that_would_be_too_long_is_refused(limited: Wire) -> None:
    limited("SET", "k", b"x" * (MEGABYTE - 1))

    assert str(limited("APPEND", "k", "yy")) == TOO_LONG
    assert limited("APPEND", "k", "y") == MEGABYTE
    assert str(limited("SETRANGE", "k", MEGABYTE, "y")) == TOO_LONG
    assert str(limited("SETBIT", "k", MEGABYTE * 8, 1)) == (
        "ERR bit offset is not an integer or out of range"
    )
    assert limited("STRLEN", "k") == MEGABYTE
