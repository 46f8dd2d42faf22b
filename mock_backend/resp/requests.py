"""Requests into bytes: what one server says to another."""

from __future__ import annotations

from collections.abc import Sequence


def encoded(words: Sequence[bytes]) -> bytes:
    """A request as an array of bulk strings."""
    return b"*%d\r\n" % len(words) + b"".join(
        [b"$%d\r\n%b\r\n" % (len(word), word) for word in words]
    )
