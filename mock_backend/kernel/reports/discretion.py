"""What the slow log and MONITOR do not show of a call: passwords, and who has which.

Source: networking.c (redactClientCommandArgument) and those who call it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from mock_backend.profile import Profile, Since

HIDDEN: Final = b"(redacted)"

_HIDES_USERS: Final = Since("7.2.0")
_USERS: Final = frozenset((b"deluser", b"getuser"))
_SECRETS: Final = frozenset(
    b"requirepass masterauth primaryauth masteruser primaryuser tls-key-file-pass"
    b" tls-client-key-file-pass".split()
)


def discreet(words: Sequence[bytes], profile: Profile) -> list[bytes]:
    """The words, as far as they may be seen."""
    shown = list(words)
    for at in _secret(words, profile):
        if at < len(shown):
            shown[at] = HIDDEN
    return shown


def _secret(words: Sequence[bytes], profile: Profile) -> Iterable[int]:
    """Where the words stand that must not be seen."""
    match words[0].lower():
        case b"auth":
            return range(1, len(words))
        case b"acl" if len(words) > 2:
            subcommand = words[1].lower()
            if subcommand == b"setuser" or (subcommand in _USERS and profile.has(_HIDES_USERS)):
                return range(2, len(words))
        case b"config" if len(words) > 2 and words[1].lower() == b"set":
            return (at + 1 for at in range(2, len(words), 2) if words[at].lower() in _SECRETS)
        case b"hello":
            return _behind(words, 2, {b"auth": 2})
        case b"migrate":
            return _behind(words, 6, {b"auth": 1, b"auth2": 2})
    return ()


def _behind(words: Sequence[bytes], start: int, options: dict[bytes, int]) -> Iterator[int]:
    """The arguments of these options."""
    for at in range(start, len(words)):
        for place in range(1, options.get(words[at].lower(), 0) + 1):
            yield at + place
