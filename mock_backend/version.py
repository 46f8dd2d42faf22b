"""Which server the mock says that it is."""

from __future__ import annotations

from typing import Final

SERVER_NAME: Final = "valkey"
VALKEY_VERSION: Final = "8.0.1"
REDIS_VERSION: Final = "7.2.4"
"""The Redis version that Valkey 8.0 declares itself compatible with."""
