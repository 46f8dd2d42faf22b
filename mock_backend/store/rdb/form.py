"""The numbers of the format, and which of them a server of a certain version writes.

Everything that was ever written is read; what is written follows the profile, so that the server
that the mock says it is can read it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mock_backend.profile import Profile, Since
from mock_backend.store.encodings import Limits

STRING: Final = 0
LIST: Final = 1
SET: Final = 2
ZSET: Final = 3
HASH: Final = 4
ZSET_2: Final = 5
HASH_ZIPMAP: Final = 9
LIST_ZIPLIST: Final = 10
SET_INTSET: Final = 11
ZSET_ZIPLIST: Final = 12
HASH_ZIPLIST: Final = 13
LIST_QUICKLIST: Final = 14
STREAM_LISTPACKS: Final = 15
HASH_LISTPACK: Final = 16
ZSET_LISTPACK: Final = 17
LIST_QUICKLIST_2: Final = 18
STREAM_LISTPACKS_2: Final = 19
SET_LISTPACK: Final = 20
STREAM_LISTPACKS_3: Final = 21
HASH_2: Final = 22
"""Of Valkey 9; the number means another thing to Redis."""
HASH_METADATA: Final = 24
HASH_LISTPACK_EX: Final = 25

SLOT_INFO: Final = 244
FUNCTION2: Final = 245
IDLE: Final = 248
FREQ: Final = 249
AUX: Final = 250
RESIZEDB: Final = 251
EXPIRETIME_MS: Final = 252
EXPIRETIME: Final = 253
SELECTDB: Final = 254
EOF: Final = 255

FOREIGN: Final = range(12, 80)
"""Versions of Redis that Valkey does not read."""

_LATEST_TYPES: Final = {
    10: STREAM_LISTPACKS_2,
    11: STREAM_LISTPACKS_3,
    12: HASH_LISTPACK_EX,
    80: HASH_2,
}
"""The last type that each version knows."""

_VERSION_11: Final = Since("7.2.0")
_VERSION_12: Final = Since("redis-7.4.0")
_VERSION_80: Final = Since("valkey-9.0.0")
_PLAIN_NODES: Final = Since("redis-7.4.0,valkey-8.0.0")


class Corrupt(Exception):
    """These bytes are not what they should be."""


@dataclass(frozen=True, slots=True)
class Form:
    """What one server writes and reads."""

    profile: Profile
    version: int
    """The highest version that it reads, and the one that it writes."""
    limits: Limits
    """The thresholds of the encodings, by their names in CONFIG."""
    score: Callable[[float], bytes]
    """How it prints a score."""
    compresses: bool = True
    checksums: bool = True
    strict: bool = True
    """Whether it refuses what another or a later server wrote, whatever it is."""

    @property
    def has_set_listpacks(self) -> bool:
        """Whether small sets are listpacks, and streams tell when consumers were active."""
        return self.version >= 11

    @property
    def has_plain_nodes(self) -> bool:
        """Whether a list's element that is larger than a node has a node of its own."""
        return self.profile.has(_PLAIN_NODES)

    def reads(self, version: int) -> bool:
        """Whether it takes what a server of that version wrote."""
        if not self.strict:
            return version >= 1
        return 1 <= version <= self.version and not (self.version >= 80 and version in FOREIGN)

    def knows(self, kind: int) -> bool:
        """Whether it has that type."""
        if kind == HASH_2:
            return self.version >= 80
        return kind <= _LATEST_TYPES[self.version]


def version_of(profile: Profile) -> int:
    """The version that a server writes."""
    if profile.has(_VERSION_80):
        return 80
    if profile.has(_VERSION_12):
        return 12
    return 11 if profile.has(_VERSION_11) else 10
