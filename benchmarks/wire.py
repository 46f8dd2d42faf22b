"""The protocol, as far as a measurement speaks it over a bare socket."""

from __future__ import annotations


def request(*words: bytes) -> bytes:
    """A command as an array of bulk strings."""
    return b"*%d\r\n" % len(words) + b"".join(
        b"$%d\r\n%b\r\n" % (len(word), word) for word in words
    )
