"""Digests of hashes whose fields expire: what Redis 8.0 and Valkey 9.1 said of the same hash."""

from __future__ import annotations

import pytest

from mock_backend import MockServer


@pytest.mark.parametrize(
    ("compat", "digest"),
    [
        ("redis-8.0", b"74b891d3701022bf67574b56900ce11f3e5270b3"),
        ("valkey-9.0", b"90c76e9e9f4c62d642a34fc97c7dad503b51f906"),
    ],
)
def test_redis_tells_in_the_digest_that_a_field_expires(compat: str, digest: bytes) -> None:
    call = MockServer(compat=compat).client()
    call("HSET", "h", "f", "v")
    (before,) = call("DEBUG", "DIGEST-VALUE", "h")
    assert before.text == b"90c76e9e9f4c62d642a34fc97c7dad503b51f906"
    call("HEXPIRE", "h", 100, "FIELDS", 1, "f")
    (after,) = call("DEBUG", "DIGEST-VALUE", "h")
    assert after.text == digest
